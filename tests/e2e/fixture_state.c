/* SPDX-License-Identifier: BSD-3-Clause
 *
 * state.v1 as JSON. Reads while the dataplane writes: numbers that were summed together, all else
 * whole words, each right by itself. */
#include "tests/e2e/fixture_state.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ip.h"
#include "common/shm_addr.h"
#include "common/shm_map.h"
#include "common/shm_slot.h"

#define TRIES    1000
#define TRY_USEC 100

static void print_ports(const struct shm_map *map)
{
	printf("\"ports\":{");
	for (uint32_t i = 0, first = 1; i < shm_map_count(map, STATE_TABLE_PORTS); i++) {
		const struct state_port *p = shm_map_at(map, STATE_TABLE_PORTS, i);

		if (!(p->flags & STATE_PORT_PRESENT))
			continue;
		printf("%s\"%.15s\":{\"flags\":%u,\"mtu\":%u,\"mac\":\"%02x:%02x:%02x:%02x:%02x:%"
		       "02x\","
		       "\"rx\":%" PRIu64 ",\"tx\":%" PRIu64 ",\"punted\":%" PRIu64
		       ",\"injected\":%" PRIu64 ",\"tx_failed\":%" PRIu64 ",\"link_downs\":%" PRIu64
		       ",\"rx_missed\":%" PRIu64 "}",
		    first ? "" : ",", p->name, p->flags, p->mtu, p->mac[0], p->mac[1], p->mac[2],
		    p->mac[3], p->mac[4], p->mac[5], atomic_load(&p->rx_packets),
		    atomic_load(&p->tx_packets), atomic_load(&p->punted), atomic_load(&p->injected),
		    atomic_load(&p->tx_failed), atomic_load(&p->link_downs),
		    atomic_load(&p->rx_missed));
		first = 0;
	}
	printf("}");
}

static void print_tunnels(const struct shm_map *map)
{
	printf(",\"tunnels\":{");
	for (uint32_t i = 0, first = 1; i < shm_map_count(map, STATE_TABLE_TUNNELS); i++) {
		const struct state_tunnel *t = shm_map_at(map, STATE_TABLE_TUNNELS, i);

		if (!t->instance)
			continue;
		printf("%s\"%u\":{\"instance\":%" PRIu64 ",\"in\":%" PRIu64 ",\"out\":%" PRIu64
		       ",\"in_bytes\":%" PRIu64 ",\"out_bytes\":%" PRIu64 ",\"in_drops\":%" PRIu64
		       ",\"out_drops\":%" PRIu64 ",\"twin_ready\":%u,\"inner_mtu\":%u}",
		    first ? "" : ",", i, t->instance, atomic_load(&t->in_packets),
		    atomic_load(&t->out_packets), atomic_load(&t->in_bytes),
		    atomic_load(&t->out_bytes), atomic_load(&t->in_drops),
		    atomic_load(&t->out_drops), atomic_load(&t->twin_ready),
		    atomic_load(&t->inner_mtu));
		first = 0;
	}
	printf("}");
}

static void print_sas(const struct shm_map *map)
{
	char text[IP_ADDR_TEXT_BYTES];

	printf(",\"sas\":{");
	for (uint32_t i = 0, first = 1; i < shm_map_count(map, STATE_TABLE_SAS); i++) {
		const struct state_sa *s = shm_map_at(map, STATE_TABLE_SAS, i);
		struct ip_addr peer = {.family = s->peer_addr.family};

		if (!s->instance)
			continue;
		memcpy(peer.bytes, s->peer_addr.bytes, sizeof(peer.bytes));
		printf("%s\"%u\":{\"instance\":%" PRIu64 ",\"sequence\":%" PRIu64
		       ",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"first_valid\":%" PRId64
		       ",\"last_valid\":%" PRId64 ",\"replay_drops\":%" PRIu64
		       ",\"icv_drops\":%" PRIu64 ",\"other_drops\":%" PRIu64
		       ",\"ended\":%u,\"peer\":\"%s\",\"peer_port\":%u}",
		    first ? "" : ",", i, s->instance, atomic_load(&s->sequence),
		    atomic_load(&s->packets), atomic_load(&s->bytes),
		    atomic_load(&s->first_valid_nsec), atomic_load(&s->last_valid_nsec),
		    atomic_load(&s->replay_drops), atomic_load(&s->icv_drops),
		    atomic_load(&s->other_drops), atomic_load(&s->ended),
		    ip_addr_format(&peer, text), ntohs(s->peer_port_be));
		first = 0;
	}
	printf("}");
}

static void print_totals(const struct shm_map *map)
{
	const struct state_totals *t = shm_map_at(map, STATE_TABLE_TOTALS, 0);

	printf(",\"drops\":{");
	for (uint32_t i = 0; i < shm_map_count(map, STATE_TABLE_DROPS); i++) {
		const struct state_drop *d = shm_map_at(map, STATE_TABLE_DROPS, i);

		printf("%s\"%.23s\":%" PRIu64, i ? "," : "", d->name, atomic_load(&d->packets));
	}
	printf("},\"totals\":{\"rx\":%" PRIu64 ",\"tx\":%" PRIu64 ",\"punt\":%" PRIu64
	       ",\"drop\":%" PRIu64 ",\"made\":%" PRIu64 ",\"consumed\":%" PRIu64
	       ",\"forwarded_punt\":%" PRIu64 ",\"src_moved\":%" PRIu64 ",\"in_flight\":%" PRIu64
	       ",\"forwarded_punt_rate\":%" PRIu64 ",\"handed\":%" PRIu64 "},\"sums\":%" PRIu64
	       ",\"crypto_arch\":%u",
	    atomic_load(&t->rx), atomic_load(&t->tx), atomic_load(&t->punt), atomic_load(&t->drop),
	    atomic_load(&t->made), atomic_load(&t->consumed), atomic_load(&t->forwarded_punt),
	    atomic_load(&t->src_moved), atomic_load(&t->in_flight),
	    atomic_load(&t->forwarded_punt_rate), atomic_load(&t->handed), atomic_load(&t->sums),
	    atomic_load(&t->crypto_arch));
}

static void print_workers(const struct shm_map *map)
{
	bool first = true;

	printf(",\"workers\":{");
	for (uint32_t i = 0; i < shm_map_count(map, STATE_TABLE_WORKERS); i++) {
		const struct state_worker *w = shm_map_at(map, STATE_TABLE_WORKERS, i);

		if (!atomic_load(&w->seen_nsec))
			continue;
		printf("%s\"%u\":{\"seen\":%" PRId64 ",\"received\":%" PRIu64 "}", first ? "" : ",",
		    i, atomic_load(&w->seen_nsec), atomic_load(&w->received));
		first = false;
	}
	printf("}");
}

static void print_capture(const struct shm_map *map)
{
	const struct state_totals *t = shm_map_at(map, STATE_TABLE_TOTALS, 0);

	printf(",\"capture\":{\"run\":%u,\"on\":%u,\"packets\":%" PRIu64 ",\"lost\":%" PRIu64 "}",
	    atomic_load(&t->capture_run), atomic_load(&t->capture_on),
	    atomic_load(&t->capture_packets), atomic_load(&t->capture_lost));
}

static void print_filters(const struct shm_map *map)
{
	bool first = true;

	printf(",\"filters\":{");
	for (uint32_t i = 0; i < shm_map_count(map, STATE_TABLE_FILTER_LISTS); i++) {
		const struct state_filter_list *list = shm_map_at(map, STATE_TABLE_FILTER_LISTS, i);

		for (unsigned k = 0; k < CFG_FILTER_LISTED; k++) {
			if (!atomic_load(&list->packets[k]))
				continue;
			printf("%s\"%u.%u\":%" PRIu64, first ? "" : ",", i, k,
			    atomic_load(&list->packets[k]));
			first = false;
		}
		if (atomic_load(&list->none))
			printf("%s\"%u.none\":%" PRIu64, first ? "" : ",", i,
			    atomic_load(&list->none));
		first = first && !atomic_load(&list->none);
	}
	printf("}");
}

static void print_events(const struct shm_map *map)
{
	bool first = true;

	printf(",\"events\":[");
	for (uint32_t i = 0; i < shm_map_count(map, STATE_TABLE_FILTER_LOG); i++) {
		const struct state_filter_event *e = shm_map_at(map, STATE_TABLE_FILTER_LOG, i);

		if (!e->number)
			continue;
		printf("%s{\"number\":%" PRIu64 ",\"untold\":%" PRIu64
		       ",\"list\":%u,\"filter\":%u,\"source\":%u,\"destination\":%u,"
		       "\"sport\":%u,\"dport\":%u,\"protocol\":%u,\"passed\":%u,\"later\":%u}",
		    first ? "" : ",", e->number, e->untold, e->list, e->filter, ntohl(e->source_be),
		    ntohl(e->destination_be), e->sport, e->dport, e->protocol, e->passed, e->later);
		first = false;
	}
	printf("]");
}

/* A copy of the region between two publications; the last one where they never end. */
static void *copy_of(const struct shm_map *map)
{
	const struct state_totals *totals = shm_map_at(map, STATE_TABLE_TOTALS, 0);
	void *copy = malloc(map->bytes);

	for (unsigned tries = 0; copy && tries < TRIES; tries++) {
		uint32_t before = atomic_load(&totals->writing);

		memcpy(copy, map->base, map->bytes);
		atomic_thread_fence(memory_order_acquire);
		if (!(before & 1) && atomic_load(&totals->writing) == before)
			break;
		usleep(TRY_USEC);
	}
	return copy;
}

const char *fixture_state(const char *instance)
{
	struct shm_region_spec spec = shm_state_spec(1, 1, 1);
	struct shm_map region = {.fd = -1}, map;

	if (shm_map_open(instance, &spec, &region) < 0)
		return "error no state";
	map = region;
	map.base = copy_of(&region);
	shm_map_close(&region);
	if (!map.base)
		return "error no memory";
	printf("{\"pid\":%u,\"generation\":%" PRIu64 ",\"heartbeat\":%" PRId64 ",",
	    shm_map_header(&map)->writer_pid, atomic_load(&shm_map_header(&map)->generation),
	    atomic_load(&shm_map_header(&map)->heartbeat_nsec));
	print_ports(&map);
	print_tunnels(&map);
	print_sas(&map);
	print_totals(&map);
	print_workers(&map);
	print_capture(&map);
	print_filters(&map);
	print_events(&map);
	free(map.base);
	return "}";
}
