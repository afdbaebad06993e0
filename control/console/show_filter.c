/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ip filter: the filters of each interface and direction in their order, how many packets each
 * has decided about, and who judges them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

struct filter_view {
	char *text; /* the configuration, masked */
	const struct config_model *model;
};

/* The line of the configuration that begins so, up to its end; "" = there is none. */
static const char *find_line(const struct filter_view *view, const char *begin, size_t *bytes)
{
	size_t length = strlen(begin);

	for (const char *line = view->text; *line; line += strcspn(line, "\n") + 1) {
		*bytes = strcspn(line, "\n");
		if (strncmp(line, begin, length) == 0)
			return line;
		if (!line[*bytes])
			break;
	}
	*bytes = 0;
	return "";
}

static const char *line_of(
    const struct filter_view *view, bool dynamic, uint32_t number, size_t *bytes)
{
	char begin[48];

	(void)snprintf(
	    begin, sizeof(begin), "ip filter %s%" PRIu32 " ", dynamic ? "dynamic " : "", number);
	return find_line(view, begin, bytes);
}

static bool is_asked(const struct grammar_args *args, const struct config_filter_list *list)
{
	uint32_t lan = args_number(args, "lan", 0), tunnel = args_number(args, "tunnel", 0);

	if (!lan && !tunnel)
		return true;
	return list->interface == (list->tunnel ? tunnel : lan);
}

/* By interface, in before out. */
static int by_interface(const void *a, const void *b)
{
	const struct config_filter_list *x = *(const struct config_filter_list *const *)a;
	const struct config_filter_list *y = *(const struct config_filter_list *const *)b;

	if (x->tunnel != y->tunnel)
		return x->tunnel - y->tunnel;
	if (x->interface != y->interface)
		return x->interface < y->interface ? -1 : 1;
	return x->out - y->out;
}

/* ---- text ---- */

static const char *who(const struct show *show, const struct filter_view *view,
    const struct config_filter_list *list, const struct agent_filter_status *status)
{
	if (status->refused[0])
		return show_word(show,
		    "by the fast path alone, since the kernel refused its rules: dynamic filters "
		    "and NAT are not in force",
		    "カーネルがルールを拒否したためファストパスのみで処理 (動的フィルターと NAT "
		    "は無効)");
	if (!status->kernel)
		return show_word(show, "by the fast path", "ファストパスで処理");
	if (config_follows(view->model, list->tunnel, list->interface))
		return show_word(show,
		    "by the kernel, which follows connections for dynamic filters; ESP by the fast "
		    "path",
		    "動的フィルターのためカーネルで処理 (ESP はファストパスで処理)");
	return show_word(show, "by the kernel, which translates addresses; ESP by the fast path",
	    "NAT のためカーネルで処理 (ESP はファストパスで処理)");
}

static void print_count(
    const struct show *show, const struct agent_filter_status *status, uint64_t packets)
{
	if (status->counted)
		text_printf(show->out, "%12" PRIu64 "  ", packets);
	else
		text_printf(show->out, "%12s  ", "-");
}

static void print_list(
    const struct show *show, const struct filter_view *view, const struct config_filter_list *list)
{
	struct agent_filter_status status;
	unsigned place = 0;

	agent_filter_status(show->agent, list, &status);
	text_printf(show->out, "%s%" PRIu32 " %s: %s\n", list->tunnel ? "TUNNEL" : "LAN",
	    list->interface, list->out ? "OUT" : "IN", who(show, view, list, &status));
	if (status.refused[0])
		text_printf(show->out, "  %s\n", status.refused);
	text_puts(
	    show->out, show_word(show, "     Packets  Filter\n", "  パケット数  フィルター\n"));
	for (uint32_t i = 0; i < list->count; i++) {
		size_t bytes;
		const char *line = line_of(view, false, list->number[i], &bytes);

		if (!bytes)
			continue;
		print_count(show, &status, status.packets[place++]);
		text_printf(show->out, "%.*s\n", (int)bytes, line);
	}
	for (uint32_t i = 0; i < list->dynamic_count; i++) {
		size_t bytes;
		const char *line = line_of(view, true, list->dynamic[i], &bytes);

		if (!bytes)
			continue;
		print_count(show, &status, status.dynamic[i]);
		text_printf(show->out, "%.*s\n", (int)bytes, line);
	}
	if (status.kernel && list->dynamic_count) {
		print_count(show, &status, status.known);
		text_printf(show->out, "%s\n",
		    show_word(show, "of connections that are followed",
			"動的フィルターで管理中のコネクション"));
	}
	print_count(show, &status, status.none);
	text_printf(show->out, "%s\n", show_word(show, "none fits: dropped", "該当なし: 破棄"));
}

/* ---- JSON ---- */

static json_t *filter_json(const struct filter_view *view, bool dynamic, uint32_t number,
    const struct agent_filter_status *status, unsigned place)
{
	const uint64_t *packets = dynamic ? status->dynamic : status->packets;
	size_t bytes;
	const char *line = line_of(view, dynamic, number, &bytes);

	return json_pack("{s:I, s:o, s:o}", "number", (json_int_t)number, "line",
	    json_stringn(line, bytes), "packets",
	    status->counted ? json_integer((json_int_t)packets[place]) : json_null());
}

static json_t *statics_json(const struct filter_view *view, const struct config_filter_list *list,
    const struct agent_filter_status *status)
{
	json_t *filters = json_array();
	unsigned place = 0;
	bool bad = false;

	for (uint32_t i = 0; i < list->count; i++)
		if (config_filter(view->model, list->number[i]))
			bad |= json_array_append_new(filters,
				   filter_json(view, false, list->number[i], status, place++)) != 0;
	return show_json_array(filters, bad);
}

static json_t *dynamics_json(const struct filter_view *view, const struct config_filter_list *list,
    const struct agent_filter_status *status)
{
	json_t *filters = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < list->dynamic_count; i++)
		if (config_dynamic(view->model, list->dynamic[i]))
			bad |= json_array_append_new(filters,
				   filter_json(view, true, list->dynamic[i], status, i)) != 0;
	return show_json_array(filters, bad);
}

static json_t *list_json(
    const struct show *show, const struct filter_view *view, const struct config_filter_list *list)
{
	struct agent_filter_status status;

	agent_filter_status(show->agent, list, &status);
	return json_pack("{s:o, s:s, s:s, s:s?, s:b, s:o, s:o, s:o, s:o}", "interface",
	    json_sprintf("%s%u", list->tunnel ? "TUNNEL" : "LAN", list->interface), "direction",
	    list->out ? "out" : "in", "judged_by", status.kernel ? "kernel" : "dataplane",
	    "refused", status.refused[0] ? status.refused : NULL, "follows_connections",
	    config_follows(view->model, list->tunnel, list->interface), "filters",
	    statics_json(view, list, &status), "dynamic", dynamics_json(view, list, &status),
	    "followed", status.counted ? json_integer((json_int_t)status.known) : json_null(),
	    "none", status.counted ? json_integer((json_int_t)status.none) : json_null());
}

int show_filter(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct filter_view view = {
	    .text = config_masked_text(show->config), .model = config_model(show->config)};
	uint32_t count = view.model ? view.model->filter_list_count : 0, shown = 0;
	const struct config_filter_list **list = calloc(count + 1, sizeof(*list));
	json_t *lists = show->answer ? json_array() : NULL;
	bool bad = false;

	if (!view.text || !list) {
		free(view.text);
		free(list);
		json_decref(lists);
		return show_no_memory(error, error_bytes);
	}
	for (uint32_t i = 0; i < count; i++)
		list[i] = &view.model->filter_list[i];
	qsort(list, count, sizeof(list[0]), by_interface);
	for (uint32_t i = 0; i < count; i++) {
		if (!is_asked(args, list[i]))
			continue;
		shown++;
		if (lists)
			bad |= json_array_append_new(lists, list_json(show, &view, list[i])) != 0;
		else
			print_list(show, &view, list[i]);
	}
	free(view.text);
	free(list);
	if (lists)
		return show_answer(show, "show-ip-filter/1",
		    json_pack("{s:o}", "lists", show_json_array(lists, bad)), error, error_bytes);
	if (!shown)
		text_printf(show->out, "%s\n",
		    show_word(
			show, "No filter is applied.", "適用されているフィルターはありません"));
	return 0;
}
