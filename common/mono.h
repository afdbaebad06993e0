/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Monotonic time as a type, so that it is never mixed with wall-clock time or with a duration.
 *
 * Nothing but mono_now() reads a clock; every engine gets `now` as an argument. CLOCK_MONOTONIC is
 * the same for both processes of one machine, so an instant may cross shared memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define MONO_NSEC_PER_SEC  INT64_C(1000000000)
#define MONO_NSEC_PER_MSEC INT64_C(1000000)

/* An instant, in nanoseconds since an arbitrary origin. */
typedef struct {
	int64_t nsec;
} mono_t;

/* Later than every real instant: "no timer". */
#define MONO_NEVER ((mono_t){INT64_MAX})

static inline mono_t mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){(int64_t)ts.tv_sec * MONO_NSEC_PER_SEC + ts.tv_nsec};
}

static inline bool mono_before(mono_t a, mono_t b)
{
	return a.nsec < b.nsec;
}

static inline bool mono_is_never(mono_t t)
{
	return t.nsec == INT64_MAX;
}

static inline mono_t mono_min(mono_t a, mono_t b)
{
	return mono_before(b, a) ? b : a;
}

/* t + msec, saturating at MONO_NEVER; msec may be negative. */
static inline mono_t mono_add_msec(mono_t t, int64_t msec)
{
	int64_t delta, sum;

	if (__builtin_mul_overflow(msec, MONO_NSEC_PER_MSEC, &delta) ||
	    __builtin_add_overflow(t.nsec, delta, &sum))
		return MONO_NEVER;
	return mono_is_never(t) ? t : (mono_t){sum};
}

static inline mono_t mono_add_sec(mono_t t, int64_t sec)
{
	int64_t msec;

	if (__builtin_mul_overflow(sec, INT64_C(1000), &msec))
		return MONO_NEVER;
	return mono_add_msec(t, msec);
}

/* later - earlier in milliseconds, rounded up, so that a timer set by it never fires early. */
static inline int64_t mono_diff_msec(mono_t later, mono_t earlier)
{
	int64_t d = later.nsec - earlier.nsec;

	return d > 0 ? (d + MONO_NSEC_PER_MSEC - 1) / MONO_NSEC_PER_MSEC : d / MONO_NSEC_PER_MSEC;
}

/* later - earlier in whole seconds, rounded down. */
static inline int64_t mono_diff_sec(mono_t later, mono_t earlier)
{
	return (later.nsec - earlier.nsec) / MONO_NSEC_PER_SEC;
}
