/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From what a device can and what we want to how it is configured. Pure: values in, values out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rte_eth_dev_info;

struct port_wish {
	uint16_t queues;       /* of either direction: one for each worker */
	uint16_t descriptors;  /* of one queue */
	uint32_t mtu;          /* IP bytes */
	uint32_t buffer_bytes; /* room of one packet buffer behind its headroom */
	bool one_pool;         /* every packet handed to this port comes from the same pool */
};

struct port_plan {
	uint16_t rx_queues, tx_queues;           /* as many as asked for, or what the device has */
	uint16_t rx_descriptors, tx_descriptors; /* of one queue */
	uint32_t device_mtu; /* what the device is told: within the limits it speaks of */
	uint32_t mtu_limit;  /* what it can really do, whatever it is told or its interface has */
	uint64_t rx_offloads, tx_offloads; /* RTE_ETH_RX_OFFLOAD_*, RTE_ETH_TX_OFFLOAD_* */
	uint64_t
	    rss_hf; /* RTE_ETH_RSS_* the device spreads its receive queues by; 0: it does not */
	bool link_events;   /* it tells when its link changes */
	bool remove_events; /* it tells when it is taken out */
	bool missed_untold; /* its driver does not tell what was lost for want of descriptors */
	bool cut_to_buffer; /* device_mtu is smaller than wanted, as nothing larger fits a buffer */
};

/* 0; -ENODEV: the device has no queue to receive or to send. */
int port_plan(
    const struct rte_eth_dev_info *info, const struct port_wish *wish, struct port_plan *plan);
