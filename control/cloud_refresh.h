/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn refresh ID MINUTES`: a run of `cloud vpn set go` from time to time, so that a key or
 * an endpoint that was changed at AWS is followed; only the tunnel it concerns is touched. */
#pragma once

#include <stdint.h>

#include "common/mono.h"

struct agent;

/* How long to wait for the next run: `minutes`, up to a tenth more or less by `random`. After
 * `failures` runs in a row that AWS did not answer, or had no time for, anything up to 30 s * 2 ^
 * failures, 600 s at most ("full jitter"), if that is sooner. In milliseconds. */
uint64_t cloud_refresh_delay_msec(uint32_t minutes, unsigned failures, uint32_t random);

/* Once a second: begins the runs that are due. Nothing is written to the disk. */
void cloud_refresh_tick(struct agent *agent, mono_t now);
void cloud_refresh_free(struct agent *agent);
