/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packet filters in the language of nftables: what a rule asks of a packet. Pure. */
#pragma once

#include <stdbool.h>

#include "control/config/model_filter.h"
#include "control/config/text.h"

/* Appends every rule of nftables that the filter means, a line each: `prefix`, what it asks of a
 * packet, `verdict`. The filter fits when one of them does; none at all when it fits nothing. */
void filter_print(const struct config_filter *filter, const struct text *prefix,
    const char *verdict, struct text *out);

/* Appends "NAME A-B " or "NAME { A-B, C } ", or nothing when there is no condition. */
void filter_print_hosts(const char *name, const struct config_ranges *ranges, struct text *out);
void filter_print_numbers(const char *name, const struct config_ranges *ranges, struct text *out);
