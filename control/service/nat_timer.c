/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A policy of times for each timer and protocol, and rules that give it to connections as they
 * begin. The rule that fits last counts: so the timers of all connections come first, then those of
 * a protocol, then those of ports. */
#include "control/service/nat_timer.h"

#include <inttypes.h>
#include <netinet/in.h>

static bool begins_lan(const struct nat_applied *applied, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (applied[j].lan == applied[i].lan && applied[j].nat->timer_count)
			return false;
	return applied[i].nat->timer_count != 0;
}

/* Seconds of ends of TCP, 0 = the kernel's. */
static uint32_t fin_seconds(const struct config_nat *nat)
{
	for (uint32_t i = 0; i < nat->timer_count; i++)
		if (nat->timer[i].tcp_fin)
			return nat->timer[i].seconds;
	return 0;
}

static void print_name(const struct config_nat *nat, uint32_t i, uint8_t protocol, struct text *out)
{
	text_printf(out, "nat%" PRIu32 "_%" PRIu32 "_%s", nat->number, i,
	    protocol == IPPROTO_TCP ? "tcp" : "udp");
}

static void print_policy(
    const struct config_nat *nat, uint32_t i, uint8_t protocol, struct text *out)
{
	static const char *const ends[] = {"fin_wait", "close_wait", "last_ack", "time_wait"};
	const struct config_nat_timer *timer = &nat->timer[i];
	uint32_t fin = protocol == IPPROTO_TCP ? fin_seconds(nat) : 0;
	const char *before = "";

	text_puts(out, "\tct timeout ");
	print_name(nat, i, protocol, out);
	text_printf(out, " {\n\t\tprotocol %s\n\t\tl3proto ip\n\t\tpolicy = { ",
	    protocol == IPPROTO_TCP ? "tcp" : "udp");
	if (protocol == IPPROTO_UDP)
		text_printf(out, "unreplied : %" PRIu32 ", replied : %" PRIu32, timer->seconds,
		    timer->seconds);
	if (protocol == IPPROTO_TCP && !timer->tcp_fin) {
		text_printf(out, "established : %" PRIu32, timer->seconds);
		before = ", ";
	}
	for (unsigned n = 0; fin && n < 4; n++) {
		text_printf(out, "%s%s : %" PRIu32, before, ends[n], fin);
		before = ", ";
	}
	text_puts(out, " }\n\t}\n");
}

static void print_rules(const struct nat_applied *a, uint32_t i, uint8_t protocol, struct text *out)
{
	static const char *const side[] = {"iifname", "oifname"};
	const struct config_nat_timer *timer = &a->nat->timer[i];
	const char *name = protocol == IPPROTO_TCP ? "tcp" : "udp";

	for (unsigned n = 0; n < 2; n++) {
		text_printf(out, "\t\t%s \"lan%" PRIu32 "\" ct state new ", side[n], a->lan);
		if (!timer->ports.count) {
			text_printf(out, "meta l4proto %s", name);
		} else {
			text_printf(out, "%s dport { ", name);
			for (uint32_t r = 0; r < timer->ports.count; r++)
				text_printf(out, "%s%" PRIu32 "-%" PRIu32, r ? ", " : "",
				    timer->ports.range[r].low, timer->ports.range[r].high);
			text_puts(out, " }");
		}
		text_puts(out, " ct timeout set \"");
		print_name(a->nat, i, protocol, out);
		text_puts(out, "\"\n");
	}
}

/* How much a timer says: of all connections nothing, of ports most. */
static unsigned rank(const struct config_nat_timer *timer)
{
	return timer->ports.count ? 3 : timer->protocol ? 2 : timer->tcp_fin ? 0 : 1;
}

typedef void print_fn(const struct nat_applied *a, uint32_t i, uint8_t protocol, struct text *out);

static void policy_of(const struct nat_applied *a, uint32_t i, uint8_t protocol, struct text *out)
{
	print_policy(a->nat, i, protocol, out);
}

/* Every timer and protocol of the ports, the least particular timer first. */
static void each(const struct nat_applied *applied, size_t count, print_fn *print, struct text *out)
{
	for (size_t n = 0; n < count; n++) {
		if (!begins_lan(applied, n))
			continue;
		for (unsigned wanted = 0; wanted < 4; wanted++) {
			for (uint32_t i = 0; i < applied[n].nat->timer_count; i++) {
				const struct config_nat_timer *timer = &applied[n].nat->timer[i];

				if (rank(timer) != wanted)
					continue;
				if (timer->protocol != IPPROTO_UDP)
					print(&applied[n], i, IPPROTO_TCP, out);
				if (timer->protocol != IPPROTO_TCP && !timer->tcp_fin)
					print(&applied[n], i, IPPROTO_UDP, out);
			}
		}
	}
}

void nat_timers_print(const struct nat_applied *applied, size_t count, struct text *out)
{
	struct text rules = {0};

	each(applied, count, print_rules, &rules);
	if (rules.bytes) {
		each(applied, count, policy_of, out);
		text_puts(out, "\tchain nat_timers {\n\t\ttype filter hook forward priority "
			       "mangle; policy accept;\n");
		text_puts(out, rules.data);
		text_puts(out, "\t}\n");
	}
	out->bad |= rules.bad;
	text_free(&rules);
}
