/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An authentic, decrypted ESP packet to its inner packet: padding (RFC 4303 section 2.4), next
 * header (2.6), padding for traffic flow confidentiality (2.7), inner header, traffic selectors
 * (RFC 4301 section 5.2 step 4) and ECN (RFC 6040 section 4.2). The outer DSCP is discarded (RFC
 * 2983).
 *
 * Every verdict of here is silent on the wire, like that of a wrong ICV: nobody learns which check
 * a packet failed. */
#include "dataplane/pkt/esp_decap.h"

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

#define ECN_DROP 0xff

/* RFC 6040 figure 4, by inner and outer field. */
static const uint8_t ecn_decap[4][4] = {
    [ECN_NOT_ECT] = {ECN_NOT_ECT, ECN_NOT_ECT, ECN_NOT_ECT, ECN_DROP},
    [ECN_ECT1] = {ECN_ECT1, ECN_ECT1, ECN_ECT1, ECN_CE},
    [ECN_ECT0] = {ECN_ECT0, ECN_ECT1, ECN_ECT0, ECN_CE},
    [ECN_CE] = {ECN_CE, ECN_CE, ECN_CE, ECN_CE},
};

/* `end` is one past the last pad byte. */
static bool padding_is_right(const uint8_t *end, unsigned pad_bytes)
{
	unsigned diff = 0;

	if (pad_bytes <= 16)
		return esp_padding_is_right(end, pad_bytes);
	for (unsigned i = 0; i < pad_bytes; i++)
		diff |= end[-1 - (int)i] ^ (pad_bytes - i);
	return diff == 0;
}

static enum pkt_verdict finish4(
    const struct esp_decap *d, uint8_t *inner, uint32_t bytes, struct esp_decap_result *out)
{
	struct ip4_info info;

	if (ip4_check_lengths(inner, bytes, &info) != PKT_OK)
		return PKT_DROP_INNER;
	if (!selector_match4(&d->selector, inner))
		return PKT_DROP_SELECTOR;
	*out = (struct esp_decap_result){inner, info.total_bytes, 4};
	return PKT_OK;
}

static enum pkt_verdict finish6(
    const struct esp_decap *d, uint8_t *inner, uint32_t bytes, struct esp_decap_result *out)
{
	struct ip6_info info;

	if (ip6_check(inner, bytes, &info) != PKT_OK)
		return PKT_DROP_INNER;
	if (!selector_match6(&d->selector, inner))
		return PKT_DROP_SELECTOR;
	*out = (struct esp_decap_result){inner, info.total_bytes, 6};
	return PKT_OK;
}

static enum pkt_verdict merge_ecn(const struct esp_decap_result *out, uint8_t outer_tos)
{
	uint8_t *ip = out->inner;
	uint8_t tos = out->family == 4 ? ip[IP4_OFFSET_TOS] : ip6_traffic_class(ip);
	uint8_t ecn = ecn_decap[tos & ECN_MASK][outer_tos & ECN_MASK];

	if (ecn == ECN_DROP)
		return PKT_DROP_ECN;
	if (ecn == (tos & ECN_MASK))
		return PKT_OK;
	tos = (uint8_t)((tos & ~ECN_MASK) | ecn);
	if (out->family == 4)
		ip4_set_tos(ip, tos);
	else
		ip6_set_traffic_class(ip, tos);
	return PKT_OK;
}

enum pkt_verdict esp_decap_finish(const struct esp_decap *d, uint8_t *esp, uint32_t cipher_bytes,
    uint8_t outer_tos, struct esp_decap_result *out)
{
	uint8_t *inner = esp_decap_inner(d, esp);
	unsigned pad_bytes = inner[cipher_bytes - 2];
	uint8_t next_header = inner[cipher_bytes - 1];
	enum pkt_verdict verdict;
	uint32_t bytes;

	if (pad_bytes > cipher_bytes - 2)
		return PKT_DROP_PAD;
	bytes = cipher_bytes - 2 - pad_bytes;
	if (!padding_is_right(inner + cipher_bytes - 2, pad_bytes))
		return PKT_DROP_PAD;
	if (next_header == IP_PROTO_NONE)
		return PKT_DROP_DUMMY;
	if (next_header != IP_PROTO_IPV4 && next_header != IP_PROTO_IPV6)
		return PKT_DROP_PROTO;
	if (bytes == 0)
		return PKT_DROP_INNER;
	if (IP_VERSION(inner) != (next_header == IP_PROTO_IPV4 ? 4 : 6))
		return PKT_DROP_PROTO;
	verdict = next_header == IP_PROTO_IPV4 ? finish4(d, inner, bytes, out)
					       : finish6(d, inner, bytes, out);
	return verdict == PKT_OK ? merge_ecn(out, outer_tos) : verdict;
}
