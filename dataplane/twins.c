/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's side of the dataplane. A twin that cannot be opened, or that somebody deletes, is
 * tried again every second; until then its packets are dropped as `no_twin`. */
#include "dataplane/twins.h"

#include <errno.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/capture_tap.h"
#include "dataplane/packet.h"
#include "dataplane/port.h"
#include "dataplane/punt.h"

#define RETRY_MSEC      1000
#define BUSY_MSEC       20 /* a device of that name is just being removed */
#define STEP_MSEC       2  /* for opening tunnels' twins, in one step */
#define EVENTS          64
#define SWEEP_AFTER_SEC 5
#define READ_BURST      64
#define WRITE_BURST     64
#define TUNNEL_EVENT    (UINT64_C(1) << 32)

static int watch(const struct twins *twins, const struct twin *twin, uint64_t data)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};

	return epoll_ctl(twins->epoll, EPOLL_CTL_ADD, twin->fd, &event) < 0 ? -errno : 0;
}

static int open_port_twin(struct twins *twins, unsigned index)
{
	const struct port *port = &twins->ports[index];
	int rc = twin_open_tap(&twins->port[index], port->name, port->mac, port->mtu);

	if (rc == 0)
		rc = watch(twins, &twins->port[index], index);
	if (rc == 0)
		(void)twin_mark(port->name, twins->instance);
	if (rc < 0) {
		twin_close(&twins->port[index]);
		log_error("port %s event=twin-failed reason=\"%s\"", port->name, twin_obstacle(rc));
	}
	return rc;
}

int twins_init(struct twins *twins, const char *instance, const struct port *ports,
    unsigned port_count, struct counters *counters)
{
	int rc = 0;

	memset(twins, 0, sizeof(*twins));
	for (unsigned i = 0; i < PORTS_MAX; i++)
		twins->port[i] = TWIN_CLOSED;
	twins->instance = instance;
	twins->sweep = TWIN_SWEEP_NONE;
	twins->ports = ports;
	twins->port_count = port_count;
	twins->counters = counters;
	twins->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (twins->epoll < 0)
		return -errno;
	for (unsigned i = 0; i < port_count && rc == 0; i++)
		rc = open_port_twin(twins, i);
	if (rc < 0)
		twins_fini(twins);
	return rc;
}

void twins_fini(struct twins *twins)
{
	for (unsigned i = 0; i < twins->port_count; i++)
		twin_close(&twins->port[i]);
	for (uint32_t i = 0; i < twins->tunnel_count; i++)
		twin_close(&twins->tunnel[i].twin);
	twin_sweep_end(&twins->sweep);
	free(twins->tunnel);
	twins->tunnel = NULL;
	twins->tunnel_count = 0;
	if (twins->epoll >= 0)
		close(twins->epoll);
	twins->epoll = -1;
}

int twins_resize(struct twins *twins, uint32_t count)
{
	struct tunnel_twin *tunnel;

	if (count <= twins->tunnel_count)
		return 0;
	tunnel = realloc(twins->tunnel, count * sizeof(*tunnel));
	if (!tunnel)
		return -ENOMEM;
	for (uint32_t i = twins->tunnel_count; i < count; i++) {
		tunnel[i] = (struct tunnel_twin){.twin = TWIN_CLOSED};
	}
	twins->tunnel = tunnel;
	twins->tunnel_count = count;
	return 0;
}

static void add_count(struct twin_count *to, const struct twin_count *count)
{
	to->punted += count->punted;
	to->injected += count->injected;
}

void twins_show_counters(struct twins *twins)
{
	for (uint32_t i = 0; i < twins->tunnel_count; i++)
		twins->tunnel[i].shown = twins->tunnel[i].count;
	twins->gone_shown = twins->gone;
}

struct twin_count twins_counted(const struct twins *twins, uint32_t slot)
{
	return slot < twins->tunnel_count ? twins->tunnel[slot].shown : (struct twin_count){0};
}

/* The device of a slot that is to be another's, or nobody's. A name that another slot wants stays:
 * that slot attaches to it. */
static void release(struct twins *twins, uint32_t slot)
{
	struct tunnel_twin *old = &twins->tunnel[slot];

	for (uint32_t i = 0; i < twins->tunnel_count; i++) {
		if (i != slot && twins->tunnel[i].instance &&
		    !strcmp(twins->tunnel[i].name, old->name)) {
			twin_close(&old->twin);
			return;
		}
	}
	twin_remove(&old->twin);
}

void twins_want(struct twins *twins, uint32_t slot, uint64_t instance, const char *name,
    uint32_t mtu, bool sized)
{
	struct tunnel_twin *t = &twins->tunnel[slot];

	if (t->instance && t->instance != instance) {
		add_count(&twins->gone, &t->count);
		add_count(&twins->gone_shown, &t->shown);
		t->count = t->shown = (struct twin_count){0};
	}
	if (t->instance && (!instance || strcmp(t->name, name) != 0)) {
		log_info("tunnel twin=%s event=removed", t->name);
		release(twins, slot);
		*t = (struct tunnel_twin){.twin = TWIN_CLOSED};
	}
	if (!instance)
		return;
	t->instance = instance;
	if (sized || !t->mtu)
		t->mtu = mtu;
	memcpy(t->name, name, sizeof(t->name));
	twins->unsettled |= t->twin.fd < 0 || t->twin.mtu != t->mtu;
}

/* One line a second: what fails for one often fails for all. */
static void note_failure(struct twins *twins, const char *name, int rc, mono_t now)
{
	if (mono_before(now, twins->log_at))
		return;
	twins->log_at = mono_add_sec(now, 1);
	log_error("tunnel twin=%s event=twin-failed reason=\"%s\"", name, twin_obstacle(rc));
}

static void open_tunnel_twin(struct twins *twins, uint32_t slot, mono_t now)
{
	struct tunnel_twin *t = &twins->tunnel[slot];
	int rc = twin_open_tun(&t->twin, t->name, t->mtu);

	if (rc == 0)
		rc = watch(twins, &t->twin, TUNNEL_EVENT | slot);
	if (rc == -EBUSY) {
		t->retry_at = mono_add_msec(now, BUSY_MSEC);
	} else if (rc < 0) {
		twin_close(&t->twin);
		t->retry_at = mono_add_msec(now, RETRY_MSEC);
		note_failure(twins, t->name, rc, now);
	} else {
		(void)twin_mark(t->name, twins->instance);
		log_info("tunnel twin=%s event=twin-ready mtu=%u", t->name, t->mtu);
	}
}

static void settle_tunnels(struct twins *twins, mono_t now)
{
	const mono_t end = mono_add_msec(mono_now(), STEP_MSEC);
	bool settled = true;

	for (uint32_t i = 0; i < twins->tunnel_count; i++) {
		struct tunnel_twin *t = &twins->tunnel[i];

		if (!t->instance || (t->twin.fd >= 0 && t->twin.mtu == t->mtu))
			continue;
		settled = false;
		if (mono_before(now, t->retry_at))
			continue;
		if (mono_before(end, mono_now()))
			break;
		if (t->twin.fd < 0)
			open_tunnel_twin(twins, i, now);
		else if (twin_set_mtu(&t->twin, t->mtu) < 0)
			t->retry_at = mono_add_msec(now, RETRY_MSEC);
	}
	twins->unsettled = !settled;
}

void twins_sweep(struct twins *twins, mono_t now)
{
	twins->sweep_at = mono_add_sec(now, SWEEP_AFTER_SEC);
}

static void sweep(struct twins *twins, mono_t now)
{
	if (twins->sweep_at.nsec && !mono_before(now, twins->sweep_at)) {
		twins->sweep_at = (mono_t){0};
		twin_sweep_begin(&twins->sweep, twins);
	}
	twin_sweep_step(&twins->sweep, twins);
}

void twins_tick(struct twins *twins, mono_t now)
{
	for (unsigned i = 0; i < twins->port_count; i++) {
		struct twin *twin = &twins->port[i];

		if (mono_before(now, twins->port_retry_at[i]))
			continue;
		if (twin->fd < 0 ? open_port_twin(twins, i) < 0
				 : twin_set_mtu(twin, twins->ports[i].mtu) < 0)
			twins->port_retry_at[i] = mono_add_msec(now, RETRY_MSEC);
	}
	if (twins->unsettled)
		settle_tunnels(twins, now);
	sweep(twins, now);
}

bool twins_ready(const struct twins *twins, uint32_t slot)
{
	return slot < twins->tunnel_count && twins->tunnel[slot].twin.fd >= 0;
}

const char *twins_name(const struct twins *twins, uint32_t slot, char text[SHM_NAME_BYTES])
{
	if (slot < twins->tunnel_count && twins->tunnel[slot].instance)
		memcpy(text, twins->tunnel[slot].name, SHM_NAME_BYTES);
	else
		snprintf(text, SHM_NAME_BYTES, "slot%u", slot);
	return text;
}

uint32_t twins_mtu(const struct twins *twins, uint32_t slot, uint32_t other)
{
	return twins_ready(twins, slot) ? twins->tunnel[slot].twin.mtu : other;
}

static void count_drop(struct twins *twins, struct rte_mbuf *m, enum drop_reason reason)
{
	if (twins->tap)
		capture_drop(twins->tap, m, reason, CAPTURE_NO_TUNNEL, mono_now().nsec);
	counter_add(&twins->counters->drop[reason], 1);
	rte_pktmbuf_free(m);
}

/* One read. 0; -EAGAIN: nothing more; else the twin is gone. */
static int read_one(struct twins *twins, struct twin *twin, struct rte_mempool *pool,
    struct rte_ring *ring, const struct packet_meta *meta)
{
	static uint8_t overflow[2048]; /* what is read when there is no buffer */
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	ssize_t n;

	if (m)
		n = read(twin->fd, rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));
	else
		n = read(twin->fd, overflow, sizeof(overflow));
	if (n <= 0) {
		rte_pktmbuf_free(m);
		return n == 0 ? -EIO : errno == EINTR ? 0 : -errno;
	}
	counter_add(&twins->counters->rx, 1);
	if (meta->origin == ORIGIN_TAP)
		counter_add(&twins->counters->port[meta->port].injected, 1);
	else
		twins->tunnel[meta->tunnel].count.injected++;
	if (!m) {
		counter_add(&twins->counters->drop[DROP_NO_MBUF], 1);
		return 0;
	}
	*packet_meta(m) = *meta;
	m->data_len = (uint16_t)n;
	m->pkt_len = (uint32_t)n;
	if (rte_ring_sp_enqueue(ring, m) < 0)
		count_drop(twins, m, DROP_RING_FULL);
	else
		counter_add(&twins->counters->given, 1);
	return 0;
}

static unsigned read_ready(
    struct twins *twins, uint64_t data, struct rte_mempool *pool, const struct twins_rings *rings)
{
	struct packet_meta meta = {0};
	struct rte_ring *ring;
	struct twin *twin;
	unsigned n = 0;
	int rc = 0;

	if (data & TUNNEL_EVENT) {
		struct tunnel_twin *t = &twins->tunnel[(uint32_t)data];

		twin = &t->twin;
		meta.origin = ORIGIN_TUN;
		meta.tunnel = (uint32_t)data;
		meta.instance = t->instance;
		ring = rings->ring[meta.tunnel % rings->count];
	} else {
		twin = &twins->port[data];
		meta.origin = ORIGIN_TAP;
		meta.port = (uint8_t)data;
		ring = rings->ring[rings->sender[data]];
	}
	while (twin->fd >= 0 && n < READ_BURST && rc == 0) {
		rc = read_one(twins, twin, pool, ring, &meta);
		n += rc == 0;
	}
	if (rc < 0 && rc != -EAGAIN) {
		log_error("twin %s event=lost reason=\"%s\"", twin->name, strerror(-rc));
		twins->unsettled = true;
		twin_close(twin);
	}
	return n;
}

unsigned twins_read(struct twins *twins, struct rte_mempool *pool, const struct twins_rings *rings,
    unsigned timeout_usec)
{
	const struct timespec timeout = {.tv_nsec = (long)timeout_usec * 1000};
	struct epoll_event event[EVENTS];
	int ready = epoll_pwait2(twins->epoll, event, EVENTS, &timeout, NULL);
	unsigned n = 0;

	for (int i = 0; i < ready; i++)
		n += read_ready(twins, event[i].data.u64, pool, rings);
	return n;
}

static struct twin *twin_of(struct twins *twins, const struct packet_meta *meta)
{
	struct tunnel_twin *t;

	if (meta->origin == ORIGIN_PORT)
		return meta->port < twins->port_count ? &twins->port[meta->port] : NULL;
	if (meta->tunnel >= twins->tunnel_count)
		return NULL;
	t = &twins->tunnel[meta->tunnel];
	return t->instance && t->instance == meta->instance ? &t->twin : NULL;
}

static void write_one(struct twins *twins, struct rte_mbuf *m)
{
	const struct packet_meta *meta = packet_meta(m);
	struct twin *twin = twin_of(twins, meta);

	if (!twin || twin->fd < 0 ||
	    write(twin->fd, rte_pktmbuf_mtod(m, void *), m->data_len) != m->data_len) {
		count_drop(twins, m, DROP_NO_TWIN);
		return;
	}
	counter_add(&twins->counters->punt, 1);
	if (meta->punt_class == PUNT_FORWARD)
		counter_add(&twins->counters->forwarded_punt, 1);
	if (meta->origin == ORIGIN_PORT)
		counter_add(&twins->counters->port[meta->port].punted, 1);
	else
		twins->tunnel[meta->tunnel].count.punted++;
	rte_pktmbuf_free(m);
}

unsigned twins_write(struct twins *twins, struct rte_ring *ring)
{
	void *m[WRITE_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(ring, m, WRITE_BURST, NULL);

	if (n)
		counter_add(&twins->counters->taken, n);
	for (unsigned i = 0; i < n; i++)
		write_one(twins, m[i]);
	return n;
}
