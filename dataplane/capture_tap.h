/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The forwarding side of a capture: a thread that has a tap copies into its ring what the tap asks
 * for. No tap, no capture: that is the one branch the fast path pays. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/shm_abi.h"
#include "dataplane/capture_ring.h"
#include "dataplane/drop.h"

struct rte_mbuf;

/* Interfaces of a record: a port by its index, or a tunnel by its slot with this bit. */
#define CAPTURE_TUNNEL 0x80000000u

/* Of tunnel slots: none known. */
#define CAPTURE_NO_TUNNEL UINT32_MAX

/* Constant while a thread has it, but for the ring and what was put in last. */
struct capture_tap {
	uint8_t what;   /* CFG_CAPTURE_OUTER | _INNER | _DROPS */
	uint8_t filter; /* CFG_CAPTURE_ALL, _LINK: port `index`, _TUNNEL: slot `index` */
	uint32_t index;
	struct shm_addr peer; /* of that tunnel: frames to and from it are its own */
	uint32_t snap;        /* bytes kept of a packet */
	struct capture_ring ring;
	const struct rte_mbuf *inner; /* the last that came out of a tunnel, and its number */
	uint64_t inner_id;
};

/* Frames as `port` received or sends them. `direction`: enum pcapng_direction. */
void capture_frames(struct capture_tap *tap, struct rte_mbuf *const *frames, unsigned n,
    unsigned port, uint8_t direction, int64_t now_nsec);

/* An IP packet that came out of the tunnel in `slot` or goes into it, by that SA and number. */
void capture_inner(struct capture_tap *tap, const struct rte_mbuf *m, uint32_t slot,
    uint8_t direction, uint32_t spi, uint64_t sequence, int64_t now_nsec);

/* A packet about to be dropped, as it stands, with its link header where it has one still. `slot`:
 * the tunnel whose packet it is, or CAPTURE_NO_TUNNEL. */
void capture_drop(struct capture_tap *tap, const struct rte_mbuf *m, enum drop_reason reason,
    uint32_t slot, int64_t now_nsec);

/* The same for a frame that is ready to be sent by `port`. */
void capture_drop_frame(struct capture_tap *tap, const struct rte_mbuf *m, enum drop_reason reason,
    unsigned port, int64_t now_nsec);
