/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel tells apart what the router does not: UDP with and without answers, and the steps of
 * TCP's end. DNS has no time of its own here. */
#include "control/service/conntrack_times.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "/proc/sys/net/netfilter/nf_conntrack_"

static const char *const names[CONNTRACK_TIMES] = {"tcp_timeout_syn_sent", "tcp_timeout_syn_recv",
    "tcp_timeout_fin_wait", "tcp_timeout_established", "udp_timeout", "udp_timeout_stream"};

static unsigned read_time(const char *name)
{
	char path[128];
	unsigned seconds = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), FOLDER "%s", name);
	in = fopen(path, "re");
	if (in && fscanf(in, "%u", &seconds) != 1)
		seconds = 0;
	if (in)
		fclose(in);
	return seconds;
}

static void write_time(const char *name, unsigned seconds)
{
	char path[128];
	FILE *out;

	if (!seconds || read_time(name) == seconds)
		return;
	(void)snprintf(path, sizeof(path), FOLDER "%s", name);
	out = fopen(path, "we");
	if (out) {
		fprintf(out, "%u\n", seconds);
		fclose(out);
	}
}

void conntrack_times_set(struct conntrack_times *times, const struct config_dynamic_timers *timers)
{
	const unsigned wanted[CONNTRACK_TIMES] = {timers ? timers->tcp_syn : 0,
	    timers ? timers->tcp_syn : 0, timers ? timers->tcp_fin : 0,
	    timers ? timers->tcp_idle : 0, timers ? timers->udp_idle : 0,
	    timers ? timers->udp_idle : 0};

	if (!timers && !times->ours)
		return;
	for (unsigned i = 0; i < CONNTRACK_TIMES; i++) {
		if (timers && !times->ours)
			times->before[i] = read_time(names[i]);
		write_time(names[i], timers ? wanted[i] : times->before[i]);
	}
	times->ours = timers != NULL;
}
