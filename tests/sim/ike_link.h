/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two IKE engines, a link between them and virtual time: days of protocol in milliseconds, and the
 * same each time for the same seed.
 *
 * The link delays, loses, doubles and reorders; a NAT may stand in front of side A. Each side has a
 * dataplane of the simplest kind: a set of inbound SAs and one outbound SA; both sides send an "ESP
 * packet" at an interval, and whatever arrives for an SPI that is not in place counts as lost.
 * After every event sim_check() asserts what rekeying without loss means.
 *
 * Diffie-Hellman is a toy here (shared = ours XOR peer's): the real one is tested by itself. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/secret.h"
#include "control/ike/ike.h"
#include "control/ike/ike_crypto.h"

#define SIM_PACKETS 512
#define SIM_SAS     16
#define SIM_PENDING 64
#define SIM_LOG     64
#define SIM_A       0
#define SIM_B       1

struct sim;

struct sim_packet {
	bool esp;
	int to;
	uint16_t src_port, dst_port;
	struct ip_addr src;
	uint32_t spi;
	size_t bytes;
	uint8_t data[IKE_DATAGRAM_BYTES];
};

/* An answer that the engine waits for: a DH result or "applied". */
struct sim_pending {
	bool used;
	mono_t at;
	int side;
	struct ike_event event;
	uint8_t secret[IKE_DH_BYTES], pub[IKE_DH_BYTES];
};

struct sim_end {
	struct sim *sim;
	int side;
	struct ike_config config;
	struct ike_env env;
	struct ike_peer *peer;
	bool cut; /* nothing leaves, nothing arrives */
	struct ike_child in[SIM_SAS];
	bool in_used[SIM_SAS], in_installed[SIM_SAS];
	mono_t in_seen[SIM_SAS];
	struct ike_child out; /* spi_out 0: none */
	enum ike_peer_state state;
	char reason[120];
	unsigned adds, uses, sends, reserved, released;
	uint64_t esp_sent, esp_lost;
	char log[SIM_LOG][300]; /* the last lines, not those for debugging */
	unsigned logged;
	struct ike_actions actions;
	uint8_t last[IKE_DATAGRAM_BYTES]; /* the last message sent */
	size_t last_bytes;
};

struct sim {
	mono_t now;
	uint64_t seed;
	struct sim_end end[2];
	struct sim_packet packet[SIM_PACKETS];
	mono_t packet_at[SIM_PACKETS]; /* when it arrives; MONO_NEVER: the slot is free */
	size_t packet_top;             /* no slot from here on is in use */
	struct sim_pending pending[SIM_PENDING];
	unsigned delay_msec, jitter_msec, loss_percent, dup_percent;
	unsigned dh_msec, apply_msec;
	unsigned esp_msec; /* between ESP packets of each side; 0 = silence */
	mono_t esp_at;
	bool nat;
	uint16_t nat_500, nat_4500; /* outside ports of A's sockets */
	bool strict;                /* sim_check(): an outbound SA always has its inbound one */
	uint64_t lost_spi;          /* moments at which it had not */
	uint64_t in_flight_bytes;
	/* May look at or change a datagram on its way; false = drop it. */
	bool (*tap)(struct sim *s, int from, struct sim_packet *p);
	void *tap_arg;
	bool trace;
};

static inline uint64_t sim_random64(struct sim *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed;
}

static inline unsigned sim_below(struct sim *s, unsigned n)
{
	return n ? (unsigned)(sim_random64(s) >> 20) % n : 0;
}

static inline void sim_env_random(void *ctx, uint8_t *out, size_t bytes)
{
	struct sim_end *e = ctx;

	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(sim_random64(e->sim) >> 24);
}

static inline uint32_t sim_env_spi(void *ctx)
{
	struct sim_end *e = ctx;

	e->reserved++;
	return (uint32_t)sim_random64(e->sim) | 0x80000000;
}

static inline void sim_env_release(void *ctx, uint32_t spi)
{
	struct sim_end *e = ctx;

	assert_true(spi & 0x80000000);
	e->released++;
}

static inline void sim_env_log(void *ctx, bool debug, const char *line)
{
	struct sim_end *e = ctx;

	assert_null(strchr(line, '\n'));
	assert_null(strstr(line, "internal error"));
	if (e->sim->trace)
		printf("# %lld.%03lld %c %s\n", (long long)(e->sim->now.nsec / MONO_NSEC_PER_SEC),
		    (long long)(e->sim->now.nsec / MONO_NSEC_PER_MSEC % 1000), 'A' + e->side, line);
	if (!debug)
		snprintf(e->log[e->logged++ % SIM_LOG], sizeof(e->log[0]), "%s", line);
}

/* True when a line with `text` was logged lately. */
static inline bool sim_logged(const struct sim_end *e, const char *text)
{
	for (unsigned i = 0; i < SIM_LOG; i++) {
		if (strstr(e->log[i], text))
			return true;
	}
	return false;
}

static inline struct ike_config sim_config(const char *local, const char *remote)
{
	struct ike_config c = {.gateway = 1,
	    .version = 1,
	    .initiate = true,
	    .encr = IKE_ENCR_AES128_CBC,
	    .hash = IKE_HASH_SHA1,
	    .group = IKE_MODP1024,
	    .ike_lifetime_sec = 28800,
	    .esp_encr = IKE_ENCR_AES128_CBC,
	    .esp_auth = IKE_HASH_SHA1,
	    .pfs = true,
	    .sa_lifetime_sec = 3600,
	    .nat_traversal = true,
	    .dpd = true,
	    .dpd_interval_sec = 10,
	    .dpd_count = 3,
	    .retry_count = 10,
	    .retry_interval_sec = 5};

	assert_int_equal(ip_addr_parse(local, &c.local), 0);
	assert_int_equal(ip_addr_parse(remote, &c.remote), 0);
	assert_int_equal(ip_prefix_parse("0.0.0.0/0", &c.ts_local), 0);
	c.ts_remote = c.ts_local;
	memcpy(c.psk, "correct horse battery staple", 28);
	c.psk_bytes = 28;
	return c;
}

static inline struct sim *sim_new(uint64_t seed)
{
	struct sim *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	s->now = (mono_t){INT64_C(1000) * MONO_NSEC_PER_SEC};
	s->delay_msec = 20;
	s->dh_msec = 5;
	s->apply_msec = 10;
	s->esp_msec = 1000;
	s->strict = true;
	s->nat_500 = 20500;
	s->nat_4500 = 24500;
	s->end[SIM_A].config = sim_config("203.0.113.2", "198.51.100.2");
	s->end[SIM_B].config = sim_config("198.51.100.2", "203.0.113.2");
	for (int i = 0; i < 2; i++) {
		struct sim_end *e = &s->end[i];

		e->sim = s;
		e->side = i;
		e->env =
		    (struct ike_env){e, sim_env_random, sim_env_spi, sim_env_release, sim_env_log};
	}
	return s;
}

/* Puts A behind a NAT: its own address is a private one. */
static inline void sim_nat(struct sim *s)
{
	s->nat = true;
	assert_int_equal(ip_addr_parse("192.168.100.1", &s->end[SIM_A].config.local), 0);
	s->end[SIM_B].config.remote_id = s->end[SIM_A].config.local;
}

static inline void sim_free(struct sim *s)
{
	ike_peer_free(s->end[SIM_A].peer);
	ike_peer_free(s->end[SIM_B].peer);
	free(s);
}

static inline size_t sim_packet_slot(struct sim *s)
{
	for (size_t i = 0; i < SIM_PACKETS; i++) {
		if (i == s->packet_top)
			s->packet_at[s->packet_top++] = MONO_NEVER;
		if (mono_is_never(s->packet_at[i]))
			return i;
	}
	fail_msg("the link is full");
	return 0;
}

static inline void sim_packet_copy(struct sim_packet *to, const struct sim_packet *from)
{
	memcpy(to, from, offsetof(struct sim_packet, data) + from->bytes);
}

/* Puts a packet on the link: lost, late, twice, as the link is. */
static inline void sim_transmit(struct sim *s, int from, struct sim_packet *p)
{
	unsigned copies = 1 + (sim_below(s, 100) < s->dup_percent);

	if (s->end[from].cut || s->end[1 - from].cut)
		return;
	p->to = 1 - from;
	if (s->tap && !s->tap(s, from, p))
		return;
	for (unsigned i = 0; i < copies; i++) {
		size_t slot;

		if (sim_below(s, 100) < s->loss_percent)
			continue;
		slot = sim_packet_slot(s);
		sim_packet_copy(&s->packet[slot], p);
		s->packet_at[slot] =
		    mono_add_msec(s->now, s->delay_msec + sim_below(s, s->jitter_msec));
	}
}

static inline void sim_send_ike(struct sim *s, int from, const struct ike_action *act)
{
	struct sim_packet packet, *p = &packet;

	memset(p, 0, offsetof(struct sim_packet, data));
	s->end[from].sends++;
	p->src = act->u.send.local;
	p->src_port = act->u.send.local_port;
	p->dst_port = act->u.send.remote_port;
	p->bytes = act->u.send.bytes;
	memcpy(p->data, act->u.send.data, p->bytes);
	memcpy(s->end[from].last, p->data, p->bytes);
	s->end[from].last_bytes = p->bytes;
	if (s->nat && from == SIM_A) {
		assert_int_equal(ip_addr_parse("203.0.113.2", &p->src), 0);
		p->src_port = p->src_port == IKE_PORT ? s->nat_500 : s->nat_4500;
	} else if (s->nat) {
		/* Only what the NAT knows comes in. */
		if (p->dst_port != s->nat_500 && p->dst_port != s->nat_4500)
			return;
		p->dst_port = p->dst_port == s->nat_500 ? IKE_PORT : IKE_NATT_PORT;
	}
	if (!act->u.send.keepalive)
		sim_transmit(s, from, p);
}

static inline struct sim_pending *sim_pending_new(struct sim *s, int side, unsigned msec)
{
	for (size_t i = 0; i < SIM_PENDING; i++) {
		struct sim_pending *p = &s->pending[i];

		if (p->used)
			continue;
		memset(p, 0, sizeof(*p));
		p->used = true;
		p->side = side;
		p->at = mono_add_msec(s->now, msec);
		return p;
	}
	fail_msg("too much is pending");
	return NULL;
}

/* The toy public value of a secret. */
static inline void sim_toy_public(
    const uint8_t *secret, size_t bytes, uint8_t *pub, size_t pub_bytes)
{
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < bytes; i++)
		x = (x ^ secret[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < pub_bytes; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		pub[i] = (uint8_t)(x >> 16);
	}
}

static inline void sim_dh(struct sim *s, int side, const struct ike_action *act)
{
	struct sim_pending *p = sim_pending_new(s, side, s->dh_msec);
	size_t bytes = ike_group_bytes(act->u.dh.group);

	assert_true(bytes > 0);
	p->event.type = IKE_EV_DH_DONE;
	p->event.dh.id = act->u.dh.id;
	p->event.dh.secret = p->secret;
	p->event.dh.pub = p->pub;
	if (act->u.dh.op == IKE_DH_GENERATE) {
		p->event.dh.secret_bytes = 40;
		p->event.dh.pub_bytes = bytes;
		sim_env_random(&s->end[side], p->secret, 40);
		sim_toy_public(p->secret, 40, p->pub, bytes);
	} else {
		assert_int_equal(act->u.dh.peer_pub_bytes, bytes);
		sim_toy_public(act->u.dh.secret, act->u.dh.secret_bytes, p->secret, bytes);
		p->event.dh.error = -EBADMSG; /* as the real one, it refuses zero */
		for (size_t i = 0; i < bytes; i++) {
			p->secret[i] ^= act->u.dh.peer_pub[i];
			if (act->u.dh.peer_pub[i])
				p->event.dh.error = 0;
		}
		p->event.dh.secret_bytes = bytes;
	}
}

static inline int sim_find_in(const struct sim_end *e, uint32_t spi)
{
	for (int i = 0; i < SIM_SAS; i++) {
		if (e->in_used[i] && e->in[i].spi_in == spi)
			return i;
	}
	return -1;
}

static inline unsigned sim_inbound_count(const struct sim_end *e)
{
	unsigned n = 0;

	for (int i = 0; i < SIM_SAS; i++)
		n += e->in_used[i];
	return n;
}

static inline void sim_add_in(struct sim *s, int side, const struct ike_child *child)
{
	struct sim_end *e = &s->end[side];
	struct sim_pending *p = sim_pending_new(s, side, s->apply_msec);

	assert_int_equal(sim_find_in(e, child->spi_in), -1);
	for (int i = 0; i < SIM_SAS; i++) {
		if (e->in_used[i])
			continue;
		e->in_used[i] = true;
		e->in_installed[i] = false;
		e->in_seen[i] = (mono_t){0};
		e->in[i] = *child;
		e->adds++;
		p->event.type = IKE_EV_IN_APPLIED;
		p->event.spi = child->spi_in;
		return;
	}
	fail_msg("too many inbound SAs");
}

/* The outbound SA in use must be known on the other side, with the same keys. */
static inline void sim_check(struct sim *s)
{
	for (int i = 0; i < 2; i++) {
		const struct sim_end *e = &s->end[i], *o = &s->end[1 - i];
		int at;

		if (!e->out.spi_out)
			continue;
		at = sim_find_in(o, e->out.spi_out);
		if (at < 0 || !o->in_installed[at]) {
			s->lost_spi++;
			if (s->strict)
				fail_msg(
				    "side %c sends on %08x, which the other side does not have",
				    'A' + i, e->out.spi_out);
			continue;
		}
		assert_memory_equal(e->out.encr_key_out, o->in[at].encr_key_in, IKE_KEY_BYTES);
		assert_memory_equal(e->out.auth_key_out, o->in[at].auth_key_in, IKE_KEY_BYTES);
	}
}

static inline void sim_act(struct sim *s, int side, struct ike_action *act)
{
	struct sim_end *e = &s->end[side];
	int at;

	switch (act->type) {
	case IKE_ACT_SEND: sim_send_ike(s, side, act); break;
	case IKE_ACT_DH: sim_dh(s, side, act); break;
	case IKE_ACT_CHILD_ADD_IN: sim_add_in(s, side, &act->u.child); break;
	case IKE_ACT_CHILD_USE_OUT:
		at = sim_find_in(e, act->u.child.spi_in);
		assert_true(at >= 0 && e->in_installed[at]); /* inbound before outbound */
		e->out = act->u.child;
		e->uses++;
		break;
	case IKE_ACT_CHILD_DEL_OUT:
		if (e->out.spi_in == act->u.child.spi_in)
			memset(&e->out, 0, sizeof(e->out));
		break;
	case IKE_ACT_CHILD_DEL_IN:
		assert_int_not_equal(e->out.spi_in, act->u.child.spi_in); /* outbound goes first */
		at = sim_find_in(e, act->u.child.spi_in);
		assert_true(at >= 0);
		e->in_used[at] = false;
		break;
	case IKE_ACT_STATE:
		e->state = act->u.state.state;
		snprintf(e->reason, sizeof(e->reason), "%s", act->u.state.reason);
		break;
	}
}

static inline void sim_input(struct sim *s, int side, const struct ike_event *event)
{
	struct ike_actions *out = &s->end[side].actions;

	ike_actions_clear(out);
	ike_input(s->end[side].peer, s->now, event, out);
	for (size_t i = 0; i < out->count; i++)
		sim_act(s, side, &out->action[i]);
}

static inline void sim_create(struct sim *s, int side)
{
	struct sim_end *e = &s->end[side];
	const char *error = NULL;

	e->peer = ike_peer_new(&e->config, &e->env, &error);
	if (!e->peer)
		fail_msg("%s", error);
}

static inline void sim_event(struct sim *s, int side, enum ike_event_type type, uint32_t spi)
{
	struct ike_event event = {.type = type, .spi = spi};

	sim_input(s, side, &event);
}

/* Creates both engines and starts them. */
static inline void sim_start(struct sim *s)
{
	s->esp_at = s->now;
	for (int i = 0; i < 2; i++) {
		sim_create(s, i);
		sim_event(s, i, IKE_EV_START, 0);
	}
}

/* The side loses its memory, as a power cut would have it. */
static inline void sim_amnesia(struct sim *s, int side)
{
	struct sim_end *e = &s->end[side];

	ike_peer_free(e->peer);
	memset(e->in_used, 0, sizeof(e->in_used));
	memset(&e->out, 0, sizeof(e->out));
	for (size_t i = 0; i < SIM_PENDING; i++) {
		if (s->pending[i].side == side)
			s->pending[i].used = false;
	}
	sim_create(s, side);
	sim_event(s, side, IKE_EV_START, 0);
}

static inline void sim_esp_send(struct sim *s, int from)
{
	struct sim_packet p;

	memset(&p, 0, offsetof(struct sim_packet, data));
	p.esp = true;
	p.spi = s->end[from].out.spi_out;
	if (!p.spi)
		return;
	s->end[from].esp_sent++;
	sim_transmit(s, from, &p);
}

static inline void sim_esp_receive(struct sim *s, int side, uint32_t spi)
{
	struct sim_end *e = &s->end[side];
	int at = sim_find_in(e, spi);

	if (at < 0 || !e->in_installed[at]) {
		s->end[1 - side].esp_lost++;
		return;
	}
	if (e->in_seen[at].nsec && mono_diff_msec(s->now, e->in_seen[at]) < 1000)
		return;
	e->in_seen[at] = s->now;
	sim_event(s, side, IKE_EV_INBOUND_SEEN, spi);
}

/* Hands a datagram to an engine as if it came from the wire. */
static inline void sim_deliver(struct sim *s, int side, struct ip_addr src, uint16_t src_port,
    uint16_t dst_port, const uint8_t *data, size_t bytes)
{
	struct ike_event event = {.type = IKE_EV_DATAGRAM};
	uint8_t *copy = malloc(bytes ? bytes : 1); /* so that a read past the end is seen */

	assert_non_null(copy);
	memcpy(copy, data, bytes);
	event.datagram.data = copy;
	event.datagram.bytes = bytes;
	event.datagram.src = src;
	event.datagram.dst = s->end[side].config.local;
	event.datagram.src_port = src_port;
	event.datagram.dst_port = dst_port;
	sim_input(s, side, &event);
	free(copy);
}

static inline void sim_receive(struct sim *s, size_t slot)
{
	struct sim_packet p;

	sim_packet_copy(&p, &s->packet[slot]);
	s->packet_at[slot] = MONO_NEVER;
	while (s->packet_top && mono_is_never(s->packet_at[s->packet_top - 1]))
		s->packet_top--;
	if (s->end[p.to].cut)
		return;
	if (p.esp)
		sim_esp_receive(s, p.to, p.spi);
	else
		sim_deliver(s, p.to, p.src, p.src_port, p.dst_port, p.data, p.bytes);
}

static inline void sim_answer(struct sim *s, struct sim_pending *p)
{
	struct sim_pending *copy = malloc(sizeof(*copy));
	struct sim_end *e = &s->end[p->side];

	assert_non_null(copy);
	*copy = *p;
	p->used = false;
	if (copy->event.type == IKE_EV_IN_APPLIED) {
		int at = sim_find_in(e, copy->event.spi);

		if (at >= 0)
			e->in_installed[at] = true;
	} else {
		copy->event.dh.secret = copy->secret;
		copy->event.dh.pub = copy->pub;
	}
	sim_input(s, copy->side, &copy->event);
	free(copy);
}

/* The next thing that happens, at or before `end`. False: nothing does. */
static inline bool sim_step(struct sim *s, mono_t end)
{
	struct sim_pending *pending = NULL;
	mono_t at = end;
	size_t slot = 0;
	int timer = -1;

	for (size_t i = 0; i < s->packet_top; i++) {
		if (mono_before(s->packet_at[i], at)) {
			slot = i;
			at = s->packet_at[i];
		}
	}
	for (size_t i = 0; i < SIM_PENDING; i++) {
		if (s->pending[i].used && mono_before(s->pending[i].at, at)) {
			pending = &s->pending[i];
			at = pending->at;
		}
	}
	for (int i = 0; i < 2; i++) {
		mono_t wake = ike_next_wake(s->end[i].peer);

		if (mono_before(wake, at)) {
			timer = i;
			at = wake;
		}
	}
	if (s->esp_msec && mono_before(s->esp_at, at)) {
		s->now = s->esp_at;
		s->esp_at = mono_add_msec(s->esp_at, s->esp_msec);
		sim_esp_send(s, SIM_A);
		sim_esp_send(s, SIM_B);
		return true;
	}
	if (!mono_before(at, end)) {
		s->now = end;
		return false;
	}
	if (mono_before(s->now, at))
		s->now = at;
	if (timer >= 0)
		sim_event(s, timer, IKE_EV_TIMER, 0);
	else if (pending)
		sim_answer(s, pending);
	else
		sim_receive(s, slot);
	sim_check(s);
	return true;
}

/* Runs for `msec`. */
static inline void sim_run(struct sim *s, int64_t msec)
{
	mono_t end = mono_add_msec(s->now, msec), last = s->now;
	unsigned same = 0;

	while (sim_step(s, end)) {
		same = s->now.nsec == last.nsec ? same + 1 : 0;
		last = s->now;
		assert_true(same < 1000); /* time stands still: a timer is never served */
	}
}

static inline bool sim_both_up(const struct sim *s)
{
	return s->end[SIM_A].out.spi_out && s->end[SIM_B].out.spi_out;
}

/* Milliseconds until both sides send, or -1 after `msec`. */
static inline int64_t sim_until_up(struct sim *s, int64_t msec)
{
	mono_t begin = s->now, end = mono_add_msec(begin, msec);

	while (!sim_both_up(s)) {
		if (!sim_step(s, end))
			return -1;
	}
	return mono_diff_msec(s->now, begin);
}

static inline struct ike_status sim_status(struct sim *s, int side)
{
	struct ike_status status;

	ike_peer_status(s->end[side].peer, s->now, &status);
	return status;
}
