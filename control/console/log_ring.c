/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sink of the log: a ring of lines in memory and, if wanted, standard error. It opens no file
 * and sends nothing anywhere. */
#include "control/console/log_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct log_ring {
	size_t lines, next, count;
	bool echo, notice, debug;
	char **line; /* `lines` of them, NULL = not used yet */
};

struct log_ring *log_ring_new(size_t lines, bool echo)
{
	struct log_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->lines = lines ? lines : 1;
	ring->echo = echo;
	ring->line = calloc(ring->lines, sizeof(*ring->line));
	if (!ring->line) {
		free(ring);
		return NULL;
	}
	return ring;
}

void log_ring_free(struct log_ring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->lines; i++)
		free(ring->line[i]);
	free(ring->line);
	free(ring);
}

static bool is_wanted(const struct log_ring *ring, enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
	case LOG_LEVEL_INFO: return true;
	case LOG_LEVEL_NOTICE: return ring->notice;
	case LOG_LEVEL_DEBUG: return ring->debug;
	}
	return true;
}

void log_ring_sink(void *ctx, enum log_level level, const char *line)
{
	struct log_ring *ring = ctx;
	time_t now = time(NULL);
	struct tm local;
	char *copy;

	if (ring->echo)
		fprintf(stderr, "%s\n", line);
	if (!is_wanted(ring, level))
		return;
	copy = malloc(strlen(line) + 24);
	if (!copy || !localtime_r(&now, &local)) {
		free(copy);
		return;
	}
	sprintf(copy + strftime(copy, 24, "%Y/%m/%d %H:%M:%S: ", &local), "%s", line);
	free(ring->line[ring->next]);
	ring->line[ring->next] = copy;
	ring->next = (ring->next + 1) % ring->lines;
	if (ring->count < ring->lines)
		ring->count++;
}

void log_ring_follow(struct log_ring *ring, const struct config_model *model)
{
	ring->notice = model->syslog_notice;
	ring->debug = model->syslog_debug;
	log_set_level(model->syslog_debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}

void log_ring_each(
    const struct log_ring *ring, void (*visit)(void *ctx, const char *line), void *ctx)
{
	size_t first = (ring->next + ring->lines - ring->count) % ring->lines;

	for (size_t i = 0; i < ring->count; i++)
		visit(ctx, ring->line[(first + i) % ring->lines]);
}
