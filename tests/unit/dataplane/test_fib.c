/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The forwarding tables against the slowest right answer: a search through all routes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/ip.h"
#include "dataplane/fib.h"
#include "tests/unit/dataplane/eal.h"

#define ROUTES 2048
#define GROUPS 512

static struct cfg_route list[ROUTES];
static uint32_t count;

static struct cfg_route route(const char *text, uint32_t group)
{
	struct cfg_route r = {.group = group};
	struct ip_prefix prefix;

	assert_int_equal(ip_prefix_parse(text, &prefix), 0);
	memcpy(r.prefix.bytes, prefix.addr.bytes, sizeof(r.prefix.bytes));
	r.prefix.family = prefix.addr.family;
	r.prefix.prefix_length = prefix.length;
	return r;
}

static struct ip_prefix prefix_of(const struct cfg_route *r)
{
	struct ip_prefix prefix = {
	    .addr.family = r->prefix.family, .length = r->prefix.prefix_length};

	memcpy(prefix.addr.bytes, r->prefix.bytes, sizeof(prefix.addr.bytes));
	return prefix;
}

static int compare(const void *x, const void *y)
{
	struct ip_prefix a = prefix_of(x), b = prefix_of(y);

	return ip_prefix_compare(&a, &b);
}

static void sort_unique(void)
{
	uint32_t kept = 0;

	qsort(list, count, sizeof(list[0]), compare);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || compare(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	count = kept;
}

static uint32_t slow_lookup(const struct ip_addr *addr)
{
	uint32_t best = FIB_MISS;
	int length = -1;

	for (uint32_t i = 0; i < count; i++) {
		struct ip_prefix prefix = prefix_of(&list[i]);

		if (prefix.length > length && ip_prefix_contains(&prefix, addr)) {
			best = list[i].group;
			length = prefix.length;
		}
	}
	return best;
}

static uint32_t lookup4(const struct fib *fib, uint32_t addr)
{
	uint32_t group;

	fib_lookup4(fib_current(fib), &addr, &group, 1);
	return group;
}

static void set(struct fib *fib)
{
	sort_unique();
	assert_int_equal(fib_check(list, count, GROUPS), count);
	assert_int_equal(fib_prepare(fib, list, count), 0);
	fib_flip(fib);
}

static void test_longest_prefix_wins_down_to_the_default(void **state)
{
	struct fib *fib = *state;

	count = 0;
	list[count++] = route("0.0.0.0/0", 1);
	list[count++] = route("10.0.0.0/8", 2);
	list[count++] = route("10.0.134.0/24", 3);
	list[count++] = route("10.0.134.243/32", 4);
	set(fib);
	assert_int_equal(lookup4(fib, 0x08080808), 1);
	assert_int_equal(lookup4(fib, 0x0a010101), 2);
	assert_int_equal(lookup4(fib, 0x0a008601), 3);
	assert_int_equal(lookup4(fib, 0x0a0086f3), 4);
	count = 0;
	set(fib);
	assert_int_equal(lookup4(fib, 0x0a0086f3), FIB_MISS);
}

static void random_routes(void)
{
	count = 0;
	for (int i = 0; i < 600; i++) {
		uint32_t addr = (uint32_t)random() & 0x0f0f1fff;
		unsigned length = (unsigned)random() % 33;
		struct ip_prefix prefix = {
		    .addr = ip_addr_v4(0x0a000000 | addr), .length = (uint8_t)length};
		struct cfg_route *r = &list[count++];

		prefix = ip_prefix_mask(&prefix);
		*r = (struct cfg_route){.group = (uint32_t)random() % GROUPS};
		memcpy(r->prefix.bytes, prefix.addr.bytes, sizeof(r->prefix.bytes));
		r->prefix.family = IP_FAMILY_V4;
		r->prefix.prefix_length = prefix.length;
	}
}

static void test_every_update_equals_the_slow_answer(void **state)
{
	struct fib *fib = *state;

	srandom(1);
	for (int round = 0; round < 20; round++) {
		random_routes();
		set(fib);
		for (int i = 0; i < 1000; i++) {
			uint32_t host = 0x0a000000 | ((uint32_t)random() & 0x0f0f1fff);
			struct ip_addr addr = ip_addr_v4(host);

			assert_int_equal(lookup4(fib, host), slow_lookup(&addr));
		}
	}
}

static void test_the_copy_in_force_does_not_move_before_the_flip(void **state)
{
	struct fib *fib = *state;

	count = 0;
	list[count++] = route("10.0.0.0/8", 2);
	set(fib);
	list[0].group = 9;
	assert_int_equal(fib_prepare(fib, list, count), 0);
	assert_int_equal(lookup4(fib, 0x0a000001), 2);
	fib_flip(fib);
	assert_int_equal(lookup4(fib, 0x0a000001), 9);
}

static void test_ipv6(void **state)
{
	struct fib *fib = *state;
	struct ip_addr addr;

	count = 0;
	list[count++] = route("2001:db8::/32", 5);
	list[count++] = route("2001:db8:1::/48", 6);
	list[count++] = route("10.0.0.0/8", 7);
	set(fib);
	assert_int_equal(ip_addr_parse("2001:db8:1::9", &addr), 0);
	assert_int_equal(fib_lookup6(fib_current(fib), addr.bytes), 6);
	assert_int_equal(ip_addr_parse("2001:db8:2::9", &addr), 0);
	assert_int_equal(fib_lookup6(fib_current(fib), addr.bytes), 5);
	assert_int_equal(ip_addr_parse("2001:db9::", &addr), 0);
	assert_int_equal(fib_lookup6(fib_current(fib), addr.bytes), FIB_MISS);
	assert_int_equal(lookup4(fib, 0x0a000001), 7);
}

static void test_too_many_routes_change_nothing(void **state)
{
	struct fib *fib = *state;
	struct cfg_route *many = calloc(ROUTES + 1, sizeof(*many));

	count = 0;
	list[count++] = route("10.0.0.0/8", 2);
	set(fib);
	for (uint32_t i = 0; i <= ROUTES; i++) {
		many[i] = route("10.0.0.0/32", 3);
		many[i].prefix.bytes[2] = (uint8_t)(i >> 8);
		many[i].prefix.bytes[3] = (uint8_t)i;
	}
	assert_int_equal(fib_prepare(fib, many, ROUTES + 1), -ENOSPC);
	assert_int_equal(lookup4(fib, 0x0a000001), 2);
	free(many);
	list[0].group = 8;
	set(fib);
	assert_int_equal(lookup4(fib, 0x0a000001), 8);
}

/* More /32 routes in different /24s than there are second-level tables: half the change is in when
 * there is no more room. */
static void test_no_room_half_way_leaves_the_copy_in_force_and_recovers(void **state)
{
	struct fib *fib = *state;

	count = 0;
	list[count++] = route("10.0.0.0/8", 2);
	set(fib);
	count = 0;
	for (uint32_t i = 0; i < 1500; i++) {
		list[count] = route("10.0.0.0/32", 3);
		list[count].prefix.bytes[1] = (uint8_t)(i >> 8);
		list[count++].prefix.bytes[2] = (uint8_t)i;
	}
	sort_unique();
	assert_true(fib_prepare(fib, list, count) < 0);
	assert_int_equal(lookup4(fib, 0x0a000000), 2);
	count = 0;
	list[count++] = route("10.0.0.0/8", 4);
	set(fib);
	assert_int_equal(lookup4(fib, 0x0a000000), 4);
	assert_int_equal(lookup4(fib, 0x0b000000), FIB_MISS);
}

static void test_S05_banks_that_are_not_in_order_are_seen(void **state)
{
	static const struct {
		const char *what;
		struct cfg_route second;
	} bad[] = {
	    {"no family", {.prefix = {.family = 0}}},
	    {"unknown family", {.prefix = {.family = 5, .bytes = {20}}}},
	    {"length", {.prefix = {.family = 4, .bytes = {20}, .prefix_length = 33}}},
	    {"host bits", {.prefix = {.family = 4, .bytes = {20, 1}, .prefix_length = 8}}},
	    {"order", {.prefix = {.family = 4, .bytes = {9}, .prefix_length = 8}}},
	    {"twice", {.prefix = {.family = 4, .bytes = {10}, .prefix_length = 8}}},
	    {"group",
		{.prefix = {.family = 4, .bytes = {20}, .prefix_length = 8}, .group = GROUPS}},
	    {"any group",
		{.prefix = {.family = 4, .bytes = {20}, .prefix_length = 8}, .group = UINT32_MAX}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cfg_route routes[2] = {route("10.0.0.0/8", 1), bad[i].second};

		if (fib_check(routes, 2, GROUPS) != 1)
			fail_msg("%s was not seen", bad[i].what);
	}
}

static int setup(void **state)
{
	*state = fib_create(ROUTES, GROUPS);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	fib_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_longest_prefix_wins_down_to_the_default),
	    cmocka_unit_test(test_every_update_equals_the_slow_answer),
	    cmocka_unit_test(test_the_copy_in_force_does_not_move_before_the_flip),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_too_many_routes_change_nothing),
	    cmocka_unit_test(test_no_room_half_way_leaves_the_copy_in_force_and_recovers),
	    cmocka_unit_test(test_S05_banks_that_are_not_in_order_are_seen),
	};
	int rc;

	eal_start(NULL);
	rc = cmocka_run_group_tests(tests, setup, teardown);
	eal_stop();
	return rc;
}
