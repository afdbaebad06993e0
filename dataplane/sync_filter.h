/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of packet filters, from their copies into the snapshot. */
#pragma once

struct sync;
struct sync_outcome;

/* Compiles the lists that changed, or whose filters did, into the idle copy. A list that is not
 * right, names a filter that is not, or found no memory is none: what is filtered by it does not
 * pass. For want of memory it is tried again. */
void sync_filters(struct sync *sync, struct sync_outcome *outcome);
