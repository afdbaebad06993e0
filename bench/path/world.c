/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables as cgw-control would write them: NAT traversal, an anti-replay window, selectors, MSS
 * clamping, a LAN that the guard knows; a route and a next-hop group for each tunnel. */
#include "bench/path/world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/harness.h"
#include "common/ip.h"
#include "common/shm_slot.h"

#define TUNNEL_INSTANCE 1000u
#define SA_INSTANCE     100000u
#define SPI_BASE        0x5a000000u
#define SPI_SLOT_BITS   11
#define SA_SLOTS        (1u << SPI_SLOT_BITS)
#define SETTLE_TURNS    1000

/* Slots of adjacencies and groups. */
enum { ADJ_LAN, ADJ_WAN };
enum { GROUP_LAN, GROUP_KERNEL, GROUP_TUNNELS };

_Static_assert(2 * WORLD_TUNNELS <= SA_SLOTS, "two SAs for each tunnel");

static unsigned sa_slot(unsigned tunnel, bool inbound)
{
	return 2 * tunnel + (inbound ? 0 : 1);
}

uint32_t world_far_host(unsigned tunnel, unsigned i)
{
	return 0x0a000000u + (tunnel << 8) + 1 + i % 250;
}

uint32_t world_lan_host(unsigned i)
{
	return WORLD_LAN_NET + 1 + i % WORLD_LAN_HOSTS;
}

uint32_t world_peer(unsigned tunnel)
{
	return 0xc6120001u + tunnel; /* 198.18.0.1 and so on */
}

uint32_t world_spi_in(unsigned tunnel)
{
	return SPI_BASE + sa_slot(tunnel, true);
}

static struct shm_addr address(uint32_t host_order, uint8_t prefix_length)
{
	struct ip_addr ip = ip_addr_v4(host_order);
	struct shm_addr addr = {.family = IP_FAMILY_V4, .prefix_length = prefix_length};

	memcpy(addr.bytes, ip.bytes, sizeof(addr.bytes));
	return addr;
}

static void fill_keys(struct cfg_sa *sa, unsigned slot)
{
	for (unsigned i = 0; i < sizeof(sa->encr_key); i++)
		sa->encr_key[i] = (uint8_t)(i * 29 + slot * 7 + 3);
	for (unsigned i = 0; i < sizeof(sa->auth_key); i++)
		sa->auth_key[i] = (uint8_t)(i * 31 + slot * 11 + 5);
}

static struct cfg_sa make_sa(const struct world_algorithm *algorithm, unsigned tunnel, bool inbound)
{
	unsigned slot = sa_slot(tunnel, inbound);
	struct cfg_sa sa = {
	    .instance = SA_INSTANCE + slot,
	    .flags = CFG_SA_PRESENT | CFG_SA_UDP_ENCAP | (inbound ? CFG_SA_INBOUND : 0),
	    .spi_be = __builtin_bswap32(SPI_BASE + slot),
	    .tunnel = tunnel,
	    .encr = algorithm->encr,
	    .auth = algorithm->auth,
	    .encr_key_bytes = algorithm->encr_key_bytes,
	    .auth_key_bytes = algorithm->auth_key_bytes,
	    .udp_local_be = __builtin_bswap16(4500),
	    .udp_remote_be = __builtin_bswap16(4500),
	    .replay_window = 1024,
	    .outer_local = address(WORLD_OUR, 32),
	    .outer_remote = address(world_peer(tunnel), 32),
	    .ts_local = address(0, 0),
	    .ts_remote = address(0, 0),
	};

	fill_keys(&sa, slot);
	return sa;
}

void world_key(const struct world_algorithm *algorithm, unsigned tunnel, bool inbound,
    struct esp_crypto *ctx, struct esp_key *key)
{
	struct cfg_sa sa = make_sa(algorithm, tunnel, inbound);
	const struct esp_key_params params = {.encr = sa.encr,
	    .auth = sa.auth,
	    .encr_key = sa.encr_key,
	    .encr_key_bytes = sa.encr_key_bytes,
	    .auth_key = sa.auth_key,
	    .auth_key_bytes = sa.auth_key_bytes};

	if (esp_key_init(key, ctx, &params) < 0)
		bench_fail("%s: the key is refused", algorithm->name);
}

static void put(struct world *world, uint32_t table, uint32_t slot, const void *record)
{
	shm_slot_write(
	    shm_map_at(&world->cfg, table, slot), record, world->cfg.table[table].stride);
}

static void put_tunnel(struct world *world, unsigned i)
{
	struct cfg_sa in = make_sa(world->algorithm, i, true);
	struct cfg_sa out = make_sa(world->algorithm, i, false);
	struct cfg_group group = {
	    .member_count = 1, .member[0] = {.kind = CFG_NH_TUNNEL, .index = i, .weight = 1}};
	struct cfg_tunnel tunnel = {
	    .instance = TUNNEL_INSTANCE + i,
	    .flags = CFG_TUNNEL_PRESENT | CFG_TUNNEL_UP,
	    .number = i + 1,
	    .sa_out = sa_slot(i, false),
	    .sa_out_instance = out.instance,
	    .outer_adj = ADJ_WAN,
	    .mss_limit = CFG_MSS_AUTO,
	    .df = CFG_DF_CLEAR,
	    .inside_local = address(0xa9fe0002u + 4 * i, 30),
	    .inside_remote = address(0xa9fe0001u + 4 * i, 30),
	};

	snprintf(tunnel.twin, sizeof(tunnel.twin), "tunnel%u", i + 1);
	put(world, CFG_TABLE_SAS, sa_slot(i, true), &in);
	put(world, CFG_TABLE_SAS, sa_slot(i, false), &out);
	put(world, CFG_TABLE_TUNNELS, i, &tunnel);
	put(world, CFG_TABLE_GROUPS, GROUP_TUNNELS + i, &group);
}

/* In the order that the table wants: by address, a prefix before what it covers. */
static void put_routes(struct world *world)
{
	struct cfg_settings settings = {.route_stamp = 1, .route_bank = 1};
	struct cfg_route *route = shm_map_at(&world->cfg, CFG_TABLE_ROUTES_B, 0);
	uint32_t n = 0;

	for (unsigned i = 0; i < WORLD_TUNNELS; i++)
		route[n++] = (struct cfg_route){
		    .prefix = address(0x0a000000u + (i << 8), 24), .group = GROUP_TUNNELS + i};
	route[n++] =
	    (struct cfg_route){.prefix = address(WORLD_LAN_NET, 24), .group = GROUP_KERNEL};
	for (unsigned i = 0; i < WORLD_LAN_HOSTS; i++)
		route[n++] = (struct cfg_route){
		    .prefix = address(world_lan_host(i), 32), .group = GROUP_LAN};
	settings.route_count = n;
	put(world, CFG_TABLE_SETTINGS, 0, &settings);
}

static void put_tables(struct world *world)
{
	struct cfg_link link = {.flags = CFG_LINK_PRESENT | CFG_LINK_UP, .mss_limit = CFG_MSS_AUTO};
	struct cfg_adj adj = {
	    .flags = CFG_ADJ_VALID, .link = WORLD_PORT_TX, .mtu = 1500, .rewrite_bytes = 14};
	struct cfg_group group = {.member_count = 1};

	for (unsigned i = 0; i < WORLD_PORTS; i++) {
		memcpy(link.name, world->port[i].name, sizeof(link.name));
		put(world, CFG_TABLE_LINKS, i, &link);
	}
	memcpy(adj.rewrite, "\x02\x00\x00\x00\x00\x0a" WORLD_MAC "\x08\x00", 14);
	put(world, CFG_TABLE_ADJS, ADJ_LAN, &adj);
	adj.rewrite[5] = 0x0b;
	put(world, CFG_TABLE_ADJS, ADJ_WAN, &adj);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_ADJ, .index = ADJ_LAN, .weight = 1};
	put(world, CFG_TABLE_GROUPS, GROUP_LAN, &group);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_PUNT, .weight = 1};
	put(world, CFG_TABLE_GROUPS, GROUP_KERNEL, &group);
	for (unsigned i = 0; i < WORLD_TUNNELS; i++)
		put_tunnel(world, i);
	put_routes(world);
	atomic_fetch_add(&shm_map_header(&world->cfg)->generation, 1);
}

static void create_cfg(struct world *world)
{
	struct shm_region_spec spec = shm_cfg_spec();

	spec.spi_slot_bits = SPI_SLOT_BITS;
	spec.table[CFG_TABLE_TUNNELS].count = WORLD_TUNNELS;
	spec.table[CFG_TABLE_SAS].count = SA_SLOTS;
	if (shm_map_create(world->instance, &spec, &world->cfg) < 0)
		bench_fail("cannot make the tables of instance %s", world->instance);
}

/* The turns of both threads until the tables are in force. */
static void settle(struct world *world)
{
	const struct shm_header *cfg = shm_map_header(&world->cfg);
	mono_t now = mono_now();

	for (unsigned i = 0; i < SETTLE_TURNS; i++) {
		const struct shm_header *state;

		now = mono_add_msec(now, 2);
		sync_tick(&world->sync, now);
		worker_poll(&world->worker);
		state = shm_map_header(&world->state.map);
		if (atomic_load(&state->cfg_epoch) == cfg->epoch &&
		    atomic_load(&state->generation) == atomic_load(&cfg->generation) &&
		    !world->domain.retiring)
			return;
	}
	bench_fail("the tables did not come into force");
}

static void start_worker(struct world *world, unsigned burst)
{
	const struct worker_config config = {.count = 1,
	    .burst = burst,
	    .pool = world->pool,
	    .port = world->port,
	    .port_count = WORLD_PORTS,
	    .domain = &world->domain,
	    .handover = &world->handover};

	if (worker_init(&world->worker, &config) < 0)
		bench_fail("no worker");
	queues_assign(world->port, WORLD_PORTS, 1, &world->worker.queues);
	snapshot_worker_join(&world->domain, 0);
}

void world_open(struct world *world, const struct world_algorithm *algorithm,
    struct rte_mempool *pool, const struct port *tx, unsigned burst)
{
	struct snapshot *empty = snapshot_new(&(struct snapshot_sizes){0});

	memset(world, 0, sizeof(*world));
	snprintf(world->instance, sizeof(world->instance), "bench-%ld", (long)getpid());
	world->algorithm = algorithm;
	world->pool = pool;
	world->cfg.fd = -1;
	/* Until a measurement brings its own, nothing comes from anywhere. */
	world->port[WORLD_PORT_RX] = world->port[WORLD_PORT_TX] = *tx;
	snprintf(world->port[WORLD_PORT_RX].name, SHM_NAME_BYTES, "lan1");
	snprintf(world->port[WORLD_PORT_TX].name, SHM_NAME_BYTES, "lan2");
	memcpy(world->port[WORLD_PORT_RX].mac, WORLD_MAC, 6);
	if (!empty || snapshot_domain_init(&world->domain, empty, 1) < 0 ||
	    state_open(&world->state, world->instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS) < 0 ||
	    sync_init(&world->sync, world->instance, world->port, WORLD_PORTS, &world->domain,
		&world->state, ESP_ARCH_AUTO) < 0)
		bench_fail("no dataplane");
	start_worker(world, burst);
	create_cfg(world);
	put_tables(world);
	settle(world);
	if (world->sync.stats.invalid)
		bench_fail("the tables are not right");
}

static void remove_files(const struct world *world)
{
	static const char *const files[] = {SHM_CFG_FILE, SHM_STATE_FILE};
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, world->instance, files[i]);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, world->instance);
	(void)rmdir(path);
}

void world_close(struct world *world)
{
	worker_flush_lanes(&world->worker);
	snapshot_worker_leave(&world->domain, 0);
	worker_fini(&world->worker);
	snapshot_domain_fini(&world->domain);
	sync_fini(&world->sync);
	state_close(&world->state);
	shm_map_close(&world->cfg);
	remove_files(world);
}

void world_place(struct world *world, unsigned tunnel, unsigned worker)
{
	const struct snapshot *s = atomic_load(&world->domain.current);

	atomic_store(&s->sa[sa_slot(tunnel, true)]->run->place, SA_PLACE(worker, worker));
	tunnel_share(&s->tunnel[tunnel], worker, worker + 1);
}

struct sa *world_sa_in(const struct world *world, unsigned tunnel)
{
	const struct snapshot *s = atomic_load(&world->domain.current);

	return s->sa[sa_slot(tunnel, true)];
}

void world_forget_received(struct world *world, unsigned first, unsigned tunnels)
{
	const struct snapshot *s = atomic_load(&world->domain.current);

	for (unsigned i = first; i < first + tunnels; i++) {
		struct replay *replay = &s->sa[sa_slot(i, true)]->run->replay;

		replay_init(replay, replay->window, replay->esn, 0);
	}
}

uint64_t world_lost(const struct world *world)
{
	const struct counters *c = &world->worker.counters;
	uint64_t lost = rte_ring_count(world->worker.to_kernel);

	for (unsigned i = 1; i < DROP_COUNT; i++)
		lost += counter_get(&c->drop[i]);
	return lost;
}
