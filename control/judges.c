/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One wait at a time: what was taken back during it waits for the next. */
#include "control/judges.h"

bool judges_tell(struct judges *judges, bool tunnel, uint32_t interface, bool kernel)
{
	if (kernel) {
		interfaces_add(&judges->told, tunnel, interface);
		interfaces_add(&judges->relied, tunnel, interface);
		interfaces_add(&judges->awaited, tunnel, interface);
	} else {
		interfaces_remove(&judges->told, tunnel, interface);
	}
	return kernel;
}

bool judges_committed(struct judges *judges)
{
	if (judges->waits || interfaces_equal(&judges->told, &judges->relied))
		return false;
	judges->awaited = judges->told;
	judges->waits = true;
	return true;
}

void judges_not_waiting(struct judges *judges)
{
	judges->waits = false;
}

void judges_applied(struct judges *judges)
{
	judges->relied = judges->awaited;
	judges->waits = false;
}
