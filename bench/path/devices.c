/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Start and end of DPDK. The devices that play packets are in source.c. */
#include "bench/path/devices.h"

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/harness.h"
#include "common/log.h"
#include "dataplane/packet.h"

#define MBUFS        16383
#define MBUF_CACHE   256
#define DESCRIPTORS  1024
#define BUFFER_BYTES 2048

/* EAL's own threads go to the CPUs this thread may run on but for the lcore's. On the lcore's they
 * would disturb; and under a real-time priority EAL waits for them without letting them run. */
static void free_other_cpus(void)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	for (long i = 0, n = sysconf(_SC_NPROCESSORS_CONF); i < n; i++)
		CPU_SET((size_t)i, &all);
	(void)sched_setaffinity(0, sizeof(all), &all);
}

void devices_start(const char *program, unsigned megabytes)
{
	static const char *const fixed[] = {
	    "--in-memory", "--no-pci", "--no-telemetry", "--log-level=error"};
	enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };
	char text[FIXED + 4][32], *argv[FIXED + 5] = {NULL};
	int argc = 0;

	snprintf(text[argc++], sizeof(text[0]), "%s", program);
	snprintf(text[argc++], sizeof(text[0]), "--lcores=0@%d", sched_getcpu());
	free_other_cpus();
	snprintf(text[argc++], sizeof(text[0]), "-m");
	snprintf(text[argc++], sizeof(text[0]), "%u", megabytes);
	for (int i = 0; i < FIXED; i++)
		snprintf(text[argc++], sizeof(text[0]), "%s", fixed[i]);
	for (int i = 0; i < argc; i++)
		argv[i] = text[i];
	if (rte_eal_init(argc, argv) < 0)
		bench_fail(
		    "EAL: %s (%u MB of huge pages are needed)", rte_strerror(rte_errno), megabytes);
	log_set_level(LOG_LEVEL_ERROR);
}

void devices_add(struct port *port, const char *name, const char *device, const char *arguments,
    struct rte_mempool *pool)
{
	const struct port_wish wish = {.queues = 1,
	    .descriptors = DESCRIPTORS,
	    .buffer_bytes = BUFFER_BYTES,
	    .one_pool = true};
	struct args_port args = {0};

	snprintf(args.name, sizeof(args.name), "%s", name);
	snprintf(args.device, sizeof(args.device), "%s", device);
	if (rte_eal_hotplug_add("vdev", device, arguments) < 0 || port_find(port, &args) < 0 ||
	    port_start(port, pool, &wish) < 0)
		bench_fail("no device %s", device);
}

struct rte_mempool *devices_open(struct port *null_port)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create("packets", MBUFS, MBUF_CACHE,
	    RTE_ALIGN(sizeof(struct packet_meta), RTE_MBUF_PRIV_ALIGN),
	    BUFFER_BYTES + RTE_PKTMBUF_HEADROOM, (int)rte_socket_id());

	if (!pool)
		bench_fail("no packet buffers");
	devices_add(null_port, "lan2", "net_null0", "no-rx=1", pool);
	return pool;
}

void devices_stop(struct port *null_port)
{
	port_stop(null_port);
	rte_eal_cleanup();
}
