/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `packetdump start ...`, `packetdump stop`: the dataplane's capture, whose file holds the inner
 * and the outer packet of each, tied by one number. It always ends by itself: at what was said, or
 * after a minute or ten thousand packets. */
#include <stdio.h>
#include <string.h>

#include "common/shm_abi.h"
#include "control/config/language.h"
#include "control/console/session_state.h"

#define SECONDS_DEFAULT 60
#define PACKETS_DEFAULT 10000

static uint8_t read_what(const struct grammar_args *args)
{
	static const struct {
		const char *word;
		uint8_t bit;
	} words[] = {{"outer", CFG_CAPTURE_OUTER}, {"inner", CFG_CAPTURE_INNER},
	    {"drops", CFG_CAPTURE_DROPS}};
	const struct value *value;
	unsigned at = 0;
	uint8_t what = 0;

	while ((value = args_next(args, "what", &at)))
		for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == value->word_bytes &&
			    memcmp(words[i].word, value->word, value->word_bytes) == 0)
				what |= words[i].bit;
	return what ? what : CFG_CAPTURE_OUTER | CFG_CAPTURE_INNER | CFG_CAPTURE_DROPS;
}

/* The answer to either command has come. False: the session has gone, or was told what is wrong. */
static bool is_done(
    struct session *session, bool ok, const char *text, struct agent_capture_status *status)
{
	if (!session_worked(session))
		return false;
	if (!ok) {
		session_fail(session, text);
		return false;
	}
	agent_capture(session->system->agent, status);
	return true;
}

static void on_started(void *ctx, bool ok, const char *text)
{
	struct session *session = ctx;
	struct agent_capture_status status;

	if (!is_done(session, ok, text, &status))
		return;
	text_printf(&session->out, say("Packets are written to %s"), status.file);
	text_puts(&session->out, "\n");
	session_done(session, true);
}

static void on_stopped(void *ctx, bool ok, const char *text)
{
	struct session *session = ctx;
	struct agent_capture_status status;

	if (!is_done(session, ok, text, &status))
		return;
	text_printf(&session->out, say("%llu packets are in %s"),
	    (unsigned long long)status.packets, status.file);
	text_puts(&session->out, "\n");
	session_done(session, true);
}

static void leave(struct session *session)
{
	agent_capture_leave(session->system->agent);
}

void command_packetdump_start(struct session *session, const struct grammar_args *args)
{
	const struct value *lan = args_find(args, "lan");
	struct agent_capture_wish wish = {
	    .what = read_what(args),
	    .lan = lan ? lan->number : 0,
	    .tunnel = args_number(args, "tunnel", 0),
	    .snap = (uint16_t)args_number(args, "snap", 0),
	    .packets = args_number(args, "packets", 0),
	    .seconds = args_number(args, "seconds", 0),
	    .bytes = (uint64_t)args_number(args, "megabytes", 0) << 20,
	};
	char error[CONFIG_ERROR_BYTES] = "";

	if (!wish.packets && !wish.seconds && !wish.bytes) {
		wish.packets = PACKETS_DEFAULT;
		wish.seconds = SECONDS_DEFAULT;
	}
	session_work(session, leave);
	if (!agent_capture_start(
		session->system->agent, &wish, on_started, session, error, sizeof(error)))
		return;
	session->wait = WAIT_NONE;
	session_fail(session, error);
}

void command_packetdump_stop(struct session *session)
{
	char error[CONFIG_ERROR_BYTES] = "";

	session_work(session, leave);
	if (!agent_capture_stop(session->system->agent, on_stopped, session, error, sizeof(error)))
		return;
	session->wait = WAIT_NONE;
	session_fail(session, error);
}
