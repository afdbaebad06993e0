/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `ping` and `traceroute`: the system's programs, with what was typed as arguments of their own.
 * The grammar has checked every one: none begins with a dash but those written here. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/config/language.h"
#include "control/console/session_state.h"
#include "control/sys/child.h"
#include "control/sys/dns.h"

#define ARGUMENTS     16
#define LOOK_UP_MSEC  10000
#define DEFAULT_COUNT "4" /* of pings nobody is there to stop */

/* Up to the end of the line. */
static size_t line_bytes(const char *text, size_t bytes)
{
	const char *end = memchr(text, '\n', bytes);

	return end ? (size_t)(end - text) : bytes;
}

/* What of the output is not sent yet stays below a line or so: it is sent as it comes. */
static void on_text(void *ctx, const char *text, size_t bytes)
{
	struct session *session = ctx;
	char line[256];

	if (session->child_logs)
		log_info("[NTP] %s", log_escape(text, line_bytes(text, bytes), line, sizeof(line)));
	if (!session->gone)
		session_send(session, frame_text("text", text, bytes));
}

static void on_ended(void *ctx, int status)
{
	struct session *session = ctx;

	session->child = NULL;
	if (session_worked(session))
		session_done(session, status == 0);
}

static void stop(struct session *session)
{
	child_signal(session->child, session->gone ? SIGKILL : SIGINT);
}

static void run(struct session *session, const char *const *argv, bool logs)
{
	const struct child_report report = {session, on_text, on_ended};
	const struct child_spec spec = {.argv = argv, .fd = -1};
	char error[160];
	int rc = 0;

	if (!session->system->loop) {
		session_fail(session, "no program can be run from here");
		return;
	}
	session_work(session, stop);
	session->child_logs = logs;
	session->child = child_start(session->system->loop, &spec, &report, &rc);
	if (session->child)
		return;
	session->wait = WAIT_NONE;
	snprintf(
	    error, sizeof(error), say("%s could not be started: %s"), argv[0], uv_strerror(rc));
	session_fail(session, error);
}

/* ---- a host that is a name ---- */

/* The program waits until its host is known, so that it is us who say that it is not. */
struct look_up {
	struct session *session;
	struct dns_query *query;
	const char *host; /* one of the words */
	const char *argv[ARGUMENTS];
	char word[ARGUMENTS][256];
};

static bool has_ipv4(const struct ip_addr *addrs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (addrs[i].family == IP_FAMILY_V4)
			return true;
	return false;
}

static void on_looked_up(void *ctx, int error, const struct ip_addr *addrs, size_t count)
{
	struct look_up *look_up = ctx;
	struct session *session = look_up->session;
	char sentence[400] = "";

	session->look_up = NULL;
	if (session_worked(session)) {
		/* What must not be connected to may well be pinged. */
		if (error && error != -EPERM)
			snprintf(sentence, sizeof(sentence), "%s %s", look_up->host,
			    error == -ETIMEDOUT ? "could not be looked up: no answer"
						: "is not known");
		else if (!error && !has_ipv4(addrs, count))
			snprintf(
			    sentence, sizeof(sentence), "%s has no IPv4 address", look_up->host);
		if (*sentence)
			session_fail(session, sentence);
		else
			run(session, look_up->argv, false);
	}
	free(look_up);
}

/* Ctrl-C, or the client is gone. */
static void stop_looking(struct session *session)
{
	struct look_up *look_up = session->look_up;

	session->look_up = NULL;
	dns_cancel(look_up->query);
	free(look_up);
	if (session_worked(session))
		session_done(session, false);
}

/* Runs a program on a host that stands last among its arguments. */
static void run_on_host(struct session *session, const char *const *argv, bool is_name)
{
	struct look_up *look_up = NULL;
	unsigned i;

	if (!is_name || !session->system->loop) {
		run(session, argv, false);
		return;
	}
	look_up = calloc(1, sizeof(*look_up));
	if (!look_up) {
		session_fail(session, "no memory");
		return;
	}
	look_up->session = session;
	for (i = 0; argv[i]; i++) {
		snprintf(look_up->word[i], sizeof(look_up->word[i]), "%s", argv[i]);
		look_up->argv[i] = look_up->host = look_up->word[i];
	}
	session_work(session, stop_looking);
	session->look_up = look_up;
	if (!dns_resolve(session->system->loop, look_up->host, LOOK_UP_MSEC, on_looked_up, look_up,
		&look_up->query))
		return;
	session->look_up = NULL;
	session->wait = WAIT_NONE;
	free(look_up);
	session_fail(session, "no memory");
}

/* ---- ping and traceroute ---- */

/* Host and source of a command as texts. */
struct target {
	char host[256], source[IP_ADDR_TEXT_BYTES];
	bool is_name;
};

static bool read_target(const struct grammar_args *args, struct target *target)
{
	const struct value *host = args_find(args, "host"), *source = args_find(args, "source");

	target->is_name = host->kind != VALUE_ADDRESS;
	if (target->is_name)
		snprintf(target->host, sizeof(target->host), "%s", args_text(args, "host"));
	else
		ip_addr_format(&host->net.addr, target->host);
	if (source)
		ip_addr_format(&source->net.addr, target->source);
	return source != NULL;
}

void command_ping(struct session *session, const struct grammar_args *args)
{
	char count[16] = DEFAULT_COUNT, bytes[16], wait[16];
	const char *argv[ARGUMENTS] = {"ping", "-n", "-4"};
	struct target target;
	unsigned used = 3;

	/* The size is that of the IP packet without its header, as on the router. */
	snprintf(bytes, sizeof(bytes), "%u", args_number(args, "bytes", 64) - 8);
	snprintf(wait, sizeof(wait), "%u", args_number(args, "wait", 1));
	argv[used++] = "-s";
	argv[used++] = bytes;
	if (args_find(args, "times"))
		snprintf(count, sizeof(count), "%u", args_number(args, "times", 1));
	if (args_find(args, "times") || !session->dialogue) {
		argv[used++] = "-c";
		argv[used++] = count;
	}
	if (args_find(args, "wait")) {
		argv[used++] = "-W";
		argv[used++] = wait;
	}
	if (read_target(args, &target)) {
		argv[used++] = "-I";
		argv[used++] = target.source;
	}
	argv[used++] = "--";
	argv[used++] = target.host;
	run_on_host(session, argv, target.is_name);
}

void command_traceroute(struct session *session, const struct grammar_args *args)
{
	const char *argv[ARGUMENTS] = {"traceroute", "-4"};
	struct target target;
	unsigned used = 2;

	if (args_keyword(args, "noresolv"))
		argv[used++] = "-n";
	if (read_target(args, &target)) {
		argv[used++] = "-s";
		argv[used++] = target.source;
	}
	argv[used++] = "--";
	argv[used++] = target.host;
	run_on_host(session, argv, target.is_name);
}

/* A program of ours, which says in one line what it did. */
void command_ntpdate(struct session *session, const struct grammar_args *args)
{
	const struct value *server = args_find(args, "server");
	char program[4096], host[256];
	const char *argv[] = {program, host, NULL};

	child_beside("cgw-ntpdate", program, sizeof(program));
	if (server->kind == VALUE_ADDRESS)
		ip_addr_format(&server->net.addr, host);
	else
		snprintf(host, sizeof(host), "%s", args_text(args, "server"));
	run(session, argv, args_keyword(args, "syslog"));
}

/* The kernel's own table: the dataplane follows it. Entries that somebody made by hand stay. */
void command_clear_arp(struct session *session, const struct grammar_args *args)
{
	const char *argv[] = {"ip", "-4", "neigh", "flush", "all", NULL, NULL};
	char name[16];

	if (args_find(args, "lan")) {
		snprintf(name, sizeof(name), "lan%u", args_number(args, "lan", 0));
		argv[4] = "dev";
		argv[5] = name;
	}
	run(session, argv, false);
}
