/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where the lines of the log go: standard error or the journal, the ring that `show log` reads, the
 * file that outlives a restart, and syslog. */
#pragma once

#include "control/log/log_file.h"
#include "control/log/log_ring.h"
#include "control/log/log_syslog.h"

struct log_hub;

struct log_hub_options {
	const char *program, *instance; /* NULL = "" */
	size_t lines, bytes;            /* room of the ring; 0 = 10000 lines, 2 MiB */
	bool echo; /* all lines also to standard error, or to the journal that is there */
	const char *syslog_path; /* Unix socket that is sent the log; NULL = none */
};

/* NULL = no memory. */
struct log_hub *log_hub_new(const struct log_hub_options *options);
void log_hub_free(struct log_hub *hub);

/* The sink for log_set_sink(); ctx is the hub. Control characters, which only a text of somebody
 * else can have brought, become \xNN: a line stays one line everywhere. */
void log_hub_sink(void *hub, enum log_level level, const char *line);

/* What was kept there before is `show log`'s again, and what comes is kept. 0, or -errno with a
 * sentence: then the log is kept in memory only. */
int log_hub_keep_in(struct log_hub *hub, const char *path, char *error, size_t error_bytes);

/* `show log` and its file begin anew; what was sent elsewhere stays. 0, or -errno: the file could
 * not be emptied. */
int log_hub_clear(struct log_hub *hub);

/* As `syslog notice|info|debug` say. ERROR is kept and sent in any case; INFO is kept also when it
 * is off, and is not sent then, as on the router. */
void log_hub_set_levels(struct log_hub *hub, bool notice, bool info, bool debug);

/* Lines that begin with this are kept and sent whatever their level, as long as whoever writes them
 * does (log_write_always()); NULL = none. Borrowed. */
void log_hub_want(struct log_hub *hub, const char *beginning);

/* Lines of that level so far; messages to syslog that were lost on this machine; lines that the
 * journal, or who reads standard error, did not take at once. */
uint64_t log_hub_count(const struct log_hub *hub, enum log_level level);
uint64_t log_hub_lost(const struct log_hub *hub);
uint64_t log_hub_left_out(const struct log_hub *hub);

const struct log_ring *log_hub_ring(const struct log_hub *hub);
struct log_syslog *log_hub_syslog(struct log_hub *hub);
