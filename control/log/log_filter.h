/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which lines of the log somebody wants to see. */
#pragma once

#include <stdbool.h>

#include "control/log/log_entry.h"

/* All that is not zero must hold. */
struct log_filter {
	unsigned levels; /* 1 << LOG_LEVEL_... of those wanted; 0 = all */
	const char *tag; /* in small or capital letters, `cloud` is CLOUD_VPN as well; NULL = any */
	uint32_t tunnel; /* lines about it; 0 = all */
	int64_t since_usec; /* not older than that */
	const char *text; /* stands in the line, in small or capital letters (ASCII); NULL = any */
};

bool log_filter_takes(const struct log_filter *filter, const struct log_entry *entry);
