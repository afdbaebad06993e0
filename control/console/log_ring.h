/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The newest log lines in memory, for `show log`, with the levels that `syslog` asks for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/log.h"
#include "control/config/model.h"

struct log_ring;

/* Keeps the newest `lines` lines. `echo` also writes every line, wanted or not, to standard error
 * (journald, a terminal). NULL = no memory. */
struct log_ring *log_ring_new(size_t lines, bool echo);
void log_ring_free(struct log_ring *ring);

/* The sink for log_set_sink(); ctx is the ring. */
void log_ring_sink(void *ring, enum log_level level, const char *line);

/* Follows `syslog notice|info|debug` of a model: sets the level of the log and what the ring keeps.
 * INFO is kept whatever `syslog info` says, as on the router. Called whenever a model is applied.
 */
void log_ring_follow(struct log_ring *ring, const struct config_model *model);

/* Calls `visit` from the oldest line to the newest; a line begins with its date and time. */
void log_ring_each(
    const struct log_ring *ring, void (*visit)(void *ctx, const char *line), void *ctx);
