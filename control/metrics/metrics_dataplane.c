/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metrics of the dataplane: every packet's fate, and the ports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/metrics/metrics_internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct port {
	char name[16];
	uint64_t up, mtu, speed, rx_packets, rx_bytes, tx_packets, tx_bytes, punted, injected;
	uint64_t rx_errors, tx_failed, link_downs;
};

static const struct metric port_metrics[] = {
    {"cgw_port_up", "gauge", "Whether the port's link is up.", {0}, offsetof(struct port, up)},
    {"cgw_port_mtu_bytes", "gauge", "Largest IP packet of the port.", {0},
	offsetof(struct port, mtu)},
    {"cgw_port_speed_bytes_per_second", "gauge", "Speed of the link, 0 = not known.", {0},
	offsetof(struct port, speed)},
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
    {"cgw_port_receive_errors_total", "counter", "Broken frames, by the device's own count.", {0},
	offsetof(struct port, rx_errors)},
    {"cgw_port_transmit_failed_packets_total", "counter", "Frames that the device did not take.",
	{0}, offsetof(struct port, tx_failed)},
    {"cgw_port_link_losses_total", "counter", "Times the link was lost, however shortly.", {0},
	offsetof(struct port, link_downs)},
};

/* Only of ports whose device tells: 0 would say that nothing was lost. */
static void write_missed(struct text *out, const struct agent_dataplane_status *status)
{
	static const char family[] = "cgw_port_receive_missed_packets_total";

	exposition_family(out, family, "counter",
	    "Frames that the device had no descriptor or buffer for; of devices that tell.");
	for (size_t i = 0; i < status->port_count && i < COUNT(status->port); i++) {
		struct exposition_label port = {"port", status->port[i].name};

		if (!status->port[i].missed_untold)
			exposition_sample(out, family, &port, 1, status->port[i].rx_missed);
	}
}

struct worker {
	char number[4];
	uint64_t up, packets, polls, to_kernel, from_kernel, from_workers;
};

static const struct metric worker_metrics[] = {
    {"cgw_worker_up", "gauge", "Whether the worker takes packets, idle or busy.", {0},
	offsetof(struct worker, up)},
    {"cgw_worker_packets_total", "counter", "Packets that its polls brought.", {0},
	offsetof(struct worker, packets)},
    {"cgw_worker_busy_polls_total", "counter", "Polls that brought packets.", {0},
	offsetof(struct worker, polls)},
    {"cgw_worker_waiting_packets", "gauge", "Packets that wait in its rings.",
	{"ring", "to_kernel"}, offsetof(struct worker, to_kernel)},
    {NULL, NULL, NULL, {"ring", "from_kernel"}, offsetof(struct worker, from_kernel)},
    {NULL, NULL, NULL, {"ring", "from_workers"}, offsetof(struct worker, from_workers)},
};

static void write_workers(struct text *out, const struct agent_dataplane_status *status)
{
	static const char busy[] = "cgw_worker_busy_seconds_total";
	struct worker workers[COUNT(status->worker)] = {0};
	size_t count = 0;

	for (; count < status->worker_count && count < COUNT(workers); count++) {
		const struct agent_worker_status *from = &status->worker[count];

		workers[count] = (struct worker){"", !from->still, from->polled, from->busy_polls,
		    from->ring_to_kernel, from->ring_from_kernel, from->ring_handover};
		snprintf(workers[count].number, sizeof(workers[count].number), "%u",
		    (unsigned)(count % COUNT(workers)));
	}
	metrics_table(out, worker_metrics, COUNT(worker_metrics), "worker", workers, count,
	    sizeof(workers[0]));
	exposition_family(out, busy, "counter", "Time spent on polls that brought packets.");
	for (size_t i = 0; i < count; i++)
		text_printf(out, "%s{worker=\"%s\"} %.6f\n", busy, workers[i].number,
		    (double)status->worker[i].busy_nsec / 1e9);
}

static void write_room(struct text *out, const struct agent_dataplane_status *status)
{
	if (status->buffers) {
		exposition_single(out, "cgw_packet_buffers", "gauge", "Packet buffers there are.",
		    status->buffers);
		exposition_single(out, "cgw_packet_buffers_used", "gauge",
		    "Packet buffers in use, those in receive queues among them.",
		    status->buffers_used);
	}
	exposition_single(out, "cgw_removed_tunnels_to_kernel_packets_total", "counter",
	    "Packets given to the kernel of tunnels that are no more.", status->gone.punted);
	exposition_single(out, "cgw_removed_tunnels_from_kernel_packets_total", "counter",
	    "Packets the kernel sent into tunnels that are no more.", status->gone.injected);
}

static void write_ports(struct text *out, const struct agent_dataplane_status *status)
{
	struct port ports[COUNT(status->port)];
	size_t count = 0;

	for (; count < status->port_count && count < COUNT(ports); count++) {
		const struct agent_port_status *from = &status->port[count];
		struct port *to = &ports[count];

		*to = (struct port){"", from->up, from->mtu, from->speed_mbps * UINT64_C(125000),
		    from->rx_packets, from->rx_bytes, from->tx_packets, from->tx_bytes,
		    from->punted, from->injected, from->rx_errors, from->tx_failed,
		    from->link_downs};
		memcpy(to->name, from->name, sizeof(to->name));
	}
	metrics_table(
	    out, port_metrics, COUNT(port_metrics), "port", ports, count, sizeof(ports[0]));
	write_missed(out, status);
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
	exposition_single(out, "cgw_packets_in_flight", "gauge",
	    "Packets between two threads, in encryption, or fragments that wait for others.",
	    status->in_flight);
	write_drops(out, status);
	write_workers(out, status);
	write_room(out, status);
	write_ports(out, status);
	free(status);
}
