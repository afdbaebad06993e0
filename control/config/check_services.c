/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `check` of what hangs on other lines besides tunnels, routes and filters: lines that are right
 * each, and have no effect, or the wrong one, together. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/config/check_internal.h"
#include "control/config/grammar.h"
#include "control/config/value.h"

#define PORT_IKE      500
#define PORT_IKE_NATT 4500

/* ---- address translation ---- */

static bool is_ours(const struct config_model *model, const struct ip_addr *addr)
{
	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		if (model->lan[lan].address_set &&
		    ip_addr_equal(&model->lan[lan].address.addr, addr))
			return true;
	return false;
}

static bool covers(const struct config_forward *forward, uint16_t port)
{
	return forward->all_ports || (forward->outer_low <= port && port <= forward->outer_high);
}

static bool takes_ike(const struct config_forward *forward)
{
	if (forward->protocol == IPPROTO_ESP)
		return true;
	return forward->protocol == IPPROTO_UDP &&
	       (covers(forward, PORT_IKE) || covers(forward, PORT_IKE_NATT));
}

static bool any_tunnel(const struct config_model *model)
{
	for (uint32_t i = 1; i <= config_tunnels(); i++)
		if (model->tunnel[i].enabled)
			return true;
	return false;
}

static void check_descriptor(
    struct checking *checking, const struct config_model *model, uint32_t lan, uint32_t number)
{
	const struct config_nat *nat = config_nat(model, number);
	char inner[IP_ADDR_TEXT_BYTES];

	if (!nat || nat->type == CONFIG_NAT_NONE) {
		check_found(checking,
		    "lan%u names NAT descriptor %u, which there is no `nat descriptor type` of",
		    lan, number);
		return;
	}
	for (uint32_t i = 0; i < nat->forward_count && any_tunnel(model); i++)
		if (takes_ike(&nat->forward[i]) && !is_ours(model, &nat->forward[i].inner))
			check_found(checking,
			    "`nat descriptor masquerade static %u %u` gives IKE or ESP to %s: the "
			    "tunnels of this router get no answers",
			    number, nat->forward[i].id,
			    ip_addr_format(&nat->forward[i].inner, inner));
}

static void check_nat(struct checking *checking, const struct config_model *model)
{
	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		for (uint32_t i = 0; i < model->lan[lan].nat.count; i++)
			check_descriptor(checking, model, lan, model->lan[lan].nat.number[i]);
}

/* ---- DHCP ---- */

static struct ip_prefix network_of(const struct config_scope *scope)
{
	struct ip_prefix net = {.addr = ip_addr_v4(scope->pool.low), .length = scope->length};

	return ip_prefix_mask(&net);
}

static void check_scope(
    struct checking *checking, const struct config_model *model, const struct config_scope *scope)
{
	struct ip_prefix net = network_of(scope);
	char text[IP_PREFIX_TEXT_BYTES];

	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		if (model->lan[lan].dhcp ||
		    (model->lan[lan].address_set &&
			ip_prefix_contains(&net, &model->lan[lan].address.addr)))
			return;
	check_found(checking,
	    "dhcp scope %u: no interface has an address in %s, so nobody is served", scope->number,
	    ip_prefix_format(&net, text));
}

static void check_bind(struct checking *checking, const struct config_dhcp_service *dhcp,
    const struct config_bind *bind)
{
	char addr[IP_ADDR_TEXT_BYTES], text[IP_PREFIX_TEXT_BYTES];

	ip_addr_format(&bind->address, addr);
	for (uint32_t i = 0; i < dhcp->scope_count; i++) {
		struct ip_prefix net = network_of(&dhcp->scope[i]);

		if (dhcp->scope[i].number != bind->scope)
			continue;
		if (!ip_prefix_contains(&net, &bind->address))
			check_found(checking,
			    "`dhcp scope bind %u %s`: the network of the scope is %s", bind->scope,
			    addr, ip_prefix_format(&net, text));
		return;
	}
	check_found(checking, "`dhcp scope bind %u %s`: there is no such scope", bind->scope, addr);
}

static void check_dhcp(struct checking *checking, const struct config_model *model)
{
	const struct config_dhcp_service *dhcp = &model->dhcp;

	for (uint32_t i = 0; i < dhcp->scope_count && dhcp->service == CONFIG_DHCP_SERVER; i++)
		check_scope(checking, model, &dhcp->scope[i]);
	for (uint32_t i = 0; i < dhcp->bind_count; i++)
		check_bind(checking, dhcp, &dhcp->bind[i]);
}

/* ---- schedules ---- */

static bool comes(const struct config_schedule *schedule)
{
	static const unsigned days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (schedule->startup || schedule->weekdays)
		return true;
	for (unsigned month = 1; month <= 12; month++)
		for (unsigned day = 1; day <= days[month] && schedule->months >> month & 1; day++)
			if (schedule->days >> day & 1)
				return true;
	return false;
}

/* The line is taken as it will be when its time has come. */
static void check_command(struct checking *checking, const struct config_schedule *schedule)
{
	struct grammar_match *match = malloc(sizeof(*match));
	char error[CONFIG_ERROR_BYTES];
	struct grammar_args args;

	if (!match)
		return;
	if (grammar_parse(
		match, schedule->command, strlen(schedule->command), error, sizeof(error))) {
		check_found(
		    checking, "schedule at %u: its command is refused: %s", schedule->id, error);
	} else if (match->row && match->row->operation == OP_CLOUD_GO) {
		args = grammar_match_args(match);
		if (!args_find(&args, "save"))
			check_found(checking,
			    "schedule at %u: nobody is there to be asked: add `save` or `no-save`",
			    schedule->id);
	}
	grammar_match_wipe(match);
	free(match);
}

static void check_schedule(struct checking *checking, const struct config_schedule *schedule)
{
	if (!comes(schedule))
		check_found(checking, "schedule at %u: no month of it has that day", schedule->id);
	check_command(checking, schedule);
}

/* ---- names ---- */

static bool is_answered(const struct config_dns *dns, const char *name)
{
	for (uint32_t i = 0; i < dns->record_count; i++)
		if (dns->record[i].kind != CONFIG_DNS_PTR &&
		    strcasecmp(dns->record[i].name, name) == 0)
			return true;
	return false;
}

static void check_names(struct checking *checking, const struct config_dns *dns)
{
	for (uint32_t i = 0; i < dns->record_count; i++)
		if (dns->record[i].kind == CONFIG_DNS_CNAME &&
		    !is_answered(dns, dns->record[i].target))
			check_found(checking,
			    "`dns static cname %s`: its target %s is no name of `dns static` or "
			    "`ip host`, so nobody is answered",
			    dns->record[i].name, dns->record[i].target);
}

/* ---- tunnels of the cloud ---- */

/* The setting before `id` that has the tunnel, too; 0 = none. */
static uint32_t bound_before(const struct config_model *model, uint32_t id, uint32_t tunnel)
{
	for (uint32_t other = 1; other < id; other++)
		if (model->cloud[other].bind[0] == tunnel || model->cloud[other].bind[1] == tunnel)
			return other;
	return 0;
}

static void check_clouds(struct checking *checking, const struct config_model *model)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		for (unsigned i = 0; i < 2; i++) {
			uint32_t tunnel = model->cloud[id].bind[i];
			uint32_t other = tunnel ? bound_before(model, id, tunnel) : 0;

			if (other)
				check_found(checking,
				    "cloud vpn %u and %u are both bound to tunnel %u", other, id,
				    tunnel);
		}
}

void check_services(struct checking *checking, const struct config_model *model)
{
	check_clouds(checking, model);
	check_nat(checking, model);
	check_dhcp(checking, model);
	check_names(checking, &model->dns);
	for (uint32_t i = 0; i < model->schedule_count; i++)
		check_schedule(checking, &model->schedule[i]);
}
