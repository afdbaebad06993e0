/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The address sets of a snapshot, kept up as SAs and tunnels come and go: which addresses are ours,
 * which are the peers', and which no decrypted packet may be sent to. */
#pragma once

#include "common/ip.h"

struct sa;
struct snapshot;

/* Adds the outer addresses of an SA to all sets. 0, or -ENOMEM and the sets are as they were. */
int outer_add_sa(struct snapshot *s, const struct sa *sa);
void outer_remove_sa(struct snapshot *s, const struct sa *sa);

/* True when they add the same addresses. */
bool outer_same(const struct sa *a, const struct sa *b);

/* Empties all sets. */
void outer_clear(struct snapshot *s);
