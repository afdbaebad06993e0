/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A ring of lines, each in memory of its own. */
#include "control/log/log_ring.h"

#include <stdlib.h>
#include <string.h>

struct log_ring {
	size_t lines, first, count; /* room; the oldest; how many there are */
	size_t bytes, used;         /* room and use of all lines with their NULs */
	struct kept {
		int64_t time_usec;
		enum log_level level;
		size_t bytes;
		char *line;
	} kept[];
};

struct log_ring *log_ring_new(size_t lines, size_t bytes)
{
	struct log_ring *ring = calloc(1, sizeof(*ring) + lines * sizeof(ring->kept[0]));

	if (ring) {
		ring->lines = lines;
		ring->bytes = bytes;
	}
	return ring;
}

static void drop_oldest(struct log_ring *ring)
{
	struct kept *oldest = &ring->kept[ring->first];

	ring->used -= oldest->bytes;
	free(oldest->line);
	ring->first = (ring->first + 1) % ring->lines;
	ring->count--;
}

void log_ring_clear(struct log_ring *ring)
{
	while (ring->count)
		drop_oldest(ring);
}

void log_ring_free(struct log_ring *ring)
{
	if (ring)
		log_ring_clear(ring);
	free(ring);
}

void log_ring_add(struct log_ring *ring, const struct log_entry *entry)
{
	size_t bytes = strlen(entry->line) + 1;
	char *line = bytes <= ring->bytes ? malloc(bytes) : NULL;

	if (!line || !ring->lines) {
		free(line);
		return;
	}
	memcpy(line, entry->line, bytes);
	while (ring->count == ring->lines || ring->used + bytes > ring->bytes)
		drop_oldest(ring);
	ring->kept[(ring->first + ring->count++) % ring->lines] =
	    (struct kept){entry->time_usec, entry->level, bytes, line};
	ring->used += bytes;
}

void log_ring_each(
    const struct log_ring *ring, void (*visit)(void *ctx, const struct log_entry *entry), void *ctx)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct kept *kept = &ring->kept[(ring->first + i) % ring->lines];
		struct log_entry entry = {kept->time_usec, kept->level, kept->line};

		visit(ctx, &entry);
	}
}
