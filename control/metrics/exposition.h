/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writes the text exposition format of Prometheus, version 0.0.4.
 *
 * The samples of a family stand together under its head. Names follow Prometheus's conventions:
 * base units in the name (_seconds, _bytes), counters end in _total. */
#pragma once

#include <stdint.h>

#include "control/config/text.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* "# HELP" and "# TYPE"; `type` is "counter" or "gauge". */
void exposition_family(struct text *out, const char *name, const char *type, const char *help);

struct exposition_label {
	const char *name, *value; /* any UTF-8 */
};

/* One sample; the first `count` of `labels` whose name is not NULL are its labels. */
void exposition_sample(struct text *out, const char *name, const struct exposition_label *labels,
    unsigned count, uint64_t value);
/* A family with one sample and no labels. */
void exposition_single(
    struct text *out, const char *name, const char *type, const char *help, uint64_t value);
