/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cgw top`: what the gateway is doing, again and again. */
#pragma once

#include "control/console/client.h"

/* `words` are those behind `top`: --once, -d SECONDS. Returns the exit status. */
int top_run(struct client *client, char *const *words);
