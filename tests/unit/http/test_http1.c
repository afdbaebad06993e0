/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HTTP/1.1 answers: the sound ones in pieces of every size, and those that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/http/http.h"
#include "control/http/http1.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"

static enum http1_status feed(struct http1 *h, const char *text, size_t bytes, size_t piece)
{
	enum http1_status status = HTTP1_MORE;

	for (size_t at = 0; at < bytes && status == HTTP1_MORE; at += piece) {
		size_t n = bytes - at < piece ? bytes - at : piece;
		char *copy = malloc(n); /* of its exact size, for the sanitizer */

		memcpy(copy, text + at, n);
		status = http1_input(h, copy, n);
		free(copy);
	}
	return status;
}

static void accept(const char *text, int status, const char *body)
{
	size_t bytes = strlen(text);

	for (size_t piece = 1; piece <= bytes; piece++) {
		struct http1 *h = http1_new();
		enum http1_status got = feed(h, text, bytes, piece);

		if (got != HTTP1_DONE)
			fail_msg("pieces of %zu: %d %s: %s", piece, got, http1_why(h), text);
		assert_int_equal(http1_answer(h)->status, status);
		assert_int_equal(http1_answer(h)->body_bytes, strlen(body));
		assert_memory_equal(
		    http1_answer(h)->body ? http1_answer(h)->body : "", body, strlen(body));
		http1_free(h);
	}
}

/* Refused whole and byte by byte, with the same words. */
static void refuse_bytes(const char *text, size_t bytes, const char *why)
{
	for (int by_byte = 0; by_byte < 2; by_byte++) {
		struct http1 *h = http1_new();
		enum http1_status got = feed(h, text, bytes, by_byte ? 1 : bytes);

		if (got != HTTP1_BAD || (why && !strstr(http1_why(h), why)))
			fail_msg("status %d, \"%s\", wanted \"%s\": %.200s", got, http1_why(h), why,
			    text);
		assert_int_equal(http1_input(h, "x", 1), HTTP1_BAD);
		assert_int_equal(http1_end(h), HTTP1_BAD);
		http1_free(h);
	}
}

static void refuse(const char *text, const char *why)
{
	refuse_bytes(text, strlen(text), why);
}

static void refuse_head(const char *field, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), OK_LINE "%s\r\n\r\nabc", field);
	refuse(text, why);
}

/* Never complete, and never refused either: the end of the connection decides. */
static void cut_short(const char *text)
{
	struct http1 *h = http1_new();

	assert_int_equal(feed(h, text, strlen(text), 7), HTTP1_MORE);
	assert_int_equal(http1_end(h), HTTP1_MORE);
	http1_free(h);
}

static void test_answers_of_every_kind(void **state)
{
	accept(OK_LINE "Content-Length: 3\r\n\r\nabc", 200, "abc");
	accept(OK_LINE "Content-Length: 0\r\n\r\n", 200, "");
	accept(OK_LINE "content-length:3 \r\nX:\r\nEmpty: \r\n\r\nabc", 200, "abc");
	accept(CHUNKED "3\r\nabc\r\n0005\r\ndefgh\r\n0\r\n\r\n", 200, "abcdefgh");
	accept(
	    CHUNKED "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", 200, "01234567890123456789");
	accept("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, "no");
	accept("HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n", 503, "");
	accept("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1", 200, "1");
	accept(OK_LINE "X: \xe6\x97\xa5\r\nContent-Length: 3\r\n\r\n\r\n\n", 200, "\r\n\n");
	accept(CHUNKED "3\r\n\r\n\r\r\n0\r\n\r\n", 200, "\r\n\r");
}

static void test_date_is_kept(void **state)
{
	struct http1 *h = http1_new();
	static const char text[] = OK_LINE "DATE:  Sat, 21 Nov 2026 09:46:05 GMT \r\n"
					   "Content-Length: 0\r\n\r\n";

	assert_int_equal(feed(h, text, strlen(text), 3), HTTP1_DONE);
	assert_string_equal(http1_answer(h)->date, "Sat, 21 Nov 2026 09:46:05 GMT");
	http1_free(h);
}

static void test_body_until_the_end_of_the_connection(void **state)
{
	struct http1 *h = http1_new();
	static const char text[] = OK_LINE "\r\nabc";

	assert_int_equal(feed(h, text, strlen(text), 4), HTTP1_MORE);
	assert_int_equal(http1_end(h), HTTP1_DONE);
	assert_int_equal(http1_answer(h)->body_bytes, 3);
	http1_free(h);
}

static void test_bytes_after_the_answer_are_not_looked_at(void **state)
{
	struct http1 *h = http1_new();
	static const char text[] = OK_LINE "Content-Length: 3\r\n\r\nabcHTTP/1.1 500 Evil\r\n\r\n";

	assert_int_equal(feed(h, text, strlen(text), strlen(text)), HTTP1_DONE);
	assert_int_equal(http1_input(h, "more", 4), HTTP1_DONE);
	assert_int_equal(http1_answer(h)->status, 200);
	assert_int_equal(http1_answer(h)->body_bytes, 3);
	http1_free(h);
}

static void test_A05_an_answer_that_is_cut_is_never_complete(void **state)
{
	cut_short("");
	cut_short("HTTP/1.1 200");
	cut_short(OK_LINE "Content-Length: 3\r\n");
	cut_short(OK_LINE "Content-Length: 3\r\n\r\nab");
	cut_short(CHUNKED "3\r\nab");
	cut_short(CHUNKED "3\r\nabc\r\n");
	cut_short(CHUNKED "3\r\nabc\r\n0\r\n");
}

static void test_A06_a_redirect_is_an_answer_and_nothing_more(void **state)
{
	static const int codes[] = {301, 302, 303, 307, 308};
	char text[256];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		snprintf(text, sizeof(text),
		    "HTTP/1.1 %d Moved\r\nLocation: http://evil.example/\r\nContent-Length: "
		    "0\r\n\r\n",
		    codes[i]);
		accept(text, codes[i], "");
	}
}

static void test_A08_content_length(void **state)
{
	char text[128];

	refuse_head("Content-Length: 5368709120", "too long");
	refuse_head("Content-Length: 1048577", "too long");
	refuse_head("Content-Length: 18446744073709551616", NULL);
	refuse_head("Content-Length: 18446744073709551615", NULL);
	refuse_head("Content-Length: 99999999999999999999999999", NULL);
	refuse_head("Content-Length: -1", NULL);
	refuse_head("Content-Length: +3", NULL);
	refuse_head("Content-Length: 0x3", NULL);
	refuse_head("Content-Length: 1 2", NULL);
	refuse_head("Content-Length: 3, 3", NULL);
	refuse_head("Content-Length: 3;", NULL);
	refuse_head("Content-Length:", NULL);
	refuse_head("Content-Length: 3\r\nContent-Length: 4", NULL);
	refuse_head("Content-Length: 3\r\nContent-Length: 3", NULL);
	refuse_head("Content-Length: 3\r\nTransfer-Encoding: chunked", NULL);
	refuse_head("Transfer-Encoding: chunked\r\nContent-Length: 3", NULL);
	snprintf(text, sizeof(text), OK_LINE "Content-Length: %d\r\n\r\n", HTTP_BODY_MAX);
	cut_short(text);
}

static void test_A08_other_encodings(void **state)
{
	refuse_head("Transfer-Encoding: gzip", "Transfer-Encoding");
	refuse_head("Transfer-Encoding: gzip, chunked", "Transfer-Encoding");
	refuse_head(
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding");
	refuse_head("Transfer-Encoding: xchunked", "Transfer-Encoding");
	refuse_head("Transfer-Encoding: chunked, identity", "Transfer-Encoding");
	refuse_head("Content-Encoding: gzip", "encoded");
}

static void test_A08_the_body_is_capped_without_a_length_too(void **state)
{
	static char block[65536];
	struct http1 *chunked = http1_new(), *until_end = http1_new();
	enum http1_status status;

	memset(block, 'x', sizeof(block));
	assert_int_equal(feed(until_end, OK_LINE "\r\n", strlen(OK_LINE "\r\n"), 64), HTTP1_MORE);
	for (int i = 0; i < 16; i++)
		assert_int_equal(http1_input(until_end, block, sizeof(block)), HTTP1_MORE);
	assert_int_equal(http1_input(until_end, "x", 1), HTTP1_BAD);
	assert_int_equal(feed(chunked, CHUNKED, strlen(CHUNKED), 64), HTTP1_MORE);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(feed(chunked, "10000\r\n", 7, 7), HTTP1_MORE);
		assert_int_equal(http1_input(chunked, block, sizeof(block)), HTTP1_MORE);
		assert_int_equal(feed(chunked, "\r\n", 2, 2), HTTP1_MORE);
	}
	status = feed(chunked, "1\r\nx\r\n", 6, 6);
	assert_int_equal(status, HTTP1_BAD);
	assert_non_null(strstr(http1_why(chunked), "too long"));
	http1_free(chunked);
	http1_free(until_end);
}

static void test_A09_chunk_sizes_and_ends(void **state)
{
	refuse(CHUNKED "FFFFFFFFFFFFFFFF1\r\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "-1\r\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "g\r\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "\r\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "3\r\nabcX\n0\r\n\r\n", "without its CR LF");
	refuse(CHUNKED "3\r\nabc\n0\r\n\r\n", NULL);
	refuse(CHUNKED "3\r\nabcdef\r\n0\r\n\r\n", "without its CR LF");
	refuse(CHUNKED "3\nabc\r\n0\r\n\r\n", NULL);
	refuse(CHUNKED "3 \r\nabc\r\n 0\r\n\r\n", NULL);
	cut_short(CHUNKED "3000\r\nabc\r\n0\r\n\r\n");
}

static void test_A09_trailers_extensions_and_an_early_end(void **state)
{
	accept(CHUNKED "3\r\nabc\r\n0\r\nX-Trailer: y\r\nDate: z\r\n\r\n", 200, "abc");
	accept(CHUNKED "3;name=value\r\nabc\r\n0;last\r\n\r\n", 200, "abc");
	accept(CHUNKED "0\r\n\r\nabc", 200, "");
	refuse(CHUNKED "0\r\nX\x01: y\r\n\r\n", NULL);
	refuse(CHUNKED "0\r\nX y: z\r\n\r\n", "field name");
}

static void test_A10_heads_without_end(void **state)
{
	size_t room = 400000, at = 0;
	char *text = malloc(room);

	assert_non_null(text);
	at = (size_t)snprintf(text, room, OK_LINE "X: ");
	memset(text + at, 'y', 65536);
	refuse_bytes(text, at + 65536, "line is too long");
	at = (size_t)snprintf(text, room, OK_LINE);
	for (int i = 0; i < 10000; i++)
		at += (size_t)snprintf(text + at, room - at, "H%d: v\r\n", i);
	refuse_bytes(text, at, "too many header fields");
	at = (size_t)snprintf(text, room, OK_LINE);
	for (int i = 0; i < 50; i++)
		at += (size_t)snprintf(text + at, room - at, "H%d: %0700d\r\n", i, 0);
	refuse_bytes(text, at, "head is too long");
	at = (size_t)snprintf(text, room, CHUNKED);
	for (int i = 0; i < 3000; i++)
		at += (size_t)snprintf(text + at, room - at, "1\r\nx\r\n");
	refuse_bytes(text, at, "too many lines");
	free(text);
}

static void test_A10_lines_that_are_not_lines(void **state)
{
	static const char nul[] = OK_LINE "X: a\0b\r\nContent-Length: 0\r\n\r\n";

	refuse_bytes(nul, sizeof(nul) - 1, NULL);
	refuse_head("X: a\x01", NULL);
	refuse_head("X: a\x7f", NULL);
	refuse_head("X: a\r\n folded", "folded");
	refuse_head("X: a\r\n\tfolded", "folded");
	refuse_head("X y: a", "field name");
	refuse_head("X : a", "field name");
	refuse_head(": a", NULL);
	refuse_head("X", NULL);
	refuse("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "LF without CR");
	refuse(OK_LINE "X: a\nContent-Length: 0\r\n\r\n", "LF without CR");
	refuse(OK_LINE "X: a\rContent-Length: 0\r\n\r\n", NULL);
	refuse(OK_LINE "Content-Length: 0\r\n\n", NULL);
}

static void test_A10_interim_answers_are_few(void **state)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char text[1024];
	size_t at = 0;

	for (int i = 0; i < HTTP_INTERIM_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", interim);
	snprintf(text + at, sizeof(text) - at, OK_LINE "Content-Length: 1\r\n\r\n1");
	accept(text, 200, "1");
	snprintf(text + at, sizeof(text) - at, "%s" OK_LINE "\r\n", interim);
	refuse(text, "interim");
	refuse(
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", NULL);
	refuse("HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\nabc" OK_LINE "\r\n", "interim");
}

static void test_what_is_not_http(void **state)
{
	refuse("SSH-2.0-OpenSSH_9.2\r\n", NULL);
	refuse("\x15\x03\x01\x00\x02\x02\x46", NULL);
	refuse("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "version");
	refuse("HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", "status");
	refuse("HTTP/1.1 20 No\r\nContent-Length: 0\r\n\r\n", NULL);
	refuse("HTTP/1.1 2000 No\r\nContent-Length: 0\r\n\r\n", NULL);
	refuse("GET / HTTP/1.1\r\n\r\n", NULL);
	refuse("<html>", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers_of_every_kind),
	    cmocka_unit_test(test_date_is_kept),
	    cmocka_unit_test(test_body_until_the_end_of_the_connection),
	    cmocka_unit_test(test_bytes_after_the_answer_are_not_looked_at),
	    cmocka_unit_test(test_A05_an_answer_that_is_cut_is_never_complete),
	    cmocka_unit_test(test_A06_a_redirect_is_an_answer_and_nothing_more),
	    cmocka_unit_test(test_A08_content_length),
	    cmocka_unit_test(test_A08_other_encodings),
	    cmocka_unit_test(test_A08_the_body_is_capped_without_a_length_too),
	    cmocka_unit_test(test_A09_chunk_sizes_and_ends),
	    cmocka_unit_test(test_A09_trailers_extensions_and_an_early_end),
	    cmocka_unit_test(test_A10_heads_without_end),
	    cmocka_unit_test(test_A10_lines_that_are_not_lines),
	    cmocka_unit_test(test_A10_interim_answers_are_few),
	    cmocka_unit_test(test_what_is_not_http),
	};

	return cmocka_run_group_tests_name("http/http1", tests, NULL, NULL);
}
