/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Codec of the BGP message header and of every message but UPDATE.
 *
 * A parser fills the NOTIFICATION that the RFC wants sent back; whether it is sent is the decision
 * of the state machine. */
#pragma once

#include "common/buf.h"

#include "bgp.h"
#include "bgp_types.h"

/* Diagnostic data kept of an error: enough for every OPEN error and for a normal attribute. */
#define BGP_ERROR_DATA_BYTES 256

/* The content of a NOTIFICATION, ours or theirs. code 0 = none. */
struct bgp_error {
	uint8_t code, subcode;
	size_t bytes; /* of data; longer data is cut */
	uint8_t data[BGP_ERROR_DATA_BYTES];
};

/* What an OPEN says, after its capabilities were taken in. */
struct bgp_open {
	uint32_t as; /* of the four-octet capability when there is one, else My Autonomous System */
	uint16_t hold_time_sec;
	uint32_t router_id; /* host order */
	bool four_octet_as;
	bool route_refresh;
	bool multiprotocol; /* some AFI/SAFI was advertised ... */
	bool ipv4_unicast;  /* ... and this one among them */
};

/* Fills an error; data may be NULL with 0 bytes. Returns -EBADMSG: a parser can end in it. */
int bgp_error_set(
    struct bgp_error *error, uint8_t code, uint8_t subcode, const void *data, size_t bytes);

/* Checks a message header (RFC 4271 section 6.1), the least and greatest length of its type
 * included.
 *
 * `header` is BGP_HEADER_BYTES long; `bytes` becomes the length of the message with its header.
 * 0, or -EBADMSG with `error` filled. */
int bgp_msg_header(
    const uint8_t *header, enum bgp_message_type *type, size_t *bytes, struct bgp_error *error);

/* Parse the body, the bytes behind the header. 0, or -EBADMSG with `error` filled. */
int bgp_msg_parse_open(
    const uint8_t *body, size_t bytes, struct bgp_open *open, struct bgp_error *error);

/* True in `ipv4_unicast` when the neighbour asks for the routes of IPv4 unicast again; any other
 * AFI, SAFI or subtype was never offered and is to be ignored. */
int bgp_msg_parse_route_refresh(
    const uint8_t *body, size_t bytes, bool *ipv4_unicast, struct bgp_error *error);

/* Takes the content of a NOTIFICATION of at least its minimum length. */
void bgp_msg_parse_notification(const uint8_t *body, size_t bytes, struct bgp_error *received);

/* Compares a parsed OPEN with what is configured (RFC 4271 section 6.2, RFC 5492, 6286, 6793,
 * 7607). 0, or -EBADMSG with `error` filled. */
int bgp_msg_check_open(
    const struct bgp_open *open, const struct bgp_config *config, struct bgp_error *error);

/* Write a whole message into `out` of BGP_MESSAGE_BYTES and return its length. */
size_t bgp_msg_open(const struct bgp_config *config, uint8_t *out);
size_t bgp_msg_keepalive(uint8_t *out);
size_t bgp_msg_notification(const struct bgp_error *error, uint8_t *out);

/* Begins a message, to be ended by bgp_msg_end() once its body is written. */
void bgp_msg_begin(struct wr *w, enum bgp_message_type type);
size_t bgp_msg_end(struct wr *w);

/* "Cease/Administrative Shutdown (6/2)", with the neighbour's shutdown text (RFC 9003) escaped
 * behind it when there is one. Returns `text`. */
char *bgp_error_format(const struct bgp_error *error, char *text, size_t text_bytes);
