/* SPDX-License-Identifier: BSD-3-Clause
 *
 * RFC 5424 section 6: header, structured data with the elements of section 7 only (one's own would
 * want a private enterprise number), text. */
#include "control/log/log_rfc5424.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FACILITY_USER 1u

/* Section 6.2.1, table 2. */
static unsigned severity(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return 3;
	case LOG_LEVEL_NOTICE: return 5;
	case LOG_LEVEL_INFO: return 6;
	case LOG_LEVEL_DEBUG: return 7;
	}
	return 6;
}

/* A field of the header: printable ASCII without blanks, at most `most` characters, else "-". */
static const char *field(const char *text, size_t most, char *out)
{
	size_t bytes = 0;

	for (; *text && bytes < most; text++)
		if (*text > 0x20 && *text < 0x7f)
			out[bytes++] = *text;
	out[bytes] = '\0';
	return bytes ? out : "-";
}

static bool is_ascii(const char *text)
{
	while (*text && !((unsigned char)*text & 0x80))
		text++;
	return !*text;
}

/* The length without the part of a character at the end, if the text was cut inside it. */
static size_t whole_characters(const char *text, size_t bytes)
{
	while (bytes && ((unsigned char)text[bytes - 1] & 0xc0) == 0x80)
		bytes--;
	return bytes && (unsigned char)text[bytes - 1] >= 0xc0 ? bytes - 1 : bytes;
}

size_t log_rfc5424(const struct log_entry *entry, const struct log_origin *origin,
    uint32_t sequence, char message[LOG_RFC5424_BYTES])
{
	char time[32] = "-", tag[LOG_TAG_BYTES], host[256], program[49], msgid[33];
	time_t sec = (time_t)(entry->time_usec / 1000000);
	struct tm utc;
	int n;

	if (gmtime_r(&sec, &utc))
		strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &utc);
	n = snprintf(message, LOG_RFC5424_BYTES,
	    "<%u>1 %s.%06dZ %s %s %d %s [meta sequenceId=\"%u\"] %s%s",
	    FACILITY_USER * 8 + severity(entry->level), time, (int)(entry->time_usec % 1000000),
	    field(origin->host, sizeof(host) - 1, host),
	    field(origin->program, sizeof(program) - 1, program), origin->pid,
	    field(log_tag(entry->line, tag), sizeof(msgid) - 1, msgid), sequence,
	    is_ascii(entry->line) ? "" : "\xef\xbb\xbf", entry->line);
	if (n < 0)
		return 0;
	if (n >= LOG_RFC5424_BYTES)
		return whole_characters(message, LOG_RFC5424_BYTES - 1);
	return (size_t)n;
}
