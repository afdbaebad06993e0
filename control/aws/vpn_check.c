/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whether the values of a connection can be believed: every field by itself, then the fields of a
 * tunnel against each other, then the tunnels against each other. The first thing wrong refuses the
 * whole connection and is named. Values are shown escaped, pre-shared keys never.
 *
 * Limits are AWS's where it publishes them (Site-to-Site VPN User Guide, "Tunnel options"), and
 * those of the configuration commands where they are narrower. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/vpn_raw.h"

#define LIFETIME_SEC_MIN 300 /* what `ipsec ike duration` takes */
#define LIFETIME_SEC_MAX 691200
#define WHY_BYTES        64

struct checking {
	const struct vpn_raw_tunnel *raw;
	struct vpn_tunnel *out;
	unsigned number; /* 1, 2: for the sentence */
	bool private_ok, ipv6_ok, key_elsewhere;
	const struct vpn_raw_option *option; /* of the same outside address, NULL = none */
	char *error;
};

/* "tunnel 2: ipsec/lifetime (0) ..." */
static bool bad(const struct checking *c, enum vpn_field field, const char *why)
{
	char value[64];

	if (field == VPN_F_IKE_PSK) {
		snprintf(c->error, VPN_ERROR, "tunnel %u: %s %s", c->number,
		    vpn_field_info[field].path, why);
		return false;
	}
	log_escape(c->raw->value[field], strlen(c->raw->value[field]), value, sizeof(value));
	snprintf(c->error, VPN_ERROR, "tunnel %u: %s (%s) %s", c->number,
	    vpn_field_info[field].path, value, why);
	return false;
}

static bool present(const struct checking *c, enum vpn_field field)
{
	return c->raw->value[field][0] != '\0';
}

/* ---- single fields ---- */

/* A decimal number within limits, or false and what is wrong with it. */
static bool number_read(
    const char *text, uint32_t min, uint32_t max, uint32_t *out, char why[WHY_BYTES])
{
	size_t digits = strspn(text, "0123456789");
	uint64_t v;

	*out = 0;
	if (digits == 0 || digits > 10 || text[digits]) {
		snprintf(why, WHY_BYTES, "is not a number");
		return false;
	}
	v = strtoull(text, NULL, 10);
	if (v < min || v > max) {
		snprintf(why, WHY_BYTES, "is not in %" PRIu32 "..%" PRIu32, min, max);
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

static bool number(
    const struct checking *c, enum vpn_field field, uint32_t min, uint32_t max, uint32_t *out)
{
	char why[WHY_BYTES];

	return number_read(c->raw->value[field], min, max, out, why) || bad(c, field, why);
}

/* A short name in lower case, checked for its alphabet; its meaning is for the generator. */
static bool word(const struct checking *c, enum vpn_field field, char *out, size_t out_bytes)
{
	const char *text = c->raw->value[field];
	size_t bytes = strlen(text);

	if (bytes >= out_bytes)
		return bad(c, field, "is too long");
	for (size_t i = 0; i <= bytes; i++) {
		if (text[i] && !isalnum((unsigned char)text[i]) && text[i] != '-')
			return bad(c, field, "is not a name");
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	return true;
}

static bool must_be(const struct checking *c, enum vpn_field field, const char *wanted)
{
	char why[64];

	if (!present(c, field) || strcmp(c->raw->value[field], wanted) == 0)
		return true;
	snprintf(why, sizeof(why), "is not %s", wanted);
	return bad(c, field, why);
}

static bool address(const struct checking *c, enum vpn_field field, struct ip_addr *out)
{
	if (ip_addr_parse(c->raw->value[field], out))
		return bad(c, field, "is not an IP address");
	return true;
}

/* An address on the internet, or wherever the connection's options say. Documentation ranges pass:
 * they are used as public addresses in examples and test networks. */
static bool outside(const struct checking *c, enum vpn_field field, struct ip_addr *out)
{
	if (!address(c, field, out))
		return false;
	if (out->family == IP_FAMILY_V6 && !c->ipv6_ok)
		return bad(c, field, "is not an IPv4 address");
	if (ip_addr_is_unspecified(out) || ip_addr_is_loopback(out) || ip_addr_is_multicast(out) ||
	    ip_addr_is_link_local(out))
		return bad(c, field, "cannot be an outside address");
	if (out->family == IP_FAMILY_V4 && (out->bytes[0] == 0 || out->bytes[0] >= 240))
		return bad(c, field, "cannot be an outside address");
	if (ip_addr_is_private(out) && !c->private_ok)
		return bad(c, field, "is private, and outsideIpAddressType is not PrivateIpv4");
	return true;
}

/* The blocks that AWS keeps for itself. */
static bool inside_reserved(const struct ip_addr *addr)
{
	static const char *const reserved[] = {"169.254.0.0/30", "169.254.1.0/30", "169.254.2.0/30",
	    "169.254.3.0/30", "169.254.4.0/30", "169.254.5.0/30", "169.254.169.252/30"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		struct ip_prefix block;

		if (ip_prefix_parse(reserved[i], &block) == 0 && ip_prefix_contains(&block, addr))
			return true;
	}
	return false;
}

static bool inside(const struct checking *c, enum vpn_field address_field, enum vpn_field mask,
    enum vpn_field cidr, struct ip_addr *out)
{
	uint32_t length;

	if (!address(c, address_field, out))
		return false;
	if (out->family != IP_FAMILY_V4 || !ip_addr_is_link_local(out))
		return bad(c, address_field, "is not in 169.254.0.0/16");
	if (!number(c, cidr, 0, 32, &length))
		return false;
	if (length != 30)
		return bad(c, cidr, "is not 30");
	if (present(c, mask) && strcmp(c->raw->value[mask], "255.255.255.252") != 0)
		return bad(c, mask, "does not agree with network_cidr");
	if (inside_reserved(out))
		return bad(c, address_field, "is in a block that AWS reserves");
	if (ip_addr_v4_host(out) % 4 == 0 || ip_addr_v4_host(out) % 4 == 3)
		return bad(c, address_field, "is not a host address of its /30");
	return true;
}

/* AWS: 8 to 64 letters, digits, dots and underscores. */
const char *vpn_key_fault(const char *key)
{
	size_t bytes = strlen(key);

	if (bytes < 8 || bytes > 64)
		return "is not 8 to 64 characters long";
	for (size_t i = 0; i < bytes; i++)
		if (!isalnum((unsigned char)key[i]) && key[i] != '.' && key[i] != '_')
			return "has a character that AWS does not allow";
	return NULL;
}

/* Of the document, or else of the options. It may be missing, or be something else that stands for
 * it, where it is kept in Secrets Manager: then it stays empty. */
static bool pre_shared_key(const struct checking *c)
{
	const char *key = c->raw->value[VPN_F_IKE_PSK], *fault;

	if ((!*key || vpn_key_fault(key)) && c->option && c->option->psk[0])
		key = c->option->psk;
	fault = vpn_key_fault(key);
	if (fault && c->key_elsewhere)
		return true;
	if (!*key)
		return bad(c, VPN_F_IKE_PSK, "is missing");
	if (fault)
		return bad(c, VPN_F_IKE_PSK, fault);
	memcpy(c->out->psk, key, strlen(key) + 1);
	return true;
}

static bool truth(const struct checking *c, enum vpn_field field, bool *out)
{
	*out = strcmp(c->raw->value[field], "true") == 0;
	if (!*out && strcmp(c->raw->value[field], "false") != 0)
		return bad(c, field, "is neither true nor false");
	return true;
}

static bool as_number(const struct checking *c, enum vpn_field field, uint32_t *out)
{
	/* RFC 7607: 0; RFC 7300: 65535 and 4294967295; RFC 6793: 23456 stands for others */
	if (!number(c, field, 1, UINT32_MAX - 1, out))
		return false;
	if (*out == 23456 || *out == 65535)
		return bad(c, field, "is a reserved AS number");
	return true;
}

/* ---- a tunnel ---- */

static bool all_there(const struct checking *c)
{
	for (unsigned f = 0; f < VPN_FIELD_COUNT; f++) {
		enum vpn_need need = vpn_field_info[f].need;

		if (need == VPN_MAY || need == VPN_MAY_BE_ELSEWHERE ||
		    (need == VPN_MUST_FOR_BGP && !c->out->bgp) || present(c, (enum vpn_field)f))
			continue;
		snprintf(c->error, VPN_ERROR, "tunnel %u: %s is %s", c->number,
		    vpn_field_info[f].path, c->raw->seen & UINT64_C(1) << f ? "empty" : "missing");
		return false;
	}
	return true;
}

static bool check_addresses(const struct checking *c)
{
	struct vpn_tunnel *t = c->out;

	if (!outside(c, VPN_F_CGW_OUTSIDE, &t->cgw_outside) ||
	    !outside(c, VPN_F_VGW_OUTSIDE, &t->vgw_outside) ||
	    !inside(c, VPN_F_CGW_INSIDE, VPN_F_CGW_MASK, VPN_F_CGW_CIDR, &t->cgw_inside.addr) ||
	    !inside(c, VPN_F_VGW_INSIDE, VPN_F_VGW_MASK, VPN_F_VGW_CIDR, &t->vgw_inside))
		return false;
	t->cgw_inside.length = 30;
	if (ip_addr_equal(&t->cgw_outside, &t->vgw_outside))
		return bad(c, VPN_F_VGW_OUTSIDE, "is the customer gateway's own address");
	if (!ip_prefix_contains(&t->cgw_inside, &t->vgw_inside))
		return bad(c, VPN_F_VGW_INSIDE, "is in another /30 than the customer gateway's");
	if (ip_addr_equal(&t->cgw_inside.addr, &t->vgw_inside))
		return bad(c, VPN_F_VGW_INSIDE, "is the customer gateway's own address");
	return true;
}

static bool check_bgp(const struct checking *c)
{
	struct vpn_tunnel *t = c->out;
	uint32_t theirs;

	if (!t->bgp)
		return true;
	return as_number(c, VPN_F_CGW_ASN, &t->cgw_asn) &&
	       as_number(c, VPN_F_VGW_ASN, &t->vgw_asn) &&
	       number(c, VPN_F_CGW_HOLD, 3, 28800, &t->hold_time_sec) &&
	       number(c, VPN_F_VGW_HOLD, 3, 28800, &theirs);
}

static bool check_ike(const struct checking *c)
{
	struct vpn_tunnel *t = c->out;

	return word(c, VPN_F_IKE_HASH, t->ike_hash, sizeof(t->ike_hash)) &&
	       word(c, VPN_F_IKE_ENCR, t->ike_encr, sizeof(t->ike_encr)) &&
	       number(c, VPN_F_IKE_LIFETIME, LIFETIME_SEC_MIN, LIFETIME_SEC_MAX,
		   &t->ike_lifetime_sec) &&
	       word(c, VPN_F_IKE_GROUP, t->ike_group, sizeof(t->ike_group)) &&
	       must_be(c, VPN_F_IKE_MODE, "main") && pre_shared_key(c);
}

static bool check_ipsec(const struct checking *c)
{
	struct vpn_tunnel *t = c->out;

	return must_be(c, VPN_F_ESP_PROTOCOL, "esp") && must_be(c, VPN_F_ESP_MODE, "tunnel") &&
	       word(c, VPN_F_ESP_AUTH, t->esp_auth, sizeof(t->esp_auth)) &&
	       word(c, VPN_F_ESP_ENCR, t->esp_encr, sizeof(t->esp_encr)) &&
	       number(c, VPN_F_ESP_LIFETIME, LIFETIME_SEC_MIN, LIFETIME_SEC_MAX,
		   &t->esp_lifetime_sec) &&
	       word(c, VPN_F_ESP_GROUP, t->esp_group, sizeof(t->esp_group)) &&
	       truth(c, VPN_F_CLEAR_DF, &t->clear_df) && number(c, VPN_F_MSS, 536, 1460, &t->mss) &&
	       number(c, VPN_F_DPD_INTERVAL, 1, 600, &t->dpd_interval_sec) &&
	       number(c, VPN_F_DPD_RETRIES, 1, 50, &t->dpd_retries);
}

static bool check_options(const struct checking *c, const struct vpn_raw_option *raw)
{
	static const char *const path[] = {VPN_OPTION_LIFETIME_1, VPN_OPTION_LIFETIME_2};
	struct vpn_options *out = &c->out->options;
	char why[WHY_BYTES], value[64];

	*out = raw->options;
	out->present = true;
	for (unsigned i = 0; i < 2; i++) {
		const char *text = raw->lifetime[i];

		if (!text[0] || number_read(text, LIFETIME_SEC_MIN, LIFETIME_SEC_MAX,
				    &out->lifetime_sec[i], why))
			continue;
		log_escape(text, strlen(text), value, sizeof(value));
		snprintf(
		    c->error, VPN_ERROR, "tunnel %u: %s (%s) %s", c->number, path[i], value, why);
		return false;
	}
	return true;
}

/* The options of the same outside address: their order is not that of the tunnels. NULL = none. */
static const struct vpn_raw_option *find_option(
    const struct vpn_raw_item *item, const char *outside_text)
{
	struct ip_addr outside, addr;

	if (ip_addr_parse(outside_text, &outside))
		return NULL;
	for (uint32_t i = 0; i < item->option_count && i < VPN_TUNNELS; i++)
		if (ip_addr_parse(item->option[i].outside, &addr) == 0 &&
		    ip_addr_equal(&addr, &outside))
			return &item->option[i];
	return NULL;
}

/* ---- the connection ---- */

static bool check_pair(const struct vpn_connection *vpn, char error[VPN_ERROR])
{
	const struct vpn_tunnel *a = &vpn->tunnel[0], *b = &vpn->tunnel[1];
	const char *same = NULL;

	if (vpn->tunnel_count < 2)
		return true;
	if (ip_addr_equal(&a->vgw_outside, &b->vgw_outside))
		same = "vpn_gateway/tunnel_outside_address";
	else if (ip_prefix_contains(&a->cgw_inside, &b->cgw_inside.addr))
		same = "tunnel_inside_address";
	if (same) {
		snprintf(error, VPN_ERROR, "tunnel 2: %s is the same as tunnel 1's", same);
		return false;
	}
	if (a->cgw_asn != b->cgw_asn) {
		snprintf(
		    error, VPN_ERROR, "tunnel 2: customer_gateway/bgp/asn differs from tunnel 1's");
		return false;
	}
	return true;
}

static bool check_tunnels(const struct vpn_raw *raw, const struct vpn_raw_item *item,
    struct vpn_connection *out, char error[VPN_ERROR])
{
	for (uint32_t i = 0; i < raw->tunnel_count; i++) {
		struct checking c = {
		    .raw = &raw->tunnel[i],
		    .out = &out->tunnel[i],
		    .number = i + 1,
		    .private_ok = out->outside_private,
		    .ipv6_ok = strcmp(item->outside_type, "Ipv6") == 0,
		    .key_elsewhere = item->psk_arn[0] != '\0',
		    .option = find_option(item, raw->tunnel[i].value[VPN_F_VGW_OUTSIDE]),
		    .error = error,
		};

		c.out->bgp = !out->static_only;
		if (!all_there(&c) || !check_addresses(&c) || !check_bgp(&c) || !check_ike(&c) ||
		    !check_ipsec(&c) || (c.option && !check_options(&c, c.option)))
			return false;
		if (c.option)
			c.out->option_number = (uint32_t)(c.option - item->option) + 1;
	}
	return check_pair(out, error);
}

static void warn(struct vpn_connection *out)
{
	if (out->tunnel_count < VPN_TUNNELS)
		snprintf(out->warning, VPN_ERROR,
		    "AWS gave one tunnel instead of two: there is no redundancy");
	else if (strcmp(out->state, "pending") == 0)
		snprintf(out->warning, VPN_ERROR,
		    "the connection is still pending at AWS: its tunnels may come up later");
}

enum vpn_result vpn_check(const struct vpn_raw *raw, const struct vpn_raw_item *item,
    struct vpn_connection *out, char error[VPN_ERROR])
{
	if (raw->tunnel_count == 0 || raw->tunnel_count > VPN_TUNNELS)
		return vpn_refuse(VPN_COMMAND_ILLEGAL, error,
		    "ipsec_tunnel: there are %u, expected two", raw->tunnel_count);
	if (raw->type[0] && strcmp(raw->type, "ipsec.1") != 0)
		return vpn_refuse(VPN_COMMAND_ILLEGAL, error, "vpn_connection_type is not ipsec.1");
	memcpy(out->vgw_id, item->vgw_id, sizeof(out->vgw_id));
	memcpy(out->tgw_id, item->tgw_id, sizeof(out->tgw_id));
	memcpy(out->cgw_id, item->cgw_id, sizeof(out->cgw_id));
	memcpy(out->psk_arn, item->psk_arn, sizeof(out->psk_arn));
	out->tunnel_count = raw->tunnel_count;
	out->static_only = strcmp(raw->attributes, "NoBGPVPNConnection") == 0 ||
			   strcmp(item->static_only, "true") == 0;
	out->outside_private = strcmp(item->outside_type, "PrivateIpv4") == 0;
	if (!check_tunnels(raw, item, out, error))
		return VPN_COMMAND_ILLEGAL;
	warn(out);
	return VPN_OK;
}
