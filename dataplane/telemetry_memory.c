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
	rte_tel_data_add_dict_u64(d, "per_sa", m.per_sa);
	rte_tel_data_add_dict_u64(d, "per_tunnel", m.per_tunnel);
	rte_tel_data_add_dict_u64(d, "per_route", m.per_route);
	rte_tel_data_add_dict_u64(d, "tables", m.tables);
	rte_tel_data_add_dict_u64(d, "fib", m.fib);
	rte_tel_data_add_dict_u64(d, "packets", m.packets);
	rte_tel_data_add_dict_u64(d, "dpdk_heap", m.heap);
	rte_tel_data_add_dict_u64(d, "resident", m.resident);
	return 0;
}
