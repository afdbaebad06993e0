/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Counting and placing. A tunnel moves without our being told (moves.h): where its SAs are, the SAs
 * say. Only for the number of tunnels that each worker has is it enough to know where they were. */
#include "dataplane/homes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/sadb.h"
#include "dataplane/snapshot.h"
#include "dataplane/spread.h"

int homes_init(struct homes *homes, uint32_t tunnels)
{
	*homes = (struct homes){.tunnels = tunnels};
	homes->home = calloc(tunnels ? tunnels : 1, sizeof(*homes->home));
	homes->owner = malloc(tunnels ? tunnels : 1);
	if (!homes->home || !homes->owner) {
		homes_fini(homes);
		return -ENOMEM;
	}
	memset(homes->owner, SPREAD_NONE, tunnels);
	return 0;
}

void homes_fini(struct homes *homes)
{
	free(homes->home);
	free(homes->owner);
	*homes = (struct homes){0};
}

void homes_recount(struct homes *homes, const struct snapshot *s)
{
	memset(homes->home, 0, homes->tunnels * sizeof(*homes->home));
	memset(homes->owner, SPREAD_NONE, homes->tunnels);
	memset(homes->owned, 0, sizeof(homes->owned));
	for (uint32_t i = 0; i < s->sa_count; i++)
		if (s->sa[i] && s->sa[i]->inbound)
			homes_came(homes, s->sa[i]);
}

static uint8_t route_of(const struct sa *sa)
{
	return SA_ROUTE(atomic_load_explicit(&sa->run->place, memory_order_relaxed));
}

void homes_place(
    const struct homes *homes, const struct snapshot *s, unsigned workers, struct sa *sa)
{
	const struct home *home = &homes->home[sa->tunnel];
	unsigned place = homes->owner[sa->tunnel];

	if (home->count == 0)
		place = spread_least(homes->owned, workers);
	else if (home->newest != HOME_NO_SLOT)
		place = route_of(s->sa[home->newest]);
	atomic_store_explicit(&sa->run->place, SA_PLACE(place, place), memory_order_relaxed);
}

static void set_owner(struct homes *homes, uint32_t tunnel, uint8_t owner)
{
	uint8_t *before = &homes->owner[tunnel];

	if (*before != SPREAD_NONE)
		homes->owned[*before]--;
	if (owner != SPREAD_NONE)
		homes->owned[owner]++;
	*before = owner;
}

void homes_came(struct homes *homes, const struct sa *sa)
{
	struct home *home = &homes->home[sa->tunnel];

	home->count++;
	home->newest = sa->slot;
	set_owner(homes, sa->tunnel, route_of(sa));
}

void homes_left(struct homes *homes, const struct sa *sa)
{
	struct home *home = &homes->home[sa->tunnel];

	if (home->newest == sa->slot)
		home->newest = HOME_NO_SLOT;
	if (--home->count == 0)
		set_owner(homes, sa->tunnel, SPREAD_NONE);
}
