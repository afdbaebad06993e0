/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SA payloads of both phases: write, choose, verify.
 *
 * One proposal with one transform is offered. Of an offer the first transform that equals our
 * configuration in everything but the lifetime is taken, and repeated byte for byte in the answer.
 * Proposals that share a number form a bundle (AH and ESP together) and are passed over. An
 * attribute that we do not know, that stands twice, or that is written in the long form where the
 * short one is prescribed makes its transform unacceptable, not the message malformed.
 *
 * RFC 2408 sections 3.4-3.6 and 4.2, RFC 2407 sections 4.4-4.5, RFC 2409 appendix A, RFC 3947
 * 5.1. */
#include "control/ike/ike_proposal.h"

#include <errno.h>
#include <string.h>

#include "common/shm_abi.h"
#include "control/ike/ike_types.h"

#define DEFAULT_LIFE_SEC 28800
#define LIFE_BYTES_MAX   8

/* ---- attributes --------------------------------------------------------- */

struct attr {
	uint16_t type; /* without the AF bit */
	bool basic;    /* TV form */
	uint64_t value;
};

/* Reads one attribute. A long value of more than eight bytes reads as the largest number. */
static struct attr attr_read(struct rd *r)
{
	uint16_t head = rd_u16(r), word = rd_u16(r);
	struct attr a = {
	    .type = head & 0x7fff, .basic = (head & ISAKMP_ATTR_TV) != 0, .value = word};
	struct rd value;

	if (a.basic)
		return a;
	value = rd_sub(r, word);
	a.value = 0;
	if (rd_left(&value) > LIFE_BYTES_MAX)
		a.value = UINT64_MAX;
	else
		while (rd_left(&value))
			a.value = a.value << 8 | rd_u8(&value);
	return a;
}

static void attr_write(struct wr *w, uint16_t type, uint32_t value)
{
	if (value <= UINT16_MAX) {
		wr_u16(w, type | ISAKMP_ATTR_TV);
		wr_u16(w, (uint16_t)value);
	} else {
		wr_u16(w, type);
		wr_u16(w, 4);
		wr_u32(w, value);
	}
}

/* What the attributes of one transform say. Zero = absent. */
struct attrs {
	uint32_t encr, hash, auth_method, encapsulation, group, key_bits;
	uint32_t life_sec, life_kbyte;
	bool have_sec, have_kbyte;
	uint32_t life_type; /* of the duration to come */
};

static bool take_once(uint32_t *slot, const struct attr *a)
{
	if (!a->basic || *slot || !a->value)
		return false;
	*slot = (uint32_t)a->value;
	return true;
}

static bool take_duration(struct attrs *out, const struct attr *a)
{
	uint32_t value = a->value > UINT32_MAX ? UINT32_MAX : (uint32_t)a->value;
	uint32_t type = out->life_type;

	out->life_type = 0;
	if (type == IPSEC_LIFE_SECONDS && !out->have_sec) {
		out->life_sec = value;
		return out->have_sec = true;
	}
	if (type == IPSEC_LIFE_KBYTES && !out->have_kbyte) {
		out->life_kbyte = value;
		return out->have_kbyte = true;
	}
	return false;
}

static bool take_phase1(struct attrs *out, const struct attr *a)
{
	switch (a->type) {
	case OAKLEY_ENCRYPTION: return take_once(&out->encr, a);
	case OAKLEY_HASH: return take_once(&out->hash, a);
	case OAKLEY_AUTH_METHOD: return take_once(&out->auth_method, a);
	case OAKLEY_GROUP: return take_once(&out->group, a);
	case OAKLEY_KEY_LENGTH: return take_once(&out->key_bits, a);
	case OAKLEY_LIFE_TYPE: return take_once(&out->life_type, a);
	case OAKLEY_LIFE_DURATION: return take_duration(out, a);
	default: return false;
	}
}

static bool take_phase2(struct attrs *out, const struct attr *a)
{
	switch (a->type) {
	case IPSEC_ENCAPSULATION: return take_once(&out->encapsulation, a);
	case IPSEC_AUTH: return take_once(&out->hash, a);
	case IPSEC_GROUP: return take_once(&out->group, a);
	case IPSEC_KEY_LENGTH: return take_once(&out->key_bits, a);
	case IPSEC_LIFE_TYPE: return take_once(&out->life_type, a);
	case IPSEC_LIFE_DURATION: return take_duration(out, a);
	default: return false;
	}
}

/* False: unreadable, or with something that we do not take. */
static bool attrs_read(const uint8_t *data, size_t bytes, bool phase1, struct attrs *out)
{
	struct rd r = rd_init(data, bytes);

	memset(out, 0, sizeof(*out));
	while (rd_left(&r)) {
		struct attr a = attr_read(&r);

		if (!rd_ok(&r) || !(phase1 ? take_phase1(out, &a) : take_phase2(out, &a)))
			return false;
	}
	if (!out->have_sec)
		out->life_sec = DEFAULT_LIFE_SEC;
	return true;
}

int ike_lifetime_parse(const uint8_t *data, size_t bytes, uint32_t *life_sec, uint32_t *life_kbyte)
{
	struct attrs a;

	if (!attrs_read(data, bytes, false, &a))
		return -EBADMSG;
	if (a.have_sec)
		*life_sec = a.life_sec;
	if (a.have_kbyte)
		*life_kbyte = a.life_kbyte;
	return 0;
}

void ike_lifetime_write(struct wr *w, uint32_t life_sec)
{
	attr_write(w, IPSEC_LIFE_TYPE, IPSEC_LIFE_SECONDS);
	attr_write(w, IPSEC_LIFE_DURATION, life_sec);
}

uint32_t ike_life_clamp(uint32_t offered_sec)
{
	if (offered_sec < IKE_LIFE_MIN_SEC)
		return IKE_LIFE_MIN_SEC;
	return offered_sec > IKE_LIFE_MAX_SEC ? IKE_LIFE_MAX_SEC : offered_sec;
}

/* ---- numbers of our configuration --------------------------------------- */

static uint32_t oakley_hash(enum ike_hash hash)
{
	switch (hash) {
	case IKE_HASH_MD5: return OAKLEY_MD5;
	case IKE_HASH_SHA1: return OAKLEY_SHA;
	case IKE_HASH_SHA256: return OAKLEY_SHA2_256;
	case IKE_HASH_SHA384: return OAKLEY_SHA2_384;
	case IKE_HASH_SHA512: return OAKLEY_SHA2_512;
	}
	return 0;
}

static uint32_t ipsec_auth(enum ike_hash auth)
{
	switch (auth) {
	case IKE_HASH_MD5: return 0;
	case IKE_HASH_SHA1: return IPSEC_AUTH_HMAC_SHA;
	case IKE_HASH_SHA256: return IPSEC_AUTH_HMAC_SHA2_256;
	case IKE_HASH_SHA384: return IPSEC_AUTH_HMAC_SHA2_384;
	case IKE_HASH_SHA512: return IPSEC_AUTH_HMAC_SHA2_512;
	}
	return 0;
}

uint16_t ike_proposal_cfg_auth(enum ike_hash auth)
{
	switch (auth) {
	case IKE_HASH_MD5: return CFG_AUTH_NONE;
	case IKE_HASH_SHA1: return CFG_AUTH_HMAC_SHA1_96;
	case IKE_HASH_SHA256: return CFG_AUTH_HMAC_SHA2_256_128;
	case IKE_HASH_SHA384: return CFG_AUTH_HMAC_SHA2_384_192;
	case IKE_HASH_SHA512: return CFG_AUTH_HMAC_SHA2_512_256;
	}
	return CFG_AUTH_NONE;
}

size_t ike_proposal_auth_key_bytes(enum ike_hash auth)
{
	return ike_hash_bytes(auth); /* RFC 2404, RFC 4868: as long as the hash */
}

const char *ike_proposal_unsupported(const struct ike_config *config)
{
	if (!ike_encr_key_bytes(config->encr) || !ike_encr_key_bytes(config->esp_encr))
		return "DES and 3DES are too weak: use aes-cbc or aes256-cbc";
	if (!ike_hash_bytes(config->hash) || !ike_hash_bytes(config->esp_auth))
		return "MD5 is too weak: use sha or better";
	if (!ike_group_bytes(config->group) ||
	    (config->pfs_group != IKE_GROUP_NONE && !ike_group_bytes(config->pfs_group)))
		return "the Diffie-Hellman group must be modp1024, modp1536 or modp2048";
	return NULL;
}

static bool matches_phase1(const struct attrs *a, const struct ike_config *config)
{
	return a->encr == OAKLEY_AES_CBC && a->key_bits == ike_encr_key_bytes(config->encr) * 8 &&
	       a->hash == oakley_hash(config->hash) && a->auth_method == OAKLEY_PRE_SHARED_KEY &&
	       a->group == (uint32_t)config->group;
}

static bool matches_phase2(
    const struct attrs *a, const struct ike_config *config, const struct ike_phase2_want *want)
{
	uint32_t mode = want->udp_encap ? IPSEC_ENCAP_UDP_TUNNEL : IPSEC_ENCAP_TUNNEL;

	return a->encapsulation == mode && a->hash == ipsec_auth(config->esp_auth) &&
	       a->key_bits == ike_encr_key_bytes(config->esp_encr) * 8 &&
	       a->group == (uint32_t)want->group;
}

/* ---- walking the payload ------------------------------------------------ */

struct proposal {
	uint8_t next, number, protocol, spi_bytes, transforms;
	const uint8_t *spi;
	struct rd body; /* the transform payloads */
};

struct transform {
	const uint8_t *whole; /* body, for the answer */
	size_t bytes;
	uint8_t id;
	const uint8_t *attrs;
	size_t attrs_bytes;
};

/* The generic header in front of a proposal or transform: a reader of the body, err on bad
 * lengths. */
static struct rd generic(struct rd *r, uint8_t *next)
{
	uint8_t reserved;
	uint16_t length;

	*next = rd_u8(r);
	reserved = rd_u8(r);
	length = rd_u16(r);
	if (!rd_ok(r) || reserved || length < ISAKMP_GENERIC_BYTES) {
		r->err = true;
		length = ISAKMP_GENERIC_BYTES;
	}
	return rd_sub(r, length - ISAKMP_GENERIC_BYTES);
}

static int proposal_read(struct rd *r, struct proposal *out)
{
	out->body = generic(r, &out->next);
	out->number = rd_u8(&out->body);
	out->protocol = rd_u8(&out->body);
	out->spi_bytes = rd_u8(&out->body);
	out->transforms = rd_u8(&out->body);
	out->spi = rd_bytes(&out->body, out->spi_bytes);
	if (!rd_ok(r) || !rd_ok(&out->body))
		return -EBADMSG;
	return out->next == ISAKMP_PAYLOAD_PROPOSAL || out->next == ISAKMP_PAYLOAD_NONE ? 0
											: -EBADMSG;
}

static int transform_read(struct rd *r, bool last, struct transform *out)
{
	uint8_t next;
	struct rd body = generic(r, &next);

	out->whole = body.p;
	out->bytes = rd_left(&body);
	rd_u8(&body); /* transform number */
	out->id = rd_u8(&body);
	rd_u16(&body);
	out->attrs = body.p;
	out->attrs_bytes = rd_left(&body);
	if (!rd_ok(r) || !rd_ok(&body))
		return -EBADMSG;
	return next == (last ? ISAKMP_PAYLOAD_NONE : ISAKMP_PAYLOAD_TRANSFORM) ? 0 : -EBADMSG;
}

struct want {
	bool phase1;
	const struct ike_config *config;
	const struct ike_phase2_want *phase2;
};

struct found {
	bool yes;
	struct proposal proposal;
	struct ike_chosen chosen;
	struct attrs attrs;
};

static bool proposal_ok(const struct proposal *p, bool phase1)
{
	/* The SPI of Phase 1 is the cookies: whatever stands there is ignored, RFC 2408
	 * section 3.5. */
	return phase1 ? p->protocol == IPSEC_PROTO_ISAKMP
		      : p->protocol == IPSEC_PROTO_ESP && p->spi_bytes == 4;
}

/* Goes through all transforms, also behind the chosen one: a malformed rest spoils the message. */
static int walk_transforms(struct proposal *p, const struct want *want, struct found *found)
{
	for (unsigned i = 0; i < p->transforms; i++) {
		struct transform t;
		struct attrs a;

		if (transform_read(&p->body, i + 1 == p->transforms, &t))
			return -EBADMSG;
		if (found->yes || !proposal_ok(p, want->phase1) ||
		    t.id != (want->phase1 ? ISAKMP_KEY_IKE : IPSEC_ESP_AES) ||
		    !attrs_read(t.attrs, t.attrs_bytes, want->phase1, &a))
			continue;
		if (want->phase1 ? !matches_phase1(&a, want->config)
				 : !matches_phase2(&a, want->config, want->phase2))
			continue;
		found->yes = true;
		found->proposal = *p;
		found->attrs = a;
		found->chosen = (struct ike_chosen){
		    .proposal_number = p->number, .transform = t.whole, .transform_bytes = t.bytes};
	}
	return rd_left(&p->body) || !p->transforms ? -EBADMSG : 0;
}

/* `answer`: exactly one proposal with one transform may stand there. */
static int walk(
    const uint8_t *body, size_t bytes, const struct want *want, bool answer, struct found *found)
{
	struct rd r = rd_init(body, bytes);
	uint32_t doi = rd_u32(&r), situation = rd_u32(&r);
	unsigned proposals = 0, transforms = 0;
	struct proposal p;
	int previous = -1;

	found->yes = false;
	if (!rd_ok(&r))
		return -EBADMSG;
	if (doi != IPSEC_DOI || situation != IPSEC_SIT_IDENTITY)
		return -EOPNOTSUPP;
	do {
		bool bundle;

		if (proposal_read(&r, &p))
			return -EBADMSG;
		bundle = p.number == previous;
		if (bundle && found->yes && found->proposal.number == p.number)
			found->yes = false;
		if (bundle)
			p.protocol = 0; /* walked for its syntax, never taken */
		previous = p.number;
		proposals++;
		transforms += p.transforms;
		if (walk_transforms(&p, want, found))
			return -EBADMSG;
	} while (p.next != ISAKMP_PAYLOAD_NONE);
	if (rd_left(&r))
		return -EBADMSG;
	if (answer && (proposals != 1 || transforms != 1))
		return -ENOENT;
	return found->yes ? 0 : -ENOENT;
}

int ike_proposal_choose_phase1(const uint8_t *body, size_t bytes, const struct ike_config *config,
    bool answer, struct ike_phase1 *out)
{
	const struct want want = {.phase1 = true, .config = config};
	struct found found;
	int rc = walk(body, bytes, &want, answer, &found);

	if (rc)
		return rc;
	*out = (struct ike_phase1){.encr = config->encr,
	    .hash = config->hash,
	    .group = config->group,
	    .life_sec = found.attrs.life_sec,
	    .chosen = found.chosen};
	return 0;
}

int ike_proposal_choose_phase2(const uint8_t *body, size_t bytes, const struct ike_config *config,
    const struct ike_phase2_want *phase2, bool answer, struct ike_phase2 *out)
{
	const struct want want = {.config = config, .phase2 = phase2};
	struct found found;
	struct rd spi;
	int rc = walk(body, bytes, &want, answer, &found);

	if (rc)
		return rc;
	spi = rd_init(found.proposal.spi, found.proposal.spi_bytes);
	*out = (struct ike_phase2){.group = phase2->group,
	    .life_sec = found.attrs.life_sec,
	    .life_kbyte = found.attrs.life_kbyte,
	    .spi = rd_u32(&spi),
	    .chosen = found.chosen};
	return out->spi > 255 ? 0 : -ENOENT; /* 0-255 are reserved, RFC 4303 section 2.1 */
}

/* ---- writing ------------------------------------------------------------ */

/* Opens a proposal or transform; returns the offset for generic_end(). */
static size_t generic_begin(struct wr *w)
{
	size_t at = wr_len(w);

	wr_u32(w, 0); /* no next one */
	return at;
}

static void generic_end(struct wr *w, size_t at)
{
	wr_patch_u16(w, at + 2, (uint16_t)(wr_len(w) - at));
}

static size_t proposal_begin(struct wr *w, uint8_t number, uint8_t protocol, uint32_t spi)
{
	size_t at;

	wr_u32(w, IPSEC_DOI);
	wr_u32(w, IPSEC_SIT_IDENTITY);
	at = generic_begin(w);
	wr_u8(w, number);
	wr_u8(w, protocol);
	wr_u8(w, spi ? 4 : 0);
	wr_u8(w, 1);
	if (spi)
		wr_u32(w, spi);
	return at;
}

static size_t transform_begin(struct wr *w, uint8_t id)
{
	size_t at = generic_begin(w);

	wr_u8(w, 1);
	wr_u8(w, id);
	wr_u16(w, 0);
	return at;
}

void ike_proposal_write_phase1(struct wr *w, const struct ike_config *config)
{
	size_t proposal = proposal_begin(w, 1, IPSEC_PROTO_ISAKMP, 0);
	size_t transform = transform_begin(w, ISAKMP_KEY_IKE);

	attr_write(w, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
	attr_write(w, OAKLEY_KEY_LENGTH, (uint32_t)ike_encr_key_bytes(config->encr) * 8);
	attr_write(w, OAKLEY_HASH, oakley_hash(config->hash));
	attr_write(w, OAKLEY_GROUP, (uint32_t)config->group);
	attr_write(w, OAKLEY_AUTH_METHOD, OAKLEY_PRE_SHARED_KEY);
	attr_write(w, OAKLEY_LIFE_TYPE, IPSEC_LIFE_SECONDS);
	attr_write(w, OAKLEY_LIFE_DURATION, config->ike_lifetime_sec);
	generic_end(w, transform);
	generic_end(w, proposal);
}

void ike_proposal_write_phase2(
    struct wr *w, const struct ike_config *config, const struct ike_phase2_want *want, uint32_t spi)
{
	size_t proposal = proposal_begin(w, 1, IPSEC_PROTO_ESP, spi);
	size_t transform = transform_begin(w, IPSEC_ESP_AES);

	ike_lifetime_write(w, config->sa_lifetime_sec);
	if (config->sa_lifetime_kbyte) {
		attr_write(w, IPSEC_LIFE_TYPE, IPSEC_LIFE_KBYTES);
		attr_write(w, IPSEC_LIFE_DURATION, config->sa_lifetime_kbyte);
	}
	if (want->group != IKE_GROUP_NONE)
		attr_write(w, IPSEC_GROUP, (uint32_t)want->group);
	attr_write(
	    w, IPSEC_ENCAPSULATION, want->udp_encap ? IPSEC_ENCAP_UDP_TUNNEL : IPSEC_ENCAP_TUNNEL);
	attr_write(w, IPSEC_AUTH, ipsec_auth(config->esp_auth));
	attr_write(w, IPSEC_KEY_LENGTH, (uint32_t)ike_encr_key_bytes(config->esp_encr) * 8);
	generic_end(w, transform);
	generic_end(w, proposal);
}

static void answer(struct wr *w, const struct ike_chosen *chosen, uint8_t protocol, uint32_t spi)
{
	size_t proposal = proposal_begin(w, chosen->proposal_number, protocol, spi);
	size_t transform = generic_begin(w);

	wr_bytes(w, chosen->transform, chosen->transform_bytes);
	generic_end(w, transform);
	generic_end(w, proposal);
}

void ike_proposal_answer_phase1(struct wr *w, const struct ike_chosen *chosen)
{
	answer(w, chosen, IPSEC_PROTO_ISAKMP, 0);
}

void ike_proposal_answer_phase2(struct wr *w, const struct ike_chosen *chosen, uint32_t spi)
{
	answer(w, chosen, IPSEC_PROTO_ESP, spi);
}
