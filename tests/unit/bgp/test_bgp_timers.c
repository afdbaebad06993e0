/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every timer of the state machine, the way back from an error, and the limits.
 */
#include "bgp_harness.h"

static void init(struct harness *h)
{
	struct bgp_config config = harness_config();

	harness_init(h, &config);
}

/* ---- timers ---- */

static void test_hold_and_keepalive_times_are_negotiated(void **state)
{
	static const struct {
		uint32_t ours, theirs, hold, keepalive;
	} rows[] = {
	    {30, 30, 30, 10},
	    {180, 30, 30, 10},
	    {30, 180, 30, 10},
	    {30, 3, 3, 1},
	    {0, 30, 0, 0},
	    {30, 0, 0, 0},
	    {90, 65535, 90, 30},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bgp_config config = harness_config();
		struct harness h;
		uint8_t body[64];
		size_t n;

		config.hold_time_sec = rows[i].ours;
		harness_init(&h, &config);
		harness_opensent(&h);
		n = open_body(REMOTE_AS, true, body);
		body[3] = (uint8_t)(rows[i].theirs >> 8);
		body[4] = (uint8_t)rows[i].theirs;
		harness_message(&h, BGP_MSG_OPEN, body, n);
		assert_int_equal(harness_status(&h).hold_time_sec, rows[i].hold);
		assert_int_equal(harness_status(&h).keepalive_sec, rows[i].keepalive);
		harness_free(&h);
	}
}

static void test_keepalives_are_sent_early_enough(void **state)
{
	struct harness h;
	unsigned sent = 0;

	harness_reach(&h, BGP_ESTABLISHED);
	for (int second = 0; second < 600; second++) {
		h.now = mono_add_sec(h.now, 1);
		harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
		while (!mono_before(h.now, bgp_next_wake(h.peer))) {
			harness_event(&h, BGP_EV_TIMER, 0, NULL, 0);
			sent += harness_sent(&h, BGP_MSG_KEEPALIVE) != NULL;
			harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
		}
	}
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_in_range(sent, 60, 80); /* 10 s less up to a quarter */
	harness_free(&h);
}

static void test_B30_hold_timer_expires(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	harness_update(&h, "", "40010100 40020602010000fc00 400304a9fe5a01", "100a01");
	harness_advance(&h, 29999);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_advance(&h, 1);
	assert_notified(&h, BGP_ERR_HOLD_TIMER, 0);
	assert_int_equal(harness_state(&h), BGP_IDLE);
	assert_non_null(harness_action(&h, BGP_ACT_RIB_CHANGED));
	assert_int_equal(bgp_rib_prefix_count(h.rib), 0);
	assert_string_equal(harness_status(&h).last_reset, "sent Hold Timer Expired (4/0)");
	harness_free(&h);
}

static void test_B30_hold_timer_of_open_is_four_minutes(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_OPENSENT);
	harness_advance(&h, 239999);
	assert_int_equal(harness_state(&h), BGP_OPENSENT);
	harness_advance(&h, 1);
	assert_notified(&h, BGP_ERR_HOLD_TIMER, 0);
	harness_free(&h);
}

/* Bytes that never become a message do not keep the session alive. */
static void test_B30_one_byte_at_a_time_does_not_restart_the_hold_timer(void **state)
{
	uint8_t message[BGP_MESSAGE_BYTES + 64], body[BGP_MESSAGE_BYTES] = {0};
	size_t n = frame(BGP_MSG_UPDATE, body, 1000, message);
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	for (size_t i = 0; i < n && harness_state(&h) == BGP_ESTABLISHED; i++) {
		harness_event(&h, BGP_EV_BYTES, h.conn, message + i, 1);
		harness_advance(&h, 1000);
		harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
		assert_true(i < 31);
	}
	assert_int_equal(harness_state(&h), BGP_IDLE);
	assert_string_equal(harness_status(&h).last_reset, "sent Hold Timer Expired (4/0)");
	harness_free(&h);
}

static void test_B30_only_keepalive_and_update_restart_the_hold_timer(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	for (int i = 0; i < 3; i++) {
		h.now = mono_add_sec(h.now, 20);
		harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
		harness_advance(&h, 0);
		h.now = mono_add_sec(h.now, 20);
		harness_update(&h, "", "", "");
		harness_advance(&h, 0);
		assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	}
	harness_advance(&h, 20000);
	harness_hex(&h, BGP_MSG_ROUTE_REFRESH, "00010001");
	harness_advance(&h, 10000);
	assert_int_equal(harness_state(&h), BGP_IDLE);
	harness_free(&h);
}

/* The neighbour sends but does not read: its window is shut (RFC 9687). */
static void test_B30_send_hold_timer(void **state)
{
	struct harness h;
	int second;

	harness_reach(&h, BGP_ESTABLISHED);
	for (second = 0; harness_state(&h) == BGP_ESTABLISHED; second++) {
		assert_true(second < 500);
		h.now = mono_add_sec(h.now, 1);
		harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
		harness_event(&h, BGP_EV_TIMER, 0, NULL, 0); /* queued, never WRITABLE */
	}
	assert_in_range(second, 480, 495);
	assert_int_equal(harness_state(&h), BGP_IDLE);
	assert_null(harness_sent(&h, BGP_MSG_NOTIFICATION)); /* nobody would read it */
	assert_non_null(harness_action(&h, BGP_ACT_CLOSE));
	assert_string_equal(harness_status(&h).last_reset, "send hold timer");
	harness_free(&h);
}

static void test_no_hold_time_means_no_timers(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;

	config.hold_time_sec = 0;
	harness_init(&h, &config);
	harness_establish(&h, true);
	assert_true(mono_is_never(bgp_next_wake(h.peer)));
	harness_advance(&h, 24 * 3600 * 1000);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_free(&h);
}

static void test_connect_is_tried_again(void **state)
{
	struct harness h;
	const struct bgp_action *a;
	uint32_t first;

	harness_reach(&h, BGP_CONNECT);
	first = h.conn;
	assert_true(first & BGP_CONN_OURS);
	harness_advance(&h, BGP_CONNECT_RETRY_SEC * 1000); /* no answer: another attempt */
	assert_int_equal(harness_state(&h), BGP_CONNECT);
	assert_int_equal(harness_action(&h, BGP_ACT_CLOSE)->conn, first);
	a = harness_action(&h, BGP_ACT_CONNECT);
	assert_non_null(a);
	assert_true(a->conn != first && (a->conn & BGP_CONN_OURS));
	first = a->conn;
	harness_event(&h, BGP_EV_CLOSED, first, NULL, 0); /* refused: wait, then another */
	assert_int_equal(harness_state(&h), BGP_ACTIVE);
	assert_null(harness_action(&h, BGP_ACT_CONNECT));
	harness_advance(&h, BGP_CONNECT_RETRY_SEC * 1000 * 3 / 4 - 2);
	assert_int_equal(harness_state(&h), BGP_ACTIVE);
	harness_advance(&h, BGP_CONNECT_RETRY_SEC * 1000 / 4 + 2);
	assert_int_equal(harness_state(&h), BGP_CONNECT);
	harness_free(&h);
}

static void test_passive_never_connects(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;

	config.passive = true;
	harness_init(&h, &config);
	harness_event(&h, BGP_EV_START, 0, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ACTIVE);
	assert_null(harness_action(&h, BGP_ACT_CONNECT));
	assert_true(mono_is_never(bgp_next_wake(h.peer)));
	harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
	h.conn = CONN_IN;
	harness_open(&h, true);
	harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(harness_status(&h).conn, CONN_IN);
	harness_free(&h);
}

/* Milliseconds from now to the end of Idle. */
static int64_t idle_hold_msec(const struct harness *h)
{
	assert_int_equal(harness_state(h), BGP_IDLE);
	return mono_diff_msec(bgp_next_wake(h->peer), h->now);
}

static void test_B39_backoff_doubles_with_jitter_and_is_forgotten(void **state)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct harness h;
	bool jitter = false;

	init(&h);
	for (size_t i = 0; i < COUNT(seconds); i++) {
		int64_t wait;

		harness_establish(&h, true);
		harness_event(&h, BGP_EV_CLOSED, h.conn, NULL, 0);
		wait = idle_hold_msec(&h);
		assert_in_range(wait, seconds[i] * 750, seconds[i] * 1000);
		jitter |= wait != seconds[i] * 1000;
		/* while it lasts nobody gets in */
		harness_event(&h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0);
		assert_int_equal(harness_action(&h, BGP_ACT_CLOSE)->conn, CONN_IN);
		assert_null(harness_action(&h, BGP_ACT_SEND));
		harness_advance(&h, wait - 1);
		assert_int_equal(harness_state(&h), BGP_IDLE);
		harness_event(&h, BGP_EV_STOP, 0, NULL, 0);
		if (i + 1 < COUNT(seconds)) {
			/* a person's stop forgets the row: rebuild it */
			harness_free(&h);
			init(&h);
			for (size_t k = 0; k <= i; k++) {
				harness_establish(&h, true);
				harness_event(&h, BGP_EV_CLOSED, h.conn, NULL, 0);
				assert_int_equal(harness_state(&h), BGP_IDLE);
			}
		}
	}
	assert_true(jitter);

	/* A session that lasted a minute ends the row. */
	harness_establish(&h, true);
	for (int i = 0; i < 7; i++) {
		h.now = mono_add_sec(h.now, 10);
		harness_message(&h, BGP_MSG_KEEPALIVE, NULL, 0);
	}
	harness_event(&h, BGP_EV_CLOSED, h.conn, NULL, 0);
	assert_in_range(idle_hold_msec(&h), 750, 1000);
	harness_free(&h);
}

static void test_idle_hold_leads_to_another_start(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	harness_hex(&h, BGP_MSG_NOTIFICATION, "0604");
	harness_advance(&h, 1000);
	assert_int_equal(harness_state(&h), BGP_CONNECT);
	assert_non_null(harness_action(&h, BGP_ACT_CONNECT));
	assert_int_equal(harness_status(&h).established, 1);
	assert_int_equal(harness_status(&h).dropped, 1);
	assert_string_equal(
	    harness_status(&h).last_reset, "received Cease/Administrative Reset (6/4)");
	harness_free(&h);
}

/* ---- limits ---- */

static void test_B29_prefix_limit(void **state)
{
	static const uint8_t data[] = {0, 1, 1, 0, 0, 0, 10}; /* RFC 4486: family and limit */
	struct bgp_config config = harness_config();
	struct harness h;
	const struct bgp_action *sent;
	char nlri[16];

	config.prefix_limit = 10;
	harness_init(&h, &config);
	harness_establish(&h, true);
	for (int i = 0; i < 10; i++) {
		snprintf(nlri, sizeof(nlri), "180a01%02x", i);
		harness_update(&h, "", "40010100 40020602010000fc00 400304a9fe5a01", nlri);
		assert_int_equal(strstr(h.log, "prefixes near limit") != NULL, i >= 7);
	}
	assert_non_null(strstr(h.log, "prefixes near limit prefixes=8 limit=10\n"));
	assert_null(strstr(strstr(h.log, "near limit") + 1, "near limit")); /* once */
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	harness_update(&h, "", "40010100 40020602010000fc00 400304a9fe5a01", "180a010a");
	assert_notified(&h, BGP_ERR_CEASE, BGP_CEASE_PREFIX_LIMIT);
	sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
	assert_int_equal(sent->bytes, 21 + sizeof(data));
	assert_memory_equal(sent->data + 21, data, sizeof(data));
	assert_int_equal(bgp_rib_prefix_count(h.rib), 0);
	/* and no haste to get there again */
	assert_in_range(idle_hold_msec(&h), 45000, 60000);
	harness_free(&h);
}

static void test_B29_default_limits(void **state)
{
	struct harness h;

	init(&h);
	assert_int_equal(bgp_peer_config(h.peer)->prefix_limit, BGP_PREFIX_LIMIT_DEFAULT);
	assert_int_equal(bgp_peer_config(h.peer)->prefix_out_limit, BGP_PREFIX_OUT_LIMIT_DEFAULT);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hold_and_keepalive_times_are_negotiated),
	    cmocka_unit_test(test_keepalives_are_sent_early_enough),
	    cmocka_unit_test(test_B30_hold_timer_expires),
	    cmocka_unit_test(test_B30_hold_timer_of_open_is_four_minutes),
	    cmocka_unit_test(test_B30_one_byte_at_a_time_does_not_restart_the_hold_timer),
	    cmocka_unit_test(test_B30_only_keepalive_and_update_restart_the_hold_timer),
	    cmocka_unit_test(test_B30_send_hold_timer),
	    cmocka_unit_test(test_no_hold_time_means_no_timers),
	    cmocka_unit_test(test_connect_is_tried_again),
	    cmocka_unit_test(test_passive_never_connects),
	    cmocka_unit_test(test_B39_backoff_doubles_with_jitter_and_is_forgotten),
	    cmocka_unit_test(test_idle_hold_leads_to_another_start),
	    cmocka_unit_test(test_B29_prefix_limit),
	    cmocka_unit_test(test_B29_default_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
