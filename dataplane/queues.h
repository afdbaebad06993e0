/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which worker polls which receive queue, and by which transmit queue its packets leave. */
#pragma once

#include <stdint.h>

#include "dataplane/counters.h"

struct port;

struct queue_rx {
	uint8_t port;   /* index */
	uint16_t queue; /* of the device */
};

struct queue_tx {
	uint8_t worker; /* that owns the queue this worker's packets leave by: itself or another */
	uint16_t queue; /* where it is this worker itself */
};

/* One worker's queues. All zero: queue 0 of no port at all. */
struct queues {
	unsigned rx_count;
	struct queue_rx rx[PORTS_MAX];
	struct queue_tx tx[PORTS_MAX]; /* by port */
};

/* Spreads the queues that the ports have (rx_queues, tx_queues: 1..workers each) over `workers`,
 * into queues[0..workers-1]. A port with fewer receive queues than there are workers is polled by
 * some of them, another port by others as far as they reach; one with fewer transmit queues gets
 * the rest of its packets through those who have one. Pure. */
void queues_assign(
    const struct port *ports, unsigned port_count, unsigned workers, struct queues *queues);
