/* SPDX-License-Identifier: BSD-3-Clause
 *
 * udhcpc by a supervisor, a socket pair between its script and us, and a timer for the end of the
 * lease. The client removes an address when it starts ("deconfig"): that is not followed, our own
 * timer and its "nak" are. */
#include "control/service/dhcp_port.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "control/service/file.h"
#include "control/service/supervisor.h"
#include "control/sys/child.h"

#define PATH_BYTES 288
#define ARGUMENTS  24
#define HOOK       "cgw-lease"
#define LEAVE_MSEC 2000 /* the client may take that long to give an address back */

struct dhcp_port {
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles; /* libuv still has to close them */
	struct supervisor *client;
	int fds[2]; /* ours, the script's */
	char name[16], hook[PATH_BYTES], file[PATH_BYTES];
	char ask[IP_ADDR_TEXT_BYTES]; /* address to ask for first, "" = none */
	struct dhcp_binding binding;
	bool leaving;
	dhcp_port_fn *changed;
	void *ctx;
};

static int64_t boottime_sec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* ---- the binding ---- */

static void on_end(uv_timer_t *timer);

static void arm(struct dhcp_port *port)
{
	int64_t rest = port->binding.ends_sec - boottime_sec();

	(void)uv_timer_stop(&port->timer);
	if (!port->binding.valid || port->binding.ends_sec == INT64_MAX)
		return;
	uv_update_time(port->timer.loop);
	(void)uv_timer_start(&port->timer, on_end, rest > 0 ? (uint64_t)rest * 1000 : 0, 0);
}

static void forget(struct dhcp_port *port, const char *why)
{
	if (!port->binding.valid)
		return;
	log_notice("dhcp interface=%s address=gone reason=\"%s\"", port->name, why);
	port->binding.valid = false;
	(void)unlink(port->file);
	arm(port);
	port->changed(port->ctx);
}

static void on_end(uv_timer_t *timer)
{
	struct dhcp_port *port = timer->data;

	if (port->leaving)
		supervisor_halt(port->client);
	else if (boottime_sec() < port->binding.ends_sec)
		arm(port);
	else
		forget(port, "its time has ended");
}

static void remember(struct dhcp_port *port)
{
	char text[DHCP_EVENT_BYTES];
	int rc = file_write(port->file, text, dhcp_binding_write(&port->binding, text));

	if (rc)
		log_notice(
		    "dhcp interface=%s file=%s error=%s", port->name, port->file, strerror(-rc));
}

static void take(struct dhcp_port *port, struct dhcp_binding *binding)
{
	bool same =
	    port->binding.valid && ip_prefix_equal(&port->binding.address, &binding->address);
	char address[IP_PREFIX_TEXT_BYTES], server[IP_ADDR_TEXT_BYTES];

	if (binding->lease_sec != UINT32_MAX)
		binding->ends_sec = boottime_sec() + binding->lease_sec + DHCP_LATE_SEC;
	port->binding = *binding;
	log_info("dhcp interface=%s address=%s server=%s lease-seconds=%u state=%s", port->name,
	    ip_prefix_format(&binding->address, address), ip_addr_format(&binding->server, server),
	    binding->lease_sec, same ? "renewed" : "bound");
	remember(port);
	arm(port);
	port->changed(port->ctx);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct dhcp_port *port = poll->data;
	char text[DHCP_EVENT_BYTES];
	struct dhcp_binding binding;
	ssize_t bytes;

	while ((bytes = recv(port->fds[0], text, sizeof(text), MSG_DONTWAIT)) > 0) {
		switch (dhcp_event_read(text, (size_t)bytes, &binding)) {
		case DHCP_EVENT_BOUND:
			if (!port->leaving)
				take(port, &binding);
			break;
		case DHCP_EVENT_LOST: forget(port, "the server took it back"); break;
		case DHCP_EVENT_IDLE:
			if (port->leaving)
				supervisor_halt(port->client);
			break;
		case DHCP_EVENT_NONE: break;
		}
	}
}

static void take_over(struct dhcp_port *port)
{
	size_t bytes;
	char *text = file_read(port->file, DHCP_EVENT_BYTES, &bytes);

	if (text && dhcp_binding_read(text, bytes, boottime_sec(), &port->binding)) {
		ip_addr_format(&port->binding.address.addr, port->ask);
		arm(port);
	}
	free(text);
}

/* ---- life ---- */

struct dhcp_port *dhcp_port_new(
    uv_loop_t *loop, const char *name, const char *run_dir, dhcp_port_fn *changed, void *ctx)
{
	struct dhcp_port *port = calloc(1, sizeof(*port));
	char service[32];

	if (!port)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, port->fds)) {
		free(port);
		return NULL;
	}
	(void)snprintf(port->name, sizeof(port->name), "%s", name);
	(void)snprintf(service, sizeof(service), "dhcp-%s", name);
	(void)snprintf(port->file, sizeof(port->file), "%s/%s.lease", run_dir, service);
	port->changed = changed;
	port->ctx = ctx;
	child_beside(HOOK, port->hook, sizeof(port->hook));
	(void)uv_timer_init(loop, &port->timer);
	(void)uv_poll_init(loop, &port->poll, port->fds[0]);
	port->timer.data = port->poll.data = port;
	port->handles = 2;
	(void)uv_poll_start(&port->poll, UV_READABLE, on_event);
	port->client = supervisor_new(loop, service, run_dir);
	if (!port->client) {
		dhcp_port_close(port);
		return NULL;
	}
	take_over(port);
	return port;
}

void dhcp_port_run(struct dhcp_port *port, bool present)
{
	const char *argv[ARGUMENTS] = {"busybox", "udhcpc", "-f", "-B", "-a", "-t", "3", "-T", "3",
	    "-A", "5", "-i", port->name, "-s", port->hook};
	unsigned used = 15;

	if (port->ask[0]) {
		argv[used++] = "-r";
		argv[used++] = port->ask;
	}
	if (!present)
		supervisor_halt(port->client);
	else if (supervisor_run(port->client, argv, port->fds[1]))
		log_error("dhcp interface=%s error=no-memory", port->name);
}

const struct dhcp_binding *dhcp_port_binding(const struct dhcp_port *port)
{
	return &port->binding;
}

bool dhcp_port_runs(const struct dhcp_port *port)
{
	return supervisor_runs(port->client);
}

static void on_closed(uv_handle_t *handle)
{
	struct dhcp_port *port = handle->data;

	if (--port->handles)
		return;
	(void)close(port->fds[0]);
	(void)close(port->fds[1]);
	free(port);
}

static void on_left(void *ctx)
{
	struct dhcp_port *port = ctx;

	port->binding.valid = false;
	arm(port);
	port->changed(port->ctx);
}

/* SIGUSR2 gives the address back; the client says "deconfig" then. A SIGTERM sent at once would be
 * handled before it. */
bool dhcp_port_leave(struct dhcp_port *port)
{
	if (port->leaving)
		return !port->binding.valid;
	port->leaving = true;
	(void)unlink(port->file);
	if (!supervisor_runs(port->client) || !port->binding.valid) {
		port->binding.valid = false;
		supervisor_halt(port->client);
		return true;
	}
	supervisor_tell(port->client, on_left, port);
	supervisor_signal(port->client, SIGUSR2);
	uv_update_time(port->timer.loop);
	(void)uv_timer_start(&port->timer, on_end, LEAVE_MSEC, 0);
	return false;
}

void dhcp_port_close(struct dhcp_port *port)
{
	if (!port)
		return;
	supervisor_close(port->client);
	uv_close((uv_handle_t *)&port->timer, on_closed);
	uv_close((uv_handle_t *)&port->poll, on_closed);
}
