/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The snapshot that `show` prints. Reads only; no keys leave. */
#include <stdio.h>
#include <string.h>

#include "control/ike/ike_peer.h"

static const char *hash_name(enum ike_hash hash)
{
	switch (hash) {
	case IKE_HASH_MD5: return "MD5";
	case IKE_HASH_SHA1: return "SHA-1";
	case IKE_HASH_SHA256: return "SHA-256";
	case IKE_HASH_SHA384: return "SHA-384";
	case IKE_HASH_SHA512: return "SHA-512";
	}
	return "?";
}

static uint32_t left(mono_t end, mono_t now)
{
	return mono_before(now, end) ? (uint32_t)mono_diff_sec(end, now) : 0;
}

static void add_isakmp(
    const struct ike_peer *p, const struct isakmp_sa *sa, mono_t now, struct ike_status *out)
{
	if (sa->state != MAIN_ESTABLISHED || out->isakmp_count == IKE_STATUS_SAS)
		return;
	memcpy(out->isakmp[out->isakmp_count].cookie_i, sa->cookie_i, sizeof(sa->cookie_i));
	memcpy(out->isakmp[out->isakmp_count].cookie_r, sa->cookie_r, sizeof(sa->cookie_r));
	out->isakmp[out->isakmp_count].life_sec = left(sa->expires, now);
	out->isakmp[out->isakmp_count].initiator = sa->initiator;
	snprintf(out->isakmp[out->isakmp_count].algorithms,
	    sizeof(out->isakmp[out->isakmp_count].algorithms), "%s, %s, MODP %zubit",
	    p->config.encr == IKE_ENCR_AES256_CBC ? "AES256-CBC" : "AES-CBC",
	    hash_name(p->config.hash), ike_group_bytes(p->config.group) * 8);
	out->isakmp_count++;
}

static void add_child(const struct child_pair *c, mono_t now, struct ike_status *out)
{
	if (c->state == CHILD_FREE || c->state == CHILD_ADDING ||
	    out->child_count == IKE_STATUS_SAS)
		return;
	out->child[out->child_count].spi_in = c->sa.spi_in;
	out->child[out->child_count].spi_out = c->sa.spi_out;
	out->child[out->child_count].life_sec = left(c->sa.hard, now);
	out->child[out->child_count].sending = c->state == CHILD_SENDING;
	out->child[out->child_count].negotiating = c->state == CHILD_APPLIED;
	out->child[out->child_count].encr = c->sa.encr;
	out->child[out->child_count].auth = c->sa.auth;
	out->child_count++;
}

void ike_peer_status(const struct ike_peer *p, mono_t now, struct ike_status *out)
{
	const struct isakmp_sa *best = isakmp_best(p);

	memset(out, 0, sizeof(*out));
	out->state = p->state;
	memcpy(out->reason, p->reason, sizeof(out->reason));
	out->fault = p->fault;
	out->version = p->config.version;
	if (best) {
		out->nat_local = best->nat_local;
		out->nat_remote = best->nat_remote;
		out->remote_port = best->remote_port;
	}
	for (size_t i = 0; i < ISAKMP_SAS; i++)
		add_isakmp(p, &p->isakmp[i], now, out);
	for (size_t i = 0; i < CHILD_PAIRS; i++)
		add_child(&p->child[i], now, out);
	out->rekeys_phase1 = p->count.rekeys_phase1;
	out->rekeys_phase2 = p->count.rekeys_phase2;
	out->retransmits = p->count.retransmits;
	out->bad_datagrams = p->count.bad_datagrams;
	out->dpd_lost = p->count.dpd_lost;
}
