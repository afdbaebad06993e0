/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cycles a packet of what dataplane/pkt does to it, function by function, over packets of mixed
 * sizes that lie in the second-level cache. "loop" is the same loop around nothing: it is contained
 * in every other number.
 *
 * A function is measured in a row of its own calls, which overlap as they do in a burst. The sum of
 * the numbers is therefore not the cost of a packet: the functions share what one of them has
 * brought into the first-level cache, and compete for what they do not share. */
#include <stdio.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/packets.h"
#include "crypto/iv.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/esp_encap.h"
#include "dataplane/pkt/mss.h"
#include "dataplane/pkt/replay.h"
#include "dataplane/pkt/udp_encap.h"

#define PASSES     100 /* over all packets, in one sample */
#define SPI        0xc0ffee01u
#define ESP_OFFSET (IP4_HEADER_BYTES + UDP_HEADER_BYTES)

/* Everything the operations work on. Packets stay encapsulated for AES-CBC and not encrypted:
 * esp_encap() writes the same again each time, and esp_decap_finish() finds what it expects. */
struct state {
	struct bench_packets packets;
	struct esp_encap cbc, gcm;
	struct esp_decap decap;
	struct replay in_order, reversed;
	struct iv_source iv_source;
	uint8_t iv[BENCH_PACKETS][IV_BYTES];
	uint8_t *outer[BENCH_PACKETS]; /* of packets encapsulated for AES-CBC */
	uint32_t outer_bytes[BENCH_PACKETS];
	uint32_t cipher_bytes[BENCH_PACKETS];
	uint64_t sequence, replay_sequence, reversed_sequence;
	uint16_t mss_limit;
};

/* One pass over all packets. Returns how many calls did not do what is measured: 0. */
typedef unsigned (*pass_fn)(struct state *s);

struct operation {
	const char *name;
	pass_fn pass;
	struct state *state;
	unsigned wrong;
};

static unsigned loop_pass(struct state *s)
{
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		bench_use((uintptr_t)s->outer[i]);
	return 0;
}

static unsigned ip4_check_pass(struct state *s)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct ip4_info info = {0};

		wrong += ip4_check(s->outer[i], s->outer_bytes[i], &info) != PKT_OK;
		bench_use(info.total_bytes);
	}
	return wrong;
}

static unsigned classify_pass(struct state *s)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct udp_encap out = {0};

		wrong += udp_encap_classify(s->outer[i] + IP4_HEADER_BYTES,
			     s->outer_bytes[i] - IP4_HEADER_BYTES, &out) != PKT_OK;
		bench_use(out.kind);
	}
	return wrong;
}

static unsigned iv_pass(struct state *s)
{
	for (unsigned i = 0; i < BENCH_PACKETS; i += BENCH_BURST)
		iv_fill(&s->iv_source, s->iv + i, BENCH_BURST);
	return 0;
}

static unsigned encap_pass(struct state *s, const struct esp_encap *encap)
{
	uint32_t bytes = 0;

	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct bench_packet *p = &s->packets.packet[i];

		bytes |=
		    esp_encap(encap, p->inner, p->inner_bytes, ++s->sequence, s->iv[i]).outer_bytes;
		bench_use(bytes);
	}
	return bytes == 0;
}

static unsigned encap_cbc_pass(struct state *s)
{
	return encap_pass(s, &s->cbc);
}

static unsigned encap_gcm_pass(struct state *s)
{
	return encap_pass(s, &s->gcm);
}

static unsigned decap_pass(struct state *s)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct esp_decap_result result = {0};

		wrong += esp_decap_finish(&s->decap, s->outer[i] + ESP_OFFSET, s->cipher_bytes[i],
			     0, &result) != PKT_OK;
		bench_use(result.inner_bytes);
	}
	return wrong;
}

/* What an inbound packet costs around its decryption: check, then commit. `flip` is an xor on the
 * index: 0 for packets in order, BENCH_BURST - 1 for bursts that arrive back to front. */
static unsigned replay_pass(struct replay *r, uint64_t *next, unsigned flip)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		uint64_t sequence = replay_infer(r, (uint32_t)(*next + (i ^ flip)));

		wrong += replay_check(r, sequence) != PKT_OK;
		wrong += replay_commit(r, sequence) != PKT_OK;
	}
	*next += BENCH_PACKETS;
	return wrong;
}

static unsigned replay_order_pass(struct state *s)
{
	return replay_pass(&s->in_order, &s->replay_sequence, 0);
}

static unsigned replay_reversed_pass(struct state *s)
{
	return replay_pass(&s->reversed, &s->reversed_sequence, BENCH_BURST - 1);
}

/* The limit falls by one each pass, so that every SYN is changed every time. */
static unsigned mss_pass(struct state *s)
{
	unsigned wrong = 0;

	s->mss_limit--;
	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct bench_packet *p = &s->packets.packet[i];

		wrong += !mss_clamp_ip4(p->inner, p->inner_bytes, s->mss_limit);
	}
	return wrong;
}

static double sample(void *self)
{
	struct operation *op = self;
	uint64_t begin;

	op->wrong += op->pass(op->state);
	begin = bench_cycles();
	for (unsigned i = 0; i < PASSES; i++)
		op->wrong += op->pass(op->state);
	return (double)(bench_cycles() - begin) / (PASSES * BENCH_PACKETS);
}

/* SYNs as they were, announcing more than any limit to come. */
static void restore_mss(struct state *s)
{
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		put_be16(s->packets.packet[i].inner + IP4_HEADER_BYTES + 22, BENCH_MSS);
	s->mss_limit = BENCH_MSS;
}

static void init_state(struct state *s)
{
	struct esp_encap_params params = {.outer_local = ip_addr_v4(0xcb007102),
	    .outer_remote = ip_addr_v4(0xc6336402),
	    .spi = SPI,
	    .udp = true,
	    .udp_local = UDP_PORT_IKE_NAT_T,
	    .udp_remote = UDP_PORT_IKE_NAT_T,
	    .iv_bytes = 8,
	    .block_bytes = 4,
	    .icv_bytes = 16,
	    .df = ESP_DF_CLEAR};
	struct ip_prefix any = {.addr = {.family = IP_FAMILY_V4}};
	int err = esp_encap_init(&s->gcm, &params);

	params.iv_bytes = params.block_bytes = 16;
	params.icv_bytes = 12;
	s->decap = (struct esp_decap){.iv_bytes = 16, .block_bytes = 16, .icv_bytes = 12};
	if (err || esp_encap_init(&s->cbc, &params) ||
	    selector_init(&s->decap.selector, &any, &any) || iv_init(&s->iv_source))
		bench_fail("cannot prepare an SA");
	replay_init(&s->in_order, 1024, false, 0);
	replay_init(&s->reversed, 1024, false, 0);
	s->replay_sequence = s->reversed_sequence = BENCH_BURST;
	bench_packets_init(&s->packets);
	bench_packets_fill(&s->packets, BENCH_IMIX);
	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct bench_packet *p = &s->packets.packet[i];
		struct esp_encap_result r =
		    esp_encap(&s->cbc, p->inner, p->inner_bytes, i + 1, s->iv[i]);

		s->outer[i] = p->inner - s->cbc.head_bytes;
		s->outer_bytes[i] = r.outer_bytes;
		s->cipher_bytes[i] = r.cipher_bytes;
	}
}

static void report(const char *name, double *samples, unsigned rounds)
{
	struct bench_stat stat = bench_stat(samples, rounds);

	printf("{\"bench\":\"pkt\",\"operation\":\"%s\",", name);
	bench_print_stat("cycles", &stat);
	printf(",\"rounds\":%u}\n", rounds);
}

int main(int argc, char **argv)
{
	static struct state s;
	/* AES-GCM writes headers and padding of its own over those of AES-CBC, so the packets are
	 * encapsulated for AES-CBC once more before they are decapsulated. */
	static struct operation ops[] = {
	    {"loop", loop_pass, &s, 0},
	    {"esp_encap_gcm", encap_gcm_pass, &s, 0},
	    {"esp_encap_cbc", encap_cbc_pass, &s, 0},
	    {"iv_fill", iv_pass, &s, 0},
	    {"ip4_check", ip4_check_pass, &s, 0},
	    {"udp_encap_classify", classify_pass, &s, 0},
	    {"replay_in_order", replay_order_pass, &s, 0},
	    {"replay_reversed", replay_reversed_pass, &s, 0},
	    {"esp_decap_finish", decap_pass, &s, 0},
	    {"mss_clamp_syn", mss_pass, &s, 0},
	};
	enum { OPS = sizeof(ops) / sizeof(ops[0]) };
	static double samples[OPS][BENCH_ROUNDS_MAX];
	unsigned rounds = bench_start(argc, argv);

	init_state(&s);
	bench_print_machine("bench_pkt", NULL);
	for (unsigned round = 0; round < rounds; round++) {
		restore_mss(&s);
		for (unsigned i = 0; i < OPS; i++) {
			samples[i][round] = bench_sample(sample, &ops[i]);
			if (ops[i].wrong)
				bench_fail("%s: %u calls went wrong", ops[i].name, ops[i].wrong);
		}
	}
	for (unsigned i = 0; i < OPS; i++)
		report(ops[i].name, samples[i], rounds);
	bench_packets_free(&s.packets);
	iv_wipe(&s.iv_source);
	printf(
	    "{\"bench\":\"end\",\"program\":\"bench_pkt\",\"disturbed\":%lu}\n", bench_disturbed());
	return 0;
}
