/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One transaction: nft refuses all of it or nothing. Where nothing is wanted it is no fault that
 * the kernel has no nftables. */
#include "control/service/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "control/service/filter_chains.h"
#include "control/service/nft.h"
#include "control/service/ruleset.h"

/* 0, or what nft said is in `error`. */
static int run(struct rules *rules, const char *commands, char *error, size_t error_bytes)
{
	(void)snprintf(error, error_bytes, "no memory");
	if (!rules->nft)
		rules->nft = nft_open();
	return rules->nft ? nft_run(rules->nft, commands, error, error_bytes) : -ENOMEM;
}

/* Hands over the table, and without the helpers where the kernel has none. */
static int load(struct rules *rules, const struct config_model *model,
    const struct service_facts *facts, char *error, size_t error_bytes)
{
	struct text plain = {0};
	int rc;

	if (!rules->no_helpers && run(rules, rules->text.data, error, error_bytes) == 0)
		return 0;
	ruleset_print(model, facts, false, &plain);
	(void)snprintf(error, error_bytes, "no memory");
	rc = plain.bad ? -ENOMEM : run(rules, plain.data, error, error_bytes);
	text_free(&plain);
	if (rc == 0 && !rules->no_helpers) {
		rules->no_helpers = true;
		log_notice("ruleset helpers=none reason=\"the kernel has none\"");
	}
	return rc;
}

static bool is_nothing(const struct text *wanted)
{
	struct text none = {0};
	bool same;

	ruleset_print_none(&none);
	same = text_equal(wanted, &none);
	text_free(&none);
	return same;
}

static void refuse(struct rules *rules, const char *error, bool said)
{
	(void)snprintf(rules->refused, sizeof(rules->refused), "%s", *error ? error : "refused");
	if (!said)
		log_error("ruleset table=\"" RULESET_TABLE "\" event=not-in-force reason=\"%s\"",
		    rules->refused);
}

/* `again`: the same text was refused before. */
static void hand_over(struct rules *rules, const struct config_model *model,
    const struct service_facts *facts, bool again)
{
	bool refused = rules->refused[0];
	char error[sizeof(rules->refused)];

	rules->refused[0] = '\0';
	if (load(rules, model, facts, error, sizeof(error)) != 0 && !is_nothing(&rules->text))
		refuse(rules, error, again);
	else if (refused)
		log_notice("ruleset table=\"" RULESET_TABLE "\" event=in-force");
}

bool rules_sync(
    struct rules *rules, const struct config_model *model, const struct service_facts *facts)
{
	struct text wanted = {0};
	bool same, refused = rules->refused[0], over = false;

	ruleset_print(model, facts, true, &wanted);
	same = text_equal(&wanted, &rules->text);
	if (wanted.bad) {
		text_free(&wanted);
		refuse(rules, "no memory", refused);
	} else if (same && !refused) {
		text_free(&wanted);
	} else {
		text_free(&rules->text);
		rules->text = wanted;
		hand_over(rules, model, facts, same);
		over = true;
	}
	memset(&rules->judged, 0, sizeof(rules->judged));
	if (!rules->refused[0])
		filter_chains_wanted(model, &rules->judged);
	return over;
}

bool rules_lost(struct rules *rules)
{
	if (!rules->text.data || is_nothing(&rules->text) || rules->refused[0])
		return false;
	refuse(rules, "taken away by another program", false);
	return true;
}

bool rules_log(const struct rules *rules)
{
	return rules->text.data && strstr(rules->text.data, "log prefix");
}

bool rules_counts(
    struct rules *rules, const struct config_filter_list *list, struct filter_counts *out)
{
	static const char *const parts[] = {"", "_self", "_dynamic"};
	char command[96], error[256];
	bool any = false;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; rules->nft && i < 3; i++) {
		const char *listing;

		(void)snprintf(command, sizeof(command), "list chain " RULESET_TABLE " %s_%s%u%s",
		    list->out ? "out" : "in", list->tunnel ? "tunnel" : "lan", list->interface,
		    parts[i]);
		if (nft_ask(rules->nft, command, &listing, error, sizeof(error)) || !listing)
			continue;
		filter_counts_add(listing, list, out);
		any = true;
	}
	return any;
}

void rules_close(struct rules *rules)
{
	struct text none = {0};
	char error[256];

	if (rules->text.data && !strstr(rules->text.data, "chain filter_in")) {
		ruleset_print_none(&none);
		if (!none.bad)
			(void)run(rules, none.data, error, sizeof(error));
		text_free(&none);
	}
	nft_close(rules->nft);
	text_free(&rules->text);
}
