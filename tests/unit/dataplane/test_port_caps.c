/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From what a device says of itself to its configuration. The rows are shaped like what the drivers
 * of DPDK 22.11 report; those of af_packet, af_xdp, tap, memif, vhost and null were read from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <rte_ethdev.h>

#include "dataplane/port_caps.h"

#define RX_CKSUM   RTE_ETH_RX_OFFLOAD_IPV4_CKSUM
#define RX_SCATTER RTE_ETH_RX_OFFLOAD_SCATTER
#define RX_OTHER                                                                                   \
	(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_TCP_LRO |                              \
	    RTE_ETH_RX_OFFLOAD_KEEP_CRC | RTE_ETH_RX_OFFLOAD_RSS_HASH |                            \
	    RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_FAST RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE
#define TX_OTHER                                                                                   \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO |                              \
	    RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_VLAN_INSERT)
#define L4_HASH                                                                                    \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |          \
	    RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP)

struct row {
	const char *like;
	uint16_t queues; /* the device's */
	uint32_t max_pktlen;
	uint16_t max_mtu;
	struct rte_eth_desc_lim limit;
	uint64_t rx_capa, tx_capa, rss;
	/* what is wanted: 4 queues, 1024 descriptors, and */
	uint32_t mtu, buffer;
	/* what comes of it */
	uint16_t plan_queues, plan_descriptors;
	uint32_t plan_mtu;
	uint64_t plan_rx, plan_tx, plan_rss;
	bool cut;
	uint16_t mtu_limit; /* looked at where it is not 0 */
	const char *driver; /* where its name counts */
};

static const struct row rows[] = {
    {.like = "ixgbe",
	.queues = 128,
	.max_pktlen = 15872,
	.max_mtu = 15854,
	.limit = {.nb_max = 4096, .nb_min = 32, .nb_align = 8},
	.rx_capa = RX_CKSUM | RX_SCATTER | RX_OTHER,
	.tx_capa = TX_FAST | TX_OTHER,
	.rss = L4_HASH | RTE_ETH_RSS_IPV6_EX,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 1500,
	.plan_rx = RX_CKSUM,
	.plan_tx = TX_FAST,
	.plan_rss = L4_HASH | RTE_ETH_RSS_IPV6_EX},
    {.like = "ixgbe, jumbo in large buffers",
	.queues = 128,
	.max_pktlen = 15872,
	.max_mtu = 15854,
	.limit = {.nb_max = 4096, .nb_min = 32, .nb_align = 8},
	.rx_capa = RX_CKSUM | RX_SCATTER | RX_OTHER,
	.tx_capa = TX_FAST | TX_OTHER,
	.rss = L4_HASH,
	.mtu = 9000,
	.buffer = 9256,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 9000,
	.plan_rx = RX_CKSUM,
	.plan_tx = TX_FAST,
	.plan_rss = L4_HASH},
    {.like = "ice, jumbo in small buffers",
	.queues = 256,
	.max_pktlen = 9728,
	.max_mtu = 9702,
	.limit = {.nb_max = 4096, .nb_min = 64, .nb_align = 32},
	.rx_capa = RX_CKSUM | RX_SCATTER | RX_OTHER,
	.tx_capa = TX_FAST | TX_OTHER,
	.rss = L4_HASH | RTE_ETH_RSS_ETH,
	.mtu = 9000,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 9000,
	.plan_rx = RX_CKSUM | RX_SCATTER,
	.plan_tx = TX_FAST,
	.plan_rss = L4_HASH},
    {.like = "ice, more than it takes",
	.queues = 256,
	.max_pktlen = 9728,
	.max_mtu = 9702,
	.mtu_limit = 9702,
	.limit = {.nb_max = 4096, .nb_min = 64, .nb_align = 32},
	.rx_capa = RX_CKSUM | RX_SCATTER,
	.tx_capa = TX_FAST,
	.rss = L4_HASH,
	.mtu = 9800,
	.buffer = 10240,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 9702,
	.plan_rx = RX_CKSUM,
	.plan_tx = TX_FAST,
	.plan_rss = L4_HASH},
    {.like = "a NIC that hashes the SPI",
	.queues = 1024,
	.max_pktlen = 65536,
	.max_mtu = 65535,
	.limit = {.nb_max = 65535},
	.rx_capa = RX_CKSUM | RX_SCATTER | RX_OTHER,
	.tx_capa = TX_FAST | TX_OTHER,
	.rss = L4_HASH | RTE_ETH_RSS_ESP | RTE_ETH_RSS_L3_SRC_ONLY,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 1500,
	.plan_rx = RX_CKSUM,
	.plan_tx = TX_FAST,
	.plan_rss = L4_HASH | RTE_ETH_RSS_ESP},
    {.like = "ena, hashes ports only",
	.queues = 8,
	.max_pktlen = 9234,
	.max_mtu = 9216,
	.limit = {.nb_max = 1024, .nb_min = 128, .nb_align = 1},
	.rx_capa = RX_CKSUM | RX_SCATTER | RX_OTHER,
	.tx_capa = TX_FAST | TX_OTHER,
	.rss = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP,
	.mtu = 9001,
	.buffer = 9257,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 9001,
	.plan_rx = RX_CKSUM,
	.plan_tx = TX_FAST,
	.plan_rss = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP},
    {.like = "virtio, one queue pair",
	.queues = 1,
	.max_pktlen = 9728,
	.max_mtu = 1500,
	.limit = {.nb_max = 32768, .nb_min = 32, .nb_align = 1},
	.rx_capa = RX_OTHER,
	.tx_capa = TX_OTHER,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 1,
	.plan_descriptors = 1024,
	.plan_mtu = 1500},
    {.like = "a NIC with few, odd descriptors",
	.queues = 2,
	.max_pktlen = 1518,
	.max_mtu = 65535,
	.limit = {.nb_max = 500, .nb_min = 8, .nb_align = 32},
	.rss = L4_HASH,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 2,
	.plan_descriptors = 480,
	.plan_mtu = 1500,
	.plan_rss = L4_HASH},
    {.like = "a NIC that wants many descriptors",
	.queues = 4,
	.max_pktlen = 1518,
	.max_mtu = 65535,
	.limit = {.nb_max = 8192, .nb_min = 2048, .nb_align = 32},
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 2048,
	.plan_mtu = 1500},
    {.like = "no scattered receipt",
	.queues = 4,
	.max_pktlen = 9018,
	.max_mtu = 9000,
	.mtu = 9000,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 2022,
	.cut = true},
    {.like = "af_packet",
	.driver = "net_af_packet",
	.queues = 1,
	.max_pktlen = 1518,
	.max_mtu = 65535,
	.mtu_limit = UINT16_MAX,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.rx_capa = RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	.tx_capa = TX_OTHER,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 1,
	.plan_descriptors = 1024,
	.plan_mtu = 1500},
    {.like = "af_xdp",
	.queues = 1,
	.max_pktlen = 3560,
	.max_mtu = 3542,
	.mtu_limit = 3542,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 1,
	.plan_descriptors = 1024,
	.plan_mtu = 1500},
    {.like = "tap",
	.queues = 16,
	.max_pktlen = 1522,
	.max_mtu = 65535,
	.mtu_limit = 1504,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.rx_capa = RX_CKSUM | RX_SCATTER,
	.tx_capa = TX_OTHER,
	.rss = L4_HASH,
	.mtu = 9000,
	.buffer = 9256,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 1504,
	.plan_rx = RX_CKSUM,
	.plan_rss = L4_HASH},
    {.like = "memif",
	.driver = "net_memif",
	.queues = 255,
	.max_pktlen = 1518,
	.max_mtu = 65535,
	.mtu_limit = UINT16_MAX,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.tx_capa = TX_OTHER,
	.mtu = 9000,
	.buffer = 9256,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 1500},
    {.like = "vhost, two queues",
	.queues = 2,
	.max_pktlen = UINT32_MAX,
	.max_mtu = 65535,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.rx_capa = RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	.tx_capa = TX_OTHER,
	.mtu = 9000,
	.buffer = 9256,
	.plan_queues = 2,
	.plan_descriptors = 1024,
	.plan_mtu = 9000},
    {.like = "null",
	.queues = 1024,
	.max_pktlen = UINT32_MAX,
	.max_mtu = 65535,
	.limit = {.nb_max = 65535, .nb_align = 1},
	.rss = L4_HASH,
	.mtu = 1500,
	.buffer = 2048,
	.plan_queues = 4,
	.plan_descriptors = 1024,
	.plan_mtu = 1500,
	.plan_rss = L4_HASH},
};

static struct rte_eth_dev_info info_of(const struct row *row)
{
	return (struct rte_eth_dev_info){.driver_name = row->driver ? row->driver : "net_other",
	    .min_mtu = 68,
	    .max_mtu = row->max_mtu,
	    .max_rx_pktlen = row->max_pktlen,
	    .max_rx_queues = row->queues,
	    .max_tx_queues = row->queues,
	    .rx_desc_lim = row->limit,
	    .tx_desc_lim = row->limit,
	    .rx_offload_capa = row->rx_capa,
	    .tx_offload_capa = row->tx_capa,
	    .flow_type_rss_offloads = row->rss};
}

static void test_each_kind_of_device(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		const struct row *row = &rows[i];
		const struct rte_eth_dev_info info = info_of(row);
		const struct port_wish wish = {.queues = 4,
		    .descriptors = 1024,
		    .mtu = row->mtu,
		    .buffer_bytes = row->buffer,
		    .one_pool = true};
		struct port_plan plan;

		print_message("# %s\n", row->like);
		assert_int_equal(port_plan(&info, &wish, &plan), 0);
		assert_int_equal(plan.rx_queues, row->plan_queues);
		assert_int_equal(plan.tx_queues, row->plan_queues);
		assert_int_equal(plan.rx_descriptors, row->plan_descriptors);
		assert_int_equal(plan.tx_descriptors, row->plan_descriptors);
		assert_int_equal(plan.device_mtu, row->plan_mtu);
		assert_int_equal(plan.rx_offloads, row->plan_rx);
		assert_int_equal(plan.tx_offloads, row->plan_tx);
		assert_int_equal(plan.rss_hf, row->plan_rss);
		assert_int_equal(plan.cut_to_buffer, row->cut);
		if (row->mtu_limit)
			assert_int_equal(plan.mtu_limit, row->mtu_limit);
	}
}

static void test_one_queue_is_not_spread(void **state)
{
	const struct rte_eth_dev_info info = info_of(&rows[0]);
	const struct port_wish wish = {
	    .queues = 1, .descriptors = 1024, .mtu = 1500, .buffer_bytes = 2048};
	struct port_plan plan;

	(void)state;
	assert_int_equal(port_plan(&info, &wish, &plan), 0);
	assert_int_equal(plan.rx_queues, 1);
	assert_int_equal(plan.rss_hf, 0);
}

static void test_buffers_of_several_pools_are_released_one_by_one(void **state)
{
	const struct rte_eth_dev_info info = info_of(&rows[0]);
	const struct port_wish wish = {
	    .queues = 4, .descriptors = 1024, .mtu = 1500, .buffer_bytes = 2048, .one_pool = false};
	struct port_plan plan;

	(void)state;
	assert_int_equal(port_plan(&info, &wish, &plan), 0);
	assert_int_equal(plan.tx_offloads, 0);
}

static void test_events_are_asked_for_where_they_are_had(void **state)
{
	static const uint32_t none = RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS,
			      both = RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV;
	struct rte_eth_dev_info info = info_of(&rows[0]);
	const struct port_wish wish = {
	    .queues = 1, .descriptors = 1024, .mtu = 1500, .buffer_bytes = 2048};
	struct port_plan plan;

	(void)state;
	info.dev_flags = &none;
	assert_int_equal(port_plan(&info, &wish, &plan), 0);
	assert_false(plan.link_events || plan.remove_events);
	info.dev_flags = &both;
	assert_int_equal(port_plan(&info, &wish, &plan), 0);
	assert_true(plan.link_events && plan.remove_events);
}

/* 0 would say that nothing was lost. */
static void test_who_does_not_tell_what_was_missed_is_known(void **state)
{
	static const char *const untold[] = {"net_af_packet", "net_tap", "net_memif"},
				 *const told[] = {"net_af_xdp", "net_ixgbe", NULL};
	struct rte_eth_dev_info info = info_of(&rows[0]);
	const struct port_wish wish = {
	    .queues = 1, .descriptors = 1024, .mtu = 1500, .buffer_bytes = 2048};
	struct port_plan plan;

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(untold); i++) {
		info.driver_name = untold[i];
		assert_int_equal(port_plan(&info, &wish, &plan), 0);
		assert_true(plan.missed_untold);
		info.driver_name = told[i];
		assert_int_equal(port_plan(&info, &wish, &plan), 0);
		assert_false(plan.missed_untold);
	}
}

static void test_a_device_without_queues_is_refused(void **state)
{
	struct rte_eth_dev_info info = info_of(&rows[0]);
	const struct port_wish wish = {
	    .queues = 1, .descriptors = 1024, .mtu = 1500, .buffer_bytes = 2048};
	struct port_plan plan;

	(void)state;
	info.max_rx_queues = 0;
	assert_int_equal(port_plan(&info, &wish, &plan), -ENODEV);
	info.max_rx_queues = 1;
	info.max_tx_queues = 0;
	assert_int_equal(port_plan(&info, &wish, &plan), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_kind_of_device),
	    cmocka_unit_test(test_one_queue_is_not_spread),
	    cmocka_unit_test(test_buffers_of_several_pools_are_released_one_by_one),
	    cmocka_unit_test(test_events_are_asked_for_where_they_are_had),
	    cmocka_unit_test(test_who_does_not_tell_what_was_missed_is_known),
	    cmocka_unit_test(test_a_device_without_queues_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
