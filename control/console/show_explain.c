/* SPDX-License-Identifier: BSD-3-Clause
 *
 * explain drop [REASON]: what a reason of the dataplane's means, how many packets it took and from
 * which tunnels, and what to do; without one, all of them by number. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/explain.h"
#include "control/console/show_json.h"

struct explained {
	const struct explain_row *row; /* NULL: a dataplane newer than this console */
	const struct agent_drop *drop; /* NULL: there is no dataplane, or none that knows it */
	size_t place;                  /* in the dataplane's own list */
};

struct shown {
	struct agent_dataplane_status *dataplane;
	struct agent_tunnel_status *tunnel;
	size_t tunnel_count, count;
	struct explained item[128];
};

static const struct agent_drop *find_drop(
    const struct agent_dataplane_status *dataplane, const char *name)
{
	for (size_t i = 0; i < dataplane->drop_count; i++)
		if (strcmp(dataplane->drop_reason[i].name, name) == 0)
			return &dataplane->drop_reason[i];
	return NULL;
}

static bool is_there(const struct shown *shown, const char *name)
{
	for (size_t i = 0; i < shown->count; i++)
		if (shown->item[i].row && strcmp(shown->item[i].row->name, name) == 0)
			return true;
	return false;
}

/* Those that dropped most in front. */
static int by_number(const void *a, const void *b)
{
	const struct explained *x = a, *y = b;
	uint64_t p = x->drop ? x->drop->packets : 0, q = y->drop ? y->drop->packets : 0;

	if (p == q)
		return x->place < y->place ? -1 : 1;
	return p < q ? 1 : -1;
}

static void add(struct shown *shown, const struct explain_row *row, const struct agent_drop *drop)
{
	if (shown->count == sizeof(shown->item) / sizeof(shown->item[0]))
		return;
	shown->item[shown->count] = (struct explained){row, drop, shown->count};
	shown->count++;
}

/* One reason, or all. */
static void collect(struct shown *shown, const char *wanted)
{
	for (unsigned i = 0; i < explain_row_count; i++)
		if (!*wanted || strcmp(explain_rows[i].name, wanted) == 0)
			add(shown, &explain_rows[i],
			    find_drop(shown->dataplane, explain_rows[i].name));
	for (size_t i = 0; i < shown->dataplane->drop_count; i++) {
		const struct agent_drop *drop = &shown->dataplane->drop_reason[i];

		if (!is_there(shown, drop->name) && (!*wanted || strcmp(drop->name, wanted) == 0))
			add(shown, NULL, drop);
	}
}

/* Packets of this reason, or its kind, that a tunnel counts. */
static uint64_t of_tunnel(const struct explained *item, const struct agent_tunnel_status *tunnel)
{
	switch (item->row ? item->row->counter : EXPLAIN_ALONE) {
	case EXPLAIN_ALONE: return 0;
	case EXPLAIN_REPLAY: return tunnel->replay_drops;
	case EXPLAIN_ICV: return tunnel->icv_drops;
	case EXPLAIN_TUNNEL: return tunnel->in_drops + tunnel->out_drops;
	}
	return 0;
}

static const char *kind_said(const struct show *show, enum explain_counter counter)
{
	switch (counter) {
	case EXPLAIN_ALONE: break;
	case EXPLAIN_REPLAY:
		return show_word(
		    show, "refused by the window of its SAs", "現在の SA のウィンドウで破棄");
	case EXPLAIN_ICV:
		return show_word(show, "not authentic, of its SAs", "現在の SA で認証に失敗");
	case EXPLAIN_TUNNEL: return show_word(show, "dropped for any reason", "すべての理由の合計");
	}
	return "";
}

static const char *name_of(const struct explained *item)
{
	return item->row ? item->row->name : item->drop->name;
}

static void print_tunnels(
    const struct show *show, const struct shown *shown, const struct explained *item)
{
	for (size_t i = 0; i < shown->tunnel_count; i++) {
		uint64_t packets = of_tunnel(item, &shown->tunnel[i]);

		if (packets)
			text_printf(show->out, "    TUNNEL[%02u]: %" PRIu64 " (%s)\n",
			    shown->tunnel[i].number, packets, kind_said(show, item->row->counter));
	}
}

/* One reason in full. */
static void print_one(
    const struct show *show, const struct shown *shown, const struct explained *item)
{
	const struct explain_row *row = item->row;

	text_printf(show->out, "%s", name_of(item));
	if (item->drop)
		text_printf(show->out,
		    show_word(show, ": %" PRIu64 " packets", ": %" PRIu64 " パケット"),
		    item->drop->packets);
	text_puts(show->out, "\n");
	text_printf(show->out, "  %s\n", show_word(show, "What it means:", "意味:"));
	text_printf(show->out, "    %s\n",
	    row ? show_word(show, row->meaning, row->meaning_ja) : item->drop->text);
	if (row && *row->rules)
		text_printf(show->out, "    %s\n", row->rules);
	text_printf(show->out, "  %s\n", show_word(show, "Where it is counted:", "計数箇所:"));
	text_printf(show->out, "    show status dataplane%s\n",
	    item->drop ? "" : show_word(show, " (not running)", " (動作していません)"));
	print_tunnels(show, shown, item);
	if (row)
		text_printf(show->out, "  %s\n    %s\n", show_word(show, "What to do:", "対処:"),
		    show_word(show, row->advice, row->advice_ja));
}

static void print_all(const struct show *show, const struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		const struct explained *item = &shown->item[i];
		char packets[24] = "-";

		if (item->drop)
			snprintf(packets, sizeof(packets), "%" PRIu64, item->drop->packets);
		text_printf(show->out, "%12s  %-14s %s\n", packets, name_of(item),
		    item->row ? show_word(show, item->row->meaning, item->row->meaning_ja)
			      : item->drop->text);
	}
}

static json_t *tunnels_json(const struct shown *shown, const struct explained *item)
{
	json_t *tunnels = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->tunnel_count && !bad; i++) {
		uint64_t packets = of_tunnel(item, &shown->tunnel[i]);

		if (packets)
			bad = json_array_append_new(
			    tunnels, json_pack("{s:i, s:I}", "tunnel", shown->tunnel[i].number,
					 "packets", (json_int_t)packets));
	}
	return show_json_array(tunnels, bad);
}

static json_t *item_json(
    const struct show *show, const struct shown *shown, const struct explained *item)
{
	static const char *const counters[] = {"none", "replay", "icv", "tunnel"};
	const struct explain_row *row = item->row;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "reason", name_of(item), "packets",
	    item->drop ? json_integer((json_int_t)item->drop->packets) : json_null(), "meaning",
	    show_json_text(row ? show_word(show, row->meaning, row->meaning_ja) : item->drop->text),
	    "rules", show_json_text_or_null(row ? row->rules : ""), "advice",
	    show_json_text_or_null(row ? show_word(show, row->advice, row->advice_ja) : ""),
	    "tunnel_counter", counters[row ? row->counter : EXPLAIN_ALONE], "tunnels",
	    tunnels_json(shown, item));
}

static json_t *to_json(const struct show *show, const struct shown *shown)
{
	json_t *reasons = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count && !bad; i++)
		bad = json_array_append_new(reasons, item_json(show, shown, &shown->item[i]));
	return json_pack("{s:o}", "reasons", show_json_array(reasons, bad));
}

static int explain(
    const struct show *show, struct shown *shown, const char *wanted, char *error, size_t bytes)
{
	collect(shown, wanted);
	if (!shown->count) {
		snprintf(error, bytes,
		    say("nothing is dropped for \"%s\"; `explain drop` lists the reasons"), wanted);
		return -ENOENT;
	}
	qsort(shown->item, shown->count, sizeof(shown->item[0]), by_number);
	if (show->answer)
		return show_answer(show, "explain-drop/1", to_json(show, shown), error, bytes);
	if (*wanted)
		print_one(show, shown, &shown->item[0]);
	else
		print_all(show, shown);
	return 0;
}

int show_explain(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown *shown = calloc(1, sizeof(*shown));
	int rc = shown ? 0 : show_no_memory(error, error_bytes);

	if (rc)
		return rc;
	shown->dataplane = show_dataplane_status(show);
	shown->tunnel = show_tunnels(show, &shown->tunnel_count);
	if (shown->dataplane)
		rc = explain(show, shown, args_text(args, "reason"), error, error_bytes);
	else
		rc = show_no_memory(error, error_bytes);
	free(shown->dataplane);
	free(shown->tunnel);
	free(shown);
	return rc;
}
