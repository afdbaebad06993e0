/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two hash tables, one for each family, since nearly all addresses are of the short one. Nothing is
 * ever taken out: who wants fewer makes another set. */
#include "dataplane/pkt/addr_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/bytes.h"

#define FIRST_SHIFT (32 - 6) /* 64 places to begin with */

static uint32_t places(uint8_t shift)
{
	return 1u << (32 - shift);
}

/* As addr_set_find4(). */
static uint32_t find6(const struct addr_set *set, const uint8_t *addr)
{
	uint32_t mix = 0, i;

	for (i = 0; i < 16; i += 4)
		mix = (mix ^ get_be32(addr + i)) * 0x9e3779b1u;
	i = mix >> set->shift6;
	while (set->v6[i].family && memcmp(set->v6[i].bytes, addr, 16) != 0)
		i = (i + 1) & (places(set->shift6) - 1);
	return i;
}

static int grow4(struct addr_set *set)
{
	struct addr_set larger = {.shift4 = (uint8_t)(set->v4 ? set->shift4 - 1 : FIRST_SHIFT)};

	larger.v4 = calloc(places(larger.shift4), sizeof(*larger.v4));
	if (!larger.v4)
		return -ENOMEM;
	for (uint32_t i = 0; set->v4 && i < places(set->shift4); i++)
		if (set->v4[i])
			larger.v4[addr_set_find4(&larger, set->v4[i])] = set->v4[i];
	free(set->v4);
	set->v4 = larger.v4;
	set->shift4 = larger.shift4;
	return 0;
}

static int grow6(struct addr_set *set)
{
	struct addr_set larger = {.shift6 = (uint8_t)(set->v6 ? set->shift6 - 1 : FIRST_SHIFT)};

	larger.v6 = calloc(places(larger.shift6), sizeof(*larger.v6));
	if (!larger.v6)
		return -ENOMEM;
	for (uint32_t i = 0; set->v6 && i < places(set->shift6); i++)
		if (set->v6[i].family)
			larger.v6[find6(&larger, set->v6[i].bytes)] = set->v6[i];
	free(set->v6);
	set->v6 = larger.v6;
	set->shift6 = larger.shift6;
	return 0;
}

static int add4(struct addr_set *set, uint32_t addr)
{
	if (!addr || addr_set_has4(set, addr))
		return 0;
	if ((!set->v4 || set->count4 >= places(set->shift4) / 2) && grow4(set) < 0)
		return -ENOMEM;
	set->v4[addr_set_find4(set, addr)] = addr;
	set->count4++;
	return 0;
}

static int add6(struct addr_set *set, const struct ip_addr *addr)
{
	if (addr_set_has6(set, addr->bytes))
		return 0;
	if ((!set->v6 || set->count6 >= places(set->shift6) / 2) && grow6(set) < 0)
		return -ENOMEM;
	set->v6[find6(set, addr->bytes)] = *addr;
	set->count6++;
	return 0;
}

int addr_set_add(struct addr_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? add4(set, get_be32(addr->bytes)) : add6(set, addr);
}

void addr_set_fini(struct addr_set *set)
{
	free(set->v4);
	free(set->v6);
	*set = (struct addr_set){0};
}

bool addr_set_has6(const struct addr_set *set, const uint8_t addr[16])
{
	return set->v6 && set->v6[find6(set, addr)].family;
}

bool addr_set_has(const struct addr_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? addr_set_has4(set, get_be32(addr->bytes))
					    : addr_set_has6(set, addr->bytes);
}
