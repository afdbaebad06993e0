/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The protocol of a session: what a frame asks for, and the frames of the answer. What commands do
 * is in commands.c; who may enter, and how much a client may make us queue, is the server's
 * business. */
#include "control/console/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/language.h"
#include "control/console/pipe.h"
#include "control/console/session_state.h"
#include "control/console/show.h"
#include "control/console/suggest.h"

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

size_t session_part(const char *text, size_t bytes)
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
void session_flush(struct session *session)
{
	for (size_t at = 0; at < session->out.bytes;) {
		size_t part = session_part(session->out.data + at, session->out.bytes - at);

		session_send(session, frame_text("text", session->out.data + at, part));
		at += part;
	}
	text_free(&session->out);
}

void session_error_at(struct session *session, const char *sentence, unsigned column)
{
	char made[CONFIG_ERROR_BYTES * 2];
	json_t *frame;

	sentence = say_made(say(sentence), made, sizeof(made));
	frame = frame_text("error", sentence, strlen(sentence));
	session_flush(session);
	if (frame && column)
		json_object_set_new(frame, "column", json_integer(column));
	if (frame && language_is_japanese())
		json_object_set_new(frame, "title", json_string(say("Error")));
	session_send(session, frame);
}

void session_error(struct session *session, const char *sentence)
{
	session_error_at(session, sentence, 0);
}

void session_fail(struct session *session, const char *sentence)
{
	session_error(session, sentence);
	session_done(session, false);
}

#define PROMPT_BYTES (CONFIG_PROMPT + 32)

static void format_prompt(const struct session *session, char prompt[PROMPT_BYTES])
{
	const struct config_model *model = config_model(session->system->config);
	const char *text = model ? model->console_prompt : "";
	const char *blank = *text ? " " : "", *mode = session->candidate ? "candidate-" : "";

	if (!session->administrator)
		snprintf(prompt, PROMPT_BYTES, "%s%s> ", text, blank);
	else if (session->tunnel)
		snprintf(
		    prompt, PROMPT_BYTES, "%s%s%stunnel%u# ", text, blank, mode, session->tunnel);
	else
		snprintf(prompt, PROMPT_BYTES, "%s%s%s# ", text, blank,
		    session->candidate ? "candidate" : "");
}

/* What a client may be sent at once is bounded: of a text the first whole lines are kept, JSON is
 * left out, and it is said how much there was. False: it was. */
static bool bound_answer(struct session *session)
{
	size_t bytes = session->out.bytes, kept = 0;
	char sentence[200];

	if (bytes <= SESSION_ANSWER_BYTES)
		return true;
	for (kept = session->form == PIPE_TEXT ? SESSION_ANSWER_BYTES : 0;
	     kept && session->out.data[kept - 1] != '\n'; kept--)
		;
	session->out.data[kept] = '\0';
	session->out.bytes = kept;
	snprintf(sentence, sizeof(sentence),
	    say("the answer has %zu MiB, of which %zu are shown: ask for a part of it"),
	    bytes >> 20, kept >> 20);
	session_error(session, sentence);
	return false;
}

void session_done(struct session *session, bool ok)
{
	char prompt[PROMPT_BYTES];
	json_t *frame;

	ok = bound_answer(session) && ok;
	session_flush(session);
	session->wait = WAIT_NONE;
	session->made = false;
	format_prompt(session, prompt);
	frame =
	    json_pack("{s:b, s:b, s:b, s:s, s:s}", "done", 1, "ok", ok, "secret", session->secret,
		"prompt", prompt, "level", session->administrator ? "administrator" : "user");
	if (frame && session->held)
		json_object_set_new(frame, "held", json_integer(session->held_count));
	if (frame && session->candidate && config_candidate_changed(session->candidate))
		json_object_set_new(frame, "uncommitted", json_string(say(SESSION_UNCOMMITTED)));
	session_send(session, frame);
}

void session_bye(struct session *session)
{
	session_flush(session);
	session->wait = WAIT_NONE;
	session_send(session, json_pack("{s:b}", "bye", 1));
	session->finished = true;
	session->env.finish(session->env.ctx);
}

void session_expel(struct session *session, const char *sentence)
{
	session_error(session, sentence);
	session_bye(session);
}

void session_ask(struct session *session, enum session_question kind, const char *question,
    void (*answer)(struct session *session, const char *text, size_t bytes))
{
	json_t *frame = frame_text("ask", question, strlen(question));

	session_flush(session);
	session->wait = WAIT_ANSWER;
	session->question = kind;
	session->answer = answer;
	session->interrupt = NULL;
	if (frame && kind == ASK_HIDDEN)
		json_object_set_new(frame, "hidden", json_true());
	session_send(session, frame);
}

void session_work(struct session *session, void (*interrupt)(struct session *session))
{
	session_flush(session);
	session->wait = WAIT_WORK;
	session->interrupt = interrupt;
}

bool session_worked(struct session *session)
{
	bool gone = session->gone;

	session->wait = WAIT_NONE;
	if (gone)
		session_free(session);
	return !gone;
}

void session_notice(struct session *session, const char *sentence)
{
	if (session->locked)
		return;
	language_use(session_japanese(session));
	sentence = say(sentence);
	session_send(session, frame_text("notice", sentence, strlen(sentence)));
}

bool session_is_idle(const struct session *session)
{
	return session->wait != WAIT_WORK;
}

int session_apply(struct session *session, const char *line, char *error, size_t error_bytes)
{
	struct grammar_match *match = malloc(sizeof(*match));
	int rc = match ? 0 : -ENOMEM;

	if (!rc)
		rc = grammar_parse(match, line, strlen(line), error, error_bytes);
	if (!rc)
		rc = config_change(
		    session->system->config, &session->tunnel, match, error, error_bytes);
	if (match)
		grammar_match_wipe(match);
	free(match);
	return rc;
}

int session_bgp_refresh(struct session *session, char *error, size_t error_bytes)
{
	config_bgp_followed(session->system->config);
	return agent_bgp_refresh(session->system->agent, error, error_bytes);
}

static int expect(struct session *session, const char *line, size_t bytes,
    struct grammar_expects *out, char *error, size_t error_bytes)
{
	int rc;

	if (pipe_expect(line, bytes, session_japanese(session), out))
		return 0;
	rc = grammar_expect(line, bytes, session->administrator, session->tunnel,
	    session_japanese(session), out, error, error_bytes);
	if (!rc)
		suggest_words(session->system->log ? log_hub_ring(session->system->log) : NULL,
		    line, bytes, out);
	return rc;
}

/* `?`: what may follow, a line each. */
static void give_help(struct session *session, const char *line, size_t bytes)
{
	struct grammar_expects *expects = malloc(sizeof(*expects));
	char error[CONFIG_ERROR_BYTES] = "no memory";

	if (!expects || expect(session, line, bytes, expects, error, sizeof(error))) {
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
		text_printf(&session->out, "  %s\n", say("nothing can follow here"));
	free(expects);
	session_done(session, true);
}

static void give_completion(struct session *session, const char *line, size_t bytes)
{
	struct grammar_expects *expects = malloc(sizeof(*expects));
	json_t *words = json_array(), *frame;
	char error[CONFIG_ERROR_BYTES];
	unsigned column = 0;
	bool file = false;

	if (expects && expect(session, line, bytes, expects, error, sizeof(error)) == 0) {
		column = expects->column;
		file = expects->file;
		for (unsigned i = 0; i < expects->count; i++)
			if (expects->item[i].literal)
				json_array_append_new(words, json_string(expects->item[i].text));
	}
	free(expects);
	frame = json_pack("{s:i, s:o}", "column", (int)column, "complete", words);
	if (frame && file)
		json_object_set_new(frame, "file", json_true());
	session_send(session, frame);
	session_done(session, true);
}

/* Whether a `?` stands in the pipe behind the command. */
static bool ends_in_help(const struct grammar_match *match, const char *line, size_t bytes)
{
	return match->lexer.pipe && bytes && line[bytes - 1] == '?' && line[bytes - 2] != '\\';
}

/* Whether the command has an answer to pipe. What there is none of says so, piped or not. */
static bool is_shown(enum grammar_operation operation)
{
	return show_find(operation) || operation == OP_SHOW_CLOUD_COMPARE ||
	       operation == OP_REFUSED;
}

/* Tells the client what to do with the output of the command; false when it was refused. */
static bool send_filter(
    struct session *session, const struct grammar_match *match, const char *line, size_t bytes)
{
	const struct config_model *model = config_model(session->system->config);
	unsigned column = match->lexer.pipe_column + 1;
	bool shown = is_shown(match->row->operation);
	char error[CONFIG_ERROR_BYTES];
	json_t *stages = NULL;

	session->form = PIPE_TEXT;
	if (match->lexer.pipe && !shown) {
		snprintf(error, sizeof(error), say("column %u: only what is shown can be piped"),
		    column - 1);
		session_error_at(session, error, column - 1);
		session_done(session, false);
		return false;
	}
	if (match->lexer.pipe) {
		stages = pipe_parse(line + match->lexer.pipe, bytes - match->lexer.pipe,
		    &session->form, &column, error, sizeof(error));
		if (!stages) {
			session_error_at(session, error, column);
			session_done(session, false);
			return false;
		}
	} else if (shown && session->dialogue && model && model->console_lines) {
		stages = json_pack("[{s:i}]", "page", (int)model->console_lines);
	}
	if (match->row && match->row->operation == OP_SHOW_LOG)
		pipe_of_log(stages);
	if (json_array_size(stages))
		session_send(session, json_pack("{s:o}", "filter", stages));
	else
		json_decref(stages);
	return true;
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
	} else if (match->help_column || ends_in_help(match, line, bytes)) {
		give_help(session, line, bytes);
	} else if (match->secret && argv) {
		session_error(session,
		    "a line with a secret is not taken from the command line, where every user of "
		    "the system can read it: use the interactive form, -f FILE or standard input");
		session_done(session, false);
	} else if (!match->row) {
		session_done(session, true);
	} else if (send_filter(session, match, line, bytes)) {
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

/* Ctrl-C. */
static void interrupt(struct session *session)
{
	if (session->wait != WAIT_NONE && session->interrupt)
		session->interrupt(session);
	else if (session->wait == WAIT_ANSWER)
		session_done(session, false);
}

/* Nothing but that word, or its first letter: a command that is typed ahead is no answer. */
static bool is_answer(const char *text, size_t bytes, const char *word)
{
	while (bytes && (*text == ' ' || *text == '\t')) {
		text++;
		bytes--;
	}
	while (bytes && (text[bytes - 1] == ' ' || text[bytes - 1] == '\t'))
		bytes--;
	return (bytes == 1 || bytes == strlen(word)) && strncasecmp(text, word, bytes) == 0;
}

static void take_answer(struct session *session, const char *text, size_t bytes)
{
	bool yes = is_answer(text, bytes, "yes"), no = is_answer(text, bytes, "no");

	if (session->question != ASK_YES_NO)
		session->answer(session, text, bytes);
	else if (yes || no)
		session->answer(session, yes ? "y" : "n", 1);
	else
		session_ask(session, ASK_YES_NO, say("Y or N, then Enter (Y/N)"), session->answer);
}

/* Whether somebody is there; who has to log in is asked for the password then, or sent away. */
static void take_dialogue(struct session *session, const json_t *object)
{
	const json_t *dialogue = json_object_get(object, "dialogue");

	session->dialogue = json_is_true(dialogue);
	if (session->locked && dialogue)
		command_login(session);
	else if (session->locked)
		session_expel(session, "the login password has to be given first");
}

static void handle(struct session *session, const json_t *object)
{
	size_t bytes;
	const char *text;

	if (json_is_true(json_object_get(object, "interrupt"))) {
		interrupt(session);
	} else if ((text = member(object, "answer", &bytes))) {
		if (session->wait == WAIT_ANSWER)
			take_answer(session, text, bytes);
	} else if (json_object_get(object, "data") || json_object_get(object, "failed")) {
		session_file_frame(session, object);
	} else if (session->wait != WAIT_NONE) {
		session_error(session, "another command is still under way");
	} else if (session->locked) { /* whatever else stands in the frame: nothing but the login */
		take_dialogue(session, object);
	} else if (json_object_get(object, "fill")) {
		command_fill(session);
	} else if ((text = member(object, "line", &bytes)) && session->administrator &&
		   session->dialogue && command_hold(session, text, bytes)) {
		session_done(session, true);
	} else if (text) {
		run_line(session, text, bytes, json_is_true(json_object_get(object, "argv")));
	} else if ((text = member(object, "help", &bytes))) {
		give_help(session, text, bytes);
	} else if ((text = member(object, "complete", &bytes))) {
		give_completion(session, text, bytes);
	} else if (json_object_get(object, "dialogue")) {
		take_dialogue(session, object);
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

struct session *session_new(struct session_system *system, const struct session_env *env,
    bool administrator, uid_t uid, const char *who)
{
	const struct config_model *model = config_model(system->config);
	struct session *session = calloc(1, sizeof(*session));
	char prompt[PROMPT_BYTES];
	json_t *frame;

	if (!session)
		return NULL;
	session->system = system;
	session->env = *env;
	session->administrator = session->may_administrate = administrator;
	session->locked = !administrator && model && model->login_hash[0];
	session->uid = uid;
	snprintf(session->who, sizeof(session->who), "%s", who);
	format_prompt(session, prompt);
	frame = json_pack(
	    "{s:s, s:s}", "prompt", prompt, "level", administrator ? "administrator" : "user");
	if (frame && session->locked)
		json_object_set_new(frame, "login", json_true());
	session_send(session, frame);
	return session;
}

void session_free(struct session *session)
{
	text_free(&session->out);
	session_forget_file(session);
	frames_wipe(&session->frames);
	grammar_match_wipe(&session->match);
	secret_wipe(session->password, sizeof(session->password));
	config_candidate_free(session->candidate);
	json_decref(session->compared);
	free(session->plan);
	command_forget_held(session);
	free(session);
}

void session_end(struct session *session)
{
	if (!session)
		return;
	session->gone = true;
	if (session->wait != WAIT_WORK)
		session_free(session);
	else if (session->interrupt)
		session->interrupt(session); /* whoever works calls back: session_worked() frees */
}
