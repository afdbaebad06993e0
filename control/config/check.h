/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `check`: what is wrong with a file, and what is missing in a configuration that is right line by
 * line. */
#pragma once

#include "control/config/config.h"

/* Calls `visit` with a sentence for each thing that a configuration lacks, or that has no effect.
 * Returns how many. */
unsigned config_check(
    const struct config *config, void (*visit)(void *ctx, const char *sentence), void *ctx);

/* The same of what would be configured after a commit. */
unsigned config_check_candidate(const struct config_candidate *candidate,
    void (*visit)(void *ctx, const char *sentence), void *ctx);

/* Reads what stands in a file as a start would, and calls `visit` for every line that is wrong;
 * when none is, for what config_check() says. Returns how many lines are wrong, or -errno with a
 * sentence. */
int config_check_text(const char *data, size_t bytes,
    void (*visit)(void *ctx, const char *sentence), void *ctx, char *error, size_t error_bytes);

/* The same of a file, whoever owns it, with the rights of this process: where somebody else names
 * it, that one's are wanted. */
int config_check_file(const char *path, void (*visit)(void *ctx, const char *sentence), void *ctx,
    char *error, size_t error_bytes);
