/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IPv4 header and the Internet checksum. */
#include "tests/unit/pkt/pkt_fixture.h"

/* The textbook sum, a byte at a time. */
static uint16_t slow_checksum(const uint8_t *data, size_t bytes)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < bytes; i++) {
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static void test_checksum_of_rfc1071_example(void **state)
{
	/* RFC 1071 section 3: the sum is ddf2 */
	static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	assert_int_equal(checksum(data, sizeof(data)), 0xffff & ~0xddf2);
}

static void test_checksum_of_every_length_and_alignment(void **state)
{
	uint8_t data[256];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 197 + 31);
	for (unsigned start = 0; start < 9; start++)
		for (unsigned bytes = 0; bytes + start <= sizeof(data); bytes++)
			assert_int_equal(
			    checksum(data + start, bytes), slow_checksum(data + start, bytes));
	memset(data, 0xff, sizeof(data));
	assert_int_equal(checksum(data, sizeof(data)), slow_checksum(data, sizeof(data)));
}

/* RFC 1624 section 4: the example where the older equation goes wrong. */
static void test_update_of_rfc1624_example(void **state)
{
	assert_int_equal(checksum_update16(0xdd2f, 0x5555, 0x3285), 0x0000);
}

static void test_update_is_the_same_as_summing_again(void **state)
{
	uint8_t ip[20];

	make_ip4(ip, 6, 20);
	for (unsigned old_word = 0; old_word <= 0xffff; old_word += 251) {
		for (unsigned new_word = 0; new_word <= 0xffff; new_word += 241) {
			uint16_t field;

			ip4_patch16(ip, IP4_OFFSET_ID, (uint16_t)old_word);
			field = checksum_update16(get_be16(ip + IP4_OFFSET_CHECKSUM),
			    (uint16_t)old_word, (uint16_t)new_word);
			put_be16(ip + IP4_OFFSET_ID, (uint16_t)new_word);
			put_be16(ip + IP4_OFFSET_CHECKSUM, field);
			assert_int_equal(checksum(ip, 20), 0);
		}
	}
}

static void test_a_good_header_is_read(void **state)
{
	struct ip4_info info = {0};
	uint8_t ip[100];

	make_ip4(ip, 17, 100);
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_DF);
	assert_int_equal(ip4_check(ip, 100, &info), PKT_OK);
	assert_int_equal(info.source, 0x0a000001);
	assert_int_equal(info.destination, 0xc0a80101);
	assert_int_equal(info.total_bytes, 100);
	assert_int_equal(info.header_bytes, 20);
	assert_int_equal(info.protocol, 17);
	assert_int_equal(info.ttl, 64);
	assert_int_equal(info.flags_offset, IP4_FLAG_DF);
	assert_false(ip4_is_fragment(info.flags_offset));
}

static void test_E37_runts_are_short(void **state)
{
	uint8_t ip[40];
	struct ip4_info info;

	make_ip4(ip, 17, 40);
	for (unsigned bytes = 0; bytes < 40; bytes++) {
		uint8_t *copy = exact_copy(ip, bytes);

		assert_int_equal(ip4_check(copy, bytes, &info), PKT_DROP_SHORT);
		free(copy);
	}
}

static void test_E37_every_header_length_with_options(void **state)
{
	uint8_t ip[100];
	struct ip4_info info;

	for (unsigned words = 0; words < 16; words++) {
		make_ip4(ip, 17, 100);
		memset(ip + 20, 1, 40); /* NOP */
		ip[0] = (uint8_t)(0x40 | words);
		if (words >= 5)
			ip4_write_checksum(ip, words * 4);
		assert_int_equal(ip4_check(ip, 100, &info), words < 5 ? PKT_DROP_HEADER : PKT_OK);
		if (words >= 5)
			assert_int_equal(info.header_bytes, words * 4);
	}
	/* an IHL of 15 with 59 bytes at hand */
	ip4_patch16(ip, IP4_OFFSET_TOTAL, 60);
	assert_int_equal(ip4_check(ip, 59, &info), PKT_DROP_SHORT);
	ip4_patch16(ip, IP4_OFFSET_TOTAL, 59);
	assert_int_equal(ip4_check(ip, 100, &info), PKT_DROP_HEADER);
}

static void test_E37_padding_behind_the_packet_is_not_of_it(void **state)
{
	uint8_t ip[60] = {0};
	struct ip4_info info;

	make_ip4(ip, 17, 28);
	assert_int_equal(ip4_check(ip, 46, &info), PKT_OK);
	assert_int_equal(info.total_bytes, 28);
}

static void test_every_version_but_4_is_refused(void **state)
{
	uint8_t ip[40];
	struct ip4_info info;

	for (unsigned version = 0; version < 16; version++) {
		make_ip4(ip, 17, 40);
		ip[0] = (uint8_t)(version << 4 | 5);
		ip4_write_checksum(ip, 20);
		assert_int_equal(ip4_check(ip, 40, &info), version == 4 ? PKT_OK : PKT_DROP_HEADER);
	}
}

static void test_any_flipped_bit_of_the_header_is_noticed(void **state)
{
	uint8_t ip[40];
	struct ip4_info info;

	for (unsigned bit = 0; bit < 160; bit++) {
		make_ip4(ip, 17, 40);
		ip[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(ip4_check(ip, 40, &info), PKT_OK);
	}
}

static void test_E23_ttl_1_and_0_are_not_forwarded(void **state)
{
	uint8_t ip[40], before[40];
	struct ip4_info info;

	for (unsigned ttl = 0; ttl < 256; ttl++) {
		make_ip4(ip, 17, 40);
		ip[IP4_OFFSET_TTL] = (uint8_t)ttl;
		ip4_write_checksum(ip, 20);
		memcpy(before, ip, sizeof(ip));
		if (ttl <= 1) {
			assert_int_equal(ip4_decrement_ttl(ip), PKT_DROP_TTL);
			assert_memory_equal(ip, before, sizeof(ip));
			continue;
		}
		assert_int_equal(ip4_decrement_ttl(ip), PKT_OK);
		assert_int_equal(ip[IP4_OFFSET_TTL], ttl - 1);
		assert_int_equal(ip4_check(ip, 40, &info), PKT_OK);
	}
}

/* Whatever the checksum was, it is the one that a whole sum gives. */
static void test_every_checksum_follows_the_ttl(void **state)
{
	uint8_t ip[40], whole[40];

	for (unsigned id = 0; id < 65536; id++) {
		make_ip4(ip, 17, 40);
		ip[4] = (uint8_t)(id >> 8);
		ip[5] = (uint8_t)id;
		ip4_write_checksum(ip, 20);
		assert_int_equal(ip4_decrement_ttl(ip), PKT_OK);
		memcpy(whole, ip, sizeof(ip));
		ip4_write_checksum(whole, 20);
		assert_memory_equal(ip, whole, sizeof(ip));
	}
}

static void test_tos_is_written_with_the_checksum(void **state)
{
	struct ip4_info info;
	uint8_t ip[40];

	for (unsigned tos = 0; tos < 256; tos++) {
		make_ip4(ip, 17, 40);
		ip4_set_tos(ip, (uint8_t)tos);
		assert_int_equal(ip4_check(ip, 40, &info), PKT_OK);
		assert_int_equal(info.tos, tos);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checksum_of_rfc1071_example),
	    cmocka_unit_test(test_checksum_of_every_length_and_alignment),
	    cmocka_unit_test(test_update_of_rfc1624_example),
	    cmocka_unit_test(test_update_is_the_same_as_summing_again),
	    cmocka_unit_test(test_a_good_header_is_read),
	    cmocka_unit_test(test_E37_runts_are_short),
	    cmocka_unit_test(test_E37_every_header_length_with_options),
	    cmocka_unit_test(test_E37_padding_behind_the_packet_is_not_of_it),
	    cmocka_unit_test(test_every_version_but_4_is_refused),
	    cmocka_unit_test(test_any_flipped_bit_of_the_header_is_noticed),
	    cmocka_unit_test(test_E23_ttl_1_and_0_are_not_forwarded),
	    cmocka_unit_test(test_every_checksum_follows_the_ttl),
	    cmocka_unit_test(test_tos_is_written_with_the_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
