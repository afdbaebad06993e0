/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The log as entries of systemd's journal, with fields of their own:
 *
 *   MESSAGE, PRIORITY, SYSLOG_IDENTIFIER   as everybody's
 *   CGW_INSTANCE, CGW_TAG, CGW_TUNNEL      the instance; the tag; the tunnel, where there is one
 *   CGW_<KEY>                              each key=value of the line: CGW_STATE=up */
#pragma once

#include <sys/uio.h>

#include "control/log/log_entry.h"

/* True when standard error is the journal's (JOURNAL_STREAM): then each line goes there once, with
 * its fields, in place of standard error. */
bool log_journal_is_stderr(void);

/* A socket to send by, or -errno. */
int log_journal_open(void);

/* False when the journal did not take it: it is not waited for. */
bool log_journal_send(
    int fd, const struct log_entry *entry, const char *program, const char *instance);

#define LOG_JOURNAL_FIELDS 24

struct log_fields {
	size_t count;
	struct iovec field[LOG_JOURNAL_FIELDS];
	size_t used;
	char text[LOG_LINE_BYTES * 8];
};

/* The fields of a line, "NAME=value" each. What does not fit is left out. */
void log_journal_fields(const struct log_entry *entry, const char *program, const char *instance,
    struct log_fields *out);
