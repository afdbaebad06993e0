/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the packets come from: files of frames in /dev/shm that net_pcap plays round and round. */
#pragma once

#include <stdint.h>

#include "bench/path/world.h"

#define SOURCE_BUFFER_BYTES 2048 /* of a packet buffer, behind its headroom */

enum source_kind { SOURCE_PLAIN, SOURCE_ESP };

struct source {
	struct port port;
	unsigned packets; /* of one round */
	unsigned tunnels;
	enum source_kind kind;
};

/* As the product starts a port of one worker. */
extern const struct port_wish source_wish;

/* Makes a device "lan1" of `packets` frames with inner packets of `inner_bytes` (BENCH_IMIX:
 * mixed), for or from `tunnels` tunnels from `first` on in turns: plain ones from the LAN, or ESP
 * made with the keys of the inbound SAs, numbered from 1 on. */
void source_open(struct source *source, const struct world *world, enum source_kind kind,
    uint32_t inner_bytes, unsigned packets, unsigned first, unsigned tunnels);
void source_close(struct source *source);
