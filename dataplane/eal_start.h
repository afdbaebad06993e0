/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Starting DPDK, and saying what would help where it does not start. */
#pragma once

/* Whether this process may make interfaces (CAP_NET_ADMIN). */
int eal_may_start(void);

/* Gives argv[0] to argv[argc - 1], what stands before the `--`, to EAL. 0, or after sentences on
 * standard error -EINVAL: words that will be as wrong the next time, or another -errno. */
int eal_start(int argc, char **argv);
