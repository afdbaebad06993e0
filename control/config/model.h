/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The typed meaning of a configuration: what the lines of the router dialect say, defaults filled
 * in.
 *
 * A model is built from lines by the grammar table and is never edited by anyone else; the agent
 * compares two models and acts on the difference. It holds secrets: config_model_free() wipes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/model_filter.h"
#include "control/config/model_schedule.h"
#include "control/config/model_service.h"

#define CONFIG_TUNNELS_LEAST  100 /* see config_tunnels() */
#define CONFIG_TUNNELS_MAX    16384
#define CONFIG_LANS           8 /* lan1..lan8 */
#define CONFIG_SYSLOG_HOSTS   4
#define CONFIG_HOST_NAME      256
#define CONFIG_CLOUDS         50 /* cloud vpn ids 1..50: as many tunnels as there are */
#define CONFIG_NEIGHBORS      32
#define CONFIG_IMPORTS        102
#define CONFIG_ROUTE_GATEWAYS 8
#define CONFIG_TEXT           65  /* description: 64 characters */
#define CONFIG_LAN_TEXT       257 /* of an interface: 64 characters of any kind */
#define CONFIG_PARAMETER      257 /* cloud vpn parameter: 256 characters */
#define CONFIG_HASH           256 /* hash of a password: 255 characters */
#define CONFIG_PROMPT         257 /* console prompt: 64 characters of up to 4 bytes */

enum config_df { CONFIG_DF_COPY, CONFIG_DF_SET, CONFIG_DF_CLEAR };

struct config_lan {
	bool address_set;
	struct ip_prefix address; /* host bits are the interface's own address */
	bool dhcp;                /* the address comes by DHCP */
	bool secondary_set;
	struct ip_prefix
	    secondary;      /* the same of a second network; borne while there is the first */
	uint32_t mtu;       /* 0 = not set */
	uint32_t mss_limit; /* 0 = off, 1 = auto, else the limit */
	struct config_nat_list nat;
	char description[CONFIG_LAN_TEXT];
};

struct config_tunnel {
	bool present; /* anything was said in `tunnel select N` */
	bool enabled;
	char description[CONFIG_TEXT];
	uint32_t policy; /* `ipsec tunnel P`, 0 = none */
	enum config_df df;
	bool address_set, remote_set;
	struct ip_prefix address;
	struct ip_addr remote;
	uint32_t mtu;       /* 0 = computed */
	uint32_t mss_limit; /* 0 = off, 1 = auto (the default), else the limit */
};

enum config_encr { CONFIG_3DES_CBC, CONFIG_DES_CBC, CONFIG_AES_CBC, CONFIG_AES256_CBC };
enum config_hash {
	CONFIG_HASH_NONE,
	CONFIG_MD5,
	CONFIG_SHA,
	CONFIG_SHA256,
	CONFIG_SHA384,
	CONFIG_SHA512
};

/* `ipsec sa policy P G esp ENC AUTH`. */
struct config_policy {
	uint32_t policy, gateway;
	enum config_encr encr;
	enum config_hash auth;
	bool replay_check;
};

/* `ipsec ike ... G`. */
struct config_gateway {
	bool present;
	uint8_t version;
	bool local_set, remote_set;
	struct ip_addr local, remote;
	char remote_host[256]; /* remote given by name: not resolved here */
	bool remote_any;
	uint8_t psk[128];
	uint32_t psk_bytes; /* 0 = none */
	enum config_encr encr;
	enum config_hash hash;
	uint32_t group, group2; /* modp bits: 1024 1536 2048; group2 0 = same */
	bool pfs;
	uint32_t sa_seconds, sa_kbytes; /* duration ipsec-sa; kbytes 0 = off */
	uint32_t ike_seconds;           /* duration isakmp-sa */
	uint32_t sa_rekey, ike_rekey;   /* renewed at so many percent of it; 0 = as is best */
	bool dpd;
	uint32_t dpd_interval, dpd_count;
	bool nat_traversal;
	uint32_t nat_keepalive; /* seconds, 0 = off */
	bool auto_refresh;      /* per gateway; default on */
	bool local_id_set, remote_id_set;
	struct ip_prefix local_id, remote_id;
};

struct config_neighbor {
	uint32_t id, remote_as;
	struct ip_addr address;
	uint32_t hold_time; /* 0 = off */
	bool metric_set;
	uint32_t metric;
	bool passive;
	bool local_set;
	struct ip_addr local;
};

enum config_match { CONFIG_INCLUDE, CONFIG_REFINES, CONFIG_EQUAL };

/* `bgp import filter N [reject] KIND NET... [metric=M]` */
struct config_import_filter {
	uint32_t number;
	bool reject;
	enum config_match match;
	uint32_t prefix_count;
	struct ip_prefix prefix[16]; /* `all` is 0.0.0.0/0 include */
	bool metric_set;
	uint32_t metric;
};

/* `bgp import AS static filter N...` */
struct config_import {
	uint32_t remote_as;
	uint32_t filter_count;
	uint32_t filter[CONFIG_IMPORTS];
};

struct config_bgp {
	bool use;
	uint32_t autonomous_system; /* 0 = not set */
	bool router_id_set;
	struct ip_addr router_id;
	uint32_t neighbor_count;
	struct config_neighbor neighbor[CONFIG_NEIGHBORS];
	uint32_t filter_count, import_count;
	struct config_import_filter *filter; /* filter_count of them, owned */
	struct config_import *import;        /* import_count of them, owned */
};

enum config_gateway_kind {
	CONFIG_VIA_ADDRESS,
	CONFIG_VIA_TUNNEL,
	CONFIG_VIA_NULL,
	CONFIG_VIA_DHCP, /* the router that DHCP names at a port */
};

struct config_route_gateway {
	enum config_gateway_kind kind;
	struct ip_addr address;
	uint32_t tunnel;
	uint32_t lan; /* of CONFIG_VIA_DHCP */
	bool hide;
	uint32_t metric, weight;
};

struct config_route {
	struct ip_prefix destination; /* default = 0.0.0.0/0 */
	uint32_t gateway_count;
	struct config_route_gateway gateway[CONFIG_ROUTE_GATEWAYS];
};

/* What AWS charges in a region, in millionths of a dollar. */
#define CONFIG_PRICES      16 /* numbers 1..16 */
#define CONFIG_PRICE_TIERS 8

struct config_price {
	char region[33];
	uint32_t hour; /* of a VPN connection */
	uint32_t tier_count;
	struct {
		uint32_t past_tb; /* of a month; 0 for the first */
		uint32_t gb;      /* of data that leaves AWS */
	} tier[CONFIG_PRICE_TIERS];
};

struct config_cloud {
	bool service_set; /* amazon-api */
	char name[33];
	bool parameters_set;
	/* No keys: those of the environment, of files or of the machine's role. */
	char access_key[CONFIG_PARAMETER], secret_key[CONFIG_PARAMETER], vpn_id[CONFIG_PARAMETER];
	char region[33];                                         /* default ap-northeast-1 */
	char endpoint[141];                                      /* "" = the region's own */
	char role[CONFIG_PARAMETER], external[CONFIG_PARAMETER]; /* "" = none is assumed */
	bool dual_stack;
	uint32_t refresh_minutes; /* between runs by themselves, 0 = off */
	uint32_t bind[2]; /* 0 = not bound; the second alone for a connection of one tunnel */
};

struct config_model {
	struct config_lan lan[CONFIG_LANS + 1]; /* by number, [0] unused */
	struct config_tunnel *tunnel;           /* by number, owned as the next */
	struct config_gateway *gateway;         /* by gateway id */
	uint32_t policy_count;
	struct config_policy *policy; /* in order of number; owned, room for config_tunnels() */
	bool ipsec_use;               /* off: no tunnel is enabled; default on */
	bool ipsec_auto_refresh;      /* global; default off */
	uint32_t route_count;
	struct config_route *route; /* route_count of them, owned */
	struct config_bgp bgp;
	struct config_cloud cloud[CONFIG_CLOUDS + 1]; /* by id */
	bool cloud_syslog;
	uint32_t nat_count;
	struct config_nat *nat; /* nat_count of them, owned */
	uint32_t filter_count, dynamic_count, filter_list_count;
	struct config_filter *filter; /* owned, as the next two */
	struct config_dynamic *dynamic;
	struct config_filter_list *filter_list;
	struct config_dynamic_timers dynamic_timers;
	uint32_t schedule_count;
	struct config_schedule *schedule;         /* schedule_count of them, owned */
	bool statistics[CONFIG_STATISTICS_KINDS]; /* which are collected */
	uint32_t price_count;
	struct config_price price[CONFIG_PRICES];
	char currency[4];       /* besides the dollar, "" = none */
	uint64_t currency_rate; /* of a dollar, in millionths */
	struct config_dhcp_service dhcp;
	struct config_dns dns;
	bool syslog_notice, syslog_info, syslog_debug;           /* info on by default */
	char syslog_host[CONFIG_SYSLOG_HOSTS][CONFIG_HOST_NAME]; /* names or addresses, "" = none */
	uint32_t ike_retry_count, ike_retry_interval;            /* 10, 5 */
	bool console_japanese;  /* `console character ja.utf8`: help and `show` in Japanese */
	uint32_t console_lines; /* of a page, 0 = no pages */
	char console_prompt[CONFIG_PROMPT]; /* in front of the prompt, "" = nothing */
	uint32_t login_timer;               /* seconds until an idle session ends, 0 = never */
	char login_hash[CONFIG_HASH], administrator_hash[CONFIG_HASH]; /* crypt(3), "" = none */
	bool timezone_set;
	int timezone_minutes; /* from UTC */
};

/* Tunnel numbers and gateway ids are 1 to this: 100, or what the program was started with where
 * that is more. Said once, before the first model is made. */
uint32_t config_tunnels(void);
void config_tunnels_set(uint32_t count);

/* What is configured for the region, else the one this program knows; NULL = none. */
const struct config_price *config_price_of(const struct config_model *model, const char *region);

/* A model that says nothing but defaults; NULL = no memory. */
struct config_model *config_model_new(void);
void config_model_free(struct config_model *model);

/* The descriptor of that number, NULL = nothing was said of it. */
const struct config_nat *config_nat(const struct config_model *model, uint32_t number);
/* The filters of that number, NULL = there is none. */
const struct config_filter *config_filter(const struct config_model *model, uint32_t number);
const struct config_dynamic *config_dynamic(const struct config_model *model, uint32_t number);

/* The list of an interface and direction, NULL = everything passes. */
const struct config_filter_list *config_filter_list(
    const struct config_model *model, bool tunnel, uint32_t interface, bool out);

/* True of a list that has dynamic filters and no others. Where the kernel judges it says nothing of
 * ESP, which no dynamic filter follows. */
bool config_list_only_follows(const struct config_filter_list *list);

/* True when dynamic filters follow connections at that port or tunnel, one way or the other. */
bool config_follows(const struct config_model *model, bool tunnel, uint32_t interface);

/* True when addresses are translated at that port: a descriptor that does something is applied. */
bool config_lan_translates(const struct config_model *model, uint32_t lan);

/* The port whose configured network holds `addr`, 0 = none. */
uint32_t config_lan_towards(const struct config_model *model, const struct ip_addr *addr);

/* The policy of that number, NULL = there is none. */
const struct config_policy *config_policy(const struct config_model *model, uint32_t number);
/* The policy bound to tunnel `number`, and its gateway; NULL when the chain is not complete. */
const struct config_policy *config_tunnel_policy(const struct config_model *model, uint32_t number);
const struct config_gateway *config_tunnel_gateway(
    const struct config_model *model, uint32_t number);
