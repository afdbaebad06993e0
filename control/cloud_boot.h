/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The automatic runs of `cloud vpn set go` at start-up, one for each connection that is set: fetch,
 * compare, apply; not saved. What could not be reached is tried again for as long as it takes; what
 * AWS has answered, error or not, ends it; so does a run by hand. */
#pragma once

#include <stdint.h>

struct agent;
struct cloud_boot;

/* How long to wait before the `retry`-th try again (1, 2, ...): 30, 60, 90, 150, 210, 300, 390 and
 * from then on 600 seconds, each up to a tenth more or less by `random`. In milliseconds. */
uint32_t cloud_boot_delay_msec(unsigned retry, uint32_t random);

/* Begins: as soon as there is a port that bears the default route, or after BOOT_WAIT_SEC without
 * one. The configuration has been loaded. NULL = no memory. */
struct cloud_boot *cloud_boot_start(struct agent *agent);

/* A run was asked for by hand: what was still to come for this id does not. NULL is fine. */
void cloud_boot_leave(struct cloud_boot *boot, uint32_t id);

/* Ends all; frees itself on the loop. NULL is fine. */
void cloud_boot_stop(struct cloud_boot *boot);
