/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The version of all programs of this tree: the only place it stands. The tables that they share
 * have one of their own, in shm_abi.h. */
#pragma once

#define CGW_VERSION "0.3.0"
