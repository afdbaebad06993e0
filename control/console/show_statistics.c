/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show statistics: what `statistics` has collected: now, over an hour and over a day. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

#define ROWS_MAX ((CONFIG_LANS + CONFIG_TUNNELS_LEAST) * 2)

static const char *const names[] = {"cpu", "memory", "traffic"};

static bool is_traffic(unsigned kind)
{
	return kind == CONFIG_STATISTICS_TRAFFIC;
}

/* ---- text ---- */

static void print_head(const struct show *show, unsigned kind)
{
	static const char *const english[] = {
	    "CPU of the machine [%]", "Memory of the machine [%]", "Traffic [kbit/s]"};
	static const char *const japanese[] = {
	    "CPU 使用率 [%]", "メモリー使用率 [%]", "トラフィック [kbit/s]"};

	text_printf(show->out, "%s\n", show_word(show, english[kind], japanese[kind]));
	text_puts(show->out,
	    show_word(show,
		"                         now     1 h avg     1 h max    24 h avg    24 h max\n",
		"                        現在    1時間平均    1時間最大   24時間平均   "
		"24時間最大\n"));
}

static void print_value(const struct show *show, unsigned kind, uint32_t value)
{
	if (is_traffic(kind))
		text_printf(show->out, " %11" PRIu32, value);
	else
		text_printf(show->out, " %8" PRIu32 ".%02" PRIu32, value / 100, value % 100);
}

static void print_row(const struct show *show, unsigned kind, const struct agent_statistic *row)
{
	char name[32] = "";

	if (is_traffic(kind))
		(void)snprintf(
		    name, sizeof(name), "%s %s", row->interface, row->out ? "OUT" : "IN");
	text_printf(show->out, "%-16s", name);
	print_value(show, kind, row->now);
	print_value(show, kind, row->hour_average);
	print_value(show, kind, row->hour_most);
	print_value(show, kind, row->day_average);
	print_value(show, kind, row->day_most);
	text_puts(show->out, "\n");
}

static void print_kind(
    const struct show *show, unsigned kind, const struct agent_statistic *row, size_t count)
{
	const struct config_model *model = config_model(show->config);

	print_head(show, kind);
	for (size_t i = 0; i < count; i++)
		print_row(show, kind, &row[i]);
	if (count == 0 && model && model->statistics[kind])
		text_printf(show->out, "%s\n",
		    show_word(show, "There is no sample yet: one is taken every 10 seconds.",
			"まだ採取していません (10 秒ごとに採取します)"));
	else if (count == 0)
		text_printf(show->out,
		    show_word(show, "Not collected: `statistics %s on`\n",
			"収集していません: statistics %s on\n"),
		    names[kind]);
}

/* ---- JSON ---- */

static json_t *value_json(unsigned kind, uint32_t value)
{
	return is_traffic(kind) ? json_integer(value) : json_real(value / 100.0);
}

static json_t *row_json(unsigned kind, const struct agent_statistic *row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "interface",
	    show_json_text_or_null(row->interface), "direction",
	    is_traffic(kind) ? json_string(row->out ? "out" : "in") : json_null(), "now",
	    value_json(kind, row->now), "hour_average", value_json(kind, row->hour_average),
	    "hour_max", value_json(kind, row->hour_most), "day_average",
	    value_json(kind, row->day_average), "day_max", value_json(kind, row->day_most));
}

static json_t *kind_json(
    const struct show *show, unsigned kind, const struct agent_statistic *row, size_t count)
{
	const struct config_model *model = config_model(show->config);
	json_t *rows = json_array();
	bool bad = false;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(rows, row_json(kind, &row[i])) != 0;
	return json_pack("{s:s, s:b, s:s, s:o}", "kind", names[kind], "collected",
	    model && model->statistics[kind], "unit", is_traffic(kind) ? "kbit/s" : "%", "rows",
	    show_json_array(rows, bad));
}

int show_statistics(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_statistic *row = calloc(ROWS_MAX, sizeof(*row));
	json_t *kinds = show->answer ? json_array() : NULL;
	bool bad = false;

	if (!row) {
		json_decref(kinds);
		return show_no_memory(error, error_bytes);
	}
	for (unsigned kind = 0; kind < CONFIG_STATISTICS_KINDS; kind++) {
		size_t count;

		if (args_find(args, "kind") && !args_is(args, "kind", names[kind]))
			continue;
		count = agent_statistics(show->agent, kind, row, ROWS_MAX);
		if (kinds)
			bad |= json_array_append_new(kinds, kind_json(show, kind, row, count)) != 0;
		else
			print_kind(show, kind, row, count);
	}
	free(row);
	if (!kinds)
		return 0;
	return show_answer(show, "show-statistics/1",
	    json_pack("{s:o}", "statistics", show_json_array(kinds, bad)), error, error_bytes);
}
