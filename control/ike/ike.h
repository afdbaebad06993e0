/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IKE engine: one gateway (one peer), events in, actions out, next wake.
 *
 * A `struct ike_peer` holds every ISAKMP SA and IPsec SA pair with one peer: during rekeying there
 * are two of each. It has no socket, clock, log or global; `now` is an argument, randomness and SPI
 * reservation come from `struct ike_env`, Diffie-Hellman is an action answered by an event. The
 * same inputs give the same outputs, so a simulated link and virtual time test it.
 *
 * The caller obeys the actions in order. Sources: RFC 2407, 2408, 2409 (IKEv1), 3706 (DPD),
 * 3947/3948 (NAT-T). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "common/mono.h"

#define IKE_PORT           500
#define IKE_NATT_PORT      4500
#define IKE_DATAGRAM_BYTES 4096 /* larger messages are dropped: nothing we accept comes near */
#define IKE_PSK_BYTES      128
#define IKE_KEY_BYTES      64
#define IKE_DH_BYTES       1024 /* modp8192 */
#define IKE_ACTIONS        64   /* the most that one event can cause */

/* Transforms by their RTX words; wire numbers are the codec's business. */
enum ike_encr { IKE_ENCR_AES128_CBC, IKE_ENCR_AES256_CBC, IKE_ENCR_3DES_CBC, IKE_ENCR_DES_CBC };
enum ike_hash { IKE_HASH_MD5, IKE_HASH_SHA1, IKE_HASH_SHA256, IKE_HASH_SHA384, IKE_HASH_SHA512 };
enum ike_group {
	IKE_GROUP_NONE = 0,
	IKE_MODP768 = 1,
	IKE_MODP1024 = 2,
	IKE_MODP1536 = 5,
	IKE_MODP2048 = 14
};

struct ike_config {
	uint32_t gateway; /* gateway_id of the dialect: the subject of log lines */
	uint8_t version;  /* 1 */
	bool initiate;    /* `ipsec auto refresh on`: else respond only */

	/* Addresses of the datagrams as we send them. Identity (IDii/IDir) and NAT-D use `local`.
	 */
	struct ip_addr local;
	struct ip_addr remote;
	/* The identity the peer must show, when it is not `remote` (a peer behind a NAT shows its
	 * private address); family IP_FAMILY_NONE: `remote`. */
	struct ip_addr remote_id;

	uint8_t psk[IKE_PSK_BYTES];
	size_t psk_bytes;

	/* Phase 1. */
	enum ike_encr encr;
	enum ike_hash hash;
	enum ike_group group;
	uint32_t ike_lifetime_sec; /* 28800 */

	/* Phase 2. */
	enum ike_encr esp_encr;
	enum ike_hash esp_auth;
	bool pfs;
	enum ike_group pfs_group;   /* IKE_GROUP_NONE: that of phase 1 */
	uint32_t sa_lifetime_sec;   /* 3600 */
	uint32_t sa_lifetime_kbyte; /* 0 = none */
	/* When an SA is renewed, in percent of its life; 0 = 540-810 s before its end. */
	uint32_t ike_rekey_percent, sa_rekey_percent;
	struct ip_prefix ts_local, ts_remote; /* 0.0.0.0/0 */

	bool nat_traversal;         /* RFC 3947, `type=2` */
	uint32_t nat_keepalive_sec; /* 0 = none */
	bool dpd;
	uint32_t dpd_interval_sec; /* 10 */
	uint32_t dpd_count;        /* 3 */

	uint32_t retry_count; /* retransmissions of one message before giving it up */
	uint32_t
	    retry_interval_sec; /* the longest wait between two; the first is 1 s and doubles */
};

/* What the engine may ask for while it handles an event. */
struct ike_env {
	void *ctx;
	/* Fills `out` with unpredictable bytes; cannot fail. */
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	/* Reserves an inbound SPI (host order, > 255) that is in no use; 0 = none left. */
	uint32_t (*spi_reserve)(void *ctx);
	/* Gives back an SPI of which no IKE_ACT_CHILD_ADD_IN was issued. */
	void (*spi_release)(void *ctx, uint32_t spi);
	/* A line for a person, no secrets. `debug` lines are shown with `syslog debug on`. */
	void (*log)(void *ctx, bool debug, const char *line);
};

enum ike_event_type {
	IKE_EV_START,         /* begin to keep the tunnel up (initiate if configured) */
	IKE_EV_STOP,          /* send Deletes, remove everything, be silent */
	IKE_EV_DATAGRAM,      /* bytes from the peer; on 4500 without the non-ESP marker */
	IKE_EV_TIMER,         /* now >= ike_next_wake() */
	IKE_EV_DH_DONE,       /* the answer to IKE_ACT_DH */
	IKE_EV_IN_APPLIED,    /* the dataplane has applied IKE_ACT_CHILD_ADD_IN of `spi` */
	IKE_EV_INBOUND_SEEN,  /* an authenticated ESP packet came on inbound `spi` (first, and then
				 at  most once a second): proof of life and of the peer using the new
				 SA */
	IKE_EV_SOFT_LIMIT,    /* packets or bytes of `spi` near the limit: rekey now */
	IKE_EV_LOCAL_CHANGED, /* our address of the datagrams is now `local`: start again */
	/* The pair of inbound `spi` goes, and the peer is told: its inbound half a little later, so
	 * that nothing on its way is lost; at once where it was going already. One that is still
	 * negotiated stays. */
	IKE_EV_DELETE_CHILD,
	/* The ISAKMP SA of `cookie_i` and `cookie_r` goes, and the peer is told. With the last one
	 * go all IPsec SAs: a peer may forget them with it (strongSwan does). */
	IKE_EV_DELETE_ISAKMP,
};

struct ike_event {
	enum ike_event_type type;
	struct {
		const uint8_t *data;
		size_t bytes;
		struct ip_addr src, dst;
		uint16_t src_port,
		    dst_port; /* dst_port IKE_PORT or IKE_NATT_PORT tells the socket */
	} datagram;
	struct {
		uint32_t id; /* of the action */
		int error;   /* 0 or -errno: the peer's value was refused, or no memory */
		/* For IKE_DH_GENERATE: private and public value. For IKE_DH_SHARED: secret. */
		const uint8_t *secret, *pub;
		size_t secret_bytes, pub_bytes;
	} dh;
	uint32_t spi; /* IN_APPLIED, INBOUND_SEEN, SOFT_LIMIT, DELETE_CHILD: our inbound SPI, host
			 order */
	uint8_t cookie_i[8], cookie_r[8]; /* DELETE_ISAKMP */
	struct ip_addr local;             /* LOCAL_CHANGED */
};

enum ike_action_type {
	IKE_ACT_SEND, /* bytes to `remote`; on 4500 the caller puts the non-ESP marker in front */
	IKE_ACT_DH,   /* compute off the loop, answer with IKE_EV_DH_DONE of the same id */
	/* Make the inbound SA; answer IKE_EV_IN_APPLIED. Never removes an older one. */
	IKE_ACT_CHILD_ADD_IN,
	/* Make the outbound SA of the pair and send with it from now on; an older outbound SA stays
	 * until its removal but sends nothing. */
	IKE_ACT_CHILD_USE_OUT,
	/* Outbound SA of the pair is no longer used; remove it. */
	IKE_ACT_CHILD_DEL_OUT,
	/* Remove the inbound SA (the engine has waited long enough). */
	IKE_ACT_CHILD_DEL_IN,
	IKE_ACT_STATE, /* the peer's state changed, `state` and `reason` for a person */
};

enum ike_dh_op { IKE_DH_GENERATE, IKE_DH_SHARED };

/* What a peer that is not up failed of, as far as what to do about it goes. */
enum ike_fault {
	IKE_FAULT_OTHER,
	IKE_FAULT_SILENT,   /* nothing comes back */
	IKE_FAULT_PROPOSAL, /* the two sides want other algorithms, or one of them PFS */
	IKE_FAULT_KEY,      /* other pre-shared keys */
	IKE_FAULT_NETWORKS, /* other phase 2 IDs */
};

enum ike_peer_state { IKE_PEER_IDLE, IKE_PEER_CONNECTING, IKE_PEER_UP, IKE_PEER_DEAD };

/* Everything the dataplane needs for one pair of SAs. SPIs in host order. */
struct ike_child {
	uint32_t spi_in;     /* ours: the pair's name in every action */
	uint32_t spi_out;    /* the peer's */
	uint16_t encr, auth; /* CFG_ENCR_*, CFG_AUTH_* numbers of common/shm_abi.h */
	uint16_t encr_key_bytes, auth_key_bytes;
	uint8_t encr_key_in[IKE_KEY_BYTES], auth_key_in[IKE_KEY_BYTES];
	uint8_t encr_key_out[IKE_KEY_BYTES], auth_key_out[IKE_KEY_BYTES];
	bool udp_encap;
	struct ip_addr local, remote;
	uint16_t local_port, remote_port; /* with udp_encap */
	struct ip_prefix ts_local, ts_remote;
	uint32_t lifetime_sec;
	uint32_t lifetime_kbyte; /* 0 = none */
	mono_t hard;             /* end of life */
	bool initiator;
};

struct ike_action {
	enum ike_action_type type;
	union {
		struct {
			uint16_t local_port, remote_port; /* 500/500 or 4500/N */
			struct ip_addr local, remote;
			/* NAT keepalive of RFC 3948 section 2.3 (one byte 0xff): sent as it is,
			 * without the non-ESP marker. */
			bool keepalive;
			size_t bytes;
			uint8_t data[IKE_DATAGRAM_BYTES];
		} send;
		struct {
			uint32_t id;
			enum ike_dh_op op;
			enum ike_group group;
			uint8_t secret[IKE_DH_BYTES], peer_pub[IKE_DH_BYTES]; /* IKE_DH_SHARED */
			size_t secret_bytes, peer_pub_bytes;
		} dh;
		struct ike_child child; /* CHILD_*: in the DEL ones only spi_in and spi_out count */
		struct {
			enum ike_peer_state state;
			char reason[120];
		} state;
	} u;
};

struct ike_actions {
	size_t count;
	struct ike_action action[IKE_ACTIONS];
};

/* Wipes the array: actions hold keys. */
void ike_actions_clear(struct ike_actions *actions);

struct ike_peer;

/* NULL when memory is short or the configuration names what is not supported (then `error` says
 * what, if not NULL). `env` must outlive the peer; `config` is copied. */
struct ike_peer *ike_peer_new(
    const struct ike_config *config, const struct ike_env *env, const char **error);
/* Wipes and frees; sends nothing (IKE_EV_STOP does). */
void ike_peer_free(struct ike_peer *peer);

/* Handles one event; appends to `out`, which the caller has cleared. */
void ike_input(
    struct ike_peer *peer, mono_t now, const struct ike_event *event, struct ike_actions *out);

/* When the next IKE_EV_TIMER is due; MONO_NEVER = not at all. */
mono_t ike_next_wake(const struct ike_peer *peer);

/* Computes what IKE_ACT_DH asks for. Thread-safe, no engine state. For IKE_DH_GENERATE fills secret
 * and pub; for IKE_DH_SHARED checks the peer's value (1 < y < p-1, exact length) and fills secret.
 * `random` as in ike_env, used for generating and blinding. 0 or -errno. */
int ike_dh_compute(enum ike_dh_op op, enum ike_group group, const uint8_t *secret_in,
    size_t secret_in_bytes, const uint8_t *peer_pub, size_t peer_pub_bytes,
    void (*random)(void *ctx, uint8_t *out, size_t bytes), void *ctx, uint8_t *secret,
    size_t *secret_bytes, uint8_t *pub, size_t *pub_bytes);

/* A snapshot for `show`: no keys. */
#define IKE_STATUS_SAS 8
struct ike_status {
	enum ike_peer_state state;
	char reason[120];
	enum ike_fault fault; /* what `reason` is of */
	uint8_t version;
	bool nat_local, nat_remote; /* which side RFC 3947 found behind a NAT */
	uint16_t remote_port;
	uint32_t isakmp_count; /* established ISAKMP SAs */
	struct {
		uint8_t cookie_i[8], cookie_r[8];
		uint32_t life_sec; /* left */
		bool initiator;
		char algorithms[64]; /* "AES-CBC, SHA-1, MODP 1024bit" */
	} isakmp[IKE_STATUS_SAS];
	uint32_t child_count; /* pairs with the inbound SA in place */
	struct {
		uint32_t spi_in, spi_out;
		uint32_t life_sec;
		bool sending;     /* outbound half in use */
		bool negotiating; /* the exchange is not finished */
		uint16_t encr, auth;
	} child[IKE_STATUS_SAS];
	uint64_t rekeys_phase1, rekeys_phase2, retransmits, bad_datagrams, dpd_lost;
};
void ike_peer_status(const struct ike_peer *peer, mono_t now, struct ike_status *out);
