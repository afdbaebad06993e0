/* SPDX-License-Identifier: BSD-3-Clause
 *
 * DPDK inside a unit test: no hugepages, no devices but the virtual ones asked for, one lcore,
 * files under a name of this process that are gone when it ends. */
#pragma once

#include <dirent.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends the process when EAL does not start. `vdev`: "--vdev=net_ring0" or NULL. */
static inline void eal_start(const char *vdev)
{
	const char *argument[] = {"test", "--no-huge", "--no-pci", "-m", "320", "--lcores=0",
	    "--no-telemetry", "--log-level=critical", NULL, vdev};
	char text[10][64], *argv[11] = {NULL};
	int argc = 0;

	for (int i = 0; i < 10 && (i == 8 || argument[i]); i++, argc++) {
		if (i == 8)
			snprintf(
			    text[i], sizeof(text[i]), "--file-prefix=cgw-test-%ld", (long)getpid());
		else
			snprintf(text[i], sizeof(text[i]), "%s", argument[i]);
		argv[i] = text[i];
	}
	if (rte_eal_init(argc, argv) < 0) {
		puts("not ok - rte_eal_init");
		exit(EXIT_FAILURE);
	}
}

/* Removes what EAL leaves behind without hugepages. */
static inline void eal_stop(void)
{
	char dir[256], path[600];
	struct dirent *entry;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		(void)unlink(path);
	}
	if (d)
		closedir(d);
	(void)rmdir(dir);
}
