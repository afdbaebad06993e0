/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keeps the accounts of control/usage.h: reads the counters of the tunnels, and a file. */
#pragma once

#include "common/mono.h"

struct agent;

/* Every few seconds: adds what the tunnels of each connection received. Written to the disk every
 * ten minutes. */
void cloud_usage_tick(struct agent *agent, mono_t now);
/* Writes what is not written yet. */
void cloud_usage_end(struct agent *agent);
