/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packet filters into the tables: a slot for each filter that a list names and one for each list.
 * Filters stand before the lists that name them, lists before links and tunnels, and outlive them.
 * What has no slot lets nothing pass, and that is said. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/service/filter_chains.h"
#include "control/service/filter_log.h"
#include "control/service/nat.h"

#define NO_LIST UINT32_MAX /* a slot that holds no list, and one more */

_Static_assert(CONFIG_FILTER_ITEMS == CFG_FILTER_ITEMS, "all of a filter's items");
_Static_assert(CONFIG_FILTER_LISTED == CFG_FILTER_LISTED, "all of a list's filters");
_Static_assert(sizeof(struct filter_range) == sizeof(struct cfg_filter_range), "the same");
_Static_assert(sizeof(struct filter_flags) == sizeof(struct cfg_filter_flags), "the same");
_Static_assert((int)FILTER_RESTRICT == CFG_FILTER_RESTRICT, "the same numbers");
_Static_assert((int)FILTER_LOG_ALWAYS == CFG_FILTER_LOG_ALWAYS, "the same numbers");

struct slot_of_filter {
	uint32_t number, slot;
	bool used;
};

struct slot_of_list {
	bool tunnel, out;
	uint32_t interface, slot;
	bool used;
};

struct agent_filters {
	struct slot_of_filter filter[CFG_DEFAULT_FILTERS];
	struct slot_of_list list[CFG_DEFAULT_LISTS];
	size_t filters, lists;
	bool full;      /* it was said that there is no room */
	uint64_t event; /* of the dataplane's, told last */
	uint64_t state_epoch;
};

struct agent_filters *agent_filters_new(void)
{
	return calloc(1, sizeof(struct agent_filters));
}

void agent_filters_free(struct agent_filters *filters)
{
	free(filters);
}

/* ---- records --------------------------------------------------------------------------------- */

static uint8_t put_ranges(const struct config_ranges *from, struct cfg_filter_range *to)
{
	memcpy(to, from->range, from->count * sizeof(*to));
	return (uint8_t)from->count;
}

static void fill(const struct config_filter *filter, struct cfg_filter *record)
{
	const struct config_protocols *protocol = &filter->protocol;

	*record = (struct cfg_filter){
	    .number = filter->number,
	    .action = (uint8_t)filter->action,
	    .log = (uint8_t)filter->log,
	    .any_protocol = protocol->any,
	    .icmp_only = protocol->icmp_only,
	    .flags_count = (uint8_t)protocol->flags_count,
	    .protocol_count = (uint8_t)protocol->count,
	    .icmp_types = protocol->icmp_types,
	};
	memcpy(record->protocol, protocol->number, protocol->count);
	memcpy(record->flags, protocol->flags, protocol->flags_count * sizeof(record->flags[0]));
	record->source_count = put_ranges(&filter->source, record->source);
	record->destination_count = put_ranges(&filter->destination, record->destination);
	record->sport_count = put_ranges(&filter->sport, record->sport);
	record->dport_count = put_ranges(&filter->dport, record->dport);
}

/* Whatever slot it gets: the record is put once a sync. SHM_INDEX_NONE: no room. */
static uint32_t put_filter(struct agent *agent, const struct config_filter *filter, mono_t now)
{
	struct agent_filters *f = agent->filters;
	struct cfg_filter record;
	size_t i = 0;

	while (i < f->filters && f->filter[i].number != filter->number)
		i++;
	if (i == f->filters) {
		uint32_t slot = i < CFG_DEFAULT_FILTERS
				    ? publish_alloc(agent->publish, CFG_TABLE_FILTERS, now)
				    : SHM_INDEX_NONE;

		if (slot == SHM_INDEX_NONE)
			return slot;
		f->filter[f->filters++] = (struct slot_of_filter){filter->number, slot, false};
	}
	if (!f->filter[i].used) {
		fill(filter, &record);
		publish_put(agent->publish, CFG_TABLE_FILTERS, f->filter[i].slot, &record);
		f->filter[i].used = true;
	}
	return f->filter[i].slot;
}

static struct slot_of_list *find_list(
    struct agent_filters *f, bool tunnel, uint32_t interface, bool out)
{
	for (size_t i = 0; i < f->lists; i++)
		if (f->list[i].tunnel == tunnel && f->list[i].out == out &&
		    f->list[i].interface == interface)
			return &f->list[i];
	return NULL;
}

/* False: no room for all of it. Numbers that nothing is said of are left out. */
static bool put_list(struct agent *agent, const struct config_filter_list *list, mono_t now)
{
	struct agent_filters *f = agent->filters;
	struct slot_of_list *at = find_list(f, list->tunnel, list->interface, list->out);
	struct cfg_filter_list record = {.flags = CFG_FILTER_LIST_PRESENT};

	for (uint32_t i = 0; i < list->count; i++) {
		const struct config_filter *filter = config_filter(agent->model, list->number[i]);
		uint32_t slot = filter ? put_filter(agent, filter, now) : SHM_INDEX_NONE;

		if (filter && slot > UINT16_MAX)
			return false;
		if (filter)
			record.filter[record.count++] = (uint16_t)slot;
	}
	if (!at) {
		uint32_t slot = f->lists < CFG_DEFAULT_LISTS
				    ? publish_alloc(agent->publish, CFG_TABLE_FILTER_LISTS, now)
				    : SHM_INDEX_NONE;

		if (slot == SHM_INDEX_NONE)
			return false;
		at = &f->list[f->lists++];
		*at = (struct slot_of_list){list->tunnel, list->out, list->interface, slot, false};
	}
	publish_put(agent->publish, CFG_TABLE_FILTER_LISTS, at->slot, &record);
	at->used = true;
	return true;
}

void agent_filters_sync(struct agent *agent, mono_t now)
{
	struct agent_filters *f = agent->filters;
	bool full = false;

	for (size_t i = 0; i < f->filters; i++)
		f->filter[i].used = false;
	for (size_t i = 0; i < f->lists; i++)
		f->list[i].used = false;
	for (uint32_t i = 0; i < agent->model->filter_list_count; i++)
		full = !put_list(agent, &agent->model->filter_list[i], now) || full;
	if (full && !f->full)
		log_error("filter event=full filters=%d lists=%d reason=\"no room in the tables: "
			  "lists without it let nothing pass\"",
		    CFG_DEFAULT_FILTERS, CFG_DEFAULT_LISTS);
	f->full = full;
}

void agent_filters_sweep(struct agent *agent)
{
	struct agent_filters *f = agent->filters;
	size_t kept = 0;

	for (size_t i = 0; i < f->lists; i++) {
		if (f->list[i].used)
			f->list[kept++] = f->list[i];
		else
			publish_retire(agent->publish, CFG_TABLE_FILTER_LISTS, f->list[i].slot);
	}
	f->lists = kept;
	kept = 0;
	for (size_t i = 0; i < f->filters; i++) {
		if (f->filter[i].used)
			f->filter[kept++] = f->filter[i];
		else
			publish_retire(agent->publish, CFG_TABLE_FILTERS, f->filter[i].slot);
	}
	f->filters = kept;
}

/* ---- what links and tunnels say -------------------------------------------------------------- */

/* What is said of an interface that is the kernel's is for ESP, of which a list of dynamic filters
 * alone says nothing. Elsewhere such a list is one without filters: nothing passes. */
uint32_t agent_filter_list(const struct agent *agent, bool tunnel, uint32_t interface, bool out)
{
	const struct config_filter_list *list =
	    config_filter_list(agent->model, tunnel, interface, out);
	const struct slot_of_list *at;

	if (!list ||
	    (config_list_only_follows(list) && agent_filters_by_kernel(agent, tunnel, interface)))
		return 0;
	at = find_list(agent->filters, tunnel, interface, out);
	return at && at->used ? at->slot + 1 : NO_LIST;
}

uint32_t agent_filter_self(struct agent *agent, const struct config_model *model, uint32_t lan)
{
	struct service_facts facts;

	if (!config_lan_translates(model, lan))
		return 0;
	agent_service_facts(agent, &facts);
	return nat_self(model, &facts, lan);
}

/* The kernel's come to those of ESP. */
static void add_kernels(
    struct agent *agent, const struct config_filter_list *list, struct agent_filter_status *out)
{
	static struct filter_counts counts; /* too large for the stack */
	unsigned place = 0;

	if (!services_filter_counts(agent->services, list, &counts))
		return;
	out->counted = true;
	for (uint32_t i = 0; i < list->count; i++)
		if (config_filter(agent->model, list->number[i]))
			out->packets[place++] += counts.packets[i];
	memcpy(out->dynamic, counts.dynamic, sizeof(out->dynamic));
	out->known = counts.known;
	out->none += counts.none;
}

void agent_filter_status(
    struct agent *agent, const struct config_filter_list *list, struct agent_filter_status *out)
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct state_filter_list *shared;
	const struct slot_of_list *at;

	agent_settle(agent);
	at = find_list(agent->filters, list->tunnel, list->interface, list->out);
	shared = state && at ? shm_map_at(state, STATE_TABLE_FILTER_LISTS, at->slot) : NULL;
	memset(out, 0, sizeof(*out));
	out->kernel = agent_filters_by_kernel(agent, list->tunnel, list->interface);
	out->refused = !out->kernel && filter_by_kernel(agent->model, list->tunnel, list->interface)
			   ? services_refused(agent->services)
			   : "";
	out->counted = shared && publish_alive(agent->publish, mono_now());
	for (unsigned i = 0; out->counted && i < CONFIG_FILTER_LISTED; i++)
		out->packets[i] = atomic_load_explicit(&shared->packets[i], memory_order_relaxed);
	if (out->counted)
		out->none = atomic_load_explicit(&shared->none, memory_order_relaxed);
	if (out->kernel)
		add_kernels(agent, list, out);
}

const char *agent_ruleset_refused(struct agent *agent)
{
	agent_settle(agent);
	return services_refused(agent->services);
}

/* ---- what the dataplane tells ---------------------------------------------------------------- */

static const struct slot_of_list *list_by_slot(const struct agent_filters *f, uint32_t slot)
{
	for (size_t i = 0; i < f->lists; i++)
		if (f->list[i].slot == slot)
			return &f->list[i];
	return NULL;
}

static void tell(const struct agent_filters *f, const struct state_filter_event *event)
{
	const struct slot_of_list *list = list_by_slot(f, event->list);
	struct filter_told told;

	if (!list)
		return;
	told = (struct filter_told){
	    .tunnel = list->tunnel,
	    .out = list->out,
	    .interface = list->interface,
	    .number = event->filter,
	    .passed = event->passed,
	    .packet =
		{
		    .source = ntohl(event->source_be),
		    .destination = ntohl(event->destination_be),
		    .protocol = event->protocol,
		    .head = event->later ? FILTER_HEAD_LATER : FILTER_HEAD_WHOLE,
		    .sport = event->sport,
		    .dport = event->dport,
		},
	};
	if (event->untold)
		log_notice("filter packets=%llu reason=\"were not told of: too many at a time\"",
		    (unsigned long long)event->untold);
	filter_log_packet(&told);
}

/* The newest event of which the slots know; 0 = there is none. */
static uint64_t newest(const struct shm_map *state, uint32_t slots)
{
	struct state_filter_event event;
	uint64_t number = 0;

	for (uint32_t i = 0; i < slots; i++)
		if (shm_slot_read(
			shm_map_at(state, STATE_TABLE_FILTER_LOG, i), &event, sizeof(event)) == 0 &&
		    event.number > number)
			number = event.number;
	return number;
}

/* A region that is new to us has events of before, which were told or are stale. */
void agent_filters_tell(struct agent *agent)
{
	const struct shm_map *state = publish_state(agent->publish);
	struct agent_filters *f = agent->filters;
	struct state_filter_event event;
	uint32_t slots = state ? shm_map_count(state, STATE_TABLE_FILTER_LOG) : 0;
	uint64_t epoch;

	if (!slots)
		return;
	epoch = shm_map_header(state)->epoch;
	if (epoch != f->state_epoch) {
		f->state_epoch = epoch;
		f->event = newest(state, slots);
		return;
	}
	for (;;) {
		uint32_t at = (uint32_t)((f->event + 1) % slots);

		if (shm_slot_read(
			shm_map_at(state, STATE_TABLE_FILTER_LOG, at), &event, sizeof(event)) ||
		    event.number <= f->event)
			return;
		f->event = event.number;
		tell(f, &event);
	}
}
