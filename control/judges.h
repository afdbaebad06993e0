/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who judges the packets of an interface by its filters, the kernel or the dataplane, so that at no
 * moment nobody does. Pure.
 *
 *   what the configuration wants -> the ruleset -> in force, or refused -> what the dataplane is
 *   told -> what it has applied -> what the ruleset may drop
 *
 * The dataplane is told to leave an interface to the kernel when the kernel has its rules, and the
 * kernel keeps them until the dataplane has taken the interface back. In between both judge. */
#pragma once

#include "control/service/interfaces.h"

struct judges {
	struct interfaces told;    /* left to the kernel by the records as they were put last */
	struct interfaces relied;  /* by those that may still be in force: no fewer */
	struct interfaces awaited; /* told when the wait began, or left to the kernel since */
	bool waits;
};

/* What the next record is to say of that interface: `kernel` when its rules are in force. */
bool judges_tell(struct judges *judges, bool tunnel, uint32_t interface, bool kernel);

/* What was told is committed. True: the caller waits until the dataplane has applied it and then
 * calls judges_applied(). */
bool judges_committed(struct judges *judges);

/* The wait could not begin: the next judges_committed() asks for it again. */
void judges_not_waiting(struct judges *judges);

void judges_applied(struct judges *judges);
