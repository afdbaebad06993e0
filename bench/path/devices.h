/* SPDX-License-Identifier: BSD-3-Clause
 *
 * DPDK for a measurement in one process: one lcore on the CPU that the harness stays on, huge
 * pages, no files left behind, no other process; and what every worker needs of it. */
#pragma once

#include "dataplane/port.h"

struct rte_mempool;

/* Starts EAL with that much memory; ends the program when there is none. After bench_start(). */
void devices_start(const char *program, unsigned megabytes);

/* Adds a virtual device with its arguments and starts it under the name of a port, one queue each
 * way; ends the program when it does not go. */
void devices_add(struct port *port, const char *name, const char *device, const char *arguments,
    struct rte_mempool *pool);

/* Packet buffers as cgw-dataplane makes them, and net_null as the port "lan2". */
struct rte_mempool *devices_open(struct port *null_port);

/* The counterpart of both. */
void devices_stop(struct port *null_port);
