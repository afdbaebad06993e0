/* SPDX-License-Identifier: BSD-3-Clause
 *
 * At which worker the inbound SAs of a tunnel are at home, kept up as they come and go: a new one
 * is at home where the others are, the first one where there are the fewest tunnels. Housekeeping
 * thread only. */
#pragma once

#include <stdint.h>

#include "dataplane/counters.h"

struct sa;
struct snapshot;

struct home {
	uint32_t count;  /* inbound SAs of the tunnel */
	uint32_t newest; /* slot of the one that came last, or HOME_NO_SLOT */
};

#define HOME_NO_SLOT UINT32_MAX

struct homes {
	uint32_t tunnels;
	struct home *home; /* [tunnels] */
	uint8_t *owner;    /* [tunnels]: where they were when one came last; SPREAD_NONE: none */
	uint32_t owned[WORKERS_MAX]; /* tunnels, by that */
};

/* 0 or -ENOMEM. */
int homes_init(struct homes *homes, uint32_t tunnels);
void homes_fini(struct homes *homes);

/* Counts anew what is in a snapshot. */
void homes_recount(struct homes *homes, const struct snapshot *s);

/* Gives a new inbound SA its place; `s` holds the others of its tunnel. */
void homes_place(
    const struct homes *homes, const struct snapshot *s, unsigned workers, struct sa *sa);

/* An inbound SA came into its slot, or left it. */
void homes_came(struct homes *homes, const struct sa *sa);
void homes_left(struct homes *homes, const struct sa *sa);
