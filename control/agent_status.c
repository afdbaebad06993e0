/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Snapshots for the console: tunnels and the dataplane. No keys. Routes: agent_show_routes.c.
 *
 * Records of state.v1 are copied under their slot and used from the copy; counters are read one by
 * one. Texts from there are cut at their field's end. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/tunnel.h"

static uint64_t count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---- tunnels ---- */

static void tunnel_counters(const struct tunnel *t, struct agent_tunnel_status *out)
{
	const struct shm_map *state = publish_state(t->agent->publish);
	const struct state_tunnel *shared =
	    state ? shm_map_at(state, STATE_TABLE_TUNNELS, t->slot) : NULL;
	struct state_tunnel copy;

	if (!shared || shm_slot_read(shared, &copy, offsetof(struct state_tunnel, in_packets)) ||
	    copy.instance != t->instance)
		return;
	out->in_packets = count(&shared->in_packets);
	out->in_bytes = count(&shared->in_bytes);
	out->out_packets = count(&shared->out_packets);
	out->out_bytes = count(&shared->out_bytes);
	out->in6_packets = count(&shared->in6_packets);
	out->in6_bytes = count(&shared->in6_bytes);
	out->out6_packets = count(&shared->out6_packets);
	out->out6_bytes = count(&shared->out6_bytes);
	out->in_drops = count(&shared->in_drops);
	out->out_drops = count(&shared->out_drops);
	tunnel_sa_refused(t, &out->replay_drops, &out->icv_drops);
	out->inner_mtu = atomic_load_explicit(&shared->inner_mtu, memory_order_relaxed);
}

static void tunnel_status(const struct tunnel *t, struct agent_tunnel_status *out)
{
	const struct config_tunnel *config = &t->agent->model->tunnel[t->number];

	*out = (struct agent_tunnel_status){
	    .number = t->number,
	    .gateway = t->gateway,
	    .up = t->up,
	    .since_unix = t->since_unix,
	    .local = t->peer ? t->source : t->config.local,
	    .remote = t->config.remote,
	    .inner_mtu = config->mtu,
	    .mss_limit = config->mss_limit,
	};
	memcpy(out->description, config->description, sizeof(out->description));
	if (config->address_set)
		out->inside_local = config->address.addr;
	if (config->remote_set)
		out->inside_remote = config->remote;
	if (t->peer) {
		ike_peer_status(t->peer, mono_now(), &out->ike);
	} else {
		out->ike.state = IKE_PEER_IDLE;
		(void)snprintf(out->ike.reason, sizeof(out->ike.reason), "%s", t->reason);
	}
	tunnel_counters(t, out);
	if (out->mss_limit == CFG_MSS_AUTO && out->inner_mtu > 40)
		out->mss_limit = out->inner_mtu - 40; /* IPv4 and TCP headers */
}

size_t agent_tunnels(struct agent *agent, struct agent_tunnel_status *out, size_t max)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= config_tunnels(); i++) {
		if (!agent->tunnel[i])
			continue;
		if (n < max)
			tunnel_status(agent->tunnel[i], &out[n]);
		n++;
	}
	return n;
}

bool agent_tunnel(struct agent *agent, uint32_t number, struct agent_tunnel_status *out)
{
	if (number == 0 || number > config_tunnels() || !agent->tunnel[number])
		return false;
	tunnel_status(agent->tunnel[number], out);
	return true;
}

/* ---- the dataplane ---- */

static void copy_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
	(void)snprintf(to, to_bytes, "%.*s", (int)strnlen(from, from_bytes), from);
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
		*p = (struct agent_port_status){
		    .up = copy.flags & STATE_PORT_LINK_UP, .mtu = copy.mtu};
		copy_text(p->name, sizeof(p->name), copy.name, sizeof(copy.name));
		copy_text(p->twin, sizeof(p->twin), copy.twin, sizeof(copy.twin));
		copy_text(p->device, sizeof(p->device), copy.device, sizeof(copy.device));
		memcpy(p->mac, copy.mac, sizeof(p->mac));
		p->rx_packets = count(&shared->rx_packets);
		p->rx_bytes = count(&shared->rx_bytes);
		p->tx_packets = count(&shared->tx_packets);
		p->tx_bytes = count(&shared->tx_bytes);
		p->punted = count(&shared->punted);
		p->injected = count(&shared->injected);
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
	}
}

void agent_dataplane(struct agent *agent, struct agent_dataplane_status *out)
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct state_totals *totals;

	memset(out, 0, sizeof(*out));
	out->alive = publish_alive(agent->publish, mono_now());
	out->generation = publish_generation(agent->publish);
	out->applied_generation = publish_applied(agent->publish);
	if (!state)
		return;
	totals = shm_map_at(state, STATE_TABLE_TOTALS, 0);
	out->rx = count(&totals->rx);
	out->tx = count(&totals->tx);
	out->punt = count(&totals->punt);
	out->drop = count(&totals->drop);
	out->made = count(&totals->made);
	out->consumed = count(&totals->consumed);
	list_workers(state, mono_now(), out);
	list_ports(state, out);
	list_drops(state, out);
}
