/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AWS Signature Version 4: canonical request -> string to sign -> derived key -> signature.
 *
 * Does no chunked signing and no presigned URLs. The canonical request: sigv4_canonical.c. */
#include "control/aws/sigv4.h"

#include <ctype.h>
#include <errno.h>
#include <mbedtls/md.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/secret.h"
#include "control/aws/sigv4_canonical.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

int sigv4_timestamp(int64_t unix_seconds, char timestamp[SIGV4_TIMESTAMP])
{
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (unix_seconds < 0 || unix_seconds > INT64_C(253402300799) || !gmtime_r(&t, &tm))
		return -EINVAL;
	return strftime(timestamp, SIGV4_TIMESTAMP, "%Y%m%dT%H%M%SZ", &tm) == 16 ? 0 : -EINVAL;
}

static bool scope_valid(const struct sigv4_scope *scope)
{
	if (strnlen(scope->timestamp, SIGV4_TIMESTAMP) != SIGV4_TIMESTAMP - 1)
		return false;
	for (const char *p = scope->region; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			return false;
	return *scope->region && *scope->service && strlen(scope->region) <= 64 &&
	       strlen(scope->service) <= 64;
}

/* "20150830/us-east-1/ec2/aws4_request" */
static void put_scope(struct wr *w, const struct sigv4_scope *scope)
{
	wr_bytes(w, scope->timestamp, 8);
	sigv4_put(w, "/");
	sigv4_put(w, scope->region);
	sigv4_put(w, "/");
	sigv4_put(w, scope->service);
	sigv4_put(w, "/aws4_request");
}

char *sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request)
{
	const size_t bytes = 512;
	char *text, digest[SIGV4_HEX];
	struct wr w;

	if (!scope_valid(scope) || sigv4_hash(canonical_request, strlen(canonical_request), digest))
		return NULL;
	text = malloc(bytes);
	if (!text)
		return NULL;
	w = wr_init(text, bytes);
	sigv4_put(&w, ALGORITHM "\n");
	sigv4_put(&w, scope->timestamp);
	sigv4_put(&w, "\n");
	put_scope(&w, scope);
	sigv4_put(&w, "\n");
	sigv4_put(&w, digest);
	wr_u8(&w, 0);
	if (!wr_ok(&w)) {
		free(text);
		return NULL;
	}
	return text;
}

static int hmac(const void *key, size_t key_bytes, const char *text, uint8_t out[SIGV4_HASH_BYTES])
{
	return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, key_bytes,
		   (const uint8_t *)text, strlen(text), out)
		   ? -EINVAL
		   : 0;
}

/* The chain of HMACs from the secret key to the key of this day, region and service. */
static int derive(
    const struct sigv4_scope *scope, const char *secret_key, uint8_t key[SIGV4_HASH_BYTES])
{
	char first[CREDS_KEY + 4], date[9];
	int rc;

	memcpy(date, scope->timestamp, 8);
	date[8] = '\0';
	snprintf(first, sizeof(first), "AWS4%s", secret_key);
	rc = hmac(first, strlen(first), date, key);
	if (!rc)
		rc = hmac(key, SIGV4_HASH_BYTES, scope->region, key);
	if (!rc)
		rc = hmac(key, SIGV4_HASH_BYTES, scope->service, key);
	if (!rc)
		rc = hmac(key, SIGV4_HASH_BYTES, "aws4_request", key);
	secret_wipe(first, sizeof(first));
	return rc;
}

static int signature(const struct sigv4_request *request, const struct sigv4_scope *scope,
    const char *secret_key, char out[SIGV4_HEX])
{
	char *canonical = sigv4_canonical_request(request), *string;
	uint8_t key[SIGV4_HASH_BYTES], mac[SIGV4_HASH_BYTES];
	int rc;

	if (!canonical)
		return -EINVAL;
	string = sigv4_string_to_sign(scope, canonical);
	secret_wipe(canonical, strlen(canonical));
	free(canonical);
	if (!string)
		return -EINVAL;
	rc = derive(scope, secret_key, key);
	if (!rc)
		rc = hmac(key, sizeof(key), string, mac);
	if (!rc)
		sigv4_hex(mac, sizeof(mac), out);
	secret_wipe(key, sizeof(key));
	free(string);
	return rc;
}

int sigv4_sign(const struct sigv4_request *request, const struct sigv4_scope *scope,
    const struct creds *creds, char authorization[SIGV4_AUTH])
{
	struct wr w = wr_init(authorization, SIGV4_AUTH);
	char mac[SIGV4_HEX];
	int rc = signature(request, scope, creds->secret_key, mac);

	if (rc)
		return rc;
	sigv4_put(&w, ALGORITHM " Credential=");
	sigv4_put(&w, creds->access_key);
	sigv4_put(&w, "/");
	put_scope(&w, scope);
	sigv4_put(&w, ", SignedHeaders=");
	sigv4_put_signed_names(&w, request);
	sigv4_put(&w, ", Signature=");
	sigv4_put(&w, mac);
	wr_u8(&w, 0);
	return wr_ok(&w) ? 0 : -EINVAL;
}
