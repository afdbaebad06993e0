/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show command: the grammar's rows, as far as the level allows them. */
#include "control/console/show_json.h"

static bool is_listed(const struct show *show, const struct grammar_row *row)
{
	return !(row->flags & GRAMMAR_HIDDEN) && (show->administrator || row->flags & GRAMMAR_USER);
}

static void print(const struct show *show, const struct grammar_row *row)
{
	grammar_print_syntax(row, show->out);
	text_printf(show->out, "\n    %s\n", show_word(show, row->help, row->help_ja));
	if (row->initial)
		text_printf(
		    show->out, "    %s: %s\n", show_word(show, "default", "初期値"), row->initial);
	if (row->flags & GRAMMAR_KEPT)
		text_printf(show->out, "    %s\n",
		    show_word(show, "(kept, without effect in this version)",
			"(このバージョンでは動作に反映されません)"));
}

static json_t *row_json(const struct grammar_row *row)
{
	struct text syntax = {0};
	json_t *object;

	grammar_print_syntax(row, &syntax);
	object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s?, s:s, s:s}", "syntax",
	    syntax.data ? syntax.data : "", "kind", row->set ? "setting" : "operation", "level",
	    row->flags & GRAMMAR_USER ? "user" : "administrator", "in_tunnel",
	    row->flags & GRAMMAR_TUNNEL, "has_effect", !(row->flags & GRAMMAR_KEPT), "default",
	    row->initial, "help", row->help, "help_ja", row->help_ja);
	text_free(&syntax);
	return object;
}

int show_command(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	json_t *rows = show->answer ? json_array() : NULL;
	bool bad = false;

	for (unsigned i = 0; i < grammar_row_count; i++) {
		const struct grammar_row *row = &grammar_rows[i];

		if (!is_listed(show, row))
			continue;
		if (show->answer)
			bad |= json_array_append_new(rows, row_json(row)) != 0;
		else
			print(show, row);
	}
	if (!show->answer)
		return 0;
	return show_answer(show, "show-command/1",
	    json_pack("{s:o}", "commands", show_json_array(rows, bad)), error, error_bytes);
}
