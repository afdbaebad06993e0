/* SPDX-License-Identifier: BSD-3-Clause
 *
 * help, and what the show commands share. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

const char *show_word(const struct show *show, const char *english, const char *japanese)
{
	return show->japanese ? japanese : english;
}

struct agent_tunnel_status *show_tunnels(const struct show *show, size_t *count)
{
	struct agent_tunnel_status *tunnels = calloc(config_tunnels(), sizeof(*tunnels));

	*count = tunnels ? agent_tunnels(show->agent, tunnels, config_tunnels()) : 0;
	if (*count > config_tunnels())
		*count = config_tunnels();
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

int show_no_memory(char *error, size_t error_bytes)
{
	snprintf(error, error_bytes, "%s", say("no memory"));
	return -ENOMEM;
}

int show_help(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	if (show->answer)
		return -ENOTSUP;
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

void show_rest(const struct show *show, int64_t seconds)
{
	if (seconds < 0)
		seconds = 0;
	text_printf(show->out,
	    show_word(show, "%" PRId64 "days %" PRId64 "hours %" PRId64 "min. %" PRId64 "secs.\n",
		"%" PRId64 "日 %" PRId64 "時間 %" PRId64 "分 %" PRId64 "秒\n"),
	    seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

void show_label(const struct show *show, int column, const char *english, const char *japanese)
{
	const char *label = show_word(show, english, japanese);
	int width = 0;

	for (const char *at = label; *at; at++)
		if (((unsigned char)*at & 0xc0) != 0x80)
			width += (unsigned char)*at & 0x80 ? 2 : 1;
	text_printf(show->out, "%*s%s: ", width < column ? column - width : 0, "", label);
}
