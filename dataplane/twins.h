/* SPDX-License-Identifier: BSD-3-Clause
 *
 * All twins and the traffic between them and the worker: the housekeeping thread reads the kernel's
 * frames and packets into packet buffers, and writes what the worker punted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_abi.h"
#include "dataplane/counters.h"
#include "dataplane/twin.h"
#include "dataplane/twin_sweep.h"

struct capture_tap;
struct port;
struct rte_mempool;
struct rte_ring;

/* Packets given to twins and taken from them. */
struct twin_count {
	uint64_t punted, injected;
};

struct tunnel_twin {
	struct twin twin;
	struct twin_count count, shown; /* `shown`: as of twins_show_counters() */
	uint64_t instance;              /* of the tunnel; 0 = none wanted */
	char name[SHM_NAME_BYTES];
	uint32_t mtu;    /* wanted */
	mono_t retry_at; /* after a failure */
};

struct twins {
	int epoll;
	const char *instance; /* whose twins they are */
	const struct port *ports;
	unsigned port_count;
	struct twin port[PORTS_MAX];
	mono_t port_retry_at[PORTS_MAX];
	struct tunnel_twin *tunnel;
	uint32_t tunnel_count;
	bool unsettled;            /* a tunnel's twin is not yet as it is wanted */
	mono_t log_at;             /* when the next failure may be logged */
	struct counters *counters; /* of the housekeeping thread */
	/* Of tunnels that are no more; with those of `tunnel` all that is no port's. */
	struct twin_count gone, gone_shown;
	struct twin_sweep sweep;
	mono_t sweep_at;         /* when it begins; 0 = it has, or need not */
	struct capture_tap *tap; /* NULL: nothing is captured */
};

/* Opens the twins of the ports. 0 or -errno with a line in the log. */
int twins_init(struct twins *twins, const char *instance, const struct port *ports,
    unsigned port_count, struct counters *counters);

/* Detaches from all twins; the devices stay. */
void twins_fini(struct twins *twins);

/* Makes room for `count` tunnel slots. 0 or -ENOMEM. */
int twins_resize(struct twins *twins, uint32_t count);

/* Wants TUN `name` for the tunnel in `slot`, with that MTU; where it is not `sized`, a guess that
 * does for a new TUN and changes none. `instance` 0: wants none, and removes the device there was.
 */
void twins_want(struct twins *twins, uint32_t slot, uint64_t instance, const char *name,
    uint32_t mtu, bool sized);

/* The tables are there: what a dataplane before us left and nobody wants is removed, a little
 * later: control may just be filling them. */
void twins_sweep(struct twins *twins, mono_t now);

/* Opens what is wanted and not there yet, or was lost; of the tunnels' as many as fit into a few
 * milliseconds, since making one takes the kernel one or two. */
void twins_tick(struct twins *twins, mono_t now);

bool twins_ready(const struct twins *twins, uint32_t slot);

/* The name of the TUN wanted for `slot`, or "slotN", in `text`, which it returns. */
const char *twins_name(const struct twins *twins, uint32_t slot, char text[SHM_NAME_BYTES]);

/* The MTU of the TUN in `slot`, or `other` while there is none. */
uint32_t twins_mtu(const struct twins *twins, uint32_t slot, uint32_t other);

/* Copies what the tunnels' twins have counted: at the moment when `counters` are copied, so that
 * the two belong together. */
void twins_show_counters(struct twins *twins);

/* Of the tunnel in `slot`, as copied last. */
struct twin_count twins_counted(const struct twins *twins, uint32_t slot);

/* The ways to the workers: the packets of a port's twin go to one of them, and those of a tunnel's,
 * so that their order is kept. */
struct twins_rings {
	unsigned count;
	struct rte_ring *ring[WORKERS_MAX];
	uint8_t sender[PORTS_MAX]; /* by port: a worker that has a transmit queue of it */
};

/* Waits up to `timeout_usec` for the kernel and moves what there is into the rings. Returns how
 * many. */
unsigned twins_read(struct twins *twins, struct rte_mempool *pool, const struct twins_rings *rings,
    unsigned timeout_usec);

/* Writes what is in the ring to the kernel. Returns how many. */
unsigned twins_write(struct twins *twins, struct rte_ring *ring);
