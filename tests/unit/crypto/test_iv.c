/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The source of CBC IVs: it is AES of a counter, it never repeats, and two starts have nothing in
 * common. */
#include "tests/unit/crypto/esp_fixture.h"

#include "crypto/iv.h"

/* AES-128 of the little-endian counters 0, 1, 2: python3-cryptography. The first is test case 1 of
 * the GCM specification (McGrew, Viega), the hash key of the all-zero key. */
static void test_ivs_are_aes_of_a_counter(void **state)
{
	static const struct {
		const char *key, *iv[3];
	} cases[] = {
	    {"00000000000000000000000000000000",
		{"66e94bd4ef8a2c3b884cfa59ca342b2e", "47711816e91d6ff059bbbf2bf58e0fd3",
		    "bcf176a7eaad8085ebacea362462a281"}},
	    {"2b7e151628aed2a6abf7158809cf4f3c",
		{"7df76b0c1ab899b33e42f047b91b546f", "7e59379b5233969d25a5ad2ce335cb3e",
		    "1fb0c23bd209ac911ee3ab8a2d85ebcd"}},
	};

	for (unsigned i = 0; i < 2; i++) {
		uint8_t key[16], got[3][IV_BYTES], want[IV_BYTES];
		struct iv_source source;

		unhex(cases[i].key, key);
		assert_int_equal(iv_init_with_key(&source, key), 0);
		iv_fill(&source, got, 3);
		for (unsigned k = 0; k < 3; k++) {
			unhex(cases[i].iv[k], want);
			assert_memory_equal(got[k], want, IV_BYTES);
		}
	}
}

static void test_batches_of_any_size_yield_the_same_sequence(void **state)
{
	static uint8_t whole[1000][IV_BYTES], parts[1000][IV_BYTES];
	static const uint8_t key[16] = {1, 2, 3};
	struct iv_source a, b;
	unsigned done = 0;

	assert_int_equal(iv_init_with_key(&a, key), 0);
	assert_int_equal(iv_init_with_key(&b, key), 0);
	iv_fill(&a, whole, 1000);
	for (unsigned n = 0; done < 1000; n = (n + 1) % 10) {
		unsigned count = n < 1000 - done ? n : 1000 - done;

		iv_fill(&b, parts + done, count);
		done += count;
	}
	assert_memory_equal(whole, parts, sizeof(whole));
}

static int compare_ivs(const void *a, const void *b)
{
	return memcmp(a, b, IV_BYTES);
}

static void test_no_iv_repeats_and_starts_differ(void **state)
{
	enum { EACH = 20000 };
	uint8_t(*iv)[IV_BYTES] = malloc(sizeof(*iv) * EACH * 2);
	struct iv_source a, b;

	assert_int_equal(iv_init(&a), 0);
	assert_int_equal(iv_init(&b), 0);
	iv_fill(&a, iv, EACH);
	iv_fill(&b, iv + EACH, EACH);
	qsort(iv, EACH * 2, IV_BYTES, compare_ivs);
	for (unsigned i = 1; i < EACH * 2; i++)
		assert_memory_not_equal(iv[i - 1], iv[i], IV_BYTES);
	iv_wipe(&a);
	for (unsigned i = 0; i < sizeof(a); i++)
		assert_int_equal(((const uint8_t *)&a)[i], 0);
	free(iv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ivs_are_aes_of_a_counter),
	    cmocka_unit_test(test_batches_of_any_size_yield_the_same_sequence),
	    cmocka_unit_test(test_no_iv_repeats_and_starts_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
