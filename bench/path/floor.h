/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a packet costs at least: IPsec-MB alone, and the devices alone. */
#pragma once

#include "bench/packets.h"
#include "bench/path/source.h"
#include "bench/raw_mb.h"

/* IPsec-MB alone on packets of one size: bursts of 32 with the lanes left full; AES-GCM by one call
 * a packet. */
struct raw_floor {
	struct raw_mb *raw;
	struct bench_packets packets;
	struct esp_job jobs[BENCH_PACKETS];
	unsigned passes; /* over all packets, in one sample */
};

void raw_floor_open(struct raw_floor *floor, const struct world_algorithm *algorithm,
    enum esp_direction direction, uint32_t inner_bytes);
void raw_floor_close(struct raw_floor *floor);

/* All packets once; they may finish with a later pass. */
void raw_floor_pass(struct raw_floor *floor);

/* One sample: cycles a packet. `self` is a struct raw_floor. */
double raw_floor_sample(void *self);

/* The devices alone: packets of `source` received and given to `tx` as they are. */
struct io_floor {
	const struct source *source;
	const struct port *tx;
	unsigned burst;
	unsigned rounds; /* of the source, in one sample */
};

double io_floor_sample(void *self);
