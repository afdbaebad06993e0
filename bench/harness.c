/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sampling on a machine that may have other work: samples are short, and one during which the
 * scheduler took the CPU away is thrown away and repeated. What cannot be seen from here, a
 * hypervisor or the other thread of the core, is left to the median. */
#include "bench/harness.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/mono.h"

#define REPEATS_MAX      50
#define CALIBRATION_USEC 50000

static double cycles_per_usec;
static unsigned long disturbed;

static void pin(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	if (cpu < 0)
		bench_fail("the CPU that runs this is unknown");
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bench_fail("cannot stay on CPU %d", cpu);
}

static void calibrate(void)
{
	mono_t begin = mono_now(), now;
	uint64_t cycles = bench_cycles();
	int64_t nsec;

	do {
		now = mono_now();
		nsec = now.nsec - begin.nsec;
	} while (nsec < CALIBRATION_USEC * INT64_C(1000));
	cycles_per_usec = (double)(bench_cycles() - cycles) * 1000 / (double)nsec;
}

unsigned bench_start(int argc, char **argv)
{
	unsigned long rounds = BENCH_ROUNDS_DEFAULT;
	char *end = NULL;

	if (argc == 2)
		rounds = strtoul(argv[1], &end, 10);
	if (argc > 2 || (end && *end) || rounds < BENCH_ROUNDS_MIN || rounds > BENCH_ROUNDS_MAX) {
		fprintf(stderr, "usage: %s [ROUNDS], %d to %d\n", argv[0], BENCH_ROUNDS_MIN,
		    BENCH_ROUNDS_MAX);
		exit(2);
	}
	pin();
	calibrate();
	return (unsigned)rounds;
}

double bench_cycles_per_usec(void)
{
	return cycles_per_usec;
}

/* The first "model name" of the kernel, without what would end a JSON string. */
static void read_cpu_model(char *model, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(model, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');
		size_t n = 0;

		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		for (const char *c = colon + 2; *c && *c != '\n' && n + 1 < size; c++)
			if (*c >= ' ' && *c != '"' && *c != '\\')
				model[n++] = *c;
		model[n] = '\0';
		break;
	}
	if (f)
		fclose(f);
}

void bench_print_machine(const char *program, const char *arch)
{
	char model[128];
	double load = 0;

	read_cpu_model(model, sizeof(model));
	if (getloadavg(&load, 1) != 1)
		load = -1;
	printf("{\"bench\":\"machine\",\"program\":\"%s\",\"cpu\":\"%s\",\"ipsec_mb\":\"%s\","
	       "\"tsc_mhz\":%.0f,\"load\":%.2f}\n",
	    program, model, arch ? arch : "-", cycles_per_usec, load);
	fflush(stdout);
}

static long involuntary_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

double bench_sample(bench_sample_fn sample, void *self)
{
	for (unsigned i = 1;; i++) {
		long before = involuntary_switches();
		double cycles = sample(self);

		if (involuntary_switches() == before || i == REPEATS_MAX)
			return cycles;
		disturbed++;
	}
}

unsigned long bench_disturbed(void)
{
	return disturbed;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How many samples may be cut off at either end so that the rest still holds the median with 95 %:
 * the number below the median is binomial. */
static unsigned cut_off(unsigned count)
{
	double probability = 1, tail = 0;
	unsigned k = 0;

	for (unsigned i = 0; i < count; i++)
		probability /= 2;
	while (k < count / 2 && 2 * (tail + probability) <= 0.05) {
		tail += probability;
		probability *= (double)(count - k) / (k + 1);
		k++;
	}
	return k ? k - 1 : 0;
}

struct bench_stat bench_stat(double *samples, unsigned count)
{
	unsigned cut = cut_off(count);

	qsort(samples, count, sizeof(samples[0]), compare);
	return (struct bench_stat){
	    .median = (samples[(count - 1) / 2] + samples[count / 2]) / 2,
	    .low = samples[cut],
	    .high = samples[count - 1 - cut],
	};
}

void bench_print_stat(const char *name, const struct bench_stat *stat)
{
	printf("\"%s\":%.3f,\"%s_low\":%.3f,\"%s_high\":%.3f", name, stat->median, name, stat->low,
	    name, stat->high);
}

void bench_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}
