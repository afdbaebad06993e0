/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How long the kernel remembers connections that are translated: `nat descriptor timer`. Pure. */
#pragma once

#include "control/service/nat.h"

/* Appends what the descriptors in force want, as it stands inside a table; nothing where none wants
 * anything. Of several descriptors of a port the first that has timers counts. A connection gets
 * its times when it begins: a table that is loaded again leaves those that there are to the
 * kernel's. */
void nat_timers_print(const struct nat_applied *applied, size_t count, struct text *out);
