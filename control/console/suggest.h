/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Words that are known for a parameter that would take others as well. */
#pragma once

#include <stddef.h>

#include "control/config/grammar.h"
#include "control/log/log_ring.h"

/* Adds to what may follow `line`: the names of drop reasons to `explain drop`, and to `show log tag`
 * the subjects of the lines that are kept. `log` NULL = none are. */
void suggest_words(
    const struct log_ring *log, const char *line, size_t bytes, struct grammar_expects *expects);
