/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The routing information base: a sorted array of prefixes, each with the paths to it, best first.
 *
 * The Adj-RIBs-In and the Loc-RIB of RFC 4271 section 3.2 are one structure here: what a session
 * brought is a path, the Loc-RIB is the first path of each prefix. A path that may not be used is
 * not kept. Sorted and searched by halves: five thousand prefixes of two neighbours are taken in
 * within a few milliseconds, and reading in order, what every change is followed by, costs nothing.
 * Not here: which routes are wanted (bgp_policy.c), which is best (bgp_decide.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgp_rib.h"

struct bgp_rib *bgp_rib_new(void)
{
	return calloc(1, sizeof(struct bgp_rib));
}

void bgp_rib_free(struct bgp_rib *rib)
{
	if (!rib)
		return;
	for (size_t i = 0; i < rib->count; i++) {
		struct bgp_rib_path *path = rib->entries[i]->paths;

		while (path) {
			struct bgp_rib_path *next = path->next;

			bgp_route_attrs_unref(path->attrs);
			free(path);
			path = next;
		}
		free(rib->entries[i]);
	}
	free(rib->entries);
	free(rib);
}

void bgp_rib_set_filter(struct bgp_rib *rib, bgp_accept_fn *accept, void *ctx)
{
	rib->accept = accept;
	rib->accept_ctx = ctx;
}

/* ---- shared attributes ---- */

static uint32_t path_kept(uint32_t count)
{
	return count < BGP_PATH_ASNS ? count : BGP_PATH_ASNS;
}

struct bgp_route_attrs *bgp_route_attrs_new(
    const struct bgp_attrs *attrs, const struct ip_addr *next_hop, uint32_t local_as)
{
	const struct bgp_aspath *path = &attrs->path;
	size_t path_bytes = path_kept(path->count) * sizeof(path->asn[0]);
	struct bgp_route_attrs *made = calloc(1, sizeof(*made) + path_bytes);

	if (!made)
		return NULL;
	made->references = 1;
	made->next_hop = *next_hop;
	made->local_pref = attrs->local_pref;
	made->med = attrs->med;
	made->med_present = attrs->med_present;
	made->origin = attrs->origin;
	made->path_length = path->length;
	made->path_count = path->count;
	made->neighbor_as = path->count ? path->first : local_as;
	memcpy(made->path, path->asn, path_bytes);
	return made;
}

void bgp_route_attrs_unref(struct bgp_route_attrs *attrs)
{
	if (attrs && --attrs->references == 0)
		free(attrs);
}

static bool attrs_equal(const struct bgp_route_attrs *a, const struct bgp_route_attrs *b)
{
	return ip_addr_equal(&a->next_hop, &b->next_hop) && a->local_pref == b->local_pref &&
	       a->med == b->med && a->med_present == b->med_present && a->origin == b->origin &&
	       a->path_length == b->path_length && a->path_count == b->path_count &&
	       a->neighbor_as == b->neighbor_as &&
	       !memcmp(a->path, b->path, path_kept(a->path_count) * sizeof(a->path[0]));
}

/* ---- entries ---- */

/* Index of `prefix`, or of the place where it belongs. */
static size_t find(const struct bgp_rib *rib, const struct ip_prefix *prefix, bool *found)
{
	size_t low = 0, high = rib->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = ip_prefix_compare(&rib->entries[middle]->prefix, prefix);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct bgp_rib_entry *entry_insert(
    struct bgp_rib *rib, size_t index, const struct ip_prefix *prefix)
{
	struct bgp_rib_entry *entry;

	if (rib->count == rib->capacity) {
		size_t capacity = rib->capacity ? rib->capacity * 2 : 64;
		struct bgp_rib_entry **grown =
		    reallocarray(rib->entries, capacity, sizeof(struct bgp_rib_entry *));

		if (!grown)
			return NULL;
		rib->entries = grown;
		rib->capacity = capacity;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->prefix = *prefix;
	memmove(&rib->entries[index + 1], &rib->entries[index],
	    (rib->count - index) * sizeof(struct bgp_rib_entry *));
	rib->entries[index] = entry;
	rib->count++;
	return entry;
}

static void entry_erase(struct bgp_rib *rib, size_t index)
{
	free(rib->entries[index]);
	rib->count--;
	memmove(&rib->entries[index], &rib->entries[index + 1],
	    (rib->count - index) * sizeof(struct bgp_rib_entry *));
}

/* The link that points to the path of `source`, or to the NULL at the end. */
static struct bgp_rib_path **path_link(struct bgp_rib_entry *entry, const struct bgp_source *source)
{
	struct bgp_rib_path **link = &entry->paths;

	while (*link && (*link)->source != source)
		link = &(*link)->next;
	return link;
}

static bool path_remove(struct bgp_rib_entry *entry, struct bgp_source *source)
{
	struct bgp_rib_path **link = path_link(entry, source);
	struct bgp_rib_path *path = *link;

	if (!path)
		return false;
	*link = path->next;
	bgp_route_attrs_unref(path->attrs);
	free(path);
	source->prefixes--;
	bgp_decide(entry);
	return true;
}

static int path_add(struct bgp_rib *rib, struct bgp_source *source, const struct ip_prefix *prefix,
    struct bgp_route_attrs *attrs)
{
	struct bgp_rib_path *path;
	struct bgp_rib_entry *entry;
	bool found;
	size_t index;

	if (source->prefixes >= source->config->prefix_limit)
		return -EDQUOT;
	path = calloc(1, sizeof(*path));
	if (!path)
		return -ENOMEM;
	index = find(rib, prefix, &found);
	entry = found ? rib->entries[index] : entry_insert(rib, index, prefix);
	if (!entry) {
		free(path);
		return -ENOMEM;
	}
	*path = (struct bgp_rib_path){.next = entry->paths, .source = source, .attrs = attrs};
	attrs->references++;
	entry->paths = path;
	source->prefixes++;
	bgp_decide(entry);
	return 1;
}

int bgp_rib_put(struct bgp_rib *rib, struct bgp_source *source, const struct ip_prefix *prefix,
    struct bgp_route_attrs *attrs)
{
	bool found;
	size_t index = find(rib, prefix, &found);
	struct bgp_rib_path *path = found ? *path_link(rib->entries[index], source) : NULL;

	if (!path)
		return path_add(rib, source, prefix, attrs);
	if (attrs_equal(path->attrs, attrs))
		return 0;
	bgp_route_attrs_unref(path->attrs);
	path->attrs = attrs;
	attrs->references++;
	bgp_decide(rib->entries[index]);
	return 1;
}

bool bgp_rib_remove(struct bgp_rib *rib, struct bgp_source *source, const struct ip_prefix *prefix)
{
	bool found;
	size_t index = find(rib, prefix, &found);

	if (!found || !path_remove(rib->entries[index], source))
		return false;
	if (!rib->entries[index]->paths)
		entry_erase(rib, index);
	return true;
}

bool bgp_rib_remove_all(struct bgp_rib *rib, struct bgp_source *source)
{
	size_t kept = 0;
	bool removed = false;

	for (size_t i = 0; i < rib->count; i++) {
		struct bgp_rib_entry *entry = rib->entries[i];

		removed |= path_remove(entry, source);
		if (entry->paths)
			rib->entries[kept++] = entry;
		else
			free(entry);
	}
	rib->count = kept;
	return removed;
}

/* ---- reading ---- */

void bgp_rib_each(
    const struct bgp_rib *rib, void (*visit)(void *ctx, const struct bgp_path *path), void *ctx)
{
	for (size_t i = 0; i < rib->count; i++) {
		const struct bgp_rib_entry *entry = rib->entries[i];

		for (const struct bgp_rib_path *p = entry->paths; p; p = p->next) {
			const struct bgp_route_attrs *a = p->attrs;
			struct bgp_path path = {
			    .prefix = entry->prefix,
			    .next_hop = a->next_hop,
			    .peer = p->source->config,
			    .med = a->med,
			    .med_present = a->med_present,
			    .local_pref = a->local_pref,
			    .origin = a->origin,
			    .path_length = a->path_length,
			    .path_count = a->path_count,
			    .best = p == entry->paths,
			};

			memcpy(path.path, a->path, path_kept(a->path_count) * sizeof(a->path[0]));
			visit(ctx, &path);
		}
	}
}

size_t bgp_rib_prefix_count(const struct bgp_rib *rib)
{
	return rib->count;
}
