/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The Adj-RIB-Out of a neighbour (RFC 4271 section 9.2) as one sorted list with two marks: wanted
 * and told. What differs is what is still to be sent, so a slow neighbour never gets a queue: it
 * gets the difference that is left when it reads again. */
#include <errno.h>
#include <stdlib.h>

#include "common/buf.h"

#include "bgp_export.h"
#include "bgp_update.h"

void bgp_export_free(struct bgp_export *export)
{
	free(export->entries);
	*export = (struct bgp_export){0};
}

static int compare(const void *a, const void *b)
{
	return ip_prefix_compare(a, b);
}

/* Copies the IPv4 prefixes, masked, sorted and without repetition; NULL = no memory. */
static struct ip_prefix *tidy(
    const struct ip_prefix *prefixes, size_t count, size_t *tidied, int *refused)
{
	struct ip_prefix *list = calloc(count ? count : 1, sizeof(*list));
	size_t n = 0, unique = 0;

	*refused = 0;
	if (!list)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (prefixes[i].addr.family == IP_FAMILY_V4)
			list[n++] = ip_prefix_mask(&prefixes[i]);
		else
			(*refused)++;
	}
	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || !ip_prefix_equal(&list[unique - 1], &list[i]))
			list[unique++] = list[i];
	*tidied = unique;
	return list;
}

/* Merges the entries there are with the prefixes that are wanted, both sorted. Returns how many. */
static size_t merge(const struct bgp_export *old, const struct ip_prefix *prefixes, size_t count,
    struct bgp_export_entry *merged)
{
	size_t i = 0, j = 0, n = 0;

	while (i < old->count || j < count) {
		struct bgp_export_entry *entry = &merged[n++];
		int order;

		if (i == old->count || j == count)
			order = i == old->count ? 1 : -1;
		else
			order = ip_prefix_compare(&old->entries[i].prefix, &prefixes[j]);
		if (order <= 0)
			*entry = old->entries[i++];
		else
			*entry = (struct bgp_export_entry){.prefix = prefixes[j]};
		entry->wanted = order >= 0;
		if (order >= 0)
			j++;
	}
	return n;
}

static bool was_wanted(const struct bgp_export *old, const struct ip_prefix *prefix, size_t *at)
{
	while (*at < old->count && ip_prefix_compare(&old->entries[*at].prefix, prefix) < 0)
		(*at)++;
	return *at < old->count && old->entries[*at].wanted &&
	       ip_prefix_equal(&old->entries[*at].prefix, prefix);
}

/* Keeps at most `limit` entries wanted: those wanted before, which are no more than that, then the
 * others in order. Drops the entries that are neither wanted nor told. Returns what was refused. */
static int apply_limit(
    const struct bgp_export *old, struct bgp_export_entry *merged, size_t *count, uint32_t limit)
{
	uint32_t room = limit;
	size_t at = 0, n = 0;
	int refused = 0;

	for (size_t i = 0; i < *count; i++)
		if (merged[i].wanted && was_wanted(old, &merged[i].prefix, &at))
			room--;
	at = 0;
	for (size_t i = 0; i < *count; i++) {
		struct bgp_export_entry *entry = &merged[i];

		if (entry->wanted && !was_wanted(old, &entry->prefix, &at)) {
			entry->wanted = room > 0;
			room -= entry->wanted;
			refused += !entry->wanted;
		}
		if (entry->wanted || entry->told)
			merged[n++] = *entry;
	}
	*count = n;
	return refused;
}

int bgp_export_set(
    struct bgp_export *export, const struct ip_prefix *prefixes, size_t count, uint32_t limit)
{
	int refused;
	size_t n, wanted_count;
	struct ip_prefix *wanted = tidy(prefixes, count, &wanted_count, &refused);
	struct bgp_export_entry *merged =
	    wanted ? calloc(export->count + wanted_count + 1, sizeof(*merged)) : NULL;

	if (!merged) {
		free(wanted);
		return -ENOMEM;
	}
	n = merge(export, wanted, wanted_count, merged);
	refused += apply_limit(export, merged, &n, limit);
	free(wanted);
	free(export->entries);
	*export = (struct bgp_export){.entries = merged, .count = n};
	return refused;
}

void bgp_export_forget(struct bgp_export *export)
{
	size_t n = 0;

	for (size_t i = 0; i < export->count; i++) {
		export->entries[i].told = false;
		export->entries[i].again = false;
		if (export->entries[i].wanted)
			export->entries[n++] = export->entries[i];
	}
	export->count = n;
}

void bgp_export_repeat(struct bgp_export *export)
{
	for (size_t i = 0; i < export->count; i++)
		export->entries[i].again = export->entries[i].told;
}

/* Whether a prefix is still to be announced (`wanted`), or to be withdrawn. */
static bool is_due(const struct bgp_export_entry *entry, bool wanted)
{
	return entry->wanted == wanted && (entry->told != wanted || (wanted && entry->again));
}

/* Writes what is due until the message is full. Returns how many prefixes. */
static size_t put_all(struct bgp_export *export, struct wr *w, bool wanted)
{
	size_t put = 0;

	for (size_t i = 0; i < export->count; i++) {
		struct bgp_export_entry *entry = &export->entries[i];

		if (!is_due(entry, wanted))
			continue;
		if (!bgp_update_put(w, &entry->prefix))
			break;
		entry->told = wanted;
		entry->again = false;
		put++;
	}
	return put;
}

size_t bgp_export_next(
    struct bgp_export *export, const struct bgp_config *config, bool four_octet_as, uint8_t *out)
{
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES);

	bgp_update_begin_withdraw(&w);
	if (put_all(export, &w, false))
		return bgp_update_end_withdraw(&w);
	w = wr_init(out, BGP_MESSAGE_BYTES);
	bgp_update_begin_announce(&w, config, four_octet_as);
	return put_all(export, &w, true) ? bgp_update_end_announce(&w) : 0;
}

uint32_t bgp_export_told(const struct bgp_export *export)
{
	uint32_t told = 0;

	for (size_t i = 0; i < export->count; i++)
		told += export->entries[i].told;
	return told;
}

void bgp_export_each_told(const struct bgp_export *export,
    void (*visit)(void *ctx, const struct ip_prefix *prefix), void *ctx)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->entries[i].told)
			visit(ctx, &export->entries[i].prefix);
}
