/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A port while it runs: link, MTU, loss of the device. The device is a net_ring, whose link is set
 * by its own call, or a net_null, which takes an MTU; events of the interrupt thread are set by
 * hand. The packets that meet a lost port are in test_worker's rig. */
#include <rte_dev.h>

#include "dataplane/port.h"
#include "dataplane/port_kernel.h"
#include "tests/unit/dataplane/rig.h"

static unsigned watch(struct rig *rig)
{
	return port_watch(&rig->port);
}

static void test_link_that_comes_and_goes(void **state)
{
	struct rig *rig = *state;

	(void)watch(rig);
	assert_true(rig->port.link_up);
	assert_int_equal(watch(rig), 0);
	assert_int_equal(rte_eth_dev_set_link_down(rig->port.id), 0);
	assert_int_equal(watch(rig), PORT_CHANGED_LINK);
	assert_false(rig->port.link_up);
	assert_int_equal(rig->port.link_downs, 1);
	assert_int_equal(watch(rig), 0);
	assert_int_equal(rte_eth_dev_set_link_up(rig->port.id), 0);
	assert_int_equal(watch(rig), PORT_CHANGED_LINK);
	assert_true(rig->port.link_up);
	assert_int_equal(rig->port.link_downs, 1);
}

static void test_S07_a_flap_between_two_looks_is_counted(void **state)
{
	struct rig *rig = *state;

	(void)watch(rig);
	atomic_fetch_add(&rig->port.link_events, 2); /* down and up again */
	assert_int_equal(watch(rig), PORT_CHANGED_LINK);
	assert_true(rig->port.link_up);
	assert_int_equal(rig->port.link_downs, 1);
	assert_int_equal(watch(rig), 0);
}

static void test_mtu_is_followed_up_to_what_buffers_hold(void **state)
{
	struct rig *rig = *state;
	struct port port;
	const struct args_port args = {.name = "lan2", .device = "net_null0"};

	assert_int_equal(rte_dev_probe("vdev:net_null0"), 0);
	assert_int_equal(port_find(&port, &args), 0);
	assert_int_equal(port.mtu, 1500);
	assert_int_equal(
	    port_start(&port, rig->pool,
		&(struct port_wish){.queues = 1, .descriptors = 64, .buffer_bytes = 2048}),
	    0);
	assert_int_equal(rte_eth_dev_set_mtu(port.id, 1400), 0);
	assert_int_equal(port_watch(&port), PORT_CHANGED_MTU);
	assert_int_equal(port.mtu, 1400);
	assert_int_equal(port_watch(&port), 0);
	assert_int_equal(rte_eth_dev_set_mtu(port.id, 9000), 0);
	assert_int_equal(port_watch(&port), PORT_CHANGED_MTU);
	assert_int_equal(port.mtu, port.room);
	assert_int_equal(port.room, 2048 - 14 - 8 - 4);
	assert_int_equal(port_watch(&port), 0);
	port.mtu_given = true;
	assert_int_equal(rte_eth_dev_set_mtu(port.id, 1300), 0);
	assert_int_equal(port_watch(&port), 0);
	(void)rte_eth_dev_stop(port.id);
}

static void test_S08_a_lost_device_is_not_touched_again(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[64];
	unsigned bytes = rig_packet(ip, RIG_VPC_HOST, RIG_LAN_HOST, 64);

	(void)watch(rig);
	assert_true(port_usable(&rig->port));
	rig_inject(rig, rig_frame(rig, ip, bytes));
	atomic_store(&rig->port.lost, true);
	assert_false(port_usable(&rig->port));
	/* Nothing is received any more, and what is to be sent is dropped under its name. */
	worker_poll(&rig->worker);
	assert_int_equal(counter_get(&rig->worker.counters.rx), 0);
	worker_tx(&rig->worker, rig_frame(rig, ip, bytes), 0);
	worker_poll(&rig->worker);
	assert_int_equal(rig_dropped(rig, DROP_PORT_LOST), 1);
	/* Said once; the state is down whatever the device might say. */
	assert_int_equal(watch(rig), PORT_CHANGED_LINK);
	assert_false(rig->port.link_up);
	assert_int_equal(rig->port.link_downs, 1);
	assert_int_equal(watch(rig), 0);
	rig_collect(rig);
	assert_int_equal(rig->frames, 1); /* the one that was put in: nobody took it, nobody sent */
}

static void test_a_checksum_that_the_device_found_good_is_not_computed_again(void **state)
{
	static const struct {
		uint64_t flags;
		unsigned sent;
	} rows[] = {
	    {0, 0},
	    {RTE_MBUF_F_RX_IP_CKSUM_BAD, 0},
	    {RTE_MBUF_F_RX_IP_CKSUM_NONE, 0}, /* both bits: nothing is known */
	    {RTE_MBUF_F_RX_IP_CKSUM_GOOD, 1},
	    /* A tunnel's packet: the inner header is good, this one is not. */
	    {RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD, 0},
	};
	struct rig *rig = *state;
	uint64_t dropped = 0;
	uint8_t ip[64];
	unsigned bytes = rig_packet(ip, RIG_VPC_HOST, RIG_LAN_HOST, 64);

	ip[10] ^= 1; /* wrong: what is computed says so, what the device says is seen to count */
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct rte_mbuf *m = rig_frame(rig, ip, bytes);

		m->ol_flags |= rows[i].flags;
		rig_inject(rig, m);
		assert_int_equal(rig_poll(rig), rows[i].sent);
		dropped += !rows[i].sent;
		assert_int_equal(rig_dropped(rig, (enum drop_reason)PKT_DROP_CHECKSUM), dropped);
	}
	rig_assert_accounts(rig);
}

static void test_kernel_interface(void **state)
{
	struct port_kernel look;

	(void)state;
	assert_int_equal(port_kernel_look(1, &look), 0); /* lo, in every namespace */
	assert_true(look.mtu >= 68);
	assert_int_equal(port_kernel_look(UINT32_MAX >> 1, &look), -ENODEV);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_link_that_comes_and_goes),
	    RIG_TEST(test_S07_a_flap_between_two_looks_is_counted),
	    RIG_TEST(test_mtu_is_followed_up_to_what_buffers_hold),
	    RIG_TEST(test_S08_a_lost_device_is_not_touched_again),
	    RIG_TEST(test_a_checksum_that_the_device_found_good_is_not_computed_again),
	    cmocka_unit_test(test_kernel_interface),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
