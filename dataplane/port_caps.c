/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is asked of a device, and why:
 *   - the check of the IPv4 header's checksum on receipt, where it is had;
 *   - scattered receipt only where a frame may be larger than a buffer: it is the slower path of
 *     most drivers, and a whole frame in one buffer is what the cryptography needs;
 *   - receive queues by a hash of addresses and ports, and of the SPI of ESP that is not in UDP;
 *   - fast release of sent buffers where all come from one pool. Every packet we send is of one
 *     segment and held once (dataplane/packet.h), and direct unless a port was told to receive into
 *     memory of its own, which docs/nics.md warns of.
 * Never asked for: segmentation and coalescing (TSO, LRO: a gateway forwards packets as they are),
 * checksums on transmit (headers are made from templates and brought up to date by difference),
 * removal of VLAN tags, packets of many segments. */
#include "dataplane/port_caps.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <string.h>

#define L2_BYTES   (RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN)
#define VLAN_BYTES (2 * RTE_VLAN_HLEN) /* a frame may bear two tags beside its MTU */

/* Fragments, and ports that are not there, are spread by addresses alone. */
#define RSS_WANTED (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_ESP)

static uint16_t at_most(unsigned wanted, unsigned limit)
{
	return (uint16_t)(wanted < limit ? wanted : limit);
}

/* The nearest number of descriptors that the device takes. */
static uint16_t descriptors(const struct rte_eth_desc_lim *limit, uint16_t wanted)
{
	unsigned align = limit->nb_align ? limit->nb_align : 1;
	unsigned n = RTE_ALIGN_MUL_CEIL((unsigned)wanted, align);

	if (limit->nb_max && n > limit->nb_max)
		n = RTE_ALIGN_MUL_FLOOR((unsigned)limit->nb_max, align);
	if (n < limit->nb_min)
		n = limit->nb_min;
	return at_most(n, UINT16_MAX);
}

/* What the device counts as frame beside its MTU: a driver that knows says so by its two limits. */
static uint32_t frame_overhead(const struct rte_eth_dev_info *info)
{
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		return info->max_rx_pktlen - info->max_mtu;
	return L2_BYTES;
}

/* af_packet and memif speak of frames of 1518 bytes, however large those are that they were made
 * for: of af_packet, `framesz` and the kernel's MTU decide, memif chains its slots. */
static bool limit_is_true(const struct rte_eth_dev_info *info)
{
	return !info->driver_name || (strcmp(info->driver_name, "net_af_packet") != 0 &&
					 strcmp(info->driver_name, "net_memif") != 0);
}

/* Drivers of DPDK 22.11 that leave `imissed` at 0: whoever is behind them (the kernel, a peer, a
 * host) drops, and they do not ask how much. */
static bool missed_is_untold(const struct rte_eth_dev_info *info)
{
	static const char *const drivers[] = {
	    "net_af_packet", "net_tap", "net_memif", "net_vhost", "net_virtio", "net_virtio_user"};

	for (unsigned i = 0; info->driver_name && i < RTE_DIM(drivers); i++)
		if (strcmp(info->driver_name, drivers[i]) == 0)
			return true;
	return false;
}

static uint32_t device_mtu(const struct rte_eth_dev_info *info, uint32_t wanted)
{
	uint32_t overhead = frame_overhead(info), mtu = wanted;

	if (info->max_mtu && mtu > info->max_mtu)
		mtu = info->max_mtu;
	if (info->max_rx_pktlen > overhead && mtu > info->max_rx_pktlen - overhead)
		mtu = info->max_rx_pktlen - overhead;
	return mtu < info->min_mtu ? info->min_mtu : mtu;
}

int port_plan(
    const struct rte_eth_dev_info *info, const struct port_wish *wish, struct port_plan *plan)
{
	uint32_t room = wish->buffer_bytes - L2_BYTES - VLAN_BYTES;

	memset(plan, 0, sizeof(*plan));
	plan->rx_queues = at_most(wish->queues, info->max_rx_queues);
	plan->tx_queues = at_most(wish->queues, info->max_tx_queues);
	if (!plan->rx_queues || !plan->tx_queues)
		return -ENODEV;
	plan->rx_descriptors = descriptors(&info->rx_desc_lim, wish->descriptors);
	plan->tx_descriptors = descriptors(&info->tx_desc_lim, wish->descriptors);
	plan->device_mtu = device_mtu(info, wish->mtu);
	plan->mtu_limit = limit_is_true(info) ? device_mtu(info, UINT16_MAX) : UINT16_MAX;
	plan->rx_offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
	if (plan->device_mtu > room && info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) {
		plan->rx_offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	} else if (plan->device_mtu > room) {
		plan->device_mtu = room;
		plan->cut_to_buffer = true;
	}
	if (wish->one_pool)
		plan->tx_offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	if (plan->rx_queues > 1)
		plan->rss_hf = info->flow_type_rss_offloads & RSS_WANTED;
	plan->link_events = info->dev_flags && *info->dev_flags & RTE_ETH_DEV_INTR_LSC;
	plan->missed_untold = missed_is_untold(info);
	plan->remove_events = info->dev_flags && *info->dev_flags & RTE_ETH_DEV_INTR_RMV;
	return 0;
}
