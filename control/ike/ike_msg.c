/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ISAKMP codec.
 *
 * Does: the header, the payload chain, and the payloads that are not SA (ike_proposal.c). Lengths
 * are checked before anything is read; a payload is a view into the caller's bytes. Does not: judge
 * whether a payload belongs in an exchange, decrypt, or remember anything.
 *
 * RFC 2408 sections 3 and 5, RFC 2407 section 4.6, RFC 3706 section 5, RFC 3947 section 3. */
#include "control/ike/ike_msg.h"

#include <errno.h>
#include <string.h>

const uint8_t ike_vendor_dpd[16] = {
    0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};
const uint8_t ike_vendor_natt[16] = {
    0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};

int ike_header_parse(const uint8_t *data, size_t bytes, struct ike_header *out)
{
	struct rd r = rd_init(data, bytes);

	rd_copy(&r, out->cookie_i, sizeof(out->cookie_i));
	rd_copy(&r, out->cookie_r, sizeof(out->cookie_r));
	out->next = rd_u8(&r);
	out->version = rd_u8(&r);
	out->exchange = rd_u8(&r);
	out->flags = rd_u8(&r);
	out->message_id = rd_u32(&r);
	out->length = rd_u32(&r);
	return rd_ok(&r) && out->length == bytes ? 0 : -EMSGSIZE;
}

/* Types that may stand in an IKEv1 chain. Proposal and Transform live inside SA only. */
static bool payload_known(uint8_t type)
{
	switch (type) {
	case ISAKMP_PAYLOAD_SA:
	case ISAKMP_PAYLOAD_KE:
	case ISAKMP_PAYLOAD_ID:
	case ISAKMP_PAYLOAD_CERT:
	case ISAKMP_PAYLOAD_CERT_REQUEST:
	case ISAKMP_PAYLOAD_HASH:
	case ISAKMP_PAYLOAD_SIGNATURE:
	case ISAKMP_PAYLOAD_NONCE:
	case ISAKMP_PAYLOAD_NOTIFICATION:
	case ISAKMP_PAYLOAD_DELETE:
	case ISAKMP_PAYLOAD_VENDOR_ID:
	case ISAKMP_PAYLOAD_NAT_D:
	case ISAKMP_PAYLOAD_NAT_OA: return true;
	default: return type >= ISAKMP_PAYLOAD_PRIVATE && type != ISAKMP_PAYLOAD_CISCO_FRAGMENT;
	}
}

static void note_vendor(struct ike_payloads *out, const uint8_t *body, size_t bytes)
{
	out->vendors++;
	/* The last byte of the DPD vendor ID is a minor version, which we do not care about. */
	if (bytes == sizeof(ike_vendor_dpd) && !memcmp(body, ike_vendor_dpd, bytes - 1))
		out->vendor_dpd = true;
	if (bytes == sizeof(ike_vendor_natt) && !memcmp(body, ike_vendor_natt, bytes))
		out->vendor_natt = true;
}

static int refuse(struct ike_payloads *out, uint16_t notify)
{
	out->count = 0;
	out->notify = notify;
	return -EBADMSG;
}

/* An unencrypted message may be padded to a multiple of four bytes. */
static bool trailing_ok(const struct rd *r)
{
	static const uint8_t zero[3];

	return rd_left(r) <= sizeof(zero) && !memcmp(r->p, zero, rd_left(r));
}

int ike_payloads_parse(
    uint8_t first, const uint8_t *data, size_t bytes, bool padded, struct ike_payloads *out)
{
	struct rd r = rd_init(data, bytes);
	uint8_t type = first;

	memset(out, 0, sizeof(*out));
	while (type != ISAKMP_PAYLOAD_NONE) {
		uint8_t next = rd_u8(&r), reserved = rd_u8(&r);
		uint16_t length = rd_u16(&r);
		struct rd body;

		if (!payload_known(type))
			return refuse(out, ISAKMP_N_INVALID_PAYLOAD_TYPE);
		if (!rd_ok(&r) || reserved || length < ISAKMP_GENERIC_BYTES)
			return refuse(out, ISAKMP_N_PAYLOAD_MALFORMED);
		body = rd_sub(&r, length - ISAKMP_GENERIC_BYTES);
		if (!rd_ok(&r))
			return refuse(out, ISAKMP_N_PAYLOAD_MALFORMED);
		if (!out->after_first)
			out->after_first = r.p;
		if (type == ISAKMP_PAYLOAD_VENDOR_ID) {
			note_vendor(out, body.p, rd_left(&body));
		} else if (type < ISAKMP_PAYLOAD_PRIVATE) {
			if (out->count == IKE_MSG_PAYLOADS)
				return refuse(out, ISAKMP_N_PAYLOAD_MALFORMED);
			out->list[out->count++] = (struct ike_payload){
			    .type = type, .body = body.p, .bytes = rd_left(&body)};
		}
		type = next;
	}
	out->end = r.p;
	if (!out->after_first)
		out->after_first = r.p;
	if (!padded && !trailing_ok(&r))
		return refuse(out, ISAKMP_N_PAYLOAD_MALFORMED);
	return 0;
}

size_t ike_payloads_count(const struct ike_payloads *payloads, uint8_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < payloads->count; i++)
		n += payloads->list[i].type == type;
	return n;
}

const struct ike_payload *ike_payloads_one(const struct ike_payloads *payloads, uint8_t type)
{
	const struct ike_payload *found = NULL;

	for (size_t i = 0; i < payloads->count; i++) {
		if (payloads->list[i].type != type)
			continue;
		if (found)
			return NULL;
		found = &payloads->list[i];
	}
	return found;
}

int ike_id_parse(const struct ike_payload *payload, struct ike_id *out)
{
	struct rd r = rd_init(payload->body, payload->bytes);

	out->type = rd_u8(&r);
	out->protocol = rd_u8(&r);
	out->port = rd_u16(&r);
	out->bytes = rd_left(&r);
	out->data = rd_bytes(&r, out->bytes);
	return rd_ok(&r) ? 0 : -EBADMSG;
}

int ike_id_prefix(const struct ike_id *id, struct ip_prefix *out)
{
	struct rd r = rd_init(id->data, id->bytes);
	uint32_t addr = rd_u32(&r), mask = UINT32_MAX, length = 32;

	if (id->protocol || id->port)
		return -EINVAL;
	if (id->type == IPSEC_ID_IPV4_ADDR_SUBNET)
		mask = rd_u32(&r);
	else if (id->type != IPSEC_ID_IPV4_ADDR)
		return -EINVAL;
	if (!rd_ok(&r) || rd_left(&r))
		return -EINVAL;
	while (length && !(mask & (UINT32_C(1) << (32 - length))))
		length--;
	if (mask != (length ? UINT32_MAX << (32 - length) : 0))
		return -EINVAL;
	*out = (struct ip_prefix){.addr = ip_addr_v4(addr & mask), .length = (uint8_t)length};
	return 0;
}

int ike_notify_parse(const struct ike_payload *payload, struct ike_notify *out)
{
	struct rd r = rd_init(payload->body, payload->bytes);

	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	out->spi_bytes = rd_u8(&r);
	out->type = rd_u16(&r);
	out->spi = rd_bytes(&r, out->spi_bytes);
	out->bytes = rd_left(&r);
	out->data = rd_bytes(&r, out->bytes);
	return rd_ok(&r) ? 0 : -EBADMSG;
}

const char *ike_notify_name(uint16_t type)
{
	switch (type) {
	case ISAKMP_N_INVALID_PAYLOAD_TYPE: return "INVALID-PAYLOAD-TYPE";
	case ISAKMP_N_DOI_NOT_SUPPORTED: return "DOI-NOT-SUPPORTED";
	case ISAKMP_N_SITUATION_NOT_SUPPORTED: return "SITUATION-NOT-SUPPORTED";
	case ISAKMP_N_INVALID_COOKIE: return "INVALID-COOKIE";
	case ISAKMP_N_INVALID_MAJOR_VERSION: return "INVALID-MAJOR-VERSION";
	case ISAKMP_N_INVALID_EXCHANGE_TYPE: return "INVALID-EXCHANGE-TYPE";
	case ISAKMP_N_INVALID_SPI: return "INVALID-SPI";
	case ISAKMP_N_NO_PROPOSAL_CHOSEN: return "NO-PROPOSAL-CHOSEN";
	case ISAKMP_N_BAD_PROPOSAL_SYNTAX: return "BAD-PROPOSAL-SYNTAX";
	case ISAKMP_N_PAYLOAD_MALFORMED: return "PAYLOAD-MALFORMED";
	case ISAKMP_N_INVALID_KEY_INFORMATION: return "INVALID-KEY-INFORMATION";
	case ISAKMP_N_INVALID_ID_INFORMATION: return "INVALID-ID-INFORMATION";
	case ISAKMP_N_INVALID_HASH_INFORMATION: return "INVALID-HASH-INFORMATION";
	case ISAKMP_N_AUTHENTICATION_FAILED: return "AUTHENTICATION-FAILED";
	case ISAKMP_N_RESPONDER_LIFETIME: return "RESPONDER-LIFETIME";
	case ISAKMP_N_REPLAY_STATUS: return "REPLAY-STATUS";
	case ISAKMP_N_INITIAL_CONTACT: return "INITIAL-CONTACT";
	case ISAKMP_N_R_U_THERE: return "R-U-THERE";
	case ISAKMP_N_R_U_THERE_ACK: return "R-U-THERE-ACK";
	default: return "notify";
	}
}

int ike_delete_parse(const struct ike_payload *payload, struct ike_delete *out)
{
	struct rd r = rd_init(payload->body, payload->bytes);

	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	out->spi_bytes = rd_u8(&r);
	out->count = rd_u16(&r);
	out->spis = rd_bytes(&r, (size_t)out->count * out->spi_bytes);
	return rd_ok(&r) && !rd_left(&r) && out->spi_bytes ? 0 : -EBADMSG;
}

void ike_build_start(
    struct ike_builder *b, void *data, size_t bytes, const struct ike_header *header)
{
	b->w = wr_init(data, bytes);
	wr_bytes(&b->w, header->cookie_i, sizeof(header->cookie_i));
	wr_bytes(&b->w, header->cookie_r, sizeof(header->cookie_r));
	b->next_at = wr_len(&b->w);
	wr_u8(&b->w, ISAKMP_PAYLOAD_NONE);
	wr_u8(&b->w, ISAKMP_VERSION);
	wr_u8(&b->w, header->exchange);
	wr_u8(&b->w, header->flags);
	wr_u32(&b->w, header->message_id);
	wr_u32(&b->w, 0);
}

void ike_build_open(struct ike_builder *b, uint8_t type)
{
	if (!wr_ok(&b->w))
		return;
	b->w.start[b->next_at] = type;
	b->payload_at = b->next_at = wr_len(&b->w);
	wr_u32(&b->w, 0);
}

void ike_build_close(struct ike_builder *b)
{
	wr_patch_u16(&b->w, b->payload_at + 2, (uint16_t)(wr_len(&b->w) - b->payload_at));
}

void ike_build_payload(struct ike_builder *b, uint8_t type, const void *body, size_t bytes)
{
	ike_build_open(b, type);
	wr_bytes(&b->w, body, bytes);
	ike_build_close(b);
}

void ike_build_notify(struct ike_builder *b, uint8_t protocol, uint16_t type, const void *spi,
    size_t spi_bytes, const void *data, size_t bytes)
{
	ike_build_open(b, ISAKMP_PAYLOAD_NOTIFICATION);
	wr_u32(&b->w, IPSEC_DOI);
	wr_u8(&b->w, protocol);
	wr_u8(&b->w, (uint8_t)spi_bytes);
	wr_u16(&b->w, type);
	wr_bytes(&b->w, spi, spi_bytes);
	wr_bytes(&b->w, data, bytes);
	ike_build_close(b);
}

size_t ike_id_write_addr(const struct ip_addr *addr, uint8_t out[IKE_ID_BYTES])
{
	struct wr w = wr_init(out, IKE_ID_BYTES);

	/* Protocol and port zero: also right after floating to 4500, RFC 3947 section 4. */
	wr_u8(&w, IPSEC_ID_IPV4_ADDR);
	wr_zero(&w, 3);
	wr_bytes(&w, addr->bytes, 4);
	return wr_len(&w);
}

size_t ike_id_write_subnet(const struct ip_prefix *prefix, uint8_t out[IKE_ID_BYTES])
{
	struct ip_prefix masked = ip_prefix_mask(prefix);
	struct wr w = wr_init(out, IKE_ID_BYTES);

	wr_u8(&w, IPSEC_ID_IPV4_ADDR_SUBNET);
	wr_zero(&w, 3);
	wr_bytes(&w, masked.addr.bytes, 4);
	wr_u32(&w, masked.length ? UINT32_MAX << (32 - masked.length) : 0);
	return wr_len(&w);
}

size_t ike_build_finish(struct ike_builder *b)
{
	wr_patch_u32(&b->w, ISAKMP_HEADER_BYTES - 4, (uint32_t)wr_len(&b->w));
	return wr_ok(&b->w) ? wr_len(&b->w) : 0;
}
