/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The holder of a port is this test itself. */
#include "control/sys/udp_holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct ip_addr here(const char *text)
{
	struct ip_addr addr;

	assert_int_equal(ip_addr_parse(text, &addr), 0);
	return addr;
}

/* Binds to `address` and a free port. */
static int hold(const char *address, uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t bytes = sizeof(at);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, bytes), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void test_who_holds_it(void **state)
{
	const struct ip_addr one = here("127.0.0.1"), two = here("127.0.0.2");
	char text[128], wanted[128];
	uint16_t port;
	int fd;

	(void)state;
	for (int i = 0; i < 2; i++) {
		fd = hold(i == 0 ? "127.0.0.1" : "0.0.0.0", &port);
		assert_true(udp_holder(&one, port, text, sizeof(text)));
		snprintf(wanted, sizeof(wanted), "UDP port %u is held by test_udp_holder (pid %d)",
		    port, (int)getpid());
		assert_string_equal(text, wanted);
		/* At one address it is in nobody's way at another. */
		assert_int_equal(udp_holder(&two, port, text, sizeof(text)), i == 1);
		close(fd);
		assert_false(udp_holder(&one, port, text, sizeof(text)));
	}
}

/* As a daemon for both families does: in the table of IPv6 only. */
static void test_one_of_both_families(void **state)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6};
	const struct ip_addr one = here("127.0.0.1");
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	socklen_t bytes = sizeof(at);
	char text[128];

	(void)state;
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, bytes) < 0)
		skip();
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
	assert_true(udp_holder(&one, ntohs(at.sin6_port), text, sizeof(text)));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_holds_it),
	    cmocka_unit_test(test_one_of_both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
