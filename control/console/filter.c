/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines of output against POSIX extended regular expressions (regcomp), and the pager: the system's
 * less, which is kept from running other programs. */
#include "control/console/filter.h"

#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/console/pager.h"

#define STAGES 8

struct stage {
	regex_t expression;
	bool invert, count;
	size_t counted;
};

struct filter {
	unsigned stages;
	struct stage stage[STAGES];
	bool less;
	unsigned page;     /* lines of `console lines`, 0 = no pages */
	char *line, *kept; /* the unfinished line; what the pager will show */
	size_t line_bytes, line_room, kept_bytes, kept_room;
};

/* Room for `bytes` more and a NUL. */
static bool reserve(char **data, size_t *room, size_t used, size_t bytes)
{
	size_t wanted = *room ? *room : 1024;
	char *bigger;

	while (wanted < used + bytes + 1)
		wanted *= 2;
	if (wanted == *room)
		return true;
	bigger = realloc(*data, wanted);
	if (!bigger)
		return false;
	*data = bigger;
	*room = wanted;
	return true;
}

static bool has(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* `\<x\>` for whole words, and what is special taken for itself where it was asked for. */
static char *write_expression(const json_t *object, const char *text)
{
	char *expression = malloc(strlen(text) * 2 + 16), *at = expression;

	if (!expression)
		return NULL;
	if (has(object, "w"))
		at = stpcpy(at, "\\<(");
	for (; *text; text++) {
		if (has(object, "F") && strchr("\\.[*^$+?|(){}", *text))
			*at++ = '\\';
		*at++ = *text;
	}
	*at = '\0';
	if (has(object, "w"))
		strcpy(at, ")\\>");
	return expression;
}

static int add_stage(struct filter *filter, const json_t *object, char *error, size_t error_bytes)
{
	const char *text = json_string_value(json_object_get(object, "grep"));
	struct stage *stage = &filter->stage[filter->stages];
	char *expression;
	int rc;

	if (!text) {
		filter->less = has(object, "less");
		filter->page = (unsigned)json_integer_value(json_object_get(object, "page"));
		return 0;
	}
	if (filter->stages == STAGES) {
		snprintf(error, error_bytes, "at most %d filters", STAGES);
		return -E2BIG;
	}
	expression = write_expression(object, text);
	if (!expression)
		return -ENOMEM;
	rc = regcomp(&stage->expression, expression,
	    REG_EXTENDED | REG_NOSUB | (has(object, "i") ? REG_ICASE : 0));
	free(expression);
	if (rc) {
		size_t used = (size_t)snprintf(error, error_bytes, "grep %s: ", text);

		if (used < error_bytes)
			regerror(rc, &stage->expression, error + used, error_bytes - used);
		return -EINVAL;
	}
	stage->invert = has(object, "v");
	stage->count = has(object, "c");
	filter->stages++;
	return 0;
}

static void release(struct filter *filter)
{
	for (unsigned i = 0; i < filter->stages; i++)
		regfree(&filter->stage[i].expression);
	free(filter->line);
	free(filter->kept);
	free(filter);
}

struct filter *filter_new(const json_t *stages, char *error, size_t error_bytes)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	int rc = filter ? 0 : -ENOMEM;

	snprintf(error, error_bytes, "no memory");
	for (size_t i = 0; !rc && i < json_array_size(stages); i++)
		rc = add_stage(filter, json_array_get(stages, i), error, error_bytes);
	if (!rc)
		return filter;
	if (filter)
		release(filter);
	return NULL;
}

static void emit(struct filter *filter, const char *line, size_t bytes, FILE *out)
{
	if (!filter->less && !filter->page) {
		fwrite(line, 1, bytes, out);
		fputc('\n', out);
	} else if (reserve(&filter->kept, &filter->kept_room, filter->kept_bytes, bytes + 1)) {
		memcpy(filter->kept + filter->kept_bytes, line, bytes);
		filter->kept_bytes += bytes;
		filter->kept[filter->kept_bytes++] = '\n';
	}
}

/* One whole line through the stages from `first` on. */
static void pass(struct filter *filter, unsigned first, const char *line, size_t bytes, FILE *out)
{
	for (unsigned i = first; i < filter->stages; i++) {
		struct stage *stage = &filter->stage[i];
		bool found = regexec(&stage->expression, line, 0, NULL, 0) == 0;

		if (found == stage->invert)
			return;
		if (stage->count) {
			stage->counted++;
			return;
		}
	}
	emit(filter, line, bytes, out);
}

void filter_text(struct filter *filter, const char *text, size_t bytes, FILE *out)
{
	while (bytes) {
		const char *newline = memchr(text, '\n', bytes);
		size_t part = newline ? (size_t)(newline - text) : bytes;

		if (!reserve(&filter->line, &filter->line_room, filter->line_bytes, part))
			return;
		memcpy(filter->line + filter->line_bytes, text, part);
		filter->line_bytes += part;
		filter->line[filter->line_bytes] = '\0';
		if (newline) {
			pass(filter, 0, filter->line, filter->line_bytes, out);
			filter->line_bytes = 0;
			part++;
		}
		text += part;
		bytes -= part;
	}
	fflush(out);
}

/* Gives what was kept to the pager and waits for it; where there is none, to `out`. */
static void page(const struct filter *filter, FILE *out)
{
	size_t at = 0;
	int fds[2], status;
	pid_t pid;

	fflush(out);
	if (pipe(fds))
		return;
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		dup2(fds[0], STDIN_FILENO);
		close(fds[0]);
		close(fds[1]);
		setenv("LESSSECURE", "1", 1);
		unsetenv("LESSOPEN");
		execlp("less", "less", "-F", "-R", "-X", (char *)NULL);
		_exit(127);
	}
	close(fds[0]);
	while (pid > 0 && at < filter->kept_bytes) {
		ssize_t n = write(fds[1], filter->kept + at, filter->kept_bytes - at);

		if (n < 0 && errno != EINTR)
			break; /* the user has seen enough, or there is no less */
		at += n > 0 ? (size_t)n : 0;
	}
	close(fds[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
		fwrite(filter->kept, 1, filter->kept_bytes, out);
}

void filter_end(struct filter *filter, FILE *out)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, pipe_before, interrupt_before;

	if (filter->line_bytes)
		pass(filter, 0, filter->line, filter->line_bytes, out);
	for (unsigned i = 0; i < filter->stages; i++) {
		char number[32];

		if (!filter->stage[i].count)
			continue;
		pass(filter, i + 1, number,
		    (size_t)snprintf(number, sizeof(number), "%zu", filter->stage[i].counted), out);
	}
	if (filter->page)
		pager_show(filter->kept, filter->kept_bytes, filter->page, out);
	if (filter->less && filter->kept_bytes) {
		sigaction(SIGPIPE, &ignore, &pipe_before);
		sigaction(SIGINT, &ignore, &interrupt_before);
		page(filter, out);
		sigaction(SIGPIPE, &pipe_before, NULL);
		sigaction(SIGINT, &interrupt_before, NULL);
	}
	fflush(out);
	release(filter);
}
