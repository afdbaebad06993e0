/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Dynamic filters in the chain of a list: what begins a connection that is followed, and what may
 * pass between hosts whose connection began one. What a text lacks for want of memory would be a
 * condition less: such a text is bad as a whole. */
#include <inttypes.h>
#include <stdio.h>

#include "control/service/filter_chain.h"
#include "control/service/filter_log.h"
#include "control/service/filter_print.h"

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

static void print_application(const struct chain *chain, const struct config_dynamic *dynamic,
    const char *prefix, const char *verdict)
{
	const struct config_application *application = dynamic->application;

	if (application->tcp) {
		text_printf(chain->out, "\t\t%smeta l4proto tcp ", prefix);
		print_ports(application, "tcp", chain->out);
		text_printf(chain->out, "tcp flags & (syn | ack) == syn %s\n", verdict);
	}
	if (application->udp) {
		text_printf(chain->out, "\t\t%smeta l4proto udp ", prefix);
		print_ports(application, "udp", chain->out);
		text_printf(chain->out, "%s\n", verdict);
	}
	if (application->ping)
		text_printf(chain->out, "\t\t%sicmp type echo-request %s\n", prefix, verdict);
}

/* The filters of those numbers, as conditions behind the prefix and the filter's own addresses. */
static void print_named(const struct chain *chain, const uint32_t *number, uint32_t count,
    const char *prefix, const char *verdict)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct config_filter *filter = config_filter(chain->model, number[i]);
		struct text whole = {0};

		if (!filter || filter->action == FILTER_REJECT)
			continue;
		text_puts(&whole, prefix);
		filter_print_hosts("ip daddr", &filter->destination, &whole);
		filter_print_hosts("ip saddr", &filter->source, &whole);
		filter_print(filter, &whole, verdict, chain->out);
		text_free(&whole);
	}
}

/* A prefix or a verdict that memory ran short for is none: then all of the text is bad. */
static void print_trigger(const struct chain *chain, const struct config_dynamic *dynamic,
    const struct text *prefix, const struct text *verdict)
{
	chain->out->bad |= prefix->bad || verdict->bad;
	if (chain->out->bad)
		return;
	if (dynamic->application)
		print_application(chain, dynamic, prefix->data, verdict->data);
	else
		print_named(
		    chain, dynamic->trigger, dynamic->trigger_count, prefix->data, verdict->data);
}

static void print_inspect(
    const struct chain *chain, const struct config_dynamic *dynamic, const struct text *prefix)
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
	print_trigger(chain, dynamic, prefix, &what);
	text_free(&what);
}

/* What begins a connection that is followed. */
static void print_dynamic(const struct chain *chain, const struct config_dynamic *dynamic)
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
	if (dynamic->syslog)
		print_inspect(chain, dynamic, &prefix);
	print_trigger(chain, dynamic, &prefix, &verdict);
	text_free(&prefix);
	text_free(&verdict);
}

void filter_chain_pairs(const struct chain *chain, const struct chain *from)
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
		chain->out->bad |= prefix.bad;
		if (!prefix.bad)
			print_named(chain, same ? dynamic->out : dynamic->in,
			    same ? dynamic->out_count : dynamic->in_count, prefix.data,
			    "counter accept");
		text_free(&prefix);
	}
}

void filter_chain_sets(const struct chain *chain)
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

void filter_chain_dynamics(const struct chain *chain)
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
