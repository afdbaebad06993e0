/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rig of the unit tests for fuzz targets: one dataplane that lives as long as the process, with
 * an SA pair and a tunnel for every algorithm, and the invariants that hold after every input. */
#pragma once

#define ALLOW_EXPERIMENTAL_API
#include <rte_ip_frag.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define assert_true(x)         ((x) ? (void)0 : abort())
#define assert_false(x)        assert_true(!(x))
#define assert_int_equal(a, b) assert_true((uint64_t)(a) == (uint64_t)(b))
#define assert_non_null(x)     assert_true((x) != NULL)

#include "tests/unit/dataplane/rig.h"

#define LAN_MAC_END 0x0a /* last byte of a frame's destination on its way to the LAN host */
#define WAN_MAC_END 0x0b

struct fuzz_alg {
	uint16_t encr, auth, encr_key_bytes, auth_key_bytes;
	uint32_t flags;
};

/* Tunnel i has the SA slots 2i (in) and 2i + 1 (out). An odd one has IPv6 outside. */
static const struct fuzz_alg fuzz_algs[] = {
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20, CFG_SA_UDP_ENCAP},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 24, 20, CFG_SA_ESN},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 16, 32, 0},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 32, 32, CFG_SA_UDP_ENCAP},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, 32, 48, CFG_SA_ESN},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, 32, 64, 0},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0, CFG_SA_UDP_ENCAP},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 36, 0, 0},
    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0, CFG_SA_ESN | CFG_SA_UDP_ENCAP},
    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20, CFG_SA_NO_REPLAY_CHECK},
};

#define FUZZ_ALGS (sizeof(fuzz_algs) / sizeof(fuzz_algs[0]))

/* Groups 2 and on are the tunnels'; this one leads to the LAN host, the kernel and nowhere. */
#define FUZZ_GROUP_MIXED (2 + FUZZ_ALGS)

static inline uint32_t fuzz_spi(unsigned tunnel, bool inbound)
{
	return (inbound ? 0x5a000000u : 0xc0000000u) | (tunnel * 2 + !inbound);
}

static inline struct shm_addr fuzz_addr6(uint8_t first, uint8_t last, uint8_t prefix_length)
{
	return (struct shm_addr){.bytes = {first, 0x01, 0x0d, 0xb8, [15] = last},
	    .family = IP_FAMILY_V6,
	    .prefix_length = prefix_length};
}

static inline struct cfg_sa fuzz_sa(unsigned i, bool inbound)
{
	const struct fuzz_alg *alg = &fuzz_algs[i];
	struct cfg_sa sa = rig_sa(1000 + i * 2 + !inbound, inbound);

	sa.flags = CFG_SA_PRESENT | (inbound ? CFG_SA_INBOUND : 0) | alg->flags;
	sa.spi_be = __builtin_bswap32(fuzz_spi(i, inbound));
	sa.tunnel = i;
	sa.encr = alg->encr;
	sa.auth = alg->auth;
	sa.encr_key_bytes = alg->encr_key_bytes;
	sa.auth_key_bytes = alg->auth_key_bytes;
	memset(sa.encr_key, (int)i + 1, alg->encr_key_bytes);
	memset(sa.auth_key, (int)i + 2, alg->auth_key_bytes);
	if (i & 1) {
		sa.outer_local = fuzz_addr6(0x20, 2, 128);
		sa.outer_remote = fuzz_addr6(0x20, (uint8_t)(16 + i), 128);
	}
	if (i == 5)
		sa.ts_local = sa.ts_remote = fuzz_addr6(0, 0, 0);
	return sa;
}

static inline void fuzz_tables(struct rig *rig)
{
	const struct cfg_route others[] = {
	    {.prefix = rig_addr(0x0a640000, 16), .group = FUZZ_GROUP_MIXED},
	    {.prefix = rig_addr(RIG_LAN_HOST & ~0xffu, 24), .group = 1},
	    {.prefix = rig_addr(RIG_LAN_HOST, 32), .group = 0},
	    {.prefix = fuzz_addr6(0xfd, 0, 32), .group = 2},
	    {.prefix = fuzz_addr6(0xfd, 10, 128), .group = 0},
	};
	const struct cfg_group mixed = {.member_count = 3,
	    .member = {{.kind = CFG_NH_ADJ, .weight = 1}, {.kind = CFG_NH_PUNT, .weight = 1},
		{.kind = CFG_NH_DROP, .weight = 1}}};
	struct cfg_route all[FUZZ_ALGS + RTE_DIM(others)];
	struct cfg_group group = {0};

	for (unsigned i = 0; i < FUZZ_ALGS; i++) {
		struct cfg_sa in = fuzz_sa(i, true), out = fuzz_sa(i, false);
		struct cfg_tunnel tunnel = rig_tunnel(out.instance);

		tunnel.instance += i;
		tunnel.number = i + 1;
		snprintf(tunnel.twin, sizeof(tunnel.twin), "tunnel%u", i + 1);
		tunnel.sa_out = i * 2 + 1;
		tunnel.df = (uint8_t)(i % 3);
		rig_put(rig, CFG_TABLE_SAS, i * 2, &in);
		rig_put(rig, CFG_TABLE_SAS, i * 2 + 1, &out);
		rig_put(rig, CFG_TABLE_TUNNELS, i, &tunnel);
		group.member[0] =
		    (struct cfg_next_hop){.kind = CFG_NH_TUNNEL, .index = i, .weight = 1};
		group.member[1] = (struct cfg_next_hop){
		    .kind = CFG_NH_TUNNEL, .index = (i + 1) % FUZZ_ALGS, .weight = 2};
		/* One tunnel alone is the short way. */
		group.member_count = 1 + i % 2;
		rig_put(rig, CFG_TABLE_GROUPS, 2 + i, &group);
		all[i] = (struct cfg_route){
		    .prefix = rig_addr(0x0a000000 + (i << 16), 16), .group = 2 + i};
	}
	rig_put(rig, CFG_TABLE_GROUPS, FUZZ_GROUP_MIXED, &mixed);
	memcpy(&all[FUZZ_ALGS], others, sizeof(others));
	rig_put_routes(rig, all, RTE_DIM(all));
	rig_commit(rig);
	assert_true(rig_settle(rig));
	for (unsigned i = 0; i < FUZZ_ALGS; i++)
		assert_true(atomic_load(&rig->domain.current)->tunnel[i].usable);
}

/* The one dataplane; made with the first call. Its files are gone at once: both sides have them
 * mapped, and nothing stays behind a crash. */
static inline struct rig *fuzz_rig(void)
{
	static struct rig *rig;
	void *state;

	if (rig)
		return rig;
	eal_start(RIG_VDEV);
	assert_int_equal(rig_setup(&state), 0);
	rig = state;
	fuzz_tables(rig);
	rig_remove_files(rig);
	return rig;
}

/* ---- packets ----------------------------------------------------------------------------------
 */

static inline void fuzz_free_block(void *block, void *opaque)
{
	free(block);
}

/* A buffer whose room behind the data ends with the data, in a block of malloc() that does too: the
 * sanitizer sees one byte too far. `tail` bytes of room behind it otherwise. */
static inline struct rte_mbuf *fuzz_mbuf(
    struct rig *rig, const void *data, unsigned bytes, unsigned tail)
{
	unsigned info = RTE_ALIGN(sizeof(struct rte_mbuf_ext_shared_info), 64);
	unsigned room = RTE_PKTMBUF_HEADROOM + bytes + tail;
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
	struct rte_mbuf_ext_shared_info *shared;
	uint8_t *block = malloc(info + room);

	assert_non_null(m);
	shared = (void *)block;
	shared->free_cb = fuzz_free_block;
	shared->fcb_opaque = NULL;
	rte_mbuf_ext_refcnt_set(shared, 1);
	/* The callback gets the buffer's address: the block begins there, the data behind it. */
	rte_pktmbuf_attach_extbuf(m, block, 0, (uint16_t)(info + room), shared);
	m->data_off = (uint16_t)(info + RTE_PKTMBUF_HEADROOM);
	memcpy(rte_pktmbuf_append(m, (uint16_t)bytes), data, bytes);
	return m;
}

/* Takes what waits for the kernel: its books say punt. */
static inline void fuzz_take_punts(struct rig *rig)
{
	void *m;

	while (rte_ring_sc_dequeue(rig->worker.to_kernel, &m) == 0) {
		counter_add(&rig->worker.counters.taken, 1);
		counter_add(&rig->worker.counters.punt, 1);
		rte_pktmbuf_free(m);
	}
}

/* Fragments that wait go: the next input begins with none. As many as the worker says it holds. */
static inline void fuzz_forget_fragments(struct rig *rig)
{
	struct worker *w = &rig->worker;
	unsigned count = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct rte_ip_frag_death_row dead = {0};

		rte_ip_frag_table_del_expired_entries(w->reassembly[i], &dead, UINT64_MAX);
		for (uint32_t k = 0; k < dead.cnt; k++)
			count += dead.row[k]->nb_segs;
		rte_ip_frag_free_death_row(&dead, 0);
	}
	assert_int_equal(count, w->fragments);
	counter_add(&w->counters.drop[DROP_FRAGMENT], count);
	w->fragments = 0;
}

/* What left by the WAN is ESP, and nothing readable. */
static inline void fuzz_check_sent(const struct rig *rig)
{
	for (unsigned i = 0; i < rig->frames; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(rig->frame[i], const uint8_t *);
		bool v6 = frame[14] >> 4 == 6;
		uint8_t protocol = frame[14 + (v6 ? 6 : 9)];
		const uint8_t *upper = frame + 14 + (v6 ? 40 : 20);

		assert_true(rig->frame[i]->nb_segs == 1);
		if (frame[5] != WAN_MAC_END)
			continue;
		assert_true(protocol == IP_PROTO_ESP ||
			    (protocol == IP_PROTO_UDP && get_be16(upper + 2) == 4500));
	}
}

/* After every input: the books balance, no buffer is lost. */
static inline void fuzz_check(struct rig *rig)
{
	fuzz_check_sent(rig);
	fuzz_forget_fragments(rig);
	fuzz_take_punts(rig);
	rig_assert_accounts(rig);
}

/* ---- what became of one input -----------------------------------------------------------------
 */

struct fuzz_outcome {
	uint64_t drop[DROP_COUNT];
	unsigned punted, held, frames, bytes;
	uint32_t clear; /* a sum over what went to the LAN, in whatever order */
};

/* Adds what was sent last. */
static inline void fuzz_add_frames(const struct rig *rig, struct fuzz_outcome *out)
{
	out->frames += rig->frames;
	for (unsigned i = 0; i < rig->frames; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(rig->frame[i], const uint8_t *);
		uint32_t sum = 1;

		out->bytes += rig->frame[i]->pkt_len;
		for (unsigned k = 0; k < rig->frame[i]->pkt_len; k++)
			sum = sum * 31 + frame[k];
		out->clear += frame[5] == LAN_MAC_END ? sum : 0;
	}
}

/* Puts in what else became of packets since `before`; all that waits for the kernel is theirs. */
static inline void fuzz_add_counts(
    const struct rig *rig, const struct fuzz_outcome *before, struct fuzz_outcome *out)
{
	out->held = rig->worker.fragments;
	out->punted = rte_ring_count(rig->worker.to_kernel);
	for (unsigned i = 1; i < DROP_COUNT; i++)
		out->drop[i] = rig_dropped(rig, i) - before->drop[i];
}

/* Where an input begins. */
static inline struct fuzz_outcome fuzz_begin(const struct rig *rig)
{
	static const struct fuzz_outcome none;
	struct fuzz_outcome now = {0};

	fuzz_add_counts(rig, &none, &now);
	return now;
}

/* Two ways through the worker have led to the same end. */
static inline void fuzz_assert_same(const struct fuzz_outcome *a, const struct fuzz_outcome *b)
{
	assert_int_equal(a->punted, b->punted);
	assert_int_equal(a->held, b->held);
	assert_int_equal(a->frames, b->frames);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->clear, b->clear);
	assert_true(memcmp(a->drop, b->drop, sizeof(a->drop)) == 0);
}
