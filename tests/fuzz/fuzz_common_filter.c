/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables of filters that were written by somebody else, and any packet: 8 bytes of counts, then the
 * tables, then the packet. Tables that pass for valid are asked. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The next `count` elements in memory of their own; NULL = the input is too short. */
static void *take(const uint8_t **data, size_t *bytes, size_t count, size_t element)
{
	void *out = *bytes < count * element ? NULL : malloc(count * element + 1);

	if (!out)
		return NULL;
	memcpy(out, *data, count * element);
	*data += count * element;
	*bytes -= count * element;
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct filter_packet packet;
	struct filter_pools pools;
	uint8_t counts[8];
	void *part[4];
	size_t rest;

	if (bytes < sizeof(counts))
		return 0;
	memcpy(counts, data, sizeof(counts));
	data += sizeof(counts);
	bytes -= sizeof(counts);
	pools.rules = counts[0] & 7;
	pools.ranges = counts[1] & 15;
	pools.flag_words = counts[2] & 7;
	part[0] = take(&data, &bytes, pools.rules, sizeof(struct filter_rule));
	part[1] = take(&data, &bytes, pools.ranges, sizeof(struct filter_range));
	part[2] = take(&data, &bytes, pools.flag_words, sizeof(struct filter_flags));
	rest = bytes;
	part[3] = take(&data, &bytes, rest, 1);
	pools.rule = part[0];
	pools.range = part[1];
	pools.flags = part[2];
	if (part[0] && part[1] && part[2] && part[3] && filter_pools_valid(&pools) &&
	    filter_read(part[3], rest, &packet) == 0)
		(void)filter_evaluate(
		    &pools, (struct filter_span){0, (uint16_t)pools.rules}, &packet, counts[3] & 1);
	for (unsigned i = 0; i < 4; i++)
		free(part[i]);
	return 0;
}
