/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The engine's public functions: one event in, actions out, next wake; and the outermost checks on
 * a datagram. Which exchange does what is in ikev1_*.c; this file only hands out.
 *
 * The most actions that one event can cause: after a long standstill everything ends at once, each
 * pair with USE_OUT, DEL_OUT, DEL_IN and a Delete, each ISAKMP SA with a Delete, each Quick Mode
 * with a message; and what follows, new negotiations, probes, answers and states, is fewer than 16.
 *
 * Refused here, without an answer: sources that are not the configured endpoint, Aggressive Mode
 * and all exchange types but Main, Quick and Informational, the commit bit. RFC 2408
 * sections 3.1, 5.2. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ike/ike_peer.h"

#define BUCKET_TOKENS   5
#define BUCKET_REFILL_S 2

_Static_assert(
    4 * CHILD_PAIRS + ISAKMP_SAS + QUICKS + 16 <= IKE_ACTIONS, "the end of all must fit");

/* ---- for the other files ------------------------------------------------ */

struct ike_action *ike_act(struct ike_peer *p, enum ike_action_type type)
{
	struct ike_action *act;

	if (p->out->count == IKE_ACTIONS) { /* cannot be, see above; the last one gives way */
		ike_log(p, false, "internal error: too many actions");
		p->out->count--;
	}
	act = &p->out->action[p->out->count++];
	memset(act, 0, sizeof(*act));
	act->type = type;
	return act;
}

void ike_actions_clear(struct ike_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
		secret_wipe(&actions->action[i], sizeof(actions->action[i]));
	actions->count = 0;
}

void ike_log(struct ike_peer *p, bool debug, const char *format, ...)
{
	char line[300];
	int n = snprintf(line, sizeof(line), "ike gateway=%u ", p->config.gateway);
	va_list args;

	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
	va_end(args);
	p->env->log(p->env->ctx, debug, line);
}

static const char *peer_state_name(enum ike_peer_state state)
{
	switch (state) {
	case IKE_PEER_IDLE: return "idle";
	case IKE_PEER_CONNECTING: return "connecting";
	case IKE_PEER_UP: return "up";
	case IKE_PEER_DEAD: return "dead";
	}
	return "?";
}

void ike_peer_set_state(struct ike_peer *p, enum ike_peer_state state, const char *format, ...)
{
	char reason[sizeof(p->reason)];
	struct ike_action *act;
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (p->state == state && !strcmp(p->reason, reason))
		return;
	if (p->state != state)
		ike_log(p, false, "peer state from=%s to=%s reason=\"%s\"",
		    peer_state_name(p->state), peer_state_name(state), reason);
	p->state = state;
	memcpy(p->reason, reason, sizeof(p->reason));
	p->fault = IKE_FAULT_OTHER;
	act = ike_act(p, IKE_ACT_STATE);
	act->u.state.state = state;
	memcpy(act->u.state.reason, reason, sizeof(act->u.state.reason));
}

uint32_t ike_random_between(struct ike_peer *p, uint32_t low, uint32_t high)
{
	uint64_t r;

	p->env->random(p->env->ctx, (uint8_t *)&r, sizeof(r));
	return low + (uint32_t)(r % ((uint64_t)high - low + 1)); /* the bias is below 2^-31 */
}

uint32_t ike_random_id(struct ike_peer *p)
{
	uint32_t id;

	do {
		p->env->random(p->env->ctx, (uint8_t *)&id, sizeof(id));
	} while (!id);
	return id;
}

mono_t ike_backoff(struct ike_peer *p, unsigned failures)
{
	uint32_t msec = failures < 5 ? UINT32_C(1000) << failures : 30000;

	return mono_add_msec(p->now, msec - ike_random_between(p, 0, msec / 4));
}

bool ike_bucket_take(struct ike_bucket *bucket, mono_t now)
{
	int64_t more = mono_diff_sec(now, bucket->refilled) / BUCKET_REFILL_S;

	if (more > 0) {
		bucket->tokens = more >= BUCKET_TOKENS - bucket->tokens
				     ? BUCKET_TOKENS
				     : bucket->tokens + (unsigned)more;
		bucket->refilled = now;
	}
	if (!bucket->tokens)
		return false;
	bucket->tokens--;
	return true;
}

void ike_drop(struct ike_peer *p, const char *why)
{
	p->count.bad_datagrams++;
	if (ike_bucket_take(&p->log_bucket, p->now))
		ike_log(p, true, "datagram dropped why=\"%s\"", why);
}

void ike_heard(struct ike_peer *p, struct isakmp_sa *sa)
{
	p->heard = p->now;
	p->dpd_probing = false;
	if (sa)
		sa->heard = p->now;
}

void ike_forget_all(struct ike_peer *p)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		if (p->isakmp[i].state != MAIN_FREE)
			isakmp_end(p, &p->isakmp[i], "everything is given up");
	}
	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state != CHILD_FREE)
			child_remove(p, &p->child[i]);
	}
	p->dpd_probing = p->check_liveness = false;
}

/* ---- life --------------------------------------------------------------- */

static const char *unsupported(const struct ike_config *c)
{
	if (c->version != 1)
		return "only IKE version 1 is supported";
	if (c->local.family != IP_FAMILY_V4 || c->remote.family != IP_FAMILY_V4)
		return "the endpoint addresses must be IPv4";
	if (c->ts_local.addr.family != IP_FAMILY_V4 || c->ts_remote.addr.family != IP_FAMILY_V4)
		return "the networks of phase 2 must be IPv4";
	if (!c->psk_bytes || c->psk_bytes > sizeof(c->psk))
		return "the pre-shared key is missing or too long";
	if (c->ike_lifetime_sec < IKE_LIFE_MIN_SEC || c->sa_lifetime_sec < IKE_LIFE_MIN_SEC)
		return "lifetimes must be 60 seconds or more";
	return ike_proposal_unsupported(c);
}

struct ike_peer *ike_peer_new(
    const struct ike_config *config, const struct ike_env *env, const char **error)
{
	const char *why = unsupported(config);
	struct ike_peer *p = why ? NULL : calloc(1, sizeof(*p));

	if (!p) {
		if (error)
			*error = why ? why : "no memory";
		return NULL;
	}
	p->config = *config;
	p->env = env;
	p->notify_bucket.tokens = p->log_bucket.tokens = BUCKET_TOKENS;
	env->random(env->ctx, (uint8_t *)&p->dpd_seq, sizeof(p->dpd_seq));
	p->dpd_seq &= INT32_MAX; /* RFC 3706 section 6.2: the high bit is not set at first */
	return p;
}

void ike_peer_free(struct ike_peer *p)
{
	if (!p)
		return;
	secret_wipe(p, sizeof(*p));
	free(p);
}

static void tell_begin(struct ike_peer *p)
{
	ike_peer_set_state(p, IKE_PEER_CONNECTING, "%s",
	    p->config.initiate ? "negotiating" : "waiting for the peer");
}

static void start(struct ike_peer *p)
{
	if (p->started)
		return;
	p->started = true;
	p->main_at = p->quick_at = p->hint_at = p->heard = p->sent_natt = p->now;
	p->main_failures = p->quick_failures = 0;
	tell_begin(p);
}

/* The peer is told of all there is, and nothing is left. */
static void delete_all(struct ike_peer *p)
{
	uint32_t spis[CHILD_PAIRS];
	size_t count = 0;

	for (size_t i = 0; i < CHILD_PAIRS; i++) {
		if (p->child[i].state != CHILD_FREE && p->child[i].state != CHILD_DYING)
			spis[count++] = p->child[i].sa.spi_in;
	}
	info_send_delete_esp(p, spis, count);
	for (size_t i = 0; i < ISAKMP_SAS; i++)
		info_send_delete_isakmp(p, &p->isakmp[i]);
	ike_forget_all(p);
}

static void stop(struct ike_peer *p)
{
	delete_all(p);
	p->started = false;
	ike_peer_set_state(p, IKE_PEER_IDLE, "stopped");
}

static void delete_child(struct ike_peer *p, uint32_t spi)
{
	struct child_pair *c = child_find_in(p, spi);

	if (!c)
		return;
	child_delete(p, c);
	p->quick_at = p->now;
}

static bool is_only_isakmp(const struct ike_peer *p, const struct isakmp_sa *sa)
{
	for (size_t i = 0; i < ISAKMP_SAS; i++)
		if (&p->isakmp[i] != sa && p->isakmp[i].state == MAIN_ESTABLISHED)
			return false;
	return true;
}

static void delete_isakmp(struct ike_peer *p, const struct ike_event *event)
{
	struct isakmp_sa *sa = isakmp_find(p, event->cookie_i, event->cookie_r);

	if (!sa || sa->state != MAIN_ESTABLISHED)
		return;
	ike_log(p, false, "isakmp sa deleted by command");
	if (!is_only_isakmp(p, sa)) {
		info_send_delete_isakmp(p, sa);
		isakmp_end(p, sa, "deleted by command");
		return;
	}
	delete_all(p);
	p->main_at = p->quick_at = p->now;
	tell_begin(p);
}

/* Nothing of the old address is of use, and the peer cannot be told from it. */
static void local_changed(struct ike_peer *p, const struct ip_addr *local)
{
	if (local->family != IP_FAMILY_V4 || ip_addr_equal(local, &p->config.local))
		return;
	ike_forget_all(p);
	p->config.local = *local;
	p->main_at = p->quick_at = p->heard = p->now;
	if (p->started)
		ike_peer_set_state(p, IKE_PEER_CONNECTING, "our address changed");
}

/* ---- datagrams ---------------------------------------------------------- */

static bool header_acceptable(struct ike_peer *p, const struct ike_rx *rx)
{
	static const uint8_t zero[ISAKMP_COOKIE_BYTES];

	if (rx->h.version >> 4 != ISAKMP_MAJOR) {
		ike_drop(p, "major version");
		info_send_clear(p, rx, rx->h.cookie_r, ISAKMP_N_INVALID_MAJOR_VERSION);
		return false;
	}
	if (!memcmp(rx->h.cookie_i, zero, sizeof(zero))) {
		ike_drop(p, "no initiator cookie");
		return false;
	}
	if (rx->h.flags & (ISAKMP_FLAG_COMMIT | ISAKMP_FLAG_AUTH_ONLY)) {
		ike_drop(p, "commit or authentication-only flag");
		return false;
	}
	return true;
}

static void quick_datagram(struct ike_peer *p, struct ike_rx *rx)
{
	struct isakmp_sa *sa = isakmp_find(p, rx->h.cookie_i, rx->h.cookie_r);

	if (sa && sa->state == MAIN_ESTABLISHED && rx->h.message_id)
		quick_input(p, sa, rx);
	else
		ike_drop(p, "quick mode message of no ISAKMP SA");
}

static void datagram(struct ike_peer *p, const struct ike_event *event)
{
	struct ike_rx rx = {.data = event->datagram.data,
	    .bytes = event->datagram.bytes,
	    .src_port = event->datagram.src_port,
	    .dst_port = event->datagram.dst_port};

	if (!p->started || !ip_addr_equal(&event->datagram.src, &p->config.remote)) {
		ike_drop(p, "source is not the configured endpoint");
		return;
	}
	if (rx.bytes > IKE_DATAGRAM_BYTES || ike_header_parse(rx.data, rx.bytes, &rx.h)) {
		ike_drop(p, "length");
		return;
	}
	if (!header_acceptable(p, &rx))
		return;
	ike_digest(rx.data, rx.bytes, rx.digest);
	switch (rx.h.exchange) {
	case ISAKMP_XCHG_IDENTITY_PROTECTION: main_input(p, &rx); break;
	case ISAKMP_XCHG_QUICK_MODE: quick_datagram(p, &rx); break;
	case ISAKMP_XCHG_INFORMATIONAL: info_input(p, &rx); break;
	default: ike_drop(p, "exchange type"); break;
	}
	secret_wipe(rx.plain, sizeof(rx.plain));
}

static void dh_done(struct ike_peer *p, const struct ike_event *event)
{
	if (!event->dh.id)
		return;
	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		if (p->isakmp[i].state != MAIN_FREE && p->isakmp[i].dh.id == event->dh.id) {
			main_dh_done(p, &p->isakmp[i], event);
			return;
		}
	}
	for (size_t i = 0; i < QUICKS; i++) {
		if (p->quick[i].state != QUICK_FREE && p->quick[i].dh.id == event->dh.id) {
			quick_dh_done(p, &p->quick[i], event);
			return;
		}
	}
}

/* ---- events ------------------------------------------------------------- */

static void in_applied(struct ike_peer *p, uint32_t spi)
{
	struct child_pair *c = child_find_in(p, spi);

	if (!c)
		return;
	child_applied(p, c);
	quick_in_applied(p, spi);
}

static void inbound_seen(struct ike_peer *p, uint32_t spi)
{
	struct child_pair *c = child_find_in(p, spi);

	if (!c)
		return;
	ike_heard(p, NULL);
	child_seen(p, c);
	quick_inbound_seen(p, spi);
}

static void soft_limit(struct ike_peer *p, uint32_t spi)
{
	struct child_pair *c = child_find_in(p, spi);

	if (c)
		c->rekey_now = true;
}

/* Everything that time or the event made due. */
static void tick(struct ike_peer *p)
{
	main_tick(p);
	quick_tick(p);
	child_tick(p);
	dpd_tick(p);
	keep_tick(p);
}

void ike_input(
    struct ike_peer *p, mono_t now, const struct ike_event *event, struct ike_actions *out)
{
	p->now = now;
	p->out = out;
	switch (event->type) {
	case IKE_EV_START: start(p); break;
	case IKE_EV_STOP: stop(p); break;
	case IKE_EV_DATAGRAM: datagram(p, event); break;
	case IKE_EV_TIMER: break;
	case IKE_EV_DH_DONE: dh_done(p, event); break;
	case IKE_EV_IN_APPLIED: in_applied(p, event->spi); break;
	case IKE_EV_INBOUND_SEEN: inbound_seen(p, event->spi); break;
	case IKE_EV_SOFT_LIMIT: soft_limit(p, event->spi); break;
	case IKE_EV_LOCAL_CHANGED: local_changed(p, &event->local); break;
	case IKE_EV_DELETE_CHILD: delete_child(p, event->spi); break;
	case IKE_EV_DELETE_ISAKMP: delete_isakmp(p, event); break;
	}
	if (p->started)
		tick(p);
	p->out = NULL;
}

static mono_t exchanges_wake(const struct ike_peer *p)
{
	mono_t at = MONO_NEVER;

	for (size_t i = 0; i < ISAKMP_SAS; i++) {
		const struct isakmp_sa *sa = &p->isakmp[i];

		if (sa->state == MAIN_ESTABLISHED)
			at = mono_min(at,
			    mono_min(sa->expires, quick_uses(p, sa) ? MONO_NEVER : sa->retire_at));
		else if (sa->state != MAIN_FREE)
			at = mono_min(at, mono_min(sa->deadline, sa->sent.due));
	}
	for (size_t i = 0; i < QUICKS; i++) {
		const struct quick *q = &p->quick[i];

		if (q->state == QUICK_I_SENT || q->state == QUICK_R_SENT)
			at = mono_min(at, q->sent.due);
		else if (q->state != QUICK_FREE)
			at = mono_min(at, q->deadline);
	}
	return at;
}

mono_t ike_next_wake(const struct ike_peer *p)
{
	if (!p->started)
		return MONO_NEVER;
	return mono_min(
	    mono_min(exchanges_wake(p), child_wake(p)), mono_min(dpd_wake(p), keep_wake(p)));
}
