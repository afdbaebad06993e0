/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets of slots. To ask for the members of a set of 100,000 is a walk over 1,600 words. */
#include "dataplane/slot_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t words(const struct slot_set *set)
{
	return set->count / 64 + 1;
}

int slot_set_init(struct slot_set *set, uint32_t count)
{
	set->count = count;
	set->word = calloc(words(set), sizeof(*set->word));
	return set->word ? 0 : -ENOMEM;
}

void slot_set_fini(struct slot_set *set)
{
	free(set->word);
	*set = (struct slot_set){0};
}

void slot_set_clear(struct slot_set *set)
{
	memset(set->word, 0, words(set) * sizeof(*set->word));
}

void slot_set_fill(struct slot_set *set)
{
	if (set->word)
		memset(set->word, 0xff, words(set) * sizeof(*set->word));
}

bool slot_set_next(const struct slot_set *set, uint32_t *slot)
{
	uint64_t word;
	uint32_t at = *slot / 64;

	if (*slot >= set->count)
		return false;
	word = set->word[at] & UINT64_MAX << *slot % 64;
	while (word == 0 && ++at < words(set))
		word = set->word[at];
	if (word == 0)
		return false;
	*slot = at * 64 + (uint32_t)__builtin_ctzll(word);
	return *slot < set->count;
}
