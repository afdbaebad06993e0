/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The notifications of nfnetlink (NFNLGRP_NFTABLES) by libmnl: they stand in the order of the
 * transactions, and a transaction's are there before it returns. The table's name is the first
 * attribute of each. When the kernel had to drop some, something may be gone. */
#include "control/sys/nft_watch.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "control/sys/netfilter.h"

#define SUBSYSTEM(type) ((type) >> 8)
#define MESSAGE(type)   ((type)&0xff)

struct nft_watch {
	struct netfilter netfilter;
	const char *table;
	nft_watch_fn *gone;
	void *ctx;
	bool is_gone;
};

_Static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
		   NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1,
    "the table's name is the first of all");

static bool is_of_table(const struct nft_watch *watch, const struct nlmsghdr *header)
{
	const struct nfgenmsg *about = mnl_nlmsg_get_payload(header);
	const struct nlattr *attribute;

	if (about->nfgen_family != NFPROTO_IPV4)
		return false;
	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attribute) == NFTA_TABLE_NAME)
			return mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0 &&
			       strcmp(mnl_attr_get_str(attribute), watch->table) == 0;
	}
	return false;
}

static int on_message(const struct nlmsghdr *header, void *data)
{
	struct nft_watch *watch = data;

	if (SUBSYSTEM(header->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
	    mnl_nlmsg_get_payload_len(header) < sizeof(struct nfgenmsg))
		return MNL_CB_OK;
	switch (MESSAGE(header->nlmsg_type)) {
	case NFT_MSG_NEWTABLE:
		if (is_of_table(watch, header))
			watch->is_gone = false;
		break;
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		if (is_of_table(watch, header))
			watch->is_gone = true;
		break;
	default: break;
	}
	return MNL_CB_OK;
}

/* Reads all there is. False: some was lost. */
static bool read_all(struct nft_watch *watch)
{
	static char buffer[32768];
	bool whole = true;

	for (;;) {
		ssize_t bytes =
		    mnl_socket_recvfrom(watch->netfilter.socket, buffer, sizeof(buffer));

		if (bytes > 0)
			(void)mnl_cb_run(buffer, (size_t)bytes, 0, 0, on_message, watch);
		else if (bytes < 0 && (errno == ENOBUFS || errno == ENOSPC))
			whole = false;
		else if (bytes == 0 || errno != EINTR)
			return whole;
	}
}

static void tell(struct nft_watch *watch)
{
	if (!watch->is_gone)
		return;
	watch->is_gone = false;
	watch->gone(watch->ctx);
}

/* libuv stops watching a socket that has an error. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct nft_watch *watch = poll->data;

	(void)events;
	if (!read_all(watch))
		watch->is_gone = true;
	if (status < 0)
		(void)uv_poll_start(poll, UV_READABLE, on_readable);
	tell(watch);
}

void nft_watch_settle(struct nft_watch *watch)
{
	if (!watch)
		return;
	if (!read_all(watch))
		watch->is_gone = false; /* so much was said of our own */
	tell(watch);
}

struct nft_watch *nft_watch_open(
    uv_loop_t *loop, const char *table, nft_watch_fn *gone, void *ctx, int *rc)
{
	struct nft_watch *watch = calloc(1, sizeof(*watch));

	*rc = -ENOMEM;
	if (!watch)
		return NULL;
	watch->table = table;
	watch->gone = gone;
	watch->ctx = ctx;
	*rc = netfilter_open(&watch->netfilter, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES);
	if (*rc == 0) {
		*rc = netfilter_watch(&watch->netfilter, loop, on_readable, watch);
		if (*rc)
			netfilter_abandon(&watch->netfilter);
	}
	if (*rc) {
		free(watch);
		return NULL;
	}
	return watch;
}

void nft_watch_close(struct nft_watch *watch)
{
	if (watch)
		netfilter_close(&watch->netfilter);
}
