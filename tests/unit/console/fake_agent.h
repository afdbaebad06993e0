/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An agent made of variables, for tests of the console. A test program includes this once. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/agent.h"

struct agent {
	int refuse; /* -errno for the next agent_apply() and agent_bgp_refresh() */
	unsigned applied, refreshed, ipsec_refreshed, ipsec_told;
	struct agent_sa sa_deleted; /* the last one */
	int sa_refuse;              /* -errno of that */
	const struct config_model *model;

	const char *ruleset_refused; /* NULL: it is not */
	bool go_refused;
	agent_cloud_fn *report;
	void *report_ctx;
	uint32_t cloud_id;
	unsigned cancelled;
	struct agent_cloud_status cloud;
	enum cloud_fault fault; /* of a report of FAILED */
	struct agent_cloud_usage usage;
	char loaded[64]; /* what the last file began with, and how it was asked for */
	bool load_refused;
	char shown[128]; /* before the last destruction */
	bool planned;    /* the last creation or destruction was only planned */
	struct agent_cloud_wish wish;

	size_t tunnel_count, neighbor_count, route_count;
	size_t more_routes; /* besides: 10.x.y.z/32 */
	struct agent_tunnel_status tunnel[4];
	struct agent_bgp_status neighbor[4];
	struct bgp_config bgp[4];
	struct agent_route route[8];
	struct agent_dataplane_status dataplane, cleared; /* cleared_unix 0: it was not */
	size_t shut_count;
	struct agent_shut shut[4];
	size_t session_count;
	struct nat_session session[4];
	size_t lease_count;
	struct lease lease[4];
	struct agent_packet packet[2]; /* the last two asked for */
	struct agent_packet_way way[2];
	unsigned looked;
	struct agent_capture_wish capture_wish;
	struct agent_capture_status capture;
	agent_capture_fn *capture_report;
	void *capture_ctx;
};

int agent_apply(
    struct agent *agent, const struct config_model *model, char *error, size_t error_bytes)
{
	if (agent->refuse) {
		snprintf(error, error_bytes, "the agent refuses");
		return agent->refuse;
	}
	agent->applied++;
	agent->model = model;
	return 0;
}

int agent_bgp_refresh(struct agent *agent, char *error, size_t error_bytes)
{
	if (agent->refuse) {
		snprintf(error, error_bytes, "the agent refuses");
		return agent->refuse;
	}
	agent->refreshed++;
	return 0;
}

void agent_ipsec_refresh(struct agent *agent, bool say)
{
	agent->ipsec_refreshed++;
	agent->ipsec_told += say;
}

int agent_sa_delete(struct agent *agent, const struct agent_sa *sa)
{
	agent->sa_deleted = *sa;
	return agent->sa_refuse;
}

enum cloud_fault agent_cloud_fault(const struct agent *agent)
{
	return agent->fault;
}

int agent_cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes)
{
	if (agent->go_refused) {
		snprintf(error, error_bytes, "cloud vpn service %u is not set", id);
		return -EINVAL;
	}
	agent->report = report;
	agent->report_ctx = ctx;
	agent->cloud_id = id;
	return 0;
}

int agent_cloud_download(struct agent *agent, uint32_t id, bool generic, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes)
{
	return agent_cloud_go(agent, id, report, ctx, error, error_bytes);
}

/* What is compared is handed over at once. */
int agent_cloud_compare(struct agent *agent, uint32_t id, agent_compare_fn *take,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	static struct ip_prefix route;
	static struct agent_compared c;

	ip_prefix_parse("192.168.200.0/24", &route);
	c = (struct agent_compared){.id = id,
	    .vpn = "vpn-01234567",
	    .state = "available",
	    .tunnel_count = 2,
	    .tunnel = {{.number = 1}, {.number = 2}},
	    .route_count = 1,
	    .route = &route,
	    .changes = "- ip tunnel tcp mss limit 1300\n+ ip tunnel tcp mss limit 1379\n",
	    .text = "a table\n"};
	for (unsigned i = 0; i < 2 * AGENT_COMPARED_ROWS; i++) {
		struct agent_compared_row *row = &c.tunnel[i % 2].row[i / 2];

		*row = (struct agent_compared_row){.name = "endpoint",
		    .aws = "198.51.100.2",
		    .configured = "198.51.100.6",
		    .differs = true};
	}
	if (!agent->go_refused)
		take(ctx, &c);
	return agent_cloud_go(agent, id, report, ctx, error, error_bytes);
}

int agent_cloud_load(struct agent *agent, uint32_t *id, const struct agent_cloud_file *file,
    bool apply, char **said, char *error, size_t error_bytes)
{
	*said = NULL;
	if (agent->load_refused) {
		snprintf(error, error_bytes, "that is no file of AWS");
		return -EINVAL;
	}
	if (!*id)
		*id = 7;
	snprintf(agent->loaded, sizeof(agent->loaded), "%u %u %s %zu %.20s", *id, file->as_number,
	    apply ? "applied" : "looked at", file->bytes, file->text);
	*said = strdup(apply ? "the configuration follows" : "+ tunnel enable 1\n");
	return 0;
}

int agent_cloud_create(struct agent *agent, uint32_t id, const struct agent_cloud_wish *wish,
    bool plan, agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	agent->planned = plan;
	agent->wish = *wish;
	return agent_cloud_go(agent, id, report, ctx, error, error_bytes);
}

int agent_cloud_destroy(struct agent *agent, uint32_t id, const char *shown, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes)
{
	agent->planned = !shown;
	snprintf(agent->shown, sizeof(agent->shown), "%s", shown ? shown : "");
	return agent_cloud_go(agent, id, report, ctx, error, error_bytes);
}

int agent_cloud_way(struct agent *agent, uint32_t id, const struct ip_addr *host,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	return agent_cloud_go(agent, id, report, ctx, error, error_bytes);
}

int agent_cloud_usage(struct agent *agent, uint32_t id, struct agent_cloud_usage *out)
{
	*out = agent->usage;
	return out->month ? 0 : -ENOENT;
}

/* Reports at once, as the real one may. */
void agent_cloud_cancel(struct agent *agent, const void *ctx)
{
	agent_cloud_fn *report = agent->report;

	agent->cancelled++;
	agent->report = NULL;
	if (report)
		report(agent->report_ctx, AGENT_CLOUD_FAILED, "Setting is canceled");
}

int agent_cloud_status(struct agent *agent, uint32_t id, struct agent_cloud_status *out)
{
	*out = agent->cloud;
	return 0;
}

size_t agent_tunnels(struct agent *agent, struct agent_tunnel_status *out, size_t max)
{
	size_t count = agent->tunnel_count < max ? agent->tunnel_count : max;

	memcpy(out, agent->tunnel, count * sizeof(*out));
	return agent->tunnel_count;
}

size_t agent_neighbors(struct agent *agent, struct agent_bgp_status *out, size_t max)
{
	size_t count = agent->neighbor_count < max ? agent->neighbor_count : max;

	memcpy(out, agent->neighbor, count * sizeof(*out));
	return agent->neighbor_count;
}

size_t agent_routes(struct agent *agent, struct agent_route *out, size_t max)
{
	size_t count = agent->route_count < max ? agent->route_count : max;

	memcpy(out, agent->route, count * sizeof(*out));
	for (size_t i = 0; i < agent->more_routes && count < max; i++)
		out[count++] = (struct agent_route){
		    .prefix = {.addr = ip_addr_v4(0x0a000000 + (uint32_t)i), .length = 32},
		    .interface = "TUNNEL[1]",
		    .kind = AGENT_ROUTE_BGP,
		    .info = "path=64512"};
	return agent->route_count + agent->more_routes;
}

/* One route either way, and one received that another neighbor has better. */
size_t agent_bgp_routes(struct agent *agent, const struct ip_addr *neighbor,
    enum agent_bgp_routes which, struct agent_bgp_route *out, size_t max)
{
	struct agent_bgp_route route = {.origin = "IGP", .used = true};

	if (which == AGENT_BGP_ADVERTISED) {
		ip_prefix_parse("0.0.0.0/0", &route.prefix);
		route.next_hop = ip_addr_v4(0);
		out[0] = route;
		return 1;
	}
	ip_prefix_parse("10.0.0.0/16", &route.prefix);
	route.next_hop = *neighbor;
	route.med_set = true;
	route.med = 100;
	snprintf(route.path, sizeof(route.path), "64512");
	out[0] = route;
	ip_prefix_parse("10.1.0.0/16", &route.prefix);
	route.used = false;
	route.med = 200;
	if (max > 1)
		out[1] = route;
	return 2;
}

void agent_dataplane(struct agent *agent, struct agent_dataplane_status *out)
{
	*out = agent->dataplane;
	out->cleared_unix = agent->cleared.cleared_unix;
}

const struct agent_dataplane_status *agent_dataplane_cleared(struct agent *agent)
{
	return agent->cleared.cleared_unix ? &agent->cleared : NULL;
}

int agent_dataplane_clear(struct agent *agent, int64_t now_unix)
{
	agent->cleared = agent->dataplane;
	agent->cleared.cleared_unix = now_unix;
	return 0;
}

bool agent_tunnel(struct agent *agent, uint32_t number, struct agent_tunnel_status *out)
{
	if (number < 1 || number > agent->tunnel_count)
		return false;
	*out = agent->tunnel[number - 1];
	return true;
}

/* The ways are given in turn. */
void agent_packet_look(
    struct agent *agent, const struct agent_packet *packet, struct agent_packet_way *out)
{
	*out = agent->way[agent->looked % 2];
	out->drop = out->drop ? out->drop : "";
	out->source = out->source ? out->source : "";
	agent->packet[agent->looked++ % 2] = *packet;
}

/* Reports when the test says so. */
int agent_capture_start(struct agent *agent, const struct agent_capture_wish *wish,
    agent_capture_fn *report, void *ctx, char *error, size_t error_bytes)
{
	if (agent->capture.running) {
		snprintf(error, error_bytes, "one is running: `packetdump stop` ends it");
		return -EBUSY;
	}
	agent->capture_wish = *wish;
	agent->capture_report = report;
	agent->capture_ctx = ctx;
	return 0;
}

int agent_capture_stop(
    struct agent *agent, agent_capture_fn *report, void *ctx, char *error, size_t error_bytes)
{
	if (!agent->capture.running) {
		snprintf(error, error_bytes, "none is running");
		return -ENOENT;
	}
	agent->capture_report = report;
	agent->capture_ctx = ctx;
	return 0;
}

void agent_capture_leave(struct agent *agent)
{
	agent_capture_fn *report = agent->capture_report;

	agent->capture_report = NULL;
	if (report)
		report(agent->capture_ctx, false, "canceled");
}

void agent_capture(struct agent *agent, struct agent_capture_status *out)
{
	*out = agent->capture;
}

/* Every port that asks was given 198.51.100.7 ten seconds ago. */
void agent_dhcp_client(struct agent *agent, uint32_t lan, struct agent_dhcp_client *out)
{
	memset(out, 0, sizeof(*out));
	out->configured = agent->model->lan[lan].dhcp;
	if (!out->configured)
		return;
	out->running = out->used = out->binding.valid = true;
	ip_prefix_parse("198.51.100.7/24", &out->binding.address);
	ip_addr_parse("198.51.100.1", &out->binding.router);
	out->binding.server = out->binding.name_server[0] = out->binding.router;
	out->binding.name_server_count = 1;
	out->binding.lease_sec = 3600;
	out->rest_sec = 3590;
}

/* What is collected has one row, or two of traffic. */
size_t agent_statistics(
    struct agent *agent, enum config_statistics kind, struct agent_statistic *out, size_t max)
{
	if (!agent->model->statistics[kind] || max < 2)
		return 0;
	out[0] = (struct agent_statistic){.now = 1234,
	    .hour_average = 250,
	    .hour_most = 9950,
	    .day_average = 7,
	    .day_most = 10000};
	if (kind != CONFIG_STATISTICS_TRAFFIC)
		return 1;
	snprintf(out[0].interface, sizeof(out[0].interface), "LAN1");
	out[1] = out[0];
	out[1].out = true;
	return 2;
}

/* Where that model has a list of filters. */
size_t agent_shut(
    struct agent *agent, const struct config_model *model, struct agent_shut *out, size_t max)
{
	if (!model->filter_list_count)
		return 0;
	memcpy(out, agent->shut, agent->shut_count * sizeof(*out));
	return agent->shut_count;
}

const char *agent_ruleset_refused(struct agent *agent)
{
	return agent->ruleset_refused ? agent->ruleset_refused : "";
}

/* Filter n of each list has decided about n * 11 packets, 5 fitted none. */
void agent_filter_status(
    struct agent *agent, const struct config_filter_list *list, struct agent_filter_status *out)
{
	memset(out, 0, sizeof(*out));
	out->kernel = config_follows(agent->model, list->tunnel, list->interface) ||
		      (!list->tunnel && config_lan_translates(agent->model, list->interface));
	out->refused = out->kernel ? agent_ruleset_refused(agent) : "";
	out->kernel = out->kernel && !out->refused[0];
	out->counted = true;
	for (unsigned i = 0; i < CONFIG_FILTER_LISTED; i++)
		out->packets[i] = i * 11;
	out->dynamic[0] = 7;
	out->known = 700;
	out->none = 5;
}

/* lan2 bears 203.0.113.2. */
size_t agent_nat(struct agent *agent, struct nat_applied *out, size_t max)
{
	static struct service_facts facts;

	facts.lan[2].present = true;
	ip_prefix_parse("203.0.113.2/24", &facts.lan[2].address);
	return agent->model ? nat_list(agent->model, &facts, out, max) : 0;
}

int agent_nat_sessions(struct agent *agent, struct nat_session *out, size_t max, size_t *total)
{
	*total = agent->session_count;
	memcpy(out, agent->session, agent->session_count * sizeof(*out));
	return 0;
}

size_t agent_dhcp_leases(struct agent *agent, struct lease *out, size_t max)
{
	memcpy(out, agent->lease, agent->lease_count * sizeof(*out));
	return agent->lease_count;
}

/* config_env of a configuration over this agent. */
static inline int fake_apply(
    void *ctx, const struct config_model *model, char *error, size_t error_bytes)
{
	return agent_apply(ctx, model, error, error_bytes);
}

static inline int fake_refresh(void *ctx, char *error, size_t error_bytes)
{
	return agent_bgp_refresh(ctx, error, error_bytes);
}

/* Two tunnels up, as after `cloud vpn set go`, with every number that show prints. */
static inline void fake_agent_fill(struct agent *agent, mono_t now)
{
	static const char *const outside[] = {"35.75.105.20", "52.199.233.227"};
	static const char *const inside[] = {"169.254.184.62", "169.254.18.222"};
	static const char *const peer[] = {"169.254.184.61", "169.254.18.221"};

	agent->dataplane.alive = true;
	agent->session_count = 1;
	agent->session[0] = (struct nat_session){.protocol = 6,
	    .inner_port = 40000,
	    .outer_port = 44100,
	    .remote_port = 443,
	    .rest_sec = 431999};
	ip_addr_parse("192.168.200.2", &agent->session[0].inner);
	ip_addr_parse("203.0.113.2", &agent->session[0].outer);
	ip_addr_parse("198.51.100.1", &agent->session[0].remote);
	agent->lease_count = 1;
	agent->lease[0] = (struct lease){.host = "pc-2", .id = {1, 2}, .id_bytes = 2};
	ip_addr_parse("192.168.200.2", &agent->lease[0].address);
	agent->tunnel_count = agent->neighbor_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct agent_tunnel_status *tunnel = &agent->tunnel[i];
		struct bgp_status *bgp = &agent->neighbor[i].status;

		tunnel->number = tunnel->gateway = i + 1;
		snprintf(
		    tunnel->description, sizeof(tunnel->description), "amazon-api_20170110112233");
		tunnel->up = true;
		ip_addr_parse("192.168.200.254", &tunnel->local);
		ip_addr_parse(outside[i], &tunnel->remote);
		tunnel->ike.state = IKE_PEER_UP;
		tunnel->ike.isakmp_count = tunnel->ike.child_count = 1;
		tunnel->ike.isakmp[0].life_sec = 28788;
		for (unsigned j = 0; j < 8; j++) {
			tunnel->ike.isakmp[0].cookie_i[j] = (uint8_t)(0x60 + j);
			tunnel->ike.isakmp[0].cookie_r[j] = (uint8_t)(0xf0 + j);
		}
		snprintf(tunnel->ike.isakmp[0].algorithms, 64, "AES-CBC, SHA-1, MODP 1024bit");
		tunnel->ike.child[0].spi_in = 0x6b98692b;
		tunnel->ike.child[0].spi_out = 0xa6674747;
		tunnel->ike.child[0].life_sec = 3590;
		tunnel->ike.child[0].sending = true;
		tunnel->ike.child[0].encr = 12;
		tunnel->ike.child[0].auth = 2;
		tunnel->in_packets = 3933;
		tunnel->in_bytes = 244941;
		tunnel->out_packets = 3933;
		tunnel->out_bytes = 241407;
		agent->bgp[i] =
		    (struct bgp_config){.neighbor = i + 1, .local_as = 65000, .remote_as = 64512};
		ip_addr_parse(inside[i], &agent->bgp[i].local);
		ip_addr_parse(peer[i], &agent->bgp[i].remote);
		agent->neighbor[i].config = &agent->bgp[i];
		agent->neighbor[i].local_port = 179;
		agent->neighbor[i].remote_port = i ? 40371 : 42333;
		bgp->state = BGP_ESTABLISHED;
		bgp->since = mono_add_sec(now, i ? -5 : -10);
		bgp->last_read = mono_add_sec(now, i ? -4 : -9);
		bgp->remote_router_id = ip_addr_v4_host(&agent->bgp[i].remote);
		bgp->hold_time_sec = 30;
		bgp->keepalive_sec = 10;
		bgp->received = 3;
		bgp->sent = 5;
		bgp->established = 1;
	}
}

static inline void fake_agent_add_route(struct agent *agent, const char *prefix,
    const char *gateway, const char *interface, enum agent_route_kind kind, const char *info,
    bool hidden)
{
	struct agent_route *route = &agent->route[agent->route_count++];

	ip_prefix_parse(prefix, &route->prefix);
	if (gateway)
		ip_addr_parse(gateway, &route->gateway);
	snprintf(route->interface, sizeof(route->interface), "%s", interface);
	snprintf(route->info, sizeof(route->info), "%s", info);
	route->kind = kind;
	route->hidden = hidden;
}

static const struct agent_port_status fake_agent_lan1 = {.name = "lan1",
    .twin = "lan1",
    .device = "net_tap0",
    .up = true,
    .mac = {2, 0, 0, 0, 0, 1},
    .mtu = 1500,
    .rx_packets = 600,
    .rx_bytes = 60000,
    .tx_packets = 400,
    .tx_bytes = 40000,
    .tx_failed = 4,
    .punted = 30,
    .injected = 20,
    .missed_untold = true};

/* Ports, drops and routes besides, for whoever wants one of everything. */
static inline void fake_agent_fill_rest(struct agent *agent)
{
	struct agent_dataplane_status *status = &agent->dataplane;

	status->generation = status->applied_generation = 42;
	status->rx = 1070;
	status->made = 2;
	status->tx = 900;
	status->punt = 57;
	status->drop = 52;
	status->in_flight = 63;
	status->buffers = 16383;
	status->buffers_used = 2048;
	status->ring_kernel = status->ring_handover = 2047;
	status->worker_count = 1;
	status->worker[0] = (struct agent_worker_status){.seen_msec = 20,
	    .received = 1000,
	    .busy_permille = 123,
	    .busy_nsec = 1500000000,
	    .busy_polls = 400,
	    .polled = 1070,
	    .ring_to_kernel = 3};
	status->port_count = 2;
	status->port[0] = fake_agent_lan1;
	status->port[1] = (struct agent_port_status){.name = "lan2",
	    .twin = "lan2",
	    .device = "0000:03:00.1",
	    .mac = {2, 0, 0, 0, 0, 2},
	    .mtu = 9000,
	    .speed_mbps = 10000,
	    .rx_packets = 400,
	    .rx_bytes = 40000,
	    .tx_packets = 500,
	    .tx_bytes = 50000,
	    .punted = 20,
	    .injected = 30,
	    .rx_missed = 8,
	    .rx_errors = 1,
	    .link_downs = 2};
	status->twin_count = 1;
	status->twin[0] = (struct agent_twin_status){.number = 1, .punted = 5, .injected = 15};
	status->gone = (struct agent_twin_status){.punted = 2, .injected = 5};
	agent->tunnel[0].in_drops = 12;
	agent->tunnel[0].out_drops = 1;
	agent->tunnel[0].replay_drops = 7;
	agent->tunnel[0].icv_drops = 3;
	agent->tunnel[0].other_drops = 2;
	agent->tunnel[0].punted = 5;
	agent->tunnel[0].injected = 15;
	agent->tunnel[0].sa_in[0] = (struct agent_sa_counts){3933, 244941, 7, 3, 2};
	agent->tunnel[0].sa_out[0] = (struct agent_sa_counts){.packets = 3933, .bytes = 241407};
	status->drop_count = 2;
	status->drop_reason[0] = (struct agent_drop){"esp_icv", "the ICV does not match", 50};
	status->drop_reason[1] = (struct agent_drop){"replay", "seen before", 2};
	ip_addr_parse("169.254.184.62", &agent->tunnel[0].inside_local);
	ip_addr_parse("169.254.184.61", &agent->tunnel[0].inside_remote);
	agent->tunnel[0].since_unix = 1483971153;
	agent->tunnel[0].inner_mtu = 1422;
	agent->tunnel[0].mss_limit = 1382;
	agent->cloud = (struct agent_cloud_status){.configured = true,
	    .last_fetch = "2017/01/10 11:22:31",
	    .config_update = "2017/01/10 11:22:33",
	    .tunnel = {1, 2},
	    .tunnel_up = {true, false}};
	fake_agent_add_route(
	    agent, "0.0.0.0/0", "150.249.252.1", "LAN2", AGENT_ROUTE_STATIC, "", false);
	fake_agent_add_route(agent, "10.1.0.0/16", "169.254.255.1", "TUNNEL[1]", AGENT_ROUTE_BGP,
	    "path=10124", false);
	fake_agent_add_route(
	    agent, "10.5.0.0/16", "192.0.2.9", "-", AGENT_ROUTE_STATIC, "unusable: dropped", true);
	fake_agent_add_route(
	    agent, "169.254.18.220/30", NULL, "TUNNEL[2]", AGENT_ROUTE_IMPLICIT, "", false);
}
