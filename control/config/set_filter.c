/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of packet filters. Numbers that a list names and nobody has defined yet are no error. */
#include <errno.h>
#include <string.h>

#include "control/config/read_filter.h"
#include "control/config/set.h"

/* Ports by the router's names; www is also https, as the router has it. */
static const struct config_application applications[] = {
    {"tcp", .tcp = true},
    {"udp", .udp = true},
    {"ping", .ping = true},
    {"echo", .tcp = true, .udp = true, .port = {{7, 7}}},
    {"discard", .tcp = true, .udp = true, .port = {{9, 9}}},
    {"daytime", .tcp = true, .udp = true, .port = {{13, 13}}},
    {"chargen", .tcp = true, .udp = true, .port = {{19, 19}}},
    {"ftp", .tcp = true, .port = {{21, 21}}, .helper = CONFIG_HELPER_FTP},
    {"ssh", .tcp = true, .port = {{22, 22}}},
    {"telnet", .tcp = true, .port = {{23, 23}}},
    {"smtp", .tcp = true, .port = {{25, 25}}},
    {"submission", .tcp = true, .port = {{587, 587}}},
    {"time", .tcp = true, .udp = true, .port = {{37, 37}}},
    {"whois", .tcp = true, .port = {{43, 43}}},
    {"dns", .tcp = true, .udp = true, .port = {{53, 53}}, .dns = true},
    {"domain", .tcp = true, .udp = true, .port = {{53, 53}}, .dns = true},
    {"tftp", .udp = true, .port = {{69, 69}}, .helper = CONFIG_HELPER_TFTP},
    {"gopher", .tcp = true, .port = {{70, 70}}},
    {"finger", .tcp = true, .port = {{79, 79}}},
    {"http", .tcp = true, .port = {{80, 80}}},
    {"www", .tcp = true, .port = {{80, 80}, {443, 443}}},
    {"https", .tcp = true, .port = {{443, 443}}},
    {"pop3", .tcp = true, .port = {{110, 110}}},
    {"sunrpc", .tcp = true, .udp = true, .port = {{111, 111}}},
    {"ident", .tcp = true, .port = {{113, 113}}},
    {"nntp", .tcp = true, .port = {{119, 119}}},
    {"ntp", .udp = true, .port = {{123, 123}}},
    {"ms-rpc", .tcp = true, .udp = true, .port = {{135, 135}}},
    {"netbios_ns", .tcp = true, .udp = true, .port = {{137, 137}}},
    {"netbios_dgm", .udp = true, .port = {{138, 138}}},
    {"netbios_ssn", .tcp = true, .port = {{139, 139}}},
    {"imap", .tcp = true, .port = {{143, 143}}},
    {"imap3", .tcp = true, .port = {{220, 220}}},
    {"snmp", .udp = true, .port = {{161, 161}}},
    {"snmptrap", .udp = true, .port = {{162, 162}}},
    {"bgp", .tcp = true, .port = {{179, 179}}},
    {"ldap", .tcp = true, .udp = true, .port = {{389, 389}}},
    {"ms-ds", .tcp = true, .udp = true, .port = {{445, 445}}},
    {"ike", .udp = true, .port = {{500, 500}}},
    {"ipsec-nat-t", .udp = true, .port = {{4500, 4500}}},
    {"rlogin", .tcp = true, .port = {{513, 513}}},
    {"rwho", .udp = true, .port = {{513, 513}}},
    {"rsh", .tcp = true, .port = {{514, 514}}},
    {"syslog", .udp = true, .port = {{514, 514}}},
    {"printer", .tcp = true, .port = {{515, 515}}},
    {"rip", .udp = true, .port = {{520, 520}}},
    {"ripng", .udp = true, .port = {{521, 521}}},
    {"ms-sql", .tcp = true, .udp = true, .port = {{1433, 1434}}},
    {"radius", .udp = true, .port = {{1812, 1813}}},
    {"l2tp", .udp = true, .port = {{1701, 1701}}},
    {"pptp", .tcp = true, .port = {{1723, 1723}}},
    {"nfs", .tcp = true, .udp = true, .port = {{2049, 2049}}},
    {"msblast", .tcp = true, .port = {{4444, 4444}}},
    {"sip", .tcp = true, .udp = true, .port = {{5060, 5060}}, .helper = CONFIG_HELPER_SIP},
};

static void read_ends(const struct grammar_args *args, struct config_ranges *source,
    struct config_ranges *destination)
{
	(void)read_hosts(args_text(args, "source"), source);
	if (args_find(args, "destination"))
		(void)read_hosts(args_text(args, "destination"), destination);
}

/* ---- ip filter ---- */

static void read_action(const struct grammar_args *args, struct config_filter *filter)
{
	const struct value *action = args_find(args, "action");
	bool nolog = action->word_bytes > 6 &&
		     memcmp(action->word + action->word_bytes - 6, "-nolog", 6) == 0;
	bool log = !nolog && action->word_bytes > 4 &&
		   memcmp(action->word + action->word_bytes - 4, "-log", 4) == 0;

	filter->action = action->word[0] == 'p'   ? FILTER_PASS
			 : action->word[2] == 'j' ? FILTER_REJECT
						  : FILTER_RESTRICT;
	filter->log = nolog                           ? FILTER_LOG_NEVER
		      : log                           ? FILTER_LOG_ALWAYS
		      : filter->action == FILTER_PASS ? FILTER_LOG_NEVER
						      : FILTER_LOG_DROPS;
}

static bool are_octets(const struct config_ranges *ranges)
{
	for (uint32_t i = 0; i < ranges->count; i++)
		if (ranges->range[i].low > 255 ||
		    (ranges->range[i].high > 255 && ranges->range[i].high != UINT16_MAX))
			return false;
	return true;
}

int set_filter(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_filter *filter =
	    set_grow(&model->filter, &model->filter_count, sizeof(*filter));

	if (!filter)
		return -ENOMEM;
	filter->number = args_number(args, "number", 0);
	read_action(args, filter);
	read_ends(args, &filter->source, &filter->destination);
	filter->protocol.any = true;
	if (args_find(args, "protocol"))
		(void)read_protocols(args_text(args, "protocol"), &filter->protocol);
	if (args_find(args, "sport"))
		(void)read_ports_list(args_text(args, "sport"), &filter->sport);
	if (args_find(args, "dport"))
		(void)read_ports_list(args_text(args, "dport"), &filter->dport);
	if (filter->protocol.icmp_only &&
	    (!are_octets(&filter->sport) || !are_octets(&filter->dport)))
		return set_refuse(
		    error, error_bytes, "with icmp alone these are its types and codes: 0..255");
	return 0;
}

/* ---- ip filter dynamic ---- */

static const struct config_application *find_application(const struct grammar_args *args)
{
	for (unsigned i = 0; i < sizeof(applications) / sizeof(applications[0]); i++)
		if (args_is(args, "application", applications[i].name))
			return &applications[i];
	return NULL;
}

/* All numbers of that name; false = too many. */
static bool read_numbers(const struct grammar_args *args, const char *name, uint32_t *number,
    uint32_t *count, uint32_t max)
{
	const struct value *value;
	unsigned at = 0;

	while ((value = args_next(args, name, &at)) != NULL) {
		if (*count == max)
			return false;
		number[(*count)++] = (uint32_t)value->number;
	}
	return true;
}

int set_dynamic(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_dynamic *dynamic =
	    set_grow(&model->dynamic, &model->dynamic_count, sizeof(*dynamic));

	if (!dynamic)
		return -ENOMEM;
	dynamic->number = args_number(args, "number", 0);
	read_ends(args, &dynamic->source, &dynamic->destination);
	dynamic->syslog = !args_is(args, "syslog", "off");
	dynamic->timeout = args_number(args, "timeout", 0);
	dynamic->application = find_application(args);
	if (args_find(args, "application") && !dynamic->application)
		return set_refuse(
		    error, error_bytes, "connections of that kind are not followed here");
	if (!read_numbers(
		args, "trigger", dynamic->trigger, &dynamic->trigger_count, CONFIG_FILTER_NAMED) ||
	    !read_numbers(args, "in", dynamic->in, &dynamic->in_count, CONFIG_FILTER_NAMED) ||
	    !read_numbers(args, "out", dynamic->out, &dynamic->out_count, CONFIG_FILTER_NAMED))
		return set_refuse(
		    error, error_bytes, "at most %d filters can be named", CONFIG_FILTER_NAMED);
	return 0;
}

int set_dynamic_timer(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_dynamic_timers *timers = &model->dynamic_timers;

	timers->tcp_syn = args_number(args, "syn", timers->tcp_syn);
	timers->tcp_fin = args_number(args, "fin", timers->tcp_fin);
	timers->tcp_idle = args_number(args, "tcp", timers->tcp_idle);
	timers->udp_idle = args_number(args, "udp", timers->udp_idle);
	timers->dns = args_number(args, "dns", timers->dns);
	return 0;
}

/* ---- secure filter ---- */

static int set_list(struct config_model *model, bool of_tunnel, uint32_t interface,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_filter_list *list =
	    set_grow(&model->filter_list, &model->filter_list_count, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->tunnel = of_tunnel;
	list->interface = interface;
	list->out = args_is(args, "direction", "out");
	if (!read_numbers(args, "filter", list->number, &list->count, CONFIG_FILTER_LISTED) ||
	    !read_numbers(
		args, "dynamic", list->dynamic, &list->dynamic_count, CONFIG_FILTER_LISTED) ||
	    list->count + list->dynamic_count > CONFIG_FILTER_LISTED)
		return set_refuse(
		    error, error_bytes, "at most %d filters can be listed", CONFIG_FILTER_LISTED);
	return 0;
}

int set_lan_filters(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	return set_list(model, false, args_number(args, "lan", 0), args, error, error_bytes);
}

int set_tunnel_filters(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	return set_list(model, true, tunnel, args, error, error_bytes);
}
