/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Credentials as the user gave them: checked for what a header can carry, and wiped.
 * Does not look for them anywhere: no environment, no files, no instance metadata. */
#include "control/aws/creds.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/secret.h"

static bool is_word(unsigned char c)
{
	return isalnum(c) || c == '_';
}

static bool is_visible(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static int take(char *out, size_t out_bytes, const char *text, bool (*allowed)(unsigned char))
{
	size_t bytes = text ? strnlen(text, out_bytes) : 0;

	if (bytes == 0 || bytes == out_bytes)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++)
		if (!allowed((unsigned char)text[i]))
			return -EINVAL;
	memcpy(out, text, bytes + 1);
	return 0;
}

int creds_set(struct creds *out, const char *access_key, const char *secret_key, const char *token)
{
	int rc = take(out->access_key, sizeof(out->access_key), access_key, is_word);

	if (!rc)
		rc = take(out->secret_key, sizeof(out->secret_key), secret_key, is_visible);
	out->token[0] = '\0';
	if (!rc && token)
		rc = take(out->token, sizeof(out->token), token, is_visible);
	if (rc)
		creds_wipe(out);
	return rc;
}

void creds_wipe(struct creds *creds)
{
	secret_wipe(creds, sizeof(*creds));
}
