/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sizes AWS documents for an outer MTU of 1500, row by row ("Best practices for your customer
 * gateway device": maximum transmission unit), and what follows from the formula for every other
 * MTU. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "common/names.h"
#include "common/shm_abi.h"
#include "dataplane/pkt/overhead.h"

struct row {
	uint16_t encr, auth;
	bool udp;
	uint32_t mtu, mss4, mss6;
};

static const struct row rows[] = {
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, false, 1446, 1406, 1386},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, true, 1438, 1398, 1378},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, false, 1438, 1398, 1378},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, false, 1438, 1398, 1378},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, true, 1422, 1382, 1362},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, true, 1422, 1382, 1362},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, false, 1422, 1382, 1362},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, true, 1422, 1382, 1362},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, false, 1422, 1382, 1362},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, true, 1406, 1366, 1346},
};

static struct overhead overhead_of(uint16_t encr, uint16_t auth, uint8_t outer_family, bool udp)
{
	return (struct overhead){outer_family, udp, (uint8_t)names_encr_iv_bytes(encr),
	    (uint8_t)names_encr_block_bytes(encr), (uint8_t)names_icv_bytes(encr, auth)};
}

static void test_every_documented_row(void **state)
{
	for (unsigned i = 0; i < LENGTH(rows); i++) {
		struct overhead o = overhead_of(rows[i].encr, rows[i].auth, 4, rows[i].udp);

		assert_int_equal(overhead_inner_mtu(&o, 1500), rows[i].mtu);
		assert_int_equal(overhead_mss(rows[i].mtu, 4), rows[i].mss4);
		assert_int_equal(overhead_mss(rows[i].mtu, 6), rows[i].mss6);
	}
}

static void test_the_inner_mtu_is_the_largest_that_fits(void **state)
{
	for (unsigned i = 0; i < LENGTH(rows); i++) {
		for (unsigned family = 4; family <= 6; family += 2) {
			struct overhead o =
			    overhead_of(rows[i].encr, rows[i].auth, (uint8_t)family, rows[i].udp);

			for (uint32_t mtu = 0; mtu <= 9216; mtu++) {
				uint32_t inner = overhead_inner_mtu(&o, mtu);

				if (inner)
					assert_true(overhead_outer_bytes(&o, inner) <= mtu);
				assert_true(overhead_outer_bytes(&o, inner + 1) > mtu);
			}
		}
	}
}

static void test_nothing_fits_in_a_tiny_mtu(void **state)
{
	struct overhead o = overhead_of(CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 4, true);

	assert_int_equal(overhead_inner_mtu(&o, 0), 0);
	assert_int_equal(overhead_inner_mtu(&o, 79), 0);
	assert_int_equal(overhead_inner_mtu(&o, 80), 14);
	assert_int_equal(overhead_mss(40, 4), 0);
	assert_int_equal(overhead_mss(41, 4), 1);
	assert_int_equal(overhead_mss(60, 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_documented_row),
	    cmocka_unit_test(test_the_inner_mtu_is_the_largest_that_fits),
	    cmocka_unit_test(test_nothing_fits_in_a_tiny_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
