/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packet filters in the language of nftables: what a rule asks of a packet. Pure. */
#pragma once

#include <stdbool.h>

#include "control/config/model_filter.h"
#include "control/config/text.h"

/* Calls `each` with the conditions of every rule of nftables that the filter means, each with a
 * blank behind it, or "" when it asks nothing: it fits when one of them does. None at all when it
 * fits nothing. `prefix` is put in front of each. */
void filter_print(const struct config_filter *filter, const char *prefix,
    void (*each)(void *ctx, const char *conditions), void *ctx);

/* Appends "NAME A-B " or "NAME { A-B, C } ", or nothing when there is no condition. */
void filter_print_hosts(const char *name, const struct config_ranges *ranges, struct text *out);
void filter_print_numbers(const char *name, const struct config_ranges *ranges, struct text *out);
