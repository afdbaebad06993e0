/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The console server over real Unix sockets, with an agent made of variables.
 *
 * `test_server serve SOCKET DIR` is the same server for the tests of the client program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/store.h"
#include "control/console/console.h"
#include "control/console/peer.h"
#include "control/log/log_hub.h"
#include "tests/unit/console/fake_agent.h"

static void on_term(uv_signal_t *signal, int number)
{
	uv_stop(signal->loop);
}

/* A fetch that takes three ticks and succeeds, unless it is cancelled. */
static void on_tick(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	static unsigned ticks;
	agent_cloud_fn *report = agent->report;

	/* Traffic, for who looks at rates: 100 packets a second out, 10 dropped. */
	agent->tunnel[0].out_packets += 20;
	agent->tunnel[0].out_bytes += 25000;
	agent->dataplane.rx += 22;
	agent->dataplane.tx += 20;
	agent->dataplane.drop += 2;
	agent->dataplane.drop_reason[1].packets += 2;

	if (!report) {
		ticks = 0;
	} else if (++ticks < 4) {
		report(agent->report_ctx, AGENT_CLOUD_PROGRESS, "");
	} else {
		ticks = 0;
		agent->report = NULL;
		report(agent->report_ctx, AGENT_CLOUD_DONE, "2 tunnels were configured.");
	}
}

static int serve(const char *path, const char *dir)
{
	static struct agent agent;
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};
	struct config *config = config_new(&env);
	struct log_hub *hub = log_hub_new(&(struct log_hub_options){.lines = 100});
	uv_loop_t *loop = uv_default_loop();
	struct console_options options = {.loop = loop,
	    .path = path,
	    .save_dir = dir,
	    .config = config,
	    .agent = &agent,
	    .log = hub};
	char error[CONFIG_ERROR_BYTES];
	struct console *console;
	uv_signal_t term;
	uv_timer_t tick;

	fake_agent_fill(&agent, mono_now());
	fake_agent_fill_rest(&agent);
	log_set_sink(log_hub_sink, hub);
	store_load(config, dir, error, sizeof(error));
	console = console_start(&options, error, sizeof(error));
	if (!console) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	uv_signal_init(loop, &term);
	uv_signal_start(&term, on_term, SIGTERM);
	uv_timer_init(loop, &tick);
	tick.data = &agent;
	uv_timer_start(&tick, on_tick, 100, 200);
	printf("ready\n");
	fflush(stdout);
	uv_run(loop, UV_RUN_DEFAULT);
	console_stop(console);
	uv_close((uv_handle_t *)&term, NULL);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
	config_free(config);
	log_set_sink(NULL, NULL);
	log_hub_free(hub);
	return 0;
}

/* ---- the tests ---------------------------------------------------------------------------------
 */

static struct agent agent;
static struct config *config;
static struct log_hub *hub;
static uv_loop_t loop;
static struct console *console;
static char dir[] = "/tmp/cgw-server-XXXXXX";
static char path[64];
static char error[CONFIG_ERROR_BYTES];
static struct console_options options;
static int64_t worst_nsec; /* CPU time of the longest turn of the loop */

static int64_t cpu_nsec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * MONO_NSEC_PER_SEC + now.tv_nsec;
}

static void turn(void)
{
	int64_t before = cpu_nsec(), spent;

	uv_run(&loop, UV_RUN_NOWAIT);
	spent = cpu_nsec() - before;
	if (spent > worst_nsec)
		worst_nsec = spent;
}

static int setup(void **state)
{
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};

	memset(&agent, 0, sizeof(agent));
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return -1;
	snprintf(path, sizeof(path), "%s/run/console.sock", dir);
	uv_loop_init(&loop);
	config = config_new(&env);
	hub = log_hub_new(&(struct log_hub_options){.lines = 100});
	log_set_sink(log_hub_sink, hub);
	options = (struct console_options){.loop = &loop,
	    .path = path,
	    .save_dir = dir,
	    .group = "games",
	    .config = config,
	    .agent = &agent,
	    .log = hub};
	console = console_start(&options, error, sizeof(error));
	worst_nsec = 0;
	return console ? 0 : -1;
}

static int teardown(void **state)
{
	char run[64];

	console_stop(console);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	config_free(config);
	log_set_sink(NULL, NULL);
	log_hub_free(hub);
	snprintf(run, sizeof(run), "%s/run", dir);
	rmdir(run);
	return rmdir(dir);
}

static int open_client(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, path, strlen(path));
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Turns the loop until `fd` has sent a text that contains `part`, or closed. Returns all it sent.
 */
static const char *receive(int fd, const char *part)
{
	static char got[1 << 16];
	size_t bytes = 0;

	for (unsigned i = 0; i < 5000; i++) {
		ssize_t n = recv(fd, got + bytes, sizeof(got) - 1 - bytes, 0);

		if (n == 0)
			break;
		bytes += n > 0 ? (size_t)n : 0;
		got[bytes] = '\0';
		if (strstr(got, part))
			return got;
		turn();
		if (n < 0)
			usleep(200);
	}
	got[bytes] = '\0';
	return got;
}

static void assert_receives(int fd, const char *part)
{
	const char *got = receive(fd, part);

	if (!strstr(got, part))
		fail_msg("\"%s\" is not in: %s", part, got);
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static bool is_closed(int fd)
{
	char byte;

	for (unsigned i = 0; i < 100; i++) {
		ssize_t n = recv(fd, &byte, 1, 0);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return true;
		turn();
	}
	return false;
}

static void find_line(void *ctx, const struct log_entry *entry)
{
	const char **wanted = ctx;

	if (*wanted && strstr(entry->line, *wanted))
		*wanted = NULL;
}

static void assert_logged(const char *part)
{
	const char *wanted = part;

	log_ring_each(log_hub_ring(hub), find_line, &wanted);
	if (wanted)
		fail_msg("\"%s\" is not in the log", part);
}

static void test_a_command_over_a_socket(void **state)
{
	int fd = open_client();

	assert_receives(fd, "{\"prompt\":\"# \",\"level\":\"administrator\"}\n");
	send_text(fd, "{\"line\":\"syslog debug on\"}\n{\"line\":\"show con");
	assert_receives(fd, "\"done\":true");
	send_text(fd, "fig\"}\n");
	assert_receives(fd, "\\nsyslog debug on\\n\"}\n");
	send_text(fd, "{\"line\":\"exit\"}\n");
	assert_receives(fd, "\"prompt\":\"> \"");
	send_text(fd, "{\"line\":\"exit\"}\n");
	assert_receives(fd, "{\"bye\":true}\n");
	assert_true(is_closed(fd));
	close(fd);
}

static void test_many_lines_at_once_are_answered_in_order(void **state)
{
	int fd = open_client();
	char line[64], part[64];

	for (unsigned i = 1; i <= 50; i++) {
		snprintf(line, sizeof(line), "{\"line\":\"bgp autonomous-system %u\"}\n", i);
		send_text(fd, line);
	}
	send_text(fd, "{\"line\":\"show config\"}\n");
	snprintf(part, sizeof(part), "\\nbgp autonomous-system 50\\n\"}");
	assert_receives(fd, part);
	assert_int_equal(agent.applied, 50);
	close(fd);
}

/* What a process with these ids is told; exits with 0 when that contains `part`. */
static void run_as(uid_t uid, gid_t gid, gid_t extra, const char *part)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		char got[400] = "";
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		ssize_t n;

		memcpy(addr.sun_path, path, strlen(path));
		if (setgroups(extra ? 1 : 0, &extra) || setgid(gid) || setuid(uid) ||
		    connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			_exit(2);
		n = recv(fd, got, sizeof(got) - 1, 0);
		_exit(n > 0 && strstr(got, part) ? 0 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		turn();
		usleep(200);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_C03_credentials_decide_who_enters(void **state)
{
	const struct group *games = getgrnam("games");

	if (geteuid() != 0 || !games)
		skip();
	run_as(65534, 65534, 0,
	    "\"error\":\"refused: this user may not use the console\",\"bye\":true");
	assert_logged("uid=65534");
	assert_logged("refused: this user may not use the console");
	run_as(65534, games->gr_gid, 0, "{\"prompt\":\"> \",\"level\":\"user\"}");
	run_as(65534, 65534, games->gr_gid, "{\"prompt\":\"> \",\"level\":\"user\"}");
	run_as(0, 0, 0, "{\"prompt\":\"# \",\"level\":\"administrator\"}");
}

static void test_C03_the_rule_alone(void **state)
{
	const gid_t gids[] = {100, 200};

	assert_int_equal(peer_judge(0, 50, NULL, 0, false, 0), PEER_ADMINISTRATOR);
	assert_int_equal(peer_judge(50, 50, NULL, 0, false, 0), PEER_ADMINISTRATOR);
	assert_int_equal(peer_judge(51, 50, gids, 2, true, 200), PEER_USER);
	assert_int_equal(peer_judge(51, 50, gids, 2, true, 201), PEER_REFUSED);
	/* Without a group nobody is a member, not even of group 0. */
	assert_int_equal(peer_judge(51, 50, (gid_t[]){0}, 1, false, 0), PEER_REFUSED);
}

static void test_C04_one_client_too_many_is_turned_away(void **state)
{
	int fd[CONSOLE_CLIENTS], extra;

	for (unsigned i = 0; i < CONSOLE_CLIENTS; i++) {
		fd[i] = open_client();
		assert_receives(fd[i], "\"prompt\"");
	}
	for (unsigned i = 0; i < 1000; i++) {
		extra = open_client();
		assert_receives(extra, "{\"error\":\"refused: too many sessions\",\"bye\":true}\n");
		assert_true(is_closed(extra));
		close(extra);
	}
	send_text(fd[7], "{\"line\":\"show ipsec sa\"}\n");
	assert_receives(fd[7], "\"ok\":true");
	close(fd[0]);
	turn();
	extra = open_client();
	assert_receives(extra, "\"prompt\"");
	close(extra);
	for (unsigned i = 1; i < CONSOLE_CLIENTS; i++)
		close(fd[i]);
	assert_true(worst_nsec < 50 * MONO_NSEC_PER_MSEC);
}

/* Whoever may not even enter could hold up the loop by connecting. */
static void test_C04_a_crowd_at_the_door_holds_up_nobody(void **state)
{
	int fd[24];
	unsigned served = 0;
	char byte;

	for (unsigned i = 0; i < 24; i++)
		fd[i] = open_client();
	turn();
	for (unsigned i = 0; i < 24; i++)
		served += recv(fd[i], &byte, 1, MSG_PEEK) == 1;
	assert_in_range(served, 1, 8);
	for (unsigned i = 0; i < 24; i++) {
		assert_receives(fd[i], "\"prompt\"");
		close(fd[i]);
	}
}

/* The log has one line for a second's worth of them. */
static void count_refused(void *ctx, const struct log_entry *entry)
{
	*(unsigned *)ctx += strstr(entry->line, "too many sessions") != NULL;
}

static void test_C04_an_administrator_gets_the_session_that_was_idle_longest(void **state)
{
	int fd[CONSOLE_CLIENTS], extra;
	unsigned refused = 0, tries = 0;
	char answer[64] = "";

	for (unsigned i = 0; i < CONSOLE_CLIENTS; i++) {
		fd[i] = open_client();
		assert_receives(fd[i], "\"prompt\"");
	}
	/* Nobody has been idle for long enough: for two seconds all are refused. */
	for (; tries < 4000 && strstr(answer, "\"prompt\"") == NULL; tries++) {
		extra = open_client();
		snprintf(answer, sizeof(answer), "%s", receive(extra, "\n"));
		close(extra);
		usleep(1000);
		/* The first one is at work, so it stays. */
		send_text(fd[0], "{\"line\":\"\"}\n");
	}
	assert_non_null(strstr(answer, "\"prompt\""));
	assert_receives(fd[1], "an administrator needs this session: it was idle");
	send_text(fd[2], "{\"line\":\"show ipsec sa\"}\n");
	assert_receives(fd[2], "\"ok\":true");
	log_ring_each(log_hub_ring(hub), count_refused, &refused);
	assert_true(tries > 50 && refused <= 10);
	for (unsigned i = 0; i < CONSOLE_CLIENTS; i++)
		close(fd[i]);
}

static void test_C04_a_client_that_never_reads_is_dropped(void **state)
{
	int slow = open_client(), other = open_client(), small = 4096;
	mono_t start = mono_now(), dropped = MONO_NEVER;
	const char *ask = "{\"line\":\"show command\"}\n";

	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_receives(other, "\"prompt\"");
	while (mono_diff_sec(mono_now(), start) < 8 && mono_is_never(dropped)) {
		ssize_t n = send(slow, ask, strlen(ask), MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			dropped = mono_now();
		turn();
		usleep(1000);
	}
	assert_false(mono_is_never(dropped));
	assert_in_range(mono_diff_sec(dropped, start), 4, 7);
	assert_logged("dropped: it does not read");
	/* Everybody else was served all the time. */
	send_text(other, "{\"line\":\"show ipsec sa\"}\n");
	assert_receives(other, "\"ok\":true");
	assert_true(worst_nsec < 50 * MONO_NSEC_PER_MSEC);
	close(slow);
	close(other);
}

static void test_C04_clients_that_die_mid_reply(void **state)
{
	int other = open_client();

	for (unsigned i = 0; i < 100; i++) {
		int fd = open_client();

		send_text(
		    fd, "{\"line\":\"show command\"}\n{\"line\":\"show command\"}\n{\"line\":\"sh");
		if (i % 3)
			turn();
		close(fd);
	}
	assert_receives(other, "\"prompt\"");
	send_text(other, "{\"line\":\"show ipsec sa\"}\n");
	assert_receives(other, "\"ok\":true");
	close(other);
}

static void test_C01_a_megabyte_without_a_newline(void **state)
{
	int fd = open_client();
	char *junk = malloc(1 << 14);

	memset(junk, 'x', 1 << 14);
	assert_receives(fd, "\"prompt\"");
	for (unsigned at = 0; at < 1 << 20;) {
		ssize_t n = send(fd, junk, 1 << 14, MSG_NOSIGNAL);

		at += n > 0 ? (unsigned)n : 0;
		turn();
	}
	send_text(fd, "\n{\"line\":\"show ipsec sa\"}\n");
	assert_receives(fd, "the line is too long and was not executed");
	assert_receives(fd, "\"ok\":true");
	assert_int_equal(agent.applied, 0);
	free(junk);
	close(fd);
}

static void test_a_socket_in_use_is_left_alone(void **state)
{
	int fd;

	assert_null(console_start(&options, error, sizeof(error)));
	assert_non_null(strstr(error, "console: "));
	fd = open_client();
	assert_receives(fd, "\"prompt\"");
	close(fd);
}

static void test_missing_folders_are_made_and_open_to_all(void **state)
{
	char deep[100], folder[90];
	mode_t mask = umask(027);
	struct console *second;
	struct stat st;

	snprintf(deep, sizeof(deep), "%s/a/b/console.sock", dir);
	options.path = deep;
	second = console_start(&options, error, sizeof(error));
	umask(mask);
	assert_non_null(second);
	console_stop(second);
	uv_run(&loop, UV_RUN_NOWAIT);
	for (const char *const *name = (const char *const[]){"/a/b", "/a", NULL}; *name; name++) {
		snprintf(folder, sizeof(folder), "%s%s", dir, *name);
		assert_int_equal(stat(folder, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0755);
		assert_int_equal(rmdir(folder), 0);
	}
}

static void test_a_folder_that_cannot_be_made_is_told_by_its_reason(void **state)
{
	char file[64], under[100];
	int fd;

	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(under, sizeof(under), "%s/b/console.sock", file);
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	close(fd);
	options.path = under;
	assert_null(console_start(&options, error, sizeof(error)));
	assert_non_null(strstr(error, strerror(ENOTDIR)));
	assert_int_equal(unlink(file), 0);
}

static void test_a_stale_socket_is_replaced_and_a_file_is_not(void **state)
{
	struct console *second;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char other[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(other, sizeof(other), "%s/other", dir);
	memcpy(addr.sun_path, other, strlen(other));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	options.path = other;
	second = console_start(&options, error, sizeof(error));
	assert_non_null(second);
	console_stop(second);
	uv_run(&loop, UV_RUN_NOWAIT);
	fd = open(other, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_null(console_start(&options, error, sizeof(error)));
	assert_int_equal(unlink(other), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_command_over_a_socket),
	    T(test_many_lines_at_once_are_answered_in_order),
	    T(test_C03_credentials_decide_who_enters),
	    T(test_C03_the_rule_alone),
	    T(test_C04_a_crowd_at_the_door_holds_up_nobody),
	    T(test_C04_one_client_too_many_is_turned_away),
	    T(test_C04_an_administrator_gets_the_session_that_was_idle_longest),
	    T(test_C04_a_client_that_never_reads_is_dropped),
	    T(test_C04_clients_that_die_mid_reply),
	    T(test_C01_a_megabyte_without_a_newline),
	    T(test_a_socket_in_use_is_left_alone),
	    T(test_missing_folders_are_made_and_open_to_all),
	    T(test_a_folder_that_cannot_be_made_is_told_by_its_reason),
	    T(test_a_stale_socket_is_replaced_and_a_file_is_not),
	};

	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
