/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kernel settings of the twins: what makes the kernel a slow path for them and nothing more. */
#pragma once

#include <stdbool.h>

/* The twin of a port: loose reverse-path check (a reply may come by another tunnel), no redirects.
 */
void twins_prepare_port(const char *name);
/* The twin of a tunnel: the same, and no IPv6 chatter of the kernel's own into the tunnel. */
void twins_prepare_tunnel(const char *name);
/* Lets the kernel forward what the fast path punts to it (IPv4). */
void twins_forwarding(void);
