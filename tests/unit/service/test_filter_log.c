/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the kernel's rules log reaches the log, also after there was too much of it. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "control/service/filter_log.h"
#include "control/service/nft.h"
#include "control/sys/nflog.h"
#include "tests/unit/sys/netns.h"

#define FLOOD   50000 /* far more than the socket's buffer holds */
#define WAIT_MS 5000

static uv_loop_t loop;
static uv_timer_t deadline;
static struct nft *nft;
static struct nflog *nflog;
static unsigned lines;
static char last[256];

static void sink(void *ctx, enum log_level level, const char *line)
{
	lines++;
	(void)snprintf(last, sizeof(last), "%s", line);
}

/* UDP to `port` of this machine, which nobody listens at. */
static void send_to(uint16_t port, unsigned count)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	while (count--)
		(void)sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
	close(fd);
}

static int setup(void **state)
{
	char error[256], rules[512];
	int rc;

	if (!netns_enter())
		return 0;
	(void)snprintf(rules, sizeof(rules),
	    "table inet t {\nchain c {\ntype filter hook output priority 0;\n"
	    "udp dport 9 log prefix \"R out lan1 9\" group %d snaplen %d\n"
	    "udp dport 10 log prefix \"R out lan1 10\" group %d snaplen %d\n}\n}\n",
	    FILTER_LOG_GROUP, NFLOG_PACKET_BYTES, FILTER_LOG_GROUP, NFLOG_PACKET_BYTES);
	nft = nft_open();
	if (!nft || nft_run(nft, rules, error, sizeof(error)) || uv_loop_init(&loop))
		return -1;
	nflog = filter_log_open(&loop, &rc);
	(void)uv_timer_init(&loop, &deadline);
	log_set_sink(sink, NULL);
	lines = 0;
	return nflog ? 0 : -1;
}

static int teardown(void **state)
{
	if (!netns_enter())
		return 0;
	log_set_sink(NULL, NULL);
	nflog_close(nflog);
	nft_close(nft);
	uv_close((uv_handle_t *)&deadline, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

static void on_deadline(uv_timer_t *timer)
{
	fail_msg("nothing was logged, last: %s", last);
}

/* Runs the loop until a line with `what` is logged. */
static void wait_for(const char *what)
{
	last[0] = '\0';
	uv_update_time(&loop);
	(void)uv_timer_start(&deadline, on_deadline, WAIT_MS, 0);
	while (!strstr(last, what))
		(void)uv_run(&loop, UV_RUN_ONCE);
	(void)uv_timer_stop(&deadline);
}

static void test_a_packet_is_logged_in_the_words_of_the_router(void **state)
{
	if (!netns_enter())
		skip();
	send_to(9, 1);
	wait_for("LAN1 Rejected at OUT(9) filter: UDP 127.0.0.1:");
	assert_non_null(strstr(last, " > 127.0.0.1:9"));
}

static void test_what_comes_after_a_flood_is_logged(void **state)
{
	if (!netns_enter())
		skip();
	send_to(9, FLOOD);
	while (uv_run(&loop, UV_RUN_NOWAIT) && lines == 0)
		continue;
	assert_in_range(lines, 1, FLOOD - 1); /* some of them were lost */
	for (unsigned before = 0; lines != before;) {
		before = lines;
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	send_to(10, 1);
	wait_for("OUT(10)");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_packet_is_logged_in_the_words_of_the_router),
	    T(test_what_comes_after_a_flood_is_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
