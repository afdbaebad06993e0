/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rtnetlink: a dump of all interfaces, read piece by piece, since there may be thousands; the
 * removal is that of any twin. One that another process has is busy, and stays. */
#include "dataplane/twin_sweep.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/port.h"
#include "dataplane/twins.h"

#define ALIAS_BYTES 96
#define PIECE_BYTES 32768

static void alias_of(const char *instance, char alias[ALIAS_BYTES])
{
	snprintf(alias, ALIAS_BYTES, "cgw-dataplane %s", instance);
}

/* ---- marking --------------------------------------------------------------------------------- */

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	uint8_t attributes[2 * RTA_SPACE(ALIAS_BYTES)];
};

static void add_text(struct request *request, unsigned short type, const char *text)
{
	struct rtattr *attribute =
	    (struct rtattr *)((uint8_t *)request + NLMSG_ALIGN(request->head.nlmsg_len));
	size_t bytes = strlen(text) + 1;

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(bytes);
	memcpy(RTA_DATA(attribute), text, bytes);
	request->head.nlmsg_len =
	    (uint32_t)(NLMSG_ALIGN(request->head.nlmsg_len) + RTA_SPACE(bytes));
}

/* Sends a request whose answer is an acknowledgement. */
static int transact(struct request *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), rc = 0;

	if (fd < 0)
		return -errno;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)))
		rc = errno ? -errno : -EIO;
	else if (answer.head.nlmsg_type == NLMSG_ERROR)
		rc = answer.error.error;
	close(fd);
	return rc;
}

int twin_mark(const char *name, const char *instance)
{
	struct request request = {
	    .head =
		{
		    .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		    .nlmsg_type = RTM_SETLINK,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	char alias[ALIAS_BYTES];

	alias_of(instance, alias);
	add_text(&request, IFLA_IFNAME, name);
	add_text(&request, IFLA_IFALIAS, alias);
	return transact(&request);
}

/* ---- sweeping -------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Asked once for each of our interfaces: sorted. */
static int note_wanted(struct twin_sweep *sweep, const struct twins *twins)
{
	sweep->wanted = calloc(twins->tunnel_count + 1, sizeof(*sweep->wanted));
	sweep->wanted_count = 0;
	if (!sweep->wanted)
		return -ENOMEM;
	for (uint32_t i = 0; i < twins->tunnel_count; i++)
		if (twins->tunnel[i].instance)
			memcpy(sweep->wanted[sweep->wanted_count++], twins->tunnel[i].name,
			    sizeof(*sweep->wanted));
	qsort(sweep->wanted, sweep->wanted_count, sizeof(*sweep->wanted), by_name);
	return 0;
}

static bool is_wanted(
    const struct twin_sweep *sweep, const struct twins *twins, const char name[SHM_NAME_BYTES])
{
	for (unsigned i = 0; i < twins->port_count; i++)
		if (!strcmp(twins->ports[i].name, name))
			return true;
	if (bsearch(name, sweep->wanted, sweep->wanted_count, sizeof(*sweep->wanted), by_name))
		return true;
	/* Since the sweep began, perhaps. */
	for (uint32_t i = 0; i < twins->tunnel_count; i++)
		if (twins->tunnel[i].instance && !strcmp(twins->tunnel[i].name, name))
			return true;
	return false;
}

static void look_at(const struct twin_sweep *sweep, const struct twins *twins,
    const struct ifinfomsg *link, size_t bytes)
{
	char name[SHM_NAME_BYTES] = "", alias[ALIAS_BYTES] = "", ours[ALIAS_BYTES];

	for (const struct rtattr *a = IFLA_RTA(link); RTA_OK(a, bytes); a = RTA_NEXT(a, bytes)) {
		char *to = a->rta_type == IFLA_IFNAME ? name : alias;
		size_t room = a->rta_type == IFLA_IFNAME ? sizeof(name) : sizeof(alias);

		if (a->rta_type == IFLA_IFNAME || a->rta_type == IFLA_IFALIAS)
			snprintf(to, room, "%.*s", (int)RTA_PAYLOAD(a), (char *)RTA_DATA(a));
	}
	alias_of(twins->instance, ours);
	if (strcmp(alias, ours) != 0 || is_wanted(sweep, twins, name))
		return;
	log_notice("twin name=%s event=swept", name);
	twin_discard(name, link->ifi_type == ARPHRD_ETHER);
}

void twin_sweep_begin(struct twin_sweep *sweep, const struct twins *twins)
{
	const struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} dump = {
	    .head =
		{
		    .nlmsg_len = sizeof(dump),
		    .nlmsg_type = RTM_GETLINK,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};

	twin_sweep_end(sweep);
	if (note_wanted(sweep, twins) < 0)
		return;
	sweep->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (sweep->fd >= 0 && send(sweep->fd, &dump, sizeof(dump), 0) < 0)
		twin_sweep_end(sweep);
}

void twin_sweep_step(struct twin_sweep *sweep, const struct twins *twins)
{
	static _Alignas(struct nlmsghdr) uint8_t piece[PIECE_BYTES];
	const struct nlmsghdr *message = (const struct nlmsghdr *)piece;
	ssize_t bytes;

	if (sweep->fd < 0)
		return;
	bytes = recv(sweep->fd, piece, sizeof(piece), 0);
	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	for (; bytes > 0 && NLMSG_OK(message, bytes); message = NLMSG_NEXT(message, bytes)) {
		if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
			twin_sweep_end(sweep);
			return;
		}
		if (message->nlmsg_type == RTM_NEWLINK)
			look_at(sweep, twins, NLMSG_DATA(message), IFLA_PAYLOAD(message));
	}
	if (bytes < 0)
		twin_sweep_end(sweep);
}

void twin_sweep_end(struct twin_sweep *sweep)
{
	if (sweep->fd >= 0)
		close(sweep->fd);
	free(sweep->wanted);
	*sweep = TWIN_SWEEP_NONE;
}
