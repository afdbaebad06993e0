/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `secure filter` as chains of nftables, for the interfaces whose IPv4 passes the kernel: where
 * addresses are translated, and where dynamic filters follow connections. Pure. */
#pragma once

#include <stdbool.h>

#include "control/config/text.h"
#include "control/service/facts.h"

/* True when the kernel is to see all IPv4 of that port or tunnel. */
bool filter_by_kernel(const struct config_model *model, bool tunnel, uint32_t interface);

/* Appends the chains, as they stand inside a table. False when there are none. */
bool filter_chains_print(
    const struct config_model *model, const struct service_facts *facts, struct text *out);
