/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Of the record's bytes but the slot's head, which is the sequence lock's, and the checksum; of a
 * state_sa not those behind it, which are written one by one. */
#include "common/shm_sum.h"

#include <stddef.h>

#include "common/crc32.h"

#define BEGIN sizeof(struct shm_slot_head)
#define SUM   offsetof(struct cfg_sa, checksum)
#define AFTER (SUM + sizeof(((struct cfg_sa *)0)->checksum))

uint32_t shm_sa_sum(const struct cfg_sa *sa)
{
	const uint8_t *record = (const uint8_t *)sa;
	uint32_t crc = crc32_ieee(0, record + BEGIN, SUM - BEGIN);

	crc = crc32_ieee(crc, record + AFTER, sizeof(*sa) - AFTER);
	return crc ? crc : 1;
}

uint32_t shm_state_sa_sum(const struct state_sa *sa)
{
	uint32_t crc =
	    crc32_ieee(0, (const uint8_t *)sa + BEGIN, offsetof(struct state_sa, checksum) - BEGIN);

	return crc ? crc : 1;
}
