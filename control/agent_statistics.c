/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `statistics`: samples of the machine and of what the dataplane counts. What is switched off is
 * forgotten. Rates are of the time between two samples; a counter that began anew counts from 0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/statistics.h"
#include "control/tunnel.h"

#define LANS    CONFIG_LANS
#define TUNNELS CONFIG_TUNNELS_LEAST /* the first ones; a day of thousands would be too much */

/* Of traffic: for each interface what it received, then what it sent. */
#define TRAFFIC_ROWS ((LANS + TUNNELS) * 2)

struct agent_statistics {
	struct statistics *kind[CONFIG_STATISTICS_KINDS]; /* NULL: off */
	struct statistics_due due;
	uint64_t busy, total;         /* of /proc/stat, at the last sample */
	uint64_t bytes[TRAFFIC_ROWS]; /* counted until the last sample */
	mono_t counted;
};

struct agent_statistics *agent_statistics_new(void)
{
	return calloc(1, sizeof(struct agent_statistics));
}

void agent_statistics_free(struct agent_statistics *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < CONFIG_STATISTICS_KINDS; i++)
		statistics_free(s->kind[i]);
	free(s);
}

/* ---- sources --------------------------------------------------------------------------------- */

/* Time that all processors spent, and that not idle or waiting. */
static bool read_cpu(uint64_t *busy, uint64_t *total)
{
	unsigned long long t[8] = {0};
	FILE *in = fopen("/proc/stat", "re");
	bool ok = in && fscanf(in, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1],
			    &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;

	if (in)
		fclose(in);
	*total = 0;
	for (unsigned i = 0; i < 8; i++)
		*total += t[i];
	*busy = *total - t[3] - t[4];
	return ok;
}

/* In hundredths of a percent. */
static uint32_t cpu_now(struct agent_statistics *s)
{
	uint64_t busy = 0, total = 0;
	uint32_t share = 0;

	if (!read_cpu(&busy, &total))
		return 0;
	if (total > s->total && busy >= s->busy)
		share = (uint32_t)((busy - s->busy) * 10000 / (total - s->total));
	s->busy = busy;
	s->total = total;
	return share;
}

static uint32_t memory_now(void)
{
	unsigned long long all = 0, available = 0;
	FILE *in = fopen("/proc/meminfo", "re");
	char line[128];

	while (in && fgets(line, sizeof(line), in)) {
		(void)sscanf(line, "MemTotal: %llu", &all);
		(void)sscanf(line, "MemAvailable: %llu", &available);
	}
	if (in)
		fclose(in);
	return all && available <= all ? (uint32_t)((all - available) * 10000 / all) : 0;
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void count_tunnel(struct agent *agent, uint32_t slot, uint64_t bytes[2])
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct state_tunnel *shared =
	    state ? shm_map_at(state, STATE_TABLE_TUNNELS, slot) : NULL;

	if (!shared)
		return;
	bytes[0] = get(&shared->in_bytes) + get(&shared->in6_bytes);
	bytes[1] = get(&shared->out_bytes) + get(&shared->out6_bytes);
}

static void count_bytes(struct agent *agent, uint64_t bytes[TRAFFIC_ROWS])
{
	static struct agent_dataplane_status dataplane; /* too large for the stack */

	memset(bytes, 0, TRAFFIC_ROWS * sizeof(*bytes));
	agent_dataplane(agent, &dataplane);
	for (size_t i = 0; i < dataplane.port_count; i++) {
		unsigned n = 0;

		if (sscanf(dataplane.port[i].name, "lan%u", &n) != 1 || n < 1 || n > LANS)
			continue;
		bytes[(n - 1) * 2] = dataplane.port[i].rx_bytes;
		bytes[(n - 1) * 2 + 1] = dataplane.port[i].tx_bytes;
	}
	for (unsigned n = 1; n <= TUNNELS; n++)
		if (agent->tunnel[n])
			count_tunnel(agent, agent->tunnel[n]->slot, &bytes[(LANS + n - 1) * 2]);
}

/* In kbit/s. */
static void traffic_now(
    struct agent *agent, struct agent_statistics *s, mono_t now, uint32_t rate[TRAFFIC_ROWS])
{
	static uint64_t bytes[TRAFFIC_ROWS];
	int64_t msec = mono_diff_msec(now, s->counted);

	count_bytes(agent, bytes);
	for (unsigned i = 0; i < TRAFFIC_ROWS; i++) {
		uint64_t more = bytes[i] >= s->bytes[i] ? bytes[i] - s->bytes[i] : bytes[i];
		uint64_t kbit = msec > 0 ? more * 8 / (uint64_t)msec : 0;

		rate[i] = kbit < UINT32_MAX ? (uint32_t)kbit : UINT32_MAX;
	}
	memcpy(s->bytes, bytes, sizeof(s->bytes));
	s->counted = now;
}

/* ---- sampling -------------------------------------------------------------------------------- */

/* What the next sample is the difference to. */
static void begin(struct agent *agent, struct agent_statistics *s, unsigned kind, mono_t now)
{
	static uint32_t ignored[TRAFFIC_ROWS];

	s->kind[kind] = statistics_new(kind == CONFIG_STATISTICS_TRAFFIC ? TRAFFIC_ROWS : 1);
	if (!s->kind[kind])
		log_error("statistics error=no-memory");
	if (kind == CONFIG_STATISTICS_CPU)
		(void)cpu_now(s);
	if (kind == CONFIG_STATISTICS_TRAFFIC)
		traffic_now(agent, s, now, ignored);
}

static bool takes_any(const struct agent_statistics *s)
{
	for (unsigned i = 0; i < CONFIG_STATISTICS_KINDS; i++)
		if (s->kind[i])
			return true;
	return false;
}

static void follow(struct agent *agent, struct agent_statistics *s, mono_t now)
{
	if (!takes_any(s))
		statistics_begin(&s->due, now);
	for (unsigned i = 0; i < CONFIG_STATISTICS_KINDS; i++) {
		if (agent->model->statistics[i] && !s->kind[i]) {
			begin(agent, s, i, now);
		} else if (!agent->model->statistics[i]) {
			statistics_free(s->kind[i]);
			s->kind[i] = NULL;
		}
	}
}

/* What was missed during a standstill was as it was on average since. */
static void add(struct agent_statistics *s, unsigned kind, const uint32_t *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		statistics_add(s->kind[kind], values);
}

void agent_statistics_tick(struct agent *agent, mono_t now)
{
	struct agent_statistics *s = agent->statistics;
	static uint32_t rate[TRAFFIC_ROWS];
	uint32_t share;
	unsigned count;

	follow(agent, s, now);
	count = statistics_take(&s->due, now);
	if (!count)
		return;
	if (s->kind[CONFIG_STATISTICS_CPU]) {
		share = cpu_now(s);
		add(s, CONFIG_STATISTICS_CPU, &share, count);
	}
	if (s->kind[CONFIG_STATISTICS_MEMORY]) {
		share = memory_now();
		add(s, CONFIG_STATISTICS_MEMORY, &share, count);
	}
	if (s->kind[CONFIG_STATISTICS_TRAFFIC]) {
		traffic_now(agent, s, now, rate);
		add(s, CONFIG_STATISTICS_TRAFFIC, rate, count);
	}
}

/* ---- what is shown --------------------------------------------------------------------------- */

/* Whether there is anything to say of an interface. */
static bool exists(const struct agent *agent, unsigned row)
{
	unsigned interface = row / 2;

	return interface < LANS ? agent->lan[interface + 1].present
				: agent->tunnel[interface - LANS + 1] != NULL;
}

static void name_row(struct agent_statistic *out, unsigned kind, unsigned row)
{
	unsigned interface = row / 2;

	if (kind != CONFIG_STATISTICS_TRAFFIC)
		return;
	out->out = row & 1;
	(void)snprintf(out->interface, sizeof(out->interface), "%s%u",
	    interface < LANS ? "LAN" : "TUNNEL",
	    interface < LANS ? interface + 1 : interface - LANS + 1);
}

size_t agent_statistics(
    struct agent *agent, enum config_statistics kind, struct agent_statistic *out, size_t max)
{
	const struct statistics *s = agent->statistics->kind[kind];
	unsigned rows = kind == CONFIG_STATISTICS_TRAFFIC ? TRAFFIC_ROWS : 1;
	size_t count = 0;

	for (unsigned row = 0; s && row < rows && count < max; row++) {
		struct statistics_summary sum;

		if ((kind == CONFIG_STATISTICS_TRAFFIC && !exists(agent, row)) ||
		    !statistics_summary(s, row, &sum))
			continue;
		out[count] = (struct agent_statistic){.now = sum.now,
		    .hour_average = sum.hour_average,
		    .hour_most = sum.hour_most,
		    .day_average = sum.day_average,
		    .day_most = sum.day_most};
		name_row(&out[count++], kind, row);
	}
	return count;
}
