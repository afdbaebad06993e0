/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SA payloads: what we offer, what we take of a peer's offer, and whether a peer's answer is what
 * we offered. Exactly the configured transforms are offered and taken. */
#pragma once

#include "common/buf.h"
#include "control/ike/ike_crypto.h"

/* Limits of lifetimes in seconds: a peer cannot make us rekey all the time, nor keep keys for
 * ever. */
#define IKE_LIFE_MIN_SEC 60
#define IKE_LIFE_MAX_SEC 86400

/* A transform as it came, for the answer, which must repeat it unchanged. */
struct ike_chosen {
	uint8_t proposal_number;
	const uint8_t *transform; /* body of the transform payload, borrowed */
	size_t transform_bytes;
};

/* Phase 1. */
struct ike_phase1 {
	enum ike_encr encr;
	enum ike_hash hash;
	enum ike_group group;
	uint32_t life_sec; /* as the peer said it, not clamped; 28800 when it said nothing */
	struct ike_chosen chosen;
};
void ike_proposal_write_phase1(struct wr *w, const struct ike_config *config);
/* Responder (`answer` false): the first acceptable transform. Initiator (`answer` true): the only
 * one, and what we offered. 0, -EBADMSG for a malformed payload, -EOPNOTSUPP for another DOI or
 * situation, -ENOENT when nothing is acceptable. */
int ike_proposal_choose_phase1(const uint8_t *body, size_t bytes, const struct ike_config *config,
    bool answer, struct ike_phase1 *out);
void ike_proposal_answer_phase1(struct wr *w, const struct ike_chosen *chosen);

/* Phase 2, ESP only. */
struct ike_phase2 {
	enum ike_group group; /* IKE_GROUP_NONE: no PFS */
	uint32_t life_sec;    /* not clamped; 28800 when absent, RFC 2407 section 4.5 */
	uint32_t life_kbyte;  /* 0 = none */
	uint32_t spi;         /* the peer's, host order */
	struct ike_chosen chosen;
};
/* What both sides must agree on beyond the configuration. */
struct ike_phase2_want {
	bool udp_encap;
	enum ike_group group; /* of our offer, or that of the KE payload we got */
};
void ike_proposal_write_phase2(struct wr *w, const struct ike_config *config,
    const struct ike_phase2_want *want, uint32_t spi);
int ike_proposal_choose_phase2(const uint8_t *body, size_t bytes, const struct ike_config *config,
    const struct ike_phase2_want *want, bool answer, struct ike_phase2 *out);
void ike_proposal_answer_phase2(struct wr *w, const struct ike_chosen *chosen, uint32_t spi);

/* The life that we use when a peer says `offered` seconds. */
uint32_t ike_life_clamp(uint32_t offered_sec);
/* Reads a pair list (life type, life duration)* as in RESPONDER-LIFETIME; values that are absent
 * stay as they are. 0 or -EBADMSG. */
int ike_lifetime_parse(const uint8_t *data, size_t bytes, uint32_t *life_sec, uint32_t *life_kbyte);
void ike_lifetime_write(struct wr *w, uint32_t life_sec);

/* Why this configuration cannot be offered, or NULL. */
const char *ike_proposal_unsupported(const struct ike_config *config);
/* CFG_AUTH_* of common/shm_abi.h. */
uint16_t ike_proposal_cfg_auth(enum ike_hash auth);
/* Key bytes of the integrity algorithm of ESP. */
size_t ike_proposal_auth_key_bytes(enum ike_hash auth);
