/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Levels: entering, becoming administrator, leaving, and the passwords of both levels. Whom the
 * kernel calls root, or the user of this process, is asked for none. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/config/language.h"
#include "control/console/session_state.h"

#define ATTEMPTS 3 /* of one session */
#define CHECKS   2 /* passwords that are checked at once, of all sessions */

static const struct config_model *model_of(const struct session *session)
{
	return config_model(session->system->config);
}

/* The text of an answer as a password; false when it is none. */
static bool read_password(const char *text, size_t bytes, char password[PASSWORD_BYTES])
{
	if (bytes >= PASSWORD_BYTES || memchr(text, '\0', bytes))
		return false;
	memcpy(password, text, bytes);
	password[bytes] = '\0';
	return true;
}

/* ---- giving a password -------------------------------------------------------------------------
 */

/* Which hash the answer is compared with, and what a right one opens. */
static const char *hash_asked_for(const struct session *session)
{
	const struct config_model *model = model_of(session);

	return session->locked ? model->login_hash : model->administrator_hash;
}

static struct password_guard *guard_of(const struct session *session)
{
	return session->locked ? &session->system->logins : &session->system->passwords;
}

/* The attempt is refused; a client that is not in yet, or was wrong too often, is sent away. */
static void refuse(struct session *session, const char *sentence)
{
	session->wrong++;
	log_info("[CONSOLE] %s: %s password refused", session->who,
	    session->locked ? "login" : "administrator");
	if (session->locked || session->wrong >= ATTEMPTS)
		session_expel(session, sentence);
	else
		session_fail(session, sentence);
}

static void begin_check(struct session_system *system)
{
	system->checking++;
	if (system->hold)
		system->hold(system);
}

static void end_check(struct session_system *system)
{
	system->checking--;
	if (system->release)
		system->release(system);
}

static void on_checked(void *ctx, bool ok)
{
	struct session *session = ctx;
	struct session_system *system = session->system;
	bool here;

	password_counted(guard_of(session), session->uid, ok, mono_now());
	here = session_worked(session);
	end_check(system);
	if (!here)
		return;
	if (!ok) {
		refuse(session, "the password is wrong");
		return;
	}
	session->wrong = 0;
	if (!session->locked) {
		session->administrator = true;
		log_info("[CONSOLE] %s: administrator", session->who);
	}
	session->locked = false;
	session_done(session, true);
}

/* Ends the command, and the session of who is not in yet. */
static void turn_down(struct session *session, const char *sentence)
{
	if (session->locked)
		session_expel(session, sentence);
	else
		session_fail(session, sentence);
}

/* True, and it is said, while the user has to wait: also one who was asked before that. */
static bool has_to_wait(struct session *session)
{
	unsigned wait = password_wait(guard_of(session), session->uid, mono_now());
	char sentence[160];

	if (!wait)
		return false;
	snprintf(sentence, sizeof(sentence),
	    say("too many wrong passwords: try again in %u seconds"), wait);
	turn_down(session, sentence);
	return true;
}

static void on_password(struct session *session, const char *text, size_t bytes)
{
	char password[PASSWORD_BYTES] = "";

	if (has_to_wait(session))
		return;
	if (!read_password(text, bytes, password)) {
		refuse(session, "the password is wrong");
		return;
	}
	/* The threads that hash are those of key exchanges: a crowd of guesses does not get them.
	 */
	if (session->system->checking == CHECKS) {
		secret_wipe(password, sizeof(password));
		turn_down(session, "other passwords are being checked: try again");
		return;
	}
	session_work(session, NULL);
	begin_check(session->system);
	if (password_check(
		session->system->loop, password, hash_asked_for(session), on_checked, session)) {
		end_check(session->system);
		session->wait = WAIT_NONE;
		session_fail(session, "no memory");
	}
	secret_wipe(password, sizeof(password));
}

static void refuse_and_close(struct session *session)
{
	session_expel(session, "the login password has to be given first");
}

static void ask_password(struct session *session)
{
	if (has_to_wait(session))
		return;
	session_ask(session, ASK_HIDDEN, say("Password:"), on_password);
	if (session->locked)
		session->interrupt = refuse_and_close;
}

void command_login(struct session *session)
{
	if (session->dialogue)
		ask_password(session);
	else
		session_expel(
		    session, "a login password is set, and nobody is there to be asked for it");
}

void command_administrator(struct session *session)
{
	if (session->may_administrate || session->administrator) {
		session->administrator = true;
		session_done(session, true);
	} else if (model_of(session) && model_of(session)->administrator_hash[0]) {
		if (session->dialogue)
			ask_password(session);
		else
			session_fail(session, "nobody is there to be asked for the password");
	} else {
		log_info("[CONSOLE] %s: administrator level refused", session->who);
		session_fail(session,
		    "only root may become administrator while there is no administrator password");
	}
}

/* ---- setting a password ------------------------------------------------------------------------
 */

static void set_hash(struct session *session, const char *hash)
{
	char line[PASSWORD_HASH + 64], error[CONFIG_ERROR_BYTES] = "";

	snprintf(line, sizeof(line), "%s%s password%s%s", hash ? "" : "no ",
	    session->setting_administrator ? "administrator" : "login", hash ? " encrypted " : "",
	    hash ? hash : "");
	if (session_apply(session, line, error, sizeof(error)))
		session_fail(session, error);
	else
		session_done(session, true);
	secret_wipe(line, sizeof(line));
}

static void on_hashed(void *ctx, const char *hash)
{
	struct session *session = ctx;

	if (!session_worked(session))
		return;
	if (hash)
		set_hash(session, hash);
	else
		session_fail(session, "the password could not be hashed");
}

static void on_again(struct session *session, const char *text, size_t bytes)
{
	bool same =
	    bytes == strlen(session->password) && secret_equal(text, session->password, bytes);

	if (!same) {
		session_fail(session, "the two passwords are not the same: nothing was changed");
	} else if (!bytes) {
		set_hash(session, NULL);
	} else {
		session_work(session, NULL);
		if (password_hash(session->system->loop, session->password, on_hashed, session)) {
			session->wait = WAIT_NONE;
			session_fail(session, "no memory");
		}
	}
	secret_wipe(session->password, sizeof(session->password));
}

static void on_new(struct session *session, const char *text, size_t bytes)
{
	if (!read_password(text, bytes, session->password))
		session_fail(session, "a password is at most 255 bytes long");
	else
		session_ask(session, ASK_HIDDEN, say("New_Password again:"), on_again);
}

void command_set_password(struct session *session, bool administrator)
{
	session->setting_administrator = administrator;
	if (session->dialogue)
		session_ask(session, ASK_HIDDEN, say("New_Password (empty = none):"), on_new);
	else
		session_fail(session, "nobody is there to be asked for the password");
}

/* ---- leaving -----------------------------------------------------------------------------------
 */

/* Held lines were an administrator's, and filling them in carries out lines. */
static void leave_administrator(struct session *session)
{
	command_forget_held(session);
	session->administrator = false;
	session->tunnel = 0;
	session_done(session, true);
}

static void on_save_answer(struct session *session, const char *text, size_t bytes)
{
	const struct grammar_args none = {0};

	if (*text == 'n' || command_save(session, &none))
		leave_administrator(session);
	else
		session_done(session, false);
}

void command_exit(struct session *session)
{
	bool dirty = config_dirty(session->system->config);

	if (session->tunnel) {
		session->tunnel = 0;
		session_done(session, true);
	} else if (session->candidate) {
		command_leave_candidate(session);
	} else if (!session->administrator) {
		session_bye(session);
	} else if (dirty && session->dialogue) {
		session_ask(
		    session, ASK_YES_NO, say("Save new configuration ? (Y/N)"), on_save_answer);
	} else {
		if (dirty)
			text_printf(&session->out, "%s\n",
			    say("The configuration has changes that are not saved."));
		leave_administrator(session);
	}
}
