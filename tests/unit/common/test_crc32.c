/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CRC-32, and the checksum of an SA's record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32.h"
#include "common/shm_sum.h"

/* The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms; the others by
 * Python's zlib.crc32(). */
static void test_known_values(void **state)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog";
	uint8_t every[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(every); i++)
		every[i] = (uint8_t)i;
	assert_int_equal(crc32_ieee(0, "", 0), 0);
	assert_int_equal(crc32_ieee(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_ieee(0, text, sizeof(text) - 1), 0x414fa339);
	assert_int_equal(crc32_ieee(0, every, sizeof(every)), 0x29058c73);
}

static void test_parts_make_the_whole(void **state)
{
	static const char text[] = "123456789";

	(void)state;
	for (size_t cut = 0; cut <= 9; cut++)
		assert_int_equal(
		    crc32_ieee(crc32_ieee(0, text, cut), text + cut, 9 - cut), 0xcbf43926);
}

static void test_S05_every_bit_of_a_record_counts(void **state)
{
	struct cfg_sa sa;
	uint8_t *bytes = (uint8_t *)&sa;
	uint32_t sum;

	(void)state;
	srandom(1);
	for (size_t i = 0; i < sizeof(sa); i++)
		bytes[i] = (uint8_t)random();
	sa.checksum = 0;
	assert_true(shm_sa_sum_ok(&sa)); /* none */
	sum = shm_sa_sum(&sa);
	assert_int_not_equal(sum, 0);
	sa.checksum = sum;
	assert_true(shm_sa_sum_ok(&sa));
	for (size_t bit = 0; bit < sizeof(sa) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* The head is the sequence lock's: a reader's copy has another than the writer's.
		 */
		assert_int_equal(shm_sa_sum_ok(&sa), bit < sizeof(struct shm_slot_head) * 8);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_values),
	    cmocka_unit_test(test_parts_make_the_whole),
	    cmocka_unit_test(test_S05_every_bit_of_a_record_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
