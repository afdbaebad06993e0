/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A line of the log as a syslog message (RFC 5424). */
#pragma once

#include <stddef.h>

#include "control/log/log_entry.h"

/* Every receiver should take so much (section 6.1); what is longer is cut. */
#define LOG_RFC5424_BYTES 2048

struct log_origin {
	const char *host, *program; /* "" = not known */
	int pid;
};

/* Writes the message and returns its length. `sequence` counts the messages to all receivers and
 * goes into `meta sequenceId` (section 7.3.1), so that a receiver sees what was lost on the way.
 * The tag is the MSGID; the facility is `user`, as the router's. */
size_t log_rfc5424(const struct log_entry *entry, const struct log_origin *origin,
    uint32_t sequence, char message[LOG_RFC5424_BYTES]);
