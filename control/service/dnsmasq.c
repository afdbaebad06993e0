/* SPDX-License-Identifier: BSD-3-Clause
 *
 * dnsmasq as DHCP server (RFC 2131, 2132), DHCP relay and recursive name server of the ports.
 *
 * Where `expire` and `maxexpire`
 * differ each range stands twice: for clients that ask for a time (they send option 51) and for
 * those that do not. Every text that comes from the configuration was checked by its type: none
 * holds a character that means something in this file. */
#include "control/service/dnsmasq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "control/config/dhcp_option.h"
#include "control/config/scope.h"

/* The pools are the limit; a lower one would refuse a file with leases of pools that were larger.
 */
#define LEASES_MOST       1000000
#define CACHE_ENTRIES     256 /* as the router has */
#define LEASE_TIME_OPTION 51
#define TTL_SEC           1 /* of what cannot have one of its own: the router's */

static const char *address_text(uint32_t host_order, char text[IP_ADDR_TEXT_BYTES])
{
	struct ip_addr addr = ip_addr_v4(host_order);

	return ip_addr_format(&addr, text);
}

/* ---- which ports ---- */

static bool has_address(const struct service_lan *lan)
{
	return lan->present && lan->address.addr.family == IP_FAMILY_V4;
}

static bool scope_fits(const struct config_scope *scope, const struct service_lan *lan)
{
	uint32_t own = ip_addr_v4_host(&lan->address.addr), mask = scope_mask(scope->length);

	return (own & mask) == (scope->pool.low & mask);
}

const struct config_scope *dnsmasq_scope_of(
    const struct config_model *model, const struct service_facts *facts, uint32_t lan)
{
	const struct service_lan *at = &facts->lan[lan];

	if (model->dhcp.service != CONFIG_DHCP_SERVER || !has_address(at) || at->leased)
		return NULL;
	for (uint32_t i = 0; i < model->dhcp.scope_count; i++)
		if (scope_fits(&model->dhcp.scope[i], at))
			return &model->dhcp.scope[i];
	return NULL;
}

static bool relays(const struct config_model *model, const struct service_lan *lan)
{
	return model->dhcp.service == CONFIG_DHCP_RELAY && model->dhcp.relay_count &&
	       has_address(lan) && !lan->wan && !lan->leased;
}

static bool answers_names(const struct config_model *model)
{
	if (model->dns.recursive != CONFIG_UNSAID)
		return model->dns.recursive == CONFIG_ON;
	return model->dns.server_count || model->dns.dhcp_lan || model->dns.record_count ||
	       model->dns.select_count || model->dhcp.service == CONFIG_DHCP_SERVER;
}

/* ---- names ---- */

static void print_servers(
    const struct ip_addr *server, uint32_t count, const char *between, struct text *out)
{
	char text[IP_ADDR_TEXT_BYTES];

	for (uint32_t i = 0; i < count; i++)
		text_printf(out, "%s%s", between, ip_addr_format(&server[i], text));
}

/* The servers that a port was told by DHCP: of `dns server dhcp`, or else of the first that was. */
static const struct service_lan *told_by_dhcp(
    const struct config_model *model, const struct service_facts *facts)
{
	if (model->dns.dhcp_lan)
		return &facts->lan[model->dns.dhcp_lan];
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (facts->lan[n].leased && facts->lan[n].name_server_count)
			return &facts->lan[n];
	return NULL;
}

/* Those of a choice: `*count` of them. */
static const struct ip_addr *chosen_servers(
    const struct config_dns_select *select, const struct service_facts *facts, uint32_t *count)
{
	const struct service_lan *told = &facts->lan[select->lan];

	*count = select->server_count;
	if (!select->lan || !told->name_server_count)
		return select->server;
	*count = told->name_server_count;
	return told->name_server;
}

static bool same_names(const struct config_dns_select *a, const struct config_dns_select *b)
{
	return a->reverse == b->reverse && (a->reverse ? ip_prefix_equal(&a->network, &b->network)
						       : strcasecmp(a->domain, b->domain) == 0);
}

/* Of several for the same names the one of the lowest number counts. */
static bool counts(const struct config_dns *dns, const struct config_dns_select *select)
{
	for (uint32_t i = 0; i < dns->select_count; i++)
		if (dns->select[i].number < select->number && same_names(&dns->select[i], select))
			return false;
	return true;
}

static void print_select(
    const struct config_dns_select *select, const struct service_facts *facts, struct text *out)
{
	char before[300], network[IP_PREFIX_TEXT_BYTES];
	const struct ip_addr *server;
	uint32_t count;

	server = chosen_servers(select, facts, &count);
	if (select->reverse)
		(void)snprintf(before, sizeof(before), "rev-server=%s,",
		    ip_prefix_format(&select->network, network));
	else
		(void)snprintf(before, sizeof(before), "server=/%s/", select->domain);
	for (uint32_t i = 0; i < count; i++) {
		print_servers(&server[i], 1, before, out);
		text_puts(out, "\n");
	}
}

/* For what no other choice is of; NULL = there is none. */
static const struct config_dns_select *select_of_all(const struct config_dns *dns)
{
	for (uint32_t i = 0; i < dns->select_count; i++)
		if (!dns->select[i].reverse && !dns->select[i].domain[0] &&
		    counts(dns, &dns->select[i]))
			return &dns->select[i];
	return NULL;
}

static void print_record(const struct config_dns_record *record, struct text *out)
{
	char address[IP_ADDR_TEXT_BYTES];
	uint32_t host;

	switch (record->kind) {
	case CONFIG_DNS_HOST:
	case CONFIG_DNS_A:
	case CONFIG_DNS_AAAA:
		text_printf(out, "host-record=%s,%s,%" PRIu32 "\n", record->name,
		    ip_addr_format(&record->address, address), record->ttl_sec);
		break;
	case CONFIG_DNS_PTR:
		host = ip_addr_v4_host(&record->address);
		text_printf(out, "ptr-record=%u.%u.%u.%u.in-addr.arpa,%s\n", host & 255,
		    host >> 8 & 255, host >> 16 & 255, host >> 24, record->name);
		break;
	case CONFIG_DNS_CNAME:
		text_printf(out, "cname=%s,%s,%" PRIu32 "\n", record->name, record->target,
		    record->ttl_sec);
		break;
	}
}

static void print_names(
    const struct config_model *model, const struct service_facts *facts, struct text *out)
{
	const struct config_dns_select *all = select_of_all(&model->dns);
	const struct service_lan *told = told_by_dhcp(model, facts);
	const struct ip_addr *server = model->dns.server;
	uint32_t count = model->dns.server_count;

	text_printf(out, "cache-size=%d\nno-hosts\n", CACHE_ENTRIES);
	if (model->dns.record_count)
		text_printf(out, "local-ttl=%d\n", TTL_SEC);
	if (all) {
		server = chosen_servers(all, facts, &count);
	} else if (!count && told) {
		server = told->name_server;
		count = told->name_server_count;
	}
	if (count || all || told)
		text_puts(out, "no-resolv\n");
	if (count || model->dns.select_count)
		text_puts(out, "strict-order\n");
	for (uint32_t i = 0; i < count; i++) {
		print_servers(&server[i], 1, "server=", out);
		text_puts(out, "\n");
	}
	for (uint32_t i = 0; i < model->dns.select_count; i++) {
		const struct config_dns_select *select = &model->dns.select[i];

		if ((select->reverse || select->domain[0]) && counts(&model->dns, select))
			print_select(select, facts, out);
	}
	for (uint32_t i = 0; i < model->dns.record_count; i++)
		print_record(&model->dns.record[i], out);
}

/* ---- addresses ---- */

/* `maxexpire`, `expire` in dnsmasq's words. */
static void print_minutes(uint32_t minutes, struct text *out)
{
	if (minutes == CONFIG_INFINITY)
		text_puts(out, "infinite\n");
	else
		text_printf(out, "%" PRIu32 "m\n", minutes);
}

static void print_range(
    const struct config_scope *scope, uint32_t low, uint32_t high, struct text *out)
{
	char first[IP_ADDR_TEXT_BYTES], last[IP_ADDR_TEXT_BYTES], mask[IP_ADDR_TEXT_BYTES];
	bool two = scope->expire_minutes != scope->most_minutes;

	address_text(low, first);
	address_text(high, last);
	address_text(scope_mask(scope->length), mask);
	text_printf(out, "dhcp-range=%sset:scope%" PRIu32 ",%s,%s,%s,", two ? "tag:!asks," : "",
	    scope->number, first, last, mask);
	print_minutes(scope->expire_minutes, out);
	if (!two)
		return;
	text_printf(out, "dhcp-range=tag:asks,set:scope%" PRIu32 ",%s,%s,%s,", scope->number, first,
	    last, mask);
	print_minutes(scope->most_minutes, out);
}

static void print_ranges(const struct config_scope *scope, struct text *out)
{
	struct config_range range;
	uint64_t from = 0;

	while (scope_next(scope, &from, &range))
		print_range(scope, range.low, range.high, out);
}

static bool has_option(const struct config_model *model, uint32_t scope, uint8_t number)
{
	for (uint32_t i = 0; i < model->dhcp.option_count; i++)
		if (model->dhcp.option[i].scope == scope && model->dhcp.option[i].number == number)
			return true;
	return false;
}

static void print_octets(const char *value, struct text *out)
{
	if (!strchr(value, ',')) {
		uint8_t octet = 0;

		(void)read_octet(value, &octet);
		text_printf(out, ",%ub", octet); /* a lone pair of digits would be a text */
		return;
	}
	text_puts(out, ",");
	for (; *value; value++)
		text_add(out, *value == ',' ? ":" : value, 1);
}

static void print_option(const struct config_dhcp_option *option, struct text *out)
{
	const char *value = option->value;

	text_printf(out, "dhcp-option=tag:scope%" PRIu32 ",%u", option->scope, option->number);
	switch (dhcp_option_type(option->number)) {
	case DHCP_OPTION_INT8: text_printf(out, ",%sb", value); break;
	case DHCP_OPTION_INT16: text_printf(out, ",%ss", value); break;
	case DHCP_OPTION_INT32: text_printf(out, ",%si", value); break;
	case DHCP_OPTION_SWITCH:
		text_printf(out, ",%db", strcmp(value, "on") == 0 || strcmp(value, "1") == 0);
		break;
	case DHCP_OPTION_ADDRESS:
	case DHCP_OPTION_ADDRESSES: text_printf(out, ",%s", value); break;
	/* In quotes, or what looks like an address, a number or octets would be taken for that. */
	case DHCP_OPTION_TEXT: text_printf(out, ",\"%s\"", value); break;
	case DHCP_OPTION_OCTETS: print_octets(value, out); break;
	}
	text_puts(out, "\n");
}

/* What the clients of a scope are told; 0.0.0.0 is dnsmasq's word for its own address. */
static void print_options(
    const struct config_model *model, const struct config_scope *scope, struct text *out)
{
	char router[IP_ADDR_TEXT_BYTES];

	if (scope->router.family != IP_FAMILY_NONE && !has_option(model, scope->number, 3))
		text_printf(out, "dhcp-option=tag:scope%" PRIu32 ",3,%s\n", scope->number,
		    ip_addr_format(&scope->router, router));
	if (!has_option(model, scope->number, 6)) {
		text_printf(out, "dhcp-option=tag:scope%" PRIu32 ",6", scope->number);
		if (answers_names(model))
			text_puts(out, ",0.0.0.0");
		print_servers(model->dns.server, model->dns.server_count, ",", out);
		text_puts(out, "\n");
	}
	if (model->dns.domain[0] && !has_option(model, scope->number, 15))
		text_printf(out, "dhcp-option=tag:scope%" PRIu32 ",15,%s\n", scope->number,
		    model->dns.domain);
	for (uint32_t i = 0; i < model->dhcp.option_count; i++)
		if (model->dhcp.option[i].scope == scope->number)
			print_option(&model->dhcp.option[i], out);
}

static void print_bind(const struct config_bind *bind, struct text *out)
{
	char address[IP_ADDR_TEXT_BYTES];

	text_puts(out, bind->by_mac ? "dhcp-host=" : "dhcp-host=id:");
	for (unsigned i = 0; i < bind->id_bytes; i++)
		text_printf(out, "%s%02x", i ? ":" : "", bind->id[i]);
	text_printf(out, ",%s\n", ip_addr_format(&bind->address, address));
}

static void print_scopes(const struct config_model *model, struct text *out)
{
	const struct config_dhcp_service *dhcp = &model->dhcp;
	bool asks = false;

	for (uint32_t i = 0; i < dhcp->scope_count; i++)
		asks |= dhcp->scope[i].expire_minutes != dhcp->scope[i].most_minutes;
	if (asks)
		text_printf(out, "dhcp-match=set:asks,%d\n", LEASE_TIME_OPTION);
	for (uint32_t i = 0; i < dhcp->scope_count; i++) {
		print_ranges(&dhcp->scope[i], out);
		print_options(model, &dhcp->scope[i], out);
	}
	for (uint32_t i = 0; i < dhcp->bind_count; i++)
		print_bind(&dhcp->bind[i], out);
	text_printf(out, "dhcp-lease-max=%d\n", LEASES_MOST);
	if (!dhcp->remain_silent)
		text_puts(out, "dhcp-authoritative\n");
	if (!dhcp->use_client_id)
		text_puts(out, "dhcp-ignore-clid\n");
}

static void print_relays(
    const struct config_model *model, const struct service_lan *lan, struct text *out)
{
	char own[IP_ADDR_TEXT_BYTES], server[IP_ADDR_TEXT_BYTES];

	ip_addr_format(&lan->address.addr, own);
	for (uint32_t i = 0; i < model->dhcp.relay_count; i++)
		text_printf(
		    out, "dhcp-relay=%s,%s\n", own, ip_addr_format(&model->dhcp.relay[i], server));
}

bool dnsmasq_config(const struct config_model *model, const struct service_facts *facts,
    const char *lease_file, struct text *out)
{
	bool names = answers_names(model), serves = false, any = false;
	struct text ports = {0};

	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		const struct service_lan *lan = &facts->lan[n];
		bool scope = dnsmasq_scope_of(model, facts, n) != NULL, relay = relays(model, lan);
		bool asked = names && has_address(lan) && !lan->wan && !lan->leased;

		if (!scope && !relay && !asked)
			continue;
		any = true;
		serves |= scope;
		text_printf(&ports, "interface=lan%" PRIu32 "\n", n);
		if (!scope && !relay)
			text_printf(&ports, "no-dhcp-interface=lan%" PRIu32 "\n", n);
		if (relay)
			print_relays(model, lan, &ports);
	}
	if (any) {
		text_puts(out, "bind-dynamic\nexcept-interface=lo\n");
		text_puts(out, ports.data);
		if (names)
			print_names(model, facts, out);
		else
			text_puts(out, "port=0\n");
		if (serves) {
			text_printf(out, "dhcp-leasefile=%s\n", lease_file);
			print_scopes(model, out);
		}
	}
	out->bad |= ports.bad;
	text_free(&ports);
	return any;
}

/* "dnsmasq[123]: text", and "dnsmasq-dhcp[123]: text" of its part that serves DHCP. */
bool dnsmasq_is_chatter(const char *line, size_t bytes)
{
	static const char *const starts[] = {"started, ",
	    "compile time options: ", "DNS service limited to ", "using ", "reading ", "read ",
	    "cleared cache", "exiting on receipt of SIGTERM", "DHCP, ", "DHCP relay "};
	const char *text = memmem(line, bytes, ": ", 2);
	size_t rest = text ? bytes - (size_t)(text + 2 - line) : 0;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (rest >= strlen(starts[i]) &&
		    memcmp(text + 2, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}
