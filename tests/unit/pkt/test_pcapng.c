/* SPDX-License-Identifier: BSD-3-Clause
 *
 * pcapng blocks, byte by byte as the draft draws them (draft-ietf-opsawg-pcapng-03, figures 9, 10
 * and 11; options: sections 3.5 and 4). What other programs make of whole files is tested in
 * tests/e2e/test_sight.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dataplane/pkt/pcapng.h"

static uint8_t out[70000];

static uint32_t word(size_t at)
{
	uint32_t value;

	memcpy(&value, out + at, sizeof(value));
	return value;
}

static uint16_t half(size_t at)
{
	uint16_t value;

	memcpy(&value, out + at, sizeof(value));
	return value;
}

static void test_a_section(void **state)
{
	size_t n = pcapng_section(out, sizeof(out), "cgw-x");

	(void)state;
	assert_int_equal(word(0), 0x0a0d0d0a);
	assert_int_equal(word(4), n);
	assert_int_equal(word(8), 0x1a2b3c4d);
	assert_int_equal(half(12), 1);
	assert_int_equal(half(14), 0);
	assert_int_equal(word(16), UINT32_MAX);
	assert_int_equal(word(20), UINT32_MAX);
	assert_int_equal(half(24), 4); /* shb_userappl */
	assert_int_equal(half(26), 5);
	assert_memory_equal(out + 28, "cgw-x\0\0\0", 8);
	assert_int_equal(word(36), 0);
	assert_int_equal(word(40), n);
	assert_int_equal(n, 44);
}

static void test_an_interface(void **state)
{
	size_t n = pcapng_interface(out, sizeof(out), "lan1", PCAPNG_LINK_ETHERNET, 96);

	(void)state;
	assert_int_equal(word(0), 1);
	assert_int_equal(word(4), n);
	assert_int_equal(half(8), 1);
	assert_int_equal(word(12), 96);
	assert_int_equal(half(16), 2); /* if_name */
	assert_int_equal(half(18), 4);
	assert_memory_equal(out + 20, "lan1", 4);
	assert_int_equal(half(24), 9); /* if_tsresol */
	assert_int_equal(half(26), 1);
	assert_int_equal(word(28), 9);
	assert_int_equal(word(32), 0);
	assert_int_equal(word(n - 4), n);
	assert_int_equal(n, 40);
}

static void test_a_packet_with_all_there_is_to_say(void **state)
{
	const struct pcapng_packet packet = {.interface = 3,
	    .time_nsec = UINT64_C(0x1122334455667788),
	    .data = (const uint8_t *)"abcde",
	    .bytes = 5,
	    .original = 1500,
	    .lost = 7,
	    .comment = "drop: icv",
	    .direction = PCAPNG_OUT};
	size_t n = pcapng_packet(out, sizeof(out), &packet);
	uint64_t lost;

	(void)state;
	assert_int_equal(word(0), 6);
	assert_int_equal(word(4), n);
	assert_int_equal(word(8), 3);
	assert_int_equal(word(12), 0x11223344);
	assert_int_equal(word(16), 0x55667788);
	assert_int_equal(word(20), 5);
	assert_int_equal(word(24), 1500);
	assert_memory_equal(out + 28, "abcde\0\0\0", 8);
	assert_int_equal(half(36), 2); /* epb_flags */
	assert_int_equal(half(38), 4);
	assert_int_equal(word(40), 2); /* outbound */
	assert_int_equal(half(44), 4); /* epb_dropcount */
	assert_int_equal(half(46), 8);
	memcpy(&lost, out + 48, 8);
	assert_int_equal(lost, 7);
	assert_int_equal(half(56), 1); /* opt_comment */
	assert_int_equal(half(58), 9);
	assert_memory_equal(out + 60, "drop: icv\0\0\0", 12);
	assert_int_equal(word(72), 0);
	assert_int_equal(word(76), n);
	assert_int_equal(n, 80);
}

static void test_nothing_is_written_beyond_the_room(void **state)
{
	const struct pcapng_packet packet = {.data = (const uint8_t *)"0123456789",
	    .bytes = 10,
	    .original = 10,
	    .comment = "why",
	    .direction = PCAPNG_IN};
	size_t need = pcapng_packet(out, sizeof(out), &packet);

	(void)state;
	for (size_t room = 0; room < need; room++) {
		memset(out, 0xee, sizeof(out));
		assert_int_equal(pcapng_packet(out, room, &packet), 0);
		for (size_t i = room; i < need + 8; i++)
			assert_int_equal(out[i], 0xee);
	}
	assert_int_equal(pcapng_packet(out, need, &packet), need);
	assert_int_equal(pcapng_section(out, 20, "x"), 0);
	assert_int_equal(pcapng_interface(out, 20, "x", 1, 0), 0);
}

static void test_long_texts_are_cut(void **state)
{
	char text[1000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_in_range(pcapng_section(out, sizeof(out), text), PCAPNG_TEXT_MAX, PCAPNG_BLOCK_MAX);
	assert_in_range(
	    pcapng_interface(out, sizeof(out), text, 1, 0), PCAPNG_TEXT_MAX, PCAPNG_BLOCK_MAX);
	assert_in_range(
	    pcapng_packet(out, sizeof(out), &(struct pcapng_packet){.lost = 1, .comment = text}),
	    PCAPNG_TEXT_MAX, PCAPNG_BLOCK_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_section),
	    cmocka_unit_test(test_an_interface),
	    cmocka_unit_test(test_a_packet_with_all_there_is_to_say),
	    cmocka_unit_test(test_nothing_is_written_beyond_the_room),
	    cmocka_unit_test(test_long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
