/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Encapsulation without crypto: every byte in front of and behind the inner packet. */
#include "tests/unit/pkt/pkt_fixture.h"

#include <errno.h>

#include "dataplane/pkt/esp_encap.h"

#define BUFFER_BYTES (ESP_ENCAP_HEADROOM + 2000 + ESP_ENCAP_TAILROOM)

static const uint8_t test_iv[16] = {
    0xff, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

static struct esp_encap_params params4(void)
{
	return (struct esp_encap_params){
	    .outer_local = {IP_FAMILY_V4, {203, 0, 113, 2}},
	    .outer_remote = {IP_FAMILY_V4, {198, 51, 100, 2}},
	    .spi = 0xc0ffee01,
	    .udp = true,
	    .udp_local = 4500,
	    .udp_remote = 20248,
	    .iv_bytes = 16,
	    .block_bytes = 16,
	    .icv_bytes = 12,
	    .df = ESP_DF_CLEAR,
	    .dscp_copy = true,
	    .ecn_copy = true,
	};
}

static struct esp_encap_params params6(void)
{
	struct esp_encap_params p = params4();

	p.outer_local = (struct ip_addr){IP_FAMILY_V6, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
	p.outer_remote = (struct ip_addr){IP_FAMILY_V6, {0x20, 0x01, 0x0d, 0xb8, [15] = 9}};
	return p;
}

struct sent {
	uint8_t buffer[BUFFER_BYTES];
	uint8_t *inner, *outer, *esp;
	struct esp_encap encap;
	struct esp_encap_result result;
};

/* The form for ordinary packets makes the same of them: all bytes from the outer header on. */
static void compare_with_plain(
    const struct sent *s, const uint8_t *inner, uint32_t inner_bytes, uint64_t sequence)
{
	uint8_t buffer[BUFFER_BYTES];
	uint8_t *at = buffer + ESP_ENCAP_HEADROOM;
	struct esp_encap_result result;

	memset(buffer, 0xee, sizeof(buffer));
	memcpy(at, inner, inner_bytes);
	result = esp_encap_plain(&s->encap, at, inner_bytes, sequence, test_iv);
	assert_memory_equal(&result, &s->result, sizeof(result));
	assert_memory_equal(at - s->encap.head_bytes, s->inner - s->encap.head_bytes,
	    sizeof(buffer) - ESP_ENCAP_HEADROOM);
}

static void send_inner(struct sent *s, const struct esp_encap_params *p, const uint8_t *inner,
    uint32_t inner_bytes, uint64_t sequence)
{
	memset(s->buffer, 0xee, sizeof(s->buffer));
	s->inner = s->buffer + ESP_ENCAP_HEADROOM;
	memcpy(s->inner, inner, inner_bytes);
	assert_int_equal(esp_encap_init(&s->encap, p), 0);
	s->result = esp_encap(&s->encap, s->inner, inner_bytes, sequence, test_iv);
	if (s->encap.plain && inner[0] >> 4 == 4)
		compare_with_plain(s, inner, inner_bytes, sequence);
	s->outer = s->inner - s->encap.head_bytes;
	s->esp = s->inner - p->iv_bytes - 8;
	assert_memory_equal(s->inner, inner, inner_bytes);
}

static void test_every_byte_of_udp_over_ipv4(void **state)
{
	struct esp_encap_params p = params4();
	struct ip4_info info;
	uint8_t ip[100];
	struct sent s;

	make_ip4(ip, 6, 100);
	send_inner(&s, &p, ip, 100, 0x01020304);
	assert_int_equal(s.result.cipher_bytes, 112);
	assert_int_equal(s.result.outer_bytes, 20 + 8 + 8 + 16 + 112 + 12);
	assert_int_equal(s.encap.head_bytes, 52);
	assert_int_equal(ip4_check(s.outer, s.result.outer_bytes, &info), PKT_OK);
	assert_int_equal(info.header_bytes, 20);
	assert_int_equal(info.total_bytes, s.result.outer_bytes);
	assert_int_equal(info.protocol, IP_PROTO_UDP);
	assert_int_equal(info.source, 0xcb007102);
	assert_int_equal(info.destination, 0xc6336402);
	assert_int_equal(info.ttl, 64);
	assert_int_equal(get_be16(s.outer + 20), 4500);
	assert_int_equal(get_be16(s.outer + 22), 20248);
	assert_int_equal(get_be16(s.outer + 24), s.result.outer_bytes - 20);
	assert_int_equal(get_be32(s.esp), 0xc0ffee01);
	assert_int_equal(get_be32(s.esp + 4), 0x01020304);
	assert_memory_equal(s.esp + 8, test_iv, 16);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(s.inner[100 + i], i + 1);
	assert_int_equal(s.inner[110], 10);
	assert_int_equal(s.inner[111], 4);
}

static void test_E20_the_udp_checksum_over_ipv4_is_zero(void **state)
{
	struct esp_encap_params p = params4();
	uint8_t ip[64];
	struct sent s;

	make_ip4(ip, 6, 64);
	send_inner(&s, &p, ip, 64, 1);
	assert_int_equal(get_be16(s.outer + 26), 0);
	assert_false(s.encap.udp_checksum);
}

static void test_plain_esp_over_ipv4(void **state)
{
	struct esp_encap_params p = params4();
	struct ip4_info info;
	uint8_t ip[64];
	struct sent s;

	p.udp = false;
	make_ip4(ip, 6, 64);
	send_inner(&s, &p, ip, 64, 7);
	assert_int_equal(ip4_check(s.outer, s.result.outer_bytes, &info), PKT_OK);
	assert_int_equal(info.protocol, IP_PROTO_ESP);
	assert_ptr_equal(s.outer + 20, s.esp);
	assert_int_equal(get_be32(s.esp), 0xc0ffee01);
}

static void test_the_iv_of_gcm_is_the_sequence_number(void **state)
{
	struct esp_encap_params p = params4();
	uint8_t ip[64];
	struct sent s;

	p.iv_bytes = 8;
	p.block_bytes = 4;
	p.icv_bytes = 16;
	make_ip4(ip, 6, 64);
	send_inner(&s, &p, ip, 64, UINT64_C(0x0000000512345678));
	assert_int_equal(get_be32(s.esp + 4), 0x12345678);
	assert_int_equal(get_be32(s.esp + 8), 0x00000005);
	assert_int_equal(get_be32(s.esp + 12), 0x12345678);
	assert_int_equal(s.result.cipher_bytes, 68);
	assert_ptr_equal(s.esp + 16, s.inner);
}

static void test_outer_ipv6_with_a_right_udp_checksum(void **state)
{
	struct esp_encap_params p = params6();
	struct ip6_info info;
	uint8_t ip[100];
	uint16_t field;
	struct sent s;

	make_ip6(ip, 6, 100);
	ip6_set_traffic_class(ip, 0xb8);
	send_inner(&s, &p, ip, 100, 3);
	assert_int_equal(s.encap.head_bytes, 40 + 8 + 8 + 16);
	assert_int_equal(ip6_check(s.outer, s.result.outer_bytes, &info), PKT_OK);
	assert_int_equal(info.total_bytes, s.result.outer_bytes);
	assert_int_equal(info.traffic_class, 0xb8);
	assert_int_equal(info.next_header, IP_PROTO_UDP);
	assert_int_equal(info.hop_limit, 64);
	assert_memory_equal(s.outer + IP6_OFFSET_SOURCE, p.outer_local.bytes, 16);
	assert_memory_equal(s.outer + IP6_OFFSET_DEST, p.outer_remote.bytes, 16);
	assert_int_equal(get_be16(s.outer + 40), 4500);
	assert_int_equal(get_be16(s.outer + 42), 20248);
	assert_int_equal(get_be32(s.esp), 0xc0ffee01);
	assert_int_equal(s.inner[s.result.cipher_bytes - 1], 41);
	assert_true(s.encap.udp_checksum);
	esp_encap_udp6_checksum(s.outer);
	assert_int_equal(checksum_fold(checksum_add(checksum_pseudo(s.outer + 8, s.outer + 24, 16,
							17, s.result.outer_bytes - 40),
			     s.outer + 40, s.result.outer_bytes - 40)),
	    0xffff);
	assert_int_not_equal(get_be16(s.outer + 46), 0);
	assert_memory_equal(s.outer + IP6_OFFSET_DEST, p.outer_remote.bytes, 16);
	field = get_be16(s.outer + 46);
	esp_encap_udp6_checksum(s.outer);
	assert_int_equal(get_be16(s.outer + 46), field);
}

static void test_nothing_outside_of_the_promised_room_is_written(void **state)
{
	struct esp_encap_params p = params6();

	for (unsigned bytes = 20; bytes < 200; bytes++) {
		uint8_t ip[200];
		struct sent s;

		make_ip4(ip, 6, bytes);
		send_inner(&s, &p, ip, bytes, bytes);
		for (uint8_t *b = s.inner + bytes + ESP_ENCAP_TAILROOM;
		     b < s.buffer + sizeof(s.buffer); b++)
			assert_int_equal(*b, 0xee);
	}
}

static void test_E28_outer_df_and_identification(void **state)
{
	struct esp_encap_params p = params4();
	static uint8_t seen[65536];
	uint8_t ip[64];

	make_ip4(ip, 6, 64);
	ip4_patch16(ip, IP4_OFFSET_FRAG, IP4_FLAG_DF);
	memset(seen, 0, sizeof(seen));
	for (uint32_t sequence = 1; sequence <= 65535; sequence++) {
		struct sent s;
		uint16_t id;

		send_inner(&s, &p, ip, 64, sequence);
		id = get_be16(s.outer + IP4_OFFSET_ID);
		assert_int_equal(get_be16(s.outer + IP4_OFFSET_FRAG), 0);
		assert_int_not_equal(id, 0);
		assert_int_equal(seen[id]++, 0);
	}
}

static void test_E28_df_bit_copy_set_clear(void **state)
{
	static const struct {
		uint8_t df;
		uint16_t inner, outer;
	} cases[] = {
	    {ESP_DF_COPY, 0, 0},
	    {ESP_DF_COPY, IP4_FLAG_DF, IP4_FLAG_DF},
	    {ESP_DF_COPY, IP4_FLAG_MF, 0},
	    {ESP_DF_SET, 0, IP4_FLAG_DF},
	    {ESP_DF_SET, IP4_FLAG_DF, IP4_FLAG_DF},
	    {ESP_DF_CLEAR, 0, 0},
	    {ESP_DF_CLEAR, IP4_FLAG_DF, 0},
	    {ESP_DF_CLEAR, 0x9fff, 0},
	};

	for (unsigned i = 0; i < LENGTH(cases); i++) {
		struct esp_encap_params p = params4();
		struct ip4_info info;
		uint8_t ip[64];
		struct sent s;

		p.df = cases[i].df;
		make_ip4(ip, 6, 64);
		ip4_patch16(ip, IP4_OFFSET_FRAG, cases[i].inner);
		send_inner(&s, &p, ip, 64, 1);
		assert_int_equal(get_be16(s.outer + IP4_OFFSET_FRAG), cases[i].outer);
		assert_int_equal(ip4_check(s.outer, s.result.outer_bytes, &info), PKT_OK);
	}
}

static void test_E24_dscp_is_copied_out_or_not(void **state)
{
	for (unsigned tos = 0; tos < 256; tos++) {
		for (unsigned mode = 0; mode < 4; mode++) {
			struct esp_encap_params p = params4();
			uint8_t mask = (mode & 1 ? 0xfc : 0) | (mode & 2 ? 0x03 : 0), ip[64];
			struct ip4_info info;
			struct sent s;

			p.dscp_copy = mode & 1;
			p.ecn_copy = mode & 2;
			make_ip4(ip, 6, 64);
			ip4_set_tos(ip, (uint8_t)tos);
			send_inner(&s, &p, ip, 64, 1);
			assert_int_equal(ip4_check(s.outer, s.result.outer_bytes, &info), PKT_OK);
			assert_int_equal(info.tos, tos & mask);
		}
	}
}

static void test_E23_the_outer_ttl_is_ours(void **state)
{
	struct esp_encap_params p = params4();
	uint8_t ip[64];
	struct sent s;

	make_ip4(ip, 6, 64);
	ip[IP4_OFFSET_TTL] = 3;
	ip4_write_checksum(ip, 20);
	send_inner(&s, &p, ip, 64, 1);
	assert_int_equal(s.outer[IP4_OFFSET_TTL], 64);
	p.ttl = 200;
	send_inner(&s, &p, ip, 64, 1);
	assert_int_equal(s.outer[IP4_OFFSET_TTL], 200);
}

/* Of every length, in front of each of the outer headers. */
static void test_the_link_header_stands_in_front(void **state)
{
	uint8_t ip[100], link[ESP_ENCAP_LINK_BYTES_MAX];
	static struct sent with, without;

	make_ip4(ip, 6, 100);
	for (unsigned i = 0; i < sizeof(link); i++)
		link[i] = (uint8_t)(0xa0 + i);
	for (unsigned form = 0; form < 4; form++) {
		struct esp_encap_params p = form & 1 ? params6() : params4();

		p.udp = form & 2;
		send_inner(&without, &p, ip, 100, 7);
		assert_int_equal(without.encap.link_bytes, 0);
		p.link = link;
		for (uint8_t bytes = 0; bytes <= sizeof(link); bytes++) {
			p.link_bytes = bytes;
			send_inner(&with, &p, ip, 100, 7);
			assert_int_equal(with.encap.link_bytes, bytes);
			assert_int_equal(with.encap.head_bytes, without.encap.head_bytes);
			assert_memory_equal(with.outer - bytes, link, bytes);
			assert_memory_equal(with.outer, without.outer, with.result.outer_bytes);
		}
	}
}

static void test_what_is_no_sa_is_refused(void **state)
{
	struct esp_encap_params p;
	struct esp_encap t;

	p = params4();
	p.outer_remote.family = IP_FAMILY_V6;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.outer_local.family = p.outer_remote.family = IP_FAMILY_NONE;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.iv_bytes = 12;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.block_bytes = 0;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.block_bytes = 12;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.icv_bytes = 33;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p.icv_bytes = 32;
	assert_int_equal(esp_encap_init(&t, &p), 0);
	p = params4();
	p.df = 3;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
	p = params4();
	p.link_bytes = ESP_ENCAP_LINK_BYTES_MAX + 1;
	assert_int_equal(esp_encap_init(&t, &p), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_byte_of_udp_over_ipv4),
	    cmocka_unit_test(test_E20_the_udp_checksum_over_ipv4_is_zero),
	    cmocka_unit_test(test_plain_esp_over_ipv4),
	    cmocka_unit_test(test_the_iv_of_gcm_is_the_sequence_number),
	    cmocka_unit_test(test_outer_ipv6_with_a_right_udp_checksum),
	    cmocka_unit_test(test_nothing_outside_of_the_promised_room_is_written),
	    cmocka_unit_test(test_E28_outer_df_and_identification),
	    cmocka_unit_test(test_E28_df_bit_copy_set_clear),
	    cmocka_unit_test(test_E24_dscp_is_copied_out_or_not),
	    cmocka_unit_test(test_E23_the_outer_ttl_is_ours),
	    cmocka_unit_test(test_the_link_header_stands_in_front),
	    cmocka_unit_test(test_what_is_no_sa_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
