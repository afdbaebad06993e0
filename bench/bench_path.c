/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cycles a packet of the whole path, one lcore: net_pcap plays frames round and round, the worker
 * takes them through everything that the product does with them, net_null takes them away. Beside
 * it in the same run, sample by sample in turns: IPsec-MB alone and the devices alone, whose sum
 * nothing can go below; and, where one tunnel is measured against many, the one.
 *
 * A round of the source begins with the lanes empty and, inbound, with anti-replay windows that
 * have received nothing, so that each number is new once; what is timed begins when the lanes are
 * full and ends before they are emptied. Every packet of a round has to be sent. */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/harness.h"
#include "bench/path/devices.h"
#include "bench/path/floor.h"
#include "bench/path/source.h"
#include "bench/path/world.h"

#define SAMPLE_USEC    1000
#define MEMORY_MB      160
#define ROUND_PACKETS  384  /* of a source with one tunnel: whole bursts, whole turns of the mix */
#define MANY_PACKETS   1920 /* of one with many: each has its turn */
#define FILL_PACKETS   128  /* at the beginning of a round: not timed */
#define TUNNELS_MIDDLE 64

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct world_algorithm algorithms[] = {
    {"aes128-cbc-sha1", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20},
    {"aes128-cbc-sha256", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 16, 32},
    {"aes128-gcm", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0},
};

static const uint32_t sizes[] = {64, 128, 256, 512, 1024, 1400, BENCH_IMIX};

struct options {
	const char *only; /* NULL: all */
	unsigned burst;
	unsigned measured; /* rows */
	unsigned rounds;
};

/* The whole path with one source. */
struct whole {
	struct world *world;
	const struct source *source;
	unsigned rounds; /* of the source, in one sample */
};

static struct options options = {.burst = WORKER_BURST_MAX};
static regex_t only;
static struct world world;
static struct rte_mempool *pool;
static struct port null_port;

static void poll_until(struct worker *w, unsigned *received, unsigned packets)
{
	while (*received < packets) {
		unsigned n = worker_poll(w);

		if (n == 0)
			bench_fail("nothing is received");
		*received += n;
	}
}

/* What comes out of the lanes is sent by the first poll of the round. */
static void begin_round(const struct whole *whole)
{
	worker_flush_lanes(&whole->world->worker);
	if (whole->source->kind == SOURCE_ESP)
		world_forget_received(whole->world, 0, whole->source->tunnels);
}

static double whole_sample(void *self)
{
	const struct whole *whole = self;
	struct worker *w = &whole->world->worker;
	uint64_t cycles = 0, packets = 0, lost = world_lost(whole->world);

	whole->world->port[WORLD_PORT_RX].id = whole->source->port.id;
	for (unsigned i = 0; i < whole->rounds; i++) {
		uint64_t begin, sent;
		unsigned received = 0;

		begin_round(whole);
		poll_until(w, &received, FILL_PACKETS);
		sent = counter_get(&w->counters.tx);
		begin = bench_cycles();
		poll_until(w, &received, whole->source->packets);
		cycles += bench_cycles() - begin;
		packets += counter_get(&w->counters.tx) - sent;
	}
	if (world_lost(whole->world) != lost)
		bench_fail("%" PRIu64 " packets were not sent", world_lost(whole->world) - lost);
	return (double)cycles / (double)packets;
}

/* How often `sample` has to do its work to last about SAMPLE_USEC. */
static unsigned repetitions(bench_sample_fn sample, void *self, unsigned packets)
{
	double usec;

	(void)sample(self);
	usec = sample(self) * packets / bench_cycles_per_usec();
	return usec < SAMPLE_USEC ? (unsigned)(SAMPLE_USEC / usec) : 1;
}

static bool wanted(const char *algorithm, enum source_kind kind, uint32_t inner_bytes,
    unsigned tunnels, char *packet, size_t size)
{
	char name[96];

	if (inner_bytes == BENCH_IMIX)
		snprintf(packet, size, "imix");
	else
		snprintf(packet, size, "%u", inner_bytes);
	snprintf(name, sizeof(name), "%s %s %s sas=%u", algorithm,
	    kind == SOURCE_PLAIN ? "encap" : "decap", packet, tunnels);
	if (options.only && regexec(&only, name, 0, NULL, 0) != 0)
		return false;
	options.measured++;
	return true;
}

static void print_head(const char *bench, const char *algorithm, enum source_kind kind,
    const char *packet, unsigned sas)
{
	printf("{\"bench\":\"%s\",\"algorithm\":\"%s\",\"direction\":\"%s\",\"packet\":\"%s\","
	       "\"sas\":%u,\"burst\":%u,",
	    bench, algorithm, kind == SOURCE_PLAIN ? "encap" : "decap", packet, sas, options.burst);
}

static void print_stat(const char *name, double *samples)
{
	struct bench_stat stat = bench_stat(samples, options.rounds);

	bench_print_stat(name, &stat);
	printf(",");
}

/* Whole path, IPsec-MB and devices in turns, who is first changing every time. */
static void sample_beside_floors(struct whole *whole, struct raw_floor *raw, struct io_floor *io,
    double value[5][BENCH_ROUNDS_MAX])
{
	for (unsigned i = 0; i < options.rounds; i++) {
		for (unsigned k = 0; k < 3; k++) {
			switch (i % 2 ? k : 2 - k) {
			case 0: value[0][i] = bench_sample(whole_sample, whole); break;
			case 1: value[1][i] = bench_sample(raw_floor_sample, raw); break;
			default: value[2][i] = bench_sample(io_floor_sample, io); break;
			}
		}
		value[3][i] = value[0][i] - value[1][i] - value[2][i];
		value[4][i] = value[0][i] / (value[1][i] + value[2][i]);
	}
}

static void measure_beside_floors(
    const struct world_algorithm *algorithm, enum source_kind kind, uint32_t inner_bytes)
{
	static const char *const names[] = {
	    "cycles", "raw_cycles", "io_cycles", "rest_cycles", "ratio"};
	static double value[COUNT(names)][BENCH_ROUNDS_MAX];
	struct source source;
	struct whole whole = {&world, &source, 1};
	struct io_floor io = {&source, &null_port, options.burst, 1};
	static struct raw_floor raw;
	char packet[16];

	if (!wanted(algorithm->name, kind, inner_bytes, 1, packet, sizeof(packet)))
		return;
	source_open(&source, &world, kind, inner_bytes, ROUND_PACKETS, 0, 1);
	raw_floor_open(
	    &raw, algorithm, kind == SOURCE_PLAIN ? ESP_ENCRYPT : ESP_DECRYPT, inner_bytes);
	whole.rounds = repetitions(whole_sample, &whole, ROUND_PACKETS);
	raw.passes = repetitions(raw_floor_sample, &raw, BENCH_PACKETS);
	io.rounds = repetitions(io_floor_sample, &io, ROUND_PACKETS);
	sample_beside_floors(&whole, &raw, &io, value);
	print_head("path", algorithm->name, kind, packet, 1);
	for (unsigned i = 0; i < COUNT(names); i++)
		print_stat(names[i], value[i]);
	printf("\"pairs\":%u}\n", options.rounds);
	fflush(stdout);
	raw_floor_close(&raw);
	source_close(&source);
}

static void measure_tunnels(
    const struct world_algorithm *algorithm, enum source_kind kind, unsigned tunnels)
{
	static double many[BENCH_ROUNDS_MAX], one[BENCH_ROUNDS_MAX], ratio[BENCH_ROUNDS_MAX];
	struct source source[2];
	struct whole whole[2] = {{&world, &source[0], 1}, {&world, &source[1], 1}};
	char packet[16];

	if (!wanted(algorithm->name, kind, 64, tunnels, packet, sizeof(packet)))
		return;
	source_open(&source[0], &world, kind, 64, MANY_PACKETS, 0, tunnels);
	source_open(&source[1], &world, kind, 64, MANY_PACKETS, 0, 1);
	for (unsigned k = 0; k < 2; k++)
		whole[k].rounds = repetitions(whole_sample, &whole[k], MANY_PACKETS);
	for (unsigned i = 0; i < options.rounds; i++) {
		if (i % 2)
			one[i] = bench_sample(whole_sample, &whole[1]);
		many[i] = bench_sample(whole_sample, &whole[0]);
		if (i % 2 == 0)
			one[i] = bench_sample(whole_sample, &whole[1]);
		ratio[i] = many[i] / one[i];
	}
	print_head("path_sas", algorithm->name, kind, packet, tunnels);
	print_stat("cycles", many);
	print_stat("one_cycles", one);
	print_stat("ratio", ratio);
	printf("\"pairs\":%u}\n", options.rounds);
	fflush(stdout);
	for (unsigned k = 0; k < 2; k++)
		source_close(&source[k]);
}

static void measure_algorithm(const struct world_algorithm *algorithm, unsigned burst)
{
	static bool machine_printed;

	world_open(&world, algorithm, pool, &null_port, burst);
	if (!machine_printed)
		bench_print_machine(
		    "bench_path", esp_crypto_arch_name(world.worker.encrypt.crypto));
	machine_printed = true;
	for (enum source_kind kind = SOURCE_PLAIN; kind <= SOURCE_ESP; kind++) {
		for (size_t s = 0; s < COUNT(sizes); s++)
			measure_beside_floors(algorithm, kind, sizes[s]);
		measure_tunnels(algorithm, kind, TUNNELS_MIDDLE);
		measure_tunnels(algorithm, kind, WORLD_TUNNELS);
	}
	world_close(&world);
}

/* Takes `--only REGEX` and `--burst N` out of the arguments; the rest is the harness's. */
static int take_options(int argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && !strcmp(argv[i], "--only")) {
			options.only = argv[++i];
			if (regcomp(&only, options.only, REG_EXTENDED | REG_NOSUB) != 0)
				bench_fail("not a regular expression: %s", options.only);
		} else if (i + 1 < argc && !strcmp(argv[i], "--burst")) {
			options.burst = (unsigned)strtoul(argv[++i], NULL, 10);
			if (options.burst != 32 && options.burst != 64)
				bench_fail("--burst is 32 or 64");
		} else if (argv[i][0] == '-') {
			bench_fail(
			    "usage: bench_path [--only REGEX] [--burst 32|64] [ROUNDS]; REGEX "
			    "picks rows by name, as in 'cbc-sha1 encap 64 sas=1$'");
		} else {
			argv[kept++] = argv[i];
		}
	}
	return kept;
}

int main(int argc, char **argv)
{
	argc = take_options(argc, argv);
	options.rounds = bench_start(argc, argv);
	devices_start("bench_path", MEMORY_MB);
	pool = devices_open(&null_port);
	for (size_t a = 0; a < COUNT(algorithms); a++)
		measure_algorithm(&algorithms[a], options.burst);
	if (options.measured == 0)
		bench_fail("no row's name matches %s", options.only);
	printf("{\"bench\":\"end\",\"program\":\"bench_path\",\"disturbed\":%lu}\n",
	    bench_disturbed());
	fflush(stdout);
	devices_stop(&null_port);
	return 0;
}
