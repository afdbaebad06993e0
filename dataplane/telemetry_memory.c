/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telemetry: what the memory goes to. */
#include <errno.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_telemetry.h>

#include "dataplane/memory.h"
#include "dataplane/telemetry.h"

int telemetry_memory(const struct telemetry *t, const char *params, struct rte_tel_data *d)
{
	struct memory m;

	if (params[0])
		return -EINVAL;
	memory_measure(t->state, t->sync, t->pool, &m);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "per_sa_bytes", m.per_sa);
	rte_tel_data_add_dict_u64(d, "per_tunnel_bytes", m.per_tunnel);
	rte_tel_data_add_dict_u64(d, "per_route_bytes", m.per_route);
	rte_tel_data_add_dict_u64(d, "tables_bytes", m.tables);
	rte_tel_data_add_dict_u64(d, "fib_bytes", m.fib);
	rte_tel_data_add_dict_u64(d, "fib_fixed_bytes", m.fib_fixed);
	rte_tel_data_add_dict_u64(d, "packets_bytes", m.packets);
	rte_tel_data_add_dict_u64(d, "buffers", t->pool->populated_size);
	rte_tel_data_add_dict_u64(d, "buffers_used", rte_mempool_in_use_count(t->pool));
	rte_tel_data_add_dict_u64(d, "dpdk_heap_bytes", m.heap);
	rte_tel_data_add_dict_u64(d, "resident_bytes", m.resident);
	return 0;
}
