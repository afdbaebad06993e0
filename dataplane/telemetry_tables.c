/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telemetry: tunnels, SAs and routes. Of an SA everything but its keys, and those are not here: the
 * compiled SA and its counters are read, of the record only the names of the algorithms. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <rte_telemetry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"
#include "common/names.h"
#include "common/secret.h"
#include "common/shm_addr.h"
#include "common/shm_slot.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/telemetry.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"

#define LIST_MAX RTE_TEL_MAX_ARRAY_ENTRIES

/* "7": one slot. "7-": a list from there on, as without parameter from 0. */
static int parse_slot(const char *params, uint32_t *slot, bool *list)
{
	char *end;
	unsigned long value = strtoul(params, &end, 10);

	*list = params[0] == '\0' || (end > params && end[0] == '-' && end[1] == '\0');
	*slot = (uint32_t)value;
	if (params[0] && (!isdigit((unsigned char)params[0]) || value > UINT32_MAX))
		return -EINVAL;
	return *list || *end == '\0' ? 0 : -EINVAL;
}

static void add_ago(struct rte_tel_data *d, const char *name, int64_t nsec)
{
	if (nsec)
		rte_tel_data_add_dict_u64(
		    d, name, (uint64_t)((mono_now().nsec - nsec) / MONO_NSEC_PER_MSEC));
}

static void add_address(struct rte_tel_data *d, const char *name, const struct shm_addr *addr)
{
	struct ip_addr ip = shm_addr_ip(addr);
	char text[IP_ADDR_TEXT_BYTES];

	rte_tel_data_add_dict_string(d, name, ip_addr_format(&ip, text));
}

#define ADD_COUNTER(name) rte_tel_data_add_dict_u64(d, #name, counter_get(&counted->name));

static void add_tunnel(const struct telemetry *t, uint32_t slot, struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);
	const struct tunnel *tunnel = &s->tunnel[slot];
	const struct state_tunnel *counted = shm_map_at(&t->state->map, STATE_TABLE_TUNNELS, slot);
	char twin[SHM_NAME_BYTES];

	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "twin", twins_name(t->twins, slot, twin));
	rte_tel_data_add_dict_int(d, "twin_ready", twins_ready(t->twins, slot));
	rte_tel_data_add_dict_int(d, "usable", tunnel->usable);
	rte_tel_data_add_dict_int(d, "inner_mtu", tunnel->inner_mtu);
	if (tunnel->sa_out) {
		rte_tel_data_add_dict_u64(d, "sa_out", tunnel->sa_out->slot);
		add_address(d, "outer_local", &tunnel->sa_out->outer_local);
		add_address(d, "outer_remote", &tunnel->sa_out->outer_remote);
	}
	TUNNEL_COUNTERS(ADD_COUNTER)
	ADD_COUNTER(punted)
	ADD_COUNTER(injected)
	add_ago(d, "last_in_msec_ago", atomic_load(&counted->last_in_nsec));
	add_ago(d, "last_out_msec_ago", atomic_load(&counted->last_out_nsec));
}

static bool has_tunnel(const struct snapshot *s, uint32_t slot)
{
	return slot < s->tunnel_count && s->tunnel[slot].instance;
}

/* One slot's record by `add`, or the list of those that `has` says there are. */
static int show_slots(const struct telemetry *t, const char *params, uint32_t count,
    bool (*has)(const struct snapshot *s, uint32_t slot),
    void (*add)(const struct telemetry *t, uint32_t slot, struct rte_tel_data *d),
    struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);
	unsigned listed = 0;
	uint32_t slot;
	bool list;

	if (parse_slot(params, &slot, &list) < 0 || (!list && !has(s, slot)))
		return -EINVAL;
	if (!list) {
		add(t, slot, d);
		return 0;
	}
	rte_tel_data_start_array(d, RTE_TEL_U64_VAL);
	for (uint32_t i = slot; i < count && listed < LIST_MAX; i++)
		if (has(s, i) && ++listed)
			rte_tel_data_add_array_u64(d, i);
	return 0;
}

int telemetry_tunnels(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);

	return show_slots(t, params, s->tunnel_count, has_tunnel, add_tunnel, d);
}

/* The names of its algorithms, from the record; its keys are wiped at once. */
static void add_algorithms(const struct telemetry *t, const struct sa *sa, struct rte_tel_data *d)
{
	const void *record = shm_map_at(&t->sync->cfg, CFG_TABLE_SAS, sa->slot);
	struct cfg_sa cfg;

	if (record && shm_slot_read(record, &cfg, sizeof(cfg)) == 0 &&
	    cfg.instance == sa->instance) {
		rte_tel_data_add_dict_string(
		    d, "encryption", names_encr(cfg.encr, cfg.encr_key_bytes));
		rte_tel_data_add_dict_string(d, "integrity", names_auth(cfg.auth));
	}
	secret_wipe(&cfg, sizeof(cfg));
}

static void add_sa(const struct telemetry *t, uint32_t slot, struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);
	const struct sa *sa = s->sa[slot];
	const struct state_sa *counted = sa->run->state;
	char spi[16];

	snprintf(spi, sizeof(spi), "0x%08x", sa->spi);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "direction", sa->inbound ? "in" : "out");
	rte_tel_data_add_dict_string(d, "spi", spi);
	rte_tel_data_add_dict_u64(d, "tunnel", sa->tunnel);
	rte_tel_data_add_dict_int(d, "udp", sa->udp);
	add_algorithms(t, sa, d);
	add_address(d, "outer_local", &sa->outer_local);
	add_address(d, "outer_remote", &sa->outer_remote);
	rte_tel_data_add_dict_int(d, "ended", atomic_load(&counted->ended) != 0);
	rte_tel_data_add_dict_u64(d, "sequence", atomic_load(&counted->sequence));
	ADD_COUNTER(packets)
	ADD_COUNTER(bytes)
	ADD_COUNTER(replay_drops)
	ADD_COUNTER(icv_drops)
	ADD_COUNTER(other_drops)
	add_ago(d, "first_valid_msec_ago", atomic_load(&counted->first_valid_nsec));
	add_ago(d, "last_valid_msec_ago", atomic_load(&counted->last_valid_nsec));
	if (sa->inbound)
		rte_tel_data_add_dict_int(d, "worker", SA_ROUTE(atomic_load(&sa->run->place)));
}

static bool has_sa(const struct snapshot *s, uint32_t slot)
{
	return slot < s->sa_count && s->sa[slot];
}

int telemetry_sas(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);

	return show_slots(t, params, s->sa_count, has_sa, add_sa, d);
}

static void add_hops(const struct telemetry *t, const struct snapshot *s, const struct group *group,
    struct rte_tel_data *d)
{
	char name[16], text[64], twin[SHM_NAME_BYTES];

	for (uint32_t i = 0; i < group->count; i++) {
		const struct hop *hop = &group->hop[i];

		snprintf(name, sizeof(name), "hop%u", i);
		if (hop->kind == CFG_NH_TUNNEL)
			snprintf(text, sizeof(text), "tunnel %s%s",
			    twins_name(t->twins, hop->index, twin),
			    s->tunnel[hop->index].usable ? "" : " (down)");
		else if (hop->kind == CFG_NH_ADJ)
			snprintf(text, sizeof(text), "neighbour on %s%s",
			    s->adj[hop->index].port == PORT_NONE
				? "no port"
				: t->ports[s->adj[hop->index].port].name,
			    s->adj[hop->index].valid ? "" : " (down)");
		else
			snprintf(text, sizeof(text), "%s",
			    hop->kind == CFG_NH_PUNT ? "kernel" : "nowhere");
		rte_tel_data_add_dict_string(d, name, text);
	}
}

static uint32_t look_up(const struct fib_table *fib, const struct ip_addr *addr)
{
	uint32_t host = addr->family == IP_FAMILY_V4 ? ip_addr_v4_host(addr) : 0;
	uint32_t group = FIB_MISS;

	if (!fib)
		return FIB_MISS;
	if (addr->family == IP_FAMILY_V6)
		return fib_lookup6(fib, addr->bytes);
	fib_lookup4(fib, &host, &group, 1);
	return group;
}

int telemetry_routes(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	const struct snapshot *s = atomic_load(&t->sync->domain->current);
	const struct sync *sync = t->sync;
	struct ip_addr addr;
	uint32_t group;

	if (params[0] == '\0') {
		rte_tel_data_start_dict(d);
		rte_tel_data_add_dict_u64(d, "routes", sync->copies.route_count);
		rte_tel_data_add_dict_u64(d, "max", sync->route_max);
		rte_tel_data_add_dict_u64(d, "stamp", sync->copies.route_stamp);
		return 0;
	}
	if (ip_addr_parse(params, &addr) < 0)
		return -EINVAL;
	group = look_up(s->fib, &addr);
	rte_tel_data_start_dict(d);
	if (group >= s->group_count) {
		rte_tel_data_add_dict_string(d, "hop0",
		    "kernel, for there is no route here (a default route by a port is the kernel's "
		    "alone)");
		return 0;
	}
	rte_tel_data_add_dict_u64(d, "group", group);
	add_hops(t, s, &s->group[group], d);
	return 0;
}
