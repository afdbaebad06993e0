/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libmicrohttpd reads requests and writes answers; it says by an epoll descriptor and a timeout
 * when it wants to run. One of its daemons for each listening socket. It has no access control of
 * its own: who may read is decided by the socket's mode; loopback is everybody's on this machine.
 */
#include "control/metrics/metrics_server.h"

#include <errno.h>
#include <grp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/unix_socket.h"
#include "control/metrics/exposition.h"

#define LISTENERS   3
#define CONNECTIONS 8  /* of each listener */
#define IDLE_SEC    10 /* a connection that says nothing for so long is ended */
/* libmicrohttpd does not listen while all are taken, looks whether it may again only when it runs,
 * and does not ask to run when they have gone meanwhile. */
#define LOOK_MSEC 1000

struct listener {
	struct metrics_server *server;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
};

struct metrics_server {
	struct metrics_server_options options;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	unsigned handles; /* libuv still has to close them */
	unsigned count;
	struct listener listener[LISTENERS];
};

/* ---- answers ---- */

static enum MHD_Result give(struct MHD_Connection *connection, unsigned status, const char *type,
    char *body, size_t bytes, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(bytes, body, mode);
	enum MHD_Result result;

	if (!response) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(body);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *sentence)
{
	return give(connection, status, "text/plain; charset=utf-8", (char *)sentence,
	    strlen(sentence), MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	const struct metrics_server *server = ctx;
	struct text text = {0};
	size_t bytes;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
	if (strcmp(url, "/") == 0)
		return say(connection, MHD_HTTP_OK, "cgw: see /metrics\n");
	if (strcmp(url, "/metrics") != 0)
		return say(connection, MHD_HTTP_NOT_FOUND, "there is /metrics only\n");
	server->options.write(server->options.ctx, &text);
	bytes = text.bytes;
	if (text.bad) {
		text_free(&text);
		return say(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
	}
	return give(connection, MHD_HTTP_OK, EXPOSITION_TYPE, text_take(&text), bytes,
	    MHD_RESPMEM_MUST_FREE);
}

/* ---- on the loop ---- */

static void run(struct listener *listener);

static void on_ready(uv_poll_t *poll, int status, int events)
{
	run(poll->data);
}

static void on_timeout(uv_timer_t *timer)
{
	run(timer->data);
}

static void run(struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG msec;

	(void)MHD_run(listener->daemon);
	if (MHD_get_timeout(listener->daemon, &msec) != MHD_YES || msec > LOOK_MSEC)
		msec = LOOK_MSEC;
	(void)uv_timer_start(&listener->timer, on_timeout, msec, 0);
}

/* Serves a listening socket; it is the listener's from here on. 0 or -errno. */
static int add_listener(struct metrics_server *server, int fd)
{
	struct listener *listener = &server->listener[server->count];
	const union MHD_DaemonInfo *info;

	listener->server = server;
	listener->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, server,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SEC, MHD_OPTION_END);
	info = listener->daemon ? MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD)
				: NULL;
	if (!info) {
		if (listener->daemon)
			MHD_stop_daemon(listener->daemon);
		else
			close(fd);
		return -ENOMEM;
	}
	server->count++;
	(void)uv_timer_init(server->options.loop, &listener->timer);
	(void)uv_poll_init(server->options.loop, &listener->poll, info->epoll_fd);
	listener->timer.data = listener->poll.data = listener;
	server->handles += 2;
	return uv_poll_start(&listener->poll, UV_READABLE, on_ready);
}

/* ---- sockets ---- */

/* A listening socket, or -errno. */
static int listen_at(const struct sockaddr *addr, socklen_t bytes)
{
	int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, rc;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr->sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, addr, bytes) == 0 && listen(fd, CONNECTIONS) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int open_path(struct metrics_server *server)
{
	const struct group *group = getgrnam(server->options.group);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int rc, fd;

	if (strlen(server->options.path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, server->options.path);
	rc = folder_make_for(addr.sun_path);
	if (!rc)
		rc = unix_socket_clear(addr.sun_path);
	if (rc)
		return rc;
	fd = listen_at((const struct sockaddr *)&addr, sizeof(addr));
	if (fd < 0)
		return fd;
	strcpy(server->path, addr.sun_path);
	if (group && chown(addr.sun_path, (uid_t)-1, group->gr_gid))
		rc = -errno;
	if (!rc && chmod(addr.sun_path, 0660))
		rc = -errno;
	if (rc)
		close(fd);
	return rc ? rc : add_listener(server, fd);
}

static int open_port(struct metrics_server *server)
{
	uint16_t port = htons(server->options.port);
	struct sockaddr_in in4 = {
	    .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {
	    .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = listen_at((const struct sockaddr *)&in4, sizeof(in4));
	int rc = fd < 0 ? fd : add_listener(server, fd);

	if (rc)
		return rc;
	fd = listen_at((const struct sockaddr *)&in6, sizeof(in6));
	if (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT)
		return 0;
	return fd < 0 ? fd : add_listener(server, fd);
}

/* ---- life ---- */

struct metrics_server *metrics_server_start(
    const struct metrics_server_options *options, char *error, size_t error_bytes)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	int rc = 0;

	if (!server) {
		snprintf(error, error_bytes, "no memory");
		return NULL;
	}
	server->options = *options;
	if (options->path[0])
		rc = open_path(server);
	if (rc)
		snprintf(error, error_bytes, "metrics: %s: %s", options->path, strerror(-rc));
	if (!rc && options->port) {
		rc = open_port(server);
		if (rc)
			snprintf(error, error_bytes, "metrics: port %u: %s", options->port,
			    strerror(-rc));
	}
	if (!rc)
		return server;
	metrics_server_stop(server);
	return NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct listener *listener = handle->data;
	struct metrics_server *server = listener->server;

	if (--server->handles)
		return;
	for (unsigned i = 0; i < server->count; i++)
		MHD_stop_daemon(server->listener[i].daemon);
	free(server);
}

void metrics_server_stop(struct metrics_server *server)
{
	if (!server)
		return;
	if (server->path[0])
		(void)unlink(server->path);
	for (unsigned i = 0; i < server->count; i++) {
		uv_close((uv_handle_t *)&server->listener[i].poll, on_closed);
		uv_close((uv_handle_t *)&server->listener[i].timer, on_closed);
	}
	if (!server->count)
		free(server);
}
