/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Address translation by the kernel's connection tracking.
 *
 * Three chains: prerouting leads packets from outside inside (static entries), postrouting gives
 * packets that leave an outer address, input decides about packets to the outer address that belong
 * to nothing (`nat descriptor masquerade incoming`). Rules stand in the order of the descriptors of
 * a port; the first that fits translates.
 *
 * Where it differs from the router: `nat` pairs inner and outer addresses in their order and not by
 * who comes first; without inner addresses hosts share the outer ones. IKE of our own is never
 * translated nor refused: it stands on the outer address itself. */
#include "control/service/nat.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "control/service/nat_timer.h"

#define PORT_IKE   500
#define PORT_NAT_T 4500

static void print_address(uint32_t host_order, struct text *out)
{
	struct ip_addr addr = ip_addr_v4(host_order);
	char text[IP_ADDR_TEXT_BYTES];

	text_puts(out, ip_addr_format(&addr, text));
}

static void print_range(const struct config_range *range, struct text *out)
{
	print_address(range->low, out);
	if (range->high == range->low)
		return;
	text_puts(out, "-");
	print_address(range->high, out);
}

/* "proto dport N" or "proto dport A-B". */
static void print_ports(uint16_t low, uint16_t high, struct text *out)
{
	text_printf(out, low == high ? "%u" : "%u-%u", low, high);
}

static void begin(const struct nat_applied *a, const char *direction, struct text *out)
{
	text_printf(out, "\t\t%s \"lan%" PRIu32 "\" ", direction, a->lan);
}

static void end(const struct nat_applied *a, const char *what, uint32_t id, struct text *out)
{
	text_printf(out, " comment \"nat %" PRIu32 " %s", a->nat->number, what);
	text_printf(out, id ? " %" PRIu32 "\"\n" : "\"\n", id);
}

/* From which side a packet to the outer address is taken: with `hairpin` from every one. */
static void begin_inwards(const struct nat_applied *a, struct text *out)
{
	if (a->nat->hairpin)
		text_puts(out, "\t\t");
	else
		begin(a, "iifname", out);
}

static const char *protocol_name(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : NULL;
}

/* ---- pairs of addresses ---- */

/* The n-th address of a list of ranges; false behind its end. */
static bool nth(const struct config_range *range, uint32_t count, uint64_t n, uint32_t *out)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = (uint64_t)range[i].high - range[i].low + 1;

		if (n < size) {
			*out = range[i].low + (uint32_t)n;
			return true;
		}
		n -= size;
	}
	return false;
}

/* The outer addresses of a descriptor as ranges: the port's own is one of one address. */
static uint32_t outers(const struct nat_applied *a, struct config_range out[CONFIG_NAT_RANGES])
{
	if (!a->nat->outer_count) {
		out[0] = (struct config_range){a->own, a->own};
		return 1;
	}
	memcpy(out, a->nat->outer, sizeof(a->nat->outer));
	return a->nat->outer_count;
}

static uint64_t total(const struct config_range *range, uint32_t count)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		n += (uint64_t)range[i].high - range[i].low + 1;
	return n;
}

/* Inner and outer addresses that belong together, in their order. */
static void print_dynamic_pairs(const struct nat_applied *a, struct text *out)
{
	struct config_range outer[CONFIG_NAT_RANGES];
	uint32_t count = outers(a, outer), from, to;
	uint64_t pairs = total(outer, count);

	if (a->nat->type == CONFIG_NAT_MASQUERADE)
		pairs--; /* the last one is shared by the others */
	if (!a->nat->inner_count || pairs == 0)
		return;
	begin(a, "oifname", out);
	text_puts(out, "snat to ip saddr map { ");
	for (uint64_t n = 0; n < pairs && nth(a->nat->inner, a->nat->inner_count, n, &from) &&
			     nth(outer, count, n, &to);
	     n++) {
		text_puts(out, n ? ", " : "");
		print_address(from, out);
		text_puts(out, " : ");
		print_address(to, out);
	}
	text_puts(out, " }");
	end(a, "dynamic", 0, out);
}

static void print_static_pair(
    const struct nat_applied *a, const struct config_pair *pair, bool inwards, struct text *out)
{
	const struct config_range *from = inwards ? &pair->outer : &pair->inner;
	const struct config_range *to = inwards ? &pair->inner : &pair->outer;

	if (inwards)
		begin_inwards(a, out);
	else
		begin(a, "oifname", out);
	text_puts(out, inwards ? "dnat to ip daddr map { " : "snat to ip saddr map { ");
	for (uint32_t n = 0; n <= from->high - from->low; n++) {
		text_puts(out, n ? ", " : "");
		print_address(from->low + n, out);
		text_puts(out, " : ");
		print_address(to->low + n, out);
	}
	text_puts(out, " }");
	end(a, "static", pair->id, out);
}

/* ---- ports that lead inside ---- */

static bool is_ours(const struct service_facts *facts, const struct ip_addr *addr)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (ip_addr_equal(&facts->lan[n].address.addr, addr))
			return true;
	return false;
}

static bool holds(const struct config_forward *forward, uint16_t port)
{
	return forward->all_ports || (port >= forward->outer_low && port <= forward->outer_high);
}

/* IKE and ESP of our own tunnels stand on the outer address already. */
static bool is_our_ike(const struct service_facts *facts, const struct config_forward *forward)
{
	return is_ours(facts, &forward->inner) &&
	       (forward->protocol == IPPROTO_ESP ||
		   (forward->protocol == IPPROTO_UDP &&
		       (holds(forward, PORT_IKE) || holds(forward, PORT_NAT_T))));
}

static bool renumbers(const struct config_forward *forward)
{
	return !forward->all_ports && forward->outer_low != forward->inner_low;
}

/* " : proto field map { A : B, ... }", or one number. */
static void print_numbers(const char *protocol, const char *field, uint16_t low, uint16_t high,
    uint16_t to, struct text *out)
{
	if (low == high) {
		text_printf(out, ":%u", to);
		return;
	}
	text_printf(out, " : %s %s map { ", protocol, field);
	for (unsigned n = 0; n <= (unsigned)(high - low); n++)
		text_printf(out, "%s%u : %u", n ? ", " : "", low + n, to + n);
	text_puts(out, " }");
}

static void print_forward_in(
    const struct nat_applied *a, const struct config_forward *forward, struct text *out)
{
	const char *protocol = protocol_name(forward->protocol);

	begin_inwards(a, out);
	text_puts(out, "ip daddr ");
	print_address(a->outer, out);
	if (protocol && !forward->all_ports) {
		text_printf(out, " %s dport ", protocol);
		print_ports(forward->outer_low, forward->outer_high, out);
	} else {
		text_printf(out, " ip protocol %u", forward->protocol);
	}
	text_puts(out, " dnat to ");
	print_address(ip_addr_v4_host(&forward->inner), out);
	if (renumbers(forward))
		print_numbers(protocol, "dport", forward->outer_low, forward->outer_high,
		    forward->inner_low, out);
	end(a, "masquerade static", forward->id, out);
}

/* What the inner host begins itself keeps its port as well. */
static void print_forward_out(
    const struct nat_applied *a, const struct config_forward *forward, struct text *out)
{
	const char *protocol = protocol_name(forward->protocol);

	begin(a, "oifname", out);
	text_puts(out, "ip saddr ");
	print_address(ip_addr_v4_host(&forward->inner), out);
	if (protocol && !forward->all_ports) {
		text_printf(out, " %s sport ", protocol);
		print_ports(forward->inner_low, forward->inner_high, out);
	} else {
		text_printf(out, " ip protocol %u", forward->protocol);
	}
	text_puts(out, " snat to ");
	print_address(a->outer, out);
	if (renumbers(forward))
		print_numbers(protocol, "sport", forward->inner_low, forward->inner_high,
		    forward->outer_low, out);
	end(a, "masquerade static", forward->id, out);
}

/* ---- one descriptor ---- */

static bool masquerades(const struct config_nat *nat)
{
	return nat->type == CONFIG_MASQUERADE || nat->type == CONFIG_NAT_MASQUERADE;
}

static void print_inner(const struct nat_applied *a, struct text *out)
{
	const struct config_nat *nat = a->nat;

	if (!nat->inner_count)
		return;
	text_puts(out, "ip saddr { ");
	for (uint32_t i = 0; i < nat->inner_count; i++) {
		text_puts(out, i ? ", " : "");
		print_range(&nat->inner[i], out);
	}
	text_puts(out, " } ");
}

static void print_masquerade(const struct nat_applied *a, struct text *out)
{
	for (int ports = 1; ports >= 0; ports--) {
		begin(a, "oifname", out);
		print_inner(a, out);
		text_puts(out, ports ? "meta l4proto { tcp, udp } " : "");
		if (a->primary) {
			text_puts(out, ports ? "masquerade to " : "masquerade");
		} else {
			text_puts(out, "snat to ");
			print_address(a->outer, out);
		}
		if (ports)
			text_printf(out, ":%d-%d", NAT_PORT_LOW, NAT_PORT_HIGH);
		end(a, "masquerade", 0, out);
	}
}

/* `nat` without inner addresses: nobody knows who will come. */
static void print_shared(const struct nat_applied *a, struct text *out)
{
	struct config_range outer[CONFIG_NAT_RANGES];

	(void)outers(a, outer);
	begin(a, "oifname", out);
	text_puts(out, "snat to ");
	print_range(&outer[0], out);
	text_puts(out, outer[0].low == outer[0].high ? "" : " persistent");
	end(a, "dynamic", 0, out);
}

static void print_out(
    const struct nat_applied *a, const struct service_facts *facts, struct text *out)
{
	begin(a, "oifname", out);
	text_puts(out, "ip saddr ");
	print_address(a->own, out);
	text_puts(out, " return");
	end(a, "own", 0, out);
	for (uint32_t i = 0; i < a->nat->forward_count && masquerades(a->nat); i++)
		if (!is_our_ike(facts, &a->nat->forward[i]))
			print_forward_out(a, &a->nat->forward[i], out);
	for (uint32_t i = 0; i < a->nat->pair_count; i++)
		print_static_pair(a, &a->nat->pair[i], false, out);
	if (a->nat->type != CONFIG_MASQUERADE)
		print_dynamic_pairs(a, out);
	if (masquerades(a->nat))
		print_masquerade(a, out);
	else if (!a->nat->inner_count)
		print_shared(a, out);
	if (a->nat->hairpin) {
		text_printf(out,
		    "\t\tct status dnat iifname != \"lan%" PRIu32 "\" oifname != \"lan%" PRIu32
		    "\" masquerade",
		    a->lan, a->lan);
		end(a, "hairpin", 0, out);
	}
}

static void print_in(
    const struct nat_applied *a, const struct service_facts *facts, struct text *out)
{
	for (uint32_t i = 0; i < a->nat->forward_count && masquerades(a->nat); i++)
		if (!is_our_ike(facts, &a->nat->forward[i]))
			print_forward_in(a, &a->nat->forward[i], out);
	for (uint32_t i = 0; i < a->nat->pair_count; i++)
		print_static_pair(a, &a->nat->pair[i], true, out);
	if (!masquerades(a->nat) || a->nat->incoming != CONFIG_INCOMING_FORWARD)
		return;
	for (unsigned i = 0; i < 3; i++) {
		static const char *const kept[] = {
		    "udp dport { 500, 4500 } return", "ip protocol esp return", "dnat to "};

		begin(a, "iifname", out);
		text_puts(out, "ip daddr ");
		print_address(a->outer, out);
		text_printf(out, " %s", kept[i]);
		if (i == 2)
			print_address(ip_addr_v4_host(&a->nat->incoming_host), out);
		end(a, "incoming", 0, out);
	}
}

static void print_refusal(
    const struct nat_applied *a, const struct config_range *range, struct text *out)
{
	for (int reset = a->nat->incoming == CONFIG_INCOMING_REJECT; reset >= 0; reset--) {
		begin(a, "iifname", out);
		text_puts(out, "ip daddr ");
		print_range(range, out);
		text_puts(out, reset ? " tcp dport 0-1023 reject with tcp reset" : " drop");
		end(a, "incoming", 0, out);
	}
}

/* Packets to an outer address that belong to nothing: the port bears it so that it answers for it,
 * but it is no address of this machine. Its own address is one only for those of a masquerade that
 * let them through. */
static void print_incoming(
    const struct nat_applied *a, const struct service_facts *facts, struct text *out)
{
	static const char *const taken[] = {"ct state established,related accept",
	    "ct status dnat accept", "udp dport { 500, 4500 } accept", "ip protocol esp accept",
	    "udp dport 68 accept"};
	struct config_range outer[CONFIG_NAT_RANGES];
	uint32_t count = masquerades(a->nat) || !a->primary ? outers(a, outer) : 0;

	if (a->nat->incoming == CONFIG_INCOMING_THROUGH)
		return;
	for (unsigned i = 0; i < 4u + facts->lan[a->lan].leased; i++) {
		begin(a, "iifname", out);
		text_puts(out, taken[i]);
		end(a, "incoming", 0, out);
	}
	for (uint32_t i = 0; i < count; i++)
		print_refusal(a, &outer[i], out);
	for (uint32_t i = 0; i < a->nat->pair_count; i++)
		print_refusal(a, &a->nat->pair[i].outer, out);
}

/* ---- all ---- */

/* The address that a masquerade uses: the first, or with others in front of it the last. */
static uint32_t masquerade_address(const struct config_nat *nat, uint32_t own)
{
	if (!nat->outer_count)
		return own;
	return nat->type == CONFIG_NAT_MASQUERADE ? nat->outer[nat->outer_count - 1].high
						  : nat->outer[0].low;
}

size_t nat_list(const struct config_model *model, const struct service_facts *facts,
    struct nat_applied *out, size_t max)
{
	size_t count = 0;

	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++) {
		const struct config_nat_list *list = &model->lan[lan].nat;
		const struct ip_addr *own = &facts->lan[lan].address.addr;

		if (!facts->lan[lan].present || own->family != IP_FAMILY_V4)
			continue;
		for (uint32_t i = 0; i < list->count && count < max; i++) {
			const struct config_nat *nat = config_nat(model, list->number[i]);
			struct nat_applied a = {nat, lan, ip_addr_v4_host(own), false, 0};

			if (!nat || nat->type == CONFIG_NAT_NONE)
				continue;
			a.primary = !nat->outer_count;
			a.outer = masquerade_address(nat, a.own);
			out[count++] = a;
		}
	}
	return count;
}

bool nat_holds(const struct nat_applied *applied, const struct ip_addr *outer)
{
	struct config_range range[CONFIG_NAT_RANGES];
	uint32_t count = outers(applied, range), host = ip_addr_v4_host(outer);

	for (uint32_t i = 0; i < count; i++)
		if (host >= range[i].low && host <= range[i].high)
			return true;
	for (uint32_t i = 0; i < applied->nat->pair_count; i++)
		if (host >= applied->nat->pair[i].outer.low &&
		    host <= applied->nat->pair[i].outer.high)
			return true;
	return false;
}

typedef void print_fn(
    const struct nat_applied *a, const struct service_facts *facts, struct text *out);

struct chains {
	const struct service_facts *facts;
	size_t count;
	struct nat_applied applied[CONFIG_LANS * CONFIG_NAT_LISTED];
};

static void print_chain(const struct chains *chains, const char *name, const char *hook,
    print_fn *print, struct text *out)
{
	text_printf(out, "\tchain %s {\n\t\ttype %s; policy accept;\n", name, hook);
	for (size_t i = 0; i < chains->count; i++)
		print(&chains->applied[i], chains->facts, out);
	text_puts(out, "\t}\n");
}

bool nat_print(
    const struct config_model *model, const struct service_facts *facts, struct text *out)
{
	struct chains chains = {.facts = facts};

	chains.count = nat_list(model, facts, chains.applied, CONFIG_LANS * CONFIG_NAT_LISTED);
	if (!chains.count)
		return false;
	print_chain(&chains, "nat_in", "nat hook prerouting priority dstnat", print_in, out);
	print_chain(&chains, "nat_out", "nat hook postrouting priority srcnat", print_out, out);
	print_chain(
	    &chains, "nat_incoming", "filter hook input priority filter", print_incoming, out);
	nat_timers_print(chains.applied, chains.count, out);
	return true;
}

static size_t add_outer(uint32_t address, uint32_t own, uint32_t *out, size_t count, size_t max)
{
	for (size_t i = 0; i < count; i++)
		if (out[i] == address)
			return count;
	if (address == own || count == max)
		return count;
	out[count] = address;
	return count + 1;
}

size_t nat_outer_addresses(
    const struct config_model *model, uint32_t lan, uint32_t own, uint32_t *out, size_t max)
{
	const struct config_nat_list *list = &model->lan[lan].nat;
	size_t count = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct config_nat *nat = config_nat(model, list->number[i]);
		uint32_t address;

		if (!nat || nat->type == CONFIG_NAT_NONE)
			continue;
		for (uint64_t n = 0; nth(nat->outer, nat->outer_count, n, &address); n++)
			count = add_outer(address, own, out, count, max);
		for (uint32_t p = 0; p < nat->pair_count; p++)
			for (uint64_t n = 0; nth(&nat->pair[p].outer, 1, n, &address); n++)
				count = add_outer(address, own, out, count, max);
	}
	return count;
}

uint32_t nat_self(const struct config_model *model, const struct service_facts *facts, uint32_t lan)
{
	const struct config_nat_list *list = &model->lan[lan].nat;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct config_nat *nat = config_nat(model, list->number[i]);

		for (uint32_t k = 0; nat && masquerades(nat) && k < nat->forward_count; k++)
			if (is_our_ike(facts, &nat->forward[k]))
				return ip_addr_v4_host(&nat->forward[k].inner);
	}
	return 0;
}
