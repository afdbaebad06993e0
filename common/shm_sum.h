/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checksums of records that decide which sequence numbers an SA goes on with: one whose instance is
 * damaged would begin anew with the same keys. */
#pragma once

#include <stdbool.h>

#include "common/shm_abi.h"

/* What belongs into cfg_sa.checksum: never 0. */
uint32_t shm_sa_sum(const struct cfg_sa *sa);

/* What belongs into state_sa.checksum, of all that stands before it: never 0. */
uint32_t shm_state_sa_sum(const struct state_sa *sa);

/* True when the record bears the right one, or none. */
static inline bool shm_sa_sum_ok(const struct cfg_sa *sa)
{
	return sa->checksum == 0 || sa->checksum == shm_sa_sum(sa);
}

static inline bool shm_state_sa_sum_ok(const struct state_sa *sa)
{
	return sa->checksum == 0 || sa->checksum == shm_state_sa_sum(sa);
}
