/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Path attributes of a received UPDATE, with the error handling of RFC 7606. */
#pragma once

#include "common/buf.h"

#include "bgp_aspath.h"
#include "bgp_msg.h"

/* What an UPDATE deserves, in rising order: the strongest of several errors wins. */
enum bgp_verdict {
	BGP_VERDICT_OK,
	BGP_VERDICT_DISCARD,  /* the attribute is dropped, the rest counts */
	BGP_VERDICT_WITHDRAW, /* its routes are taken as withdrawn, the session stays */
	BGP_VERDICT_RESET,    /* NOTIFICATION and the end of the session */
};

/* Whose attributes these are. */
struct bgp_attr_source {
	bool four_octet_as; /* both sides have the capability */
	bool internal;      /* same AS on both sides */
	uint32_t local_as, remote_as;
};

struct bgp_attrs {
	bool seen[256]; /* by attribute type; the first of several counts */
	uint8_t origin;
	struct bgp_aspath path;
	struct ip_addr next_hop; /* for the NLRI field */
	uint32_t med;
	bool med_present;
	uint32_t local_pref;
	struct rd mp_reach, mp_unreach; /* NLRI of IPv4 unicast, not yet checked; empty = none */
	struct ip_addr mp_next_hop;     /* for mp_reach */

	enum bgp_verdict verdict; /* the strongest; never BGP_VERDICT_DISCARD */
	unsigned discarded;       /* attributes dropped by RFC 7606 */
	struct bgp_error error;   /* of the verdict: sent when it is, or becomes, a reset */
};

/* Parses the path attributes field. The `rd` members point into it. */
void bgp_attr_parse(struct rd field, const struct bgp_attr_source *source, struct bgp_attrs *attrs);

/* Raises the verdict, keeping the NOTIFICATION of the strongest error, the first among equals. */
void bgp_attr_fail(struct bgp_attrs *attrs, enum bgp_verdict verdict, enum bgp_error_update subcode,
    const void *data, size_t bytes);

/* Writes ORIGIN, AS_PATH, NEXT_HOP, MULTI_EXIT_DISC, LOCAL_PREF and AS4_PATH of routes that are our
 * own, as `config` and the kind of neighbour want them. */
void bgp_attr_write(struct wr *w, const struct bgp_config *config, bool four_octet_as);
