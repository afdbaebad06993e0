/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The question for the time and what is taken for an answer (RFC 4330 section 5). Timestamps of the
 * answers are computed here from dates. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/service/sntp.h"

#define NSEC  1000000000ll
#define NONCE UINT64_C(0x1122334455667788)
#define T2026 1795305600ll /* 2026-11-22 00:00:00 UTC, by date(1) */
#define T2040 2208988800ll /* 2040-01-01 */

static uint8_t answer[SNTP_BYTES];

static void put64(size_t at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		answer[at + i] = (uint8_t)(value >> (56 - 8 * i));
}

/* The server's clock when the question came and when the answer left, in milliseconds. */
static void make(int64_t came_msec, int64_t left_msec)
{
	memset(answer, 0, sizeof(answer));
	answer[0] = 0x24; /* no leap second, version 4, server */
	answer[1] = 2;
	put64(24, NONCE);
	for (unsigned i = 0; i < 2; i++) {
		int64_t msec = i ? left_msec : came_msec;
		uint64_t seconds = (uint64_t)(msec / 1000) + 2208988800u;

		put64(i ? 40 : 32, seconds << 32 | ((uint64_t)(msec % 1000) << 32) / 1000);
	}
}

static int read_at(int64_t sent_msec, int64_t received_msec, int64_t *offset_msec)
{
	const char *why;
	int64_t offset = 0;
	int rc = sntp_answer(answer, sizeof(answer), NONCE, sent_msec * 1000000,
	    received_msec * 1000000, &offset, &why);

	assert_int_equal(rc == -EPROTO, why != NULL);
	*offset_msec = (offset + (offset < 0 ? -500000 : 500000)) / 1000000;
	return rc;
}

static void test_the_question_is_a_clients(void **state)
{
	static const uint8_t nonce[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
	uint8_t out[SNTP_BYTES];

	sntp_question(NONCE, out);
	assert_int_equal(out[0], 0x23);
	for (unsigned i = 1; i < 40; i++)
		assert_int_equal(out[i], 0);
	assert_memory_equal(out + 40, nonce, 8);
}

/* Sent at 0, there at 30 by a clock that is off by the offset, back at 50: the way took 20 each. */
static void test_offsets(void **state)
{
	static const int64_t offsets[] = {
	    0, 1, -1, 2500, -2500, 86400000ll * 365, -86400000ll * 9000};
	static const int64_t starts[] = {T2026 * 1000, T2040 * 1000};
	int64_t got;

	for (unsigned s = 0; s < 2; s++) {
		for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			int64_t there = starts[s] + offsets[i];

			make(there + 20, there + 30);
			assert_int_equal(read_at(starts[s], starts[s] + 50, &got), 0);
			assert_int_equal(got, offsets[i]);
		}
	}
}

static void test_what_is_no_answer_to_the_question(void **state)
{
	int64_t got, offset;
	const char *why;

	make(T2026 * 1000, T2026 * 1000);
	answer[24] ^= 1;
	assert_int_equal(read_at(0, 0, &got), -EAGAIN);
	make(T2026 * 1000, T2026 * 1000);
	answer[0] = 0x23; /* a client */
	assert_int_equal(read_at(0, 0, &got), -EAGAIN);
	make(T2026 * 1000, T2026 * 1000);
	for (size_t bytes = 0; bytes < SNTP_BYTES; bytes++)
		assert_int_equal(sntp_answer(answer, bytes, NONCE, 0, 0, &offset, &why), -EAGAIN);
}

static void test_a_server_without_time(void **state)
{
	int64_t got;

	make(T2026 * 1000, T2026 * 1000);
	answer[1] = 0;
	assert_int_equal(read_at(0, 0, &got), -EPROTO);
	answer[1] = 16;
	assert_int_equal(read_at(0, 0, &got), -EPROTO);
	answer[1] = 15;
	assert_int_equal(read_at(0, 0, &got), 0);
	answer[0] |= 0xc0;
	assert_int_equal(read_at(0, 0, &got), -EPROTO);
	make(T2026 * 1000, T2026 * 1000);
	put64(40, 0);
	assert_int_equal(read_at(0, 0, &got), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_question_is_a_clients),
	    cmocka_unit_test(test_offsets),
	    cmocka_unit_test(test_what_is_no_answer_to_the_question),
	    cmocka_unit_test(test_a_server_without_time),
	};

	return cmocka_run_group_tests_name("sntp", tests, NULL, NULL);
}
