/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The INI form of the shared AWS files, a line at a time. Comments begin at a line's first
 * character with # or ;. An indented line belongs to the value above it (nested settings) and is
 * passed over, as is everything outside the one section wanted. Opens no file. */
#include "control/aws/creds_file.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"

#define LINE_BYTES 8192

struct reader {
	enum creds_file_kind kind;
	const char *profile;
	struct creds_profile *out;
	unsigned line;
	bool inside;   /* the section wanted */
	unsigned seen; /* bits: keys of it */
	char *why;
};

#define TEXT(name, field)                                                                          \
	{                                                                                          \
		name, offsetof(struct creds_profile, field),                                       \
		    sizeof(((struct creds_profile *)0)->field)                                     \
	}

static const struct setting {
	const char *name;
	size_t at, bytes;
} settings[] = {
    TEXT("aws_access_key_id", access_key),
    TEXT("aws_secret_access_key", secret_key),
    TEXT("aws_session_token", token),
    TEXT("role_arn", role_arn),
    TEXT("external_id", external_id),
    TEXT("role_session_name", session_name),
    TEXT("source_profile", source_profile),
    TEXT("credential_source", credential_source),
    TEXT("region", region),
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int refuse(struct reader *r, const char *what)
{
	(void)snprintf(r->why, CREDS_TEXT, "line %u: %s", r->line, what);
	return -EBADMSG;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return text;
}

/* The name of a section as its profile: what stands in the brackets, for the config file without
 * the word "profile" in front of all but "default". NULL: no profile. */
static const char *profile_name(enum creds_file_kind kind, char *section)
{
	static const char word[] = "profile";

	if (kind == CREDS_FILE_CREDENTIALS || strcmp(section, "default") == 0)
		return section;
	if (strncmp(section, word, sizeof(word) - 1) != 0 ||
	    !strchr(" \t", section[sizeof(word) - 1]) || !section[sizeof(word) - 1])
		return NULL;
	section = trim(section + sizeof(word) - 1);
	if (section[0] == '"' && strlen(section) > 1 && section[strlen(section) - 1] == '"') {
		section[strlen(section) - 1] = '\0';
		section++;
	}
	return section;
}

static int read_section(struct reader *r, char *line)
{
	char *end = strchr(line, ']');
	const char *name;

	if (!end)
		return refuse(r, "a section without its closing bracket");
	*end = '\0';
	name = profile_name(r->kind, trim(line + 1));
	r->inside = name && strcmp(name, r->profile) == 0;
	r->out->found |= r->inside;
	return 0;
}

static int set_text(struct reader *r, size_t index, const char *value)
{
	char *to = (char *)r->out + settings[index].at;

	if (r->seen & 1u << index)
		return refuse(r, "a setting that the profile has already");
	r->seen |= 1u << index;
	if (strlen(value) >= settings[index].bytes)
		return refuse(r, "a value that is too long");
	if (to[0] == '\0')
		memcpy(to, value, strlen(value) + 1);
	return 0;
}

static int set_duration(struct reader *r, const char *value)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (end == value || *end || seconds < 900 || seconds > 43200)
		return refuse(r, "duration_seconds is not in 900..43200");
	if (r->out->duration_seconds == 0)
		r->out->duration_seconds = (unsigned)seconds;
	return 0;
}

static int read_setting(struct reader *r, char *line)
{
	char *equals = strchr(line, '='), *value;
	const char *name;

	if (!equals)
		return refuse(r, "neither a section nor a setting");
	*equals = '\0';
	name = trim(line);
	value = trim(equals + 1);
	if (strcasecmp(name, "duration_seconds") == 0)
		return set_duration(r, value);
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcasecmp(name, settings[i].name) == 0)
			return set_text(r, i, value);
	return 0;
}

static int read_line(struct reader *r, char *line)
{
	if (line[0] == '#' || line[0] == ';' || *trim(line) == '\0')
		return 0;
	if (line[0] == '[')
		return read_section(r, line);
	if (!r->inside || line[0] == ' ' || line[0] == '\t')
		return 0;
	return read_setting(r, line);
}

int creds_file_read(const char *text, size_t bytes, enum creds_file_kind kind, const char *profile,
    struct creds_profile *out, char why[CREDS_TEXT])
{
	struct reader r = {.kind = kind, .profile = profile, .out = out, .why = why};
	char line[LINE_BYTES];
	int rc = 0;

	why[0] = '\0';
	if (bytes > CREDS_FILE_BYTES || memchr(text, '\0', bytes)) {
		(void)snprintf(why, CREDS_TEXT, "%s",
		    bytes > CREDS_FILE_BYTES ? "the file is too long" : "not a text file");
		return -EBADMSG;
	}
	for (size_t at = 0; at < bytes && rc == 0; r.line++) {
		const char *end = memchr(text + at, '\n', bytes - at);
		size_t length = end ? (size_t)(end - (text + at)) : bytes - at;

		if (r.line == 0)
			r.line = 1;
		if (length >= sizeof(line)) {
			rc = refuse(&r, "it is too long");
			break;
		}
		memcpy(line, text + at, length);
		line[length] = '\0';
		rc = read_line(&r, line);
		at += length + 1;
	}
	secret_wipe(line, sizeof(line));
	return rc;
}
