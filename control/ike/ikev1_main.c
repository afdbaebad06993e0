/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Main Mode with pre-shared keys, both roles: how an ISAKMP SA comes to be.
 *
 *   initiator                                    responder
 *   I_SA_SENT      message 1 sent                R_SA_SENT     message 2 sent
 *     | message 2                                  | message 3
 *   I_GENERATING   our key pair is made          R_GENERATING  our key pair is made
 *     | DH done: message 3 sent                    | DH done
 *   I_KE_SENT                                    R_COMPUTING   the secret is computed
 *     | message 4                                  | DH done: message 4 sent
 *   I_COMPUTING    the secret is computed        R_KE_SENT
 *     | DH done: message 5 sent, from port 4500    | message 5 with the right HASH_I:
 *   I_ID_SENT      when there is a NAT             |   message 6 sent
 *     | message 6 with the right HASH_R            |
 *     +-----------------> ESTABLISHED <------------+
 *
 * Any failure frees the slot; keep_tick() tries again later. Older SAs are untouched meanwhile.
 * What an event does is in ikev1_main_act.c; here are the machine, the look-up of messages, the
 * timers. Not in here: Aggressive Mode, signatures, XAUTH (refused in ike_peer.c), rekeying
 * (ike_keep.c).
 *
 * Timers: `sent.due` repeats our message (initiator only); `deadline` ends a negotiation that the
 * peer began (30 s); `retire_at`: a superseded SA gets its Delete; `expires`: end of life.
 *
 * RFC 2409 sections 5, 5.4; RFC 2408 sections 4.5, 5.1; RFC 3947 section 4. */
#include "control/ike/ikev1_main_act.h"

#include <stdio.h>
#include <string.h>

#define UNPROVEN_REPLAY 10 /* answers to duplicates before the peer is authenticated */

enum main_event { MAIN_EV_MESSAGE, MAIN_EV_DH_DONE, MAIN_EV_TIMEOUT };

/* ---- the machine -------------------------------------------------------- */

/* What an event carries: the message, parsed if it is in the clear; or the DH result. */
union main_arg {
	struct ike_rx *rx;
	const struct ike_event *event;
};

static void fsm_initiator(
    struct ike_peer *p, struct isakmp_sa *sa, enum main_event ev, union main_arg arg)
{
	switch (sa->state) {
	case MAIN_I_SA_SENT:
		switch (ev) {
		case MAIN_EV_MESSAGE: main_i_got_sa(p, sa, arg.rx); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_DH_DONE: break;
		}
		break;
	case MAIN_I_GENERATING:
		switch (ev) {
		case MAIN_EV_DH_DONE: main_i_generated(p, sa, arg.event); break;
		case MAIN_EV_MESSAGE:
		case MAIN_EV_TIMEOUT: break;
		}
		break;
	case MAIN_I_KE_SENT:
		switch (ev) {
		case MAIN_EV_MESSAGE: main_i_got_ke(p, sa, arg.rx); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_DH_DONE: break;
		}
		break;
	case MAIN_I_COMPUTING:
		switch (ev) {
		case MAIN_EV_DH_DONE: main_i_computed(p, sa, arg.event); break;
		case MAIN_EV_MESSAGE:
		case MAIN_EV_TIMEOUT: break;
		}
		break;
	case MAIN_I_ID_SENT:
		switch (ev) {
		case MAIN_EV_MESSAGE: main_i_got_id(p, sa, arg.rx); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_DH_DONE: break;
		}
		break;
	case MAIN_FREE:
	case MAIN_R_SA_SENT:
	case MAIN_R_GENERATING:
	case MAIN_R_COMPUTING:
	case MAIN_R_KE_SENT:
	case MAIN_ESTABLISHED: break;
	}
}

static void fsm_responder(
    struct ike_peer *p, struct isakmp_sa *sa, enum main_event ev, union main_arg arg)
{
	switch (sa->state) {
	case MAIN_R_SA_SENT:
		switch (ev) {
		case MAIN_EV_MESSAGE: main_r_got_ke(p, sa, arg.rx); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_DH_DONE: break;
		}
		break;
	case MAIN_R_GENERATING:
		switch (ev) {
		case MAIN_EV_DH_DONE: main_r_generated(p, sa, arg.event); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_MESSAGE: break;
		}
		break;
	case MAIN_R_COMPUTING:
		switch (ev) {
		case MAIN_EV_DH_DONE: main_r_computed(p, sa, arg.event); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_MESSAGE: break;
		}
		break;
	case MAIN_R_KE_SENT:
		switch (ev) {
		case MAIN_EV_MESSAGE: main_r_got_id(p, sa, arg.rx); break;
		case MAIN_EV_TIMEOUT: main_timed_out(p, sa); break;
		case MAIN_EV_DH_DONE: break;
		}
		break;
	case MAIN_FREE:
	case MAIN_I_SA_SENT:
	case MAIN_I_GENERATING:
	case MAIN_I_KE_SENT:
	case MAIN_I_COMPUTING:
	case MAIN_I_ID_SENT:
	case MAIN_ESTABLISHED: break;
	}
}

static void fsm(struct ike_peer *p, struct isakmp_sa *sa, enum main_event ev, union main_arg arg)
{
	(sa->initiator ? fsm_initiator : fsm_responder)(p, sa, ev, arg);
}

/* ---- input -------------------------------------------------------------- */

static bool zero_cookie(const uint8_t *cookie)
{
	static const uint8_t zero[ISAKMP_COOKIE_BYTES];

	return !memcmp(cookie, zero, sizeof(zero));
}

/* The negotiation a message belongs to. The first two messages do not know both cookies yet. */
static struct isakmp_sa *lookup(struct ike_peer *p, const struct ike_header *h)
{
	struct isakmp_sa *sa = isakmp_find(p, h->cookie_i, h->cookie_r);
	static const uint8_t zero[ISAKMP_COOKIE_BYTES];

	if (sa || zero_cookie(h->cookie_r))
		return sa;
	sa = isakmp_find(p, h->cookie_i, zero);
	return sa && sa->state == MAIN_I_SA_SENT ? sa : NULL;
}

/* Another copy of a message 1: its cookie has an SA already. */
static struct isakmp_sa *lookup_first(struct ike_peer *p, const struct ike_header *h)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state != MAIN_FREE &&
		    !memcmp(sa->cookie_i, h->cookie_i, sizeof(h->cookie_i)))
			return sa;
	}
	return NULL;
}

/* The message that our last one answered came again: the answer was lost. */
static void answer_again(struct ike_peer *p, struct isakmp_sa *sa)
{
	bool answered = sa->state == MAIN_R_SA_SENT || sa->state == MAIN_R_KE_SENT ||
			(sa->state == MAIN_ESTABLISHED && !sa->initiator);

	if (!answered)
		return;
	if (sa->state != MAIN_ESTABLISHED && sa->replays++ >= UNPROVEN_REPLAY)
		return;
	p->count.retransmits++;
	isakmp_transmit(p, sa, sa->sent.data, sa->sent.bytes);
}

/* Messages 5 and 6 are encrypted, the others are not. */
static bool clear_message(const struct isakmp_sa *sa)
{
	return sa->state != MAIN_I_ID_SENT && sa->state != MAIN_R_KE_SENT;
}

void main_input(struct ike_peer *p, struct ike_rx *rx)
{
	bool encrypted = rx->h.flags & ISAKMP_FLAG_ENCRYPTION;
	bool first = zero_cookie(rx->h.cookie_r);
	struct isakmp_sa *sa = first ? lookup_first(p, &rx->h) : lookup(p, &rx->h);

	if (sa && secret_equal(sa->rx_digest, rx->digest, sizeof(rx->digest))) {
		answer_again(p, sa);
		return;
	}
	if (rx->h.message_id || (first && (sa || encrypted)) || (!first && !sa)) {
		ike_drop(p, "main mode message of no negotiation");
		return;
	}
	if (sa && (sa->state == MAIN_ESTABLISHED || encrypted == clear_message(sa))) {
		ike_drop(p, "main mode message in the wrong state");
		return;
	}
	if (!encrypted && ike_payloads_parse(rx->h.next, rx->data + ISAKMP_HEADER_BYTES,
			      rx->bytes - ISAKMP_HEADER_BYTES, false, &rx->payloads)) {
		ike_drop(p, "malformed main mode message");
		return;
	}
	if (first)
		main_r_got_sa(p, rx);
	else
		fsm(p, sa, MAIN_EV_MESSAGE, (union main_arg){.rx = rx});
}

void main_dh_done(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	fsm(p, sa, MAIN_EV_DH_DONE, (union main_arg){.event = event});
}

void main_unreadable(struct ike_peer *p, struct isakmp_sa *sa)
{
	if (sa->state == MAIN_I_ID_SENT)
		main_mismatch(p, sa, "the peer answers message 5 with a notify under another key");
}

void main_hint(struct ike_peer *p, struct isakmp_sa *sa, uint16_t notify)
{
	if (sa->state == MAIN_FREE || sa->state == MAIN_ESTABLISHED || *sa->hint)
		return;
	sa->hint_notify = notify;
	snprintf(sa->hint, sizeof(sa->hint), "somebody said %s", ike_notify_name(notify));
	ike_log(p, false, "main mode unauthenticated notify type=%s state=%s%s",
	    ike_notify_name(notify), main_state_name(sa->state),
	    sa->state == MAIN_I_ID_SENT ? " reason=\"pre-shared key mismatch?\"" : "");
	main_tell_refusal(p, sa);
}

/* ---- time --------------------------------------------------------------- */

static void tick_established(struct ike_peer *p, struct isakmp_sa *sa)
{
	bool over = !mono_before(p->now, sa->expires);

	if (!over && (mono_before(p->now, sa->retire_at) || quick_uses(p, sa)))
		return;
	info_send_delete_isakmp(p, sa);
	isakmp_end(p, sa, over ? "lifetime" : "superseded");
}

void main_tick(struct ike_peer *p)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state == MAIN_FREE)
			continue;
		if (sa->state == MAIN_ESTABLISHED)
			tick_established(p, sa);
		else if (!mono_before(p->now, sa->deadline) || !isakmp_resend_due(p, sa, &sa->sent))
			fsm(p, sa, MAIN_EV_TIMEOUT, (union main_arg){.rx = NULL});
		else
			main_tell_silence(p, sa);
	}
}
