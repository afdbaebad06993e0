/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The same exchange with somebody else's TLS at the other end: OpenSSL, driven by
 * tests/lib/tls-oracle over a socket pair. Run from the top of the tree. */
#include "tests/unit/http/tls_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "control/http/client.h"

#define REQUEST "POST / HTTP/1.1\r\nHost: " HOST "\r\nContent-Length: 4\r\n\r\nbody"

static struct certificate root;
static char ca_file[] = "/tmp/cgw-test-ca-XXXXXX";

static void save_key(struct certificate *c, char *path)
{
	unsigned char pem[8192];
	FILE *f;

	assert_int_equal(mbedtls_pk_write_key_pem(&c->key, pem, sizeof(pem)), 0);
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	assert_true(fputs((const char *)pem, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

struct oracle {
	pid_t pid;
	int fd;
	char chain[32], key[32];
};

static void oracle_start(struct oracle *o, const struct certificate_spec *spec, const char *version,
    const char *ciphers, const char *rude)
{
	struct certificate leaf;
	int pair[2];

	certificate_make(&leaf, spec, &root);
	strcpy(o->chain, "/tmp/cgw-test-crt-XXXXXX");
	strcpy(o->key, "/tmp/cgw-test-key-XXXXXX");
	certificate_save(&leaf, o->chain);
	save_key(&leaf, o->key);
	certificate_free(&leaf);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	o->pid = fork();
	assert_true(o->pid >= 0);
	if (o->pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(pair[1], 0);
		dup2(pair[1], 1);
		dup2(null, 2);
		unsetenv("LD_PRELOAD");
		execl("tests/lib/tls-oracle", "tls-oracle", o->chain, o->key, version, ciphers,
		    rude, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	o->fd = pair[0];
}

static int oracle_end(struct oracle *o)
{
	int status;

	close(o->fd);
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	unlink(o->chain);
	unlink(o->key);
	return status;
}

/* Runs an exchange to its end and leaves the result in `result`, the body in `body`. */
static void exchange(const struct oracle *o, struct http_client_result *result, char body[64])
{
	const struct http_client_settings settings = {
	    .host = HOST,
	    .ca_file = ca_file,
	    .random = test_random_void,
	    .request = REQUEST,
	    .request_bytes = strlen(REQUEST),
	};
	struct http_client_event event = {.type = HTTP_CLIENT_CONNECTED};
	struct http_client_actions actions = {0};
	char error[HTTP_ERROR_TEXT], bytes[4096];
	struct http_client *client;
	mono_t now = {0}; /* stands still: what fails here does so at once */

	assert_int_equal(http_client_new(&settings, now, &client, error), 0);
	for (;;) {
		struct pollfd readable = {.fd = o->fd, .events = POLLIN};
		ssize_t n;

		http_client_input(client, now, &event, &actions);
		if (actions.send_bytes)
			(void)send(o->fd, actions.send, actions.send_bytes, MSG_NOSIGNAL);
		if (actions.finished)
			break;
		assert_int_equal(poll(&readable, 1, 20000), 1);
		n = recv(o->fd, bytes, sizeof(bytes), 0);
		event = (struct http_client_event){
		    .type = n > 0 ? HTTP_CLIENT_BYTES : HTTP_CLIENT_CLOSED,
		    .data = bytes,
		    .bytes = n > 0 ? (size_t)n : 0,
		    .error = n < 0 ? errno : 0,
		};
	}
	*result = *http_client_result(client);
	memset(body, 0, 64);
	if (result->body)
		memcpy(body, result->body, result->body_bytes < 63 ? result->body_bytes : 63);
	http_client_free(client);
}

static const struct certificate_spec good_ec = {.cn = "x", .dns = HOST};
static const struct certificate_spec good_rsa = {.cn = "x", .dns = HOST, .key = KEY_RSA_2048};

static void test_exchanges_with_openssl(void **state)
{
	static const struct {
		const struct certificate_spec *spec;
		const char *version, *ciphers;
	} row[] = {
	    {&good_ec, "any", "DEFAULT"},
	    {&good_rsa, "any", "DEFAULT"},
	    {&good_rsa, "TLSv1_2", "ECDHE-RSA-AES128-GCM-SHA256"},
	    {&good_rsa, "TLSv1_2", "ECDHE-RSA-AES256-GCM-SHA384"},
	    {&good_rsa, "TLSv1_2", "ECDHE-RSA-CHACHA20-POLY1305"},
	    {&good_ec, "TLSv1_2", "ECDHE-ECDSA-CHACHA20-POLY1305"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct http_client_result result;
		struct oracle o;
		char body[64];

		oracle_start(&o, row[i].spec, row[i].version, row[i].ciphers, "");
		exchange(&o, &result, body);
		if (result.error != HTTP_OK)
			fail_msg("row %zu: %d %s", i, result.error, result.why);
		assert_int_equal(result.status, 200);
		assert_string_equal(body, "body");
		assert_int_equal(oracle_end(&o), 0);
	}
}

static void refuse(
    const struct certificate_spec *spec, const char *version, const char *ciphers, const char *why)
{
	struct http_client_result result;
	struct oracle o;
	char body[64];

	oracle_start(&o, spec, version, ciphers, "");
	exchange(&o, &result, body);
	if ((result.error != HTTP_SSL && result.error != HTTP_CERTIFICATE &&
		result.error != HTTP_CERTIFICATE_TIME) ||
	    !strstr(result.why, why))
		fail_msg("%s %s: %d \"%s\"", version, ciphers, result.error, result.why);
	assert_int_not_equal(oracle_end(&o), 0); /* it never got its request */
}

static void test_A01_A02_certificates_that_openssl_would_serve(void **state)
{
	refuse(&(struct certificate_spec){.cn = HOST, .dns = "*.amazonaws.com"}, "any", "DEFAULT",
	    "issued for another host name");
	refuse(&(struct certificate_spec){.cn = HOST, .ip = true}, "any", "DEFAULT",
	    "issued for another host name");
	refuse(&(struct certificate_spec){.cn = "x", .dns = HOST, .until = "20240101000000"}, "any",
	    "DEFAULT", "expired");
}

static void test_A04_weak_servers(void **state)
{
	refuse(&good_rsa, "TLSv1", "ALL", "TLS handshake failed");
	refuse(&good_rsa, "TLSv1_1", "ALL", "TLS handshake failed");
	refuse(&good_rsa, "TLSv1_3", "ALL", "TLS handshake failed");
	refuse(&good_rsa, "TLSv1_2", "AES128-GCM-SHA256", "TLS handshake failed");
	refuse(&good_rsa, "TLSv1_2", "ECDHE-RSA-AES128-SHA", "TLS handshake failed");
	refuse(&good_rsa, "TLSv1_2", "NULL-SHA256", "TLS handshake failed");
	refuse(&(struct certificate_spec){.cn = "x", .dns = HOST, .key = KEY_RSA_1024}, "any",
	    "DEFAULT", "key too weak");
	refuse(&(struct certificate_spec){.cn = "x", .dns = HOST, .md = MBEDTLS_MD_SHA1}, "any",
	    "DEFAULT", "weak hash");
}

static void test_A05_openssl_that_just_goes_away(void **state)
{
	struct http_client_result result;
	struct oracle o;
	char body[64];

	oracle_start(&o, &good_ec, "any", "DEFAULT", "rude");
	exchange(&o, &result, body);
	assert_int_equal(result.error, HTTP_RECEIVE);
	assert_non_null(strstr(result.why, "without ending TLS"));
	assert_string_equal(body, "");
	assert_int_equal(oracle_end(&o), 0);
}

static int setup(void **state)
{
	certificate_make(&root, &(struct certificate_spec){.cn = "Root", .ca = true}, NULL);
	certificate_save(&root, ca_file);
	return 0;
}

static int teardown(void **state)
{
	unlink(ca_file);
	certificate_free(&root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exchanges_with_openssl),
	    cmocka_unit_test(test_A01_A02_certificates_that_openssl_would_serve),
	    cmocka_unit_test(test_A04_weak_servers),
	    cmocka_unit_test(test_A05_openssl_that_just_goes_away),
	};

	return cmocka_run_group_tests_name("http/client_openssl", tests, setup, teardown);
}
