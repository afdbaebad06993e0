/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How many packets the kernel's rules have decided about, by filter: from the listing of the chains
 * that filter_chains.c prints. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/model_filter.h"

struct filter_counts {
	uint64_t packets[CONFIG_FILTER_LISTED]; /* by place in config_filter_list.number */
	uint64_t dynamic[CONFIG_FILTER_LISTED]; /* connections, by place in .dynamic */
	uint64_t known;                         /* of connections that are followed */
	uint64_t none;
};

/* Adds what a listing of nft(8) says of that list. */
void filter_counts_add(
    const char *listing, const struct config_filter_list *list, struct filter_counts *counts);
