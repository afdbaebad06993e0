/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two base chains: on the way in behind the translation of destinations, on the way out before that
 * of sources, as on the router. Each leads to a chain of its interface, which lets pass what
 * belongs to a followed connection, then asks the static filters, then the dynamic ones:
 *
 *   known connection -> accept      static pass   -> dynamic filters take note -> accept
 *                                   static reject -> drop
 *                                   none fits     -> a dynamic filter fits: accept, else drop
 *
 * A followed connection bears the number of the interface that followed it in its mark: in the low
 * half when it came in there, in the high half when it left there, so that it opens no other
 * interface. A TCP connection is followed from its SYN on. `filter N in M out K` remembers pairs of
 * addresses in a set: what M and K let pass between them passes. */
#include "control/service/filter_chains.h"

#include <inttypes.h>
#include <stdio.h>

#include "control/service/filter_log.h"
#include "control/service/filter_print.h"
#include "control/service/nat.h"

#define MARK_OF_TUNNEL 0x100u /* and its number; a port has its number alone */

/* One list, being printed. */
struct chain {
	const struct config_model *model;
	const struct config_filter_list *list;
	char interface[16]; /* of the kernel */
	char name[24];      /* of the chain */
	uint32_t mark;
	uint32_t own,
	    self; /* of a port: its address, and what static entries take it for; 0 = none */
	struct text *out;
	const char *verdict; /* of what is printed now */
};

bool filter_by_kernel(const struct config_model *model, bool tunnel, uint32_t interface)
{
	return (!tunnel && config_lan_translates(model, interface)) ||
	       config_follows(model, tunnel, interface);
}

void filter_chains_wanted(const struct config_model *model, struct interfaces *out)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (filter_by_kernel(model, false, n))
			interfaces_add(out, false, n);
	for (uint32_t i = 0; i < model->filter_list_count; i++) {
		const struct config_filter_list *list = &model->filter_list[i];

		if (filter_by_kernel(model, list->tunnel, list->interface))
			interfaces_add(out, list->tunnel, list->interface);
	}
}

/* Whether there are to be rules for it. */
static bool is_judged(const struct config_model *model, const struct service_facts *facts,
    bool tunnel, uint32_t interface)
{
	return filter_by_kernel(model, tunnel, interface) ||
	       interfaces_has(&facts->relied, tunnel, interface);
}

static void print_rule(void *ctx, const char *conditions)
{
	const struct chain *chain = ctx;

	text_printf(chain->out, "\t\t%s%s\n", conditions, chain->verdict);
}

static const char *direction(bool out)
{
	return out ? "out" : "in";
}

/* ---- static filters -------------------------------------------------------------------------- */

static bool holds(const struct config_ranges *ranges, uint32_t value)
{
	for (uint32_t i = 0; i < ranges->count; i++)
		if (value >= ranges->range[i].low && value <= ranges->range[i].high)
			return true;
	return ranges->count == 0;
}

static bool logs(const struct config_filter *filter)
{
	return filter->log == FILTER_LOG_ALWAYS ||
	       (filter->log == FILTER_LOG_DROPS && filter->action == FILTER_REJECT);
}

/* A rule of its own in front of the one that decides: what is beyond its limit is not logged, and
 * decided about all the same. */
static void print_log(struct chain *chain, const struct config_filter *filter, const char *prefix)
{
	const struct filter_told told = {
	    .tunnel = chain->list->tunnel,
	    .out = chain->list->out,
	    .interface = chain->list->interface,
	    .number = filter->number,
	    .passed = filter->action != FILTER_REJECT,
	};
	struct text what = {0};

	filter_log_print(&told, &what);
	chain->verdict = what.data;
	if (what.data)
		filter_print(filter, prefix, print_rule, chain);
	chain->out->bad |= what.bad;
	text_free(&what);
}

/* With `self` in the place of the address on our side, which the rules then do not ask about. */
static void print_static(struct chain *chain, const struct config_filter *filter, uint32_t self)
{
	const struct config_ranges *ours =
	    chain->list->out ? &filter->source : &filter->destination;
	struct text prefix = {0}, verdict = {0};

	if (!self || chain->list->out)
		filter_print_hosts("ip daddr", &filter->destination, &prefix);
	if (!self || !chain->list->out)
		filter_print_hosts("ip saddr", &filter->source, &prefix);
	if (filter->action == FILTER_REJECT)
		text_printf(&verdict, "counter drop comment \"%" PRIu32 "\"", filter->number);
	else
		text_printf(&verdict, "counter goto %s_pass comment \"%" PRIu32 "\"", chain->name,
		    filter->number);
	if (!self || holds(ours, self)) {
		if (logs(filter))
			print_log(chain, filter, prefix.data ? prefix.data : "");
		chain->verdict = verdict.data;
		filter_print(filter, prefix.data ? prefix.data : "", print_rule, chain);
	}
	chain->out->bad |= prefix.bad || verdict.bad;
	text_free(&prefix);
	text_free(&verdict);
}

static void print_statics(struct chain *chain, uint32_t self)
{
	for (uint32_t i = 0; i < chain->list->count; i++) {
		const struct config_filter *filter =
		    config_filter(chain->model, chain->list->number[i]);

		if (filter)
			print_static(chain, filter, self);
	}
}

/* ---- dynamic filters ------------------------------------------------------------------------- */

static void print_mark(const struct chain *chain, struct text *out)
{
	if (chain->list->out)
		text_printf(out, "ct mark set ct mark & 0x0000ffff | 0x%08x ", chain->mark << 16);
	else
		text_printf(out, "ct mark set ct mark & 0xffff0000 | 0x%08x ", chain->mark);
}

static void print_set_name(
    const struct chain *chain, const struct config_dynamic *dynamic, struct text *out)
{
	text_printf(out, "pairs_%s_%" PRIu32, chain->name, dynamic->number);
}

static bool remembers_pairs(const struct config_dynamic *dynamic)
{
	return dynamic->in_count || dynamic->out_count;
}

static void print_ports(
    const struct config_application *application, const char *protocol, struct text *out)
{
	struct config_ranges ports = {0};
	char name[16];

	for (unsigned i = 0; i < 2; i++)
		if (application->port[i].high)
			ports.range[ports.count++] = application->port[i];
	(void)snprintf(name, sizeof(name), "%s dport", protocol);
	filter_print_numbers(name, &ports, out);
}

static void print_application(
    const struct chain *chain, const struct config_dynamic *dynamic, const char *prefix)
{
	const struct config_application *application = dynamic->application;
	struct text ports = {0};

	if (application->tcp) {
		print_ports(application, "tcp", &ports);
		text_printf(chain->out,
		    "\t\t%smeta l4proto tcp %stcp flags & (syn | ack) == syn %s\n", prefix,
		    ports.data ? ports.data : "", chain->verdict);
		text_free(&ports);
	}
	if (application->udp) {
		print_ports(application, "udp", &ports);
		text_printf(chain->out, "\t\t%smeta l4proto udp %s%s\n", prefix,
		    ports.data ? ports.data : "", chain->verdict);
		text_free(&ports);
	}
	if (application->ping)
		text_printf(
		    chain->out, "\t\t%sicmp type echo-request %s\n", prefix, chain->verdict);
}

/* The filters of those numbers, as conditions behind the prefix and the filter's own addresses. */
static void print_named(
    struct chain *chain, const uint32_t *number, uint32_t count, const char *prefix)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct config_filter *filter = config_filter(chain->model, number[i]);
		struct text whole = {0};

		if (!filter || filter->action == FILTER_REJECT)
			continue;
		text_puts(&whole, prefix);
		filter_print_hosts("ip daddr", &filter->destination, &whole);
		filter_print_hosts("ip saddr", &filter->source, &whole);
		if (whole.data)
			filter_print(filter, whole.data, print_rule, chain);
		chain->out->bad |= whole.bad;
		text_free(&whole);
	}
}

static void print_trigger(
    struct chain *chain, const struct config_dynamic *dynamic, const char *prefix)
{
	if (dynamic->application)
		print_application(chain, dynamic, prefix);
	else
		print_named(chain, dynamic->trigger, dynamic->trigger_count, prefix);
}

static void print_inspect(
    struct chain *chain, const struct config_dynamic *dynamic, const char *prefix)
{
	const struct filter_told told = {
	    .tunnel = chain->list->tunnel,
	    .out = chain->list->out,
	    .interface = chain->list->interface,
	    .number = dynamic->number,
	    .dynamic = true,
	};
	struct text what = {0};

	filter_log_print(&told, &what);
	chain->verdict = what.data;
	if (what.data)
		print_trigger(chain, dynamic, prefix);
	chain->out->bad |= what.bad;
	text_free(&what);
}

/* What begins a connection that is followed. */
static void print_dynamic(struct chain *chain, const struct config_dynamic *dynamic)
{
	struct text prefix = {0}, verdict = {0};

	text_puts(&prefix, "ct state new ");
	filter_print_hosts("ip daddr", &dynamic->destination, &prefix);
	filter_print_hosts("ip saddr", &dynamic->source, &prefix);
	if (remembers_pairs(dynamic)) {
		text_puts(&verdict, "update @");
		print_set_name(chain, dynamic, &verdict);
		text_puts(&verdict, " { ip saddr . ip daddr } ");
	} else {
		print_mark(chain, &verdict);
	}
	text_printf(&verdict, "counter accept comment \"dynamic %" PRIu32 "\"", dynamic->number);
	if (prefix.data && dynamic->syslog)
		print_inspect(chain, dynamic, prefix.data);
	chain->verdict = verdict.data;
	if (prefix.data && verdict.data)
		print_trigger(chain, dynamic, prefix.data);
	chain->out->bad |= prefix.bad || verdict.bad;
	text_free(&prefix);
	text_free(&verdict);
}

/* What may pass between hosts that a dynamic filter of `from`, a list of the same interface,
 * remembers: in its own direction by `out`, in the other by `in`. */
static void print_pairs(struct chain *chain, const struct chain *from)
{
	bool same = from->list->out == chain->list->out;

	for (uint32_t i = 0; i < from->list->dynamic_count; i++) {
		const struct config_dynamic *dynamic =
		    config_dynamic(chain->model, from->list->dynamic[i]);
		struct text prefix = {0};

		if (!dynamic || !remembers_pairs(dynamic))
			continue;
		text_puts(&prefix, same ? "ip saddr . ip daddr @" : "ip daddr . ip saddr @");
		print_set_name(from, dynamic, &prefix);
		text_puts(&prefix, " ");
		chain->verdict = "counter accept";
		if (prefix.data && same)
			print_named(chain, dynamic->out, dynamic->out_count, prefix.data);
		else if (prefix.data)
			print_named(chain, dynamic->in, dynamic->in_count, prefix.data);
		chain->out->bad |= prefix.bad;
		text_free(&prefix);
	}
}

static void print_sets(const struct chain *chain)
{
	for (uint32_t i = 0; i < chain->list->dynamic_count; i++) {
		const struct config_dynamic *dynamic =
		    config_dynamic(chain->model, chain->list->dynamic[i]);
		uint32_t idle = chain->model->dynamic_timers.udp_idle;

		if (!dynamic || !remembers_pairs(dynamic))
			continue;
		text_puts(chain->out, "\tset ");
		print_set_name(chain, dynamic, chain->out);
		text_printf(chain->out,
		    " {\n\t\ttype ipv4_addr . ipv4_addr\n\t\tsize 65535\n"
		    "\t\tflags timeout\n\t\ttimeout %" PRIu32 "s\n\t}\n",
		    dynamic->timeout ? dynamic->timeout : idle);
	}
}

/* ---- one list -------------------------------------------------------------------------------- */

/* False: no such list. */
static bool chain_of(const struct config_model *model, bool tunnel, uint32_t interface, bool out,
    struct text *text, struct chain *chain)
{
	const char *kind = tunnel ? "tunnel" : "lan";

	*chain = (struct chain){
	    .model = model,
	    .list = config_filter_list(model, tunnel, interface, out),
	    .mark = tunnel ? MARK_OF_TUNNEL + interface : interface,
	    .out = text,
	};
	(void)snprintf(chain->interface, sizeof(chain->interface), "%s%" PRIu32, kind, interface);
	(void)snprintf(chain->name, sizeof(chain->name), "%s_%s", direction(out), chain->interface);
	return chain->list != NULL;
}

/* What comes by another interface than the one that was followed has another mark. */
static void print_known(const struct chain *chain)
{
	text_printf(chain->out,
	    "\t\tct mark & 0x0000ffff == 0x%08x counter accept\n"
	    "\t\tct mark & 0xffff0000 == 0x%08x counter accept\n",
	    chain->mark, chain->mark << 16);
}

static void print_dynamics(struct chain *chain)
{
	text_printf(chain->out, "\tchain %s_dynamic {\n", chain->name);
	for (uint32_t i = 0; i < chain->list->dynamic_count; i++) {
		const struct config_dynamic *dynamic =
		    config_dynamic(chain->model, chain->list->dynamic[i]);

		if (dynamic)
			print_dynamic(chain, dynamic);
	}
	text_puts(chain->out, "\t}\n");
	text_printf(chain->out, "\tchain %s_pass {\n\t\tjump %s_dynamic\n\t\taccept\n\t}\n",
	    chain->name, chain->name);
}

static void print_self(struct chain *chain)
{
	text_printf(chain->out, "\tchain %s_self {\n", chain->name);
	print_statics(chain, chain->self);
	text_puts(chain->out, "\t}\n");
}

static void print_to_self(const struct chain *chain)
{
	const struct config_ranges own = {.count = 1, .range = {{chain->own, chain->own}}};
	bool out = chain->list->out;

	text_puts(chain->out, "\t\t");
	filter_print_hosts(out ? "ip saddr" : "ip daddr", &own, chain->out);
	text_printf(chain->out, "udp %s { 500, 4500 } jump %s_self\n", out ? "sport" : "dport",
	    chain->name);
}

static void print_list(struct chain *chain, const struct chain *opposite)
{
	print_sets(chain);
	print_dynamics(chain);
	if (chain->self)
		print_self(chain);
	text_printf(chain->out, "\tchain %s {\n", chain->name);
	print_known(chain);
	print_pairs(chain, chain);
	if (opposite)
		print_pairs(chain, opposite);
	if (chain->self)
		print_to_self(chain);
	print_statics(chain, 0);
	text_printf(chain->out, "\t\tjump %s_dynamic\n\t\tcounter drop\n\t}\n", chain->name);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Sets of one list are asked by the other of its interface: both stand before the rules. */
static bool print_interface(const struct config_model *model, bool tunnel, uint32_t interface,
    const struct service_facts *facts, struct text *out)
{
	struct chain chain[2];
	bool has[2], any = false;

	if (!is_judged(model, facts, tunnel, interface))
		return false;
	for (unsigned i = 0; i < 2; i++)
		has[i] = chain_of(model, tunnel, interface, i, out, &chain[i]);
	for (unsigned i = 0; i < 2 && !tunnel; i++) {
		chain[i].own = ip_addr_v4_host(&facts->lan[interface].address.addr);
		chain[i].self = chain[i].own ? nat_self(model, facts, interface) : 0;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (has[i])
			print_list(&chain[i], has[!i] ? &chain[!i] : NULL);
		any = any || has[i];
	}
	return any;
}

/* The tunnel of the i-th list, unless a list before was the same tunnel's; 0 = none. */
static uint32_t next_tunnel(const struct config_model *model, uint32_t i)
{
	const struct config_filter_list *list = &model->filter_list[i];

	if (!list->tunnel)
		return 0;
	while (i--)
		if (model->filter_list[i].tunnel &&
		    model->filter_list[i].interface == list->interface)
			return 0;
	return list->interface;
}

static void print_jump(const struct config_model *model, const struct service_facts *facts,
    bool tunnel, uint32_t interface, bool out_chain, struct text *out)
{
	struct chain chain;

	if (is_judged(model, facts, tunnel, interface) &&
	    chain_of(model, tunnel, interface, out_chain, out, &chain))
		text_printf(out, "\t\t%s \"%s\" jump %s\n", out_chain ? "oifname" : "iifname",
		    chain.interface, chain.name);
}

static void print_base(const struct config_model *model, const struct service_facts *facts,
    bool out_chain, struct text *out)
{
	text_printf(out,
	    "\tchain filter_%s {\n\t\ttype filter hook %s priority %s; policy accept;\n",
	    direction(out_chain), out_chain ? "postrouting" : "prerouting",
	    out_chain ? "srcnat - 50" : "dstnat + 50");
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		print_jump(model, facts, false, n, out_chain, out);
	for (uint32_t i = 0; i < model->filter_list_count; i++)
		if (next_tunnel(model, i))
			print_jump(model, facts, true, next_tunnel(model, i), out_chain, out);
	text_puts(out, "\t}\n");
}

bool filter_chains_print(
    const struct config_model *model, const struct service_facts *facts, struct text *out)
{
	bool any = false;

	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		any = print_interface(model, false, n, facts, out) || any;
	for (uint32_t i = 0; i < model->filter_list_count; i++)
		if (next_tunnel(model, i))
			any =
			    print_interface(model, true, next_tunnel(model, i), facts, out) || any;
	if (any) {
		print_base(model, facts, false, out);
		print_base(model, facts, true, out);
	}
	return any;
}
