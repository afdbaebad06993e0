/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The choice of owners. It is greedy and moves one tunnel at a time: loads change, and a move that
 * is not made costs less than two that undo each other. */
#include "dataplane/spread.h"

#define IDLE_LOAD 1

/* Parts of a worker's time, by the measure of moves.c, which counts about half of what is spent. */
#define HELP_STARTS 5
#define HELP_STOPS  10
#define HELPER_BUSY 4

/* Bytes of an inner packet of AES-GCM, on the average. With packets of 1400 help begins to bring
 * something; among those of a download are smaller ones, too. */
#define GCM_HELP_STARTS 1300
#define GCM_HELP_STOPS  1200

static uint64_t load_of(const struct spread *spread, uint32_t tunnel)
{
	return spread->load[tunnel] + IDLE_LOAD;
}

unsigned spread_least(const uint32_t *owned, unsigned workers)
{
	unsigned least = 0;

	for (unsigned w = 1; w < workers; w++)
		if (owned[w] < owned[least])
			least = w;
	return least;
}

static void sum_up(const struct spread *spread, uint64_t total[WORKERS_MAX])
{
	for (unsigned w = 0; w < spread->workers; w++)
		total[w] = spread->other[w];
	for (uint32_t i = 0; i < spread->tunnels; i++)
		if (spread->owner[i] < spread->workers)
			total[spread->owner[i]] += load_of(spread, i);
}

uint32_t spread_helpers(const struct spread *spread, uint32_t tunnel, bool helped)
{
	uint64_t total[WORKERS_MAX];
	uint32_t helpers = 0;

	if (spread->owner[tunnel] >= spread->workers ||
	    spread->load[tunnel] < spread->capacity / (helped ? HELP_STOPS : HELP_STARTS))
		return 0;
	if (spread->gcm[tunnel] &&
	    spread->bytes[tunnel] < (helped ? GCM_HELP_STOPS : GCM_HELP_STARTS))
		return 0;
	sum_up(spread, total);
	for (unsigned w = 0; w < spread->workers; w++)
		if (w != spread->owner[tunnel] && total[w] < spread->capacity / HELPER_BUSY)
			helpers |= 1u << w;
	return helpers;
}

bool spread_choose(const struct spread *spread, uint32_t *tunnel, unsigned *to)
{
	uint64_t total[WORKERS_MAX], gap, best;
	unsigned most = 0, least = 0;
	bool found = false;

	sum_up(spread, total);
	for (unsigned w = 1; w < spread->workers; w++) {
		most = total[w] > total[most] ? w : most;
		least = total[w] < total[least] ? w : least;
	}
	gap = total[most] - total[least];
	if (gap <= total[most] / 8)
		return false;
	best = gap;
	for (uint32_t i = 0; i < spread->tunnels; i++) {
		uint64_t load = load_of(spread, i), left;

		if (spread->owner[i] != most || load > gap)
			continue;
		left = 2 * load > gap ? 2 * load - gap : gap - 2 * load;
		/* One that turns the difference round has to be worth it, or it comes back soon. */
		if (left >= best || (2 * load > gap && left > gap / 4 * 3))
			continue;
		best = left;
		*tunnel = i;
		*to = least;
		found = true;
	}
	return found;
}
