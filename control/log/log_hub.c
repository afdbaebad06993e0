/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See log_hub.h. One thread logs. */
#include "control/log/log_hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/log/log_journal.h"

#define LINES 10000
#define BYTES (2u << 20)

struct log_hub {
	char program[32], instance[64];
	bool echo;
	int journal;       /* a socket; negative: lines go to standard error */
	uint64_t left_out; /* of either, as nobody reads them */
	bool kept[LOG_LEVEL_DEBUG + 1], sent[LOG_LEVEL_DEBUG + 1]; /* by level */
	const char *wanted; /* at any level: lines that begin so; or NULL */
	uint64_t count[LOG_LEVEL_DEBUG + 1];
	struct log_ring *ring;
	struct log_file *file; /* or NULL */
	struct log_syslog *syslog;
};

struct log_hub *log_hub_new(const struct log_hub_options *options)
{
	struct log_hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	snprintf(
	    hub->program, sizeof(hub->program), "%s", options->program ? options->program : "");
	snprintf(
	    hub->instance, sizeof(hub->instance), "%s", options->instance ? options->instance : "");
	hub->echo = options->echo;
	hub->journal = options->echo && log_journal_is_stderr() ? log_journal_open() : -1;
	hub->ring = log_ring_new(
	    options->lines ? options->lines : LINES, options->bytes ? options->bytes : BYTES);
	hub->syslog = log_syslog_new(hub->program, options->syslog_path);
	log_hub_set_levels(hub, false, true, false);
	if (hub->ring && hub->syslog)
		return hub;
	log_hub_free(hub);
	return NULL;
}

void log_hub_free(struct log_hub *hub)
{
	if (!hub)
		return;
	log_ring_free(hub->ring);
	log_file_close(hub->file);
	log_syslog_free(hub->syslog);
	if (hub->journal >= 0)
		close(hub->journal);
	free(hub);
}

void log_hub_set_levels(struct log_hub *hub, bool notice, bool info, bool debug)
{
	hub->kept[LOG_LEVEL_ERROR] = hub->sent[LOG_LEVEL_ERROR] = true;
	hub->kept[LOG_LEVEL_NOTICE] = hub->sent[LOG_LEVEL_NOTICE] = notice;
	hub->kept[LOG_LEVEL_INFO] = true;
	hub->sent[LOG_LEVEL_INFO] = info;
	hub->kept[LOG_LEVEL_DEBUG] = hub->sent[LOG_LEVEL_DEBUG] = debug;
}

void log_hub_want(struct log_hub *hub, const char *beginning)
{
	hub->wanted = beginning;
}

static void keep(void *ctx, const struct log_entry *entry)
{
	struct log_hub *hub = ctx;

	log_ring_add(hub->ring, entry);
}

int log_hub_keep_in(struct log_hub *hub, const char *path, char *error, size_t error_bytes)
{
	struct log_file *file = log_file_open(path, error, error_bytes);

	if (!file)
		return -EINVAL;
	log_file_load(file, keep, hub);
	log_file_close(hub->file);
	hub->file = file;
	return 0;
}

int log_hub_clear(struct log_hub *hub)
{
	log_ring_clear(hub->ring);
	return hub->file ? log_file_clear(hub->file) : 0;
}

/* Copies `line` with \xNN in place of control characters. */
static void clean(const char *line, char *out, size_t room)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (; *line && at + 5 <= room; line++) {
		unsigned char c = (unsigned char)*line;

		if (c >= 0x20 && c != 0x7f) {
			out[at++] = (char)c;
			continue;
		}
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[c >> 4];
		out[at++] = hex[c & 15];
	}
	out[at] = '\0';
}

void log_hub_sink(void *ctx, enum log_level level, const char *line)
{
	struct log_hub *hub = ctx;
	char cleaned[LOG_LINE_BYTES * 4];
	struct log_entry entry = {0, level, cleaned};
	bool wanted = hub->wanted && strncmp(line, hub->wanted, strlen(hub->wanted)) == 0;
	struct timespec now;

	hub->count[level]++;
	clean(line, cleaned, sizeof(cleaned));
	clock_gettime(CLOCK_REALTIME, &now);
	entry.time_usec = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (hub->journal >= 0)
		hub->left_out +=
		    !log_journal_send(hub->journal, &entry, hub->program, hub->instance);
	else if (hub->echo)
		hub->left_out += !log_to_stderr(cleaned);
	if (hub->kept[level] || wanted) {
		log_ring_add(hub->ring, &entry);
		if (hub->file)
			log_file_append(hub->file, &entry);
	}
	if (hub->sent[level] || wanted)
		log_syslog_send(hub->syslog, &entry);
}

uint64_t log_hub_count(const struct log_hub *hub, enum log_level level)
{
	return hub->count[level];
}

uint64_t log_hub_lost(const struct log_hub *hub)
{
	return log_syslog_lost(hub->syslog);
}

uint64_t log_hub_left_out(const struct log_hub *hub)
{
	return hub->left_out;
}

const struct log_ring *log_hub_ring(const struct log_hub *hub)
{
	return hub->ring;
}

struct log_syslog *log_hub_syslog(struct log_hub *hub)
{
	return hub->syslog;
}
