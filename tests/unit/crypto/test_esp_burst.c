/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Jobs in flight over many bursts: each comes back exactly once, in order, with its own result.
 * What the library gets wrong about its own ring (stale jobs, jobs counted twice) would show here.
 */
#include "crypto/esp_internal.h"
#include "tests/unit/crypto/esp_fixture.h"

#include <stdio.h>

#define BUFFERS      1024
#define BUFFER_BYTES 1600
#define KEYS         6
#define ROOM         ESP_CRYPTO_DONE_MAX

/* A packet on its way: free, being encrypted, being decrypted, free again. */
enum stage { FREE, ENCRYPTING, DECRYPTING };

struct packet {
	enum stage stage;
	uint32_t key;
	uint32_t cipher_bytes;
	uint64_t number; /* of the submission, to check the order */
	bool damaged;    /* a bit was changed between encryption and decryption */
	uint8_t bytes[BUFFER_BYTES];
	uint8_t plain[BUFFER_BYTES];
};

struct traffic {
	struct esp_pair pair;
	struct esp_key key[KEYS];
	uint64_t random;
	uint64_t submitted, encrypted, decrypted, damaged;
	uint64_t next_number, last_lane[2], last_direct[2]; /* by direction */
	uint32_t in_flight[2];
	struct packet packet[BUFFERS];
};

static const struct esp_key_params key_params[KEYS] = {
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, NULL, 16, NULL, 20, false},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, NULL, 32, NULL, 32, false},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, NULL, 20, NULL, 0, false},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, NULL, 24, NULL, 20, true},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, NULL, 16, NULL, 64, false},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, NULL, 32, NULL, 48, true},
};

static uint32_t draw(struct traffic *t, uint32_t below)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return (uint32_t)(t->random >> 16) % below;
}

static uint32_t packet_bytes(const struct traffic *t, const struct packet *p)
{
	const struct esp_key *key = &t->key[p->key];

	return ESP_HEADER_BYTES + key->iv_bytes + p->cipher_bytes + key->icv_bytes;
}

/* IMIX: 7 x 64, 4 x 576, 1 x 1400 bytes. */
static void make_packet(struct traffic *t, struct packet *p, unsigned keys)
{
	static const uint16_t imix[12] = {64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 64, 576};
	const struct esp_key *key;
	uint32_t head;

	p->key = draw(t, keys);
	key = &t->key[p->key];
	head = ESP_HEADER_BYTES + key->iv_bytes;
	p->cipher_bytes = (imix[draw(t, 12)] + key->block_bytes) & ~(key->block_bytes - 1u);
	pattern(p->plain, head + p->cipher_bytes, draw(t, 256), draw(t, 256) | 1);
	memcpy(p->bytes, p->plain, head + p->cipher_bytes);
	p->damaged = draw(t, 64) == 0;
}

static void check_order(struct traffic *t, const struct packet *p, enum esp_direction direction)
{
	uint64_t *last = t->key[p->key].direct ? t->last_direct : t->last_lane;

	assert_true(p->number > last[direction]);
	last[direction] = p->number;
}

/* Takes back what the encrypt context has finished and hands it to nobody yet. */
static unsigned take_encrypted(
    struct traffic *t, const struct esp_done *done, unsigned count, struct packet **out)
{
	for (unsigned i = 0; i < count; i++) {
		struct packet *p = done[i].user;

		assert_true(p >= t->packet && p < t->packet + BUFFERS);
		assert_int_equal(p->stage, ENCRYPTING);
		assert_int_equal(done[i].status, ESP_STATUS_OK);
		check_order(t, p, ESP_ENCRYPT);
		if (p->damaged)
			p->bytes[draw(t, packet_bytes(t, p))] ^= 0x10;
		p->stage = DECRYPTING;
		out[i] = p;
	}
	t->encrypted += count;
	t->in_flight[ESP_ENCRYPT] -= count;
	assert_int_equal(esp_crypto_in_flight(t->pair.encrypt), t->in_flight[ESP_ENCRYPT]);
	return count;
}

static void take_decrypted(struct traffic *t, const struct esp_done *done, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct packet *p = done[i].user;

		assert_true(p >= t->packet && p < t->packet + BUFFERS);
		assert_int_equal(p->stage, DECRYPTING);
		check_order(t, p, ESP_DECRYPT);
		assert_int_equal(done[i].status, p->damaged ? ESP_STATUS_BAD_ICV : ESP_STATUS_OK);
		if (!p->damaged)
			assert_memory_equal(p->bytes, p->plain,
			    ESP_HEADER_BYTES + t->key[p->key].iv_bytes + p->cipher_bytes);
		t->damaged += p->damaged;
		p->stage = FREE;
	}
	t->decrypted += count;
	t->in_flight[ESP_DECRYPT] -= count;
	assert_int_equal(esp_crypto_in_flight(t->pair.decrypt), t->in_flight[ESP_DECRYPT]);
}

static struct esp_job make_job(const struct traffic *t, struct packet *p)
{
	return (struct esp_job){
	    p->bytes, &t->key[p->key], p, p->cipher_bytes, (uint32_t)p->cipher_bytes};
}

static void submit_decrypt(struct traffic *t, struct packet **packets, unsigned count)
{
	struct esp_job jobs[ESP_CRYPTO_BURST_MAX];
	struct esp_done done[ROOM];

	while (count) {
		unsigned n = count < ESP_CRYPTO_BURST_MAX ? count : ESP_CRYPTO_BURST_MAX;

		for (unsigned i = 0; i < n; i++) {
			packets[i]->number = ++t->next_number;
			jobs[i] = make_job(t, packets[i]);
		}
		t->in_flight[ESP_DECRYPT] += n;
		take_decrypted(t, done, esp_crypto_submit(t->pair.decrypt, jobs, n, done));
		packets += n;
		count -= n;
	}
}

static void submit_encrypt(struct traffic *t, unsigned count, unsigned keys)
{
	struct esp_job jobs[ESP_CRYPTO_BURST_MAX];
	struct esp_done done[ROOM];
	struct packet *finished[ROOM];
	unsigned n = 0;

	for (unsigned i = 0; i < BUFFERS && n < count; i++) {
		struct packet *p = &t->packet[i];

		if (p->stage != FREE)
			continue;
		make_packet(t, p, keys);
		p->stage = ENCRYPTING;
		p->number = ++t->next_number;
		jobs[n++] = make_job(t, p);
	}
	t->submitted += n;
	t->in_flight[ESP_ENCRYPT] += n;
	n = take_encrypted(t, done, esp_crypto_submit(t->pair.encrypt, jobs, n, done), finished);
	submit_decrypt(t, finished, n);
}

static void flush_both(struct traffic *t, unsigned max)
{
	struct packet *finished[ROOM];
	struct esp_done done[ROOM];
	unsigned n = esp_crypto_flush(t->pair.encrypt, done, max);

	assert_true(n <= max);
	n = take_encrypted(t, done, n, finished);
	submit_decrypt(t, finished, n);
	take_decrypted(t, done, esp_crypto_flush(t->pair.decrypt, done, max));
}

static struct traffic *traffic_open(enum esp_arch arch)
{
	struct traffic *t = aligned_alloc(_Alignof(struct traffic), sizeof(*t));
	uint8_t bytes[64];

	memset(t, 0, sizeof(*t));
	if (!esp_pair_open(&t->pair, arch)) {
		free(t);
		return NULL;
	}
	t->random = UINT64_C(0x123456789abcdef);
	pattern(bytes, sizeof(bytes), 3, 29);
	for (unsigned i = 0; i < KEYS; i++) {
		struct esp_key_params params = key_params[i];

		params.encr_key = params.auth_key = bytes;
		assert_int_equal(esp_key_init(&t->key[i], t->pair.encrypt, &params), 0);
	}
	return t;
}

static void traffic_close(struct traffic *t)
{
	while (esp_crypto_in_flight(t->pair.encrypt) || esp_crypto_in_flight(t->pair.decrypt))
		flush_both(t, ROOM);
	assert_int_equal(t->encrypted, t->submitted);
	assert_int_equal(t->decrypted, t->submitted);
	for (unsigned i = 0; i < BUFFERS; i++)
		assert_int_equal(t->packet[i].stage, FREE);
	printf("# %s: %lu jobs each way, %lu of them damaged\n",
	    esp_crypto_arch_name(t->pair.encrypt), (unsigned long)t->submitted,
	    (unsigned long)t->damaged);
	esp_pair_close(&t->pair);
	free(t);
}

/* The case in which release 1.3 hands back stale jobs when its count is believed: full bursts of
 * one size, mixed lengths, never a flush. */
static void run_without_flush(enum esp_arch arch, unsigned burst, uint64_t jobs, unsigned keys)
{
	struct traffic *t = traffic_open(arch);

	if (!t)
		return;
	while (t->submitted < jobs)
		submit_encrypt(t, burst, keys);
	assert_true(t->damaged > 0);
	traffic_close(t);
}

static void test_a_million_jobs_without_a_flush(void **state)
{
	run_without_flush(ESP_ARCH_AUTO, 32, 1000000, 1);
}

static void test_a_million_jobs_in_bursts_of_64_without_a_flush(void **state)
{
	run_without_flush(ESP_ARCH_AUTO, 64, 1000000, 1);
}

static uint32_t no_place(IMB_MGR *mgr, uint32_t count, IMB_JOB **jobs)
{
	return 0;
}

static IMB_JOB *no_job(IMB_MGR *mgr)
{
	return NULL;
}

/* A library that gives neither a place nor a job back must not hold the caller up. */
static void test_jobs_without_a_place_come_back_as_failed(void **state)
{
	struct traffic *t = traffic_open(ESP_ARCH_AUTO);
	IMB_MGR *mgr = t->pair.encrypt->mgr, saved = *mgr;
	struct esp_done done[ROOM];
	struct esp_job jobs[3];

	mgr->get_next_burst = mgr->flush_burst = no_place;
	mgr->flush_job = no_job;
	for (unsigned i = 0; i < 3; i++) {
		make_packet(t, &t->packet[i], 1);
		jobs[i] = make_job(t, &t->packet[i]);
	}
	assert_int_equal(esp_crypto_submit(t->pair.encrypt, jobs, 3, done), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(done[i].user, &t->packet[i]);
		assert_int_equal(done[i].status, ESP_STATUS_FAILED);
	}
	assert_int_equal(esp_crypto_in_flight(t->pair.encrypt), 0);
	mgr->get_next_burst = saved.get_next_burst;
	mgr->flush_burst = saved.flush_burst;
	mgr->flush_job = saved.flush_job;
	traffic_close(t);
}

static void test_bursts_of_every_kind_without_a_flush(void **state)
{
	static const unsigned bursts[] = {1, 31, 33, 64, 100, 127, 128};

	for (unsigned i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++)
		for (unsigned a = 0; a < ESP_ARCHS; a++)
			run_without_flush(esp_archs[a], bursts[i], 20000, KEYS);
}

static void test_random_bursts_and_flushes(void **state)
{
	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct traffic *t = traffic_open(esp_archs[a]);

		if (!t)
			continue;
		while (t->submitted < 100000) {
			submit_encrypt(t, draw(t, ESP_CRYPTO_BURST_MAX + 1), KEYS);
			if (draw(t, 3) == 0)
				flush_both(t, draw(t, ROOM));
		}
		traffic_close(t);
	}
}

static void test_flush_of_an_empty_context_returns_nothing(void **state)
{
	struct esp_done done[1];
	struct esp_pair pair;

	assert_true(esp_pair_open(&pair, ESP_ARCH_AUTO));
	assert_int_equal(esp_crypto_flush(pair.encrypt, done, 1), 0);
	assert_int_equal(esp_crypto_submit(pair.encrypt, NULL, 0, done), 0);
	assert_int_equal(esp_crypto_in_flight(pair.encrypt), 0);
	esp_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_million_jobs_without_a_flush),
	    cmocka_unit_test(test_a_million_jobs_in_bursts_of_64_without_a_flush),
	    cmocka_unit_test(test_jobs_without_a_place_come_back_as_failed),
	    cmocka_unit_test(test_bursts_of_every_kind_without_a_flush),
	    cmocka_unit_test(test_random_bursts_and_flushes),
	    cmocka_unit_test(test_flush_of_an_empty_context_returns_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
