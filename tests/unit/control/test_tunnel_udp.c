/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which datagrams reach an engine: by source, by the marker on port 4500. In a network namespace of
 * the test's own, since the ports are the real ones. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/tunnel.h"
#include "tests/unit/sys/netns.h"

static struct agent agent;
static struct tunnel tunnel;
static uv_loop_t loop;
static struct ike_event last;
static uint8_t last_data[64];
static unsigned events;
static struct tunnel *receiver; /* of the last one */

/* In place of the engine. */
void tunnel_event(struct tunnel *t, const struct ike_event *event)
{
	events++;
	receiver = t;
	last = *event;
	memcpy(last_data, event->datagram.data,
	    event->datagram.bytes < sizeof(last_data) ? event->datagram.bytes : sizeof(last_data));
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

static int setup(void **state)
{
	struct ip_addr local = addr("127.0.0.1");

	if (!netns_enter())
		return 0;
	memset(&agent, 0, sizeof(agent));
	memset(&tunnel, 0, sizeof(tunnel));
	events = 0;
	if (uv_loop_init(&loop))
		return -1;
	agent.loop = &loop;
	tunnel.agent = &agent;
	tunnel.number = 1;
	tunnel.running.remote = addr("127.0.0.2");
	tunnel.running.local = addr("192.168.100.1"); /* the identity, not the socket's */
	if (agent_udp_get(&agent, &local, &tunnel.udp))
		return -1;
	agent_udp_join(&tunnel);
	return 0;
}

static int teardown(void **state)
{
	if (!netns_enter())
		return 0;
	agent_udp_leave(&tunnel);
	agent_udp_put(&agent, tunnel.udp);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

static void send_from(const char *source, uint16_t port, const void *data, size_t bytes)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &to.sin_addr), 1);
	to.sin_port = htons(port);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(
	    sendto(fd, data, bytes, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)bytes);
	close(fd);
	for (unsigned i = 0; i < 10; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
}

#define NEED_NETNS()                                                                               \
	do {                                                                                       \
		if (!netns_enter())                                                                \
			skip();                                                                    \
	} while (0)

static void test_datagram_of_the_peer_reaches_its_engine(void **state)
{
	NEED_NETNS();
	send_from("127.0.0.2", 500, "datagram", 8);
	assert_int_equal(events, 1);
	assert_int_equal(last.type, IKE_EV_DATAGRAM);
	assert_int_equal(last.datagram.bytes, 8);
	assert_memory_equal(last_data, "datagram", 8);
	assert_int_equal(last.datagram.dst_port, 500);
	assert_true(last.datagram.src_port != 0);
	assert_true(ip_addr_equal(&last.datagram.src, &tunnel.running.remote));
	assert_true(ip_addr_equal(&last.datagram.dst, &tunnel.running.local));
}

static void test_K01_source_that_is_not_configured_is_dropped_unread(void **state)
{
	NEED_NETNS();
	for (unsigned i = 0; i < 20; i++)
		send_from("127.0.0.3", i % 2 ? 500 : 4500, "\0\0\0\0anything", 12);
	assert_int_equal(events, 0);
	assert_int_equal(agent.ike_unknown, 20);
}

static void test_K39_marker_is_taken_off_and_what_has_none_is_no_ike(void **state)
{
	NEED_NETNS();
	send_from("127.0.0.2", 4500, "\0\0\0\0message", 11);
	assert_int_equal(events, 1);
	assert_int_equal(last.datagram.bytes, 7);
	assert_memory_equal(last_data, "message", 7);
	assert_int_equal(last.datagram.dst_port, 4500);
	send_from("127.0.0.2", 4500, "\x01\x02\x03\x04message", 11); /* ESP by its first word */
	send_from("127.0.0.2", 4500, "\xff", 1);                     /* a keepalive */
	send_from("127.0.0.2", 4500, "\0\0\0", 3);
	assert_int_equal(events, 1);
}

static void test_datagram_larger_than_any_message_is_dropped(void **state)
{
	static uint8_t large[IKE_DATAGRAM_BYTES + 1];

	NEED_NETNS();
	send_from("127.0.0.2", 500, large, sizeof(large));
	assert_int_equal(events, 0);
	send_from("127.0.0.2", 500, large, sizeof(large) - 1);
	assert_int_equal(events, 1);
}

static void test_sockets_are_shared_by_address(void **state)
{
	struct agent_udp *again = NULL;
	struct ip_addr local = addr("127.0.0.1");

	NEED_NETNS();
	assert_int_equal(agent_udp_get(&agent, &local, &again), 0);
	assert_ptr_equal(again, tunnel.udp);
	agent_udp_put(&agent, again);
	send_from("127.0.0.2", 500, "datagram", 8);
	assert_int_equal(events, 1);
}

/* More than there are chains; each hears its own peer, and none once it has left. */
static void test_of_many_tunnels_each_hears_its_peer(void **state)
{
	static struct tunnel many[3000];
	const unsigned count = sizeof(many) / sizeof(many[0]);
	char source[IP_ADDR_TEXT_BYTES];

	NEED_NETNS();
	for (unsigned i = 0; i < count; i++) {
		many[i] = (struct tunnel){.agent = &agent, .number = i + 2, .udp = tunnel.udp};
		many[i].running.remote = ip_addr_v4(0x7f010000 + i);
		agent_udp_join(&many[i]);
	}
	for (unsigned i = 0; i < count; i += 59) {
		send_from(ip_addr_format(&many[i].running.remote, source), 500, "x", 1);
		assert_ptr_equal(receiver, &many[i]);
	}
	for (unsigned i = 1; i < count; i += 2)
		agent_udp_leave(&many[i]);
	for (unsigned i = 0; i < count; i += 59) {
		receiver = NULL;
		send_from(ip_addr_format(&many[i].running.remote, source), 500, "x", 1);
		assert_ptr_equal(receiver, i % 2 ? NULL : &many[i]);
	}
	for (unsigned i = 0; i < count; i += 2)
		agent_udp_leave(&many[i]);
}

static void test_of_two_with_the_same_peer_the_lower_number_hears_it(void **state)
{
	struct tunnel other = tunnel;

	NEED_NETNS();
	other.number = 7;
	agent_udp_join(&other);
	send_from("127.0.0.2", 500, "x", 1);
	assert_ptr_equal(receiver, &tunnel);
	agent_udp_leave(&tunnel);
	send_from("127.0.0.2", 500, "x", 1);
	assert_ptr_equal(receiver, &other);
	agent_udp_leave(&other);
	send_from("127.0.0.2", 500, "x", 1);
	assert_int_equal(events, 2);
	agent_udp_join(&tunnel);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_datagram_of_the_peer_reaches_its_engine),
	    T(test_K01_source_that_is_not_configured_is_dropped_unread),
	    T(test_K39_marker_is_taken_off_and_what_has_none_is_no_ike),
	    T(test_datagram_larger_than_any_message_is_dropped),
	    T(test_sockets_are_shared_by_address),
	    T(test_of_many_tunnels_each_hears_its_peer),
	    T(test_of_two_with_the_same_peer_the_lower_number_hears_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
