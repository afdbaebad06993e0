/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is kept on the disk: `save`, `rollback`, `export config`, `cold start`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/config/language.h"
#include "control/config/store.h"
#include "control/console/session_state.h"
#include "control/console/show.h"

bool command_save(struct session *session, const struct grammar_args *args)
{
	char error[CONFIG_ERROR_BYTES] = "no directory to save in was given at start-up";
	const char *dir = session->system->save_dir;
	unsigned slot = args_number(args, "slot", 0);

	if (config_is_unconfirmed(session->system->config)) {
		session_error(
		    session, "the last commit waits to be confirmed: enter `commit` before saving");
		return false;
	}
	if (dir)
		(void)mkdir(dir, 0700); /* when that fails, opening it says why */
	if (!dir || store_save_with(session->system->config, dir, slot, args_text(args, "comment"),
			&store_system_calls, error, sizeof(error))) {
		session_error(session, error);
		log_error("[CONSOLE] %s: save failed: %s", session->who, error);
		return false;
	}
	if (slot)
		text_printf(&session->out, say("Saving ... config%u Done."), slot);
	else
		text_puts(&session->out, say("Saving ... config Done."));
	text_puts(&session->out, "\n");
	return true;
}

static struct config *read_saved(
    struct session *session, struct store_place place, char *error, size_t error_bytes)
{
	const struct config_env nothing = {0};
	struct config *saved = config_new(&nothing);
	int rc = -ENOMEM;

	if (!session->system->save_dir)
		snprintf(
		    error, error_bytes, "%s", say("no directory to save in was given at start-up"));
	else if (!saved)
		snprintf(error, error_bytes, "%s", say("no memory"));
	else
		rc = store_read(saved, session->system->save_dir, place, error, error_bytes);
	if (!rc)
		return saved;
	config_free(saved);
	return NULL;
}

static void tell_generation(struct session *session, const struct store_entry *entry)
{
	char time[SHOW_TIME_BYTES];

	text_printf(&session->out, say("Generation %u was loaded, saved %s"),
	    entry->place.generation, show_time(entry->time_unix, time));
	text_printf(&session->out, "%s%s\n", *entry->comment ? ": " : "", entry->comment);
}

void command_rollback(struct session *session, const struct grammar_args *args)
{
	struct store_place place = {0, args_number(args, "generation", 0)};
	char error[CONFIG_ERROR_BYTES] = "";
	struct config *saved = read_saved(session, place, error, sizeof(error));
	struct store_entry entry;
	bool found = saved && store_find(session->system->save_dir, place, &entry);
	char *text = saved ? config_running_text(saved) : NULL;
	int rc = -EINVAL;

	if (text) {
		rc = config_replace(
		    session->system->config, text, strlen(text), error, sizeof(error));
		secret_wipe(text, strlen(text));
	}
	free(text);
	config_free(saved);
	if (rc) {
		session_fail(session, error);
		return;
	}
	config_confirm(session->system->config);
	session->tunnel = 0;
	log_info("[CONSOLE] %s: rollback to generation %u", session->who, place.generation);
	if (found)
		tell_generation(session, &entry);
	text_printf(&session->out, "%s\n",
	    say("Done. BGP follows with `bgp configure refresh`; `save` keeps it."));
	session_done(session, true);
}

/* The client writes the file, with the rights of who runs it. */
void command_export(struct session *session, const struct grammar_args *args)
{
	char *text;
	size_t bytes;

	if (!session_has_files(session))
		return;
	text = config_running_text(session->system->config);
	bytes = text ? strlen(text) : 0;
	if (!text) {
		session_fail(session, "no memory");
		return;
	}
	log_info("[CONSOLE] %s: configuration exported", session->who);
	session_give_file(session, args_text(args, "file"), text, bytes);
	secret_wipe(text, bytes);
	free(text);
	text_printf(&session->out, say("%s has been written."), args_text(args, "file"));
	text_puts(&session->out, "\n");
	session_done(session, true);
}

/* ---- cold start --------------------------------------------------------------------------------
 */

static void on_cold_start(struct session *session, const char *text, size_t bytes)
{
	char error[CONFIG_ERROR_BYTES] = "";

	if (*text == 'n') {
		session_done(session, false);
	} else if (store_erase(session->system->save_dir, error, sizeof(error)) ||
		   config_replace(session->system->config, "", 0, error, sizeof(error)) ||
		   session_bgp_refresh(session, error, sizeof(error))) {
		session_fail(session, error);
	} else {
		config_confirm(session->system->config);
		config_saved(session->system->config);
		session->tunnel = 0;
		log_info("[CONSOLE] %s: cold start", session->who);
		text_printf(&session->out, "%s\n", say("Nothing is configured or saved any more."));
		session_done(session, true);
	}
}

void command_cold_start(struct session *session)
{
	if (!session->system->save_dir)
		session_fail(session, "no directory to save in was given at start-up");
	else if (!session->dialogue)
		session_fail(session, "nobody is there to confirm it: enter it at a terminal");
	else
		session_ask(session, ASK_YES_NO,
		    say("All that is configured and saved will be forgotten. Go on? (Y/N)"),
		    on_cold_start);
}
