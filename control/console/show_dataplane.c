/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dataplane: is it alive, is it up to date, what became of every packet. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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

static void print_totals(struct text *out, const struct agent_dataplane_status *status)
{
	text_printf(out, "Dataplane is %s\n", status->alive ? "running" : "NOT running");
	text_printf(out, "Configuration: generation %" PRIu64 ", applied %" PRIu64 "%s\n",
	    status->generation, status->applied_generation,
	    status->generation == status->applied_generation ? "" : " (behind)");
	text_printf(out,
	    "Totals: received %" PRIu64 ", made %" PRIu64 ", transmitted %" PRIu64
	    ", to the kernel %" PRIu64 ", dropped %" PRIu64 ", consumed %" PRIu64 "\n\n",
	    status->rx, status->made, status->tx, status->punt, status->drop, status->consumed);
}

int show_dataplane(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_dataplane_status *status = calloc(1, sizeof(*status));
	bool dropped = false;

	if (!status) {
		snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	agent_dataplane(show->agent, status);
	print_totals(show->out, status);
	for (size_t i = 0; i < status->port_count && i < COUNT(status->port); i++)
		print_port(show->out, &status->port[i]);
	for (size_t i = 0; i < status->drop_count && i < COUNT(status->drop_reason); i++) {
		const struct agent_drop *drop = &status->drop_reason[i];

		if (!drop->packets)
			continue;
		if (!dropped)
			text_puts(show->out, "\nDropped, by reason:\n");
		dropped = true;
		text_printf(
		    show->out, "%12" PRIu64 "  %-24s %s\n", drop->packets, drop->name, drop->text);
	}
	free(status);
	return 0;
}
