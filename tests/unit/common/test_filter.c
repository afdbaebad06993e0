/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading packets for the filters, and tables that somebody else wrote. What rules mean is tested
 * from the lines on, in tests/unit/service/test_filter.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/filter.h"

static const uint8_t tcp[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 0, 2, 9,
    0x1f, 0x90, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x51, 0x12};

/* A copy that ends where it ends: the sanitizer sees what is read behind it. */
static int read_copy(const uint8_t *packet, size_t bytes, struct filter_packet *out)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, packet, bytes);
	rc = filter_read(copy, bytes, out);
	free(copy);
	return rc;
}

static void test_a_packet_is_read(void **state)
{
	struct filter_packet packet;

	assert_int_equal(read_copy(tcp, sizeof(tcp), &packet), 0);
	assert_int_equal(packet.source, 0x0a000001);
	assert_int_equal(packet.destination, 0xc0000209);
	assert_int_equal(packet.protocol, 6);
	assert_int_equal(packet.head, FILTER_HEAD_WHOLE);
	assert_int_equal(packet.sport, 8080);
	assert_int_equal(packet.dport, 80);
	assert_int_equal(packet.flags, 0x112);
}

static void test_headers_that_lie_are_no_packets(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
	} lies[] = {{0, 0x65}, {0, 0x44}, {0, 0x4f}, {3, 41}, {3, 19}, {2, 0xff}};
	struct filter_packet packet;

	for (size_t bytes = 0; bytes < 40; bytes++)
		assert_int_equal(read_copy(tcp, bytes, &packet), -EINVAL);
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint8_t copy[40];

		memcpy(copy, tcp, sizeof(copy));
		copy[lies[i].at] = lies[i].value;
		/* A header of 60 bytes needs a packet of 60. */
		assert_int_equal(read_copy(copy, sizeof(copy), &packet), -EINVAL);
	}
}

static void test_what_is_behind_the_packet_is_not_read(void **state)
{
	struct filter_packet packet;
	uint8_t copy[40];

	memcpy(copy, tcp, sizeof(copy));
	copy[3] = 39; /* the header is cut short; the frame's padding is no part of it */
	assert_int_equal(read_copy(copy, sizeof(copy), &packet), 0);
	assert_int_equal(packet.head, FILTER_HEAD_BAD);
	assert_int_equal(packet.flags, 0);
}

/* RFC 1858 and RFC 3128: a first fragment without the flags, and one that would write over them. */
static void test_fragments_that_could_change_a_header_are_dropped(void **state)
{
	static const struct {
		uint8_t protocol, offset, bytes; /* of what follows the IP header */
		enum filter_head head;
	} rows[] = {{6, 0, 20, FILTER_HEAD_WHOLE}, {6, 0, 16, FILTER_HEAD_BAD},
	    {6, 0, 8, FILTER_HEAD_BAD}, {6, 1, 16, FILTER_HEAD_BAD}, {6, 2, 16, FILTER_HEAD_BAD},
	    {6, 3, 16, FILTER_HEAD_LATER}, {17, 0, 8, FILTER_HEAD_WHOLE},
	    {17, 0, 7, FILTER_HEAD_BAD}, {17, 1, 8, FILTER_HEAD_LATER},
	    {1, 0, 8, FILTER_HEAD_WHOLE}, {1, 0, 4, FILTER_HEAD_BAD}, {1, 1, 8, FILTER_HEAD_LATER},
	    {50, 0, 0, FILTER_HEAD_WHOLE}, {50, 1, 8, FILTER_HEAD_LATER}};
	const struct filter_rule all = {.number = 1, .any_protocol = 1};
	const struct filter_pools pools = {.rule = &all, .rules = 1};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct filter_packet packet;
		uint8_t copy[40];

		memcpy(copy, tcp, sizeof(copy));
		copy[3] = (uint8_t)(20 + rows[i].bytes);
		copy[6] = 0x20;
		copy[7] = rows[i].offset;
		copy[9] = rows[i].protocol;
		assert_int_equal(read_copy(copy, 20 + rows[i].bytes, &packet), 0);
		assert_int_equal(packet.head, rows[i].head);
		assert_int_equal(
		    filter_evaluate(&pools, (struct filter_span){0, 1}, &packet, true).pass,
		    rows[i].head != FILTER_HEAD_BAD);
	}
}

static void test_tables_with_spans_outside_are_refused(void **state)
{
	struct filter_range range[2] = {{0, 1}, {2, 3}};
	struct filter_flags flags = {2, 2, 0, 0};
	struct filter_rule rule;
	const struct filter_pools pools = {&rule, range, &flags, 1, 2, 1};
	const struct filter_rule good = {.action = FILTER_RESTRICT,
	    .log = FILTER_LOG_ALWAYS,
	    .source = {0, 2},
	    .dport = {1, 1},
	    .sport = {2, 0},
	    .flags = {0, 1},
	    .protocol_count = FILTER_PROTOCOLS};

#define WITH(field, ...)                                                                           \
	do {                                                                                       \
		rule = good;                                                                       \
		rule.field = __VA_ARGS__;                                                          \
		assert_false(filter_pools_valid(&pools));                                          \
	} while (0)
	rule = good;
	assert_true(filter_pools_valid(&pools));
	WITH(source, (struct filter_span){1, 2});
	WITH(destination, (struct filter_span){3, 0});
	WITH(sport, (struct filter_span){UINT16_MAX, UINT16_MAX});
	WITH(dport, (struct filter_span){2, 1});
	WITH(flags, (struct filter_span){0, 2});
	WITH(protocol_count, FILTER_PROTOCOLS + 1);
	WITH(action, FILTER_RESTRICT + 1);
	WITH(log, FILTER_LOG_ALWAYS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_packet_is_read),
	    cmocka_unit_test(test_headers_that_lie_are_no_packets),
	    cmocka_unit_test(test_what_is_behind_the_packet_is_not_read),
	    cmocka_unit_test(test_fragments_that_could_change_a_header_are_dropped),
	    cmocka_unit_test(test_tables_with_spans_outside_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
