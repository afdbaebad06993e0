/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The three messages of Quick Mode, and the keys that come of them:
 *
 *   1 -> HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr
 *   2 <- HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, N(RESPONDER-LIFETIME)]
 *   3 -> HDR*, HASH(3)
 *
 * RFC 2409 section 5.5; RFC 2407 sections 4.5 and 4.6.3.1. */
#include "control/ike/ikev1_quick_msg.h"

#include <errno.h>
#include <string.h>

#include "common/shm_abi.h"

enum ike_group quick_pfs_group(const struct ike_config *config)
{
	if (!config->pfs)
		return IKE_GROUP_NONE;
	return config->pfs_group != IKE_GROUP_NONE ? config->pfs_group : config->group;
}

static bool udp_encap(const struct isakmp_sa *sa)
{
	return sa->nat_local || sa->nat_remote;
}

static void write_ke_and_ids(struct ike_builder *b, const struct quick *q,
    const struct ike_nonce *nonce, const struct ip_prefix *idci, const struct ip_prefix *idcr)
{
	uint8_t id[IKE_ID_BYTES];

	ike_build_payload(b, ISAKMP_PAYLOAD_NONCE, nonce->data, nonce->bytes);
	if (q->pfs)
		ike_build_payload(b, ISAKMP_PAYLOAD_KE, q->dh.ours, ike_group_bytes(q->dh.group));
	ike_build_payload(b, ISAKMP_PAYLOAD_ID, id, ike_id_write_subnet(idci, id));
	ike_build_payload(b, ISAKMP_PAYLOAD_ID, id, ike_id_write_subnet(idcr, id));
}

size_t quick_write_offer(const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q,
    uint8_t *data, size_t bytes)
{
	const struct ike_phase2_want want = {.udp_encap = udp_encap(sa), .group = q->dh.group};
	struct ike_builder b;

	isakmp_build_hashed(sa, &b, data, bytes, ISAKMP_XCHG_QUICK_MODE, q->message_id);
	ike_build_open(&b, ISAKMP_PAYLOAD_SA);
	ike_proposal_write_phase2(&b.w, &p->config, &want, q->spi_in);
	ike_build_close(&b);
	write_ke_and_ids(&b, q, &q->ni, &p->config.ts_local, &p->config.ts_remote);
	return isakmp_seal_hashed(sa, &b, q->message_id, (struct ike_chunk){NULL, 0}, q->iv);
}

size_t quick_write_answer(const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q,
    uint8_t *data, size_t bytes)
{
	const struct ike_chosen chosen = {.proposal_number = q->proposal_number,
	    .transform = q->transform,
	    .transform_bytes = q->transform_bytes};
	uint8_t spi[4], life[16];
	struct ike_builder b;

	isakmp_build_hashed(sa, &b, data, bytes, ISAKMP_XCHG_QUICK_MODE, q->message_id);
	ike_build_open(&b, ISAKMP_PAYLOAD_SA);
	ike_proposal_answer_phase2(&b.w, &chosen, q->spi_in);
	ike_build_close(&b);
	/* IDci is the initiator's, the peer's. */
	write_ke_and_ids(&b, q, &q->nr, &p->config.ts_remote, &p->config.ts_local);
	if (q->say_life) {
		struct wr w = wr_init(life, sizeof(life)), s = wr_init(spi, sizeof(spi));

		wr_u32(&s, q->spi_in);
		ike_lifetime_write(&w, q->life_sec);
		ike_build_notify(&b, IPSEC_PROTO_ESP, ISAKMP_N_RESPONDER_LIFETIME, spi, sizeof(spi),
		    life, wr_len(&w));
	}
	return isakmp_seal_hashed(
	    sa, &b, q->message_id, (struct ike_chunk){q->ni.data, q->ni.bytes}, q->iv);
}

size_t quick_write_done(const struct isakmp_sa *sa, struct quick *q, uint8_t *data, size_t bytes)
{
	uint8_t hash[IKE_HASH_MAX];
	struct ike_builder b;

	if (ike_keys_hash3(&sa->keys, q->message_id, (struct ike_chunk){q->ni.data, q->ni.bytes},
		(struct ike_chunk){q->nr.data, q->nr.bytes}, hash))
		return 0;
	isakmp_build(
	    sa, &b, data, bytes, ISAKMP_XCHG_QUICK_MODE, ISAKMP_FLAG_ENCRYPTION, q->message_id);
	ike_build_payload(&b, ISAKMP_PAYLOAD_HASH, hash, sa->keys.bytes);
	return isakmp_seal(sa, &b, q->iv);
}

/* ---- reading ------------------------------------------------------------ */

/* Exactly the two prefixes that are configured, in the order IDci, IDcr. */
static bool ids_match(
    const struct ike_rx *rx, const struct ip_prefix *idci, const struct ip_prefix *idcr)
{
	const struct ip_prefix want[2] = {ip_prefix_mask(idci), ip_prefix_mask(idcr)};
	size_t seen = 0;

	for (size_t i = 0; i < rx->payloads.count; i++) {
		struct ip_prefix got;
		struct ike_id id;

		if (rx->payloads.list[i].type != ISAKMP_PAYLOAD_ID)
			continue;
		if (seen == 2 || ike_id_parse(&rx->payloads.list[i], &id) ||
		    ike_id_prefix(&id, &got) || !ip_prefix_equal(&got, &want[seen]))
			return false;
		seen++;
	}
	return seen == 2;
}

static uint32_t smaller_volume(uint32_t a, uint32_t b)
{
	return !a || (b && b < a) ? b : a;
}

static void adopt_life(const struct ike_peer *p, struct quick *q, const struct ike_phase2 *t)
{
	uint32_t life = ike_life_clamp(t->life_sec);

	q->say_life = life > p->config.sa_lifetime_sec;
	q->life_sec = q->say_life ? ike_life_clamp(p->config.sa_lifetime_sec) : life;
	q->life_kbyte = smaller_volume(t->life_kbyte, p->config.sa_lifetime_kbyte);
}

uint16_t quick_read_offer(
    const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q, const struct ike_rx *rx)
{
	const struct ike_payload *body = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_SA);
	struct ike_phase2_want want = {.udp_encap = udp_encap(sa)};
	struct ike_phase2 t;

	q->pfs = ike_payloads_count(&rx->payloads, ISAKMP_PAYLOAD_KE) > 0;
	if (p->config.pfs && !q->pfs)
		return ISAKMP_N_NO_PROPOSAL_CHOSEN;
	if (q->pfs)
		want.group =
		    p->config.pfs_group != IKE_GROUP_NONE ? p->config.pfs_group : p->config.group;
	if (!body ||
	    ike_proposal_choose_phase2(body->body, body->bytes, &p->config, &want, false, &t) ||
	    t.chosen.transform_bytes > sizeof(q->transform))
		return ISAKMP_N_NO_PROPOSAL_CHOSEN;
	q->dh.group = t.group;
	if (ike_nonce_read(&rx->payloads, &q->ni))
		return ISAKMP_N_PAYLOAD_MALFORMED;
	if (q->pfs && ike_ke_read(&rx->payloads, &q->dh))
		return ISAKMP_N_INVALID_KEY_INFORMATION;
	if (!ids_match(rx, &p->config.ts_remote, &p->config.ts_local))
		return ISAKMP_N_INVALID_ID_INFORMATION;
	q->spi_out = t.spi;
	q->proposal_number = t.chosen.proposal_number;
	q->transform_bytes = t.chosen.transform_bytes;
	memcpy(q->transform, t.chosen.transform, t.chosen.transform_bytes);
	adopt_life(p, q, &t);
	return 0;
}

/* The responder keeps the SA for a shorter time than we offered. */
static void read_responder_lifetime(const struct ike_rx *rx, struct quick *q)
{
	for (size_t i = 0; i < rx->payloads.count; i++) {
		uint32_t life = q->life_sec, kbyte = q->life_kbyte;
		struct ike_notify n;

		if (rx->payloads.list[i].type != ISAKMP_PAYLOAD_NOTIFICATION ||
		    ike_notify_parse(&rx->payloads.list[i], &n) ||
		    n.type != ISAKMP_N_RESPONDER_LIFETIME || n.protocol != IPSEC_PROTO_ESP ||
		    ike_lifetime_parse(n.data, n.bytes, &life, &kbyte))
			continue;
		if (life < q->life_sec)
			q->life_sec = ike_life_clamp(life);
		q->life_kbyte = smaller_volume(q->life_kbyte, kbyte);
	}
}

uint16_t quick_read_answer(
    const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q, const struct ike_rx *rx)
{
	const struct ike_payload *body = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_SA);
	const struct ike_phase2_want want = {.udp_encap = udp_encap(sa), .group = q->dh.group};
	struct ike_phase2 t;

	if (!body ||
	    ike_proposal_choose_phase2(body->body, body->bytes, &p->config, &want, true, &t))
		return ISAKMP_N_NO_PROPOSAL_CHOSEN;
	if (ike_nonce_read(&rx->payloads, &q->nr))
		return ISAKMP_N_PAYLOAD_MALFORMED;
	if (q->pfs != (ike_payloads_count(&rx->payloads, ISAKMP_PAYLOAD_KE) > 0) ||
	    (q->pfs && ike_ke_read(&rx->payloads, &q->dh)))
		return ISAKMP_N_INVALID_KEY_INFORMATION;
	if (!ids_match(rx, &p->config.ts_local, &p->config.ts_remote))
		return ISAKMP_N_INVALID_ID_INFORMATION;
	q->spi_out = t.spi;
	q->life_sec = ike_life_clamp(
	    t.life_sec < p->config.sa_lifetime_sec ? t.life_sec : p->config.sa_lifetime_sec);
	q->life_kbyte = smaller_volume(t.life_kbyte, p->config.sa_lifetime_kbyte);
	read_responder_lifetime(rx, q);
	return 0;
}

int quick_read_done(const struct isakmp_sa *sa, struct quick *q, struct ike_rx *rx)
{
	const struct ike_payload *hash;
	uint8_t iv[IKE_CBC_BLOCK], want[IKE_HASH_MAX];

	memcpy(iv, q->iv, sizeof(iv));
	if (isakmp_open(sa, rx, iv))
		return -EBADMSG;
	hash = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_HASH);
	if (!hash || hash->bytes != sa->keys.bytes ||
	    ike_keys_hash3(&sa->keys, q->message_id, (struct ike_chunk){q->ni.data, q->ni.bytes},
		(struct ike_chunk){q->nr.data, q->nr.bytes}, want) ||
	    !secret_equal(want, hash->body, hash->bytes))
		return -EACCES;
	memcpy(q->iv, iv, sizeof(iv));
	return 0;
}

/* ---- keys --------------------------------------------------------------- */

static int derive_half(const struct isakmp_sa *sa, const struct quick *q, struct ike_chunk secret,
    uint32_t spi, const struct ike_child *sizes, uint8_t *encr_key, uint8_t *auth_key)
{
	uint8_t keymat[2 * IKE_KEY_BYTES];
	int rc =
	    ike_keys_keymat(&sa->keys, secret, spi, (struct ike_chunk){q->ni.data, q->ni.bytes},
		(struct ike_chunk){q->nr.data, q->nr.bytes}, keymat,
		(size_t)sizes->encr_key_bytes + sizes->auth_key_bytes);

	memcpy(encr_key, keymat, sizes->encr_key_bytes);
	memcpy(auth_key, keymat + sizes->encr_key_bytes, sizes->auth_key_bytes);
	secret_wipe(keymat, sizeof(keymat));
	return rc;
}

int quick_derive(const struct ike_peer *p, const struct isakmp_sa *sa, const struct quick *q,
    struct ike_chunk secret, struct ike_child *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->spi_in = q->spi_in;
	out->spi_out = q->spi_out;
	out->encr = CFG_ENCR_AES_CBC;
	out->auth = ike_proposal_cfg_auth(p->config.esp_auth);
	out->encr_key_bytes = (uint16_t)ike_encr_key_bytes(p->config.esp_encr);
	out->auth_key_bytes = (uint16_t)ike_proposal_auth_key_bytes(p->config.esp_auth);
	out->udp_encap = udp_encap(sa);
	out->local = p->config.local;
	out->remote = p->config.remote;
	out->local_port = sa->local_port;
	out->remote_port = sa->remote_port;
	out->ts_local = ip_prefix_mask(&p->config.ts_local);
	out->ts_remote = ip_prefix_mask(&p->config.ts_remote);
	out->lifetime_sec = q->life_sec;
	out->lifetime_kbyte = q->life_kbyte;
	out->hard = mono_add_sec(p->now, q->life_sec);
	rc = derive_half(sa, q, secret, q->spi_in, out, out->encr_key_in, out->auth_key_in);
	if (!rc)
		rc = derive_half(
		    sa, q, secret, q->spi_out, out, out->encr_key_out, out->auth_key_out);
	return rc;
}
