/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The packets that are measured with: as many as fit in a second-level cache, apart from each other
 * as in a pool of packet buffers, each an IPv4 packet with a TCP SYN in it. */
#pragma once

#include <stdint.h>

#include "crypto/esp_crypto.h"

#define BENCH_BURST   32
#define BENCH_PACKETS 480 /* whole bursts, and whole turns of the mix */
#define BENCH_IMIX    0   /* inner bytes: 7 packets of 64, 4 of 576, 1 of 1400, mixed */

#define BENCH_MSS 65000 /* what the SYNs announce */

_Static_assert(BENCH_PACKETS % BENCH_BURST == 0 && BENCH_PACKETS % 12 == 0, "whole turns");

struct bench_packet {
	uint8_t *inner; /* in front and behind: the room that esp_encap() asks for */
	uint32_t inner_bytes;
};

struct bench_packets {
	struct bench_packet packet[BENCH_PACKETS];
	uint8_t *memory;
};

/* Inner bytes of packet `i` of a set of `inner_bytes`, which is BENCH_IMIX or the size itself. */
uint32_t bench_packets_size(uint32_t inner_bytes, unsigned i);

/* Allocates the buffers; ends the program when there is no memory. */
void bench_packets_init(struct bench_packets *set);
void bench_packets_free(struct bench_packets *set);

/* Writes every packet anew, of `inner_bytes` bytes (64..1400) or mixed (BENCH_IMIX). */
void bench_packets_fill(struct bench_packets *set, uint32_t inner_bytes);

/* Encapsulates every packet for an SA of that key, ready for encryption, and fills `jobs`, one for
 * each packet, but for their keys and users. */
void bench_packets_encapsulate(
    struct bench_packets *set, const struct esp_key *key, struct esp_job jobs[BENCH_PACKETS]);
