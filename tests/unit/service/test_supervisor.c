/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs as services: kept running, their arguments followed, their words in the log, their end
 * waited for; and what a former run left behind. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "control/service/pidfile.h"
#include "control/service/supervisor.h"

static uv_loop_t loop;
static struct supervisor *service;
static char dir[] = "/tmp/cgw-supervisor-XXXXXX", logged[16384];

static void sink(void *ctx, enum log_level level, const char *line)
{
	size_t used = strlen(logged);

	snprintf(logged + used, sizeof(logged) - used, "%s%s\n",
	    level == LOG_LEVEL_DEBUG ? "debug " : "", line);
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = logged; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

/* Lets the loop run until the log has `what` so many times. */
static void wait_for(const char *what, unsigned times)
{
	while (count(what) < times)
		assert_true(uv_run(&loop, UV_RUN_ONCE) || count(what) == times);
}

static int setup(void **state)
{
	strcpy(dir, "/tmp/cgw-supervisor-XXXXXX");
	if (!mkdtemp(dir) || uv_loop_init(&loop))
		return -1;
	logged[0] = '\0';
	log_set_sink(sink, NULL);
	service = supervisor_new(&loop, "one", dir);
	return service ? 0 : -1;
}

static int teardown(void **state)
{
	supervisor_close(service);
	uv_run(&loop, UV_RUN_DEFAULT);
	log_set_sink(NULL, NULL);
	assert_int_equal(uv_loop_close(&loop), 0);
	return rmdir(dir); /* the pid file went with its process */
}

static void run(const char *const *argv)
{
	assert_int_equal(supervisor_run(service, argv, -1), 0);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void test_the_next_start_waits_longer_each_time(void **state)
{
	static const struct {
		uint64_t before;
		int64_t lived;
		uint64_t next;
	} rows[] = {{0, 0, 1000}, {1000, 0, 2000}, {2000, 59999, 4000}, {32000, 0, 60000},
	    {60000, 0, 60000}, {60000, 60000, 1000}, {0, 90000, 1000}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(supervisor_delay(rows[i].before, rows[i].lived), rows[i].next);
}

static void test_a_program_that_ends_is_started_again(void **state)
{
	RUN("true");
	wait_for("state=started", 2);
	assert_int_equal(count("state=failed status=0"), 1);
	assert_int_equal(count("again-in-seconds=1\n"), 1);
	assert_int_equal(supervisor_failures(service), 1);
}

static void test_a_program_that_is_not_there_is_tried_again(void **state)
{
	RUN("cgw-no-such-program");
	assert_false(supervisor_runs(service));
	assert_int_equal(
	    count("state=not-started program=cgw-no-such-program error=No such file"), 1);
}

static void test_what_it_writes_is_logged_by_lines_and_escaped(void **state)
{
	RUN("printf", "one\\ntw\\033o\\n\\nrest");
	wait_for("state=failed", 1);
	assert_non_null(strstr(logged, "name=one text=\"one\"\n"));
	assert_non_null(strstr(logged, "text=\"tw\\x1bo\"\n"));
	assert_non_null(strstr(logged, "text=\"rest\"\n"));
	assert_int_equal(count("text="), 3);
}

static bool is_one(const char *line, size_t bytes)
{
	return bytes == 3 && memcmp(line, "one", 3) == 0;
}

static void test_chatter_is_for_those_who_want_every_line(void **state)
{
	supervisor_quiet(service, is_one);
	log_set_level(LOG_LEVEL_DEBUG);
	RUN("printf", "one\\ntwo\\n");
	wait_for("state=failed", 1);
	log_set_level(LOG_LEVEL_INFO);
	assert_non_null(strstr(logged, "debug service name=one text=\"one\"\n"));
	assert_non_null(strstr(logged, "\nservice name=one text=\"two\"\n"));
}

static void test_a_flood_of_lines_is_cut(void **state)
{
	RUN("seq", "1000");
	wait_for("state=failed", 1);
	assert_int_equal(count("text="), 100);
}

static void test_the_same_arguments_change_nothing(void **state)
{
	RUN("sleep", "1000");
	RUN("sleep", "1000");
	assert_true(supervisor_runs(service));
	assert_int_equal(count("state="), 1);
}

static void test_other_arguments_and_renewal_start_it_anew(void **state)
{
	RUN("sleep", "1000");
	RUN("sleep", "2000");
	wait_for("state=started", 2);
	assert_int_equal(count("state=ended"), 1);
	supervisor_renew(service);
	wait_for("state=started", 3);
	assert_int_equal(supervisor_failures(service), 0);
}

static void test_halted_it_stays_off(void **state)
{
	RUN("sleep", "1000");
	supervisor_halt(service);
	wait_for("state=ended", 1);
	supervisor_renew(service);
	assert_false(supervisor_runs(service));
	assert_int_equal(count("state=started"), 1);
}

static void test_one_that_does_not_listen_is_killed(void **state)
{
	RUN("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done");
	wait_for("text=\"deaf\"", 1);
	supervisor_halt(service);
	wait_for("state=ended", 1);
	assert_false(supervisor_runs(service));
}

static void test_a_descriptor_is_given_on(void **state)
{
	char byte;
	int pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(supervisor_run(service,
			     (const char *const[]){"sh", "-c", "printf x >&9", NULL}, pair[1]),
	    0);
	wait_for("state=failed", 1);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(pair[0]);
	close(pair[1]);
}

/* A process as a run that crashed would have left it. */
static int left_behind(const char *path)
{
	int pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	assert_int_equal(pidfile_write(path, pid), 0);
	return pid;
}

static void test_what_a_former_run_left_is_ended(void **state)
{
	char path[64];
	int pid, status;

	snprintf(path, sizeof(path), "%s/left.pid", dir);
	pid = left_behind(path);
	assert_int_equal(pidfile_end_former(path), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(pidfile_end_former(path), 0);
}

static void test_a_number_used_again_is_left_alone(void **state)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/left.pid", dir);
	out = fopen(path, "w");
	fprintf(out, "%d 1\n", getpid()); /* our own number, another time of start */
	fclose(out);
	assert_int_equal(pidfile_end_former(path), 0);
	out = fopen(path, "w");
	fprintf(out, "-1 junk");
	fclose(out);
	assert_int_equal(pidfile_end_former(path), 0);
}

/* In a folder that is not ours alone somebody else may name a process, or wait for us at a pipe. */
static void test_a_file_others_could_write_ends_nobody(void **state)
{
	char path[64];
	int pid, status;

	snprintf(path, sizeof(path), "%s/left.pid", dir);
	pid = left_behind(path);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(pidfile_end_former(path), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pidfile_end_former(path), 0);
	assert_int_equal(access(path, F_OK), -1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_next_start_waits_longer_each_time),
	    T(test_a_program_that_ends_is_started_again),
	    T(test_a_program_that_is_not_there_is_tried_again),
	    T(test_what_it_writes_is_logged_by_lines_and_escaped),
	    T(test_chatter_is_for_those_who_want_every_line),
	    T(test_a_flood_of_lines_is_cut),
	    T(test_the_same_arguments_change_nothing),
	    T(test_other_arguments_and_renewal_start_it_anew),
	    T(test_halted_it_stays_off),
	    T(test_one_that_does_not_listen_is_killed),
	    T(test_a_descriptor_is_given_on),
	    T(test_what_a_former_run_left_is_ended),
	    T(test_a_number_used_again_is_left_alone),
	    T(test_a_file_others_could_write_ends_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
