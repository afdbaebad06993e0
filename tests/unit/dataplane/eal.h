/* SPDX-License-Identifier: BSD-3-Clause
 *
 * DPDK inside a unit test: no hugepages, no devices but the virtual ones asked for, one lcore,
 * no files. */
#pragma once

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
	    "--no-telemetry", "--log-level=critical", "--no-shconf", NULL, vdev};
	char text[11][64], *argv[12] = {NULL};
	int argc = 0;

	for (int i = 0; i < 11 && (i == 9 || argument[i]); i++, argc++) {
		if (i == 9)
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

/* Removes what EAL leaves behind without hugepages: an empty folder. */
static inline void eal_stop(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	(void)rmdir(dir);
}
