/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show techinfo: the answers of other commands, one after the other. None of them shows a secret.
 */
#include <stdlib.h>
#include <string.h>

#include "control/console/show_json.h"

static const char *const parts[] = {
    "show environment",
    "show config",
    "show config list",
    "check",
    "show status dataplane",
    "show arp",
    "show ip route detail",
    "show ipsec sa",
    "show ipsec sa gateway",
    "show status tunnel",
    "show status bgp neighbor",
    "show status cloud vpn",
    "show status dhcp",
    "show nat descriptor address",
    "show ip filter",
    "show log",
};

/* Shows one part; a part that cannot be shown says why, and the others follow. */
static int run(const struct show *show, struct grammar_match *match, const char *line, char *error,
    size_t error_bytes)
{
	struct grammar_args args;
	int rc;

	error[0] = '\0';
	rc = grammar_parse(match, line, strlen(line), error, error_bytes);
	args = grammar_match_args(match);
	if (!rc)
		rc = show_find(match->row->operation)(show, &args, error, error_bytes);
	grammar_match_wipe(match);
	return rc;
}

static json_t *part_json(const struct show *show, struct grammar_match *match, const char *line,
    char *error, size_t error_bytes)
{
	json_t *answer = NULL;
	struct show part = *show;
	int rc;

	part.answer = &answer;
	rc = run(&part, match, line, error, error_bytes);
	return json_pack("{s:s, s:o, s:o}", "command", line, "error",
	    rc ? show_json_text(error) : json_null(), "answer", answer ? answer : json_null());
}

static json_t *to_json(
    const struct show *show, struct grammar_match *match, char *error, size_t error_bytes)
{
	json_t *list = json_array();
	bool bad = false;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		bad |= json_array_append_new(
			   list, part_json(show, match, parts[i], error, error_bytes)) != 0;
	return json_pack("{s:o}", "parts", show_json_array(list, bad));
}

static void print(
    const struct show *show, struct grammar_match *match, char *error, size_t error_bytes)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		text_printf(show->out, "%s# %s\n", i ? "\n" : "", parts[i]);
		if (run(show, match, parts[i], error, error_bytes))
			text_printf(show->out, "%s\n", error);
	}
}

int show_techinfo(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct grammar_match *match = malloc(sizeof(*match));
	int rc = 0;

	if (!match)
		return show_no_memory(error, error_bytes);
	if (show->answer)
		rc = show_answer(show, "show-techinfo/1", to_json(show, match, error, error_bytes),
		    error, error_bytes);
	else
		print(show, match, error, error_bytes);
	free(match);
	return rc;
}
