/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Announcing: what is sent is the difference, never more than the limit, never a queue. */
#include "bgp_harness.h"

#include "control/bgp/bgp_export.h"
#include "control/bgp/bgp_update.h"

/* What the neighbour would know, from the UPDATEs of one event. */
struct told {
	size_t announced, withdrawn, updates;
};

static struct told read_updates(const struct bgp_actions *actions)
{
	const struct bgp_attr_source source = {
	    .four_octet_as = true, .local_as = REMOTE_AS, .remote_as = LOCAL_AS};
	struct told told = {0};

	for (size_t i = 0; i < actions->count; i++) {
		const struct bgp_action *a = &actions->action[i];
		struct bgp_update update;
		struct ip_prefix p;

		if (a->type != BGP_ACT_SEND || a->data[18] != BGP_MSG_UPDATE)
			continue;
		bgp_update_parse(a->data + 19, a->bytes - 19, &source, &update);
		assert_int_equal(update.attrs.verdict, BGP_VERDICT_OK);
		told.updates++;
		while (bgp_nlri_next(&update.withdrawn, &p))
			told.withdrawn++;
		while (bgp_nlri_next(&update.nlri, &p))
			told.announced++;
	}
	return told;
}

static struct ip_prefix *many(size_t count)
{
	struct ip_prefix *list = calloc(count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = (struct ip_prefix){
		    .addr = ip_addr_v4(0x0a000000 + (uint32_t)i * 256), .length = 24};
	return list;
}

static struct told export_changed(struct harness *h)
{
	harness_event(h, BGP_EV_EXPORT_CHANGED, 0, NULL, 0);
	return read_updates(&h->actions);
}

static void test_difference_is_sent(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix list[] = {prefix("0.0.0.0/0"), prefix("10.1.0.0/16"),
	    prefix("10.1.0.0/24"), prefix("192.168.200.0/24")};
	struct harness h;
	struct told told;

	harness_init(&h, &config);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 2), 0);
	assert_int_equal(export_changed(&h).updates, 0); /* no session yet */
	harness_opensent(&h);
	harness_open(&h, true);
	assert_null(harness_sent(&h, BGP_MSG_UPDATE));
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	told = read_updates(&h.actions);
	assert_int_equal(told.announced, 2);
	assert_int_equal(harness_status(&h).prefixes_out, 2);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(h.actions.count, 0);

	assert_int_equal(bgp_peer_set_export(h.peer, list, 4), 0);
	told = export_changed(&h);
	assert_int_equal(told.announced, 2);
	assert_int_equal(told.withdrawn, 0);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);

	assert_int_equal(bgp_peer_set_export(h.peer, list + 1, 2), 0);
	told = export_changed(&h);
	assert_int_equal(told.announced, 0);
	assert_int_equal(told.withdrawn, 2);
	assert_int_equal(harness_status(&h).prefixes_out, 2);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);

	/* withdrawn from the set and put back before it was told: nothing to say */
	assert_int_equal(bgp_peer_set_export(h.peer, NULL, 0), 0);
	assert_int_equal(bgp_peer_set_export(h.peer, list + 1, 2), 0);
	assert_int_equal(export_changed(&h).updates, 0);
	harness_free(&h);
}

static void test_set_is_made_tidy(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix list[] = {prefix("192.168.200.7/24"), prefix("10.1.2.3/16"),
	    prefix("192.168.200.9/24"), prefix("2001:db8::/32")};
	struct harness h;

	harness_init(&h, &config);
	harness_establish(&h, true);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 4), 1); /* IPv6 is refused */
	assert_int_equal(export_changed(&h).announced, 2);
	harness_free(&h);
}

static void test_B29_the_hundred_and_first_prefix_is_refused_here(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix *list = many(150);
	struct harness h;
	struct told told;

	harness_init(&h, &config);
	harness_establish(&h, true);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 100), 0);
	assert_int_equal(export_changed(&h).announced, 100);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 101), 1);
	assert_int_equal(export_changed(&h).updates, 0);
	assert_int_equal(harness_status(&h).prefixes_out, 100);

	/* Those announced already stay, even when new ones sort before them. */
	assert_int_equal(bgp_peer_set_export(h.peer, list + 50, 50), 0);
	assert_int_equal(export_changed(&h).withdrawn, 50);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 150), 50);
	told = export_changed(&h);
	assert_int_equal(told.withdrawn, 0);
	assert_int_equal(told.announced, 50);
	assert_int_equal(harness_status(&h).prefixes_out, 100);
	harness_free(&h);
	free(list);
}

/* More than the actions hold: the rest follows when the queue is empty, once each. */
static void test_large_set_goes_out_in_batches(void **state)
{
	enum { PREFIXES = 30000 };
	struct bgp_config config = harness_config();
	struct ip_prefix *list = many(PREFIXES);
	struct harness h;
	struct told told;
	size_t announced, batches = 1;

	config.prefix_out_limit = PREFIXES;
	harness_init(&h, &config);
	harness_establish(&h, true);
	assert_int_equal(bgp_peer_set_export(h.peer, list, PREFIXES), 0);
	told = export_changed(&h);
	assert_true(h.actions.count < BGP_ACTIONS);
	announced = told.announced;
	assert_true(announced < PREFIXES);

	/* While the queue is not empty nothing is added to it. */
	assert_int_equal(export_changed(&h).updates, 0);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(h.actions.count, 0);

	for (; announced < PREFIXES; batches++) {
		harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
		told = read_updates(&h.actions);
		assert_true(told.announced > 0);
		announced += told.announced;
	}
	assert_int_equal(announced, PREFIXES);
	assert_int_equal(harness_status(&h).prefixes_out, PREFIXES);
	assert_true(batches < 5);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(h.actions.count, 0);

	assert_int_equal(bgp_peer_set_export(h.peer, NULL, 0), 0);
	announced = export_changed(&h).withdrawn;
	while (announced < PREFIXES) {
		harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
		announced += read_updates(&h.actions).withdrawn;
	}
	assert_int_equal(announced, PREFIXES);
	assert_int_equal(harness_status(&h).prefixes_out, 0);
	harness_free(&h);
	free(list);
}

static void test_B34_refresh_repeats_all_of_it(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix *list = many(10);
	struct harness h;

	harness_init(&h, &config);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 10), 0);
	harness_establish(&h, true);
	harness_hex(&h, BGP_MSG_ROUTE_REFRESH, "00010001");
	assert_int_equal(read_updates(&h.actions).announced, 10);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(h.actions.count, 0);
	harness_free(&h);
	free(list);
}

/* Asked to repeat while the queue is full, then given less to say: the neighbour still has it. */
static void test_B34_prefix_gone_during_a_refresh_is_withdrawn(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix *list = many(10);
	struct harness h;
	struct told told;

	harness_init(&h, &config);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 10), 0);
	harness_establish(&h, true);
	harness_hex(&h, BGP_MSG_ROUTE_REFRESH, "00010001"); /* fills the queue */
	harness_hex(&h, BGP_MSG_ROUTE_REFRESH, "00010001");
	assert_int_equal(harness_status(&h).prefixes_out, 10);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 7), 0);
	told = export_changed(&h);
	assert_int_equal(told.updates, 0);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	told = read_updates(&h.actions);
	assert_int_equal(told.withdrawn, 3);
	assert_int_equal(told.announced, 7);
	assert_int_equal(harness_status(&h).prefixes_out, 7);
	harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
	assert_int_equal(h.actions.count, 0);
	harness_free(&h);
	free(list);
}

static void test_everything_is_told_again_to_the_next_session(void **state)
{
	struct bgp_config config = harness_config();
	struct ip_prefix *list = many(10);
	struct harness h;

	harness_init(&h, &config);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 10), 0);
	harness_establish(&h, true);
	assert_int_equal(harness_status(&h).prefixes_out, 10);
	harness_event(&h, BGP_EV_CLOSED, h.conn, NULL, 0);
	assert_int_equal(harness_status(&h).prefixes_out, 0);
	assert_int_equal(bgp_peer_set_export(h.peer, list, 5), 0);
	harness_opensent(&h);
	harness_open(&h, true);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(read_updates(&h.actions).announced, 5);
	harness_free(&h);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_difference_is_sent),
	    cmocka_unit_test(test_set_is_made_tidy),
	    cmocka_unit_test(test_B29_the_hundred_and_first_prefix_is_refused_here),
	    cmocka_unit_test(test_large_set_goes_out_in_batches),
	    cmocka_unit_test(test_B34_refresh_repeats_all_of_it),
	    cmocka_unit_test(test_B34_prefix_gone_during_a_refresh_is_withdrawn),
	    cmocka_unit_test(test_everything_is_told_again_to_the_next_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
