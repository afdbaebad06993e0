/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading a mapped file that somebody cuts short: behind the new end there is no page, and the
 * kernel ends the process that reads there (SIGBUS). With this, such a read finds zeros, and the
 * reader is told afterwards that what it read is worth nothing. */
#pragma once

#include <stdint.h>

#include "common/shm_map.h"

/* Watches reads of this mapping in place of the one watched before; NULL: of none. The one thread
 * that reads it calls this. A SIGBUS anywhere else ends the process as ever. */
void shm_fault_watch(const struct shm_map *map);

/* Pages that were missing so far: a reader compares before and after. */
uint64_t shm_faults(void);
