/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside aws/: what stands in the two documents, as texts, before anything of it is believed.
 * vpn_inner.c and vpn_xml.c fill it, vpn_check.c turns it into a struct vpn_connection. */
#pragma once

#include "control/aws/vpn.h"

/* One leaf of <ipsec_tunnel>: its path, and whether it must be there. */
enum vpn_need { VPN_MUST, VPN_MAY, VPN_MUST_FOR_BGP, VPN_MAY_BE_ELSEWHERE };

#define VPN_FIELDS(X)                                                                              \
	X(CGW_OUTSIDE, "customer_gateway/tunnel_outside_address/ip_address", VPN_MUST)             \
	X(CGW_INSIDE, "customer_gateway/tunnel_inside_address/ip_address", VPN_MUST)               \
	X(CGW_MASK, "customer_gateway/tunnel_inside_address/network_mask", VPN_MAY)                \
	X(CGW_CIDR, "customer_gateway/tunnel_inside_address/network_cidr", VPN_MUST)               \
	X(CGW_ASN, "customer_gateway/bgp/asn", VPN_MUST_FOR_BGP)                                   \
	X(CGW_HOLD, "customer_gateway/bgp/hold_time", VPN_MUST_FOR_BGP)                            \
	X(VGW_OUTSIDE, "vpn_gateway/tunnel_outside_address/ip_address", VPN_MUST)                  \
	X(VGW_INSIDE, "vpn_gateway/tunnel_inside_address/ip_address", VPN_MUST)                    \
	X(VGW_MASK, "vpn_gateway/tunnel_inside_address/network_mask", VPN_MAY)                     \
	X(VGW_CIDR, "vpn_gateway/tunnel_inside_address/network_cidr", VPN_MUST)                    \
	X(VGW_ASN, "vpn_gateway/bgp/asn", VPN_MUST_FOR_BGP)                                        \
	X(VGW_HOLD, "vpn_gateway/bgp/hold_time", VPN_MUST_FOR_BGP)                                 \
	X(IKE_HASH, "ike/authentication_protocol", VPN_MUST)                                       \
	X(IKE_ENCR, "ike/encryption_protocol", VPN_MUST)                                           \
	X(IKE_LIFETIME, "ike/lifetime", VPN_MUST)                                                  \
	X(IKE_GROUP, "ike/perfect_forward_secrecy", VPN_MUST)                                      \
	X(IKE_MODE, "ike/mode", VPN_MAY)                                                           \
	X(IKE_PSK, "ike/pre_shared_key", VPN_MAY_BE_ELSEWHERE)                                     \
	X(ESP_PROTOCOL, "ipsec/protocol", VPN_MAY)                                                 \
	X(ESP_AUTH, "ipsec/authentication_protocol", VPN_MUST)                                     \
	X(ESP_ENCR, "ipsec/encryption_protocol", VPN_MUST)                                         \
	X(ESP_LIFETIME, "ipsec/lifetime", VPN_MUST)                                                \
	X(ESP_GROUP, "ipsec/perfect_forward_secrecy", VPN_MUST)                                    \
	X(ESP_MODE, "ipsec/mode", VPN_MAY)                                                         \
	X(CLEAR_DF, "ipsec/clear_df_bit", VPN_MUST)                                                \
	X(MSS, "ipsec/tcp_mss_adjustment", VPN_MUST)                                               \
	X(DPD_INTERVAL, "ipsec/dead_peer_detection/interval", VPN_MUST)                            \
	X(DPD_RETRIES, "ipsec/dead_peer_detection/retries", VPN_MUST)

enum vpn_field {
#define FIELD(name, path, need) VPN_F_##name,
	VPN_FIELDS(FIELD)
#undef FIELD
	    VPN_FIELD_COUNT
};

extern const struct vpn_field_info {
	const char *path;
	enum vpn_need need;
} vpn_field_info[VPN_FIELD_COUNT];

#define VPN_RAW_TEXT 136

struct vpn_raw_tunnel {
	uint64_t seen; /* bit per enum vpn_field */
	char value[VPN_FIELD_COUNT][VPN_RAW_TEXT];
};

/* customerGatewayConfiguration. Holds keys: the owner wipes. */
struct vpn_raw {
	bool seen; /* the document was there and was walked to its end */
	char id[VPN_RAW_TEXT], type[VPN_RAW_TEXT], attributes[VPN_RAW_TEXT];
	uint32_t tunnel_count; /* those past VPN_TUNNELS are counted, not kept */
	struct vpn_raw_tunnel tunnel[VPN_TUNNELS];
};

#define VPN_OPTION_LIFETIME_1 "phase1LifetimeSeconds"
#define VPN_OPTION_LIFETIME_2 "phase2LifetimeSeconds"

/* One item of tunnelOptionSet; "" = not given. */
struct vpn_raw_option {
	char outside[VPN_RAW_TEXT], psk[VPN_RAW_TEXT], lifetime[2][VPN_RAW_TEXT];
	struct vpn_options options; /* the lists */
};

/* The item of vpnConnectionSet. */
struct vpn_raw_item {
	char id[VPN_TEXT], state[32];
	char static_only[16], outside_type[32];
	char vgw_id[VPN_TEXT], tgw_id[VPN_TEXT], cgw_id[VPN_TEXT];
	char psk_arn[VPN_ARN]; /* keys may be in Secrets Manager */
	uint32_t option_count; /* those past VPN_TUNNELS are counted, not kept */
	struct vpn_raw_option option[VPN_TUNNELS];
};

/* Reads the inner document. VPN_OK, VPN_ILLEGAL_XML (a DOCTYPE, a limit) or VPN_COMMAND_ILLEGAL,
 * with a sentence in `error`. */
enum vpn_result vpn_inner_read(
    const char *document, size_t bytes, struct vpn_raw *out, char error[VPN_ERROR]);

/* Believes the texts or names the field that cannot be believed: VPN_OK or VPN_COMMAND_ILLEGAL. */
enum vpn_result vpn_check(const struct vpn_raw *raw, const struct vpn_raw_item *item,
    struct vpn_connection *out, char error[VPN_ERROR]);

/* What is wrong with a pre-shared key, NULL = nothing. */
const char *vpn_key_fault(const char *key);

/* Writes a sentence to `error`; returns `result`. */
enum vpn_result vpn_refuse(enum vpn_result result, char error[VPN_ERROR], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
