/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Snapshot of the dataplane for the console and the metrics, and the snapshot that was made when
 * somebody asked for its counters to be cleared: the dataplane's own never go back.
 *
 * Records of state.v1 are copied under their slot and used from the copy; counters are read one by
 * one between two publications of the dataplane, so that they belong together. Texts from there are
 * cut at their field's end. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/tunnel.h"

/* A publication takes some microseconds, or until its writer has its processor back. */
#define TRIES 200

/* Kept from `clear status dataplane` on. */
struct agent_cleared {
	uint32_t pid; /* of the dataplane: the counters of another begin anew */
	struct agent_dataplane_status status;
};

static uint64_t count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint32_t count32(const _Atomic uint32_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void copy_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
	(void)snprintf(to, to_bytes, "%.*s", (int)strnlen(from, from_bytes), from);
}

static void count_port(const struct state_port *shared, struct agent_port_status *p)
{
	p->rx_packets = count(&shared->rx_packets);
	p->rx_bytes = count(&shared->rx_bytes);
	p->tx_packets = count(&shared->tx_packets);
	p->tx_bytes = count(&shared->tx_bytes);
	p->tx_failed = count(&shared->tx_failed);
	p->punted = count(&shared->punted);
	p->injected = count(&shared->injected);
	p->rx_missed = count(&shared->rx_missed);
	p->rx_errors = count(&shared->rx_errors);
	p->link_downs = count(&shared->link_downs);
}

static void list_ports(const struct shm_map *state, struct agent_dataplane_status *out)
{
	const size_t max = sizeof(out->port) / sizeof(out->port[0]);

	for (uint32_t i = 0; i < shm_map_count(state, STATE_TABLE_PORTS); i++) {
		const struct state_port *shared = shm_map_at(state, STATE_TABLE_PORTS, i);
		struct agent_port_status *p = &out->port[out->port_count];
		struct state_port copy;

		if (out->port_count == max)
			return;
		if (shm_slot_read(shared, &copy, offsetof(struct state_port, rx_packets)) ||
		    !(copy.flags & STATE_PORT_PRESENT))
			continue;
		out->port_count++;
		*p = (struct agent_port_status){.up = copy.flags & STATE_PORT_LINK_UP,
		    .mtu = copy.mtu,
		    .speed_mbps = copy.speed_mbps,
		    .missed_untold = copy.flags & STATE_PORT_MISSED_UNTOLD};
		copy_text(p->name, sizeof(p->name), copy.name, sizeof(copy.name));
		copy_text(p->twin, sizeof(p->twin), copy.twin, sizeof(copy.twin));
		copy_text(p->device, sizeof(p->device), copy.device, sizeof(copy.device));
		memcpy(p->mac, copy.mac, sizeof(p->mac));
		count_port(shared, p);
	}
}

uint32_t agent_port_mtu(const struct agent *agent, uint32_t lan)
{
	const struct shm_map *state = publish_state(agent->publish);
	char name[16];

	if (!state || !publish_alive(agent->publish, mono_now()))
		return 0;
	(void)snprintf(name, sizeof(name), "lan%u", lan);
	for (uint32_t i = 0; i < shm_map_count(state, STATE_TABLE_PORTS); i++) {
		const struct state_port *shared = shm_map_at(state, STATE_TABLE_PORTS, i);
		struct state_port copy;

		if (shm_slot_read(shared, &copy, offsetof(struct state_port, rx_packets)) == 0 &&
		    (copy.flags & STATE_PORT_PRESENT) &&
		    strncmp(copy.name, name, sizeof(copy.name)) == 0)
			return copy.mtu;
	}
	return 0;
}

/* What is configured counts where it is less than the device's. */
static void find_mtus(const struct agent *agent, struct agent_dataplane_status *out)
{
	for (size_t i = 0; agent->model && i < out->port_count; i++) {
		struct agent_port_status *p = &out->port[i];
		unsigned lan;
		uint32_t mtu = 0;

		if (sscanf(p->name, "lan%u", &lan) == 1 && lan <= CONFIG_LANS)
			mtu = agent->model->lan[lan].mtu;
		if (mtu && (mtu < p->mtu || !p->mtu))
			p->mtu = mtu;
	}
}

static void list_drops(const struct shm_map *state, struct agent_dataplane_status *out)
{
	const size_t max = sizeof(out->drop_reason) / sizeof(out->drop_reason[0]);
	uint32_t n = shm_map_count(state, STATE_TABLE_DROPS);

	for (uint32_t i = 0; i < n && out->drop_count < max; i++) {
		const struct state_drop *shared = shm_map_at(state, STATE_TABLE_DROPS, i);
		struct agent_drop *d = &out->drop_reason[out->drop_count];

		if (!shared->name[0])
			continue;
		out->drop_count++;
		copy_text(d->name, sizeof(d->name), shared->name, sizeof(shared->name));
		copy_text(d->text, sizeof(d->text), shared->text, sizeof(shared->text));
		d->packets = count(&shared->packets);
	}
}

/* Only while the dataplane is alive: what was seen last by one that is not says nothing. */
static void list_workers(
    const struct shm_map *state, mono_t now, struct agent_dataplane_status *out)
{
	const size_t max = sizeof(out->worker) / sizeof(out->worker[0]);

	for (uint32_t i = 0; i < shm_map_count(state, STATE_TABLE_WORKERS) && i < max; i++) {
		const struct state_worker *shared = shm_map_at(state, STATE_TABLE_WORKERS, i);
		int64_t seen = atomic_load(&shared->seen_nsec);
		struct agent_worker_status *w = &out->worker[out->worker_count];

		if (!seen || !out->alive)
			continue;
		out->worker_count++;
		w->seen_msec = now.nsec > seen ? (uint64_t)(now.nsec - seen) / 1000000 : 0;
		w->still = w->seen_msec > STATE_WORKER_STILL_MSEC;
		w->received = count(&shared->received);
		w->busy_permille = count32(&shared->busy_permille);
		w->busy_nsec = count(&shared->busy_nsec);
		w->busy_polls = count(&shared->busy_polls);
		w->polled = count(&shared->polled);
		w->ring_to_kernel = count32(&shared->ring_to_kernel);
		w->ring_from_kernel = count32(&shared->ring_from_kernel);
		w->ring_handover = count32(&shared->ring_handover);
	}
}

static void add_twin(
    const struct tunnel *t, const struct state_tunnel *shared, struct agent_dataplane_status *out)
{
	struct agent_twin_status *twin = &out->others;
	struct state_tunnel copy;

	if (!shared || shm_slot_read(shared, &copy, offsetof(struct state_tunnel, in_packets)) ||
	    copy.instance != t->instance)
		return;
	if (out->twin_count < AGENT_TWINS) {
		twin = &out->twin[out->twin_count++];
		*twin = (struct agent_twin_status){.number = t->number};
	}
	twin->punted += count(&shared->punted);
	twin->injected += count(&shared->injected);
}

static void list_twins(
    const struct agent *agent, const struct shm_map *state, struct agent_dataplane_status *out)
{
	const struct state_whole *whole = shm_map_at(state, STATE_TABLE_WHOLE, 0);

	for (uint32_t i = 1; i <= config_tunnels(); i++)
		if (agent->tunnel[i])
			add_twin(agent->tunnel[i],
			    shm_map_at(state, STATE_TABLE_TUNNELS, agent->tunnel[i]->slot), out);
	if (!whole)
		return;
	out->gone.punted = count(&whole->gone_punted);
	out->gone.injected = count(&whole->gone_injected);
	out->buffers = count(&whole->buffers);
	out->buffers_used = count(&whole->buffers_used);
	out->ring_kernel = count32(&whole->ring_kernel);
	out->ring_handover = count32(&whole->ring_handover);
}

static void copy_counters(
    const struct agent *agent, const struct shm_map *state, struct agent_dataplane_status *out)
{
	const struct state_totals *totals = shm_map_at(state, STATE_TABLE_TOTALS, 0);

	out->rx = count(&totals->rx);
	out->tx = count(&totals->tx);
	out->punt = count(&totals->punt);
	out->drop = count(&totals->drop);
	out->made = count(&totals->made);
	out->consumed = count(&totals->consumed);
	out->in_flight = count(&totals->in_flight);
	out->port_count = out->drop_count = out->twin_count = 0;
	out->others = (struct agent_twin_status){0};
	list_ports(state, out);
	list_drops(state, out);
	list_twins(agent, state, out);
}

void agent_dataplane(struct agent *agent, struct agent_dataplane_status *out)
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct agent_dataplane_status *cleared = agent_dataplane_cleared(agent);
	const struct state_totals *totals;

	memset(out, 0, sizeof(*out));
	out->alive = publish_alive(agent->publish, mono_now());
	out->wanted_mb = publish_wanted_mb(agent->publish, mono_now());
	out->generation = publish_generation(agent->publish);
	out->applied_generation = publish_applied(agent->publish);
	out->cleared_unix = cleared ? cleared->cleared_unix : 0;
	if (!state)
		return;
	totals = shm_map_at(state, STATE_TABLE_TOTALS, 0);
	for (unsigned tries = 0; tries < TRIES; tries++) {
		uint32_t before = atomic_load_explicit(&totals->writing, memory_order_acquire);

		copy_counters(agent, state, out);
		atomic_thread_fence(memory_order_acquire);
		if (!(before & 1) && count32(&totals->writing) == before)
			break;
		sched_yield();
	}
	find_mtus(agent, out);
	list_workers(state, mono_now(), out);
}

static uint32_t writer(const struct agent *agent)
{
	const struct shm_map *state = publish_state(agent->publish);

	return state ? shm_map_header(state)->writer_pid : 0;
}

const struct agent_dataplane_status *agent_dataplane_cleared(struct agent *agent)
{
	const struct agent_cleared *cleared = agent->cleared;

	return cleared && cleared->pid == writer(agent) ? &cleared->status : NULL;
}

int agent_dataplane_clear(struct agent *agent, int64_t now_unix)
{
	if (!agent->cleared)
		agent->cleared = calloc(1, sizeof(*agent->cleared));
	if (!agent->cleared)
		return -ENOMEM;
	agent_dataplane(agent, &agent->cleared->status);
	agent->cleared->pid = writer(agent);
	agent->cleared->status.cleared_unix = now_unix;
	return 0;
}
