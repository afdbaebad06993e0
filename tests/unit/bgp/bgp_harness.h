/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One engine under test: messages written by hand go in, what comes out is looked at. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "control/bgp/bgp.h"
#include "control/bgp/bgp_types.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LOCAL_AS  65000
#define REMOTE_AS 64512
#define CONN_IN   7 /* what the caller names an accepted connection */

struct harness {
	struct bgp_rib *rib;
	struct bgp_peer *peer;
	mono_t now;
	uint32_t conn; /* the connection that messages go in on */
	struct bgp_actions actions;
	char log[8192]; /* every line since it was last emptied */
	uint32_t random;
};

static inline void harness_random(void *ctx, uint8_t *out, size_t bytes)
{
	struct harness *h = ctx;

	for (size_t i = 0; i < bytes; i++) {
		h->random = h->random * 1103515245u + 12345u;
		out[i] = (uint8_t)(h->random >> 16);
	}
}

static inline void harness_log(void *ctx, bool debug, const char *line)
{
	struct harness *h = ctx;
	size_t used = strlen(h->log);

	snprintf(h->log + used, sizeof(h->log) - used, "%s\n", line);
}

static inline struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

static inline struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static inline struct bgp_config harness_config(void)
{
	return (struct bgp_config){
	    .neighbor = 1,
	    .local_as = LOCAL_AS,
	    .remote_as = REMOTE_AS,
	    .local = addr("169.254.90.2"),
	    .remote = addr("169.254.90.1"),
	    .router_id = 0x02020202,
	    .hold_time_sec = 30,
	};
}

static inline void harness_init(struct harness *h, const struct bgp_config *config)
{
	struct bgp_env env = {.ctx = h, .random = harness_random, .log = harness_log};

	memset(h, 0, sizeof(*h));
	h->now = (mono_t){1000 * MONO_NSEC_PER_SEC};
	h->rib = bgp_rib_new();
	h->peer = bgp_peer_new(config, &env, h->rib);
	assert_non_null(h->rib);
	assert_non_null(h->peer);
}

static inline void harness_free(struct harness *h)
{
	bgp_peer_free(h->peer);
	bgp_rib_free(h->rib);
}

static inline void harness_event(
    struct harness *h, enum bgp_event_type type, uint32_t conn, const void *data, size_t bytes)
{
	const struct bgp_event event = {.type = type, .conn = conn, .data = data, .bytes = bytes};

	bgp_input(h->peer, h->now, &event, &h->actions);
}

static inline void harness_advance(struct harness *h, int64_t msec)
{
	h->now = mono_add_msec(h->now, msec);
	harness_event(h, BGP_EV_TIMER, 0, NULL, 0);
}

static inline enum bgp_state harness_state(const struct harness *h)
{
	struct bgp_status status;

	bgp_peer_status(h->peer, &status);
	return status.state;
}

static inline struct bgp_status harness_status(const struct harness *h)
{
	struct bgp_status status;

	bgp_peer_status(h->peer, &status);
	return status;
}

/* First action of a type after the last event, or NULL. */
static inline const struct bgp_action *harness_action(
    const struct harness *h, enum bgp_action_type type)
{
	for (size_t i = 0; i < h->actions.count; i++)
		if (h->actions.action[i].type == type)
			return &h->actions.action[i];
	return NULL;
}

/* First message of a type sent after the last event, or NULL. */
static inline const struct bgp_action *harness_sent(
    const struct harness *h, enum bgp_message_type type)
{
	for (size_t i = 0; i < h->actions.count; i++) {
		const struct bgp_action *a = &h->actions.action[i];

		if (a->type == BGP_ACT_SEND && a->data[BGP_HEADER_BYTES - 1] == type)
			return a;
	}
	return NULL;
}

static inline void assert_notified(const struct harness *h, uint8_t code, uint8_t subcode)
{
	const struct bgp_action *a = harness_sent(h, BGP_MSG_NOTIFICATION);

	assert_non_null(a);
	assert_true(a->bytes >= 21);
	assert_int_equal(a->data[19], code);
	assert_int_equal(a->data[20], subcode);
	assert_non_null(harness_action(h, BGP_ACT_CLOSE));
}

/* ---- messages by hand ---- */

/* Bytes of a hexadecimal text, blanks ignored. */
static inline size_t unhex(const char *text, uint8_t *out, size_t most)
{
	size_t n = 0;

	while (*text) {
		unsigned value;

		if (*text == ' ') {
			text++;
			continue;
		}
		assert_true(n < most && sscanf(text, "%2x", &value) == 1);
		out[n++] = (uint8_t)value;
		text += 2;
	}
	return n;
}

/* A message with a true header around the body. */
static inline size_t frame(uint8_t type, const uint8_t *body, size_t bytes, uint8_t *out)
{
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES + 64);

	memset(wr_reserve(&w, BGP_MARKER_BYTES), 0xff, BGP_MARKER_BYTES);
	wr_u16(&w, (uint16_t)(BGP_HEADER_BYTES + bytes));
	wr_u8(&w, type);
	wr_bytes(&w, body, bytes);
	assert_true(wr_ok(&w));
	return wr_len(&w);
}

static inline void harness_message(
    struct harness *h, uint8_t type, const uint8_t *body, size_t bytes)
{
	uint8_t message[BGP_MESSAGE_BYTES + 64];
	size_t n = frame(type, body, bytes, message);

	harness_event(h, BGP_EV_BYTES, h->conn, message, n);
}

/* A message whose body is given in hexadecimal. */
static inline void harness_hex(struct harness *h, uint8_t type, const char *hex)
{
	uint8_t body[BGP_MESSAGE_BYTES];

	harness_message(h, type, body, unhex(hex, body, sizeof(body)));
}

/* Body of an OPEN of the neighbour: hold time 30, identifier 1.1.1.1. */
static inline size_t open_body(uint32_t as, bool four_octet_as, uint8_t *out)
{
	struct wr w = wr_init(out, 64);

	wr_u8(&w, BGP_VERSION);
	wr_u16(&w, as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)as);
	wr_u16(&w, 30);
	wr_u32(&w, 0x01010101);
	wr_u8(&w, four_octet_as ? 8 : 0);
	if (four_octet_as) {
		wr_u8(&w, BGP_PARAM_CAPABILITIES);
		wr_u8(&w, 6);
		wr_u8(&w, BGP_CAP_FOUR_OCTET_AS);
		wr_u8(&w, 4);
		wr_u32(&w, as);
	}
	return wr_len(&w);
}

static inline void harness_open(struct harness *h, bool four_octet_as)
{
	uint8_t body[64];
	uint32_t as = bgp_peer_config(h->peer)->remote_as;

	harness_message(h, BGP_MSG_OPEN, body, open_body(as, four_octet_as, body));
}

/* Started, connected, our OPEN sent. */
static inline void harness_opensent(struct harness *h)
{
	const struct bgp_action *connect;

	harness_event(h, BGP_EV_START, 0, NULL, 0);
	connect = harness_action(h, BGP_ACT_CONNECT);
	assert_non_null(connect);
	h->conn = connect->conn;
	harness_event(h, BGP_EV_CONNECTED, h->conn, NULL, 0);
	assert_non_null(harness_sent(h, BGP_MSG_OPEN));
	assert_int_equal(harness_state(h), BGP_OPENSENT);
}

static inline void harness_openconfirm(struct harness *h)
{
	harness_opensent(h);
	harness_open(h, true);
	assert_int_equal(harness_state(h), BGP_OPENCONFIRM);
}

static inline void harness_establish(struct harness *h, bool four_octet_as)
{
	harness_opensent(h);
	harness_open(h, four_octet_as);
	harness_message(h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(h), BGP_ESTABLISHED);
	harness_event(h, BGP_EV_WRITABLE, h->conn, NULL, 0);
}

/* Brings a fresh session into `state`. */
static inline void harness_reach(struct harness *h, enum bgp_state state)
{
	struct bgp_config config = harness_config();

	harness_init(h, &config);
	switch (state) {
	case BGP_IDLE: break;
	case BGP_CONNECT:
		harness_event(h, BGP_EV_START, 0, NULL, 0);
		h->conn = harness_action(h, BGP_ACT_CONNECT)->conn;
		break;
	case BGP_ACTIVE:
		harness_event(h, BGP_EV_START, 0, NULL, 0);
		h->conn = harness_action(h, BGP_ACT_CONNECT)->conn;
		harness_event(h, BGP_EV_CLOSED, h->conn, NULL, 0);
		break;
	case BGP_OPENSENT: harness_opensent(h); break;
	case BGP_OPENCONFIRM: harness_openconfirm(h); break;
	case BGP_ESTABLISHED: harness_establish(h, true); break;
	}
	assert_int_equal(harness_state(h), state);
}

/* An UPDATE of three fields given in hexadecimal; the lengths are true. */
static inline void harness_update(
    struct harness *h, const char *withdrawn, const char *attributes, const char *nlri)
{
	uint8_t body[BGP_MESSAGE_BYTES], field[BGP_MESSAGE_BYTES];
	struct wr w = wr_init(body, sizeof(body));
	size_t n = unhex(withdrawn, field, sizeof(field));

	wr_u16(&w, (uint16_t)n);
	wr_bytes(&w, field, n);
	n = unhex(attributes, field, sizeof(field));
	wr_u16(&w, (uint16_t)n);
	wr_bytes(&w, field, n);
	n = unhex(nlri, field, sizeof(field));
	wr_bytes(&w, field, n);
	assert_true(wr_ok(&w));
	harness_message(h, BGP_MSG_UPDATE, body, wr_len(&w));
}

/* ---- the rib ---- */

struct harness_find {
	struct ip_prefix prefix;
	struct bgp_path path; /* the best */
	size_t paths;
};

static inline void harness_find_visit(void *ctx, const struct bgp_path *path)
{
	struct harness_find *find = ctx;

	if (!ip_prefix_equal(&find->prefix, &path->prefix))
		return;
	if (path->best)
		find->path = *path;
	find->paths++;
}

/* Paths to the prefix; `path` may be NULL. */
static inline size_t rib_find(const struct bgp_rib *rib, const char *text, struct bgp_path *path)
{
	struct harness_find find = {.prefix = prefix(text)};

	bgp_rib_each(rib, harness_find_visit, &find);
	if (path)
		*path = find.path;
	return find.paths;
}
