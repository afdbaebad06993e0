/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fuzzes the stream of a neighbour: from OpenSent, and into an established session.
 *
 * The first byte chooses the neighbour (two- or four-octet, internal) and where the stream begins;
 * the second the size of the pieces. Beyond not crashing: the engine never has an action too many,
 * never passes its prefix limit, counts what it has, and is in Idle after each NOTIFICATION of
 * ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/bgp/bgp.h"
#include "control/bgp/bgp_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define PREFIX_LIMIT 50

struct fuzz {
	struct bgp_rib *rib;
	struct bgp_peer *peer;
	mono_t now;
	uint32_t conn;
	struct bgp_actions actions;
};

static void fuzz_random(void *ctx, uint8_t *out, size_t bytes)
{
	memset(out, 0x5a, bytes);
}

static void fuzz_log(void *ctx, bool debug, const char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			abort(); /* peer bytes reach the log escaped */
}

static void count_path(void *ctx, const struct bgp_path *path)
{
	size_t *count = ctx;

	if (path->prefix.length > 32 || path->prefix.addr.family != IP_FAMILY_V4 || !path->best)
		abort();
	(*count)++;
}

static void check(const struct fuzz *f)
{
	struct bgp_status status;
	size_t paths = 0;

	bgp_peer_status(f->peer, &status);
	bgp_rib_each(f->rib, count_path, &paths);
	if (paths != status.prefixes_in || paths > PREFIX_LIMIT ||
	    paths != bgp_rib_prefix_count(f->rib))
		abort();
	if (status.state != BGP_ESTABLISHED && paths)
		abort();
	for (size_t i = 0; i < f->actions.count; i++) {
		const struct bgp_action *a = &f->actions.action[i];

		if (a->type != BGP_ACT_SEND)
			continue;
		if (a->bytes < BGP_HEADER_BYTES || a->bytes > BGP_MESSAGE_BYTES ||
		    (size_t)(a->data[16] << 8 | a->data[17]) != a->bytes)
			abort();
		if (a->data[18] == BGP_MSG_NOTIFICATION && status.state != BGP_IDLE)
			abort();
	}
}

static void event(
    struct fuzz *f, enum bgp_event_type type, uint32_t conn, const uint8_t *data, size_t bytes)
{
	const struct bgp_event e = {.type = type, .conn = conn, .data = data, .bytes = bytes};

	f->now = mono_add_msec(f->now, 1);
	bgp_input(f->peer, f->now, &e, &f->actions);
	if (f->actions.count >= BGP_ACTIONS)
		abort();
	check(f);
}

static void establish(struct fuzz *f, bool four_octet_as, uint32_t remote_as)
{
	uint8_t open[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	    255, 0, 37, BGP_MSG_OPEN, 4, (uint8_t)(remote_as >> 8), (uint8_t)remote_as, 0, 30, 1, 1,
	    1, 1, 8, 2, 6, 65, 4, 0, 0, (uint8_t)(remote_as >> 8), (uint8_t)remote_as};
	uint8_t keepalive[BGP_HEADER_BYTES];

	if (!four_octet_as) {
		open[17] = 29;
		open[28] = 0;
	}
	memset(keepalive, 255, 16);
	keepalive[16] = 0;
	keepalive[17] = BGP_HEADER_BYTES;
	keepalive[18] = BGP_MSG_KEEPALIVE;
	event(f, BGP_EV_BYTES, f->conn, open, open[17]);
	event(f, BGP_EV_BYTES, f->conn, keepalive, sizeof(keepalive));
	event(f, BGP_EV_WRITABLE, f->conn, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct fuzz f; /* large */
	const struct bgp_env env = {.random = fuzz_random, .log = fuzz_log};
	const struct ip_prefix lan = {.addr = ip_addr_v4(0xc0a8c800), .length = 24};
	uint8_t mode = bytes > 0 ? data[0] : 0;
	size_t piece = bytes > 1 && data[1] ? data[1] : 65536;
	struct bgp_config config = {
	    .neighbor = 1,
	    .local_as = 65000,
	    .remote_as = mode & 4 ? 65000 : 64512,
	    .local = ip_addr_v4(0xa9fe5a02),
	    .remote = ip_addr_v4(0xa9fe5a01),
	    .router_id = 0x02020202,
	    .hold_time_sec = 30,
	    .prefix_limit = PREFIX_LIMIT,
	};

	if (bytes < 2)
		return 0;
	memset(&f, 0, sizeof(f));
	f.rib = bgp_rib_new();
	f.peer = bgp_peer_new(&config, &env, f.rib);
	if (!f.rib || !f.peer)
		abort();
	(void)bgp_peer_set_export(f.peer, &lan, 1);
	event(&f, BGP_EV_START, 0, NULL, 0);
	f.conn = f.actions.action[f.actions.count - 2].conn; /* CONNECT, then STATE */
	event(&f, BGP_EV_CONNECTED, f.conn, NULL, 0);
	if (mode & 1)
		establish(&f, !(mode & 2), config.remote_as);

	for (size_t at = 2; at < bytes;) {
		size_t n = bytes - at < piece ? bytes - at : piece;
		uint8_t *copy = malloc(n);

		if (!copy)
			abort();
		memcpy(copy, data + at, n);
		event(&f, BGP_EV_BYTES, f.conn, copy, n);
		free(copy);
		at += n;
	}
	event(&f, BGP_EV_STOP, 0, NULL, 0);
	bgp_peer_free(f.peer);
	bgp_rib_free(f.rib);
	return 0;
}
