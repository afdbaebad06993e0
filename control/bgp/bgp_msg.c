/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Message header, OPEN, KEEPALIVE, NOTIFICATION and ROUTE-REFRESH: bytes to facts and back.
 *
 * RFC 4271 sections 4 and 6, RFC 5492 (capabilities), 6793 (four-octet AS), 9072 (long parameters),
 * 2918 and 7313 (route refresh), 6286 and 7607 (identifier, AS 0).
 * Not here: UPDATE (bgp_update.c), what a state allows (bgp_fsm.c). */
#include <errno.h>
#include <string.h>

#include "common/buf.h"

#include "bgp_msg.h"

#define OPEN_BYTES_MIN           29
#define UPDATE_BYTES_MIN         23
#define NOTIFICATION_BYTES_MIN   21
#define ROUTE_REFRESH_BODY_BYTES 4

/* The one capability without which nothing can be exchanged, as RFC 5492 wants it in the data. */
static const uint8_t capability_ipv4_unicast[] = {
    BGP_CAP_MULTIPROTOCOL, 4, 0, BGP_AFI_IPV4, 0, BGP_SAFI_UNICAST};

int bgp_error_set(
    struct bgp_error *error, uint8_t code, uint8_t subcode, const void *data, size_t bytes)
{
	error->code = code;
	error->subcode = subcode;
	error->bytes = bytes < sizeof(error->data) ? bytes : sizeof(error->data);
	if (error->bytes)
		memcpy(error->data, data, error->bytes);
	return -EBADMSG;
}

/* Least and greatest length of a message by type; 0 = no such type. */
static size_t length_min(uint8_t type)
{
	switch (type) {
	case BGP_MSG_OPEN: return OPEN_BYTES_MIN;
	case BGP_MSG_UPDATE: return UPDATE_BYTES_MIN;
	case BGP_MSG_NOTIFICATION: return NOTIFICATION_BYTES_MIN;
	case BGP_MSG_KEEPALIVE: return BGP_HEADER_BYTES;
	case BGP_MSG_ROUTE_REFRESH: return BGP_HEADER_BYTES; /* its length is RFC 7313's matter */
	}
	return 0;
}

int bgp_msg_header(
    const uint8_t *header, enum bgp_message_type *type, size_t *bytes, struct bgp_error *error)
{
	static const uint8_t marker[BGP_MARKER_BYTES] = {
	    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
	struct rd r = rd_init(header, BGP_HEADER_BYTES);
	const uint8_t *got = rd_bytes(&r, sizeof(marker));
	const uint8_t *length = r.p;
	size_t least, most;

	*bytes = rd_u16(&r);
	*type = rd_u8(&r);
	if (memcmp(got, marker, sizeof(marker)))
		return bgp_error_set(error, BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED, NULL, 0);
	if (*bytes < BGP_HEADER_BYTES || *bytes > BGP_MESSAGE_BYTES)
		return bgp_error_set(error, BGP_ERR_HEADER, BGP_HEADER_LENGTH, length, 2);
	least = length_min((uint8_t)*type);
	most = *type == BGP_MSG_KEEPALIVE ? BGP_HEADER_BYTES : BGP_MESSAGE_BYTES;
	if (!least)
		return bgp_error_set(error, BGP_ERR_HEADER, BGP_HEADER_TYPE, length + 2, 1);
	if (*bytes < least || *bytes > most)
		return bgp_error_set(error, BGP_ERR_HEADER, BGP_HEADER_LENGTH, length, 2);
	return 0;
}

/* ---- OPEN ---- */

static int open_error(struct bgp_error *error, enum bgp_error_open subcode)
{
	return bgp_error_set(error, BGP_ERR_OPEN, (uint8_t)subcode, NULL, 0);
}

static int parse_capability(
    uint8_t code, struct rd value, struct bgp_open *open, struct bgp_error *error)
{
	uint16_t afi;
	uint8_t safi;

	switch (code) {
	case BGP_CAP_MULTIPROTOCOL:
		afi = rd_u16(&value);
		rd_skip(&value, 1);
		safi = rd_u8(&value);
		open->multiprotocol = true;
		if (afi == BGP_AFI_IPV4 && safi == BGP_SAFI_UNICAST)
			open->ipv4_unicast = true;
		break;
	case BGP_CAP_ROUTE_REFRESH: open->route_refresh = true; break;
	case BGP_CAP_FOUR_OCTET_AS:
		open->as = rd_u32(&value);
		open->four_octet_as = true;
		break;
	default: return 0;
	}
	if (!rd_ok(&value) || rd_left(&value))
		return open_error(error, BGP_OPEN_UNSPECIFIC);
	return 0;
}

static int parse_capabilities(struct rd list, struct bgp_open *open, struct bgp_error *error)
{
	while (rd_left(&list)) {
		uint8_t code = rd_u8(&list);
		size_t bytes = rd_u8(&list);
		struct rd value = rd_sub(&list, bytes);

		if (!rd_ok(&list))
			return open_error(error, BGP_OPEN_UNSPECIFIC);
		if (parse_capability(code, value, open, error))
			return -EBADMSG;
	}
	return 0;
}

static int parse_parameters(struct rd r, struct bgp_open *open, struct bgp_error *error)
{
	size_t total = rd_u8(&r);
	bool extended = false;
	struct rd list = r;

	/* RFC 9072: a first parameter of type 255 says that lengths have two octets. */
	if (total && rd_u8(&list) == BGP_PARAM_EXTENDED) {
		extended = true;
		total = rd_u16(&list);
	} else {
		list = r;
	}
	if (!rd_ok(&list) || rd_left(&list) != total)
		return open_error(error, BGP_OPEN_UNSPECIFIC);
	while (rd_left(&list)) {
		uint8_t type = rd_u8(&list);
		size_t bytes = extended ? rd_u16(&list) : rd_u8(&list);
		struct rd value = rd_sub(&list, bytes);

		if (!rd_ok(&list))
			return open_error(error, BGP_OPEN_UNSPECIFIC);
		if (type != BGP_PARAM_CAPABILITIES)
			return open_error(error, BGP_OPEN_PARAMETER);
		if (parse_capabilities(value, open, error))
			return -EBADMSG;
	}
	return 0;
}

int bgp_msg_parse_open(
    const uint8_t *body, size_t bytes, struct bgp_open *open, struct bgp_error *error)
{
	static const uint8_t version[2] = {0, BGP_VERSION};
	struct rd r = rd_init(body, bytes);

	memset(open, 0, sizeof(*open));
	if (rd_u8(&r) != BGP_VERSION)
		return bgp_error_set(
		    error, BGP_ERR_OPEN, BGP_OPEN_VERSION, version, sizeof(version));
	open->as = rd_u16(&r);
	open->hold_time_sec = rd_u16(&r);
	open->router_id = rd_u32(&r);
	return parse_parameters(r, open, error);
}

int bgp_msg_check_open(
    const struct bgp_open *open, const struct bgp_config *config, struct bgp_error *error)
{
	bool internal = config->local_as == config->remote_as;

	/* No configured AS is 0 or AS_TRANS, so these are refused, too (RFC 6793, 7607). */
	if (open->as != config->remote_as)
		return open_error(error, BGP_OPEN_BAD_PEER_AS);
	if (open->hold_time_sec == 1 || open->hold_time_sec == 2)
		return open_error(error, BGP_OPEN_HOLD_TIME);
	if (open->router_id == 0 || (internal && open->router_id == config->router_id))
		return open_error(error, BGP_OPEN_BAD_ID);
	/* A neighbour that advertises no family at all means IPv4 unicast (RFC 4760 section 8). */
	if (open->multiprotocol && !open->ipv4_unicast)
		return bgp_error_set(error, BGP_ERR_OPEN, BGP_OPEN_CAPABILITY,
		    capability_ipv4_unicast, sizeof(capability_ipv4_unicast));
	return 0;
}

/* ---- the small ones ---- */

int bgp_msg_parse_route_refresh(
    const uint8_t *body, size_t bytes, bool *ipv4_unicast, struct bgp_error *error)
{
	struct rd r = rd_init(body, bytes);
	uint16_t afi = rd_u16(&r);
	uint8_t subtype = rd_u8(&r);
	uint8_t safi = rd_u8(&r);

	if (bytes != ROUTE_REFRESH_BODY_BYTES) {
		uint8_t message[BGP_MESSAGE_BYTES];
		struct wr w = wr_init(message, sizeof(message));

		bgp_msg_begin(&w, BGP_MSG_ROUTE_REFRESH);
		wr_bytes(&w, body, bytes);
		return bgp_error_set(error, BGP_ERR_ROUTE_REFRESH, BGP_ROUTE_REFRESH_LENGTH,
		    message, bgp_msg_end(&w));
	}
	*ipv4_unicast = afi == BGP_AFI_IPV4 && subtype == 0 && safi == BGP_SAFI_UNICAST;
	return 0;
}

void bgp_msg_parse_notification(const uint8_t *body, size_t bytes, struct bgp_error *received)
{
	struct rd r = rd_init(body, bytes);
	uint8_t code = rd_u8(&r);
	uint8_t subcode = rd_u8(&r);

	(void)bgp_error_set(received, code, subcode, r.p, rd_left(&r));
}

void bgp_msg_begin(struct wr *w, enum bgp_message_type type)
{
	uint8_t *marker = wr_reserve(w, BGP_MARKER_BYTES);

	if (marker)
		memset(marker, 0xff, BGP_MARKER_BYTES);
	wr_u16(w, 0);
	wr_u8(w, (uint8_t)type);
}

size_t bgp_msg_end(struct wr *w)
{
	wr_patch_u16(w, BGP_MARKER_BYTES, (uint16_t)wr_len(w));
	return wr_ok(w) ? wr_len(w) : 0;
}

size_t bgp_msg_open(const struct bgp_config *config, uint8_t *out)
{
	uint8_t capabilities[32];
	struct wr c = wr_init(capabilities, sizeof(capabilities));
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES);

	wr_bytes(&c, capability_ipv4_unicast, sizeof(capability_ipv4_unicast));
	wr_u8(&c, BGP_CAP_ROUTE_REFRESH);
	wr_u8(&c, 0);
	wr_u8(&c, BGP_CAP_FOUR_OCTET_AS);
	wr_u8(&c, 4);
	wr_u32(&c, config->local_as);

	bgp_msg_begin(&w, BGP_MSG_OPEN);
	wr_u8(&w, BGP_VERSION);
	wr_u16(&w, config->local_as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)config->local_as);
	wr_u16(&w, (uint16_t)config->hold_time_sec);
	wr_u32(&w, config->router_id);
	wr_u8(&w, (uint8_t)(wr_len(&c) + 2));
	wr_u8(&w, BGP_PARAM_CAPABILITIES);
	wr_u8(&w, (uint8_t)wr_len(&c));
	wr_bytes(&w, capabilities, wr_len(&c));
	return bgp_msg_end(&w);
}

size_t bgp_msg_keepalive(uint8_t *out)
{
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES);

	bgp_msg_begin(&w, BGP_MSG_KEEPALIVE);
	return bgp_msg_end(&w);
}

size_t bgp_msg_notification(const struct bgp_error *error, uint8_t *out)
{
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES);

	bgp_msg_begin(&w, BGP_MSG_NOTIFICATION);
	wr_u8(&w, error->code);
	wr_u8(&w, error->subcode);
	wr_bytes(&w, error->data, error->bytes);
	return bgp_msg_end(&w);
}
