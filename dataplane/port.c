/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Start and stop of DPDK devices, as port_caps.c decided. Promiscuous mode is never entered: the
 * kernel twin bears the port's own MAC. */
#include "dataplane/port.h"

#include <errno.h>
#include <inttypes.h>
#include <rte_ethdev.h>
#include <string.h>

#include "common/log.h"
#include "dataplane/port_kernel.h"

/* The frame's room beside its IP bytes: header, two VLAN tags, checksum. */
#define FRAME_BYTES (RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + RTE_ETHER_CRC_LEN)

/* Run by EAL's interrupt thread: notes, and leaves the answer to port_watch(). */
static int on_event(uint16_t id, enum rte_eth_event_type event, void *arg, void *details)
{
	struct port *port = arg;

	(void)id;
	(void)details;
	if (event == RTE_ETH_EVENT_INTR_LSC)
		atomic_fetch_add(&port->link_events, 1);
	else
		atomic_store(&port->lost, true);
	return 0;
}

static const enum rte_eth_event_type events[] = {
    RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV, RTE_ETH_EVENT_INTR_RESET};

static void listen_to_events(struct port *port)
{
	for (size_t i = 0; i < RTE_DIM(events); i++)
		(void)rte_eth_dev_callback_register(port->id, events[i], on_event, port);
}

static void stop_listening(struct port *port)
{
	for (size_t i = 0; i < RTE_DIM(events); i++)
		(void)rte_eth_dev_callback_unregister(port->id, events[i], on_event, port);
}

/* The MTU that the device came with: the kernel's word where the kernel has one. */
static int read_mtu(struct port *port)
{
	struct port_kernel kernel;
	uint16_t mtu;
	int rc;

	if (port->if_index && port_kernel_look(port->if_index, &kernel) == 0) {
		port->mtu = kernel.mtu;
		return 0;
	}
	rc = rte_eth_dev_get_mtu(port->id, &mtu);
	port->mtu = rc < 0 ? 0 : mtu;
	return rc;
}

int port_find(struct port *port, const struct args_port *args)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	int rc;

	memset(port, 0, sizeof(*port));
	memcpy(port->name, args->name, sizeof(port->name));
	memcpy(port->device, args->device, sizeof(port->device));
	if (rte_eth_dev_get_port_by_name(args->device, &port->id) < 0)
		return -ENODEV;
	rc = rte_eth_macaddr_get(port->id, &mac);
	if (rc == 0)
		rc = rte_eth_dev_info_get(port->id, &info);
	if (rc < 0)
		return rc;
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	port->socket = rte_eth_dev_socket_id(port->id);
	port->if_index = info.if_index;
	port->mtu_given = args->mtu != 0;
	port->mtu = args->mtu;
	return args->mtu ? 0 : read_mtu(port);
}

static int set_up_queues(struct port *port, struct rte_mempool *pool)
{
	const struct port_plan *plan = &port->plan;
	unsigned socket = (unsigned)port->socket;
	int rc = 0;

	for (uint16_t q = 0; q < plan->rx_queues && rc == 0; q++)
		rc = rte_eth_rx_queue_setup(port->id, q, plan->rx_descriptors, socket, NULL, pool);
	for (uint16_t q = 0; q < plan->tx_queues && rc == 0; q++)
		rc = rte_eth_tx_queue_setup(port->id, q, plan->tx_descriptors, socket, NULL);
	return rc;
}

static int configure(struct port *port, struct rte_mempool *pool)
{
	const struct port_plan *plan = &port->plan;
	struct rte_eth_conf conf = {
	    .rxmode = {.mq_mode = plan->rss_hf ? RTE_ETH_MQ_RX_RSS : RTE_ETH_MQ_RX_NONE,
		.mtu = plan->device_mtu,
		.offloads = plan->rx_offloads},
	    .txmode = {.offloads = plan->tx_offloads},
	    .rx_adv_conf = {.rss_conf = {.rss_hf = plan->rss_hf}},
	    .intr_conf = {.lsc = plan->link_events, .rmv = plan->remove_events},
	};
	int rc = rte_eth_dev_configure(port->id, plan->rx_queues, plan->tx_queues, &conf);

	return rc < 0 ? rc : set_up_queues(port, pool);
}

/* Gives the device an MTU that stands on the command line. A device without such a call (memif)
 * takes whatever comes. */
static int set_given_mtu(struct port *port)
{
	int rc = rte_eth_dev_set_mtu(port->id, (uint16_t)port->mtu);

	if (rc == 0 || rc == -ENOTSUP)
		return 0;
	log_error("port %s event=start-failed reason=\"the device refuses an MTU of %u: %s\"",
	    port->name, port->mtu, strerror(-rc));
	return rc;
}

static void log_start(const struct port *port)
{
	const struct port_plan *plan = &port->plan;

	log_info("port %s event=started device=%s mtu=%u link=%s queues=%u/%u descriptors=%u/%u "
		 "node=%d rss=%#" PRIx64 " rx-offloads=%#" PRIx64 " tx-offloads=%#" PRIx64,
	    port->name, port->device, port->mtu, port->link_up ? "up" : "down", plan->rx_queues,
	    plan->tx_queues, plan->rx_descriptors, plan->tx_descriptors, port->socket, plan->rss_hf,
	    plan->rx_offloads, plan->tx_offloads);
}

int port_start(struct port *port, struct rte_mempool *pool, const struct port_wish *wish)
{
	struct port_wish own = *wish;
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(port->id, &info);

	own.mtu = port->mtu;
	if (rc == 0)
		rc = port_plan(&info, &own, &port->plan);
	port->rx_queues = port->plan.rx_queues;
	port->tx_queues = port->plan.tx_queues;
	if (rc == 0)
		rc = configure(port, pool);
	if (rc == 0 && port->mtu_given && port->mtu != port->plan.device_mtu) {
		rc = set_given_mtu(port);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		rc = rte_eth_dev_start(port->id);
	if (rc < 0) {
		log_error("port %s event=start-failed reason=\"%s\"", port->name, strerror(-rc));
		return rc;
	}
	port->started = true;
	port->room = RTE_MIN(wish->buffer_bytes - FRAME_BYTES, port->plan.mtu_limit);
	/* For neighbour discovery; a device that cannot select multicast receives it anyway. */
	(void)rte_eth_allmulticast_enable(port->id);
	listen_to_events(port);
	(void)port_watch(port);
	log_start(port);
	return 0;
}

void port_stop(struct port *port)
{
	if (!port->started)
		return;
	stop_listening(port);
	(void)rte_eth_dev_stop(port->id);
	(void)rte_eth_dev_close(port->id);
	port->started = false;
}
