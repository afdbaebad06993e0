/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What every measurement needs: the cycle counter, samples that nobody interrupted, and the median
 * with its interval. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <x86intrin.h>

#define BENCH_ROUNDS_MIN     7
#define BENCH_ROUNDS_DEFAULT 31
#define BENCH_ROUNDS_MAX     501

/* Median of the samples, and the interval that holds the true median with a probability of at least
 * 95 %, whatever the distribution of the noise (order statistics; 98 % for 7 samples). */
struct bench_stat {
	double median, low, high;
};

/* One sample of something: cycles per operation over a millisecond or so. */
typedef double (*bench_sample_fn)(void *self);

/* Cycles of the time stamp counter, which runs at one rate whatever the clock of the core does. */
static inline uint64_t bench_cycles(void)
{
	return __rdtsc();
}

/* Keeps the compiler from removing the work whose result is `value`. */
static inline void bench_use(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

/* Stays on the CPU it runs on, reads the number of rounds from the only argument there may be, and
 * measures the rate of the cycle counter. Ends the program with a message and status 2 when the
 * arguments are others. Returns the rounds. */
unsigned bench_start(int argc, char **argv);

/* Cycles of the counter in a microsecond; after bench_start(). */
double bench_cycles_per_usec(void);

/* Prints the line about the machine. `arch` is what IPsec-MB uses, NULL where it has no part. */
void bench_print_machine(const char *program, const char *arch);

/* Takes one sample; while the scheduler gave the CPU to another process meanwhile, another, up to
 * a limit. */
double bench_sample(bench_sample_fn sample, void *self);

/* Samples that were thrown away so far. */
unsigned long bench_disturbed(void);

/* Sorts `samples`, of which there are `count` (BENCH_ROUNDS_MIN to BENCH_ROUNDS_MAX). */
struct bench_stat bench_stat(double *samples, unsigned count);

/* Prints `"NAME":median,"NAME_low":low,"NAME_high":high`, a part of a JSON object. */
void bench_print_stat(const char *name, const struct bench_stat *stat);

/* Says on stderr what is wrong and ends the program with status 1: a measurement of something that
 * does not work is none. */
void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
