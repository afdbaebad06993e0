/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the port of the default route needs to let IKE and ESP in: static entries of its own
 * masquerade, and filters in its own list. A port that translates nothing gets no entries, one that
 * has no list no filters: a new list would drop what it does not name.
 *
 * Entries and filters that stand there already stay, where they stand. */
#include <stdio.h>

#include "control/cloud_plan_internal.h"
#include "control/config/language.h"

#define FILTER_FIRST 200080 /* the reference's own number */

/* In the order of the generator's lines. */
#define KINDS 3
static const struct {
	uint8_t protocol;
	uint16_t port;
} kinds[KINDS] = {{17, 500}, {50, 0}, {17, 4500}};

/* ---- static masquerade ---- */

static const struct config_forward *forward_of(const struct config_nat *nat, uint32_t id)
{
	for (uint32_t i = 0; i < nat->forward_count; i++)
		if (nat->forward[i].id == id)
			return &nat->forward[i];
	return NULL;
}

static bool is_forward(const struct config_forward *f, unsigned kind, const struct ip_addr *inner)
{
	return f && f->protocol == kinds[kind].protocol && ip_addr_equal(&f->inner, inner) &&
	       (!kinds[kind].port ||
		   (f->inner_low == kinds[kind].port && f->inner_high == kinds[kind].port));
}

/* Entries `first` and the two after it are free, or (`same`) say what ours would say. */
static bool forwards_at(
    const struct config_nat *nat, uint32_t first, bool same, const struct ip_addr *inner)
{
	for (unsigned i = 0; i < KINDS; i++) {
		const struct config_forward *f = forward_of(nat, first + i);

		if (same ? !is_forward(f, i, inner) : f != NULL)
			return false;
	}
	return true;
}

static void choose_masquerade(
    const struct config_model *model, uint32_t wan, struct cloud_plan *plan)
{
	const struct config_nat_list *list = &model->lan[wan].nat;
	struct vpn_site *site = &plan->site;
	const struct config_nat *nat = NULL;
	uint32_t first = 0;

	for (uint32_t i = 0; i < list->count && !first; i++) {
		nat = config_nat(model, list->number[i]);
		if (nat && (nat->type == CONFIG_MASQUERADE || nat->type == CONFIG_NAT_MASQUERADE))
			first = 1;
	}
	if (!first)
		return;
	for (uint32_t i = 0; i < nat->forward_count; i++)
		if (forwards_at(nat, nat->forward[i].id, true, &site->local))
			first = nat->forward[i].id;
	if (!forwards_at(nat, first, true, &site->local)) {
		while (!forwards_at(nat, first, false, &site->local))
			first++;
		if (first > 1)
			cloud_plan_note(plan,
			    say("entries of nat descriptor masquerade static %u are in use: %u to "
				"%u "
				"were taken"),
			    nat->number, first, first + KINDS - 1);
	}
	site->nat_descriptor = nat->number;
	site->nat_static_first = first;
}

/* ---- filters ---- */

static bool is_one(const struct config_ranges *ranges, uint32_t value)
{
	return ranges->count == 1 && ranges->range[0].low == value &&
	       ranges->range[0].high == value;
}

/* `pass * HOST udp * 500` and the like, whoever the host is. */
static bool lets_in(const struct config_filter *f, unsigned kind)
{
	const struct config_protocols *p = f ? &f->protocol : NULL;

	return f && f->action == FILTER_PASS && !f->source.count && f->destination.count == 1 &&
	       f->destination.range[0].low == f->destination.range[0].high && !p->any &&
	       p->count == 1 && p->number[0] == kinds[kind].protocol && !p->flags_count &&
	       !p->icmp_types && !f->sport.count &&
	       (kinds[kind].port ? is_one(&f->dport, kinds[kind].port) : !f->dport.count);
}

/* Three filters from `first` on, all to the same host. */
static bool filters_at(const struct config_model *model, uint32_t first)
{
	for (unsigned i = 0; i < KINDS; i++) {
		const struct config_filter *f = config_filter(model, first + i);

		if (!lets_in(f, i) ||
		    !is_one(&config_filter(model, first)->destination, f->destination.range[0].low))
			return false;
	}
	return true;
}

static bool any_filter_at(const struct config_model *model, uint32_t first)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (config_filter(model, first + i))
			return true;
	return false;
}

static bool is_listed(const struct config_filter_list *list, uint32_t number)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->number[i] == number)
			return true;
	return false;
}

static bool are_listed(const struct config_filter_list *list, uint32_t first)
{
	return is_listed(list, first) && is_listed(list, first + 1) && is_listed(list, first + 2);
}

/* The first of three that the list has, to our address; of the reference's own numbers also to the
 * address that we had before. 0 = none. */
static uint32_t listed_filters(const struct config_model *model,
    const struct config_filter_list *list, const struct ip_addr *local)
{
	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t first = list->number[i];

		if (filters_at(model, first) && are_listed(list, first) &&
		    (first == FILTER_FIRST ||
			is_one(&config_filter(model, first)->destination, ip_addr_v4_host(local))))
			return first;
	}
	return 0;
}

static void choose_filters(const struct config_model *model, uint32_t wan, struct cloud_plan *plan)
{
	const struct config_filter_list *list = config_filter_list(model, false, wan, false);
	struct vpn_site *site = &plan->site;

	if (!list)
		return;
	site->filters_in = list->number;
	site->filters_in_count = list->count;
	site->dynamic_in = list->dynamic;
	site->dynamic_in_count = list->dynamic_count;
	site->filter_first = listed_filters(model, list, &site->local);
	site->filters_listed = site->filter_first != 0;
	if (site->filters_listed)
		return;
	site->filter_first = FILTER_FIRST;
	while (any_filter_at(model, site->filter_first))
		site->filter_first++;
	if (site->filter_first != FILTER_FIRST)
		cloud_plan_note(plan, say("ip filter %u is in use: %u to %u were taken"),
		    FILTER_FIRST, site->filter_first, site->filter_first + KINDS - 1);
}

void cloud_plan_let_in(const struct config_model *model, uint32_t wan, struct cloud_plan *plan)
{
	(void)snprintf(plan->site.wan_if, sizeof(plan->site.wan_if), "lan%u", wan);
	choose_filters(model, wan, plan);
	choose_masquerade(model, wan, plan);
}
