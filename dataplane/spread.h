/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which worker a tunnel's inbound SAs are at home at. Pure: numbers in, a choice out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/counters.h"

#define SPREAD_NONE 0xffu

/* How much each worker has to do, in any unit. */
struct spread {
	unsigned workers;
	uint32_t tunnels;
	const uint8_t *owner;        /* by tunnel slot; SPREAD_NONE: it has no inbound SA */
	const uint64_t *load;        /* by tunnel slot: what would move with it */
	const uint32_t *bytes;       /* by tunnel slot: of a packet, on the average */
	const bool *gcm;             /* by tunnel slot: its inbound SAs are AES-GCM's */
	uint64_t other[WORKERS_MAX]; /* by worker: what stays, whoever owns which tunnel */
	uint64_t capacity;           /* what one worker can do in the time of the look */
};

/* The worker that owns the fewest tunnels, of the numbers that each owns: the first of several. */
unsigned spread_least(const uint32_t *owned, unsigned workers);

/* The one move that evens out most between the worker that has most to do and the one that has
 * least. False: as it is, is even enough, or no tunnel is small enough to make it better. An idle
 * tunnel counts a little, so that they are even in number too. */
bool spread_choose(const struct spread *spread, uint32_t *tunnel, unsigned *to);

/* Workers that are to help the owner of a tunnel to decrypt, bit n for worker n: those with time,
 * when the tunnel alone takes much of what one worker can do, and what can be helped with is enough
 * of that: small packets of AES-GCM are decrypted in less time than it takes to lend them.
 * `helped`: it is so already; a tunnel that gets less is then left as it is for some while. 0:
 * none. */
uint32_t spread_helpers(const struct spread *spread, uint32_t tunnel, bool helped);
