/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AWS Signature Version 4: canonical request -> string to sign -> derived key -> signature.
 *
 * Does not normalise paths ("/a/../b"), does not do S3's variants, chunked signing or presigned
 * URLs: the EC2 query API needs none of them. Every buffer is sized before it is filled, so that no
 * copy of a session token is left behind by a growing one. */
#include "control/aws/sigv4.h"

#include <ctype.h>
#include <errno.h>
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buf.h"
#include "common/secret.h"

#define ALGORITHM    "AWS4-HMAC-SHA256"
#define SHA256_BYTES 32

int sigv4_timestamp(int64_t unix_seconds, char timestamp[SIGV4_TIMESTAMP])
{
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (unix_seconds < 0 || unix_seconds > INT64_C(253402300799) || !gmtime_r(&t, &tm))
		return -EINVAL;
	return strftime(timestamp, SIGV4_TIMESTAMP, "%Y%m%dT%H%M%SZ", &tm) == 16 ? 0 : -EINVAL;
}

/* ---- texts ---- */

static void put(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

static void hex(const uint8_t *bytes, size_t count, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digit[bytes[i] >> 4];
		out[2 * i + 1] = digit[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

static bool is_unreserved(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

/* Like sigv4_encode(), leaving the characters of `keep` alone too. */
static size_t encode(const char *text, const char *keep, char *out, size_t out_bytes)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;
		const char code[3] = {'%', digit[c >> 4], digit[c & 15]};
		const bool plain = is_unreserved(c) || strchr(keep, c);
		const char *piece = plain ? text : code;

		for (unsigned i = 0; i < (plain ? 1u : 3u); i++, n++)
			if (n + 1 < out_bytes)
				out[n] = piece[i];
	}
	if (out_bytes)
		out[n < out_bytes ? n : out_bytes - 1] = '\0';
	return n;
}

size_t sigv4_encode(const char *text, char *out, size_t out_bytes)
{
	return encode(text, "", out, out_bytes);
}

static void put_encoded(struct wr *w, const char *text, const char *keep)
{
	size_t bytes = encode(text, keep, NULL, 0);
	/* encode() ends its text with a NUL, which the next piece overwrites */
	uint8_t *p = wr_room(w) > bytes ? wr_reserve(w, bytes) : NULL;

	if (p)
		encode(text, keep, (char *)p, bytes + 1);
	else
		w->err = true;
}

/* ---- the canonical request ---- */

/* A parameter or a header in its canonical form; `text` is a buffer of the caller's. */
struct pair {
	const char *name, *value;
};

static int compare_parameter(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->value, y->value);
}

static void put_query(struct wr *w, const struct sigv4_request *request, char *scratch, size_t room)
{
	struct pair pair[SIGV4_FIELDS];
	struct wr s = wr_init(scratch, room);

	for (size_t i = 0; i < request->query_count; i++) {
		pair[i].name = (const char *)s.p;
		put_encoded(&s, request->query[i].name, "");
		wr_u8(&s, 0);
		pair[i].value = (const char *)s.p;
		put_encoded(&s, request->query[i].value, "");
		wr_u8(&s, 0);
	}
	if (!wr_ok(&s)) {
		w->err = true;
		return;
	}
	qsort(pair, request->query_count, sizeof(pair[0]), compare_parameter);
	for (size_t i = 0; i < request->query_count; i++) {
		put(w, i ? "&" : "");
		put(w, pair[i].name);
		put(w, "=");
		put(w, pair[i].value);
	}
}

/* The value without spaces around it, and with one space for each run of them. */
static void put_trimmed(struct wr *w, const char *value)
{
	bool pending = false, any = false;

	for (; *value; value++) {
		if (*value == ' ' || *value == '\t') {
			pending = any;
			continue;
		}
		if (pending)
			put(w, " ");
		pending = false;
		any = true;
		wr_u8(w, (uint8_t)*value);
	}
}

/* Indices of the headers in order of their names; equal names stay in the order given. */
static void sort_headers(const struct sigv4_request *request, size_t index[SIGV4_FIELDS])
{
	for (size_t i = 0; i < request->header_count; i++) {
		size_t j = i;

		for (; j > 0 &&
		       strcasecmp(request->header[index[j - 1]].name, request->header[i].name) > 0;
		     j--)
			index[j] = index[j - 1];
		index[j] = i;
	}
}

static void put_lower(struct wr *w, const char *name)
{
	for (; *name; name++)
		wr_u8(w, (uint8_t)tolower((unsigned char)*name));
}

static void put_headers(struct wr *w, const struct sigv4_request *request, const size_t *index)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct sigv4_field *h = &request->header[index[i]];

		if (i && !strcasecmp(h->name, request->header[index[i - 1]].name)) {
			put(w, ",");
		} else {
			put(w, i ? "\n" : "");
			put_lower(w, h->name);
			put(w, ":");
		}
		put_trimmed(w, h->value);
	}
	put(w, "\n");
}

/* "host;x-amz-date" */
static void put_signed_names(struct wr *w, const struct sigv4_request *request)
{
	size_t index[SIGV4_FIELDS];

	sort_headers(request, index);
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->header[index[i]].name;

		if (i && !strcasecmp(name, request->header[index[i - 1]].name))
			continue;
		put(w, i ? ";" : "");
		put_lower(w, name);
	}
}

static bool field_valid(const struct sigv4_field *field, bool header)
{
	if (!field->name || !field->value || (header && !*field->name))
		return false;
	for (const char *p = field->name; header && *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
			return false;
	for (const char *p = field->value; header && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

/* An upper bound of the bytes of the canonical request, 0 when it cannot be made. */
static size_t canonical_bound(const struct sigv4_request *request)
{
	size_t bytes = 256;
	bool host = false;

	if (!request->method || !request->path || request->path[0] != '/' ||
	    request->query_count > SIGV4_FIELDS || request->header_count > SIGV4_FIELDS ||
	    (request->body_bytes && !request->body))
		return 0;
	bytes += strlen(request->method) + 3 * strlen(request->path);
	for (size_t i = 0; i < request->query_count; i++) {
		if (!field_valid(&request->query[i], false))
			return 0;
		bytes += 3 * (strlen(request->query[i].name) + strlen(request->query[i].value)) + 4;
	}
	for (size_t i = 0; i < request->header_count; i++) {
		const struct sigv4_field *h = &request->header[i];

		if (!field_valid(h, true))
			return 0;
		host = host || !strcasecmp(h->name, "host");
		bytes += 2 * strlen(h->name) + strlen(h->value) + 4;
	}
	return host ? bytes : 0;
}

static int body_hash(const struct sigv4_request *request, char text[SIGV4_HEX])
{
	uint8_t hash[SHA256_BYTES];

	if (mbedtls_sha256_ret(
		request->body_bytes ? request->body : "", request->body_bytes, hash, 0))
		return -EINVAL;
	hex(hash, sizeof(hash), text);
	return 0;
}

char *sigv4_canonical_request(const struct sigv4_request *request)
{
	size_t bytes = canonical_bound(request), index[SIGV4_FIELDS];
	char *text = bytes ? calloc(2, bytes) : NULL, hash[SIGV4_HEX];
	struct wr w;

	if (!text || body_hash(request, hash)) {
		free(text);
		return NULL;
	}
	w = wr_init(text, bytes);
	put(&w, request->method);
	put(&w, "\n");
	put_encoded(&w, request->path, "/");
	put(&w, "\n");
	put_query(&w, request, text + bytes, bytes);
	put(&w, "\n");
	sort_headers(request, index);
	put_headers(&w, request, index);
	put(&w, "\n");
	put_signed_names(&w, request);
	put(&w, "\n");
	put(&w, hash);
	wr_u8(&w, 0);
	if (!wr_ok(&w)) {
		secret_wipe(text, 2 * bytes);
		free(text);
		return NULL;
	}
	return text;
}

/* ---- string to sign, key, signature ---- */

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
	put(w, "/");
	put(w, scope->region);
	put(w, "/");
	put(w, scope->service);
	put(w, "/aws4_request");
}

char *sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request)
{
	const size_t bytes = 512;
	uint8_t hash[SHA256_BYTES];
	char *text, digest[SIGV4_HEX];
	struct wr w;

	if (!scope_valid(scope) || mbedtls_sha256_ret((const uint8_t *)canonical_request,
				       strlen(canonical_request), hash, 0))
		return NULL;
	text = malloc(bytes);
	if (!text)
		return NULL;
	hex(hash, sizeof(hash), digest);
	w = wr_init(text, bytes);
	put(&w, ALGORITHM "\n");
	put(&w, scope->timestamp);
	put(&w, "\n");
	put_scope(&w, scope);
	put(&w, "\n");
	put(&w, digest);
	wr_u8(&w, 0);
	if (!wr_ok(&w)) {
		free(text);
		return NULL;
	}
	return text;
}

static int hmac(const void *key, size_t key_bytes, const char *text, uint8_t out[SHA256_BYTES])
{
	return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, key_bytes,
		   (const uint8_t *)text, strlen(text), out)
		   ? -EINVAL
		   : 0;
}

/* The chain of HMACs from the secret key to the key of this day, region and service. */
static int derive(
    const struct sigv4_scope *scope, const char *secret_key, uint8_t key[SHA256_BYTES])
{
	char first[CREDS_KEY + 4], date[9];
	int rc;

	memcpy(date, scope->timestamp, 8);
	date[8] = '\0';
	snprintf(first, sizeof(first), "AWS4%s", secret_key);
	rc = hmac(first, strlen(first), date, key);
	if (!rc)
		rc = hmac(key, SHA256_BYTES, scope->region, key);
	if (!rc)
		rc = hmac(key, SHA256_BYTES, scope->service, key);
	if (!rc)
		rc = hmac(key, SHA256_BYTES, "aws4_request", key);
	secret_wipe(first, sizeof(first));
	return rc;
}

static int signature(const struct sigv4_request *request, const struct sigv4_scope *scope,
    const char *secret_key, char out[SIGV4_HEX])
{
	char *canonical = sigv4_canonical_request(request), *string;
	uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
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
		hex(mac, sizeof(mac), out);
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
	put(&w, ALGORITHM " Credential=");
	put(&w, creds->access_key);
	put(&w, "/");
	put_scope(&w, scope);
	put(&w, ", SignedHeaders=");
	put_signed_names(&w, request);
	put(&w, ", Signature=");
	put(&w, mac);
	wr_u8(&w, 0);
	return wr_ok(&w) ? 0 : -EINVAL;
}
