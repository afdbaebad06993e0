/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is looked at, the nearest first: a fault explains those behind it. */
#include "control/console/doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/wall.h"
#include "control/config/language.h"
#include "control/console/remedy.h"
#include "control/console/show.h"
#include "control/console/shut.h"

struct looking {
	const struct doctor_facts *f;
	struct text *out;
	unsigned ill;
};

__attribute__((format(printf, 2, 3))) static void well(struct looking *l, const char *format, ...)
{
	char line[300];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_printf(l->out, "ok  %s\n", line);
}

/* `advice` "" = nothing. */
__attribute__((format(printf, 3, 4))) static void ill(
    struct looking *l, const char *advice, const char *format, ...)
{
	char line[AGENT_CLOUD_ERROR + 300];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_puts(l->out, "!!  ");
	text_puts_indented(l->out, line, 4);
	text_puts(l->out, "\n");
	if (*advice)
		text_printf(l->out, "    -> %s\n", advice);
	l->ill++;
}

/* ---- the machine ---- */

static void look_at_dataplane(struct looking *l)
{
	const struct agent_dataplane_status *d = l->f->dataplane;

	if (d->wanted_mb) {
		ill(l,
		    say("give it more: -m with --no-huge, else cgw-hugepages; or cgw-control "
			"smaller tables"),
		    say("the dataplane wants about %u MB of memory for these tables: nothing is "
			"forwarded"),
		    d->wanted_mb);
		return;
	}
	if (!d->alive) {
		ill(l, say("start cgw-dataplane; its log says why it ended"), "%s",
		    say("the dataplane is not running: nothing is forwarded"));
		return;
	}
	well(l, say("the dataplane is running, with %zu ports"), d->port_count);
	for (size_t i = 0; i < d->port_count; i++)
		if (!d->port[i].up)
			ill(l, say("look at the cable and at the other end"),
			    say("port %s (%s) has no link"), d->port[i].name, d->port[i].device);
}

static void look_at_clock(struct looking *l)
{
	time_t now = (time_t)l->f->now_unix;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(text, sizeof(text), "%Y/%m/%d %H:%M:%S", &tm);
	if (l->f->now_unix < WALL_LEAST)
		ill(l, say("set it, by `ntpdate` or the system's time service"),
		    say("the clock says %s; AWS refuses requests that are 15 minutes off"), text);
}

static bool leads_out(const struct agent_route *route)
{
	return route->prefix.length == 0 && !route->hidden &&
	       strncmp(route->interface, "TUNNEL", 6) != 0;
}

/* The gateway of the default route that is configured, NULL = none by an address or by DHCP. */
static const struct config_route_gateway *wanted_gateway(const struct config_model *model)
{
	for (uint32_t i = 0; i < model->route_count; i++)
		for (uint32_t g = 0; g < model->route[i].gateway_count; g++) {
			const struct config_route_gateway *way = &model->route[i].gateway[g];

			if (model->route[i].destination.length == 0 &&
			    (way->kind == CONFIG_VIA_ADDRESS || way->kind == CONFIG_VIA_DHCP))
				return way;
		}
	return NULL;
}

/* 0 = by none. */
static uint32_t lan_by_dhcp(const struct config_model *model)
{
	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		if (model->lan[lan].dhcp)
			return lan;
	return 0;
}

/* There is none in force: because nobody wants one, or because of what else is missing. */
static void lack_default_route(struct looking *l)
{
	const struct config_model *model = l->f->model;
	const struct config_route_gateway *way = wanted_gateway(model);
	uint32_t dhcp = lan_by_dhcp(model);
	char gateway[IP_ADDR_TEXT_BYTES];

	if ((way || dhcp) && !l->f->dataplane->alive)
		return; /* it comes with the ports */
	if (way && way->kind == CONFIG_VIA_DHCP)
		dhcp = way->lan;
	if (!way && !dhcp) {
		ill(l, say("`ip route default gateway ADDRESS`, or an address by DHCP"), "%s",
		    say("there is no default route: neither AWS nor its endpoints can be reached"));
		return;
	}
	if (!way || way->kind == CONFIG_VIA_DHCP) {
		ill(l, say("`show status dhcpc`: has a server answered, and named a router?"),
		    say("no default route has come by DHCP at lan%u"), dhcp);
		return;
	}
	ip_addr_format(&way->address, gateway);
	if (dhcp || config_lan_towards(model, &way->address))
		ill(l, say("`show status lan1` and so on: is its port there, and up?"),
		    say("the default route to %s is not in force"), gateway);
	else
		ill(l, say("`ip lan2 address ADDRESS/MASK`, in the network of the gateway"),
		    say("the default route to %s is not in force: no interface has an address in "
			"its network"),
		    gateway);
}

static void look_at_default_route(struct looking *l)
{
	char gateway[IP_ADDR_TEXT_BYTES];

	for (size_t i = 0; i < l->f->route_count; i++)
		if (leads_out(&l->f->route[i])) {
			if (l->f->route[i].silent) {
				ill(l, say(remedy_of_tunnel(AGENT_TUNNEL_GATEWAY)),
				    say("the default gateway %s does not answer ARP at %s"),
				    ip_addr_format(&l->f->route[i].gateway, gateway),
				    l->f->route[i].interface);
				return;
			}
			well(l, say("the default route leads to %s by %s"),
			    l->f->route[i].gateway.family == IP_FAMILY_NONE
				? "-"
				: ip_addr_format(&l->f->route[i].gateway, gateway),
			    l->f->route[i].interface);
			return;
		}
	lack_default_route(l);
}

static void look_at_ruleset(struct looking *l)
{
	if (l->f->ruleset_refused[0])
		ill(l,
		    say("`nft list ruleset` shows what is in the way; until then the fast path "
			"judges by the static filters alone"),
		    say("the kernel refuses the rules of NAT and dynamic filters: %s"),
		    l->f->ruleset_refused);
}

/* ---- cloud settings ---- */

static void look_at_cloud(struct looking *l, uint32_t id)
{
	const struct config_cloud *cloud = &l->f->model->cloud[id];
	const struct agent_cloud_status *status = &l->f->cloud[id];
	char remedy[REMEDY_BYTES], again[80], made[sizeof(status->last_error) * 3];

	(void)remedy_fill(say(remedy_of_cloud(status->fault)), id, remedy);
	(void)snprintf(again, sizeof(again), "cloud vpn set go %u", id);
	if (!cloud->vpn_id[0])
		return;
	if (status->last_error[0])
		ill(l, *remedy ? remedy : again, say("cloud vpn %u: the last run failed: %s"), id,
		    say_made(status->last_error, made, sizeof(made)));
	else if (!status->configured)
		ill(l, again, say("cloud vpn %u has not been fetched and applied yet"), id);
	else if (status->tunnel[0] && status->tunnel[1] &&
		 status->tunnel_up[0] != status->tunnel_up[1])
		ill(l, "",
		    say("cloud vpn %u has one tunnel up and one down: nothing is left when the "
			"other goes"),
		    id);
}

/* ---- our own filters ---- */

/* The answers of AWS are missed where there is something to ask AWS, and no answer came. */
static bool is_missed(const struct doctor_facts *f, const struct agent_shut *shut)
{
	bool missed = shut->tunnel != 0;

	for (uint32_t id = 1; id <= CONFIG_CLOUDS && !missed; id++)
		missed =
		    f->model->cloud[id].vpn_id[0] &&
		    (!f->cloud[id].configured || (f->cloud[id].last_error[0] &&
						     f->cloud[id].fault == CLOUD_FAULT_UNREACHED));
	return missed;
}

static void look_at_filters(struct looking *l)
{
	for (size_t i = 0; i < l->f->shut_count; i++) {
		struct text advice = {0};
		char line[SHUT_LINE];

		if (!is_missed(l->f, &l->f->shut[i]))
			continue;
		shut_say(l->f->shut, i, line);
		shut_advise(l->f->model, l->f->shut, i, &advice);
		ill(l, advice.data ? advice.data : "", "%s", line);
		text_free(&advice);
	}
}

/* ---- tunnels ---- */

static bool initiates(const struct config_model *model, uint32_t number)
{
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);

	return model->ipsec_auto_refresh && gateway && gateway->auto_refresh;
}

/* By what was bound, or by what a run has made. */
static uint32_t cloud_of(const struct doctor_facts *f, uint32_t tunnel)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		if (f->cloud[id].configured &&
		    (f->cloud[id].tunnel[0] == tunnel || f->cloud[id].tunnel[1] == tunnel))
			return id;
	return remedy_cloud_of_tunnel(f->model, tunnel);
}

static void lack_tunnel(struct looking *l, const struct agent_tunnel_status *t, const char *remote)
{
	char remedy[REMEDY_BYTES], made[sizeof(t->ike.reason) * 3];
	const char *advice =
	    remedy_fill(say(remedy_of_tunnel(t->fault)), cloud_of(l->f, t->number), remedy);

	if (!*advice && config_tunnel_gateway(l->f->model, t->number) &&
	    !initiates(l->f->model, t->number))
		advice =
		    say("it waits for the peer to begin: `ipsec auto refresh on` has this side "
			"begin");
	ill(l, advice, say("TUNNEL[%02u] to %s is down: %s"), t->number, remote,
	    t->ike.reason[0] ? say_made(t->ike.reason, made, sizeof(made)) : "-");
}

/* Of `ipsec use off` once: it is the same for all. */
static void look_for_disabled(struct looking *l)
{
	const struct config_model *model = l->f->model;

	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		if (!model->tunnel[n].present || model->tunnel[n].enabled)
			continue;
		if (!model->ipsec_use) {
			ill(l, "`ipsec use on`", "%s",
			    say("no tunnel is in use: there is `ipsec use off`"));
			return;
		}
		ill(l, "", say("TUNNEL[%02u] is configured, but not enabled"), n);
	}
}

static void look_at_tunnels(struct looking *l)
{
	for (size_t i = 0; i < l->f->tunnel_count; i++) {
		const struct agent_tunnel_status *t = &l->f->tunnel[i];
		char remote[IP_ADDR_TEXT_BYTES];

		ip_addr_format(&t->remote, remote);
		if (t->up)
			well(l, say("TUNNEL[%02u] to %s is up"), t->number, remote);
		else
			lack_tunnel(l, t, remote);
		if (t->up && t->inner_mtu > 40 && t->mss_limit > t->inner_mtu - 40)
			ill(l, "`ip tunnel tcp mss limit auto`",
			    say("TUNNEL[%02u]: the TCP MSS limit %u does not fit its MTU of %u"),
			    t->number, t->mss_limit, t->inner_mtu);
	}
	look_for_disabled(l);
}

/* ---- BGP and routes ---- */

/* Whether the tunnel that the session runs through is down: that is said of the tunnel. */
static bool is_cut_off(const struct doctor_facts *f, const struct ip_addr *neighbor)
{
	for (size_t i = 0; i < f->tunnel_count; i++)
		if (ip_addr_equal(&f->tunnel[i].inside_remote, neighbor))
			return !f->tunnel[i].up;
	return false;
}

static void lack_neighbor(struct looking *l, const struct agent_bgp_status *b, const char *remote)
{
	const char *why = b->tcp_error ? strerror(b->tcp_error) : b->status.last_reset;
	const char *advice;
	char remedy[REMEDY_BYTES], made[400];
	bool of_tunnel;

	advice = say(remedy_of_bgp(b->status.last_reset, b->tcp_error, &of_tunnel));
	ill(l, remedy_fill(advice, of_tunnel ? b->tunnel : cloud_of(l->f, b->tunnel), remedy),
	    say("BGP with %s is %s%s%s"), remote, show_bgp_state(b->status.state), *why ? ": " : "",
	    say_made(why, made, sizeof(made)));
}

static void look_at_neighbors(struct looking *l)
{
	for (size_t i = 0; i < l->f->neighbor_count; i++) {
		const struct agent_bgp_status *b = &l->f->neighbor[i];
		char remote[IP_ADDR_TEXT_BYTES];

		if (is_cut_off(l->f, &b->config->remote))
			continue;
		ip_addr_format(&b->config->remote, remote);
		if (b->status.state != BGP_ESTABLISHED) {
			lack_neighbor(l, b, remote);
			continue;
		}
		well(l,
		    b->status.prefixes_in == 1 ? say("BGP with %s: %u prefix in, %u out")
					       : say("BGP with %s: %u prefixes in, %u out"),
		    remote, b->status.prefixes_in, b->status.prefixes_out);
		if (!b->status.prefixes_in)
			ill(l,
			    say("is a VPC attached to the gateway at AWS, or in the transit "
				"gateway's route table?"),
			    say("BGP with %s brings no prefix"), remote);
		if (!b->status.prefixes_out)
			ill(l,
			    say("what `bgp import filter` names has to be in `show ip route` with "
				"the same length"),
			    say("nothing is announced to %s: AWS knows no way back"), remote);
	}
}

static bool any_up(const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->tunnel_count; i++)
		if (f->tunnel[i].up)
			return true;
	return false;
}

static bool leads_through_one_that_is_up(
    const struct doctor_facts *f, const struct agent_route *route)
{
	char name[24];

	for (size_t i = 0; i < f->tunnel_count; i++) {
		(void)snprintf(name, sizeof(name), "TUNNEL[%u]", f->tunnel[i].number);
		if (f->tunnel[i].up && strcmp(route->interface, name) == 0)
			return true;
	}
	return false;
}

/* Routes of tunnels that are all down are neither well nor missing. */
static void look_at_routes(struct looking *l)
{
	bool any = false;

	for (size_t i = 0; i < l->f->route_count; i++) {
		const struct agent_route *route = &l->f->route[i];

		if (strncmp(route->interface, "TUNNEL", 6) != 0 ||
		    route->kind == AGENT_ROUTE_IMPLICIT || route->hidden)
			continue;
		any = true;
		if (leads_through_one_that_is_up(l->f, route)) {
			well(l, "%s", say("there are routes through tunnels"));
			return;
		}
	}
	if (!any && any_up(l->f))
		ill(l, say("`ip route PREFIX gateway tunnel N hide`, or BGP"), "%s",
		    say("no route leads through a tunnel"));
}

/* What DHCP gives a port is not ours to choose: a network of its own that is a part of what a
 * tunnel carries wins over the tunnel's longer way round, and its packets leave in the clear. */
static void look_at_networks_by_dhcp(struct looking *l)
{
	char port[24], inner[IP_PREFIX_TEXT_BYTES], outer[IP_PREFIX_TEXT_BYTES];
	uint32_t lan = lan_by_dhcp(l->f->model);

	(void)snprintf(port, sizeof(port), "LAN%u", lan);
	for (size_t i = 0; lan && i < l->f->route_count; i++) {
		const struct agent_route *own = &l->f->route[i];

		if (own->kind != AGENT_ROUTE_IMPLICIT || strcmp(own->interface, port) != 0)
			continue;
		for (size_t k = 0; k < l->f->route_count; k++) {
			const struct agent_route *far = &l->f->route[k];

			if (strncmp(far->interface, "TUNNEL", 6) != 0 || !far->prefix.length ||
			    !ip_prefix_covers(&far->prefix, &own->prefix))
				continue;
			ill(l, say("let the tunnel carry less, or connect the port elsewhere"),
			    say("%s has come by DHCP at lan%u and is a part of %s, which a tunnel "
				"carries: packets for it do not take the tunnel"),
			    ip_prefix_format(&own->prefix, inner), lan,
			    ip_prefix_format(&far->prefix, outer));
			return;
		}
	}
}

/* ---- the whole ---- */

unsigned doctor_judge(const struct doctor_facts *facts, struct text *out)
{
	struct looking l = {.f = facts, .out = out};

	look_at_dataplane(&l);
	look_at_clock(&l);
	look_at_default_route(&l);
	look_at_ruleset(&l);
	look_at_filters(&l);
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		look_at_cloud(&l, id);
	look_at_tunnels(&l);
	look_at_neighbors(&l);
	look_at_routes(&l);
	look_at_networks_by_dhcp(&l);
	return l.ill;
}

uint32_t doctor_cloud_of(const struct doctor_facts *facts, const struct ip_addr *host)
{
	const struct agent_route *best = NULL;
	uint32_t first = 0;

	for (size_t i = 0; i < facts->route_count; i++)
		if (ip_prefix_contains(&facts->route[i].prefix, host) &&
		    (!best || facts->route[i].prefix.length > best->prefix.length))
			best = &facts->route[i];
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *cloud = &facts->model->cloud[id];
		char name[2][24];

		if (!cloud->vpn_id[0])
			continue;
		first = first ? first : id;
		for (unsigned i = 0; best && i < 2; i++) {
			(void)snprintf(name[i], sizeof(name[i]), "TUNNEL[%u]", cloud->bind[i]);
			if (strcmp(best->interface, name[i]) == 0)
				return id;
		}
	}
	return first;
}
