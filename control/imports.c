/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Import filters of the dialect, and what is never taken in. Kinds: `equal` the very prefix;
 * `include` the prefix and every longer one in it; `refines` only the longer ones. */
#include "control/imports.h"

#include <stdlib.h>

static const struct config_import_filter *filter_by_number(
    const struct config_bgp *bgp, uint32_t number)
{
	for (uint32_t i = 0; i < bgp->filter_count; i++)
		if (bgp->filter[i].number == number)
			return &bgp->filter[i];
	return NULL;
}

static bool matches(
    enum config_match kind, const struct ip_prefix *pattern, const struct ip_prefix *route)
{
	struct ip_prefix masked = ip_prefix_mask(pattern);

	switch (kind) {
	case CONFIG_EQUAL: return ip_prefix_equal(&masked, route);
	case CONFIG_INCLUDE: return ip_prefix_covers(&masked, route);
	case CONFIG_REFINES:
		return ip_prefix_covers(&masked, route) && !ip_prefix_equal(&masked, route);
	}
	return false;
}

/* Length of the longest pattern of `filter` that matches `route`, -1 = none. */
static int best_length(const struct config_import_filter *filter, const struct ip_prefix *route)
{
	int best = -1;

	for (uint32_t i = 0; i < filter->prefix_count; i++)
		if (filter->prefix[i].length > best &&
		    matches(filter->match, &filter->prefix[i], route))
			best = filter->prefix[i].length;
	return best;
}

bool imports_allow(const struct config_bgp *bgp, uint32_t remote_as, const struct ip_prefix *route,
    const struct config_import_filter **metric_filter)
{
	const struct config_import_filter *chosen = NULL;
	int best = -1;

	for (uint32_t i = 0; i < bgp->import_count; i++) {
		const struct config_import *import = &bgp->import[i];

		if (import->remote_as != remote_as)
			continue;
		for (uint32_t j = 0; j < import->filter_count; j++) {
			const struct config_import_filter *filter =
			    filter_by_number(bgp, import->filter[j]);
			int length = filter ? best_length(filter, route) : -1;

			if (length > best) {
				best = length;
				chosen = filter;
			}
		}
	}
	if (metric_filter)
		*metric_filter = chosen;
	return chosen && !chosen->reject;
}

static int compare(const void *a, const void *b)
{
	return ip_prefix_compare(a, b);
}

size_t imports_select(
    const struct config_bgp *bgp, uint32_t remote_as, struct ip_prefix *routes, size_t count)
{
	size_t kept = 0, unique = 0;

	for (size_t i = 0; i < count; i++) {
		struct ip_prefix route = ip_prefix_mask(&routes[i]);

		if (!ip_addr_is_link_local(&route.addr) &&
		    imports_allow(bgp, remote_as, &route, NULL))
			routes[kept++] = route;
	}
	if (kept)
		qsort(routes, kept, sizeof(*routes), compare);
	for (size_t i = 0; i < kept; i++)
		if (unique == 0 || !ip_prefix_equal(&routes[unique - 1], &routes[i]))
			routes[unique++] = routes[i];
	return unique;
}

const uint32_t *imports_missing(const struct config_bgp *bgp, uint32_t *remote_as)
{
	for (uint32_t i = 0; i < bgp->import_count; i++) {
		const struct config_import *import = &bgp->import[i];

		for (uint32_t j = 0; j < import->filter_count; j++) {
			if (filter_by_number(bgp, import->filter[j]))
				continue;
			*remote_as = import->remote_as;
			return &import->filter[j];
		}
	}
	return NULL;
}

bool imports_accept(const struct ip_prefix *prefix, const struct ip_prefix *own, size_t own_count,
    const struct ip_addr *endpoint, size_t endpoint_count)
{
	if (prefix->length == 0)
		return false;
	for (size_t i = 0; i < own_count; i++)
		if (ip_prefix_covers(&own[i], prefix))
			return false;
	for (size_t i = 0; i < endpoint_count; i++)
		if (prefix->length == ip_family_bits(prefix->addr.family) &&
		    ip_addr_equal(&prefix->addr, &endpoint[i]))
			return false;
	return true;
}
