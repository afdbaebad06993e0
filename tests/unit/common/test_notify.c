/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a supervisor hears, on a socket of either name space; and silence where there is none. */
#include "common/notify.h"

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

static int listen_at(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at, bytes), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void hears(int fd, const char *state)
{
	char text[64] = "";

	notify_supervisor(state);
	assert_int_equal(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), (ssize_t)strlen(state));
	assert_string_equal(text, state);
}

static void test_either_name_space(void **unused)
{
	char name[64];
	int fd;

	(void)unused;
	snprintf(name, sizeof(name), "@cgw-test-notify-%d", (int)getpid());
	fd = listen_at(name);
	hears(fd, "READY=1");
	close(fd);
	snprintf(name, sizeof(name), "/tmp/cgw-test-notify-%d", (int)getpid());
	fd = listen_at(name);
	hears(fd, "STOPPING=1");
	close(fd);
	unlink(name);
}

/* No supervisor, a name that is none, one that is too long, nobody there: no harm. */
static void test_nobody_listens(void **unused)
{
	char longer[200];

	(void)unused;
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	unsetenv("NOTIFY_SOCKET");
	notify_supervisor("READY=1");
	for (const char *const *name =
		 (const char *const[]){"", "@", "relative", longer, "/nonexistent/socket", NULL};
	     *name; name++) {
		setenv("NOTIFY_SOCKET", *name, 1);
		notify_supervisor("READY=1");
	}
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_either_name_space),
	    cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
