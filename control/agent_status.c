/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Snapshots of the tunnels for the console. No keys. Routes: agent_show_routes.c, the dataplane:
 * agent_dataplane.c.
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

static void tunnel_counters(const struct tunnel *t, struct agent_tunnel_status *out)
{
	const struct shm_map *state = publish_state(t->agent->publish);
	const struct state_tunnel *shared =
	    state ? shm_map_at(state, STATE_TABLE_TUNNELS, t->slot) : NULL;
	struct agent_sa_counts sas = {0};
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
	tunnel_sa_refused(t, &sas);
	out->replay_drops = sas.replay_drops;
	out->icv_drops = sas.icv_drops;
	out->other_drops = sas.other_drops;
	for (uint32_t i = 0; i < out->ike.child_count && i < IKE_STATUS_SAS; i++)
		tunnel_sa_count(t, out->ike.child[i].spi_in, &out->sa_in[i], &out->sa_out[i]);
	out->punted = count(&shared->punted);
	out->injected = count(&shared->injected);
	out->inner_mtu = atomic_load_explicit(&shared->inner_mtu, memory_order_relaxed);
}

static enum agent_tunnel_fault of_ike(enum ike_fault fault)
{
	switch (fault) {
	case IKE_FAULT_OTHER: break;
	case IKE_FAULT_SILENT: return AGENT_TUNNEL_SILENT;
	case IKE_FAULT_PROPOSAL: return AGENT_TUNNEL_PROPOSAL;
	case IKE_FAULT_KEY: return AGENT_TUNNEL_KEY;
	case IKE_FAULT_NETWORKS: return AGENT_TUNNEL_NETWORKS;
	}
	return AGENT_TUNNEL_OTHER;
}

static void tunnel_status(const struct tunnel *t, struct agent_tunnel_status *out)
{
	const struct config_tunnel *config = &t->agent->model->tunnel[t->number];

	*out = (struct agent_tunnel_status){
	    .number = t->number,
	    .gateway = t->gateway,
	    .up = tunnel_is_open(t),
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
	if (t->peer && !t->leaving) {
		ike_peer_status(t->peer, mono_now(), &out->ike);
		out->fault = of_ike(out->ike.fault);
	} else {
		out->ike.state = IKE_PEER_IDLE;
		out->no_socket = t->no_socket;
		out->fault = t->fault;
		(void)snprintf(out->ike.reason, sizeof(out->ike.reason), "%s", t->reason);
	}
	tunnel_counters(t, out);
	if (out->mss_limit == CFG_MSS_AUTO && out->inner_mtu > 40)
		out->mss_limit = out->inner_mtu - 40; /* IPv4 and TCP headers */
}

/* NULL: there is none, or it is on its way out for good. */
static const struct tunnel *shown(const struct agent *agent, uint32_t number)
{
	return agent->tunnel[number] && tunnel_is_wanted(agent, number) ? agent->tunnel[number]
									: NULL;
}

size_t agent_tunnels(struct agent *agent, struct agent_tunnel_status *out, size_t max)
{
	size_t n = 0;

	agent_settle(agent);
	for (uint32_t i = 1; i <= config_tunnels(); i++) {
		const struct tunnel *t = shown(agent, i);

		if (!t)
			continue;
		if (n < max)
			tunnel_status(t, &out[n]);
		n++;
	}
	return n;
}

bool agent_tunnel(struct agent *agent, uint32_t number, struct agent_tunnel_status *out)
{
	const struct tunnel *t = number && number <= config_tunnels() ? shown(agent, number) : NULL;

	if (!t)
		return false;
	tunnel_status(t, out);
	return true;
}
