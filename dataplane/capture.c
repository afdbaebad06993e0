/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The life of a capture. The taps are handed to the workers and taken back by the cue they heed
 * between two polls, so the memory of a tap is freed only when nobody has it. The disk may be slow:
 * what a step moves is bounded, and what does not fit into the rings meanwhile is counted. */
#include "dataplane/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "dataplane/pkt/outer_frame.h"
#include "dataplane/pkt/pcapng.h"
#include "dataplane/port.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"

#define RING_BYTES  (4u << 20) /* for each thread */
#define STEP_BYTES  (1u << 20) /* moved from a ring in one step */
#define FOLLOW_MSEC 100        /* between two captures that control begins */
#define APPLICATION "cgw-dataplane"

/* `bytes`: of the block that was written where the file has room; 0 = it did not fit. */
static int append(struct capture *c, size_t bytes)
{
	capture_file_appended(&c->file, bytes);
	return bytes ? 0 : -EIO;
}

static int append_interface(struct capture *c, const char *name, uint16_t link_type)
{
	uint8_t *at = capture_file_room(&c->file, PCAPNG_BLOCK_MAX);
	int rc;

	if (!at)
		return c->file.error;
	rc = append(c, pcapng_interface(at, PCAPNG_BLOCK_MAX, name, link_type, c->request.snap));
	if (rc == 0)
		c->interfaces++;
	return rc;
}

/* The section and its ports, which are interfaces 0, 1, ... by their index. */
static int append_head(struct capture *c)
{
	uint8_t *at = capture_file_room(&c->file, PCAPNG_BLOCK_MAX);
	int rc;

	if (!at)
		return c->file.error;
	rc = append(c, pcapng_section(at, PCAPNG_BLOCK_MAX, APPLICATION));
	for (unsigned i = 0; i < c->port_count && rc == 0; i++)
		rc = append_interface(c, c->ports[i].name, PCAPNG_LINK_ETHERNET);
	return rc;
}

/* The interface of a tunnel, written when its first packet comes. */
static int interface_of_tunnel(struct capture *c, uint32_t slot, uint32_t *interface)
{
	int rc = 0;

	if (slot >= c->tunnel_slots) {
		uint32_t slots =
		    slot + 1 > c->twins->tunnel_count ? slot + 1 : c->twins->tunnel_count;
		uint32_t *more = realloc(c->tunnel_interface, slots * sizeof(*more));

		if (!more)
			return -ENOMEM;
		memset(more + c->tunnel_slots, 0, (slots - c->tunnel_slots) * sizeof(*more));
		c->tunnel_interface = more;
		c->tunnel_slots = slots;
	}
	if (!c->tunnel_interface[slot]) {
		char name[SHM_NAME_BYTES];

		rc = append_interface(c, twins_name(c->twins, slot, name), PCAPNG_LINK_RAW);
		c->tunnel_interface[slot] = c->interfaces;
	}
	*interface = c->tunnel_interface[slot] - 1;
	return rc;
}

/* What an ESP packet, outside and inside, is told by; 0 = it is none. */
static uint64_t id_of(const struct capture_record *record)
{
	struct outer_frame outer;

	if (record->interface & CAPTURE_TUNNEL)
		return record->id;
	return outer_frame_read(record->data, record->bytes, &outer) && outer.esp
		   ? outer_frame_id(outer.spi, outer.sequence)
		   : 0;
}

static int append_packet(struct capture *c, unsigned thread, const struct capture_record *record)
{
	size_t room = record->bytes + PCAPNG_BLOCK_MAX;
	bool inner = record->interface & CAPTURE_TUNNEL;
	uint64_t id = id_of(record);
	char comment[96];
	struct pcapng_packet packet = {
	    .interface = record->interface,
	    .time_nsec = (uint64_t)(record->time_nsec + c->epoch_nsec),
	    .data = record->data,
	    .bytes = record->bytes,
	    .original = record->original,
	    .lost = record->lost - c->lost_seen[thread],
	    .direction = record->direction,
	    .id = id,
	};
	uint8_t *at;
	int rc = 0;

	c->lost_seen[thread] = record->lost;
	if (inner)
		rc = interface_of_tunnel(c, record->interface & ~CAPTURE_TUNNEL, &packet.interface);
	if (rc < 0)
		return rc;
	if (record->reason)
		snprintf(comment, sizeof(comment), "drop: %s", drop_texts[record->reason].name);
	else if (inner && id)
		snprintf(comment, sizeof(comment), "spi: 0x%08x seq: %u", (uint32_t)(id >> 32),
		    (uint32_t)id);
	if (record->reason || (inner && id))
		packet.comment = comment;
	at = capture_file_room(&c->file, room);
	if (!at)
		return c->file.error;
	rc = append(c, pcapng_packet(at, room, &packet));
	c->packets += rc == 0;
	return rc;
}

/* True when the next packet is one too many. */
static bool bound_reached(const struct capture *c, const struct capture_record *next)
{
	uint64_t bytes = c->request.bytes ? c->request.bytes : CAPTURE_BYTES_DEFAULT;

	return (c->request.packets && c->packets >= c->request.packets) ||
	       c->file.bytes + next->bytes + PCAPNG_BLOCK_MAX > bytes;
}

static void drain(struct capture *c, unsigned thread)
{
	struct capture_ring *ring = &c->tap[thread]->ring;
	const struct capture_record *record;
	uint32_t moved = 0;
	int rc = 0;

	while (moved < STEP_BYTES && (record = capture_ring_peek(ring)) != NULL) {
		moved += record->room;
		if (!c->full && bound_reached(c, record)) {
			c->full = true;
			capture_stop(c, "bound reached");
		}
		if (!c->full)
			rc = append_packet(c, thread, record);
		capture_ring_release(ring, record);
		if (rc < 0) {
			c->full = true;
			capture_stop(c, strerror(-rc));
		}
	}
}

static void free_taps(struct capture *c)
{
	for (unsigned i = 0; i <= c->worker_count; i++) {
		if (!c->tap[i])
			continue;
		capture_ring_fini(&c->tap[i]->ring);
		free(c->tap[i]);
		c->tap[i] = NULL;
	}
	free(c->tunnel_interface);
	c->tunnel_interface = NULL;
	c->tunnel_slots = 0;
}

static int make_taps(struct capture *c)
{
	for (unsigned i = 0; i <= c->worker_count; i++) {
		struct capture_tap *tap = aligned_alloc(64, sizeof(*tap));

		if (!tap)
			return -ENOMEM;
		memset(tap, 0, sizeof(*tap));
		tap->what = c->request.what;
		tap->filter = c->request.filter;
		tap->index = c->request.index;
		tap->peer = c->request.peer;
		tap->snap = c->request.snap;
		c->tap[i] = tap;
		c->lost_seen[i] = 0;
		if (capture_ring_init(&tap->ring, RING_BYTES) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int64_t epoch_nsec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * MONO_NSEC_PER_SEC + ts.tv_nsec - mono_now().nsec;
}

static int make_file(struct capture *c)
{
	time_t seconds = time(NULL);
	char name[160], stamp[32];
	struct tm utc;
	int rc;

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(name, sizeof(name), "cgw-%s-%s-%u.pcapng", c->instance, stamp, c->serial + 1);
	rc = capture_file_open(&c->file, c->dir, name);
	return rc < 0 ? rc : append_head(c);
}

static bool request_ok(const struct capture *c, const struct capture_request *r)
{
	const uint8_t all = CFG_CAPTURE_OUTER | CFG_CAPTURE_INNER | CFG_CAPTURE_DROPS;

	return r->what && !(r->what & ~all) && r->filter <= CFG_CAPTURE_TUNNEL &&
	       (r->filter != CFG_CAPTURE_LINK || r->index < c->port_count);
}

static bool tunnel_is_there(const struct capture *c, uint32_t slot)
{
	return slot < *c->tunnel_count && (*c->tunnels)[slot].instance;
}

const char *capture_refusal(struct capture *c, int rc)
{
	if (rc == -EOPNOTSUPP)
		return "cgw-dataplane was started without --capture-dir";
	if (rc == -EBUSY)
		return "another capture is running";
	if (rc == -EINVAL)
		return "no such port, or nothing to be captured";
	if (rc == -ESRCH)
		return "there is no such tunnel";
	snprintf(c->refusal, sizeof(c->refusal), "%s, for a file in %s", strerror(-rc), c->dir);
	return c->refusal;
}

/* Hands a tap to every thread; NULL takes them back. */
static void give_taps(struct capture *c, bool give)
{
	for (unsigned i = 0; i < c->worker_count; i++)
		worker_set_tap(&c->worker[i], give ? c->tap[i] : NULL);
	c->twins->tap = give ? c->tap[c->worker_count] : NULL;
}

int capture_start(struct capture *c, const struct capture_request *request, mono_t now)
{
	int rc;

	if (!c->dir)
		return -EOPNOTSUPP;
	if (c->state != CAPTURE_OFF)
		return -EBUSY;
	if (!request_ok(c, request))
		return -EINVAL;
	if (request->filter == CFG_CAPTURE_TUNNEL && !tunnel_is_there(c, request->index))
		return -ESRCH;
	c->request = *request;
	if (request->filter == CFG_CAPTURE_TUNNEL)
		c->request.peer = (*c->tunnels)[request->index].outer_remote;
	if (c->request.snap == 0 || c->request.snap > CAPTURE_SNAP_MAX)
		c->request.snap = CAPTURE_SNAP_MAX;
	c->interfaces = 0;
	c->packets = c->lost = 0;
	c->full = false;
	c->epoch_nsec = epoch_nsec();
	rc = make_taps(c);
	if (rc == 0)
		rc = make_file(c);
	if (rc < 0) {
		(void)capture_file_close(&c->file);
		free_taps(c);
		return rc;
	}
	c->serial++;
	c->begun_unix = time(NULL);
	c->ended = NULL;
	c->end_at = c->request.msec ? mono_add_msec(now, c->request.msec) : MONO_NEVER;
	c->state = CAPTURE_RUNNING;
	give_taps(c, true);
	log_notice("capture event=started file=%s", c->file.path);
	return 0;
}

/* The port of a link slot; beyond all ports when there is none. */
static uint32_t port_of_link(
    const struct capture *c, const struct cfg_link *links, uint32_t link_count, uint32_t slot)
{
	for (unsigned i = 0; slot < link_count && i < c->port_count; i++)
		if (!strncmp(c->ports[i].name, links[slot].name, sizeof(links[slot].name)))
			return i;
	return UINT32_MAX;
}

void capture_follow(struct capture *c, const struct cfg_settings *settings,
    const struct cfg_link *links, uint32_t link_count, mono_t now)
{
	struct capture_request request = {
	    .what = settings->capture_what,
	    .filter = settings->capture_filter,
	    .index = settings->capture_index,
	    .snap = settings->capture_snap,
	    .packets = settings->capture_packets,
	    .bytes = settings->capture_bytes,
	    .msec = settings->capture_msec,
	};
	int rc;

	/* Sequence 0: nothing was read yet, or nothing ever written. */
	if (settings->head.sequence == 0 || settings->capture_run == c->run ||
	    mono_before(now, c->follow_at))
		return;
	capture_stop(c, "stopped");
	if (c->state != CAPTURE_OFF)
		return; /* the next step, when the taps are back */
	c->follow_at = mono_add_msec(now, FOLLOW_MSEC);
	c->run = settings->capture_run;
	if (c->run == 0)
		return;
	if (request.filter == CFG_CAPTURE_LINK)
		request.index = port_of_link(c, links, link_count, request.index);
	rc = capture_start(c, &request, now);
	if (rc < 0) {
		c->packets = c->lost = 0;
		c->file.path[0] = '\0';
		c->ended = capture_refusal(c, rc);
		log_error("capture event=refused run=%u reason=\"%s\"", c->run, c->ended);
	}
}

void capture_stop(struct capture *c, const char *why)
{
	if (c->state != CAPTURE_RUNNING)
		return;
	c->state = CAPTURE_ENDING;
	c->ended = why;
	give_taps(c, false);
}

static uint64_t count_lost(const struct capture *c)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i <= c->worker_count; i++)
		lost += atomic_load_explicit(&c->tap[i]->ring.lost, memory_order_relaxed);
	return lost;
}

static void end(struct capture *c)
{
	int rc;

	for (unsigned i = 0; i <= c->worker_count; i++)
		while (capture_ring_peek(&c->tap[i]->ring))
			drain(c, i);
	c->lost = count_lost(c);
	rc = capture_file_close(&c->file);
	if (rc < 0)
		c->ended = strerror(-rc);
	free_taps(c);
	c->state = CAPTURE_OFF;
	log_notice("capture event=ended file=%s reason=\"%s\" packets=%llu lost=%llu", c->file.path,
	    c->ended, (unsigned long long)c->packets, (unsigned long long)c->lost);
}

void capture_tick(struct capture *c, mono_t now)
{
	bool back = true;

	if (c->state == CAPTURE_OFF)
		return;
	if (c->state == CAPTURE_RUNNING && !mono_before(now, c->end_at))
		capture_stop(c, "stopped");
	if (c->state == CAPTURE_ENDING) {
		for (unsigned i = 0; i < c->worker_count; i++)
			back = back && worker_tap_is_back(&c->worker[i]);
		if (back) {
			end(c);
			return;
		}
	}
	for (unsigned i = 0; i <= c->worker_count; i++)
		drain(c, i);
	c->lost = count_lost(c);
	capture_file_flush(&c->file);
	if (c->file.error)
		capture_stop(c, strerror(-c->file.error));
}

void capture_fini(struct capture *c)
{
	if (c->state == CAPTURE_OFF)
		return;
	capture_stop(c, "stopped");
	end(c);
}
