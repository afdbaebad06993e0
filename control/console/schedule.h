/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `schedule at`: commands at their time, each in a session of its own, as an administrator with
 * nobody there to answer questions. What they print and why they fail is in the log. */
#pragma once

#include <time.h>

#include "control/console/session.h"

struct schedule;

/* Nothing is carried out before the first schedule_tick(). `system` outlives it. NULL = no memory.
 */
struct schedule *schedule_new(struct session_system *system);

/* Begins what is due since the last call, the seconds in between included unless they are so many
 * that the clock was set, and none of them twice when it was set back by less than three hours; with the first call, what is due at the start. Ends what is done. */
void schedule_tick(struct schedule *schedule, time_t now);

/* Cancels what is under way. NULL is nothing. */
void schedule_free(struct schedule *schedule);
