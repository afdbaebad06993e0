/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line of `cgw`. */
#pragma once

#include "common/options.h"

/* Those that have no letter. */
#define CGW_OPTION_SET     256
#define CGW_OPTION_VERSION 257

extern const struct option_table cgw_options;

/* The one command that is the client's own, and the words behind it. */
#define CGW_WORD_TOP "top"
extern const char *const cgw_top_words[];
