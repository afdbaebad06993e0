/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dataplane | json, and a port as `show status lanN | json` has it, too. */
#include "control/console/show_dataplane.h"

static json_t *totals_json(const struct agent_dataplane_status *status)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "received", (json_int_t)status->rx,
	    "made", (json_int_t)status->made, "transmitted", (json_int_t)status->tx, "to_kernel",
	    (json_int_t)status->punt, "dropped", (json_int_t)status->drop, "consumed",
	    (json_int_t)status->consumed, "in_flight", (json_int_t)status->in_flight);
}

json_t *show_port_json(const struct agent_port_status *port)
{
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:i, s:o, s:I,"
			 " s:{s:I, s:I, s:I, s:o, s:I}, s:{s:I, s:I, s:I, s:I}}",
	    "name", show_json_text(port->name), "up", port->up, "device",
	    show_json_text(port->device), "twin", show_json_text(port->twin), "mac",
	    show_json_mac(port->mac), "mtu", port->mtu, "speed_mbps",
	    port->speed_mbps ? json_integer(port->speed_mbps) : json_null(), "link_downs",
	    (json_int_t)port->link_downs, "received", "packets", (json_int_t)port->rx_packets,
	    "bytes", (json_int_t)port->rx_bytes, "to_kernel", (json_int_t)port->punted, "missed",
	    port->missed_untold ? json_null() : json_integer((json_int_t)port->rx_missed), "errors",
	    (json_int_t)port->rx_errors, "transmitted", "packets", (json_int_t)port->tx_packets,
	    "bytes", (json_int_t)port->tx_bytes, "from_kernel", (json_int_t)port->injected,
	    "failed", (json_int_t)port->tx_failed);
}

static json_t *workers_json(const struct agent_dataplane_status *status)
{
	json_t *workers = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->worker_count; i++) {
		const struct agent_worker_status *w = &status->worker[i];

		bad |= json_array_append_new(workers,
			   json_pack("{s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}",
			       "number", (int)i, "still", w->still, "seen_msec_ago",
			       (json_int_t)w->seen_msec, "received", (json_int_t)w->received,
			       "busy_permille", (json_int_t)w->busy_permille, "busy_nsec",
			       (json_int_t)w->busy_nsec, "busy_polls", (json_int_t)w->busy_polls,
			       "polled", (json_int_t)w->polled, "waiting", "to_kernel",
			       (json_int_t)w->ring_to_kernel, "from_kernel",
			       (json_int_t)w->ring_from_kernel, "from_workers",
			       (json_int_t)w->ring_handover)) != 0;
	}
	return show_json_array(workers, bad);
}

/* Every reason there is, also those that dropped nothing yet. */
static json_t *drops_json(const struct agent_dataplane_status *status)
{
	json_t *drops = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->drop_count; i++) {
		const struct agent_drop *drop = &status->drop_reason[i];

		bad |= json_array_append_new(
			   drops, json_pack("{s:o, s:I, s:o}", "reason", show_json_text(drop->name),
				      "packets", (json_int_t)drop->packets, "text",
				      show_json_text(drop->text))) != 0;
	}
	return show_json_array(drops, bad);
}

static json_t *ports_json(const struct agent_dataplane_status *status)
{
	json_t *ports = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->port_count; i++)
		bad |= json_array_append_new(ports, show_port_json(&status->port[i])) != 0;
	return show_json_array(ports, bad);
}

static json_t *tunnels_json(const struct agent_dataplane_status *status)
{
	json_t *tunnels = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->twin_count; i++) {
		const struct agent_twin_status *twin = &status->twin[i];

		bad |= json_array_append_new(
			   tunnels, json_pack("{s:I, s:I, s:I}", "number", (json_int_t)twin->number,
					"to_kernel", (json_int_t)twin->punted, "from_kernel",
					(json_int_t)twin->injected)) != 0;
	}
	return show_json_array(tunnels, bad);
}

static json_t *other_tunnels_json(const struct agent_dataplane_status *status)
{
	return json_pack("{s:I, s:I}", "to_kernel",
	    (json_int_t)(status->others.punted + status->gone.punted), "from_kernel",
	    (json_int_t)(status->others.injected + status->gone.injected));
}

static json_t *buffers_json(const struct agent_dataplane_status *status)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "packets", (json_int_t)status->buffers,
	    "packets_used", (json_int_t)status->buffers_used, "kernel_ring",
	    (json_int_t)status->ring_kernel, "worker_ring", (json_int_t)status->ring_handover);
}

json_t *show_dataplane_json(const struct agent_dataplane_status *status)
{
	return json_pack("{s:b, s:{s:I, s:I}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "running",
	    status->alive, "generation", "written", (json_int_t)status->generation, "applied",
	    (json_int_t)status->applied_generation, "totals", totals_json(status), "cleared",
	    show_json_time(status->cleared_unix), "buffers", buffers_json(status), "workers",
	    workers_json(status), "ports", ports_json(status), "tunnels", tunnels_json(status),
	    "other_tunnels", other_tunnels_json(status), "drops", drops_json(status));
}
