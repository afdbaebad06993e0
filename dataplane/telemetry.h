/* SPDX-License-Identifier: BSD-3-Clause
 *
 * /cgw/...: what the dataplane tells over DPDK's telemetry socket (dpdk-telemetry.py). No secrets.
 * Every answer is made in the housekeeping thread (telemetry_gate.h), between its other steps. */
#pragma once

#include "common/mono.h"
#include "dataplane/telemetry_gate.h"

struct capture;
struct counters;
struct moves;
struct port;
struct rte_mempool;
struct rte_tel_data;
struct state;
struct sync;
struct twins;
struct worker;

/* All that may be looked at; borrowed for the life of the process. */
struct telemetry {
	struct telemetry_gate gate;
	const char *instance;
	mono_t started;
	const struct port *ports;
	unsigned port_count;
	const struct worker *worker;
	unsigned worker_count;
	const struct counters *sum; /* of all threads, as published last */
	const struct rte_mempool *pool;
	const struct state *state;
	const struct sync *sync;
	const struct twins *twins;
	struct capture *capture;
};

/* Registers the commands; `t` is filled but for the gate, and stays. A second call replaces the
 * first. 0 or -errno: there is no telemetry then, and nothing else is the worse for it. */
int telemetry_start(struct telemetry *t);

/* No more answers. */
void telemetry_stop(struct telemetry *t);

/* One step: answers who asks. Housekeeping thread. */
void telemetry_tick(struct telemetry *t);

/* An answer: fills `d`. `params` is what stands behind the first comma, "" if nothing does. 0, or
 * -EINVAL: the parameter names nothing. */
typedef int telemetry_fn(const struct telemetry *t, const char *params, struct rte_tel_data *d);

/* telemetry_show.c */
telemetry_fn telemetry_status, telemetry_drops, telemetry_ports, telemetry_workers;
/* telemetry_tables.c */
telemetry_fn telemetry_tunnels, telemetry_sas, telemetry_routes;
/* telemetry_memory.c */
telemetry_fn telemetry_memory;
/* telemetry_capture.c */
telemetry_fn telemetry_capture, telemetry_capture_start, telemetry_capture_stop;
