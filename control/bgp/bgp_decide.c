/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The decision process: which of several paths to a prefix is used.
 *
 * RFC 4271 section 9.1: degree of preference, then the tie breakers of 9.1.2.2, less the interior
 * cost, which is the same for all since every next hop is on a link of its own. MULTI_EXIT_DISC is
 * compared only between paths of the same neighbouring AS, so "better" is no order of pairs: the
 * paths are eliminated as a set, which gives one answer whatever order they came in. */
#include "bgp_rib.h"

static bool internal(const struct bgp_rib_path *p)
{
	return p->source->config->local_as == p->source->config->remote_as;
}

static uint32_t med(const struct bgp_rib_path *p)
{
	return p->attrs->med_present ? p->attrs->med : 0;
}

/* One step each: true when `a` eliminates `b`. */

static bool by_local_pref(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return a->attrs->local_pref > b->attrs->local_pref;
}

static bool by_path_length(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return a->attrs->path_length < b->attrs->path_length;
}

static bool by_origin(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return a->attrs->origin < b->attrs->origin;
}

static bool by_med(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return a->attrs->neighbor_as == b->attrs->neighbor_as && med(a) < med(b);
}

static bool by_external(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return !internal(a) && internal(b);
}

static bool by_router_id(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return a->source->router_id < b->source->router_id;
}

static bool by_address(const struct bgp_rib_path *a, const struct bgp_rib_path *b)
{
	return ip_addr_v4_host(&a->source->config->remote) <
	       ip_addr_v4_host(&b->source->config->remote);
}

typedef bool eliminate_fn(const struct bgp_rib_path *a, const struct bgp_rib_path *b);

static eliminate_fn *const steps[] = {
    by_local_pref,
    by_path_length,
    by_origin,
    by_med,
    by_external,
    by_router_id,
    by_address,
};

/* Moves what `step` eliminates from `in` to `out`. Each step by itself is transitive, so that what
 * is left is enough to compare with. */
static void eliminate(eliminate_fn *step, struct bgp_rib_path **in, struct bgp_rib_path **out)
{
	struct bgp_rib_path *left = *in, *gone = NULL, **tail = &gone;
	struct bgp_rib_path **link = &left;

	while (*link) {
		struct bgp_rib_path *path = *link;
		bool beaten = false;

		for (struct bgp_rib_path *p = left; p && !beaten; p = p->next)
			beaten = step(p, path);
		if (!beaten) {
			link = &path->next;
			continue;
		}
		*link = path->next;
		path->next = NULL;
		*tail = path;
		tail = &path->next;
	}
	*tail = *out;
	*out = gone;
	*in = left;
}

void bgp_decide(struct bgp_rib_entry *entry)
{
	struct bgp_rib_path *rest = entry->paths;
	struct bgp_rib_path **end = &entry->paths;

	/* The winner of all, then the winner of the others, and so on: the list is a ranking. */
	while (rest) {
		struct bgp_rib_path *in = rest, *out = NULL;

		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			eliminate(steps[i], &in, &out);
		*end = in;
		end = &in->next;
		rest = in->next;
		if (!rest) {
			rest = out;
		} else {
			struct bgp_rib_path *last = rest;

			while (last->next)
				last = last->next;
			last->next = out;
		}
	}
	*end = NULL;
}
