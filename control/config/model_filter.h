/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of the model that speaks of packet filters. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/filter.h"

#define CONFIG_FILTER_ITEMS  10  /* of one list by commas */
#define CONFIG_FILTER_LISTED 129 /* filters of one `secure filter`, static and dynamic */
#define CONFIG_FILTER_NAMED  16  /* filters that one part of a dynamic filter names */

struct config_ranges {
	uint32_t count; /* 0 = any */
	struct filter_range range[CONFIG_FILTER_ITEMS];
};

struct config_protocols {
	bool any;
	bool icmp_only; /* `icmp` and nothing beside it */
	uint32_t count, flags_count;
	uint8_t number[CONFIG_FILTER_ITEMS];
	struct filter_flags flags[CONFIG_FILTER_ITEMS];
	uint64_t icmp_types; /* besides: ICMP of these types */
};

/* `ip filter N ACTION SOURCE [DESTINATION [PROTOCOL [SPORT [DPORT]]]]` */
struct config_filter {
	uint32_t number;
	enum filter_action action;
	enum filter_log log;
	struct config_ranges source, destination;
	struct config_protocols protocol;
	struct config_ranges sport, dport; /* types and codes where it is ICMP alone */
};

enum config_helper { CONFIG_NO_HELPER, CONFIG_HELPER_FTP, CONFIG_HELPER_TFTP, CONFIG_HELPER_SIP };

/* What a dynamic filter follows by the name of an application. */
struct config_application {
	const char *name;
	bool tcp, udp, ping;
	struct filter_range port[2]; /* destinations; an empty one is {0, 0}, none at all = any */
	enum config_helper helper;
	bool dns; /* an answer ends it */
};

/* `ip filter dynamic N SOURCE DESTINATION APPLICATION|filter ...` */
struct config_dynamic {
	uint32_t number;
	struct config_ranges source, destination;
	const struct config_application *application; /* NULL: by the filters that follow */
	uint32_t trigger_count, in_count, out_count;
	uint32_t trigger[CONFIG_FILTER_NAMED], in[CONFIG_FILTER_NAMED], out[CONFIG_FILTER_NAMED];
	bool syslog;
	uint32_t timeout; /* seconds of silence, 0 = as the kind of traffic has it */
};

/* `ip filter dynamic timer`, in seconds. */
struct config_dynamic_timers {
	uint32_t tcp_syn, tcp_fin, tcp_idle, udp_idle, dns;
};

/* `ip lanN secure filter in|out N... [dynamic N...]`, or of a tunnel. */
struct config_filter_list {
	bool tunnel; /* of tunnel `interface`, else of lan `interface` */
	bool out;
	uint32_t interface;
	uint32_t count, dynamic_count;
	uint32_t number[CONFIG_FILTER_LISTED], dynamic[CONFIG_FILTER_LISTED];
};
