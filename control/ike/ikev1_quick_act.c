/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the events of Quick Mode do, both roles: read, decide, answer. The machine that calls these,
 * and its diagram, are in ikev1_quick.c; the bytes of the messages in ikev1_quick_msg.c.
 *
 * A message with a wrong HASH is dropped without a change; a refusal ends this exchange and leaves
 * older SAs alone. RFC 2409 section 5.5. */
#include "control/ike/ikev1_quick_act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HANG_SEC      60
#define FORGET_SEC    60
#define FAILURES_A_SA 3 /* so many in a row, and Phase 1 is renewed */

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

bool quick_finished(const struct quick *q)
{
	return q->state == QUICK_I_DONE || q->state == QUICK_R_DONE;
}

bool quick_initiator(const struct quick *q)
{
	return q->state >= QUICK_I_GENERATING && q->state <= QUICK_I_DONE;
}

bool quick_belongs(const struct quick *q, const struct isakmp_sa *sa)
{
	return q->state != QUICK_FREE && !memcmp(q->cookie_i, sa->cookie_i, sizeof(q->cookie_i)) &&
	       !memcmp(q->cookie_r, sa->cookie_r, sizeof(q->cookie_r));
}

struct isakmp_sa *quick_sa(struct ike_peer *p, const struct quick *q)
{
	struct isakmp_sa *sa = isakmp_find(p, q->cookie_i, q->cookie_r);

	return sa && sa->state == MAIN_ESTABLISHED ? sa : NULL;
}

struct quick *quick_find(struct ike_peer *p, const struct isakmp_sa *sa, uint32_t message_id)
{
	for (size_t i = 0; i < QUICKS; i++) {
		if (quick_belongs(&p->quick[i], sa) && p->quick[i].message_id == message_id)
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
		if (quick_finished(slot) && (!q || mono_before(slot->deadline, q->deadline)))
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
void quick_drop(struct ike_peer *p, struct quick *q, const char *why)
{
	if (!quick_finished(q) && q->spi_in) {
		if (child_find_in(p, q->spi_in))
			child_abort(p, q->spi_in);
		else
			p->env->spi_release(p->env->ctx, q->spi_in);
	}
	set_state(p, q, QUICK_FREE, why);
	secret_wipe(q, sizeof(*q));
}

void quick_fail_of(struct ike_peer *p, struct quick *q, enum ike_fault fault, const char *reason)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	bool ours = quick_initiator(q);

	ike_log(p, false, "quick mode failed role=%s reason=\"%s\"",
	    ours ? "initiator" : "responder", reason);
	if (p->state != IKE_PEER_UP) {
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "%s", reason);
		p->fault = fault;
	}
	if (ours) {
		p->quick_at = mono_add_sec(ike_backoff(p, p->quick_failures++), 4);
		/* What Phase 1 found out without protection (NAT-D) may be wrong: ask anew. */
		if (sa && p->quick_failures % FAILURES_A_SA == 0)
			sa->rekey_at = p->now;
	}
	quick_drop(p, q, "failed");
}

void quick_fail(struct ike_peer *p, struct quick *q, const char *reason)
{
	quick_fail_of(p, q, IKE_FAULT_OTHER, reason);
}

enum ike_fault quick_fault(uint16_t notify)
{
	switch (notify) {
	case ISAKMP_N_NO_PROPOSAL_CHOSEN: return IKE_FAULT_PROPOSAL;
	case ISAKMP_N_INVALID_ID_INFORMATION: return IKE_FAULT_NETWORKS;
	default: return IKE_FAULT_OTHER;
	}
}

static void fail_and_say(struct ike_peer *p, struct quick *q, uint16_t notify, const char *reason)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	uint8_t spi[4];
	struct wr w = wr_init(spi, sizeof(spi));

	wr_u32(&w, q->spi_out);
	if (sa && ike_bucket_take(&p->notify_bucket, p->now))
		info_send_notify(
		    p, sa, IPSEC_PROTO_ESP, notify, spi, q->spi_out ? sizeof(spi) : 0, NULL, 0);
	quick_fail_of(p, q, quick_fault(notify), reason);
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

/* ---- common to both roles ----------------------------------------------- */

/* The keys are complete: the inbound SA is made. */
static void add_child(struct ike_peer *p, struct quick *q, struct ike_chunk secret)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	uint8_t nonces[2 * NONCE_MAX], rank[IKE_DIGEST_BYTES];
	struct ike_child child;
	int rc = sa ? quick_derive(p, sa, q, secret, &child) : -ENOENT;

	if (!rc) {
		child.initiator = quick_initiator(q);
		memcpy(nonces, q->ni.data, q->ni.bytes);
		memcpy(nonces + q->ni.bytes, q->nr.data, q->nr.bytes);
		ike_digest(nonces, q->ni.bytes + q->nr.bytes, rank);
		rc = child_add(p, &child, rank, q->began);
	}
	secret_wipe(&child, sizeof(child));
	secret_wipe(&q->dh.secret, sizeof(q->dh.secret));
	if (rc == -ENOSPC) {
		fail_and_say(p, q, ISAKMP_N_NO_PROPOSAL_CHOSEN, "too many IPsec SAs");
		p->fault = IKE_FAULT_OTHER; /* it is our room that lacks */
		return;
	}
	if (rc) {
		quick_fail(p, q, "key derivation failed here");
		return;
	}
	set_state(p, q, quick_initiator(q) ? QUICK_I_APPLYING : QUICK_R_APPLYING, "keys derived");
}

/* The secret is there, or the peer's value was refused. */
void quick_take_secret(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	q->dh.id = 0;
	if (event->dh.error || event->dh.secret_bytes != ike_group_bytes(q->dh.group))
		fail_and_say(p, q, ISAKMP_N_INVALID_KEY_INFORMATION,
		    notify_reason(ISAKMP_N_INVALID_KEY_INFORMATION));
	else
		add_child(p, q, (struct ike_chunk){event->dh.secret, event->dh.secret_bytes});
}

void quick_complete(struct ike_peer *p, struct quick *q, enum quick_state done, const char *why)
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
	child_complete(
	    p, c, done == QUICK_I_DONE ? QUICK_GRACE_INITIATOR_SEC : QUICK_GRACE_RESPONDER_SEC);
}

/* ---- initiator ---------------------------------------------------------- */

static void i_send_offer(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!sa) {
		quick_fail(p, q, "the ISAKMP SA is gone");
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
		quick_fail(p, q, "no free SPI");
		return;
	}
	if (ike_keys_iv_phase2(&sa->keys, sa->iv, q->message_id, q->iv)) {
		quick_fail(p, q, "no memory");
		return;
	}
	ike_log(p, true, "quick mode started role=initiator why=\"%s\"", why);
	if (q->pfs)
		ike_dh_ask(p, &q->dh, IKE_DH_GENERATE);
	else
		i_send_offer(p, q);
}

void quick_i_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	if (ike_dh_take_pair(&q->dh, event))
		quick_fail(p, q, "Diffie-Hellman failed here");
	else
		i_send_offer(p, q);
}

void quick_i_got_answer(
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

void quick_i_applied(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes = sa ? quick_write_done(sa, q, data, sizeof(data)) : 0;

	if (!bytes) {
		quick_fail(p, q, "the ISAKMP SA is gone");
		return;
	}
	isakmp_send(p, sa, &q->sent, data, bytes, false);
	quick_complete(p, q, QUICK_I_DONE, "inbound applied, message 3");
}

/* ---- responder ---------------------------------------------------------- */

void quick_r_begin(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
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
		quick_fail(p, q, "no free SPI");
		return;
	}
	ike_nonce_make(p, &q->nr);
	if (q->pfs)
		ike_dh_ask(p, &q->dh, IKE_DH_GENERATE);
	else
		add_child(p, q, (struct ike_chunk){NULL, 0});
}

void quick_r_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event)
{
	if (ike_dh_take_pair(&q->dh, event)) {
		quick_fail(p, q, "Diffie-Hellman failed here");
		return;
	}
	set_state(p, q, QUICK_R_COMPUTING, "key pair made");
	ike_dh_ask(p, &q->dh, IKE_DH_SHARED);
}

void quick_r_applied(struct ike_peer *p, struct quick *q)
{
	struct isakmp_sa *sa = quick_sa(p, q);
	uint8_t data[OWN_BYTES];
	size_t bytes = sa ? quick_write_answer(p, sa, q, data, sizeof(data)) : 0;

	if (!bytes) {
		quick_fail(p, q, "the ISAKMP SA is gone");
		return;
	}
	set_state(p, q, QUICK_R_SENT, "inbound applied, message 2");
	isakmp_send(p, sa, &q->sent, data, bytes, true);
}

void quick_r_got_done(struct ike_peer *p, struct quick *q, struct isakmp_sa *sa, struct ike_rx *rx)
{
	if (quick_read_done(sa, q, rx)) {
		ike_drop(p, "quick mode message 3 with a wrong HASH(3)");
		return;
	}
	memcpy(q->rx_digest, rx->digest, sizeof(q->rx_digest));
	ike_heard(p, sa);
	isakmp_follow(p, sa, rx);
	quick_complete(p, q, QUICK_R_DONE, "message 3");
}
