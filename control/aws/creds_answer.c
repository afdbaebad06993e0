/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Answers with temporary credentials, read with limits: size before parsing, types before values,
 * every value through creds_set(). Nothing of an answer is ever repeated in a sentence. */
#include "control/aws/creds_answer.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/secret.h"
#include "control/aws/xml.h"
#include "control/json/json_text.h"

int creds_instant(const char *text, int64_t *unix_seconds)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest || tm.tm_year < 70 || tm.tm_year > 8099)
		return -EINVAL;
	if (*rest == '.')
		for (rest++; isdigit((unsigned char)*rest);)
			rest++;
	if (strcmp(rest, "Z") != 0)
		return -EINVAL;
	*unix_seconds = timegm(&tm);
	return 0;
}

static int refuse(const char *what, struct creds *out, char why[CREDS_TEXT])
{
	creds_wipe(out);
	(void)snprintf(why, CREDS_TEXT, "%s", what);
	return -EBADMSG;
}

/* Judges the four texts; `expiration` NULL = does not end. */
static int take(const char *access, const char *secret, const char *token, const char *expiration,
    struct creds *out, int64_t *expires, char why[CREDS_TEXT])
{
	*expires = INT64_MAX;
	if (expiration && creds_instant(expiration, expires))
		return refuse("the answer's time of expiration cannot be read", out, why);
	if (!access || !secret || creds_set(out, access, secret, token))
		return refuse("the answer has no usable keys", out, why);
	return 0;
}

static int read_object(
    const json_t *root, struct creds *out, int64_t *expires, char why[CREDS_TEXT])
{
	const json_t *code = json_object_get(root, "Code");
	const json_t *expiration = json_object_get(root, "Expiration");
	const json_t *token = json_object_get(root, "Token");

	if (!json_is_object(root))
		return refuse("the answer is not a JSON object", out, why);
	if (code && (!json_is_string(code) || strcmp(json_string_value(code), "Success") != 0))
		return refuse("the answer says that it has no credentials", out, why);
	if ((expiration && !json_is_string(expiration)) || (token && !json_is_string(token)))
		return refuse("the answer's fields are not texts", out, why);
	return take(json_string_value(json_object_get(root, "AccessKeyId")),
	    json_string_value(json_object_get(root, "SecretAccessKey")), json_string_value(token),
	    json_string_value(expiration), out, expires, why);
}

int creds_answer_json(
    const void *body, size_t bytes, struct creds *out, int64_t *expires, char why[CREDS_TEXT])
{
	json_t *root;
	int rc;

	why[0] = '\0';
	if (bytes > CREDS_ANSWER_BYTES)
		return refuse("the answer is too long", out, why);
	root = json_text_read(body, bytes, 0);
	if (!root)
		return refuse("the answer is not JSON", out, why);
	rc = read_object(root, out, expires, why);
	json_decref(root);
	return rc;
}

/* ---- STS ---- */

#define STS_PATH "AssumeRoleResponse/AssumeRoleResult/Credentials/"

struct sts_fields {
	char access[CREDS_KEY], secret[CREDS_KEY], token[CREDS_TOKEN], expiration[32];
};

static int keep(char *to, size_t room, const char *text, size_t bytes)
{
	if (to[0] || bytes == 0 || bytes >= room)
		return -1;
	memcpy(to, text, bytes + 1);
	return 0;
}

static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	struct sts_fields *f = ctx;

	if (strncmp(path, STS_PATH, sizeof(STS_PATH) - 1) != 0)
		return 0;
	path += sizeof(STS_PATH) - 1;
	if (strcmp(path, "AccessKeyId") == 0)
		return keep(f->access, sizeof(f->access), text, bytes);
	if (strcmp(path, "SecretAccessKey") == 0)
		return keep(f->secret, sizeof(f->secret), text, bytes);
	if (strcmp(path, "SessionToken") == 0)
		return keep(f->token, sizeof(f->token), text, bytes);
	if (strcmp(path, "Expiration") == 0)
		return keep(f->expiration, sizeof(f->expiration), text, bytes);
	return 0;
}

int creds_answer_sts(
    const void *body, size_t bytes, struct creds *out, int64_t *expires, char why[CREDS_TEXT])
{
	static const struct xml_handler handler = {.close = on_close};
	struct sts_fields f = {0};
	char xml_why[XML_WHY];
	int rc;

	why[0] = '\0';
	if (xml_walk(body, bytes, &handler, &f, xml_why) != XML_WALK_OK)
		rc = refuse("the answer of STS cannot be read", out, why);
	else if (!f.token[0] || !f.expiration[0])
		rc = refuse("the answer of STS has no session", out, why);
	else
		rc = take(f.access, f.secret, f.token, f.expiration, out, expires, why);
	secret_wipe(&f, sizeof(f));
	return rc;
}
