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
 * Inbound is in place before the message leaves that lets the peer send. When the outbound half is
 * used is ike_child.c's business. Every refusal leaves older SAs alone.
 *
 * Timers: `sent.due` repeats message 1 (I_SENT) or message 2 (R_SENT: nobody else would, if message
 * 3 is lost); `deadline` ends what hangs, and forgets finished exchanges after a minute.
 *
 * RFC 2409 section 5.5, RFC 2408 section 5.1. */
#include "control/ike/ikev1_quick_msg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HANG_SEC      60
#define FORGET_SEC    60
#define FAILURES_A_SA 3 /* so many in a row, and Phase 1 is renewed */
/* An older pair goes on sending that long when the peer gives no sign of using the new one. The
 * initiator must survive the loss of message 3, which the responder only knows when it has it. */
#define GRACE_INITIATOR_SEC 15
#define GRACE_RESPONDER_SEC 1

enum quick_event { QUICK_EV_MESSAGE, QUICK_EV_DH_DONE, QUICK_EV_APPLIED, QUICK_EV_TIMEOUT };

static const char *state_name(enum quick_state state)
{
	switch (state) {
	case QUICK_FREE: return "free";
	case QUICK_I_GENERATING: return "i-generating";
	case QUICK_I_SENT: return "i-sent";
	case QUICK_I_COMPUTING: return "i-computing";
	case QUICK_I_APPLYING: return "i-applying";
	case QUICK_I_DONE: return "i-done";
	case QUICK_R_GENERATING: return "r-generating";
	case QUICK_R_COMPUTING: return "r-computing";
	case QUICK_R_APPLYING: return "r-applying";
	case QUICK_R_SENT: return "r-sent";
	case QUICK_R_DONE: return "r-done";
	}
	return "?";
}

static void set_state(struct ike_peer *p, struct quick *q, enum quick_state state, const char *why)
{
	ike_log(p, true, "quick mode state id=%08x from=%s to=%s why=\"%s\"", q->message_id,
	    state_name(q->state), state_name(state), why);
	q->state = state;
}

static bool finished(const struct quick *q)
{
	return q->state == QUICK_I_DONE || q->state == QUICK_R_DONE;
}

static bool initiator(const struct quick *q)
{
	return q->state >= QUICK_I_GENERATING && q->state <= QUICK_I_DONE;
}

static bool belongs(const struct quick *q, const struct isakmp_sa *sa)
{
	return q->state != QUICK_FREE && !memcmp(q->cookie_i, sa->cookie_i, sizeof(q->cookie_i)) &&
	       !memcmp(q->cookie_r, sa->cookie_r, sizeof(q->cookie_r));
}

static struct isakmp_sa *sa_of(struct ike_peer *p, const struct quick *q)
{
	struct isakmp_sa *sa = isakmp_find(p, q->cookie_i, q->cookie_r);

	return sa && sa->state == MAIN_ESTABLISHED ? sa : NULL;
}

static struct quick *find(struct ike_peer *p, const struct isakmp_sa *sa, uint32_t message_id)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (belongs(&p->quick[i], sa) && p->quick[i].message_id == message_id)
			return &p->quick[i];
	}
	return NULL;
}

/* An empty slot, or that of the exchange that was finished longest ago. */
static struct quick *claim(struct ike_peer *p, const struct isakmp_sa *sa)
{
	struct quick *q = NULL;

	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *slot = &p->quick[i];

		if (slot->state == QUICK_FREE) {
			q = slot;
			break;
		}
		if (finished(slot) && (!q || mono_before(slot->deadline, q->deadline)))
			q = slot;
	}
	if (!q)
		return NULL;
	secret_wipe(q, sizeof(*q));
	memcpy(q->cookie_i, sa->cookie_i, sizeof(q->cookie_i));
	memcpy(q->cookie_r, sa->cookie_r, sizeof(q->cookie_r));
	q->began = p->now;
	q->deadline = mono_add_sec(p->now, HANG_SEC);
	q->sent.due = MONO_NEVER;
	return q;
}

/* Frees the slot. An SPI that no child took goes back; a child that was not finished goes away. */
static void drop(struct ike_peer *p, struct quick *q, const char *why)
{
	if (!finished(q) && q->spi_in) {
		if (child_find_in(p, q->spi_in))
			child_abort(p, q->spi_in);
		else
			p->env->spi_release(p->env->ctx, q->spi_in);
	}
	set_state(p, q, QUICK_FREE, why);
	secret_wipe(q, sizeof(*q));
}

static void fail(struct ike_peer *p, struct quick *q, const char *reason)
{
	struct isakmp_sa *sa = sa_of(p, q);
	bool ours = initiator(q);

	ike_log(p, false, "quick mode failed role=%s reason=\"%s\"",
	    ours ? "initiator" : "responder", reason);
	if (p->state != IKE_PEER_UP)
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "%s", reason);
	if (ours) {
		p->quick_at = mono_add_sec(ike_backoff(p, p->quick_failures++), 4);
		/* What Phase 1 found out without protection (NAT-D) may be wrong: ask anew. */
		if (sa && p->quick_failures % FAILURES_A_SA == 0)
			sa->rekey_at = p->now;
	}
	drop(p, q, "failed");
}

static void fail_and_say(struct ike_peer *p, struct quick *q, uint16_t notify, const char *reason)
{
	struct isakmp_sa *sa = sa_of(p, q);
	uint8_t spi[4];
	struct wr w = wr_init(spi, sizeof(spi));

	wr_u32(&w, q->spi_out);
	if (sa && ike_bucket_take(&p->notify_bucket, p->now))
		info_send_notify(
		    p, sa, IPSEC_PROTO_ESP, notify, spi, q->spi_out ? sizeof(spi) : 0, NULL, 0);
	fail(p, q, reason);
}

static const char *notify_reason(uint16_t notify)
{
	switch (notify) {
	case ISAKMP_N_NO_PROPOSAL_CHOSEN:
		return "no proposal chosen: phase 2 algorithms or PFS differ";
	case ISAKMP_N_INVALID_ID_INFORMATION:
		return "phase 2 IDs differ from the configured networks";
	case ISAKMP_N_INVALID_KEY_INFORMATION:
		return "the peer's phase 2 key exchange value is unusable";
	default: return "malformed quick mode message";
	}
}

/* ---- common to both roles
 * -------------------------------------------------------------------------- */

/* The keys are complete: the inbound SA is made. */
static void add_child(struct ike_peer *p, struct quick *q, struct ike_chunk secret)
{
	struct isakmp_sa *sa = sa_of(p, q);
	uint8_t nonces[2 * NONCE_MAX], rank[IKE_DIGEST_BYTES];
	struct ike_child child;
	int rc = sa ? quick_derive(p, sa, q, secret, &child) : -ENOENT;

	if (!rc) {
		child.initiator = initiator(q);
		memcpy(nonces, q->ni.data, q->ni.bytes);
		memcpy(nonces + q->ni.bytes, q->nr.data, q->nr.bytes);
		ike_digest(nonces, q->ni.bytes + q->nr.bytes, rank);
		rc = child_add(p, &child, rank, q->began);
	}
	secret_wipe(&child, sizeof(child));
	secret_wipe(&q->dh.secret, sizeof(q->dh.secret));
	if (rc == -ENOSPC) {
		fail_and_say(p, q, ISAKMP_N_NO_PROPOSAL_CHOSEN, "too many IPsec SAs");
		return;
	}
	if (rc) {
		fail(p, q, "key derivation failed here");
		return;
	}
	set_state(p, q, initiator(q) ? QUICK_I_APPLYING : QUICK_R_APPLYING, "keys derived");
}

/* The secret is there, or the peer's value was refused. */
static void take_secret(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	q->dh.id = 0;
	if (event->dh.error || event->dh.secret_bytes != ike_group_bytes(q->dh.group))
		fail_and_say(p, q, ISAKMP_N_INVALID_KEY_INFORMATION,
		    notify_reason(ISAKMP_N_INVALID_KEY_INFORMATION));
	else
		add_child(p, q, (struct ike_chunk){event->dh.secret, event->dh.secret_bytes});
}

static void complete(struct ike_peer *p, struct quick *q, enum quick_state done, const char *why)
{
	struct child_pair *c = child_find_in(p, q->spi_in);
	bool rekey = child_best(p) != NULL;

	q->sent.due = MONO_NEVER;
	q->deadline = mono_add_sec(p->now, FORGET_SEC);
	set_state(p, q, done, why);
	p->count.rekeys_phase2 += rekey;
	p->quick_failures = 0;
	if (!c)
		return;
	ike_log(p, false,
	    "quick mode established role=%s spi-in=%08x spi-out=%08x lifetime=%u encap=%s rekey=%s",
	    done == QUICK_I_DONE ? "initiator" : "responder", q->spi_in, q->spi_out, q->life_sec,
	    c->sa.udp_encap ? "udp" : "none", rekey ? "yes" : "no");
	child_complete(p, c, done == QUICK_I_DONE ? GRACE_INITIATOR_SEC : GRACE_RESPONDER_SEC);
}

/* ---- initiator
 * ------------------------------------------------------------------------------------ */

static void i_send_offer(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = sa_of(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!sa) {
		fail(p, q, "the ISAKMP SA is gone");
		return;
	}
	bytes = quick_write_offer(p, sa, q, data, sizeof(data));
	set_state(p, q, QUICK_I_SENT, "message 1");
	isakmp_send(p, sa, &q->sent, data, bytes, true);
}

void quick_start(struct ike_peer *p, const char *why)
{
	struct isakmp_sa *sa = isakmp_best(p);
	struct quick *q = sa ? claim(p, sa) : NULL;

	if (!q)
		return;
	q->spi_in = p->env->spi_reserve(p->env->ctx);
	do {
		q->message_id = ike_random_id(p);
	} while (!ike_seen_add(&sa->seen_quick, q->message_id));
	ike_nonce_make(p, &q->ni);
	q->dh.group = quick_pfs_group(&p->config);
	q->pfs = q->dh.group != IKE_GROUP_NONE;
	q->life_sec = p->config.sa_lifetime_sec;
	set_state(p, q, QUICK_I_GENERATING, why);
	if (!q->spi_in) {
		fail(p, q, "no free SPI");
		return;
	}
	if (ike_keys_iv_phase2(&sa->keys, sa->iv, q->message_id, q->iv)) {
		fail(p, q, "no memory");
		return;
	}
	ike_log(p, true, "quick mode started role=initiator why=\"%s\"", why);
	if (q->pfs)
		ike_dh_ask(p, &q->dh, IKE_DH_GENERATE);
	else
		i_send_offer(p, q);
}

static void i_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	if (ike_dh_take_pair(&q->dh, event))
		fail(p, q, "Diffie-Hellman failed here");
	else
		i_send_offer(p, q);
}

static void i_got_answer(
    struct ike_peer *p, struct quick *q, struct isakmp_sa *sa, struct ike_rx *rx)
{
	uint8_t iv[IKE_CBC_BLOCK];
	uint16_t notify;

	memcpy(iv, q->iv, sizeof(iv));
	if (isakmp_open_hashed(sa, rx, (struct ike_chunk){q->ni.data, q->ni.bytes}, iv)) {
		ike_drop(p, "quick mode message 2 with a wrong HASH(2)");
		return;
	}
	memcpy(q->iv, iv, sizeof(iv));
	memcpy(q->rx_digest, rx->digest, sizeof(q->rx_digest));
	ike_heard(p, sa);
	isakmp_follow(p, sa, rx);
	q->sent.due = MONO_NEVER;
	notify = quick_read_answer(p, sa, q, rx);
	if (notify) {
		fail_and_say(p, q, notify, notify_reason(notify));
		return;
	}
	if (q->pfs) {
		set_state(p, q, QUICK_I_COMPUTING, "message 2");
		ike_dh_ask(p, &q->dh, IKE_DH_SHARED);
	} else {
		add_child(p, q, (struct ike_chunk){NULL, 0});
	}
}

static void i_applied(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = sa_of(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes = sa ? quick_write_done(sa, q, data, sizeof(data)) : 0;

	if (!bytes) {
		fail(p, q, "the ISAKMP SA is gone");
		return;
	}
	isakmp_send(p, sa, &q->sent, data, bytes, false);
	complete(p, q, QUICK_I_DONE, "inbound applied, message 3");
}

/* ---- responder
 * ------------------------------------------------------------------------------------- */

static void r_begin(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	uint8_t iv[IKE_CBC_BLOCK];
	struct quick *q;
	uint16_t notify;

	if (ike_keys_iv_phase2(&sa->keys, sa->iv, rx->h.message_id, iv) ||
	    isakmp_open_hashed(sa, rx, (struct ike_chunk){NULL, 0}, iv)) {
		ike_drop(p, "quick mode message 1 with a wrong HASH(1)");
		return;
	}
	if (!ike_seen_add(&sa->seen_quick, rx->h.message_id)) {
		ike_drop(p, "quick mode message ID used before");
		return;
	}
	ike_heard(p, sa);
	isakmp_follow(p, sa, rx);
	q = claim(p, sa);
	if (!q) {
		ike_drop(p, "too many quick mode exchanges");
		return;
	}
	q->message_id = rx->h.message_id;
	memcpy(q->iv, iv, sizeof(iv));
	memcpy(q->rx_digest, rx->digest, sizeof(q->rx_digest));
	set_state(p, q, QUICK_R_GENERATING, "message 1");
	notify = quick_read_offer(p, sa, q, rx);
	if (notify) {
		fail_and_say(p, q, notify, notify_reason(notify));
		return;
	}
	q->spi_in = p->env->spi_reserve(p->env->ctx);
	if (!q->spi_in) {
		fail(p, q, "no free SPI");
		return;
	}
	ike_nonce_make(p, &q->nr);
	if (q->pfs)
		ike_dh_ask(p, &q->dh, IKE_DH_GENERATE);
	else
		add_child(p, q, (struct ike_chunk){NULL, 0});
}

static void r_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	if (ike_dh_take_pair(&q->dh, event)) {
		fail(p, q, "Diffie-Hellman failed here");
		return;
	}
	set_state(p, q, QUICK_R_COMPUTING, "key pair made");
	ike_dh_ask(p, &q->dh, IKE_DH_SHARED);
}

static void r_applied(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = sa_of(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes = sa ? quick_write_answer(p, sa, q, data, sizeof(data)) : 0;

	if (!bytes) {
		fail(p, q, "the ISAKMP SA is gone");
		return;
	}
	set_state(p, q, QUICK_R_SENT, "inbound applied, message 2");
	isakmp_send(p, sa, &q->sent, data, bytes, true);
}

static void r_got_done(struct ike_peer *p, struct quick *q, struct isakmp_sa *sa, struct ike_rx *rx)
{
	if (quick_read_done(sa, q, rx)) {
		ike_drop(p, "quick mode message 3 with a wrong HASH(3)");
		return;
	}
	memcpy(q->rx_digest, rx->digest, sizeof(q->rx_digest));
	ike_heard(p, sa);
	isakmp_follow(p, sa, rx);
	complete(p, q, QUICK_R_DONE, "message 3");
}

/* ---- the machine
 * ------------------------------------------------------------------------------------ */

/* Silence under an ISAKMP SA: the peer may have lost it. IPsec SAs live on while we make a new one.
 */
static void unanswered(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = sa_of(p, q);

	fail(p, q, "the peer does not answer quick mode");
	if (!sa)
		return;
	ike_log(p, false, "isakmp sa ends why=\"the peer does not answer under it\"");
	info_send_delete_isakmp(p, sa);
	quick_drop_of(p, sa);
	isakmp_free(sa);
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
		case QUICK_EV_DH_DONE: i_generated(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_SENT:
		switch (ev) {
		case QUICK_EV_MESSAGE: i_got_answer(p, q, sa, arg.rx); break;
		case QUICK_EV_TIMEOUT: unanswered(p, q); break;
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_COMPUTING:
		switch (ev) {
		case QUICK_EV_DH_DONE: take_secret(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_I_APPLYING:
		switch (ev) {
		case QUICK_EV_APPLIED: i_applied(p, q); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "the dataplane does not apply the SA"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE: break;
		}
		break;
	case QUICK_I_DONE:
		switch (ev) {
		case QUICK_EV_TIMEOUT: drop(p, q, "forgotten"); break;
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
		case QUICK_EV_DH_DONE: r_generated(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_COMPUTING:
		switch (ev) {
		case QUICK_EV_DH_DONE: take_secret(p, q, arg.event); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "Diffie-Hellman takes too long"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_APPLYING:
		switch (ev) {
		case QUICK_EV_APPLIED: r_applied(p, q); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "the dataplane does not apply the SA"); break;
		case QUICK_EV_MESSAGE:
		case QUICK_EV_DH_DONE: break;
		}
		break;
	case QUICK_R_SENT:
		switch (ev) {
		case QUICK_EV_MESSAGE: r_got_done(p, q, sa, arg.rx); break;
		case QUICK_EV_TIMEOUT: fail(p, q, "the peer does not finish quick mode"); break;
		case QUICK_EV_DH_DONE:
		case QUICK_EV_APPLIED: break;
		}
		break;
	case QUICK_R_DONE:
		switch (ev) {
		case QUICK_EV_TIMEOUT: drop(p, q, "forgotten"); break;
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
	(initiator(q) ? fsm_initiator : fsm_responder)(p, q, ev, sa, arg);
}

/* ---- events
 * -------------------------------------------------------------------------------------------- */

void quick_input(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	struct quick *q = find(p, sa, rx->h.message_id);

	if (!q) {
		r_begin(p, sa, rx);
	} else if (!secret_equal(q->rx_digest, rx->digest, sizeof(q->rx_digest))) {
		fsm(p, q, QUICK_EV_MESSAGE, sa, (union quick_arg){.rx = rx});
	} else if (q->state == QUICK_R_SENT || q->state == QUICK_I_DONE) {
		struct child_pair *c = child_find_in(p, q->spi_in);

		/* Our answer was lost, and so the peer is not ready for the new pair yet. */
		p->count.retransmits++;
		isakmp_transmit(p, sa, q->sent.data, q->sent.bytes);
		if (c && c->state == CHILD_READY)
			c->use_at = mono_add_sec(p->now, GRACE_INITIATOR_SEC);
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
			complete(p, q, QUICK_R_DONE, "valid ESP packet");
	}
}

void quick_refused(struct ike_peer *p, const struct isakmp_sa *sa, uint16_t notify)
{
	char reason[100];

	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];

		if (!belongs(q, sa) || q->state != QUICK_I_SENT)
			continue;
		snprintf(reason, sizeof(reason), "the peer refuses quick mode: %s",
		    ike_notify_name(notify));
		fail(p, q, reason);
	}
}

void quick_drop_of(struct ike_peer *p, const struct isakmp_sa *sa)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (belongs(&p->quick[i], sa))
			drop(p, &p->quick[i], "its ISAKMP SA goes");
	}
}

void quick_tick(struct ike_peer *p)
{
	for (size_t i = 0; i < QUICKS; i++) {
		struct quick *q = &p->quick[i];
		struct isakmp_sa *sa = q->state != QUICK_FREE ? sa_of(p, q) : NULL;
		bool waiting = q->state == QUICK_I_SENT || q->state == QUICK_R_SENT;

		if (q->state == QUICK_FREE)
			continue;
		if (waiting && sa ? !isakmp_resend_due(p, sa, &q->sent)
				  : !mono_before(p->now, q->deadline))
			fsm(p, q, QUICK_EV_TIMEOUT, sa, (union quick_arg){.rx = NULL});
	}
}

bool quick_busy(const struct ike_peer *p, bool initiator_only)
{
	for (size_t i = 0; i < QUICKS; i++) {
		const struct quick *q = &p->quick[i];

		if (q->state != QUICK_FREE && !finished(q) && (initiator(q) || !initiator_only))
			return true;
	}
	return false;
}

bool quick_uses(const struct ike_peer *p, const struct isakmp_sa *sa)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (belongs(&p->quick[i], sa) && !finished(&p->quick[i]))
			return true;
	}
	return false;
}
