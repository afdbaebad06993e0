/* SPDX-License-Identifier: BSD-3-Clause
 *
 * nfnetlink_log by libmnl. What does not fit the socket's buffer is lost: the rules have limits.
 * The kernel is asked not to make an error of that: libuv stops watching a socket that has one. */
#include "control/sys/nflog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <time.h>

#include "control/sys/netfilter.h"

#define TYPE(message) (NFNL_SUBSYS_ULOG << 8 | (message))
#define WAIT_TICKS    10 /* hundredths of a second that the kernel may gather packets for */

struct nflog {
	struct netfilter netfilter;
	nflog_fn *packet;
	void *ctx;
};

/* ---- asking ---- */

static int on_error(const struct nlmsghdr *header, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);

	*(int *)data = error->error;
	return MNL_CB_STOP;
}

/* Sends a message about the group and reads its acknowledgement. 0 or -errno. */
static int configure(
    struct nflog *nflog, uint16_t group, uint16_t attribute, const void *value, size_t bytes)
{
	char buffer[8192];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *about;
	mnl_cb_t control[NLMSG_MIN_TYPE] = {[NLMSG_ERROR] = on_error};
	int rc = -EPROTO;
	ssize_t got;

	header->nlmsg_type = TYPE(NFULNL_MSG_CONFIG);
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	about = mnl_nlmsg_put_extra_header(header, sizeof(*about));
	about->nfgen_family = AF_UNSPEC;
	about->version = NFNETLINK_V0;
	about->res_id = htons(group);
	mnl_attr_put(header, attribute, bytes, value);
	if (mnl_socket_sendto(nflog->netfilter.socket, header, header->nlmsg_len) < 0)
		return -errno;
	/* The kernel answers while it takes the message: there is nothing to wait for. Packets may
	 * stand in front of the answer. */
	while (rc == -EPROTO) {
		got = mnl_socket_recvfrom(nflog->netfilter.socket, buffer, sizeof(buffer));
		if (got < 0)
			return -errno;
		(void)mnl_cb_run2(buffer, (size_t)got, 0, 0, NULL, &rc, control, NLMSG_MIN_TYPE);
	}
	return rc;
}

static int listen_to(struct nflog *nflog, uint16_t group)
{
	const struct nfulnl_msg_config_cmd bind = {.command = NFULNL_CFG_CMD_BIND};
	const struct nfulnl_msg_config_mode mode = {
	    .copy_range = htonl(NFLOG_PACKET_BYTES), .copy_mode = NFULNL_COPY_PACKET};
	const uint32_t wait_be = htonl(WAIT_TICKS);
	int rc = configure(nflog, group, NFULA_CFG_CMD, &bind, sizeof(bind));

	if (rc == 0)
		rc = configure(nflog, group, NFULA_CFG_MODE, &mode, sizeof(mode));
	if (rc == 0)
		rc = configure(nflog, group, NFULA_CFG_TIMEOUT, &wait_be, sizeof(wait_be));
	return rc;
}

/* ---- hearing ---- */

static int on_message(const struct nlmsghdr *header, void *data)
{
	struct nflog *nflog = data;
	const struct nlattr *attribute, *payload = NULL;
	const char *prefix = NULL;

	if (header->nlmsg_type != TYPE(NFULNL_MSG_PACKET))
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attribute) == NFULA_PAYLOAD)
			payload = attribute;
		else if (mnl_attr_get_type(attribute) == NFULA_PREFIX &&
			 mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
			prefix = mnl_attr_get_str(attribute);
	}
	if (payload && prefix)
		nflog->packet(nflog->ctx, prefix, mnl_attr_get_payload(payload),
		    mnl_attr_get_payload_len(payload));
	return MNL_CB_OK;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct nflog *nflog = poll->data;
	char buffer[32768];
	ssize_t bytes = mnl_socket_recvfrom(nflog->netfilter.socket, buffer, sizeof(buffer));

	if (bytes > 0)
		(void)mnl_cb_run(buffer, (size_t)bytes, 0, 0, on_message, nflog);
}

struct nflog *nflog_open(uv_loop_t *loop, uint16_t group, nflog_fn *packet, void *ctx, int *rc)
{
	struct nflog *nflog = calloc(1, sizeof(*nflog));

	*rc = -ENOMEM;
	if (!nflog)
		return NULL;
	nflog->packet = packet;
	nflog->ctx = ctx;
	*rc = netfilter_open(&nflog->netfilter, NETLINK_NO_ENOBUFS, 1);
	if (*rc == 0) {
		*rc = listen_to(nflog, group);
		if (*rc == 0)
			*rc = netfilter_watch(&nflog->netfilter, loop, on_readable, nflog);
		if (*rc)
			netfilter_abandon(&nflog->netfilter);
	}
	if (*rc) {
		free(nflog);
		return NULL;
	}
	return nflog;
}

void nflog_close(struct nflog *nflog)
{
	if (nflog)
		netfilter_close(&nflog->netfilter);
}
