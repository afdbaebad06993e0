/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Quick Mode, both roles: how a pair of IPsec SAs comes to be under an established ISAKMP SA.
 *
 *   initiator                                     responder
 *   I_GENERATING  our key pair is made (PFS)      (message 1 with the right HASH(1))
 *     | DH done: message 1 sent                   R_GENERATING  our key pair is made (PFS)
 *   I_SENT                                          | DH done
 *     | message 2 with the right HASH(2)          R_COMPUTING   the secret is computed (PFS)
 *   I_COMPUTING   the secret is computed (PFS)      | DH done: inbound SA is added
 *     | DH done: inbound SA is added              R_APPLYING
 *   I_APPLYING                                      | applied: message 2 sent
 *     | applied: message 3 sent                   R_SENT
 *   I_DONE                                          | message 3, or a valid ESP packet
 *                                                 R_DONE
 *
 * What an event does is in ikev1_quick_act.c; here are the machine, its events and the timers.
 *
 * Inbound is in place before the message leaves that lets the peer send. When the outbound half is
 * used is ike_child.c's business. Every refusal leaves older SAs alone.
 *
 * Timers: `sent.due` repeats message 1 (I_SENT) or message 2 (R_SENT: nobody else would, if message
 * 3 is lost); `deadline` ends what hangs, and forgets finished exchanges after a minute.
 *
 * RFC 2409 section 5.5, RFC 2408 section 5.1. */
#include "control/ike/ikev1_quick_act.h"

#include <stdio.h>
#include <string.h>

enum quick_event { QUICK_EV_MESSAGE, QUICK_EV_DH_DONE, QUICK_EV_APPLIED, QUICK_EV_TIMEOUT };

/* ---- the machine -------------------------------------------------------- */

/* The peer may have lost the ISAKMP SA. IPsec SAs live on while we make a new one. */
static void unanswered(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = quick_sa(p, q);

	quick_fail(p, q, "the peer does not answer quick mode");
	if (!sa)
		return;
	info_send_delete_isakmp(p, sa);
	isakmp_end(p, sa, "the peer does not answer under it");
}

union quick_arg {
	struct ike_rx *rx;
	const struct ike_event *event;
};

static void fsm_initiator(struct ike_peer *p, struct quick *q, enum quick_event ev,
    struct isakmp_sa *sa, union quick_arg arg)
{
	switch (q->state) {
	case QUICK_I_GENERATING:
		switch (ev) {
		case QUICK_EV_DH_DONE: quick_i_generated(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: quick_fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_SENT:
		switch (ev) {
		case QUICK_EV_MESSAGE: quick_i_got_answer(p, q, sa, arg.rx); break;
		case QUICK_EV_TIMEOUT: unanswered(p, q); break;
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_COMPUTING:
		switch (ev) {
		case QUICK_EV_DH_DONE: quick_take_secret(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: quick_fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_APPLYING:
		switch (ev) {
		case QUICK_EV_APPLIED: quick_i_applied(p, q); break;
		case QUICK_EV_TIMEOUT:
			quick_fail(p, q, "the dataplane does not apply the SA");
			break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE: break;
		}
		break;
	case QUICK_I_DONE:
		switch (ev) {
		case QUICK_EV_TIMEOUT: quick_drop(p, q, "forgotten"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_FREE:
	case QUICK_R_GENERATING:
	case QUICK_R_COMPUTING:
	case QUICK_R_APPLYING:
	case QUICK_R_SENT:
	case QUICK_R_DONE: break;
	}
}

static void fsm_responder(struct ike_peer *p, struct quick *q, enum quick_event ev,
    struct isakmp_sa *sa, union quick_arg arg)
{
	switch (q->state) {
	case QUICK_R_GENERATING:
		switch (ev) {
		case QUICK_EV_DH_DONE: quick_r_generated(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: quick_fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_COMPUTING:
		switch (ev) {
		case QUICK_EV_DH_DONE: quick_take_secret(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: quick_fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_APPLYING:
		switch (ev) {
		case QUICK_EV_APPLIED: quick_r_applied(p, q); break;
		case QUICK_EV_TIMEOUT:
			quick_fail(p, q, "the dataplane does not apply the SA");
			break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE: break;
		}
		break;
	case QUICK_R_SENT:
		switch (ev) {
		case QUICK_EV_MESSAGE: quick_r_got_done(p, q, sa, arg.rx); break;
		case QUICK_EV_TIMEOUT:
			quick_fail(p, q, "the peer does not finish quick mode");
			break;
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_DONE:
		switch (ev) {
		case QUICK_EV_TIMEOUT: quick_drop(p, q, "forgotten"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_FREE:
	case QUICK_I_GENERATING:
	case QUICK_I_SENT:
	case QUICK_I_COMPUTING:
	case QUICK_I_APPLYING:
	case QUICK_I_DONE: break;
	}
}

static void fsm(struct ike_peer *p, struct quick *q, enum quick_event ev, struct isakmp_sa *sa,
    union quick_arg arg)
{
	(quick_initiator(q) ? fsm_initiator : fsm_responder)(p, q, ev, sa, arg);
}

/* ---- events ------------------------------------------------------------- */

void quick_input(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	struct quick *q = quick_find(p, sa, rx->h.message_id);

	if (!q) {
		quick_r_begin(p, sa, rx);
	} else if (!secret_equal(q->rx_digest, rx->digest, sizeof(q->rx_digest))) {
		fsm(p, q, QUICK_EV_MESSAGE, sa, (union quick_arg){.rx = rx});
	} else if (q->state == QUICK_R_SENT || q->state == QUICK_I_DONE) {
		struct child_pair *c = child_find_in(p, q->spi_in);

		/* Our answer was lost, and so the peer is not ready for the new pair yet. */
		p->count.retransmits++;
		isakmp_transmit(p, sa, q->sent.data, q->sent.bytes);
		if (c && c->state == CHILD_READY)
			c->use_at = mono_add_sec(p->now, QUICK_GRACE_INITIATOR_SEC);
	}
}

void quick_dh_done(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	fsm(p, q, QUICK_EV_DH_DONE, NULL, (union quick_arg){.event = event});
}

void quick_in_applied(struct ike_peer *p, uint32_t spi_in)
{
	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];

		if (q->state != QUICK_FREE && q->spi_in == spi_in)
			fsm(p, q, QUICK_EV_APPLIED, NULL, (union quick_arg){.rx = NULL});
	}
}

void quick_inbound_seen(struct ike_peer *p, uint32_t spi_in)
{
	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];

		if (q->state == QUICK_R_SENT && q->spi_in == spi_in)
			quick_complete(p, q, QUICK_R_DONE, "valid ESP packet");
	}
}

void quick_refused(struct ike_peer *p, const struct isakmp_sa *sa, uint16_t notify)
{
	char reason[100];

	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];

		if (!quick_belongs(q, sa) || q->state != QUICK_I_SENT)
			continue;
		snprintf(reason, sizeof(reason), "the peer refuses quick mode: %s",
		    ike_notify_name(notify));
		quick_fail_of(p, q, quick_fault(notify), reason);
	}
}

void quick_drop_of(struct ike_peer *p, const struct isakmp_sa *sa)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (quick_belongs(&p->quick[i], sa))
			quick_drop(p, &p->quick[i], "its ISAKMP SA goes");
	}
}

void quick_tick(struct ike_peer *p)
{
	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];
		struct isakmp_sa *sa = q->state != QUICK_FREE ? quick_sa(p, q) : NULL;
		bool waiting = q->state == QUICK_I_SENT || q->state == QUICK_R_SENT;

		if (q->state == QUICK_FREE)
			continue;
		if (waiting && sa ? !isakmp_resend_due(p, sa, &q->sent)
				  : !mono_before(p->now, q->deadline))
			fsm(p, q, QUICK_EV_TIMEOUT, sa, (union quick_arg){.rx = NULL});
	}
}

bool quick_busy(const struct ike_peer *p)
{
	for (size_t i = 0; i < QUICKS; i++) {
		const struct quick *q = &p->quick[i];

		if (q->state != QUICK_FREE && !quick_finished(q))
			return true;
	}
	return false;
}

bool quick_uses(const struct ike_peer *p, const struct isakmp_sa *sa)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (quick_belongs(&p->quick[i], sa) && !quick_finished(&p->quick[i]))
			return true;
	}
	return false;
}
