/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which tunnels send by an SPI. Outbound SPIs are chosen by the peers, so they are anything, and
 * two tunnels may have the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SPI_INDEX_END   UINT32_MAX
#define SPI_INDEX_BYTES 16u /* at most, for each slot */

/* Chained hashing: as many chains as there are tunnels, or up to twice as many. All zero: of no
 * tunnel. */
struct spi_index {
	uint32_t tunnels;
	uint32_t chains; /* a power of two */
	uint32_t *word;  /* the chains' first slots, the next one of each slot, the SPI of each */
};

/* Of slots without SPI. 0 or -ENOMEM. */
int spi_index_init(struct spi_index *index, uint32_t tunnels);
void spi_index_fini(struct spi_index *index);

/* Says which SPI (host order) the tunnel in that slot sends by; 0 = none. True: it was another. */
bool spi_index_set(struct spi_index *index, uint32_t slot, uint32_t spi);

/* Makes `to` the same as `from`, of as many tunnels. */
void spi_index_copy(struct spi_index *to, const struct spi_index *from);

/* The slots of an SPI other than 0, one after another, to SPI_INDEX_END:
 *   for (slot = spi_index_first(i, spi); slot != SPI_INDEX_END; slot = spi_index_next(i, slot)) */
uint32_t spi_index_first(const struct spi_index *index, uint32_t spi);
uint32_t spi_index_next(const struct spi_index *index, uint32_t slot);
