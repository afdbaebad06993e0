/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files that each write a part of the metrics share; nobody else includes this. */
#pragma once

#include <stddef.h>

#include "control/metrics/metrics.h"

/* A column of a table of samples: where the number stands in each row of it. A row with `help` NULL
 * goes on with the family before, under another label. */
struct metric {
	const char *name, *type, *help;
	struct exposition_label label; /* name NULL = none */
	size_t offset;                 /* of a uint64_t */
};

/* All families of `metrics` for `rows` rows of `row_bytes` each. A row begins with the value of the
 * label `key`: a char array. */
void metrics_table(struct text *out, const struct metric *metrics, size_t count, const char *key,
    const void *rows, size_t row_count, size_t row_bytes);

void metrics_dataplane(struct text *out, struct agent *agent);
void metrics_tunnels(struct text *out, struct agent *agent);
void metrics_neighbors(struct text *out, struct agent *agent);
void metrics_process(struct text *out);
