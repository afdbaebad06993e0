/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What every program is measured by, under the names that all exporters use. From /proc/self; what
 * cannot be read is left out. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control/metrics/metrics_internal.h"

/* Field `index` of /proc/self/stat, counted from 1 as in proc(5); 0 = not known. The second one is
 * in parentheses and may hold blanks. */
static uint64_t stat_field(unsigned index)
{
	char line[1024] = "", *at;
	unsigned long long value = 0;
	FILE *in = fopen("/proc/self/stat", "re");

	if (!in)
		return 0;
	at = fgets(line, sizeof(line), in) ? strrchr(line, ')') : NULL;
	fclose(in);
	for (unsigned i = 2; at && i < index; i++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%llu", &value) != 1)
		return 0;
	return value;
}

/* Seconds since 1970 when the machine was started. */
static uint64_t boot_time(void)
{
	unsigned long long value = 0;
	char line[256];
	FILE *in = fopen("/proc/stat", "re");

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "btime %llu", &value) == 1)
			break;
	if (in)
		fclose(in);
	return value;
}

static uint64_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count > 3 ? count - 3 : 0; /* "." and "..", and the folder itself */
}

void metrics_process(struct text *out)
{
	uint64_t tick = (uint64_t)sysconf(_SC_CLK_TCK), page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t boot = boot_time(), descriptors = count_descriptors();
	static const char cpu[] = "process_cpu_seconds_total";
	struct rusage used;

	if (boot)
		exposition_single(out, "process_start_time_seconds", "gauge",
		    "When the process was started, since 1970.", boot + stat_field(22) / tick);
	if (getrusage(RUSAGE_SELF, &used) == 0) {
		exposition_family(out, cpu, "counter", "Processor time used.");
		text_printf(out, "%s %.3f\n", cpu,
		    (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
			(double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
	}
	exposition_single(
	    out, "process_resident_memory_bytes", "gauge", "Memory in use.", stat_field(24) * page);
	if (descriptors)
		exposition_single(
		    out, "process_open_fds", "gauge", "Open file descriptors.", descriptors);
}
