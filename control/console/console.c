/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The server: listens, decides who may enter, carries bytes between sockets and sessions, and
 * bounds what a client can cost: 32 of them, a bounded queue each, five seconds without reading. */
#include "control/console/console.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/unix_socket.h"
#include "control/config/language.h"
#include "control/console/frames.h"
#include "control/console/peer.h"
#include "control/console/schedule.h"
#include "control/console/session.h"

#define READ_BYTES    (16u << 10)
#define BACKLOG_BYTES (256u << 10) /* no more commands are taken while more than this is queued */
#define QUEUE_BYTES   (16u << 20)  /* with more than this queued the client is dropped */
#define SLOW_MSEC     5000         /* as with one that takes nothing for this long */
#define TICK_MSEC     500
#define RESERVED      4    /* sessions that are kept for administrators */
#define IDLE_MSEC     2000 /* without a command for this long, a session may make way */
#define SAY_MSEC      1000 /* between two lines of the log about clients that are turned away */
#define ACCEPTS       8    /* at once; more wait until ... */
#define PAUSE_MSEC    10   /* ... the rest of the loop had its turn: everybody may knock */

struct client {
	struct console *console;
	struct client *next;
	uv_pipe_t pipe;
	struct session *session;
	char who[64];
	bool administrator; /* as the kernel knows it */
	uint64_t used_msec; /* of its last command */
	bool closing;
	bool finishing; /* close once everything is sent */
	bool reading;
	size_t queued;                /* at the last tick */
	uint64_t taken_msec;          /* when the client last took something */
	size_t input_at, input_bytes; /* what is read and not yet handled */
	char input[READ_BYTES];
};

struct console {
	struct console_options options;
	struct session_system system;
	struct schedule *schedule;
	char path[108];
	char group[64], save_dir[1024];
	uv_pipe_t listener;
	uv_timer_t tick, pause;
	struct client *clients;
	unsigned client_count, handles; /* handles: libuv still has to close them, or call back */
	bool stopping;
	uint64_t accepts_msec; /* since when `accepts` are counted */
	unsigned accepts;
	uint64_t said_msec; /* when it was last said that a client was turned away */
	unsigned unsaid;    /* how many were since */
};

struct send {
	uv_write_t request;
	struct client *client;
	size_t bytes;
	char data[];
};

static void read_more(struct client *client);

/* ---- closing -----------------------------------------------------------------------------------
 */

static void release(struct console *console)
{
	if (--console->handles != 0 || !console->stopping)
		return;
	sa_numbers_free(&console->system.sa_numbers);
	free(console);
}

static struct console *console_of(struct session_system *system)
{
	return (struct console *)((char *)system - offsetof(struct console, system));
}

static void on_hold(struct session_system *system)
{
	console_of(system)->handles++;
}

static void on_release(struct session_system *system)
{
	release(console_of(system));
}

static void on_handle_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;
	struct console *console = client->console;

	secret_wipe(client, sizeof(*client));
	free(client);
	release(console);
}

static void drop(struct client *client)
{
	struct client **at = &client->console->clients;

	if (client->closing)
		return;
	client->closing = true;
	for (; *at != client; at = &(*at)->next)
		continue;
	*at = client->next;
	client->console->client_count--;
	session_end(client->session);
	client->session = NULL;
	uv_close((uv_handle_t *)&client->pipe, on_client_closed);
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static void free_send(struct send *send)
{
	secret_wipe(send->data, send->bytes);
	free(send);
}

static void on_sent(uv_write_t *request, int status)
{
	struct send *send = request->data;
	struct client *client = send->client;

	free_send(send);
	if (client->closing)
		return;
	client->taken_msec = uv_now(client->console->options.loop);
	if (status < 0 || (client->finishing &&
			      uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe) == 0))
		drop(client);
	else
		read_more(client);
}

static void client_send(void *ctx, const char *data, size_t bytes)
{
	struct client *client = ctx;
	struct send *send;
	uv_buf_t buf;

	if (client->closing || client->finishing)
		return;
	send = malloc(sizeof(*send) + bytes);
	if (!send) {
		client->finishing = true; /* rather than wait for what was never sent */
		return;
	}
	send->client = client;
	send->request.data = send;
	send->bytes = bytes;
	memcpy(send->data, data, bytes);
	buf = uv_buf_init(send->data, (unsigned)bytes);
	if (uv_write(&send->request, (uv_stream_t *)&client->pipe, &buf, 1, on_sent)) {
		free_send(send);
		client->finishing = true;
	}
}

/* Called by the session after its last frame; the queue is empty only after on_sent(). */
static void client_finish(void *ctx)
{
	struct client *client = ctx;

	client->finishing = true;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static bool is_backlogged(const struct client *client)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&client->pipe) > BACKLOG_BYTES;
}

/* Hands over what was read, a line at a time, so that a client that sends without reading stops at
 * one answer too many and not at thousands. */
static void handle_input(struct client *client)
{
	while (client->input_at < client->input_bytes && !client->finishing &&
	       !is_backlogged(client)) {
		const char *data = client->input + client->input_at;
		size_t bytes = client->input_bytes - client->input_at;
		const char *newline = memchr(data, '\n', bytes);

		if (newline)
			bytes = (size_t)(newline - data) + 1;
		client->input_at += bytes;
		session_input(client->session, data, bytes);
	}
	if (client->input_at == client->input_bytes) {
		secret_wipe(client->input, client->input_bytes);
		client->input_at = client->input_bytes = 0;
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *client = handle->data;

	*buf = uv_buf_init(client->input, sizeof(client->input));
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	if (bytes < 0) {
		drop(client);
		return;
	}
	client->input_bytes = (size_t)bytes;
	client->input_at = 0;
	client->used_msec = uv_now(client->console->options.loop);
	uv_read_stop(stream);
	client->reading = false;
	read_more(client);
}

static void read_more(struct client *client)
{
	handle_input(client);
	if (client->reading || client->finishing || client->input_bytes || is_backlogged(client))
		return;
	client->reading = true;
	if (uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read))
		drop(client);
}

/* ---- the ones that do not read, or do not write ------------------------------------------------
 */

static bool is_idle(const struct client *client, uint64_t now, uint64_t msec)
{
	return client->session && !client->finishing && session_is_idle(client->session) &&
	       now - client->used_msec > msec;
}

/* `login timer`: nothing was typed for that long. */
static void end_idle(struct client *client, uint64_t now)
{
	const struct config_model *model = config_model(client->console->options.config);

	if (model && model->login_timer &&
	    is_idle(client, now, model->login_timer * UINT64_C(1000))) {
		language_use(model->console_japanese);
		session_expel(client->session, "nothing was entered for too long (login timer)");
	}
}

/* A commit that nobody confirmed. */
static void take_back(struct console *console)
{
	char error[CONFIG_ERROR_BYTES] = "";
	int rc = config_tick(console->options.config, mono_now(), error, sizeof(error));
	bool all = rc == CONFIG_ALL_TAKEN_BACK;

	for (struct client *client = rc > 0 ? console->clients : NULL; client;
	     client = client->next)
		if (client->session)
			session_notice(client->session,
			    all ? SAID("the commit was taken back, and all that was changed since: "
				       "the two contradicted each other")
				: SAID("the commit was taken back: it was not confirmed"));
	if (all)
		log_error("[CONSOLE] commit taken back, and all that was changed since: %s", error);
	else if (rc > 0)
		log_info("[CONSOLE] commit taken back: it was not confirmed%s%s",
		    *error ? ": " : "", error);
	else if (rc < 0)
		log_error("[CONSOLE] commit could not be taken back: %s", error);
}

static void on_tick(uv_timer_t *timer)
{
	struct console *console = timer->data;
	uint64_t now = uv_now(console->options.loop);
	struct client *next;

	take_back(console);
	schedule_tick(console->schedule, time(NULL));
	for (struct client *client = console->clients; client; client = next) {
		size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe);

		next = client->next;
		end_idle(client, now);
		if (queued == 0 || queued < client->queued)
			client->taken_msec = now;
		client->queued = queued;
		if (client->finishing && queued == 0)
			drop(client);
		else if (now - client->taken_msec > SLOW_MSEC || queued > QUEUE_BYTES) {
			log_info("[CONSOLE] %s: dropped: it does not read, bytes=%zu", client->who,
			    queued);
			drop(client);
		}
	}
}

/* ---- entering ----------------------------------------------------------------------------------
 */

/* One line a second at most: whoever knocks in a loop does not fill the log. */
static void say_refusal(const struct client *client, const char *sentence)
{
	struct console *console = client->console;
	uint64_t now = uv_now(console->options.loop);

	if (console->said_msec && now - console->said_msec < SAY_MSEC) {
		console->unsaid++;
		return;
	}
	if (console->unsaid)
		log_info("[CONSOLE] %u more clients were turned away", console->unsaid);
	log_info("[CONSOLE] %s: %s", client->who, sentence);
	console->said_msec = now;
	console->unsaid = 0;
}

/* Whether there is a session for the client. The last ones are for administrators; when even those
 * are taken, an administrator gets the session that was idle for longest, a user's first. */
static bool make_room(struct console *console, const struct client *client)
{
	uint64_t now = uv_now(console->options.loop);
	struct client *victim = NULL;

	if (console->client_count <= CONSOLE_CLIENTS - (client->administrator ? 0 : RESERVED))
		return true;
	for (struct client *other = console->clients; other && client->administrator;
	     other = other->next)
		if (is_idle(other, now, IDLE_MSEC) &&
		    (!victim || victim->administrator > other->administrator ||
			(victim->administrator == other->administrator &&
			    victim->used_msec >= other->used_msec)))
			victim = other;
	if (!victim)
		return false;
	log_info("[CONSOLE] %s: makes way for %s", victim->who, client->who);
	session_expel(victim->session, "an administrator needs this session: it was idle");
	drop(victim);
	return true;
}

static void turn_away(struct client *client, const char *sentence)
{
	char *line = frame_print(json_pack("{s:s, s:b}", "error", sentence, "bye", 1));

	say_refusal(client, sentence);
	if (line)
		client_send(client, line, strlen(line));
	free(line);
	client->finishing = true;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe) == 0)
		drop(client);
}

static void admit(struct console *console, struct client *client)
{
	struct session_env env = {.ctx = client, .send = client_send, .finish = client_finish};
	struct peer peer;
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&client->pipe, &fd) ||
	    peer_read(fd, console->options.group, &peer)) {
		drop(client);
		return;
	}
	snprintf(
	    client->who, sizeof(client->who), "uid=%u pid=%d", (unsigned)peer.uid, (int)peer.pid);
	if (peer.level == PEER_REFUSED) {
		turn_away(client, "refused: this user may not use the console");
		return;
	}
	client->administrator = peer.level == PEER_ADMINISTRATOR;
	if (!make_room(console, client)) {
		turn_away(client, "refused: too many sessions");
		return;
	}
	client->session = session_new(
	    &console->system, &env, peer.level == PEER_ADMINISTRATOR, peer.uid, client->who);
	if (client->session)
		read_more(client);
	else
		drop(client);
}

static void take_later(struct console *console);

static void take_connection(struct console *console)
{
	uv_stream_t *listener = (uv_stream_t *)&console->listener;
	struct client *client = calloc(1, sizeof(*client));

	if (!client || uv_pipe_init(console->options.loop, &client->pipe, 0)) {
		free(client);
		take_later(console);
		return;
	}
	client->console = console;
	client->pipe.data = client;
	client->taken_msec = client->used_msec = uv_now(console->options.loop);
	client->next = console->clients;
	console->clients = client;
	console->client_count++;
	console->handles++;
	if (uv_accept(listener, (uv_stream_t *)&client->pipe))
		drop(client);
	else
		admit(console, client);
}

static void on_connection(uv_stream_t *listener, int status);

/* As if it had just come: the pause is as long as connections are counted for. */
static void on_pause(uv_timer_t *timer)
{
	struct console *console = timer->data;

	on_connection((uv_stream_t *)&console->listener, 0);
}

/* libuv goes on accepting for as long as somebody connects: a crowd at the door would hold up all
 * else, and what was closed would not be freed. A connection that is not taken stops it. */
static void take_later(struct console *console)
{
	uv_timer_start(&console->pause, on_pause, PAUSE_MSEC, 0);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct console *console = listener->data;
	uint64_t now = uv_now(console->options.loop);

	if (status < 0)
		return;
	if (now - console->accepts_msec >= PAUSE_MSEC) {
		console->accepts_msec = now;
		console->accepts = 0;
	}
	if (console->accepts++ < ACCEPTS)
		take_connection(console);
	else
		take_later(console);
}

/* ---- start and stop ----------------------------------------------------------------------------
 */

static int listen_at(struct console *console)
{
	int rc = folder_make_for(console->path);

	if (!rc)
		rc = unix_socket_clear(console->path);
	if (!rc)
		rc = uv_pipe_bind(&console->listener, console->path);
	if (!rc)
		rc = uv_pipe_chmod(&console->listener, UV_READABLE | UV_WRITABLE);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&console->listener, 64, on_connection);
	return rc;
}

struct console *console_start(
    const struct console_options *options, char *error, size_t error_bytes)
{
	struct console *console = calloc(1, sizeof(*console));
	int rc;

	if (!console) {
		snprintf(error, error_bytes, "console: no memory");
		return NULL;
	}
	if (strlen(options->path) >= sizeof(console->path)) {
		snprintf(error, error_bytes, "console: %s: the path is too long for a socket",
		    options->path);
		free(console);
		return NULL;
	}
	console->schedule = schedule_new(&console->system);
	if (!console->schedule) {
		snprintf(error, error_bytes, "console: no memory");
		free(console);
		return NULL;
	}
	console->options = *options;
	snprintf(console->path, sizeof(console->path), "%s", options->path);
	snprintf(
	    console->group, sizeof(console->group), "%s", options->group ? options->group : "");
	snprintf(console->save_dir, sizeof(console->save_dir), "%s",
	    options->save_dir ? options->save_dir : "");
	console->options.group = options->group ? console->group : NULL;
	console->system = (struct session_system){.agent = options->agent,
	    .config = options->config,
	    .log = options->log,
	    .loop = options->loop,
	    .instance = options->instance,
	    .save_dir = options->save_dir ? console->save_dir : NULL,
	    .hold = on_hold,
	    .release = on_release};
	uv_pipe_init(options->loop, &console->listener, 0);
	uv_timer_init(options->loop, &console->tick);
	uv_timer_init(options->loop, &console->pause);
	console->listener.data = console->tick.data = console->pause.data = console;
	console->handles = 3;
	rc = listen_at(console);
	if (rc) {
		snprintf(error, error_bytes, "console: %s: %s", console->path, strerror(-rc));
		console->path[0] = '\0'; /* not ours: left as it is */
		console_stop(console);
		return NULL;
	}
	uv_timer_start(&console->tick, on_tick, TICK_MSEC, TICK_MSEC);
	return console;
}

void console_stop(struct console *console)
{
	if (!console)
		return;
	console->stopping = true;
	while (console->clients)
		drop(console->clients);
	schedule_free(console->schedule);
	if (console->path[0])
		unlink(console->path);
	uv_close((uv_handle_t *)&console->listener, on_handle_closed);
	uv_close((uv_handle_t *)&console->tick, on_handle_closed);
	uv_close((uv_handle_t *)&console->pause, on_handle_closed);
}
