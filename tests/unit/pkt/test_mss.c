/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MSS clamping on well-formed and on hostile SYN segments, in both families. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/mss.h"

#define SYN 0x02
#define ACK 0x10
#define FIN 0x01

/* Writes a TCP header with the given options, padded to a word; returns its bytes. */
static unsigned make_tcp(uint8_t *tcp, uint8_t flags, const void *options, unsigned option_bytes)
{
	unsigned bytes = 20 + ((option_bytes + 3) & ~3u);

	memset(tcp, 0, bytes);
	put_be16(tcp, 33000);
	put_be16(tcp + 2, 443);
	put_be32(tcp + 4, 0x01020304);
	tcp[12] = (uint8_t)(bytes / 4 << 4);
	tcp[13] = flags;
	put_be16(tcp + 14, 64240);
	memcpy(tcp + 20, options, option_bytes);
	return bytes;
}

static uint16_t tcp_checksum4(const uint8_t *ip, unsigned tcp_bytes)
{
	uint64_t sum = checksum_pseudo(ip + 12, ip + 16, 4, 6, tcp_bytes);

	return (uint16_t)~checksum_fold(checksum_add(sum, ip + 20, tcp_bytes));
}

/* An IPv4 SYN with right checksums; returns its bytes. */
static unsigned make_syn4(uint8_t *ip, uint8_t flags, const void *options, unsigned option_bytes)
{
	unsigned tcp_bytes;

	make_ip4(ip, 6, 120);
	tcp_bytes = make_tcp(ip + 20, flags, options, option_bytes);
	ip4_patch16(ip, IP4_OFFSET_TOTAL, (uint16_t)(20 + tcp_bytes));
	put_be16(ip + 36, tcp_checksum4(ip, tcp_bytes));
	return 20 + tcp_bytes;
}

/* Options of a Linux SYN: MSS 1460, SACK permitted, timestamps, NOP, window scale. */
static const uint8_t linux_options[] = {
    2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};

static void test_a_larger_mss_is_lowered_and_the_checksum_stays_right(void **state)
{
	for (unsigned limit = 1; limit <= 2000; limit++) {
		uint8_t ip[128];
		unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));
		bool changed = mss_clamp_ip4(ip, bytes, (uint16_t)limit);

		assert_int_equal(changed, limit < 1460);
		assert_int_equal(get_be16(ip + 42), limit < 1460 ? limit : 1460);
		assert_int_equal(tcp_checksum4(ip, bytes - 20), 0);
	}
}

static void test_only_syn_segments_are_touched(void **state)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		uint8_t ip[128], before[128];
		unsigned bytes =
		    make_syn4(ip, (uint8_t)flags, linux_options, sizeof(linux_options));

		memcpy(before, ip, bytes);
		assert_int_equal(mss_clamp_ip4(ip, bytes, 1000), !!(flags & SYN));
		if (!(flags & SYN))
			assert_memory_equal(ip, before, bytes);
	}
}

static void test_limit_0_is_off(void **state)
{
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));

	assert_false(mss_clamp_ip4(ip, bytes, 0));
}

static void test_mss_at_an_odd_offset(void **state)
{
	static const uint8_t options[] = {1, 2, 4, 0x05, 0xb4, 1, 1, 1};
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, options, sizeof(options));

	assert_true(mss_clamp_ip4(ip, bytes, 1382));
	assert_int_equal(get_be16(ip + 43), 1382);
	assert_int_equal(tcp_checksum4(ip, bytes - 20), 0);
}

static void test_E29_a_wrong_checksum_stays_wrong_by_as_much(void **state)
{
	for (unsigned error = 1; error < 0xffff; error += 251) {
		uint8_t ip[128];
		unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));
		uint16_t wrong = (uint16_t)(get_be16(ip + 36) ^ error), residue;

		put_be16(ip + 36, wrong);
		residue = tcp_checksum4(ip, bytes - 20);
		if (residue == 0)
			continue; /* 0x0000 and 0xffff are the same number */
		assert_true(mss_clamp_ip4(ip, bytes, 1382));
		assert_int_equal(tcp_checksum4(ip, bytes - 20), residue);
	}
}

static void test_E30_double_mss_is_clamped_twice_and_never_raised(void **state)
{
	static const uint8_t options[] = {2, 4, 0x05, 0xb4, 2, 4, 0x02, 0x00, 2, 4, 0xff, 0xff};
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, options, sizeof(options));

	assert_true(mss_clamp_ip4(ip, bytes, 1382));
	assert_int_equal(get_be16(ip + 42), 1382);
	assert_int_equal(get_be16(ip + 46), 0x200);
	assert_int_equal(get_be16(ip + 50), 1382);
	assert_int_equal(tcp_checksum4(ip, bytes - 20), 0);
}

/* Option lengths that lie, in front of an MSS that must then stay as it is. */
static void test_E30_malformed_options_end_the_walk(void **state)
{
	for (unsigned kind = 3; kind < 256; kind++) {
		static const uint8_t lengths[] = {0, 1, 200, 255};

		for (unsigned i = 0; i < LENGTH(lengths); i++) {
			uint8_t options[] = {(uint8_t)kind, lengths[i], 2, 4, 0x05, 0xb4, 0, 0};
			uint8_t ip[128], *copy;
			unsigned bytes = make_syn4(ip, SYN, options, sizeof(options));

			copy = exact_copy(ip, bytes);
			assert_false(mss_clamp_ip4(copy, bytes, 1000));
			assert_memory_equal(copy, ip, bytes);
			free(copy);
		}
	}
}

static void test_E30_mss_of_a_wrong_length_is_not_one(void **state)
{
	for (unsigned length = 0; length < 256; length++) {
		uint8_t options[] = {2, (uint8_t)length, 0x05, 0xb4};
		uint8_t ip[128];
		unsigned bytes = make_syn4(ip, SYN, options, sizeof(options));

		assert_int_equal(mss_clamp_ip4(ip, bytes, 1000), length == 4);
	}
}

/* Every cut of the packet and every data offset, with nothing behind it in memory. */
static void test_E30_mss_cut_at_any_byte_is_not_read_past(void **state)
{
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));

	for (unsigned words = 0; words < 16; words++) {
		ip[32] = (uint8_t)(words << 4);
		for (unsigned cut = 20; cut <= bytes; cut++) {
			uint8_t *copy = exact_copy(ip, cut);
			bool whole = cut >= 44 && words >= 6;

			ip4_patch16(copy, IP4_OFFSET_TOTAL, (uint16_t)cut);
			assert_int_equal(mss_clamp_ip4(copy, cut, 1000), whole);
			free(copy);
		}
	}
}

static void test_E30_syn_fin_is_clamped_like_any_syn(void **state)
{
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN | FIN | ACK, linux_options, sizeof(linux_options));

	assert_true(mss_clamp_ip4(ip, bytes, 1000));
	assert_int_equal(tcp_checksum4(ip, bytes - 20), 0);
}

static void test_E30_fragments_other_than_the_first_hold_no_header(void **state)
{
	uint8_t ip[128], before[128];
	unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));

	for (unsigned offset = 1; offset <= 0x1fff; offset += 7) {
		ip4_patch16(ip, IP4_OFFSET_FRAG, (uint16_t)offset);
		memcpy(before, ip, bytes);
		assert_false(mss_clamp_ip4(ip, bytes, 1000));
		assert_memory_equal(ip, before, bytes);
	}
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_MF);
	assert_true(mss_clamp_ip4(ip, bytes, 1000));
}

static void test_other_protocols_are_left_alone(void **state)
{
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));

	ip[IP4_OFFSET_PROTOCOL] = 17;
	assert_false(mss_clamp_ip4(ip, bytes, 1000));
}

static uint16_t tcp_checksum6(const uint8_t *ip, unsigned offset, unsigned tcp_bytes)
{
	uint64_t sum = checksum_pseudo(ip + 8, ip + 24, 16, 6, tcp_bytes);

	return (uint16_t)~checksum_fold(checksum_add(sum, ip + offset, tcp_bytes));
}

static void test_E33_v6_mss_behind_extension_headers(void **state)
{
	for (unsigned extensions = 0; extensions <= 3; extensions++) {
		unsigned offset = 40 + extensions * 8, tcp_bytes;
		uint8_t ip[160];

		make_ip6(ip, extensions ? IP_PROTO_DSTOPTS : 6, 140);
		for (unsigned i = 0; i < extensions; i++) {
			memset(ip + 40 + i * 8, 0, 8);
			ip[40 + i * 8] = i + 1 < extensions ? IP_PROTO_DSTOPTS : 6;
		}
		tcp_bytes = make_tcp(ip + offset, SYN, linux_options, sizeof(linux_options));
		put_be16(ip + IP6_OFFSET_PAYLOAD, (uint16_t)(offset - 40 + tcp_bytes));
		put_be16(ip + offset + 16, tcp_checksum6(ip, offset, tcp_bytes));
		assert_true(mss_clamp_ip6(ip, offset + tcp_bytes, 1362));
		assert_int_equal(get_be16(ip + offset + 22), 1362);
		assert_int_equal(tcp_checksum6(ip, offset, tcp_bytes), 0);
		assert_false(mss_clamp_ip6(ip, offset + tcp_bytes, 1362));
	}
}

/* An IPv6 SYN behind a fragment header with the given offset word; returns its bytes. */
static unsigned make_fragment6(uint8_t *ip, uint8_t upper, uint16_t offset_word)
{
	unsigned tcp_bytes;

	make_ip6(ip, IP_PROTO_FRAGMENT, 48);
	memset(ip + 40, 0, 8);
	ip[40] = upper;
	put_be16(ip + 42, offset_word);
	tcp_bytes = make_tcp(ip + 48, SYN, linux_options, sizeof(linux_options));
	put_be16(ip + IP6_OFFSET_PAYLOAD, (uint16_t)(8 + tcp_bytes));
	return 48 + tcp_bytes;
}

static void test_E30_v6_fragments_other_protocols_and_cuts_are_left_alone(void **state)
{
	uint8_t ip[160];
	unsigned bytes = make_fragment6(ip, IP_PROTO_TCP, 0x0001);

	assert_true(mss_clamp_ip6(ip, bytes, 1000));
	bytes = make_fragment6(ip, IP_PROTO_TCP, 0x0009);
	assert_false(mss_clamp_ip6(ip, bytes, 1000));
	bytes = make_fragment6(ip, IP_PROTO_UDP, 0x0000);
	assert_false(mss_clamp_ip6(ip, bytes, 1000));
	bytes = make_fragment6(ip, IP_PROTO_TCP, 0x0000);
	for (unsigned cut = 0; cut < bytes; cut++) {
		uint8_t *copy = exact_copy(ip, cut);

		assert_false(mss_clamp_ip6(copy, cut, 1000));
		if (cut >= 40) {
			put_be16(copy + IP6_OFFSET_PAYLOAD, (uint16_t)(cut - 40));
			assert_int_equal(mss_clamp_ip6(copy, cut, 1000), cut >= 48 + 24);
		}
		free(copy);
	}
	ip[40] = IP_PROTO_DSTOPTS;
	ip[49] = 255;
	assert_false(mss_clamp_ip6(ip, bytes, 1000));
}

static void test_E30_a_total_length_beyond_the_bytes_is_not_believed(void **state)
{
	uint8_t ip[128];
	unsigned bytes = make_syn4(ip, SYN, linux_options, sizeof(linux_options));

	ip4_patch16(ip, IP4_OFFSET_TOTAL, (uint16_t)(bytes + 1));
	assert_false(mss_clamp_ip4(ip, bytes, 1000));
	ip4_patch16(ip, IP4_OFFSET_TOTAL, 19);
	assert_false(mss_clamp_ip4(ip, bytes, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_larger_mss_is_lowered_and_the_checksum_stays_right),
	    cmocka_unit_test(test_only_syn_segments_are_touched),
	    cmocka_unit_test(test_limit_0_is_off),
	    cmocka_unit_test(test_mss_at_an_odd_offset),
	    cmocka_unit_test(test_E29_a_wrong_checksum_stays_wrong_by_as_much),
	    cmocka_unit_test(test_E30_double_mss_is_clamped_twice_and_never_raised),
	    cmocka_unit_test(test_E30_malformed_options_end_the_walk),
	    cmocka_unit_test(test_E30_mss_of_a_wrong_length_is_not_one),
	    cmocka_unit_test(test_E30_mss_cut_at_any_byte_is_not_read_past),
	    cmocka_unit_test(test_E30_syn_fin_is_clamped_like_any_syn),
	    cmocka_unit_test(test_E30_fragments_other_than_the_first_hold_no_header),
	    cmocka_unit_test(test_other_protocols_are_left_alone),
	    cmocka_unit_test(test_E33_v6_mss_behind_extension_headers),
	    cmocka_unit_test(test_E30_v6_fragments_other_protocols_and_cuts_are_left_alone),
	    cmocka_unit_test(test_E30_a_total_length_beyond_the_bytes_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
