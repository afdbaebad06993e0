/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inbound ESP, the second half: from a job that came back to the inner packet (RFC 4303 section
 * 3.4, RFC 4301 section 5.2). */
#pragma once

#include "dataplane/worker.h"

/* Takes `n` packets that the lanes have given back: each goes on to the routes or ends. */
void inbound_accept(struct worker *w, const struct esp_done *done, unsigned n);

/* Drops a packet of a known SA: counted for the SA by kind, and for its tunnel. */
void inbound_drop(struct worker *w, struct rte_mbuf *m, struct sa *sa, enum drop_reason reason)
    __attribute__((cold));
