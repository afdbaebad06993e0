/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of the model that speaks of services: address translation, DHCP, DNS. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/model_filter.h"

#define CONFIG_NAT_LISTED    16   /* descriptors of an interface */
#define CONFIG_NAT_RANGES    8    /* of outer, and of inner addresses */
#define CONFIG_NAT_OUTERS    256  /* outer addresses of a descriptor besides the interface's own */
#define CONFIG_NAT_PORTS     1024 /* ports of one `masquerade static` whose numbers change */
#define CONFIG_EXCEPTS       16   /* ranges left out of a pool */
#define CONFIG_NAME_SERVERS  4
#define CONFIG_RELAY_SERVERS 4
#define CONFIG_CLIENT_ID     65  /* type and 64 bytes */
#define CONFIG_OPTION_TEXT   256 /* value of a DHCP option as it was typed */
#define CONFIG_INFINITY      UINT32_MAX

/* IPv4 addresses low..high, in host byte order. */
struct config_range {
	uint32_t low, high;
};

enum config_nat_type { CONFIG_NAT_NONE, CONFIG_NAT, CONFIG_MASQUERADE, CONFIG_NAT_MASQUERADE };

/* What becomes of a packet to the outer address of a masquerade that nothing is known of. */
enum config_nat_incoming {
	CONFIG_INCOMING_REJECT, /* as DISCARD, but TCP below port 1024 is reset */
	CONFIG_INCOMING_DISCARD,
	CONFIG_INCOMING_THROUGH, /* this machine takes it */
	CONFIG_INCOMING_FORWARD, /* to one inner host */
};

/* `nat descriptor masquerade static N ID INNER PROTOCOL [[OUTER=]INNER]` */
struct config_forward {
	uint32_t id;
	struct ip_addr inner;
	uint8_t protocol;
	bool all_ports; /* no port was said, or the protocol has none */
	/* As many of the one as of the other; low..high. */
	uint16_t outer_low, outer_high, inner_low, inner_high;
};

/* `nat descriptor static N ID OUTER=INNER [COUNT]` */
struct config_pair {
	uint32_t id;
	struct config_range outer, inner; /* of one size */
};

/* `nat descriptor timer N ...`: after how many seconds of silence a connection is forgotten */
struct config_nat_timer {
	uint8_t protocol;           /* TCP or UDP; 0 = either */
	bool tcp_fin;               /* of connections of TCP that are ending */
	struct config_ranges ports; /* none: any */
	uint32_t seconds;
};

/* `nat descriptor ... N` */
struct config_nat {
	uint32_t number;
	enum config_nat_type type;
	bool hairpin;
	uint32_t outer_count; /* 0: the interface's own address */
	struct config_range outer[CONFIG_NAT_RANGES];
	uint32_t inner_count; /* 0: all */
	struct config_range inner[CONFIG_NAT_RANGES];
	enum config_nat_incoming incoming;
	struct ip_addr incoming_host;
	uint32_t forward_count, pair_count, timer_count;
	struct config_forward *forward; /* owned */
	struct config_pair *pair;       /* owned */
	struct config_nat_timer *timer; /* owned */
};

/* `ip lanN nat descriptor N...`, in order. */
struct config_nat_list {
	uint32_t count;
	uint32_t number[CONFIG_NAT_LISTED];
};

enum config_dhcp { CONFIG_DHCP_NONE, CONFIG_DHCP_SERVER, CONFIG_DHCP_RELAY };

/* `dhcp scope N A-B/LEN ...` */
struct config_scope {
	uint32_t number;
	struct config_range pool;
	uint8_t length; /* of the network's mask */
	uint32_t except_count;
	struct config_range except[CONFIG_EXCEPTS];
	struct ip_addr router;   /* family none: the interface's own address */
	uint32_t expire_minutes; /* of a client that asks for no time; or CONFIG_INFINITY */
	uint32_t most_minutes;   /* of one that does */
};

/* `dhcp scope bind N IP ...` */
struct config_bind {
	uint32_t scope;
	struct ip_addr address;
	bool by_mac; /* id is a hardware address, else a client identifier with its type */
	uint8_t id_bytes;
	uint8_t id[CONFIG_CLIENT_ID];
};

/* One `OPTION=VALUE` of `dhcp scope option N ...`, as `value_dhcp.c` has checked it. */
struct config_dhcp_option {
	uint32_t scope;
	uint8_t number;
	char value[CONFIG_OPTION_TEXT];
};

struct config_dhcp_service {
	enum config_dhcp service;
	bool remain_silent; /* about clients whose lease is not known; default on */
	bool use_client_id; /* rather than the hardware address; default on */
	uint32_t scope_count, bind_count, option_count;
	struct config_scope *scope; /* owned, as the next two */
	struct config_bind *bind;
	struct config_dhcp_option *option;
	uint32_t relay_count;
	struct ip_addr relay[CONFIG_RELAY_SERVERS];
};

enum config_switch { CONFIG_UNSAID, CONFIG_ON, CONFIG_OFF };

enum config_dns_kind {
	CONFIG_DNS_HOST, /* `ip host`: there and back */
	CONFIG_DNS_A,
	CONFIG_DNS_AAAA,
	CONFIG_DNS_PTR,
	CONFIG_DNS_CNAME,
};

/* `dns static KIND NAME VALUE`, `ip host NAME ADDRESS` */
struct config_dns_record {
	enum config_dns_kind kind;
	char name[256];
	struct ip_addr address; /* but of a CNAME */
	char target[256];       /* of a CNAME */
	uint32_t ttl_sec;
};

#define CONFIG_SELECT_SERVERS 2

/* `dns server select N ...` */
struct config_dns_select {
	uint32_t number;
	uint32_t lan; /* the servers that DHCP told there, and else `server`; 0 = `server` */
	uint32_t server_count;
	struct ip_addr server[CONFIG_SELECT_SERVERS];
	bool reverse; /* names of the addresses of `network`, else `domain` and all below it */
	struct ip_prefix network;
	char domain[256]; /* "" = all names */
};

struct config_dns {
	enum config_switch recursive; /* unsaid: when a server is named, or DHCP is served */
	uint32_t server_count;
	struct ip_addr server[CONFIG_NAME_SERVERS];
	uint32_t dhcp_lan; /* `dns server dhcp lanN`, 0 = not said */
	char domain[256];  /* "" = none */
	uint32_t record_count, select_count;
	struct config_dns_record *record; /* owned, as the next */
	struct config_dns_select *select;
};
