/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Finding the list, asking it, counting, telling. A list that is not there lets nothing pass. What
 * is no whole IPv4 header is let through: the stages behind, or the kernel, drop it by its name. */
#include "dataplane/filter.h"

#include <rte_ether.h>

#include "dataplane/filter_list.h"
#include "dataplane/inbound_accept.h"
#include "dataplane/outbound_lanes.h"
#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip_proto.h"
#include "dataplane/pkt/udp_encap.h"
#include "dataplane/worker.h"

#define VLAN_TAGS_MAX 2
#define UDP_HEADER    8

/* Packets of a burst that a list is asked about. */
struct asked {
	unsigned n;
	uint8_t at[WORKER_BURST_MAX]; /* which of the burst */
	struct filter_packet packet[WORKER_BURST_MAX];
	struct filter_verdict verdict[WORKER_BURST_MAX];
};

static const struct filter_list *list_of(const struct worker *w, uint32_t slot)
{
	return slot <= w->snapshot->filter_list_count ? w->snapshot->filter_list[slot - 1] : NULL;
}

static void tell(struct worker *w, uint32_t slot, const struct filter_packet *packet,
    const struct filter_verdict *verdict)
{
	struct filter_events *events = &w->filter_events;
	uint32_t at = atomic_load_explicit(&events->written, memory_order_relaxed);

	if (at - atomic_load_explicit(&events->taken, memory_order_acquire) == FILTER_EVENTS) {
		counter_add(&events->untold, 1);
		return;
	}
	events->event[at % FILTER_EVENTS] = (struct state_filter_event){
	    .list = slot,
	    .filter = verdict->number,
	    .source_be = rte_cpu_to_be_32(packet->source),
	    .destination_be = rte_cpu_to_be_32(packet->destination),
	    .sport = packet->sport,
	    .dport = packet->dport,
	    .protocol = packet->protocol,
	    .passed = verdict->pass,
	    .later = packet->head != FILTER_HEAD_WHOLE,
	};
	atomic_store_explicit(&events->written, at + 1, memory_order_release);
}

static void judge(struct worker *w, uint32_t slot, struct asked *asked, bool up)
{
	const struct filter_list *list = list_of(w, slot);
	struct filter_counters *counters;

	if (!list) {
		memset(asked->verdict, 0, sizeof(asked->verdict[0]) * asked->n);
		return;
	}
	counters = &list->tally->worker[w->config.index];
	filter_list_judge(list, asked->packet, asked->n, up, asked->verdict);
	for (unsigned i = 0; i < asked->n; i++) {
		const struct filter_verdict *verdict = &asked->verdict[i];
		unsigned at = verdict->number ? verdict->at : CFG_FILTER_LISTED;

		counter_add(&counters->packets[at], 1);
		if (unlikely(verdict->log))
			tell(w, list->slot, &asked->packet[i], verdict);
	}
}

/* ---- ports ----------------------------------------------------------------------------------- */

/* The IPv4 packet in a frame, behind VLAN tags too; NULL: none. */
static const uint8_t *ip_of(const struct rte_mbuf *m, unsigned *bytes)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned at = offsetof(struct rte_ether_hdr, ether_type);

	for (unsigned tags = 0; at + 2 <= m->data_len; tags++, at += RTE_VLAN_HLEN) {
		uint16_t type = get_be16(frame + at);

		if (type == RTE_ETHER_TYPE_IPV4) {
			*bytes = m->data_len - at - 2;
			return frame + at + 2;
		}
		if (tags == VLAN_TAGS_MAX ||
		    (type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ))
			break;
	}
	return NULL;
}

/* ESP between an outer address of ours and anybody, also in UDP to or from port 4500; its IKE is
 * not. `ip` was read by filter_read(). */
static bool is_esp(const uint8_t *ip, const struct filter_packet *packet)
{
	unsigned header = (ip[0] & 0x0fu) * 4;

	if (packet->protocol == IP_PROTO_ESP)
		return true;
	return packet->protocol == IP_PROTO_UDP && packet->head == FILTER_HEAD_WHOLE &&
	       (packet->sport == UDP_PORT_IKE_NAT_T || packet->dport == UDP_PORT_IKE_NAT_T) &&
	       get_be16(ip + 2) >= header + UDP_HEADER + 4 &&
	       get_be32(ip + header + UDP_HEADER) != 0;
}

/* Puts a frame among those that the list is asked about. What leaves a port whose packets pass the
 * kernel, and did not come from there, was on its way when that began. */
static void ask(const struct worker *w, const struct filter_place *place, bool in,
    const struct rte_mbuf *m, unsigned at, struct asked *asked)
{
	struct filter_packet *packet = &asked->packet[asked->n];
	unsigned bytes;
	const uint8_t *ip = ip_of(m, &bytes);
	uint32_t *ours = in ? &packet->destination : &packet->source;

	if (!ip || filter_read(ip, bytes, packet) < 0)
		return;
	if (place->kernel && (!addr_set_has4(&w->snapshot->outer, *ours) || !is_esp(ip, packet))) {
		if (in)
			return;
		packet->head = FILTER_HEAD_BAD; /* it came around the kernel: no list takes it */
	}
	if (place->self && addr_set_has4(&w->snapshot->outer, *ours))
		*ours = place->self;
	asked->at[asked->n++] = (uint8_t)at;
}

/* Drops what does not pass and closes the gaps. */
static unsigned keep_passed(struct worker *w, struct rte_mbuf **frames, unsigned n,
    const struct asked *asked, unsigned port)
{
	unsigned kept = 0, next = 0;

	for (unsigned i = 0; i < n; i++) {
		bool judged = next < asked->n && asked->at[next] == i;

		if (judged && !asked->verdict[next++].pass)
			worker_drop_frame(w, frames[i], DROP_FILTER, port);
		else
			frames[kept++] = frames[i];
	}
	return kept;
}

unsigned filter_frames_in(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port)
{
	const struct filter_place *place = &w->snapshot->port_filter[port];
	struct asked asked;

	asked.n = 0;
	if (!place->in)
		return n;
	for (unsigned i = 0; i < n; i++)
		ask(w, place, true, frames[i], i, &asked);
	judge(w, place->in, &asked, place->up);
	return keep_passed(w, frames, n, &asked, port);
}

unsigned filter_frames_out(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port)
{
	const struct filter_place *place = &w->snapshot->port_filter[port];
	struct asked asked;

	asked.n = 0;
	for (unsigned i = 0; i < n; i++)
		if (!place->kernel || packet_meta(frames[i])->origin != ORIGIN_TAP)
			ask(w, place, false, frames[i], i, &asked);
	judge(w, place->out, &asked, place->up);
	return keep_passed(w, frames, n, &asked, port);
}

/* ---- tunnels --------------------------------------------------------------------------------- */

static bool passes(
    struct worker *w, uint32_t slot, const struct rte_mbuf *m, const struct tunnel *tunnel)
{
	struct asked asked;

	asked.n = 1;
	if (filter_read(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, asked.packet) < 0)
		return true;
	judge(w, slot, &asked, tunnel->usable);
	return asked.verdict[0].pass;
}

bool filter_stops_in(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	if (packet_meta(m)->family != IP_FAMILY_V4 || tunnel->kernel || !tunnel->filter_in ||
	    passes(w, tunnel->filter_in, m, tunnel))
		return false;
	inbound_drop(w, m, packet_meta(m)->sa, DROP_FILTER);
	return true;
}

bool filter_stops_out(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	const struct packet_meta *meta = packet_meta(m);

	if (meta->family != IP_FAMILY_V4)
		return false;
	if (tunnel->kernel) {
		if (meta->origin == ORIGIN_TUN)
			return false;
		punt_packet(w, m, PUNT_FORWARD);
		return true;
	}
	if (!tunnel->filter_out || passes(w, tunnel->filter_out, m, tunnel))
		return false;
	outbound_drop(w, m, tunnel, DROP_FILTER);
	return true;
}
