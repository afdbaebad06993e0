/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The configuration lines for a connection, in the router dialect and in the reference's order: the
 * tunnels, BGP, the packet filter of the WAN side, its static masquerade, NAT traversal, refresh.
 *
 * Pure text from two structs. Does not compare with what is configured and applies nothing. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/vpn_proposal.h"

#define LINE_MAX_BYTES     4096  /* the dialect's longest line, with a NUL */
#define ISAKMP_DEFAULT_SEC 28800 /* needs no line of its own */
#define IMPORT_PREFIXES    16    /* of one `bgp import filter` */
#define FILTERS_IN_MAX     129   /* of one `secure filter` list */

struct generating {
	const struct vpn_connection *vpn;
	const struct vpn_site *site;
	struct vpn_lines *out;
	uint8_t of; /* whose lines are being made: 1, 2; 0 = of all tunnels */
	int rc;     /* the first failure; later lines are not made */
};

__attribute__((format(printf, 2, 3))) static void line(
    struct generating *g, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;
	int n;

	if (g->rc)
		return;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text) || g->out->count == VPN_LINES)
		g->rc = -ENOSPC;
	else if (!(g->out->line[g->out->count] = strdup(text)))
		g->rc = -ENOMEM;
	else
		g->out->tunnel[g->out->count++] = g->of;
	if (n > 0)
		secret_wipe(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text));
}

__attribute__((format(printf, 2, 3))) static void note(
    struct generating *g, const char *format, ...)
{
	va_list args;

	if (g->out->note_count == VPN_NOTES)
		return;
	va_start(args, format);
	vsnprintf(g->out->note[g->out->note_count++], VPN_ERROR, format, args);
	va_end(args);
}

/* ---- tunnels ---- */

/* SERVICE[_NAME]_TIMESTAMP: 10 + 1 + 32 + 1 + 14 characters at most, of the 64 there are. A name's
 * characters that would need quoting become '_', so that the time is always what follows the last
 * underscore. */
static void description(const struct vpn_site *site, unsigned tunnel, char out[80])
{
	char name[sizeof(site->name)];
	size_t i;

	for (i = 0; site->name[i] && i < sizeof(name) - 1; i++) {
		unsigned char c = (unsigned char)site->name[i];

		name[i] = isalnum(c) || c == '-' || c == '.' ? (char)c : '_';
	}
	name[i] = '\0';
	snprintf(
	    out, 80, "%s%s%s_%s", site->service, name[0] ? "_" : "", name, site->timestamp[tunnel]);
}

static void ike_lines(struct generating *g, unsigned i, const struct vpn_proposal *p)
{
	const struct vpn_tunnel *tunnel = &g->vpn->tunnel[i];
	const uint32_t gateway = g->site->tunnel[i];
	char local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	line(g, "ipsec ike duration ipsec-sa %" PRIu32 " %" PRIu32, gateway, p->esp_lifetime_sec);
	if (p->ike_lifetime_sec != ISAKMP_DEFAULT_SEC || g->site->ike_lifetime_set[i])
		line(g, "ipsec ike duration isakmp-sa %" PRIu32 " %" PRIu32, gateway,
		    p->ike_lifetime_sec);
	line(g, "ipsec ike encryption %" PRIu32 " %s", gateway, p->ike_encr);
	if (strcmp(p->ike_group, p->esp_group) == 0)
		line(g, "ipsec ike group %" PRIu32 " %s", gateway, p->ike_group);
	else
		line(g, "ipsec ike group %" PRIu32 " %s %s", gateway, p->ike_group, p->esp_group);
	line(g, "ipsec ike hash %" PRIu32 " %s", gateway, p->ike_hash);
	line(g, "ipsec ike keepalive use %" PRIu32 " on dpd %" PRIu32 " %" PRIu32, gateway,
	    tunnel->dpd_interval_sec, tunnel->dpd_retries);
	line(g, "ipsec ike local address %" PRIu32 " %s", gateway,
	    ip_addr_format(&g->site->local, local));
	line(g, "ipsec ike pfs %" PRIu32 " on", gateway);
	line(g, "ipsec ike pre-shared-key %" PRIu32 " text %s", gateway, tunnel->psk);
	line(g, "ipsec ike remote address %" PRIu32 " %s", gateway,
	    ip_addr_format(&tunnel->vgw_outside, remote));
}

static void tunnel_lines(struct generating *g, unsigned i, const struct vpn_proposal *p)
{
	const struct vpn_tunnel *tunnel = &g->vpn->tunnel[i];
	const uint32_t number = g->site->tunnel[i], policy = g->site->policy[i];
	char text[80], address[IP_PREFIX_TEXT_BYTES];

	g->of = (uint8_t)(i + 1);
	description(g->site, i, text);
	line(g, "tunnel select %" PRIu32, number);
	line(g, "description tunnel %s", text);
	line(g, "ipsec tunnel %" PRIu32, policy);
	line(g, "ipsec sa policy %" PRIu32 " %" PRIu32 " esp %s %s", policy, number, p->esp_encr,
	    p->esp_auth);
	ike_lines(g, i, p);
	line(g, "ipsec tunnel outer df-bit %s", tunnel->clear_df ? "clear" : "copy");
	line(g, "ip tunnel address %s", ip_prefix_format(&tunnel->cgw_inside, address));
	line(g, "ip tunnel remote address %s", ip_addr_format(&tunnel->vgw_inside, address));
	if (tunnel->mss)
		line(g, "ip tunnel tcp mss limit %" PRIu32, tunnel->mss);
	line(g, "tunnel enable %" PRIu32, number);
	g->of = 0;
}

/* ---- BGP ---- */

static void import_lines(struct generating *g)
{
	const struct vpn_connection *vpn = g->vpn;
	char nets[IMPORT_PREFIXES * IP_PREFIX_TEXT_BYTES] = " 0.0.0.0/0", one[IP_PREFIX_TEXT_BYTES];
	size_t used = 0;

	for (size_t i = 0; i < g->site->announce_count; i++) {
		ip_prefix_format(&g->site->announce[i], one);
		used += (size_t)snprintf(nets + used, sizeof(nets) - used, " %s", one);
	}
	line(g, "bgp import filter %" PRIu32 " equal%s", g->site->import_filter, nets);
	for (uint32_t i = 0; i < vpn->tunnel_count; i++)
		if (i == 0 || vpn->tunnel[i].vgw_asn != vpn->tunnel[0].vgw_asn)
			line(g, "bgp import %" PRIu32 " static filter %" PRIu32,
			    vpn->tunnel[i].vgw_asn, g->site->import_filter);
}

static void bgp_lines(struct generating *g)
{
	char remote[IP_ADDR_TEXT_BYTES], local[IP_ADDR_TEXT_BYTES];

	line(g, "bgp use on");
	line(g, "bgp autonomous-system %" PRIu32, g->vpn->tunnel[0].cgw_asn);
	for (uint32_t i = 0; i < g->vpn->tunnel_count; i++) {
		const struct vpn_tunnel *tunnel = &g->vpn->tunnel[i];

		g->of = (uint8_t)(i + 1);
		line(g,
		    "bgp neighbor %" PRIu32 " %" PRIu32 " %s hold-time=%" PRIu32
		    " local-address=%s",
		    g->site->tunnel[i], tunnel->vgw_asn,
		    ip_addr_format(&tunnel->vgw_inside, remote), tunnel->hold_time_sec,
		    ip_addr_format(&tunnel->cgw_inside.addr, local));
	}
	g->of = 0;
	import_lines(g);
}

/* ---- static routes ---- */

/* Into the tunnels that are up, by flow. A neighbor of the numbers' former connection goes. */
static void static_lines(struct generating *g)
{
	char net[IP_PREFIX_TEXT_BYTES], via[VPN_TUNNELS * 32] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < g->vpn->tunnel_count; i++) {
		used += (size_t)snprintf(via + used, sizeof(via) - used,
		    " gateway tunnel %" PRIu32 " hide", g->site->tunnel[i]);
		g->of = (uint8_t)(i + 1);
		if (g->site->neighbor_set[i])
			line(g, "no bgp neighbor %" PRIu32, g->site->tunnel[i]);
	}
	g->of = 0;
	for (size_t i = 0; i < g->site->route_count; i++)
		line(g, "ip route %s%s", ip_prefix_format(&g->site->route[i], net), via);
}

/* ---- the WAN side ---- */

/* In front of a list that is there already, unless it has them; a new list would drop all that it
 * does not name. */
static void filter_lines(struct generating *g)
{
	static const char *const what[] = {"udp * 500", "esp * *", "udp * 4500"};
	const struct vpn_site *site = g->site;
	char local[IP_ADDR_TEXT_BYTES], list[FILTERS_IN_MAX * 11 + sizeof(" dynamic")] = "";
	size_t used = 0;

	if (!site->filters_in_count && !site->dynamic_in_count)
		return;
	for (uint32_t i = 0; i < 3; i++)
		line(g, "ip filter %" PRIu32 " pass * %s %s", site->filter_first + i,
		    ip_addr_format(&site->local, local), what[i]);
	if (site->filters_listed)
		return;
	for (size_t i = 0; i < site->filters_in_count; i++)
		used += (size_t)snprintf(
		    list + used, sizeof(list) - used, " %" PRIu32, site->filters_in[i]);
	for (size_t i = 0; i < site->dynamic_in_count; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s %" PRIu32,
		    i ? "" : " dynamic", site->dynamic_in[i]);
	line(g, "ip %s secure filter in %" PRIu32 " %" PRIu32 " %" PRIu32 "%s", site->wan_if,
	    site->filter_first, site->filter_first + 1, site->filter_first + 2, list);
}

static void masquerade_lines(struct generating *g)
{
	static const char *const what[] = {"udp 500", "esp", "udp 4500"};
	const struct vpn_site *site = g->site;
	char local[IP_ADDR_TEXT_BYTES];

	if (!site->nat_descriptor)
		return;
	for (uint32_t i = 0; i < 3; i++)
		line(g, "nat descriptor masquerade static %" PRIu32 " %" PRIu32 " %s %s",
		    site->nat_descriptor, site->nat_static_first + i,
		    ip_addr_format(&site->local, local), what[i]);
}

/* ---- the whole ---- */

static int check_site(
    const struct vpn_connection *vpn, const struct vpn_site *site, char error[VPN_ERROR])
{
	const char *why = NULL;

	if (!vpn->tunnel_count || vpn->tunnel_count > VPN_TUNNELS)
		why = "the connection has no tunnel";
	else if (ip_addr_is_unspecified(&site->local) || site->local.family == IP_FAMILY_NONE)
		why = "no local address is known for IKE";
	else if (!site->filters_listed &&
		 site->filters_in_count + site->dynamic_in_count > FILTERS_IN_MAX - 3)
		why = "the secure filter list of the WAN interface has no room for three more";
	else if (site->announce_count > IMPORT_PREFIXES)
		why = "more than 16 prefixes to announce";
	for (uint32_t i = 0; !why && i < vpn->tunnel_count; i++)
		if (!site->tunnel[i] || !site->policy[i])
			why = "no tunnel number is free";
		else if (!vpn->tunnel[i].psk[0])
			why = "a tunnel has no pre-shared key";
	for (size_t i = 0; !why && i < site->announce_count; i++)
		if (site->announce[i].addr.family != IP_FAMILY_V4)
			why = "only IPv4 prefixes can be announced";
	if (why)
		snprintf(error, VPN_ERROR, "%s", why);
	return why ? -EINVAL : 0;
}

static void notes(struct generating *g, const struct vpn_proposal *proposal)
{
	const struct vpn_connection *vpn = g->vpn;

	if (vpn->warning[0])
		note(g, "%s", vpn->warning);
	if (vpn->static_only && !vpn->prefix_count)
		note(g, "a static connection, and %s: set ip route for the prefixes behind it",
		    vpn->prefix_note[0] ? vpn->prefix_note : "those of its VPC are not known");
	for (uint32_t i = 0; i < vpn->tunnel_count; i++)
		if (proposal[i].changed)
			note(g,
			    "tunnel %" PRIu32 ": the connection's options exclude AWS's default "
			    "transforms, others were taken",
			    g->site->tunnel[i]);
}

int vpn_generate(const struct vpn_connection *vpn, const struct vpn_site *site,
    struct vpn_lines *out, char error[VPN_ERROR])
{
	struct generating g = {.vpn = vpn, .site = site, .out = out};
	struct vpn_proposal proposal[VPN_TUNNELS];

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	g.rc = check_site(vpn, site, error);
	for (unsigned i = 0; !g.rc && i < vpn->tunnel_count; i++)
		g.rc = vpn_propose(&vpn->tunnel[i], i + 1, &proposal[i], error);
	if (g.rc)
		return g.rc;
	for (unsigned i = 0; i < vpn->tunnel_count; i++)
		tunnel_lines(&g, i, &proposal[i]);
	if (vpn->static_only)
		static_lines(&g);
	else
		bgp_lines(&g);
	line(&g, "ipsec auto refresh on");
	filter_lines(&g);
	masquerade_lines(&g);
	for (unsigned i = 0; i < vpn->tunnel_count; i++) {
		g.of = (uint8_t)(i + 1);
		line(&g, "ipsec ike nat-traversal %" PRIu32 " on type=2", site->tunnel[i]);
	}
	g.of = 0;
	if (!vpn->static_only || site->neighbor_set[0] || site->neighbor_set[1])
		line(&g, "bgp configure refresh");
	notes(&g, proposal);
	if (g.rc) {
		snprintf(error, VPN_ERROR, "the lines could not be made: %s", strerror(-g.rc));
		vpn_lines_free(out);
	}
	return g.rc;
}

void vpn_lines_free(struct vpn_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		secret_wipe(lines->line[i], strlen(lines->line[i]));
		free(lines->line[i]);
	}
	memset(lines, 0, sizeof(*lines));
}
