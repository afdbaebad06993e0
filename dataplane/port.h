/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ports: DPDK devices under the names that people use. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/shm_abi.h"
#include "dataplane/args.h"

struct rte_mempool;

struct port {
	char name[SHM_NAME_BYTES];
	char device[ARGS_DEVICE_BYTES];
	uint16_t id; /* DPDK port id */
	uint8_t mac[6];
	uint32_t mtu; /* IP bytes */
	uint32_t speed_mbps;
	bool link_up;
	uint16_t rx_queues, tx_queues; /* had since port_start() */
};

/* Finds device, MAC and MTU; starts nothing. 0, or -ENODEV: EAL knows no such device. */
int port_find(struct port *port, const struct args_port *args);

/* Configures a receive and a transmit queue for each of `workers`, or as many as the device has,
 * and starts the port. 0 or -errno. */
int port_start(struct port *port, struct rte_mempool *pool, unsigned workers);

void port_stop(struct port *port);

/* Reads link state and speed again; true when they changed. */
bool port_refresh(struct port *port);
