/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Added latency: from the moment a packet is due at the receive queue to the moment the worker
 * hands it to the transmit queue, at parts of the capacity measured just before.
 *
 * One thread is both the wire and the worker. Packets are due at random moments (exponential gaps,
 * so bursts come by chance, as from many sources). Before each poll every packet that has become
 * due is put into the receive ring; then the worker polls once. The clock starts when the packet
 * was due, not when it was put in: the time the worker was busy with others counts. A NIC and its
 * bus would come on top, and are not here; what stands for receiving (allocate and copy) is within
 * the loop, so it is part of the capacity as it is in bench_path.
 *
 * Every packet of a segment has to leave. A segment the scheduler disturbed is repeated whole. */
#include <inttypes.h>
#include <math.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/packets.h"
#include "bench/path/devices.h"
#include "bench/path/source.h"
#include "bench/path/world.h"

#define MEMORY_MB       160
#define BURST           WORKER_BURST_MAX
#define SEGMENT         1536 /* packets of a round of the source: the most of one segment */
#define SETTLING        256  /* of them at the beginning that do not count */
#define SEGMENT_SLOW    224  /* the same at loads where each packet takes long to come */
#define SETTLING_SLOW   32
#define LOAD_SLOW       0.1
#define SEGMENTS_MAX    400
#define SEGMENTS_ROUND  8 /* segments for each of ROUNDS: 31 give 317,000 and 47,000 packets */
#define CAPACITY_ROUNDS 31
#define PAUSES_USEC     500000.0
#define PAUSE_USEC      2

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct world_algorithm algorithms[] = {
    {"aes128-cbc-sha1", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20},
    {"aes128-gcm", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0},
};

static const uint32_t sizes[] = {64, 1400, BENCH_IMIX};
static const double loads[] = {0.01, 0.5, 0.9};

static struct world world;
static struct port null_port, ring_port;
static struct rte_ring *wire;
static int index_offset; /* of the dynamic field: which packet of the segment this is */

/* One segment, whose packets the transmit callback finds here. */
static struct segment {
	const struct source *source;
	double gap;     /* mean, in cycles; 0: always a full burst */
	unsigned count; /* packets: SEGMENT or less */
	uint64_t due[SEGMENT];
	uint64_t poll_in[SEGMENT]; /* the poll that found it in the ring */
	bool alone[SEGMENT];       /* that poll received less than a burst */
	uint64_t polls;
	unsigned sent;
	double latency[SEGMENT];  /* cycles */
	unsigned waited[SEGMENT]; /* polls, the one that received it included */
} segment;

static uint32_t *index_of(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, index_offset, uint32_t *);
}

/* Sees every packet that the worker gives to the transmit queue, at that moment. */
static uint16_t on_transmit(
    uint16_t port, uint16_t queue, struct rte_mbuf **packets, uint16_t n, void *arg)
{
	uint64_t now = bench_cycles();

	for (uint16_t i = 0; i < n; i++) {
		uint32_t at = *index_of(packets[i]);

		segment.latency[at] = (double)(now - segment.due[at]);
		segment.waited[at] = (unsigned)(segment.polls - segment.poll_in[at] + 1);
	}
	segment.sent += n;
	return n;
}

static double uniform(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / 9007199254740992.0;
}

static void plan(struct segment *s)
{
	double at = 0;

	for (unsigned i = 0; i < s->count; i++) {
		at -= s->gap * log(1 - uniform());
		s->due[i] = (uint64_t)at;
	}
}

/* Moves packets `first` to `first + n` of the segment, for which there is room, from the source
 * into the receive ring. */
static void put_on_wire(struct segment *s, unsigned first, unsigned n)
{
	struct rte_mbuf *packet[BURST];

	while (n) {
		uint16_t want = (uint16_t)RTE_MIN(n, (unsigned)BURST);
		uint16_t got = rte_eth_rx_burst(s->source->port.id, 0, packet, want);

		if (got != want)
			bench_fail("the source gave %u of %u packets", got, want);
		for (unsigned i = 0; i < got; i++) {
			*index_of(packet[i]) = first + i;
			s->poll_in[first + i] = s->polls + 1;
		}
		(void)rte_ring_enqueue_bulk(wire, (void **)packet, got, NULL);
		first += got;
		n -= got;
	}
}

/* How many packets have become due and find room; a NIC would lose the others, here they are late.
 */
static unsigned due_by(const struct segment *s, unsigned next, uint64_t now)
{
	unsigned n = 0, room = RTE_MIN(rte_ring_free_count(wire), s->count - next);

	if (s->gap == 0)
		return RTE_MIN((unsigned)BURST, room);
	while (n < room && s->due[next + n] <= now)
		n++;
	return n;
}

/* The source begins anew with its first packet. */
static void skip_rest(const struct segment *s)
{
	struct rte_mbuf *packet[BURST];

	for (unsigned left = SEGMENT - s->count; left;) {
		uint16_t n = rte_eth_rx_burst(
		    s->source->port.id, 0, packet, (uint16_t)RTE_MIN(left, (unsigned)BURST));

		rte_pktmbuf_free_bulk(packet, n);
		left -= n;
	}
}

static void begin_segment(struct segment *s)
{
	worker_flush_lanes(&world.worker);
	worker_poll(&world.worker);
	if (s->source->kind == SOURCE_ESP)
		world_forget_received(&world, 0, s->source->tunnels);
	plan(s);
	s->polls = s->sent = 0;
}

/* Runs one segment; returns the cycles a packet until the last one has been received. */
static double run_segment(void *self)
{
	struct segment *s = self;
	uint64_t begin, last = 0;
	unsigned next = 0;

	begin_segment(s);
	begin = bench_cycles();
	for (unsigned i = 0; i < s->count; i++)
		s->due[i] += begin;
	while (s->sent < s->count) {
		unsigned n = due_by(s, next, bench_cycles());
		bool alone;

		put_on_wire(s, next, n);
		alone = rte_ring_count(wire) < BURST;
		for (unsigned i = 0; i < n; i++)
			s->alone[next + i] = alone;
		next += n;
		s->polls++;
		worker_poll(&world.worker);
		if (next == s->count && !last)
			last = bench_cycles();
		if (world_lost(&world))
			bench_fail("%" PRIu64 " packets did not leave", world_lost(&world));
	}
	skip_rest(s);
	return (double)(last - begin) / s->count;
}

/* Cycles a packet when there is always a whole burst. */
static struct bench_stat capacity(void)
{
	double samples[CAPACITY_ROUNDS];

	segment.gap = 0;
	segment.count = SEGMENT;
	for (unsigned i = 0; i < CAPACITY_ROUNDS; i++)
		samples[i] = bench_sample(run_segment, &segment);
	return bench_stat(samples, CAPACITY_ROUNDS);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double nsec(double cycles)
{
	return cycles * 1000 / bench_cycles_per_usec();
}

struct outcome {
	unsigned count, short_polls, waited_max;
	double latency[SEGMENTS_MAX * SEGMENT];
};

/* Packets of polls that received less than a burst are the ones that may wait for no other poll. */
static void add_segment(struct outcome *o, unsigned settling)
{
	for (unsigned i = settling; i < segment.count; i++) {
		o->latency[o->count++] = segment.latency[i];
		if (!segment.alone[i])
			continue;
		o->short_polls++;
		o->waited_max = RTE_MAX(o->waited_max, segment.waited[i]);
	}
}

static void measure_load(
    const char *algorithm, const char *packet, double load, double cycles, unsigned segments)
{
	static struct outcome o;

	bool slow = load < LOAD_SLOW;

	o.count = o.short_polls = o.waited_max = 0;
	segment.gap = cycles / load;
	segment.count = slow ? SEGMENT_SLOW : SEGMENT;
	for (unsigned i = 0; i < segments; i++) {
		(void)bench_sample(run_segment, &segment);
		add_segment(&o, slow ? SETTLING_SLOW : SETTLING);
	}
	qsort(o.latency, o.count, sizeof(o.latency[0]), compare);
	printf("{\"bench\":\"latency\",\"algorithm\":\"%s\",\"direction\":\"%s\",\"packet\":\"%s\","
	       "\"load\":%.2f,\"capacity_mpps\":%.3f,\"p50_nsec\":%.0f,\"p99_nsec\":%.0f,"
	       "\"p999_nsec\":%.0f,\"max_nsec\":%.0f,\"short_poll_packets\":%u,"
	       "\"short_poll_waited_max\":%u,\"packets\":%u}\n",
	    algorithm, segment.source->kind == SOURCE_PLAIN ? "encap" : "decap", packet, load,
	    bench_cycles_per_usec() / cycles, nsec(o.latency[o.count / 2]),
	    nsec(o.latency[o.count * 99ul / 100]), nsec(o.latency[o.count * 999ul / 1000]),
	    nsec(o.latency[o.count - 1]), o.short_polls, o.waited_max, o.count);
	fflush(stdout);
}

static void measure(const char *algorithm, enum source_kind kind, uint32_t bytes, unsigned rounds)
{
	struct source source;
	struct bench_stat full;
	char packet[16] = "imix";

	if (bytes != BENCH_IMIX)
		snprintf(packet, sizeof(packet), "%u", bytes);
	source_open(&source, &world, kind, bytes, SEGMENT, 0, 1);
	world.port[WORLD_PORT_RX].id = ring_port.id;
	segment.source = &source;
	full = capacity();
	for (unsigned i = 0; i < COUNT(loads); i++)
		measure_load(algorithm, packet, loads[i], full.median,
		    RTE_MIN(rounds * SEGMENTS_ROUND, (unsigned)SEGMENTS_MAX));
	source_close(&source);
}

/* What the machine does to any program meanwhile: interrupts, a hypervisor, other processes. */
static void measure_pauses(void)
{
	uint64_t last = bench_cycles(), end, shortest, pauses = 0, lost = 0, longest = 0;

	shortest = (uint64_t)(PAUSE_USEC * bench_cycles_per_usec());
	end = last + (uint64_t)(PAUSES_USEC * bench_cycles_per_usec());
	while (last < end) {
		uint64_t now = bench_cycles(), gap = now - last;

		last = now;
		if (gap < shortest)
			continue;
		pauses++;
		lost += gap;
		longest = RTE_MAX(longest, gap);
	}
	printf(
	    "{\"bench\":\"pauses\",\"per_second\":%.1f,\"longest_nsec\":%.0f,\"percent\":%.3f}\n",
	    (double)pauses * 1e6 / PAUSES_USEC, nsec((double)longest),
	    100 * (double)lost / (PAUSES_USEC * bench_cycles_per_usec()));
}

static void measure_algorithm(
    const struct world_algorithm *algorithm, struct rte_mempool *pool, unsigned rounds)
{
	world_open(&world, algorithm, pool, &null_port, BURST);
	for (enum source_kind kind = SOURCE_PLAIN; kind <= SOURCE_ESP; kind++)
		for (size_t i = 0; i < COUNT(sizes); i++)
			measure(algorithm->name, kind, sizes[i], rounds);
	world_close(&world);
}

/* The worker receives from a ring; what it gives to the null device is seen first by us. */
static struct rte_mempool *open_devices(void)
{
	static const struct rte_mbuf_dynfield field = {
	    .name = "bench_index", .size = sizeof(uint32_t), .align = __alignof__(uint32_t)};
	struct rte_mempool *pool = devices_open(&null_port);

	index_offset = rte_mbuf_dynfield_register(&field);
	devices_add(&ring_port, "lan1", "net_ring0", "", pool);
	wire = rte_ring_lookup("ETH_RXTX0_net_ring0");
	if (!wire || index_offset < 0 ||
	    !rte_eth_add_tx_callback(null_port.id, 0, on_transmit, NULL))
		bench_fail("no wire");
	return pool;
}

int main(int argc, char **argv)
{
	unsigned rounds = bench_start(argc, argv);
	struct rte_mempool *pool;

	devices_start("bench_latency", MEMORY_MB);
	pool = open_devices();
	bench_print_machine("bench_latency", NULL);
	measure_pauses();
	for (size_t i = 0; i < COUNT(algorithms); i++)
		measure_algorithm(&algorithms[i], pool, rounds);
	printf("{\"bench\":\"end\",\"program\":\"bench_latency\",\"disturbed\":%lu}\n",
	    bench_disturbed());
	port_stop(&ring_port);
	devices_stop(&null_port);
	return 0;
}
