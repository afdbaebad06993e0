/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Error answers: what they say, and whether the clock is to blame. Whether to try again is
 * the user's decision.
 *
 * What AWS writes is shown to a person, but no word of it that might be a key: an error page that
 * echoes a credential or a signature must not carry it into a log. The rule goes by the form of a
 * word alone, so it holds for keys that nobody here knows; it would rather hide too much. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/ec2.h"
#include "control/aws/xml.h"
#include "control/json/json_text.h"

#define SKEW_MIN_SEC     300 /* below this a bad signature is a bad signature */
#define PSK_BYTES_MIN    8   /* Site-to-Site VPN User Guide, "Tunnel options" */
#define SECRET_KEY_BYTES 40
#define JSON_BYTES_MAX   65536
#define ID_PART_MAX      17 /* "vpn-" and 17 hexadecimal digits */

/* ---- the document ---- */

struct reading {
	struct ec2_error *out;
	bool root_ok, code_seen, message_seen;
};

/* Characters of keys, tokens (percent-encoded, too), signatures and pre-shared keys, and the
 * hyphen, which is in none of them. */
static bool word_char(unsigned char c)
{
	return isalnum(c) || (c && strchr("._/+=%~-", c));
}

/* "20261121T093000Z" */
static bool is_instant(const char *word, size_t bytes)
{
	static const char form[] = "ddddddddTddddddZ"; /* d digit */

	if (bytes != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)word[i]) : word[i] != form[i])
			return false;
	return true;
}

/* An id, a region, a date: small letters and digits in short parts with hyphens between them. */
static bool is_id(const char *word, size_t bytes)
{
	size_t part = 0;

	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)word[i];

		part = c == '-' ? 0 : part + 1;
		if ((c != '-' && !islower(c) && !isdigit(c)) || part > ID_PART_MAX)
			return false;
	}
	return memchr(word, '-', bytes) != NULL;
}

/* Whether a word might be a key: it has a digit, or it is as long as a secret access key. */
static bool may_be_key(const char *word, size_t bytes)
{
	bool digit = false;

	for (size_t i = 0; i < bytes; i++)
		digit = digit || isdigit((unsigned char)word[i]);
	if (bytes < PSK_BYTES_MIN || is_id(word, bytes) || is_instant(word, bytes))
		return false;
	return digit || bytes >= SECRET_KEY_BYTES;
}

static void mask(char *text)
{
	for (size_t i = 0; text[i];) {
		size_t n = 0, end;

		while (word_char((unsigned char)text[i + n]))
			n++;
		for (end = n; end && text[i + end - 1] == '.'; end--)
			; /* the full stop of a sentence is no part of its last word */
		if (may_be_key(text + i, end))
			memset(text + i, '*', end);
		i += n ? n : 1;
	}
}

static void take_message(struct ec2_error *out, const char *text, size_t bytes)
{
	char *copy = malloc(bytes + 1);

	if (!copy)
		return;
	memcpy(copy, text, bytes + 1);
	mask(copy);
	log_escape(copy, strlen(copy), out->message, sizeof(out->message));
	secret_wipe(copy, bytes + 1);
	free(copy);
}

static int take_code(struct ec2_error *out, const char *text, size_t bytes)
{
	if (bytes == 0 || bytes >= sizeof(out->code))
		return -EBADMSG;
	for (size_t i = 0; i < bytes; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '.')
			return -EBADMSG;
	memcpy(out->code, text, bytes + 1);
	return 0;
}

static int on_open(void *ctx, const char *path, const char *const *attributes)
{
	struct reading *r = ctx;

	if (!strchr(path, '/'))
		r->root_ok = strcmp(path, "Response") == 0 || strcmp(path, "ErrorResponse") == 0;
	return r->root_ok ? 0 : -EBADMSG;
}

/* Of several errors the first one counts. */
static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	struct reading *r = ctx;

	if (strcmp(path, "Response/Errors/Error/Code") == 0 ||
	    strcmp(path, "ErrorResponse/Error/Code") == 0) {
		if (!r->code_seen && take_code(r->out, text, bytes))
			return -EBADMSG;
		r->code_seen = true;
	}
	if (strcmp(path, "Response/Errors/Error/Message") == 0 ||
	    strcmp(path, "ErrorResponse/Error/Message") == 0) {
		if (!r->message_seen)
			take_message(r->out, text, bytes);
		r->message_seen = true;
	}
	return 0;
}

/* {"__type": "namespace#AccessDeniedException", "Message": "..."} of the JSON APIs. */
static int read_json(const void *body, size_t bytes, struct ec2_error *out)
{
	json_t *root = json_text_read(body, bytes, 0);
	const char *type = json_string_value(json_object_get(root, "__type"));
	const json_t *message = json_object_get(root, "message");
	int rc = -EBADMSG;

	if (!message)
		message = json_object_get(root, "Message");
	if (type && strrchr(type, '#'))
		type = strrchr(type, '#') + 1;
	if (type)
		rc = take_code(out, type, strlen(type));
	if (!rc && json_is_string(message))
		take_message(out, json_string_value(message), json_string_length(message));
	json_decref(root);
	return rc;
}

int ec2_error_read(const void *body, size_t bytes, struct ec2_error *out)
{
	static const struct xml_handler handler = {.open = on_open, .close = on_close};
	struct reading r = {.out = out};
	char why[XML_WHY];

	memset(out, 0, sizeof(*out));
	if (bytes && bytes <= JSON_BYTES_MAX && *(const char *)body == '{') {
		if (read_json(body, bytes, out) == 0)
			return 0;
		memset(out, 0, sizeof(*out));
		return -EBADMSG;
	}
	if (xml_walk(body, bytes, &handler, &r, why) == XML_WALK_OK && r.code_seen)
		return 0;
	memset(out, 0, sizeof(*out));
	return -EBADMSG;
}

/* ---- what to make of it ---- */

static bool listed(const char *code, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(code, *list) == 0)
			return true;
	return false;
}

bool ec2_error_is_passing(const struct ec2_error *error)
{
	static const char *const passing[] = {"RequestLimitExceeded", "Throttling",
	    "ThrottlingException", "InternalError", "InternalFailure", "Unavailable",
	    "ServiceUnavailable", "InternalServiceError", NULL};

	return listed(error->code, passing);
}

/* The number that `count` digits at `p` make; the caller has seen that they are digits. */
static int digits(const char *p, unsigned count)
{
	int value = 0;

	for (unsigned i = 0; i < count; i++)
		value = 10 * value + (p[i] - '0');
	return value;
}

/* RFC 9110 5.6.7, IMF-fixdate only: "Sun, 06 Nov 1994 08:49:37 GMT". Not strptime(), whose names
 * follow the locale. -1 when it is not one. */
static int64_t parse_date(const char *date)
{
	static const char form[] = "aaa, dd aaa dddd dd:dd:dd GMT"; /* a letter, d digit */
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = {0};

	if (strlen(date) != strlen(form))
		return -1;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'a'   ? !isalpha((unsigned char)date[i])
		    : form[i] == 'd' ? !isdigit((unsigned char)date[i])
				     : date[i] != form[i])
			return -1;
	tm.tm_mday = digits(date + 5, 2);
	tm.tm_year = digits(date + 12, 4) - 1900;
	tm.tm_hour = digits(date + 17, 2);
	tm.tm_min = digits(date + 20, 2);
	tm.tm_sec = digits(date + 23, 2);
	while (tm.tm_mon < 12 && strncmp(date + 8, months[tm.tm_mon], 3) != 0)
		tm.tm_mon++;
	if (tm.tm_mon == 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 70 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -1;
	return (int64_t)timegm(&tm);
}

static void describe_skew(int64_t skew, char text[EC2_TEXT])
{
	int64_t far = skew < 0 ? -skew : skew;
	char amount[64];

	if (far >= INT64_C(172800))
		snprintf(amount, sizeof(amount), "%" PRId64 " days", far / 86400);
	else if (far >= INT64_C(7200))
		snprintf(amount, sizeof(amount), "%" PRId64 " hours %" PRId64 " minute%s",
		    far / 3600, far / 60 % 60, far / 60 % 60 == 1 ? "" : "s");
	else
		snprintf(amount, sizeof(amount), "%" PRId64 " minutes", far / 60);
	snprintf(text, EC2_TEXT, "the clock of this router is %s %s AWS: set it and try again",
	    amount, skew < 0 ? "behind" : "ahead of");
}

bool ec2_clock_note(
    const struct ec2_error *error, const char *date, int64_t unix_seconds, char text[EC2_TEXT])
{
	static const char *const certain[] = {"RequestExpired", "RequestTimeTooSkewed", NULL};
	static const char *const possible[] = {
	    "SignatureDoesNotMatch", "AuthFailure", "InvalidSignatureException", NULL};
	int64_t theirs = parse_date(date);
	int64_t skew = unix_seconds - theirs;

	text[0] = '\0';
	if (theirs >= 0 && (skew >= SKEW_MIN_SEC || skew <= -SKEW_MIN_SEC)) {
		if (!listed(error->code, certain) && !listed(error->code, possible))
			return false;
		describe_skew(skew, text);
		return true;
	}
	if (!listed(error->code, certain))
		return false;
	snprintf(
	    text, EC2_TEXT, "AWS takes the request for too old: check the clock of this router");
	return true;
}
