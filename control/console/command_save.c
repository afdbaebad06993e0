/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is kept on the disk: `save`, `cold start`. */
#include <string.h>

#include "common/log.h"
#include "control/config/language.h"
#include "control/config/store.h"
#include "control/console/session_state.h"

bool command_save(struct session *session, const struct grammar_args *args)
{
	char error[CONFIG_ERROR_BYTES] = "no directory to save in was given at start-up";

	if (!session->system->save_dir ||
	    store_save(session->system->config, session->system->save_dir, error, sizeof(error))) {
		session_error(session, error);
		log_error("[CONSOLE] %s: save failed: %s", session->who, error);
		return false;
	}
	text_printf(&session->out, "%s\n", say("Saving ... config Done."));
	return true;
}

void command_cold_start(struct session *session)
{
	session_fail(session, "this is a command to carry out, not a setting");
}
