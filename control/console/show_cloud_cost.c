/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show cloud vpn cost [N]: the month to date, and what the whole month will have cost. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "control/config/language.h"
#include "control/console/cost.h"
#include "control/console/show.h"

#define GB (UINT64_C(1) << 30)

struct bill {
	const struct config_model *model;
	const struct config_price *price;
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
		print_line(show, "                    ", converted(bill, &bill->now, now),
		    converted(bill, &bill->month, month));
}

static void print_cloud(const struct show *show, uint32_t id, const struct config_cloud *cloud,
    const struct config_model *model)
{
	struct bill bill = {model, config_price_of(model, cloud->region), {0}, {0}};
	struct agent_cloud_usage usage;
	char since[SHOW_TIME_BYTES];
	uint64_t seconds;

	text_printf(show->out, "cloud vpn %u, %s, %s", id, cloud->vpn_id, cloud->region);
	if (agent_cloud_usage(show->agent, id, &usage)) {
		text_puts(show->out, "\n");
		return;
	}
	text_printf(show->out, ", %04u/%02u\n", usage.month / 100, usage.month % 100);
	if (!bill.price) {
		text_printf(show->out,
		    say("  no prices are known for %s: enter them with `cloud vpn price`"),
		    cloud->region);
		text_puts(show->out, "\n");
		return;
	}
	seconds = seconds_of(&usage);
	bill.now = cost_of(bill.price, seconds, usage.bytes);
	bill.month = cost_forecast(bill.price, seconds, usage.bytes,
	    (uint64_t)(usage.now - usage.month_begin), (uint64_t)usage.month_seconds);
	print_bill(show, &bill);
	if (usage.first_seen > usage.month_begin) {
		text_printf(show->out,
		    say("  counted since %s, when this router first knew of the connection"),
		    show_time(usage.first_seen, since));
		text_puts(show->out, "\n");
	}
}

int show_cloud_cost(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct config_model *model = config_model(show->config);
	const uint32_t only = args_number(args, "cloud", 0);
	unsigned found = 0;

	if (show->answer)
		return -ENOTSUP;
	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++) {
		if ((only && id != only) || !model->cloud[id].vpn_id[0])
			continue;
		text_puts(show->out, found++ ? "\n" : "");
		print_cloud(show, id, &model->cloud[id], model);
	}
	if (!found) {
		snprintf(error, error_bytes, "%s", say("no VPN connection is configured"));
		return -ENOENT;
	}
	text_printf(show->out, "%s\n",
	    say("Data is what came through the tunnels; AWS counts headers and repeats as well."));
	return 0;
}
