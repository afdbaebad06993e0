/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show cloud vpn cost [N]: the month to date, and what the whole month will have cost. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/cost.h"
#include "control/console/show_json.h"

#define GB (UINT64_C(1) << 30)

struct bill {
	uint32_t id;
	const struct config_model *model;
	const struct config_cloud *cloud;
	const struct config_price *price; /* NULL = not known */
	bool used;                        /* there is something to count: the rest is filled in */
	struct agent_cloud_usage usage;
	struct cost now, month;
};

/* Seconds of this month that the connection has been there. */
static uint64_t seconds_of(const struct agent_cloud_usage *usage)
{
	const int64_t begin =
	    usage->first_seen > usage->month_begin ? usage->first_seen : usage->month_begin;

	return usage->now > begin ? (uint64_t)(usage->now - begin) : 0;
}

/* The label carries its padding: a Japanese character takes two columns. */
static void print_line(
    const struct show *show, const char *label, const char *now, const char *month)
{
	text_printf(show->out, "%s%28s %28s\n", label, now, month);
}

static const char *hours(const struct cost *cost, char text[48])
{
	char usd[COST_TEXT];

	snprintf(text, 48, "%" PRIu64 " h %12s USD", cost->hours, cost_usd(cost->hours_usd, usd));
	return text;
}

static const char *data(const struct cost *cost, char text[48])
{
	const uint64_t tenths = (cost->bytes * 10 + GB / 2) / GB;
	char usd[COST_TEXT];

	snprintf(text, 48, "%" PRIu64 ".%" PRIu64 " GB %12s USD", tenths / 10, tenths % 10,
	    cost_usd(cost->data_usd, usd));
	return text;
}

static const char *total(const struct cost *cost, char text[48])
{
	char usd[COST_TEXT];

	snprintf(text, 48, "%s USD", cost_usd(cost->hours_usd + cost->data_usd, usd));
	return text;
}

static const char *converted(const struct bill *bill, const struct cost *cost, char text[48])
{
	snprintf(text, 48, "%" PRIu64 " %s", cost_currency(cost, bill->model->currency_rate),
	    bill->model->currency);
	return text;
}

static void print_bill(const struct show *show, const struct bill *bill)
{
	char now[48], month[48];

	text_puts(show->out,
	    show_word(show,
		"                                    month to date                  whole month\n",
		"                                       当月の実績                   "
		"月末の予測\n"));
	print_line(show, show_word(show, "  connection        ", "  VPN 接続料金      "),
	    hours(&bill->now, now), hours(&bill->month, month));
	print_line(show, show_word(show, "  data from AWS     ", "  データ転送料金    "),
	    data(&bill->now, now), data(&bill->month, month));
	print_line(show, show_word(show, "  total             ", "  合計              "),
	    total(&bill->now, now), total(&bill->month, month));
	if (bill->model->currency[0])
		print_line(show, show_word(show, "  by whole dollars  ", "  ドル未満四捨五入  "),
		    converted(bill, &bill->now, now), converted(bill, &bill->month, month));
}

static void print_cloud(const struct show *show, const struct bill *bill)
{
	const struct agent_cloud_usage *usage = &bill->usage;
	char since[SHOW_TIME_BYTES];

	text_printf(
	    show->out, "cloud vpn %u, %s, %s", bill->id, bill->cloud->vpn_id, bill->cloud->region);
	if (!bill->used) {
		text_puts(show->out, "\n");
		return;
	}
	text_printf(show->out, ", %04u/%02u\n", usage->month / 100, usage->month % 100);
	if (!bill->price) {
		text_printf(show->out,
		    say("  no prices are known for %s: enter them with `cloud vpn price`"),
		    bill->cloud->region);
		text_puts(show->out, "\n");
		return;
	}
	print_bill(show, bill);
	if (usage->first_seen > usage->month_begin) {
		text_printf(show->out,
		    say("  counted since %s, when this router first knew of the connection"),
		    show_time(usage->first_seen, since));
		text_puts(show->out, "\n");
	}
}

static void print(const struct show *show, const struct bill *bills, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		text_puts(show->out, i ? "\n" : "");
		print_cloud(show, &bills[i]);
	}
	text_printf(show->out, "%s\n",
	    say("Data is what came through the tunnels; AWS counts headers and repeats as well."));
}

/* Amounts are whole numbers: millionths of a dollar. */
static json_t *cost_json(const struct bill *bill, const struct cost *cost)
{
	const char *currency = bill->model->currency;
	const uint64_t converted = cost_currency(cost, bill->model->currency_rate);

	if (!bill->used || !bill->price)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "hours", (json_int_t)cost->hours,
	    "hours_usd_millionths", (json_int_t)cost->hours_usd, "bytes", (json_int_t)cost->bytes,
	    "data_usd_millionths", (json_int_t)cost->data_usd, "converted",
	    *currency ? json_pack("{s:o, s:I}", "currency", show_json_text(currency), "amount",
			    (json_int_t)converted)
		      : json_null());
}

static json_t *bill_json(const struct bill *bill)
{
	const struct agent_cloud_usage *usage = &bill->usage;
	const bool late = bill->used && usage->first_seen > usage->month_begin;

	return json_pack("{s:i, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "id", bill->id, "vpn_id",
	    show_json_text(bill->cloud->vpn_id), "region", show_json_text(bill->cloud->region),
	    "month",
	    bill->used ? json_sprintf("%04u-%02u", usage->month / 100, usage->month % 100)
		       : json_null(),
	    "prices_known", bill->price != NULL, "counted_since",
	    late ? show_json_time(usage->first_seen) : json_null(), "to_date",
	    cost_json(bill, &bill->now), "whole_month", cost_json(bill, &bill->month));
}

static json_t *to_json(const struct bill *bills, unsigned count)
{
	json_t *list = json_array();
	bool bad = false;

	for (unsigned i = 0; i < count; i++)
		bad |= json_array_append_new(list, bill_json(&bills[i])) != 0;
	return json_pack("{s:o}", "settings", show_json_array(list, bad));
}

static void collect_one(const struct show *show, struct bill *bill)
{
	const struct agent_cloud_usage *usage = &bill->usage;
	uint64_t seconds;

	bill->price = config_price_of(bill->model, bill->cloud->region);
	bill->used = agent_cloud_usage(show->agent, bill->id, &bill->usage) == 0;
	if (!bill->used || !bill->price)
		return;
	seconds = seconds_of(usage);
	bill->now = cost_of(bill->price, seconds, usage->bytes);
	bill->month = cost_forecast(bill->price, seconds, usage->bytes,
	    (uint64_t)(usage->now - usage->month_begin), (uint64_t)usage->month_seconds);
}

/* The connections that are configured; returns how many. */
static unsigned collect(const struct show *show, uint32_t only, struct bill bills[CONFIG_CLOUDS])
{
	const struct config_model *model = config_model(show->config);
	unsigned count = 0;

	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++) {
		if ((only && id != only) || !model->cloud[id].vpn_id[0])
			continue;
		bills[count] = (struct bill){.id = id, .model = model, .cloud = &model->cloud[id]};
		collect_one(show, &bills[count++]);
	}
	return count;
}

int show_cloud_cost(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct bill *bills = calloc(CONFIG_CLOUDS, sizeof(*bills));
	unsigned count;
	int rc = 0;

	if (!bills)
		return show_no_memory(error, error_bytes);
	count = collect(show, args_number(args, "cloud", 0), bills);
	if (!count) {
		snprintf(error, error_bytes, "%s", say("no VPN connection is configured"));
		rc = -ENOENT;
	} else if (show->answer) {
		rc = show_answer(
		    show, "show-cloud-vpn-cost/1", to_json(bills, count), error, error_bytes);
	} else {
		print(show, bills, count);
	}
	free(bills);
	return rc;
}
