/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The six messages of Main Mode with pre-shared keys:
 *
 *   1 -> HDR, SA, VID        2 <- HDR, SA, VID
 *   3 -> HDR, KE, Ni, NAT-D  4 <- HDR, KE, Nr, NAT-D
 *   5 -> HDR*, IDii, HASH_I  6 <- HDR*, IDir, HASH_R
 *
 * RFC 2409 section 5.4, RFC 3947 sections 3 and 4, RFC 2407 sections 4.6.2 and 4.6.3.3. */
#include "control/ike/ikev1_main_msg.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

size_t main_write_sa(const struct ike_peer *p, struct isakmp_sa *sa,
    const struct ike_chosen *chosen, uint8_t *data, size_t bytes)
{
	struct ike_builder b;
	size_t at;

	isakmp_build(sa, &b, data, bytes, ISAKMP_XCHG_IDENTITY_PROTECTION, 0, 0);
	ike_build_open(&b, ISAKMP_PAYLOAD_SA);
	at = wr_len(&b.w);
	if (chosen) {
		ike_proposal_answer_phase1(&b.w, chosen);
	} else {
		ike_proposal_write_phase1(&b.w, &p->config);
		sa->sai_bytes = wr_len(&b.w) - at;
		memcpy(sa->sai, data + at, sa->sai_bytes);
	}
	ike_build_close(&b);
	if (p->config.nat_traversal)
		ike_build_payload(
		    &b, ISAKMP_PAYLOAD_VENDOR_ID, ike_vendor_natt, sizeof(ike_vendor_natt));
	if (p->config.dpd)
		ike_build_payload(
		    &b, ISAKMP_PAYLOAD_VENDOR_ID, ike_vendor_dpd, sizeof(ike_vendor_dpd));
	return ike_build_finish(&b);
}

static bool natt_agreed(const struct ike_peer *p, const struct isakmp_sa *sa)
{
	return p->config.nat_traversal && sa->peer_natt;
}

/* The first NAT-D is that of the receiver's address, the second our own: RFC 3947 section 3.2. */
static void write_nat_d(const struct ike_peer *p, const struct isakmp_sa *sa, struct ike_builder *b)
{
	uint8_t hash[IKE_HASH_MAX];
	size_t bytes = ike_hash_bytes(p->config.hash);

	if (ike_keys_nat_d(p->config.hash, sa->cookie_i, sa->cookie_r, &p->config.remote,
		sa->remote_port, hash))
		return;
	ike_build_payload(b, ISAKMP_PAYLOAD_NAT_D, hash, bytes);
	if (ike_keys_nat_d(
		p->config.hash, sa->cookie_i, sa->cookie_r, &p->config.local, sa->local_port, hash))
		return;
	ike_build_payload(b, ISAKMP_PAYLOAD_NAT_D, hash, bytes);
}

size_t main_write_ke(
    const struct ike_peer *p, const struct isakmp_sa *sa, uint8_t *data, size_t bytes)
{
	const struct ike_nonce *nonce = sa->initiator ? &sa->ni : &sa->nr;
	struct ike_builder b;

	isakmp_build(sa, &b, data, bytes, ISAKMP_XCHG_IDENTITY_PROTECTION, 0, 0);
	ike_build_payload(&b, ISAKMP_PAYLOAD_KE, sa->dh.ours, ike_group_bytes(sa->dh.group));
	ike_build_payload(&b, ISAKMP_PAYLOAD_NONCE, nonce->data, nonce->bytes);
	if (natt_agreed(p, sa))
		write_nat_d(p, sa, &b);
	return ike_build_finish(&b);
}

size_t main_write_id(const struct ike_peer *p, struct isakmp_sa *sa, bool initial_contact,
    uint8_t *data, size_t bytes)
{
	struct ike_phase1_inputs in = isakmp_inputs(sa);
	uint8_t id[IKE_ID_BYTES], hash[IKE_HASH_MAX];
	size_t id_bytes = ike_id_write_addr(&p->config.local, id);
	struct ike_builder b;

	if (ike_keys_hash_phase1(
		&sa->keys, sa->initiator, &in, (struct ike_chunk){id, id_bytes}, hash))
		return 0;
	isakmp_build(
	    sa, &b, data, bytes, ISAKMP_XCHG_IDENTITY_PROTECTION, ISAKMP_FLAG_ENCRYPTION, 0);
	ike_build_payload(&b, ISAKMP_PAYLOAD_ID, id, id_bytes);
	ike_build_payload(&b, ISAKMP_PAYLOAD_HASH, hash, sa->keys.bytes);
	if (initial_contact) {
		uint8_t cookies[2 * ISAKMP_COOKIE_BYTES];

		memcpy(cookies, sa->cookie_i, ISAKMP_COOKIE_BYTES);
		memcpy(cookies + ISAKMP_COOKIE_BYTES, sa->cookie_r, ISAKMP_COOKIE_BYTES);
		ike_build_notify(&b, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, cookies,
		    sizeof(cookies), NULL, 0);
	}
	return isakmp_seal(sa, &b, sa->iv);
}

/* Compares the peer's NAT-D payloads with what we see: RFC 3947 section 3.2. */
static void find_nat(const struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	uint8_t ours[IKE_HASH_MAX], theirs[IKE_HASH_MAX];
	size_t bytes = ike_hash_bytes(p->config.hash), seen = 0;
	bool ours_ok = false, theirs_ok = false;

	if (!natt_agreed(p, sa) || ike_payloads_count(&rx->payloads, ISAKMP_PAYLOAD_NAT_D) < 2)
		return;
	if (ike_keys_nat_d(
		p->config.hash, sa->cookie_i, sa->cookie_r, &p->config.local, rx->dst_port, ours) ||
	    ike_keys_nat_d(p->config.hash, sa->cookie_i, sa->cookie_r, &p->config.remote,
		rx->src_port, theirs))
		return;
	for (size_t i = 0; i < rx->payloads.count; i++) {
		const struct ike_payload *nat_d = &rx->payloads.list[i];

		if (nat_d->type != ISAKMP_PAYLOAD_NAT_D)
			continue;
		if (nat_d->bytes == bytes && !memcmp(nat_d->body, seen ? theirs : ours, bytes))
			*(seen ? &theirs_ok : &ours_ok) = true;
		seen++;
	}
	sa->nat_local = !ours_ok;
	sa->nat_remote = !theirs_ok;
}

uint16_t main_read_ke(const struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx)
{
	if (ike_ke_read(&rx->payloads, &sa->dh))
		return ISAKMP_N_INVALID_KEY_INFORMATION;
	if (ike_nonce_read(&rx->payloads, sa->initiator ? &sa->nr : &sa->ni))
		return ISAKMP_N_PAYLOAD_MALFORMED;
	find_nat(p, sa, rx);
	return 0;
}

static void describe_id(const struct ike_id *id, char *text, size_t bytes)
{
	char addr[IP_ADDR_TEXT_BYTES], raw[40];
	struct ip_prefix prefix;

	if (id->type == IPSEC_ID_IPV4_ADDR && id->bytes == 4) {
		prefix.addr = (struct ip_addr){.family = IP_FAMILY_V4};
		memcpy(prefix.addr.bytes, id->data, 4);
		snprintf(text, bytes, "%s", ip_addr_format(&prefix.addr, addr));
	} else {
		snprintf(text, bytes, "type %u \"%s\"", id->type,
		    log_escape(id->data, id->bytes, raw, sizeof(raw)));
	}
}

/* The identity is the configured endpoint address. Protocol and port are those that RFC 2407
 * section 4.6.2 allows, or 4500 after floating. */
static bool id_expected(const struct ike_id *id, const struct ip_addr *addr)
{
	bool any = id->protocol == 0 && id->port == 0;
	bool udp = id->protocol == 17 &&
		   (id->port == 0 || id->port == IKE_PORT || id->port == IKE_NATT_PORT);

	return id->type == IPSEC_ID_IPV4_ADDR && id->bytes == 4 && (any || udp) &&
	       addr->family == IP_FAMILY_V4 && !memcmp(id->data, addr->bytes, 4);
}

static bool says_initial_contact(const struct ike_payloads *payloads)
{
	for (size_t i = 0; i < payloads->count; i++) {
		struct ike_notify n;

		if (payloads->list[i].type == ISAKMP_PAYLOAD_NOTIFICATION &&
		    !ike_notify_parse(&payloads->list[i], &n) && n.type == ISAKMP_N_INITIAL_CONTACT)
			return true;
	}
	return false;
}

enum main_auth main_read_id(
    const struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx, struct main_id *out)
{
	struct ike_phase1_inputs in = isakmp_inputs(sa);
	const struct ike_payload *id_payload, *hash;
	uint8_t iv[IKE_CBC_BLOCK], want[IKE_HASH_MAX];
	struct ike_id id;

	memcpy(iv, sa->iv, sizeof(iv));
	if (isakmp_open(sa, rx, iv))
		return MAIN_AUTH_UNREADABLE;
	id_payload = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_ID);
	hash = ike_payloads_one(&rx->payloads, ISAKMP_PAYLOAD_HASH);
	if (!id_payload || !hash || ike_id_parse(id_payload, &id) || hash->bytes != sa->keys.bytes)
		return MAIN_AUTH_UNREADABLE;
	if (ike_keys_hash_phase1(&sa->keys, !sa->initiator, &in,
		(struct ike_chunk){id_payload->body, id_payload->bytes}, want) ||
	    !secret_equal(want, hash->body, hash->bytes))
		return MAIN_AUTH_WRONG_HASH;
	memcpy(sa->iv, iv, sizeof(iv));
	describe_id(&id, out->text, sizeof(out->text));
	out->initial_contact = says_initial_contact(&rx->payloads);
	return id_expected(&id, ike_remote_id(&p->config)) ? MAIN_AUTH_OK : MAIN_AUTH_WRONG_ID;
}
