/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every reason a packet is dropped for: the verdicts of dataplane/pkt first, then those that need
 * the tables. A reason is one line here; it shows in state.v1, and so everywhere, by itself. */
#pragma once

#include "dataplane/pkt/verdict.h"

/* X(identifier, name, one sentence for a person) */
#define DROP_REASONS(X)                                                                            \
	X(RUNT, "runt", "A frame shorter than an Ethernet header, or a packet without a byte.")    \
	X(NOT_OURS, "not_ours", "A unicast frame for another station.")                            \
	X(NO_SA, "no_sa", "No tunnel of the route has a usable outbound SA and path.")             \
	X(SA_ENDED, "sa_ended", "The SA reached a hard limit of time, packets or bytes.")          \
	X(BLACKHOLE, "blackhole", "The route says so.")                                            \
	X(FILTER, "filter", "A filter of the interface rejects it, or none lets it pass.")         \
	X(FRAGMENT, "fragment", "A fragment whose other fragments did not come or do not fit.")    \
	X(POLICED, "policed",                                                                      \
	    "More of its class, for the kernel or in fragments, than that may be.")                \
	X(NO_TWIN, "no_twin", "The kernel twin is not there or is down.")                          \
	X(RING_FULL, "ring_full", "A ring between a worker and the housekeeping thread is full.")  \
	X(HANDOVER, "handover_full", "The way to the worker that has to finish it is full.")       \
	X(NO_MBUF, "no_mbuf", "The packet buffer pool is empty.")                                  \
	X(SEGMENTS, "segments", "Does not fit into one packet buffer.")                            \
	X(CRYPTO, "crypto", "The crypto library refused the packet.")                              \
	X(TX_FULL, "tx_full", "The port took no more packets.")                                    \
	X(PORT_LOST, "port_lost", "The port's device was taken out or reset.")                     \
	X(SHUTDOWN, "shutdown", "Was on its way when the dataplane ended.")

#define DROP_PKT_ENUM(identifier, name, text) DROP_##identifier = PKT_DROP_##identifier,
#define DROP_ENUM(identifier, name, text)     DROP_##identifier,

enum drop_reason {
	DROP_NONE = 0,
	PKT_VERDICTS(DROP_PKT_ENUM) DROP_BEFORE_OWN = PKT_VERDICT_COUNT - 1,
	DROP_REASONS(DROP_ENUM) DROP_COUNT
};

#undef DROP_PKT_ENUM
#undef DROP_ENUM

/* What state.v1 says of a reason; index 0 is unused. Static, defined in state.c. */
struct drop_text {
	const char *name;
	const char *text;
};
extern const struct drop_text drop_texts[DROP_COUNT];
