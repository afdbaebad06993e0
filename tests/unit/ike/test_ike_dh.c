/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ike_dh.c against integers computed elsewhere, and the values that a peer must not get away
 * with. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/ike/ike_crypto.h"
#include "tests/unit/ike/vector_dh.h"

static uint64_t seed = 1;

static void test_random(void *ctx, uint8_t *out, size_t bytes)
{
	(void)ctx;
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		out[i] = (uint8_t)(seed >> 33);
	}
}

static int shared(enum ike_group group, const uint8_t *x, const uint8_t *peer, size_t bytes,
    uint8_t *secret, size_t *secret_bytes)
{
	return ike_dh_compute(IKE_DH_SHARED, group, x, 40, peer, bytes, test_random, NULL, secret,
	    secret_bytes, NULL, NULL);
}

static const struct group_row {
	enum ike_group group;
	size_t bytes;
	const uint8_t *x, *peer, *shared, *prime;
} rows[] = {
    {IKE_MODP1024, 128, x_2, peer_2, shared_2, prime_2},
    {IKE_MODP1536, 192, x_5, peer_5, shared_5, prime_5},
    {IKE_MODP2048, 256, x_14, peer_14, shared_14, prime_14},
};

static void test_shared_secret_matches_the_oracle(void **state)
{
	uint8_t secret[IKE_DH_BYTES];
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bytes = 0;
		assert_int_equal(
		    shared(rows[i].group, rows[i].x, rows[i].peer, rows[i].bytes, secret, &bytes),
		    0);
		assert_int_equal(bytes, rows[i].bytes);
		assert_int_equal(ike_group_bytes(rows[i].group), bytes);
		assert_memory_equal(secret, rows[i].shared, bytes);
	}
	assert_int_equal(shared_2[0], 0); /* padded to the length of the group */
}

static void test_two_sides_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t secret[2][IKE_DH_BYTES], pub[2][IKE_DH_BYTES], both[2][IKE_DH_BYTES];
		size_t secret_bytes[2], pub_bytes[2], bytes[2];

		for (int e = 0; e < 2; e++) {
			assert_int_equal(ike_dh_compute(IKE_DH_GENERATE, rows[i].group, NULL, 0,
					     NULL, 0, test_random, NULL, secret[e],
					     &secret_bytes[e], pub[e], &pub_bytes[e]),
			    0);
			assert_int_equal(pub_bytes[e], rows[i].bytes);
		}
		assert_memory_not_equal(pub[0], pub[1], pub_bytes[0]);
		for (int e = 0; e < 2; e++)
			assert_int_equal(ike_dh_compute(IKE_DH_SHARED, rows[i].group, secret[e],
					     secret_bytes[e], pub[1 - e], pub_bytes[1 - e],
					     test_random, NULL, both[e], &bytes[e], NULL, NULL),
			    0);
		assert_memory_equal(both[0], both[1], rows[i].bytes);
	}
}

static void test_K12_values_without_a_secret_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t y[256 + 1], secret[IKE_DH_BYTES];
		size_t n = rows[i].bytes, bytes;

		memset(y, 0, sizeof(y)); /* 0 */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), -EBADMSG);
		y[n - 1] = 1; /* 1 */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), -EBADMSG);
		memcpy(y, rows[i].prime, n);
		y[n - 1]--; /* p-1 */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), -EBADMSG);
		y[n - 1]++; /* p */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), -EBADMSG);
		memset(y, 0xff, sizeof(y)); /* more than p */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), -EBADMSG);
		memcpy(y, rows[i].prime, n);
		y[n - 1] -= 2; /* p-2 is a value like any other */
		assert_int_equal(shared(rows[i].group, rows[i].x, y, n, secret, &bytes), 0);
		/* one byte short, one byte long */
		assert_int_equal(
		    shared(rows[i].group, rows[i].x, y, n - 1, secret, &bytes), -EBADMSG);
		assert_int_equal(
		    shared(rows[i].group, rows[i].x, y, n + 1, secret, &bytes), -EBADMSG);
		assert_int_equal(shared(rows[i].group, rows[i].x, y, 0, secret, &bytes), -EBADMSG);
	}
}

static void test_K11_groups_that_are_not_ours(void **state)
{
	static const int groups[] = {0, 1, 3, 4, 6, 15, 24, 1025, -1};
	uint8_t secret[IKE_DH_BYTES], pub[IKE_DH_BYTES];
	size_t secret_bytes, pub_bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		assert_int_equal(ike_group_bytes((enum ike_group)groups[i]), 0);
		assert_int_equal(
		    ike_dh_compute(IKE_DH_GENERATE, (enum ike_group)groups[i], NULL, 0, NULL, 0,
			test_random, NULL, secret, &secret_bytes, pub, &pub_bytes),
		    -EINVAL);
		assert_int_equal(
		    shared((enum ike_group)groups[i], x_2, peer_2, 128, secret, &secret_bytes),
		    -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shared_secret_matches_the_oracle),
	    cmocka_unit_test(test_two_sides_agree),
	    cmocka_unit_test(test_K12_values_without_a_secret_are_refused),
	    cmocka_unit_test(test_K11_groups_that_are_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
