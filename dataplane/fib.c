/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The two copies of the forwarding tables and their merge-diff.
 *
 * rte_fib of DPDK 22.11 has no RCU and rte_lpm_add() is quadratic and refuses 0/0; hence whole
 * copies, each with the list of the routes that are in it. A copy whose change failed half-way is
 * thrown away, so it never comes into force half-made. */
#include "dataplane/fib.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"
#include "common/shm_addr.h"
#include "dataplane/memory.h"

/* The greatest next hop that a 2-byte entry holds is reserved for "none". */
#define MISS_2B     INT16_MAX
#define MISS_4B     INT32_MAX
#define TBL8_MIN    1024u
#define ROUTE_BYTES 600u /* of one copy, measured: 517 */
#define TBL8_MAX_2B 32767u

struct fib_table {
	struct rte_fib *v4;
	struct rte_fib6 *v6; /* NULL until there is an IPv6 route */
	uint64_t miss;
	struct cfg_route *route; /* what is in it */
	uint32_t count;
	uint64_t bytes4, bytes6; /* of DPDK's memory */
};

struct fib {
	struct fib_table table[2];
	unsigned current;
	uint32_t max_routes;
	uint32_t max_groups;
	unsigned serial; /* makes the names unique that rte_fib wants */
};

static uint32_t tbl8_count(const struct fib *fib)
{
	uint32_t want = fib->max_routes / 8;

	return want < TBL8_MIN ? TBL8_MIN : want > TBL8_MAX_2B ? TBL8_MAX_2B : want;
}

static bool wide(const struct fib *fib)
{
	return fib->max_groups >= MISS_2B;
}

static int open_v4(struct fib *fib, struct fib_table *table)
{
	char name[32];
	struct rte_fib_conf conf = {
	    .type = RTE_FIB_DIR24_8,
	    .default_nh = table->miss,
	    .max_routes = (int)fib->max_routes,
	    .dir24_8 =
		{
		    .nh_sz = wide(fib) ? RTE_FIB_DIR24_8_4B : RTE_FIB_DIR24_8_2B,
		    .num_tbl8 = tbl8_count(fib),
		},
	};

	uint64_t before = memory_heap();

	snprintf(name, sizeof(name), "cgw4_%u", fib->serial++);
	table->v4 = rte_fib_create(name, (int)rte_socket_id(), &conf);
	table->bytes4 = table->v4 ? memory_heap() - before : 0;
	return table->v4 ? 0 : -rte_errno;
}

/* Of very many routes few are of IPv6, whose table takes far more memory for each. */
static uint32_t max_routes6(const struct fib *fib)
{
	uint32_t part = fib->max_routes / 8;

	if (part < CFG_DEFAULT_ROUTES)
		part = CFG_DEFAULT_ROUTES;
	return part < fib->max_routes ? part : fib->max_routes;
}

static int open_v6(struct fib *fib, struct fib_table *table)
{
	char name[32];
	struct rte_fib6_conf conf = {
	    .type = RTE_FIB6_TRIE,
	    .default_nh = table->miss,
	    .max_routes = (int)max_routes6(fib),
	    .trie =
		{
		    .nh_sz = wide(fib) ? RTE_FIB6_TRIE_4B : RTE_FIB6_TRIE_2B,
		    .num_tbl8 = tbl8_count(fib),
		},
	};

	uint64_t before = memory_heap();

	snprintf(name, sizeof(name), "cgw6_%u", fib->serial++);
	table->v6 = rte_fib6_create(name, (int)rte_socket_id(), &conf);
	table->bytes6 = table->v6 ? memory_heap() - before : 0;
	return table->v6 ? 0 : -rte_errno;
}

static void close_table(struct fib_table *table)
{
	rte_fib_free(table->v4);
	rte_fib6_free(table->v6);
	table->v4 = NULL;
	table->v6 = NULL;
	table->bytes4 = table->bytes6 = 0;
	table->count = 0;
}

struct fib *fib_create(uint32_t routes, uint32_t groups)
{
	struct fib *fib = calloc(1, sizeof(*fib));

	if (!fib)
		return NULL;
	fib->max_routes = routes ? routes : 1;
	fib->max_groups = groups;
	for (unsigned i = 0; i < 2; i++) {
		struct fib_table *table = &fib->table[i];

		table->miss = wide(fib) ? MISS_4B : MISS_2B;
		table->route = calloc(fib->max_routes, sizeof(*table->route));
		if (!table->route || open_v4(fib, table) < 0) {
			fib_free(fib);
			return NULL;
		}
	}
	return fib;
}

void fib_free(struct fib *fib)
{
	if (!fib)
		return;
	for (unsigned i = 0; i < 2; i++) {
		close_table(&fib->table[i]);
		free(fib->table[i].route);
	}
	free(fib);
}

/* 22.11's: a first level of 2^24 entries of 2 or 4 bytes, and nodes of a tree, in each copy. */
uint64_t fib_wanted_bytes(uint32_t routes, uint32_t groups)
{
	const struct fib sizes = {.max_routes = routes, .max_groups = groups};
	uint64_t entry = wide(&sizes) ? 4 : 2;

	return 2 * ((entry << 24) + (uint64_t)routes * ROUTE_BYTES);
}

uint64_t fib_bytes(const struct fib *fib)
{
	uint64_t bytes = 2 * (uint64_t)fib->max_routes * sizeof(struct cfg_route);

	for (unsigned i = 0; i < 2; i++)
		bytes += fib->table[i].bytes4 + fib->table[i].bytes6;
	return bytes;
}

uint64_t fib_fixed_bytes(const struct fib *fib)
{
	uint64_t first = (UINT64_C(1) << 24) * (wide(fib) ? 4 : 2), bytes = 0;

	for (unsigned i = 0; i < 2; i++)
		bytes += first * (1u + (fib->table[i].v6 != NULL));
	return bytes;
}

const struct fib_table *fib_current(const struct fib *fib)
{
	return &fib->table[fib->current];
}

uint32_t fib_check(const struct cfg_route *routes, uint32_t count, uint32_t groups)
{
	struct ip_prefix last = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct ip_prefix prefix = shm_addr_prefix(&routes[i].prefix);
		struct ip_prefix masked;

		if (prefix.addr.family != IP_FAMILY_V4 && prefix.addr.family != IP_FAMILY_V6)
			return i;
		if (prefix.length > ip_family_bits(prefix.addr.family) || routes[i].group >= groups)
			return i;
		masked = ip_prefix_mask(&prefix);
		if (!ip_prefix_equal(&masked, &prefix))
			return i;
		if (i > 0 && ip_prefix_compare(&last, &prefix) >= 0)
			return i;
		last = prefix;
	}
	return count;
}

static int put(struct fib *fib, struct fib_table *table, const struct cfg_route *route)
{
	struct ip_prefix prefix = shm_addr_prefix(&route->prefix);
	int rc;

	if (prefix.addr.family == IP_FAMILY_V4)
		return rte_fib_add(
		    table->v4, ip_addr_v4_host(&prefix.addr), prefix.length, route->group);
	if (!table->v6) {
		rc = open_v6(fib, table);
		if (rc < 0)
			return rc;
	}
	return rte_fib6_add(table->v6, prefix.addr.bytes, prefix.length, route->group);
}

static int take(struct fib_table *table, const struct cfg_route *route)
{
	struct ip_prefix prefix = shm_addr_prefix(&route->prefix);

	if (prefix.addr.family == IP_FAMILY_V4)
		return rte_fib_delete(table->v4, ip_addr_v4_host(&prefix.addr), prefix.length);
	return rte_fib6_delete(table->v6, prefix.addr.bytes, prefix.length);
}

/* Deletes first, so that the tbl8 groups set free serve the additions. */
static int merge(struct fib *fib, struct fib_table *table, const struct cfg_route *want,
    uint32_t count, bool add)
{
	uint32_t have = 0, next = 0;
	int rc = 0;

	while ((have < table->count || next < count) && rc == 0) {
		int order;

		if (have == table->count) {
			order = 1;
		} else if (next == count) {
			order = -1;
		} else {
			struct ip_prefix a = shm_addr_prefix(&table->route[have].prefix);
			struct ip_prefix b = shm_addr_prefix(&want[next].prefix);

			order = ip_prefix_compare(&a, &b);
		}
		if (order < 0) {
			if (!add)
				rc = take(table, &table->route[have]);
			have++;
		} else if (order > 0) {
			if (add)
				rc = put(fib, table, &want[next]);
			next++;
		} else {
			if (add && table->route[have].group != want[next].group)
				rc = put(fib, table, &want[next]);
			have++;
			next++;
		}
	}
	return rc;
}

static int update(
    struct fib *fib, struct fib_table *table, const struct cfg_route *want, uint32_t count)
{
	int rc = merge(fib, table, want, count, false);

	return rc < 0 ? rc : merge(fib, table, want, count, true);
}

static int rebuild(
    struct fib *fib, struct fib_table *table, const struct cfg_route *want, uint32_t count)
{
	int rc;

	close_table(table);
	rc = open_v4(fib, table);
	return rc < 0 ? rc : update(fib, table, want, count);
}

/* rte_fib of 22.11 counts its second-level tables wrongly over deletions of covering prefixes and
 * then refuses a route although there is room: what the difference cannot do, a fresh copy can. */
int fib_prepare(struct fib *fib, const struct cfg_route *routes, uint32_t count)
{
	struct fib_table *table = &fib->table[!fib->current];
	int rc = -EBADF;

	if (count > fib->max_routes)
		return -ENOSPC;
	if (table->v4)
		rc = update(fib, table, routes, count);
	if (rc < 0)
		rc = rebuild(fib, table, routes, count);
	if (rc < 0) {
		close_table(table);
		return rc;
	}
	if (count)
		memcpy(table->route, routes, count * sizeof(*routes));
	table->count = count;
	return 0;
}

void fib_flip(struct fib *fib)
{
	fib->current = !fib->current;
}

void fib_lookup4(const struct fib_table *table, const uint32_t *addr, uint32_t *group, unsigned n)
{
	uint64_t next_hop[FIB_BURST];
	uint32_t ip[FIB_BURST];

	memcpy(ip, addr, n * sizeof(*addr));
	rte_fib_lookup_bulk(table->v4, ip, next_hop, (int)n);
	for (unsigned i = 0; i < n; i++)
		group[i] = next_hop[i] == table->miss ? FIB_MISS : (uint32_t)next_hop[i];
}

uint32_t fib_lookup6(const struct fib_table *table, const uint8_t addr[16])
{
	uint8_t ip[1][RTE_FIB6_IPV6_ADDR_SIZE];
	uint64_t next_hop = table->miss;

	if (!table->v6)
		return FIB_MISS;
	memcpy(ip[0], addr, sizeof(ip[0]));
	rte_fib6_lookup_bulk(table->v6, ip, &next_hop, 1);
	return next_hop == table->miss ? FIB_MISS : (uint32_t)next_hop;
}
