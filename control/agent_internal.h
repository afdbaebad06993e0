/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the agent: what its files share. The console sees control/agent.h alone.
 *
 *   agent.c         life, apply, the three timers     agent_links.c   ports, twins, addresses
 *   agent_path.c    underlay routes, adjacencies      agent_fib.c     groups and banks of routes
 *   agent_routes.c  which routes there are            agent_kernel.c  the same routes in the kernel
 *   agent_bgp.c     sessions                          agent_status.c  snapshot of the tunnels
 *   agent_dataplane.c   snapshot of the dataplane and its counters
 *   agent_show_routes.c   snapshot of the routes      agent_services.c   DHCP, DNS, NAT
 *   agent_statics.c       static routes, DHCP's filled in   agent_filters.c   packet filters
 *   agent_statistics.c    samples of the machine and its interfaces
 *   agent_judges.c        who judges by filters, kernel or dataplane
 *   agent_capture.c       captures                agent_packet.c     what would happen to a packet
 *   agent_lifelines.c     what our own filters take away from ourselves
 *   tunnel*.c       one tunnel: IKE, SAs, its record  cloud*.c        cloud vpn
 *
 * Everything that is derived (links, adjacencies, groups, routes, kernel routes) is computed afresh
 * by one sync (agent.c) from the model, the kernel's tables and the engines, and written where it
 * differs: there is one way to every state, whatever the order of events. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"
#include "common/mono.h"
#include "control/agent.h"
#include "control/bgp/bgp.h"
#include "control/config/model.h"
#include "control/guards.h"
#include "control/judges.h"
#include "control/publish.h"
#include "control/routes.h"
#include "control/service/services.h"
#include "control/sys/netlink.h"

struct agent_bgp;
struct agent_capture_wait;
struct agent_cleared;
struct agent_filters;
struct agent_statistics;
struct agent_udp;
struct cloud;
struct cloud_job;
struct cloud_refresh;
struct cloud_usage;
struct tunnel;

/* A port lanN and its kernel twin, as of the last sync. */
struct agent_lan {
	bool present;      /* the twin exists */
	uint32_t index;    /* kernel index of the twin */
	uint32_t prepared; /* the index whose kernel settings were made */
	uint32_t slot;     /* in CFG_TABLE_LINKS or SHM_INDEX_NONE */
	uint32_t mtu;
	bool mtu_ours; /* it may be another than the port's because of a configuration */
	uint8_t mac[6];
	bool up;
	bool wan;                 /* bears the default route */
	bool owned;               /* its IPv4 addresses are ours to set */
	struct ip_prefix refused; /* by DHCP, and said */
};

/* A neighbour on a port, with its adjacency. */
struct agent_adj {
	uint32_t lan;
	struct ip_addr addr;
	uint32_t slot;
	bool seen; /* by the sync under way */
	bool resolved;
};

/* Next-hop groups by what they hold (struct routes_entry without prefix). */
struct agent_group {
	struct routes_entry key;
	uint32_t slot;
	uint32_t next; /* in its bucket, SHM_INDEX_NONE ends */
	bool used;
};
#define AGENT_GROUP_BUCKETS 4096

struct agent {
	uv_loop_t *loop;
	struct publish *publish;
	struct netlink *netlink;
	struct agent_config_ops config;
	const char *ca_file;
	const struct config_model *model;

	uv_timer_t sync_timer, poll_timer, tick_timer;
	bool sync_wanted, stopping;
	mono_t sync_not_before, tunnels_polled;
	unsigned poll_msec, ticks;

	struct agent_lan lan[CONFIG_LANS + 1];
	struct agent_adj *adj;
	size_t adj_count, adj_room;
	struct netlink_route *underlay; /* as of agent_underlay_sync() */
	size_t underlay_count, underlay_room;
	mono_t neigh_refreshed;
	uint32_t asked_lan; /* whose neighbour was asked for last in this look, 0 = none */
	struct ip_addr asked;

	struct tunnel *tunnel[CONFIG_TUNNELS_MAX + 1]; /* by number */
	struct tunnel *tunnel_at[SHM_TUNNELS_MAX];     /* the same, by their slot */
	struct agent_udp *udp;                         /* list */
	uint64_t ike_unknown; /* datagrams from sources that are not configured */

	struct config_route *statics; /* as of the last sync, see agent_statics() */
	size_t static_count;
	struct routes_set routes; /* of the last sync */
	struct guards guards;     /* prefixes that were a tunnel's by BGP */
	bool guards_adopted;      /* those of a former run were read from the kernel */
	struct agent_group *group;
	size_t group_count, group_room;
	uint32_t group_bucket[AGENT_GROUP_BUCKETS];

	struct agent_filters *filters;
	struct judges judges;
	struct agent_statistics *statistics;
	struct agent_bgp *bgp;
	struct services *services;
	struct cloud *cloud[CONFIG_CLOUDS + 1];
	struct cloud_boot *cloud_boot;  /* NULL before it began */
	struct cloud_job *cloud_job;    /* under way, NULL = none */
	enum cloud_fault cloud_fault;   /* of the last report of FAILED */
	agent_compare_fn *compare_take; /* of that job, when it is a comparison */
	void *compare_ctx;
	struct cloud_usage *cloud_usage;     /* NULL before the first tick */
	char state_dir[4096];                /* "" = nothing is kept */
	struct cloud_refresh *cloud_refresh; /* by id, NULL before the first tick */
	struct agent_cleared *cleared;       /* NULL before `clear status dataplane` */
	struct agent_capture_wait *capture;  /* somebody waits for one, NULL = nobody */
};

/* ---- agent.c ---- */

/* Something that a sync reads has changed: one will run, soon. */
void agent_touch(struct agent *agent);
/* Runs a sync that is due now: a snapshot shows what the command before it did. */
void agent_settle(struct agent *agent);
/* The same until the kernel has nothing new to say, within reason: addresses and routes of the
 * lines before are in force, and known. */
void agent_catch_up(struct agent *agent);
/* Something was put or waits: commits, and looks for its application every few milliseconds. */
void agent_poke(struct agent *agent);

/* ---- agent_links.c ---- */

/* Twins, their addresses and MTU ... */
void agent_links_sync(struct agent *agent);
/* ... and the link records, when it is known what the kernel judges there. */
void agent_links_publish(struct agent *agent, mono_t now);
/* agent_dataplane.c: what the device of a port takes; 0 = not known, the dataplane is not running.
 */
uint32_t agent_port_mtu(const struct agent *agent, uint32_t lan);
/* Number of the port whose twin has this kernel index, 0 = none. */
uint32_t agent_lan_by_index(const struct agent *agent, uint32_t index);
/* The address that a port is to have; NULL: none is known. */
const struct ip_prefix *agent_lan_wanted(const struct agent *agent, uint32_t lan);
/* The port's own address with its network, not one of the translation; NULL without one. Valid
 * until the loop runs again. */
const struct ip_prefix *agent_lan_prefix(const struct agent *agent, uint32_t lan);
/* The same address alone, family none without one. */
struct ip_addr agent_lan_address(const struct agent *agent, uint32_t lan);
/* True when `addr` stands on an interface of this machine. */
bool agent_owns_address(const struct agent *agent, const struct ip_addr *addr);
/* Number of the port that bears the default route, 0 = none. */
uint32_t agent_wan(const struct agent *agent);
/* The preferred source towards tunnels: address of the first port that is not the WAN. */
struct ip_addr agent_lan_source(const struct agent *agent);

/* ---- agent_path.c ---- */

/* The way to an address through a port, tunnels left aside. */
struct agent_path {
	uint32_t lan;         /* 0 = there is none */
	struct ip_addr next;  /* gateway, or the address itself */
	uint32_t adj;         /* slot of its adjacency, SHM_INDEX_NONE: not resolved */
	struct ip_prefix via; /* the route taken */
};
void agent_path_to(struct agent *agent, const struct ip_addr *remote, struct agent_path *out);
/* Gathers the routes that paths are chosen among: few of the kernel's, where there are many. */
void agent_underlay_sync(struct agent *agent);

/* Adjacency of a neighbour on a port, SHM_INDEX_NONE when it is not resolved; `ask` has the kernel
 * resolve it then. */
uint32_t agent_adj_slot(struct agent *agent, uint32_t lan, const struct ip_addr *addr, bool ask);
void agent_adjs_sync(struct agent *agent, mono_t now);
/* True when the kernel has asked for that neighbour of a port, and got no answer. */
bool agent_neigh_is_silent(const struct agent *agent, const struct ip_addr *addr);
/* Has the kernel confirm, twice a minute, the neighbours that nothing was heard of lately. */
void agent_neighs_refresh(struct agent *agent, mono_t now);

/* ---- agent_routes.c, agent_fib.c, agent_kernel.c ---- */

/* The static routes with what DHCP has told filled in: routers by their address, and a default
 * route where the configuration has none. As of the last agent_statics_sync(). */
void agent_statics_sync(struct agent *agent);
const struct config_route *agent_statics(const struct agent *agent, size_t *count);
/* Collects agent->routes from everything that makes routes. */
void agent_routes_sync(struct agent *agent);
/* Groups and route banks follow agent->routes. */
void agent_fib_sync(struct agent *agent, mono_t now);
/* The kernel's table follows agent->routes. */
void agent_kernel_sync(struct agent *agent);
/* The tunnel whose record is in this slot, NULL = none. */
struct tunnel *agent_tunnel_by_slot(const struct agent *agent, uint32_t slot);
/* Whether a next hop of a group can be used now: a routes_up_fn, `ctx` is the agent. */
bool agent_hop_up(void *ctx, uint8_t kind, uint32_t index);
/* True when what leaves by the port is to pass the kernel: addresses are translated there. */
bool agent_lan_is_kernels(const struct agent *agent, uint32_t lan);
/* The port whose connected prefix holds `addr`, 0 = none. */
uint32_t agent_lan_towards(const struct agent *agent, const struct ip_addr *addr);
/* Prefixes that `static` means to BGP: static routes in force and connected ones. Returns how many;
 * at most `max`. */
size_t agent_routes_static(struct agent *agent, struct ip_prefix *out, size_t max);
/* True while this gateway of a configured route counts: its port or tunnel exists and, where it
 * says `hide`, is up. */
bool agent_gateway_active(const struct agent *agent, const struct config_route_gateway *gateway);

/* ---- agent_services.c ---- */

/* What the services want to know of the machine, as it is now. */
void agent_service_facts(struct agent *agent, struct service_facts *facts);
/* The services follow the model and the addresses of the ports. */
void agent_services_sync(struct agent *agent);

/* ---- agent_filters.c ---- */

struct agent_filters *agent_filters_new(void);
void agent_filters_free(struct agent_filters *filters);
/* Filters and lists into their tables: before the records that name the lists ... */
void agent_filters_sync(struct agent *agent, mono_t now);
/* ... and after those: lists and filters that nothing names any more go. */
void agent_filters_sweep(struct agent *agent);
/* What cfg_link and cfg_tunnel say of the list of that interface and direction. */
uint32_t agent_filter_list(const struct agent *agent, bool tunnel, uint32_t interface, bool out);
/* What cfg_link.filter_self is for that port by a model. */
uint32_t agent_filter_self(struct agent *agent, const struct config_model *model, uint32_t lan);
/* Logs what the dataplane tells of packets. */
void agent_filters_tell(struct agent *agent);

/* ---- agent_judges.c ---- */

/* True when the kernel sees all IPv4 there: it is to, and has the rules that it is to judge by. */
bool agent_filters_by_kernel(const struct agent *agent, bool tunnel, uint32_t interface);
/* The same for a record that is put now: what was told is remembered until it was taken back. */
bool agent_judges_tell(struct agent *agent, bool tunnel, uint32_t interface);
/* What was put is committed. */
void agent_judges_committed(struct agent *agent);
/* What a former run told, by the tables that it left: before they are made anew. */
void agent_judges_adopt(struct agent *agent, const char *instance);

/* ---- agent_statistics.c ---- */

struct agent_statistics *agent_statistics_new(void);
void agent_statistics_free(struct agent_statistics *statistics);
/* Takes a sample when its time has come, of what the model wants. */
void agent_statistics_tick(struct agent *agent, mono_t now);

/* ---- agent_bgp.c ---- */

int agent_bgp_new(struct agent *agent);
void agent_bgp_stop(struct agent *agent); /* Cease to all */
void agent_bgp_free(struct agent *agent);
/* Listeners and announcements follow tunnels and routes. */
void agent_bgp_sync(struct agent *agent, mono_t now);
void agent_bgp_tunnel_changed(struct agent *agent, struct tunnel *tunnel, bool up);
/* The tunnel is about to be removed: its sessions say goodbye while it still carries them. True
 * when there was one to say it to. */
bool agent_bgp_tunnel_leaves(struct agent *agent, struct tunnel *tunnel);
const struct bgp_rib *agent_bgp_rib(const struct agent *agent);
/* The engine of the session with the neighbor at that address, NULL = none runs. */
const struct bgp_peer *agent_bgp_peer(const struct agent *agent, const struct ip_addr *neighbor);
/* Number of the tunnel that a session runs through, 0 = none. */
uint32_t agent_bgp_tunnel(const struct agent *agent, const struct bgp_config *neighbor);
/* True when any session is configured. */
bool agent_bgp_in_use(const struct agent *agent);
