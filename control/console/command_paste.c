/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines with placeholders: held back until the client says that no more are coming, then each
 * placeholder is asked for once, and the lines are carried out in their order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/language.h"
#include "control/console/placeholder.h"
#include "control/console/session_state.h"

#define HELD_MAX 1000

struct held {
	struct held *next;
	uint32_t tunnel; /* selected when it came */
	bool secret;     /* it holds one, or its value will be one: it is not shown */
	char *line;
};

static void free_held(struct held *held)
{
	if (held->line)
		secret_wipe(held->line, strlen(held->line));
	free(held->line);
	free(held);
}

void command_forget_held(struct session *session)
{
	while (session->held) {
		struct held *next = session->held->next;

		free_held(session->held);
		session->held = next;
	}
	session->held_count = 0;
}

static bool is_refresh(const char *line)
{
	return strcmp(line, "bgp configure refresh") == 0;
}

/* Whether the line holds a secret, as far as it is understood. */
static bool is_secret(const char *line)
{
	struct grammar_match *match = malloc(sizeof(*match));
	char ignored[CONFIG_ERROR_BYTES];
	bool secret = true; /* nobody can tell */

	if (match) {
		(void)grammar_parse(match, line, strlen(line), ignored, sizeof(ignored));
		secret = match->secret;
		grammar_match_wipe(match);
	}
	free(match);
	return secret;
}

bool command_hold(struct session *session, const char *line, size_t bytes)
{
	struct held *held, **end = &session->held;
	/* A line with a NUL is refused where columns are counted. */
	char *copy = memchr(line, '\0', bytes) ? NULL : strndup(line, bytes);
	char name[PLACEHOLDER_BYTES];
	size_t at = 0;
	bool wanted;

	if (!copy)
		return false;
	copy[strcspn(copy, "\r\n")] = '\0';
	for (size_t length = strlen(copy); length && copy[length - 1] == ' ';)
		copy[--length] = '\0';
	/* What makes the held lines effective waits for them. */
	wanted = placeholder_find(copy, &at, name) || (session->held && is_refresh(copy));
	held = wanted && session->held_count < HELD_MAX ? calloc(1, sizeof(*held)) : NULL;
	if (!held) {
		secret_wipe(copy, strlen(copy));
		free(copy);
		return false;
	}
	held->tunnel = session->tunnel;
	held->line = copy;
	held->secret = is_secret(copy);
	session->secret = held->secret;
	while (*end)
		end = &(*end)->next;
	*end = held;
	session->held_count++;
	return true;
}

/* Parses and carries out one line of the session. 0, -errno with a sentence; a notice is printed.
 */
static int carry_out(
    struct session *session, const char *line, uint32_t *tunnel, char *error, size_t error_bytes)
{
	struct grammar_match *match = malloc(sizeof(*match));
	int rc = match ? 0 : -ENOMEM;

	error[0] = '\0';
	if (!rc)
		rc = grammar_parse(match, line, strlen(line), error, error_bytes);
	if (!rc && match->row && match->row->operation == OP_BGP_REFRESH && !session->candidate)
		rc = session_bgp_refresh(session, error, error_bytes);
	else if (!rc && session->candidate)
		rc = config_candidate_change(session->candidate, tunnel, match, error, error_bytes);
	else if (!rc)
		rc = config_change(session->system->config, tunnel, match, error, error_bytes);
	if (match)
		grammar_match_wipe(match);
	free(match);
	return rc;
}

/* All placeholders have their values. */
static void carry_out_held(struct session *session)
{
	unsigned done = 0;

	for (struct held *held = session->held; held; held = held->next) {
		char error[CONFIG_ERROR_BYTES];

		if (carry_out(session, held->line, &held->tunnel, error, sizeof(error))) {
			session_fail(session, error);
			command_forget_held(session);
			return;
		}
		if (*error)
			text_printf(&session->out, "%s\n", error);
		done++;
	}
	command_forget_held(session);
	text_printf(&session->out, say("%u lines were filled in and carried out."), done);
	text_puts(&session->out, "\n");
	session_done(session, true);
}

/* The first held line with a placeholder, and its name. */
static struct held *first_open(struct session *session, char name[PLACEHOLDER_BYTES])
{
	for (struct held *held = session->held; held; held = held->next) {
		size_t at = 0;

		if (placeholder_find(held->line, &at, name))
			return held;
	}
	return NULL;
}

/* Whether the line would be taken with this value; it may have other placeholders still. */
static bool would_fit(
    const char *line, const char *name, const char *value, char *error, size_t error_bytes)
{
	struct grammar_match *match = malloc(sizeof(*match));
	char *filled = placeholder_fill(line, name, value), other[PLACEHOLDER_BYTES];
	size_t at = 0;
	bool fits = false;

	if (match && filled)
		fits = placeholder_find(filled, &at, other) ||
		       grammar_parse(match, filled, strlen(filled), error, error_bytes) == 0;
	if (match)
		grammar_match_wipe(match);
	if (filled)
		secret_wipe(filled, strlen(filled));
	free(filled);
	free(match);
	return fits;
}

static void fill_all(struct session *session, const char *name, const char *value)
{
	for (struct held *held = session->held; held; held = held->next) {
		char *filled = placeholder_fill(held->line, name, value);

		if (!filled)
			continue; /* stays open, and is asked for again */
		secret_wipe(held->line, strlen(held->line));
		free(held->line);
		held->line = filled;
	}
}

/* A line of the paste that came late, and was taken for the answer: true when it was one. */
static bool was_a_line(struct session *session, const char *value)
{
	char ignored[CONFIG_ERROR_BYTES];
	size_t blanks = strspn(value, " \t");

	if (value[blanks] == '\0' || value[blanks] == '#' ||
	    command_hold(session, value, strlen(value)))
		return true;
	return strchr(value, ' ') &&
	       carry_out(session, value, &session->tunnel, ignored, sizeof(ignored)) == 0;
}

/* An answer is a value, or a line that came late: as a whole, whatever its length. */
static void on_value(struct session *session, const char *text, size_t bytes)
{
	char name[PLACEHOLDER_BYTES], error[CONFIG_ERROR_BYTES] = "";
	char *value = memchr(text, '\0', bytes) ? NULL : strndup(text, bytes);
	struct held *held = first_open(session, name);

	if (!value)
		text_printf(&session->out, "%s\n", say("this is no text, and was left out"));
	else if (*value && *value != '#' && held &&
		 would_fit(held->line, name, value, error, sizeof(error)))
		fill_all(session, name, value);
	else if (!was_a_line(session, value))
		text_printf(&session->out, "%s\n", error);
	if (value)
		secret_wipe(value, bytes);
	free(value);
	command_fill(session);
}

static void give_up(struct session *session)
{
	text_printf(
	    &session->out, say("%u lines with placeholders were left out."), session->held_count);
	text_puts(&session->out, "\n");
	command_forget_held(session);
	session_done(session, false);
}

void command_fill(struct session *session)
{
	char name[PLACEHOLDER_BYTES], question[CONFIG_ERROR_BYTES];
	const struct held *held = first_open(session, name);

	if (!held) {
		carry_out_held(session);
		return;
	}
	if (held->secret)
		snprintf(question, sizeof(question), "%s:", name);
	else
		snprintf(question, sizeof(question), say("%s, as in `%s`:"), name, held->line);
	session_ask(session, held->secret ? ASK_HIDDEN : ASK_TEXT, question, on_value);
	session->interrupt = give_up;
}
