/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Selectors by mask, and the addresses that no decrypted packet may bear. */
#include "tests/unit/pkt/pkt_fixture.h"

#include <errno.h>

#include "dataplane/pkt/guard.h"
#include "dataplane/pkt/selector.h"

static struct ip_prefix prefix4(uint32_t addr, uint8_t length)
{
	struct ip_prefix p = {.addr = {.family = IP_FAMILY_V4}, .length = length};

	put_be32(p.addr.bytes, addr);
	return p;
}

static struct ip_prefix prefix6(uint16_t first, uint8_t last, uint8_t length)
{
	struct ip_prefix p = {.addr = {.family = IP_FAMILY_V6}, .length = length};

	put_be16(p.addr.bytes, first);
	p.addr.bytes[15] = last;
	return p;
}

static void test_ipv4_selectors_of_every_length(void **state)
{
	for (unsigned length = 0; length <= 32; length++) {
		struct ip_prefix prefix = prefix4(0x0a0b0c0d, (uint8_t)length);
		struct ip_prefix any = prefix4(0, 0);
		struct selector from, to;
		uint8_t ip[40];

		assert_int_equal(selector_init(&from, &prefix, &any), 0);
		assert_int_equal(selector_init(&to, &any, &prefix), 0);
		for (unsigned bit = 0; bit < 32; bit++) {
			uint32_t addr = 0x0a0b0c0d ^ (0x80000000u >> bit);

			make_ip4(ip, 6, 40);
			ip4_patch32(ip, IP4_OFFSET_SOURCE, addr);
			assert_int_equal(selector_match4(&from, ip), bit >= length);
			make_ip4(ip, 6, 40);
			ip4_patch32(ip, IP4_OFFSET_DEST, addr);
			assert_int_equal(selector_match4(&to, ip), bit >= length);
		}
	}
}

/* Flips each bit of the address at `offset` under a prefix of each length. */
static void check_selectors6(unsigned offset, bool is_source)
{
	for (unsigned length = 0; length <= 128; length++) {
		struct ip_prefix own = prefix6(0x2001, 7, (uint8_t)length);
		struct ip_prefix other = prefix6(0xfd00, 3, 16);
		struct selector s;
		uint8_t ip[40];

		for (unsigned i = 2; i < 15; i++)
			own.addr.bytes[i] = (uint8_t)(i * 37);
		assert_int_equal(
		    selector_init(&s, is_source ? &own : &other, is_source ? &other : &own), 0);
		for (unsigned bit = 0; bit < 128; bit++) {
			make_ip6(ip, 6, 40);
			ip[IP6_OFFSET_SOURCE] = ip[IP6_OFFSET_DEST] = 0xfd;
			ip[IP6_OFFSET_SOURCE + 1] = ip[IP6_OFFSET_DEST + 1] = 0;
			memcpy(ip + offset, own.addr.bytes, 16);
			assert_true(selector_match6(&s, ip));
			ip[offset + bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(selector_match6(&s, ip), bit >= length);
		}
	}
}

static void test_ipv6_selectors_of_every_length(void **state)
{
	check_selectors6(IP6_OFFSET_SOURCE, true);
	check_selectors6(IP6_OFFSET_DEST, false);
}

static void test_E33_selectors_of_one_family_match_no_other(void **state)
{
	struct ip_prefix any4 = prefix4(0, 0), any6 = prefix6(0, 0, 0);
	struct ip_prefix none = {.addr = {.family = IP_FAMILY_NONE}};
	struct selector s;
	uint8_t ip[40];

	make_ip6(ip, 6, 40);
	assert_int_equal(selector_init(&s, &any4, &any4), 0);
	assert_true(selector_match4(&s, ip));
	assert_false(selector_match6(&s, ip));
	assert_int_equal(selector_init(&s, &any4, &any6), 0);
	assert_false(selector_match4(&s, ip) || selector_match6(&s, ip));
	assert_int_equal(selector_init(&s, &none, &none), 0);
	assert_false(selector_match4(&s, ip) || selector_match6(&s, ip));
	any4.length = 33;
	assert_int_equal(selector_init(&s, &any4, &any4), -EINVAL);
	any6.length = 129;
	assert_int_equal(selector_init(&s, &any6, &any6), -EINVAL);
	assert_false(selector_match6(&s, ip));
}

/* LAN 192.168.0.0/16, WAN 203.0.113.2, endpoints 198.51.100.2 and .6; inside 169.254.10.2/30. */
static struct guard *make_guard(void)
{
	struct guard *g = malloc(sizeof(*g));
	struct ip_prefix lan = prefix4(0xc0a80000, 16), wan = prefix4(0xcb007102, 32);
	struct ip_prefix lan6 = prefix6(0xfd00, 0, 16);
	struct ip_addr outers[] = {{IP_FAMILY_V4, {203, 0, 113, 2}},
	    {IP_FAMILY_V4, {198, 51, 100, 2}}, {IP_FAMILY_V4, {198, 51, 100, 6}},
	    {IP_FAMILY_V6, {0x26, 0x00, [15] = 9}}};

	guard_init(g);
	assert_int_equal(guard_add_network(g, &lan), 0);
	assert_int_equal(guard_add_network(g, &wan), 0);
	assert_int_equal(guard_add_network(g, &lan6), 0);
	for (unsigned i = 0; i < LENGTH(outers); i++)
		assert_int_equal(guard_add_outer(g, &outers[i]), 0);
	return g;
}

static enum pkt_verdict check4(uint32_t source, uint32_t destination)
{
	struct ip_prefix inside = prefix4(0xa9fe0a02, 30);
	struct guard *g = make_guard();
	enum pkt_verdict verdict;
	uint8_t ip[40];

	make_ip4(ip, 6, 40);
	ip4_patch32(ip, IP4_OFFSET_SOURCE, source);
	ip4_patch32(ip, IP4_OFFSET_DEST, destination);
	verdict = guard_check4(g, ip, &inside);
	if (guard_trusts4(g, source, destination))
		assert_int_equal(verdict, PKT_OK);
	guard_fini(g);
	free(g);
	return verdict;
}

#define VPC_HOST 0x0a0086f3 /* 10.0.134.243 */
#define LAN_HOST 0xc0a8c80a /* 192.168.200.10 */

static void test_E35_sources_that_cannot_be_behind_a_tunnel(void **state)
{
	static const uint32_t spoofed[] = {
	    LAN_HOST,   /* our LAN */
	    0xcb007102, /* our WAN address */
	    0x00000000, /* this host */
	    0x7f000001, /* loopback */
	    0xe0000001, /* multicast */
	    0xf0000001, /* reserved */
	    0xffffffff, /* broadcast */
	    0xa9fe1401, /* inside of another tunnel */
	    0xa9fea9fe, /* link-local of nobody here */
	    0xa9fe0a02, /* our own inside address */
	};

	for (unsigned i = 0; i < LENGTH(spoofed); i++)
		assert_int_equal(check4(spoofed[i], LAN_HOST ^ 1), PKT_DROP_MARTIAN);
	assert_int_equal(check4(VPC_HOST, LAN_HOST), PKT_OK);
	assert_int_equal(check4(0xa9fe0a01, 0xa9fe0a02), PKT_OK); /* BGP of this tunnel */
}

static void test_E35_land_packet(void **state)
{
	assert_int_equal(check4(VPC_HOST, VPC_HOST), PKT_DROP_MARTIAN);
}

static void test_E35_destinations_that_are_no_hosts_elsewhere(void **state)
{
	assert_int_equal(check4(VPC_HOST, 0x7f000001), PKT_DROP_MARTIAN);
	assert_int_equal(check4(VPC_HOST, 0x00000000), PKT_DROP_MARTIAN);
	assert_int_equal(check4(VPC_HOST, 0xa9fea9fe), PKT_DROP_MARTIAN);
	assert_int_equal(check4(VPC_HOST, 0xa9fe0a02), PKT_OK);
}

static void test_E36_destinations_that_are_outer_addresses(void **state)
{
	assert_int_equal(check4(VPC_HOST, 0xcb007102), PKT_DROP_LOOP);
	assert_int_equal(check4(VPC_HOST, 0xc6336402), PKT_DROP_LOOP);
	assert_int_equal(check4(VPC_HOST, 0xc6336406), PKT_DROP_LOOP);
	assert_int_equal(check4(VPC_HOST, 0xc6336403), PKT_OK);
}

static enum pkt_verdict check6(const struct ip_prefix *source, const struct ip_prefix *destination)
{
	struct ip_prefix inside = prefix6(0xfe80, 2, 64);
	struct guard *g = make_guard();
	enum pkt_verdict verdict;
	uint8_t ip[40];

	make_ip6(ip, 6, 40);
	memcpy(ip + IP6_OFFSET_SOURCE, source->addr.bytes, 16);
	memcpy(ip + IP6_OFFSET_DEST, destination->addr.bytes, 16);
	verdict = guard_check6(g, ip, &inside);
	guard_fini(g);
	free(g);
	return verdict;
}

static void test_E35_E36_the_same_for_ipv6(void **state)
{
	struct ip_prefix host = prefix6(0x2001, 5, 128), lan = prefix6(0xfd00, 1, 128);
	struct ip_prefix bad[] = {prefix6(0, 0, 0), prefix6(0, 1, 0), prefix6(0xff02, 1, 0),
	    prefix6(0xfe90, 1, 0), prefix6(0xfd00, 9, 0), prefix6(0xfe80, 2, 0)};
	struct ip_prefix mapped = prefix6(0, 1, 0), endpoint = prefix6(0x2600, 9, 128);
	struct ip_prefix peer = prefix6(0xfe80, 1, 64), own = prefix6(0xfe80, 2, 64);

	mapped.addr.bytes[10] = mapped.addr.bytes[11] = 0xff;
	for (unsigned i = 0; i < LENGTH(bad); i++)
		assert_int_equal(check6(&bad[i], &lan), PKT_DROP_MARTIAN);
	assert_int_equal(check6(&mapped, &lan), PKT_DROP_MARTIAN);
	assert_int_equal(check6(&host, &mapped), PKT_DROP_MARTIAN);
	assert_int_equal(check6(&host, &host), PKT_DROP_MARTIAN);
	assert_int_equal(check6(&host, &endpoint), PKT_DROP_LOOP);
	assert_int_equal(check6(&host, &lan), PKT_OK);
	assert_int_equal(check6(&peer, &own), PKT_OK);
}

static void test_without_an_inside_address_no_link_local_passes(void **state)
{
	struct guard *g = make_guard();
	uint8_t ip[40];

	make_ip4(ip, 6, 40);
	ip4_patch32(ip, IP4_OFFSET_SOURCE, 0xa9fe0a01);
	assert_int_equal(guard_check4(g, ip, NULL), PKT_DROP_MARTIAN);
	guard_fini(g);
	free(g);
}

/* Nobody is asked about addresses that no network and no tunnel stands for any more. */
static void test_what_has_gone_is_not_suspected_for_ever(void **state)
{
	struct ip_prefix lan = prefix4(0x0a100000, 12);
	struct ip_addr gone = {IP_FAMILY_V4, {198, 51, 100, 2}};
	struct guard *g = make_guard();

	assert_false(guard_trusts4(g, VPC_HOST, 0xc6336402));
	addr_set_remove(&g->outer, &gone);
	guard_suspect_outer(g);
	assert_false(guard_trusts4(g, VPC_HOST, 0xc6336406)); /* the other one there */
	gone.bytes[3] = 6;
	addr_set_remove(&g->outer, &gone);
	guard_suspect_outer(g);
	assert_true(guard_trusts4(g, VPC_HOST, 0xc6336402));
	assert_false(guard_trusts4(g, VPC_HOST, 0xcb007102));
	assert_false(guard_trusts4(g, VPC_HOST, 0xa9fe0a02));
	assert_false(guard_trusts4(g, LAN_HOST, VPC_HOST));
	guard_clear_networks(g);
	assert_int_equal(guard_add_network(g, &lan), 0);
	assert_true(guard_trusts4(g, LAN_HOST, VPC_HOST));
	assert_false(guard_trusts4(g, 0x0a1f0001, VPC_HOST));
	assert_false(guard_trusts4(g, 0xe0000001, VPC_HOST));
	assert_int_equal(g->network6_count, 0);
	guard_fini(g);
	free(g);
}

static void test_a_full_guard_says_so(void **state)
{
	struct guard g;
	struct ip_prefix network = prefix4(0x0a000000, 8);

	guard_init(&g);
	for (unsigned i = 0; i < GUARD_NETWORKS_MAX; i++)
		assert_int_equal(guard_add_network(&g, &network), 0);
	assert_int_equal(guard_add_network(&g, &network), -ENOSPC);
	guard_fini(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ipv4_selectors_of_every_length),
	    cmocka_unit_test(test_ipv6_selectors_of_every_length),
	    cmocka_unit_test(test_E33_selectors_of_one_family_match_no_other),
	    cmocka_unit_test(test_E35_sources_that_cannot_be_behind_a_tunnel),
	    cmocka_unit_test(test_E35_land_packet),
	    cmocka_unit_test(test_E35_destinations_that_are_no_hosts_elsewhere),
	    cmocka_unit_test(test_E36_destinations_that_are_outer_addresses),
	    cmocka_unit_test(test_E35_E36_the_same_for_ipv6),
	    cmocka_unit_test(test_without_an_inside_address_no_link_local_passes),
	    cmocka_unit_test(test_what_has_gone_is_not_suspected_for_ever),
	    cmocka_unit_test(test_a_full_guard_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
