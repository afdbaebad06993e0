/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IKE sockets: UDP 500 and 4500 on each local address in use (RFC 2408 section 2.5.1, RFC
 * 3948).
 *
 * A datagram belongs to the tunnel whose endpoint sent it, to our address that the tunnel uses. One
 * from anywhere else is counted and dropped before a byte of it is read. On 4500 the non-ESP marker
 * is taken off; ESP never comes here, the dataplane has taken it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/log.h"
#include "control/sys/udp.h"
#include "control/tunnel.h"

#define MARKER_BYTES       4
#define CHAINS             1024 /* of tunnels by the address of their peer; a power of two */
#define UNKNOWN_LOG_BURST  5
#define UNKNOWN_LOG_PER_MS (1.0 / 10000)

struct agent_udp {
	struct agent_udp *next;
	struct agent *agent;
	struct ip_addr local;
	unsigned users;
	struct udp_socket *ike, *natt;
	struct tunnel *chain[CHAINS];
	double log_tokens;
	mono_t log_filled;
};

/* A line for every source we do not know would be a gift to whoever sends them. */
static bool may_log(struct agent_udp *udp, mono_t now)
{
	udp->log_tokens += (double)mono_diff_msec(now, udp->log_filled) * UNKNOWN_LOG_PER_MS;
	if (udp->log_tokens > UNKNOWN_LOG_BURST)
		udp->log_tokens = UNKNOWN_LOG_BURST;
	udp->log_filled = now;
	if (udp->log_tokens < 1)
		return false;
	udp->log_tokens -= 1;
	return true;
}

/* ---- whose it is: asked for every datagram, also for those of strangers ---- */

static struct tunnel **chain_of(struct agent_udp *udp, const struct ip_addr *remote)
{
	uint32_t hash = hash_bytes(HASH_START, remote->bytes, sizeof(remote->bytes));

	return &udp->chain[(hash ^ hash >> 16) & (CHAINS - 1)];
}

void agent_udp_join(struct tunnel *t)
{
	struct tunnel **chain = chain_of(t->udp, &t->running.remote);

	t->udp_next = *chain;
	*chain = t;
}

void agent_udp_leave(struct tunnel *t)
{
	struct tunnel **link = chain_of(t->udp, &t->running.remote);

	while (*link && *link != t)
		link = &(*link)->udp_next;
	if (*link)
		*link = t->udp_next;
	t->udp_next = NULL;
}

/* Of several with the same peer the one of the lowest number. */
static struct tunnel *tunnel_by_source(struct agent_udp *udp, const struct ip_addr *src)
{
	struct tunnel *found = NULL;

	for (struct tunnel *t = *chain_of(udp, src); t; t = t->udp_next)
		if (ip_addr_equal(&t->running.remote, src) && (!found || t->number < found->number))
			found = t;
	return found;
}

/* ---- sockets ---- */

static void received(struct agent_udp *udp, uint16_t port, const uint8_t *data, size_t bytes,
    const struct ip_addr *src, uint16_t src_port)
{
	static const uint8_t marker[MARKER_BYTES];
	struct tunnel *tunnel = tunnel_by_source(udp, src);
	struct ike_event event = {.type = IKE_EV_DATAGRAM};

	if (!tunnel) {
		char text[IP_ADDR_TEXT_BYTES];

		udp->agent->ike_unknown++;
		if (may_log(udp, mono_now()))
			log_notice(
			    "ike source=%s port=%u bytes=%zu action=dropped reason=not-configured",
			    ip_addr_format(src, text), src_port, bytes);
		return;
	}
	if (port == IKE_NATT_PORT) {
		/* A keepalive of one byte 0xff is shorter than a marker too. */
		if (bytes < MARKER_BYTES || memcmp(data, marker, MARKER_BYTES) != 0)
			return;
		data += MARKER_BYTES;
		bytes -= MARKER_BYTES;
	}
	if (bytes > IKE_DATAGRAM_BYTES)
		return;
	event.datagram.data = data;
	event.datagram.bytes = bytes;
	event.datagram.src = *src;
	event.datagram.dst = tunnel->running.local;
	event.datagram.src_port = src_port;
	event.datagram.dst_port = port;
	tunnel_event(tunnel, &event);
}

static void on_ike(
    void *ctx, const void *data, size_t bytes, const struct ip_addr *src, uint16_t src_port)
{
	received(ctx, IKE_PORT, data, bytes, src, src_port);
}

static void on_natt(
    void *ctx, const void *data, size_t bytes, const struct ip_addr *src, uint16_t src_port)
{
	received(ctx, IKE_NATT_PORT, data, bytes, src, src_port);
}

int agent_udp_get(struct agent *agent, const struct ip_addr *local, struct agent_udp **out)
{
	struct agent_udp *udp;
	int rc;

	for (udp = agent->udp; udp; udp = udp->next) {
		if (ip_addr_equal(&udp->local, local)) {
			udp->users++;
			*out = udp;
			return 0;
		}
	}
	udp = calloc(1, sizeof(*udp));
	if (!udp)
		return -ENOMEM;
	udp->agent = agent;
	udp->local = *local;
	udp->users = 1;
	udp->log_tokens = UNKNOWN_LOG_BURST;
	udp->log_filled = mono_now();
	rc = udp_open(agent->loop, local, IKE_PORT, on_ike, udp, &udp->ike);
	if (rc == 0)
		rc = udp_open(agent->loop, local, IKE_NATT_PORT, on_natt, udp, &udp->natt);
	if (rc) {
		udp_close(udp->ike);
		free(udp);
		return rc;
	}
	udp->next = agent->udp;
	agent->udp = udp;
	*out = udp;
	return 0;
}

void agent_udp_put(struct agent *agent, struct agent_udp *udp)
{
	if (!udp || --udp->users)
		return;
	for (struct agent_udp **p = &agent->udp; *p; p = &(*p)->next) {
		if (*p == udp) {
			*p = udp->next;
			break;
		}
	}
	udp_close(udp->ike);
	udp_close(udp->natt);
	free(udp);
}

int agent_udp_send(struct agent_udp *udp, uint16_t local_port, const struct ip_addr *remote,
    uint16_t remote_port, bool keepalive, const void *data, size_t bytes)
{
	static const uint8_t marker[MARKER_BYTES];

	if (local_port == IKE_NATT_PORT)
		return udp_send(udp->natt, marker, keepalive ? 0 : sizeof(marker), data, bytes,
		    remote, remote_port);
	return udp_send(udp->ike, NULL, 0, data, bytes, remote, remote_port);
}
