/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of a set of addresses that is not asked for every IPv4 packet. */
#include "dataplane/address_set.h"

#include <string.h>

static bool add4(struct address_set *set, uint32_t addr)
{
	uint32_t i = address_set_slot4(addr);

	if (!addr || address_set_has4(set, addr))
		return true;
	if (set->count4 == ADDRESS_SET_MAX)
		return false;
	while (set->v4[i])
		i = (i + 1) % ADDRESS_SET_SLOTS;
	set->v4[i] = addr;
	set->count4++;
	return true;
}

static uint32_t slot6(const struct ip_addr *addr)
{
	uint64_t half[2];

	memcpy(half, addr->bytes, sizeof(half));
	return (uint32_t)(((half[0] ^ half[1] << 1) * UINT64_C(0x9e3779b97f4a7c15)) >>
			  (64 - ADDRESS_SET_BITS));
}

static bool has6(const struct address_set *set, const struct ip_addr *addr)
{
	for (uint32_t i = slot6(addr); set->v6[i].family; i = (i + 1) % ADDRESS_SET_SLOTS)
		if (ip_addr_equal(&set->v6[i], addr))
			return true;
	return false;
}

static bool add6(struct address_set *set, const struct ip_addr *addr)
{
	uint32_t i = slot6(addr);

	if (has6(set, addr))
		return true;
	if (set->count6 == ADDRESS_SET_MAX)
		return false;
	while (set->v6[i].family)
		i = (i + 1) % ADDRESS_SET_SLOTS;
	set->v6[i] = *addr;
	set->count6++;
	return true;
}

bool address_set_add(struct address_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? add4(set, ip_addr_v4_host(addr)) : add6(set, addr);
}

bool address_set_has(const struct address_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? address_set_has4(set, ip_addr_v4_host(addr))
					    : has6(set, addr);
}
