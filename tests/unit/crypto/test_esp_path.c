/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Headers and crypto together, from an inner packet out and back in again: what arrives is what was
 * sent, for every length and algorithm; and what was tampered with moves no window and yields
 * nothing. */
#include "tests/unit/crypto/esp_fixture.h"

#include "crypto/iv.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/esp_encap.h"
#include "dataplane/pkt/replay.h"
#include "dataplane/pkt/seq.h"
#include "dataplane/pkt/udp_encap.h"

#define INNER_MAX    9000
#define BUFFER_BYTES (ESP_ENCAP_HEADROOM + INNER_MAX + ESP_ENCAP_TAILROOM)
#define SPI          0xc0ffee01u

/* Both ends of an SA. */
struct link {
	struct esp_pair pair;
	struct esp_key key;
	struct esp_encap encap;
	struct esp_decap decap;
	struct replay replay;
	struct seq seq;
	struct iv_source iv;
	uint8_t buffer[BUFFER_BYTES];
	uint8_t *outer; /* the packet on the wire, in buffer */
	uint32_t outer_bytes;
	struct esp_decap_result result;
};

struct algorithm {
	uint16_t encr, auth;
	uint8_t encr_key_bytes, auth_key_bytes;
};

static const struct algorithm algorithms[] = {
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 32, 20},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 16, 32},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, 24, 48},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, 32, 64},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 36, 0},
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static struct ip_addr addr(uint8_t family, uint8_t last)
{
	struct ip_addr a = {.family = family};

	memcpy(a.bytes, family == 4 ? "\xc6\x33\x64" : "\x20\x01\x0d\xb8", family == 4 ? 3 : 4);
	a.bytes[family == 4 ? 3 : 15] = last;
	return a;
}

static struct link *link_open(
    const struct algorithm *a, uint8_t inner_family, uint8_t outer_family, bool udp, bool esn)
{
	struct link *l = aligned_alloc(_Alignof(struct link), sizeof(*l));
	uint8_t bytes[64];
	struct esp_key_params key = {
	    a->encr, a->auth, bytes, a->encr_key_bytes, bytes, a->auth_key_bytes, esn};
	struct ip_prefix any = {.addr = {.family = inner_family}};
	struct esp_encap_params encap = {.outer_local = addr(outer_family, 2),
	    .outer_remote = addr(outer_family, 9),
	    .spi = SPI,
	    .udp = udp,
	    .udp_local = 4500,
	    .udp_remote = 4500,
	    .df = ESP_DF_CLEAR,
	    .dscp_copy = true,
	    .ecn_copy = true};

	memset(l, 0, sizeof(*l));
	pattern(bytes, sizeof(bytes), 17, 5);
	assert_true(esp_pair_open(&l->pair, ESP_ARCH_AUTO));
	assert_int_equal(esp_key_init(&l->key, l->pair.encrypt, &key), 0);
	encap.iv_bytes = l->decap.iv_bytes = l->key.iv_bytes;
	encap.block_bytes = l->decap.block_bytes = l->key.block_bytes;
	encap.icv_bytes = l->decap.icv_bytes = l->key.icv_bytes;
	assert_int_equal(esp_encap_init(&l->encap, &encap), 0);
	assert_int_equal(selector_init(&l->decap.selector, &any, &any), 0);
	assert_int_equal(iv_init(&l->iv), 0);
	replay_init(&l->replay, 1024, esn, 0);
	seq_init(&l->seq, esn, 1);
	return l;
}

static void link_close(struct link *l)
{
	esp_pair_close(&l->pair);
	free(l);
}

/* An inner packet of `bytes` bytes, with contents that follow from its length. */
static void make_inner(uint8_t *ip, uint8_t family, uint32_t bytes)
{
	pattern(ip, bytes, bytes, 7);
	if (family == 4) {
		memset(ip, 0, 20);
		ip[0] = 0x45;
		put_be16(ip + IP4_OFFSET_TOTAL, (uint16_t)bytes);
		ip[IP4_OFFSET_TTL] = 64;
		ip[IP4_OFFSET_PROTOCOL] = 17;
		put_be32(ip + IP4_OFFSET_SOURCE, 0x0a000001);
		put_be32(ip + IP4_OFFSET_DEST, 0xc0a80101);
		ip4_write_checksum(ip, 20);
	} else {
		memset(ip, 0, 40);
		ip[0] = 0x60;
		put_be16(ip + IP6_OFFSET_PAYLOAD, (uint16_t)(bytes - 40));
		ip[IP6_OFFSET_NEXT] = 17;
		ip[IP6_OFFSET_HOP_LIMIT] = 64;
		ip[IP6_OFFSET_SOURCE] = ip[IP6_OFFSET_DEST] = 0x20;
		ip[IP6_OFFSET_DEST + 15] = 1;
	}
}

/* Sends the inner packet that lies at its place in the buffer, with the given sequence number. */
static void send_as(struct link *l, uint32_t inner_bytes, uint64_t sequence)
{
	uint8_t *inner = l->buffer + ESP_ENCAP_HEADROOM;
	uint8_t iv[1][IV_BYTES];
	struct esp_encap_result result;

	iv_fill(&l->iv, iv, 1);
	result = esp_encap(&l->encap, inner, inner_bytes, sequence, iv[0]);
	l->outer = inner - l->encap.head_bytes;
	l->outer_bytes = result.outer_bytes;
	assert_int_equal(esp_run(l->pair.encrypt, &l->key, inner - l->encap.iv_bytes - 8,
			     result.cipher_bytes, (uint32_t)(sequence >> 32)),
	    ESP_STATUS_OK);
}

static void send_packet(struct link *l, uint8_t family, uint32_t inner_bytes)
{
	uint64_t sequence;

	make_inner(l->buffer + ESP_ENCAP_HEADROOM, family, inner_bytes);
	assert_int_equal(seq_reserve(&l->seq, 1, &sequence, false), 1);
	send_as(l, inner_bytes, sequence);
}

/* The inbound side, in the order the dataplane has it. */
static enum pkt_verdict receive(struct link *l)
{
	uint32_t head = l->encap.ip_bytes + l->encap.udp_bytes, cipher_bytes, spi;
	uint8_t *esp = l->outer + head;
	size_t bytes = l->outer_bytes - head;
	enum pkt_verdict verdict = esp_read_spi(esp, bytes, &spi);
	uint64_t sequence;

	if (verdict != PKT_OK)
		return verdict;
	if (spi != SPI)
		return PKT_DROP_NOSA;
	verdict = esp_decap_check(&l->decap, bytes, &cipher_bytes);
	if (verdict != PKT_OK)
		return verdict;
	sequence = replay_infer(&l->replay, esp_sequence(esp));
	verdict = replay_check(&l->replay, sequence);
	if (verdict != PKT_OK)
		return verdict;
	if (esp_run(l->pair.decrypt, &l->key, esp, cipher_bytes, (uint32_t)(sequence >> 32)) !=
	    ESP_STATUS_OK)
		return PKT_DROP_ICV;
	verdict = replay_commit(&l->replay, sequence);
	if (verdict != PKT_OK)
		return verdict;
	return esp_decap_finish(&l->decap, esp, cipher_bytes, 0, &l->result);
}

/* The outer headers of what was sent, as the peer's stack would check them. */
static void check_outer(const struct link *l)
{
	const uint8_t *upper = l->outer + l->encap.ip_bytes;
	struct ip4_info info4;
	struct ip6_info info6;

	if (l->encap.outer_family == 4) {
		assert_int_equal(ip4_check(l->outer, l->outer_bytes, &info4), PKT_OK);
		assert_int_equal(info4.total_bytes, l->outer_bytes);
		assert_int_equal(info4.protocol, l->encap.udp_bytes ? 17 : 50);
		assert_int_not_equal(get_be16(l->outer + IP4_OFFSET_ID), 0);
	} else {
		assert_int_equal(ip6_check(l->outer, l->outer_bytes, &info6), PKT_OK);
		assert_int_equal(info6.total_bytes, l->outer_bytes);
		assert_int_equal(info6.next_header, l->encap.udp_bytes ? 17 : 50);
	}
	if (l->encap.udp_bytes) {
		struct udp_encap encap;

		assert_int_equal(
		    udp_encap_classify(upper, l->outer_bytes - l->encap.ip_bytes, &encap), PKT_OK);
		assert_int_equal(encap.kind, UDP_ENCAP_ESP);
		assert_int_equal(encap.payload_bytes, l->outer_bytes - l->encap.ip_bytes - 8);
	}
}

static void check_round_trips(
    const struct algorithm *a, uint8_t inner_family, uint8_t outer_family, bool udp, unsigned step)
{
	struct link *l = link_open(a, inner_family, outer_family, udp, false);
	struct overhead overhead = {
	    outer_family, udp, l->key.iv_bytes, l->key.block_bytes, l->key.icv_bytes};
	uint8_t *want = malloc(INNER_MAX);

	for (uint32_t bytes = inner_family == 4 ? 20 : 40; bytes <= INNER_MAX; bytes += step) {
		make_inner(want, inner_family, bytes);
		send_packet(l, inner_family, bytes);
		check_outer(l);
		assert_int_equal(l->outer_bytes, overhead_outer_bytes(&overhead, bytes));
		assert_int_equal(receive(l), PKT_OK);
		assert_int_equal(l->result.family, inner_family);
		assert_int_equal(l->result.inner_bytes, bytes);
		assert_memory_equal(l->result.inner, want, bytes);
		assert_int_equal(receive(l), PKT_DROP_REPLAY);
	}
	free(want);
	link_close(l);
}

static void test_decap_of_encap_is_the_packet_for_every_length(void **state)
{
	for (unsigned i = 0; i < ALGORITHMS; i++)
		check_round_trips(&algorithms[i], 4, 4, i % 2 == 0, 1);
}

static void test_decap_of_encap_is_the_packet_in_every_family(void **state)
{
	static const uint8_t family[] = {4, 6};

	for (unsigned i = 0; i < ALGORITHMS; i++)
		for (unsigned k = 0; k < 8; k++)
			check_round_trips(
			    &algorithms[i], family[k & 1], family[k >> 1 & 1], k & 4, 97);
}

/* A packet that is cut reaches neither window nor crypto: decryption would have changed its bytes.
 */
static void test_E07_E08_cut_packets_never_reach_the_crypto(void **state)
{
	for (unsigned i = 0; i < ALGORITHMS; i++) {
		struct link *l = link_open(&algorithms[i], 4, 4, true, false);
		uint32_t head = l->encap.ip_bytes + l->encap.udp_bytes;
		uint32_t least = 8u + l->key.iv_bytes + l->key.block_bytes + l->key.icv_bytes;
		uint8_t whole[400];
		uint32_t whole_bytes;

		send_packet(l, 4, 100);
		whole_bytes = l->outer_bytes;
		memcpy(whole, l->outer, whole_bytes);
		for (uint32_t esp_bytes = 0; esp_bytes < whole_bytes - head; esp_bytes++) {
			struct replay before = l->replay;
			enum pkt_verdict verdict;

			l->outer_bytes = head + esp_bytes;
			verdict = receive(l);
			if (esp_bytes < least)
				assert_int_equal(verdict, PKT_DROP_SHORT);
			else if ((esp_bytes - least) % l->key.block_bytes)
				assert_int_equal(verdict, PKT_DROP_ALIGN);
			else
				assert_int_equal(verdict, PKT_DROP_ICV);
			assert_memory_equal(&l->replay, &before, sizeof(before));
			if (verdict != PKT_DROP_ICV)
				assert_memory_equal(l->outer, whole, whole_bytes);
			memcpy(l->outer, whole, whole_bytes);
		}
		l->outer_bytes = whole_bytes;
		assert_int_equal(receive(l), PKT_OK);
		link_close(l);
	}
}

static void test_E03_bad_icv_leaves_the_window_and_the_next_packet_alone(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);
	struct replay before;

	send_packet(l, 4, 100);
	assert_int_equal(receive(l), PKT_OK);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t copy[400];

		send_packet(l, 4, 100);
		memcpy(copy, l->outer, l->outer_bytes);
		before = l->replay;
		l->outer[l->outer_bytes - 1] ^= 1;
		l->result = (struct esp_decap_result){0};
		assert_int_equal(receive(l), PKT_DROP_ICV);
		assert_memory_equal(&l->replay, &before, sizeof(before));
		assert_null(l->result.inner);
		memcpy(l->outer, copy, l->outer_bytes);
		assert_int_equal(receive(l), PKT_OK);
	}
	link_close(l);
}

static void test_E04_forged_far_ahead_sequence_then_genuine_traffic(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, false, false);
	uint8_t *esp;

	for (unsigned i = 0; i < 10; i++) {
		send_packet(l, 4, 200);
		esp = l->outer + l->encap.ip_bytes;
		put_be32(esp + 4, 0xfffffff0);
		assert_int_equal(receive(l), PKT_DROP_ICV);
		send_packet(l, 4, 200);
		assert_int_equal(receive(l), PKT_OK);
	}
	link_close(l);
}

/* Re-encrypts after `edit` has spoilt the trailer: the ICV is valid, the padding is not. */
static enum pkt_verdict receive_with_trailer(
    struct link *l, uint32_t inner_bytes, int pad_length, int first_pad_byte, int next_header)
{
	uint8_t *inner = l->buffer + ESP_ENCAP_HEADROOM, *trailer;
	uint8_t iv[ESP_ENCAP_IV_BYTES] = {1};
	struct esp_encap_result result;
	uint64_t sequence;

	make_inner(inner, 4, inner_bytes);
	assert_int_equal(seq_reserve(&l->seq, 1, &sequence, false), 1);
	result = esp_encap(&l->encap, inner, inner_bytes, sequence, iv);
	trailer = inner + result.cipher_bytes - 2;
	if (pad_length >= 0)
		trailer[0] = (uint8_t)pad_length;
	if (first_pad_byte >= 0)
		inner[inner_bytes] = (uint8_t)first_pad_byte;
	if (next_header >= 0)
		trailer[1] = (uint8_t)next_header;
	l->outer = inner - l->encap.head_bytes;
	l->outer_bytes = result.outer_bytes;
	assert_int_equal(esp_run(l->pair.encrypt, &l->key, inner - l->encap.iv_bytes - 8,
			     result.cipher_bytes, 0),
	    ESP_STATUS_OK);
	return receive(l);
}

static void test_E09_pad_length_beyond_the_packet_with_a_valid_icv(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);

	/* 20 + 10 + 2 = 32 bytes of ciphertext: 30 is the most that can be padding */
	for (int pad = 31; pad <= 255; pad++)
		assert_int_equal(receive_with_trailer(l, 20, pad, -1, -1), PKT_DROP_PAD);
	assert_int_equal(receive_with_trailer(l, 20, -1, -1, -1), PKT_OK);
	link_close(l);
}

static void test_E10_pad_bytes_not_in_order_with_a_valid_icv(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);

	for (int byte = 0; byte <= 255; byte++)
		assert_int_equal(
		    receive_with_trailer(l, 20, -1, byte, -1), byte == 1 ? PKT_OK : PKT_DROP_PAD);
	/* 1 to 9 are right at their place: a shorter pad length makes every one of them wrong */
	for (int pad = 1; pad < 10; pad++)
		assert_int_equal(receive_with_trailer(l, 20, pad, -1, -1), PKT_DROP_PAD);
	link_close(l);
}

static void test_E31_E32_next_header_with_a_valid_icv(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);

	for (int next = 0; next <= 255; next++)
		assert_int_equal(receive_with_trailer(l, 40, -1, -1, next), next == 4 ? PKT_OK
									    : next == 59
										? PKT_DROP_DUMMY
										: PKT_DROP_PROTO);
	link_close(l);
}

static void test_E12_outbound_numbers_end_and_never_wrap(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);
	uint64_t sequence;

	seq_init(&l->seq, false, UINT32_MAX - 1);
	replay_init(&l->replay, 64, false, UINT32_MAX - 2);
	send_packet(l, 4, 64);
	assert_int_equal(receive(l), PKT_OK);
	send_packet(l, 4, 64);
	assert_int_equal(esp_sequence(l->outer + 28), UINT32_MAX);
	assert_int_equal(receive(l), PKT_OK);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(seq_reserve(&l->seq, 1, &sequence, false), 0);
	link_close(l);
}

static void test_E13_esn_low_half_wraps_and_a_wrong_high_half_fails(void **state)
{
	for (unsigned i = 0; i < ALGORITHMS; i++) {
		struct link *l = link_open(&algorithms[i], 4, 4, true, true);
		uint64_t start = UINT64_C(0x5fffffff0);
		struct replay before;

		seq_init(&l->seq, true, start);
		replay_init(&l->replay, 64, true, start - 1);
		for (unsigned k = 0; k < 64; k++) {
			send_packet(l, 4, 64 + k);
			assert_int_equal(receive(l), PKT_OK);
			assert_int_equal(l->replay.top, start + k);
		}
		/* The same low half, 2^32 too high: what arrives decides nothing, the ICV does. */
		make_inner(l->buffer + ESP_ENCAP_HEADROOM, 4, 100);
		send_as(l, 100, l->replay.top + 1 + (UINT64_C(1) << 32));
		before = l->replay;
		assert_int_equal(receive(l), PKT_DROP_ICV);
		assert_memory_equal(&l->replay, &before, sizeof(before));
		send_packet(l, 4, 100);
		assert_int_equal(receive(l), PKT_OK);
		link_close(l);
	}
}

static void test_E14_esn_agreed_by_one_end_only_does_not_pass(void **state)
{
	struct link *with = link_open(&algorithms[0], 4, 4, true, true);
	struct link *without = link_open(&algorithms[0], 4, 4, true, false);

	send_packet(with, 4, 100);
	assert_int_equal(receive(with), PKT_OK);
	send_packet(without, 4, 100);
	assert_int_equal(receive(without), PKT_OK);
	send_packet(with, 4, 100);
	without->outer = with->outer;
	without->outer_bytes = with->outer_bytes;
	assert_int_equal(receive(without), PKT_DROP_ICV);
	link_close(with);
	link_close(without);
}

static void test_E34_padding_for_traffic_flow_confidentiality_is_cut(void **state)
{
	struct link *l = link_open(&algorithms[0], 4, 4, true, false);
	uint8_t *inner = l->buffer + ESP_ENCAP_HEADROOM;
	uint64_t sequence;

	for (uint32_t extra = 0; extra < 300; extra++) {
		make_inner(inner, 4, 84);
		memset(inner + 84, 0xa5, extra);
		assert_int_equal(seq_reserve(&l->seq, 1, &sequence, false), 1);
		send_as(l, 84 + extra, sequence);
		assert_int_equal(receive(l), PKT_OK);
		assert_int_equal(l->result.inner_bytes, 84);
	}
	/* and the other way round: the header promises more than was sent */
	make_inner(inner, 4, 84);
	put_be16(inner + IP4_OFFSET_TOTAL, 85);
	assert_int_equal(seq_reserve(&l->seq, 1, &sequence, false), 1);
	send_as(l, 84, sequence);
	assert_int_equal(receive(l), PKT_DROP_INNER);
	link_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decap_of_encap_is_the_packet_for_every_length),
	    cmocka_unit_test(test_decap_of_encap_is_the_packet_in_every_family),
	    cmocka_unit_test(test_E07_E08_cut_packets_never_reach_the_crypto),
	    cmocka_unit_test(test_E03_bad_icv_leaves_the_window_and_the_next_packet_alone),
	    cmocka_unit_test(test_E04_forged_far_ahead_sequence_then_genuine_traffic),
	    cmocka_unit_test(test_E09_pad_length_beyond_the_packet_with_a_valid_icv),
	    cmocka_unit_test(test_E10_pad_bytes_not_in_order_with_a_valid_icv),
	    cmocka_unit_test(test_E31_E32_next_header_with_a_valid_icv),
	    cmocka_unit_test(test_E12_outbound_numbers_end_and_never_wrap),
	    cmocka_unit_test(test_E13_esn_low_half_wraps_and_a_wrong_high_half_fails),
	    cmocka_unit_test(test_E14_esn_agreed_by_one_end_only_does_not_pass),
	    cmocka_unit_test(test_E34_padding_for_traffic_flow_confidentiality_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
