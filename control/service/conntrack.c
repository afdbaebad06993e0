/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One dump by libnetfilter_conntrack. A connection's two directions tell what is translated: where
 * answers go to somebody else than the one who asked, the source was; where they come from somebody
 * else than the one who was asked, the destination was. */
#include "control/service/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <stdio.h>
#include <string.h>

#define COUNT_FILE "/proc/sys/net/netfilter/nf_conntrack_count"

struct reading {
	struct nat_session *out;
	size_t max, total;
};

static struct ip_addr address(const struct nf_conntrack *ct, enum nf_conntrack_attr attr)
{
	return ip_addr_v4(ntohl(nfct_get_attr_u32(ct, attr)));
}

static uint16_t port(const struct nf_conntrack *ct, enum nf_conntrack_attr attr)
{
	return nfct_attr_is_set(ct, attr) > 0 ? ntohs(nfct_get_attr_u16(ct, attr)) : 0;
}

/* Begun inside: its source bears another address outside. */
static void read_outbound(const struct nf_conntrack *ct, struct nat_session *session)
{
	session->inner = address(ct, ATTR_ORIG_IPV4_SRC);
	session->inner_port = port(ct, ATTR_ORIG_PORT_SRC);
	session->outer = address(ct, ATTR_REPL_IPV4_DST);
	session->outer_port = port(ct, ATTR_REPL_PORT_DST);
	session->remote = address(ct, ATTR_ORIG_IPV4_DST);
	session->remote_port = port(ct, ATTR_ORIG_PORT_DST);
}

/* Begun outside: its destination is somebody inside. */
static void read_inbound(const struct nf_conntrack *ct, struct nat_session *session)
{
	session->inner = address(ct, ATTR_REPL_IPV4_SRC);
	session->inner_port = port(ct, ATTR_REPL_PORT_SRC);
	session->outer = address(ct, ATTR_ORIG_IPV4_DST);
	session->outer_port = port(ct, ATTR_ORIG_PORT_DST);
	session->remote = address(ct, ATTR_ORIG_IPV4_SRC);
	session->remote_port = port(ct, ATTR_ORIG_PORT_SRC);
}

static int take(enum nf_conntrack_msg_type type, struct nf_conntrack *ct, void *data)
{
	struct reading *reading = data;
	struct nat_session session = {0};

	if (nfct_get_attr_u8(ct, ATTR_L3PROTO) != AF_INET)
		return NFCT_CB_CONTINUE;
	if (nfct_get_attr_u32(ct, ATTR_ORIG_IPV4_SRC) != nfct_get_attr_u32(ct, ATTR_REPL_IPV4_DST))
		read_outbound(ct, &session);
	else if (nfct_get_attr_u32(ct, ATTR_ORIG_IPV4_DST) !=
		 nfct_get_attr_u32(ct, ATTR_REPL_IPV4_SRC))
		read_inbound(ct, &session);
	else
		return NFCT_CB_CONTINUE;
	session.protocol = nfct_get_attr_u8(ct, ATTR_L4PROTO);
	session.rest_sec =
	    nfct_attr_is_set(ct, ATTR_TIMEOUT) > 0 ? nfct_get_attr_u32(ct, ATTR_TIMEOUT) : 0;
	if (reading->total < reading->max)
		reading->out[reading->total] = session;
	reading->total++;
	return NFCT_CB_CONTINUE;
}

int conntrack_read(struct nat_session *out, size_t max, size_t *total)
{
	struct reading reading = {out, max, 0};
	struct nfct_handle *handle = nfct_open(CONNTRACK, 0);
	uint32_t family = AF_INET;
	int rc = 0;

	*total = 0;
	if (!handle)
		return -errno;
	if (nfct_callback_register(handle, NFCT_T_ALL, take, &reading) ||
	    nfct_query(handle, NFCT_Q_DUMP, &family) < 0)
		rc = -errno;
	(void)nfct_close(handle);
	*total = reading.total;
	return rc;
}

long conntrack_count(void)
{
	FILE *in = fopen(COUNT_FILE, "re");
	long count;

	if (!in)
		return -errno;
	if (fscanf(in, "%ld", &count) != 1)
		count = -EINVAL;
	(void)fclose(in);
	return count;
}
