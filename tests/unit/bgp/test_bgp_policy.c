/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is kept out of the rib although it is well-formed: martians, our own, what a filter refuses.
 */
#include "bgp_harness.h"

#define GOOD "40010100 40020602010000fc00 400304a9fe5a01"

static void announce(struct harness *h, const char *text)
{
	struct ip_prefix p = prefix(text);
	char nlri[16];

	snprintf(nlri, sizeof(nlri), "%02x%02x%02x%02x%02x", p.length, p.addr.bytes[0],
	    p.addr.bytes[1], p.addr.bytes[2], p.addr.bytes[3]);
	nlri[2 + (p.length + 7) / 8 * 2] = '\0';
	harness_update(h, "", GOOD, nlri);
	assert_int_equal(harness_state(h), BGP_ESTABLISHED);
}

static void test_B28_martians_are_left_out(void **state)
{
	static const struct {
		const char *prefix;
		bool accepted;
	} rows[] = {
	    {"169.254.0.0/16", false},
	    {"169.254.15.192/30", false},
	    {"169.254.169.254/32", false},
	    {"169.0.0.0/8", true}, /* less specific: the link's own route wins */
	    {"169.255.0.0/16", true},
	    {"127.0.0.0/8", false},
	    {"127.0.0.1/32", false},
	    {"224.0.0.0/4", false},
	    {"239.1.2.3/32", false},
	    {"240.0.0.0/4", false},
	    {"255.255.255.255/32", false},
	    {"0.0.0.0/8", false},
	    {"0.1.2.3/32", false},
	    {"0.0.0.0/0", true}, /* the default route is the caller's policy */
	    {"0.0.0.0/1", true},
	    {"128.0.0.0/1", true},
	    {"10.0.0.0/8", true},
	    {"192.168.1.0/24", true},
	    {"52.95.0.1/32", true},
	};
	struct bgp_config config = harness_config();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		harness_init(&h, &config);
		harness_establish(&h, true);
		announce(&h, rows[i].prefix);
		assert_int_equal(rib_find(h.rib, rows[i].prefix, NULL), rows[i].accepted);
		assert_int_equal(harness_status(&h).prefixes_refused, !rows[i].accepted);
		assert_int_equal(harness_status(&h).prefixes_in, rows[i].accepted);
		harness_free(&h);
	}
}

/* With inside addresses that are no link-local ones: the link itself is not learned through it. */
static void test_B28_the_link_to_the_neighbor_is_left_out(void **state)
{
	static const struct {
		const char *prefix;
		bool accepted;
	} rows[] = {
	    {"10.9.8.1/32", false},
	    {"10.9.8.2/32", false},
	    {"10.9.8.0/30", false},
	    {"10.9.8.0/29", false},
	    {"10.9.8.4/30", true},
	    {"10.9.8.0/24", true}, /* a network around it is fine: the link's own route wins */
	    {"10.0.0.0/8", true},
	};
	struct bgp_config config = harness_config();

	config.local = addr("10.9.8.2");
	config.remote = addr("10.9.8.1");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		harness_init(&h, &config);
		harness_establish(&h, true);
		announce(&h, rows[i].prefix);
		assert_int_equal(rib_find(h.rib, rows[i].prefix, NULL), rows[i].accepted);
		harness_free(&h);
	}
}

static bool no_lan(void *ctx, const struct bgp_config *from, const struct ip_prefix *p)
{
	const struct ip_prefix lan = prefix("192.168.200.0/24");

	assert_int_equal(from->neighbor, 1);
	(*(int *)ctx)++;
	return p->length != 0 && !ip_prefix_covers(&lan, p);
}

static void test_B28_filter_of_the_caller(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;
	int asked = 0;

	harness_init(&h, &config);
	bgp_rib_set_filter(h.rib, no_lan, &asked);
	harness_establish(&h, true);
	announce(&h, "0.0.0.0/0");
	announce(&h, "192.168.200.0/24");
	announce(&h, "192.168.200.7/32");
	announce(&h, "10.0.0.0/16");
	assert_int_equal(asked, 4);
	announce(&h, "127.0.0.0/8"); /* a martian is not even asked about */
	assert_int_equal(asked, 4);
	assert_int_equal(bgp_rib_prefix_count(h.rib), 1);
	assert_int_equal(rib_find(h.rib, "10.0.0.0/16", NULL), 1);
	assert_int_equal(harness_status(&h).prefixes_refused, 4);
	harness_free(&h);
}

/* A route that may not be used replaces, and so removes, the usable one before it. */
static void test_B17_loop_after_a_good_route_removes_it(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;

	harness_init(&h, &config);
	harness_establish(&h, true);
	announce(&h, "10.1.0.0/16");
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 1);
	harness_update(&h, "", "40010100 40020a02020000fc000000fde8 400304a9fe5a01", "100a01");
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 0);
	assert_non_null(harness_action(&h, BGP_ACT_RIB_CHANGED));
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(harness_status(&h).treated_as_withdraw, 0);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_B28_martians_are_left_out),
	    cmocka_unit_test(test_B28_the_link_to_the_neighbor_is_left_out),
	    cmocka_unit_test(test_B28_filter_of_the_caller),
	    cmocka_unit_test(test_B17_loop_after_a_good_route_removes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
