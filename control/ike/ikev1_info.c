/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Informational exchanges: Delete and notifies both ways, and dead peer detection.
 *
 * Only a message with the right HASH(1) under an established ISAKMP SA is acted on (RFC 2409
 * section 5.7). What comes in the clear is at most a hint: it may bring about one liveness check,
 * or a better reason in the log. Nothing here is answered but R-U-THERE.
 *
 * DPD (RFC 3706): a probe is sent when nothing authenticated, IKE or ESP, came for one interval; it
 * is repeated, with a new sequence number, every third of the interval; `dpd_count` intervals after
 * the first one the peer is dead. Timers: dpd_at (next probe), dpd_began.
 *
 * RFC 2408 sections 3.14, 3.15, 5.14, 5.15. */
#include <stdio.h>
#include <string.h>

#include "control/ike/ike_peer.h"

#define HINT_SEC       60 /* between liveness checks that strangers can provoke */
#define PROBES_A_ROUND 3

/* ---- sending ------------------------------------------------------------ */

/* Starts a protected Informational; `iv` is its first. False: no memory. */
static bool info_begin(struct ike_peer *p, struct isakmp_sa *sa, struct ike_builder *b,
    uint8_t *data, size_t bytes, uint32_t *message_id, uint8_t iv[IKE_CBC_BLOCK])
{
	do {
		*message_id = ike_random_id(p);
	} while (!ike_seen_add(&sa->seen_info, *message_id));
	isakmp_build_hashed(sa, b, data, bytes, ISAKMP_XCHG_INFORMATIONAL, *message_id);
	return !ike_keys_iv_phase2(&sa->keys, sa->iv, *message_id, iv);
}

static void info_end(struct ike_peer *p, struct isakmp_sa *sa, struct ike_builder *b,
    uint32_t message_id, uint8_t iv[IKE_CBC_BLOCK])
{
	size_t bytes = isakmp_seal_hashed(sa, b, message_id, (struct ike_chunk){NULL, 0}, iv);

	isakmp_transmit(p, sa, b->w.start, bytes);
}

void info_send_notify(struct ike_peer *p, struct isakmp_sa *sa, uint8_t protocol, uint16_t type,
    const void *spi, size_t spi_bytes, const void *data, size_t bytes)
{
	uint8_t message[OWN_BYTES], iv[IKE_CBC_BLOCK];
	struct ike_builder b;
	uint32_t id;

	if (!info_begin(p, sa, &b, message, sizeof(message), &id, iv))
		return;
	ike_build_notify(&b, protocol, type, spi, spi_bytes, data, bytes);
	info_end(p, sa, &b, id, iv);
}

void info_send_clear(
    struct ike_peer *p, const struct ike_rx *rx, const uint8_t *cookie_r, uint16_t type)
{
	struct isakmp_sa path = {.local_port = rx->dst_port, .remote_port = rx->src_port};
	uint8_t message[OWN_BYTES];
	struct ike_builder b;

	if (!ike_bucket_take(&p->notify_bucket, p->now))
		return;
	memcpy(path.cookie_i, rx->h.cookie_i, sizeof(path.cookie_i));
	memcpy(path.cookie_r, cookie_r, sizeof(path.cookie_r));
	isakmp_build(
	    &path, &b, message, sizeof(message), ISAKMP_XCHG_INFORMATIONAL, 0, ike_random_id(p));
	ike_build_notify(&b, IPSEC_PROTO_ISAKMP, type, NULL, 0, NULL, 0);
	isakmp_transmit(p, &path, message, ike_build_finish(&b));
}

static void write_delete(struct ike_builder *b, uint8_t protocol, uint8_t spi_bytes, uint16_t count)
{
	ike_build_open(b, ISAKMP_PAYLOAD_DELETE);
	wr_u32(&b->w, IPSEC_DOI);
	wr_u8(&b->w, protocol);
	wr_u8(&b->w, spi_bytes);
	wr_u16(&b->w, count);
}

void info_send_delete_isakmp(struct ike_peer *p, struct isakmp_sa *sa)
{
	uint8_t message[OWN_BYTES], iv[IKE_CBC_BLOCK];
	struct ike_builder b;
	uint32_t id;

	if (sa->state != MAIN_ESTABLISHED ||
	    !info_begin(p, sa, &b, message, sizeof(message), &id, iv))
		return;
	write_delete(&b, IPSEC_PROTO_ISAKMP, 2 * ISAKMP_COOKIE_BYTES, 1);
	wr_bytes(&b.w, sa->cookie_i, sizeof(sa->cookie_i));
	wr_bytes(&b.w, sa->cookie_r, sizeof(sa->cookie_r));
	ike_build_close(&b);
	info_end(p, sa, &b, id, iv);
}

void info_send_delete_esp(struct ike_peer *p, const uint32_t *spis, size_t count)
{
	struct isakmp_sa *sa = isakmp_best(p);
	uint8_t message[OWN_BYTES], iv[IKE_CBC_BLOCK];
	struct ike_builder b;
	uint32_t id;

	if (!sa || !count || !info_begin(p, sa, &b, message, sizeof(message), &id, iv))
		return;
	write_delete(&b, IPSEC_PROTO_ESP, 4, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		wr_u32(&b.w, spis[i]);
	ike_build_close(&b);
	info_end(p, sa, &b, id, iv);
}

/* ---- dead peer detection ------------------------------------------------ */

static mono_t interval_after(const struct ike_peer *p, mono_t from, uint32_t intervals)
{
	return mono_add_sec(from, (int64_t)p->config.dpd_interval_sec * intervals);
}

static void dpd_probe(struct ike_peer *p, struct isakmp_sa *sa)
{
	uint8_t cookies[2 * ISAKMP_COOKIE_BYTES], seq[4];
	struct wr w = wr_init(seq, sizeof(seq));

	memcpy(cookies, sa->cookie_i, ISAKMP_COOKIE_BYTES);
	memcpy(cookies + ISAKMP_COOKIE_BYTES, sa->cookie_r, ISAKMP_COOKIE_BYTES);
	wr_u32(&w, ++p->dpd_seq);
	info_send_notify(p, sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, cookies, sizeof(cookies),
	    seq, sizeof(seq));
	p->dpd_at =
	    mono_add_msec(p->now, (int64_t)p->config.dpd_interval_sec * 1000 / PROBES_A_ROUND);
}

/* Another ISAKMP SA has been alive while this one was silent: only this one is lost. */
static bool alive_elsewhere(const struct ike_peer *p, const struct isakmp_sa *silent)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		const struct isakmp_sa *sa = &p->isakmp[i];

		if (sa != silent && sa->state == MAIN_ESTABLISHED &&
		    mono_before(silent->heard, sa->heard))
			return true;
	}
	return false;
}

static void dpd_dead(struct ike_peer *p, struct isakmp_sa *sa)
{
	p->dpd_probing = false;
	if (alive_elsewhere(p, sa)) {
		isakmp_end(p, sa, "the peer does not know it any more");
		p->heard = p->now;
		return;
	}
	p->count.dpd_lost++;
	ike_log(p, false, "peer is dead why=\"no answer to DPD for %u s\"",
	    p->config.dpd_interval_sec * p->config.dpd_count);
	ike_forget_all(p);
	p->main_at = p->now;
	ike_peer_set_state(p, IKE_PEER_DEAD, "no answer to DPD for %u s",
	    p->config.dpd_interval_sec * p->config.dpd_count);
	p->fault = IKE_FAULT_SILENT;
}

static struct isakmp_sa *dpd_sa(const struct ike_peer *p)
{
	struct isakmp_sa *sa = p->config.dpd && p->config.dpd_interval_sec ? isakmp_best(p) : NULL;

	return sa && sa->peer_dpd ? sa : NULL;
}

void dpd_tick(struct ike_peer *p)
{
	struct isakmp_sa *sa = dpd_sa(p);

	if (!sa) {
		p->dpd_probing = p->check_liveness = false;
		return;
	}
	if (!p->dpd_probing) {
		if (!p->check_liveness && mono_before(p->now, interval_after(p, p->heard, 1)))
			return;
		p->check_liveness = false;
		p->dpd_probing = true;
		p->dpd_began = p->now;
		p->dpd_acked = p->dpd_seq;
		dpd_probe(p, sa);
	} else if (!mono_before(p->now, interval_after(p, p->dpd_began, p->config.dpd_count))) {
		dpd_dead(p, sa);
	} else if (!mono_before(p->now, p->dpd_at)) {
		dpd_probe(p, sa);
	}
}

mono_t dpd_wake(const struct ike_peer *p)
{
	if (!dpd_sa(p))
		return MONO_NEVER;
	if (!p->dpd_probing)
		return p->check_liveness ? p->now : interval_after(p, p->heard, 1);
	return mono_min(p->dpd_at, interval_after(p, p->dpd_began, p->config.dpd_count));
}

/* ---- what an authenticated message says --------------------------------- */

static bool names_sa(const struct isakmp_sa *sa, const uint8_t *cookies)
{
	return !memcmp(cookies, sa->cookie_i, ISAKMP_COOKIE_BYTES) &&
	       !memcmp(cookies + ISAKMP_COOKIE_BYTES, sa->cookie_r, ISAKMP_COOKIE_BYTES);
}

static void got_r_u_there(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_notify *n)
{
	struct rd r = rd_init(n->data, n->bytes);
	uint32_t seq = rd_u32(&r);

	if (!rd_ok(&r) || rd_left(&r))
		return;
	/* A number from the past is a replay. The same one may come again: a peer repeats it until
	 * it has our answer. */
	if (sa->dpd_heard && seq < sa->dpd_peer_seq) {
		ike_drop(p, "DPD sequence number from the past");
		return;
	}
	sa->dpd_heard = true;
	sa->dpd_peer_seq = seq;
	ike_heard(p, sa);
	info_send_notify(p, sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE_ACK, n->spi, n->spi_bytes,
	    n->data, n->bytes);
}

static void got_r_u_there_ack(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_notify *n)
{
	struct rd r = rd_init(n->data, n->bytes);
	uint32_t seq = rd_u32(&r);

	/* One of those under way: sequence numbers are compared modulo 2^32. */
	if (!rd_ok(&r) || rd_left(&r) || !p->dpd_probing ||
	    seq - p->dpd_acked - 1 >= p->dpd_seq - p->dpd_acked) {
		ike_drop(p, "DPD answer that was not asked for");
		return;
	}
	p->dpd_acked = seq;
	ike_heard(p, sa);
}

static void got_invalid_spi(struct ike_peer *p, const struct ike_notify *n)
{
	struct rd r = rd_init(n->spi, n->spi_bytes);
	struct child_pair *c;

	if (n->spi_bytes != 4)
		r = rd_init(n->data, n->bytes);
	c = child_find_out(p, rd_u32(&r));
	if (rd_ok(&r) && c) {
		ike_log(p, false, "peer does not know spi-out=%08x", c->sa.spi_out);
		child_deleted_by_peer(p, c);
	}
}

/* `asked`: an R-U-THERE of this message was looked at already. One answer a message: it is not for
 * the peer to say how many messages we send. */
static void got_notify(
    struct ike_peer *p, struct isakmp_sa *sa, const struct ike_payload *payload, bool *asked)
{
	struct ike_notify n;

	if (ike_notify_parse(payload, &n))
		return;
	switch (n.type) {
	case ISAKMP_N_R_U_THERE:
		if (!*asked)
			got_r_u_there(p, sa, &n);
		*asked = true;
		return;
	case ISAKMP_N_R_U_THERE_ACK: got_r_u_there_ack(p, sa, &n); return;
	case ISAKMP_N_INVALID_SPI: got_invalid_spi(p, &n); break;
	case ISAKMP_N_NO_PROPOSAL_CHOSEN:
	case ISAKMP_N_BAD_PROPOSAL_SYNTAX:
	case ISAKMP_N_PAYLOAD_MALFORMED:
	case ISAKMP_N_INVALID_KEY_INFORMATION:
	case ISAKMP_N_INVALID_ID_INFORMATION:
	case ISAKMP_N_INVALID_HASH_INFORMATION:
	case ISAKMP_N_AUTHENTICATION_FAILED:
		ike_log(p, false, "peer refuses type=%s", ike_notify_name(n.type));
		quick_refused(p, sa, n.type);
		break;
	default: break; /* unknown ones say nothing to us */
	}
	ike_heard(p, sa);
}

static void delete_esp(struct ike_peer *p, const struct ike_delete *d)
{
	struct rd r = rd_init(d->spis, (size_t)d->count * d->spi_bytes);

	if (d->spi_bytes != 4)
		return;
	for (unsigned i = 0; i < d->count; i++) {
		struct child_pair *c = child_find_out(p, rd_u32(&r));

		if (c)
			child_deleted_by_peer(p, c);
	}
}

/* True when the payload deletes the SA it came under. */
static bool delete_isakmp(struct ike_peer *p, struct isakmp_sa *under, const struct ike_delete *d)
{
	struct rd r = rd_init(d->spis, (size_t)d->count * d->spi_bytes);
	bool self = false;

	if (d->spi_bytes != 2 * ISAKMP_COOKIE_BYTES)
		return false;
	for (unsigned i = 0; i < d->count; i++) {
		const uint8_t *cookies = rd_bytes(&r, d->spi_bytes);
		struct isakmp_sa *sa = isakmp_find(p, cookies, cookies + ISAKMP_COOKIE_BYTES);

		if (names_sa(under, cookies)) {
			self = true;
		} else if (sa && sa->state == MAIN_ESTABLISHED) {
			isakmp_end(p, sa, "deleted by the peer");
		}
	}
	return self;
}

/* IPsec SAs first, the SA that carried the message last. Each SA dies once; unknown ones are
 * nothing. */
static void got_deletes(
    struct ike_peer *p, struct isakmp_sa *sa, const struct ike_payloads *payloads)
{
	bool self = false;

	for (size_t i = 0; i < payloads->count; i++) {
		struct ike_delete d;

		if (payloads->list[i].type != ISAKMP_PAYLOAD_DELETE ||
		    ike_delete_parse(&payloads->list[i], &d))
			continue;
		ike_heard(p, sa);
		if (d.protocol == IPSEC_PROTO_ESP)
			delete_esp(p, &d);
		else if (d.protocol == IPSEC_PROTO_ISAKMP)
			self |= delete_isakmp(p, sa, &d);
	}
	if (!self)
		return;
	isakmp_end(p, sa, "deleted by the peer");
	/* The peer may be about to make the next one. */
	p->main_at = mono_add_msec(p->now, ike_random_between(p, 1000, 3000));
}

/* ---- input -------------------------------------------------------------- */

/* A notify without protection. It proves nothing: anybody could have sent it. */
static void clear_input(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx)
{
	const struct ike_payload *payload;
	struct ike_notify n;

	if (ike_payloads_parse(rx->h.next, rx->data + ISAKMP_HEADER_BYTES,
		rx->bytes - ISAKMP_HEADER_BYTES, false, &rx->payloads)) {
		ike_drop(p, "malformed informational message");
		return;
	}
	payload = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_NOTIFICATION);
	if (!payload || ike_notify_parse(payload, &n)) {
		ike_drop(p, "unprotected informational message");
		return;
	}
	if (sa && sa->state != MAIN_ESTABLISHED) {
		main_hint(p, sa, n.type);
	} else if ((n.type == ISAKMP_N_INVALID_SPI || n.type == ISAKMP_N_INVALID_COOKIE) &&
		   isakmp_best(p) && !mono_before(p->now, p->hint_at)) {
		p->hint_at = mono_add_sec(p->now, HINT_SEC);
		p->check_liveness = true;
		ike_log(
		    p, false, "liveness check why=\"unauthenticated %s\"", ike_notify_name(n.type));
	}
	ike_drop(p, "unprotected informational message");
}

/* The SA of a notify about our message 1 has only our cookie yet. */
static struct isakmp_sa *lookup(struct ike_peer *p, const struct ike_header *h)
{
	struct isakmp_sa *sa = isakmp_find(p, h->cookie_i, h->cookie_r);
	struct isakmp_sa *negotiating = isakmp_negotiating(p);

	if (!sa && negotiating && !memcmp(negotiating->cookie_i, h->cookie_i, sizeof(h->cookie_i)))
		sa = negotiating;
	return sa;
}

void info_input(struct ike_peer *p, struct ike_rx *rx)
{
	struct isakmp_sa *sa = lookup(p, &rx->h);
	uint8_t iv[IKE_CBC_BLOCK];
	bool asked = false;

	if (!(rx->h.flags & ISAKMP_FLAG_ENCRYPTION)) {
		clear_input(p, sa, rx);
		return;
	}
	if (!sa || sa->state != MAIN_ESTABLISHED || !rx->h.message_id) {
		ike_drop(p, "informational message of no ISAKMP SA");
		if (sa)
			main_unreadable(p, sa);
		return;
	}
	if (ike_keys_iv_phase2(&sa->keys, sa->iv, rx->h.message_id, iv) ||
	    isakmp_open_hashed(sa, rx, (struct ike_chunk){NULL, 0}, iv)) {
		ike_drop(p, "informational message with a wrong HASH(1)");
		return;
	}
	if (!ike_seen_add(&sa->seen_info, rx->h.message_id)) {
		ike_drop(p, "informational message ID used before");
		return;
	}
	isakmp_follow(p, sa, rx);
	for (size_t i = 0; i < rx->payloads.count; i++) {
		if (rx->payloads.list[i].type == ISAKMP_PAYLOAD_NOTIFICATION)
			got_notify(p, sa, &rx->payloads.list[i], &asked);
	}
	got_deletes(p, sa, &rx->payloads);
}
