/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files that show the dataplane and its ports share. */
#pragma once

#include "control/console/show_json.h"

/* The members of `show status dataplane | json`; NULL = no memory. Its counters are never cleared:
 * programs take differences. */
json_t *show_dataplane_json(const struct agent_dataplane_status *status);

/* Takes away from the counters what was there when they were cleared; NULL: they were not. What is
 * in flight stays as it is: received + made + in flight then = transmitted + to the kernel +
 * dropped
 * + consumed + in flight. */
void show_dataplane_since(
    struct agent_dataplane_status *status, const struct agent_dataplane_status *cleared);
