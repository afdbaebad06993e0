/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From an entry of agent_shut() to a sentence and to the lines that mend it. */
#include "control/console/shut.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/model.h"

static void name_what(uint32_t what, char *out, size_t room)
{
	static const char *const name[AGENT_LIFELINE_KINDS] = {
	    "UDP 500", "UDP 4500", "ESP", "TCP 443"};
	size_t used = 0;

	*out = '\0';
	for (unsigned i = 0; i < AGENT_LIFELINE_KINDS && used < room; i++)
		if (what & 1u << i)
			used += (size_t)snprintf(
			    out + used, room - used, "%s%s", used ? ", " : "", name[i]);
}

void shut_say(const struct agent_shut *shut, size_t i, char line[SHUT_LINE])
{
	const struct agent_shut *s = &shut[i];
	char what[48], why[64], remote[IP_ADDR_TEXT_BYTES];
	const char *way = s->out ? "out" : "in";

	name_what(s->what, what, sizeof(what));
	if (s->number)
		(void)snprintf(why, sizeof(why), say("filter %u drops it"), s->number);
	else
		(void)snprintf(why, sizeof(why), "%s", say("no filter of it fits"));
	if (s->tunnel)
		(void)snprintf(line, SHUT_LINE,
		    say("`ip lan%u secure filter %s` cuts TUNNEL[%02u] off from %s: %s: %s"),
		    s->lan, way, s->tunnel, ip_addr_format(&s->remote, remote), what, why);
	else
		(void)snprintf(line, SHUT_LINE,
		    say("`ip lan%u secure filter %s` cuts `cloud vpn` off from AWS: %s: %s"),
		    s->lan, way, what, why);
}

/* The number of the `i`th filter that is still free. */
static uint32_t free_number(const struct config_model *model, size_t i)
{
	uint32_t number = 1;

	for (;; number++)
		if (!config_filter(model, number) && i-- == 0)
			return number;
}

static void print_filter(const struct agent_shut *s, uint32_t number, struct text *out)
{
	char remote[IP_ADDR_TEXT_BYTES];

	text_printf(out, "`ip filter %" PRIu32 " pass ", number);
	ip_addr_format(&s->remote, remote);
	if (!s->tunnel)
		text_puts(out, s->out ? "* * tcp * 443`" : "* * established 443 *`");
	else if (s->out)
		text_printf(out, "* %s udp,esp`", remote);
	else
		text_printf(out, "%s * udp,esp`", remote);
}

static void print_list(
    const struct config_model *model, const struct agent_shut *shut, size_t i, struct text *out)
{
	const struct agent_shut *s = &shut[i];
	const struct config_filter_list *list = config_filter_list(model, false, s->lan, s->out);

	text_printf(out, "`ip lan%" PRIu32 " secure filter %s", s->lan, s->out ? "out" : "in");
	for (size_t k = 0; k <= i; k++)
		if (shut[k].lan == s->lan && shut[k].out == s->out)
			text_printf(out, " %" PRIu32, free_number(model, k));
	for (uint32_t k = 0; list && k < list->count; k++)
		if (config_filter(model, list->number[k]))
			text_printf(out, " %" PRIu32, list->number[k]);
	for (uint32_t k = 0; list && k < list->dynamic_count; k++)
		text_printf(out, "%s %" PRIu32, k ? "" : " dynamic", list->dynamic[k]);
	text_puts(out, "`");
}

void shut_advise(
    const struct config_model *model, const struct agent_shut *shut, size_t i, struct text *out)
{
	print_filter(&shut[i], free_number(model, i), out);
	text_puts(out, say(", then "));
	print_list(model, shut, i, out);
}
