/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The list of ISAKMP SAs, and what every exchange under one needs: sending with retransmission,
 * encryption and HASH values of messages, message IDs, nonces, Diffie-Hellman actions.
 *
 * Does not know any exchange's states (ikev1_*.c) nor when an SA should exist (ike_keep.c).
 *
 * Retransmission: the exact same bytes after 1, 2, 4 ... s up to the configured wait. A responder
 * in Main Mode never repeats by itself (RFC 2408 section 5.1 leaves it to the initiator), only in
 * answer to a duplicate, and before authentication only a few times: it is no amplifier.
 *
 * RFC 2408 section 5, RFC 2409 section 5, RFC 3947 section 4. */
#include <errno.h>
#include <string.h>

#include "control/ike/ike_peer.h"

/* ---- the list ----------------------------------------------------------- */

/* The one place where the const of a look-up is dropped. */
static struct isakmp_sa *slot(const struct ike_peer *p, size_t i)
{
	return (struct isakmp_sa *)&p->isakmp[i];
}

static bool half_open(const struct isakmp_sa *sa)
{
	return !sa->initiator && sa->state != MAIN_FREE && sa->state != MAIN_ESTABLISHED;
}

/* The oldest negotiation of a peer that has not shown that it receives what we send. */
static struct isakmp_sa *oldest_unproven(struct ike_peer *p)
{
	struct isakmp_sa *oldest = NULL;

	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state == MAIN_R_SA_SENT &&
		    (!oldest || mono_before(sa->began, oldest->began)))
			oldest = sa;
	}
	return oldest;
}

static struct isakmp_sa *oldest_superseded(struct ike_peer *p)
{
	const struct isakmp_sa *best = isakmp_best(p);
	struct isakmp_sa *oldest = NULL;

	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state == MAIN_ESTABLISHED && sa != best &&
		    (!oldest || mono_before(sa->established, oldest->established)))
			oldest = sa;
	}
	return oldest;
}

static struct isakmp_sa *claim(struct ike_peer *p, struct isakmp_sa *sa, bool initiator)
{
	isakmp_free(sa);
	sa->initiator = initiator;
	sa->began = p->now;
	sa->sent.due = sa->deadline = sa->rekey_at = sa->expires = sa->retire_at = MONO_NEVER;
	sa->local_port = sa->remote_port = IKE_PORT;
	return sa;
}

struct isakmp_sa *isakmp_new(struct ike_peer *p, bool initiator)
{
	struct isakmp_sa *victim = NULL;
	size_t half = 0;

	for (size_t i = 0; i < ISAKMP_SAS; i++)
		half += half_open(&p->isakmp[i]);
	if (!initiator && half >= ISAKMP_HALF) {
		victim = oldest_unproven(p);
		return victim ? claim(p, victim, initiator) : NULL;
	}
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		if (p->isakmp[i].state == MAIN_FREE)
			return claim(p, &p->isakmp[i], initiator);
	}
	victim = oldest_superseded(p);
	if (!victim)
		return NULL;
	info_send_delete_isakmp(p, victim);
	isakmp_end(p, victim, "too many");
	return claim(p, victim, initiator);
}

void isakmp_free(struct isakmp_sa *sa)
{
	secret_wipe(sa, sizeof(*sa));
}

void isakmp_end(struct ike_peer *p, struct isakmp_sa *sa, const char *why)
{
	ike_log(p, sa->state != MAIN_ESTABLISHED, "isakmp sa ends why=\"%s\"", why);
	quick_drop_of(p, sa);
	isakmp_free(sa);
}

struct isakmp_sa *isakmp_find(
    const struct ike_peer *p, const uint8_t *cookie_i, const uint8_t *cookie_r)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = slot(p, i);

		if (sa->state != MAIN_FREE &&
		    !memcmp(sa->cookie_i, cookie_i, ISAKMP_COOKIE_BYTES) &&
		    !memcmp(sa->cookie_r, cookie_r, ISAKMP_COOKIE_BYTES))
			return sa;
	}
	return NULL;
}

bool isakmp_ranks_above(const struct isakmp_sa *a, const struct isakmp_sa *b)
{
	int order = memcmp(a->cookie_i, b->cookie_i, ISAKMP_COOKIE_BYTES);

	return (order ? order : memcmp(a->cookie_r, b->cookie_r, ISAKMP_COOKIE_BYTES)) > 0;
}

/* Newer is better. Of negotiations that crossed each side may see another one as the newer: those
 * are told apart by what both sides know alike. */
static bool better(const struct isakmp_sa *a, const struct isakmp_sa *b)
{
	if (mono_before(a->began, b->established) && mono_before(b->began, a->established))
		return isakmp_ranks_above(a, b);
	return mono_before(b->established, a->established);
}

struct isakmp_sa *isakmp_best(const struct ike_peer *p)
{
	struct isakmp_sa *best = NULL;

	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = slot(p, i);

		if (sa->state == MAIN_ESTABLISHED && (!best || better(sa, best)))
			best = sa;
	}
	return best;
}

struct isakmp_sa *isakmp_negotiating(const struct ike_peer *p)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		struct isakmp_sa *sa = slot(p, i);

		if (sa->initiator && sa->state != MAIN_FREE && sa->state != MAIN_ESTABLISHED)
			return sa;
	}
	return NULL;
}

struct ike_phase1_inputs isakmp_inputs(const struct isakmp_sa *sa)
{
	size_t bytes = ike_group_bytes(sa->dh.group);
	struct ike_chunk ours = {sa->dh.ours, bytes}, peers = {sa->dh.peers, bytes};

	return (struct ike_phase1_inputs){
	    .cookie_i = sa->cookie_i,
	    .cookie_r = sa->cookie_r,
	    .ni = {sa->ni.data, sa->ni.bytes},
	    .nr = {sa->nr.data, sa->nr.bytes},
	    .gxi = sa->initiator ? ours : peers,
	    .gxr = sa->initiator ? peers : ours,
	    .sai = {sa->sai, sa->sai_bytes},
	};
}

/* ---- sending ------------------------------------------------------------ */

void isakmp_transmit(
    struct ike_peer *p, const struct isakmp_sa *sa, const uint8_t *data, size_t bytes)
{
	struct ike_action *act;

	if (!bytes || bytes > IKE_DATAGRAM_BYTES)
		return;
	act = ike_act(p, IKE_ACT_SEND);
	act->u.send.local_port = sa->local_port;
	act->u.send.remote_port = sa->remote_port;
	act->u.send.local = p->config.local;
	act->u.send.remote = p->config.remote;
	act->u.send.bytes = bytes;
	memcpy(act->u.send.data, data, bytes);
	if (sa->local_port == IKE_NATT_PORT)
		p->sent_natt = p->now;
}

static mono_t next_try(const struct ike_peer *p, unsigned tries)
{
	uint32_t longest = p->config.retry_interval_sec ? p->config.retry_interval_sec : 1;
	uint32_t wait = tries < 16 ? UINT32_C(1) << tries : longest;

	return mono_add_sec(p->now, wait < longest ? wait : longest);
}

void isakmp_send(struct ike_peer *p, const struct isakmp_sa *sa, struct ike_sent *sent,
    const uint8_t *data, size_t bytes, bool timer)
{
	if (bytes > sizeof(sent->data))
		bytes = 0;
	memmove(sent->data, data, bytes);
	sent->bytes = bytes;
	sent->tries = 0;
	sent->due = timer ? next_try(p, 0) : MONO_NEVER;
	isakmp_transmit(p, sa, sent->data, sent->bytes);
}

bool isakmp_resend_due(struct ike_peer *p, const struct isakmp_sa *sa, struct ike_sent *sent)
{
	if (mono_before(p->now, sent->due))
		return true;
	if (sent->tries >= p->config.retry_count)
		return false;
	sent->tries++;
	sent->due = next_try(p, sent->tries);
	p->count.retransmits++;
	isakmp_transmit(p, sa, sent->data, sent->bytes);
	return true;
}

void isakmp_follow(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	if (sa->local_port == rx->dst_port && sa->remote_port == rx->src_port)
		return;
	if (sa->local_port == IKE_NATT_PORT && rx->dst_port != IKE_NATT_PORT)
		return; /* a straggler from before the float */
	ike_log(p, true, "peer port moved from=%u to=%u", sa->remote_port, rx->src_port);
	sa->local_port = rx->dst_port;
	sa->remote_port = rx->src_port;
}

/* ---- sealing ------------------------------------------------------------ */

void isakmp_build(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t *data, size_t bytes,
    uint8_t exchange, uint8_t flags, uint32_t message_id)
{
	struct ike_header h = {.exchange = exchange, .flags = flags, .message_id = message_id};

	memcpy(h.cookie_i, sa->cookie_i, sizeof(h.cookie_i));
	memcpy(h.cookie_r, sa->cookie_r, sizeof(h.cookie_r));
	ike_build_start(b, data, bytes, &h);
}

size_t isakmp_seal(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t iv[IKE_CBC_BLOCK])
{
	size_t body = wr_len(&b->w) - ISAKMP_HEADER_BYTES, bytes;

	wr_zero(&b->w, (IKE_CBC_BLOCK - body % IKE_CBC_BLOCK) % IKE_CBC_BLOCK);
	bytes = ike_build_finish(b);
	if (!bytes || ike_cbc(true, sa->keys.encr_key, sa->keys.encr_key_bytes, iv,
			  b->w.start + ISAKMP_HEADER_BYTES, bytes - ISAKMP_HEADER_BYTES))
		return 0;
	return bytes;
}

int isakmp_open(const struct isakmp_sa *sa, struct ike_rx *rx, uint8_t iv[IKE_CBC_BLOCK])
{
	size_t bytes = rx->bytes - ISAKMP_HEADER_BYTES;

	if (!(rx->h.flags & ISAKMP_FLAG_ENCRYPTION) || !bytes || bytes % IKE_CBC_BLOCK)
		return -EBADMSG;
	memcpy(rx->plain, rx->data + ISAKMP_HEADER_BYTES, bytes);
	if (ike_cbc(false, sa->keys.encr_key, sa->keys.encr_key_bytes, iv, rx->plain, bytes))
		return -EBADMSG;
	return ike_payloads_parse(rx->h.next, rx->plain, bytes, true, &rx->payloads);
}

void isakmp_build_hashed(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t *data,
    size_t bytes, uint8_t exchange, uint32_t message_id)
{
	static const uint8_t zero[IKE_HASH_MAX];

	isakmp_build(sa, b, data, bytes, exchange, ISAKMP_FLAG_ENCRYPTION, message_id);
	ike_build_payload(b, ISAKMP_PAYLOAD_HASH, zero, sa->keys.bytes);
}

size_t isakmp_seal_hashed(const struct isakmp_sa *sa, struct ike_builder *b, uint32_t message_id,
    struct ike_chunk ni, uint8_t iv[IKE_CBC_BLOCK])
{
	size_t at = ISAKMP_HEADER_BYTES + ISAKMP_GENERIC_BYTES, rest = at + sa->keys.bytes;
	uint8_t hash[IKE_HASH_MAX];

	if (!wr_ok(&b->w) || ike_keys_hash_phase2(&sa->keys, message_id, ni,
				 (struct ike_chunk){b->w.start + rest, wr_len(&b->w) - rest}, hash))
		return 0;
	memcpy(b->w.start + at, hash, sa->keys.bytes);
	return isakmp_seal(sa, b, iv);
}

int isakmp_open_hashed(
    const struct isakmp_sa *sa, struct ike_rx *rx, struct ike_chunk ni, uint8_t iv[IKE_CBC_BLOCK])
{
	const struct ike_payload *hash;
	uint8_t want[IKE_HASH_MAX];
	int rc = isakmp_open(sa, rx, iv);

	if (rc)
		return rc;
	hash = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_HASH);
	if (!hash || hash != &rx->payloads.list[0] || rx->h.next != ISAKMP_PAYLOAD_HASH ||
	    hash->bytes != sa->keys.bytes)
		return -EBADMSG;
	rc = ike_keys_hash_phase2(&sa->keys, rx->h.message_id, ni,
	    (struct ike_chunk){
		rx->payloads.after_first, (size_t)(rx->payloads.end - rx->payloads.after_first)},
	    want);
	if (rc || !secret_equal(want, hash->body, hash->bytes))
		return rc ? rc : -EACCES;
	return 0;
}

/* ---- small parts of exchanges ------------------------------------------- */

bool ike_seen_add(struct ike_seen *seen, uint32_t message_id)
{
	for (size_t i = 0; i < SEEN_IDS; i++) {
		if (seen->id[i] == message_id)
			return false;
	}
	seen->id[seen->next] = message_id;
	seen->next = (seen->next + 1) % SEEN_IDS;
	return true;
}

void ike_dh_ask(struct ike_peer *p, struct ike_dh *dh, enum ike_dh_op op)
{
	struct ike_action *act = ike_act(p, IKE_ACT_DH);

	if (!++p->last_dh_id)
		p->last_dh_id = 1;
	dh->id = p->last_dh_id;
	act->u.dh.id = dh->id;
	act->u.dh.op = op;
	act->u.dh.group = dh->group;
	if (op == IKE_DH_SHARED) {
		act->u.dh.secret_bytes = dh->secret_bytes;
		memcpy(act->u.dh.secret, dh->secret, dh->secret_bytes);
		act->u.dh.peer_pub_bytes = ike_group_bytes(dh->group);
		memcpy(act->u.dh.peer_pub, dh->peers, ike_group_bytes(dh->group));
	}
}

int ike_dh_take_pair(struct ike_dh *dh, const struct ike_event *event)
{
	dh->id = 0;
	if (event->dh.error)
		return event->dh.error;
	if (event->dh.secret_bytes > sizeof(dh->secret) ||
	    event->dh.pub_bytes != ike_group_bytes(dh->group))
		return -EINVAL;
	dh->secret_bytes = event->dh.secret_bytes;
	memcpy(dh->secret, event->dh.secret, dh->secret_bytes);
	memcpy(dh->ours, event->dh.pub, event->dh.pub_bytes);
	return 0;
}

int ike_nonce_read(const struct ike_payloads *payloads, struct ike_nonce *out)
{
	const struct ike_payload *nonce = ike_payloads_one(payloads, ISAKMP_PAYLOAD_NONCE);

	if (!nonce || nonce->bytes < NONCE_MIN || nonce->bytes > NONCE_MAX)
		return -EBADMSG;
	out->bytes = nonce->bytes;
	memcpy(out->data, nonce->body, nonce->bytes);
	return 0;
}

void ike_nonce_make(struct ike_peer *p, struct ike_nonce *out)
{
	out->bytes = NONCE_BYTES;
	p->env->random(p->env->ctx, out->data, out->bytes);
}

int ike_ke_read(const struct ike_payloads *payloads, struct ike_dh *dh)
{
	const struct ike_payload *ke = ike_payloads_one(payloads, ISAKMP_PAYLOAD_KE);

	if (!ke || !ke->bytes || ke->bytes != ike_group_bytes(dh->group))
		return -EBADMSG;
	memcpy(dh->peers, ke->body, ke->bytes);
	return 0;
}

mono_t ike_rekey_time(struct ike_peer *p, mono_t from, uint32_t life_sec, uint32_t percent)
{
	uint32_t margin = ike_random_between(p, 540, 810), jitter = ike_random_between(p, 0, 270);
	uint32_t tenth = life_sec / 10;

	if (percent)
		margin = (uint32_t)((uint64_t)life_sec * (100 - percent) / 100) +
			 ike_random_between(p, 0, life_sec / 50);
	else if (life_sec < 2700)
		margin = ike_random_between(p, 2 * tenth, 3 * tenth);
	else if (margin < tenth)
		margin = tenth + jitter;
	return mono_add_sec(from, (int64_t)life_sec - margin);
}
