/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metrics of the dataplane: every packet's fate, and the ports. */
#include <stdlib.h>
#include <string.h>

#include "control/metrics/metrics_internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct port {
	char name[16];
	uint64_t up, mtu, rx_packets, rx_bytes, tx_packets, tx_bytes, punted, injected;
};

static const struct metric port_metrics[] = {
    {"cgw_port_up", "gauge", "Whether the port's link is up.", {0}, offsetof(struct port, up)},
    {"cgw_port_mtu_bytes", "gauge", "Largest IP packet of the port.", {0},
	offsetof(struct port, mtu)},
    {"cgw_port_receive_packets_total", "counter", "Frames received.", {0},
	offsetof(struct port, rx_packets)},
    {"cgw_port_receive_bytes_total", "counter", "Bytes received.", {0},
	offsetof(struct port, rx_bytes)},
    {"cgw_port_transmit_packets_total", "counter", "Frames transmitted.", {0},
	offsetof(struct port, tx_packets)},
    {"cgw_port_transmit_bytes_total", "counter", "Bytes transmitted.", {0},
	offsetof(struct port, tx_bytes)},
    {"cgw_port_to_kernel_packets_total", "counter", "Frames of it given to the kernel.", {0},
	offsetof(struct port, punted)},
    {"cgw_port_from_kernel_packets_total", "counter", "Frames of the kernel that left by it.", {0},
	offsetof(struct port, injected)},
};

static void write_ports(struct text *out, const struct agent_dataplane_status *status)
{
	struct port ports[COUNT(status->port)];
	size_t count = 0;

	for (; count < status->port_count && count < COUNT(ports); count++) {
		const struct agent_port_status *from = &status->port[count];
		struct port *to = &ports[count];

		*to = (struct port){"", from->up, from->mtu, from->rx_packets, from->rx_bytes,
		    from->tx_packets, from->tx_bytes, from->punted, from->injected};
		memcpy(to->name, from->name, sizeof(to->name));
	}
	metrics_table(
	    out, port_metrics, COUNT(port_metrics), "port", ports, count, sizeof(ports[0]));
}

static void write_drops(struct text *out, const struct agent_dataplane_status *status)
{
	static const char family[] = "cgw_packets_dropped_total";

	exposition_family(out, family, "counter", "Packets dropped, by reason.");
	for (size_t i = 0; i < status->drop_count && i < COUNT(status->drop_reason); i++) {
		struct exposition_label reason = {"reason", status->drop_reason[i].name};

		exposition_sample(out, family, &reason, 1, status->drop_reason[i].packets);
	}
}

void metrics_dataplane(struct text *out, struct agent *agent)
{
	struct agent_dataplane_status *status = calloc(1, sizeof(*status));

	if (!status) {
		out->bad = true;
		return;
	}
	agent_dataplane(agent, status);
	exposition_single(
	    out, "cgw_dataplane_up", "gauge", "Whether the dataplane is running.", status->alive);
	exposition_single(out, "cgw_config_generation", "gauge",
	    "Generation of the tables written.", status->generation);
	exposition_single(out, "cgw_config_applied_generation", "gauge",
	    "Generation of the tables that the dataplane has taken.", status->applied_generation);
	exposition_single(out, "cgw_packets_received_total", "counter",
	    "Packets received by all ports and from the kernel.", status->rx);
	exposition_single(out, "cgw_packets_made_total", "counter",
	    "Packets made: fragments of our own.", status->made);
	exposition_single(out, "cgw_packets_transmitted_total", "counter",
	    "Packets transmitted by all ports.", status->tx);
	exposition_single(out, "cgw_packets_to_kernel_total", "counter",
	    "Packets given to the kernel.", status->punt);
	exposition_single(out, "cgw_packets_consumed_total", "counter",
	    "Packets used up: fragments put together.", status->consumed);
	write_drops(out, status);
	write_ports(out, status);
	free(status);
}
