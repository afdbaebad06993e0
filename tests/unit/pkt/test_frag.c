/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fragments put together again are the packet, for every size of packet and MTU. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/frag.h"

#define FRESH_ID 0xbeef

/* Cuts the packet, checks each piece and lays the payload together in `whole`. Returns the pieces.
 */
static unsigned cut(const uint8_t *ip, uint32_t mtu, bool clear_df, uint8_t *whole)
{
	unsigned header_bytes = (ip[0] & 0x0f) * 4u, total = get_be16(ip + IP4_OFFSET_TOTAL);
	uint16_t base = get_be16(ip + IP4_OFFSET_FRAG);
	unsigned next = 0, pieces = 0;
	struct frag_piece piece;
	struct frag f;

	assert_int_equal(frag_begin(&f, ip, mtu, clear_df, FRESH_ID), PKT_OK);
	while (frag_next(&f, &piece)) {
		struct ip4_info info;
		unsigned offset;
		bool last;

		assert_true(piece.header_bytes + piece.payload_bytes <= mtu);
		assert_int_equal(get_be16(piece.header + IP4_OFFSET_TOTAL),
		    piece.header_bytes + piece.payload_bytes);
		put_be16(piece.header + IP4_OFFSET_TOTAL, (uint16_t)piece.header_bytes);
		ip4_write_checksum(piece.header, piece.header_bytes);
		assert_int_equal(ip4_check(piece.header, piece.header_bytes, &info), PKT_OK);
		offset = ((info.flags_offset & IP4_OFFSET_MASK) - (base & IP4_OFFSET_MASK)) * 8;
		assert_int_equal(offset, next);
		last = offset + piece.payload_bytes == total - header_bytes;
		assert_true(last || piece.payload_bytes % 8 == 0);
		assert_int_equal(
		    !!(info.flags_offset & IP4_FLAG_MF), !last || (base & IP4_FLAG_MF));
		memcpy(whole + offset, piece.payload, piece.payload_bytes);
		next += piece.payload_bytes;
		pieces++;
	}
	assert_int_equal(next, total - header_bytes);
	assert_memory_equal(whole, ip + header_bytes, next);
	assert_false(frag_next(&f, &piece));
	return pieces;
}

static void test_fragments_together_are_the_packet(void **state)
{
	uint8_t ip[2000], whole[2000];

	for (unsigned bytes = 20; bytes <= 2000; bytes += 7) {
		make_ip4(ip, 17, bytes);
		for (unsigned mtu = 28; mtu < 2100; mtu += 61)
			(void)cut(ip, mtu, true, whole);
	}
}

static void test_a_packet_that_fits_stays_whole(void **state)
{
	uint8_t ip[1500], whole[1500];

	make_ip4(ip, 17, 1422);
	assert_int_equal(cut(ip, 1422, false, whole), 1);
	assert_int_equal(cut(ip, 1421, false, whole), 2);
}

static void test_E27_df_is_honoured_or_cleared(void **state)
{
	uint8_t ip[1500], whole[1500];
	struct frag_piece piece;
	struct frag f;

	make_ip4(ip, 17, 1500);
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_DF);
	assert_int_equal(frag_begin(&f, ip, 1422, false, FRESH_ID), PKT_DROP_TOO_BIG);
	assert_int_equal(cut(ip, 1422, true, whole), 2);
	assert_int_equal(frag_begin(&f, ip, 1422, true, FRESH_ID), PKT_OK);
	while (frag_next(&f, &piece)) {
		assert_int_equal(get_be16(piece.header + IP4_OFFSET_ID), FRESH_ID);
		assert_int_equal(get_be16(piece.header + IP4_OFFSET_FRAG) & IP4_FLAG_DF, 0);
	}
}

static void test_without_df_the_identification_is_kept(void **state)
{
	struct frag_piece piece;
	uint8_t ip[1500];
	struct frag f;

	make_ip4(ip, 17, 1500);
	assert_int_equal(frag_begin(&f, ip, 600, true, FRESH_ID), PKT_OK);
	while (frag_next(&f, &piece))
		assert_int_equal(get_be16(piece.header + IP4_OFFSET_ID), 0x1234);
}

static void test_a_fragment_is_cut_with_its_own_offset(void **state)
{
	uint8_t ip[1500], whole[1500];

	make_ip4(ip, 17, 1500);
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_MF | 185);
	assert_int_equal(cut(ip, 576, true, whole), 3);
	ip4_patch16(ip, IP4_OFFSET_FRAG, 370);
	assert_int_equal(cut(ip, 576, true, whole), 3);
}

static void test_a_fragment_that_ends_beyond_64k_is_refused(void **state)
{
	uint8_t ip[1500];
	struct frag f;

	make_ip4(ip, 17, 1500);
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_OFFSET_MASK);
	assert_int_equal(frag_begin(&f, ip, 576, true, FRESH_ID), PKT_DROP_HEADER);
}

static void test_too_small_an_mtu_is_refused(void **state)
{
	uint8_t ip[100];
	struct frag f;

	make_ip4(ip, 17, 100);
	for (unsigned mtu = 0; mtu < 28; mtu++)
		assert_int_equal(frag_begin(&f, ip, mtu, true, FRESH_ID), PKT_DROP_TOO_BIG);
	assert_int_equal(frag_begin(&f, ip, 28, true, FRESH_ID), PKT_OK);
}

/* RFC 791: the first fragment bears all options, the others those with the copied bit. */
static void test_only_copied_options_are_in_later_fragments(void **state)
{
	/* record route (7, not copied), NOP, stream id (136, copied), end */
	static const uint8_t options[] = {7, 7, 4, 0, 0, 0, 0, 1, 136, 4, 0xab, 0xcd};
	uint8_t ip[400], whole[400];
	struct frag_piece piece;
	struct frag f;

	make_ip4(ip, 17, 400);
	memcpy(ip + 20, options, sizeof(options));
	ip[0] = 0x48;
	ip4_write_checksum(ip, 32);
	assert_int_equal(cut(ip, 100, true, whole), 6);
	assert_int_equal(frag_begin(&f, ip, 100, true, FRESH_ID), PKT_OK);
	assert_true(frag_next(&f, &piece));
	assert_int_equal(piece.header_bytes, 32);
	assert_memory_equal(piece.header + 20, options, sizeof(options));
	while (frag_next(&f, &piece)) {
		assert_int_equal(piece.header_bytes, 24);
		assert_memory_equal(piece.header + 20, options + 8, 4);
	}
}

static void test_malformed_options_are_cut_off_in_later_fragments(void **state)
{
	uint8_t ip[400], whole[400];

	for (unsigned type = 0; type < 256; type++) {
		for (unsigned length = 0; length < 256; length++) {
			make_ip4(ip, 17, 400);
			ip[0] = 0x46;
			ip[20] = (uint8_t)type;
			ip[21] = (uint8_t)length;
			ip4_write_checksum(ip, 24);
			(void)cut(ip, 100, true, whole);
		}
	}
}

static void test_the_payload_is_not_taken_for_options(void **state)
{
	/* NOPs to the end of the header, then what would be a copied option */
	static const uint8_t bytes[] = {1, 1, 1, 1, 136, 4, 0xab, 0xcd};
	struct frag_piece piece;
	uint8_t ip[400];
	struct frag f;

	make_ip4(ip, 17, 400);
	memcpy(ip + 20, bytes, sizeof(bytes));
	ip[0] = 0x46;
	ip4_write_checksum(ip, 24);
	assert_int_equal(frag_begin(&f, ip, 100, true, FRESH_ID), PKT_OK);
	assert_true(frag_next(&f, &piece));
	assert_true(frag_next(&f, &piece));
	assert_int_equal(piece.header_bytes, 20);
}

static void test_a_copied_option_without_data_is_copied(void **state)
{
	static const uint8_t options[] = {0x94, 2, 1, 0};
	struct frag_piece piece;
	uint8_t ip[400];
	struct frag f;

	make_ip4(ip, 17, 400);
	memcpy(ip + 20, options, sizeof(options));
	ip[0] = 0x46;
	ip4_write_checksum(ip, 24);
	assert_int_equal(frag_begin(&f, ip, 100, true, FRESH_ID), PKT_OK);
	assert_true(frag_next(&f, &piece));
	assert_true(frag_next(&f, &piece));
	assert_int_equal(piece.header_bytes, 24);
	assert_memory_equal(piece.header + 20, "\x94\x02\x00\x00", 4);
}

static void test_a_fragment_that_ends_at_64k_is_cut(void **state)
{
	uint8_t ip[1500], whole[1500];
	struct frag f;

	make_ip4(ip, 17, 20 + 1399);
	ip4_patch16(ip, IP4_OFFSET_FRAG, (65535 - 1399) / 8);
	assert_int_equal(cut(ip, 576, true, whole), 3);
	make_ip4(ip, 17, 20 + 1400);
	ip4_patch16(ip, IP4_OFFSET_FRAG, (65536 - 1400) / 8);
	assert_int_equal(frag_begin(&f, ip, 576, true, FRESH_ID), PKT_DROP_HEADER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fragments_together_are_the_packet),
	    cmocka_unit_test(test_a_packet_that_fits_stays_whole),
	    cmocka_unit_test(test_E27_df_is_honoured_or_cleared),
	    cmocka_unit_test(test_without_df_the_identification_is_kept),
	    cmocka_unit_test(test_a_fragment_is_cut_with_its_own_offset),
	    cmocka_unit_test(test_a_fragment_that_ends_beyond_64k_is_refused),
	    cmocka_unit_test(test_too_small_an_mtu_is_refused),
	    cmocka_unit_test(test_only_copied_options_are_in_later_fragments),
	    cmocka_unit_test(test_malformed_options_are_cut_off_in_later_fragments),
	    cmocka_unit_test(test_the_payload_is_not_taken_for_options),
	    cmocka_unit_test(test_a_copied_option_without_data_is_copied),
	    cmocka_unit_test(test_a_fragment_that_ends_at_64k_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
