/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The hash and its chains, in one piece of memory, so that a copy is a copy. */
#include "dataplane/spi_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes_of(const struct spi_index *index)
{
	return ((size_t)index->chains + 2 * (size_t)index->tunnels) * sizeof(*index->word);
}

int spi_index_init(struct spi_index *index, uint32_t tunnels)
{
	*index = (struct spi_index){.tunnels = tunnels, .chains = 1};
	while (index->chains < tunnels)
		index->chains *= 2;
	index->word = malloc(bytes_of(index));
	if (!index->word)
		return -ENOMEM;
	memset(index->word, 0, bytes_of(index));
	memset(index->word, 0xff, index->chains * sizeof(*index->word)); /* SPI_INDEX_END */
	return 0;
}

void spi_index_fini(struct spi_index *index)
{
	free(index->word);
	*index = (struct spi_index){0};
}

static uint32_t *head_of(const struct spi_index *index, uint32_t spi)
{
	return &index->word[(uint64_t)(spi * 0x9e3779b1u) * index->chains >> 32];
}

static uint32_t *next_of(const struct spi_index *index, uint32_t slot)
{
	return &index->word[index->chains + slot];
}

static uint32_t *spi_of(const struct spi_index *index, uint32_t slot)
{
	return &index->word[index->chains + index->tunnels + slot];
}

static void take_out(struct spi_index *index, uint32_t slot)
{
	uint32_t *at = head_of(index, *spi_of(index, slot));

	while (*at != slot)
		at = next_of(index, *at);
	*at = *next_of(index, slot);
}

static void put_in(struct spi_index *index, uint32_t slot, uint32_t spi)
{
	uint32_t *head = head_of(index, spi);

	*next_of(index, slot) = *head;
	*head = slot;
}

bool spi_index_set(struct spi_index *index, uint32_t slot, uint32_t spi)
{
	uint32_t *known = spi_of(index, slot);

	if (*known == spi)
		return false;
	if (*known)
		take_out(index, slot);
	if (spi)
		put_in(index, slot, spi);
	*known = spi;
	return true;
}

void spi_index_copy(struct spi_index *to, const struct spi_index *from)
{
	memcpy(to->word, from->word, bytes_of(from));
}

/* From there on in its chain. */
static uint32_t find(const struct spi_index *index, uint32_t slot, uint32_t spi)
{
	while (slot != SPI_INDEX_END && *spi_of(index, slot) != spi)
		slot = *next_of(index, slot);
	return slot;
}

uint32_t spi_index_first(const struct spi_index *index, uint32_t spi)
{
	return find(index, *head_of(index, spi), spi);
}

uint32_t spi_index_next(const struct spi_index *index, uint32_t slot)
{
	return find(index, *next_of(index, slot), *spi_of(index, slot));
}
