/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a DHCP scope has to give away. Pure. */
#pragma once

#include <stdbool.h>

#include "control/config/model_service.h"

/* The mask of that length, in host byte order. */
uint32_t scope_mask(uint8_t length);

/* The addresses of the pool from `*from` on that are neither left out nor the first or last of the
 * network, up to the next gap; begin with *from = 0, which moves on. False when there are no more.
 */
bool scope_next(const struct config_scope *scope, uint64_t *from, struct config_range *out);
