/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The agent: makes what is the same as what is wanted, and answers what is.
 *
 * The console (control/console) knows the rest of the control process only through this file: it
 * hands over models and operations, and reads snapshots. One thread: every call returns at once;
 * what takes time reports through a callback on the loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/bgp/bgp.h"
#include "control/cloud_fault.h"
#include "control/config/model.h"
#include "control/ike/ike.h"
#include "control/service/conntrack.h"
#include "control/service/dhcp_client.h"
#include "control/service/leases.h"
#include "control/service/nat.h"

struct agent;

/* Makes the running system follow `model` (all but BGP, which waits for agent_bgp_refresh()).
 * The caller keeps `model` alive until the next successful call. 0, or -errno with a sentence in
 * `error`: then nothing was changed. */
int agent_apply(
    struct agent *agent, const struct config_model *model, char *error, size_t error_bytes);

/* `bgp configure refresh`: the BGP part of the model last applied takes effect. 0, with a warning
 * in `error` where a line cannot do what it says, or -errno with a sentence. */
int agent_bgp_refresh(struct agent *agent, char *error, size_t error_bytes);

/* Forgets every SA and negotiates anew; `say`: the peers are told (`ipsec sa delete all`), or not
 * (`ipsec refresh sa`). */
void agent_ipsec_refresh(struct agent *agent, bool say);

/* One SA by what names it. */
struct agent_sa {
	uint32_t tunnel;
	bool isakmp;                      /* else a pair of IPsec SAs */
	uint8_t cookie_i[8], cookie_r[8]; /* of an ISAKMP SA, else 0 */
	uint32_t spi_in;                  /* of a pair, else 0 */
};

/* `ipsec sa delete N`: the peer is told, and what is wanted is negotiated anew: as
 * IKE_EV_DELETE_CHILD and IKE_EV_DELETE_ISAKMP say. 0, -ENOENT: there is none such, -EBUSY: it is
 * being negotiated. */
int agent_sa_delete(struct agent *agent, const struct agent_sa *sa);

/* ---- cloud vpn ---- */

enum agent_cloud_event {
	AGENT_CLOUD_PROGRESS, /* text: nothing or a word; one a second or so: the console prints "."
			       */
	AGENT_CLOUD_DONE,     /* text: what was done, for a person */
	AGENT_CLOUD_FAILED,   /* text: why, for a person */
};

typedef void agent_cloud_fn(void *ctx, enum agent_cloud_event event, const char *text);

/* What the failure is of that is being reported: valid during a report of FAILED. */
enum cloud_fault agent_cloud_fault(const struct agent *agent);

/* `cloud vpn set go ID`: fetch, generate, compare, and hand the lines to the configuration. One at
 * a time for each id (-EBUSY). `report` is called until DONE or FAILED. */
int agent_cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes);
/* Ctrl-C: stops what reports to `ctx`, and nothing else: another session's run of the same id, or
 * an automatic one, goes on. The report gets FAILED. No effect when nothing runs. */
void agent_cloud_cancel(struct agent *agent, const void *ctx);

/* `cloud vpn download ID`: the file that AWS has for this router, or for a generic device; DONE has
 * it as its text, with its keys. One question to AWS of this kind at a time (-EBUSY);
 * agent_cloud_cancel() ends it. */
int agent_cloud_download(struct agent *agent, uint32_t id, bool generic, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes);

/* One thing about a tunnel from three sides, in words; "" = that side does not say. */
struct agent_compared_row {
	const char *name; /* "endpoint", "IKE" */
	char aws[64], configured[64], in_use[64];
	bool differs; /* the configuration says something else than AWS */
};
#define AGENT_COMPARED_ROWS 11

struct agent_compared {
	uint32_t id;
	char vpn[129], state[32]; /* "vpn-0123", "available" */
	bool static_only;
	char problem[256]; /* why there is nothing to lay beside it; "" = there is */
	uint32_t tunnel_count;
	struct {
		uint32_t number;
		struct agent_compared_row row[AGENT_COMPARED_ROWS];
	} tunnel[2];
	size_t route_count; /* that AWS sends to us by static routes */
	const struct ip_prefix *route;
	const char *changes; /* lines that `cloud vpn set go` would change, "+ " or "- " in front */
	const char *text;    /* all of it, for a person */
};

typedef void agent_compare_fn(void *ctx, const struct agent_compared *compared);

/* `show cloud vpn compare ID`: what AWS says, beside what is configured and in use. `take` gets it,
 * valid during the call, right before `report` gets DONE. As agent_cloud_download() otherwise. */
int agent_cloud_compare(struct agent *agent, uint32_t id, agent_compare_fn *take,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes);

/* What in AWS keeps our packets from `host`, and its from us: route tables, security groups, static
 * routes; DONE has lines for a person. As agent_cloud_download() otherwise. */
int agent_cloud_way(struct agent *agent, uint32_t id, const struct ip_addr *host,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes);

struct agent_cloud_wish {
	char target[129];       /* "vpc-..." or "tgw-..." */
	struct ip_addr address; /* ours as AWS sees it; family none = that of the WAN port */
	uint32_t as_number;     /* ours; 0 = that of the configuration, or 65000 */
	uint32_t prefix_count;  /* 0 = BGP, else static routes to these */
	struct ip_prefix prefix[16];
};

/* `cloud vpn create`: `plan` true looks what would be made and whether it may be, and DONE has that
 * (FAILED where it may not); else it is made, with progress, and DONE once it is available: then
 * service and VPN id of the cloud setting are configured. As agent_cloud_download() otherwise. */
int agent_cloud_create(struct agent *agent, uint32_t id, const struct agent_cloud_wish *wish,
    bool plan, agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes);

/* `cloud vpn destroy`: takes away what the above made, here and there, where it is what was `shown`
 * before; NULL looks what it would be, and DONE has that. */
int agent_cloud_destroy(struct agent *agent, uint32_t id, const char *shown, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes);

struct agent_cloud_file {
	const char *text;
	size_t bytes;
	uint32_t
	    as_number; /* ours, where the file has a placeholder; 0 = that of the configuration */
};

/* `cloud vpn load`: what a file of AWS would change (`apply` false), or changes. `*id` 0 is the
 * setting of the file's connection, or a free one, which is put there. `*said`: numbers, notes and
 * difference, for a person; the caller frees. 0, or -errno with a sentence. */
int agent_cloud_load(struct agent *agent, uint32_t *id, const struct agent_cloud_file *file,
    bool apply, char **said, char *error, size_t error_bytes);

#define AGENT_CLOUD_ERROR 1280

struct agent_cloud_status {
	bool configured;        /* tunnels of this connection stand in the configuration */
	bool running;           /* a fetch is under way */
	char last_fetch[32];    /* "YYYY/MM/DD hh:mm:ss", "" = never */
	char config_update[32]; /* from the tunnels' description */
	char last_error[AGENT_CLOUD_ERROR];
	enum cloud_fault fault; /* what that is of */
	uint32_t tunnel[2];
	bool tunnel_up[2];
};
int agent_cloud_status(struct agent *agent, uint32_t id, struct agent_cloud_status *out);

struct agent_cloud_usage {
	uint32_t month; /* 202611, in UTC */
	int64_t month_begin, month_seconds, now;
	int64_t first_seen; /* when this router first knew of the connection */
	uint64_t bytes;     /* received through its tunnels this month, inner packets */
};
/* -ENOENT: it has no VPN connection. */
int agent_cloud_usage(struct agent *agent, uint32_t id, struct agent_cloud_usage *out);

/* ---- snapshots ---- */

/* What an SA did, as the dataplane counts it. */
struct agent_sa_counts {
	uint64_t packets, bytes;
	uint64_t replay_drops, icv_drops, other_drops;
};

/* Why a tunnel is down, as far as what to do about it goes. */
enum agent_tunnel_fault {
	AGENT_TUNNEL_OTHER,    /* ike.reason says all there is */
	AGENT_TUNNEL_CONFIG,   /* a line is missing, or cannot be had */
	AGENT_TUNNEL_ROUTE,    /* none leads to the remote address */
	AGENT_TUNNEL_ADDRESS,  /* the port has none */
	AGENT_TUNNEL_GATEWAY,  /* the next router does not answer */
	AGENT_TUNNEL_SOCKET,   /* somebody else has the ports of IKE */
	AGENT_TUNNEL_SILENT,   /* nothing comes back from the peer */
	AGENT_TUNNEL_PROPOSAL, /* the peer wants other algorithms */
	AGENT_TUNNEL_KEY,      /* the peer has another pre-shared key */
	AGENT_TUNNEL_NETWORKS, /* the peer has other phase 2 IDs */
	AGENT_TUNNEL_FAULTS
};

struct agent_tunnel_status {
	uint32_t number;
	uint32_t gateway;
	char description[CONFIG_TEXT];
	bool up;                      /* an outbound SA is in use */
	bool no_socket;               /* no port for IKE could be had: ike.reason */
	int64_t since_unix;           /* wall-clock second of the last change, 0 = never up */
	struct ip_addr local, remote; /* outside */
	struct ip_addr inside_local, inside_remote;
	struct ike_status ike;
	enum agent_tunnel_fault fault; /* what ike.reason is of, when it is not up */
	struct agent_sa_counts sa_in[IKE_STATUS_SAS], sa_out[IKE_STATUS_SAS]; /* of ike.child */
	uint64_t in_packets, in_bytes, out_packets, out_bytes;
	uint64_t in6_packets, in6_bytes, out6_packets, out6_bytes;
	uint64_t in_drops, out_drops;
	uint64_t replay_drops, icv_drops, other_drops; /* of the SAs that it has now */
	uint64_t punted, injected;                     /* by its twin: to and from the kernel */
	uint32_t inner_mtu, mss_limit;                 /* in force */
};
/* Fills up to `max`, in order of number; returns how many there are. */
size_t agent_tunnels(struct agent *agent, struct agent_tunnel_status *out, size_t max);

/* The one of that number; false: there is none. */
bool agent_tunnel(struct agent *agent, uint32_t number, struct agent_tunnel_status *out);

struct agent_bgp_status {
	const struct bgp_config *config; /* valid until the loop runs again */
	struct bgp_status status;
	uint16_t local_port, remote_port; /* 0 = no connection */
	uint32_t tunnel;                  /* that it runs through, 0 = through a port */
	int tcp_error; /* why the last connection failed, an errno; 0 = none did since one stood */
};
size_t agent_neighbors(struct agent *agent, struct agent_bgp_status *out, size_t max);

struct agent_bgp_route {
	struct ip_prefix prefix;
	struct ip_addr next_hop; /* 0.0.0.0: ours */
	bool med_set, local_pref_set;
	uint32_t med, local_pref;
	char path[128];     /* "64512 65001"; "" = none */
	const char *origin; /* "IGP", "EGP", "incomplete" */
	bool used;          /* the decision process chose it, or it is announced */
};
enum agent_bgp_routes { AGENT_BGP_RECEIVED, AGENT_BGP_ADVERTISED };
/* Routes of the neighbor at that address, in order of prefix: fills up to `max`, returns how many
 * there are. */
size_t agent_bgp_routes(struct agent *agent, const struct ip_addr *neighbor,
    enum agent_bgp_routes which, struct agent_bgp_route *out, size_t max);

enum agent_route_kind { AGENT_ROUTE_STATIC, AGENT_ROUTE_IMPLICIT, AGENT_ROUTE_BGP };

struct agent_route {
	struct ip_prefix prefix;
	struct ip_addr gateway; /* family none: "-" */
	char interface[24];     /* "LAN2", "TUNNEL[1]", "-" = none */
	enum agent_route_kind kind;
	char info[64]; /* "path=64512", "unusable: dropped" */
	bool silent;   /* a default route whose gateway does not answer ARP */
	bool hidden;   /* something else forwards for the prefix: shown by `detail` only */
	bool guard;    /* drops what no route is known of: by `detail` and for an address */
};
size_t agent_routes(struct agent *agent, struct agent_route *out, size_t max);

struct agent_port_status {
	char name[16], twin[16], device[64];
	bool up;
	uint8_t mac[6];
	uint32_t mtu;        /* in force */
	uint32_t speed_mbps; /* 0 = not known */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_failed, punted, injected;
	bool missed_untold; /* the device does not tell what it lost: rx_missed says nothing */
	uint64_t rx_missed, rx_errors, link_downs;
};

struct agent_drop {
	char name[24], text[96];
	uint64_t packets;
};

struct agent_worker_status {
	bool still;         /* it takes no packets: idle or busy, it would have been seen */
	uint64_t seen_msec; /* ago */
	uint64_t received;
	uint32_t busy_permille; /* of the last second */
	uint64_t busy_nsec, busy_polls, polled;
	uint32_t ring_to_kernel, ring_from_kernel, ring_handover; /* packets that wait there */
};

/* What went through the twin of a tunnel. */
struct agent_twin_status {
	uint32_t number; /* of the tunnel */
	uint64_t punted, injected;
};

#define AGENT_TWINS 128

struct agent_dataplane_status {
	bool alive; /* its heartbeat is fresh */
	uint32_t
	    wanted_mb; /* not alive: it runs, but wants so much memory for the tables; 0 = no */
	uint64_t generation, applied_generation;
	/* Of one moment, with the ports and the tunnels: received + made = transmitted + punted +
	 * dropped + consumed + in flight. */
	uint64_t rx, tx, punt, drop, made, consumed, in_flight;
	size_t port_count, drop_count, worker_count, twin_count;
	struct agent_twin_status twin[AGENT_TWINS];
	/* Of the tunnels beyond those, and of those that are no more. */
	struct agent_twin_status others, gone;
	uint64_t buffers, buffers_used;      /* for packets; 0 = a dataplane that does not tell */
	uint32_t ring_kernel, ring_handover; /* room of one ring, in packets */
	int64_t cleared_unix; /* when `clear status dataplane` was entered; 0 = it was not */
	struct agent_worker_status worker[16]; /* none: a dataplane that does not tell */
	struct agent_port_status port[16];
	struct agent_drop drop_reason[128];
};
void agent_dataplane(struct agent *agent, struct agent_dataplane_status *out);

/* The counters as they stood when agent_dataplane_clear() was called last, for who shows what came
 * since then; NULL: it was not, or the dataplane has begun anew. */
const struct agent_dataplane_status *agent_dataplane_cleared(struct agent *agent);
/* 0 or -ENOMEM. */
int agent_dataplane_clear(struct agent *agent, int64_t now_unix);

/* ---- what would happen to a packet ---- */

struct agent_packet {
	struct ip_addr source, destination; /* IPv4 */
	uint8_t protocol;
	uint16_t sport, dport;
	uint32_t bytes;
	bool dont_fragment;
};

enum agent_packet_end {
	AGENT_PACKET_ENCRYPTED, /* leaves by a tunnel */
	AGENT_PACKET_CLEAR,     /* leaves by a port as it is, from the fast path */
	AGENT_PACKET_KERNEL,    /* the same from the kernel: towards the internet, or to a neighbour
				   that is not known yet */
	AGENT_PACKET_LOCAL,     /* is for this router itself */
	AGENT_PACKET_TOO_BIG,   /* its sender is told the size that fits */
	AGENT_PACKET_UNREACHED, /* its sender is told that there is no route */
	AGENT_PACKET_DROPPED,   /* by `drop` */
};

/* What a list of `secure filter` makes of it. */
struct agent_packet_filter {
	bool there;
	bool pass;
	bool dynamic;    /* connections are followed besides */
	uint32_t number; /* of the filter that fits, 0 = none */
};

/* A way out that the route has. */
struct agent_packet_member {
	char interface[24];  /* "LAN1", "TUNNEL[1]", "NULL" */
	struct ip_addr next; /* family none: the tunnel, or the destination itself */
	bool up;
	bool used; /* one of those that are chosen among, by flow */
};

struct agent_packet_way {
	char from[24]; /* where it comes in; "" = made by this router */
	struct agent_packet_filter in, out;
	char outer[24]; /* the port its ESP comes in or leaves by; "" = it is in no tunnel */
	struct agent_packet_filter outer_in, outer_out; /* what that port's filters make of it */
	struct ip_addr forwarded_to; /* by a static entry of the translation; family none = not */
	uint16_t forwarded_port;     /* there; 0 = of a protocol without ports */
	bool routed;
	struct ip_prefix route;
	const char
	    *source; /* "static", "implicit", "bgp", "guard" (what was a tunnel's), "private" */
	uint32_t member_count;
	struct agent_packet_member member[16];

	char to[24];                  /* the way looked at: the first that is used; "" = none */
	uint32_t tunnel;              /* its number, 0 = it is none */
	struct ip_addr local, remote; /* outside */
	uint32_t spi;
	uint16_t encr, auth; /* CFG_ENCR_*, CFG_AUTH_* */
	bool udp;            /* ESP in UDP */
	bool clear_df;
	uint32_t mtu, mss;    /* of the way; 0 = not known */
	uint32_t pieces;      /* packets it becomes before encryption */
	uint32_t outer_bytes; /* of the largest of them, outside */
	uint32_t nat;         /* number of the descriptor that changes its source, 0 = none */
	struct ip_addr nat_source;
	enum agent_packet_end end;
	const char *drop; /* a drop reason; "" = it is not dropped */
};

/* By what is configured, known and in force now; nothing is sent. */
void agent_packet_look(
    struct agent *agent, const struct agent_packet *packet, struct agent_packet_way *out);

/* ---- what this router lives by ---- */

#define AGENT_LIFELINE_IKE   1u /* UDP port 500 */
#define AGENT_LIFELINE_NAT_T 2u /* UDP port 4500 */
#define AGENT_LIFELINE_ESP   4u
#define AGENT_LIFELINE_HTTPS 8u /* TCP port 443, to AWS's endpoints */
#define AGENT_LIFELINE_KINDS 4

/* What a list of `ip lanN secure filter` drops of that. */
struct agent_shut {
	uint32_t tunnel; /* whose; 0 = no tunnel's: the cloud settings' */
	uint32_t lan;
	bool out;        /* the list of what leaves */
	uint32_t what;   /* AGENT_LIFELINE_* */
	uint32_t number; /* of the filter that drops it, 0 = none lets it pass */
	struct ip_addr remote;
};
/* By the filters, translation and tunnels of `model`, that in force or a candidate for it, on the
 * ways that lead there now: fills up to `max`, in order of the tunnels, returns how many it filled.
 */
size_t agent_shut(
    struct agent *agent, const struct config_model *model, struct agent_shut *out, size_t max);

/* ---- captures ---- */

struct agent_capture_wish {
	uint8_t what;         /* CFG_CAPTURE_OUTER | ... */
	uint32_t lan, tunnel; /* of that one alone; both 0 = all */
	uint16_t snap;        /* bytes kept of a packet, 0 = all */
	uint32_t packets, seconds;
	uint64_t bytes; /* of the file, 0 = as the dataplane bounds it */
};

/* `text` "" or why not. */
typedef void agent_capture_fn(void *ctx, bool ok, const char *text);

/* Has the dataplane begin a capture; `report` is called once when it runs, or does not. One at a
 * time (-EBUSY). 0, or -errno with a sentence. */
int agent_capture_start(struct agent *agent, const struct agent_capture_wish *wish,
    agent_capture_fn *report, void *ctx, char *error, size_t error_bytes);
/* Has it end; `report` is called when its file is whole. */
int agent_capture_stop(
    struct agent *agent, agent_capture_fn *report, void *ctx, char *error, size_t error_bytes);
/* Whoever waits for one of the two does not any more: `report` gets false. */
void agent_capture_leave(struct agent *agent);

struct agent_capture_status {
	bool known; /* false: there was none, or the dataplane does not tell */
	bool running;
	int64_t begun_unix; /* 0 = it could not be begun */
	uint64_t packets, lost;
	char file[512], reason[64];
};
void agent_capture(struct agent *agent, struct agent_capture_status *out);

/* Leases that the DHCP server gave, at most `max`, in order of address; returns how many. */
size_t agent_dhcp_leases(struct agent *agent, struct lease *out, size_t max);

/* The DHCP client of a port. */
struct agent_dhcp_client {
	bool configured, running;
	bool used; /* the address is on the port: no other port has its network */
	struct dhcp_binding binding;
	int64_t rest_sec; /* of the lease; 0 = without end, or none */
	uint8_t mac[6];
};
void agent_dhcp_client(struct agent *agent, uint32_t lan, struct agent_dhcp_client *out);

/* A row of what `statistics` collected. CPU and memory in hundredths of a percent, traffic in
 * kbit/s.
 */
struct agent_statistic {
	char interface[16]; /* of traffic: "LAN1", "TUNNEL2" */
	bool out;
	uint32_t now, hour_average, hour_most, day_average, day_most;
};
/* Those of that kind, at most `max`: returns how many. None before the first sample. */
size_t agent_statistics(
    struct agent *agent, enum config_statistics kind, struct agent_statistic *out, size_t max);

/* What a list of packet filters did. */
struct agent_filter_status {
	bool kernel; /* the kernel judges, and the dataplane ESP alone */
	/* Why the kernel does not, although the configuration wants it to; "" = it is as wanted. */
	const char *refused;
	bool counted;                           /* the numbers are known */
	uint64_t packets[CONFIG_FILTER_LISTED]; /* by place among those that are there */
	uint64_t dynamic[CONFIG_FILTER_LISTED]; /* connections, by place in config_filter_list */
	uint64_t known;                         /* of connections that are followed */
	uint64_t none;                          /* fitted none */
};
void agent_filter_status(
    struct agent *agent, const struct config_filter_list *list, struct agent_filter_status *out);

/* What the kernel said when it refused the rules of packet filters and NAT; "" = they are in force.
 * Both texts are good until the loop runs again. */
const char *agent_ruleset_refused(struct agent *agent);

/* NAT descriptors in force, at most `max`; what they point to is the model's. Returns how many. */
size_t agent_nat(struct agent *agent, struct nat_applied *out, size_t max);
/* Connections whose addresses are translated, as conntrack_read(). */
int agent_nat_sessions(struct agent *agent, struct nat_session *out, size_t max, size_t *total);

/* ---- what the agent asks of the configuration ---- */

/* The running configuration, as seen by the agent: implemented by config/, wired in main.c. */
struct agent_config_ops {
	void *ctx;
	/* Applies the lines in order as one change, whole or not at all, as if typed by an
	 * administrator at the top level; calls agent_apply() inside. 0 or -errno and a sentence
	 * that names the line. */
	int (*apply_lines)(
	    void *ctx, const char *const *lines, size_t count, char *error, size_t error_bytes);
	/* The lines in force (unmasked), as `show config` orders them, joined by '\n'. The caller
	 * wipes and frees. NULL = no memory. */
	char *(*running_text)(void *ctx);
};
