/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `cgw top` shows at one moment, out of the answers of `show ... | json`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_TUNNELS 100
#define TOP_DROPS   128
#define TOP_PORTS   16

struct top_counters {
	uint64_t in_packets, in_bytes, out_packets, out_bytes;
};

struct top_tunnel {
	uint32_t number;
	bool up;
	int64_t since_unix; /* 0 = not known */
	uint64_t rekeys;
	struct top_counters count; /* of both families */
	char about[96];            /* description; while it is down the reason, if there is one */
};

struct top_sample {
	int64_t time_unix; /* of the server */
	bool running;      /* the dataplane is */
	unsigned tunnels, tunnels_up, sessions, sessions_up, drops, ports;
	uint64_t received, transmitted, to_kernel, dropped;
	struct top_tunnel tunnel[TOP_TUNNELS];
	struct top_drop {
		char reason[24];
		uint64_t packets;
	} drop[TOP_DROPS];
	struct top_port {
		char name[16];
		bool up;
		struct top_counters count;
	} port[TOP_PORTS];
};

/* Takes one answer into the sample: that of `show status dataplane`, `show status tunnel` or `show
 * status bgp neighbor`. False for anything else. */
bool top_take(struct top_sample *sample, const char *json, size_t bytes);
