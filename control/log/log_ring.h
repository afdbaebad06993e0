/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The newest lines of the log in memory. */
#pragma once

#include <stddef.h>

#include "control/log/log_entry.h"

struct log_ring;

/* Keeps the newest `lines` lines, as far as they take at most `bytes` bytes. NULL = no memory. */
struct log_ring *log_ring_new(size_t lines, size_t bytes);
void log_ring_free(struct log_ring *ring);

/* Forgets all of them. */
void log_ring_clear(struct log_ring *ring);

/* Copies the line. Without memory for it, it is not kept. */
void log_ring_add(struct log_ring *ring, const struct log_entry *entry);

/* Calls `visit` from the oldest line to the newest. */
void log_ring_each(const struct log_ring *ring,
    void (*visit)(void *ctx, const struct log_entry *entry), void *ctx);
