/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vgwTelemetry and routes of the first connection in an answer. */
#include "control/aws/view.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/aws/rows.h"

#define ITEM "DescribeVpnConnectionsResponse/vpnConnectionSet/item"

struct telemetry {
	char outside[64], status[16], message[512], routes[16];
};

struct route {
	char cidr[64], state[32];
};

static const struct rows_column telemetry_columns[] = {
    ROWS_COLUMN("outsideIpAddress", struct telemetry, outside),
    ROWS_COLUMN("status", struct telemetry, status),
    ROWS_COLUMN("statusMessage", struct telemetry, message),
    ROWS_COLUMN("acceptedRouteCount", struct telemetry, routes),
};
static const struct rows_form telemetry_form = {
    .element = ITEM "/vgwTelemetry/item", .column = telemetry_columns, .columns = 4};

static const struct rows_column route_columns[] = {
    ROWS_COLUMN("destinationCidrBlock", struct route, cidr),
    ROWS_COLUMN("state", struct route, state),
};
static const struct rows_form route_form = {
    .element = ITEM "/routes/item", .column = route_columns, .columns = 2};

static void take_tunnel(struct view *view, const struct telemetry *row)
{
	struct view_tunnel *tunnel = &view->tunnel[view->tunnel_count];

	if (ip_addr_parse(row->outside, &tunnel->outside))
		return;
	tunnel->up = strcmp(row->status, "UP") == 0;
	tunnel->routes = (uint32_t)strtoul(row->routes, NULL, 10);
	log_escape(row->message, strlen(row->message), tunnel->message, sizeof(tunnel->message));
	view->tunnel_count++;
}

enum vpn_result view_read(const void *body, size_t bytes, struct view *out, char error[VPN_ERROR])
{
	struct telemetry telemetry[VPN_TUNNELS];
	struct route route[VIEW_ROUTES];
	enum vpn_result result;
	size_t tunnels, routes = 0;

	memset(out, 0, sizeof(*out));
	result = rows_read(body, bytes, &telemetry_form, telemetry, sizeof(telemetry[0]),
	    VPN_TUNNELS, &tunnels, error);
	if (result == VPN_OK)
		result = rows_read(
		    body, bytes, &route_form, route, sizeof(route[0]), VIEW_ROUTES, &routes, error);
	if (result != VPN_OK)
		return result;
	for (size_t i = 0; i < tunnels && i < VPN_TUNNELS; i++)
		take_tunnel(out, &telemetry[i]);
	for (size_t i = 0; i < routes && i < VIEW_ROUTES; i++)
		if (strcmp(route[i].state, "deleted") != 0 &&
		    strcmp(route[i].state, "deleting") != 0 &&
		    ip_prefix_parse(route[i].cidr, &out->route[out->route_count]) == 0)
			out->route_count++;
	return VPN_OK;
}

const struct view_tunnel *view_tunnel(const struct view *view, const struct ip_addr *outside)
{
	for (uint32_t i = 0; i < view->tunnel_count; i++)
		if (ip_addr_equal(&view->tunnel[i].outside, outside))
			return &view->tunnel[i];
	return NULL;
}
