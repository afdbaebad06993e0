/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ISAKMP codec: bytes to views, values to bytes. It decides nothing and keeps nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/ip.h"
#include "control/ike/ike_types.h"

struct ike_header {
	uint8_t cookie_i[ISAKMP_COOKIE_BYTES];
	uint8_t cookie_r[ISAKMP_COOKIE_BYTES];
	uint8_t next; /* enum isakmp_payload of the first payload */
	uint8_t version;
	uint8_t exchange; /* enum isakmp_exchange */
	uint8_t flags;    /* ISAKMP_FLAG_* */
	uint32_t message_id;
	uint32_t length;
};

/* Reads the header and checks that its length is that of the datagram. 0, -EMSGSIZE when it is
 * shorter than a header or the lengths disagree. Version and exchange are the caller's to judge. */
int ike_header_parse(const uint8_t *data, size_t bytes, struct ike_header *out);

/* A payload without its generic header; borrowed from the parsed bytes. */
struct ike_payload {
	uint8_t type;
	const uint8_t *body;
	size_t bytes;
};

/* More than this, vendor IDs not counted, and the message is refused: the largest we accept has
 * 12. */
#define IKE_MSG_PAYLOADS 24

struct ike_payloads {
	size_t count;
	struct ike_payload list[IKE_MSG_PAYLOADS]; /* without vendor IDs */
	const uint8_t *after_first; /* first byte after the first payload: what HASH(1) covers */
	const uint8_t *end;         /* one past the last payload: what follows is padding */
	bool vendor_dpd, vendor_natt;
	unsigned vendors; /* vendor IDs seen */
	uint16_t notify;  /* on error: what RFC 2408 section 5 wants sent back */
};

/* Walks the chain that begins with type `first`. `padded`: bytes may follow the last payload (the
 * padding of an encrypted message), else at most three zero bytes may. Payload types reserved in
 * IKEv1 are an error; private ones are skipped; the reserved byte must be zero. 0 or -EBADMSG. */
int ike_payloads_parse(
    uint8_t first, const uint8_t *data, size_t bytes, bool padded, struct ike_payloads *out);

/* The only payload of `type`; NULL when there is none or more than one. */
const struct ike_payload *ike_payloads_one(const struct ike_payloads *payloads, uint8_t type);
/* How many there are. */
size_t ike_payloads_count(const struct ike_payloads *payloads, uint8_t type);

/* Identification payload, RFC 2407 section 4.6.2. */
struct ike_id {
	uint8_t type;
	uint8_t protocol;
	uint16_t port;
	const uint8_t *data;
	size_t bytes;
};
int ike_id_parse(const struct ike_payload *payload, struct ike_id *out);
/* The prefix that an ID of an IPv4 type names. 0, or -EINVAL for other types, wrong sizes, a mask
 * with holes, or a protocol or port. */
int ike_id_prefix(const struct ike_id *id, struct ip_prefix *out);

struct ike_notify {
	uint32_t doi;
	uint8_t protocol; /* IPSEC_PROTO_* */
	uint16_t type;    /* enum isakmp_notify */
	const uint8_t *spi;
	size_t spi_bytes;
	const uint8_t *data;
	size_t bytes;
};
/* 0, or -EBADMSG when the SPI does not fit. */
int ike_notify_parse(const struct ike_payload *payload, struct ike_notify *out);
/* "NO-PROPOSAL-CHOSEN", or "notify" for a type without a name here. */
const char *ike_notify_name(uint16_t type);

struct ike_delete {
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_bytes;
	uint16_t count;
	const uint8_t *spis; /* count * spi_bytes */
};
/* 0, or -EBADMSG when the SPIs are not exactly what the payload holds. */
int ike_delete_parse(const struct ike_payload *payload, struct ike_delete *out);

/* Writes one message. Payloads chain by themselves: each opened one is named by the one before. */
struct ike_builder {
	struct wr w;
	size_t next_at;    /* offset of the Next Payload byte still to be filled in */
	size_t payload_at; /* offset of the open payload */
};

/* Starts a message with `header` (next and length are filled in later). */
void ike_build_start(
    struct ike_builder *b, void *data, size_t bytes, const struct ike_header *header);
/* Opens a payload; its body is then written through `b->w`. */
void ike_build_open(struct ike_builder *b, uint8_t type);
/* Closes the open payload: its length is now known. */
void ike_build_close(struct ike_builder *b);
/* A payload of ready-made bytes. */
void ike_build_payload(struct ike_builder *b, uint8_t type, const void *body, size_t bytes);
void ike_build_notify(struct ike_builder *b, uint8_t protocol, uint16_t type, const void *spi,
    size_t spi_bytes, const void *data, size_t bytes);
/* An ID payload body of ID_IPV4_ADDR or ID_IPV4_ADDR_SUBNET, 8 or 12 bytes; returns the length. */
#define IKE_ID_BYTES 12
size_t ike_id_write_addr(const struct ip_addr *addr, uint8_t out[IKE_ID_BYTES]);
size_t ike_id_write_subnet(const struct ip_prefix *prefix, uint8_t out[IKE_ID_BYTES]);
/* Fills in the length. Returns the message's bytes, or 0 when something did not fit. */
size_t ike_build_finish(struct ike_builder *b);

extern const uint8_t ike_vendor_dpd[16];  /* RFC 3706 section 5.1, version 1.0 */
extern const uint8_t ike_vendor_natt[16]; /* RFC 3947 section 3.1 */
