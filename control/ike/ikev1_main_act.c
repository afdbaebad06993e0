/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the events of Main Mode do, both roles: read, decide, answer. The machine that calls these,
 * and its diagram, are in ikev1_main.c; the bytes of the messages in ikev1_main_msg.c.
 *
 * A message that is not authentic is dropped without a change. One that is malformed, or names what
 * we did not offer, ends this negotiation and no other. RFC 2409 section 5.4. */
#include "control/ike/ikev1_main_act.h"

#include <stdio.h>
#include <string.h>

#define HALF_OPEN_SEC 30
#define SILENT_TRIES  3 /* of message 1 once more: 7 seconds */

const char *main_state_name(enum main_state state)
{
	switch (state) {
	case MAIN_FREE: return "free";
	case MAIN_I_SA_SENT: return "i-sa-sent";
	case MAIN_I_GENERATING: return "i-generating";
	case MAIN_I_KE_SENT: return "i-ke-sent";
	case MAIN_I_COMPUTING: return "i-computing";
	case MAIN_I_ID_SENT: return "i-id-sent";
	case MAIN_R_SA_SENT: return "r-sa-sent";
	case MAIN_R_GENERATING: return "r-generating";
	case MAIN_R_COMPUTING: return "r-computing";
	case MAIN_R_KE_SENT: return "r-ke-sent";
	case MAIN_ESTABLISHED: return "established";
	}
	return "?";
}

/* The only assignment of isakmp_sa.state, but for isakmp_free(). */
static void set_state(
    struct ike_peer *p, struct isakmp_sa *sa, enum main_state state, const char *why)
{
	ike_log(p, true, "main mode state from=%s to=%s why=\"%s\"", main_state_name(sa->state),
	    main_state_name(state), why);
	sa->state = state;
}

/* ---- ends --------------------------------------------------------------- */

/* The negotiation is over without an SA. */
static void fail(struct ike_peer *p, struct isakmp_sa *sa, enum ike_fault fault, const char *reason)
{
	bool ours = sa->initiator;

	ike_log(p, false, "main mode failed role=%s state=%s reason=\"%s\"",
	    ours ? "initiator" : "responder", main_state_name(sa->state), reason);
	if (p->state != IKE_PEER_UP) {
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "%s", reason);
		p->fault = fault;
	}
	set_state(p, sa, MAIN_FREE, "failed");
	isakmp_free(sa);
	if (ours)
		p->main_at = ike_backoff(p, p->main_failures++);
}

static void fail_and_say(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx,
    uint16_t notify, const char *reason)
{
	info_send_clear(p, rx, sa->cookie_r, notify);
	fail(p, sa, notify == ISAKMP_N_NO_PROPOSAL_CHOSEN ? IKE_FAULT_PROPOSAL : IKE_FAULT_OTHER,
	    reason);
}

void main_timed_out(struct ike_peer *p, struct isakmp_sa *sa)
{
	enum ike_fault fault = IKE_FAULT_SILENT;
	char reason[120];

	switch (sa->state) {
	case MAIN_I_SA_SENT:
		if (sa->hint_notify == ISAKMP_N_NO_PROPOSAL_CHOSEN)
			fault = IKE_FAULT_PROPOSAL;
		snprintf(reason, sizeof(reason), "no answer from the peer%s%s",
		    *sa->hint ? ", but " : "", sa->hint);
		break;
	case MAIN_I_ID_SENT:
		fault = IKE_FAULT_KEY;
		snprintf(reason, sizeof(reason),
		    "pre-shared key mismatch? message 5 stays unanswered%s%s",
		    *sa->hint ? ", but " : "", sa->hint);
		break;
	case MAIN_FREE:
	case MAIN_I_GENERATING:
	case MAIN_I_KE_SENT:
	case MAIN_I_COMPUTING:
	case MAIN_R_SA_SENT:
	case MAIN_R_GENERATING:
	case MAIN_R_COMPUTING:
	case MAIN_R_KE_SENT:
	case MAIN_ESTABLISHED:
		fault = sa->told_mismatch ? IKE_FAULT_KEY : IKE_FAULT_SILENT;
		snprintf(reason, sizeof(reason), "%s",
		    sa->told_mismatch ? "pre-shared key mismatch? the peer cannot prove it"
				      : "the peer stopped answering");
		break;
	}
	fail(p, sa, fault, reason);
}

/* Our negotiation, while there is nothing else to say. */
static bool is_untold(const struct ike_peer *p, const struct isakmp_sa *sa)
{
	return sa->initiator && p->state == IKE_PEER_CONNECTING &&
	       (p->fault == IKE_FAULT_OTHER || p->fault == IKE_FAULT_SILENT);
}

void main_tell_refusal(struct ike_peer *p, const struct isakmp_sa *sa)
{
	if (!is_untold(p, sa) || sa->hint_notify != ISAKMP_N_NO_PROPOSAL_CHOSEN)
		return;
	ike_peer_set_state(p, p->state, "negotiating; the peer says (unauthenticated) %s",
	    ike_notify_name(sa->hint_notify));
	p->fault = IKE_FAULT_PROPOSAL;
}

void main_tell_silence(struct ike_peer *p, const struct isakmp_sa *sa)
{
	char remote[IP_ADDR_TEXT_BYTES];

	if (!is_untold(p, sa) || p->fault == IKE_FAULT_SILENT || sa->state != MAIN_I_SA_SENT ||
	    sa->sent.tries < SILENT_TRIES)
		return;
	ike_peer_set_state(
	    p, p->state, "no answer to IKE from %s", ip_addr_format(&p->config.remote, remote));
	p->fault = IKE_FAULT_SILENT;
}

void main_mismatch(struct ike_peer *p, struct isakmp_sa *sa, const char *what)
{
	if (sa->told_mismatch)
		return;
	sa->told_mismatch = true;
	ike_log(p, false, "main mode authentication failed reason=\"pre-shared key mismatch? %s\"",
	    what);
	if (p->state != IKE_PEER_UP) {
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "pre-shared key mismatch? %s", what);
		p->fault = IKE_FAULT_KEY;
	}
}

/* Dropped without a change, so that a forged message 5 or 6 does not end the negotiation. */
static void unauthentic(struct ike_peer *p, struct isakmp_sa *sa, const char *what)
{
	ike_drop(p, what);
	main_mismatch(p, sa, what);
}

/* The peer says that it knows nothing of earlier SAs: they are of no use any more. Those that came
 * to be while this one was negotiated crossed it: the peer took part in them, and knows them. */
static void initial_contact(struct ike_peer *p, const struct isakmp_sa *keep)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa == keep || sa->state != MAIN_ESTABLISHED ||
		    !mono_before(sa->established, keep->began))
			continue;
		isakmp_end(p, sa, "INITIAL-CONTACT");
	}
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		struct child_pair *c = &p->child[i];

		if (c->state != CHILD_FREE && mono_before(c->born, keep->began))
			child_remove(p, c);
	}
}

static void establish(struct ike_peer *p, struct isakmp_sa *sa, const struct main_id *id)
{
	bool rekey = isakmp_best(p) != NULL;

	if (id->initial_contact)
		initial_contact(p, sa);
	sa->established = p->now;
	sa->expires = mono_add_sec(p->now, sa->life_sec);
	sa->rekey_at = ike_rekey_time(p, p->now, sa->life_sec, p->config.ike_rekey_percent);
	sa->deadline = sa->sent.due = MONO_NEVER;
	secret_wipe(&sa->dh, sizeof(sa->dh));
	secret_wipe(&sa->ni, sizeof(sa->ni));
	secret_wipe(&sa->nr, sizeof(sa->nr));
	secret_wipe(sa->keys.skeyid, sizeof(sa->keys.skeyid)); /* only HASH_I and HASH_R need it */
	set_state(p, sa, MAIN_ESTABLISHED, "authenticated");
	p->count.rekeys_phase1 += rekey;
	p->main_failures = 0;
	p->main_at = p->now;
	/* The initiator of Phase 1 goes on with Phase 2; we only do when it does not. */
	p->quick_at = sa->initiator ? p->now : mono_add_sec(p->now, 2);
	ike_heard(p, sa);
	ike_log(p, false, "main mode established role=%s peer=%s lifetime=%u nat=%s%s",
	    sa->initiator ? "initiator" : "responder", id->text, sa->life_sec,
	    sa->nat_local    ? "local"
	    : sa->nat_remote ? "remote"
			     : "none",
	    id->initial_contact ? " initial-contact=yes" : "");
}

/* ---- initiator ---------------------------------------------------------- */

void main_start(struct ike_peer *p, const char *why)
{
	struct isakmp_sa *sa = isakmp_new(p, true);
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!sa)
		return;
	do {
		p->env->random(p->env->ctx, sa->cookie_i, sizeof(sa->cookie_i));
	} while (!sa->cookie_i[0]); /* all zero means "none yet" */
	set_state(p, sa, MAIN_I_SA_SENT, why);
	ike_log(p, false, "main mode started role=initiator why=\"%s\"", why);
	bytes = main_write_sa(p, sa, NULL, data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, true);
}

static void note_vendors(struct isakmp_sa *sa, const struct ike_rx *rx)
{
	sa->peer_dpd |= rx->payloads.vendor_dpd;
	sa->peer_natt |= rx->payloads.vendor_natt;
}

void main_i_got_sa(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	const struct ike_payload *body = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_SA);
	struct ike_phase1 t;

	memcpy(sa->cookie_r, rx->h.cookie_r, sizeof(sa->cookie_r));
	if (!body || ike_proposal_choose_phase1(body->body, body->bytes, &p->config, true, &t)) {
		fail_and_say(p, sa, rx, ISAKMP_N_NO_PROPOSAL_CHOSEN,
		    "the peer answered with what we did not offer");
		return;
	}
	memcpy(sa->rx_digest, rx->digest, sizeof(sa->rx_digest));
	note_vendors(sa, rx);
	sa->life_sec = ike_life_clamp(
	    t.life_sec < p->config.ike_lifetime_sec ? t.life_sec : p->config.ike_lifetime_sec);
	sa->dh.group = t.group;
	sa->sent.due = MONO_NEVER;
	ike_nonce_make(p, &sa->ni);
	set_state(p, sa, MAIN_I_GENERATING, "message 2");
	ike_dh_ask(p, &sa->dh, IKE_DH_GENERATE);
}

void main_i_generated(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (ike_dh_take_pair(&sa->dh, event)) {
		fail(p, sa, IKE_FAULT_OTHER, "Diffie-Hellman failed here");
		return;
	}
	set_state(p, sa, MAIN_I_KE_SENT, "key pair made");
	bytes = main_write_ke(p, sa, data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, true);
}

/* Messages 3 and 4: the peer's public value, nonce and NAT-D. False: the negotiation failed. */
static bool take_ke(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	uint16_t notify = main_read_ke(p, sa, rx);

	if (notify) {
		fail_and_say(p, sa, rx, notify, "unusable key exchange values from the peer");
		return false;
	}
	memcpy(sa->rx_digest, rx->digest, sizeof(sa->rx_digest));
	note_vendors(sa, rx);
	return true;
}

void main_i_got_ke(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	if (!take_ke(p, sa, rx))
		return;
	sa->sent.due = MONO_NEVER;
	set_state(p, sa, MAIN_I_COMPUTING, "message 4");
	ike_dh_ask(p, &sa->dh, IKE_DH_SHARED);
}

/* SKEYID and the rest from the shared secret. */
static bool take_secret(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	struct ike_phase1_inputs in = isakmp_inputs(sa);

	sa->dh.id = 0;
	if (event->dh.error || event->dh.secret_bytes != ike_group_bytes(sa->dh.group)) {
		fail(p, sa, IKE_FAULT_OTHER, "the peer's Diffie-Hellman value was refused");
		return false;
	}
	if (ike_keys_derive(&sa->keys, p->config.hash, ike_encr_key_bytes(p->config.encr),
		p->config.psk, p->config.psk_bytes, &in, event->dh.secret,
		event->dh.secret_bytes) ||
	    ike_keys_iv_phase1(&sa->keys, &in, sa->iv)) {
		fail(p, sa, IKE_FAULT_OTHER, "key derivation failed here");
		return false;
	}
	secret_wipe(sa->dh.secret, sizeof(sa->dh.secret));
	return true;
}

/* We hold nothing that the peer could know of; nor is it about to make something. */
static bool first_contact(const struct ike_peer *p, const struct isakmp_sa *self)
{
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state != CHILD_FREE)
			return false;
	}
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		if (&p->isakmp[i] != self && p->isakmp[i].state != MAIN_FREE &&
		    p->isakmp[i].state != MAIN_R_SA_SENT)
			return false;
	}
	return true;
}

void main_i_computed(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!take_secret(p, sa, event))
		return;
	if (sa->nat_local || sa->nat_remote)
		sa->local_port = sa->remote_port = IKE_NATT_PORT;
	set_state(p, sa, MAIN_I_ID_SENT, "secret computed");
	bytes = main_write_id(p, sa, first_contact(p, sa), data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, true);
}

/* True when message 5 or 6 is authentic and shows the configured identity. */
static bool peer_proved(
    struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx, struct main_id *id)
{
	bool ours = sa->initiator;
	char text[IP_ADDR_TEXT_BYTES];

	switch (main_read_id(p, sa, rx, id)) {
	case MAIN_AUTH_UNREADABLE:
		unauthentic(p, sa,
		    ours ? "message 6 cannot be decrypted" : "message 5 cannot be decrypted");
		return false;
	case MAIN_AUTH_WRONG_HASH:
		unauthentic(
		    p, sa, ours ? "HASH_R of message 6 is wrong" : "HASH_I of message 5 is wrong");
		return false;
	case MAIN_AUTH_WRONG_ID:
		ike_log(p, false, "main mode identity mismatch got=%s expected=%s", id->text,
		    ip_addr_format(ike_remote_id(&p->config), text));
		info_send_notify(
		    p, sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_INVALID_ID_INFORMATION, NULL, 0, NULL, 0);
		fail(p, sa, IKE_FAULT_OTHER,
		    "the peer shows another identity than its configured address");
		return false;
	case MAIN_AUTH_OK: break;
	}
	memcpy(sa->rx_digest, rx->digest, sizeof(sa->rx_digest));
	isakmp_follow(p, sa, rx);
	return true;
}

void main_i_got_id(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	struct main_id id;

	if (peer_proved(p, sa, rx, &id))
		establish(p, sa, &id);
}

/* ---- responder ---------------------------------------------------------- */

void main_r_got_sa(struct ike_peer *p, const struct ike_rx *rx)
{
	const struct ike_payload *body = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_SA);
	struct isakmp_sa *sa;
	struct ike_phase1 t;
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!body || body->bytes > sizeof(sa->sai) ||
	    ike_proposal_choose_phase1(body->body, body->bytes, &p->config, false, &t)) {
		ike_drop(p, "no proposal chosen in main mode message 1");
		info_send_clear(p, rx, rx->h.cookie_r, ISAKMP_N_NO_PROPOSAL_CHOSEN);
		return;
	}
	sa = isakmp_new(p, false);
	if (!sa) {
		ike_drop(p, "too many negotiations of the peer");
		return;
	}
	memcpy(sa->cookie_i, rx->h.cookie_i, sizeof(sa->cookie_i));
	do {
		p->env->random(p->env->ctx, sa->cookie_r, sizeof(sa->cookie_r));
	} while (!sa->cookie_r[0]);
	sa->local_port = rx->dst_port;
	sa->remote_port = rx->src_port;
	sa->life_sec = ike_life_clamp(t.life_sec);
	sa->dh.group = t.group;
	sa->sai_bytes = body->bytes;
	memcpy(sa->sai, body->body, body->bytes);
	memcpy(sa->rx_digest, rx->digest, sizeof(sa->rx_digest));
	note_vendors(sa, rx);
	sa->deadline = mono_add_sec(p->now, HALF_OPEN_SEC);
	set_state(p, sa, MAIN_R_SA_SENT, "message 1");
	bytes = main_write_sa(p, sa, &t.chosen, data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, false);
}

void main_r_got_ke(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	if (!take_ke(p, sa, rx))
		return;
	sa->replays = 0;
	sa->remote_port = rx->src_port;
	sa->local_port = rx->dst_port;
	ike_nonce_make(p, &sa->nr);
	set_state(p, sa, MAIN_R_GENERATING, "message 3");
	ike_dh_ask(p, &sa->dh, IKE_DH_GENERATE);
}

void main_r_generated(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	if (ike_dh_take_pair(&sa->dh, event)) {
		fail(p, sa, IKE_FAULT_OTHER, "Diffie-Hellman failed here");
		return;
	}
	set_state(p, sa, MAIN_R_COMPUTING, "key pair made");
	ike_dh_ask(p, &sa->dh, IKE_DH_SHARED);
}

void main_r_computed(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event)
{
	uint8_t data[OWN_BYTES];
	size_t bytes;

	if (!take_secret(p, sa, event))
		return;
	set_state(p, sa, MAIN_R_KE_SENT, "secret computed");
	bytes = main_write_ke(p, sa, data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, false);
}

void main_r_got_id(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	uint8_t data[OWN_BYTES];
	struct main_id id;
	size_t bytes;

	if (!peer_proved(p, sa, rx, &id))
		return;
	bytes = main_write_id(p, sa, false, data, sizeof(data));
	isakmp_send(p, sa, &sa->sent, data, bytes, false);
	establish(p, sa, &id);
}
