/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The canonical request of Signature Version 4: a request in the one form that both ends hash.
 *
 * Does not normalise paths ("/a/../b") and does not do S3's variants: the EC2 query API needs none
 * of them. The buffer is sized before it is filled, so that no copy of a session token is left
 * behind by a growing one. */
#include "control/aws/sigv4_canonical.h"

#include <ctype.h>
#include <errno.h>
#include <mbedtls/sha256.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"

void sigv4_put(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

void sigv4_hex(const uint8_t *bytes, size_t count, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digit[bytes[i] >> 4];
		out[2 * i + 1] = digit[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

int sigv4_hash(const void *data, size_t bytes, char text[SIGV4_HEX])
{
	uint8_t hash[SIGV4_HASH_BYTES];

	if (mbedtls_sha256_ret(data, bytes, hash, 0))
		return -EINVAL;
	sigv4_hex(hash, sizeof(hash), text);
	return 0;
}

/* ---- texts ---- */

static bool is_unreserved(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

/* RFC 3986 encoding as SigV4 wants it: all but A-Z a-z 0-9 - _ . ~ and `keep` becomes %XX, in
 * capitals. snprintf's rules: returns the length it takes, writes what fits. */
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
		sigv4_put(w, i ? "&" : "");
		sigv4_put(w, pair[i].name);
		sigv4_put(w, "=");
		sigv4_put(w, pair[i].value);
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
			sigv4_put(w, " ");
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
			sigv4_put(w, ",");
		} else {
			sigv4_put(w, i ? "\n" : "");
			put_lower(w, h->name);
			sigv4_put(w, ":");
		}
		put_trimmed(w, h->value);
	}
	sigv4_put(w, "\n");
}

void sigv4_put_signed_names(struct wr *w, const struct sigv4_request *request)
{
	size_t index[SIGV4_FIELDS];

	sort_headers(request, index);
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->header[index[i]].name;

		if (i && !strcasecmp(name, request->header[index[i - 1]].name))
			continue;
		sigv4_put(w, i ? ";" : "");
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

char *sigv4_canonical_request(const struct sigv4_request *request)
{
	size_t bytes = canonical_bound(request), index[SIGV4_FIELDS];
	char *text = bytes ? calloc(2, bytes) : NULL, hash[SIGV4_HEX];
	struct wr w;

	if (!text ||
	    sigv4_hash(request->body_bytes ? request->body : "", request->body_bytes, hash)) {
		free(text);
		return NULL;
	}
	w = wr_init(text, bytes);
	sigv4_put(&w, request->method);
	sigv4_put(&w, "\n");
	put_encoded(&w, request->path, "/");
	sigv4_put(&w, "\n");
	put_query(&w, request, text + bytes, bytes);
	sigv4_put(&w, "\n");
	sort_headers(request, index);
	put_headers(&w, request, index);
	sigv4_put(&w, "\n");
	sigv4_put_signed_names(&w, request);
	sigv4_put(&w, "\n");
	sigv4_put(&w, hash);
	wr_u8(&w, 0);
	if (!wr_ok(&w)) {
		secret_wipe(text, 2 * bytes);
		free(text);
		return NULL;
	}
	return text;
}
