/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checksum of an SA's record. Its instance says which sequence numbers it goes on with: one
 * that is damaged would begin anew with the same keys. */
#pragma once

#include <stdbool.h>

#include "common/shm_abi.h"

/* What belongs into cfg_sa.checksum: never 0. */
uint32_t shm_sa_sum(const struct cfg_sa *sa);

/* True when the record bears the right one, or none. */
static inline bool shm_sa_sum_ok(const struct cfg_sa *sa)
{
	return sa->checksum == 0 || sa->checksum == shm_sa_sum(sa);
}
