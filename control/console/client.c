/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The client's connection: sends a frame, reads frames until the command is done. */
#include "control/console/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "common/secret.h"

#define ANSWER_BYTES 8192 /* at first; a terminal gives 4096 at most */
#define FILE_BYTES   (5u << 20)

volatile sig_atomic_t client_interrupted;

static int send_frame(struct client *client, json_t *object)
{
	char *line = frame_print(object);
	size_t bytes = line ? strlen(line) : 0, at = 0;

	while (at < bytes) {
		ssize_t n = send(client->fd, line + at, bytes - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		at += (size_t)n;
	}
	if (line)
		secret_wipe(line, bytes);
	free(line);
	return bytes && at == bytes ? 0 : -EPIPE;
}

/* Ctrl-C while waiting is passed on. */
static int wait_readable(struct client *client)
{
	struct pollfd pollfd = {.fd = client->fd, .events = POLLIN};

	for (;;) {
		int rc = poll(&pollfd, 1, -1);

		if (client_interrupted) {
			client_interrupted = 0;
			if (send_frame(client, json_pack("{s:b}", "interrupt", 1)))
				return -EPIPE;
		}
		if (rc > 0)
			return 0;
		if (rc < 0 && errno != EINTR)
			return -errno;
	}
}

/* The next frame; NULL when the connection is gone or sends nonsense. Bytes behind it are kept. */
static json_t *receive_frame(struct client *client)
{
	const char *line;
	size_t line_bytes;

	for (;;) {
		enum frames_result result = frames_take(
		    &client->frames, &client->unread, &client->unread_bytes, &line, &line_bytes);
		ssize_t n;

		if (result == FRAMES_LINE)
			return frame_parse(line, line_bytes);
		if (result == FRAMES_TOO_LONG || wait_readable(client))
			return NULL;
		n = recv(client->fd, client->buffer, sizeof(client->buffer), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		client->unread = client->buffer;
		client->unread_bytes = (size_t)n;
	}
}

/* Turns the echo of the terminal off for a secret, and on again. */
static void set_echo(bool on)
{
	struct termios settings;

	if (tcgetattr(STDIN_FILENO, &settings))
		return;
	settings.c_lflag = on ? settings.c_lflag | ECHO : settings.c_lflag & ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

/* Reads the answer as a whole line and sends it. False when there is none. */
static bool give_answer(struct client *client, int *rc)
{
	size_t room = ANSWER_BYTES;
	char *line = client->dialogue ? malloc(room) : NULL;
	bool taken = line && getline(&line, &room, stdin) > 0 && !client_interrupted;

	if (taken) {
		line[strcspn(line, "\r\n")] = '\0';
		taken = strlen(line) <= FRAME_BYTES / 4;
	}
	if (taken)
		*rc = send_frame(client, frame_text("answer", line, strlen(line)));
	if (line)
		secret_wipe(line, room);
	free(line);
	return taken;
}

/* Shows the question and sends the answer; whoever presses Ctrl-C or ends the input interrupts. */
static int answer(struct client *client, const char *question, bool hidden)
{
	bool taken;
	int rc = 0;

	printf("%s ", question);
	fflush(stdout);
	if (hidden)
		set_echo(false);
	taken = give_answer(client, &rc);
	if (hidden) {
		set_echo(true);
		printf("\n");
	}
	if (taken)
		return rc;
	client_interrupted = 0;
	clearerr(stdin);
	printf("\n");
	return send_frame(client, json_pack("{s:b}", "interrupt", 1));
}

static void write_echo(struct client *client, bool secret)
{
	if (client->echo)
		printf("%s%s\n", client->prompt, secret ? "(a line with a secret)" : client->echo);
	client->echo = NULL;
}

static const char *text_member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Columns that the first `characters` of a text take at a terminal. */
static unsigned columns_of(const char *text, size_t characters)
{
	unsigned columns = 0;
	mbstate_t state = {0};
	size_t bytes = strlen(text), n;
	wchar_t c;

	for (; characters && bytes; characters--, text += n, bytes -= n) {
		n = mbrtowc(&c, text, bytes, &state);
		if (n == 0 || n > bytes)
			return columns;
		columns += c == L'\t' ? 8 - columns % 8 : wcwidth(c) > 0 ? (unsigned)wcwidth(c) : 0;
	}
	return columns;
}

/* At a terminal the column is also pointed at, under the line that was typed. */
static void write_error(struct client *client, const char *title, const char *text, unsigned column)
{
	fflush(stdout);
	if (client->point && column)
		printf("%*s^\n",
		    (int)(columns_of(client->prompt, SIZE_MAX) +
			  columns_of(client->line, column - 1)),
		    "");
	fprintf(client->errors, "%s%s: %s\n", client->place, title ? title : "Error", text);
}

/* An expression that is none is said, and nothing of the output is shown. */
static void take_filter(struct client *client, const json_t *stages)
{
	char error[256];

	client->filter = filter_new(stages, error, sizeof(error));
	client->filter_bad = !client->filter;
	if (client->filter_bad)
		write_error(client, NULL, error, 0);
}

static bool is_quoting(char c)
{
	return c == '"' || c == '\'' || c == '\\';
}

/* Whether the text stands in the line, however it is quoted there. */
static bool stands_in(const char *line, const char *text)
{
	for (; *line; line++) {
		const char *a = line, *b = text;

		do {
			a += is_quoting(*a);
			b += is_quoting(*b);
			if (!*b)
				return true;
		} while (is_quoting(*a) || is_quoting(*b) || (*a && *a++ == *b++));
	}
	return false;
}

/* Whether the line names the file: the server opens none of its own choice with the rights of who
 * runs the client. A new one here may get its name from the server. */
static bool is_asked_for(const struct client *client, const char *path, bool made)
{
	return *path && (stands_in(client->line, path) || (made && !strchr(path, '/')));
}

/* The file is made, readable by its owner only; one that is there already stays as it is. */
static void open_export(struct client *client, const char *path)
{
	int fd = -1;

	errno = EPERM;
	if (is_asked_for(client, path, true))
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	client->export = fd < 0 ? NULL : fdopen(fd, "w");
	client->filter_bad = !client->export;
	snprintf(client->export_path, sizeof(client->export_path), "%s", path);
	if (fd < 0)
		fprintf(client->errors, "%sError: %s: %s\n", client->place, path, strerror(errno));
}

/* What was written is on the disk, or it is said why not, and there is no half of it. */
static void close_export(struct client *client, bool whole)
{
	bool bad = !whole || fflush(client->export) || ferror(client->export) ||
		   fsync(fileno(client->export));
	int error = errno;

	if (fclose(client->export) && !bad) {
		bad = true;
		error = errno;
	}
	client->export = NULL;
	if (!bad)
		return;
	client->filter_bad = true;
	(void)unlink(client->export_path);
	fprintf(client->errors, "%sError: the file could not be written: %s\n", client->place,
	    whole ? strerror(error) : "not all of it came");
}

/* Sends the file in parts, then its end; or why it cannot be had. */
static int send_file(struct client *client, const char *path)
{
	bool asked = is_asked_for(client, path, false);
	FILE *file = asked ? fopen(path, "re") : NULL;
	char part[FRAME_TEXT_BYTES / 4 + 4];
	size_t held = 0, sent = 0, n;
	int rc = 0, error = asked ? errno : EPERM;

	/* More than the server takes is not worth sending. */
	while (file && rc == 0 && sent <= FILE_BYTES &&
	       (n = fread(part + held, 1, FRAME_TEXT_BYTES / 4, file)) > 0) {
		json_t *text = NULL;

		/* A character that is cut goes with the next part. */
		n += held;
		for (held = 0; held < 4 && held < n && !text; held++)
			text = json_stringn(part, n - held);
		held = text ? held - 1 : 0;
		rc = text ? send_frame(client, json_pack("{s:o}", "data", text)) : -EILSEQ;
		sent += n;
		memmove(part, part + n - held, held);
	}
	if (file && rc == 0 && ferror(file))
		rc =
		    send_frame(client, json_pack("{s:s++}", "failed", path, ": ", strerror(errno)));
	else if (file && rc != -EPIPE && (rc || held))
		rc = send_frame(
		    client, json_pack("{s:s}", "failed", "the file is no text in UTF-8"));
	else if (file && rc == 0)
		rc = send_frame(client, json_pack("{s:n}", "data"));
	else if (!file)
		rc =
		    send_frame(client, json_pack("{s:s++}", "failed", path, ": ", strerror(error)));
	if (file)
		(void)fclose(file);
	secret_wipe(part, sizeof(part));
	return rc;
}

/* Acts on one frame of an answer. False = more are to come. */
static bool take_frame(struct client *client, const json_t *frame, enum client_result *result)
{
	const char *text;

	if (json_is_true(json_object_get(frame, "secret")))
		client->secret = true;
	write_echo(client, client->secret);
	if ((text = text_member(frame, "export")))
		open_export(client, text);
	if ((text = text_member(frame, "data")) && client->export)
		fputs(text, client->export);
	if (json_object_get(frame, "filter"))
		take_filter(client, json_object_get(frame, "filter"));
	if ((text = text_member(frame, "text")) || (text = text_member(frame, "progress"))) {
		if (client->export) /* it says that the file is there */
			close_export(client, true);
		if (client->filter_bad)
			return false;
		if (client->filter)
			filter_text(client->filter, text, strlen(text), client->output);
		else
			fputs(text, client->output);
		fflush(client->output);
	}
	if ((text = text_member(frame, "error")))
		write_error(client, text_member(frame, "title"), text,
		    (unsigned)json_integer_value(json_object_get(frame, "column")));
	if ((text = text_member(frame, "notice"))) {
		fflush(stdout);
		fprintf(client->errors, "cgw: %s\n", text);
	}
	if ((text = text_member(frame, "prompt")))
		snprintf(client->prompt, sizeof(client->prompt), "%s", text);
	if ((text = text_member(frame, "ask")) &&
	    answer(client, text, json_is_true(json_object_get(frame, "hidden")))) {
		*result = CLIENT_LOST;
		return true;
	}
	if ((text = text_member(frame, "import")) && send_file(client, text)) {
		*result = CLIENT_LOST;
		return true;
	}
	if (json_is_true(json_object_get(frame, "bye"))) {
		*result = CLIENT_BYE;
		return true;
	}
	if (!json_object_get(frame, "done"))
		return false;
	client->held = json_object_get(frame, "held") != NULL;
	text = text_member(frame, "uncommitted");
	snprintf(client->uncommitted, sizeof(client->uncommitted), "%s", text ? text : "");
	*result = json_is_true(json_object_get(frame, "ok")) ? CLIENT_OK : CLIENT_REFUSED;
	return true;
}

static enum client_result finish(struct client *client)
{
	enum client_result result = CLIENT_LOST;
	bool done = false;

	client->filter_bad = false;
	while (!done) {
		json_t *frame = receive_frame(client);

		done = !frame || take_frame(client, frame, &result);
		json_decref(frame);
	}
	if (client->filter)
		filter_end(client->filter, client->output);
	client->filter = NULL;
	if (client->export)
		close_export(client, result == CLIENT_OK);
	return client->filter_bad && result == CLIENT_OK ? CLIENT_REFUSED : result;
}

enum client_result client_listen(struct client *client)
{
	enum client_result result = CLIENT_OK;

	do {
		json_t *frame = receive_frame(client);

		if (frame)
			(void)take_frame(client, frame, &result);
		else
			result = CLIENT_LOST;
		json_decref(frame);
	} while (result == CLIENT_OK && client->unread_bytes);
	return result;
}

/* Where text that is no UTF-8 stops being it: counted in characters. */
static unsigned bad_column(const char *line, size_t bytes)
{
	unsigned column = 1;

	for (size_t at = 0; at < bytes; column++) {
		size_t n = 1;
		json_t *character = NULL;

		for (; n <= 4 && at + n <= bytes && !character; n++)
			character = json_stringn(line + at, n);
		if (!character)
			return column;
		json_decref(character);
		at += n - 1;
	}
	return column;
}

enum client_result client_run(struct client *client, const char *line, size_t bytes, bool argv)
{
	json_t *string = json_stringn(line, bytes);
	enum client_result result;

	client->secret = false;
	client->line = line;
	if (!string || bytes > FRAME_BYTES / 4) {
		client->secret = true; /* nobody can tell */
		write_echo(client, true);
		if (!string)
			fprintf(client->errors, "%sError: column %u: the line is not UTF-8\n",
			    client->place, bad_column(line, bytes));
		else
			fprintf(client->errors,
			    "%sError: the line is longer than 4095 characters and was not "
			    "executed\n",
			    client->place);
		json_decref(string);
		return CLIENT_REFUSED;
	}
	if (send_frame(client, json_pack("{s:o, s:b}", "line", string, "argv", argv)))
		return CLIENT_LOST;
	result = finish(client);
	client->line = "";
	return result;
}

enum client_result client_fill(struct client *client)
{
	if (send_frame(client, json_pack("{s:b}", "fill", 1)))
		return CLIENT_LOST;
	return finish(client);
}

enum client_result client_help(struct client *client, const char *line, size_t bytes)
{
	if (send_frame(client, frame_text("help", line, bytes)))
		return CLIENT_LOST;
	return finish(client);
}

json_t *client_complete(struct client *client, const char *line, size_t bytes, unsigned *column)
{
	json_t *words = NULL;
	enum client_result result;
	bool done = false;

	client->file = false;
	if (send_frame(client, frame_text("complete", line, bytes)))
		return NULL;
	while (!done) {
		json_t *frame = receive_frame(client);

		if (!frame)
			break;
		if (json_object_get(frame, "complete")) {
			json_decref(words);
			words = json_incref(json_object_get(frame, "complete"));
			*column = (unsigned)json_integer_value(json_object_get(frame, "column"));
			client->file = json_is_true(json_object_get(frame, "file"));
		}
		done = take_frame(client, frame, &result);
		json_decref(frame);
	}
	return words;
}

int client_connect(struct client *client, const char *path, bool dialogue)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	enum client_result result = CLIENT_LOST;
	json_t *frame;
	bool login;

	client->output = stdout;
	client->errors = stderr;
	client->place = client->line = "";
	client->dialogue = dialogue;
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "cgw: %s: the path is too long for a socket\n", path);
		return -ENAMETOOLONG;
	}
	if (client->fd < 0) {
		int rc = -errno;

		fprintf(stderr, "cgw: no socket: %s\n", strerror(-rc));
		return rc;
	}
	memcpy(addr.sun_path, path, strlen(path));
	if (connect(client->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		int rc = -errno;

		fprintf(stderr, "cgw: %s: %s\n", path, strerror(-rc));
		if (rc == -ENOENT || rc == -ECONNREFUSED)
			fprintf(stderr, "cgw: is cgw-control running?\n");
		return rc;
	}
	frame = receive_frame(client);
	if (!frame) {
		fprintf(stderr, "cgw: %s: the connection was closed\n", path);
		return -EPIPE;
	}
	take_frame(client, frame, &result);
	login = json_is_true(json_object_get(frame, "login"));
	json_decref(frame);
	if (result == CLIENT_BYE)
		return -EACCES;
	if (send_frame(client, json_pack("{s:b}", "dialogue", dialogue)))
		return -EPIPE;
	/* Where a password is wanted first, that is asked for now. */
	return login && finish(client) != CLIENT_OK ? -EACCES : 0;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	secret_wipe(client->buffer, sizeof(client->buffer));
	frames_wipe(&client->frames);
}
