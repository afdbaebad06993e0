/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UPDATE: the three fields, the syntax of every prefix, and what is missing.
 *
 * RFC 4271 sections 4.3, 5 and 6.3; RFC 7606 sections 3 to 5. A message is judged whole before any
 * of it counts. Not here: the attributes one by one (bgp_attr.c), what becomes of the routes
 * (bgp_import.c). */
#include <string.h>

#include "bgp_update.h"

/* Offsets behind the header. */
#define WITHDRAWN_LENGTH_AT BGP_HEADER_BYTES

bool bgp_nlri_next(struct rd *list, struct ip_prefix *prefix)
{
	uint8_t bytes[4] = {0};
	uint8_t length;

	if (!rd_left(list))
		return false;
	length = rd_u8(list);
	if (length > 32) {
		list->err = true;
		return false;
	}
	rd_copy(list, bytes, (length + 7u) / 8);
	if (!rd_ok(list))
		return false;
	memset(prefix, 0, sizeof(*prefix));
	prefix->addr.family = IP_FAMILY_V4;
	memcpy(prefix->addr.bytes, bytes, sizeof(bytes));
	prefix->length = length;
	*prefix = ip_prefix_mask(prefix);
	return true;
}

/* RFC 7606 section 5.3 */
static bool nlri_good(struct rd list)
{
	struct ip_prefix prefix;

	while (bgp_nlri_next(&list, &prefix))
		;
	return rd_ok(&list);
}

static void check_nlri(struct bgp_update *update)
{
	struct bgp_attrs *attrs = &update->attrs;

	if (!nlri_good(update->withdrawn) || !nlri_good(update->nlri))
		bgp_attr_fail(attrs, BGP_VERDICT_RESET, BGP_UPDATE_NETWORK, NULL, 0);
	if (!nlri_good(attrs->mp_reach) || !nlri_good(attrs->mp_unreach))
		bgp_attr_fail(attrs, BGP_VERDICT_RESET, BGP_UPDATE_OPTIONAL, NULL, 0);
}

/* RFC 7606 section 3(d). NEXT_HOP belongs to the NLRI field, MP_REACH_NLRI brings its own. */
static void check_mandatory(struct bgp_update *update)
{
	static const uint8_t mandatory[] = {BGP_ATTR_ORIGIN, BGP_ATTR_AS_PATH, BGP_ATTR_NEXT_HOP};
	struct bgp_attrs *attrs = &update->attrs;

	for (size_t i = 0; i < sizeof(mandatory); i++) {
		if (attrs->seen[mandatory[i]])
			continue;
		if (mandatory[i] == BGP_ATTR_NEXT_HOP && !rd_left(&update->nlri))
			continue;
		bgp_attr_fail(
		    attrs, BGP_VERDICT_WITHDRAW, BGP_UPDATE_MISSING_WELL_KNOWN, &mandatory[i], 1);
	}
}

void bgp_update_parse(const uint8_t *body, size_t bytes, const struct bgp_attr_source *source,
    struct bgp_update *update)
{
	struct rd r = rd_init(body, bytes);
	struct rd fields;
	bool reachable;

	memset(update, 0, sizeof(*update));
	update->withdrawn = rd_sub(&r, rd_u16(&r));
	fields = rd_sub(&r, rd_u16(&r));
	update->nlri = r;
	if (!rd_ok(&r)) {
		bgp_attr_fail(
		    &update->attrs, BGP_VERDICT_RESET, BGP_UPDATE_ATTRIBUTE_LIST, NULL, 0);
		return;
	}
	bgp_attr_parse(fields, source, &update->attrs);
	check_nlri(update);
	reachable = rd_left(&update->nlri) || rd_left(&update->attrs.mp_reach);
	if (reachable)
		check_mandatory(update);
	/* RFC 7606 section 5.2: with no route to withdraw, the error cannot be contained. */
	if (update->attrs.verdict == BGP_VERDICT_WITHDRAW && !reachable)
		update->attrs.verdict = BGP_VERDICT_RESET;
	update->end_of_rib = bytes == 4 && update->attrs.verdict == BGP_VERDICT_OK;
}

/* ---- writing ---- */

void bgp_update_begin_withdraw(struct wr *w)
{
	bgp_msg_begin(w, BGP_MSG_UPDATE);
	wr_u16(w, 0);
}

void bgp_update_begin_announce(struct wr *w, const struct bgp_config *config, bool four_octet_as)
{
	size_t length_at;

	bgp_msg_begin(w, BGP_MSG_UPDATE);
	wr_u16(w, 0);
	length_at = wr_len(w);
	wr_u16(w, 0);
	bgp_attr_write(w, config, four_octet_as);
	wr_patch_u16(w, length_at, (uint16_t)(wr_len(w) - length_at - 2));
}

bool bgp_update_put(struct wr *w, const struct ip_prefix *prefix)
{
	struct ip_prefix masked = ip_prefix_mask(prefix);
	size_t bytes = (masked.length + 7u) / 8;

	/* Two bytes stay free for the attribute length that ends a withdrawal. */
	if (wr_room(w) < 1 + bytes + 2)
		return false;
	wr_u8(w, masked.length);
	wr_bytes(w, masked.addr.bytes, bytes);
	return true;
}

size_t bgp_update_end_withdraw(struct wr *w)
{
	wr_patch_u16(w, WITHDRAWN_LENGTH_AT, (uint16_t)(wr_len(w) - WITHDRAWN_LENGTH_AT - 2));
	wr_u16(w, 0);
	return bgp_msg_end(w);
}

size_t bgp_update_end_announce(struct wr *w)
{
	return bgp_msg_end(w);
}
