/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two hash tables, one for each family, since nearly all addresses are of the short one; they are
 * the same but for the number of words of an address. What is taken out leaves no hole in a row of
 * neighbours: those behind it move up (Knuth, TAOCP 6.4, algorithm R). A table never becomes
 * smaller. */
#include "dataplane/pkt/addr_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/bytes.h"

#define FIRST_SHIFT (32 - 6) /* 64 places to begin with */
#define WORDS4      1u
#define WORDS6      4u
#define WORDS_MAX   WORDS6

/* An address as it stands in a table, and that table. */
struct key {
	uint32_t word[WORDS_MAX];
	unsigned words;
};

static struct key key6(const uint8_t addr[16])
{
	struct key key = {.words = WORDS6};

	for (unsigned i = 0; i < WORDS6; i++)
		key.word[i] = get_be32(addr + 4 * i);
	return key;
}

static struct key key_of(const struct ip_addr *addr)
{
	if (addr->family == IP_FAMILY_V4)
		return (struct key){{get_be32(addr->bytes)}, WORDS4};
	return key6(addr->bytes);
}

/* ---- one table, of addresses of so many words ------------------------------------------------ */

static uint32_t places(const struct addr_table *t)
{
	return t->word ? 1u << (32 - t->shift) : 0;
}

/* Where it would stand if nothing else did. */
static inline uint32_t home(const struct addr_table *t, const uint32_t *word, unsigned words)
{
	uint32_t mix = 0;

	for (unsigned i = 0; i + 1 < words; i++)
		mix = (mix ^ word[i]) * 0x9e3779b1u;
	return addr_set_home4(t, mix ^ word[words - 1]);
}

static inline bool is_zero(const uint32_t *word, unsigned words)
{
	uint32_t any = 0;

	for (unsigned i = 0; i < words; i++)
		any |= word[i];
	return !any;
}

/* Where it stands, or the free place where it would; the table has places. */
static inline uint32_t find(const struct addr_table *t, const uint32_t *word, unsigned words)
{
	uint32_t i = home(t, word, words);

	while (!is_zero(&t->word[i * words], words) &&
	       memcmp(&t->word[i * words], word, words * sizeof(*word)) != 0)
		i = (i + 1) & (places(t) - 1);
	return i;
}

static inline bool has(const struct addr_table *t, const uint32_t *word, unsigned words)
{
	return t->word && !is_zero(&t->word[find(t, word, words) * words], words);
}

static void table_fini(struct addr_table *t)
{
	free(t->word);
	free(t->uses);
	*t = (struct addr_table){0};
}

/* Places for as many as `shift` says, none of them taken. */
static int table_init(struct addr_table *t, uint8_t shift, unsigned words)
{
	size_t count = (size_t)1 << (32 - shift);

	*t = (struct addr_table){.shift = shift};
	t->word = calloc(count, words * sizeof(*t->word));
	t->uses = calloc(count, sizeof(*t->uses));
	if (t->word && t->uses)
		return 0;
	table_fini(t);
	return -ENOMEM;
}

static void put(
    struct addr_table *t, uint32_t at, const uint32_t *word, unsigned words, uint32_t uses)
{
	memcpy(&t->word[at * words], word, words * sizeof(*word));
	t->uses[at] = uses;
}

static int grow(struct addr_table *t, unsigned words)
{
	struct addr_table larger;

	if (table_init(&larger, t->word ? t->shift - 1 : FIRST_SHIFT, words) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < places(t); i++) {
		const uint32_t *word = &t->word[i * words];

		if (!is_zero(word, words))
			put(&larger, find(&larger, word, words), word, words, t->uses[i]);
	}
	larger.count = t->count;
	table_fini(t);
	*t = larger;
	return 0;
}

static int add(struct addr_table *t, const struct key *key)
{
	uint32_t at;

	if (is_zero(key->word, key->words))
		return 0;
	if (!has(t, key->word, key->words)) {
		if (t->count >= places(t) / 2 && grow(t, key->words) < 0)
			return -ENOMEM;
		t->count++;
	}
	at = find(t, key->word, key->words);
	put(t, at, key->word, key->words, t->uses[at] + 1);
	return 0;
}

/* True when what stands at `i`, with its home at `home`, is still found when `hole` is free. */
static bool stays(uint32_t hole, uint32_t i, uint32_t home)
{
	return hole < i ? home > hole && home <= i : home > hole || home <= i;
}

static void take_out(struct addr_table *t, const struct key *key)
{
	static const uint32_t zero[WORDS_MAX];
	unsigned words = key->words;
	uint32_t mask = places(t) - 1, hole;

	if (!has(t, key->word, words))
		return;
	hole = find(t, key->word, words);
	if (--t->uses[hole])
		return;
	for (uint32_t i = (hole + 1) & mask; t->uses[i]; i = (i + 1) & mask) {
		const uint32_t *word = &t->word[i * words];

		if (stays(hole, i, home(t, word, words)))
			continue;
		put(t, hole, word, words, t->uses[i]);
		hole = i;
	}
	put(t, hole, zero, words, 0);
	t->count--;
}

static int copy(struct addr_table *to, const struct addr_table *from, unsigned words)
{
	*to = (struct addr_table){0};
	if (!from->word)
		return 0;
	if (table_init(to, from->shift, words) < 0)
		return -ENOMEM;
	to->count = from->count;
	memcpy(to->word, from->word, places(from) * words * sizeof(*to->word));
	memcpy(to->uses, from->uses, places(from) * sizeof(*to->uses));
	return 0;
}

/* ---- both ------------------------------------------------------------------------------------ */

static struct addr_table *table_of(struct addr_set *set, const struct key *key)
{
	return key->words == WORDS4 ? &set->v4 : &set->v6;
}

int addr_set_add(struct addr_set *set, const struct ip_addr *addr)
{
	const struct key key = key_of(addr);

	return add(table_of(set, &key), &key);
}

void addr_set_remove(struct addr_set *set, const struct ip_addr *addr)
{
	const struct key key = key_of(addr);

	take_out(table_of(set, &key), &key);
}

int addr_set_copy(struct addr_set *to, const struct addr_set *from)
{
	struct addr_set made = {0};

	if (copy(&made.v4, &from->v4, WORDS4) < 0 || copy(&made.v6, &from->v6, WORDS6) < 0) {
		addr_set_fini(&made);
		return -ENOMEM;
	}
	addr_set_fini(to);
	*to = made;
	return 0;
}

void addr_set_fini(struct addr_set *set)
{
	table_fini(&set->v4);
	table_fini(&set->v6);
}

bool addr_set_next4(const struct addr_set *set, uint32_t *place, uint32_t *addr)
{
	for (; *place < places(&set->v4); ++*place) {
		*addr = set->v4.word[*place];
		if (*addr)
			return true;
	}
	return false;
}

bool addr_set_has6(const struct addr_set *set, const uint8_t addr[16])
{
	const struct key key = key6(addr);

	return has(&set->v6, key.word, WORDS6);
}

bool addr_set_has(const struct addr_set *set, const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V4 ? addr_set_has4(set, get_be32(addr->bytes))
					    : addr_set_has6(set, addr->bytes);
}
