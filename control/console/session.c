/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The protocol of a session: what a frame asks for, and the frames of the answer. What commands do
 * is in commands.c; who may enter, and how much a client may make us queue, is the server's
 * business. */
#include "control/console/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/language.h"
#include "control/console/session_state.h"

bool session_japanese(const struct session *session)
{
	const struct config_model *model = config_model(session->system->config);

	return model && model->console_japanese;
}

void session_send(struct session *session, json_t *object)
{
	char *line = frame_print(object);

	if (line && !session->gone && !session->finished)
		session->env.send(session->env.ctx, line, strlen(line));
	if (line)
		secret_wipe(line, strlen(line));
	free(line);
}

/* How much of `bytes` goes into one frame: whole lines if possible, whole characters in any case.
 */
static size_t frame_part(const char *text, size_t bytes)
{
	size_t part = FRAME_TEXT_BYTES;

	if (bytes <= part)
		return bytes;
	while (part && text[part - 1] != '\n')
		part--;
	if (part)
		return part;
	for (part = FRAME_TEXT_BYTES; part && ((unsigned char)text[part] & 0xc0) == 0x80; part--)
		continue;
	return part ? part : FRAME_TEXT_BYTES;
}

/* Sends session->out. */
static void session_flush(struct session *session)
{
	for (size_t at = 0; at < session->out.bytes;) {
		size_t part = frame_part(session->out.data + at, session->out.bytes - at);

		session_send(session, frame_text("text", session->out.data + at, part));
		at += part;
	}
	text_free(&session->out);
}

void session_error_at(struct session *session, const char *sentence, unsigned column)
{
	json_t *frame;

	sentence = say(sentence);
	frame = frame_text("error", sentence, strlen(sentence));
	session_flush(session);
	if (frame && column)
		json_object_set_new(frame, "column", json_integer(column));
	session_send(session, frame);
}

void session_error(struct session *session, const char *sentence)
{
	session_error_at(session, sentence, 0);
}

static void format_prompt(const struct session *session, char prompt[32])
{
	if (!session->administrator)
		snprintf(prompt, 32, "> ");
	else if (session->tunnel)
		snprintf(prompt, 32, "tunnel%u# ", session->tunnel);
	else
		snprintf(prompt, 32, "# ");
}

void session_done(struct session *session, bool ok)
{
	char prompt[32];

	session_flush(session);
	session->wait = WAIT_NONE;
	format_prompt(session, prompt);
	session_send(session,
	    json_pack("{s:b, s:b, s:b, s:s, s:s}", "done", 1, "ok", ok, "secret", session->secret,
		"prompt", prompt, "level", session->administrator ? "administrator" : "user"));
}

void session_bye(struct session *session)
{
	session_flush(session);
	session->wait = WAIT_NONE;
	session_send(session, json_pack("{s:b}", "bye", 1));
	session->finished = true;
	session->env.finish(session->env.ctx);
}

void session_ask(struct session *session, enum session_wait wait, const char *question)
{
	session_flush(session);
	session->wait = wait;
	session_send(session, frame_text("ask", question, strlen(question)));
}

/* `?`: what may follow, a line each. */
static void give_help(struct session *session, const char *line, size_t bytes)
{
	struct grammar_expects *expects = malloc(sizeof(*expects));
	char error[CONFIG_ERROR_BYTES] = "no memory";

	if (!expects || grammar_expect(line, bytes, session->administrator, session->tunnel,
			    session_japanese(session), expects, error, sizeof(error))) {
		free(expects);
		session_error(session, error);
		session_done(session, false);
		return;
	}
	for (unsigned i = 0; i < expects->count; i++)
		text_printf(&session->out, "  %-24s%s%s\n", expects->item[i].text,
		    expects->item[i].help[0] ? "  " : "", expects->item[i].help);
	if (expects->complete)
		text_printf(&session->out, "  %s\n",
		    session_japanese(session) ? "<Enter>  このまま実行できます"
					      : "<Enter>  carry it out");
	if (!expects->count && !expects->complete)
		text_puts(&session->out, "  nothing can follow here\n");
	free(expects);
	session_done(session, true);
}

static void give_completion(struct session *session, const char *line, size_t bytes)
{
	struct grammar_expects *expects = malloc(sizeof(*expects));
	json_t *words = json_array();
	char error[CONFIG_ERROR_BYTES];
	unsigned column = 0;

	if (expects && grammar_expect(line, bytes, session->administrator, session->tunnel, false,
			   expects, error, sizeof(error)) == 0) {
		column = expects->column;
		for (unsigned i = 0; i < expects->count; i++)
			if (expects->item[i].literal)
				json_array_append_new(words, json_string(expects->item[i].text));
	}
	free(expects);
	session_send(session, json_pack("{s:i, s:o}", "column", (int)column, "complete", words));
	session_done(session, true);
}

static void run_line(struct session *session, const char *line, size_t bytes, bool argv)
{
	char error[CONFIG_ERROR_BYTES];
	struct grammar_match *match = &session->match;
	int rc = grammar_parse(match, line, bytes, error, sizeof(error));

	session->secret = match->secret;
	if (match->secret) /* ahead of all output: the client may be about to echo the line */
		session_send(session, json_pack("{s:b}", "secret", 1));
	if (rc) {
		session_error_at(session, error, match->error_column);
		session_done(session, false);
	} else if (match->help_column) {
		give_help(session, line, bytes);
	} else if (match->secret && argv) {
		session_error(session,
		    "a line with a secret is not taken from the command line, where every user of "
		    "the system can read it: use the interactive form, -f FILE or standard input");
		session_done(session, false);
	} else if (!match->row) {
		session_done(session, true);
	} else {
		command_run(session, match);
	}
	grammar_match_wipe(match);
}

/* A string member, with its length: it may hold NULs, which are refused where columns are counted.
 */
static const char *member(const json_t *object, const char *key, size_t *bytes)
{
	const json_t *string = json_object_get(object, key);

	*bytes = json_string_length(string);
	return json_string_value(string);
}

static void handle(struct session *session, const json_t *object)
{
	size_t bytes;
	const char *text;

	if (json_is_true(json_object_get(object, "interrupt"))) {
		command_interrupt(session);
	} else if ((text = member(object, "answer", &bytes))) {
		if (session->wait != WAIT_SAVE_CLOUD && session->wait != WAIT_SAVE_LEAVE)
			return;
		if (bytes && strchr("yYnN", text[0]))
			command_answer(session, text[0] == 'y' || text[0] == 'Y');
		else
			session_ask(session, session->wait, "(Y/N)");
	} else if (session->wait != WAIT_NONE) {
		session_error(session, "another command is still under way");
	} else if ((text = member(object, "line", &bytes))) {
		run_line(session, text, bytes, json_is_true(json_object_get(object, "argv")));
	} else if ((text = member(object, "help", &bytes))) {
		give_help(session, text, bytes);
	} else if ((text = member(object, "complete", &bytes))) {
		give_completion(session, text, bytes);
	} else if (json_object_get(object, "dialogue")) {
		session->dialogue = json_is_true(json_object_get(object, "dialogue"));
	} else {
		session_error(session, "this frame asks for nothing that is known");
		session_done(session, false);
	}
}

static void take_line(struct session *session, const char *line, size_t bytes)
{
	json_t *object = frame_parse(line, bytes);

	if (object) {
		handle(session, object);
		json_decref(object);
		return;
	}
	session_error(session, "this is no frame of the console protocol");
	if (session->wait == WAIT_NONE)
		session_done(session, false);
}

void session_input(struct session *session, const char *data, size_t bytes)
{
	enum frames_result result;
	const char *line;
	size_t line_bytes;

	language_use(session_japanese(session));
	while (!session->finished && (result = frames_take(&session->frames, &data, &bytes, &line,
					  &line_bytes)) != FRAMES_MORE) {
		if (result == FRAMES_LINE) {
			take_line(session, line, line_bytes);
			continue;
		}
		session_error(session, "the line is too long and was not executed");
		if (session->wait == WAIT_NONE)
			session_done(session, false);
	}
}

struct session *session_new(const struct session_system *system, const struct session_env *env,
    bool administrator, const char *who)
{
	struct session *session = calloc(1, sizeof(*session));
	char prompt[32];

	if (!session)
		return NULL;
	session->system = system;
	session->env = *env;
	session->administrator = session->may_administrate = administrator;
	snprintf(session->who, sizeof(session->who), "%s", who);
	format_prompt(session, prompt);
	session_send(session, json_pack("{s:s, s:s}", "prompt", prompt, "level",
				  administrator ? "administrator" : "user"));
	return session;
}

void session_free(struct session *session)
{
	text_free(&session->out);
	frames_wipe(&session->frames);
	grammar_match_wipe(&session->match);
	free(session);
}

void session_end(struct session *session)
{
	if (!session)
		return;
	session->gone = true;
	if (session->wait == WAIT_CLOUD)
		command_interrupt(session); /* whose last report frees the session */
	else
		session_free(session);
}
