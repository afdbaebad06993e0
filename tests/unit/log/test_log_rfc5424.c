/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages of RFC 5424, and where they are sent. What another program reads out of them:
 * tests/log/syslog.py. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/log/log_syslog.h"

static const struct log_origin origin = {"edge1", "cgw-control", 4711};

static const char *format(enum log_level level, const char *line)
{
	static char message[LOG_RFC5424_BYTES + 1];
	struct log_entry entry = {INT64_C(1483971153123456), level, line};

	message[log_rfc5424(&entry, &origin, 7, message)] = '\0';
	return message;
}

static void test_a_message_has_every_field(void **state)
{
	assert_string_equal(format(LOG_LEVEL_INFO, "tunnel number=1 state=up"),
	    "<14>1 2017-01-09T14:12:33.123456Z edge1 cgw-control 4711 tunnel "
	    "[meta sequenceId=\"7\"] tunnel number=1 state=up");
	assert_memory_equal(format(LOG_LEVEL_ERROR, "x"), "<11>1 ", 6);
	assert_memory_equal(format(LOG_LEVEL_NOTICE, "x"), "<13>1 ", 6);
	assert_memory_equal(format(LOG_LEVEL_DEBUG, "x"), "<15>1 ", 6);
	assert_non_null(strstr(format(LOG_LEVEL_INFO, "[CLOUD_VPN][1] Setting failed"),
	    " CLOUD_VPN [meta sequenceId=\"7\"] [CLOUD_VPN][1] Setting failed"));
	assert_non_null(strstr(format(LOG_LEVEL_INFO, "untagged: here"), " 4711 - [meta "));
}

static void test_utf8_is_marked_and_never_cut_in_a_character(void **state)
{
	char line[LOG_RFC5424_BYTES * 2] = "";
	const char *message;
	size_t bytes;

	assert_non_null(strstr(format(LOG_LEVEL_INFO, "caf\xc3\xa9"), "] \xef\xbb\xbf"
								      "caf\xc3\xa9"));
	for (unsigned shift = 0; shift < 4; shift++) {
		memset(line, 'x', shift);
		line[shift] = '\0';
		while (strlen(line) < LOG_RFC5424_BYTES)
			strcat(line, "\xe3\x81\x82");
		message = format(LOG_LEVEL_INFO, line);
		bytes = strlen(message);
		assert_in_range(bytes, LOG_RFC5424_BYTES - 8, LOG_RFC5424_BYTES - 1);
		assert_memory_equal(message + bytes - 3, "\xe3\x81\x82", 3);
	}
}

static int open_udp(int family, uint16_t *port)
{
	struct sockaddr_in6 addr = {.sin6_family = (sa_family_t)family};
	socklen_t bytes = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(addr);
	int fd = socket(family, SOCK_DGRAM, 0);

	if (family == AF_INET6)
		addr.sin6_addr = in6addr_loopback;
	else
		((struct sockaddr_in *)&addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	((struct sockaddr_in *)&addr)->sin_port = htons(*port);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, bytes), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &bytes), 0);
	*port = ntohs(((struct sockaddr_in *)&addr)->sin_port);
	return fd;
}

static const char *receive(int fd)
{
	static char message[LOG_RFC5424_BYTES + 1];
	ssize_t n = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);

	message[n > 0 ? n : 0] = '\0';
	return message;
}

static void test_messages_go_to_every_host_and_to_the_socket(void **state)
{
	char path[] = "/tmp/cgw-syslog-XXXXXX";
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct log_entry entry = {0, LOG_LEVEL_INFO, "one"};
	uint16_t port = 0;
	int fd4 = open_udp(AF_INET, &port), fd_local = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct log_syslog *syslog;
	struct ip_addr addr;

	assert_non_null(mkdtemp(path));
	snprintf(local.sun_path, sizeof(local.sun_path), "%s/log", path);
	syslog = log_syslog_new("cgw-control", local.sun_path);
	log_syslog_set_port(syslog, port);
	log_syslog_send(syslog, &entry); /* nobody listens at the socket yet */
	assert_int_equal(log_syslog_lost(syslog), 1);
	assert_int_equal(bind(fd_local, (struct sockaddr *)&local, sizeof(local)), 0);
	ip_addr_parse("127.0.0.1", &addr);
	log_syslog_set_host(syslog, 3, &addr);
	log_syslog_send(syslog, &entry);
	assert_non_null(strstr(receive(fd4), "sequenceId=\"2\"] one"));
	assert_non_null(strstr(receive(fd_local), "sequenceId=\"2\"] one"));
	log_syslog_set_host(syslog, 3, &(struct ip_addr){0});
	log_syslog_send(syslog, &entry);
	assert_string_equal(receive(fd4), "");
	assert_non_null(strstr(receive(fd_local), "sequenceId=\"3\"] one"));
	assert_int_equal(log_syslog_lost(syslog), 1);
	log_syslog_free(syslog);
	close(fd4);
	close(fd_local);
	unlink(local.sun_path);
	rmdir(path);
}

static void test_nothing_waits_for_a_receiver_that_does_not_read(void **state)
{
	char path[] = "/tmp/cgw-syslog-XXXXXX";
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct log_entry entry = {0, LOG_LEVEL_INFO, "one"};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct log_syslog *syslog;

	assert_non_null(mkdtemp(path));
	snprintf(local.sun_path, sizeof(local.sun_path), "%s/log", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&local, sizeof(local)), 0);
	syslog = log_syslog_new("cgw-control", local.sun_path);
	for (unsigned i = 0; i < 10000; i++)
		log_syslog_send(syslog, &entry);
	assert_in_range(log_syslog_lost(syslog), 1, 9999);
	log_syslog_free(syslog);
	close(fd);
	unlink(local.sun_path);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_message_has_every_field),
	    cmocka_unit_test(test_utf8_is_marked_and_never_cut_in_a_character),
	    cmocka_unit_test(test_messages_go_to_every_host_and_to_the_socket),
	    cmocka_unit_test(test_nothing_waits_for_a_receiver_that_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
