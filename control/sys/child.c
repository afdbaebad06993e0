/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Processes by libuv. A program that writes faster than its client reads waits in its pipe. */
#include "control/sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct child {
	uv_process_t process;
	uv_pipe_t output;
	struct child_report report;
	unsigned handles; /* libuv still has to close them */
	bool exited, drained;
	int status;
	char buffer[4096];
};

static void on_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;

	if (--child->handles == 0)
		free(child);
}

/* Both the process and what it wrote have ended. */
static void finish(struct child *child)
{
	if (!child->exited || !child->drained)
		return;
	child->report.ended(child->report.ctx, child->status);
	uv_close((uv_handle_t *)&child->process, on_closed);
	uv_close((uv_handle_t *)&child->output, on_closed);
}

static void on_process_exit(uv_process_t *process, int64_t status, int signal_number)
{
	struct child *child = process->data;

	child->exited = true;
	child->status = signal_number ? -1 : (int)status;
	finish(child);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct child *child = handle->data;

	*buf = uv_buf_init(child->buffer, sizeof(child->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
	struct child *child = stream->data;

	if (bytes > 0) {
		child->report.text(child->report.ctx, child->buffer, (size_t)bytes);
	} else if (bytes < 0) {
		uv_read_stop(stream);
		child->drained = true;
		finish(child);
	}
}

/* The reading end of a pipe whose writing end the program gets: `*out`. 0 or -errno. */
static int open_output(struct child *child, int *out)
{
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	*out = fds[1];
	rc = uv_pipe_open(&child->output, fds[0]);
	if (rc)
		close(fds[0]);
	else
		rc = uv_read_start((uv_stream_t *)&child->output, on_alloc, on_read);
	if (rc)
		close(fds[1]);
	return rc;
}

static int start(uv_loop_t *loop, struct child *child, const struct child_spec *spec)
{
	static const char *const environment[] = {
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	uv_stdio_container_t stdio[CHILD_FD + 1] = {{.flags = UV_IGNORE}};
	uv_process_options_t options = {.file = spec->argv[0],
	    .args = (char **)spec->argv,
	    .env = (char **)environment,
	    .stdio = stdio,
	    .stdio_count = spec->fd < 0 ? 3 : CHILD_FD + 1,
	    .exit_cb = on_process_exit};
	int out = -1, rc = open_output(child, &out);

	if (rc)
		return rc;
	stdio[1] = stdio[2] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = out};
	stdio[CHILD_FD] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = spec->fd};
	rc = uv_spawn(loop, &child->process, &options);
	close(out);
	return rc;
}

struct child *child_start(
    uv_loop_t *loop, const struct child_spec *spec, const struct child_report *report, int *rc)
{
	struct child *child = calloc(1, sizeof(*child));

	*rc = child ? uv_pipe_init(loop, &child->output, 0) : -ENOMEM;
	if (*rc) {
		free(child);
		return NULL;
	}
	child->report = *report;
	child->process.data = child->output.data = child;
	child->handles = 2;
	*rc = start(loop, child, spec);
	if (!*rc)
		return child;
	child->process.loop = loop; /* closing wants it, also where the start came not so far */
	uv_close((uv_handle_t *)&child->process, on_closed);
	uv_close((uv_handle_t *)&child->output, on_closed);
	return NULL;
}

int child_pid(const struct child *child)
{
	return child->process.pid;
}

void child_signal(struct child *child, int number)
{
	if (!child->exited)
		(void)uv_process_kill(&child->process, number);
}

void child_beside(const char *name, char *path, size_t bytes)
{
	ssize_t n = readlink("/proc/self/exe", path, bytes - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	slash = slash ? slash + 1 : path;
	(void)snprintf(slash, bytes - (size_t)(slash - path), "%s", name);
}
