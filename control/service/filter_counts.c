/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A rule is a line; its comment says by which filter it is: "200080", or "dynamic 200080". What
 * has no comment accepts known connections, or drops what fits nothing. */
#include "control/service/filter_counts.h"

#include <stdlib.h>
#include <string.h>

/* The end of the first `what` in the line; NULL = none. */
static const char *behind(const char *line, size_t bytes, const char *what)
{
	const char *at = memmem(line, bytes, what, strlen(what));

	return at ? at + strlen(what) : NULL;
}

/* Of a number that is listed twice the first decides. */
static void add_number(
    const uint32_t *number, uint32_t count, unsigned long wanted, uint64_t packets, uint64_t *to)
{
	for (uint32_t i = 0; i < count; i++)
		if (number[i] == wanted) {
			to[i] += packets;
			return;
		}
}

static void add_line(const char *line, size_t bytes, const struct config_filter_list *list,
    struct filter_counts *counts)
{
	const char *counter = behind(line, bytes, "counter packets ");
	const char *comment = behind(line, bytes, "comment \"");
	const char *dynamic = behind(line, bytes, "comment \"dynamic ");
	uint64_t packets = counter ? strtoull(counter, NULL, 10) : 0;

	if (!counter)
		return;
	if (dynamic)
		add_number(list->dynamic, list->dynamic_count, strtoul(dynamic, NULL, 10), packets,
		    counts->dynamic);
	else if (comment)
		add_number(list->number, list->count, strtoul(comment, NULL, 10), packets,
		    counts->packets);
	else if (behind(line, bytes, " accept"))
		counts->known += packets;
	else if (behind(line, bytes, " drop"))
		counts->none += packets;
}

void filter_counts_add(
    const char *listing, const struct config_filter_list *list, struct filter_counts *counts)
{
	while (*listing) {
		size_t bytes = strcspn(listing, "\n");

		add_line(listing, bytes, list, counts);
		listing += bytes + (listing[bytes] == '\n');
	}
}
