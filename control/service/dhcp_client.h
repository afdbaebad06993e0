/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a DHCP server has given to a port, as the client program reports it. Pure.
 *
 * The client is busybox's udhcpc. Its script is our program cgw-lease, which hands the event on as
 * lines KEY=VALUE in one datagram: the words of a server that may be anybody. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/model_service.h"

#define DHCP_EVENT_BYTES 2048
#define DHCP_LATE_SEC    5 /* the client's own clock may be that late with a renewal */

enum dhcp_event_kind {
	DHCP_EVENT_NONE,  /* nothing that changes anything */
	DHCP_EVENT_BOUND, /* an address was given, or its time was renewed */
	DHCP_EVENT_LOST,  /* the server took it back */
	DHCP_EVENT_IDLE,  /* the client has no address: at its start, and when it gave it back */
};

/* An address that was given, with what came with it. */
struct dhcp_binding {
	bool valid;
	struct ip_prefix address;
	struct ip_addr router; /* the first; family none without one */
	struct ip_addr server; /* family none: not told */
	uint32_t name_server_count;
	struct ip_addr name_server[CONFIG_NAME_SERVERS];
	uint32_t lease_sec; /* how long it is good; UINT32_MAX = for ever */
	int64_t ends_sec;   /* CLOCK_BOOTTIME; the reader sets it, INT64_MAX = never */
};

/* Reads an event. What is missing, or wrong, is left out of the binding; without a good address
 * there is none. */
enum dhcp_event_kind dhcp_event_read(const char *text, size_t bytes, struct dhcp_binding *out);

/* The binding as lines KEY=VALUE with its end, for a file that outlives a restart of ours. Returns
 * its length. */
size_t dhcp_binding_write(const struct dhcp_binding *binding, char text[DHCP_EVENT_BYTES]);
/* Reads it back. False when it is none or has ended by `now_sec` (CLOCK_BOOTTIME). */
bool dhcp_binding_read(const char *text, size_t bytes, int64_t now_sec, struct dhcp_binding *out);
