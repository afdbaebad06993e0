/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Identifications for packets that bore DF, whose own may be constant, and are cut all the same
 * (RFC 6864 section 4.3). One is to be unique for source, destination and protocol as long as
 * fragments wait for each other; so each such flow counts for itself, by hash, and other flows do
 * not use its numbers up. */
#pragma once

#include <stdint.h>

#define FRAG_ID_COUNTERS 1024

/* Of one worker. */
struct frag_ids {
	uint16_t step;  /* a power of two, no less than there are workers */
	uint16_t first; /* below step: no two workers give the same */
	uint16_t next[FRAG_ID_COUNTERS];
};

/* `worker` of `workers`, 1..32768. `seed`: another one at each start. */
void frag_ids_init(struct frag_ids *ids, unsigned worker, unsigned workers, uint64_t seed);

/* The next one for the flow of this packet, which ip4_check() has passed; never 0. */
uint16_t frag_id_next(struct frag_ids *ids, const uint8_t *ip);
