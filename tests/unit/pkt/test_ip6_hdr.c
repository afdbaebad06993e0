/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IPv6 header and its chain of extension headers. */
#include "tests/unit/pkt/pkt_fixture.h"

static void test_a_good_header_is_read(void **state)
{
	struct ip6_info info;
	uint8_t ip[100];

	make_ip6(ip, 17, 100);
	ip6_set_traffic_class(ip, 0xb9);
	assert_int_equal(ip6_check(ip, 100, &info), PKT_OK);
	assert_int_equal(info.total_bytes, 100);
	assert_int_equal(info.next_header, 17);
	assert_int_equal(info.hop_limit, 64);
	assert_int_equal(info.traffic_class, 0xb9);
	assert_int_equal(ip[0], 0x6b);
	assert_int_equal(ip[1], 0x90);
}

static void test_the_flow_label_survives_the_traffic_class(void **state)
{
	uint8_t ip[40];

	make_ip6(ip, 17, 40);
	put_be32(ip, 0x600fffff);
	for (unsigned class = 0; class < 256; class ++) {
		ip6_set_traffic_class(ip, (uint8_t) class);
		assert_int_equal(ip6_traffic_class(ip), class);
		assert_int_equal(get_be32(ip) & 0xf00fffff, 0x600fffff);
	}
}

static void test_E37_runts_versions_and_lengths(void **state)
{
	struct ip6_info info;
	uint8_t ip[100];

	make_ip6(ip, 17, 100);
	for (unsigned bytes = 0; bytes < 100; bytes++) {
		uint8_t *copy = exact_copy(ip, bytes);

		assert_int_equal(ip6_check(copy, bytes, &info), PKT_DROP_SHORT);
		free(copy);
	}
	for (unsigned version = 0; version < 16; version++) {
		ip[0] = (uint8_t)(version << 4);
		assert_int_equal(
		    ip6_check(ip, 100, &info), version == 6 ? PKT_OK : PKT_DROP_HEADER);
	}
}

static void test_E33_hop_limit_1_and_0_are_not_forwarded(void **state)
{
	uint8_t ip[40];

	for (unsigned limit = 0; limit < 256; limit++) {
		make_ip6(ip, 17, 40);
		ip[IP6_OFFSET_HOP_LIMIT] = (uint8_t)limit;
		assert_int_equal(ip6_decrement_hop_limit(ip), limit <= 1 ? PKT_DROP_TTL : PKT_OK);
		assert_int_equal(ip[IP6_OFFSET_HOP_LIMIT], limit <= 1 ? limit : limit - 1);
	}
}

/* Appends an extension header of 8 * (1 + `length`) bytes, or of 4 * (2 + length) for AH. */
static unsigned append(uint8_t *ip, unsigned at, uint8_t next, uint8_t length, unsigned bytes)
{
	memset(ip + at, 0, bytes);
	ip[at] = next;
	ip[at + 1] = length;
	return at + bytes;
}

static enum pkt_verdict find(const uint8_t *ip, unsigned bytes, struct ip6_upper *upper)
{
	uint8_t *copy = exact_copy(ip, bytes);
	struct ip6_info info;
	enum pkt_verdict verdict;

	put_be16(copy + IP6_OFFSET_PAYLOAD, (uint16_t)(bytes - 40));
	assert_int_equal(ip6_check(copy, bytes, &info), PKT_OK);
	verdict = ip6_find_upper(copy, &info, upper);
	free(copy);
	return verdict;
}

static void test_E33_upper_layer_behind_every_kind_of_extension(void **state)
{
	uint8_t ip[256];
	struct ip6_upper upper;
	unsigned at = 40;

	make_ip6(ip, IP_PROTO_HOPOPTS, 40);
	at = append(ip, at, IP_PROTO_DSTOPTS, 0, 8);
	at = append(ip, at, IP_PROTO_ROUTING, 2, 24);
	at = append(ip, at, IP_PROTO_AH, 1, 16);
	at = append(ip, at, IP_PROTO_FRAGMENT, 4, 24);
	at = append(ip, at, IP_PROTO_TCP, 0, 8);
	assert_int_equal(find(ip, at + 20, &upper), PKT_OK);
	assert_int_equal(upper.offset, at);
	assert_int_equal(upper.protocol, IP_PROTO_TCP);
	/* A whole packet behind a fragment header is no fragment (RFC 6946). */
	assert_false(upper.fragment);
	put_be16(ip + at - 6, 0x0001);
	assert_int_equal(find(ip, at + 20, &upper), PKT_OK);
	assert_true(upper.fragment);
	assert_false(upper.later);
	put_be16(ip + at - 6, 0x0008);
	assert_int_equal(find(ip, at + 20, &upper), PKT_OK);
	assert_true(upper.later);
}

static void test_E33_a_chain_that_leaves_the_packet_is_refused(void **state)
{
	uint8_t ip[256];
	struct ip6_upper upper;

	for (unsigned length = 0; length < 256; length++) {
		make_ip6(ip, IP_PROTO_DSTOPTS, 40);
		append(ip, 40, IP_PROTO_UDP, (uint8_t)length, 8);
		assert_int_equal(find(ip, 48, &upper), length == 0 ? PKT_OK : PKT_DROP_HEADER);
	}
	for (unsigned bytes = 40; bytes < 48; bytes++)
		assert_int_equal(find(ip, bytes, &upper), PKT_DROP_HEADER);
}

static void test_E33_a_long_chain_is_refused(void **state)
{
	uint8_t ip[256];
	struct ip6_upper upper;

	for (unsigned count = 0; count < 20; count++) {
		unsigned at = 40;

		make_ip6(ip, count ? IP_PROTO_DSTOPTS : IP_PROTO_UDP, 40);
		for (unsigned i = 0; i < count; i++)
			at = append(ip, at, i + 1 < count ? IP_PROTO_DSTOPTS : IP_PROTO_UDP, 0, 8);
		assert_int_equal(
		    find(ip, at, &upper), count <= IP6_EXTENSIONS_MAX ? PKT_OK : PKT_DROP_HEADER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_good_header_is_read),
	    cmocka_unit_test(test_the_flow_label_survives_the_traffic_class),
	    cmocka_unit_test(test_E37_runts_versions_and_lengths),
	    cmocka_unit_test(test_E33_hop_limit_1_and_0_are_not_forwarded),
	    cmocka_unit_test(test_E33_upper_layer_behind_every_kind_of_extension),
	    cmocka_unit_test(test_E33_a_chain_that_leaves_the_packet_is_refused),
	    cmocka_unit_test(test_E33_a_long_chain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
