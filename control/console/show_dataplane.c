/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dataplane: is it alive, is it up to date, what became of every packet. In words; as
 * JSON: show_dataplane_json.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show_dataplane.h"

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
	if (status->twin_count > COUNT(status->twin))
		status->twin_count = COUNT(status->twin);
	return status;
}

bool show_dataplane_alive(const struct show *show)
{
	static struct agent_dataplane_status status; /* too large for the stack */

	agent_dataplane(show->agent, &status);
	return status.alive;
}

/* "10000 Mbit/s, " or nothing. */
static void print_speed(struct text *out, const struct agent_port_status *port)
{
	if (port->speed_mbps)
		text_printf(out, "%u Mbit/s, ", port->speed_mbps);
}

static void print_port(struct text *out, const struct agent_port_status *port)
{
	text_printf(out, "%s: %s, ", port->name, port->up ? "up" : "down");
	print_speed(out, port);
	text_printf(out,
	    "%s, twin %s, mtu %u, %02x:%02x:%02x:%02x:%02x:%02x\n"
	    "  Received:    %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64 " to the kernel\n"
	    "  Transmitted: %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64 " from the kernel\n"
	    "  Lost:        ",
	    port->device, port->twin, port->mtu, port->mac[0], port->mac[1], port->mac[2],
	    port->mac[3], port->mac[4], port->mac[5], port->rx_packets, port->rx_bytes,
	    port->punted, port->tx_packets, port->tx_bytes, port->injected);
	if (port->missed_untold)
		text_puts(out, "missed is not told by this device");
	else
		text_printf(out, "%" PRIu64 " missed by the device", port->rx_missed);
	text_printf(out,
	    ", %" PRIu64 " broken, %" PRIu64 " not sent; the link was lost %" PRIu64 " time%s\n",
	    port->rx_errors, port->tx_failed, port->link_downs, port->link_downs == 1 ? "" : "s");
}

static void print_worker(struct text *out, size_t number, const struct agent_worker_status *w)
{
	uint64_t tenths = w->busy_polls ? w->polled * 10 / w->busy_polls : 0;

	if (w->still) {
		text_printf(out, "  Worker %zu STANDS STILL: not seen for %" PRIu64 " seconds\n",
		    number, w->seen_msec / 1000);
		return;
	}
	text_printf(out,
	    "  Worker %zu: busy %u.%u %%, %" PRIu64 ".%" PRIu64
	    " packets a poll that brought any; waiting: %u to the kernel, %u from it, %u from "
	    "other workers\n",
	    number, w->busy_permille / 10, w->busy_permille % 10, tenths / 10, tenths % 10,
	    w->ring_to_kernel, w->ring_from_kernel, w->ring_handover);
}

static void print_whole(struct text *out, const struct agent_dataplane_status *status)
{
	if (status->wanted_mb)
		text_printf(out,
		    "Dataplane is WITHOUT MEMORY: for these tables it wants about %" PRIu32
		    " MB (-m with --no-huge, else cgw-hugepages)\n",
		    status->wanted_mb);
	else
		text_printf(out, "Dataplane is %s\n", status->alive ? "running" : "NOT running");
	if (status->worker_count)
		text_printf(out, "Workers: %zu\n", status->worker_count);
	for (size_t i = 0; i < status->worker_count; i++)
		print_worker(out, i, &status->worker[i]);
	if (status->buffers)
		text_printf(out,
		    "Packet buffers: %" PRIu64 " of %" PRIu64
		    " in use, those that wait for frames in the receive queues among them\n",
		    status->buffers_used, status->buffers);
	text_printf(out, "Configuration: generation %" PRIu64 ", applied %" PRIu64 "%s\n",
	    status->generation, status->applied_generation,
	    status->generation == status->applied_generation ? "" : " (behind)");
}

static void print_totals(struct text *out, const struct agent_dataplane_status *status,
    const struct agent_dataplane_status *cleared)
{
	char time[SHOW_TIME_BYTES];

	if (cleared)
		text_printf(out, "Counted since %s, when it was cleared\n",
		    show_time(cleared->cleared_unix, time));
	if (cleared && cleared->in_flight)
		text_printf(out, "In flight then: %" PRIu64 "\n", cleared->in_flight);
	text_printf(out,
	    "Totals: received %" PRIu64 ", made %" PRIu64 ", transmitted %" PRIu64
	    ", to the kernel %" PRIu64 ", dropped %" PRIu64 ", consumed %" PRIu64
	    ", in flight %" PRIu64 "\n\n",
	    status->rx, status->made, status->tx, status->punt, status->drop, status->consumed,
	    status->in_flight);
}

static void print_twin(struct text *out, const char *name, const struct agent_twin_status *twin)
{
	if (twin->punted || twin->injected)
		text_printf(out, "%s: %" PRIu64 " to the kernel, %" PRIu64 " from the kernel\n",
		    name, twin->punted, twin->injected);
}

static void print_twins(struct text *out, const struct agent_dataplane_status *status)
{
	for (size_t i = 0; i < status->twin_count; i++) {
		char name[24];

		snprintf(name, sizeof(name), "tunnel%u", status->twin[i].number);
		print_twin(out, name, &status->twin[i]);
	}
	print_twin(out, "other tunnels", &status->others);
	print_twin(out, "tunnels that are no more", &status->gone);
}

static void print(struct text *out, const struct agent_dataplane_status *status,
    const struct agent_dataplane_status *cleared)
{
	bool dropped = false;

	print_whole(out, status);
	print_totals(out, status, cleared);
	for (size_t i = 0; i < status->port_count; i++)
		print_port(out, &status->port[i]);
	print_twins(out, status);
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

int show_dataplane(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct agent_dataplane_status *cleared = agent_dataplane_cleared(show->agent);
	struct agent_dataplane_status *status = show_dataplane_status(show);
	int rc = 0;

	if (!status)
		return show_no_memory(error, error_bytes);
	if (show->answer) {
		rc = show_answer(show, "show-status-dataplane/1", show_dataplane_json(status),
		    error, error_bytes);
	} else {
		show_dataplane_since(status, cleared);
		print(show->out, status, cleared);
	}
	free(status);
	return rc;
}
