/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The `show` commands: each collects a snapshot of the agent or of the configuration and renders
 * it, as text or as JSON. None changes anything; none prints a key. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "control/agent.h"
#include "control/config/config.h"
#include "control/config/grammar.h"
#include "control/log/log_ring.h"

struct sa_numbers;

struct show {
	struct agent *agent;
	struct config *config;
	struct config_candidate *candidate; /* of the session, or NULL */
	const struct log_ring *log;         /* or NULL */
	bool japanese;
	bool administrator;              /* `show command` lists what the level allows */
	const char *instance, *save_dir; /* or NULL */
	const char *arp_file;            /* instead of /proc/net/arp, for tests; or NULL */
	const struct text *file;         /* that the client was asked to read, or NULL */
	const char *file_name;           /* of it */
	struct sa_numbers *sa_numbers;   /* of the SAs that were shown; or NULL */
	mono_t now;
	int64_t now_unix; /* wall-clock second */
	struct text *out;
	json_t *
	    *answer; /* JSON is wanted and put here, see show_answer(); NULL = text, into `out` */
};

/* 0, or -errno with a sentence; -ENOTSUP: there is no JSON of this. */
typedef int show_fn(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes);

/* What shows this; NULL for an operation that shows nothing. */
show_fn *show_find(enum grammar_operation operation);

show_fn show_config, show_config_diff, show_config_list;
show_fn show_check;
show_fn show_command, show_log, show_help;
show_fn show_ip_route;
show_fn show_ipsec_sa, show_ipsec_gateway;
show_fn show_tunnel;
show_fn show_bgp_neighbor, show_bgp_routes;
show_fn show_cloud, show_cloud_cost;
show_fn show_dataplane, show_explain, show_packetdump, show_packet_path;
show_fn show_dhcp, show_dhcpc, show_nat, show_filter, show_statistics;
show_fn show_environment, show_arp, show_lan, show_techinfo;

/* The text in the language of the console. */
const char *show_word(const struct show *show, const char *english, const char *japanese);

/* "no memory" as the error; -ENOMEM. */
int show_no_memory(char *error, size_t error_bytes);

/* All tunnels of the agent, in order of number; the caller frees. NULL = no memory, or none:
 * `*count` is 0 then. */
struct agent_tunnel_status *show_tunnels(const struct show *show, size_t *count);

/* How many of a tunnel's SAs of either kind the snapshot holds. */
uint32_t show_isakmp_count(const struct agent_tunnel_status *tunnel);
uint32_t show_child_count(const struct agent_tunnel_status *tunnel);

/* The dataplane; the caller frees. NULL = no memory. */
struct agent_dataplane_status *show_dataplane_status(const struct show *show);

/* "Established": RFC 4271 section 8.2.2. */
const char *show_bgp_state(enum bgp_state state);

/* Whether anything forwards at all: without it no tunnel is connected, whatever IKE says. */
bool show_dataplane_alive(const struct show *show);

/* Prints a label that ends at that column of the screen, where a Japanese character takes two, and
 * ": " behind it. */
void show_label(const struct show *show, int column, const char *english, const char *japanese);

/* Prints a time that is left, with its newline: "2days 23hours 59min. 59secs." */
void show_rest(const struct show *show, int64_t seconds);

/* "YYYY/MM/DD hh:mm:ss" in local time. */
#define SHOW_TIME_BYTES 32
const char *show_time(int64_t unix_sec, char text[SHOW_TIME_BYTES]);
