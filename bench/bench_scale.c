/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two lcores beside one: the same dataplane with one worker and with two, each with a receive queue
 * and tunnels of its own, and IPsec-MB alone on one core and on two, which says what the machine
 * allows; then one inbound tunnel, which one worker receives, decrypted by it alone and with the
 * other's help. A housekeeping thread runs beside, on the first lcore's CPU as on a machine that
 * has no third. Throughput, not cycles: a sample counts what is done in a fixed time. */
#include <inttypes.h>
#include <pthread.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/harness.h"
#include "bench/path/floor.h"
#include "bench/path/source.h"
#include "bench/path/world.h"
#include "common/log.h"

#define LCORES        2
#define BURST         WORKER_BURST_MAX
#define TUNNELS       4 /* of each lcore */
#define ROUND_PACKETS 384
#define SAMPLE_USEC   2000
#define AHEAD_USEC    1000 /* of the same work before it: caches, lanes, and both lcores at it */
#define RETRIES       1000
#define MBUFS         16383
#define MBUF_CACHE    256
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

static const struct world_algorithm algorithms[] = {
    {"aes128-cbc-sha1", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20},
    {"aes128-gcm", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0},
};

/* One lcore's side: a worker with its source, and the library alone. */
struct lane {
	unsigned index;
	struct worker *worker;
	struct source source;
	struct raw_floor raw;
	uint64_t begin, end; /* TSC */
	uint64_t packets;    /* done between them */
	unsigned received;   /* of the source's round */
	bool disturbed;      /* the scheduler gave the CPU to another */
	_Atomic bool over;   /* the sample has ended here */
};

static struct world world;
static _Alignas(64) struct worker second;
static struct lane lanes[LCORES];
static struct rte_mempool *pool;
static struct port null_port, ports[LCORES][WORLD_PORTS];
static _Atomic bool resting; /* the housekeeping thread's cue to end */
static pthread_t housekeeper;
static unsigned long disturbed;

static double clock_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* What this lcore's CPU has done for us so far: the housekeeping thread is part of it. */
static double worked_usec(const struct lane *lane)
{
	clockid_t clock;

	if (lane->index == 0 && pthread_getcpuclockid(housekeeper, &clock) == 0)
		return clock_usec(CLOCK_THREAD_CPUTIME_ID) + clock_usec(clock);
	return clock_usec(CLOCK_THREAD_CPUTIME_ID);
}

/* A sample in which others had the CPU counted too little, one that ended late too much. */
static void note_end(struct lane *lane, double begun)
{
	double worked = worked_usec(lane) - begun;

	lane->disturbed = worked < SAMPLE_USEC * 0.98 || worked > SAMPLE_USEC * 1.02;
}

static void poll_until(struct lane *lane, uint64_t cycles)
{
	struct worker *w = lane->worker;

	while (bench_cycles() < cycles) {
		lane->received += worker_poll(w);
		if (lane->received < ROUND_PACKETS)
			continue;
		lane->received = 0;
		if (lane->source.kind != SOURCE_ESP)
			continue;
		do
			worker_flush_lanes(w);
		while (fan_waiting(&w->fan));
		world_forget_received(&world, lane->index * TUNNELS, TUNNELS);
	}
}

/* What was received was sent, but for what is in the lanes at either end. */
static int run_path(void *arg)
{
	struct lane *lane = arg;
	const counter_t *tx = &lane->worker->counters.tx;
	uint64_t sent;
	double begun;

	poll_until(lane, lane->begin);
	begun = worked_usec(lane);
	sent = counter_get(tx);
	poll_until(lane, lane->end);
	lane->packets = counter_get(tx) - sent;
	note_end(lane, begun);
	atomic_store(&lane->over, true);
	/* The other may wait for what it has lent to this one. */
	while (!atomic_load(&lanes[!lane->index].over))
		(void)worker_poll(lane->worker);
	return 0;
}

static int run_raw(void *arg)
{
	struct lane *lane = arg;
	double begun;

	while (bench_cycles() < lane->begin)
		raw_floor_pass(&lane->raw);
	begun = worked_usec(lane);
	lane->packets = 0;
	while (bench_cycles() < lane->end) {
		raw_floor_pass(&lane->raw);
		lane->packets += BENCH_PACKETS;
	}
	note_end(lane, begun);
	return 0;
}

/* Packets a microsecond on the lcores from `first` to before `end`. */
static double rate(int (*run)(void *), unsigned first, unsigned end)
{
	uint64_t usec = (uint64_t)bench_cycles_per_usec();

	for (unsigned try = 0; try < RETRIES; try++) {
		uint64_t mark = bench_cycles() + AHEAD_USEC * usec, packets = 0;
		bool again = false;

		for (unsigned i = 0; i < LCORES; i++)
			atomic_store(&lanes[i].over, i < first || i >= end);
		for (unsigned i = first; i < end; i++) {
			lanes[i].begin = mark;
			lanes[i].end = mark + SAMPLE_USEC * usec;
		}
		if (end > 1 &&
		    rte_eal_remote_launch(run, &lanes[1], rte_get_next_lcore(-1, 1, 0)) < 0)
			bench_fail("the second lcore does not run");
		if (first == 0)
			(void)run(&lanes[0]);
		rte_eal_mp_wait_lcore();
		for (unsigned i = first; i < end; i++) {
			packets += lanes[i].packets;
			again |= lanes[i].disturbed;
		}
		if (!again)
			return (double)packets / SAMPLE_USEC;
		disturbed++;
	}
	bench_fail("no sample was left undisturbed");
}

/* One worker alone is a dataplane of one worker: it shares nothing and asks nobody. */
static double path_rate(unsigned first, unsigned end)
{
	for (unsigned i = 0; i < LCORES; i++)
		lanes[i].worker->config.count = end - first;
	return rate(run_path, first, end);
}

/* Tables and counters are looked at as by the main lcore, with its pauses. */
static void *housekeep(void *arg)
{
	const struct timespec pause = {.tv_nsec = 100000};
	mono_t sync_at = mono_now(), sum_at = sync_at;
	static struct counters none, sum;

	(void)arg;
	while (!atomic_load(&resting)) {
		mono_t now = mono_now();

		if (!mono_before(now, sync_at)) {
			sync_at = mono_add_msec(now, 1);
			(void)sync_tick(&world.sync, now);
		}
		if (!mono_before(now, sum_at)) {
			sum_at = mono_add_msec(now, 20);
			worker_ask_counters(&world.handover);
			(void)state_sum(&world.state, &world.worker, 1, &none, &sum);
			state_publish(&world.state, &sum, WORLD_PORTS,
			    (struct state_span){0, world.state.tunnels}, now);
		}
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void begin_workers(void)
{
	struct worker_config config = world.worker.config;

	worker_fini(&world.worker);
	for (unsigned i = 0; i < LCORES; i++) {
		struct worker *w = i ? &second : &world.worker;

		config.index = i;
		config.count = LCORES;
		config.port = ports[i];
		memcpy(ports[i], world.port, sizeof(ports[i]));
		if (worker_init(w, &config) < 0)
			bench_fail("no worker");
		w->queues.rx_count = 1; /* queue 0 of its source */
		for (unsigned port = 0; port < WORLD_PORTS; port++)
			w->queues.tx[port] = (struct queue_tx){
			    .worker = (uint8_t)i, .queue = (uint16_t)(i % null_port.tx_queues)};
		lanes[i].index = i;
		lanes[i].worker = w;
		if (i)
			snapshot_worker_join(&world.domain, i);
	}
	for (unsigned i = 0; i < LCORES; i++)
		lanes[i].worker->fan.out[!i] = lanes[!i].worker->fan.in[i];
}

static void print_head(const char *bench, const char *algorithm, enum source_kind kind,
    uint32_t inner_bytes, unsigned tunnels)
{
	char packet[16] = "imix";

	if (inner_bytes != BENCH_IMIX)
		snprintf(packet, sizeof(packet), "%u", inner_bytes);
	printf("{\"bench\":\"%s\",\"algorithm\":\"%s\",\"direction\":\"%s\",\"packet\":\"%s\","
	       "\"lcores\":%d,\"tunnels\":%u,",
	    bench, algorithm, kind == SOURCE_PLAIN ? "encap" : "decap", packet, LCORES, tunnels);
}

static void print_values(
    const char *const *names, double (*value)[BENCH_ROUNDS_MAX], size_t count, unsigned rounds)
{
	for (size_t i = 0; i < count; i++) {
		struct bench_stat stat = bench_stat(value[i], rounds);

		bench_print_stat(names[i], &stat);
		printf("%s", i + 1 < count ? "," : "}\n");
	}
	fflush(stdout);
}

static void measure(const struct world_algorithm *algorithm, enum source_kind kind,
    uint32_t inner_bytes, unsigned rounds)
{
	static const char *const names[] = {
	    "one", "two", "ratio", "raw_one", "raw_two", "raw_ratio"};
	static double value[COUNT(names)][BENCH_ROUNDS_MAX];
	enum esp_direction direction = kind == SOURCE_PLAIN ? ESP_ENCRYPT : ESP_DECRYPT;

	for (unsigned i = 0; i < LCORES; i++) {
		struct lane *lane = &lanes[i];

		source_open(
		    &lane->source, &world, kind, inner_bytes, ROUND_PACKETS, i * TUNNELS, TUNNELS);
		ports[i][WORLD_PORT_RX].id = lane->source.port.id;
		lane->received = 0;
		raw_floor_open(&lane->raw, algorithm, direction, inner_bytes);
		for (unsigned t = 0; t < TUNNELS; t++)
			world_place(&world, i * TUNNELS + t, i);
	}
	for (unsigned r = 0; r < rounds; r++) {
		value[0][r] = (path_rate(0, 1) + path_rate(1, LCORES)) / LCORES;
		value[1][r] = path_rate(0, LCORES);
		value[2][r] = value[1][r] / value[0][r];
		value[3][r] = (rate(run_raw, 0, 1) + rate(run_raw, 1, LCORES)) / LCORES;
		value[4][r] = rate(run_raw, 0, LCORES);
		value[5][r] = value[4][r] / value[3][r];
	}
	print_head("scale", algorithm->name, kind, inner_bytes, LCORES * TUNNELS);
	print_values(names, value, COUNT(names), rounds);
	for (unsigned i = 0; i < LCORES; i++) {
		worker_flush_lanes(lanes[i].worker);
		if (!raw_mb_drain(lanes[i].raw.raw))
			bench_fail("IPsec-MB lost, repeated or failed jobs");
		raw_floor_close(&lanes[i].raw);
		source_close(&lanes[i].source);
	}
}

/* Who helps the first worker with the first tunnel. What is lent comes back before that changes. */
static void set_helpers(uint32_t helpers)
{
	struct sa *sa = world_sa_in(&world, 0);

	while (fan_waiting(&lanes[0].worker->fan)) {
		(void)worker_poll(lanes[1].worker);
		worker_flush_lanes(lanes[0].worker);
	}
	atomic_store(&sa->run->fan, helpers);
}

/* One tunnel, received by the first worker; the second receives nothing of its own. */
static void measure_fan(
    const struct world_algorithm *algorithm, uint32_t inner_bytes, unsigned rounds)
{
	static const char *const names[] = {"alone", "helped", "ratio"};
	static double value[COUNT(names)][BENCH_ROUNDS_MAX];
	struct lane *lane = &lanes[0];

	source_open(&lane->source, &world, SOURCE_ESP, inner_bytes, ROUND_PACKETS, 0, 1);
	ports[0][WORLD_PORT_RX].id = lane->source.port.id;
	lanes[1].source.kind = SOURCE_PLAIN;
	lanes[1].worker->queues.rx_count = 0;
	world_place(&world, 0, 0);
	for (unsigned i = 0; i < LCORES; i++)
		lanes[i].received = 0;
	for (unsigned r = 0; r < rounds; r++) {
		set_helpers(0);
		value[0][r] = path_rate(0, 1);
		set_helpers(1u << 1);
		value[1][r] = path_rate(0, LCORES);
		value[2][r] = value[1][r] / value[0][r];
	}
	set_helpers(0);
	print_head("scale_fan", algorithm->name, SOURCE_ESP, inner_bytes, 1);
	print_values(names, value, COUNT(names), rounds);
	worker_flush_lanes(lane->worker);
	lanes[1].worker->queues.rx_count = 1;
	source_close(&lane->source);
}

static void start_eal(void)
{
	char program[] = "bench_scale", in_memory[] = "--in-memory", memory[] = "-m",
	     megabytes[] = "160", no_pci[] = "--no-pci", no_telemetry[] = "--no-telemetry",
	     quiet[] = "--log-level=error", lcores[] = "--lcores=0@0,1@1";
	char *argv[] = {
	    program, in_memory, memory, megabytes, no_pci, no_telemetry, quiet, lcores, NULL};

	if (rte_eal_init(COUNT(argv) - 1, argv) < 0)
		bench_fail("EAL: %s (two CPUs and 160 MB of huge pages are needed)",
		    rte_strerror(rte_errno));
}

static void open_devices(void)
{
	struct args_port args = {.name = "lan2", .device = "net_null0"};
	const struct port_wish wish = {.queues = LCORES, .descriptors = 1024, .buffer_bytes = 2048};

	pool = rte_pktmbuf_pool_create("packets", MBUFS, MBUF_CACHE,
	    RTE_ALIGN(sizeof(struct packet_meta), RTE_MBUF_PRIV_ALIGN), 2048 + RTE_PKTMBUF_HEADROOM,
	    (int)rte_socket_id());
	if (!pool || rte_eal_hotplug_add("vdev", args.device, "no-rx=1") < 0 ||
	    port_find(&null_port, &args) < 0 || port_start(&null_port, pool, &wish) < 0)
		bench_fail("no pool or no device");
}

static void measure_algorithm(const struct world_algorithm *algorithm, unsigned rounds)
{
	static const uint32_t sizes[] = {64, 1400, BENCH_IMIX};

	world_open(&world, algorithm, pool, &null_port, BURST);
	begin_workers();
	atomic_store(&resting, false);
	if (pthread_create(&housekeeper, NULL, housekeep, NULL) != 0)
		bench_fail("no housekeeping thread");
	for (size_t i = 0; i < COUNT(sizes); i++) {
		measure(algorithm, SOURCE_PLAIN, sizes[i], rounds);
		measure(algorithm, SOURCE_ESP, sizes[i], rounds);
		measure_fan(algorithm, sizes[i], rounds);
	}
	atomic_store(&resting, true);
	pthread_join(housekeeper, NULL);
	snapshot_worker_leave(&world.domain, 1);
	worker_fini(&second);
	world_close(&world);
}

int main(int argc, char **argv)
{
	unsigned rounds = bench_start(argc, argv);

	start_eal();
	log_set_level(LOG_LEVEL_ERROR);
	open_devices();
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		if (i == 0) {
			struct esp_crypto *ctx;

			if (esp_crypto_new(&ctx, ESP_ENCRYPT, ESP_ARCH_AUTO) < 0)
				bench_fail("no crypto context");
			bench_print_machine("bench_scale", esp_crypto_arch_name(ctx));
			esp_crypto_free(ctx);
		}
		measure_algorithm(&algorithms[i], rounds);
	}
	printf("{\"bench\":\"end\",\"program\":\"bench_scale\",\"disturbed\":%lu}\n", disturbed);
	port_stop(&null_port);
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
