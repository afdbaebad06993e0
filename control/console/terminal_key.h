/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The next key of the terminal, and meanwhile what the server has to say of its own accord. */
#pragma once

#include <histedit.h>

#include "control/console/client.h"

struct terminal {
	struct client *client;
	enum client_result result; /* CLIENT_OK until the session ends while a line is awaited */
};

/* For EL_GETCFN; EL_CLIENTDATA is a struct terminal. 1 and the key; 0 at the end of the input or of
 * the session, -1 when a signal came. */
int terminal_key(EditLine *el, wchar_t *key);
