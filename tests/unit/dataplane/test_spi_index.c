/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The index of SPIs against what a walk through all slots finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/spi_index.h"

#define SLOTS 37

static void assert_finds(const struct spi_index *index, const uint32_t spi[SLOTS], uint32_t wanted)
{
	uint64_t found = 0, right = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		if (spi[i] == wanted)
			right |= UINT64_C(1) << i;
	for (uint32_t i = spi_index_first(index, wanted); i != SPI_INDEX_END;
	     i = spi_index_next(index, i)) {
		assert_false(found >> i & 1);
		found |= UINT64_C(1) << i;
	}
	assert_int_equal(found, right);
}

static uint32_t some_spi(void)
{
	/* Few, so that some slots have the same; far apart, and neighbours. */
	return (uint32_t)random() % 12 * (random() % 2 ? 0x01000001u : 1u);
}

static void test_any_change_leaves_what_a_walk_would_find(void **state)
{
	struct spi_index index, copy;
	uint32_t spi[SLOTS] = {0};

	(void)state;
	srandom(7);
	assert_int_equal(spi_index_init(&index, SLOTS), 0);
	assert_int_equal(spi_index_init(&copy, SLOTS), 0);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t slot = (uint32_t)random() % SLOTS, to = some_spi();

		assert_int_equal(spi_index_set(&index, slot, to), spi[slot] != to);
		spi[slot] = to;
		for (uint32_t wanted = 1; wanted < 12; wanted++) {
			assert_finds(&index, spi, wanted);
			assert_finds(&index, spi, wanted * 0x01000001u);
		}
	}
	spi_index_copy(&copy, &index);
	for (uint32_t wanted = 1; wanted < 12; wanted++)
		assert_finds(&copy, spi, wanted);
	spi_index_fini(&index);
	spi_index_fini(&copy);
}

/* A message that is forged costs no walk: what it is asked for, only slots with its SPI answer. */
static void test_no_chain_is_long_among_ten_thousand(void **state)
{
	enum { TUNNELS = 10000 };
	struct spi_index index;
	unsigned longest = 0;

	(void)state;
	srandom(8);
	assert_int_equal(spi_index_init(&index, TUNNELS), 0);
	for (uint32_t i = 0; i < TUNNELS; i++)
		(void)spi_index_set(&index, i, 256 + (uint32_t)random());
	for (uint32_t i = 0; i < index.chains; i++) {
		unsigned length = 0;

		for (uint32_t k = index.word[i]; k != SPI_INDEX_END;
		     k = index.word[index.chains + k])
			length++;
		longest = length > longest ? length : longest;
	}
	assert_true(longest > 0 && longest < 16);
	spi_index_fini(&index);
}

static void test_of_no_tunnel(void **state)
{
	struct spi_index index;

	(void)state;
	assert_int_equal(spi_index_init(&index, 0), 0);
	assert_int_equal(spi_index_first(&index, 1234), SPI_INDEX_END);
	spi_index_fini(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_change_leaves_what_a_walk_would_find),
	    cmocka_unit_test(test_no_chain_is_long_among_ten_thousand),
	    cmocka_unit_test(test_of_no_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
