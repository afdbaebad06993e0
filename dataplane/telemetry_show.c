/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telemetry: the whole, the ports, the workers. */
#include <errno.h>
#include <inttypes.h>
#include <rte_telemetry.h>
#include <stdio.h>

#include "dataplane/port.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/telemetry.h"
#include "dataplane/worker.h"

static void add_balance(struct rte_tel_data *d, const struct counters *c)
{
	struct balance b = counters_balance(c);

	rte_tel_data_add_dict_u64(d, "rx", counter_get(&c->rx));
	rte_tel_data_add_dict_u64(d, "made", counter_get(&c->made));
	rte_tel_data_add_dict_u64(d, "tx", counter_get(&c->tx));
	rte_tel_data_add_dict_u64(d, "punt", counter_get(&c->punt));
	rte_tel_data_add_dict_u64(d, "drop", counters_dropped(c));
	rte_tel_data_add_dict_u64(d, "consumed", counter_get(&c->consumed));
	rte_tel_data_add_dict_u64(d, "taken", counter_get(&c->taken));
	rte_tel_data_add_dict_u64(d, "given", counter_get(&c->given));
	rte_tel_data_add_dict_u64(d, "held", counter_get(&c->held));
	rte_tel_data_add_dict_int(d, "balanced", balance_ok(b));
}

int telemetry_status(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	const struct state_totals *totals = shm_map_at(&t->state->map, STATE_TABLE_TOTALS, 0);
	const struct sync *sync = t->sync;

	if (params[0])
		return -EINVAL;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "instance", t->instance);
	rte_tel_data_add_dict_string(
	    d, "crypto", esp_crypto_arch_name(t->worker[0].encrypt.crypto));
	rte_tel_data_add_dict_u64(
	    d, "uptime_sec", (uint64_t)((mono_now().nsec - t->started.nsec) / MONO_NSEC_PER_SEC));
	rte_tel_data_add_dict_int(d, "workers", (int)t->worker_count);
	rte_tel_data_add_dict_int(d, "attached", sync->cfg.base != NULL);
	rte_tel_data_add_dict_u64(d, "generation", sync->scanned);
	rte_tel_data_add_dict_u64(
	    d, "applied", atomic_load(&shm_map_header(&t->state->map)->generation));
	rte_tel_data_add_dict_u64(d, "scans", sync->stats.scans);
	rte_tel_data_add_dict_u64(d, "scan_usec", sync->stats.scan_usec);
	rte_tel_data_add_dict_u64(d, "scan_usec_max", sync->stats.scan_usec_max);
	rte_tel_data_add_dict_u64(d, "torn", sync->stats.torn);
	rte_tel_data_add_dict_u64(d, "invalid", sync->stats.invalid);
	add_balance(d, t->sum);
	rte_tel_data_add_dict_u64(d, "in_flight", counters_balance(t->sum).in_flight);
	rte_tel_data_add_dict_u64(d, "forwarded_punt", counter_get(&t->sum->forwarded_punt));
	rte_tel_data_add_dict_u64(
	    d, "forwarded_punt_rate", atomic_load(&totals->forwarded_punt_rate));
	rte_tel_data_add_dict_u64(d, "src_moved", counter_get(&t->sum->src_moved));
	return 0;
}

_Static_assert(DROP_COUNT <= RTE_TEL_MAX_DICT_ENTRIES, "all reasons in one answer");

int telemetry_drops(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	if (params[0])
		return -EINVAL;
	rte_tel_data_start_dict(d);
	for (unsigned i = 1; i < DROP_COUNT; i++)
		rte_tel_data_add_dict_u64(d, drop_texts[i].name, counter_get(&t->sum->drop[i]));
	return 0;
}

static void add_port(struct rte_tel_data *d, const struct port *port, const struct port_counters *c)
{
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", port->mac[0], port->mac[1],
	    port->mac[2], port->mac[3], port->mac[4], port->mac[5]);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "device", port->device);
	rte_tel_data_add_dict_string(d, "mac", mac);
	rte_tel_data_add_dict_int(d, "link_up", port->link_up);
	rte_tel_data_add_dict_int(d, "speed_mbps", (int)port->speed_mbps);
	rte_tel_data_add_dict_int(d, "mtu", (int)port->mtu);
	rte_tel_data_add_dict_u64(d, "rx_packets", counter_get(&c->rx_packets));
	rte_tel_data_add_dict_u64(d, "rx_bytes", counter_get(&c->rx_bytes));
	rte_tel_data_add_dict_u64(d, "tx_packets", counter_get(&c->tx_packets));
	rte_tel_data_add_dict_u64(d, "tx_bytes", counter_get(&c->tx_bytes));
	rte_tel_data_add_dict_u64(d, "tx_failed", counter_get(&c->tx_failed));
	if (!port->plan.missed_untold)
		rte_tel_data_add_dict_u64(d, "rx_missed", port->rx_missed);
	else
		rte_tel_data_add_dict_string(d, "rx_missed", "not told by this device");
	rte_tel_data_add_dict_u64(d, "rx_errors", port->rx_errors);
	rte_tel_data_add_dict_u64(d, "link_downs", port->link_downs);
	rte_tel_data_add_dict_u64(d, "punted", counter_get(&c->punted));
	rte_tel_data_add_dict_u64(d, "injected", counter_get(&c->injected));
}

int telemetry_ports(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	if (params[0])
		return -EINVAL;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; i < t->port_count; i++) {
		struct rte_tel_data *port = rte_tel_data_alloc();

		if (!port)
			return -ENOMEM;
		add_port(port, &t->ports[i], &t->sum->port[i]);
		rte_tel_data_add_dict_container(d, t->ports[i].name, port, 0);
	}
	return 0;
}

/* A worker that idles is seen as often as one that is busy. */
static void add_seen(struct rte_tel_data *d, const struct state *state, unsigned index)
{
	const struct state_worker *worker = shm_map_at(&state->map, STATE_TABLE_WORKERS, index);
	int64_t seen = atomic_load(&worker->seen_nsec), now = mono_now().nsec;
	uint64_t msec = (uint64_t)(now - (seen ? seen : now)) / 1000000;

	rte_tel_data_add_dict_u64(d, "seen_msec_ago", msec);
	rte_tel_data_add_dict_int(d, "still", msec > STATE_WORKER_STILL_MSEC);
	rte_tel_data_add_dict_u64(d, "busy_permille", atomic_load(&worker->busy_permille));
	rte_tel_data_add_dict_u64(d, "busy_nsec", counter_get(&worker->busy_nsec));
	rte_tel_data_add_dict_u64(d, "busy_polls", counter_get(&worker->busy_polls));
	rte_tel_data_add_dict_u64(d, "polled", counter_get(&worker->polled));
	rte_tel_data_add_dict_u64(d, "ring_to_kernel", atomic_load(&worker->ring_to_kernel));
	rte_tel_data_add_dict_u64(d, "ring_from_kernel", atomic_load(&worker->ring_from_kernel));
	rte_tel_data_add_dict_u64(d, "ring_handover", atomic_load(&worker->ring_handover));
}

int telemetry_workers(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	if (params[0])
		return -EINVAL;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; i < t->worker_count; i++) {
		struct rte_tel_data *worker = rte_tel_data_alloc();
		char name[12];

		if (!worker)
			return -ENOMEM;
		snprintf(name, sizeof(name), "%u", i);
		rte_tel_data_start_dict(worker);
		add_seen(worker, t->state, i);
		add_balance(worker, &t->worker[i].shown);
		rte_tel_data_add_dict_container(d, name, worker, 0);
	}
	return 0;
}
