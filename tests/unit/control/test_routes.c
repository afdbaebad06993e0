/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From routes to groups: which source wins, which ways are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/routes.h"
#include "tests/unit/control/fail_memory.h"

static uint32_t up_mask; /* bit n: index n is up */

static bool up(void *ctx, uint8_t kind, uint32_t index)
{
	(void)ctx;
	(void)kind;
	return up_mask >> index & 1;
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static struct routes_entry entry(const char *text, uint32_t preference)
{
	return (struct routes_entry){.prefix = prefix(text), .preference = preference};
}

static void test_best_source_of_a_prefix_is_kept_and_all_are_in_order(void **state)
{
	struct routes_set set = {0};
	struct routes_entry e[] = {
	    entry("10.0.0.0/16", ROUTES_BGP),
	    entry("10.0.0.0/8", ROUTES_PRIVATE),
	    entry("10.0.0.0/16", ROUTES_STATIC),
	    entry("192.168.1.77/24", ROUTES_CONNECTED), /* host bits are masked */
	    entry("10.0.0.0/16", ROUTES_GUARD),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(e) / sizeof(e[0]); i++)
		assert_int_equal(routes_add(&set, &e[i]), 0);
	routes_settle(&set);
	assert_int_equal(set.count, 3);
	for (size_t i = 1; i < set.count; i++)
		assert_true(ip_prefix_compare(&set.entry[i - 1].prefix, &set.entry[i].prefix) < 0);
	for (size_t i = 0; i < set.count; i++) {
		struct ip_prefix sixteen = prefix("10.0.0.0/16"), lan = prefix("192.168.1.0/24");

		if (ip_prefix_equal(&set.entry[i].prefix, &sixteen))
			assert_int_equal(set.entry[i].preference, ROUTES_STATIC);
		else if (set.entry[i].preference == ROUTES_CONNECTED)
			assert_true(ip_prefix_equal(&set.entry[i].prefix, &lan));
	}
	routes_free(&set);
}

static void test_equal_ways_share_by_weight_and_hide_when_down(void **state)
{
	struct routes_entry e = entry("10.0.0.0/16", ROUTES_STATIC);
	struct cfg_group g;

	(void)state;
	routes_hop_add(&e, CFG_NH_TUNNEL, 1, 3, 0);
	routes_hop_add(&e, CFG_NH_TUNNEL, 2, 1, 0);
	up_mask = 1 << 1 | 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 2);
	assert_int_equal(g.member[0].weight, 3);
	assert_int_equal(g.member[1].index, 2);
	up_mask = 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].index, 2);
}

static void test_best_rank_that_is_up_is_used_alone(void **state)
{
	struct routes_entry e = entry("10.0.0.0/16", ROUTES_BGP);
	struct cfg_group g;

	(void)state;
	routes_hop_add(&e, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&e, CFG_NH_TUNNEL, 2, 1, 1);
	up_mask = 1 << 1 | 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].index, 1);
	up_mask = 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].index, 2);
}

static void test_no_way_up_is_a_drop_and_never_a_fall_through(void **state)
{
	struct routes_entry e = entry("10.0.0.0/16", ROUTES_BGP), none = e;
	struct cfg_group g;

	(void)state;
	routes_hop_add(&e, CFG_NH_TUNNEL, 1, 1, 0);
	up_mask = 0;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].kind, CFG_NH_DROP);
	routes_members(&none, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].kind, CFG_NH_DROP);
}

static void test_weight_zero_is_standby(void **state)
{
	struct routes_entry e = entry("10.0.0.0/16", ROUTES_STATIC);
	struct cfg_group g;

	(void)state;
	routes_hop_add(&e, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&e, CFG_NH_TUNNEL, 2, 0, 0);
	up_mask = 1 << 1 | 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].index, 1);
	up_mask = 1 << 2;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, 1);
	assert_int_equal(g.member[0].index, 2);
	assert_int_equal(g.member[0].weight, 1);
}

static void test_punt_needs_nothing_to_be_up(void **state)
{
	struct routes_entry e = entry("192.168.1.0/24", ROUTES_CONNECTED);
	struct cfg_group g;

	(void)state;
	routes_hop_add(&e, CFG_NH_PUNT, 0, 1, 0);
	up_mask = 0;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member[0].kind, CFG_NH_PUNT);
}

static void test_more_ways_than_a_group_holds_are_left_out(void **state)
{
	struct routes_entry e = entry("10.0.0.0/16", ROUTES_STATIC);
	struct cfg_group g;

	(void)state;
	for (uint32_t i = 0; i < CFG_GROUP_MEMBERS + 5; i++)
		routes_hop_add(&e, CFG_NH_TUNNEL, i, 1, 0);
	up_mask = UINT32_MAX;
	routes_members(&e, up, NULL, &g);
	assert_int_equal(g.member_count, CFG_GROUP_MEMBERS);
}

static void test_group_is_named_by_its_ways_and_not_by_what_is_up(void **state)
{
	struct routes_entry a = entry("10.0.0.0/16", ROUTES_BGP);
	struct routes_entry b = entry("10.1.0.0/16", ROUTES_BGP), c;

	(void)state;
	routes_hop_add(&a, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&a, CFG_NH_TUNNEL, 2, 1, 1);
	c = b;
	routes_hop_add(&b, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&b, CFG_NH_TUNNEL, 2, 1, 1);
	routes_hop_add(&c, CFG_NH_TUNNEL, 2, 1, 0);
	routes_hop_add(&c, CFG_NH_TUNNEL, 1, 1, 1);
	assert_true(routes_same_hops(&a, &b));
	assert_int_equal(routes_hash_hops(&a), routes_hash_hops(&b));
	assert_false(routes_same_hops(&a, &c));
}

static enum routes_use use(const struct routes_set *set, const char *text, uint32_t preference,
    uint8_t kind, uint32_t index)
{
	struct ip_prefix p = prefix(text);

	return routes_use(set, &p, preference, kind, index, up, NULL);
}

static void test_what_becomes_of_each_way_is_what_forwards(void **state)
{
	struct routes_entry both = entry("10.0.0.0/16", ROUTES_STATIC),
			    failover = entry("10.1.0.0/16", ROUTES_BGP),
			    nowhere = entry("10.2.0.0/16", ROUTES_STATIC), /* null, or no tunnel */
	    learnt = entry("10.2.0.0/16", ROUTES_BGP);
	struct routes_set set = {0};

	(void)state;
	routes_hop_add(&both, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&both, CFG_NH_TUNNEL, 2, 1, 0);
	routes_hop_add(&failover, CFG_NH_TUNNEL, 1, 1, 0);
	routes_hop_add(&failover, CFG_NH_TUNNEL, 2, 1, 1);
	routes_hop_add(&learnt, CFG_NH_TUNNEL, 1, 1, 0);
	assert_int_equal(routes_add(&set, &both), 0);
	assert_int_equal(routes_add(&set, &failover), 0);
	assert_int_equal(routes_add(&set, &nowhere), 0);
	assert_int_equal(routes_add(&set, &learnt), 0);
	routes_settle(&set);
#define USE(text, source, kind, index) use(&set, text, ROUTES_##source, CFG_NH_##kind, index)
	up_mask = 1 << 1 | 1 << 2;
	assert_int_equal(USE("10.0.0.0/16", STATIC, TUNNEL, 1), ROUTES_USED);
	assert_int_equal(USE("10.0.0.0/16", STATIC, TUNNEL, 2), ROUTES_USED);
	assert_int_equal(USE("10.1.0.0/16", BGP, TUNNEL, 1), ROUTES_USED);
	assert_int_equal(USE("10.1.0.0/16", BGP, TUNNEL, 2), ROUTES_UNUSED);
	/* A static route through what is not there wins and drops; the learnt one is not used. */
	assert_int_equal(USE("10.2.0.0/16", STATIC, TUNNEL, SHM_INDEX_NONE), ROUTES_DROPPING);
	assert_int_equal(USE("10.2.0.0/16", STATIC, DROP, 0), ROUTES_USED);
	assert_int_equal(USE("10.2.0.0/16", BGP, TUNNEL, 1), ROUTES_UNUSED);
	assert_int_equal(USE("10.9.0.0/16", BGP, TUNNEL, 1), ROUTES_UNUSED);
	up_mask = 1 << 2;
	assert_int_equal(USE("10.0.0.0/16", STATIC, TUNNEL, 1), ROUTES_UNUSED);
	assert_int_equal(USE("10.1.0.0/16", BGP, TUNNEL, 1), ROUTES_UNUSED);
	assert_int_equal(USE("10.1.0.0/16", BGP, TUNNEL, 2), ROUTES_USED);
	up_mask = 0;
	assert_int_equal(USE("10.0.0.0/16", STATIC, TUNNEL, 1), ROUTES_DROPPING);
	assert_int_equal(USE("10.1.0.0/16", BGP, TUNNEL, 2), ROUTES_DROPPING);
#undef USE
	routes_free(&set);
}

static void test_prefixes_that_cover_an_address_from_the_longest_on(void **state)
{
	static const char *const prefixes[] = {"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16",
	    "10.1.2.0/24", "10.1.3.0/24", "10.1.2.3/32", "11.0.0.0/8"};
	static const int lengths[] = {32, 24, 16, 8, 0};
	const struct routes_entry *entry;
	struct routes_set set = {0};
	struct ip_prefix host = prefix("10.1.2.3/32"), other = prefix("192.0.2.1/32");
	int length = 32;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct routes_entry one = {.prefix = prefix(prefixes[i])};

		assert_int_equal(routes_add(&set, &one), 0);
	}
	routes_settle(&set);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		entry = routes_cover(&set, &host.addr, length);
		assert_non_null(entry);
		assert_int_equal(entry->prefix.length, lengths[i]);
		length = entry->prefix.length - 1;
	}
	assert_null(routes_cover(&set, &host.addr, length));
	assert_int_equal(routes_cover(&set, &other.addr, 32)->prefix.length, 0);
	assert_null(routes_cover(&(struct routes_set){0}, &other.addr, 32));
	routes_free(&set);
}

static void test_a_set_that_found_no_memory_is_incomplete_until_it_is_made_anew(void **state)
{
	const struct routes_entry entry = {.prefix = {ip_addr_v4(0x0a000000), 8}};
	struct routes_set set = {0};

	no_memory = true;
	assert_int_equal(routes_add(&set, &entry), -ENOMEM);
	no_memory = false;
	assert_true(set.incomplete);
	assert_int_equal(routes_add(&set, &entry), 0);
	routes_settle(&set);
	assert_true(set.incomplete);
	routes_clear(&set);
	assert_int_equal(routes_add(&set, &entry), 0);
	assert_false(set.incomplete);
	routes_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_best_source_of_a_prefix_is_kept_and_all_are_in_order),
	    cmocka_unit_test(test_equal_ways_share_by_weight_and_hide_when_down),
	    cmocka_unit_test(test_best_rank_that_is_up_is_used_alone),
	    cmocka_unit_test(test_no_way_up_is_a_drop_and_never_a_fall_through),
	    cmocka_unit_test(test_weight_zero_is_standby),
	    cmocka_unit_test(test_punt_needs_nothing_to_be_up),
	    cmocka_unit_test(test_more_ways_than_a_group_holds_are_left_out),
	    cmocka_unit_test(test_what_becomes_of_each_way_is_what_forwards),
	    cmocka_unit_test(test_group_is_named_by_its_ways_and_not_by_what_is_up),
	    cmocka_unit_test(test_prefixes_that_cover_an_address_from_the_longest_on),
	    cmocka_unit_test(test_a_set_that_found_no_memory_is_incomplete_until_it_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
