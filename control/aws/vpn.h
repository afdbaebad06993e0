/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A VPN connection as AWS describes it, read from the answer of DescribeVpnConnections, and the
 * configuration lines that make a router its customer gateway device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"

#define VPN_TUNNELS   2
#define VPN_TEXT      129
#define VPN_PSK       65
#define VPN_ARN       257
#define VPN_ERROR     400
#define VPN_PREFIXES  16
#define VPN_TIMESTAMP 15 /* "YYYYMMDDhhmmss" with its NUL */

/* tunnelOptionSet: what the connection's owner restricted, as far as a customer gateway has to
 * follow. A list with count 0 and a number that is 0 were not given: AWS then takes its defaults,
 * for lists everything it knows. */
#define VPN_OPTION_VALUES 16
struct vpn_option_list {
	uint32_t count;
	char value[VPN_OPTION_VALUES][16]; /* "ikev2", "AES256-GCM-16", "SHA2-256", "14" */
};

struct vpn_options {
	bool present;
	struct vpn_option_list ike_version;
	struct vpn_option_list encryption[2], integrity[2], group[2]; /* phase 1, phase 2 */
	uint32_t lifetime_sec[2];
};

struct vpn_tunnel {
	struct ip_addr cgw_outside, vgw_outside;
	struct ip_prefix cgw_inside; /* host bits are our inside address */
	struct ip_addr vgw_inside;
	bool bgp; /* false: static routes */
	uint32_t cgw_asn, vgw_asn, hold_time_sec;
	char ike_hash[16]; /* "sha1" */
	char ike_encr[24]; /* "aes-128-cbc" */
	uint32_t ike_lifetime_sec;
	char ike_group[16]; /* "group2" */
	char psk[VPN_PSK];  /* "" = kept in Secrets Manager, see psk_arn */
	char esp_auth[24];  /* "hmac-sha1-96" */
	char esp_encr[24];
	uint32_t esp_lifetime_sec;
	char esp_group[16];
	bool clear_df;
	uint32_t mss; /* 0 = absent */
	uint32_t dpd_interval_sec, dpd_retries;
	struct vpn_options options; /* of the same outside address */
	uint32_t option_number;     /* which of the options: AWS's own number of it; 0 = none */
};

struct vpn_connection {
	char id[VPN_TEXT], state[32];
	char vgw_id[VPN_TEXT], tgw_id[VPN_TEXT], cgw_id[VPN_TEXT]; /* "" = none */
	bool static_only;
	bool outside_private; /* outsideIpAddressType is PrivateIpv4 */
	char
	    psk_arn[VPN_ARN]; /* the secret that has the keys which the document lacks, "" = none */
	uint32_t tunnel_count;
	struct vpn_tunnel tunnel[VPN_TUNNELS]; /* in the order of the document */
	/* Of a static connection: the VPC behind it, as far as gather.h found out, and why not. */
	uint32_t prefix_count;
	struct ip_prefix prefix[VPN_PREFIXES];
	char prefix_note[VPN_ERROR];
	char warning[VPN_ERROR]; /* one tunnel only, MSS too large ... ; "" = none */
};

/* Which of the reference's texts a refusal of the answer is. */
enum vpn_result {
	VPN_OK,
	VPN_ILLEGAL_XML,      /* "Received illegal XML data" */
	VPN_ILLEGAL_RESPONSE, /* "Received illegal response" */
	VPN_AWS_ERROR,        /* "Received error message from AWS: (code)" */
	VPN_COMMAND_ILLEGAL,  /* "Required command is missing or illegal" */
};

/* Reads an HTTP body (success or error). `want_id` is the id that was asked for, NULL = any.
 * `error` gets a sentence: the field refused, or AWS's Code and Message, escaped. Nothing of `out`
 * is to be used unless VPN_OK. Limits: 1 MiB, depth 32, no DOCTYPE, UTF-8. The caller wipes `out`.
 */
enum vpn_result vpn_parse(const void *body, size_t bytes, const char *want_id,
    struct vpn_connection *out, char error[VPN_ERROR]);

/* What the generator must know of the router. */
struct vpn_site {
	struct ip_addr local;       /* `ipsec ike local address` */
	char wan_if[16];            /* "lan2": interface of the default route; "" = none */
	uint32_t nat_descriptor;    /* that interface's own masquerade descriptor, 0 = none */
	uint32_t nat_static_first;  /* first free entry number of its static list */
	const uint32_t *filters_in; /* existing `secure filter in` list of that interface */
	size_t filters_in_count;
	const uint32_t *dynamic_in;   /* the dynamic filters of the same list */
	size_t dynamic_in_count;      /* of both none: there is no list, none is made */
	bool filters_listed;          /* those of `filter_first` stand in it, and it stays */
	uint32_t filter_first;        /* three filter numbers from here: 200080 if free */
	uint32_t tunnel[VPN_TUNNELS]; /* tunnel numbers to use; gateway, neighbor ids follow */
	uint32_t policy[VPN_TUNNELS]; /* 201, 202 unless in use */
	uint32_t import_filter;       /* 1 unless in use */
	char service[24];             /* "amazon-api" */
	char name[33];                /* cloud vpn name, "" = none */
	char timestamp[VPN_TUNNELS][VPN_TIMESTAMP]; /* of the last change, local time */
	/* The configuration has a line about it: said even where it is the default. */
	bool ike_lifetime_set[VPN_TUNNELS];
	bool neighbor_set[VPN_TUNNELS]; /* a neighbor stands there, for a static connection to
					   remove */
	/* Prefixes to announce; count 0 = the default route, as the reference does. */
	const struct ip_prefix *announce;
	size_t announce_count;
	/* Of a static connection: prefixes behind it to be routed into its tunnels. */
	const struct ip_prefix *route;
	size_t route_count;
};

#define VPN_LINES 160
#define VPN_NOTES 8
struct vpn_lines {
	size_t count;
	char *line[VPN_LINES]; /* owned; as they are to be typed, no indentation */
	uint8_t
	    tunnel[VPN_LINES]; /* whose line it is: 1, 2 in the connection's order; 0 = of all */
	/* What a person should know of them: "no filter list stands at lan2, none was made". */
	size_t note_count;
	char note[VPN_NOTES][VPN_ERROR];
};

/* The configuration of the reference's appendix for this connection, in its order, ending in
 * `bgp configure refresh`; without any line of BGP when the connection is static, without filters
 * and masquerade entries where the site has no list and no descriptor. Options of a tunnel that
 * exclude what the document says decide. 0; -ENOTSUP when what AWS wants cannot be configured,
 * -EINVAL when the site lacks something, -ENOMEM, -ENOSPC, each with a sentence in `error` and no
 * lines. */
int vpn_generate(const struct vpn_connection *vpn, const struct vpn_site *site,
    struct vpn_lines *out, char error[VPN_ERROR]);
void vpn_lines_free(struct vpn_lines *lines); /* wipes: they hold the pre-shared keys */
