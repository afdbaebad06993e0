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
};

static const struct row rows[] = {
    {"ixgbe", 128, 15872, 15854, {.nb_max = 4096, .nb_min = 32, .nb_align = 8},
	RX_CKSUM | RX_SCATTER | RX_OTHER, TX_FAST | TX_OTHER, L4_HASH | RTE_ETH_RSS_IPV6_EX, 1500,
	2048, 4, 1024, 1500, RX_CKSUM, TX_FAST, L4_HASH | RTE_ETH_RSS_IPV6_EX, false},
    {"ixgbe, jumbo in large buffers", 128, 15872, 15854,
	{.nb_max = 4096, .nb_min = 32, .nb_align = 8}, RX_CKSUM | RX_SCATTER | RX_OTHER,
	TX_FAST | TX_OTHER, L4_HASH, 9000, 9256, 4, 1024, 9000, RX_CKSUM, TX_FAST, L4_HASH, false},
    {"ice, jumbo in small buffers", 256, 9728, 9702, {.nb_max = 4096, .nb_min = 64, .nb_align = 32},
	RX_CKSUM | RX_SCATTER | RX_OTHER, TX_FAST | TX_OTHER, L4_HASH | RTE_ETH_RSS_ETH, 9000, 2048,
	4, 1024, 9000, RX_CKSUM | RX_SCATTER, TX_FAST, L4_HASH, false},
    {"ice, more than it takes", 256, 9728, 9702, {.nb_max = 4096, .nb_min = 64, .nb_align = 32},
	RX_CKSUM | RX_SCATTER, TX_FAST, L4_HASH, 9800, 10240, 4, 1024, 9702, RX_CKSUM, TX_FAST,
	L4_HASH, false},
    {"mlx5, hashes the SPI", 1024, 65536, 65535, {.nb_max = 65535},
	RX_CKSUM | RX_SCATTER | RX_OTHER, TX_FAST | TX_OTHER,
	L4_HASH | RTE_ETH_RSS_ESP | RTE_ETH_RSS_L3_SRC_ONLY, 1500, 2048, 4, 1024, 1500, RX_CKSUM,
	TX_FAST, L4_HASH | RTE_ETH_RSS_ESP, false},
    {"ena, hashes ports only", 8, 9234, 9216, {.nb_max = 1024, .nb_min = 128, .nb_align = 1},
	RX_CKSUM | RX_SCATTER | RX_OTHER, TX_FAST | TX_OTHER,
	RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP, 9001, 9257, 4, 1024, 9001,
	RX_CKSUM, TX_FAST, RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP, false},
    {"virtio, one queue pair", 1, 9728, 1500, {.nb_max = 32768, .nb_min = 32, .nb_align = 1},
	RX_OTHER, TX_OTHER, 0, 1500, 2048, 1, 1024, 1500, 0, 0, 0, false},
    {"a NIC with few, odd descriptors", 2, 1518, 65535,
	{.nb_max = 500, .nb_min = 8, .nb_align = 32}, 0, 0, L4_HASH, 1500, 2048, 2, 480, 1500, 0, 0,
	L4_HASH, false},
    {"a NIC that wants many descriptors", 4, 1518, 65535,
	{.nb_max = 8192, .nb_min = 2048, .nb_align = 32}, 0, 0, 0, 1500, 2048, 4, 2048, 1500, 0, 0,
	0, false},
    {"no scattered receipt", 4, 9018, 9000, {0}, 0, 0, 0, 9000, 2048, 4, 1024, 2022, 0, 0, 0, true},
    {"af_packet", 1, 1518, 65535, {.nb_max = 65535, .nb_align = 1}, RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
	TX_OTHER, 0, 1500, 2048, 1, 1024, 1500, 0, 0, 0, false},
    {"af_xdp", 1, 3560, 3542, {.nb_max = 65535, .nb_align = 1}, 0, 0, 0, 1500, 2048, 1, 1024, 1500,
	0, 0, 0, false},
    {"tap", 16, 1522, 65535, {.nb_max = 65535, .nb_align = 1}, RX_CKSUM | RX_SCATTER, TX_OTHER,
	L4_HASH, 9000, 9256, 4, 1024, 1504, RX_CKSUM, 0, L4_HASH, false},
    {"memif", 255, 1518, 65535, {.nb_max = 65535, .nb_align = 1}, 0, TX_OTHER, 0, 9000, 9256, 4,
	1024, 1500, 0, 0, 0, false},
    {"vhost, two queues", 2, UINT32_MAX, 65535, {.nb_max = 65535, .nb_align = 1},
	RTE_ETH_RX_OFFLOAD_VLAN_STRIP, TX_OTHER, 0, 9000, 9256, 2, 1024, 9000, 0, 0, 0, false},
    {"null", 1024, UINT32_MAX, 65535, {.nb_max = 65535, .nb_align = 1}, 0, 0, L4_HASH, 1500, 2048,
	4, 1024, 1500, 0, 0, L4_HASH, false},
};

static struct rte_eth_dev_info info_of(const struct row *row)
{
	return (struct rte_eth_dev_info){.min_mtu = 68,
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
	    cmocka_unit_test(test_a_device_without_queues_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
