/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Between struct ip_addr and the socket addresses of the kernel. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#include "common/ip.h"

/* Fills `out` (zeroed first) and returns its length, 0 for IP_FAMILY_NONE. `port` in host order. */
socklen_t sockaddr_from_ip(const struct ip_addr *addr, uint16_t port, struct sockaddr_storage *out);

/* Family none when it is neither IPv4 nor IPv6; `port` (may be NULL) gets host order. */
struct ip_addr sockaddr_to_ip(const struct sockaddr *sa, uint16_t *port);
