/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A network namespace for the test process itself: whatever it does to links and routes ends with
 * it. Tests that need one are skipped where namespaces cannot be had. */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Once for a process. As root a plain namespace, else one with a user namespace of its own. */
static inline bool netns_enter(void)
{
	static int entered; /* 1 yes, -1 no */

	if (!entered) {
		int flags = CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0);

		entered = unshare(flags) == 0 && system("ip link set lo up") == 0 ? 1 : -1;
	}
	return entered > 0;
}
