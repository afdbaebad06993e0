/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A group of NFLOG in a network namespace of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/sys/nflog.h"
#include "tests/unit/sys/netns.h"

#define GROUP 198

/* What libmnl sends by: so many go their way, the next is lost. */
static int lost_after = -1;

ssize_t sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to,
    socklen_t to_bytes)
{
	if (lost_after == 0)
		return (ssize_t)bytes;
	lost_after -= lost_after > 0;
	return syscall(SYS_sendto, fd, data, bytes, flags, to, to_bytes);
}

static void on_packet(void *ctx, const char *prefix, const uint8_t *packet, size_t bytes)
{
	(void)ctx, (void)prefix, (void)packet, (void)bytes;
}

static struct nflog *open_group(uv_loop_t *loop, int *rc)
{
	return nflog_open(loop, GROUP, on_packet, NULL, rc);
}

static void test_one_listener_a_group(void **state)
{
	struct nflog *first, *second;
	uv_loop_t loop;
	int rc;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	first = open_group(&loop, &rc);
	assert_non_null(first);
	second = open_group(&loop, &rc);
	assert_null(second);
	assert_int_equal(rc, -EPERM);
	nflog_close(first);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	first = open_group(&loop, &rc);
	assert_non_null(first);
	nflog_close(first);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* The loop that asks has more to do than to wait. */
static void test_an_answer_that_does_not_come_holds_up_nobody(void **state)
{
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	for (int after = 0; after < 3; after++) {
		int rc = 0;

		lost_after = after;
		(void)alarm(10);
		assert_null(open_group(&loop, &rc));
		(void)alarm(0);
		assert_int_equal(rc, -EAGAIN);
	}
	lost_after = -1;
	assert_int_equal(uv_loop_close(&loop), 0);
}

static int setup(void **state)
{
	(void)state;
	return netns_enter() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_listener_a_group),
	    cmocka_unit_test(test_an_answer_that_does_not_come_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
