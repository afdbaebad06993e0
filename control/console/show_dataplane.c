/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dataplane: is it alive, is it up to date, what became of every packet. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show_json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct agent_dataplane_status *show_dataplane_status(const struct show *show)
{
	struct agent_dataplane_status *status = calloc(1, sizeof(*status));

	if (!status)
		return NULL;
	agent_dataplane(show->agent, status);
	if (status->port_count > COUNT(status->port))
		status->port_count = COUNT(status->port);
	if (status->drop_count > COUNT(status->drop_reason))
		status->drop_count = COUNT(status->drop_reason);
	return status;
}

bool show_dataplane_alive(const struct show *show)
{
	static struct agent_dataplane_status status; /* too large for the stack */

	agent_dataplane(show->agent, &status);
	return status.alive;
}

static void print_port(struct text *out, const struct agent_port_status *port)
{
	text_printf(out,
	    "%s: %s, %s, twin %s, mtu %u, %02x:%02x:%02x:%02x:%02x:%02x\n"
	    "  Received:    %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64 " to the kernel\n"
	    "  Transmitted: %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64 " from the kernel\n",
	    port->name, port->up ? "up" : "down", port->device, port->twin, port->mtu, port->mac[0],
	    port->mac[1], port->mac[2], port->mac[3], port->mac[4], port->mac[5], port->rx_packets,
	    port->rx_bytes, port->punted, port->tx_packets, port->tx_bytes, port->injected);
}

static void print_workers(struct text *out, const struct agent_dataplane_status *status)
{
	if (!status->worker_count)
		return;
	text_printf(out, "Workers: %zu\n", status->worker_count);
	for (size_t i = 0; i < status->worker_count; i++)
		if (status->worker[i].still)
			text_printf(out,
			    "  Worker %zu STANDS STILL: not seen for %" PRIu64 " seconds\n", i,
			    status->worker[i].seen_msec / 1000);
}

static void print_totals(struct text *out, const struct agent_dataplane_status *status)
{
	text_printf(out, "Dataplane is %s\n", status->alive ? "running" : "NOT running");
	print_workers(out, status);
	text_printf(out, "Configuration: generation %" PRIu64 ", applied %" PRIu64 "%s\n",
	    status->generation, status->applied_generation,
	    status->generation == status->applied_generation ? "" : " (behind)");
	text_printf(out,
	    "Totals: received %" PRIu64 ", made %" PRIu64 ", transmitted %" PRIu64
	    ", to the kernel %" PRIu64 ", dropped %" PRIu64 ", consumed %" PRIu64 "\n\n",
	    status->rx, status->made, status->tx, status->punt, status->drop, status->consumed);
}

static void print(struct text *out, const struct agent_dataplane_status *status)
{
	bool dropped = false;

	print_totals(out, status);
	for (size_t i = 0; i < status->port_count; i++)
		print_port(out, &status->port[i]);
	for (size_t i = 0; i < status->drop_count; i++) {
		const struct agent_drop *drop = &status->drop_reason[i];

		if (!drop->packets)
			continue;
		if (!dropped)
			text_puts(out, "\nDropped, by reason:\n");
		dropped = true;
		text_printf(
		    out, "%12" PRIu64 "  %-24s %s\n", drop->packets, drop->name, drop->text);
	}
}

static json_t *totals_json(const struct agent_dataplane_status *status)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "received", (json_int_t)status->rx,
	    "made", (json_int_t)status->made, "transmitted", (json_int_t)status->tx, "to_kernel",
	    (json_int_t)status->punt, "dropped", (json_int_t)status->drop, "consumed",
	    (json_int_t)status->consumed);
}

json_t *show_port_json(const struct agent_port_status *port)
{
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:i, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}}",
	    "name", show_json_text(port->name), "up", port->up, "device",
	    show_json_text(port->device), "twin", show_json_text(port->twin), "mac",
	    show_json_mac(port->mac), "mtu", port->mtu, "received", "packets",
	    (json_int_t)port->rx_packets, "bytes", (json_int_t)port->rx_bytes, "to_kernel",
	    (json_int_t)port->punted, "transmitted", "packets", (json_int_t)port->tx_packets,
	    "bytes", (json_int_t)port->tx_bytes, "from_kernel", (json_int_t)port->injected);
}

static json_t *workers_json(const struct agent_dataplane_status *status)
{
	json_t *workers = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->worker_count; i++) {
		const struct agent_worker_status *w = &status->worker[i];

		bad |= json_array_append_new(
			   workers, json_pack("{s:i, s:b, s:I, s:I}", "number", (int)i, "still",
					w->still, "seen_msec_ago", (json_int_t)w->seen_msec,
					"received", (json_int_t)w->received)) != 0;
	}
	return show_json_array(workers, bad);
}

/* Every reason there is, also those that dropped nothing yet. */
static json_t *to_json(const struct agent_dataplane_status *status)
{
	json_t *ports = json_array(), *drops = json_array();
	bool bad = false;

	for (size_t i = 0; i < status->port_count; i++)
		bad |= json_array_append_new(ports, show_port_json(&status->port[i])) != 0;
	for (size_t i = 0; i < status->drop_count; i++) {
		const struct agent_drop *drop = &status->drop_reason[i];

		bad |= json_array_append_new(
			   drops, json_pack("{s:o, s:I, s:o}", "reason", show_json_text(drop->name),
				      "packets", (json_int_t)drop->packets, "text",
				      show_json_text(drop->text))) != 0;
	}
	return json_pack("{s:b, s:{s:I, s:I}, s:o, s:o, s:o, s:o}", "running", status->alive,
	    "generation", "written", (json_int_t)status->generation, "applied",
	    (json_int_t)status->applied_generation, "totals", totals_json(status), "workers",
	    workers_json(status), "ports", show_json_array(ports, bad), "drops",
	    show_json_array(drops, bad));
}

int show_dataplane(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_dataplane_status *status = show_dataplane_status(show);
	int rc = 0;

	if (!status)
		return show_no_memory(error, error_bytes);
	if (show->answer)
		rc = show_answer(
		    show, "show-status-dataplane/1", to_json(status), error, error_bytes);
	else
		print(show->out, status);
	free(status);
	return rc;
}
