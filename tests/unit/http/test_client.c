/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The exchange as an engine: events and virtual time in, actions out; the other end is mbedTLS's
 * server on memory queues. */
#include "tests/unit/http/tls_server.h"

#include <errno.h>

#include "control/http/client.h"

#define REQUEST "POST / HTTP/1.1\r\nHost: " HOST "\r\nContent-Length: 4\r\n\r\nbody"

static struct certificate root, leaf, wrong_leaf;
static char ca_file[] = "/tmp/cgw-test-ca-XXXXXX";

/* One exchange under test, what it has done so far, and the other end. */
struct bench {
	mono_t now;
	struct http_client *client;
	struct server *server;
	bool closed, finished;
	const struct http_client_result *result; /* once finished */
};

static void bench_begin(struct bench *b, struct certificate *certificate)
{
	const struct http_client_settings settings = {
	    .host = HOST,
	    .ca_file = ca_file,
	    .random = test_random_void,
	    .request = REQUEST,
	    .request_bytes = strlen(REQUEST),
	};
	char error[HTTP_ERROR_TEXT];

	memset(b, 0, sizeof(*b));
	b->now = (mono_t){1000 * MONO_NSEC_PER_SEC};
	assert_int_equal(http_client_new(&settings, b->now, &b->client, error), 0);
	b->server = server_new(certificate, NULL, MBEDTLS_SSL_MINOR_VERSION_3);
}

static void bench_end(struct bench *b)
{
	http_client_free(b->client);
	server_free(b->server);
}

static void give(struct bench *b, struct http_client_event event)
{
	struct http_client_actions actions;

	http_client_input(b->client, b->now, &event, &actions);
	assert_false(b->closed && actions.send_bytes); /* nothing after the end */
	pipe_put(&b->server->in, actions.send, actions.send_bytes);
	assert_false(b->finished && actions.finished); /* said once */
	assert_int_equal(actions.close, actions.finished);
	b->closed = b->closed || actions.close;
	b->finished = b->finished || actions.finished;
	if (b->finished) {
		b->result = http_client_result(b->client);
		assert_true(mono_is_never(http_client_next_wake(b->client)));
	}
}

static void give_type(struct bench *b, enum http_client_event_type type, int error)
{
	give(b, (struct http_client_event){.type = type, .error = error});
}

/* Lets both ends talk until neither has more to say; the client is fed `piece` bytes at a time. */
static void talk(struct bench *b, size_t piece)
{
	struct server *s = b->server;

	server_step(s);
	while (s->out.at < s->out.end && !b->finished) {
		size_t n = s->out.end - s->out.at < piece ? s->out.end - s->out.at : piece;

		give(b,
		    (struct http_client_event){
			.type = HTTP_CLIENT_BYTES, .data = s->out.bytes + s->out.at, .bytes = n});
		s->out.at += n;
		server_step(s);
	}
	server_step(s);
}

/* Connected, verified, the request is with the server. */
static void until_request(struct bench *b)
{
	give_type(b, HTTP_CLIENT_CONNECTED, 0);
	talk(b, 4096);
	assert_true(b->server->open);
	assert_string_equal(b->server->plain, REQUEST);
	assert_false(b->finished);
}

static void answer(struct bench *b, const char *text, bool close_notify, size_t piece)
{
	server_say(b->server, text);
	if (close_notify)
		mbedtls_ssl_close_notify(&b->server->ssl);
	talk(b, piece);
}

static void assert_failed(const struct bench *b, enum http_error error, const char *why)
{
	if (!b->finished || b->result->error != error || !strstr(b->result->why, why))
		fail_msg("finished %d error %d \"%s\", wanted %d \"%s\"", b->finished,
		    b->finished ? (int)b->result->error : -1, b->finished ? b->result->why : "",
		    error, why);
	assert_int_equal(b->result->status, 0);
	assert_null(b->result->body); /* never a short success */
}

static void test_an_answer_with_a_length(void **state)
{
	static const size_t pieces[] = {1, 5, 4096};

	for (size_t i = 0; i < 3; i++) {
		struct bench b;

		bench_begin(&b, &leaf);
		until_request(&b);
		answer(&b,
		    "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 09:46:05 GMT\r\n"
		    "Content-Length: 4\r\n\r\n<a/>",
		    false, pieces[i]);
		assert_true(b.finished && b.closed);
		assert_int_equal(b.result->error, HTTP_OK);
		assert_int_equal(b.result->status, 200);
		assert_string_equal(b.result->date, "Sat, 21 Nov 2026 09:46:05 GMT");
		assert_int_equal(b.result->body_bytes, 4);
		assert_memory_equal(b.result->body, "<a/>", 4);
		server_step(b.server);
		assert_int_equal(b.server->error, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
		bench_end(&b);
	}
}

static void test_an_answer_without_a_length(void **state)
{
	struct bench b;

	bench_begin(&b, &leaf);
	until_request(&b);
	answer(&b, "HTTP/1.1 403 Forbidden\r\n\r\n<Response/>", true, 4096);
	assert_true(b.finished);
	assert_int_equal(b.result->error, HTTP_OK);
	assert_int_equal(b.result->status, 403);
	assert_int_equal(b.result->body_bytes, 11);
	bench_end(&b);
}

static void test_an_answer_of_many_records(void **state)
{
	char *text = malloc(700000 + 64);
	struct bench b;

	bench_begin(&b, &leaf);
	until_request(&b);
	memset(text, 'x', 700000 + 64);
	text[sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n")] = 'x';
	text[strcspn(text, "x") + 700000] = '\0';
	for (size_t at = 0, all = strlen(text); at < all; at += 100000) {
		char part[100001];

		snprintf(part, sizeof(part), "%s", text + at);
		b.server->out.at = b.server->out.end = 0;
		answer(&b, part, false, 16000);
	}
	assert_true(b.finished);
	assert_int_equal(b.result->error, HTTP_OK);
	assert_int_equal(b.result->body_bytes, 700000);
	free(text);
	bench_end(&b);
}

static void test_A02_nothing_is_said_to_another_host(void **state)
{
	struct bench b;

	bench_begin(&b, &wrong_leaf);
	give_type(&b, HTTP_CLIENT_CONNECTED, 0);
	talk(&b, 4096);
	assert_failed(&b, HTTP_CERTIFICATE, "issued for another host name");
	assert_int_equal(b.server->plain_bytes, 0);
	bench_end(&b);
}

static void test_A05_truncation_is_an_error(void **state)
{
	static const char *const cut[] = {"", "HTTP/1.1 200 OK\r\nContent-",
	    "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n<a/>",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n",
	    "HTTP/1.1 200 OK\r\n\r\n<a/>"};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		struct bench b;

		bench_begin(&b, &leaf); /* the connection ends, TLS does not */
		until_request(&b);
		answer(&b, cut[i], false, 4096);
		assert_false(b.finished);
		give_type(&b, HTTP_CLIENT_CLOSED, 0);
		assert_failed(&b, HTTP_RECEIVE, "without ending TLS");
		bench_end(&b);
		bench_begin(&b, &leaf); /* the connection is reset */
		until_request(&b);
		answer(&b, cut[i], false, 4096);
		give_type(&b, HTTP_CLIENT_CLOSED, ECONNRESET);
		assert_failed(&b, HTTP_RECEIVE, "reset");
		bench_end(&b);
		if (i == 4)
			continue;
		bench_begin(&b, &leaf); /* TLS ends, the answer does not */
		until_request(&b);
		answer(&b, cut[i], true, 4096);
		assert_failed(&b, HTTP_RECEIVE, "before it was complete");
		bench_end(&b);
	}
}

static void test_A06_a_redirect_is_not_followed(void **state)
{
	static const char *const where[] = {
	    "http://" HOST "/", "https://evil.example/", "https://" HOST "/"};

	for (size_t i = 0; i < 3; i++) {
		struct bench b;
		char text[256];

		bench_begin(&b, &leaf);
		until_request(&b);
		snprintf(text, sizeof(text),
		    "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
		    where[i]);
		answer(&b, text, false, 4096);
		assert_true(b.finished && b.closed);
		assert_int_equal(b.result->error, HTTP_OK);
		assert_int_equal(b.result->status, 307);
		assert_string_equal(b.server->plain, REQUEST); /* once */
		bench_end(&b);
	}
}

/* Time passes until the engine gives up; returns after how many milliseconds since `from`. */
static int64_t wait_for_end(struct bench *b, mono_t from)
{
	while (!b->finished) {
		mono_t wake = http_client_next_wake(b->client);

		assert_true(mono_before(b->now, wake));
		b->now = wake;
		give_type(b, HTTP_CLIENT_TIMER, 0);
	}
	return mono_diff_msec(b->now, from);
}

static void test_A07_silence_in_every_state(void **state)
{
	struct bench b;
	mono_t from;

	bench_begin(&b, &leaf);
	assert_int_equal(wait_for_end(&b, b.now), 10000);
	assert_failed(&b, HTTP_CONNECT_TIMEOUT, "10 seconds");
	bench_end(&b);
	bench_begin(&b, &leaf);
	b.now = mono_add_sec(b.now, 3);
	from = b.now;
	give_type(&b, HTTP_CLIENT_CONNECTED, 0);
	assert_int_equal(wait_for_end(&b, from), 10000);
	assert_failed(&b, HTTP_SSL, "10 seconds");
	bench_end(&b);
	bench_begin(&b, &leaf);
	from = b.now;
	until_request(&b);
	assert_int_equal(wait_for_end(&b, from), 30000);
	assert_failed(&b, HTTP_RECEIVE_TIMEOUT, "30 seconds");
	bench_end(&b);
}

static void test_A07_one_byte_a_second(void **state)
{
	struct bench b;
	mono_t from;

	bench_begin(&b, &leaf); /* in the answer */
	from = b.now;
	until_request(&b);
	for (int i = 0; i < 40 && !b.finished; i++) {
		b.now = mono_add_sec(b.now, 1);
		answer(&b, i == 0 ? "HTTP/1.1 200 OK\r\nX: " : "a", false, 4096);
	}
	assert_failed(&b, HTTP_RECEIVE_TIMEOUT, "30 seconds");
	assert_int_equal(mono_diff_sec(b.now, from), 30);
	bench_end(&b);
	bench_begin(&b, &leaf); /* in the handshake */
	from = b.now;
	give_type(&b, HTTP_CLIENT_CONNECTED, 0);
	server_step(b.server);
	for (size_t i = 0; i < 40 && !b.finished; i++) {
		b.now = mono_add_sec(b.now, 1);
		give(&b,
		    (struct http_client_event){
			.type = HTTP_CLIENT_BYTES, .data = b.server->out.bytes + i, .bytes = 1});
	}
	assert_failed(&b, HTTP_SSL, "10 seconds");
	assert_int_equal(mono_diff_sec(b.now, from), 10);
	bench_end(&b);
}

static void test_an_early_timer_does_no_harm(void **state)
{
	struct bench b;

	bench_begin(&b, &leaf);
	give_type(&b, HTTP_CLIENT_TIMER, 0);
	until_request(&b);
	b.now = mono_add_msec(b.now, 29999);
	give_type(&b, HTTP_CLIENT_TIMER, 0);
	assert_false(b.finished);
	answer(&b, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, 4096);
	assert_true(b.finished);
	assert_int_equal(b.result->error, HTTP_OK);
	bench_end(&b);
}

static void test_the_connection_fails(void **state)
{
	static const struct {
		enum http_client_event_type type;
		int error;
		bool connected;
		enum http_error result;
		const char *why;
	} row[] = {
	    {HTTP_CLIENT_CONNECT_FAILED, ECONNREFUSED, false, HTTP_CONNECT_ERROR, "refused"},
	    {HTTP_CLIENT_CONNECT_FAILED, EHOSTUNREACH, false, HTTP_CONNECT_ERROR, "No route"},
	    {HTTP_CLIENT_CLOSED, ECONNRESET, false, HTTP_CONNECT_ERROR, "reset"},
	    {HTTP_CLIENT_CLOSED, 0, true, HTTP_SSL, "during the TLS handshake"},
	    {HTTP_CLIENT_CLOSED, ECONNRESET, true, HTTP_SSL, "reset"},
	    {HTTP_CLIENT_SEND_FAILED, EPIPE, true, HTTP_SEND, "pipe"},
	    {HTTP_CLIENT_CANCEL, 0, false, HTTP_CANNOT_CONNECT, "cancelled"},
	    {HTTP_CLIENT_CANCEL, 0, true, HTTP_CANNOT_CONNECT, "cancelled"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bench b;

		bench_begin(&b, &leaf);
		if (row[i].connected)
			give_type(&b, HTTP_CLIENT_CONNECTED, 0);
		give_type(&b, row[i].type, row[i].error);
		assert_failed(&b, row[i].result, row[i].why);
		give_type(&b, HTTP_CLIENT_CONNECTED, 0); /* after the end nothing matters */
		give_type(&b, HTTP_CLIENT_TIMER, 0);
		give(&b,
		    (struct http_client_event){.type = HTTP_CLIENT_BYTES, .data = "x", .bytes = 1});
		bench_end(&b);
	}
}

static void test_A08_A09_A10_an_illegal_answer(void **state)
{
	static const char *const texts[] = {"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\n",
	    "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "SSH-2.0-OpenSSH\r\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bench b;

		bench_begin(&b, &leaf);
		until_request(&b);
		answer(&b, texts[i], false, 4096);
		assert_failed(&b, HTTP_ILLEGAL, "");
		assert_string_not_equal(b.result->why, "");
		bench_end(&b);
	}
}

static void test_not_tls_at_all(void **state)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct bench b;

	bench_begin(&b, &leaf);
	give_type(&b, HTTP_CLIENT_CONNECTED, 0);
	give(&b, (struct http_client_event){
		     .type = HTTP_CLIENT_BYTES, .data = text, .bytes = strlen(text)});
	assert_failed(&b, HTTP_SSL, "TLS handshake failed");
	bench_end(&b);
}

static void test_settings_that_cannot_work(void **state)
{
	struct http_client_settings settings = {.host = HOST,
	    .ca_file = "/nonexistent",
	    .random = test_random_void,
	    .request = "",
	    .request_bytes = 0};
	char error[HTTP_ERROR_TEXT];
	struct http_client *client;

	assert_int_equal(http_client_new(&settings, (mono_t){0}, &client, error), -ENOENT);
	assert_null(client);
	assert_non_null(strstr(error, "/nonexistent"));
	settings.ca_file = ca_file;
	settings.host = "192.0.2.1";
	assert_int_equal(http_client_new(&settings, (mono_t){0}, &client, error), -EINVAL);
	assert_null(client);
}

static int setup(void **state)
{
	certificate_make(&root, &(struct certificate_spec){.cn = "Root", .ca = true}, NULL);
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	certificate_make(&wrong_leaf,
	    &(struct certificate_spec){.cn = "x", .dns = "ec2.us-east-1.amazonaws.com"}, &root);
	certificate_save(&root, ca_file);
	return 0;
}

static int teardown(void **state)
{
	unlink(ca_file);
	certificate_free(&root);
	certificate_free(&leaf);
	certificate_free(&wrong_leaf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_answer_with_a_length),
	    cmocka_unit_test(test_an_answer_without_a_length),
	    cmocka_unit_test(test_an_answer_of_many_records),
	    cmocka_unit_test(test_A02_nothing_is_said_to_another_host),
	    cmocka_unit_test(test_A05_truncation_is_an_error),
	    cmocka_unit_test(test_A06_a_redirect_is_not_followed),
	    cmocka_unit_test(test_A07_silence_in_every_state),
	    cmocka_unit_test(test_A07_one_byte_a_second),
	    cmocka_unit_test(test_an_early_timer_does_no_harm),
	    cmocka_unit_test(test_the_connection_fails),
	    cmocka_unit_test(test_A08_A09_A10_an_illegal_answer),
	    cmocka_unit_test(test_not_tls_at_all),
	    cmocka_unit_test(test_settings_that_cannot_work),
	};

	return cmocka_run_group_tests_name("http/client", tests, setup, teardown);
}
