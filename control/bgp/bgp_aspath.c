/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AS_PATH (RFC 4271 section 4.3, RFC 7606 section 7.2, RFC 7607) and AS4_PATH (RFC 6793). */
#include <errno.h>
#include <string.h>

#include "bgp_aspath.h"
#include "bgp_types.h"

struct walk {
	unsigned as_bytes;
	bool skip_confed; /* RFC 6793 section 6: such segments of an AS4_PATH are left out */
	uint32_t own_as;
	uint32_t take; /* counted positions still to be taken; the rest is only checked */
};

static void add_asn(struct bgp_aspath *path, uint32_t asn, uint32_t own_as)
{
	if (path->count < BGP_PATH_ASNS)
		path->asn[path->count] = asn;
	path->count++;
	if (asn == own_as)
		path->has_own = true;
}

static int walk_segment(const struct walk *walk, uint8_t type, struct rd numbers, uint32_t *take,
    struct bgp_aspath *path)
{
	bool set = type == BGP_AS_SET;
	bool wanted = type == BGP_AS_SET || type == BGP_AS_SEQUENCE;

	if (path->length == 0 && type == BGP_AS_SEQUENCE && *take) {
		struct rd peek = numbers;

		path->first = walk->as_bytes == 4 ? rd_u32(&peek) : rd_u16(&peek);
	}
	if (set && *take)
		path->length++;
	while (rd_left(&numbers)) {
		uint32_t asn = walk->as_bytes == 4 ? rd_u32(&numbers) : rd_u16(&numbers);

		if (asn == 0)
			return -EBADMSG;
		if (!wanted || !*take)
			continue;
		add_asn(path, asn, walk->own_as);
		if (!set) {
			path->length++;
			(*take)--;
		}
	}
	if (set && *take)
		(*take)--;
	return 0;
}

static int walk_path(const struct walk *walk, struct rd value, struct bgp_aspath *path)
{
	uint32_t take = walk->take;

	while (rd_left(&value)) {
		uint8_t type = rd_u8(&value);
		size_t count = rd_u8(&value);
		struct rd numbers = rd_sub(&value, count * walk->as_bytes);
		bool confed = type == BGP_AS_CONFED_SEQUENCE || type == BGP_AS_CONFED_SET;

		if (!rd_ok(&value) || count == 0)
			return -EBADMSG;
		if (type != BGP_AS_SET && type != BGP_AS_SEQUENCE && !(confed && walk->skip_confed))
			return -EBADMSG;
		if (walk_segment(walk, type, numbers, &take, path))
			return -EBADMSG;
	}
	return 0;
}

int bgp_aspath_parse(struct rd value, unsigned as_bytes, uint32_t own_as, struct bgp_aspath *path)
{
	const struct walk walk = {.as_bytes = as_bytes, .own_as = own_as, .take = UINT32_MAX};

	memset(path, 0, sizeof(*path));
	return walk_path(&walk, value, path);
}

int bgp_aspath_merge(
    struct rd as_path, struct rd as4_path, uint32_t own_as, struct bgp_aspath *path)
{
	struct walk walk = {
	    .as_bytes = 4, .skip_confed = true, .own_as = own_as, .take = UINT32_MAX};
	struct bgp_aspath tail = {0}, merged = {0};

	if (rd_left(&as4_path) == 0 || walk_path(&walk, as4_path, &tail))
		return -EBADMSG;
	if (tail.length > path->length)
		return -ERANGE;
	walk.as_bytes = 2;
	walk.take = path->length - tail.length;
	if (walk_path(&walk, as_path, &merged))
		return -EBADMSG;
	walk.as_bytes = 4;
	walk.take = UINT32_MAX;
	if (walk_path(&walk, as4_path, &merged))
		return -EBADMSG;
	*path = merged;
	return 0;
}
