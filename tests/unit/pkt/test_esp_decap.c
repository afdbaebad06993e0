/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Decapsulation without crypto: lengths before any field, then everything that an authentic packet
 * can still have wrong. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/esp_decap.h"

static struct ip_prefix any(uint8_t family)
{
	return (struct ip_prefix){.addr = {.family = family}};
}

static struct esp_decap decap_of(uint8_t family)
{
	struct esp_decap d = {.iv_bytes = 16, .block_bytes = 16, .icv_bytes = 12};
	struct ip_prefix all = any(family);

	assert_int_equal(selector_init(&d.selector, &all, &all), 0);
	return d;
}

/* A decrypted packet with `inner` in it, then padding, and nothing behind the ICV in memory. */
struct decrypted {
	uint8_t *esp;
	uint32_t cipher_bytes;
};

static struct decrypted decrypt(const uint8_t *inner, uint32_t inner_bytes, uint8_t next_header)
{
	uint32_t cipher_bytes = (inner_bytes + 2 + 15) & ~15u, pad = cipher_bytes - inner_bytes - 2;
	uint8_t *esp = calloc(1, 24 + cipher_bytes + 12);

	memcpy(esp + 24, inner, inner_bytes);
	for (uint32_t i = 0; i < pad; i++)
		esp[24 + inner_bytes + i] = (uint8_t)(i + 1);
	esp[24 + cipher_bytes - 2] = (uint8_t)pad;
	esp[24 + cipher_bytes - 1] = next_header;
	return (struct decrypted){esp, cipher_bytes};
}

static enum pkt_verdict finish(const struct esp_decap *d, const uint8_t *inner,
    uint32_t inner_bytes, uint8_t next_header, uint8_t outer_tos, uint8_t *inner_out)
{
	struct decrypted packet = decrypt(inner, inner_bytes, next_header);
	struct esp_decap_result out = {0};
	uint32_t plain_bytes =
	    esp_decap_plain(d, esp_decap_inner(d, packet.esp), packet.cipher_bytes, outer_tos);
	enum pkt_verdict verdict =
	    esp_decap_finish(d, packet.esp, packet.cipher_bytes, outer_tos, &out);

	if (plain_bytes) {
		assert_int_equal(verdict, PKT_OK);
		assert_int_equal(out.family, 4);
		assert_int_equal(out.inner_bytes, plain_bytes);
		assert_memory_equal(out.inner, inner, plain_bytes);
	}
	if (verdict == PKT_OK && inner_out)
		memcpy(inner_out, out.inner, out.inner_bytes);
	free(packet.esp);
	return verdict;
}

static void test_E07_every_length_below_the_minimum_is_short(void **state)
{
	struct esp_decap d = decap_of(4);
	uint32_t cipher_bytes = 0;

	for (size_t bytes = 0; bytes < 52; bytes++)
		assert_int_equal(esp_decap_check(&d, bytes, &cipher_bytes), PKT_DROP_SHORT);
	assert_int_equal(cipher_bytes, 0);
	assert_int_equal(esp_decap_check(&d, 52, &cipher_bytes), PKT_OK);
	assert_int_equal(cipher_bytes, 16);
}

static void test_E07_no_spi_is_read_from_less_than_8_bytes(void **state)
{
	static const uint8_t esp[8] = {0xc0, 0xff, 0xee, 0x01, 0x12, 0x34, 0x56, 0x78};
	uint32_t spi = 0;

	for (size_t bytes = 0; bytes < 8; bytes++) {
		uint8_t *copy = exact_copy(esp, bytes);

		assert_int_equal(esp_read_spi(copy, bytes, &spi), PKT_DROP_SHORT);
		free(copy);
	}
	assert_int_equal(spi, 0);
	assert_int_equal(esp_read_spi(esp, 8, &spi), PKT_OK);
	assert_int_equal(spi, 0xc0ffee01);
	assert_int_equal(esp_sequence(esp), 0x12345678);
}

static void test_E11_reserved_spis_are_nobodys(void **state)
{
	uint8_t esp[8] = {0};
	uint32_t spi;

	for (unsigned value = 0; value < 512; value++) {
		put_be32(esp, value);
		assert_int_equal(esp_read_spi(esp, 8, &spi), value <= 255 ? PKT_DROP_NOSA : PKT_OK);
	}
}

static void test_E08_ciphertext_is_a_whole_number_of_blocks(void **state)
{
	struct esp_decap cbc = decap_of(4), gcm = decap_of(4);
	uint32_t cipher_bytes;

	gcm.iv_bytes = 8;
	gcm.block_bytes = 4;
	gcm.icv_bytes = 16;
	for (size_t bytes = 52; bytes < 2000; bytes++) {
		enum pkt_verdict verdict = esp_decap_check(&cbc, bytes, &cipher_bytes);

		assert_int_equal(verdict, (bytes - 36) % 16 ? PKT_DROP_ALIGN : PKT_OK);
		verdict = esp_decap_check(&gcm, bytes, &cipher_bytes);
		assert_int_equal(verdict, (bytes - 32) % 4 ? PKT_DROP_ALIGN : PKT_OK);
	}
}

static void test_E09_pad_length_longer_than_the_packet(void **state)
{
	struct esp_decap d = decap_of(4);
	struct esp_decap_result out;

	for (unsigned pad = 0; pad < 256; pad++) {
		uint8_t esp[24 + 16 + 12] = {0};

		for (unsigned i = 0; i < 14; i++)
			esp[24 + i] = (uint8_t)(i + 1);
		esp[24 + 14] = (uint8_t)pad;
		esp[24 + 15] = 4;
		/* all 14 bytes are padding: an empty inner packet */
		assert_int_equal(esp_decap_finish(&d, esp, 16, 0, &out), pad == 14  ? PKT_DROP_INNER
									 : pad == 0 ? PKT_DROP_PROTO
										    : PKT_DROP_PAD);
	}
}

static void test_E10_every_wrong_pad_byte_is_noticed(void **state)
{
	struct esp_decap d = decap_of(4);
	struct esp_decap_result out;
	uint8_t ip[20];

	make_ip4(ip, 6, 20);
	for (unsigned position = 0; position < 10; position++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct decrypted packet = decrypt(ip, 20, 4);

			packet.esp[24 + 20 + position] ^= (uint8_t)(1 << bit);
			assert_int_equal(
			    esp_decap_finish(&d, packet.esp, packet.cipher_bytes, 0, &out),
			    PKT_DROP_PAD);
			free(packet.esp);
		}
	}
}

static void test_padding_of_up_to_255_bytes_is_accepted(void **state)
{
	struct esp_decap d = decap_of(4);
	uint8_t ip[20];

	make_ip4(ip, 6, 20);
	for (unsigned pad = 10; pad <= 255; pad += 16) {
		uint32_t cipher_bytes = 20 + pad + 2;
		uint8_t *esp = calloc(1, 24 + cipher_bytes + 12);
		struct esp_decap_result out;

		memcpy(esp + 24, ip, 20);
		for (unsigned i = 0; i < pad; i++)
			esp[44 + i] = (uint8_t)(i + 1);
		esp[24 + cipher_bytes - 2] = (uint8_t)pad;
		esp[24 + cipher_bytes - 1] = 4;
		assert_int_equal(esp_decap_finish(&d, esp, cipher_bytes, 0, &out), PKT_OK);
		assert_int_equal(out.inner_bytes, 20);
		esp[44 + pad / 2] ^= 0x80;
		assert_int_equal(esp_decap_finish(&d, esp, cipher_bytes, 0, &out), PKT_DROP_PAD);
		free(esp);
	}
}

static void test_E31_next_header_and_version_have_to_agree(void **state)
{
	struct esp_decap d4 = decap_of(4), d6 = decap_of(6);
	uint8_t ip4[64], ip6[64];

	make_ip4(ip4, 6, 64);
	make_ip6(ip6, 6, 64);
	assert_int_equal(finish(&d4, ip4, 64, 4, 0, NULL), PKT_OK);
	assert_int_equal(finish(&d6, ip6, 64, 41, 0, NULL), PKT_OK);
	assert_int_equal(finish(&d4, ip4, 64, 41, 0, NULL), PKT_DROP_PROTO);
	assert_int_equal(finish(&d6, ip6, 64, 4, 0, NULL), PKT_DROP_PROTO);
	for (unsigned version = 0; version < 16; version++) {
		ip4[0] = (uint8_t)(version << 4 | 5);
		assert_int_equal(
		    finish(&d4, ip4, 64, 4, 0, NULL), version == 4 ? PKT_OK : PKT_DROP_PROTO);
	}
	make_ip4(ip4, 6, 64);
	for (unsigned next = 0; next < 256; next++)
		if (next != 4 && next != 59)
			assert_int_equal(
			    finish(&d4, ip4, 64, (uint8_t)next, 0, NULL), PKT_DROP_PROTO);
}

static void test_E32_dummy_packets_are_discarded_whatever_is_in_them(void **state)
{
	struct esp_decap d = decap_of(4);
	uint8_t junk[64];

	memset(junk, 0x5a, sizeof(junk));
	for (unsigned bytes = 0; bytes < 64; bytes++)
		assert_int_equal(finish(&d, junk, bytes, 59, 0, NULL), PKT_DROP_DUMMY);
}

static void test_E33_a_family_that_was_not_negotiated_is_dropped(void **state)
{
	struct esp_decap d4 = decap_of(4), d6 = decap_of(6);
	uint8_t ip4[64], ip6[64];

	make_ip4(ip4, 6, 64);
	make_ip6(ip6, 6, 64);
	assert_int_equal(finish(&d4, ip6, 64, 41, 0, NULL), PKT_DROP_SELECTOR);
	assert_int_equal(finish(&d6, ip4, 64, 4, 0, NULL), PKT_DROP_SELECTOR);
}

static void test_E34_inner_length_against_the_plaintext(void **state)
{
	struct esp_decap d4 = decap_of(4), d6 = decap_of(6);
	uint8_t ip[128];

	for (unsigned claimed = 0; claimed < 200; claimed++) {
		make_ip4(ip, 6, 100);
		ip4_patch16(ip, IP4_OFFSET_TOTAL, (uint16_t)claimed);
		assert_int_equal(finish(&d4, ip, 100, 4, 0, NULL),
		    claimed < 20 || claimed > 100 ? PKT_DROP_INNER : PKT_OK);
		make_ip6(ip, 6, 100);
		put_be16(ip + IP6_OFFSET_PAYLOAD, (uint16_t)claimed);
		assert_int_equal(
		    finish(&d6, ip, 100, 41, 0, NULL), claimed > 60 ? PKT_DROP_INNER : PKT_OK);
	}
	/* less of an inner packet than a header */
	make_ip4(ip, 6, 100);
	for (unsigned bytes = 1; bytes < 20; bytes++)
		assert_int_equal(finish(&d4, ip, bytes, 4, 0, NULL), PKT_DROP_INNER);
	make_ip6(ip, 6, 100);
	for (unsigned bytes = 1; bytes < 40; bytes++)
		assert_int_equal(finish(&d6, ip, bytes, 41, 0, NULL), PKT_DROP_INNER);
}

static void test_E35_addresses_outside_of_the_selectors_are_dropped(void **state)
{
	struct ip_prefix vpc = {{IP_FAMILY_V4, {10, 0, 0, 0}}, 16};
	struct ip_prefix lan = {{IP_FAMILY_V4, {192, 168, 0, 0}}, 16};
	struct esp_decap d = decap_of(4);
	uint8_t ip[64];

	assert_int_equal(selector_init(&d.selector, &vpc, &lan), 0);
	make_ip4(ip, 6, 64);
	assert_int_equal(finish(&d, ip, 64, 4, 0, NULL), PKT_OK);
	ip4_patch32(ip, IP4_OFFSET_SOURCE, 0xc0a80105);
	assert_int_equal(finish(&d, ip, 64, 4, 0, NULL), PKT_DROP_SELECTOR);
	make_ip4(ip, 6, 64);
	ip4_patch32(ip, IP4_OFFSET_DEST, 0x08080808);
	assert_int_equal(finish(&d, ip, 64, 4, 0, NULL), PKT_DROP_SELECTOR);
}

/* RFC 6040 figure 4. Columns: outer Not-ECT, ECT(0), ECT(1), CE; -1: drop. */
static void test_E25_ecn_of_both_headers_is_merged(void **state)
{
	static const uint8_t order[4] = {ECN_NOT_ECT, ECN_ECT0, ECN_ECT1, ECN_CE};
	static const int want[4][4] = {
	    {ECN_NOT_ECT, ECN_NOT_ECT, ECN_NOT_ECT, -1},
	    {ECN_ECT0, ECN_ECT0, ECN_ECT1, ECN_CE},
	    {ECN_ECT1, ECN_ECT1, ECN_ECT1, ECN_CE},
	    {ECN_CE, ECN_CE, ECN_CE, ECN_CE},
	};
	struct esp_decap d4 = decap_of(4), d6 = decap_of(6);

	for (unsigned inner = 0; inner < 4; inner++) {
		for (unsigned outer = 0; outer < 4; outer++) {
			int ecn = want[inner][outer];
			uint8_t ip[64], got[64];
			struct ip4_info info;

			make_ip4(ip, 6, 64);
			ip4_set_tos(ip, 0x48 | order[inner]);
			assert_int_equal(finish(&d4, ip, 64, 4, 0xb8 | order[outer], got),
			    ecn < 0 ? PKT_DROP_ECN : PKT_OK);
			if (ecn >= 0) {
				assert_int_equal(ip4_check(got, 64, &info), PKT_OK);
				assert_int_equal(info.tos, 0x48 | ecn);
			}
			make_ip6(ip, 6, 64);
			ip6_set_traffic_class(ip, 0x48 | order[inner]);
			assert_int_equal(finish(&d6, ip, 64, 41, 0xb8 | order[outer], got),
			    ecn < 0 ? PKT_DROP_ECN : PKT_OK);
			if (ecn >= 0)
				assert_int_equal(ip6_traffic_class(got), 0x48 | ecn);
		}
	}
}

static void test_E24_outer_dscp_is_discarded(void **state)
{
	struct esp_decap d = decap_of(4);

	for (unsigned tos = 0; tos < 256; tos += 4) {
		uint8_t ip[64], got[64];

		make_ip4(ip, 6, 64);
		ip4_set_tos(ip, 0x28);
		assert_int_equal(finish(&d, ip, 64, 4, (uint8_t)tos, got), PKT_OK);
		assert_int_equal(got[IP4_OFFSET_TOS], 0x28);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_E07_every_length_below_the_minimum_is_short),
	    cmocka_unit_test(test_E07_no_spi_is_read_from_less_than_8_bytes),
	    cmocka_unit_test(test_E11_reserved_spis_are_nobodys),
	    cmocka_unit_test(test_E08_ciphertext_is_a_whole_number_of_blocks),
	    cmocka_unit_test(test_E09_pad_length_longer_than_the_packet),
	    cmocka_unit_test(test_E10_every_wrong_pad_byte_is_noticed),
	    cmocka_unit_test(test_padding_of_up_to_255_bytes_is_accepted),
	    cmocka_unit_test(test_E31_next_header_and_version_have_to_agree),
	    cmocka_unit_test(test_E32_dummy_packets_are_discarded_whatever_is_in_them),
	    cmocka_unit_test(test_E33_a_family_that_was_not_negotiated_is_dropped),
	    cmocka_unit_test(test_E34_inner_length_against_the_plaintext),
	    cmocka_unit_test(test_E35_addresses_outside_of_the_selectors_are_dropped),
	    cmocka_unit_test(test_E25_ecn_of_both_headers_is_merged),
	    cmocka_unit_test(test_E24_outer_dscp_is_discarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
