/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sockets are opened when they are first needed and are not connected: an ICMP error about one
 * message is no error of the next. */
#include "control/log/log_syslog.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SEQUENCE_MOST INT32_MAX /* RFC 5424 section 7.3.1: then 1 again */

struct log_syslog {
	struct ip_addr host[LOG_SYSLOG_HOSTS];
	uint16_t port;
	int fd4, fd6, fd_local;
	struct sockaddr_un local; /* sun_path "" = none */
	struct log_origin origin;
	char host_name[256];
	uint32_t sequence;
	uint64_t lost;
};

struct log_syslog *log_syslog_new(const char *program, const char *socket_path)
{
	struct log_syslog *syslog = calloc(1, sizeof(*syslog));

	if (!syslog)
		return NULL;
	syslog->fd4 = syslog->fd6 = syslog->fd_local = -1;
	syslog->port = LOG_SYSLOG_PORT;
	if (gethostname(syslog->host_name, sizeof(syslog->host_name) - 1))
		syslog->host_name[0] = '\0';
	syslog->origin = (struct log_origin){syslog->host_name, program, getpid()};
	syslog->local.sun_family = AF_UNIX;
	if (socket_path)
		snprintf(syslog->local.sun_path, sizeof(syslog->local.sun_path), "%s", socket_path);
	return syslog;
}

void log_syslog_free(struct log_syslog *syslog)
{
	if (!syslog)
		return;
	for (const int *fd = (const int[]){syslog->fd4, syslog->fd6, syslog->fd_local, -2};
	     *fd != -2; fd++)
		if (*fd >= 0)
			close(*fd);
	free(syslog);
}

void log_syslog_set_host(struct log_syslog *syslog, unsigned index, const struct ip_addr *addr)
{
	if (index < LOG_SYSLOG_HOSTS)
		syslog->host[index] = *addr;
}

void log_syslog_set_port(struct log_syslog *syslog, uint16_t port)
{
	syslog->port = port;
}

static void send_to(struct log_syslog *syslog, int *fd, const struct sockaddr *addr,
    socklen_t bytes, const char *message, size_t message_bytes)
{
	if (*fd < 0)
		*fd = socket(addr->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || sendto(*fd, message, message_bytes, MSG_NOSIGNAL, addr, bytes) !=
			   (ssize_t)message_bytes)
		syslog->lost++;
}

static void send_host(struct log_syslog *syslog, const struct ip_addr *host, const char *message,
    size_t message_bytes)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(syslog->port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(syslog->port)};

	memcpy(&in4.sin_addr, host->bytes, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, host->bytes, sizeof(in6.sin6_addr));
	if (host->family == IP_FAMILY_V4)
		send_to(syslog, &syslog->fd4, (const struct sockaddr *)&in4, sizeof(in4), message,
		    message_bytes);
	if (host->family == IP_FAMILY_V6)
		send_to(syslog, &syslog->fd6, (const struct sockaddr *)&in6, sizeof(in6), message,
		    message_bytes);
}

void log_syslog_send(struct log_syslog *syslog, const struct log_entry *entry)
{
	char message[LOG_RFC5424_BYTES];
	size_t bytes;

	syslog->sequence = syslog->sequence == SEQUENCE_MOST ? 1 : syslog->sequence + 1;
	bytes = log_rfc5424(entry, &syslog->origin, syslog->sequence, message);
	for (unsigned i = 0; i < LOG_SYSLOG_HOSTS; i++)
		send_host(syslog, &syslog->host[i], message, bytes);
	if (syslog->local.sun_path[0])
		send_to(syslog, &syslog->fd_local, (const struct sockaddr *)&syslog->local,
		    sizeof(syslog->local), message, bytes);
}

uint64_t log_syslog_lost(const struct log_syslog *syslog)
{
	return syslog->lost;
}
