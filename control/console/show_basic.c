/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show command, show log, help, and what the other show commands share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/console/show.h"

const char *show_word(const struct show *show, const char *english, const char *japanese)
{
	return show->japanese ? japanese : english;
}

struct agent_tunnel_status *show_tunnels(const struct show *show, size_t *count)
{
	struct agent_tunnel_status *tunnels = calloc(CONFIG_TUNNELS, sizeof(*tunnels));

	*count = tunnels ? agent_tunnels(show->agent, tunnels, CONFIG_TUNNELS) : 0;
	if (*count > CONFIG_TUNNELS)
		*count = CONFIG_TUNNELS;
	return tunnels;
}

const char *show_time(int64_t unix_sec, char text[SHOW_TIME_BYTES])
{
	time_t at = (time_t)unix_sec;
	struct tm local;

	if (!localtime_r(&at, &local) ||
	    !strftime(text, SHOW_TIME_BYTES, "%Y/%m/%d %H:%M:%S", &local))
		snprintf(text, SHOW_TIME_BYTES, "-");
	return text;
}

int show_command(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	for (unsigned i = 0; i < grammar_row_count; i++) {
		const struct grammar_row *row = &grammar_rows[i];

		if (row->flags & GRAMMAR_HIDDEN ||
		    (!show->administrator && !(row->flags & GRAMMAR_USER)))
			continue;
		grammar_print_syntax(row, show->out);
		text_printf(show->out, "\n    %s\n", show_word(show, row->help, row->help_ja));
		if (row->initial)
			text_printf(show->out, "    %s: %s\n", show_word(show, "default", "初期値"),
			    row->initial);
		if (row->flags & GRAMMAR_KEPT)
			text_printf(show->out, "    %s\n",
			    show_word(show, "(kept, without effect in this version)",
				"(このバージョンでは動作に反映されません)"));
	}
	return 0;
}

struct log_lines {
	const char **line;
	size_t count, room;
	bool bad;
};

static void keep_line(void *ctx, const char *line)
{
	struct log_lines *lines = ctx;

	if (lines->count == lines->room) {
		size_t room = lines->room ? lines->room * 2 : 256;
		const char **bigger = realloc(lines->line, room * sizeof(*bigger));

		if (!bigger) {
			lines->bad = true;
			return;
		}
		lines->line = bigger;
		lines->room = room;
	}
	lines->line[lines->count++] = line;
}

int show_log(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	bool reverse = args_is(args, "order", "reverse");
	struct log_lines lines = {0};

	if (show->log)
		log_ring_each(show->log, keep_line, &lines);
	for (size_t i = 0; i < lines.count; i++)
		text_printf(show->out, "%s\n", lines.line[reverse ? lines.count - 1 - i : i]);
	free(lines.line);
	if (lines.bad)
		snprintf(error, error_bytes, "no memory");
	return lines.bad ? -ENOMEM : 0;
}

int show_help(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	text_puts(show->out,
	    show_word(show,
		"A command can be abbreviated as long as it stays unique, TAB completes it, and "
		"`?` shows\n"
		"what may follow. A setting applies at once; `no` in front of it takes it back; "
		"`save`\n"
		"keeps the configuration for the next start.\n"
		"\n"
		"  show command        all commands with their defaults\n"
		"  show config         the configuration in force\n"
		"  administrator       enter the level that may change settings\n"
		"  tunnel select N     configure tunnel N; `tunnel select none` ends it\n"
		"  exit                leave this level\n",
		"コマンドは一意に決まる範囲で省略できます。TAB で補完し、? "
		"で続きの候補を表示します。\n"
		"設定は入力するとすぐに反映されます。no を付けると設定を削除し、save "
		"で保存します。\n"
		"\n"
		"  show command        すべてのコマンドと初期値\n"
		"  show config         現在の設定\n"
		"  administrator       管理レベルへの移行\n"
		"  tunnel select N     トンネル N の設定 (tunnel select none で終了)\n"
		"  exit                このレベルを抜ける\n"));
	return 0;
}
