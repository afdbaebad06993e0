/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For tests: certificates made to order, and a TLS server (mbedTLS) on memory queues. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <cmocka.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#define HOST "ec2.ap-northeast-1.amazonaws.com"

/* ---- certificates ---- */

enum key_kind { KEY_P256, KEY_RSA_512, KEY_RSA_1024, KEY_RSA_2048, KEY_KINDS };

struct certificate {
	mbedtls_x509_crt crt; /* itself, then the chain */
	mbedtls_pk_context key;
};

struct certificate_spec {
	const char *cn;
	const char *dns;          /* subjectAltName, NULL = none */
	size_t dns_bytes;         /* 0 = strlen */
	bool ip;                  /* subjectAltName 203.0.113.5 */
	const char *from, *until; /* YYYYMMDDhhmmss; NULL = a long time */
	enum key_kind key;
	mbedtls_md_type_t md; /* 0 = SHA-256 */
	bool ca;
};

static inline int test_random(void *ctx, unsigned char *out, size_t bytes)
{
	while (bytes) {
		ssize_t n = getrandom(out, bytes, 0);

		if (n <= 0)
			return -1;
		out += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static inline void test_random_void(void *ctx, uint8_t *out, size_t bytes)
{
	test_random(ctx, out, bytes);
}

static inline void key_make(mbedtls_pk_context *key, enum key_kind kind)
{
	static const unsigned bits[] = {0, 512, 1024, 2048};

	mbedtls_pk_init(key);
	if (kind == KEY_P256) {
		assert_int_equal(
		    mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
		assert_int_equal(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
				     test_random, NULL),
		    0);
		return;
	}
	assert_int_equal(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
	assert_int_equal(
	    mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), test_random, NULL, bits[kind], 65537), 0);
}

static inline void certificate_names(mbedtls_x509write_cert *w, const struct certificate_spec *spec)
{
	size_t dns = spec->dns ? (spec->dns_bytes ? spec->dns_bytes : strlen(spec->dns)) : 0, n = 2;
	unsigned char san[128] = {0x30};

	if (spec->dns) {
		san[n++] = 0x82; /* [2] dNSName */
		san[n++] = (unsigned char)dns;
		memcpy(san + n, spec->dns, dns);
		n += dns;
	}
	if (spec->ip) {
		memcpy(san + n, "\x87\x04\xcb\x00\x71\x05", 6); /* [7] iPAddress */
		n += 6;
	}
	san[1] = (unsigned char)(n - 2);
	if (n > 2)
		assert_int_equal(
		    mbedtls_x509write_crt_set_extension(w, MBEDTLS_OID_SUBJECT_ALT_NAME,
			sizeof(MBEDTLS_OID_SUBJECT_ALT_NAME) - 1, 0, san, n),
		    0);
}

/* Makes a certificate, signed by `issuer` or by itself. certificate_free() it. */
static inline void certificate_make(
    struct certificate *out, const struct certificate_spec *spec, struct certificate *issuer)
{
	static int serial_number = 1;
	mbedtls_x509write_cert w;
	unsigned char der[4096];
	char subject[128], issuer_name[256];
	mbedtls_mpi serial;
	int n;

	key_make(&out->key, spec->key);
	mbedtls_x509_crt_init(&out->crt);
	mbedtls_x509write_crt_init(&w);
	mbedtls_mpi_init(&serial);
	mbedtls_mpi_lset(&serial, serial_number++);
	snprintf(subject, sizeof(subject), "CN=%s", spec->cn);
	if (issuer)
		mbedtls_x509_dn_gets(issuer_name, sizeof(issuer_name), &issuer->crt.subject);
	mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(&w, spec->md ? spec->md : MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_serial(&w, &serial);
	mbedtls_x509write_crt_set_subject_key(&w, &out->key);
	mbedtls_x509write_crt_set_issuer_key(&w, issuer ? &issuer->key : &out->key);
	assert_int_equal(mbedtls_x509write_crt_set_subject_name(&w, subject), 0);
	assert_int_equal(
	    mbedtls_x509write_crt_set_issuer_name(&w, issuer ? issuer_name : subject), 0);
	assert_int_equal(
	    mbedtls_x509write_crt_set_validity(&w, spec->from ? spec->from : "20200101000000",
		spec->until ? spec->until : "20991231235959"),
	    0);
	assert_int_equal(mbedtls_x509write_crt_set_basic_constraints(&w, spec->ca, -1), 0);
	certificate_names(&w, spec);
	n = mbedtls_x509write_crt_der(&w, der, sizeof(der), test_random, NULL);
	assert_true(n > 0);
	assert_int_equal(
	    mbedtls_x509_crt_parse_der(&out->crt, der + sizeof(der) - (size_t)n, (size_t)n), 0);
	mbedtls_x509write_crt_free(&w);
	mbedtls_mpi_free(&serial);
}

static inline void certificate_free(struct certificate *c)
{
	mbedtls_x509_crt_free(&c->crt);
	mbedtls_pk_free(&c->key);
}

/* Adds the issuer to what the server sends. */
static inline void certificate_chain(struct certificate *c, const struct certificate *issuer)
{
	assert_int_equal(
	    mbedtls_x509_crt_parse_der(&c->crt, issuer->crt.raw.p, issuer->crt.raw.len), 0);
}

/* Writes the certificate alone, as PEM, to a new file: `path` begins as ".../XXXXXX". */
static inline void certificate_save(const struct certificate *c, char *path)
{
	unsigned char pem[8192];
	size_t n;
	FILE *f;

	assert_int_equal(
	    mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n",
		c->crt.raw.p, c->crt.raw.len, pem, sizeof(pem), &n),
	    0);
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(pem, 1, n - 1, f), n - 1);
	assert_int_equal(fclose(f), 0);
}

/* ---- the server ---- */

struct pipe_queue {
	uint8_t bytes[256 * 1024];
	size_t at, end;
};

struct server {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	struct pipe_queue in, out; /* ciphertext from and to the client */
	bool open;                 /* the handshake is over, to the server's mind */
	int error;                 /* what ended it, 0 = nothing */
	char plain[8192];          /* what the client said, NUL-terminated */
	size_t plain_bytes;
};

static inline void pipe_put(struct pipe_queue *q, const void *data, size_t bytes)
{
	assert_true(bytes <= sizeof(q->bytes) - q->end);
	if (bytes)
		memcpy(q->bytes + q->end, data, bytes);
	q->end += bytes;
}

static inline int server_send(void *ctx, const unsigned char *data, size_t bytes)
{
	pipe_put(&((struct server *)ctx)->out, data, bytes);
	return (int)bytes;
}

static inline int server_receive(void *ctx, unsigned char *out, size_t bytes)
{
	struct pipe_queue *q = &((struct server *)ctx)->in;

	if (q->at == q->end)
		return MBEDTLS_ERR_SSL_WANT_READ;
	if (bytes > q->end - q->at)
		bytes = q->end - q->at;
	memcpy(out, q->bytes + q->at, bytes);
	q->at += bytes;
	return (int)bytes;
}

/* `suites`: NULL or zero-terminated; `version`: the only MBEDTLS_SSL_MINOR_VERSION_x spoken. */
static inline struct server *server_new(
    struct certificate *certificate, const int *suites, int version)
{
	struct server *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	mbedtls_ssl_init(&s->ssl);
	mbedtls_ssl_config_init(&s->conf);
	assert_int_equal(mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_SERVER,
			     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
	    0);
	mbedtls_ssl_conf_rng(&s->conf, test_random, NULL);
	mbedtls_ssl_conf_min_version(&s->conf, MBEDTLS_SSL_MAJOR_VERSION_3, version);
	mbedtls_ssl_conf_max_version(&s->conf, MBEDTLS_SSL_MAJOR_VERSION_3, version);
	if (suites)
		mbedtls_ssl_conf_ciphersuites(&s->conf, suites);
	assert_int_equal(
	    mbedtls_ssl_conf_own_cert(&s->conf, &certificate->crt, &certificate->key), 0);
	assert_int_equal(mbedtls_ssl_setup(&s->ssl, &s->conf), 0);
	mbedtls_ssl_set_bio(&s->ssl, s, server_send, server_receive, NULL);
	return s;
}

static inline void server_free(struct server *s)
{
	mbedtls_ssl_free(&s->ssl);
	mbedtls_ssl_config_free(&s->conf);
	free(s);
}

/* As far as the bytes in `in` allow; what the client says is added to `plain`. */
static inline void server_step(struct server *s)
{
	int n;

	if (!s->open && !s->error) {
		n = mbedtls_ssl_handshake(&s->ssl);
		s->open = n == 0;
		s->error = n == 0 || n == MBEDTLS_ERR_SSL_WANT_READ ? 0 : n;
	}
	while (s->open && !s->error) {
		n = mbedtls_ssl_read(&s->ssl, (unsigned char *)s->plain + s->plain_bytes,
		    sizeof(s->plain) - 1 - s->plain_bytes);
		if (n == MBEDTLS_ERR_SSL_WANT_READ)
			break;
		if (n > 0)
			s->plain_bytes += (size_t)n;
		else
			s->error = n ? n : MBEDTLS_ERR_SSL_CONN_EOF;
	}
}

static inline void server_say(struct server *s, const char *text)
{
	size_t bytes = strlen(text);

	while (bytes) {
		int n = mbedtls_ssl_write(&s->ssl, (const unsigned char *)text, bytes);

		assert_true(n > 0);
		text += n;
		bytes -= (size_t)n;
	}
}
