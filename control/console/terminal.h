/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The console at a terminal: line editing, history, completion and help. */
#pragma once

#include "control/console/client.h"

/* Runs until the session ends. CLIENT_BYE or CLIENT_LOST. */
enum client_result terminal_run(struct client *client);
