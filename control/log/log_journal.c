/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The journal's own protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram with a line
 * NAME=value for each field. Not by libsystemd, whose call waits for a journal that does not read.
 */
#include "control/log/log_journal.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"

/* systemd.exec(5): device and inode of the stream. */
bool log_journal_is_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static int priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return LOG_ERR;
	case LOG_LEVEL_NOTICE: return LOG_NOTICE;
	case LOG_LEVEL_INFO: return LOG_INFO;
	case LOG_LEVEL_DEBUG: return LOG_DEBUG;
	}
	return LOG_INFO;
}

__attribute__((format(printf, 2, 3))) static void add(
    struct log_fields *out, const char *format, ...)
{
	size_t room = sizeof(out->text) - out->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out->text + out->used, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room || out->count == LOG_JOURNAL_FIELDS)
		return;
	out->field[out->count++] = (struct iovec){out->text + out->used, (size_t)n};
	out->used += (size_t)n + 1;
}

/* CGW_KEY=value; the names of the fields above are not given twice. */
static void add_pair(struct log_fields *out, const struct log_pair *pair)
{
	char name[32] = "";
	size_t at = 0;

	if (pair->key_bytes >= sizeof(name) || pair->value_bytes > LOG_LINE_BYTES)
		return;
	for (; at < pair->key_bytes; at++)
		name[at] = pair->key[at] == '-' ? '_' : (char)toupper((unsigned char)pair->key[at]);
	if (strcmp(name, "TUNNEL") != 0 && strcmp(name, "TAG") != 0 &&
	    strcmp(name, "INSTANCE") != 0)
		add(out, "CGW_%s=%.*s", name, (int)pair->value_bytes, pair->value);
}

void log_journal_fields(const struct log_entry *entry, const char *program, const char *instance,
    struct log_fields *out)
{
	const char *at = entry->line;
	char tag[LOG_TAG_BYTES];
	struct log_pair pair;

	out->count = out->used = 0;
	add(out, "MESSAGE=%s", entry->line);
	add(out, "PRIORITY=%d", priority(entry->level));
	add(out, "SYSLOG_IDENTIFIER=%s", program);
	add(out, "CGW_INSTANCE=%s", instance);
	if (*log_tag(entry->line, tag))
		add(out, "CGW_TAG=%s", tag);
	if (log_tunnel(entry->line))
		add(out, "CGW_TUNNEL=%u", log_tunnel(entry->line));
	while (log_next_pair(&at, &pair))
		add_pair(out, &pair);
}

int log_journal_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

bool log_journal_send(
    int fd, const struct log_entry *entry, const char *program, const char *instance)
{
	static char end[] = "\n";
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = JOURNAL};
	struct iovec line[LOG_JOURNAL_FIELDS * 2];
	struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = line};
	struct log_fields fields;

	/* No value has an end of line in it: the hub has seen to that. */
	log_journal_fields(entry, program, instance, &fields);
	for (size_t i = 0; i < fields.count; i++) {
		line[message.msg_iovlen++] = fields.field[i];
		line[message.msg_iovlen++] = (struct iovec){end, 1};
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) >= 0;
}
