/* SPDX-License-Identifier: BSD-3-Clause
 *
 * EAL says in words of its own what it lacks; what is said here behind it is what to do. */
#include "dataplane/eal_start.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int eal_may_start(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (syscall(SYS_capget, &header, data) == 0 && (data[0].effective & (1u << CAP_NET_ADMIN)))
		return 0;
	fprintf(stderr, "cgw-dataplane: may not make network interfaces: start it as root"
			" (it wants CAP_NET_ADMIN and, for most devices, CAP_NET_RAW)\n");
	return -1;
}

static bool has_word(int argc, char **argv, const char *word)
{
	size_t bytes = strlen(word);

	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], word, bytes) && (!argv[i][bytes] || argv[i][bytes] == '='))
			return true;
	return false;
}

/* Hugepages of all sizes and nodes that are free, in megabytes. */
static unsigned long free_huge_mb(void)
{
	unsigned long kib = 0, pages, size;
	glob_t found;

	if (glob("/sys/kernel/mm/hugepages/hugepages-*kB", 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char path[128];
		FILE *in;

		snprintf(path, sizeof(path), "%s/free_hugepages", found.gl_pathv[i]);
		in = fopen(path, "re");
		if (in && fscanf(in, "%lu", &pages) == 1 &&
		    sscanf(strrchr(found.gl_pathv[i], '-'), "-%lukB", &size) == 1)
			kib += pages * size;
		if (in)
			fclose(in);
	}
	globfree(&found);
	return kib / 1024;
}

static void say_what_helps(int argc, char **argv)
{
	unsigned long mb = free_huge_mb();

	fprintf(stderr, "cgw-dataplane: DPDK was given:");
	for (int i = 1; i < argc; i++)
		fprintf(stderr, " %s", argv[i]);
	fprintf(stderr, "\n");

	if (!has_word(argc, argv, "--no-huge") && mb == 0)
		fprintf(stderr,
		    "cgw-dataplane: no hugepages are free: reserve some with cgw-hugepages"
		    " 512, or do without: --no-huge -m 256\n");
	else if (!has_word(argc, argv, "--no-huge") && !has_word(argc, argv, "--in-memory"))
		fprintf(stderr,
		    "cgw-dataplane: %lu MB of hugepages are free: --in-memory takes them"
		    " without a hugetlbfs mount\n",
		    mb);
	fprintf(stderr,
	    "cgw-dataplane: EAL's words stand before the --; processors here: 0 to %ld\n",
	    sysconf(_SC_NPROCESSORS_CONF) - 1);
}

/* rte_eal_init() without the hundred lines on standard output with which it answers a wrong word:
 * what is wrong stands on standard error, and would drown. */
static int init_quietly(int argc, char **argv)
{
	int out, null, rc;

	fflush(stdout);
	out = dup(STDOUT_FILENO);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	rc = rte_eal_init(argc, argv);
	fflush(stdout);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	return rc;
}

/* EAL without its files in /var/run/dpdk: they are for secondary processes, which there are none
 * of, and locked. Such a lock outlives a killed process for as long as anybody (ps, a monitor)
 * looks at its memory map, and the next start would fail on it. */
int eal_start(int argc, char **argv)
{
	static char no_files[] = "--no-shconf";
	char **own = calloc((size_t)argc + 2, sizeof(*own));
	int rc;

	if (!own)
		return -ENOMEM;
	own[0] = argv[0];
	own[1] = no_files;
	memcpy(&own[2], &argv[1], (size_t)(argc - 1) * sizeof(*own));
	rc = init_quietly(argc + 1, own);
	free(own);
	if (rc >= 0)
		return 0;
	rc = rte_errno == EINVAL ? -EINVAL : -EIO;
	fprintf(stderr, "cgw-dataplane: EAL: %s\n", rte_strerror(rte_errno));
	say_what_helps(argc, argv);
	return rc;
}
