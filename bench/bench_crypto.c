/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cycles a packet of ESP cryptography: esp_crypto beside IPsec-MB alone, the lanes of both kept
 * full over bursts of 32. The two are measured in turns on the same packets, and every pair of
 * neighbours gives one ratio, so that what changes on the machine in the course of a run touches
 * both.
 *
 * Packets are encrypted or decrypted again and again where they lie. So those that are decrypted
 * have wrong ICVs from the second time on: no matter, since neither cipher nor hash nor the
 * comparison depends on the bytes. That the results are right is checked first.
 *
 * Does not measure headers (bench_pkt) nor what an SA or a packet costs that is not in the cache.
 */
#include <stdio.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/packets.h"
#include "bench/raw_mb.h"
#include "common/shm_abi.h"
#include "crypto/esp_crypto.h"

#define SAMPLE_USEC 1000

struct algorithm {
	const char *name;
	uint16_t encr, auth;
	uint8_t encr_key_bytes, auth_key_bytes;
	enum raw_mb_api raw_api;
	const char *raw_name;
};

static const struct algorithm algorithms[] = {
    {"aes128-cbc-sha1", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20, RAW_MB_BURST, "burst"},
    {"aes128-cbc-sha256", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 16, 32, RAW_MB_BURST,
	"burst"},
    {"aes128-gcm", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0, RAW_MB_BURST, "burst"},
    {"aes128-gcm", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0, RAW_MB_DIRECT, "direct"},
};

static const uint32_t sizes[] = {64, 128, 256, 512, 1024, 1400, BENCH_IMIX};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct ours {
	struct esp_crypto *ctx;
	struct esp_key key;
	unsigned long failed, bad_icv;
};

/* One algorithm, one direction, one size. */
struct point {
	struct ours *ours;
	struct raw_mb *raw;
	struct esp_job jobs[BENCH_PACKETS]; /* of the packets as they lie */
	unsigned passes;                    /* over all packets, in one sample */
};

static struct bench_packets packets;
static struct ours ours[2]; /* by enum esp_direction */
static struct raw_mb *raw[2];

static void ours_collect(struct ours *o, const struct esp_done *done, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		o->failed += done[i].status == ESP_STATUS_FAILED;
		o->bad_icv += done[i].status == ESP_STATUS_BAD_ICV;
	}
}

/* One pass over all packets; the jobs of a burst are filled in first, as the dataplane has to. */
static void ours_pass(struct point *p)
{
	struct ours *o = p->ours;

	for (unsigned first = 0; first < BENCH_PACKETS; first += BENCH_BURST) {
		struct esp_done done[ESP_CRYPTO_DONE_MAX];
		struct esp_job jobs[BENCH_BURST];

		for (unsigned i = 0; i < BENCH_BURST; i++)
			jobs[i] = (struct esp_job){.esp = p->jobs[first + i].esp,
			    .key = &o->key,
			    .user = &packets.packet[first + i],
			    .cipher_bytes = p->jobs[first + i].cipher_bytes};
		ours_collect(o, done, esp_crypto_submit(o->ctx, jobs, BENCH_BURST, done));
	}
}

static void ours_drain(struct point *p)
{
	struct esp_done done[ESP_CRYPTO_DONE_MAX];

	ours_collect(p->ours, done, esp_crypto_flush(p->ours->ctx, done, ESP_CRYPTO_DONE_MAX));
	if (esp_crypto_in_flight(p->ours->ctx) || p->ours->failed)
		bench_fail("esp_crypto lost or failed jobs");
}

static void raw_pass(struct point *p)
{
	for (unsigned first = 0; first < BENCH_PACKETS; first += BENCH_BURST)
		raw_mb_submit(p->raw, p->jobs + first, first, BENCH_BURST);
}

static void raw_drain(struct point *p)
{
	if (!raw_mb_drain(p->raw))
		bench_fail("IPsec-MB lost, repeated or failed jobs");
}

/* A pass that fills lanes and caches, then those that count. Lanes stay as full as they were in the
 * first, so as many jobs come back meanwhile as go in. */
static double time_passes(
    struct point *p, void (*pass)(struct point *), void (*drain)(struct point *))
{
	uint64_t begin, cycles;

	pass(p);
	begin = bench_cycles();
	for (unsigned i = 0; i < p->passes; i++)
		pass(p);
	cycles = bench_cycles() - begin;
	drain(p);
	return (double)cycles / (p->passes * BENCH_PACKETS);
}

static double ours_sample(void *self)
{
	return time_passes(self, ours_pass, ours_drain);
}

static double raw_sample(void *self)
{
	return time_passes(self, raw_pass, raw_drain);
}

/* Writes the packets as they are before encryption, and the jobs. */
static void prepare(struct point *p, const struct esp_key *key, uint32_t inner_bytes)
{
	bench_packets_fill(&packets, inner_bytes);
	bench_packets_encapsulate(&packets, key, p->jobs);
}

static uint32_t esp_bytes(const struct point *p, unsigned i)
{
	const struct esp_key *key = &p->ours->key;

	return ESP_HEADER_BYTES + key->iv_bytes + p->jobs[i].cipher_bytes + key->icv_bytes;
}

static void copy_out(const struct point *p, uint8_t (*to)[2048])
{
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		memcpy(to[i], p->jobs[i].esp, esp_bytes(p, i));
}

static void expect(
    const struct point *p, const uint8_t (*want)[2048], uint32_t cut, const char *what)
{
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		if (memcmp(want[i], p->jobs[i].esp, esp_bytes(p, i) - cut) != 0)
			bench_fail("packet %u is not right after %s", i, what);
}

/* Both encrypt to the same bytes, and both get the plain packets back. */
static void check_results(struct point *p, uint32_t inner_bytes)
{
	static uint8_t plain[BENCH_PACKETS][2048], sealed[BENCH_PACKETS][2048];
	uint32_t icv_bytes = ours[0].key.icv_bytes;

	p->ours = &ours[ESP_ENCRYPT];
	p->raw = raw[ESP_ENCRYPT];
	prepare(p, &p->ours->key, inner_bytes);
	copy_out(p, plain);
	raw_pass(p);
	raw_drain(p);
	copy_out(p, sealed);
	prepare(p, &p->ours->key, inner_bytes);
	ours_pass(p);
	ours_drain(p);
	expect(p, sealed, 0, "esp_crypto encrypted it");

	p->ours = &ours[ESP_DECRYPT];
	p->raw = raw[ESP_DECRYPT];
	ours_pass(p);
	ours_drain(p);
	if (p->ours->bad_icv)
		bench_fail("esp_crypto refuses %lu right ICVs", p->ours->bad_icv);
	expect(p, plain, icv_bytes, "esp_crypto decrypted it");
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		memcpy(p->jobs[i].esp, sealed[i], esp_bytes(p, i));
	raw_pass(p);
	raw_drain(p);
	expect(p, plain, icv_bytes, "IPsec-MB decrypted it");
}

static void measure(const struct algorithm *a, enum esp_direction direction, uint32_t inner_bytes,
    struct point *p, unsigned rounds)
{
	double mine[BENCH_ROUNDS_MAX], alone[BENCH_ROUNDS_MAX], ratio[BENCH_ROUNDS_MAX];
	struct bench_stat stat;
	double usec;

	p->ours = &ours[direction];
	p->raw = raw[direction];
	prepare(p, &p->ours->key, inner_bytes);
	p->passes = 1;
	usec = bench_sample(ours_sample, p) * BENCH_PACKETS / bench_cycles_per_usec();
	p->passes = usec < SAMPLE_USEC ? (unsigned)(SAMPLE_USEC / usec) : 1;
	for (unsigned i = 0; i < rounds; i++) {
		/* Who is first changes every time, as a drift would favour one of them. */
		if (i % 2)
			alone[i] = bench_sample(raw_sample, p);
		mine[i] = bench_sample(ours_sample, p);
		if (i % 2 == 0)
			alone[i] = bench_sample(raw_sample, p);
		ratio[i] = mine[i] / alone[i];
	}
	printf("{\"bench\":\"crypto\",\"algorithm\":\"%s\",\"direction\":\"%s\",\"raw\":\"%s\",",
	    a->name, direction == ESP_ENCRYPT ? "encrypt" : "decrypt", a->raw_name);
	if (inner_bytes == BENCH_IMIX)
		printf("\"packet\":\"imix\",");
	else
		printf("\"packet\":\"%u\",", inner_bytes);
	stat = bench_stat(mine, rounds);
	bench_print_stat("cycles", &stat);
	stat = bench_stat(alone, rounds);
	printf(",");
	bench_print_stat("raw_cycles", &stat);
	stat = bench_stat(ratio, rounds);
	printf(",");
	bench_print_stat("ratio", &stat);
	printf(",\"pairs\":%u}\n", rounds);
	fflush(stdout);
}

static void open_algorithm(const struct algorithm *a)
{
	static uint8_t bytes[64];
	struct esp_key_params params = {.encr = a->encr,
	    .auth = a->auth,
	    .encr_key = bytes,
	    .encr_key_bytes = a->encr_key_bytes,
	    .auth_key = bytes + 32,
	    .auth_key_bytes = a->auth_key_bytes};

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 29 + 3);
	for (enum esp_direction d = ESP_ENCRYPT; d <= ESP_DECRYPT; d++) {
		memset(&ours[d], 0, sizeof(ours[d]));
		if (esp_crypto_new(&ours[d].ctx, d, ESP_ARCH_AUTO) ||
		    esp_key_init(&ours[d].key, ours[d].ctx, &params))
			bench_fail("%s: no context or no key", a->name);
		raw[d] = raw_mb_new(a->raw_api, d, &params);
	}
}

static void close_algorithm(void)
{
	for (enum esp_direction d = ESP_ENCRYPT; d <= ESP_DECRYPT; d++) {
		esp_crypto_free(ours[d].ctx);
		esp_key_wipe(&ours[d].key);
		raw_mb_free(raw[d]);
	}
}

int main(int argc, char **argv)
{
	static struct point point;
	unsigned rounds = bench_start(argc, argv);

	bench_packets_init(&packets);
	for (size_t a = 0; a < COUNT(algorithms); a++) {
		open_algorithm(&algorithms[a]);
		if (a == 0)
			bench_print_machine("bench_crypto", esp_crypto_arch_name(ours[0].ctx));
		for (size_t s = 0; s < COUNT(sizes); s++)
			check_results(&point, sizes[s]);
		for (enum esp_direction d = ESP_ENCRYPT; d <= ESP_DECRYPT; d++)
			for (size_t s = 0; s < COUNT(sizes); s++)
				measure(&algorithms[a], d, sizes[s], &point, rounds);
		close_algorithm();
	}
	bench_packets_free(&packets);
	printf("{\"bench\":\"end\",\"program\":\"bench_crypto\",\"disturbed\":%lu}\n",
	    bench_disturbed());
	return 0;
}
