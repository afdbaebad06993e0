/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Datagrams of a peer. The first byte chooses who gets the rest:
 *   0  a responder that knows nothing yet       3  an established SA, as payloads of Quick Mode 1,
 *   1  an initiator that has sent message 1        properly encrypted and hashed
 *   2  an established SA, as payloads of an     4  an established SA, as a raw datagram
 *      Informational, properly sealed           5  an initiator that waits for message 6, decrypted
 *
 * So the parsers behind authentication are reached, too. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/ike/ike_peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t seed;

static void env_random(void *ctx, uint8_t *out, size_t bytes)
{
	(void)ctx;
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		out[i] = (uint8_t)(seed >> 33);
	}
}

static uint32_t env_spi(void *ctx)
{
	(void)ctx;
	return 0x80000000 | (uint32_t)(++seed & 0xffff);
}

static void env_release(void *ctx, uint32_t spi)
{
	(void)ctx;
	(void)spi;
}

static void env_log(void *ctx, bool debug, const char *line)
{
	(void)ctx;
	(void)debug;
	if (strchr(line, '\n') || strchr(line, '\x1b'))
		abort(); /* peer bytes reach the log escaped */
	if (strstr(line, "internal error"))
		abort(); /* more actions than there is room for */
}

static const struct ike_env env = {NULL, env_random, env_spi, env_release, env_log};
static struct ike_actions actions;
static const mono_t now = {INT64_C(1000) * MONO_NSEC_PER_SEC};

static struct ike_peer *peer_new(bool initiate)
{
	struct ike_config c = {.version = 1,
	    .initiate = initiate,
	    .encr = IKE_ENCR_AES128_CBC,
	    .hash = IKE_HASH_SHA1,
	    .group = IKE_MODP1024,
	    .ike_lifetime_sec = 28800,
	    .esp_encr = IKE_ENCR_AES128_CBC,
	    .esp_auth = IKE_HASH_SHA1,
	    .pfs = true,
	    .sa_lifetime_sec = 3600,
	    .psk = "secret of the fuzzer",
	    .psk_bytes = 20,
	    .nat_traversal = true,
	    .dpd = true,
	    .dpd_interval_sec = 10,
	    .dpd_count = 3,
	    .retry_count = 3,
	    .retry_interval_sec = 5};
	struct ike_peer *p;

	c.local = ip_addr_v4(0xcb007102);
	c.remote = ip_addr_v4(0xc6336402);
	c.ts_local.addr = c.ts_remote.addr = ip_addr_v4(0);
	p = ike_peer_new(&c, &env, NULL);
	if (!p)
		abort();
	return p;
}

static void input(struct ike_peer *p, const struct ike_event *event)
{
	ike_actions_clear(&actions);
	ike_input(p, now, event, &actions);
}

static void deliver(struct ike_peer *p, const uint8_t *data, size_t bytes)
{
	struct ike_event event = {.type = IKE_EV_DATAGRAM};
	uint8_t *copy = malloc(bytes ? bytes : 1);

	if (!copy)
		return;
	memcpy(copy, data, bytes);
	event.datagram.data = copy;
	event.datagram.bytes = bytes;
	event.datagram.src = ip_addr_v4(0xc6336402);
	event.datagram.src_port = event.datagram.dst_port = IKE_PORT;
	input(p, &event);
	free(copy);
}

/* Answers whatever the engine asks for, so that it goes on. */
static void answer(struct ike_peer *p)
{
	for (int round = 0; round < 4; round++) {
		struct ike_event event = {.type = IKE_EV_TIMER};
		uint8_t bytes[256] = {3};

		for (size_t i = 0; i < actions.count; i++) {
			struct ike_action *act = &actions.action[i];

			if (act->type == IKE_ACT_DH) {
				event.type = IKE_EV_DH_DONE;
				event.dh.id = act->u.dh.id;
				event.dh.secret = event.dh.pub = bytes;
				event.dh.secret_bytes = act->u.dh.op == IKE_DH_GENERATE
							    ? 40
							    : ike_group_bytes(act->u.dh.group);
				event.dh.pub_bytes = ike_group_bytes(act->u.dh.group);
			} else if (act->type == IKE_ACT_CHILD_ADD_IN) {
				event.type = IKE_EV_IN_APPLIED;
				event.spi = act->u.child.spi_in;
			}
		}
		if (event.type == IKE_EV_TIMER)
			break;
		input(p, &event);
	}
}

/* Puts the first slot into a state as if an exchange had come that far. */
static struct isakmp_sa *install(struct ike_peer *p, enum main_state state)
{
	struct isakmp_sa *sa = &p->isakmp[0];

	isakmp_free(sa);
	sa->initiator = true;
	sa->state = state;
	sa->peer_dpd = sa->peer_natt = true;
	sa->local_port = sa->remote_port = IKE_PORT;
	memset(sa->cookie_i, 1, sizeof(sa->cookie_i));
	memset(sa->cookie_r, 2, sizeof(sa->cookie_r));
	sa->dh.group = IKE_MODP1024;
	sa->keys.hash = IKE_HASH_SHA1;
	sa->keys.bytes = 20;
	sa->keys.encr_key_bytes = 16;
	sa->sent.due = sa->deadline = sa->retire_at = MONO_NEVER;
	sa->established = sa->heard = now;
	sa->rekey_at = sa->expires = mono_add_sec(now, 28000);
	p->quick_at = p->main_at = mono_add_sec(now, 1000);
	return sa;
}

/* Encrypts `data` as the payload chain of a message; its first byte is the first payload's type. */
static void deliver_sealed(
    struct ike_peer *p, struct isakmp_sa *sa, uint8_t exchange, const uint8_t *data, size_t bytes)
{
	uint8_t message[IKE_DATAGRAM_BYTES], iv[IKE_CBC_BLOCK] = {0};
	uint32_t id = exchange == ISAKMP_XCHG_IDENTITY_PROTECTION ? 0 : 7;
	struct ike_builder b;
	size_t out;

	if (!bytes || bytes > 3000)
		return;
	if (id) {
		isakmp_build_hashed(sa, &b, message, sizeof(message), exchange, id);
		b.w.start[ISAKMP_HEADER_BYTES] = data[0]; /* follows the HASH */
		wr_bytes(&b.w, data + 1, bytes - 1);
		if (ike_keys_iv_phase2(&sa->keys, sa->iv, id, iv))
			return;
		out = isakmp_seal_hashed(sa, &b, id, (struct ike_chunk){NULL, 0}, iv);
	} else {
		isakmp_build(sa, &b, message, sizeof(message), exchange, ISAKMP_FLAG_ENCRYPTION, 0);
		b.w.start[16] = data[0];
		wr_bytes(&b.w, data + 1, bytes - 1);
		out = isakmp_seal(sa, &b, iv);
	}
	deliver(p, message, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct ike_event start = {.type = IKE_EV_START};
	struct ike_peer *p;
	struct isakmp_sa *sa;
	uint8_t mode;

	if (bytes < 2)
		return 0;
	mode = data[0] % 6;
	data++;
	bytes--;
	seed = 1;
	p = peer_new(mode == 1);
	input(p, &start);
	switch (mode) {
	case 0: deliver(p, data, bytes); break;
	case 1: {
		uint8_t copy[IKE_DATAGRAM_BYTES];

		if (bytes < ISAKMP_HEADER_BYTES || bytes > sizeof(copy))
			break;
		memcpy(copy, data, bytes);
		memcpy(copy, p->isakmp[0].cookie_i, ISAKMP_COOKIE_BYTES);
		deliver(p, copy, bytes);
		break;
	}
	case 2:
		deliver_sealed(
		    p, install(p, MAIN_ESTABLISHED), ISAKMP_XCHG_INFORMATIONAL, data, bytes);
		break;
	case 3:
		deliver_sealed(
		    p, install(p, MAIN_ESTABLISHED), ISAKMP_XCHG_QUICK_MODE, data, bytes);
		break;
	case 4:
		install(p, MAIN_ESTABLISHED);
		deliver(p, data, bytes);
		break;
	default:
		sa = install(p, MAIN_I_ID_SENT);
		deliver_sealed(p, sa, ISAKMP_XCHG_IDENTITY_PROTECTION, data, bytes);
		break;
	}
	answer(p);
	(void)ike_next_wake(p);
	ike_actions_clear(&actions);
	ike_peer_free(p);
	return 0;
}
