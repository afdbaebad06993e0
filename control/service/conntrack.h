/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's table of connections, as far as addresses are translated. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"

/* One translated connection of IPv4. Ports are 0 where the protocol has none. */
struct nat_session {
	uint8_t protocol;
	struct ip_addr inner, outer, remote;
	uint16_t inner_port, outer_port, remote_port;
	uint32_t rest_sec; /* until it is forgotten when nothing more comes */
};

/* Reads the table of the caller's network namespace: up to `max` sessions, `*total` is how many
 * there are. 0 or -errno. */
int conntrack_read(struct nat_session *out, size_t max, size_t *total);

/* How many connections the kernel knows, translated or not; -errno when it does not say. */
long conntrack_count(void);
