/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Adding up memory: what is allocated by size, the heap and the process as DPDK and the kernel
 * count them. */
#include "dataplane/memory.h"

#include <rte_malloc.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"

static uint64_t resident(void)
{
	unsigned long all = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%lu %lu", &all, &pages) != 2)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t memory_heap(void)
{
	struct rte_malloc_socket_stats stats;
	uint64_t bytes = 0;

	for (int socket = 0; socket < RTE_MAX_NUMA_NODES; socket++)
		if (rte_malloc_get_socket_stats(socket, &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	return bytes;
}

void memory_measure(const struct state *state, const struct sync *sync,
    const struct rte_mempool *pool, struct memory *out)
{
	*out = (struct memory){
	    .per_sa = sizeof(struct cfg_sa) + sizeof(struct state_sa) + sizeof(struct sa) +
		      sizeof(struct sa_run) + 2 * sizeof(struct sa *) + sizeof(*sync->seen.sa),
	    .per_tunnel = 2 * sizeof(struct cfg_tunnel) + sizeof(struct state_tunnel) +
			  2 * sizeof(struct tunnel) + sizeof(struct tunnel_base) +
			  WORKERS_MAX * sizeof(struct tunnel_counters) +
			  sizeof(struct tunnel_twin) + sizeof(struct home) + sizeof(*sync->peer) +
			  sizeof(*sync->seen.tunnel) + 2 * SPI_INDEX_BYTES,
	    .tables = sync->cfg.bytes + state->map.bytes,
	    .fib = sync->fib ? fib_bytes(sync->fib) : 0,
	    .fib_fixed = sync->fib ? fib_fixed_bytes(sync->fib) : 0,
	    .packets = (uint64_t)pool->populated_size *
		       rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL),
	    .heap = memory_heap(),
	    .resident = resident(),
	};
	if (sync->route_max)
		out->per_route =
		    4 * sizeof(struct cfg_route) + (out->fib - out->fib_fixed) / sync->route_max;
}

void memory_log(const struct memory *m)
{
	log_notice("memory per_sa_bytes=%llu per_tunnel_bytes=%llu per_route_bytes=%llu "
		   "tables_bytes=%llu fib_bytes=%llu fib_fixed_bytes=%llu packets_bytes=%llu "
		   "dpdk_heap_bytes=%llu resident_bytes=%llu",
	    (unsigned long long)m->per_sa, (unsigned long long)m->per_tunnel,
	    (unsigned long long)m->per_route, (unsigned long long)m->tables,
	    (unsigned long long)m->fib, (unsigned long long)m->fib_fixed,
	    (unsigned long long)m->packets, (unsigned long long)m->heap,
	    (unsigned long long)m->resident);
}
