/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Header, OPEN, NOTIFICATION and ROUTE-REFRESH: vectors of other speakers, and every way to be
 * wrong. */
#include "bgp_harness.h"

#include <errno.h>

#include "control/bgp/bgp_msg.h"

#define MARKER "ffffffffffffffffffffffffffffffff"

/* OPEN as sent by BIRD 2.0.12 (local as 64512, router id 1.1.1.1, hold time 30). */
static const char open_bird[] =
    MARKER "00350104fc00001e0101010118021601040001000102004002007841040000fc0046004700";
/* OPEN as sent by FRR bgpd 8.4.4 with the same settings: one parameter per capability. */
static const char open_frr[] = MARKER "005d0104fc00001e01010101400206010400010001020280000202020002"
				      "024600020641040000fc000202060002064504"
				      "000101010205490301620002044002c0780209470700010180000000";
/* OPEN as sent by FRR bgpd 8.4.4 with `dont-capability-negotiate`: a two-octet neighbour. */
static const char open_frr_two_octet[] = MARKER "001d0104fc00001e0101010100";

static void test_open_of_other_speakers(void **state)
{
	static const struct {
		const char *hex;
		bool four_octet_as, route_refresh, multiprotocol;
	} rows[] = {
	    {open_bird, true, true, true},
	    {open_frr, true, true, true},
	    {open_frr_two_octet, false, false, false},
	};
	struct bgp_config config = harness_config();

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t message[256];
		size_t n = unhex(rows[i].hex, message, sizeof(message)), length;
		enum bgp_message_type type;
		struct bgp_open open;
		struct bgp_error error;

		assert_int_equal(bgp_msg_header(message, &type, &length, &error), 0);
		assert_int_equal(type, BGP_MSG_OPEN);
		assert_int_equal(length, n);
		assert_int_equal(bgp_msg_parse_open(message + 19, n - 19, &open, &error), 0);
		assert_int_equal(bgp_msg_check_open(&open, &config, &error), 0);
		assert_int_equal(open.as, 64512);
		assert_int_equal(open.hold_time_sec, 30);
		assert_int_equal(open.router_id, 0x01010101);
		assert_int_equal(open.four_octet_as, rows[i].four_octet_as);
		assert_int_equal(open.route_refresh, rows[i].route_refresh);
		assert_int_equal(open.multiprotocol, rows[i].multiprotocol);
		assert_int_equal(open.ipv4_unicast, rows[i].multiprotocol);
	}
}

/* Every proper prefix of a good OPEN body is refused, none read past its end (exact allocation). */
static void test_B05_open_cut_at_every_byte(void **state)
{
	static const char *const opens[] = {open_bird, open_frr};

	for (size_t i = 0; i < COUNT(opens); i++) {
		uint8_t message[256];
		size_t n = unhex(opens[i], message, sizeof(message)) - 19;

		for (size_t cut = 10; cut < n; cut++) {
			uint8_t *body = malloc(cut);
			struct bgp_open open;
			struct bgp_error error = {0};

			memcpy(body, message + 19, cut);
			assert_int_equal(bgp_msg_parse_open(body, cut, &open, &error), -EBADMSG);
			assert_int_equal(error.code, BGP_ERR_OPEN);
			assert_int_equal(error.subcode, BGP_OPEN_UNSPECIFIC);
			free(body);
		}
	}
}

static void test_open_is_read_back(void **state)
{
	struct bgp_config config = harness_config(), other;
	uint8_t message[BGP_MESSAGE_BYTES];
	struct bgp_open open;
	struct bgp_error error;
	size_t n;

	config.local_as = 4200000001;
	config.hold_time_sec = 90;
	n = bgp_msg_open(&config, message);
	assert_int_equal(n, 45);
	assert_int_equal(message[20] << 8 | message[21], BGP_AS_TRANS);
	assert_int_equal(bgp_msg_parse_open(message + 19, n - 19, &open, &error), 0);
	other = harness_config();
	other.remote_as = 4200000001;
	other.router_id = 9;
	assert_int_equal(bgp_msg_check_open(&open, &other, &error), 0);
	assert_int_equal(open.as, 4200000001);
	assert_int_equal(open.hold_time_sec, 90);
	assert_int_equal(open.router_id, 0x02020202);
	assert_true(open.four_octet_as && open.route_refresh && open.ipv4_unicast);
}

/* ---- header (RFC 4271 section 6.1) ---- */

/* Feeds raw bytes to an established session and expects a header error, or none. */
static void expect_header(const uint8_t *header, uint8_t subcode, const uint8_t *data, size_t bytes)
{
	struct bgp_config config = harness_config();
	struct harness h;
	const struct bgp_action *sent;

	harness_init(&h, &config);
	harness_establish(&h, true);
	harness_event(&h, BGP_EV_BYTES, h.conn, header, BGP_HEADER_BYTES);
	assert_notified(&h, BGP_ERR_HEADER, subcode);
	sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
	assert_int_equal(sent->bytes, 21 + bytes);
	if (bytes)
		assert_memory_equal(sent->data + 21, data, bytes);
	assert_int_equal(harness_state(&h), BGP_IDLE);
	assert_int_equal(harness_status(&h).sent_notifications, 1);
	assert_int_equal(harness_status(&h).dropped, 1);
	harness_free(&h);
}

static void make_header(uint8_t *header, unsigned length, uint8_t type)
{
	memset(header, 0xff, BGP_MARKER_BYTES);
	header[16] = (uint8_t)(length >> 8);
	header[17] = (uint8_t)length;
	header[18] = type;
}

static void test_B01_marker_not_all_ones(void **state)
{
	for (size_t i = 0; i < BGP_MARKER_BYTES; i++) {
		uint8_t header[BGP_HEADER_BYTES];

		make_header(header, 19, BGP_MSG_KEEPALIVE);
		header[i] = 0xfe;
		expect_header(header, BGP_HEADER_NOT_SYNCHRONIZED, NULL, 0);
	}
}

static void test_B02_bad_length_is_told_with_the_length(void **state)
{
	static const struct {
		unsigned length;
		uint8_t type;
	} rows[] = {
	    {0, BGP_MSG_KEEPALIVE},
	    {18, BGP_MSG_KEEPALIVE},
	    {18, BGP_MSG_UPDATE},
	    {4097, BGP_MSG_UPDATE},
	    {65535, BGP_MSG_UPDATE},
	    {20, BGP_MSG_KEEPALIVE},
	    {28, BGP_MSG_OPEN},
	    {22, BGP_MSG_UPDATE},
	    {20, BGP_MSG_NOTIFICATION},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t header[BGP_HEADER_BYTES];

		make_header(header, rows[i].length, rows[i].type);
		expect_header(header, BGP_HEADER_LENGTH, header + 16, 2);
	}
}

static void test_B03_unknown_type_is_told_with_the_type(void **state)
{
	static const uint8_t types[] = {0, 6, 7, 128, 255};

	for (size_t i = 0; i < COUNT(types); i++) {
		uint8_t header[BGP_HEADER_BYTES];

		make_header(header, 23, types[i]);
		expect_header(header, BGP_HEADER_TYPE, &types[i], 1);
	}
}

/* ---- OPEN (section 6.2) ---- */

struct open_row {
	const char *body;
	uint8_t subcode; /* 0xff = accepted */
	const char *data;
};

static void expect_open(const struct open_row *row, const struct bgp_config *config)
{
	struct harness h;
	const struct bgp_action *sent;
	uint8_t data[64];
	size_t n = unhex(row->data ? row->data : "", data, sizeof(data));

	harness_init(&h, config);
	harness_opensent(&h);
	harness_hex(&h, BGP_MSG_OPEN, row->body);
	if (row->subcode == 0xff) {
		assert_int_equal(harness_state(&h), BGP_OPENCONFIRM);
		assert_non_null(harness_sent(&h, BGP_MSG_KEEPALIVE));
	} else {
		assert_notified(&h, BGP_ERR_OPEN, row->subcode);
		sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
		assert_int_equal(sent->bytes, 21 + n);
		assert_memory_equal(sent->data + 21, data, n);
		assert_int_equal(harness_state(&h), BGP_IDLE);
		assert_int_equal(harness_status(&h).established, 0);
	}
	harness_free(&h);
}

static void expect_opens(const struct open_row *rows, size_t count)
{
	struct bgp_config config = harness_config();

	for (size_t i = 0; i < count; i++)
		expect_open(&rows[i], &config);
}

static void test_B04_open_fields(void **state)
{
	static const struct open_row rows[] = {
	    {"03 fc00 001e 01010101 00", BGP_OPEN_VERSION, "0004"},
	    {"05 fc00 001e 01010101 00", BGP_OPEN_VERSION, "0004"},
	    {"00 fc00 001e 01010101 00", BGP_OPEN_VERSION, "0004"},
	    {"04 fc01 001e 01010101 00", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 fc00 001e 00000000 00", BGP_OPEN_BAD_ID, NULL},
	    {"04 fc00 001e 02020202 00", 0xff,
		NULL}, /* our own: fine between two ASes (RFC 6286) */
	    {"04 fc00 0001 01010101 00", BGP_OPEN_HOLD_TIME, NULL},
	    {"04 fc00 0002 01010101 00", BGP_OPEN_HOLD_TIME, NULL},
	    {"04 fc00 0003 01010101 00", 0xff, NULL},
	    {"04 fc00 0000 01010101 00", 0xff, NULL},
	    {"04 fc00 ffff 01010101 00", 0xff, NULL},
	};
	static const struct open_row own_id = {"04 fde8 001e 02020202 00", BGP_OPEN_BAD_ID, NULL};
	struct bgp_config internal = harness_config();

	expect_opens(rows, COUNT(rows));
	internal.remote_as = LOCAL_AS;
	expect_open(&own_id, &internal);
}

static void test_B05_parameter_and_capability_lengths(void **state)
{
	static const struct open_row rows[] = {
	    /* the length of all parameters: short, long, without any */
	    {"04 fc00 001e 01010101 07 0206 4104 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 09 0206 4104 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 01", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 00 00", BGP_OPEN_UNSPECIFIC, NULL},
	    /* a parameter that is cut or runs over */
	    {"04 fc00 001e 01010101 01 02", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 08 02ff 4104 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 08 0205 4104 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    /* a parameter that is not for capabilities */
	    {"04 fc00 001e 01010101 04 0102 0000", BGP_OPEN_PARAMETER, NULL},
	    {"04 fc00 001e 01010101 02 0900", BGP_OPEN_PARAMETER, NULL},
	    /* capabilities that are cut, run over, or have a wrong length of their own */
	    {"04 fc00 001e 01010101 03 0201 41", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 08 0206 4105 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 07 0205 4103 00fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 04 0202 4100", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 07 0205 0103 000100", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 09 0207 0105 0001000100", BGP_OPEN_UNSPECIFIC, NULL},
	    /* unknown ones are skipped: software version (75) empty, a cut one, FQDN (73) */
	    {"04 fc00 001e 01010101 04 0202 4b00", 0xff, NULL},
	    {"04 fc00 001e 01010101 05 0203 4bff 41", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 05 0203 4901 ff", 0xff, NULL},
	    {"04 fc00 001e 01010101 04 0202 0000", 0xff, NULL},
	    /* an empty capabilities parameter */
	    {"04 fc00 001e 01010101 02 0200", 0xff, NULL},
	    /* RFC 9072: extended lengths, whole and cut everywhere */
	    {"04 fc00 001e 01010101 ff ff 0009 02 0006 4104 0000fc00", 0xff, NULL},
	    {"04 fc00 001e 01010101 09 ff 0009 02 0006 4104 0000fc00", 0xff, NULL},
	    {"04 fc00 001e 01010101 ff ff 0009 02 0006 4104 0000fc", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff ff 0009 02 0007 4104 0000fc00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff ff 0003 02 00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff ff 00", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff ff", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff", BGP_OPEN_UNSPECIFIC, NULL},
	    {"04 fc00 001e 01010101 ff ff ffff", BGP_OPEN_UNSPECIFIC, NULL},
	};

	expect_opens(rows, COUNT(rows));
}

/* A capability of 255 bytes inside an extended parameter is skipped whole. */
static void test_B05_capability_of_255_bytes(void **state)
{
	uint8_t body[400] = {4, 0xfc, 0, 0, 30, 1, 1, 1, 1, 0xff, 0xff};
	struct wr w = wr_init(body + 11, sizeof(body) - 11);
	struct bgp_open open;
	struct bgp_error error;

	wr_u16(&w, 3 + 2 + 255);
	wr_u8(&w, BGP_PARAM_CAPABILITIES);
	wr_u16(&w, 2 + 255);
	wr_u8(&w, 75);
	wr_u8(&w, 255);
	wr_zero(&w, 255);
	assert_int_equal(bgp_msg_parse_open(body, 11 + wr_len(&w), &open, &error), 0);
	assert_int_equal(bgp_msg_parse_open(body, 10 + wr_len(&w), &open, &error), -EBADMSG);
}

static void test_B06_as_numbers(void **state)
{
	static const struct open_row rows[] = {
	    {"04 0000 001e 01010101 00", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 5ba0 001e 01010101 00", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 5ba0 001e 01010101 08 0206 4104 00000000", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 5ba0 001e 01010101 08 0206 4104 fa56ea01", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 fc00 001e 01010101 08 0206 4104 0000fc01", BGP_OPEN_BAD_PEER_AS, NULL},
	    {"04 fc00 001e 01010101 08 0206 4104 0000fc00", 0xff, NULL},
	    {"04 5ba0 001e 01010101 08 0206 4104 0000fc00", 0xff, NULL},
	};
	static const struct open_row wide[] = {
	    {"04 5ba0 001e 01010101 08 0206 4104 fa56ea01", 0xff, NULL},
	    {"04 5ba0 001e 01010101 00", BGP_OPEN_BAD_PEER_AS, NULL},
	};
	struct bgp_config config = harness_config();
	struct harness h;

	expect_opens(rows, COUNT(rows));
	config.remote_as = 4200000001;
	for (size_t i = 0; i < COUNT(wide); i++)
		expect_open(&wide[i], &config);

	/* Without the capability the session works, with two octets per AS. */
	config = harness_config();
	harness_init(&h, &config);
	harness_establish(&h, false);
	assert_false(harness_status(&h).four_octet_as);
	harness_update(&h, "", "40010100 400204 0201fc00 400304a9fe5a01", "100a01");
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 1);
	harness_free(&h);
}

static void test_open_without_ipv4_unicast(void **state)
{
	/* IPv6 unicast alone: nothing to talk about; with IPv4 multicast: neither. */
	static const struct open_row rows[] = {
	    {"04 fc00 001e 01010101 08 0206 0104 00020001", BGP_OPEN_CAPABILITY, "010400010001"},
	    {"04 fc00 001e 01010101 08 0206 0104 00010002", BGP_OPEN_CAPABILITY, "010400010001"},
	    {"04 fc00 001e 01010101 0e 020c 0104 00020001 0104 00010001", 0xff, NULL},
	};

	expect_opens(rows, COUNT(rows));
}

/* ---- NOTIFICATION ---- */

static void receive_notification(struct harness *h, const uint8_t *body, size_t bytes)
{
	struct bgp_config config = harness_config();

	harness_init(h, &config);
	harness_establish(h, true);
	h->log[0] = '\0';
	harness_message(h, BGP_MSG_NOTIFICATION, body, bytes);
	assert_int_equal(harness_state(h), BGP_IDLE);
	assert_int_equal(harness_status(h).received_notifications, 1);
	assert_null(harness_sent(h, BGP_MSG_NOTIFICATION)); /* never answered (section 6.4) */
	assert_non_null(harness_action(h, BGP_ACT_CLOSE));
}

static void test_B33_shutdown_text_of_255_bytes_is_cut(void **state)
{
	uint8_t body[2 + 1 + 255] = {BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, 255};
	struct harness h;

	memset(body + 3, 'A', 255);
	receive_notification(&h, body, sizeof(body));
	assert_non_null(strstr(h.log, "Cease/Administrative Shutdown (6/2) text=\"AAAA"));
	assert_non_null(strstr(h.log, "...\""));
	assert_null(
	    strstr(h.log, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	harness_free(&h);
}

static void test_B33_bad_utf8_and_control_bytes_are_escaped(void **state)
{
	static const uint8_t body[] = {
	    BGP_ERR_CEASE, BGP_CEASE_RESET, 8, 0x1b, '[', '2', 'J', 0xc3, 0x28, '\n', 0};
	struct harness h;

	receive_notification(&h, body, sizeof(body));
	assert_non_null(
	    strstr(h.log, "Administrative Reset (6/4) text=\"\\x1b[2J\\xc3(\\x0a\\x00\""));
	assert_null(strchr(h.log, 0x1b));
	harness_free(&h);
}

static void test_B33_text_length_that_lies(void **state)
{
	static const uint8_t lies[][4] = {
	    {BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, 255, 'x'},
	    {BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, 2, 'x'},
	    {BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, 0, 'x'},
	};
	struct harness h;

	for (size_t i = 0; i < COUNT(lies); i++) {
		receive_notification(&h, lies[i], sizeof(lies[i]));
		assert_non_null(strstr(h.log, "Administrative Shutdown (6/2)\n"));
		assert_null(strstr(h.log, "text="));
		harness_free(&h);
	}
	receive_notification(&h, (const uint8_t[]){255, 255}, 2);
	assert_non_null(strstr(h.log, "unknown code (255/255)"));
	harness_free(&h);
}

static void test_B33_notification_of_length_20(void **state)
{
	uint8_t header[BGP_HEADER_BYTES];

	make_header(header, 20, BGP_MSG_NOTIFICATION);
	expect_header(header, BGP_HEADER_LENGTH, header + 16, 2);
}

/* ---- ROUTE-REFRESH ---- */

static void test_B34_route_refresh(void **state)
{
	static const struct {
		const char *body;
		bool repeats, resets;
	} rows[] = {
	    {"00010001", true, false},
	    {"00020001", false, false}, /* a family never offered */
	    {"00010080", false, false},
	    {"00010101", false, false}, /* BoRR, never offered (RFC 7313) */
	    {"00010201", false, false},
	    {"00010301", false, false}, /* unknown subtype */
	    {"", false, true},
	    {"000100", false, true},
	    {"0001000100", false, true},
	    {"00010001 0140 0005 00000000 00", false, true}, /* ORF, never offered (RFC 5291) */
	    {"00010001 0140 ffff 00", false, true},
	};
	struct bgp_config config = harness_config();
	const struct ip_prefix lan = prefix("192.168.200.0/24");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		harness_init(&h, &config);
		assert_int_equal(bgp_peer_set_export(h.peer, &lan, 1), 0);
		harness_establish(&h, true); /* whose OPEN does not have the capability */
		harness_hex(&h, BGP_MSG_ROUTE_REFRESH, rows[i].body);
		assert_int_equal(harness_sent(&h, BGP_MSG_UPDATE) != NULL, rows[i].repeats);
		assert_int_equal(harness_state(&h), rows[i].resets ? BGP_IDLE : BGP_ESTABLISHED);
		if (rows[i].resets)
			assert_notified(&h, BGP_ERR_ROUTE_REFRESH, BGP_ROUTE_REFRESH_LENGTH);
		harness_free(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_of_other_speakers),
	    cmocka_unit_test(test_open_is_read_back),
	    cmocka_unit_test(test_open_without_ipv4_unicast),
	    cmocka_unit_test(test_B01_marker_not_all_ones),
	    cmocka_unit_test(test_B02_bad_length_is_told_with_the_length),
	    cmocka_unit_test(test_B03_unknown_type_is_told_with_the_type),
	    cmocka_unit_test(test_B04_open_fields),
	    cmocka_unit_test(test_B05_open_cut_at_every_byte),
	    cmocka_unit_test(test_B05_parameter_and_capability_lengths),
	    cmocka_unit_test(test_B05_capability_of_255_bytes),
	    cmocka_unit_test(test_B06_as_numbers),
	    cmocka_unit_test(test_B33_shutdown_text_of_255_bytes_is_cut),
	    cmocka_unit_test(test_B33_bad_utf8_and_control_bytes_are_escaped),
	    cmocka_unit_test(test_B33_text_length_that_lies),
	    cmocka_unit_test(test_B33_notification_of_length_20),
	    cmocka_unit_test(test_B34_route_refresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
