/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Measures load by the counters of the tunnels, which each worker keeps for itself, and asks for
 * moves. One tunnel moves at a time. */
#include "dataplane/moves.h"

#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "dataplane/snapshot.h"
#include "dataplane/spread.h"
#include "dataplane/worker.h"

#define LOOK_MSEC 1000

/* Cycles that ESP costs, about: the same for every packet, and for every 5 bytes of it. */
#define COST_PACKET 140
#define COST_5BYTES 2

void moves_init(struct moves *moves, struct worker *workers, unsigned count, enum fan_out fan_out)
{
	memset(moves, 0, sizeof(*moves));
	moves->fan_out = fan_out;
	moves->workers = workers;
	moves->count = count;
}

void moves_fini(struct moves *moves)
{
	free(moves->in);
	free(moves->out);
	free(moves->load);
	free(moves->bytes);
	free(moves->owner);
	free(moves->gcm);
	free(moves->helpers);
	moves->in = NULL;
	moves->out = moves->load = NULL;
	moves->bytes = moves->helpers = NULL;
	moves->owner = NULL;
	moves->gcm = NULL;
	moves->tunnels = 0;
}

static bool resize(struct moves *moves, uint32_t tunnels)
{
	if (moves->tunnels == tunnels)
		return true;
	moves_fini(moves);
	moves->in = calloc(tunnels, sizeof(*moves->in));
	moves->out = calloc((size_t)tunnels * moves->count, sizeof(*moves->out));
	moves->load = calloc(tunnels, sizeof(*moves->load));
	moves->bytes = calloc(tunnels, sizeof(*moves->bytes));
	moves->owner = calloc(tunnels, sizeof(*moves->owner));
	moves->gcm = calloc(tunnels, sizeof(*moves->gcm));
	moves->helpers = calloc(tunnels, sizeof(*moves->helpers));
	if (!moves->in || !moves->out || !moves->load || !moves->bytes || !moves->owner ||
	    !moves->gcm || !moves->helpers) {
		moves_fini(moves);
		return false;
	}
	moves->tunnels = tunnels;
	return true;
}

/* Where each tunnel's inbound SAs are, by what they say, and which they are. */
static void look_at_sas(struct moves *moves, const struct snapshot *s)
{
	memset(moves->owner, SPREAD_NONE, moves->tunnels);
	for (uint32_t i = 0; i < s->sa_count; i++) {
		const struct sa *sa = s->sa[i];

		if (!sa || !sa->inbound || sa->tunnel >= moves->tunnels)
			continue;
		moves->owner[sa->tunnel] =
		    SA_ROUTE(atomic_load_explicit(&sa->run->place, memory_order_relaxed));
		moves->gcm[sa->tunnel] = sa->gcm;
	}
}

static uint64_t cost(uint64_t packets, uint64_t bytes)
{
	return packets * COST_PACKET + bytes * COST_5BYTES / 5;
}

static uint64_t since(uint64_t *before, uint64_t now)
{
	uint64_t delta = now >= *before ? now - *before : 0;

	*before = now;
	return delta;
}

/* What was done since the last look: inbound moves with its tunnel, outbound stays where it came
 * in. */
static void measure(struct moves *moves, const struct snapshot *s, struct spread *spread)
{
	for (uint32_t i = 0; i < s->tunnel_count; i++) {
		struct moves_in in = {0};

		for (unsigned w = 0; s->tunnel[i].counters && w < moves->count; w++) {
			const struct tunnel_counters *c = &s->tunnel[i].counters[w];

			in.packets += counter_get(&c->in_packets) + counter_get(&c->in6_packets);
			in.bytes += counter_get(&c->in_bytes) + counter_get(&c->in6_bytes);
			spread->other[w] += since(&moves->out[(size_t)i * moves->count + w],
			    cost(counter_get(&c->out_packets) + counter_get(&c->out6_packets),
				counter_get(&c->out_bytes) + counter_get(&c->out6_bytes)));
		}
		in.packets = since(&moves->in[i].packets, in.packets);
		in.bytes = since(&moves->in[i].bytes, in.bytes);
		moves->load[i] = cost(in.packets, in.bytes);
		moves->bytes[i] = in.packets ? (uint32_t)(in.bytes / in.packets) : 0;
	}
}

bool moves_begin(struct moves *moves, const struct snapshot *s, uint32_t tunnel, unsigned to)
{
	struct handover_move *move = &moves->move;
	unsigned owner = to;

	if (moves->from)
		return false;
	move->to = to;
	move->count = 0;
	for (uint32_t i = 0; i < s->sa_count && move->count < HANDOVER_MOVE_MAX; i++) {
		const struct sa *sa = s->sa[i];
		unsigned at;

		if (!sa || !sa->inbound || sa->tunnel != tunnel)
			continue;
		at = SA_ROUTE(atomic_load_explicit(&sa->run->place, memory_order_relaxed));
		if (owner == to)
			owner = at;
		/* Of one owner: only the worker that has an SA may let it go. */
		if (at != to && at == owner)
			move->run[move->count++] = sa->run;
	}
	if (move->count == 0)
		return false;
	moves->from = &moves->workers[owner];
	handover_ask(moves->from, move);
	log_info("tunnel slot=%u event=moves from=%u to=%u", tunnel, owner, to);
	return true;
}

static uint32_t helpers_of(const struct moves *moves, const struct spread *spread, uint32_t tunnel)
{
	switch (moves->fan_out) {
	case FAN_OUT_ALWAYS: return (1u << moves->count) - 1;
	case FAN_OUT_AUTO: return spread_helpers(spread, tunnel, moves->helpers[tunnel] != 0);
	case FAN_OUT_NEVER:
	default: return 0;
	}
}

/* Says who helps with each tunnel's inbound SAs; those that came since the last look learn it, too.
 */
static void share_out(struct moves *moves, const struct snapshot *s, const struct spread *spread)
{
	if (s->tunnel_count == 0 || !resize(moves, s->tunnel_count))
		return;
	for (uint32_t i = 0; i < s->tunnel_count; i++) {
		uint32_t helpers = helpers_of(moves, spread, i);

		if (!helpers != !moves->helpers[i] && moves->fan_out == FAN_OUT_AUTO)
			log_info("tunnel slot=%u event=%s helpers=%x", i,
			    helpers ? "shared-out" : "alone-again", helpers);
		moves->helpers[i] = helpers;
	}
	for (uint32_t i = 0; i < s->sa_count; i++)
		if (s->sa[i] && s->sa[i]->inbound && s->sa[i]->tunnel < s->tunnel_count)
			atomic_store_explicit(&s->sa[i]->run->fan, moves->helpers[s->sa[i]->tunnel],
			    memory_order_relaxed);
}

bool moves_tick(struct moves *moves, const struct snapshot *s, mono_t now)
{
	struct spread spread = {.workers = moves->count, .tunnels = s->tunnel_count};
	uint32_t tunnel;
	unsigned to;

	if (moves->count < 2)
		return false;
	if (moves->from) {
		if (!handover_moved(moves->from))
			return true;
		moves->from = NULL;
	}
	if (moves->fan_out == FAN_OUT_ALWAYS)
		share_out(moves, s, &spread);
	if (mono_before(now, moves->look_at))
		return false;
	moves->look_at = mono_add_msec(now, LOOK_MSEC);
	if (s->tunnel_count == 0 || !resize(moves, s->tunnel_count))
		return false;
	measure(moves, s, &spread);
	look_at_sas(moves, s);
	spread.owner = moves->owner;
	spread.load = moves->load;
	spread.bytes = moves->bytes;
	spread.gcm = moves->gcm;
	spread.capacity = rte_get_tsc_hz() / 1000 * LOOK_MSEC;
	share_out(moves, s, &spread);
	return spread_choose(&spread, &tunnel, &to) && moves_begin(moves, s, tunnel, to);
}
