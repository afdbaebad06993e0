/* SPDX-License-Identifier: BSD-3-Clause
 *
 * clear status dataplane: the counters since a moment are the difference of two snapshots, since
 * the dataplane's own never go back. Ports, reasons and tunnels are matched by name, for they may
 * have become others in between. */
#include <string.h>

#include "control/console/show_dataplane.h"

/* A counter that is below what it was has begun anew. */
static void take(uint64_t *counter, uint64_t before)
{
	if (*counter >= before)
		*counter -= before;
}

static void take_port(struct agent_port_status *port, const struct agent_port_status *before)
{
	take(&port->rx_packets, before->rx_packets);
	take(&port->rx_bytes, before->rx_bytes);
	take(&port->tx_packets, before->tx_packets);
	take(&port->tx_bytes, before->tx_bytes);
	take(&port->tx_failed, before->tx_failed);
	take(&port->punted, before->punted);
	take(&port->injected, before->injected);
	take(&port->rx_missed, before->rx_missed);
	take(&port->rx_errors, before->rx_errors);
	take(&port->link_downs, before->link_downs);
}

static void take_ports(
    struct agent_dataplane_status *status, const struct agent_dataplane_status *cleared)
{
	for (size_t i = 0; i < status->port_count; i++)
		for (size_t j = 0; j < cleared->port_count; j++)
			if (strcmp(status->port[i].name, cleared->port[j].name) == 0)
				take_port(&status->port[i], &cleared->port[j]);
}

static void take_drops(
    struct agent_dataplane_status *status, const struct agent_dataplane_status *cleared)
{
	for (size_t i = 0; i < status->drop_count; i++)
		for (size_t j = 0; j < cleared->drop_count; j++)
			if (strcmp(status->drop_reason[i].name, cleared->drop_reason[j].name) == 0)
				take(&status->drop_reason[i].packets,
				    cleared->drop_reason[j].packets);
}

static void take_twin(struct agent_twin_status *twin, const struct agent_twin_status *before)
{
	take(&twin->punted, before->punted);
	take(&twin->injected, before->injected);
}

/* What a tunnel had that is no more, or is another by its number, is among the gone ones now. */
static struct agent_twin_status *now_of(
    struct agent_dataplane_status *status, const struct agent_twin_status *before)
{
	for (size_t i = 0; i < status->twin_count; i++) {
		struct agent_twin_status *twin = &status->twin[i];

		if (twin->number == before->number && twin->punted >= before->punted &&
		    twin->injected >= before->injected)
			return twin;
	}
	return &status->gone;
}

void show_dataplane_since(
    struct agent_dataplane_status *status, const struct agent_dataplane_status *cleared)
{
	if (!cleared)
		return;
	take(&status->rx, cleared->rx);
	take(&status->made, cleared->made);
	take(&status->tx, cleared->tx);
	take(&status->punt, cleared->punt);
	take(&status->drop, cleared->drop);
	take(&status->consumed, cleared->consumed);
	take_ports(status, cleared);
	take_drops(status, cleared);
	take_twin(&status->gone, &cleared->gone);
	take_twin(&status->others, &cleared->others);
	for (size_t i = 0; i < cleared->twin_count; i++)
		take_twin(now_of(status, &cleared->twin[i]), &cleared->twin[i]);
}
