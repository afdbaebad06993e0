/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Everything that is measured, as Prometheus scrapes it. */
#pragma once

#include "control/agent.h"
#include "control/config/config.h"
#include "control/log/log_hub.h"
#include "control/metrics/exposition.h"

struct metrics_source {
	struct agent *agent;
	struct config *config;
	const struct log_hub *log;
	const char *instance;
};

/* Appends all families. Without memory `out` is bad. */
void metrics_write(const struct metrics_source *source, struct text *out);
