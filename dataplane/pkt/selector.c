/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Traffic selectors to masks. Only addresses: protocol and ports of a selector are not supported.
 */
#include "dataplane/pkt/selector.h"

#include <errno.h>

/* Address and mask as two words each, as they lie in a packet. */
static void prefix6_words(const struct ip_prefix *prefix, uint64_t value[2], uint64_t mask[2])
{
	uint8_t mask_bytes[16] = {0};

	for (unsigned bit = 0; bit < prefix->length; bit++)
		mask_bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	memcpy(value, prefix->addr.bytes, 16);
	memcpy(mask, mask_bytes, 16);
}

static uint32_t mask4(unsigned length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

static void prefix4_pair(
    const struct ip_prefix *source, const struct ip_prefix *destination, struct selector *s)
{
	uint8_t value[8], mask[8];

	memcpy(value, source->addr.bytes, 4);
	memcpy(value + 4, destination->addr.bytes, 4);
	put_be32(mask, mask4(source->length));
	put_be32(mask + 4, mask4(destination->length));
	memcpy(&s->pair4, value, sizeof(value));
	memcpy(&s->pair4_mask, mask, sizeof(mask));
}

int selector_init(
    struct selector *s, const struct ip_prefix *source, const struct ip_prefix *destination)
{
	*s = (struct selector){0};
	if (source->addr.family != destination->addr.family)
		return 0;
	if (source->addr.family == IP_FAMILY_V4) {
		if (source->length > 32 || destination->length > 32)
			return -EINVAL;
		prefix4_pair(source, destination, s);
		s->allow4 = true;
	} else if (source->addr.family == IP_FAMILY_V6) {
		if (source->length > 128 || destination->length > 128)
			return -EINVAL;
		prefix6_words(source, s->source6, s->source6_mask);
		prefix6_words(destination, s->dest6, s->dest6_mask);
		s->allow6 = true;
	}
	return 0;
}
