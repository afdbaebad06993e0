/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who is believed: handshakes with a server of every doubtful kind. The other end is mbedTLS's
 * server; OpenSSL's stands in test_client_openssl.c. */
#include "tests/unit/http/tls_server.h"

#include <errno.h>

#include "control/http/tls.h"

static struct certificate root, other_root;
static char ca_file[] = "/tmp/cgw-test-ca-XXXXXX";

static struct tls *client_new(void)
{
	const struct tls_settings settings = {
	    .host = HOST,
	    .ca_file = ca_file,
	    .random = test_random_void,
	};
	char error[HTTP_ERROR_TEXT];
	struct tls *tls;

	assert_int_equal(tls_new(&settings, &tls, error), 0);
	return tls;
}

/* Carries bytes both ways, in pieces of `piece`, until neither has more to say. */
static void run(struct tls *tls, struct server *s, size_t piece)
{
	bool moved = true;

	while (moved) {
		const uint8_t *p;
		size_t bytes;

		tls_step(tls);
		p = tls_output(tls, &bytes);
		pipe_put(&s->in, p, bytes);
		server_step(s);
		moved = bytes > 0 || s->out.at < s->out.end;
		while (s->out.at < s->out.end && tls_state(tls) == TLS_HANDSHAKE) {
			size_t n = s->out.end - s->out.at < piece ? s->out.end - s->out.at : piece;

			assert_int_equal(tls_input(tls, s->out.bytes + s->out.at, n), 0);
			s->out.at += n;
			tls_step(tls);
		}
		if (tls_state(tls) == TLS_OPEN && s->out.at < s->out.end) {
			assert_int_equal(
			    tls_input(tls, s->out.bytes + s->out.at, s->out.end - s->out.at), 0);
			s->out.at = s->out.end;
		}
		if (tls_state(tls) == TLS_FAILED)
			moved = bytes > 0;
	}
}

/* The handshake fails, for the reason given, and the server never hears a word. */
static enum http_error assert_refused(
    struct certificate *certificate, const int *suites, int version, const char *why)
{
	enum http_error error;
	struct server *s = server_new(certificate, suites, version);
	struct tls *tls = client_new();
	char plain[16];

	run(tls, s, 4096);
	if (tls_state(tls) != TLS_FAILED || !strstr(tls_why(tls), why))
		fail_msg("state %d, \"%s\", wanted \"%s\"", tls_state(tls), tls_why(tls), why);
	assert_int_equal(tls_write(tls, "secret", 6), -EIO);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), -EIO);
	run(tls, s, 4096);
	assert_false(s->open);
	assert_int_equal(s->plain_bytes, 0);
	error = tls_error(tls);
	tls_free(tls);
	server_free(s);
	return error;
}

/* The same for a certificate that is made for the occasion. */
static enum http_error assert_certificate_refused(
    const struct certificate_spec *spec, struct certificate *issuer, const char *why)
{
	struct certificate certificate;
	enum http_error error;

	certificate_make(&certificate, spec, issuer);
	error = assert_refused(&certificate, NULL, MBEDTLS_SSL_MINOR_VERSION_3, why);
	certificate_free(&certificate);
	return error;
}

/* A handshake, the request, an answer, close_notify. */
static void assert_exchange(struct certificate *certificate, const int *suites, size_t piece)
{
	struct server *s = server_new(certificate, suites, MBEDTLS_SSL_MINOR_VERSION_3);
	struct tls *tls = client_new();
	char plain[64];

	assert_int_equal(tls_write(tls, "early", 5), -EAGAIN);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), 0);
	run(tls, s, piece);
	if (tls_state(tls) != TLS_OPEN)
		fail_msg("not open: %s", tls_why(tls));
	assert_int_equal(tls_write(tls, "request", 7), 0);
	run(tls, s, piece);
	assert_string_equal(s->plain, "request");
	server_say(s, "answer");
	mbedtls_ssl_close_notify(&s->ssl);
	run(tls, s, piece);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), 6);
	assert_memory_equal(plain, "answer", 6);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), 0);
	assert_int_equal(tls_state(tls), TLS_CLOSED);
	tls_close(tls);
	run(tls, s, piece);
	assert_int_equal(s->error, MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
	tls_free(tls);
	server_free(s);
}

static void test_good_certificates(void **state)
{
	static const struct certificate_spec specs[] = {
	    {.cn = "x", .dns = HOST},
	    {.cn = "x", .dns = "EC2.AP-northeast-1.AmazonAWS.com"},
	    {.cn = "x", .dns = "*.ap-northeast-1.amazonaws.com"},
	    {.cn = "x", .dns = HOST, .key = KEY_RSA_2048},
	};

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct certificate certificate;

		certificate_make(&certificate, &specs[i], &root);
		assert_exchange(&certificate, NULL, i == 0 ? 1 : 4096);
		certificate_free(&certificate);
	}
}

static void test_every_suite_that_is_offered(void **state)
{
	static const int suites[][2] = {
	    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0},
	    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, 0},
	    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 0},
	};
	struct certificate certificate;

	certificate_make(&certificate, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		assert_exchange(&certificate, suites[i], 4096);
	certificate_free(&certificate);
}

static void test_an_intermediate_ca(void **state)
{
	struct certificate middle, leaf;

	certificate_make(&middle, &(struct certificate_spec){.cn = "Middle", .ca = true}, &root);
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &middle);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3, "not signed by a trusted CA");
	certificate_chain(&leaf, &middle);
	assert_exchange(&leaf, NULL, 4096);
	certificate_free(&middle);
	certificate_free(&leaf);
}

/* ---- A01, A02: the certificate ---- */

static void test_A01_expired_and_not_yet_valid(void **state)
{
	assert_int_equal(
	    assert_certificate_refused(
		&(struct certificate_spec){.cn = "x", .dns = HOST, .until = "20240101000000"},
		&root, "refused: expired"),
	    HTTP_CERTIFICATE_TIME);
	assert_int_equal(
	    assert_certificate_refused(
		&(struct certificate_spec){.cn = "x", .dns = HOST, .from = "20980101000000"}, &root,
		"refused: not yet valid"),
	    HTTP_CERTIFICATE_TIME);
}

static void test_A01_self_signed_and_unknown_ca(void **state)
{
	struct certificate leaf;

	assert_certificate_refused(&(struct certificate_spec){.cn = HOST, .dns = HOST}, NULL,
	    "refused: not signed by a trusted CA");
	assert_certificate_refused(&(struct certificate_spec){.cn = "x", .dns = HOST}, &other_root,
	    "refused: not signed by a trusted CA");
	/* the same name as the trusted root, another key; the whole chain is sent */
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &other_root);
	certificate_chain(&leaf, &other_root);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3, "not signed by a trusted CA");
	certificate_free(&leaf);
}

static void test_A01_a_leaf_is_no_ca(void **state)
{
	struct certificate false_ca, leaf;

	certificate_make(
	    &false_ca, &(struct certificate_spec){.cn = "Host", .dns = "evil.example"}, &root);
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &false_ca);
	certificate_chain(&leaf, &false_ca);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3, "not signed by a trusted CA");
	certificate_free(&false_ca);
	certificate_free(&leaf);
}

static void test_A01_all_reasons_are_said(void **state)
{
	assert_int_equal(
	    assert_certificate_refused(
		&(struct certificate_spec){
		    .cn = "x", .dns = "a.example", .until = "20240101000000"},
		&other_root, "expired, issued for another host name, not signed by a trusted CA"),
	    HTTP_CERTIFICATE);
}

static void test_A02_A03_another_host(void **state)
{
	assert_certificate_refused(
	    &(struct certificate_spec){.cn = "x", .dns = "ec2.us-east-1.amazonaws.com"}, &root,
	    "refused: issued for another host name");
	/* a name in the CN does not help where there are alternative names */
	assert_certificate_refused(&(struct certificate_spec){.cn = HOST, .dns = "other.example"},
	    &root, "issued for another host name");
	assert_certificate_refused(
	    &(struct certificate_spec){.cn = "x", .dns = HOST ".evil.example"}, &root,
	    "issued for another host name");
	assert_certificate_refused(&(struct certificate_spec){.cn = "x",
				       .dns = HOST "\0.evil.example",
				       .dns_bytes = sizeof(HOST ".evil.example")},
	    &root, "issued for another host name");
}

static void test_A02_wildcards_that_reach_too_far(void **state)
{
	static const char *const names[] = {"*", "*.", "*.amazonaws.com", "*.com",
	    "ec2.*.amazonaws.com", "e*2.ap-northeast-1.amazonaws.com",
	    "*2.ap-northeast-1.amazonaws.com", "*.*.amazonaws.com",
	    "*ap-northeast-1.amazonaws.com"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_certificate_refused(&(struct certificate_spec){.cn = "x", .dns = names[i]},
		    &root, "issued for another host name");
}

static void test_A02_an_address_is_not_a_name(void **state)
{
	static const char *const hosts[] = {
	    "203.0.113.5", "2001:db8::1", "", "a b", "a/b", ".a", "a."};
	char error[HTTP_ERROR_TEXT];
	struct tls *tls;

	assert_certificate_refused(&(struct certificate_spec){.cn = HOST, .ip = true}, &root,
	    "issued for another host name");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		const struct tls_settings settings = {
		    .host = hosts[i], .ca_file = ca_file, .random = test_random_void};

		assert_int_equal(tls_new(&settings, &tls, error), -EINVAL);
		assert_null(tls);
	}
}

static void test_no_name_and_no_trust_store_make_no_engine(void **state)
{
	struct tls_settings settings = {.ca_file = ca_file, .random = test_random_void};
	char error[HTTP_ERROR_TEXT];
	struct tls *tls;

	assert_int_equal(tls_new(&settings, &tls, error), -EINVAL);
	settings.host = HOST;
	settings.ca_file = NULL;
	assert_int_equal(tls_new(&settings, &tls, error), -ENOENT);
	settings.ca_file = "/dev/null";
	assert_int_equal(tls_new(&settings, &tls, error), -ENOENT);
	assert_non_null(strstr(error, "no CA certificate could be read from /dev/null"));
	settings.ca_file = "/nonexistent/ca.pem";
	assert_int_equal(tls_new(&settings, &tls, error), -ENOENT);
	assert_null(tls);
}

/* ---- A04: weak things ---- */

static void test_A04_old_versions(void **state)
{
	struct certificate leaf;

	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_1, "TLS handshake failed");
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_2, "TLS handshake failed");
	certificate_free(&leaf);
}

/* A server (or someone on the way) that answers the hello with an older version. */
static void test_A04_an_older_version_in_the_answer(void **state)
{
	static const uint8_t minors[] = {0, 1, 2};
	struct certificate leaf;

	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	for (size_t i = 0; i < sizeof(minors); i++) {
		struct server *s = server_new(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3);
		struct tls *tls = client_new();
		const uint8_t *p;
		size_t bytes;

		tls_step(tls);
		p = tls_output(tls, &bytes);
		pipe_put(&s->in, p, bytes);
		server_step(s);
		assert_int_equal(s->out.bytes[5], 2); /* server_hello: RFC 5246 7.4.1.3 */
		assert_memory_equal(s->out.bytes + 9, "\x03\x03", 2);
		s->out.bytes[10] = minors[i];
		assert_int_equal(tls_input(tls, s->out.bytes, s->out.end), 0);
		assert_int_equal(tls_step(tls), TLS_FAILED);
		assert_non_null(strstr(tls_why(tls), "protocol"));
		tls_free(tls);
		server_free(s);
	}
	certificate_free(&leaf);
}

static void test_A04_suites_without_forward_secrecy_or_aead(void **state)
{
	static const int suites[][2] = {
	    {MBEDTLS_TLS_RSA_WITH_AES_128_GCM_SHA256, 0},
	    {MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA, 0},
	    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, 0},
	    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, 0},
	    {MBEDTLS_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, 0},
	};
	struct certificate leaf;

	certificate_make(
	    &leaf, &(struct certificate_spec){.cn = "x", .dns = HOST, .key = KEY_RSA_2048}, &root);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		assert_refused(
		    &leaf, suites[i], MBEDTLS_SSL_MINOR_VERSION_3, "TLS handshake failed");
	certificate_free(&leaf);
}

/* RFC 5246 7.4.1.2. Whatever a server would like to speak, RC4, 3DES, NULL and export are not
 * there. */
static void test_A04_what_is_offered(void **state)
{
	static const uint16_t allowed[] = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x00ff};
	struct tls *tls = client_new();
	const uint8_t *p;
	size_t bytes, at, count;

	tls_step(tls);
	p = tls_output(tls, &bytes);
	assert_true(bytes > 80);
	assert_int_equal(p[5], 1); /* client_hello */
	assert_memory_equal(p + 9, "\x03\x03", 2);
	at = 9 + 2 + 32;
	at += 1u + p[at]; /* session id */
	count = (size_t)(p[at] << 8 | p[at + 1]) / 2;
	assert_in_range(count, 6, 7);
	for (size_t i = 0; i < count; i++) {
		uint16_t suite = (uint16_t)(p[at + 2 + 2 * i] << 8 | p[at + 3 + 2 * i]);
		bool known = false;

		for (size_t j = 0; j < sizeof(allowed) / sizeof(allowed[0]); j++)
			known = known || suite == allowed[j];
		assert_true(known);
	}
	/* the server's name goes along in clear, so that it can choose its certificate */
	assert_non_null(memmem(p, bytes, HOST, strlen(HOST)));
	tls_free(tls);
}

static void test_A04_sha1_in_the_chain(void **state)
{
	struct certificate middle, leaf;

	assert_certificate_refused(
	    &(struct certificate_spec){.cn = "x", .dns = HOST, .md = MBEDTLS_MD_SHA1}, &root,
	    "signed with a weak hash");
	certificate_make(&middle,
	    &(struct certificate_spec){.cn = "Middle", .ca = true, .md = MBEDTLS_MD_SHA1}, &root);
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &middle);
	certificate_chain(&leaf, &middle);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3, "signed with a weak hash");
	certificate_free(&middle);
	certificate_free(&leaf);
}

static void test_A04_short_rsa_keys(void **state)
{
	struct certificate middle, leaf;

	assert_certificate_refused(
	    &(struct certificate_spec){.cn = "x", .dns = HOST, .key = KEY_RSA_512}, &root,
	    "key too weak");
	assert_certificate_refused(
	    &(struct certificate_spec){.cn = "x", .dns = HOST, .key = KEY_RSA_1024}, &root,
	    "key too weak");
	certificate_make(&middle,
	    &(struct certificate_spec){.cn = "Middle", .ca = true, .key = KEY_RSA_1024}, &root);
	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &middle);
	certificate_chain(&leaf, &middle);
	assert_refused(&leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3, "key too weak");
	certificate_free(&middle);
	certificate_free(&leaf);
}

/* ---- A05 and damaged records ---- */

static struct tls *open_pair(struct certificate *leaf, struct server **s)
{
	struct tls *tls = client_new();

	*s = server_new(leaf, NULL, MBEDTLS_SSL_MINOR_VERSION_3);
	run(tls, *s, 4096);
	assert_int_equal(tls_state(tls), TLS_OPEN);
	return tls;
}

static void test_A05_an_end_without_close_notify_is_an_error(void **state)
{
	struct certificate leaf;
	struct server *s;
	struct tls *tls;
	char plain[64];

	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	tls = open_pair(&leaf, &s);
	server_say(s, "half");
	run(tls, s, 4096);
	tls_input_end(tls);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), 4);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), -EIO);
	assert_int_equal(tls_state(tls), TLS_FAILED);
	assert_non_null(strstr(tls_why(tls), "without ending TLS"));
	tls_free(tls);
	server_free(s);
	tls = client_new();
	tls_step(tls);
	tls_input_end(tls);
	assert_int_equal(tls_step(tls), TLS_FAILED);
	assert_non_null(strstr(tls_why(tls), "during the TLS handshake"));
	tls_free(tls);
	certificate_free(&leaf);
}

static void test_a_damaged_record_ends_it(void **state)
{
	struct certificate leaf;
	struct server *s;
	struct tls *tls;
	char plain[64];

	certificate_make(&leaf, &(struct certificate_spec){.cn = "x", .dns = HOST}, &root);
	tls = open_pair(&leaf, &s);
	s->out.at = s->out.end = 0;
	server_say(s, "answer");
	s->out.bytes[s->out.end - 1] ^= 1;
	assert_int_equal(tls_input(tls, s->out.bytes, s->out.end), 0);
	assert_int_equal(tls_read(tls, plain, sizeof(plain)), -EIO);
	assert_int_equal(tls_state(tls), TLS_FAILED);
	tls_free(tls);
	server_free(s);
	certificate_free(&leaf);
}

static void test_input_is_bounded(void **state)
{
	static uint8_t block[200 * 1024];
	struct tls *tls = client_new();

	assert_int_equal(tls_input(tls, block, sizeof(block)), 0);
	assert_int_equal(tls_input(tls, block, sizeof(block)), -EMSGSIZE);
	tls_free(tls);
}

static int setup(void **state)
{
	const struct certificate_spec ca = {.cn = "Root", .ca = true};

	certificate_make(&root, &ca, NULL);
	certificate_make(&other_root, &ca, NULL);
	certificate_save(&root, ca_file);
	return 0;
}

static int teardown(void **state)
{
	unlink(ca_file);
	certificate_free(&root);
	certificate_free(&other_root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_certificates),
	    cmocka_unit_test(test_every_suite_that_is_offered),
	    cmocka_unit_test(test_an_intermediate_ca),
	    cmocka_unit_test(test_A01_expired_and_not_yet_valid),
	    cmocka_unit_test(test_A01_self_signed_and_unknown_ca),
	    cmocka_unit_test(test_A01_a_leaf_is_no_ca),
	    cmocka_unit_test(test_A01_all_reasons_are_said),
	    cmocka_unit_test(test_A02_A03_another_host),
	    cmocka_unit_test(test_A02_wildcards_that_reach_too_far),
	    cmocka_unit_test(test_A02_an_address_is_not_a_name),
	    cmocka_unit_test(test_no_name_and_no_trust_store_make_no_engine),
	    cmocka_unit_test(test_A04_old_versions),
	    cmocka_unit_test(test_A04_an_older_version_in_the_answer),
	    cmocka_unit_test(test_A04_suites_without_forward_secrecy_or_aead),
	    cmocka_unit_test(test_A04_what_is_offered),
	    cmocka_unit_test(test_A04_sha1_in_the_chain),
	    cmocka_unit_test(test_A04_short_rsa_keys),
	    cmocka_unit_test(test_A05_an_end_without_close_notify_is_an_error),
	    cmocka_unit_test(test_a_damaged_record_ends_it),
	    cmocka_unit_test(test_input_is_bounded),
	};

	return cmocka_run_group_tests_name("http/tls", tests, setup, teardown);
}
