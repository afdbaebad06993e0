/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The state machine: every event in every state, the log, the status.
 */
#include "bgp_harness.h"

/* ---- each event in each state ---- */

enum input {
	START,
	STOP,
	CONNECTED,
	ACCEPTED,
	CLOSED,
	BAD_HEADER,
	OPEN,
	BAD_OPEN,
	UPDATE,
	BAD_UPDATE,
	NOTIFICATION,
	KEEPALIVE,
	ROUTE_REFRESH,
	TIMER_EARLY, /* before anything is due */
	INPUTS
};

static void give(struct harness *h, enum input input)
{
	static const uint8_t zeroes[BGP_HEADER_BYTES] = {0};

	switch (input) {
	case START: harness_event(h, BGP_EV_START, 0, NULL, 0); break;
	case STOP: harness_event(h, BGP_EV_STOP, 0, NULL, 0); break;
	case CONNECTED: harness_event(h, BGP_EV_CONNECTED, h->conn, NULL, 0); break;
	case ACCEPTED: harness_event(h, BGP_EV_ACCEPTED, CONN_IN, NULL, 0); break;
	case CLOSED: harness_event(h, BGP_EV_CLOSED, h->conn, NULL, 0); break;
	case BAD_HEADER: harness_event(h, BGP_EV_BYTES, h->conn, zeroes, sizeof(zeroes)); break;
	case OPEN: harness_open(h, true); break;
	case BAD_OPEN: harness_hex(h, BGP_MSG_OPEN, "03 fc00 001e 01010101 00"); break;
	case UPDATE: harness_update(h, "", "", ""); break;
	case BAD_UPDATE: harness_hex(h, BGP_MSG_UPDATE, "ffff0000"); break;
	case NOTIFICATION: harness_hex(h, BGP_MSG_NOTIFICATION, "0602"); break;
	case KEEPALIVE: harness_message(h, BGP_MSG_KEEPALIVE, NULL, 0); break;
	case ROUTE_REFRESH: harness_hex(h, BGP_MSG_ROUTE_REFRESH, "00010001"); break;
	case TIMER_EARLY: harness_event(h, BGP_EV_TIMER, 0, NULL, 0); break;
	case INPUTS: break;
	}
}

/* What follows: the next state, and the NOTIFICATION that is sent (0 = none). */
struct outcome {
	enum bgp_state state;
	uint8_t code, subcode;
};

#define SAME(s)                                                                                    \
	{                                                                                          \
		s, 0, 0                                                                            \
	}
#define TO(s)                                                                                      \
	{                                                                                          \
		s, 0, 0                                                                            \
	}
#define SENDS(c, sub)                                                                              \
	{                                                                                          \
		BGP_IDLE, c, sub                                                                   \
	}
#define UNEXPECTED(sub)                                                                            \
	{                                                                                          \
		BGP_IDLE, BGP_ERR_FSM, sub                                                         \
	}

static void test_B32_each_event_in_each_state(void **state)
{
	static const struct outcome table[][INPUTS] = {
	    [BGP_IDLE] = {[START] = TO(BGP_CONNECT),
		[STOP] = SAME(BGP_IDLE),
		[CONNECTED] = SAME(BGP_IDLE),
		[ACCEPTED] = SAME(BGP_IDLE),
		[CLOSED] = SAME(BGP_IDLE),
		[BAD_HEADER] = SAME(BGP_IDLE),
		[OPEN] = SAME(BGP_IDLE),
		[BAD_OPEN] = SAME(BGP_IDLE),
		[UPDATE] = SAME(BGP_IDLE),
		[BAD_UPDATE] = SAME(BGP_IDLE),
		[NOTIFICATION] = SAME(BGP_IDLE),
		[KEEPALIVE] = SAME(BGP_IDLE),
		[ROUTE_REFRESH] = SAME(BGP_IDLE),
		[TIMER_EARLY] = SAME(BGP_IDLE)},
	    [BGP_CONNECT] = {[START] = SAME(BGP_CONNECT),
		[STOP] = TO(BGP_IDLE),
		[CONNECTED] = TO(BGP_OPENSENT),
		[ACCEPTED] = TO(BGP_OPENSENT),
		[CLOSED] = TO(BGP_ACTIVE),
		[BAD_HEADER] = SAME(BGP_CONNECT),
		[OPEN] = SAME(BGP_CONNECT),
		[BAD_OPEN] = SAME(BGP_CONNECT),
		[UPDATE] = SAME(BGP_CONNECT),
		[BAD_UPDATE] = SAME(BGP_CONNECT),
		[NOTIFICATION] = SAME(BGP_CONNECT),
		[KEEPALIVE] = SAME(BGP_CONNECT),
		[ROUTE_REFRESH] = SAME(BGP_CONNECT),
		[TIMER_EARLY] = SAME(BGP_CONNECT)},
	    [BGP_ACTIVE] = {[START] = SAME(BGP_ACTIVE),
		[STOP] = TO(BGP_IDLE),
		[CONNECTED] = SAME(BGP_ACTIVE),
		[ACCEPTED] = TO(BGP_OPENSENT),
		[CLOSED] = SAME(BGP_ACTIVE),
		[BAD_HEADER] = SAME(BGP_ACTIVE),
		[OPEN] = SAME(BGP_ACTIVE),
		[BAD_OPEN] = SAME(BGP_ACTIVE),
		[UPDATE] = SAME(BGP_ACTIVE),
		[BAD_UPDATE] = SAME(BGP_ACTIVE),
		[NOTIFICATION] = SAME(BGP_ACTIVE),
		[KEEPALIVE] = SAME(BGP_ACTIVE),
		[ROUTE_REFRESH] = SAME(BGP_ACTIVE),
		[TIMER_EARLY] = SAME(BGP_ACTIVE)},
	    [BGP_OPENSENT] = {[START] = SAME(BGP_OPENSENT),
		[STOP] = SENDS(BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN),
		[CONNECTED] = UNEXPECTED(BGP_FSM_OPENSENT),
		[ACCEPTED] = SAME(BGP_OPENSENT),
		[CLOSED] = TO(BGP_ACTIVE),
		[BAD_HEADER] = SENDS(BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED),
		[OPEN] = TO(BGP_OPENCONFIRM),
		[BAD_OPEN] = SENDS(BGP_ERR_OPEN, BGP_OPEN_VERSION),
		[UPDATE] = UNEXPECTED(BGP_FSM_OPENSENT),
		[BAD_UPDATE] = UNEXPECTED(BGP_FSM_OPENSENT),
		[NOTIFICATION] = TO(BGP_IDLE),
		[KEEPALIVE] = UNEXPECTED(BGP_FSM_OPENSENT),
		[ROUTE_REFRESH] = UNEXPECTED(BGP_FSM_OPENSENT),
		[TIMER_EARLY] = SAME(BGP_OPENSENT)},
	    [BGP_OPENCONFIRM] = {[START] = SAME(BGP_OPENCONFIRM),
		[STOP] = SENDS(BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN),
		[CONNECTED] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[ACCEPTED] = SAME(BGP_OPENCONFIRM),
		[CLOSED] = TO(BGP_IDLE),
		[BAD_HEADER] = SENDS(BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED),
		[OPEN] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[BAD_OPEN] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[UPDATE] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[BAD_UPDATE] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[NOTIFICATION] = TO(BGP_IDLE),
		[KEEPALIVE] = TO(BGP_ESTABLISHED),
		[ROUTE_REFRESH] = UNEXPECTED(BGP_FSM_OPENCONFIRM),
		[TIMER_EARLY] = SAME(BGP_OPENCONFIRM)},
	    [BGP_ESTABLISHED] = {[START] = SAME(BGP_ESTABLISHED),
		[STOP] = SENDS(BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN),
		[CONNECTED] = UNEXPECTED(BGP_FSM_ESTABLISHED),
		[ACCEPTED] = SAME(BGP_ESTABLISHED),
		[CLOSED] = TO(BGP_IDLE),
		[BAD_HEADER] = SENDS(BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED),
		[OPEN] = UNEXPECTED(BGP_FSM_ESTABLISHED),
		[BAD_OPEN] = UNEXPECTED(BGP_FSM_ESTABLISHED),
		[UPDATE] = SAME(BGP_ESTABLISHED),
		[BAD_UPDATE] = SENDS(BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTE_LIST),
		[NOTIFICATION] = TO(BGP_IDLE),
		[KEEPALIVE] = SAME(BGP_ESTABLISHED),
		[ROUTE_REFRESH] = SAME(BGP_ESTABLISHED),
		[TIMER_EARLY] = SAME(BGP_ESTABLISHED)},
	};

	for (enum bgp_state from = BGP_IDLE; from <= BGP_ESTABLISHED; from++) {
		for (enum input input = START; input < INPUTS; input++) {
			const struct outcome *want = &table[from][input];
			const struct bgp_action *sent;
			struct harness h;

			harness_reach(&h, from);
			print_message("# %s, input %d\n", bgp_state_name(from), (int)input);
			give(&h, input);
			assert_int_equal(harness_state(&h), want->state);
			sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
			/* A second connection is turned away while the first lives on. */
			if (input == ACCEPTED && from == BGP_ESTABLISHED)
				assert_int_equal(sent->conn, CONN_IN);
			else
				assert_int_equal(sent != NULL, want->code != 0);
			if (want->code)
				assert_notified(&h, want->code, want->subcode);
			assert_int_equal(
			    harness_action(&h, BGP_ACT_STATE) != NULL, want->state != from);
			if (want->state == BGP_IDLE && from >= BGP_OPENSENT && input != CLOSED)
				assert_non_null(harness_action(&h, BGP_ACT_CLOSE));
			harness_free(&h);
		}
	}
}

/* RFC 6608: the data of the NOTIFICATION is the type of the message. */
static void test_B32_unexpected_message_is_told_by_its_type(void **state)
{
	struct harness h;
	const struct bgp_action *sent;

	harness_reach(&h, BGP_OPENSENT);
	harness_update(&h, "", "", "");
	sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
	assert_int_equal(sent->bytes, 22);
	assert_int_equal(sent->data[21], BGP_MSG_UPDATE);
	harness_free(&h);

	harness_reach(&h, BGP_ESTABLISHED);
	harness_open(&h, true);
	sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
	assert_int_equal(sent->bytes, 22);
	assert_int_equal(sent->data[21], BGP_MSG_OPEN);
	harness_free(&h);
}

static void test_state_changes_are_logged_in_one_form(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	assert_non_null(strstr(h.log, "bgp neighbor=1 state Idle -> Connect reason=started\n"));
	assert_non_null(
	    strstr(h.log, "bgp neighbor=1 state Connect -> OpenSent reason=connected\n"));
	assert_non_null(
	    strstr(h.log, "bgp neighbor=1 state OpenSent -> OpenConfirm reason=OPEN received\n"));
	assert_non_null(strstr(
	    h.log, "bgp neighbor=1 state OpenConfirm -> Established reason=KEEPALIVE received\n"));
	harness_free(&h);
}

/* ---- the interface ---- */

static void test_configurations_that_cannot_work_are_refused(void **state)
{
	struct bgp_env env = {.random = harness_random};
	struct bgp_rib *rib = bgp_rib_new();
	struct bgp_config good = harness_config(), bad[8];

	for (size_t i = 0; i < COUNT(bad); i++)
		bad[i] = good;
	bad[0].local_as = 0;
	bad[1].remote_as = 0;
	bad[2].router_id = 0;
	bad[3].local = addr("2001:db8::1");
	bad[4].remote = (struct ip_addr){0};
	bad[5].remote_as = BGP_AS_TRANS;
	bad[6].local_as = BGP_AS_TRANS;
	bad[7].remote_as = UINT32_MAX;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_null(bgp_peer_new(&bad[i], &env, rib));
	bgp_rib_free(rib);
}

static void test_freeing_a_session_takes_its_routes_along(void **state)
{
	struct harness h;

	harness_reach(&h, BGP_ESTABLISHED);
	harness_update(&h, "", "40010100 40020602010000fc00 400304a9fe5a01", "100a01");
	assert_int_equal(bgp_rib_prefix_count(h.rib), 1);
	bgp_peer_free(h.peer);
	assert_int_equal(bgp_rib_prefix_count(h.rib), 0);
	bgp_rib_free(h.rib);
}

static void test_status(void **state)
{
	struct harness h;
	struct bgp_status s;

	harness_reach(&h, BGP_IDLE);
	s = harness_status(&h);
	assert_true(mono_is_never(s.since));
	assert_true(mono_is_never(s.last_read));
	assert_string_equal(s.last_reset, "");
	harness_establish(&h, true);
	s = harness_status(&h);
	assert_int_equal(s.remote_router_id, 0x01010101);
	assert_int_equal(s.hold_time_sec, 30);
	assert_int_equal(s.keepalive_sec, 10);
	assert_int_equal(s.received, 2);
	assert_int_equal(s.sent, 2);
	assert_int_equal(s.established, 1);
	assert_true(s.four_octet_as);
	assert_int_equal(s.conn, h.conn);
	assert_int_equal(s.since.nsec, h.now.nsec);
	assert_int_equal(s.last_read.nsec, h.now.nsec);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_B32_each_event_in_each_state),
	    cmocka_unit_test(test_B32_unexpected_message_is_told_by_its_type),
	    cmocka_unit_test(test_state_changes_are_logged_in_one_form),
	    cmocka_unit_test(test_configurations_that_cannot_work_are_refused),
	    cmocka_unit_test(test_freeing_a_session_takes_its_routes_along),
	    cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
