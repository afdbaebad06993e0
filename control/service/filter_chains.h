/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `secure filter` as chains of nftables, for the interfaces whose IPv4 passes the kernel: where
 * addresses are translated, and where dynamic filters follow connections. Pure. */
#pragma once

#include <stdbool.h>

#include "control/config/text.h"
#include "control/service/facts.h"

/* True when the configuration wants the kernel to see all IPv4 of that port or tunnel. */
bool filter_by_kernel(const struct config_model *model, bool tunnel, uint32_t interface);

/* All that are so, those without filters as well. */
void filter_chains_wanted(const struct config_model *model, struct interfaces *out);

/* Appends the chains, as they stand inside a table: of those, and of interfaces that the dataplane
 * may still leave to the kernel. False when there are none. */
bool filter_chains_print(
    const struct config_model *model, const struct service_facts *facts, struct text *out);
