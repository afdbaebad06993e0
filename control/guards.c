/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A sorted array with a tail of newcomers: ten thousand prefixes a round are looked up by halves,
 * and sorted in once at its end. */
#include "control/guards.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static int by_prefix(const void *a, const void *b)
{
	const struct guards_entry *x = a, *y = b;

	return ip_prefix_compare(&x->prefix, &y->prefix);
}

/* Of one prefix, the one carried last comes first. */
static int by_prefix_and_round(const void *a, const void *b)
{
	const struct guards_entry *x = a, *y = b;
	int order = by_prefix(a, b);

	return order ? order : (x->round < y->round) - (x->round > y->round);
}

static int by_round(const void *a, const void *b)
{
	const struct guards_entry *x = a, *y = b;

	if (x->round != y->round)
		return x->round < y->round ? 1 : -1;
	return by_prefix(a, b);
}

int guards_add(struct guards *guards, const struct ip_prefix *prefix)
{
	struct guards_entry key = {.prefix = *prefix, .round = guards->round}, *found = NULL;

	if (guards->sorted)
		found = bsearch(&key, guards->entry, guards->sorted, sizeof(key), by_prefix);
	if (found) {
		found->round = guards->round;
		return 0;
	}
	if (guards->count == guards->room) {
		size_t room = guards->room ? guards->room * 2 : 64;
		struct guards_entry *p = reallocarray(guards->entry, room, sizeof(*p));

		if (!p)
			return -ENOMEM;
		guards->entry = p;
		guards->room = room;
	}
	guards->entry[guards->count++] = key;
	return 0;
}

static void sort_in(struct guards *guards)
{
	size_t kept = 0;

	if (guards->sorted == guards->count)
		return;
	qsort(guards->entry, guards->count, sizeof(*guards->entry), by_prefix_and_round);
	for (size_t i = 0; i < guards->count; i++)
		if (!kept || by_prefix(&guards->entry[kept - 1], &guards->entry[i]))
			guards->entry[kept++] = guards->entry[i];
	guards->count = guards->sorted = kept;
}

size_t guards_settle(struct guards *guards)
{
	size_t idle = 0, forgotten = 0;

	sort_in(guards);
	for (size_t i = 0; i < guards->count; i++)
		idle += guards->entry[i].round != guards->round;
	if (idle > GUARDS_IDLE_MAX) {
		forgotten = idle - GUARDS_IDLE_MAX;
		qsort(guards->entry, guards->count, sizeof(*guards->entry), by_round);
		guards->count -= forgotten;
		guards->sorted = 0;
		sort_in(guards);
	}
	guards->round++;
	return forgotten;
}

void guards_clear(struct guards *guards)
{
	guards->count = guards->sorted = 0;
}

void guards_free(struct guards *guards)
{
	free(guards->entry);
	*guards = (struct guards){0};
}
