/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Engines against engines: start together, lose the link, flap for an hour, live for a month; and
 * the gateway's shape, one rib with two neighbours of the same AS. */
#include "bgp_net.h"

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void); /* of the sanitizer's runtime */
#define ALLOCATED_BYTES() __sanitizer_get_current_allocated_bytes()
#else
#include <malloc.h>
#define ALLOCATED_BYTES() mallinfo2().uordblks
#endif

#define GATEWAY_AS 65000
#define AWS_AS     64512

static struct net net; /* large: not on the stack */

static struct bgp_config config(bool gateway, unsigned link)
{
	struct ip_addr inside_gateway = ip_addr_v4(0xa9fe0a02u + 4 * link);
	struct ip_addr inside_aws = ip_addr_v4(0xa9fe0a01u + 4 * link);

	return (struct bgp_config){
	    .neighbor = link + 1,
	    .local_as = gateway ? GATEWAY_AS : AWS_AS,
	    .remote_as = gateway ? AWS_AS : GATEWAY_AS,
	    .local = gateway ? inside_gateway : inside_aws,
	    .remote = gateway ? inside_aws : inside_gateway,
	    .router_id = gateway ? 0xc0a8c801u : 0xa9fe0a01u + 4 * link,
	    .hold_time_sec = 30,
	};
}

static void announce(struct net_node *node, const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	assert_int_equal(bgp_peer_set_export(node->peer, &p, 1), 0);
	net_input(&net, node, &(struct bgp_event){.type = BGP_EV_EXPORT_CHANGED});
}

struct pair {
	struct bgp_rib *rib[2];
	struct net_node node[2]; /* 0 the gateway, 1 AWS */
};

static void pair_init(struct pair *p, uint32_t seed, uint32_t router_id)
{
	struct bgp_config gateway = config(true, 0), aws = config(false, 0);

	net_init(&net, seed);
	if (router_id)
		gateway.router_id = router_id;
	p->rib[0] = bgp_rib_new();
	p->rib[1] = bgp_rib_new();
	net_join(&net, &p->node[0], 0, 0, &gateway, p->rib[0]);
	net_join(&net, &p->node[1], 0, 1, &aws, p->rib[1]);
	announce(&p->node[0], "192.168.200.0/24");
	announce(&p->node[1], "10.0.0.0/16");
}

static void pair_free(struct pair *p)
{
	net_free(&net);
	bgp_rib_free(p->rib[0]);
	bgp_rib_free(p->rib[1]);
}

static bool pair_up(const struct pair *p)
{
	return net_status(&p->node[0]).state == BGP_ESTABLISHED &&
	       net_status(&p->node[1]).state == BGP_ESTABLISHED &&
	       bgp_rib_prefix_count(p->rib[0]) == 1 && bgp_rib_prefix_count(p->rib[1]) == 1;
}

/* Both name the same connection. */
static bool same_connection(const struct pair *p)
{
	int a = net_find(&net, &p->node[0], net_status(&p->node[0]).conn);
	int b = net_find(&net, &p->node[1], net_status(&p->node[1]).conn);

	return a >= 0 && a == b;
}

/* Both start within some milliseconds, each connects: one session is left, whatever the timing. */
static void test_B31_simultaneous_start_ends_in_one_session(void **state)
{
	unsigned drops = 0;

	for (uint32_t seed = 0; seed < 500; seed++) {
		struct pair p;

		pair_init(&p, seed, seed & 1 ? 0 : 9);
		net_start(&net, &p.node[0]);
		net_run(&net, net_random(&net, 30));
		net_start(&net, &p.node[1]);
		net_run(&net, 10000);
		if (!pair_up(&p) || !same_connection(&p))
			fail_msg("seed %u", seed);
		drops +=
		    (unsigned)(net_status(&p.node[0]).dropped + net_status(&p.node[1]).dropped);
		net_run(&net, 60000);
		assert_true(pair_up(&p));
		pair_free(&p);
	}
	assert_int_equal(drops, 0); /* no established session was ever thrown away */
}

static void test_one_side_passive(void **state)
{
	struct bgp_config passive = config(true, 0), aws = config(false, 0);
	struct pair p;

	net_init(&net, 1);
	passive.passive = true;
	p.rib[0] = bgp_rib_new();
	p.rib[1] = bgp_rib_new();
	net_join(&net, &p.node[0], 0, 0, &passive, p.rib[0]);
	net_join(&net, &p.node[1], 0, 1, &aws, p.rib[1]);
	net_start(&net, &p.node[1]); /* before the other: refused, tried again */
	net_run(&net, 1000);
	net_start(&net, &p.node[0]);
	net_run(&net, 10000);
	assert_int_equal(net_status(&p.node[0]).state, BGP_ESTABLISHED);
	assert_true(same_connection(&p));
	pair_free(&p);
}

static void test_B30_cut_link_ends_by_the_hold_timer_and_comes_back(void **state)
{
	for (uint32_t seed = 0; seed < 20; seed++) {
		struct pair p;
		int64_t seconds;

		pair_init(&p, seed, 0);
		net_start(&net, &p.node[0]);
		net_start(&net, &p.node[1]);
		net_run(&net, 100000);
		assert_true(pair_up(&p));
		net.cut[0] = true;
		for (seconds = 0; bgp_rib_prefix_count(p.rib[0]); seconds++) {
			assert_true(seconds <= 30);
			net_run(&net, 1000);
		}
		assert_in_range(seconds, 19, 30);
		net_run(&net, 31000);
		assert_int_equal(bgp_rib_prefix_count(p.rib[1]), 0);
		assert_string_equal(
		    net_status(&p.node[0]).last_reset, "sent Hold Timer Expired (4/0)");
		net_run(&net, 600000); /* ten minutes without a link: attempts, no growth */
		assert_true(net_status(&p.node[0]).state < BGP_OPENSENT);
		net.cut[0] = false;
		net_run(&net, 90000);
		assert_true(pair_up(&p));
		assert_true(same_connection(&p));
		pair_free(&p);
	}
}

/* An hour of sessions that are broken as soon as they are up, ten attempts a second. */
static void test_B39_flapping_for_an_hour(void **state)
{
	struct pair p;
	size_t before = 0;
	uint64_t established;

	pair_init(&p, 7, 0);
	net_start(&net, &p.node[0]);
	net_start(&net, &p.node[1]);
	for (int i = 0; i < 36000; i++) {
		/* AWS is restarted by hand each time, so it never backs off; the gateway does. */
		net_input(&net, &p.node[1], &(struct bgp_event){.type = BGP_EV_STOP});
		net_start(&net, &p.node[1]);
		net_run(&net, 100);
		if (i == 3600)
			before = ALLOCATED_BYTES();
	}
	established = net_status(&p.node[0]).established;
	assert_in_range(established, 50, 100); /* 60 s apart once the backoff is full */
	net_input(&net, &p.node[1], &(struct bgp_event){.type = BGP_EV_STOP});
	net_run(&net, 1000);
	assert_true(ALLOCATED_BYTES() < before + 4096);
	assert_int_equal(bgp_rib_prefix_count(p.rib[0]), 0);
	net_start(&net, &p.node[1]);
	net_run(&net, 90000);
	assert_true(pair_up(&p));
	pair_free(&p);
}

static void test_thirty_days(void **state)
{
	struct pair p;

	pair_init(&p, 3, 0);
	net_start(&net, &p.node[0]);
	net_start(&net, &p.node[1]);
	net_run(&net, INT64_C(30) * 24 * 3600 * 1000);
	assert_true(pair_up(&p));
	assert_int_equal(net_status(&p.node[0]).established, 1);
	assert_int_equal(net_status(&p.node[1]).dropped, 0);
	assert_int_equal(p.node[0].rib_changes, 1);
	pair_free(&p);
}

/* Broken at random for a day: whenever it is left alone for two minutes, it is up. */
static void test_breaks_at_random_always_heal(void **state)
{
	struct pair p;

	pair_init(&p, 11, 0);
	net_start(&net, &p.node[0]);
	net_start(&net, &p.node[1]);
	for (int i = 0; i < 300; i++) {
		unsigned breaks = 1 + net_random(&net, 5);

		while (breaks--) {
			net_run(&net, net_random(&net, 3000));
			if (net_random(&net, 2)) {
				net_break(&net, 0);
			} else {
				net.cut[0] = true;
				net_run(&net, net_random(&net, 45000));
				net.cut[0] = false;
			}
		}
		net_run(&net, 120000);
		if (!pair_up(&p) || !same_connection(&p))
			fail_msg("round %d", i);
	}
	pair_free(&p);
}

/* ---- one gateway, two tunnels ---- */

struct best {
	uint32_t neighbor;
	unsigned paths;
};

static void find_best(void *ctx, const struct bgp_path *path)
{
	struct best *best = ctx;

	if (path->best)
		best->neighbor = path->peer->neighbor;
	best->paths++;
}

static struct best best_of(const struct bgp_rib *rib)
{
	struct best best = {0};

	bgp_rib_each(rib, find_best, &best);
	return best;
}

/* MED 100 and 200 from the same AS: the first is best, the second stands by, and takes over. */
static void test_two_tunnels_fail_over_by_med(void **state)
{
	struct bgp_rib *gateway = bgp_rib_new(), *vpc[2];
	struct net_node g[2], aws[2];

	net_init(&net, 5);
	for (unsigned i = 0; i < 2; i++) {
		struct bgp_config ours = config(true, i), theirs = config(false, i);

		theirs.med_set = true;
		theirs.med = 100 * (i + 1);
		vpc[i] = bgp_rib_new();
		net_join(&net, &g[i], i, 0, &ours, gateway);
		net_join(&net, &aws[i], i, 1, &theirs, vpc[i]);
		announce(&g[i], "192.168.200.0/24");
		announce(&aws[i], "10.0.0.0/16");
		net_start(&net, &g[i]);
		net_start(&net, &aws[i]);
	}
	net_run(&net, 20000);
	assert_int_equal(bgp_rib_prefix_count(gateway), 1);
	assert_int_equal(best_of(gateway).paths, 2);
	assert_int_equal(best_of(gateway).neighbor, 1);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(bgp_rib_prefix_count(vpc[i]), 1);

	net.cut[0] = true;
	net_run(&net, 30000);
	assert_int_equal(best_of(gateway).paths, 1);
	assert_int_equal(best_of(gateway).neighbor, 2);
	assert_int_equal(net_status(&g[1]).dropped, 0);

	net.cut[0] = false;
	net_run(&net, 120000);
	assert_int_equal(best_of(gateway).paths, 2);
	assert_int_equal(best_of(gateway).neighbor, 1);

	/* and an announcement that is taken back is gone at once */
	assert_int_equal(bgp_peer_set_export(aws[0].peer, NULL, 0), 0);
	net_input(&net, &aws[0], &(struct bgp_event){.type = BGP_EV_EXPORT_CHANGED});
	net_run(&net, 200);
	assert_int_equal(best_of(gateway).neighbor, 2);
	net_free(&net);
	bgp_rib_free(gateway);
	bgp_rib_free(vpc[0]);
	bgp_rib_free(vpc[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_B31_simultaneous_start_ends_in_one_session),
	    cmocka_unit_test(test_one_side_passive),
	    cmocka_unit_test(test_B30_cut_link_ends_by_the_hold_timer_and_comes_back),
	    cmocka_unit_test(test_B39_flapping_for_an_hour),
	    cmocka_unit_test(test_thirty_days),
	    cmocka_unit_test(test_breaks_at_random_always_heal),
	    cmocka_unit_test(test_two_tunnels_fail_over_by_med),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
