/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages that no honest engine sends, made with the keys of one: for tests of what is refused. */
#pragma once

#include "control/ike/ike_peer.h"
#include "tests/sim/ike_link.h"

/* A message of `side` to the other one, under their established ISAKMP SA. */
struct forge {
	struct isakmp_sa sa; /* a copy of the side's */
	uint32_t message_id;
	uint8_t iv[IKE_CBC_BLOCK];
	struct ike_builder b;
	uint8_t data[4096];
	size_t bytes;
};

static inline void forge_begin(struct forge *f, struct sim *s, int side, uint8_t exchange)
{
	f->sa = *isakmp_best(s->end[side].peer);
	f->message_id = (uint32_t)sim_random64(s) | 1;
	isakmp_build_hashed(&f->sa, &f->b, f->data, sizeof(f->data), exchange, f->message_id);
	assert_int_equal(ike_keys_iv_phase2(&f->sa.keys, f->sa.iv, f->message_id, f->iv), 0);
}

static inline void forge_end(struct forge *f)
{
	f->bytes =
	    isakmp_seal_hashed(&f->sa, &f->b, f->message_id, (struct ike_chunk){NULL, 0}, f->iv);
	assert_true(f->bytes > 0);
}

/* Hands bytes to `side` as if the other side had sent them. */
static inline void forge_deliver(struct sim *s, int side, const uint8_t *data, size_t bytes)
{
	const struct isakmp_sa *sa = isakmp_best(s->end[side].peer);

	sim_deliver(s, side, s->end[side].config.remote, sa ? sa->remote_port : IKE_PORT,
	    sa ? sa->local_port : IKE_PORT, data, bytes);
}

static inline void forge_notify(struct forge *f, struct sim *s, int from, uint8_t protocol,
    uint16_t type, const void *spi, size_t spi_bytes, const void *data, size_t bytes)
{
	forge_begin(f, s, from, ISAKMP_XCHG_INFORMATIONAL);
	ike_build_notify(&f->b, protocol, type, spi, spi_bytes, data, bytes);
	forge_end(f);
}

static inline void forge_delete_esp(struct forge *f, const uint32_t *spis, uint16_t count)
{
	ike_build_open(&f->b, ISAKMP_PAYLOAD_DELETE);
	wr_u32(&f->b.w, IPSEC_DOI);
	wr_u8(&f->b.w, IPSEC_PROTO_ESP);
	wr_u8(&f->b.w, 4);
	wr_u16(&f->b.w, count);
	for (uint16_t i = 0; i < count; i++)
		wr_u32(&f->b.w, spis[i]);
	ike_build_close(&f->b);
}

static inline void forge_delete_isakmp(struct forge *f)
{
	ike_build_open(&f->b, ISAKMP_PAYLOAD_DELETE);
	wr_u32(&f->b.w, IPSEC_DOI);
	wr_u8(&f->b.w, IPSEC_PROTO_ISAKMP);
	wr_u8(&f->b.w, 16);
	wr_u16(&f->b.w, 1);
	wr_bytes(&f->b.w, f->sa.cookie_i, 8);
	wr_bytes(&f->b.w, f->sa.cookie_r, 8);
	ike_build_close(&f->b);
}

/* The engine's state without what any datagram may change: counters and rate limits. */
static inline struct ike_peer *forge_snapshot(const struct sim *s, int side)
{
	struct ike_peer *copy = malloc(sizeof(*copy));

	assert_non_null(copy);
	memcpy(copy, s->end[side].peer, sizeof(*copy));
	memset(&copy->count, 0, sizeof(copy->count));
	memset(&copy->log_bucket, 0, sizeof(copy->log_bucket));
	memset(&copy->notify_bucket, 0, sizeof(copy->notify_bucket));
	copy->now = (mono_t){0};
	return copy;
}

/* Delivers, and asserts that it changed nothing, was counted, and was not answered. */
static inline void forge_ignored(struct sim *s, int side, const uint8_t *data, size_t bytes)
{
	struct ike_peer *before = forge_snapshot(s, side), *after;
	uint64_t bad = sim_status(s, side).bad_datagrams;
	mono_t wake = ike_next_wake(s->end[side].peer);
	unsigned sends = s->end[side].sends;

	forge_deliver(s, side, data, bytes);
	after = forge_snapshot(s, side);
	assert_memory_equal(before, after, sizeof(*before));
	assert_int_equal(sim_status(s, side).bad_datagrams, bad + 1);
	assert_int_equal(s->end[side].sends, sends);
	assert_int_equal(ike_next_wake(s->end[side].peer).nsec, wake.nsec);
	free(before);
	free(after);
}

/* Both sides up, one pair, quiet. */
static inline struct sim *forge_established(uint64_t seed)
{
	struct sim *s = sim_new(seed);

	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 65000);
	return s;
}

static inline void forge_still_up(struct sim *s)
{
	assert_int_equal(sim_status(s, SIM_A).state, IKE_PEER_UP);
	sim_run(s, 5000);
	assert_true(sim_both_up(s));
	assert_int_equal(s->end[SIM_A].esp_lost + s->end[SIM_B].esp_lost, 0);
}
