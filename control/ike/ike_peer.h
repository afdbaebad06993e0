/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside the engine: the state of one peer, and what its files offer each other.
 *
 * Everything is flat and of fixed size: no pointers between SAs, so that a flood of messages cannot
 * make it grow. During ike_input() `now` and `out` of the peer are set; all functions below are
 * called inside it. */
#pragma once

#include "common/secret.h"
#include "control/ike/ike_keys.h"
#include "control/ike/ike_msg.h"
#include "control/ike/ike_proposal.h"

#define ISAKMP_SAS     8 /* established, being negotiated and dying together */
#define ISAKMP_HALF    3 /* of those, negotiations that the peer began */
#define QUICKS         6 /* Quick Mode exchanges, finished ones included until they are forgotten */
#define CHILD_PAIRS    6 /* IPsec SA pairs */
#define OWN_BYTES      1024 /* the largest message that we send */
#define GROUP_BYTES    256  /* modp2048 */
#define EXPONENT_BYTES 64
#define NONCE_BYTES    32 /* of our nonces */
#define NONCE_MIN      16 /* shorter ones add too little; RFC 2409 would allow 8 */
#define NONCE_MAX      256
/* Message IDs remembered per ISAKMP SA and kind of exchange: those of DPD alone, ours and the
 * peer's, are thousands in its life, and one that is forgotten can be replayed. */
#define SEEN_IDS 4096

struct ike_nonce {
	size_t bytes;
	uint8_t data[NONCE_MAX];
};

/* One Diffie-Hellman exchange. */
struct ike_dh {
	uint32_t id; /* of the action in flight, 0 = none */
	enum ike_group group;
	size_t secret_bytes;
	uint8_t secret[EXPONENT_BYTES];
	uint8_t ours[GROUP_BYTES], peers[GROUP_BYTES]; /* ike_group_bytes(group) */
};

/* The last message we sent in an exchange, kept to be sent again unchanged. */
struct ike_sent {
	size_t bytes;
	unsigned tries;
	mono_t due; /* of the next retransmission; MONO_NEVER: only in answer to a duplicate */
	uint8_t data[OWN_BYTES];
};

/* Message IDs that were used: none is used twice under one ISAKMP SA. */
struct ike_seen {
	uint32_t id[SEEN_IDS];
	unsigned next;
};

enum main_state {
	MAIN_FREE, /* the slot is empty */
	MAIN_I_SA_SENT,
	MAIN_I_GENERATING,
	MAIN_I_KE_SENT,
	MAIN_I_COMPUTING,
	MAIN_I_ID_SENT,
	MAIN_R_SA_SENT,
	MAIN_R_GENERATING,
	MAIN_R_COMPUTING,
	MAIN_R_KE_SENT,
	MAIN_ESTABLISHED,
};

struct isakmp_sa {
	enum main_state state;
	bool initiator;
	bool peer_dpd, peer_natt;   /* vendor IDs seen */
	bool nat_local, nat_remote; /* who is behind a NAT, RFC 3947 section 3.2 */
	bool told_mismatch;         /* the pre-shared key was complained about */
	uint8_t cookie_i[ISAKMP_COOKIE_BYTES], cookie_r[ISAKMP_COOKIE_BYTES];
	uint16_t local_port, remote_port;
	uint32_t life_sec;
	struct ike_nonce ni, nr;
	struct ike_dh dh;
	struct ike_keys keys;
	uint8_t iv[IKE_CBC_BLOCK]; /* last ciphertext block of Phase 1 */
	size_t sai_bytes;
	uint8_t sai[IKE_DATAGRAM_BYTES]; /* SA payload body of message 1 */

	struct ike_sent sent;
	uint8_t rx_digest[IKE_DIGEST_BYTES]; /* of the message that `sent` answers */
	unsigned replays;                    /* of `sent` before the peer is authenticated */
	uint16_t hint_notify;                /* of the next, 0 = none */
	char hint[48]; /* an unauthenticated notify that came meanwhile: for the reason, no more */

	mono_t began;
	mono_t deadline; /* half-open: given up then */
	mono_t established, rekey_at, expires;
	mono_t heard;     /* last authenticated message */
	mono_t retire_at; /* superseded: our Delete leaves then */
	struct ike_seen seen_info, seen_quick;
	bool dpd_heard;
	uint32_t dpd_peer_seq; /* highest R-U-THERE of the peer */
};

enum child_state {
	CHILD_FREE,
	CHILD_ADDING,  /* ADD_IN issued, not applied yet */
	CHILD_APPLIED, /* inbound in place, the exchange not finished */
	CHILD_READY,   /* the exchange is finished, outbound not in use */
	CHILD_SENDING, /* outbound in use */
	CHILD_OLD,     /* outbound replaced by another pair's */
	CHILD_DYING,   /* outbound removed, inbound lingers */
};

struct child_pair {
	enum child_state state;
	struct ike_child sa;
	uint8_t
	    rank[IKE_DIGEST_BYTES]; /* the same on both sides: decides between crossing rekeys */
	mono_t began;               /* exchange begun */
	mono_t born;                /* exchange finished; before: when it was added */
	mono_t use_at; /* outbound is used from then on without proof that the peer is ready */
	mono_t rekey_at;
	bool proven;       /* an authenticated packet came in */
	mono_t seen;       /* the last one, or born */
	mono_t superseded; /* another pair sends since; MONO_NEVER: not so */
	mono_t del_in_at;
	mono_t repeat_delete_at; /* the Delete is said twice: it is never acknowledged */
	bool rekey_now;
};

enum quick_state {
	QUICK_FREE,
	QUICK_I_GENERATING,
	QUICK_I_SENT,
	QUICK_I_COMPUTING,
	QUICK_I_APPLYING,
	QUICK_I_DONE, /* kept to answer a duplicate of message 2 */
	QUICK_R_GENERATING,
	QUICK_R_COMPUTING,
	QUICK_R_APPLYING,
	QUICK_R_SENT,
	QUICK_R_DONE, /* kept to recognise a duplicate of message 3 */
};

struct quick {
	enum quick_state state;
	uint8_t cookie_i[ISAKMP_COOKIE_BYTES], cookie_r[ISAKMP_COOKIE_BYTES]; /* of its ISAKMP SA */
	uint32_t message_id;
	bool pfs;
	struct ike_nonce ni, nr;
	struct ike_dh dh;
	uint32_t spi_in, spi_out;
	uint32_t life_sec, life_kbyte;
	bool say_life; /* as responder: RESPONDER-LIFETIME goes into message 2 */
	uint8_t iv[IKE_CBC_BLOCK];
	size_t transform_bytes;
	uint8_t proposal_number;
	uint8_t transform[256]; /* the chosen one, repeated in message 2 */
	struct ike_sent sent;
	uint8_t rx_digest[IKE_DIGEST_BYTES];
	mono_t began, deadline;
};

/* A token bucket for answers and log lines that a stranger can provoke. */
struct ike_bucket {
	mono_t refilled;
	unsigned tokens;
};

struct ike_peer {
	struct ike_config config;
	const struct ike_env *env;
	mono_t now;              /* of the event in hand */
	struct ike_actions *out; /* of the event in hand */

	bool started;
	enum ike_peer_state state;
	char reason[120];
	enum ike_fault
	    fault; /* what that is of: set behind ike_peer_set_state(), which clears it */
	struct isakmp_sa isakmp[ISAKMP_SAS];
	struct quick quick[QUICKS];
	struct child_pair child[CHILD_PAIRS];
	uint32_t last_dh_id;

	mono_t main_at, quick_at;               /* not before: back-off */
	unsigned main_failures, quick_failures; /* in a row */

	mono_t heard; /* last proof of life */
	bool dpd_probing;
	mono_t dpd_began, dpd_at;
	uint32_t dpd_seq;    /* of our last R-U-THERE */
	uint32_t dpd_acked;  /* the last one answered */
	bool check_liveness; /* a hint says that the peer has lost its state */
	mono_t hint_at;      /* no further hint is followed before */

	mono_t sent_natt; /* last datagram on 4500, for NAT keepalives */
	struct ike_bucket notify_bucket, log_bucket;
	struct {
		uint64_t rekeys_phase1, rekeys_phase2, retransmits, bad_datagrams, dpd_lost;
	} count;
};

/* A received datagram on its way through the engine. */
struct ike_rx {
	const uint8_t *data;
	size_t bytes;
	uint16_t src_port, dst_port;
	struct ike_header h;
	uint8_t digest[IKE_DIGEST_BYTES];
	uint8_t plain[IKE_DATAGRAM_BYTES]; /* after decryption */
	struct ike_payloads payloads;
};

/* ---- ike_peer.c: actions, logs, state ----------------------------------- */

/* The next action of this event, zeroed. The array is large enough for any event (see
 * ike_peer.c). */
struct ike_action *ike_act(struct ike_peer *p, enum ike_action_type type);
/* One line "ike gateway=N ...". */
void ike_log(struct ike_peer *p, bool debug, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The only assignment of the peer's state; also tells the caller, when state or reason changed. */
void ike_peer_set_state(struct ike_peer *p, enum ike_peer_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The identity that the peer must show. */
static inline const struct ip_addr *ike_remote_id(const struct ike_config *config)
{
	return config->remote_id.family == IP_FAMILY_NONE ? &config->remote : &config->remote_id;
}
/* Uniform in [low, high]. */
uint32_t ike_random_between(struct ike_peer *p, uint32_t low, uint32_t high);
/* A random non-zero 32-bit number. */
uint32_t ike_random_id(struct ike_peer *p);
/* The delay before try number `failures`: doubles from 1 s to 30 s, a quarter of it random. */
mono_t ike_backoff(struct ike_peer *p, unsigned failures);
/* Counts a datagram that was dropped, and says why, not too often. */
void ike_drop(struct ike_peer *p, const char *why);
/* False when the bucket is empty: 5 at once, one more every 2 s. */
bool ike_bucket_take(struct ike_bucket *bucket, mono_t now);
/* Something authenticated came: a message under `sa`, or an ESP packet (NULL). */
void ike_heard(struct ike_peer *p, struct isakmp_sa *sa);
/* Removes every SA at once, telling nobody. */
void ike_forget_all(struct ike_peer *p);

/* ---- ike_isakmp.c: ISAKMP SAs, sending, sealing ------------------------- */

/* An empty slot, or NULL. For a responder the oldest half-open negotiation gives way. */
struct isakmp_sa *isakmp_new(struct ike_peer *p, bool initiator);
/* Wipes the slot, which is MAIN_FREE then. */
void isakmp_free(struct isakmp_sa *sa);
/* The end of an SA: says so, drops its exchanges, wipes it. Its IPsec SAs live on. */
void isakmp_end(struct ike_peer *p, struct isakmp_sa *sa, const char *why);
struct isakmp_sa *isakmp_find(
    const struct ike_peer *p, const uint8_t *cookie_i, const uint8_t *cookie_r);
/* The established SA that new exchanges use, or NULL. The same on both sides once all is quiet. */
struct isakmp_sa *isakmp_best(const struct ike_peer *p);
/* The order between SAs whose negotiations crossed. */
bool isakmp_ranks_above(const struct isakmp_sa *a, const struct isakmp_sa *b);
/* Our own negotiation in progress, or NULL. */
struct isakmp_sa *isakmp_negotiating(const struct ike_peer *p);
struct ike_phase1_inputs isakmp_inputs(const struct isakmp_sa *sa);
/* Sends `data` from the SA's local port to its remote port. */
void isakmp_transmit(
    struct ike_peer *p, const struct isakmp_sa *sa, const uint8_t *data, size_t bytes);
/* Keeps the message and sends it; `timer`: and again until it is answered. */
void isakmp_send(struct ike_peer *p, const struct isakmp_sa *sa, struct ike_sent *sent,
    const uint8_t *data, size_t bytes, bool timer);
/* Repeats what is due. False: the last try went unanswered. */
bool isakmp_resend_due(struct ike_peer *p, const struct isakmp_sa *sa, struct ike_sent *sent);
/* The peer's datagrams are answered where they come from, once they are authenticated. */
void isakmp_follow(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx);

/* Starts a message of this SA. */
void isakmp_build(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t *data, size_t bytes,
    uint8_t exchange, uint8_t flags, uint32_t message_id);
/* Pads and encrypts what was built; `iv` advances. Message bytes, 0 on failure. */
size_t isakmp_seal(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t iv[IKE_CBC_BLOCK]);
/* Decrypts into rx->plain and parses; `iv` advances. 0 or -EBADMSG. Authenticates nothing. */
int isakmp_open(const struct isakmp_sa *sa, struct ike_rx *rx, uint8_t iv[IKE_CBC_BLOCK]);
/* As build and seal, with a HASH(1) payload in front, or HASH(2) with `ni`. */
void isakmp_build_hashed(const struct isakmp_sa *sa, struct ike_builder *b, uint8_t *data,
    size_t bytes, uint8_t exchange, uint32_t message_id);
size_t isakmp_seal_hashed(const struct isakmp_sa *sa, struct ike_builder *b, uint32_t message_id,
    struct ike_chunk ni, uint8_t iv[IKE_CBC_BLOCK]);
/* Opens and verifies HASH(1), or HASH(2) with `ni`. 0, -EBADMSG, or -EACCES for a wrong hash. */
int isakmp_open_hashed(
    const struct isakmp_sa *sa, struct ike_rx *rx, struct ike_chunk ni, uint8_t iv[IKE_CBC_BLOCK]);

/* True the first time an ID is shown. */
bool ike_seen_add(struct ike_seen *seen, uint32_t message_id);
/* Asks for a key pair, or for the secret with dh->peers. */
void ike_dh_ask(struct ike_peer *p, struct ike_dh *dh, enum ike_dh_op op);
/* Takes the answer to IKE_DH_GENERATE: 0, or why there is none. */
int ike_dh_take_pair(struct ike_dh *dh, const struct ike_event *event);
void ike_nonce_make(struct ike_peer *p, struct ike_nonce *out);
/* Copies a nonce payload. -EBADMSG for a length outside NONCE_MIN..NONCE_MAX. */
int ike_nonce_read(const struct ike_payloads *payloads, struct ike_nonce *out);
/* Copies a KE payload of the group's length. -EBADMSG for another length. */
int ike_ke_read(const struct ike_payloads *payloads, struct ike_dh *dh);
/* When to rekey what lives `life_sec` from `from`: a random point 540-810 s before the end, at 90 %
 * of the life at the latest. AWS does it 270-540 s before the end, and so after us. With `percent`
 * at that part of the life, or up to 2 % of it earlier: two ends with the same setting are not to
 * cross each other each time. */
mono_t ike_rekey_time(struct ike_peer *p, mono_t from, uint32_t life_sec, uint32_t percent);

/* ---- ikev1_main.c ------------------------------------------------------- */

void main_start(struct ike_peer *p, const char *why);
void main_input(struct ike_peer *p, struct ike_rx *rx);
void main_dh_done(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event);
/* Retransmits, gives up, ends. */
void main_tick(struct ike_peer *p);
/* An unauthenticated notify for a negotiation in progress. */
void main_hint(struct ike_peer *p, struct isakmp_sa *sa, uint16_t notify);
/* An encrypted notify for a negotiation in progress: its sender has other keys than we. A reason
 * for the log, no more. */
void main_unreadable(struct ike_peer *p, struct isakmp_sa *sa);

/* ---- ikev1_quick.c ------------------------------------------------------ */

void quick_start(struct ike_peer *p, const char *why);
void quick_input(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx);
void quick_dh_done(struct ike_peer *p, struct quick *q, const struct ike_event *event);
void quick_in_applied(struct ike_peer *p, uint32_t spi_in);
/* An ESP packet proves that the peer holds the keys: as good as message 3. */
void quick_inbound_seen(struct ike_peer *p, uint32_t spi_in);
/* The peer refused, by an authenticated notify. */
void quick_refused(struct ike_peer *p, const struct isakmp_sa *sa, uint16_t notify);
/* Drops the exchanges of an ISAKMP SA that goes away. */
void quick_drop_of(struct ike_peer *p, const struct isakmp_sa *sa);
void quick_tick(struct ike_peer *p);
/* An exchange that is not finished is under way, whoever began it. */
bool quick_busy(const struct ike_peer *p);
/* The same under this ISAKMP SA. */
bool quick_uses(const struct ike_peer *p, const struct isakmp_sa *sa);

/* ---- ikev1_info.c ------------------------------------------------------- */

void info_input(struct ike_peer *p, struct ike_rx *rx);
/* A protected notify on an established SA. */
void info_send_notify(struct ike_peer *p, struct isakmp_sa *sa, uint8_t protocol, uint16_t type,
    const void *spi, size_t spi_bytes, const void *data, size_t bytes);
/* A notify in the clear, rarely: about a negotiation that has no keys. */
void info_send_clear(
    struct ike_peer *p, const struct ike_rx *rx, const uint8_t *cookie_r, uint16_t type);
void info_send_delete_isakmp(struct ike_peer *p, struct isakmp_sa *sa);
/* Delete of ESP SAs by our inbound SPIs (host order); silent without an ISAKMP SA. */
void info_send_delete_esp(struct ike_peer *p, const uint32_t *spis, size_t count);
void dpd_tick(struct ike_peer *p);
mono_t dpd_wake(const struct ike_peer *p);

/* ---- ike_child.c -------------------------------------------------------- */

/* Issues IKE_ACT_CHILD_ADD_IN. -ENOSPC at the cap. `rank` and `began` as in struct child_pair. */
int child_add(struct ike_peer *p, const struct ike_child *sa, const uint8_t rank[IKE_DIGEST_BYTES],
    mono_t began);
struct child_pair *child_find_in(struct ike_peer *p, uint32_t spi_in);
struct child_pair *child_find_out(struct ike_peer *p, uint32_t spi_out);
void child_applied(struct ike_peer *p, struct child_pair *c);
/* The exchange is finished. `grace_sec`: how long an older pair goes on sending without proof. */
void child_complete(struct ike_peer *p, struct child_pair *c, uint32_t grace_sec);
/* The exchange failed: the inbound SA goes. */
void child_abort(struct ike_peer *p, uint32_t spi_in);
/* The peer said Delete: outbound stops at once, inbound lingers. */
void child_deleted_by_peer(struct ike_peer *p, struct child_pair *c);
/* As IKE_EV_DELETE_CHILD says. */
void child_delete(struct ike_peer *p, struct child_pair *c);
/* Both halves go at once. */
void child_remove(struct ike_peer *p, struct child_pair *c);
/* The finished pair that should send, or NULL. */
struct child_pair *child_best(const struct ike_peer *p);
struct child_pair *child_sending(const struct ike_peer *p);
/* An authenticated ESP packet came in on the pair. */
void child_seen(struct ike_peer *p, struct child_pair *c);
/* Chooses the sending pair, retires others, ends what is over. */
void child_tick(struct ike_peer *p);
mono_t child_wake(const struct ike_peer *p);

/* ---- ike_keep.c: what should exist against what does -------------------- */

void keep_tick(struct ike_peer *p);
mono_t keep_wake(const struct ike_peer *p);
