/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Path attributes: one row of a table per attribute that means something to us.
 *
 * RFC 4271 sections 4.3, 5 and 6.3 with the error handling of RFC 7606; RFC 1997, 4360, 4456, 4760,
 * 6793, 7607, 8092. An attribute without a row is never looked into: it is dropped when optional,
 * since no route is passed on, and an error when well-known. Not here: the UPDATE around the
 * attributes and which of them are mandatory (bgp_update.c), whether a route is wanted
 * (bgp_policy.c). */
#include <errno.h>
#include <string.h>

#include "bgp_attr.h"

struct attr_context {
	const struct bgp_attr_source *source;
	struct bgp_attrs *attrs;
	struct rd as_path, as4_path;
	bool foreign_aggregator;       /* AGGREGATOR of another AS than AS_TRANS */
	bool as4_aggregator;           /* AS4_AGGREGATOR is there and good */
	enum bgp_error_update subcode; /* a parser that fails leaves it here */
};

typedef enum bgp_verdict attr_parse_fn(struct attr_context *c, struct rd value);

static enum bgp_verdict fail(
    struct attr_context *c, enum bgp_verdict verdict, enum bgp_error_update subcode)
{
	c->subcode = subcode;
	return verdict;
}

static enum bgp_verdict parse_origin(struct attr_context *c, struct rd value)
{
	if (rd_left(&value) != 1)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_LENGTH);
	c->attrs->origin = rd_u8(&value);
	if (c->attrs->origin > BGP_ORIGIN_INCOMPLETE)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_ORIGIN);
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_as_path(struct attr_context *c, struct rd value)
{
	const struct bgp_attr_source *source = c->source;
	struct bgp_aspath *path = &c->attrs->path;

	c->as_path = value;
	if (bgp_aspath_parse(value, source->four_octet_as ? 4 : 2, source->local_as, path))
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_AS_PATH);
	return BGP_VERDICT_OK;
}

/* RFC 4271 section 6.3: a next hop is the address of a host. That it is none of ours is policy. */
static enum bgp_verdict check_hop(struct attr_context *c, const struct ip_addr *hop)
{
	if (hop->bytes[0] == 0 || hop->bytes[0] >= 240 || ip_addr_is_loopback(hop) ||
	    ip_addr_is_multicast(hop))
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_NEXT_HOP);
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_next_hop(struct attr_context *c, struct rd value)
{
	if (rd_left(&value) != 4)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_LENGTH);
	c->attrs->next_hop = ip_addr_v4(rd_u32(&value));
	return check_hop(c, &c->attrs->next_hop);
}

static enum bgp_verdict parse_med(struct attr_context *c, struct rd value)
{
	if (rd_left(&value) != 4)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_LENGTH);
	c->attrs->med = rd_u32(&value);
	c->attrs->med_present = true;
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_local_pref(struct attr_context *c, struct rd value)
{
	if (!c->source->internal)
		return BGP_VERDICT_DISCARD;
	if (rd_left(&value) != 4)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_LENGTH);
	c->attrs->local_pref = rd_u32(&value);
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_atomic_aggregate(struct attr_context *c, struct rd value)
{
	return rd_left(&value) ? BGP_VERDICT_DISCARD : BGP_VERDICT_OK;
}

static enum bgp_verdict parse_aggregator(struct attr_context *c, struct rd value)
{
	bool wide = c->source->four_octet_as;
	uint32_t as;

	if (rd_left(&value) != (wide ? 8 : 6))
		return BGP_VERDICT_DISCARD;
	as = wide ? rd_u32(&value) : rd_u16(&value);
	if (as == 0)
		return BGP_VERDICT_DISCARD;
	c->foreign_aggregator = as != BGP_AS_TRANS;
	return BGP_VERDICT_OK;
}

/* A list of items of `item_bytes` each that must not be empty: we check it and use none. */
static enum bgp_verdict check_list(struct attr_context *c, struct rd value, size_t item_bytes)
{
	if (rd_left(&value) == 0 || rd_left(&value) % item_bytes)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_OPTIONAL);
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_communities(struct attr_context *c, struct rd value)
{
	return check_list(c, value, 4);
}

static enum bgp_verdict parse_ext_communities(struct attr_context *c, struct rd value)
{
	return check_list(c, value, 8);
}

static enum bgp_verdict parse_large_communities(struct attr_context *c, struct rd value)
{
	return check_list(c, value, 12);
}

static enum bgp_verdict parse_originator_id(struct attr_context *c, struct rd value)
{
	if (!c->source->internal)
		return BGP_VERDICT_DISCARD;
	if (rd_left(&value) != 4)
		return fail(c, BGP_VERDICT_WITHDRAW, BGP_UPDATE_LENGTH);
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_cluster_list(struct attr_context *c, struct rd value)
{
	return c->source->internal ? check_list(c, value, 4) : BGP_VERDICT_DISCARD;
}

static enum bgp_verdict parse_as4_path(struct attr_context *c, struct rd value)
{
	if (c->source->four_octet_as)
		return BGP_VERDICT_DISCARD;
	c->as4_path = value;
	return BGP_VERDICT_OK;
}

static enum bgp_verdict parse_as4_aggregator(struct attr_context *c, struct rd value)
{
	if (c->source->four_octet_as || rd_left(&value) != 8 || rd_u32(&value) == 0)
		return BGP_VERDICT_DISCARD;
	c->as4_aggregator = true;
	return BGP_VERDICT_OK;
}

/* The family of an MP attribute. Only IPv4 unicast was offered: the others are left alone whole. */
static enum bgp_verdict read_family(struct attr_context *c, struct rd *value, bool *ours)
{
	uint16_t afi = rd_u16(value);
	uint8_t safi = rd_u8(value);

	*ours = afi == BGP_AFI_IPV4 && safi == BGP_SAFI_UNICAST;
	return rd_ok(value) ? BGP_VERDICT_OK : fail(c, BGP_VERDICT_RESET, BGP_UPDATE_OPTIONAL);
}

static enum bgp_verdict parse_mp_reach(struct attr_context *c, struct rd value)
{
	bool ours;
	uint8_t hop_bytes;

	if (read_family(c, &value, &ours))
		return BGP_VERDICT_RESET;
	if (!ours)
		return BGP_VERDICT_OK;
	hop_bytes = rd_u8(&value);
	c->attrs->mp_next_hop = ip_addr_v4(rd_u32(&value));
	rd_skip(&value, 1); /* reserved */
	if (!rd_ok(&value) || hop_bytes != 4)
		return fail(c, BGP_VERDICT_RESET, BGP_UPDATE_OPTIONAL);
	c->attrs->mp_reach = value;
	return check_hop(c, &c->attrs->mp_next_hop);
}

static enum bgp_verdict parse_mp_unreach(struct attr_context *c, struct rd value)
{
	bool ours;

	if (read_family(c, &value, &ours))
		return BGP_VERDICT_RESET;
	if (ours)
		c->attrs->mp_unreach = value;
	return BGP_VERDICT_OK;
}

#define WELL_KNOWN    BGP_ATTR_TRANSITIVE
#define OPT_TRANS     (BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE)
#define OPT_NON_TRANS BGP_ATTR_OPTIONAL

static const struct attr_rule {
	uint8_t flags; /* optional and transitive, as the attribute's RFC has them */
	attr_parse_fn *parse;
} rules[256] = {
    [BGP_ATTR_ORIGIN] = {WELL_KNOWN, parse_origin},
    [BGP_ATTR_AS_PATH] = {WELL_KNOWN, parse_as_path},
    [BGP_ATTR_NEXT_HOP] = {WELL_KNOWN, parse_next_hop},
    [BGP_ATTR_MED] = {OPT_NON_TRANS, parse_med},
    [BGP_ATTR_LOCAL_PREF] = {WELL_KNOWN, parse_local_pref},
    [BGP_ATTR_ATOMIC_AGGREGATE] = {WELL_KNOWN, parse_atomic_aggregate},
    [BGP_ATTR_AGGREGATOR] = {OPT_TRANS, parse_aggregator},
    [BGP_ATTR_COMMUNITIES] = {OPT_TRANS, parse_communities},
    [BGP_ATTR_ORIGINATOR_ID] = {OPT_NON_TRANS, parse_originator_id},
    [BGP_ATTR_CLUSTER_LIST] = {OPT_NON_TRANS, parse_cluster_list},
    [BGP_ATTR_MP_REACH] = {OPT_NON_TRANS, parse_mp_reach},
    [BGP_ATTR_MP_UNREACH] = {OPT_NON_TRANS, parse_mp_unreach},
    [BGP_ATTR_EXT_COMMUNITIES] = {OPT_TRANS, parse_ext_communities},
    [BGP_ATTR_AS4_PATH] = {OPT_TRANS, parse_as4_path},
    [BGP_ATTR_AS4_AGGREGATOR] = {OPT_TRANS, parse_as4_aggregator},
    [BGP_ATTR_LARGE_COMMUNITIES] = {OPT_TRANS, parse_large_communities},
};

void bgp_attr_fail(struct bgp_attrs *attrs, enum bgp_verdict verdict, enum bgp_error_update subcode,
    const void *data, size_t bytes)
{
	if (verdict <= attrs->verdict)
		return;
	attrs->verdict = verdict;
	(void)bgp_error_set(&attrs->error, BGP_ERR_UPDATE, (uint8_t)subcode, data, bytes);
}

/* RFC 7606 section 3(c); a partial bit means something on optional transitive attributes only. */
static bool flags_wrong(const struct attr_rule *rule, uint8_t flags)
{
	if ((flags & OPT_TRANS) != rule->flags)
		return true;
	return rule->flags != OPT_TRANS && (flags & BGP_ATTR_PARTIAL);
}

static void parse_one(
    struct attr_context *c, uint8_t flags, uint8_t type, struct rd value, const uint8_t *whole)
{
	const struct attr_rule *rule = &rules[type];
	struct bgp_attrs *attrs = c->attrs;
	size_t whole_bytes = (size_t)(value.end - whole);
	enum bgp_verdict verdict;

	if (attrs->seen[type]) {
		if (type == BGP_ATTR_MP_REACH || type == BGP_ATTR_MP_UNREACH)
			bgp_attr_fail(attrs, BGP_VERDICT_RESET, BGP_UPDATE_ATTRIBUTE_LIST, NULL, 0);
		else
			attrs->discarded++;
		return;
	}
	attrs->seen[type] = true;
	if (!rule->parse) {
		if (!(flags & BGP_ATTR_OPTIONAL))
			bgp_attr_fail(attrs, BGP_VERDICT_RESET, BGP_UPDATE_UNKNOWN_WELL_KNOWN,
			    whole, whole_bytes);
		return;
	}
	if (flags_wrong(rule, flags))
		bgp_attr_fail(attrs, BGP_VERDICT_WITHDRAW, BGP_UPDATE_FLAGS, whole, whole_bytes);
	verdict = rule->parse(c, value);
	if (verdict == BGP_VERDICT_DISCARD)
		attrs->discarded++;
	else if (verdict == BGP_VERDICT_WITHDRAW && c->subcode == BGP_UPDATE_AS_PATH)
		bgp_attr_fail(attrs, verdict, c->subcode, NULL, 0);
	else
		bgp_attr_fail(attrs, verdict, c->subcode, whole, whole_bytes);
}

/* RFC 6793 section 4.2.3: when both aggregators are there and the two-octet one is not AS_TRANS,
 * the AS4_ attributes are of an older state of the route. RFC 7606 section 7.2 for a path that
 * begins with another AS. */
static void finish_path(struct attr_context *c)
{
	const struct bgp_attr_source *source = c->source;
	struct bgp_attrs *attrs = c->attrs;
	bool readable = attrs->seen[BGP_ATTR_AS_PATH] && attrs->verdict < BGP_VERDICT_WITHDRAW;
	bool stale = c->foreign_aggregator && c->as4_aggregator;

	if (!readable)
		return;
	if (c->as4_path.p && !stale &&
	    bgp_aspath_merge(c->as_path, c->as4_path, source->local_as, &attrs->path) == -EBADMSG)
		attrs->discarded++;
	if (!source->internal && attrs->path.first != source->remote_as)
		bgp_attr_fail(attrs, BGP_VERDICT_WITHDRAW, BGP_UPDATE_AS_PATH, NULL, 0);
}

void bgp_attr_parse(struct rd field, const struct bgp_attr_source *source, struct bgp_attrs *attrs)
{
	struct attr_context c = {.source = source, .attrs = attrs};

	memset(attrs, 0, sizeof(*attrs));
	attrs->local_pref = BGP_LOCAL_PREF_DEFAULT;
	while (rd_left(&field)) {
		const uint8_t *whole = field.p;
		uint8_t flags = rd_u8(&field);
		uint8_t type = rd_u8(&field);
		size_t bytes = flags & BGP_ATTR_EXTENDED ? rd_u16(&field) : rd_u8(&field);
		struct rd value = rd_sub(&field, bytes);

		/* RFC 7606 section 4: what runs over spoils the routes of this message. */
		if (!rd_ok(&field)) {
			bgp_attr_fail(
			    attrs, BGP_VERDICT_WITHDRAW, BGP_UPDATE_ATTRIBUTE_LIST, NULL, 0);
			break;
		}
		parse_one(&c, flags, type, value, whole);
	}
	finish_path(&c);
}

/* ---- ours ---- */

static void write_u32_attr(struct wr *w, uint8_t flags, uint8_t type, uint32_t value)
{
	wr_u8(w, flags);
	wr_u8(w, type);
	wr_u8(w, 4);
	wr_u32(w, value);
}

static void write_as_path(struct wr *w, uint8_t flags, uint8_t type, uint32_t as, unsigned as_bytes)
{
	wr_u8(w, flags);
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(2 + as_bytes));
	wr_u8(w, BGP_AS_SEQUENCE);
	wr_u8(w, 1);
	if (as_bytes == 4)
		wr_u32(w, as);
	else
		wr_u16(w, as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)as);
}

void bgp_attr_write(struct wr *w, const struct bgp_config *config, bool four_octet_as)
{
	bool internal = config->local_as == config->remote_as;

	wr_u8(w, WELL_KNOWN);
	wr_u8(w, BGP_ATTR_ORIGIN);
	wr_u8(w, 1);
	wr_u8(w, BGP_ORIGIN_IGP);
	if (internal) {
		wr_u8(w, WELL_KNOWN);
		wr_u8(w, BGP_ATTR_AS_PATH);
		wr_u8(w, 0);
	} else {
		write_as_path(
		    w, WELL_KNOWN, BGP_ATTR_AS_PATH, config->local_as, four_octet_as ? 4 : 2);
	}
	write_u32_attr(w, WELL_KNOWN, BGP_ATTR_NEXT_HOP, ip_addr_v4_host(&config->local));
	if (config->med_set)
		write_u32_attr(w, OPT_NON_TRANS, BGP_ATTR_MED, config->med);
	if (internal)
		write_u32_attr(w, WELL_KNOWN, BGP_ATTR_LOCAL_PREF, BGP_LOCAL_PREF_DEFAULT);
	else if (!four_octet_as && config->local_as > UINT16_MAX)
		write_as_path(w, OPT_TRANS, BGP_ATTR_AS4_PATH, config->local_as, 4);
}
