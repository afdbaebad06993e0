/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of packet filters, from their copies into the snapshot. */
#pragma once

struct snapshot;
struct sync;

/* Compiles the lists that changed, or whose filters did, into the idle copy. A list that is not
 * right, or names a filter that is not, is none: what is filtered by it does not pass. */
void sync_filters(struct sync *sync, struct snapshot *s);
