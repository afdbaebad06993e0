/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-commands(7): the words of the dialect, then every row of the grammar with its parameters and
 * default. */
#include <string.h>

#include "control/config/grammar.h"
#include "control/config/language.h"
#include "control/config/pattern.h"
#include "docs/man/man.h"

struct section {
	const char *title, *title_ja;
};

static const struct section places[] = {
    [PLACE_CONSOLE] = {"CONSOLE", "コンソール"},
    [PLACE_ROUTE] = {"ROUTES", "経路"},
    [PLACE_LAN] = {"INTERFACES", "インタフェース"},
    [PLACE_TUNNEL] = {"TUNNELS", "トンネル"},
    [PLACE_GATEWAY] = {"IPSEC, BY GATEWAY", "IPsec (セキュリティゲートウェイごと)"},
    [PLACE_FILTER] = {"FILTERS", "フィルター"},
    [PLACE_NAT] = {"ADDRESS TRANSLATION", "NAT"},
    [PLACE_BGP] = {"BGP", "BGP"},
    [PLACE_IPSEC] = {"IPSEC AS A WHOLE", "IPsec 全体"},
    [PLACE_SYSLOG] = {"LOG", "ログ"},
    [PLACE_DHCP] = {"DHCP", "DHCP"},
    [PLACE_DNS] = {"DNS", "DNS"},
    [PLACE_SCHEDULE] = {"SCHEDULES", "スケジュール"},
    [PLACE_STATISTICS] = {"STATISTICS", "統計"},
    [PLACE_CLOUD] = {"CLOUD", "クラウド"},
    [PLACE_DESCRIPTION] = {"DESCRIPTIONS", "説明"},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static const char *pick(bool japanese, const char *english, const char *other)
{
	return japanese ? other : english;
}

/* "mtu: 64..1500", one item for each parameter of the row. */
static void write_parameters(FILE *out, const struct grammar_row *row)
{
	struct pattern pattern;
	const char *seen[PATTERN_NODES];
	unsigned count = 0;

	if (pattern_compile(&pattern, row->syntax))
		return;
	for (unsigned i = 0; i < pattern.count; i++) {
		const struct pattern_node *node = &pattern.node[i];
		struct text text = {0};
		bool again = false;

		if (node->kind != PATTERN_PARAM || node->unshown)
			continue;
		for (unsigned j = 0; j < count; j++)
			again |= strncmp(seen[j], node->text, node->text_bytes) == 0;
		if (again)
			continue;
		seen[count++] = node->text;
		text_printf(&text, "%.*s: ", node->text_bytes, node->text);
		value_describe(node, &text);
		fputs(".br\n", out);
		man_text(out, text.data ? text.data : "");
		fputc('\n', out);
		text_free(&text);
	}
}

static void write_row(FILE *out, const struct grammar_row *row, bool japanese)
{
	struct text syntax = {0};

	grammar_print_syntax(row, &syntax);
	fputs(".It Ic ", out);
	man_argument(out, syntax.data ? syntax.data : "");
	fputc('\n', out);
	text_free(&syntax);
	man_text(out, pick(japanese, row->help, row->help_ja));
	fputs(pick(japanese, ".\n", "。\n"), out);
	if (row->flags & GRAMMAR_TUNNEL)
		fputs(pick(japanese, "Inside\n.Ic tunnel select .\n",
			  "tunnel select の中で使用します。\n"),
		    out);
	if (row->flags & GRAMMAR_USER)
		fputs(
		    pick(japanese, "Users may enter it.\n", "一般ユーザーも実行できます。\n"), out);
	if (row->flags & GRAMMAR_KEPT)
		fputs(pick(japanese,
			  "It is kept, shown and saved, and has no effect in this version.\n",
			  "保存されますが、このバージョンでは動作に反映されません。\n"),
		    out);
	write_parameters(out, row);
	if (row->initial) {
		fprintf(out, ".br\n%s: ", pick(japanese, "Default", "初期値"));
		man_text(out, row->initial);
		fputc('\n', out);
	}
}

static void write_rows(FILE *out, bool japanese, const struct section *section,
    bool (*belongs)(const struct grammar_row *row, unsigned place), unsigned place)
{
	bool begun = false;

	for (unsigned i = 0; i < grammar_row_count; i++) {
		if (grammar_rows[i].flags & GRAMMAR_HIDDEN || !belongs(&grammar_rows[i], place))
			continue;
		if (!begun)
			fprintf(out, ".Sh %s\n.Bl -tag -width Ds\n",
			    pick(japanese, section->title, section->title_ja));
		begun = true;
		write_row(out, &grammar_rows[i], japanese);
	}
	if (begun)
		fputs(".El\n", out);
}

static bool is_setting(const struct grammar_row *row, unsigned place)
{
	return row->set && row->place == place;
}

static bool is_shown(const struct grammar_row *row)
{
	return strncmp(row->syntax, "show ", 5) == 0;
}

static bool is_show(const struct grammar_row *row, unsigned place)
{
	return !row->set && is_shown(row);
}

static bool is_other_operation(const struct grammar_row *row, unsigned place)
{
	return !row->set && !is_shown(row);
}

/* The words up to the end of the stem. */
static void write_refused(FILE *out, bool japanese)
{
	fprintf(out, ".Sh %s\n.Bl -tag -width Ds\n",
	    pick(japanese, "WHAT THERE IS NONE OF", "対応していないコマンド"));
	for (unsigned i = 0; i < grammar_row_count; i++) {
		const struct grammar_row *row = &grammar_rows[i];
		char name[128];

		if (row->operation != OP_REFUSED)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(row->syntax, "[<;"), row->syntax);
		while (*name && name[strlen(name) - 1] == ' ')
			name[strlen(name) - 1] = '\0';
		fputs(".It Ic ", out);
		man_argument(out, name);
		fputc('\n', out);
		man_text(out, pick(japanese, row->refusal, row->refusal_ja));
		fputs(pick(japanese, ".\n", "。\n"), out);
	}
	fputs(".El\n", out);
}

static const char description[] =
    ".Sh DESCRIPTION\n"
    "A customer gateway is configured in the dialect of Yamaha's RTX routers, at the console of\n"
    ".Xr cgw 1 .\n"
    "A setting applies at once and whole or not at all;\n"
    ".Ic no\n"
    "in front of it takes it back, and reads no more than what names the setting;\n"
    ".Ic save\n"
    "keeps what is in force for the next start.\n"
    ".Pp\n"
    "Words may be cut as long as they stay unique.\n"
    "A text with blanks stands in quotes of either "
    "kind, a\n"
    "backslash takes the next character for itself, # begins a comment.\n"
    "A line has up to 4095 "
    "characters.\n"
    "In what follows, a word in <> stands for a value, [ ] for what may be left out, | for a "
    "choice and\n"
    "{ } for what may be repeated.\n"
    ".Pp\n"
    "Behind what is shown may stand\n"
    ".Ic | json\n"
    "(the same data for programs, in one line with\n"
    ".Fl c ) ,\n"
    "any number of\n"
    ".Ic | grep\n"
    "with an extended regular expression (in quotes where a | stands in it) and\n"
    ".Fl ivwFc ,\n"
    "and\n"
    ".Ic | less .\n"
    "Secrets are shown as *.\n";

static const char description_ja[] =
    ".Sh 説明\n"
    "ヤマハ RTX ルーターのコマンド体系で設定します。コンソールは\n"
    ".Xr cgw 1\n"
    "です。設定は入力するとすぐに反映されます。no を付けると設定を削除し、save で保存します。\n"
    ".Pp\n"
    "単語は一意に決まる範囲で省略できます。空白を含む文字列は引用符で囲みます。# 以降は注釈です。\n"
    "<> は値、[ ] は省略可能、| は選択、{ } は繰り返しを表します。\n"
    ".Pp\n"
    "表示コマンドの後には | json、| grep、| less を続けられます。秘密の値は * で表示します。\n";

void man_commands(FILE *out, const char *date, bool japanese)
{
	static const struct section operations = {"OPERATIONS", "操作"}, shows = {"SHOW", "表示"};
	static const char *const see_also[] = {"cgw 1", "cgw-control 8", "cgw-dataplane 8", NULL};

	language_use(japanese);
	man_head(out, date, "cgw-commands", "7",
	    pick(japanese, "commands of a customer gateway", "カスタマーゲートウェイのコマンド"));
	fputs(pick(japanese, description, description_ja), out);
	write_rows(out, japanese, &operations, is_other_operation, 0);
	write_rows(out, japanese, &shows, is_show, 0);
	for (unsigned place = 0; place < PLACES; place++)
		write_rows(out, japanese, &places[place], is_setting, place);
	write_refused(out, japanese);
	man_see_also(out, see_also);
}
