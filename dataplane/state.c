/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making, growing and filling state.v1. The counters are kept by their threads; here the copies are
 * added up that each made between two polls, so that the totals balance. */
#include "dataplane/state.h"

#include <errno.h>
#include <rte_mempool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "dataplane/capture.h"
#include "dataplane/port.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"

#define DROP_TEXT(identifier, drop_name, drop_text)                                                \
	[DROP_##identifier] = {.name = drop_name, .text = drop_text},

const struct drop_text drop_texts[DROP_COUNT] = {PKT_VERDICTS(DROP_TEXT) DROP_REASONS(DROP_TEXT)};

_Static_assert(STATE_WORKERS == WORKERS_MAX, "a record for each worker");

static void copy_counter(_Atomic uint64_t *to, const _Atomic uint64_t *from)
{
	atomic_store_explicit(to, counter_get(from), memory_order_relaxed);
}

/* What outlives a region of other sizes, from one into the other. */
static void take_over_sa(struct state_sa *to, const struct state_sa *from)
{
	struct state_sa copy;

	if (shm_slot_read(from, &copy, offsetof(struct state_sa, sequence)) < 0) {
		/* Half written it stays: whose it was is not known, and that is to be seen. */
		atomic_store(&to->head.sequence, 1);
		return;
	}
	atomic_store(&to->sequence, atomic_load(&from->sequence));
	copy_counter(&to->packets, &from->packets);
	copy_counter(&to->bytes, &from->bytes);
	atomic_store(&to->first_valid_nsec, atomic_load(&from->first_valid_nsec));
	atomic_store(&to->last_valid_nsec, atomic_load(&from->last_valid_nsec));
	copy_counter(&to->replay_drops, &from->replay_drops);
	copy_counter(&to->icv_drops, &from->icv_drops);
	copy_counter(&to->other_drops, &from->other_drops);
	atomic_store(&to->ended, atomic_load(&from->ended));
	shm_slot_write(to, &copy, offsetof(struct state_sa, sequence));
}

static void take_over_port(struct state_port *to, const struct state_port *from)
{
	struct state_port copy;

	if (shm_slot_read(from, &copy, offsetof(struct state_port, rx_packets)) == 0)
		shm_slot_write(to, &copy, offsetof(struct state_port, rx_packets));
}

static void take_over(const struct shm_map *to, const struct shm_map *from)
{
	uint32_t ports = shm_map_count(from, STATE_TABLE_PORTS);
	uint32_t count = shm_map_count(from, STATE_TABLE_SAS);
	const struct state_totals *old = shm_map_at(from, STATE_TABLE_TOTALS, 0);
	struct state_totals *totals = shm_map_at(to, STATE_TABLE_TOTALS, 0);

	if (old && totals)
		atomic_store(&totals->capture_run, atomic_load(&old->capture_run));
	for (uint32_t i = 0; i < ports && i < shm_map_count(to, STATE_TABLE_PORTS); i++)
		take_over_port(
		    shm_map_at(to, STATE_TABLE_PORTS, i), shm_map_at(from, STATE_TABLE_PORTS, i));
	for (uint32_t i = 0; i < count && i < shm_map_count(to, STATE_TABLE_SAS); i++)
		take_over_sa(
		    shm_map_at(to, STATE_TABLE_SAS, i), shm_map_at(from, STATE_TABLE_SAS, i));
}

static void write_drop_names(const struct shm_map *map)
{
	for (uint32_t i = 1; i < DROP_COUNT; i++) {
		struct state_drop *drop = shm_map_at(map, STATE_TABLE_DROPS, i - 1);

		snprintf(drop->name, sizeof(drop->name), "%s", drop_texts[i].name);
		snprintf(drop->text, sizeof(drop->text), "%s", drop_texts[i].text);
	}
}

static int allocate_counters(struct state *state, uint32_t tunnels, uint32_t sas)
{
	size_t bytes = (size_t)tunnels * WORKERS_MAX * sizeof(struct tunnel_counters);
	struct tunnel_counters *tunnel = aligned_alloc(64, bytes);
	struct tunnel_base *base = aligned_alloc(64, tunnels * sizeof(*base));

	if (!tunnel || !base) {
		free(tunnel);
		free(base);
		return -ENOMEM;
	}
	memset(tunnel, 0, bytes);
	memset(base, 0, tunnels * sizeof(*base));
	free(state->tunnel);
	free(state->base);
	state->tunnel = tunnel;
	state->base = base;
	state->tunnels = tunnels;
	state->sas = sas;
	return 0;
}

/* Makes the region afresh and takes over what the file by its name remembers. */
static int make_anew(struct state *state, const struct shm_region_spec *spec)
{
	struct shm_map old = {.fd = -1}, made = {.fd = -1};
	int known = shm_map_open(state->instance, spec, &old);
	int rc = shm_map_create(state->instance, spec, &made);

	if (rc == 0) {
		state->fresh = known < 0;
		if (known == 0)
			take_over(&made, &old);
		else if (known != -ENOENT)
			log_notice("state event=unreadable action=made-anew");
		shm_map_close(&state->map);
		state->map = made;
	}
	if (known == 0)
		shm_map_close(&old);
	return rc;
}

static int open_region(struct state *state, uint32_t tunnels, uint32_t sas)
{
	struct shm_region_spec spec = shm_state_spec(tunnels, sas, DROP_COUNT - 1);
	int rc = shm_map_adopt(state->instance, &spec, &state->map);

	if (rc == -ESTALE)
		rc = make_anew(state, &spec);
	if (rc == 0)
		write_drop_names(&state->map);
	return rc;
}

int state_open(struct state *state, const char *instance, uint32_t tunnels, uint32_t sas)
{
	int rc;

	memset(state, 0, sizeof(*state));
	state->map.fd = -1;
	state->instance = instance;
	rc = open_region(state, tunnels, sas);
	if (rc == 0)
		rc = allocate_counters(state, tunnels, sas);
	if (rc < 0) {
		state_close(state);
		return rc;
	}
	/* Nothing is in force yet, whatever a dataplane before us had applied. */
	state_write_applied(state, 0, 0);
	state_write_wanted(state, 0);
	for (uint32_t i = 0; i < tunnels; i++)
		state_write_tunnel(state, i, 0, false, 0);
	for (unsigned i = 0; i < STATE_WORKERS; i++)
		state_write_worker(state, i, &(struct state_seen){0});
	return 0;
}

int state_grow(struct state *state, uint32_t tunnels, uint32_t sas)
{
	struct shm_region_spec spec;
	int rc;

	if (tunnels <= state->tunnels && sas <= state->sas)
		return 0;
	tunnels = tunnels > state->tunnels ? tunnels : state->tunnels;
	sas = sas > state->sas ? sas : state->sas;
	spec = shm_state_spec(tunnels, sas, DROP_COUNT - 1);
	rc = make_anew(state, &spec);
	if (rc == 0)
		rc = allocate_counters(state, tunnels, sas);
	if (rc == 0)
		write_drop_names(&state->map);
	return rc;
}

void state_close(struct state *state)
{
	shm_map_close(&state->map);
	free(state->tunnel);
	free(state->base);
	state->tunnel = NULL;
	state->base = NULL;
}

struct state_sa *state_sa_at(const struct state *state, uint32_t slot)
{
	return shm_map_at(&state->map, STATE_TABLE_SAS, slot);
}

void state_end_sa(const struct state *state, uint32_t slot, uint64_t instance)
{
	struct state_sa *sa = state_sa_at(state, slot);
	struct state_sa record = {.instance = instance};

	if (!sa)
		return;
	record.checksum = shm_state_sa_sum(&record);
	atomic_store(&sa->ended, 1);
	shm_slot_write(sa, &record, offsetof(struct state_sa, sequence));
}

void state_write_port(const struct state *state, unsigned index, const struct port *port)
{
	struct state_port *slot = shm_map_at(&state->map, STATE_TABLE_PORTS, index);
	struct state_port record = {
	    .flags = STATE_PORT_PRESENT, .mtu = port->mtu, .speed_mbps = port->speed_mbps};

	if (!slot)
		return;
	if (port->link_up)
		record.flags |= STATE_PORT_LINK_UP;
	if (!port_usable(port))
		record.flags |= STATE_PORT_LOST;
	if (port->plan.missed_untold)
		record.flags |= STATE_PORT_MISSED_UNTOLD;
	memcpy(record.name, port->name, sizeof(record.name));
	memcpy(record.twin, port->name, sizeof(record.twin));
	memcpy(record.device, port->device, sizeof(record.device));
	memcpy(record.mac, port->mac, sizeof(record.mac));
	shm_slot_write(slot, &record, offsetof(struct state_port, rx_packets));
}

#define STORE_SEEN(name) atomic_store_explicit(&slot->name, seen->name, memory_order_relaxed)

void state_write_worker(const struct state *state, unsigned index, const struct state_seen *seen)
{
	struct state_worker *slot = shm_map_at(&state->map, STATE_TABLE_WORKERS, index);

	if (!slot)
		return;
	STORE_SEEN(received);
	STORE_SEEN(polled);
	STORE_SEEN(busy_polls);
	STORE_SEEN(busy_nsec);
	STORE_SEEN(busy_permille);
	STORE_SEEN(ring_to_kernel);
	STORE_SEEN(ring_from_kernel);
	STORE_SEEN(ring_handover);
	atomic_store_explicit(&slot->seen_nsec, seen->seen.nsec, memory_order_release);
}

void state_write_room(const struct state *state, const struct rte_mempool *pool)
{
	struct state_whole *slot = shm_map_at(&state->map, STATE_TABLE_WHOLE, 0);

	atomic_store_explicit(&slot->buffers, pool->populated_size, memory_order_relaxed);
	atomic_store_explicit(
	    &slot->buffers_used, rte_mempool_in_use_count(pool), memory_order_relaxed);
	atomic_store_explicit(&slot->ring_kernel, WORKER_RING - 1, memory_order_relaxed);
	atomic_store_explicit(&slot->ring_handover, HANDOVER_RING - 1, memory_order_relaxed);
}

void state_count_port(const struct state *state, unsigned index, const struct port *port)
{
	struct state_port *slot = shm_map_at(&state->map, STATE_TABLE_PORTS, index);

	if (!slot)
		return;
	atomic_store_explicit(&slot->link_downs, port->link_downs, memory_order_relaxed);
	atomic_store_explicit(&slot->rx_missed, port->rx_missed, memory_order_relaxed);
	atomic_store_explicit(&slot->rx_errors, port->rx_errors, memory_order_relaxed);
}

void state_remove_ports(const struct state *state, unsigned from)
{
	const struct state_port none = {0};

	for (unsigned i = from; i < shm_map_count(&state->map, STATE_TABLE_PORTS); i++)
		shm_slot_write(shm_map_at(&state->map, STATE_TABLE_PORTS, i), &none,
		    offsetof(struct state_port, rx_packets));
}

#define SUM_FIELD(name) total.name += counter_get(&line->name);

/* What all workers counted for a tunnel slot, ever. */
static struct tunnel_counters tunnel_sum(const struct state *state, uint32_t slot)
{
	struct tunnel_counters total = {0};

	unsigned workers = state->workers ? state->workers : WORKERS_MAX;

	for (unsigned worker = 0; worker < workers; worker++) {
		const struct tunnel_counters *line =
		    &state->tunnel[(size_t)slot * WORKERS_MAX + worker];

		TUNNEL_COUNTERS(SUM_FIELD)
	}
	return total;
}

#define BASE_FIELD(name) base->at.name = sum.name - counter_get(&slot->name);
#define ZERO_FIELD(name) atomic_store(&slot->name, 0);

/* A tunnel that the region knows already goes on counting where it stood. */
static void begin_tunnel(struct state *state, uint32_t index, uint64_t instance)
{
	struct state_tunnel *slot = shm_map_at(&state->map, STATE_TABLE_TUNNELS, index);
	struct tunnel_base *base = &state->base[index];
	struct tunnel_counters sum = tunnel_sum(state, index);
	struct state_tunnel record;

	if (shm_slot_read(slot, &record, offsetof(struct state_tunnel, in_packets)) < 0 ||
	    record.instance != instance) {
		TUNNEL_COUNTERS(ZERO_FIELD)
		atomic_store(&slot->last_in_nsec, 0);
		atomic_store(&slot->last_out_nsec, 0);
		atomic_store(&slot->punted, 0);
		atomic_store(&slot->injected, 0);
	}
	TUNNEL_COUNTERS(BASE_FIELD)
	base->instance = instance;
	record = (struct state_tunnel){.instance = instance};
	shm_slot_write(slot, &record, offsetof(struct state_tunnel, in_packets));
}

void state_write_tunnel(
    struct state *state, uint32_t index, uint64_t instance, bool twin_ready, uint32_t inner_mtu)
{
	struct state_tunnel *slot = shm_map_at(&state->map, STATE_TABLE_TUNNELS, index);

	if (!slot)
		return;
	if (instance && state->base[index].instance != instance)
		begin_tunnel(state, index, instance);
	atomic_store_explicit(&slot->inner_mtu, inner_mtu, memory_order_relaxed);
	atomic_store_explicit(&slot->twin_ready, twin_ready, memory_order_release);
}

void state_write_applied(const struct state *state, uint64_t epoch, uint64_t generation)
{
	struct shm_header *header = shm_map_header(&state->map);

	if (atomic_load(&header->cfg_epoch) != epoch) {
		atomic_store(&header->generation, 0);
		atomic_store(&header->cfg_epoch, epoch);
	}
	atomic_store_explicit(&header->generation, generation, memory_order_release);
}

void state_write_wanted(const struct state *state, uint32_t megabytes)
{
	atomic_store(&shm_map_header(&state->map)->wanted_mb, megabytes);
}

/* The words about it, when they are others than stand there. */
static void write_capture_words(const struct state *state, const struct capture *capture)
{
	struct state_capture *slot = shm_map_at(&state->map, STATE_TABLE_CAPTURE, 0), now = {0};
	const size_t head = sizeof(now.head);

	now.run = capture->run;
	now.running = capture->state != CAPTURE_OFF;
	now.begun_unix = capture->file.path[0] ? capture->begun_unix : 0;
	snprintf(now.file, sizeof(now.file), "%s", capture->file.path);
	snprintf(now.reason, sizeof(now.reason), "%s",
	    now.running || !capture->ended ? "" : capture->ended);
	if (memcmp((const uint8_t *)slot + head, (const uint8_t *)&now + head, sizeof(now) - head))
		shm_slot_write(slot, &now, sizeof(now));
}

void state_write_capture(const struct state *state, const struct capture *capture)
{
	struct state_totals *totals = shm_map_at(&state->map, STATE_TABLE_TOTALS, 0);

	atomic_store_explicit(&totals->capture_run, capture->run, memory_order_relaxed);
	atomic_store_explicit(&totals->capture_packets, capture->packets, memory_order_relaxed);
	atomic_store_explicit(&totals->capture_lost, capture->lost, memory_order_relaxed);
	atomic_store_explicit(
	    &totals->capture_on, capture->state != CAPTURE_OFF, memory_order_release);
	write_capture_words(state, capture);
}

uint32_t state_capture_run(const struct state *state)
{
	const struct state_totals *totals = shm_map_at(&state->map, STATE_TABLE_TOTALS, 0);

	return atomic_load(&totals->capture_run);
}

#define PUBLISH_FIELD(name)                                                                        \
	atomic_store_explicit(&slot->name, sum.name - base->at.name, memory_order_relaxed);

/* Packets that came since the slot was written last are of about now. */
static void note_last(struct state_tunnel *slot, const struct tunnel_base *base,
    const struct tunnel_counters *sum, mono_t now)
{
	uint64_t in =
	    sum->in_packets - base->at.in_packets + sum->in6_packets - base->at.in6_packets;
	uint64_t out =
	    sum->out_packets - base->at.out_packets + sum->out6_packets - base->at.out6_packets;

	if (in != counter_get(&slot->in_packets) + counter_get(&slot->in6_packets))
		atomic_store_explicit(&slot->last_in_nsec, now.nsec, memory_order_relaxed);
	if (out != counter_get(&slot->out_packets) + counter_get(&slot->out6_packets))
		atomic_store_explicit(&slot->last_out_nsec, now.nsec, memory_order_relaxed);
}

static void publish_tunnel(const struct state *state, uint32_t index, mono_t now)
{
	struct state_tunnel *slot = shm_map_at(&state->map, STATE_TABLE_TUNNELS, index);
	const struct tunnel_base *base = &state->base[index];
	struct tunnel_counters sum;

	if (!slot || !base->instance)
		return;
	sum = tunnel_sum(state, index);
	note_last(slot, base, &sum, now);
	TUNNEL_COUNTERS(PUBLISH_FIELD)
	if (state->twins) {
		struct twin_count twin = twins_counted(state->twins, index);

		atomic_store_explicit(&slot->punted, twin.punted, memory_order_relaxed);
		atomic_store_explicit(&slot->injected, twin.injected, memory_order_relaxed);
	}
}

static void publish_gone(const struct state *state)
{
	struct state_whole *slot = shm_map_at(&state->map, STATE_TABLE_WHOLE, 0);
	const struct twin_count *gone = state->twins ? &state->twins->gone_shown : NULL;

	if (!gone)
		return;
	atomic_store_explicit(&slot->gone_punted, gone->punted, memory_order_relaxed);
	atomic_store_explicit(&slot->gone_injected, gone->injected, memory_order_relaxed);
}

/* Adds one thread's counters to `sum`, both being arrays of counters. */
static void add_counters(struct counters *sum, const struct counters *one)
{
	const counter_t *from = (const counter_t *)one;
	counter_t *to = (counter_t *)sum;

	for (size_t i = 0; i < offsetof(struct counters, end) / sizeof(counter_t); i++)
		counter_add(&to[i], counter_get(&from[i]));
}

static void publish_port(struct state_port *slot, const struct port_counters *port)
{
	copy_counter(&slot->rx_packets, &port->rx_packets);
	copy_counter(&slot->rx_bytes, &port->rx_bytes);
	copy_counter(&slot->tx_packets, &port->tx_packets);
	copy_counter(&slot->tx_bytes, &port->tx_bytes);
	copy_counter(&slot->tx_failed, &port->tx_failed);
	copy_counter(&slot->punted, &port->punted);
	copy_counter(&slot->injected, &port->injected);
}

bool state_sum(struct state *state, const struct worker *workers, unsigned worker_count,
    const struct counters *own, struct counters *sum)
{
	struct counters total = {0};

	add_counters(&total, own);
	for (unsigned i = 0; i < worker_count; i++)
		add_counters(&total, &workers[i].shown);
	if ((int64_t)counters_balance(&total).in_flight < 0)
		return false;
	*sum = total;
	state->sums++;
	return true;
}

static void publish_rate(
    struct state *state, struct state_totals *totals, uint64_t now_total, mono_t now)
{
	int64_t since = now.nsec - state->second_at.nsec;

	if (state->second_at.nsec && since < MONO_NSEC_PER_SEC)
		return;
	if (state->second_at.nsec)
		atomic_store_explicit(&totals->forwarded_punt_rate,
		    (now_total - state->forwarded_before) * MONO_NSEC_PER_SEC / (uint64_t)since,
		    memory_order_relaxed);
	state->second_at = now;
	state->forwarded_before = now_total;
}

static void publish_totals(struct state_totals *totals, const struct counters *sum)
{
	copy_counter(&totals->rx, &sum->rx);
	copy_counter(&totals->tx, &sum->tx);
	copy_counter(&totals->punt, &sum->punt);
	copy_counter(&totals->made, &sum->made);
	copy_counter(&totals->consumed, &sum->consumed);
	copy_counter(&totals->forwarded_punt, &sum->forwarded_punt);
	copy_counter(&totals->src_moved, &sum->src_moved);
	copy_counter(&totals->handed, &sum->handed);
	atomic_store_explicit(&totals->drop, counters_dropped(sum), memory_order_relaxed);
	atomic_store_explicit(
	    &totals->in_flight, counters_balance(sum).in_flight, memory_order_relaxed);
}

void state_publish(struct state *state, const struct counters *sum, unsigned port_count,
    struct state_span tunnels, mono_t now)
{
	struct state_totals *totals = shm_map_at(&state->map, STATE_TABLE_TOTALS, 0);
	uint32_t writing = atomic_load_explicit(&totals->writing, memory_order_relaxed) | 1u;

	atomic_store_explicit(&totals->writing, writing, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (uint32_t i = 1; i < DROP_COUNT; i++) {
		struct state_drop *drop = shm_map_at(&state->map, STATE_TABLE_DROPS, i - 1);

		copy_counter(&drop->packets, &sum->drop[i]);
	}
	for (unsigned i = 0; i < port_count; i++)
		publish_port(shm_map_at(&state->map, STATE_TABLE_PORTS, i), &sum->port[i]);
	for (uint32_t i = 0; i < tunnels.count; i++)
		publish_tunnel(state, tunnels.first + i, now);
	publish_gone(state);
	publish_totals(totals, sum);
	atomic_store_explicit(&totals->writing, writing + 1, memory_order_release);
	atomic_store_explicit(&totals->crypto_arch, state->crypto_arch, memory_order_relaxed);
	atomic_store_explicit(&totals->sums, state->sums, memory_order_release);
	publish_rate(state, totals, counter_get(&sum->forwarded_punt), now);
	atomic_store_explicit(
	    &shm_map_header(&state->map)->heartbeat_nsec, now.nsec, memory_order_release);
}
