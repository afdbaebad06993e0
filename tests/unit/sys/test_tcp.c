/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TCP on the loop: bytes both ways, orderly and disorderly ends, and who may connect at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "control/sys/tcp.h"
#include "tests/unit/sys/netns.h"

#define PORT 1790

struct end {
	struct tcp_conn *conn;
	bool connected, closed;
	int error;
	unsigned writable;
	char got[256];
	size_t bytes;
};

static uv_loop_t loop;
static struct end client, server;
static struct tcp_listener *listener;
static bool refuse;
static unsigned accepted;

static void on_connected(void *ctx)
{
	((struct end *)ctx)->connected = true;
}

static void on_bytes(void *ctx, const uint8_t *data, size_t bytes)
{
	struct end *e = ctx;

	if (bytes > sizeof(e->got) - e->bytes)
		bytes = sizeof(e->got) - e->bytes;
	memcpy(e->got + e->bytes, data, bytes);
	e->bytes += bytes;
}

static void on_writable(void *ctx)
{
	((struct end *)ctx)->writable++;
}

static void on_closed(void *ctx, int error)
{
	struct end *e = ctx;

	e->closed = true;
	e->error = error;
	e->conn = NULL;
}

static const struct tcp_handler handler = {
    .connected = on_connected, .bytes = on_bytes, .writable = on_writable, .closed = on_closed};

static void *on_accept(void *ctx, struct tcp_conn *conn, const struct ip_addr *remote)
{
	accepted++;
	if (refuse)
		return NULL;
	server.conn = conn;
	return &server;
}

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

static int setup(void **state)
{
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	listener = NULL;
	refuse = false;
	accepted = 0;
	(void)netns_enter();
	return uv_loop_init(&loop);
}

static int teardown(void **state)
{
	tcp_abort(client.conn);
	tcp_abort(server.conn);
	tcp_listener_close(listener);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

static void on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void run(unsigned msec)
{
	uv_timer_t timer;

	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, on_deadline, msec, 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void listen_on(const char *text, const char *device)
{
	struct ip_addr a = addr(text);

	assert_int_equal(
	    tcp_listen(&loop, &a, PORT, device, on_accept, &handler, NULL, &listener), 0);
}

static void connect_to(const char *text)
{
	struct ip_addr a = addr(text);

	assert_int_equal(
	    tcp_connect(&loop, NULL, &a, PORT, NULL, &handler, &client, &client.conn, NULL), 0);
}

static void test_bytes_go_both_ways_and_ports_are_known(void **state)
{
	uint16_t local, remote;

	listen_on("127.0.0.1", NULL);
	connect_to("127.0.0.1");
	run(30);
	assert_true(client.connected);
	assert_true(server.connected);
	tcp_ports(client.conn, &local, &remote);
	assert_int_equal(remote, PORT);
	assert_true(local != 0);
	assert_int_equal(tcp_send(client.conn, "hello", 5), 0);
	assert_int_equal(tcp_send(server.conn, "good day", 8), 0);
	run(30);
	assert_memory_equal(server.got, "hello", 5);
	assert_memory_equal(client.got, "good day", 8);
	assert_int_equal(client.writable, 1);
}

static void test_close_sends_what_is_queued_first(void **state)
{
	listen_on("127.0.0.1", NULL);
	connect_to("127.0.0.1");
	run(30);
	assert_int_equal(tcp_send(client.conn, "farewell", 8), 0);
	tcp_close(client.conn);
	client.conn = NULL;
	run(30);
	assert_memory_equal(server.got, "farewell", 8);
	assert_true(server.closed);
	assert_int_equal(server.error, 0);
	assert_false(client.closed); /* who closes is not told */
}

static void test_abort_is_a_reset(void **state)
{
	listen_on("127.0.0.1", NULL);
	connect_to("127.0.0.1");
	run(30);
	tcp_abort(client.conn);
	client.conn = NULL;
	run(30);
	assert_true(server.closed);
	assert_int_equal(server.error, -ECONNRESET);
}

static void test_refused_connection_is_an_error(void **state)
{
	connect_to("127.0.0.1");
	run(30);
	assert_true(client.closed);
	assert_int_equal(client.error, -ECONNREFUSED);
}

static void test_queue_has_an_end(void **state)
{
	static const uint8_t block[65536];
	int rc = 0;

	listen_on("127.0.0.1", NULL);
	connect_to("127.0.0.1");
	run(30);
	for (unsigned i = 0; i < 2 * TCP_QUEUE_BYTES / sizeof(block) && rc == 0; i++)
		rc = tcp_send(client.conn, block, sizeof(block));
	assert_int_equal(rc, -ENOBUFS);
}

static void test_B37_stranger_is_reset_before_a_byte_is_read(void **state)
{
	refuse = true;
	listen_on("127.0.0.1", NULL);
	connect_to("127.0.0.1");
	run(30);
	assert_int_equal(accepted, 1);
	assert_true(client.closed);
	assert_int_equal(client.error, -ECONNRESET);
}

/* A host of another namespace, on the far side of lan81: connects to the inside address, which it
 * routes to us, and says by its exit status how that went. */
static pid_t start_host(int *ready)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int in[2], out[2], fd;
	pid_t pid;
	char byte;

	assert_int_equal(pipe(in) || pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		(void)inet_pton(AF_INET, "169.254.81.2", &to.sin_addr);
		if (unshare(CLONE_NEWNET) || write(out[1], "u", 1) != 1 ||
		    read(in[0], &byte, 1) != 1)
			_exit(255);
		(void)system("ip link set lan82 up && ip addr add 192.0.2.2/24 dev lan82 && "
			     "ip route add 169.254.81.2/32 via 192.0.2.1");
		fd = socket(AF_INET, SOCK_STREAM, 0);
		_exit(connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : 0);
	}
	assert_int_equal(read(out[0], &byte, 1), 1);
	*ready = in[1];
	return pid;
}

static void test_B37_listener_bound_to_a_tunnel_is_not_there_for_the_lan(void **state)
{
	char command[64];
	int ready, status;
	pid_t pid;

	if (!netns_enter())
		skip();
	(void)system("ip link add name tun81 type veth peer name tun82 && ip link set tun81 up && "
		     "ip link set tun82 up && ip addr add 169.254.81.2/30 dev tun81 && "
		     "ip link add name lan81 type veth peer name lan82 && ip link set lan81 up && "
		     "ip addr add 192.0.2.1/24 dev lan81");
	listen_on("169.254.81.2", "tun81");
	pid = start_host(&ready);
	(void)snprintf(command, sizeof(command), "ip link set lan82 netns %ld", (long)pid);
	assert_int_equal(system(command), 0);
	assert_int_equal(write(ready, "g", 1), 1);
	run(500);
	assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
	assert_int_equal(WEXITSTATUS(status), ECONNREFUSED);
	assert_int_equal(accepted, 0);
	(void)system("ip link del tun81");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_bytes_go_both_ways_and_ports_are_known),
	    T(test_close_sends_what_is_queued_first),
	    T(test_abort_is_a_reset),
	    T(test_refused_connection_is_an_error),
	    T(test_queue_has_an_end),
	    T(test_B37_stranger_is_reset_before_a_byte_is_read),
	    T(test_B37_listener_bound_to_a_tunnel_is_not_there_for_the_lan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
