/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's tables as the cache shows them, and what requests do to the kernel; ip(8) is the
 * other opinion. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "control/sys/netlink.h"
#include "control/sys/netlink_table.h"
#include "tests/unit/sys/netns.h"

/* In place of the library's: fails so many times, after so many that go well. */
static unsigned good_answers, bad_answers;
static int bad_errno;

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t bytes)
{
	if (bad_answers && good_answers-- == 0) {
		bad_answers--;
		good_answers = 0;
		errno = bad_errno;
		return -1;
	}
	return recv(mnl_socket_get_fd(socket), buffer, bytes, 0);
}

static void fail_answers(unsigned after, unsigned times, int error)
{
	good_answers = after;
	bad_answers = times;
	bad_errno = error;
}

static uv_loop_t loop;
static struct netlink *nl;
static unsigned changes;

static void on_changed(void *ctx)
{
	changes++;
}

/* What comes of it is looked at where it matters. */
static void shell(const char *commands)
{
	int rc = system(commands);

	(void)rc;
}

static int setup(void **state)
{
	if (!netns_enter())
		return 0;
	shell("ip link add name left0 type veth peer name right0 && ip link set left0 up && "
	      "ip link set right0 up "
	      "&& ip addr add 192.0.2.1/24 dev left0");
	changes = 0;
	return uv_loop_init(&loop) || netlink_open(&loop, on_changed, NULL, &nl);
}

static int teardown(void **state)
{
	if (!netns_enter())
		return 0;
	netlink_close(nl);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	shell("ip link del left0");
	return uv_loop_close(&loop);
}

static void on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* Runs the loop for a while. */
static void run(unsigned msec)
{
	uv_timer_t timer;

	uv_update_time(&loop); /* what the test did meanwhile took its time */
	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, on_deadline, msec, 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static const struct netlink_route *route(const char *text, uint32_t metric)
{
	struct ip_prefix p = prefix(text);
	size_t count;
	const struct netlink_route *routes = netlink_routes(nl, &count);

	for (size_t i = 0; i < count; i++)
		if (routes[i].metric == metric && ip_prefix_equal(&routes[i].prefix, &p))
			return &routes[i];
	return NULL;
}

static uint32_t index_of(const char *name)
{
	const struct netlink_link *link = netlink_link_by_name(nl, name);

	assert_non_null(link);
	return link->index;
}

static bool has_addr(const char *text)
{
	struct ip_prefix p = prefix(text);
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(nl, &count);

	for (size_t i = 0; i < count; i++)
		if (ip_prefix_equal(&addrs[i].address, &p))
			return true;
	return false;
}

#define NEED_NETNS()                                                                               \
	do {                                                                                       \
		if (!netns_enter())                                                                \
			skip();                                                                    \
	} while (0)

static void test_tables_hold_what_was_there_before(void **state)
{
	const struct netlink_link *link;

	NEED_NETNS();
	link = netlink_link_by_name(nl, "left0");
	assert_non_null(link);
	assert_true(link->up);
	assert_int_equal(link->mtu, 1500);
	assert_ptr_equal(netlink_link_by_index(nl, link->index), link);
	assert_true(has_addr("192.0.2.1/24"));
	assert_non_null(route("192.0.2.0/24", 0));
	assert_int_equal(route("192.0.2.0/24", 0)->hop[0].index, link->index);
	assert_null(netlink_link_by_name(nl, "none"));
}

static void test_changes_by_others_are_seen(void **state)
{
	NEED_NETNS();
	shell("ip addr add 198.51.100.1/24 dev right0; ip route add 203.0.113.0/24 via 192.0.2.9; "
	      "ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left0; ip link set right0 mtu "
	      "1400");
	run(100);
	assert_true(changes > 0);
	assert_true(has_addr("198.51.100.1/24"));
	assert_non_null(route("203.0.113.0/24", 0));
	assert_int_equal(netlink_link_by_name(nl, "right0")->mtu, 1400);
	{
		size_t count, found = 0;
		const struct netlink_neigh *neighs = netlink_neighs(nl, &count);

		for (size_t i = 0; i < count; i++)
			if (neighs[i].usable && neighs[i].mac[5] == 9)
				found++;
		assert_int_equal(found, 1);
	}
	shell("ip route del 203.0.113.0/24; ip addr del 198.51.100.1/24 dev right0");
	run(100);
	assert_false(has_addr("198.51.100.1/24"));
	assert_null(route("203.0.113.0/24", 0));
}

static void test_routes_of_a_link_that_goes_down_are_gone(void **state)
{
	NEED_NETNS();
	assert_non_null(route("192.0.2.0/24", 0));
	shell("ip link set left0 down");
	run(150); /* the kernel does not say so: they are read again */
	assert_null(route("192.0.2.0/24", 0));
}

static void test_addresses_are_set_and_removed(void **state)
{
	struct ip_prefix p = prefix("172.31.0.2/24");

	NEED_NETNS();
	assert_int_equal(netlink_add_addr(nl, index_of("right0"), &p), 0);
	assert_int_equal(netlink_add_addr(nl, index_of("right0"), &p), 0); /* it is there already */
	run(50);
	assert_true(has_addr("172.31.0.2/24"));
	assert_int_equal(netlink_del_addr(nl, index_of("right0"), &p), 0);
	assert_int_equal(netlink_del_addr(nl, index_of("right0"), &p), 0);
	run(50);
	assert_false(has_addr("172.31.0.2/24"));
	assert_true(netlink_add_addr(nl, 9999, &p) < 0);
}

static void assert_addresses_of(uint32_t index, const char *first, const char *second)
{
	const char *expected[] = {first, second};
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs_of(nl, index, &count);
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		struct ip_prefix p;

		assert_int_equal(addrs[i].index, index);
		if (addrs[i].address.addr.family != IP_FAMILY_V4)
			continue;
		assert_true(at < 2 && expected[at]);
		p = prefix(expected[at++]);
		assert_true(ip_prefix_equal(&addrs[i].address, &p));
	}
	assert_true(at == 2 || !expected[at]);
}

/* Whatever the order in which they come and go. */
static void test_links_and_their_addresses_are_found_by_index(void **state)
{
	NEED_NETNS();
	shell("for i in 900 700 800; do ip link add l$i index $i type veth peer name p$i; done; "
	      "ip addr add 198.51.100.9/25 dev l900; ip addr add 198.51.100.7/24 dev l700; "
	      "ip addr add 203.0.113.7/24 dev l700; ip addr add 198.51.100.8/26 dev l800");
	run(100);
	for (uint32_t index = 700; index <= 900; index += 100) {
		char name[16];

		snprintf(name, sizeof(name), "l%u", index);
		assert_string_equal(netlink_link_by_index(nl, index)->name, name);
		assert_ptr_equal(netlink_link_by_index(nl, index), netlink_link_by_name(nl, name));
	}
	assert_addresses_of(700, "198.51.100.7/24", "203.0.113.7/24");
	assert_addresses_of(750, NULL, NULL);
	assert_addresses_of(800, "198.51.100.8/26", NULL);
	assert_addresses_of(900, "198.51.100.9/25", NULL);
	shell("ip addr del 198.51.100.7/24 dev l700; ip link del l800");
	run(100);
	assert_null(netlink_link_by_index(nl, 800));
	assert_addresses_of(700, "203.0.113.7/24", NULL);
	assert_addresses_of(800, NULL, NULL);
	assert_addresses_of(900, "198.51.100.9/25", NULL);
	shell("ip link del l700; ip link del l900");
	run(100);
	assert_null(netlink_link_by_index(nl, 700));
	assert_null(netlink_link_by_index(nl, 900));
}

static void test_routes_are_put_replaced_and_removed(void **state)
{
	struct netlink_route r = {.prefix = prefix("10.0.0.0/16"), .metric = 20, .hop_count = 1};
	struct netlink_route hole = {
	    .prefix = prefix("10.0.0.0/16"), .type = NETLINK_BLACKHOLE, .metric = 20000};

	NEED_NETNS();
	r.hop[0] = (struct netlink_hop){.index = index_of("left0"), .weight = 1};
	assert_int_equal(ip_addr_parse("192.0.2.1", &r.source), 0);
	assert_int_equal(netlink_put_route(nl, &r), 0);
	assert_int_equal(netlink_put_route(nl, &hole), 0);
	run(50);
	assert_int_equal(route("10.0.0.0/16", 20)->protocol, NETLINK_PROTOCOL);
	assert_true(ip_addr_equal(&route("10.0.0.0/16", 20)->source, &r.source));
	assert_int_equal(route("10.0.0.0/16", 20000)->type, NETLINK_BLACKHOLE);
	assert_int_equal(route("10.0.0.0/16", 20000)->hop_count, 0);

	/* Two ways with weights, in place of the one. */
	r.hop_count = 2;
	r.hop[1] = (struct netlink_hop){.index = index_of("right0"), .weight = 3};
	assert_int_equal(netlink_put_route(nl, &r), 0);
	run(50);
	assert_int_equal(route("10.0.0.0/16", 20)->hop_count, 2);
	assert_int_equal(route("10.0.0.0/16", 20)->hop[1].weight, 3);
	assert_int_equal(system("ip route get 10.0.1.2 | grep -q 'src 192.0.2.1'"), 0);

	assert_int_equal(netlink_del_route(nl, &r), 0);
	assert_int_equal(netlink_del_route(nl, &r), 0);
	run(50);
	assert_null(route("10.0.0.0/16", 20));
	assert_non_null(route("10.0.0.0/16", 20000));
	assert_int_not_equal(system("ip route get 10.0.1.2 >/dev/null 2>&1"), 0);
	assert_int_equal(netlink_del_route(nl, &hole), 0);
}

static void test_requests_are_in_the_tables_after_catching_up(void **state)
{
	struct netlink_route r = {.prefix = prefix("10.0.0.0/16"), .metric = 20, .hop_count = 1};
	struct ip_prefix p = prefix("172.31.0.2/24");

	NEED_NETNS();
	r.hop[0] = (struct netlink_hop){.index = index_of("left0"), .weight = 1};
	assert_int_equal(netlink_add_addr(nl, index_of("right0"), &p), 0);
	assert_int_equal(netlink_put_route(nl, &r), 0);
	assert_false(has_addr("172.31.0.2/24"));
	assert_int_equal(changes, 0);
	netlink_catch_up(nl);
	assert_true(has_addr("172.31.0.2/24"));
	assert_non_null(route("10.0.0.0/16", 20));
	assert_int_equal(changes, 1);
	netlink_catch_up(nl);
	assert_int_equal(changes, 1);

	/* What goes with a link is not told, and read again at once. */
	assert_int_equal(netlink_del_addr(nl, index_of("right0"), &p), 0);
	shell("ip link set left0 down");
	netlink_catch_up(nl);
	assert_false(has_addr("172.31.0.2/24"));
	assert_null(route("10.0.0.0/16", 20));
	assert_int_equal(changes, 2);
}

static void test_default_route_through_a_gateway(void **state)
{
	struct netlink_route r = {.prefix = {{IP_FAMILY_V4, {0}}, 0}, .metric = 20, .hop_count = 1};

	NEED_NETNS();
	r.hop[0].index = index_of("left0");
	r.hop[0].weight = 1;
	assert_int_equal(ip_addr_parse("192.0.2.254", &r.hop[0].gateway), 0);
	assert_int_equal(netlink_put_route(nl, &r), 0);
	run(50);
	assert_non_null(route("0.0.0.0/0", 20));
	assert_true(ip_addr_equal(&route("0.0.0.0/0", 20)->hop[0].gateway, &r.hop[0].gateway));
}

static void test_using_a_neighbour_makes_the_kernel_ask(void **state)
{
	struct ip_addr addr;

	NEED_NETNS();
	assert_int_equal(ip_addr_parse("192.0.2.77", &addr), 0);
	assert_int_equal(netlink_neigh_use(nl, index_of("left0"), &addr), 0);
	assert_int_equal(system("ip neigh show 192.0.2.77 | grep -q INCOMPLETE"), 0);
}

/* Others' routes by the thousand, as `verb` says, from 10.0.0.0/24 on. */
static void batch(const char *verb, unsigned from, unsigned count, const char *rest)
{
	FILE *ip = popen("ip -batch -", "w");

	assert_non_null(ip);
	for (unsigned i = from; i < from + count; i++)
		fprintf(ip, "route %s 10.%u.%u.0/24 %s\n", verb, i / 256, i % 256, rest);
	assert_int_equal(pclose(ip), 0);
}

static size_t route_count(void)
{
	size_t count;

	(void)netlink_routes(nl, &count);
	return count;
}

static void test_the_late_answer_to_a_request_spoils_no_other(void **state)
{
	struct ip_prefix p = prefix("172.31.0.2/24");
	char buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	NEED_NETNS();
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++nl->sequence;
	(void)mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	assert_true(mnl_socket_sendto(nl->requests, nlh, nlh->nlmsg_len) > 0);
	assert_int_equal(netlink_add_addr(nl, index_of("right0"), &p), 0);
	assert_int_equal(netlink_del_addr(nl, index_of("right0"), &p), 0);
}

/* libuv stops watching a socket that reports an error, and an overrun is one. */
static void test_after_an_overrun_changes_are_still_seen(void **state)
{
	size_t before;

	NEED_NETNS();
	before = route_count();
	batch("add", 0, 20000, "via 192.0.2.9"); /* more than the socket holds meanwhile */
	run(100);
	assert_int_equal(route_count(), before + 20000);
	shell("ip addr add 198.51.100.1/24 dev right0");
	run(100);
	assert_true(has_addr("198.51.100.1/24"));
}

static void test_routes_that_could_not_be_read_are_read_again(void **state)
{
	size_t before;

	NEED_NETNS();
	batch("add", 0, 1000, "via 192.0.2.9");
	run(100);
	before = route_count();
	fail_answers(1, 1, EAGAIN); /* in the middle of them */
	shell("ip link set right0 down");
	run(100);
	assert_int_equal(bad_answers, 0);
	assert_true(route_count() < before);
	changes = 0;
	run(600);
	assert_true(route_count() >= 1000);
	assert_true(changes > 0);
}

static void test_tables_that_could_not_be_read_after_an_overrun_are_read_again(void **state)
{
	size_t before;

	NEED_NETNS();
	before = route_count();
	fail_answers(0, 2, EAGAIN); /* and once more after that */
	batch("add", 0, 20000, "via 192.0.2.9");
	run(100);
	assert_int_equal(bad_answers, 0);
	assert_null(netlink_link_by_name(nl, "left0"));
	run(800);
	assert_non_null(netlink_link_by_name(nl, "left0"));
	assert_true(has_addr("192.0.2.1/24"));
	assert_int_equal(route_count(), before + 20000);
}

/* recv(2) with a time limit is never begun anew by the kernel. */
static void test_a_signal_ends_neither_a_request_nor_a_reading(void **state)
{
	const struct ip_prefix p = prefix("198.51.100.7/32");

	NEED_NETNS();
	fail_answers(0, 1, EINTR);
	assert_int_equal(netlink_add_addr(nl, index_of("right0"), &p), 0);
	assert_int_equal(bad_answers, 0);
	fail_answers(0, 3, EINTR);
	shell("ip link set right0 down");
	run(100);
	assert_int_equal(bad_answers, 0);
	assert_true(has_addr("198.51.100.7/32"));
	assert_true(route_count() > 0);
}

/* The loop stood still for seconds when each message was looked up along the whole table. */
static void test_a_flood_of_routes_is_read_in_time(void **state)
{
	const unsigned many = 20000;
	clock_t began;
	size_t before;

	NEED_NETNS();
	before = route_count();
	began = clock();
	batch("add", 0, many, "via 192.0.2.9");
	run(100);
	assert_int_equal(route_count(), before + many);
	batch("del", 0, many / 2, "via 192.0.2.9");
	run(200);
	assert_int_equal(route_count(), before + many / 2);
	assert_true(clock() - began < 2 * CLOCKS_PER_SEC);
	assert_null(route("10.0.7.0/24", 0));
	assert_non_null(route("10.78.31.0/24", 0));
	batch("replace", many / 2, 3, "via 192.0.2.8");
	run(50);
	assert_int_equal(route_count(), before + many / 2);
	assert_int_equal(route("10.39.17.0/24", 0)->hop[0].gateway.bytes[3], 8);
	assert_int_equal(route("10.39.19.0/24", 0)->hop[0].gateway.bytes[3], 9);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_tables_hold_what_was_there_before),
	    T(test_changes_by_others_are_seen),
	    T(test_routes_of_a_link_that_goes_down_are_gone),
	    T(test_addresses_are_set_and_removed),
	    T(test_links_and_their_addresses_are_found_by_index),
	    T(test_routes_are_put_replaced_and_removed),
	    T(test_requests_are_in_the_tables_after_catching_up),
	    T(test_default_route_through_a_gateway),
	    T(test_using_a_neighbour_makes_the_kernel_ask),
	    T(test_the_late_answer_to_a_request_spoils_no_other),
	    T(test_after_an_overrun_changes_are_still_seen),
	    T(test_routes_that_could_not_be_read_are_read_again),
	    T(test_tables_that_could_not_be_read_after_an_overrun_are_read_again),
	    T(test_a_signal_ends_neither_a_request_nor_a_reading),
	    T(test_a_flood_of_routes_is_read_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
