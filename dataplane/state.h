/* SPDX-License-Identifier: BSD-3-Clause
 *
 * state.v1: the dataplane's region, and what is written into it now and then: ports, twins,
 * counters, heartbeat. (What an SA must never forget is written by its worker: sadb.h.) */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_map.h"
#include "dataplane/counters.h"

struct capture;
struct port;
struct rte_mempool;
struct snapshot;
struct twins;
struct worker;

/* What state_tunnel showed when the counters of its present instance began. */
struct tunnel_base {
	uint64_t instance;
	struct tunnel_counters at;
};

struct state {
	const char *instance;
	struct shm_map map;
	bool fresh; /* nothing is known of SAs that were before: no file, or not to be read */
	uint32_t tunnels, sas;
	unsigned workers;          /* whose lines of a tunnel's counters are in use; 0 = all */
	unsigned crypto_arch;      /* STATE_ARCH_*, as published */
	const struct twins *twins; /* of the tunnels, whose counts are published; NULL = none */
	struct tunnel_counters *tunnel; /* [tunnels * WORKERS_MAX], written by the workers */
	struct tunnel_base *base;       /* [tunnels] */
	uint64_t forwarded_before;      /* forwarded_punt when the second began */
	mono_t second_at;
	uint64_t sums; /* made by state_sum() */
};

/* Opens the region of `instance` or makes it, at least as large as asked; a region of another
 * layout is replaced and what it remembers of SAs and ports is taken over. 0 or -errno. */
int state_open(struct state *state, const char *instance, uint32_t tunnels, uint32_t sas);

/* Makes room for larger tables. Nobody may hold pointers into the region. 0 or -errno: then the old
 * one is still there. */
int state_grow(struct state *state, uint32_t tunnels, uint32_t sas);

void state_close(struct state *state);

struct state_sa *state_sa_at(const struct state *state, uint32_t slot);

/* Says that an SA of an unknown past is not to be used: its sequence numbers may have been. */
void state_end_sa(const struct state *state, uint32_t slot, uint64_t instance);

/* Identity of a port and its twin. */
void state_write_port(const struct state *state, unsigned index, const struct port *port);

/* How much memory the tables want that are not there for want of it; 0 = they are there. */
void state_write_wanted(const struct state *state, uint32_t megabytes);

/* What there is to say of a worker; `seen` 0: there is none of that number. */
struct state_seen {
	mono_t seen;
	uint64_t received, polled, busy_polls, busy_nsec;
	uint32_t busy_permille; /* of the last whole second */
	uint32_t ring_to_kernel, ring_from_kernel, ring_handover;
};
void state_write_worker(const struct state *state, unsigned index, const struct state_seen *seen);

/* How many packet buffers there are and are in use, and how much the rings hold. */
void state_write_room(const struct state *state, const struct rte_mempool *pool);

/* What port_watch() counted. */
void state_count_port(const struct state *state, unsigned index, const struct port *port);
void state_remove_ports(const struct state *state, unsigned from);

/* Says which tunnel is in a slot, whether its TUN exists and which MTU is in force. */
void state_write_tunnel(
    struct state *state, uint32_t slot, uint64_t instance, bool twin_ready, uint32_t inner_mtu);

/* The cfg generation that is in force and the region it is of. */
void state_write_applied(const struct state *state, uint64_t epoch, uint64_t generation);

/* Says how the capture stands; which of control's was followed last, by us or by one before us. */
void state_write_capture(const struct state *state, const struct capture *capture);
uint32_t state_capture_run(const struct state *state);

/* Sums the counters of all threads: the copies that the workers showed last, and `own`, a copy of
 * the housekeeping thread's from before they were asked. False, and `sum` stays: a packet went from
 * thread to thread between two copies, so that they show it taken and not given. */
bool state_sum(struct state *state, const struct worker *workers, unsigned worker_count,
    const struct counters *own, struct counters *sum);

/* Tunnel slots in a row. */
struct state_span {
	uint32_t first, count;
};

/* Writes the sum and the counters of these tunnels into the region and beats the heart. */
void state_publish(struct state *state, const struct counters *sum, unsigned port_count,
    struct state_span tunnels, mono_t now);
