/* SPDX-License-Identifier: BSD-3-Clause
 *
 * New SAs get the lowest numbers that are free, in this order: the ISAKMP SAs of all tunnels, then
 * of each pair of IPsec SAs the sending and the receiving one. */
#include "control/console/sa_list.h"

#include <stdlib.h>
#include <string.h>

#include "control/console/show.h"

#define SAS_PER_TUNNEL (IKE_STATUS_SAS * 3)

/* Into a name that is all zero: names are compared as bytes. */
static void put_name(const struct sa *sa, struct sa_name *name)
{
	const struct ike_status *ike = &sa->tunnel->ike;

	name->kind = sa->kind;
	name->of.tunnel = sa->tunnel->number;
	name->of.isakmp = sa->kind == SA_ISAKMP;
	if (name->of.isakmp) {
		memcpy(name->of.cookie_i, ike->isakmp[sa->index].cookie_i, 8);
		memcpy(name->of.cookie_r, ike->isakmp[sa->index].cookie_r, 8);
	} else {
		name->of.spi_in = ike->child[sa->index].spi_in;
	}
}

/* ---- the list ---- */

static void add(struct sa_list *list, const struct agent_tunnel_status *tunnel, enum sa_kind kind,
    uint32_t index, uint32_t life_sec)
{
	struct sa *sa = &list->sa[list->count++];

	*sa = (struct sa){.kind = kind, .index = index, .life_sec = life_sec, .tunnel = tunnel};
	list->of_kind[kind]++;
}

static void collect(const struct agent_tunnel_status *tunnels, size_t count, struct sa_list *list)
{
	for (size_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < show_isakmp_count(&tunnels[i]); j++)
			add(list, &tunnels[i], SA_ISAKMP, j, tunnels[i].ike.isakmp[j].life_sec);
	for (size_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < show_child_count(&tunnels[i]); j++) {
			uint32_t life = tunnels[i].ike.child[j].life_sec;

			if (tunnels[i].ike.child[j].sending)
				add(list, &tunnels[i], SA_SEND, j, life);
			add(list, &tunnels[i], SA_RECEIVE, j, life);
		}
	}
}

/* The pairs of a tunnel are shown under its last ISAKMP SA; tunnels follow each other in the list
 * of either kind. */
static void find_isakmps(struct sa_list *list)
{
	const struct sa *isakmp = list->sa, *end = list->sa + list->of_kind[SA_ISAKMP];

	for (size_t i = list->of_kind[SA_ISAKMP]; i < list->count; i++) {
		struct sa *sa = &list->sa[i];

		while (isakmp < end && (isakmp->tunnel < sa->tunnel ||
					   (isakmp->tunnel == sa->tunnel && isakmp + 1 < end &&
					       isakmp[1].tunnel == sa->tunnel)))
			isakmp++;
		if (isakmp < end && isakmp->tunnel == sa->tunnel)
			sa->isakmp = isakmp->number;
	}
}

/* ---- numbers ---- */

static int by_name(const void *a, const void *b)
{
	const struct sa_numbered *one = a, *other = b;

	return memcmp(&one->name, &other->name, sizeof(one->name));
}

static int by_number(const void *a, const void *b)
{
	const struct sa *one = a, *other = b;

	return one->number < other->number ? -1 : one->number > other->number;
}

static const struct sa_numbered *known(
    const struct sa_numbers *numbers, const struct sa_numbered *wanted)
{
	return numbers->count
		   ? bsearch(wanted, numbers->given, numbers->count, sizeof(*wanted), by_name)
		   : NULL;
}

/* Numbers of SAs that were known before, and then the lowest that none had. False: no memory. */
static bool give_numbers(struct sa_list *list, struct sa_numbers *numbers)
{
	size_t most = list->count + numbers->count;
	bool *taken = calloc(most + 1, sizeof(*taken));
	struct sa_numbered *given = calloc(list->count + 1, sizeof(*given));
	unsigned next = 1;

	if (!taken || !given) {
		free(taken);
		free(given);
		return false;
	}
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->given[i].number <= most)
			taken[numbers->given[i].number] = true;
	for (size_t i = 0; i < list->count; i++) {
		const struct sa_numbered *former;

		put_name(&list->sa[i], &given[i].name);
		former = known(numbers, &given[i]);
		while (!former && next <= most && taken[next])
			next++;
		given[i].number = list->sa[i].number = former ? former->number : next++;
	}
	free(taken);
	qsort(given, list->count, sizeof(*given), by_name);
	free(numbers->given);
	*numbers = (struct sa_numbers){list->count, given};
	return true;
}

struct sa_list *sa_list_make(
    const struct agent_tunnel_status *tunnels, size_t count, struct sa_numbers *numbers)
{
	struct sa_list *list =
	    calloc(1, sizeof(*list) + count * SAS_PER_TUNNEL * sizeof(struct sa));
	struct sa_numbers none = {0};
	bool ok;

	if (!list)
		return NULL;
	collect(tunnels, count, list);
	ok = give_numbers(list, numbers ? numbers : &none);
	sa_numbers_free(&none);
	if (!ok) {
		free(list);
		return NULL;
	}
	find_isakmps(list);
	qsort(list->sa, list->count, sizeof(list->sa[0]), by_number);
	return list;
}

const struct sa_name *sa_numbers_find(const struct sa_numbers *numbers, unsigned number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->given[i].number == number)
			return &numbers->given[i].name;
	return NULL;
}

void sa_numbers_free(struct sa_numbers *numbers)
{
	free(numbers->given);
	*numbers = (struct sa_numbers){0};
}
