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

#include "control/service/filter_chain.h"
#include "control/service/filter_print.h"
#include "control/service/nat.h"

#define MARK_OF_TUNNEL 0x100u /* and its number; a port has its number alone */

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

static const char *direction(bool out)
{
	return out ? "out" : "in";
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

static void print_self(struct chain *chain)
{
	text_printf(chain->out, "\tchain %s_self {\n", chain->name);
	filter_chain_statics(chain, chain->self);
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
	filter_chain_sets(chain);
	filter_chain_dynamics(chain);
	if (chain->self)
		print_self(chain);
	text_printf(chain->out, "\tchain %s {\n", chain->name);
	print_known(chain);
	filter_chain_pairs(chain, chain);
	if (opposite)
		filter_chain_pairs(chain, opposite);
	if (chain->self)
		print_to_self(chain);
	filter_chain_statics(chain, 0);
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
