/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The 32 log lines of `cloud vpn`, each provoked: a run as it is in the program, with a real
 * configuration, sockets, TLS and HTTP, against a server of the test on the loopback interface.
 * Played are the name service, the clock, and the system calls that have to fail. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <uv.h>

#include "common/log.h"
#include "control/cloud.h"
#include "control/cloud_text.h"
#include "control/config/config.h"
#include "control/sys/dns.h"
#include "tests/unit/aws/vpn_fixture.h"
#include "tests/unit/http/tls_server.h"

#define SECRET "made+up/secret0123456789"
#define CODE   "InvalidVpnConnectionID.NotFound"

/* As the reference lists them, with what a run of this test puts in for host, code and error. */
static struct {
	const char *level, *text;
	bool seen;
} reference[] = {
    {"INFO", "Connecting to " HOST, false},
    {"INFO", "Created VPN config successfully", false},
    {"INFO", "Existing config and received data is matched", false},
    {"INFO", "Config not change", false},
    {"INFO", "Setting failed", false},
    {"INFO", "Setting is canceled", false},
    {"DEBUG", "Received response message, Starting parse XML data.", false},
    {"DEBUG", "Success to parse XML data", false},
    {"DEBUG", "Comparing the existing config and recevied data", false},
    {"DEBUG", "Configure VPN command", false},
    {"DEBUG", "Failed to resolve a server name", false},
    {"DEBUG", "Cannot add a neighbor for BGP connection", false},
    {"DEBUG", "SSL initialization error", false},
    {"DEBUG", "Can't create socket", false},
    {"DEBUG", "Setting Non-blocking failed", false},
    {"DEBUG", "Connection error", false},
    {"DEBUG", "Connection timeout", false},
    {"DEBUG", "SSL connection error", false},
    {"DEBUG", "Can't connect to server", false},
    {"DEBUG", "Send error", false},
    {"DEBUG", "Receive error", false},
    {"DEBUG", "Receive timeout", false},
    {"DEBUG", "HTTP error response (400)", false},
    {"DEBUG", "Received illegal HTTP message", false},
    {"DEBUG", "Received error response from server", false},
    {"DEBUG", "Received error message from AWS: " CODE, false},
    {"DEBUG", "Received illegal XML data", false},
    {"DEBUG", "Received illegal response", false},
    {"DEBUG", "Failed to create a command", false},
    {"DEBUG", "Required command is missing or illegal", false},
    {"DEBUG", "Already other setting at the specified interface", false},
    {"DEBUG", "All TUNNEL interfaces are used", false},
};
#define TEXTS (sizeof(reference) / sizeof(reference[0]))

/* What goes wrong, besides the answer. */
enum fault {
	NOTHING,
	NO_NAME,
	NO_TRUST_STORE,
	NO_SOCKET,
	NO_NONBLOCKING,
	NOBODY_LISTENS,
	CONNECT_TAKES_11_SECONDS,
	STRANGER, /* a certificate of nobody who is trusted */
	WRITE_FAILS,
	CLOSED_BEFORE_THE_ANSWER,
	ANSWER_TAKES_31_SECONDS,
	INTERRUPTED,
};

static uv_loop_t loop;
static struct agent agent;
static struct config *config;
static enum fault fault;
static char log_lines[24][160];
static unsigned log_count;
static bool ended;
static enum agent_cloud_event last_event;
static char last_text[4096];
static bool refuse_apply;

/* ---- the system, played where it has to fail ---- */

static int64_t clock_ahead_sec;

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)
		ts->tv_sec += clock_ahead_sec;
	return rc;
}

int socket(int family, int type, int protocol)
{
	if (fault == NO_SOCKET) {
		errno = EMFILE;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}

int fcntl(int fd, int command, ...)
{
	va_list args;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (fault == NO_NONBLOCKING && command == F_SETFL) {
		errno = EBADF;
		return -1;
	}
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

static bool writes_fail; /* of the client, from now on */
static int server_fd = -1;

ssize_t write(int fd, const void *data, size_t bytes)
{
	int type;
	socklen_t room = sizeof(type);

	if (writes_fail && fd != server_fd &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &room) == 0) {
		errno = EPIPE;
		return -1;
	}
	return syscall(SYS_write, fd, data, bytes);
}

/* ---- the name service and the router ---- */

struct dns_query {
	uv_timer_t timer;
	dns_done_fn *done;
	void *ctx;
};

static void on_query_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_query(uv_timer_t *timer)
{
	const struct ip_addr here = ip_addr_v4(0x7f000001);
	struct dns_query *q = timer->data;

	uv_close((uv_handle_t *)timer, on_query_closed);
	q->done(q->ctx, fault == NO_NAME ? -ENOENT : 0, &here, fault != NO_NAME);
	if (fault == CONNECT_TAKES_11_SECONDS) /* from here to where the connection stands */
		clock_ahead_sec += 11;
}

int dns_resolve(uv_loop_t *l, const char *host, uint32_t timeout_msec, dns_done_fn *done, void *ctx,
    struct dns_query **out)
{
	struct dns_query *q = calloc(1, sizeof(*q));

	assert_string_equal(host, HOST);
	q->done = done;
	q->ctx = ctx;
	q->timer.data = q;
	(void)uv_timer_init(l, &q->timer);
	(void)uv_timer_start(&q->timer, on_query, 0, 0);
	*out = q;
	return 0;
}

void dns_cancel(struct dns_query *q)
{
	if (q)
		uv_close((uv_handle_t *)&q->timer, on_query_closed);
}

void agent_catch_up(struct agent *a)
{
}

uint32_t agent_wan(const struct agent *a)
{
	return 2;
}

struct ip_addr agent_lan_address(const struct agent *a, uint32_t lan)
{
	return ip_addr_v4(0xac1f0002);
}

/* ---- the server ---- */

static struct certificate ca, leaf, other_ca, other_leaf;
static char ca_file[] = "/tmp/cgw-texts-XXXXXX";
static uv_tcp_t listener, *peer; /* the connection, NULL = none */
static struct server *tls;
static uint16_t port;
static char *reply; /* the whole HTTP answer */
static bool replied;

static void on_peer_closed(uv_handle_t *handle)
{
	free(handle);
}

static void peer_close(void)
{
	if (peer)
		uv_close((uv_handle_t *)peer, on_peer_closed);
	peer = NULL;
}

static void peer_flush(void)
{
	while (peer && tls->out.at < tls->out.end) {
		uv_buf_t buf = uv_buf_init(
		    (char *)tls->out.bytes + tls->out.at, (unsigned)(tls->out.end - tls->out.at));
		int n = uv_try_write((uv_stream_t *)peer, &buf, 1);

		if (n <= 0)
			return;
		tls->out.at += (size_t)n;
	}
}

/* The request is there. */
static void on_request(void)
{
	if (fault == CLOSED_BEFORE_THE_ANSWER) {
		peer_close();
	} else if (fault == ANSWER_TAKES_31_SECONDS) {
		clock_ahead_sec += 31;
	} else {
		server_say(tls, reply);
		mbedtls_ssl_close_notify(&tls->ssl);
		peer_flush();
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char room[65536];

	*buf = uv_buf_init(room, sizeof(room));
}

static void on_bytes(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
	if (bytes < 0) {
		peer_close();
		return;
	}
	pipe_put(&tls->in, buf->base, (size_t)bytes);
	server_step(tls);
	writes_fail = writes_fail || (fault == WRITE_FAILS && tls->open);
	peer_flush();
	if (!replied && strstr(tls->plain, "VpnConnectionId.1")) {
		replied = true;
		on_request();
	}
}

static void on_peer(uv_stream_t *stream, int status)
{
	assert_int_equal(status, 0);
	if (tls)
		server_free(tls);
	tls =
	    server_new(fault == STRANGER ? &other_leaf : &leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3);
	replied = false;
	peer_close();
	peer = calloc(1, sizeof(*peer));
	assert_int_equal(uv_tcp_init(&loop, peer), 0);
	assert_int_equal(uv_accept(stream, (uv_stream_t *)peer), 0);
	(void)uv_fileno((uv_handle_t *)peer, &server_fd);
	assert_int_equal(uv_read_start((uv_stream_t *)peer, on_alloc, on_bytes), 0);
}

static void listen_somewhere(void)
{
	struct sockaddr_in sa;
	int room = sizeof(sa);

	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &sa), 0);
	assert_int_equal(uv_tcp_init(&loop, &listener), 0);
	assert_int_equal(uv_tcp_bind(&listener, (struct sockaddr *)&sa, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&listener, 8, on_peer), 0);
	assert_int_equal(uv_tcp_getsockname(&listener, (struct sockaddr *)&sa, &room), 0);
	port = ntohs(sa.sin_port);
}

/* ---- around a run ---- */

static void sink(void *ctx, enum log_level level, const char *line)
{
	assert_null(strstr(line, SECRET));
	if (strncmp(line, "[CLOUD_VPN][1] ", 15) == 0 && log_count < 24)
		snprintf(log_lines[log_count++], sizeof(log_lines[0]), "%s %s",
		    log_level_name(level), line + 15);
}

static int apply(void *ctx, const struct config_model *model, char *error, size_t error_bytes)
{
	if (refuse_apply) {
		snprintf(error, error_bytes, "no room for tunnel 2");
		return -ENOSPC;
	}
	agent.model = model;
	return 0;
}

static void report(void *ctx, enum agent_cloud_event event, const char *text)
{
	if (event == AGENT_CLOUD_PROGRESS)
		return;
	ended = true;
	last_event = event;
	snprintf(last_text, sizeof(last_text), "%s", text);
}

static int setup_all(void **state)
{
	certificate_make(&ca, &(struct certificate_spec){.cn = "Root", .ca = true}, NULL);
	certificate_make(&leaf, &(struct certificate_spec){.cn = HOST, .dns = HOST}, &ca);
	certificate_make(&other_ca, &(struct certificate_spec){.cn = "Other", .ca = true}, NULL);
	certificate_make(
	    &other_leaf, &(struct certificate_spec){.cn = HOST, .dns = HOST}, &other_ca);
	certificate_save(&ca, ca_file);
	assert_int_equal(uv_loop_init(&loop), 0);
	listen_somewhere();
	log_set_sink(sink, NULL);
	log_set_level(LOG_LEVEL_INFO); /* details need no `syslog debug on` */
	return 0;
}

static int teardown_all(void **state)
{
	log_set_sink(NULL, NULL);
	uv_close((uv_handle_t *)&listener, NULL);
	peer_close();
	if (tls)
		server_free(tls);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	certificate_free(&ca);
	certificate_free(&leaf);
	certificate_free(&other_ca);
	certificate_free(&other_leaf);
	unlink(ca_file);
	return uv_loop_close(&loop);
}

static int setup(void **state)
{
	const struct config_env env = {.apply = apply};

	memset(&agent, 0, sizeof(agent));
	fault = NOTHING;
	writes_fail = refuse_apply = false;
	agent.loop = &loop;
	agent.ca_file = ca_file;
	config = config_new(&env);
	agent.config = (struct agent_config_ops){
	    .ctx = config, .apply_lines = config_apply_lines, .running_text = config_running_text};
	return config ? 0 : -1;
}

static int teardown(void **state)
{
	cloud_stop_all(&agent);
	for (unsigned i = 0; i < 10; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	cloud_free_all(&agent);
	config_free(config);
	free(reply);
	reply = NULL;
	return 0;
}

/* The lines of `text`, besides those that make a cloud setting of it. */
static void type(const char *text)
{
	static char all[16384];
	char why[CONFIG_ERROR_BYTES];

	snprintf(all, sizeof(all),
	    "cloud vpn service 1 amazon-api\n"
	    "cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET " " FIXTURE_ID "\n"
	    "cloud vpn option 1 endpoint=https://" HOST ":%u\n"
	    "cloud vpn syslog on\n%s",
	    fault == NOBODY_LISTENS ? 1 : port, text);
	if (config_replace(config, all, strlen(all), why, sizeof(why)))
		fail_msg("%s", why);
}

static void answer_with(const char *status, const char *body)
{
	size_t room = strlen(body) + 256;

	free(reply);
	reply = malloc(room);
	snprintf(reply, room, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, strlen(body), body);
}

static void good_answer(void)
{
	char *body = fixture_body(FIXTURE_OUTER, FIXTURE_INNER, "");

	answer_with("200 OK", body);
	free(body);
}

/* One run to its end. Marks which texts it wrote; each has to be one of the reference. */
static void run(enum agent_cloud_event want)
{
	char error[256] = "";
	int rc;

	log_count = 0;
	ended = false;
	uv_update_time(&loop);
	rc = agent_cloud_go(&agent, 1, report, &agent, error, sizeof(error));
	if (fault == INTERRUPTED) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		agent_cloud_cancel(&agent, &agent);
	}
	while (rc == 0 && !ended)
		(void)uv_run(&loop, UV_RUN_ONCE);
	if (rc)
		last_event = AGENT_CLOUD_FAILED;
	assert_int_equal(last_event, want);
	for (unsigned i = 0; i < log_count; i++) {
		bool known = false;

		for (size_t t = 0; t < TEXTS; t++) {
			char line[160];

			snprintf(
			    line, sizeof(line), "%s %s", reference[t].level, reference[t].text);
			if (strcmp(log_lines[i], line) == 0)
				reference[t].seen = known = true;
		}
		if (!known)
			fail_msg("\"%s\" is no text of the reference", log_lines[i]);
	}
}

static void lines_are(const char *const *want)
{
	unsigned i = 0;

	for (; want[i] && i < log_count; i++)
		assert_string_equal(log_lines[i], want[i]);
	assert_null(want[i]);
	assert_int_equal(log_count, i);
}

#define CONNECTING "INFO Connecting to " HOST
#define RECEIVED   "DEBUG Received response message, Starting parse XML data."
#define PARSED     "DEBUG Success to parse XML data"
#define COMPARING  "DEBUG Comparing the existing config and recevied data"
#define FAILED     "INFO Setting failed"
#define LINES(...) lines_are((const char *const[]){__VA_ARGS__, NULL})

/* ---- tests ---- */

static void test_success_and_the_same_again(void **state)
{
	type("");
	good_answer();
	run(AGENT_CLOUD_DONE);
	LINES(CONNECTING, RECEIVED, PARSED, COMPARING, "DEBUG Configure VPN command",
	    "INFO Created VPN config successfully");
	assert_non_null(
	    strstr(last_text, "TUNNEL[01]: 203.0.113.21, 169.254.77.18/30, policy 201"));
	run(AGENT_CLOUD_DONE);
	LINES(CONNECTING, RECEIVED, PARSED, COMPARING,
	    "INFO Existing config and received data is matched", "INFO Config not change");
}

static void test_the_connection_fails(void **state)
{
	static const struct {
		enum fault fault;
		enum cloud_fault kind;
		const char *line[3];
	} row[] = {
	    {NO_NAME, CLOUD_FAULT_NAME, {"DEBUG Failed to resolve a server name"}},
	    {NO_SOCKET, CLOUD_FAULT_OTHER, {"DEBUG Can't create socket"}},
	    {NO_NONBLOCKING, CLOUD_FAULT_OTHER, {"DEBUG Setting Non-blocking failed"}},
	    {NOBODY_LISTENS, CLOUD_FAULT_UNREACHED,
		{"DEBUG Connection error", "DEBUG Can't connect to server"}},
	    {CONNECT_TAKES_11_SECONDS, CLOUD_FAULT_UNREACHED,
		{"DEBUG Connection timeout", "DEBUG Can't connect to server"}},
	    {STRANGER, CLOUD_FAULT_CERTIFICATE, {"DEBUG SSL connection error"}},
	    {WRITE_FAILS, CLOUD_FAULT_CUT, {"DEBUG Send error"}},
	    {CLOSED_BEFORE_THE_ANSWER, CLOUD_FAULT_CUT, {"DEBUG Receive error"}},
	    {ANSWER_TAKES_31_SECONDS, CLOUD_FAULT_CUT, {"DEBUG Receive timeout"}},
	};

	good_answer();
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fault = row[i].fault;
		type("");
		run(AGENT_CLOUD_FAILED);
		if (row[i].line[1])
			LINES(CONNECTING, row[i].line[0], row[i].line[1], FAILED);
		else
			LINES(CONNECTING, row[i].line[0], FAILED);
		assert_true(cloud_unreached(&agent, 1));
		assert_int_equal(agent_cloud_fault(&agent), row[i].kind);
		assert_true(row[i].kind == CLOUD_FAULT_OTHER || strstr(last_text, HOST));
		if (row[i].kind == CLOUD_FAULT_UNREACHED)
			assert_non_null(strstr(last_text, HOST " (127.0.0.1 port "));
		writes_fail = false;
		for (unsigned n = 0; n < 10; n++)
			(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
}

static void test_no_trust_store(void **state)
{
	agent.ca_file = "/nonexistent";
	type("");
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, "DEBUG SSL initialization error", FAILED);
}

static void test_the_answer_is_bad(void **state)
{
	static const char other[] = "<DescribeVpnConnectionsResponse><vpnConnectionSet/>"
				    "</DescribeVpnConnectionsResponse>";
	static const char error[] = "<Response><Errors><Error><Code>" CODE "</Code>"
				    "<Message>no</Message></Error></Errors></Response>";

	type("");
	answer_with("400 Bad Request", error);
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, "DEBUG HTTP error response (400)",
	    "DEBUG Received error response from server",
	    "DEBUG Received error message from AWS: " CODE, FAILED);
	assert_false(cloud_unreached(&agent, 1));
	answer_with("200 OK", "<a><b></a>");
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, "DEBUG Received illegal XML data", FAILED);
	answer_with("200 OK", other);
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, "DEBUG Received illegal response", FAILED);
	snprintf(reply, 20, "SSH-2.0-OpenSSH\r\n");
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, "DEBUG Received illegal HTTP message", FAILED);
	assert_false(cloud_unreached(&agent, 1));
}

/* All numbers but one, by the lines that take one. */
static const char *many(const char *format)
{
	static char text[8192];

	text[0] = '\0';
	for (unsigned n = 2; n <= config_tunnels(); n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), format, n);
	return text;
}

static void test_there_is_no_place_in_the_configuration(void **state)
{
	good_answer();
	type(many("tunnel select %u\n description tunnel branch\n"));
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, PARSED, "DEBUG All TUNNEL interfaces are used", FAILED);
	type("cloud vpn bind 1 1 2\ntunnel select 2\n description tunnel branch\n");
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, PARSED,
	    "DEBUG Already other setting at the specified interface", FAILED);
	type("bgp autonomous-system 65009\nbgp neighbor 9 64999 192.168.1.9\n");
	run(AGENT_CLOUD_FAILED);
	LINES(
	    CONNECTING, RECEIVED, PARSED, "DEBUG Cannot add a neighbor for BGP connection", FAILED);
	type("");
	refuse_apply = true;
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, PARSED, COMPARING, "DEBUG Configure VPN command",
	    "DEBUG Failed to create a command", FAILED);
}

static void test_required_command_is_missing(void **state)
{
	char error[256] = "";

	type("no cloud vpn parameter 1\n");
	log_count = 0;
	assert_int_equal(agent_cloud_go(&agent, 1, report, &agent, error, sizeof(error)), -EINVAL);
	LINES("DEBUG Required command is missing or illegal", FAILED);
	type("cloud vpn bind 1 7\n"); /* of two tunnels */
	good_answer();
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, RECEIVED, PARSED, "DEBUG Required command is missing or illegal", FAILED);
}

static void test_interrupted(void **state)
{
	type("");
	fault = INTERRUPTED;
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, "INFO Setting is canceled");
}

static void test_no_details_unless_they_are_asked_for(void **state)
{
	type("no cloud vpn syslog\n");
	answer_with("500 Internal Server Error", "");
	run(AGENT_CLOUD_FAILED);
	LINES(CONNECTING, FAILED);
}

static void test_a_reason_of_several_lines_is_one_in_the_log(void **state)
{
	char line[64];

	assert_string_equal(
	    cloud_one_line("no credentials\nfile: none\n\nrole: no\n", line, sizeof(line)),
	    "no credentials; file: none; role: no");
	assert_string_equal(cloud_one_line("one line", line, sizeof(line)), "one line");
	assert_string_equal(cloud_one_line("\n", line, sizeof(line)), "");
	assert_string_equal(cloud_one_line("one\ntwo\nthree", line, 7), "one; t");
}

static void test_every_text_of_the_reference_was_seen(void **state)
{
	/* Those of the program are as many: each that was seen is one of the reference. */
#define COUNT(name, level, text) +1
	assert_int_equal(TEXTS, 32);
	assert_int_equal(0 CLOUD_TEXTS(COUNT), 32);
#undef COUNT
	for (size_t t = 0; t < TEXTS; t++)
		if (!reference[t].seen)
			fail_msg("never seen: %s", reference[t].text);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_success_and_the_same_again), T(test_the_connection_fails),
	    T(test_no_trust_store), T(test_the_answer_is_bad),
	    T(test_there_is_no_place_in_the_configuration), T(test_required_command_is_missing),
	    T(test_interrupted), T(test_no_details_unless_they_are_asked_for),
	    cmocka_unit_test(test_a_reason_of_several_lines_is_one_in_the_log),
	    cmocka_unit_test(test_every_text_of_the_reference_was_seen), /* stays the last */
	};

	return cmocka_run_group_tests_name("control/cloud_texts", tests, setup_all, teardown_all);
}
