/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One filter becomes up to three kinds of rules: for TCP and UDP, where ports are asked; for other
 * protocols, where they are not; and one for each condition on flags. Packets have been put
 * together before: the kernel follows connections. */
#include "control/service/filter_print.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"

#define PROTOCOLS  256
#define FLAG_BITS  0x0fff /* what there is of flags behind the data offset */
#define FLAGS_BYTE 0x00ff

struct printing {
	const struct config_filter *filter;
	const struct text *prefix; /* of every rule, with the addresses */
	struct text ports;         /* conditions on ports, "" = none */
	const char *verdict;
	struct text *out;
};

/* ---- lists ---- */

static int by_low(const void *a, const void *b)
{
	const struct filter_range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/* Sorted, and no two of them touch: nftables takes no others. */
static struct config_ranges merged(const struct config_ranges *ranges)
{
	struct config_ranges out = *ranges;
	uint32_t kept = 0;

	qsort(out.range, out.count, sizeof(out.range[0]), by_low);
	for (uint32_t i = 0; i < out.count; i++) {
		struct filter_range *last = kept ? &out.range[kept - 1] : NULL;

		if (!last || out.range[i].low > (uint64_t)last->high + 1)
			out.range[kept++] = out.range[i];
		else if (out.range[i].high > last->high)
			last->high = out.range[i].high;
	}
	out.count = kept;
	return out;
}

static void print_host(uint32_t host_order, struct text *out)
{
	struct ip_addr addr = ip_addr_v4(host_order);
	char text[IP_ADDR_TEXT_BYTES];

	text_puts(out, ip_addr_format(&addr, text));
}

static void print_number(uint32_t number, struct text *out)
{
	text_printf(out, "%" PRIu32, number);
}

static void print_list(const char *name, const struct config_ranges *ranges,
    void (*print)(uint32_t, struct text *), struct text *out)
{
	const struct config_ranges list = merged(ranges);

	if (!list.count)
		return;
	text_printf(out, list.count > 1 ? "%s { " : "%s ", name);
	for (uint32_t i = 0; i < list.count; i++) {
		text_puts(out, i ? ", " : "");
		print(list.range[i].low, out);
		if (list.range[i].high == list.range[i].low)
			continue;
		text_puts(out, "-");
		print(list.range[i].high, out);
	}
	text_puts(out, list.count > 1 ? " } " : " ");
}

void filter_print_hosts(const char *name, const struct config_ranges *ranges, struct text *out)
{
	print_list(name, ranges, print_host, out);
}

void filter_print_numbers(const char *name, const struct config_ranges *ranges, struct text *out)
{
	print_list(name, ranges, print_number, out);
}

/* ---- rules ---- */

static const char *string(const struct text *text)
{
	return text->data ? text->data : "";
}

/* A condition that memory ran short for would let pass what the filter does not speak of. */
static void emit(const struct printing *printing, const struct text *conditions, bool ports)
{
	printing->out->bad |= printing->prefix->bad || conditions->bad || printing->ports.bad;
	text_printf(printing->out, "\t\t%s%s%s%s\n", string(printing->prefix), string(conditions),
	    ports ? string(&printing->ports) : "", printing->verdict);
}

static void emit_words(const struct printing *printing, const char *conditions, bool ports)
{
	struct text text = {0};

	text_puts(&text, conditions);
	emit(printing, &text, ports);
	text_free(&text);
}

static bool has(const struct config_protocols *protocols, unsigned number)
{
	return memchr(protocols->number, (int)number, protocols->count) != NULL;
}

/* Numbers of protocols: those with ports, or those without. */
static void emit_numbers(const struct printing *printing, bool with_ports)
{
	const struct config_protocols *protocols = &printing->filter->protocol;
	struct text text = {0};
	unsigned count = 0;

	for (unsigned n = 0; n < PROTOCOLS; n++)
		if (has(protocols, n) && (n == IPPROTO_TCP || n == IPPROTO_UDP) == with_ports)
			text_printf(&text, count++ ? ", %u" : "meta l4proto { %u", n);
	text_puts(&text, " } ");
	if (count)
		emit(printing, &text, with_ports);
	text_free(&text);
}

/* TCP by its flags. A word with bits outside its mask is never what comes out of it. */
static void emit_flags(const struct printing *printing, const struct filter_flags *flags)
{
	uint16_t mask = flags->mask & FLAG_BITS;
	bool never = (flags->value & ~mask) != 0;
	struct text text = {0};

	if (never || !mask) {
		if (never == (bool)flags->differs)
			emit_words(printing, "meta l4proto tcp ", true);
		return;
	}
	if (mask <= FLAGS_BYTE)
		text_printf(&text, "tcp flags & 0x%02x ", mask);
	else
		text_printf(&text, "meta l4proto tcp @th,96,16 & 0x%04x ", mask);
	text_printf(&text, "%s 0x%02x ", flags->differs ? "!=" : "==", flags->value);
	emit(printing, &text, true);
	text_free(&text);
}

static void emit_types(const struct printing *printing, uint64_t types)
{
	struct text text = {0};

	for (unsigned n = 0; n < FILTER_TYPES; n++)
		if (types >> n & 1)
			text_printf(&text, text.bytes ? ", %u" : "icmp type { %u", n);
	text_puts(&text, " } ");
	if (types)
		emit(printing, &text, false);
	text_free(&text);
}

static void emit_any(const struct printing *printing)
{
	if (!printing->ports.bytes) {
		emit_words(printing, "", false);
		return;
	}
	emit_words(printing, "meta l4proto { tcp, udp } ", true);
	emit_words(printing, "meta l4proto != { tcp, udp } ", false);
}

static void emit_icmp(const struct printing *printing)
{
	struct text text = {0};

	text_puts(&text, "meta l4proto icmp ");
	filter_print_numbers("icmp type", &printing->filter->sport, &text);
	filter_print_numbers("icmp code", &printing->filter->dport, &text);
	emit(printing, &text, false);
	text_free(&text);
}

static void emit_all(const struct printing *printing)
{
	const struct config_protocols *protocols = &printing->filter->protocol;

	if (protocols->any) {
		emit_any(printing);
		return;
	}
	if (protocols->icmp_only) {
		emit_icmp(printing);
		return;
	}
	emit_numbers(printing, true);
	emit_numbers(printing, false);
	for (uint32_t i = 0; i < protocols->flags_count; i++)
		emit_flags(printing, &protocols->flags[i]);
	emit_types(printing, protocols->icmp_types);
}

void filter_print(const struct config_filter *filter, const struct text *prefix,
    const char *verdict, struct text *out)
{
	struct printing printing = {
	    .filter = filter, .prefix = prefix, .verdict = verdict, .out = out};

	filter_print_numbers("th sport", &filter->sport, &printing.ports);
	filter_print_numbers("th dport", &filter->dport, &printing.ports);
	emit_all(&printing);
	text_free(&printing.ports);
}
