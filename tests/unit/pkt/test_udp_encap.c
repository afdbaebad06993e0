/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a datagram on UDP 4500 is, at every length and with every lie of the UDP header. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/udp_encap.h"

/* A datagram with the given payload and exactly its bytes in memory. */
static enum pkt_verdict classify(
    const uint8_t *payload, unsigned payload_bytes, struct udp_encap *out)
{
	uint8_t datagram[256] = {0x11, 0x94, 0x11, 0x94};
	enum pkt_verdict verdict;
	uint8_t *copy;

	put_be16(datagram + 4, (uint16_t)(payload_bytes + 8));
	memcpy(datagram + 8, payload, payload_bytes);
	copy = exact_copy(datagram, payload_bytes + 8);
	verdict = udp_encap_classify(copy, payload_bytes + 8, out);
	free(copy);
	return verdict;
}

static void test_E17_a_single_ff_is_a_keepalive(void **state)
{
	struct udp_encap out;

	assert_int_equal(classify((const uint8_t *)"\xff", 1, &out), PKT_DROP_KEEPALIVE);
	assert_int_equal(classify((const uint8_t *)"\xff\xff", 2, &out), PKT_DROP_SHORT);
}

static void test_E18_less_than_an_spi_is_short(void **state)
{
	static const uint8_t zeros[3], other[3] = {1, 2, 3};
	struct udp_encap out;

	for (unsigned bytes = 0; bytes <= 3; bytes++) {
		assert_int_equal(classify(zeros, bytes, &out), PKT_DROP_SHORT);
		assert_int_equal(classify(other, bytes, &out), PKT_DROP_SHORT);
	}
	for (unsigned byte = 0; byte < 255; byte++) {
		uint8_t one = (uint8_t)byte;

		assert_int_equal(classify(&one, 1, &out), PKT_DROP_SHORT);
	}
}

static void test_E19_marker_with_less_than_an_ike_header_is_dropped(void **state)
{
	static const uint8_t zeros[64];
	struct udp_encap out;

	for (unsigned bytes = 4; bytes < 32; bytes++)
		assert_int_equal(classify(zeros, bytes, &out), PKT_DROP_IKE_SHORT);
	assert_int_equal(classify(zeros, 32, &out), PKT_OK);
	assert_int_equal(out.kind, UDP_ENCAP_IKE);
	assert_int_equal(out.payload_bytes, 32);
}

static void test_a_first_word_that_is_not_zero_is_esp(void **state)
{
	uint8_t payload[64] = {0};
	struct udp_encap out;

	for (unsigned bit = 0; bit < 32; bit++) {
		memset(payload, 0, sizeof(payload));
		payload[bit / 8] = (uint8_t)(1 << bit % 8);
		assert_int_equal(classify(payload, 60, &out), PKT_OK);
		assert_int_equal(out.kind, UDP_ENCAP_ESP);
		assert_int_equal(out.payload_bytes, 60);
	}
	assert_int_equal(classify(payload, 4, &out), PKT_OK);
}

static void test_E20_the_udp_checksum_does_not_matter(void **state)
{
	uint8_t datagram[48] = {0x11, 0x94, 0x11, 0x94, 0, 48};
	struct udp_encap out;

	datagram[8] = 0x55;
	for (unsigned field = 0; field <= 0xffff; field += 0xff) {
		put_be16(datagram + 6, (uint16_t)field);
		assert_int_equal(udp_encap_classify(datagram, sizeof(datagram), &out), PKT_OK);
		assert_int_equal(out.kind, UDP_ENCAP_ESP);
	}
}

static void test_E37_udp_length_against_the_bytes_at_hand(void **state)
{
	uint8_t datagram[64] = {0x11, 0x94, 0x11, 0x94};
	struct udp_encap out;

	datagram[8] = 0x55;
	for (unsigned claimed = 0; claimed <= 80; claimed++) {
		enum pkt_verdict verdict;

		put_be16(datagram + 4, (uint16_t)claimed);
		verdict = udp_encap_classify(datagram, sizeof(datagram), &out);
		if (claimed < 8)
			assert_int_equal(verdict, PKT_DROP_HEADER);
		else if (claimed < 12 || claimed > 64)
			assert_int_equal(verdict, PKT_DROP_SHORT);
		else
			assert_int_equal(out.payload_bytes, claimed - 8);
	}
	for (unsigned bytes = 0; bytes < 8; bytes++) {
		uint8_t *copy = exact_copy(datagram, bytes);

		assert_int_equal(udp_encap_classify(copy, bytes, &out), PKT_DROP_SHORT);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_E17_a_single_ff_is_a_keepalive),
	    cmocka_unit_test(test_E18_less_than_an_spi_is_short),
	    cmocka_unit_test(test_E19_marker_with_less_than_an_ike_header_is_dropped),
	    cmocka_unit_test(test_a_first_word_that_is_not_zero_is_esp),
	    cmocka_unit_test(test_E20_the_udp_checksum_does_not_matter),
	    cmocka_unit_test(test_E37_udp_length_against_the_bytes_at_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
