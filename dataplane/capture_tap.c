/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Copying packets into the ring of a capture: no allocation, no lock, no system call. */
#include "dataplane/capture_tap.h"

#include <string.h>

#include "common/shm_abi.h"
#include "dataplane/packet.h"
#include "dataplane/pkt/outer_frame.h"
#include "dataplane/pkt/pcapng.h"

static bool port_wanted(const struct capture_tap *tap, unsigned port)
{
	return tap->filter == CFG_CAPTURE_ALL ||
	       (tap->filter == CFG_CAPTURE_LINK && tap->index == port);
}

static bool tunnel_wanted(const struct capture_tap *tap, uint32_t slot)
{
	return tap->filter == CFG_CAPTURE_ALL ||
	       (tap->filter == CFG_CAPTURE_TUNNEL && tap->index == slot);
}

/* Whether a frame goes to the peer of the tunnel that is followed, or comes from there. */
static bool is_of_peer(const struct capture_tap *tap, const struct rte_mbuf *m, uint8_t direction)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct outer_frame outer;

	return outer_frame_read(frame, m->data_len, &outer) && outer.family == tap->peer.family &&
	       same_address(tap->peer.bytes,
		   direction == PCAPNG_IN ? outer.source : outer.destination, outer.family == 4);
}

/* Copies all segments up to `bytes`, from `before` bytes in front of the data. */
static void copy(uint8_t *to, const struct rte_mbuf *m, uint32_t before, uint32_t bytes)
{
	uint32_t n = m->data_len + before;
	const uint8_t *from = rte_pktmbuf_mtod(m, const uint8_t *) - before;

	while (bytes) {
		if (n > bytes)
			n = bytes;
		memcpy(to, from, n);
		to += n;
		bytes -= n;
		m = m->next;
		if (!m)
			return;
		from = rte_pktmbuf_mtod(m, const uint8_t *);
		n = m->data_len;
	}
}

static void record(struct capture_tap *tap, const struct rte_mbuf *m, uint32_t before,
    const struct capture_record *about)
{
	uint32_t original = m->pkt_len + before;
	uint32_t bytes = original < tap->snap ? original : tap->snap;
	struct capture_record *r = capture_ring_reserve(&tap->ring, bytes);

	if (!r)
		return;
	r->bytes = bytes;
	r->original = original;
	r->interface = about->interface;
	r->time_nsec = about->time_nsec;
	r->direction = about->direction;
	r->reason = about->reason;
	r->id = about->id;
	copy(r->data, m, before, bytes);
	capture_ring_commit(&tap->ring, r);
}

void capture_frames(struct capture_tap *tap, struct rte_mbuf *const *frames, unsigned n,
    unsigned port, uint8_t direction, int64_t now_nsec)
{
	const struct capture_record about = {
	    .interface = port, .time_nsec = now_nsec, .direction = direction};

	bool of_tunnel = tap->filter == CFG_CAPTURE_TUNNEL;

	if (!(tap->what & CFG_CAPTURE_OUTER) || (!of_tunnel && !port_wanted(tap, port)))
		return;
	for (unsigned i = 0; i < n; i++)
		if (!of_tunnel || is_of_peer(tap, frames[i], direction))
			record(tap, frames[i], 0, &about);
}

void capture_inner(struct capture_tap *tap, const struct rte_mbuf *m, uint32_t slot,
    uint8_t direction, uint32_t spi, uint64_t sequence, int64_t now_nsec)
{
	const struct capture_record about = {.interface = slot | CAPTURE_TUNNEL,
	    .time_nsec = now_nsec,
	    .direction = direction,
	    .id = outer_frame_id(spi, (uint32_t)sequence)};

	if (direction == PCAPNG_IN) {
		tap->inner = m;
		tap->inner_id = about.id;
	}
	if ((tap->what & CFG_CAPTURE_INNER) && tunnel_wanted(tap, slot))
		record(tap, m, 0, &about);
}

/* How far in front of the data the frame begins that a port received: the link header stands where
 * the driver put it, at the headroom, while the packet is what it came as. */
static uint32_t link_header_bytes(const struct rte_mbuf *m)
{
	return m->data_off > RTE_PKTMBUF_HEADROOM ? (uint32_t)m->data_off - RTE_PKTMBUF_HEADROOM
						  : 0;
}

void capture_drop(struct capture_tap *tap, const struct rte_mbuf *m, enum drop_reason reason,
    uint32_t slot, int64_t now_nsec)
{
	const struct packet_meta *meta = rte_mbuf_to_priv((struct rte_mbuf *)(uintptr_t)m);
	bool of_tunnel = meta->origin == ORIGIN_TUN || meta->origin == ORIGIN_TUNNEL;
	struct capture_record about = {.interface = meta->port,
	    .time_nsec = now_nsec,
	    .direction = meta->origin == ORIGIN_PORT ? PCAPNG_IN : PCAPNG_OUT,
	    .reason = (uint8_t)reason};

	if (!(tap->what & CFG_CAPTURE_DROPS))
		return;
	if (of_tunnel)
		slot = meta->tunnel;
	if (!(slot != CAPTURE_NO_TUNNEL && tunnel_wanted(tap, slot)) &&
	    !(!of_tunnel && port_wanted(tap, meta->port)))
		return;
	if (of_tunnel) {
		about.interface = slot | CAPTURE_TUNNEL;
		about.direction = meta->origin == ORIGIN_TUNNEL ? PCAPNG_IN : PCAPNG_OUT;
		if (meta->origin == ORIGIN_TUNNEL && m == tap->inner)
			about.id = tap->inner_id;
	}
	record(tap, m, meta->origin == ORIGIN_PORT ? link_header_bytes(m) : 0, &about);
}

void capture_drop_frame(struct capture_tap *tap, const struct rte_mbuf *m, enum drop_reason reason,
    unsigned port, int64_t now_nsec)
{
	const struct capture_record about = {.interface = port,
	    .time_nsec = now_nsec,
	    .direction = PCAPNG_OUT,
	    .reason = (uint8_t)reason};

	if ((tap->what & CFG_CAPTURE_DROPS) && port_wanted(tap, port))
		record(tap, m, 0, &about);
}
