/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two hash tables, one for each family, since nearly all addresses are of the short one. What is
 * taken out leaves no hole in a row of neighbours: those behind it move up (Knuth, TAOCP 6.4,
 * algorithm R). A table never becomes smaller. */
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

/* Where it would stand if nothing else did. */
static uint32_t home4(const struct addr_set *set, uint32_t addr)
{
	return (addr * 0x9e3779b1u) >> set->shift4;
}

static uint32_t home6(const struct addr_set *set, const uint8_t *addr)
{
	uint32_t mix = 0;

	for (unsigned i = 0; i < 16; i += 4)
		mix = (mix ^ get_be32(addr + i)) * 0x9e3779b1u;
	return mix >> set->shift6;
}

/* As addr_set_find4(). */
static uint32_t find6(const struct addr_set *set, const uint8_t *addr)
{
	uint32_t i = home6(set, addr);

	while (set->v6[i].family && memcmp(set->v6[i].bytes, addr, 16) != 0)
		i = (i + 1) & (places(set->shift6) - 1);
	return i;
}

static int grow4(struct addr_set *set)
{
	struct addr_set larger = {.shift4 = (uint8_t)(set->v4 ? set->shift4 - 1 : FIRST_SHIFT)};

	larger.v4 = calloc(places(larger.shift4), sizeof(*larger.v4));
	larger.uses4 = calloc(places(larger.shift4), sizeof(*larger.uses4));
	if (!larger.v4 || !larger.uses4) {
		addr_set_fini(&larger);
		return -ENOMEM;
	}
	for (uint32_t i = 0; set->v4 && i < places(set->shift4); i++) {
		uint32_t to;

		if (!set->v4[i])
			continue;
		to = addr_set_find4(&larger, set->v4[i]);
		larger.v4[to] = set->v4[i];
		larger.uses4[to] = set->uses4[i];
	}
	free(set->v4);
	free(set->uses4);
	set->v4 = larger.v4;
	set->uses4 = larger.uses4;
	set->shift4 = larger.shift4;
	return 0;
}

static int grow6(struct addr_set *set)
{
	struct addr_set larger = {.shift6 = (uint8_t)(set->v6 ? set->shift6 - 1 : FIRST_SHIFT)};

	larger.v6 = calloc(places(larger.shift6), sizeof(*larger.v6));
	larger.uses6 = calloc(places(larger.shift6), sizeof(*larger.uses6));
	if (!larger.v6 || !larger.uses6) {
		addr_set_fini(&larger);
		return -ENOMEM;
	}
	for (uint32_t i = 0; set->v6 && i < places(set->shift6); i++) {
		uint32_t to;

		if (!set->v6[i].family)
			continue;
		to = find6(&larger, set->v6[i].bytes);
		larger.v6[to] = set->v6[i];
		larger.uses6[to] = set->uses6[i];
	}
	free(set->v6);
	free(set->uses6);
	set->v6 = larger.v6;
	set->uses6 = larger.uses6;
	set->shift6 = larger.shift6;
	return 0;
}

static int add4(struct addr_set *set, uint32_t addr)
{
	uint32_t at;

	if (!addr)
		return 0;
	if (!addr_set_has4(set, addr)) {
		if ((!set->v4 || set->count4 >= places(set->shift4) / 2) && grow4(set) < 0)
			return -ENOMEM;
		set->count4++;
	}
	at = addr_set_find4(set, addr);
	set->v4[at] = addr;
	set->uses4[at]++;
	return 0;
}

static int add6(struct addr_set *set, const struct ip_addr *addr)
{
	uint32_t at;

	if (!addr_set_has6(set, addr->bytes)) {
		if ((!set->v6 || set->count6 >= places(set->shift6) / 2) && grow6(set) < 0)
			return -ENOMEM;
		set->count6++;
	}
	at = find6(set, addr->bytes);
	set->v6[at] = *addr;
	set->uses6[at]++;
	return 0;
}

int addr_set_add(struct addr_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? add4(set, get_be32(addr->bytes)) : add6(set, addr);
}

/* True when what stands at `i`, with its home at `home`, is still found when `hole` is free. */
static bool stays(uint32_t hole, uint32_t i, uint32_t home)
{
	return hole < i ? home > hole && home <= i : home > hole || home <= i;
}

static void remove4(struct addr_set *set, uint32_t addr)
{
	uint32_t mask, hole;

	if (!addr_set_has4(set, addr))
		return;
	mask = places(set->shift4) - 1;
	hole = addr_set_find4(set, addr);
	if (--set->uses4[hole])
		return;
	for (uint32_t i = (hole + 1) & mask; set->v4[i]; i = (i + 1) & mask) {
		if (stays(hole, i, home4(set, set->v4[i])))
			continue;
		set->v4[hole] = set->v4[i];
		set->uses4[hole] = set->uses4[i];
		hole = i;
	}
	set->v4[hole] = 0;
	set->uses4[hole] = 0;
	set->count4--;
}

static void remove6(struct addr_set *set, const uint8_t *addr)
{
	uint32_t mask, hole;

	if (!addr_set_has6(set, addr))
		return;
	mask = places(set->shift6) - 1;
	hole = find6(set, addr);
	if (--set->uses6[hole])
		return;
	for (uint32_t i = (hole + 1) & mask; set->v6[i].family; i = (i + 1) & mask) {
		if (stays(hole, i, home6(set, set->v6[i].bytes)))
			continue;
		set->v6[hole] = set->v6[i];
		set->uses6[hole] = set->uses6[i];
		hole = i;
	}
	set->v6[hole] = (struct ip_addr){0};
	set->uses6[hole] = 0;
	set->count6--;
}

void addr_set_remove(struct addr_set *set, const struct ip_addr *addr)
{
	if (addr->family == IP_FAMILY_V4)
		remove4(set, get_be32(addr->bytes));
	else
		remove6(set, addr->bytes);
}

static void *copy_of(const void *array, uint32_t count, size_t bytes)
{
	void *copy = malloc(count * bytes);

	return copy ? memcpy(copy, array, count * bytes) : NULL;
}

int addr_set_copy(struct addr_set *to, const struct addr_set *from)
{
	struct addr_set made = *from;

	if (from->v4) {
		made.v4 = copy_of(from->v4, places(from->shift4), sizeof(*from->v4));
		made.uses4 = copy_of(from->uses4, places(from->shift4), sizeof(*from->uses4));
	}
	if (from->v6) {
		made.v6 = copy_of(from->v6, places(from->shift6), sizeof(*from->v6));
		made.uses6 = copy_of(from->uses6, places(from->shift6), sizeof(*from->uses6));
	}
	if ((from->v4 && (!made.v4 || !made.uses4)) || (from->v6 && (!made.v6 || !made.uses6))) {
		addr_set_fini(&made);
		return -ENOMEM;
	}
	addr_set_fini(to);
	*to = made;
	return 0;
}

void addr_set_fini(struct addr_set *set)
{
	free(set->v4);
	free(set->v6);
	free(set->uses4);
	free(set->uses6);
	*set = (struct addr_set){0};
}

bool addr_set_next4(const struct addr_set *set, uint32_t *place, uint32_t *addr)
{
	for (; set->v4 && *place < places(set->shift4); ++*place) {
		*addr = set->v4[*place];
		if (*addr)
			return true;
	}
	return false;
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
