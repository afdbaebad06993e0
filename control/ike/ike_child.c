/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The list of IPsec SA pairs: which one sends, and when the others go. Lossless rekeying is here.
 *
 *   ADDING --applied--> APPLIED --exchange done--> READY --used--> SENDING --replaced--> OLD
 *                                                    |                |                   |
 *                                                    +----------------+-------------------+
 *                                                          Delete sent or received: DYING --> gone
 *
 * The best pair is the newest; of pairs whose exchanges crossed, the one that ranks higher on both
 * sides. It begins to send when there is no older pair, when a packet on it proves that the peer
 * has it, when the peer deletes the older one, or after a grace. Its predecessor goes on receiving.
 *
 * Who made the new pair deletes the old one, once the peer is quiet on it; the other side only
 * after a minute, in case nobody does, or earlier where a new pair needs the room. Outbound goes
 * first, inbound stays 5 s longer. Pairs do not depend on the ISAKMP SA that made them: they
 * outlive it.
 *
 * Timers: use_at, rekey_at (ike_keep.c), superseded + a wait, repeat_delete_at, del_in_at,
 * sa.hard. */
#include <errno.h>
#include <string.h>

#include "control/ike/ike_peer.h"

#define LINGER_SEC       5  /* inbound after outbound */
#define QUIET_SEC        5  /* without a packet: the peer no longer sends on it */
#define RETIRE_SEC       5  /* the pair's maker deletes after that */
#define RETIRE_HIGH_SEC  35 /* unless the peer may hold it for the better one */
#define RETIRE_OTHER_SEC 60 /* nobody else did */
#define RETIRE_BUSY_SEC  60 /* after those, even if it is not quiet */
#define REPEAT_SEC       2

static const char *state_name(enum child_state state)
{
	switch (state) {
	case CHILD_FREE: return "free";
	case CHILD_ADDING: return "adding";
	case CHILD_APPLIED: return "applied";
	case CHILD_READY: return "ready";
	case CHILD_SENDING: return "sending";
	case CHILD_OLD: return "old";
	case CHILD_DYING: return "dying";
	}
	return "?";
}

static void set_state(
    struct ike_peer *p, struct child_pair *c, enum child_state state, const char *why)
{
	ike_log(p, true, "ipsec sa state spi-in=%08x from=%s to=%s why=\"%s\"", c->sa.spi_in,
	    state_name(c->state), state_name(state), why);
	c->state = state;
}

static bool finished(const struct child_pair *c)
{
	return c->state == CHILD_READY || c->state == CHILD_SENDING || c->state == CHILD_OLD;
}

static bool has_outbound(const struct child_pair *c)
{
	return c->state == CHILD_SENDING || c->state == CHILD_OLD;
}

static void act(struct ike_peer *p, enum ike_action_type type, const struct child_pair *c)
{
	struct ike_action *a = ike_act(p, type);

	if (type == IKE_ACT_CHILD_ADD_IN || type == IKE_ACT_CHILD_USE_OUT) {
		a->u.child = c->sa;
	} else {
		a->u.child.spi_in = c->sa.spi_in;
		a->u.child.spi_out = c->sa.spi_out;
	}
}

/* ---- the list ----------------------------------------------------------- */

/* The one place where the const of a look-up is dropped. */
static struct child_pair *slot(const struct ike_peer *p, size_t i)
{
	return (struct child_pair *)&p->child[i];
}

static struct child_pair *free_slot(struct ike_peer *p)
{
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state == CHILD_FREE)
			return &p->child[i];
	}
	return NULL;
}

/* The pair that was superseded first goes before its time, if a packet has proven that the peer
 * uses the newest. */
static struct child_pair *make_room(struct ike_peer *p)
{
	const struct child_pair *best = child_best(p);
	struct child_pair *first = NULL;

	if (!best || best->state != CHILD_SENDING || !best->proven)
		return NULL;
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		struct child_pair *c = &p->child[i];

		if (c != best && (finished(c) || c->state == CHILD_DYING) &&
		    !mono_is_never(c->superseded) &&
		    (!first || mono_before(c->superseded, first->superseded)))
			first = c;
	}
	if (!first)
		return NULL;
	if (finished(first))
		info_send_delete_esp(p, &first->sa.spi_in, 1);
	child_remove(p, first);
	return first;
}

int child_add(struct ike_peer *p, const struct ike_child *sa, const uint8_t rank[IKE_DIGEST_BYTES],
    mono_t began)
{
	struct child_pair *c = free_slot(p);

	if (!c)
		c = make_room(p);
	if (!c)
		return -ENOSPC;
	memset(c, 0, sizeof(*c));
	c->sa = *sa;
	memcpy(c->rank, rank, sizeof(c->rank));
	c->began = began;
	c->born = c->seen = p->now;
	c->use_at = c->rekey_at = c->superseded = c->del_in_at = c->repeat_delete_at = MONO_NEVER;
	set_state(p, c, CHILD_ADDING, "keys derived");
	act(p, IKE_ACT_CHILD_ADD_IN, c);
	return 0;
}

struct child_pair *child_find_in(struct ike_peer *p, uint32_t spi_in)
{
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state != CHILD_FREE && p->child[i].sa.spi_in == spi_in)
			return &p->child[i];
	}
	return NULL;
}

struct child_pair *child_find_out(struct ike_peer *p, uint32_t spi_out)
{
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state != CHILD_FREE && p->child[i].sa.spi_out == spi_out)
			return &p->child[i];
	}
	return NULL;
}

struct child_pair *child_sending(const struct ike_peer *p)
{
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state == CHILD_SENDING)
			return slot(p, i);
	}
	return NULL;
}

static bool ranks_above(const struct child_pair *a, const struct child_pair *b)
{
	return memcmp(a->rank, b->rank, sizeof(a->rank)) > 0;
}

static bool better(const struct child_pair *a, const struct child_pair *b)
{
	if (mono_before(a->began, b->born) && mono_before(b->began, a->born))
		return ranks_above(a, b);
	return mono_before(b->born, a->born);
}

static struct child_pair *best_but(const struct ike_peer *p, const struct child_pair *except)
{
	struct child_pair *best = NULL;

	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		struct child_pair *c = slot(p, i);

		if (finished(c) && c != except && (!best || better(c, best)))
			best = c;
	}
	return best;
}

struct child_pair *child_best(const struct ike_peer *p)
{
	return best_but(p, NULL);
}

/* ---- life --------------------------------------------------------------- */

void child_applied(struct ike_peer *p, struct child_pair *c)
{
	if (c->state == CHILD_ADDING)
		set_state(p, c, CHILD_APPLIED, "inbound applied");
}

void child_complete(struct ike_peer *p, struct child_pair *c, uint32_t grace_sec)
{
	if (c->state != CHILD_APPLIED)
		return;
	c->born = p->now;
	c->rekey_at = ike_rekey_time(p, p->now, c->sa.lifetime_sec, p->config.sa_rekey_percent);
	c->use_at = mono_add_sec(p->now, child_sending(p) ? grace_sec : 0);
	set_state(p, c, CHILD_READY, "quick mode finished");
}

void child_seen(struct ike_peer *p, struct child_pair *c)
{
	c->seen = p->now;
	c->proven = true;
}

static void use(struct ike_peer *p, struct child_pair *c, const char *why)
{
	struct child_pair *before = child_sending(p);

	act(p, IKE_ACT_CHILD_USE_OUT, c);
	if (before)
		set_state(p, before, CHILD_OLD, "another pair sends");
	set_state(p, c, CHILD_SENDING, why);
	c->superseded = MONO_NEVER;
	if (before)
		ike_log(p, false, "ipsec sa replaced old=%08x new=%08x why=\"%s\"",
		    before->sa.spi_in, c->sa.spi_in, why);
}

static void forget(struct ike_peer *p, struct child_pair *c, const char *why)
{
	act(p, IKE_ACT_CHILD_DEL_IN, c);
	set_state(p, c, CHILD_FREE, why);
	secret_wipe(c, sizeof(*c));
}

/* Outbound goes now, inbound lingers. A pair that can take over sends first. */
static void begin_dying(struct ike_peer *p, struct child_pair *c, const char *why)
{
	struct child_pair *next = best_but(p, c);

	if (c->state == CHILD_SENDING && next)
		use(p, next, "its predecessor was deleted");
	if (has_outbound(c))
		act(p, IKE_ACT_CHILD_DEL_OUT, c);
	c->del_in_at = mono_add_sec(p->now, LINGER_SEC);
	set_state(p, c, CHILD_DYING, why);
}

void child_deleted_by_peer(struct ike_peer *p, struct child_pair *c)
{
	if (!finished(c))
		return; /* unfinished ones belong to their exchange; dying ones are dying */
	ike_log(p, false, "ipsec sa deleted by the peer spi-in=%08x spi-out=%08x", c->sa.spi_in,
	    c->sa.spi_out);
	begin_dying(p, c, "deleted by the peer");
}

void child_abort(struct ike_peer *p, uint32_t spi_in)
{
	struct child_pair *c = child_find_in(p, spi_in);

	if (c && (c->state == CHILD_ADDING || c->state == CHILD_APPLIED))
		forget(p, c, "quick mode failed");
}

void child_remove(struct ike_peer *p, struct child_pair *c)
{
	if (has_outbound(c))
		act(p, IKE_ACT_CHILD_DEL_OUT, c);
	forget(p, c, "removed");
}

/* ---- time --------------------------------------------------------------- */

/* When a superseded pair gets its Delete. */
static mono_t retire_due(const struct child_pair *c, const struct child_pair *best)
{
	int64_t wait = RETIRE_OTHER_SEC;
	mono_t due, quiet = mono_add_sec(c->seen, QUIET_SEC);

	if (best->sa.initiator || c->sa.initiator)
		wait = ranks_above(c, best) ? RETIRE_HIGH_SEC : RETIRE_SEC;
	due = mono_add_sec(c->superseded, wait);
	if (mono_before(due, quiet))
		due = mono_min(quiet, mono_add_sec(due, RETIRE_BUSY_SEC));
	return due;
}

static void retire(struct ike_peer *p, struct child_pair *c, const char *why)
{
	info_send_delete_esp(p, &c->sa.spi_in, 1);
	c->repeat_delete_at = mono_add_sec(p->now, REPEAT_SEC);
	begin_dying(p, c, why);
}

void child_delete(struct ike_peer *p, struct child_pair *c)
{
	if (c->state == CHILD_DYING) {
		child_remove(p, c);
	} else if (finished(c)) {
		ike_log(p, false, "ipsec sa deleted by command spi-in=%08x spi-out=%08x",
		    c->sa.spi_in, c->sa.spi_out);
		retire(p, c, "deleted by command");
	}
}

static void tick_finished(struct ike_peer *p, struct child_pair *c, const struct child_pair *best)
{
	if (!mono_before(p->now, c->sa.hard)) {
		ike_log(p, false, "ipsec sa ends spi-in=%08x why=\"lifetime\"", c->sa.spi_in);
		info_send_delete_esp(p, &c->sa.spi_in, 1);
		child_remove(p, c);
		return;
	}
	if (c == best || best->state != CHILD_SENDING) {
		c->superseded = MONO_NEVER;
		return;
	}
	if (mono_is_never(c->superseded))
		c->superseded = p->now;
	if (!mono_before(p->now, retire_due(c, best)))
		retire(p, c, "superseded");
}

static void tick_dying(struct ike_peer *p, struct child_pair *c)
{
	if (!mono_before(p->now, c->repeat_delete_at)) {
		c->repeat_delete_at = MONO_NEVER;
		info_send_delete_esp(p, &c->sa.spi_in, 1);
	}
	if (!mono_before(p->now, c->del_in_at))
		forget(p, c, "lingered long enough");
}

void child_tick(struct ike_peer *p)
{
	struct child_pair *best = child_best(p);

	if (best && best->state != CHILD_SENDING &&
	    (!child_sending(p) || best->proven || !mono_before(p->now, best->use_at)))
		use(p, best, best->proven ? "the peer uses it" : "exchange finished");
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		struct child_pair *c = &p->child[i];

		if (c->state == CHILD_DYING)
			tick_dying(p, c);
		else if (finished(c))
			tick_finished(p, c, best);
	}
}

mono_t child_wake(const struct ike_peer *p)
{
	const struct child_pair *best = best_but(p, NULL);
	mono_t at = MONO_NEVER;

	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		const struct child_pair *c = &p->child[i];

		if (c->state == CHILD_DYING)
			at = mono_min(at, mono_min(c->repeat_delete_at, c->del_in_at));
		if (!finished(c))
			continue;
		at = mono_min(at, c->sa.hard);
		if (c == best && c->state != CHILD_SENDING)
			at = mono_min(at, c->use_at);
		if (c != best && !mono_is_never(c->superseded))
			at = mono_min(at, retire_due(c, best));
	}
	return at;
}
