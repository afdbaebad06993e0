/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AS_PATH and AS4_PATH by themselves: counting, merging, length without end. */
#include "bgp_harness.h"

#include <errno.h>

#include "control/bgp/bgp_aspath.h"

/* Parses into a buffer of exactly the right size, so that one byte too far is seen. */
static int parse(const char *hex, unsigned as_bytes, struct bgp_aspath *path)
{
	uint8_t bytes[BGP_MESSAGE_BYTES];
	size_t n = unhex(hex, bytes, sizeof(bytes));
	uint8_t *exact = malloc(n ? n : 1);
	int err;

	memcpy(exact, bytes, n);
	err = bgp_aspath_parse(rd_init(exact, n), as_bytes, LOCAL_AS, path);
	free(exact);
	return err;
}

static void test_counting(void **state)
{
	static const struct {
		const char *hex;
		unsigned as_bytes;
		uint32_t length, count, first;
	} rows[] = {
	    {"", 4, 0, 0, 0}, {"0201 0000fc00", 4, 1, 1, 64512},
	    {"0203 0000fc00 0000fc01 0000fc02", 4, 3, 3, 64512},
	    {"0203 fc00 fc01 fc02", 2, 3, 3, 64512},
	    {"0103 fc00 fc01 fc02", 2, 1, 3, 0}, /* a set counts as one */
	    {"0201 fc00 0103 0001 0002 0003", 2, 2, 4, 64512},
	    {"0201 fc00 0201 fc01", 2, 2, 2, 64512}, /* two sequences */
	    {"0101 0001 0201 fc00", 2, 2, 2, 0},     /* the set leads */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bgp_aspath path;

		assert_int_equal(parse(rows[i].hex, rows[i].as_bytes, &path), 0);
		assert_int_equal(path.length, rows[i].length);
		assert_int_equal(path.count, rows[i].count);
		assert_int_equal(path.first, rows[i].first);
		assert_false(path.has_own);
	}
}

static void test_B15_cut_at_every_byte(void **state)
{
	static const char whole[] = "02020000fc000000fc01 01020000000100000002";

	for (size_t cut = 1; cut < strlen(whole) - 1; cut++) {
		char hex[sizeof(whole)];
		struct bgp_aspath path;
		int err;

		snprintf(hex, sizeof(hex), "%.*s", (int)cut, whole);
		if (strlen(hex) % 2 == (strchr(hex, ' ') ? 0 : 1))
			continue;
		err = parse(hex, 4, &path);
		/* Only a cut between the two segments leaves a path. */
		assert_int_equal(err, cut == 20 || cut == 21 ? 0 : -EBADMSG);
	}
}

/* As many AS numbers as a message can hold, and more than a segment can. */
static void test_B16_long_paths(void **state)
{
	static const unsigned counts[] = {254, 255, 256, 1000, 1019, 2049, 16000};

	for (size_t i = 0; i < COUNT(counts); i++) {
		size_t most = (size_t)counts[i] * 4 + (counts[i] / 255 + 1) * 2u;
		uint8_t *bytes = malloc(most);
		struct wr w = wr_init(bytes, most);
		struct bgp_aspath path;

		for (unsigned left = counts[i]; left;) {
			unsigned n = left < 255 ? left : 255;

			wr_u8(&w, BGP_AS_SEQUENCE);
			wr_u8(&w, (uint8_t)n);
			for (unsigned k = 0; k < n; k++)
				wr_u32(&w, 100000 + counts[i] - left + k);
			left -= n;
		}
		assert_int_equal(
		    bgp_aspath_parse(rd_init(bytes, wr_len(&w)), 4, LOCAL_AS, &path), 0);
		assert_int_equal(path.length, counts[i]);
		assert_int_equal(path.count, counts[i]);
		assert_int_equal(path.asn[BGP_PATH_ASNS - 1], 100000 + BGP_PATH_ASNS - 1);
		free(bytes);
	}
}

/* Through a session: the longest path that fits is taken in, and loses against a shorter one. */
static void test_B16_longest_path_of_a_message_is_taken_in(void **state)
{
	struct bgp_config config = harness_config();
	struct harness h;
	struct bgp_path path;
	uint8_t body[BGP_MESSAGE_BYTES];
	struct wr w = wr_init(body, BGP_MESSAGE_BYTES - BGP_HEADER_BYTES);
	const unsigned segments = 3, each = 255;
	size_t attributes = 4 + 4 + segments * (2 + each * 4) + 7;

	wr_u16(&w, 0);
	wr_u16(&w, (uint16_t)attributes);
	wr_bytes(&w, (const uint8_t[]){0x40, 1, 1, 0}, 4);
	wr_u8(&w, 0x50);
	wr_u8(&w, BGP_ATTR_AS_PATH);
	wr_u16(&w, (uint16_t)(segments * (2 + each * 4)));
	for (unsigned s = 0; s < segments; s++) {
		wr_u8(&w, BGP_AS_SEQUENCE);
		wr_u8(&w, (uint8_t)each);
		for (unsigned k = 0; k < each; k++)
			wr_u32(&w, REMOTE_AS);
	}
	wr_bytes(&w, (const uint8_t[]){0x40, 3, 4, 169, 254, 90, 1}, 7);
	wr_bytes(&w, (const uint8_t[]){16, 10, 1}, 3);
	assert_true(wr_ok(&w));

	harness_init(&h, &config);
	harness_establish(&h, true);
	harness_message(&h, BGP_MSG_UPDATE, body, wr_len(&w));
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", &path), 1);
	assert_int_equal(path.path_length, segments * each);
	assert_int_equal(path.path_count, segments * each);
	assert_int_equal(path.path[BGP_PATH_ASNS - 1], REMOTE_AS);
	harness_free(&h);
}

static void test_B17_own_as_is_found_anywhere(void **state)
{
	static const struct {
		const char *hex;
		unsigned as_bytes;
	} rows[] = {
	    {"0201 0000fde8", 4},
	    {"0203 0000fc00 0000fc01 0000fde8", 4},
	    {"0201 fc00 0102 0001 fde8", 2},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bgp_aspath path;

		assert_int_equal(parse(rows[i].hex, rows[i].as_bytes, &path), 0);
		assert_true(path.has_own);
	}
}

/* RFC 6793 section 4.2.3 */
static void test_B36_merge(void **state)
{
	static const struct {
		const char *as_path, *as4_path;
		int err;
		uint32_t length, count, asn[4];
	} rows[] = {
	    {"0202 fc00 5ba0", "0201 fa56ea09", 0, 2, 2, {64512, 4200000009}},
	    {"0202 5ba0 fc01", "0202 fa56ea09 0000fc01", 0, 2, 2, {4200000009, 64513}},
	    {"0203 fc00 5ba0 0001", "0202 fa56ea09 00000001", 0, 3, 3, {64512, 4200000009, 1}},
	    /* the leading part ends inside a segment, and at a set, which counts as one */
	    {"0201 fc00 0102 0001 0002 0201 5ba0", "0201 fa56ea09", 0, 3, 4,
		{64512, 1, 2, 4200000009}},
	    /* confederation segments are left out of it (section 6) */
	    {"0202 fc00 5ba0", "0301 00000005 0201 fa56ea09", 0, 2, 2, {64512, 4200000009}},
	    /* longer than AS_PATH: a router in between did not know it */
	    {"0201 fc00", "0202 fa56ea09 0000fc01", -ERANGE, 1, 1, {64512}},
	    {"0201 fc00", "", -EBADMSG, 1, 1, {64512}},
	    {"0201 fc00", "0201 00000000", -EBADMSG, 1, 1, {64512}},
	    {"0201 fc00", "0201 fa56ea", -EBADMSG, 1, 1, {64512}},
	    {"0201 fc00", "0701 fa56ea09", -EBADMSG, 1, 1, {64512}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t two[64], four[64];
		size_t two_bytes = unhex(rows[i].as_path, two, sizeof(two));
		size_t four_bytes = unhex(rows[i].as4_path, four, sizeof(four));
		struct bgp_aspath path;

		assert_int_equal(bgp_aspath_parse(rd_init(two, two_bytes), 2, LOCAL_AS, &path), 0);
		assert_int_equal(bgp_aspath_merge(rd_init(two, two_bytes),
				     rd_init(four, four_bytes), LOCAL_AS, &path),
		    rows[i].err);
		assert_int_equal(path.length, rows[i].length);
		assert_int_equal(path.count, rows[i].count);
		assert_memory_equal(path.asn, rows[i].asn, rows[i].count * sizeof(path.asn[0]));
	}
}

/* UPDATE of FRR bgpd 8.4.4 to a two-octet neighbour: path 64512 4200000009 64513. */
static void test_as4_path_of_frr(void **state)
{
	static const uint32_t expected[] = {64512, 4200000009, 64513};
	struct bgp_config config = harness_config();
	struct harness h;
	struct bgp_path path;

	harness_init(&h, &config);
	harness_establish(&h, false);
	harness_hex(&h, BGP_MSG_UPDATE,
	    "0000003040010100500200080203fc005ba0fc01400304a9fe5a0180040400000000d011000e02030000fc"
	    "00fa56"
	    "ea090000fc01100a4d");
	assert_int_equal(rib_find(h.rib, "10.77.0.0/16", &path), 1);
	assert_int_equal(path.path_length, 3);
	assert_memory_equal(path.path, expected, sizeof(expected));
	harness_free(&h);
}

/* RFC 6793 section 4.2.3: with both AGGREGATOR and AS4_AGGREGATOR there, the first shows by a
 * number other than AS_TRANS that what follows the AS4_ attributes was lost on the way. */
static void test_B36_as4_path_under_a_foreign_aggregator_is_ignored(void **state)
{
#define PATHS         "40010100 4002060202fc005ba0 400304a9fe5a01 c011060201fa56ea09 "
#define FOREIGN       "c00706fc0101010101 "
#define TRANS         "c007065ba001010101 "
#define AS4           "c01208fa56ea0901010101 "
#define AS4_MALFORMED "c01207fa56ea09010101 "
	static const struct {
		const char *attrs;
		uint32_t second;
	} rows[] = {
	    {PATHS FOREIGN AS4, BGP_AS_TRANS},
	    {PATHS AS4 FOREIGN, BGP_AS_TRANS},
	    {PATHS TRANS AS4, 4200000009},
	    {PATHS TRANS, 4200000009},
	    {PATHS AS4, 4200000009},
	    {PATHS FOREIGN, 4200000009},
	    {PATHS FOREIGN AS4_MALFORMED, 4200000009},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bgp_config config = harness_config();
		struct harness h;
		struct bgp_path path;

		harness_init(&h, &config);
		harness_establish(&h, false);
		harness_update(&h, "", rows[i].attrs, "100a01");
		assert_int_equal(rib_find(h.rib, "10.1.0.0/16", &path), 1);
		assert_int_equal(path.path[1], rows[i].second);
		harness_free(&h);
	}
#undef PATHS
#undef FOREIGN
#undef TRANS
#undef AS4
#undef AS4_MALFORMED
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counting),
	    cmocka_unit_test(test_B15_cut_at_every_byte),
	    cmocka_unit_test(test_B16_long_paths),
	    cmocka_unit_test(test_B16_longest_path_of_a_message_is_taken_in),
	    cmocka_unit_test(test_B17_own_as_is_found_anywhere),
	    cmocka_unit_test(test_B36_merge),
	    cmocka_unit_test(test_as4_path_of_frr),
	    cmocka_unit_test(test_B36_as4_path_under_a_foreign_aggregator_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
