/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The clock of the wall, which may not have been set yet. */
#pragma once

/* 2025-01-01 in seconds since 1970: no clock that is right says less. */
#define WALL_LEAST 1735689600
