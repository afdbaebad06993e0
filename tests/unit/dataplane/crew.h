/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Several workers of one rig, polled by hand in the order a test wants, where threads of their own
 * come by too rarely. The first has all queues of the port, unless the test says otherwise. */
#pragma once

#include "dataplane/moves.h"
#include "tests/unit/dataplane/rig.h"

#define CREW_MAX    3
#define CREW_BURST  32
#define CREW_MARK   28 /* where in the inner packet its number is */
#define CREW_SLOT_B 8u /* the other tunnel's inbound SA */
#define CREW_SPI_B  (0x5a000000u | CREW_SLOT_B)

struct crew {
	struct rig *rig; /* its worker is not used */
	unsigned count;
	struct worker worker[CREW_MAX];
	struct handover_domain handover;
	struct moves moves;
	uint32_t received; /* by crew_receive() */
};

static inline void crew_start_worker(struct crew *c, unsigned index, const struct queues *queues)
{
	struct rig *rig = c->rig;
	const struct worker_config config = {.index = index,
	    .count = c->count,
	    .burst = CREW_BURST,
	    .pool = rig->pool,
	    .port = &rig->port,
	    .port_count = 1,
	    .domain = &rig->domain,
	    .handover = &c->handover};

	assert_int_equal(worker_init(&c->worker[index], &config), 0);
	c->worker[index].queues = *queues;
	snapshot_worker_join(&rig->domain, index);
}

/* A poll of each, and what they sent. */
static inline void crew_poll(struct crew *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		worker_poll(&c->worker[i]);
		rig_collect(c->rig);
	}
}

/* All threads' turns until what was committed is in force. */
static inline void crew_settle(struct crew *c)
{
	struct rig *rig = c->rig;

	for (unsigned i = 0; i < 20; i++) {
		rig->now = mono_add_msec(rig->now, 60);
		sync_tick(&rig->sync, rig->now);
		crew_poll(c);
	}
	assert_null(rig->domain.retiring);
}

static inline const struct snapshot *crew_tables(const struct crew *c)
{
	return atomic_load(&c->rig->domain.current);
}

static inline struct sa_run *crew_run(const struct crew *c, uint32_t slot)
{
	return crew_tables(c)->sa[slot]->run;
}

/* Two inbound SAs, the second of a tunnel that is not there, and an outbound one; at home at the
 * first worker. */
static inline void crew_put_tunnels(struct crew *c)
{
	struct cfg_sa a = rig_sa(900, true), b = rig_sa(901, true), out = rig_sa(902, false);
	struct cfg_tunnel tunnel = rig_tunnel(902);
	struct rig *rig = c->rig;

	b.spi_be = __builtin_bswap32(CREW_SPI_B);
	b.tunnel = 1;
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &a);
	rig_put(rig, CFG_TABLE_SAS, CREW_SLOT_B, &b);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	crew_settle(c);
	atomic_store(&crew_run(c, RIG_SLOT_IN)->place, SA_PLACE(0, 0));
	atomic_store(&crew_run(c, CREW_SLOT_B)->place, SA_PLACE(0, 0));
}

static inline void crew_setup(struct crew *c, void **state, unsigned workers)
{
	struct queues queues[CREW_MAX];
	struct rig *rig;

	assert_int_equal(rig_setup(state), 0);
	memset(c, 0, sizeof(*c));
	c->rig = rig = *state;
	c->count = workers;
	rig_stop_dataplane(rig);
	assert_int_equal(
	    snapshot_domain_init(&rig->domain, snapshot_new(&(struct snapshot_sizes){0}), workers),
	    0);
	assert_int_equal(
	    state_open(&rig->state, rig->instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS), 0);
	assert_int_equal(sync_init(&rig->sync, rig->instance, &rig->port, 1, &rig->domain,
			     &rig->state, ESP_ARCH_AUTO),
	    0);
	queues_assign(&rig->port, 1, workers, queues);
	for (unsigned i = 0; i < workers; i++)
		crew_start_worker(c, i, &queues[i]);
	assert_int_equal(c->worker[0].queues.rx_count, 1);
	handover_connect(c->worker, workers);
	fan_connect(c->worker, workers);
	moves_init(&c->moves, c->worker, workers, FAN_OUT_NEVER);
	crew_settle(c);
	crew_put_tunnels(c);
	*state = c;
}

static inline int crew_teardown(void **state)
{
	struct crew *c = *state;
	struct rig *rig = c->rig;

	for (unsigned i = 0; i < c->count; i++) {
		worker_flush_lanes(&c->worker[i]);
		snapshot_worker_leave(&rig->domain, i);
	}
	for (unsigned i = 0; i < c->count; i++)
		worker_fini(&c->worker[i]);
	moves_fini(&c->moves);
	rig_collect(rig);
	rig_free_frames(rig);
	snapshot_domain_fini(&rig->domain);
	sync_fini(&rig->sync);
	state_close(&rig->state);
	esp_crypto_free(rig->peer);
	shm_map_close(&rig->cfg);
	rig_remove_files(rig);
	return rte_mempool_avail_count(rig->pool) == rig->mbufs ? 0 : -1;
}

/* `count` packets by that SA, each with its number inside, on the wire. */
static inline void crew_receive_as(struct crew *c, uint32_t spi, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t inner[64], outer[512];
		unsigned bytes = rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, sizeof(inner));

		put_be32(inner + CREW_MARK, ++c->received);
		bytes = rig_seal_as(c->rig, spi, c->received, inner, bytes, outer);
		rig_inject(c->rig, rig_frame(c->rig, outer, bytes));
	}
}

static inline void crew_receive(struct crew *c, unsigned count)
{
	crew_receive_as(c, RIG_SPI_IN, count);
}

/* The number inside a frame that was sent. */
static inline uint32_t crew_mark(struct rte_mbuf *frame)
{
	return get_be32(rte_pktmbuf_mtod_offset(frame, uint8_t *, 14 + CREW_MARK));
}

/* All that were received have come out, in that order. */
static inline void crew_assert_all_in_order(struct crew *c)
{
	assert_int_equal(c->rig->frames, c->received);
	for (unsigned i = 0; i < c->rig->frames; i++)
		assert_int_equal(crew_mark(c->rig->frame[i]), i + 1);
}
