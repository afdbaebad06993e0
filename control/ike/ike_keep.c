/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What should exist against what does: starts, rekeys and retries.
 *
 * Level-triggered: after each event the wanted state is compared with the lists, so that nothing
 * depends on having seen a particular event. Wanted, for a peer that we initiate to: one
 * established ISAKMP SA, renewed before it ends; one pair of IPsec SAs, likewise. For a peer that
 * we only respond to: nothing, it does all of that.
 *
 * Not here: how to negotiate (ikev1_main.c, ikev1_quick.c), which pair sends (ike_child.c).
 *
 * Timers: main_at and quick_at (back-off), rekey_at of the best SA and pair, retire_at of
 * superseded ISAKMP SAs, NAT keepalives. */
#include <string.h>

#include "control/ike/ike_peer.h"

#define RETIRE_SEC       10 /* a superseded ISAKMP SA: the peer moves its IPsec SAs meanwhile */
#define RETIRE_HIGH_SEC  45 /* the peer may hold it for the better one */
#define RETIRE_OTHER_SEC 60 /* the peer made both and did not delete it (strongSwan does not) */

static uint32_t retire_sec(const struct isakmp_sa *sa, const struct isakmp_sa *best)
{
	if (!best->initiator && !sa->initiator)
		return RETIRE_OTHER_SEC;
	return isakmp_ranks_above(sa, best) ? RETIRE_HIGH_SEC : RETIRE_SEC;
}

/* An older ISAKMP SA is deleted by who made either of the two, or in the end by us. */
static void supersede(struct ike_peer *p, struct isakmp_sa *best)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state != MAIN_ESTABLISHED)
			continue;
		if (sa == best)
			sa->retire_at = MONO_NEVER;
		else if (mono_is_never(sa->retire_at))
			sa->retire_at = mono_add_sec(p->now, retire_sec(sa, best));
	}
}

static bool wants_child(const struct ike_peer *p)
{
	const struct child_pair *best = child_best(p);

	return !best || best->rekey_now || !mono_before(p->now, best->rekey_at);
}

/* Nothing came for as long as DPD would wait, and no new SA can be made: DPD by other means. */
static bool silent(const struct ike_peer *p)
{
	uint32_t wait = p->config.dpd_interval_sec * p->config.dpd_count;

	return p->main_failures && !mono_before(p->now, mono_add_sec(p->heard, wait ? wait : 30));
}

static void initiate(struct ike_peer *p)
{
	struct isakmp_sa *best = isakmp_best(p);

	if (!best && child_best(p) && silent(p)) {
		ike_log(p, false, "peer is dead why=\"no answer and no ISAKMP SA\"");
		p->count.dpd_lost++;
		ike_forget_all(p);
		ike_peer_set_state(p, IKE_PEER_DEAD, "no answer from the peer");
		p->fault = IKE_FAULT_SILENT;
	}
	if (!isakmp_negotiating(p) && !mono_before(p->now, p->main_at)) {
		if (!best)
			main_start(p, "no ISAKMP SA");
		else if (!mono_before(p->now, best->rekey_at))
			main_start(p, "rekey");
	}
	if (best && !mono_before(p->now, p->quick_at) && wants_child(p) && !quick_busy(p))
		quick_start(p, child_best(p) ? "rekey" : "no IPsec SA");
}

/* RFC 3948 section 2.3: only who is behind the NAT keeps its mapping alive. */
static struct isakmp_sa *behind_nat(const struct ike_peer *p)
{
	struct isakmp_sa *sa = p->config.nat_keepalive_sec ? isakmp_best(p) : NULL;

	return sa && sa->nat_local && sa->local_port == IKE_NATT_PORT ? sa : NULL;
}

static void nat_keepalive(struct ike_peer *p)
{
	struct isakmp_sa *sa = behind_nat(p);
	const uint8_t byte = 0xff;

	if (!sa || mono_before(p->now, mono_add_sec(p->sent_natt, p->config.nat_keepalive_sec)))
		return;
	isakmp_transmit(p, sa, &byte, 1);
	p->out->action[p->out->count - 1].u.send.keepalive = true;
}

static void tell_state(struct ike_peer *p)
{
	if (child_sending(p))
		ike_peer_set_state(p, IKE_PEER_UP, "established");
	else if (p->state == IKE_PEER_UP)
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "the IPsec SA ended");
}

void keep_tick(struct ike_peer *p)
{
	struct isakmp_sa *best = isakmp_best(p);

	if (!p->started)
		return;
	if (best)
		supersede(p, best);
	if (p->config.initiate)
		initiate(p);
	nat_keepalive(p);
	tell_state(p);
}

mono_t keep_wake(const struct ike_peer *p)
{
	const struct isakmp_sa *best = isakmp_best(p);
	const struct child_pair *child = child_best(p);
	mono_t at = MONO_NEVER;

	if (!p->started)
		return MONO_NEVER;
	if (behind_nat(p))
		at = mono_add_sec(p->sent_natt, p->config.nat_keepalive_sec);
	if (!p->config.initiate)
		return at;
	if (!isakmp_negotiating(p)) {
		mono_t rekey = best ? best->rekey_at : p->main_at;

		at = mono_min(at, mono_before(rekey, p->main_at) ? p->main_at : rekey);
	}
	if (best && !quick_busy(p)) {
		mono_t rekey = child && !child->rekey_now ? child->rekey_at : p->quick_at;

		at = mono_min(at, mono_before(rekey, p->quick_at) ? p->quick_at : rekey);
	}
	return at;
}
