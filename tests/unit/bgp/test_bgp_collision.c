/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two connections of one session at once (RFC 4271 section 6.8, RFC 6286).
 */
#include "bgp_harness.h"

/* ---- two connections ---- */

/* Both connections are up, both OPENs of ours are sent. Identifier: theirs is 1.1.1.1. */
static void two_connections(struct harness *h, uint32_t router_id)
{
	struct bgp_config config = harness_config();

	config.router_id = router_id;
	harness_init(h, &config);
	harness_opensent(h);
	harness_event(h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	assert_int_equal(harness_sent(h, BGP_MSG_OPEN)->conn, CONN_IN);
	assert_int_equal(harness_state(h), BGP_OPENSENT);
}

static void expect_loser(const struct harness *h, uint32_t loser)
{
	const struct bgp_action *sent = harness_sent(h, BGP_MSG_NOTIFICATION);

	assert_non_null(sent);
	assert_int_equal(sent->conn, loser);
	assert_int_equal(sent->data[19], BGP_ERR_CEASE);
	assert_int_equal(sent->data[20], BGP_CEASE_COLLISION);
	assert_int_equal(harness_action(h, BGP_ACT_CLOSE)->conn, loser);
}

/* Whichever OPEN comes first, the connection of the side with the higher identifier stays. */
static void test_B31_collision_by_identifier(void **state)
{
	static const struct {
		uint32_t ours;
		bool first_on_in, in_stays;
	} rows[] = {
	    {0x02020202, false, false},
	    {0x02020202, true, false},
	    {0x00000009, false, true},
	    {0x00000009, true, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;
		uint32_t out, loser, winner;

		two_connections(&h, rows[i].ours);
		out = h.conn;
		winner = rows[i].in_stays ? CONN_IN : out;
		loser = rows[i].in_stays ? out : CONN_IN;
		h.conn = rows[i].first_on_in ? CONN_IN : out;
		harness_open(&h, true);
		expect_loser(&h, loser);
		if (h.conn != winner) {
			h.conn = winner;
			assert_int_equal(harness_state(&h), BGP_OPENSENT);
			harness_open(&h, true);
		}
		assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
		assert_int_equal(harness_sent(&h, BGP_MSG_KEEPALIVE)->conn, winner);
		harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
		assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
		assert_int_equal(harness_status(&h).conn, winner);
		assert_int_equal(harness_status(&h).dropped, 0);
		harness_free(&h);
	}
}

/* RFC 6286: the same identifier on both sides; ours is the higher AS (65000 over 64512). */
static void test_B31_collision_of_equal_identifiers_goes_by_as(void **state)
{
	struct harness h;

	two_connections(&h, 0x01010101);
	harness_open(&h, true);
	expect_loser(&h, CONN_IN);
	assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
	harness_free(&h);
}

/* The second connection comes when the first is in OpenConfirm; the identifier decides still. */
static void test_B31_collision_in_openconfirm(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;
	uint32_t out;

	config.router_id = 9;
	harness_init(&h, &config);
	harness_openconfirm(&h);
	out = h.conn;
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	h.conn = CONN_IN;
	harness_open(&h, true);
	expect_loser(&h, out);
	assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_free(&h);
}

static void test_B31_established_always_stays(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;

	config.router_id = 9;
	harness_init(&h, &config);
	harness_establish(&h, true);
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	expect_loser(&h, CONN_IN);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_free(&h);

	/* accepted in OpenConfirm, its OPEN too late */
	harness_init(&h, &config);
	harness_openconfirm(&h);
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	expect_loser(&h, CONN_IN);
	harness_free(&h);
}

/* We still wait for our own TCP when the neighbour's is through. */
static void test_B31_pending_connect_is_given_up(void **state)
{
	struct harness h;
	uint32_t out;

	harness_reach(&h, BGP_CONNECT);
	out = h.conn;
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	assert_null(harness_action(&h, BGP_ACT_CLOSE));
	h.conn = CONN_IN;
	harness_open(&h, true);
	assert_int_equal(harness_action(&h, BGP_ACT_CLOSE)->conn, out);
	assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
	harness_event(&h, BGP_EV_CONNECTED, out, NULL, 0); /* on its way already: ignored */
	assert_int_equal(h.actions.count, 0);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_free(&h);
}

static void test_B31_newer_connection_replaces_one_without_open(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;

	config.passive = true;
	harness_init(&h, &config);
	harness_event(&h, BGP_EV_START, 0, NULL, 0);
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN + 1, NULL, 0);
	expect_loser(&h, CONN_IN);
	assert_int_equal(harness_sent(&h, BGP_MSG_OPEN)->conn, CONN_IN + 1);
	h.conn = CONN_IN + 1;
	harness_open(&h, true);
	assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
	harness_free(&h);
}

/* The neighbour resolved it: its NOTIFICATION ends that connection, the other goes on. */
static void test_B31_cease_of_the_neighbor_ends_only_that_connection(void **state)
{
	struct harness h;
	uint32_t out;

	two_connections(&h, 9);
	out = h.conn;
	harness_hex(&h, BGP_MSG_NOTIFICATION, "0607");
	assert_int_equal(harness_action(&h, BGP_ACT_CLOSE)->conn, out);
	assert_int_equal(harness_state(&h), BGP_OPENSENT);
	h.conn = CONN_IN;
	harness_open(&h, true);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_free(&h);

	/* even when it comes before the connection that won: no backoff */
	harness_reach(&h, BGP_OPENSENT);
	harness_hex(&h, BGP_MSG_NOTIFICATION, "0607");
	assert_int_equal(harness_state(&h), BGP_ACTIVE);
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_OPENSENT);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_B31_collision_by_identifier),
	    cmocka_unit_test(test_B31_collision_of_equal_identifiers_goes_by_as),
	    cmocka_unit_test(test_B31_collision_in_openconfirm),
	    cmocka_unit_test(test_B31_established_always_stays),
	    cmocka_unit_test(test_B31_pending_connect_is_given_up),
	    cmocka_unit_test(test_B31_newer_connection_replaces_one_without_open),
	    cmocka_unit_test(test_B31_cease_of_the_neighbor_ends_only_that_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
