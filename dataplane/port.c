/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Start and stop of DPDK devices. No offload is asked for: checksums and lengths are made and
 * checked by us, so that every device, virtual or not, behaves the same. */
#include "dataplane/port.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>

#define DESCRIPTORS 1024

int port_find(struct port *port, const struct args_port *args)
{
	struct rte_ether_addr mac;
	uint16_t mtu;
	int rc;

	memset(port, 0, sizeof(*port));
	memcpy(port->name, args->name, sizeof(port->name));
	memcpy(port->device, args->device, sizeof(port->device));
	if (rte_eth_dev_get_port_by_name(args->device, &port->id) < 0)
		return -ENODEV;
	rc = rte_eth_macaddr_get(port->id, &mac);
	if (rc < 0)
		return rc;
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	rc = rte_eth_dev_get_mtu(port->id, &mtu);
	port->mtu = mtu;
	return rc;
}

int port_start(struct port *port, struct rte_mempool *pool, unsigned workers)
{
	struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
	struct rte_eth_dev_info info;
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	int socket = rte_eth_dev_socket_id(port->id);
	int rc = rte_eth_dev_info_get(port->id, &info);

	if (rc < 0)
		return rc;
	port->rx_queues = (uint16_t)RTE_MIN(workers, info.max_rx_queues);
	port->tx_queues = (uint16_t)RTE_MIN(workers, info.max_tx_queues);
	conf.rxmode.mtu = port->mtu;
	conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IP & info.flow_type_rss_offloads;
	if (port->rx_queues > 1 && conf.rx_adv_conf.rss_conf.rss_hf)
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	rc = rte_eth_dev_configure(port->id, port->rx_queues, port->tx_queues, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx, &tx);
	for (uint16_t q = 0; q < port->rx_queues && rc == 0; q++)
		rc = rte_eth_rx_queue_setup(port->id, q, rx, (unsigned)socket, NULL, pool);
	for (uint16_t q = 0; q < port->tx_queues && rc == 0; q++)
		rc = rte_eth_tx_queue_setup(port->id, q, tx, (unsigned)socket, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(port->id);
	if (rc < 0)
		return rc;
	/* For neighbour discovery; a device that cannot select multicast receives it anyway. */
	(void)rte_eth_allmulticast_enable(port->id);
	port_refresh(port);
	return 0;
}

void port_stop(struct port *port)
{
	(void)rte_eth_dev_stop(port->id);
	(void)rte_eth_dev_close(port->id);
}

bool port_refresh(struct port *port)
{
	struct rte_eth_link link = {0};
	bool up;
	uint32_t speed;

	if (rte_eth_link_get_nowait(port->id, &link) < 0)
		return false;
	up = link.link_status == RTE_ETH_LINK_UP;
	speed = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	if (up == port->link_up && speed == port->speed_mbps)
		return false;
	port->link_up = up;
	port->speed_mbps = speed;
	return true;
}
