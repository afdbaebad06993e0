/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ports: DPDK devices under the names that people use. Housekeeping thread only, but for
 * port_usable() and the constant facts of a started port. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/shm_abi.h"
#include "dataplane/args.h"
#include "dataplane/port_caps.h"

struct rte_mempool;

struct port {
	char name[SHM_NAME_BYTES];
	char device[ARGS_DEVICE_BYTES];
	uint16_t id; /* DPDK port id */
	uint8_t mac[6];
	int socket;        /* NUMA node of the device, SOCKET_ID_ANY (-1) if it has none */
	unsigned if_index; /* of the kernel's interface behind it, 0 = none */
	bool mtu_given;    /* on the command line: nobody else's word counts */
	bool started;

	/* Constant after port_start(). */
	struct port_plan plan;
	uint16_t rx_queues, tx_queues; /* those of the plan: as asked for, or what the device has */
	uint32_t room; /* IP bytes that device and packet buffers hold, whatever the MTU becomes */

	/* What port_watch() last saw. */
	uint32_t mtu; /* IP bytes */
	uint32_t speed_mbps;
	bool link_up;
	uint64_t link_downs; /* how often the link was lost, however shortly */
	uint64_t rx_missed;  /* frames the device had no buffer or descriptor for */
	uint64_t rx_errors;  /* frames it took for broken, by its own count */
	uint32_t link_events_seen;
	bool lost_said;

	/* Written by EAL's interrupt thread. */
	_Atomic uint32_t link_events;
	_Atomic bool lost; /* the device was taken out, or has to be set up anew */
};

/* What port_watch() found changed. */
#define PORT_CHANGED_LINK 1u /* link, speed, or the device is lost */
#define PORT_CHANGED_MTU  2u

/* Finds device, MAC, NUMA node and MTU; starts nothing. 0, or -ENODEV: EAL knows no such device. */
int port_find(struct port *port, const struct args_port *args);

/* Configures and starts the port: `plan` says with how many queues and which offloads. Receive
 * queues take their buffers from `pool`, whose data room (without headroom) is wish->buffer_bytes;
 * wish->mtu is ignored in favour of port->mtu. 0 or -errno, said in the log. */
int port_start(struct port *port, struct rte_mempool *pool, const struct port_wish *wish);

/* Stops and closes it; for a port that was never started, nothing. */
void port_stop(struct port *port);

/* Looks at link, speed, MTU, errors and the device's own events; what changed is in the log and in
 * the result, a set of PORT_CHANGED_*. Never waits. */
unsigned port_watch(struct port *port);

/* A worker's question before it touches a queue: false once the device is gone. */
static inline bool port_usable(const struct port *port)
{
	return !atomic_load_explicit(&port->lost, memory_order_relaxed);
}
