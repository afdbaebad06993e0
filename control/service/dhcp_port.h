/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The DHCP client of one port: the program that runs, what it reports, and what is remembered of
 * it.
 *
 * An address stays until its time ends, the server takes it back, or it is not wanted any more: not
 * only as long as the client runs. So neither a client that dies nor a restart of ours costs the
 * tunnels their address. */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "control/service/dhcp_client.h"

struct dhcp_port;

/* Called from the loop whenever dhcp_port_binding() has changed. */
typedef void dhcp_port_fn(void *ctx);

/* For `name` ("lan2"); what a former run was given is taken over from `run_dir`. NULL = no memory.
 */
struct dhcp_port *dhcp_port_new(
    uv_loop_t *loop, const char *name, const char *run_dir, dhcp_port_fn *changed, void *ctx);

/* The client runs while the port is there. */
void dhcp_port_run(struct dhcp_port *port, bool present);

/* Not valid: no address. */
const struct dhcp_binding *dhcp_port_binding(const struct dhcp_port *port);
bool dhcp_port_runs(const struct dhcp_port *port);

/* The address is given back and the client ends. Until it has, the binding stays as it is: the
 * client sends from that address. True when that is over. */
bool dhcp_port_leave(struct dhcp_port *port);

/* Ends the client and frees; what was given is remembered for the next run, unless it was left.
 * NULL is nothing. */
void dhcp_port_close(struct dhcp_port *port);
