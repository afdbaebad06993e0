/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Why DPDK has no device of a name. */
#pragma once

#include <stddef.h>

/* Writes a sentence: whose the device is and how it becomes DPDK's, or which devices there are.
 * `sys`: the folder "/sys". */
void port_missing(const char *sys, const char *device, char *text, size_t bytes);
