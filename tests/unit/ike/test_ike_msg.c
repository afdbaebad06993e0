/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The codec: what it writes it reads, what it cannot read it refuses, and it stays inside its
 * bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/ike/ike_msg.h"
#include "tests/unit/ike/vector_aes256_sha1.h"

static const struct ike_header header = {.cookie_i = {1, 2, 3, 4, 5, 6, 7, 8},
    .cookie_r = {9, 10, 11, 12, 13, 14, 15, 16},
    .exchange = ISAKMP_XCHG_QUICK_MODE,
    .flags = ISAKMP_FLAG_ENCRYPTION,
    .message_id = 0x01020304};

/* Parses a copy of exactly `bytes` bytes, so that the sanitizer sees a read past the end. */
static int parse(
    uint8_t first, const uint8_t *data, size_t bytes, bool padded, struct ike_payloads *out)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, data, bytes);
	rc = ike_payloads_parse(first, copy, bytes, padded, out);
	/* The views must lie inside. */
	for (size_t i = 0; i < out->count; i++)
		assert_true(out->list[i].body >= copy &&
			    out->list[i].body + out->list[i].bytes <= copy + bytes);
	free(copy);
	return rc;
}

static void test_header_round_trip(void **state)
{
	uint8_t data[64];
	struct ike_builder b;
	struct ike_header got;

	(void)state;
	ike_build_start(&b, data, sizeof(data), &header);
	assert_int_equal(ike_build_finish(&b), ISAKMP_HEADER_BYTES);
	assert_int_equal(ike_header_parse(data, ISAKMP_HEADER_BYTES, &got), 0);
	assert_memory_equal(got.cookie_i, header.cookie_i, 8);
	assert_memory_equal(got.cookie_r, header.cookie_r, 8);
	assert_int_equal(got.exchange, header.exchange);
	assert_int_equal(got.flags, header.flags);
	assert_int_equal(got.message_id, header.message_id);
	assert_int_equal(got.version, 0x10);
	assert_int_equal(got.next, ISAKMP_PAYLOAD_NONE);
}

static void test_K02_header_lengths(void **state)
{
	uint8_t data[64] = {0};
	struct ike_builder b;
	struct ike_header got;

	(void)state;
	ike_build_start(&b, data, sizeof(data), &header);
	ike_build_finish(&b);
	for (size_t bytes = 0; bytes < ISAKMP_HEADER_BYTES; bytes++)
		assert_int_equal(ike_header_parse(data, bytes, &got), -EMSGSIZE);
	assert_int_equal(ike_header_parse(data, ISAKMP_HEADER_BYTES + 1, &got), -EMSGSIZE);
	memset(data + 24, 0xff, 4); /* 0xffffffff */
	assert_int_equal(ike_header_parse(data, ISAKMP_HEADER_BYTES, &got), -EMSGSIZE);
	memset(data + 24, 0, 4);
	assert_int_equal(ike_header_parse(data, ISAKMP_HEADER_BYTES, &got), -EMSGSIZE);
}

static size_t sample(uint8_t *data, size_t bytes)
{
	const uint8_t nonce[20] = {7};
	struct ike_builder b;

	ike_build_start(&b, data, bytes, &header);
	ike_build_payload(&b, ISAKMP_PAYLOAD_HASH, nonce, 20);
	ike_build_payload(&b, ISAKMP_PAYLOAD_NONCE, nonce, 16);
	ike_build_payload(&b, ISAKMP_PAYLOAD_VENDOR_ID, ike_vendor_dpd, 16);
	ike_build_payload(&b, ISAKMP_PAYLOAD_VENDOR_ID, ike_vendor_natt, 16);
	ike_build_notify(&b, IPSEC_PROTO_ESP, ISAKMP_N_INVALID_SPI, "abcd", 4, "xy", 2);
	return ike_build_finish(&b);
}

static void test_payload_chain_round_trip(void **state)
{
	uint8_t data[256];
	size_t bytes = sample(data, sizeof(data));
	struct ike_payloads p;
	struct ike_notify n;

	(void)state;
	assert_true(bytes > 0);
	assert_int_equal(ike_payloads_parse(data[16], data + 28, bytes - 28, false, &p), 0);
	assert_int_equal(p.count, 3);
	assert_int_equal(p.vendors, 2);
	assert_true(p.vendor_dpd && p.vendor_natt);
	assert_int_equal(ike_payloads_one(&p, ISAKMP_PAYLOAD_NONCE)->bytes, 16);
	assert_ptr_equal(p.after_first, data + 28 + 24);
	assert_ptr_equal(p.end, data + bytes);
	assert_int_equal(ike_notify_parse(&p.list[2], &n), 0);
	assert_int_equal(n.type, ISAKMP_N_INVALID_SPI);
	assert_int_equal(n.protocol, IPSEC_PROTO_ESP);
	assert_memory_equal(n.spi, "abcd", 4);
	assert_int_equal(n.bytes, 2);
}

static void test_builder_refuses_what_does_not_fit(void **state)
{
	uint8_t data[256], whole = (uint8_t)sample(data, sizeof(data));

	(void)state;
	for (size_t room = 0; room < whole; room++)
		assert_int_equal(sample(data, room), 0);
	assert_int_equal(sample(data, whole), whole);
}

static void test_K06_truncation_at_every_byte(void **state)
{
	uint8_t data[256];
	size_t bytes = sample(data, sizeof(data));
	struct ike_payloads p;

	(void)state;
	for (size_t n = 0; n < bytes - 28; n++) {
		assert_int_equal(parse(data[16], data + 28, n, false, &p), -EBADMSG);
		assert_int_equal(p.count, 0);
		assert_int_equal(p.notify, ISAKMP_N_PAYLOAD_MALFORMED);
	}
}

static void test_K06_recorded_messages_truncated(void **state)
{
	static const struct {
		const uint8_t *p;
		size_t n;
	} m[] = {{swan_aes256_sha1_main1, sizeof(swan_aes256_sha1_main1)},
	    {swan_aes256_sha1_main2, sizeof(swan_aes256_sha1_main2)},
	    {swan_aes256_sha1_main3, sizeof(swan_aes256_sha1_main3)},
	    {swan_aes256_sha1_main4, sizeof(swan_aes256_sha1_main4)}};
	struct ike_payloads p;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(parse(m[i].p[16], m[i].p + 28, m[i].n - 28, false, &p), 0);
		assert_true(i >= 2 || (p.vendor_dpd && p.vendor_natt));
		for (size_t n = 0; n < m[i].n - 28; n++)
			assert_int_equal(parse(m[i].p[16], m[i].p + 28, n, false, &p), -EBADMSG);
	}
}

static void test_K06_payload_lengths_0_to_3_and_past_the_end(void **state)
{
	uint8_t data[8] = {0, 0, 0, 8};
	struct ike_payloads p;

	(void)state;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 8, false, &p), 0);
	for (uint8_t length = 0; length < 4; length++) {
		data[3] = length;
		assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 8, false, &p), -EBADMSG);
	}
	data[3] = 9;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 8, false, &p), -EBADMSG);
	data[2] = 0xff;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 8, false, &p), -EBADMSG);
}

static void test_K06_five_hundred_payloads(void **state)
{
	uint8_t data[500 * 4];
	struct ike_payloads p;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		const uint8_t one[4] = {i == 499 ? 0 : ISAKMP_PAYLOAD_NONCE, 0, 0, 4};

		memcpy(data + 4 * i, one, 4);
	}
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, sizeof(data), false, &p), -EBADMSG);
	assert_int_equal(p.count, 0);
}

static void test_K40_a_thousand_vendor_ids_are_ignored(void **state)
{
	static const char evil[] = "$(reboot)\x1b[2J";
	uint8_t data[IKE_MSG_PAYLOADS * 4 + 1000 * 20];
	struct ike_payloads p;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		const uint8_t one[4] = {ISAKMP_PAYLOAD_VENDOR_ID, 0, 0, 4 + sizeof(evil)};

		memcpy(data + n, one, 4);
		memcpy(data + n + 4, evil, sizeof(evil));
		n += 4 + sizeof(evil);
	}
	memcpy(data + n, "\0\0\0\4", 4);
	assert_int_equal(parse(ISAKMP_PAYLOAD_VENDOR_ID, data, n + 4, false, &p), 0);
	assert_int_equal(p.count, 0);
	assert_int_equal(p.vendors, 1001);
	assert_false(p.vendor_dpd || p.vendor_natt);
}

static void test_K05_unknown_payloads(void **state)
{
	uint8_t data[12] = {ISAKMP_PAYLOAD_NONCE, 0, 0, 4, 0, 0, 0, 8};
	struct ike_payloads p;

	(void)state;
	/* Private ones are skipped; those that RFC 2408 reserves are an error. */
	assert_int_equal(parse(200, data, 12, false, &p), 0);
	assert_int_equal(p.count, 1);
	assert_int_equal(parse(127, data, 12, false, &p), -EBADMSG);
	assert_int_equal(p.notify, ISAKMP_N_INVALID_PAYLOAD_TYPE);
	assert_int_equal(parse(14, data, 12, false, &p), -EBADMSG);
	/* IKEv1 has no critical bit: the reserved byte is zero. */
	data[1] = 0x80;
	assert_int_equal(parse(200, data, 12, false, &p), -EBADMSG);
}

static void test_K04_ikev2_payload_types_are_unknown(void **state)
{
	const uint8_t data[8] = {0, 0, 0, 8};
	struct ike_payloads p;

	(void)state;
	for (unsigned type = 33; type <= 53; type++)
		assert_int_equal(parse((uint8_t)type, data, 8, false, &p), -EBADMSG);
	/* Proposal and Transform stand inside SA only. */
	assert_int_equal(parse(ISAKMP_PAYLOAD_PROPOSAL, data, 8, false, &p), -EBADMSG);
	assert_int_equal(parse(ISAKMP_PAYLOAD_TRANSFORM, data, 8, false, &p), -EBADMSG);
}

static void test_K33_cisco_fragments_are_not_enabled(void **state)
{
	const uint8_t data[12] = {0, 0, 0, 12, 0, 1, 1, 1};
	struct ike_payloads p;

	(void)state;
	assert_int_equal(parse(ISAKMP_PAYLOAD_CISCO_FRAGMENT, data, 12, false, &p), -EBADMSG);
}

static void test_padding_after_the_chain(void **state)
{
	uint8_t data[32] = {0, 0, 0, 8};
	struct ike_payloads p;

	(void)state;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 11, false, &p), 0);
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 12, false, &p), -EBADMSG);
	data[10] = 1;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 11, false, &p), -EBADMSG);
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 32, true, &p), 0);
}

static void test_two_of_a_kind_is_none(void **state)
{
	const uint8_t data[8] = {ISAKMP_PAYLOAD_NONCE, 0, 0, 4, 0, 0, 0, 4};
	struct ike_payloads p;

	(void)state;
	assert_int_equal(parse(ISAKMP_PAYLOAD_NONCE, data, 8, false, &p), 0);
	assert_int_equal(ike_payloads_count(&p, ISAKMP_PAYLOAD_NONCE), 2);
	assert_null(ike_payloads_one(&p, ISAKMP_PAYLOAD_NONCE));
	assert_null(ike_payloads_one(&p, ISAKMP_PAYLOAD_KE));
}

static struct ike_payload id_payload(const uint8_t *data, size_t bytes)
{
	return (struct ike_payload){.type = ISAKMP_PAYLOAD_ID, .body = data, .bytes = bytes};
}

static void test_identities(void **state)
{
	static const char *const prefixes[] = {
	    "0.0.0.0/0", "10.0.0.0/8", "192.168.1.0/24", "198.51.100.7/32", "128.0.0.0/1"};
	uint8_t data[IKE_ID_BYTES];
	struct ike_id id;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct ip_prefix want, got;
		struct ike_payload p = id_payload(data, sizeof(data));

		assert_int_equal(ip_prefix_parse(prefixes[i], &want), 0);
		assert_int_equal(ike_id_write_subnet(&want, data), 12);
		assert_int_equal(ike_id_parse(&p, &id), 0);
		assert_int_equal(ike_id_prefix(&id, &got), 0);
		assert_true(ip_prefix_equal(&want, &got));
	}
}

static void test_K14_odd_identities(void **state)
{
	static uint8_t data[520] = {IPSEC_ID_IPV4_ADDR_SUBNET};
	struct ip_prefix prefix;
	struct ike_id id;

	(void)state;
	for (size_t bytes = 0; bytes < 520; bytes++) {
		struct ike_payload p = id_payload(data, bytes);

		if (ike_id_parse(&p, &id)) {
			assert_true(bytes < 4);
			continue;
		}
		assert_int_equal(ike_id_prefix(&id, &prefix), bytes == 12 ? 0 : -EINVAL);
	}
	{
		struct ike_payload p = id_payload(data, 12);

		data[8] = 0xff;
		data[10] = 0x0f; /* a mask with holes */
		assert_int_equal(ike_id_parse(&p, &id), 0);
		assert_int_equal(ike_id_prefix(&id, &prefix), -EINVAL);
		memset(data + 8, 0, 4);
		data[1] = 6; /* a protocol */
		assert_int_equal(ike_id_parse(&p, &id), 0);
		assert_int_equal(ike_id_prefix(&id, &prefix), -EINVAL);
		data[1] = 0;
		data[0] = 11; /* ID_KEY_ID */
		assert_int_equal(ike_id_parse(&p, &id), 0);
		assert_int_equal(ike_id_prefix(&id, &prefix), -EINVAL);
	}
}

static void test_delete_counts_must_fit(void **state)
{
	uint8_t data[16] = {0, 0, 0, 1, IPSEC_PROTO_ESP, 4, 0, 2};
	struct ike_payload p = {.type = ISAKMP_PAYLOAD_DELETE, .body = data, .bytes = 16};
	struct ike_delete d;

	(void)state;
	assert_int_equal(ike_delete_parse(&p, &d), 0);
	assert_int_equal(d.count, 2);
	data[7] = 1;
	assert_int_equal(ike_delete_parse(&p, &d), -EBADMSG);
	data[7] = 3;
	assert_int_equal(ike_delete_parse(&p, &d), -EBADMSG);
	data[6] = data[7] = 0xff;
	assert_int_equal(ike_delete_parse(&p, &d), -EBADMSG);
	data[5] = 0; /* 65535 SPIs of no bytes */
	p.bytes = 8;
	assert_int_equal(ike_delete_parse(&p, &d), -EBADMSG);
	for (p.bytes = 0; p.bytes < 8; p.bytes++)
		assert_int_equal(ike_delete_parse(&p, &d), -EBADMSG);
}

static void test_notify_spi_must_fit(void **state)
{
	uint8_t data[12] = {0, 0, 0, 1, 1, 4, 0, 24};
	struct ike_payload p = {.type = ISAKMP_PAYLOAD_NOTIFICATION, .body = data};
	struct ike_notify n;

	(void)state;
	for (p.bytes = 0; p.bytes <= 12; p.bytes++)
		assert_int_equal(ike_notify_parse(&p, &n), p.bytes < 12 ? -EBADMSG : 0);
	assert_string_equal(ike_notify_name(24), "AUTHENTICATION-FAILED");
	assert_string_equal(ike_notify_name(60000), "notify");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_round_trip),
	    cmocka_unit_test(test_K02_header_lengths),
	    cmocka_unit_test(test_payload_chain_round_trip),
	    cmocka_unit_test(test_builder_refuses_what_does_not_fit),
	    cmocka_unit_test(test_K06_truncation_at_every_byte),
	    cmocka_unit_test(test_K06_recorded_messages_truncated),
	    cmocka_unit_test(test_K06_payload_lengths_0_to_3_and_past_the_end),
	    cmocka_unit_test(test_K06_five_hundred_payloads),
	    cmocka_unit_test(test_K40_a_thousand_vendor_ids_are_ignored),
	    cmocka_unit_test(test_K05_unknown_payloads),
	    cmocka_unit_test(test_K04_ikev2_payload_types_are_unknown),
	    cmocka_unit_test(test_K33_cisco_fragments_are_not_enabled),
	    cmocka_unit_test(test_padding_after_the_chain),
	    cmocka_unit_test(test_two_of_a_kind_is_none),
	    cmocka_unit_test(test_identities),
	    cmocka_unit_test(test_K14_odd_identities),
	    cmocka_unit_test(test_delete_counts_must_fit),
	    cmocka_unit_test(test_notify_spi_must_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
