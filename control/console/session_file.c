/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files go through the client, with the rights of who runs it: given to be written, and asked for.
 * What comes is kept in the session until the command is done with it. */
#include <stdio.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/session_state.h"

#define FILE_MAX_BYTES (4u << 20) /* as of a configuration */

bool session_has_files(struct session *session)
{
	if (session->env.no_files)
		session_fail(session, "no file can be read or written from here: nobody is there "
				      "who could");
	return !session->env.no_files;
}

void session_give_file(struct session *session, const char *name, const char *data, size_t bytes)
{
	session->secret = true;
	session_send(session, json_pack("{s:s}", "export", name));
	for (size_t at = 0; at < bytes;) {
		size_t part = session_part(data + at, bytes - at);

		session_send(session, frame_text("data", data + at, part));
		at += part;
	}
}

static void give_up(struct session *session)
{
	session_forget_file(session);
	session_done(session, false);
}

void session_want_file(
    struct session *session, const char *name, void (*take)(struct session *session))
{
	if (!session_has_files(session))
		return;
	session_forget_file(session);
	session_flush(session);
	session->wait = WAIT_FILE;
	session->take_file = take;
	session->interrupt = give_up;
	session_send(session, json_pack("{s:s}", "import", name));
}

void session_forget_file(struct session *session)
{
	text_free(&session->file);
}

void session_file_frame(struct session *session, const json_t *object)
{
	const json_t *data = json_object_get(object, "data");
	const char *failed = json_string_value(json_object_get(object, "failed"));

	if (session->wait != WAIT_FILE) {
		session_error(session, "no file was asked for");
	} else if (failed) {
		session_forget_file(session);
		session_fail(session, failed);
	} else if (json_is_string(data)) {
		if (session->file.bytes + json_string_length(data) <= FILE_MAX_BYTES)
			text_add(&session->file, json_string_value(data), json_string_length(data));
		else
			session->file.bad = true;
	} else if (session->file.bad) {
		session_forget_file(session);
		session_fail(session, "the file is longer than 4 MiB");
	} else {
		session->wait = WAIT_NONE;
		session->take_file(session);
	}
}
