/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cycles of a route look-up, of tables with a thousand to a million routes.
 *
 * Routes lie side by side: sixteen of /24 (IPv6: /48), and the /20 (/44) around them. "hot" asks
 * for 256 destinations again and again, as few long flows do; "spread" for one of 65,536 at random,
 * whose entries no cache of the first two levels holds. Every answer is checked once against what
 * the route list says. */
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/path/devices.h"
#include "common/ip.h"
#include "dataplane/fib.h"

#define MEMORY_MB   64 /* to begin with; EAL takes more as the tables grow */
#define GROUPS      8192
#define BURST       32
#define HOT         256
#define SPREAD      65536
#define SAMPLE_ASKS 65536

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct ask {
	struct fib *fib;
	uint8_t family;
	uint32_t count; /* of the addresses */
	uint32_t addr4[SPREAD];
	uint8_t addr6[SPREAD][16];
	uint32_t want[SPREAD];
};

/* The `i`th block: a /24 from 11.0.0.0 on, a /48 from 2001:0000:0000::/48 on. */
static void block_address(uint8_t family, uint32_t i, uint8_t *out)
{
	memset(out, 0, 16);
	if (family == IP_FAMILY_V4) {
		uint32_t addr = 0x0b000000u + (i << 8);

		out[0] = (uint8_t)(addr >> 24);
		out[1] = (uint8_t)(addr >> 16);
		out[2] = (uint8_t)(addr >> 8);
	} else {
		out[0] = 0x20;
		out[1] = 0x01;
		out[2] = (uint8_t)(i >> 24);
		out[3] = (uint8_t)(i >> 16);
		out[4] = (uint8_t)(i >> 8);
		out[5] = (uint8_t)i;
	}
}

static bool starts_short(uint32_t block)
{
	return block % 16 == 0;
}

/* Sixteen blocks in a row are covered by one shorter route, which comes before them. */
static uint32_t make_routes(uint8_t family, struct cfg_route *route, uint32_t count)
{
	uint8_t bits = family == IP_FAMILY_V4 ? 24 : 48;
	uint32_t n = 0;

	for (uint32_t block = 0; n < count; block++) {
		for (int shorter = starts_short(block); shorter >= 0 && n < count; shorter--) {
			route[n] = (struct cfg_route){.group = n % GROUPS};
			block_address(family, block, route[n].prefix.bytes);
			route[n].prefix.family = family;
			route[n].prefix.prefix_length = (uint8_t)(bits - (shorter ? 4 : 0));
			n++;
		}
	}
	return n;
}

/* Where the list above has a block's own route. */
static uint32_t route_of(uint32_t block)
{
	return block / 16 * 17 + 1 + block % 16;
}

static uint32_t random32(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

static void choose(struct ask *ask, uint32_t routes, uint32_t count)
{
	uint32_t blocks = (routes / 17) * 16;

	ask->count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t block = (uint32_t)((uint64_t)random32() * blocks >> 32);
		uint8_t *a = ask->addr6[i];

		block_address(ask->family, block, a);
		a[ask->family == IP_FAMILY_V4 ? 3 : 15] = (uint8_t)(1 + random32() % 250);
		ask->addr4[i] =
		    (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
		ask->want[i] = route_of(block) % GROUPS;
	}
}

static void look_up(const struct ask *ask, uint32_t first, uint32_t *group)
{
	const struct fib_table *table = fib_current(ask->fib);

	if (ask->family == IP_FAMILY_V4) {
		fib_lookup4(table, ask->addr4 + first, group, BURST);
		return;
	}
	for (uint32_t i = 0; i < BURST; i++)
		group[i] = fib_lookup6(table, ask->addr6[first + i]);
}

static void check(const struct ask *ask)
{
	uint32_t group[BURST];

	for (uint32_t i = 0; i < ask->count; i += BURST) {
		look_up(ask, i, group);
		if (memcmp(group, ask->want + i, sizeof(group)) != 0)
			bench_fail("IPv%u: a look-up answers another group", ask->family);
	}
}

static double sample(void *self)
{
	const struct ask *ask = self;
	uint32_t group[BURST];
	uint64_t begin = bench_cycles();

	for (uint32_t done = 0; done < SAMPLE_ASKS; done += BURST) {
		look_up(ask, done % ask->count, group);
		bench_use(group[BURST - 1]);
	}
	return (double)(bench_cycles() - begin) / SAMPLE_ASKS;
}

static size_t allocated(void)
{
	struct rte_malloc_socket_stats stats;
	size_t bytes = 0;

	for (int socket = 0; socket < RTE_MAX_NUMA_NODES; socket++)
		if (rte_malloc_get_socket_stats(socket, &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	return bytes;
}

static struct bench_stat measure(struct ask *ask, uint32_t routes, uint32_t count, unsigned rounds)
{
	double samples[BENCH_ROUNDS_MAX];

	choose(ask, routes, count);
	check(ask);
	for (unsigned i = 0; i < rounds; i++)
		samples[i] = bench_sample(sample, ask);
	return bench_stat(samples, rounds);
}

/* `room`: routes that the tables are made for, of both families. */
static void measure_table(
    struct ask *ask, uint8_t family, uint32_t count, uint32_t room, unsigned rounds)
{
	struct cfg_route *route = calloc(count, sizeof(*route));
	size_t before = allocated(), bytes;
	struct bench_stat hot, spread;

	ask->family = family;
	ask->fib = route ? fib_create(room, GROUPS) : NULL;
	if (!ask->fib || fib_check(route, make_routes(family, route, count), GROUPS) != count ||
	    fib_prepare(ask->fib, route, count) < 0)
		bench_fail("no table of %u routes", count);
	fib_flip(ask->fib);
	bytes = allocated() - before;
	hot = measure(ask, count, HOT, rounds);
	spread = measure(ask, count, SPREAD, rounds);
	printf(
	    "{\"bench\":\"fib\",\"family\":%u,\"routes\":%u,\"bytes\":%zu,", family, count, bytes);
	bench_print_stat("hot_cycles", &hot);
	printf(",");
	bench_print_stat("spread_cycles", &spread);
	printf(",\"rounds\":%u}\n", rounds);
	fflush(stdout);
	fib_free(ask->fib);
	free(route);
}

int main(int argc, char **argv)
{
	/* Of a million routes an eighth may be of IPv6. */
	static const struct {
		uint8_t family;
		uint32_t count, room;
	} tables[] = {
	    {IP_FAMILY_V4, 1000, 1000},
	    {IP_FAMILY_V4, 100000, 100000},
	    {IP_FAMILY_V4, 1000000, 1000000},
	    {IP_FAMILY_V6, 1000, 1000},
	    {IP_FAMILY_V6, 65536, 65536},
	    {IP_FAMILY_V6, 125000, 1000000},
	};
	static struct ask ask;
	unsigned rounds = bench_start(argc, argv);

	devices_start("bench_fib", MEMORY_MB);
	bench_print_machine("bench_fib", NULL);
	for (size_t i = 0; i < COUNT(tables); i++)
		measure_table(&ask, tables[i].family, tables[i].count, tables[i].room, rounds);
	printf(
	    "{\"bench\":\"end\",\"program\":\"bench_fib\",\"disturbed\":%lu}\n", bench_disturbed());
	return 0;
}
