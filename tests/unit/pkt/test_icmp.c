/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ICMP errors about our outer packets. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/icmp.h"

static uint16_t checksum6(const uint8_t *ip, size_t bytes)
{
	uint64_t sum = checksum_pseudo(ip + 8, ip + 24, 16, 58, (uint32_t)bytes - 40);

	return (uint16_t)~checksum_fold(checksum_add(sum, ip + 40, bytes - 40));
}

#define SPI 0xc0ffee01u

/* "Fragmentation needed" from a router, about our ESP packet, plain or in UDP; returns its bytes.
 */
static unsigned make_need_frag(uint8_t *ip, bool udp, uint16_t mtu, unsigned quoted_bytes)
{
	uint8_t esp[100];
	unsigned at = 20;

	make_ip4(esp, udp ? IP_PROTO_UDP : IP_PROTO_ESP, 100);
	if (udp) {
		put_be16(esp + at, 4500);
		put_be16(esp + at + 2, 20248);
		at += 8;
	}
	put_be32(esp + at, SPI);
	make_ip4(ip, IP_PROTO_ICMP, 28 + quoted_bytes);
	memset(ip + 20, 0, 8);
	ip[20] = 3;
	ip[21] = 4;
	put_be16(ip + 26, mtu);
	memcpy(ip + 28, esp, quoted_bytes);
	put_be16(ip + 22, checksum(ip + 20, 8 + quoted_bytes));
	return 28 + quoted_bytes;
}

static bool read_exact(const uint8_t *ip, unsigned bytes, struct icmp_too_big *out)
{
	uint8_t *copy = exact_copy(ip, bytes);
	bool read = icmp_read_too_big(copy, bytes, out);

	free(copy);
	return read;
}

static void test_E26_a_true_need_frag_is_read(void **state)
{
	struct icmp_too_big out;
	uint8_t ip[200];

	assert_true(read_exact(ip, make_need_frag(ip, false, 1400, 28), &out));
	assert_int_equal(out.mtu, 1400);
	assert_int_equal(out.spi, SPI);
	assert_int_equal(out.udp_source, 0);
	assert_int_equal(get_be32(out.source.bytes), 0x0a000001);
	assert_int_equal(get_be32(out.destination.bytes), 0xc0a80101);
	assert_int_equal(out.source.family, IP_FAMILY_V4);
	assert_true(read_exact(ip, make_need_frag(ip, true, 1400, 32), &out));
	assert_int_equal(out.spi, SPI);
	assert_int_equal(out.udp_source, 4500);
	assert_int_equal(out.udp_destination, 20248);
}

static void test_E26_without_the_spi_there_is_no_proof(void **state)
{
	struct icmp_too_big out;
	uint8_t ip[200];

	for (unsigned quoted = 0; quoted < 100; quoted++) {
		assert_int_equal(
		    read_exact(ip, make_need_frag(ip, false, 1400, quoted), &out), quoted >= 24);
		assert_int_equal(
		    read_exact(ip, make_need_frag(ip, true, 1400, quoted), &out), quoted >= 32);
	}
}

/* Each edit makes the message something else; the checksum is made right again. */
static void test_E26_anything_else_is_not_read(void **state)
{
	static const struct {
		const char *name;
		unsigned offset;
		uint8_t value;
	} edits[] = {
	    {"another type", 20, 11},
	    {"another code", 21, 0},
	    {"quoted version 6", 28, 0x65},
	    {"quoted IHL 4", 28, 0x44},
	    {"quoted IHL beyond the quote", 28, 0x4f},
	    {"quoted fragment", 34, 0x00},
	    {"quoted protocol TCP", 37, 6},
	};
	struct icmp_too_big out;
	uint8_t ip[200];

	for (unsigned i = 0; i < LENGTH(edits); i++) {
		unsigned bytes = make_need_frag(ip, false, 1400, 40);

		ip[edits[i].offset] = edits[i].value;
		if (edits[i].offset == 34)
			ip[35] = 1;
		put_be16(ip + 22, 0);
		put_be16(ip + 22, checksum(ip + 20, bytes - 20));
		assert_false(read_exact(ip, bytes, &out));
	}
	for (unsigned bit = 160; bit < 68 * 8; bit++) {
		unsigned bytes = make_need_frag(ip, false, 1400, 40);

		ip[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(read_exact(ip, bytes, &out)); /* the checksum is wrong */
	}
	assert_false(icmp_read_too_big(ip, 0, &out));
}

static void test_E26_a_fragmented_error_is_not_read(void **state)
{
	struct icmp_too_big out;
	uint8_t ip[200];
	unsigned bytes = make_need_frag(ip, false, 1400, 40);

	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_MF);
	assert_false(read_exact(ip, bytes, &out));
}

static void test_E26_packet_too_big_over_ipv6(void **state)
{
	struct icmp_too_big out;
	uint8_t ip[200], esp[100];

	for (unsigned quoted = 0; quoted <= 60; quoted++) {
		unsigned bytes = 48 + quoted;

		make_ip6(esp, IP_PROTO_ESP, 100);
		put_be32(esp + 40, SPI);
		make_ip6(ip, IP_PROTO_ICMPV6, bytes);
		memset(ip + 40, 0, 8);
		ip[40] = ICMP6_TOO_BIG;
		put_be32(ip + 44, 1400);
		memcpy(ip + 48, esp, quoted);
		put_be16(ip + 42, checksum6(ip, bytes));
		assert_int_equal(read_exact(ip, bytes, &out), quoted >= 44);
		if (quoted < 44)
			continue;
		assert_int_equal(out.mtu, 1400);
		assert_int_equal(out.spi, SPI);
		assert_int_equal(out.source.family, IP_FAMILY_V6);
		assert_memory_equal(out.source.bytes, esp + 8, 16);
		ip[60] ^= 1;
		assert_false(read_exact(ip, bytes, &out));
	}
}

static void test_E26_floors_plateaus_and_never_more_than_before(void **state)
{
	assert_int_equal(icmp_believable_mtu(1400, 1500, 4), 1400);
	assert_int_equal(icmp_believable_mtu(68, 1500, 4), 576);
	assert_int_equal(icmp_believable_mtu(68, 1500, 6), 1280);
	assert_int_equal(icmp_believable_mtu(1, 1500, 4), 576);
	assert_int_equal(icmp_believable_mtu(9000, 1500, 4), 1500);
	assert_int_equal(icmp_believable_mtu(0, 1500, 4), 1492);
	assert_int_equal(icmp_believable_mtu(0, 1492, 4), 1006);
	assert_int_equal(icmp_believable_mtu(0, 1006, 4), 576);
	assert_int_equal(icmp_believable_mtu(0, 576, 4), 576);
	assert_int_equal(icmp_believable_mtu(0, 9000, 4), 8166);
	assert_int_equal(icmp_believable_mtu(0, 1500, 6), 1492);
	assert_int_equal(icmp_believable_mtu(0, 1400, 6), 1280);
	assert_int_equal(icmp_believable_mtu(68, 500, 4), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_E26_a_true_need_frag_is_read),
	    cmocka_unit_test(test_E26_without_the_spi_there_is_no_proof),
	    cmocka_unit_test(test_E26_anything_else_is_not_read),
	    cmocka_unit_test(test_E26_a_fragmented_error_is_not_read),
	    cmocka_unit_test(test_E26_packet_too_big_over_ipv6),
	    cmocka_unit_test(test_E26_floors_plateaus_and_never_more_than_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
