/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one wrapper of mbedTLS's TLS: a client on two byte queues.
 *
 * TLS 1.2 with ephemeral ECDH and an AEAD, nothing else; certificates of RSA 2048 or EC P-256 and
 * up, hashed with SHA-2; chain and host name always verified. No renegotiation, no resumption, no
 * client certificate, no 0-RTT. RFC 5246, RFC 9325, RFC 6125. */
#include "control/http/tls.h"

#include <ctype.h>
#include <errno.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"

#define QUEUE_MAX 262144 /* far more than a flight or what one read of a socket gives */
#define HOST_MAX  254

/* Bytes that wait: from `at` to `end`. */
struct queue {
	uint8_t *bytes;
	size_t at, end, room;
};

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca;
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	void *random_ctx;
	char host[HOST_MAX];
	struct queue in, out;
	bool in_ended;
	enum tls_state state;
	char why[HTTP_ERROR_TEXT];
	enum http_error error;
};

static const int ciphersuites[] = {
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

static const mbedtls_ecp_group_id curves[] = {
    MBEDTLS_ECP_DP_CURVE25519,
    MBEDTLS_ECP_DP_SECP256R1,
    MBEDTLS_ECP_DP_SECP384R1,
    MBEDTLS_ECP_DP_SECP521R1,
    MBEDTLS_ECP_DP_NONE,
};

static const int signature_hashes[] = {
    MBEDTLS_MD_SHA256,
    MBEDTLS_MD_SHA384,
    MBEDTLS_MD_SHA512,
    MBEDTLS_MD_NONE,
};

static const mbedtls_x509_crt_profile certificate_profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
	MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
	MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
	MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
	MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048,
};

/* ---- the byte queues ---- */

static int queue_add(struct queue *q, const void *data, size_t bytes)
{
	size_t room = q->room ? q->room : 4096;
	uint8_t *grown;

	if (q->at) {
		memmove(q->bytes, q->bytes + q->at, q->end - q->at);
		q->end -= q->at;
		q->at = 0;
	}
	if (bytes > QUEUE_MAX - q->end)
		return -EMSGSIZE;
	while (room < q->end + bytes)
		room *= 2;
	if (room != q->room) {
		grown = realloc(q->bytes, room);
		if (!grown)
			return -ENOMEM;
		q->bytes = grown;
		q->room = room;
	}
	if (bytes)
		memcpy(q->bytes + q->end, data, bytes);
	q->end += bytes;
	return 0;
}

static int on_send(void *ctx, const unsigned char *data, size_t bytes)
{
	struct tls *tls = ctx;

	return queue_add(&tls->out, data, bytes) ? MBEDTLS_ERR_NET_SEND_FAILED : (int)bytes;
}

static int on_receive(void *ctx, unsigned char *out, size_t bytes)
{
	struct tls *tls = ctx;
	size_t left = tls->in.end - tls->in.at;

	if (!left)
		return tls->in_ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
	if (bytes > left)
		bytes = left;
	memcpy(out, tls->in.bytes + tls->in.at, bytes);
	tls->in.at += bytes;
	return (int)bytes;
}

static int on_random(void *ctx, unsigned char *out, size_t bytes)
{
	struct tls *tls = ctx;

	tls->random(tls->random_ctx, out, bytes);
	return 0;
}

/* ---- reasons ---- */

static const struct {
	uint32_t flag;
	const char *text;
} certificate_faults[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "not yet valid"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "issued for another host name"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "not signed by a trusted CA"},
    {MBEDTLS_X509_BADCERT_BAD_MD, "signed with a weak hash"},
    {MBEDTLS_X509_BADCERT_BAD_PK, "key of an unknown kind"},
    {MBEDTLS_X509_BADCERT_BAD_KEY, "key too weak"},
    {MBEDTLS_X509_BADCERT_REVOKED, "revoked"},
    {MBEDTLS_X509_BADCERT_MISSING, "missing"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
	    MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
	"not meant for a server"},
};

static void describe_certificate(struct tls *tls, uint32_t flags)
{
	int at = snprintf(
	    tls->why, sizeof(tls->why), "the certificate of %.100s is refused:", tls->host);
	const char *separator = " ";
	const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

	tls->error = flags && !(flags & ~dates) ? HTTP_CERTIFICATE_TIME : HTTP_CERTIFICATE;

	for (size_t i = 0; i < sizeof(certificate_faults) / sizeof(certificate_faults[0]); i++) {
		if (!(flags & certificate_faults[i].flag) || (size_t)at >= sizeof(tls->why))
			continue;
		at += snprintf(tls->why + at, sizeof(tls->why) - (size_t)at, "%s%s", separator,
		    certificate_faults[i].text);
		separator = ", ";
	}
	if (separator[0] == ' ' && (size_t)at < sizeof(tls->why))
		snprintf(tls->why + at, sizeof(tls->why) - (size_t)at, " it cannot be verified");
}

static void fail(struct tls *tls, int code)
{
	uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
	bool handshake = tls->state == TLS_HANDSHAKE;
	char text[128];

	tls->state = TLS_FAILED;
	tls->error = HTTP_SSL;
	if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED || code == MBEDTLS_ERR_X509_FATAL_ERROR)
		return describe_certificate(tls, flags == UINT32_MAX ? 0 : flags);
	if (code == MBEDTLS_ERR_SSL_CONN_EOF) {
		snprintf(tls->why, sizeof(tls->why), "the server closed the connection %s",
		    handshake ? "during the TLS handshake"
			      : "without ending TLS: data may be missing");
		return;
	}
	mbedtls_strerror(code, text, sizeof(text));
	snprintf(
	    tls->why, sizeof(tls->why), "%s failed: %s", handshake ? "TLS handshake" : "TLS", text);
}

/* ---- life ---- */

/* A DNS name of letters, digits, hyphens and dots, and not something that is an address. */
static bool host_valid(const char *host)
{
	struct ip_addr addr;
	size_t bytes = host ? strnlen(host, HOST_MAX) : 0;

	if (bytes == 0 || bytes == HOST_MAX || ip_addr_parse(host, &addr) == 0)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (!isalnum((unsigned char)host[i]) && host[i] != '-' && host[i] != '.')
			return false;
	return host[0] != '.' && host[bytes - 1] != '.';
}

static int load_ca(struct tls *tls, const char *ca_file, char error[HTTP_ERROR_TEXT])
{
	int rc = ca_file ? mbedtls_x509_crt_parse_file(&tls->ca, ca_file) : -1;

	/* positive: that many certificates of the bundle are of a kind that is not supported */
	if (rc < 0 || tls->ca.version == 0) {
		snprintf(error, HTTP_ERROR_TEXT, "no CA certificate could be read from %.120s",
		    ca_file ? ca_file : "(no file)");
		return -ENOENT;
	}
	return 0;
}

static int configure(struct tls *tls)
{
	int rc = mbedtls_ssl_config_defaults(&tls->conf, MBEDTLS_SSL_IS_CLIENT,
	    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	if (rc)
		return rc;
	mbedtls_ssl_conf_authmode(&tls->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&tls->conf, &tls->ca, NULL);
	mbedtls_ssl_conf_cert_profile(&tls->conf, &certificate_profile);
	mbedtls_ssl_conf_rng(&tls->conf, on_random, tls);
	mbedtls_ssl_conf_min_version(
	    &tls->conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_max_version(
	    &tls->conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_ciphersuites(&tls->conf, ciphersuites);
	mbedtls_ssl_conf_curves(&tls->conf, curves);
	mbedtls_ssl_conf_sig_hashes(&tls->conf, signature_hashes);
	mbedtls_ssl_conf_session_tickets(&tls->conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
	rc = mbedtls_ssl_setup(&tls->ssl, &tls->conf);
	if (!rc)
		rc = mbedtls_ssl_set_hostname(&tls->ssl, tls->host);
	if (!rc)
		mbedtls_ssl_set_bio(&tls->ssl, tls, on_send, on_receive, NULL);
	return rc;
}

int tls_new(const struct tls_settings *settings, struct tls **out, char error[HTTP_ERROR_TEXT])
{
	struct tls *tls;
	int rc;

	*out = NULL;
	error[0] = '\0';
	if (!host_valid(settings->host) || !settings->random) {
		snprintf(error, HTTP_ERROR_TEXT, "TLS needs the server's DNS name");
		return -EINVAL;
	}
	tls = calloc(1, sizeof(*tls));
	if (!tls) {
		snprintf(error, HTTP_ERROR_TEXT, "out of memory");
		return -ENOMEM;
	}
	mbedtls_ssl_init(&tls->ssl);
	mbedtls_ssl_config_init(&tls->conf);
	mbedtls_x509_crt_init(&tls->ca);
	tls->random = settings->random;
	tls->random_ctx = settings->random_ctx;
	snprintf(tls->host, sizeof(tls->host), "%s", settings->host);
	rc = load_ca(tls, settings->ca_file, error);
	if (!rc && configure(tls)) {
		snprintf(error, HTTP_ERROR_TEXT, "TLS could not be set up");
		rc = -ENOMEM;
	}
	if (rc) {
		tls_free(tls);
		return rc;
	}
	*out = tls;
	return 0;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	mbedtls_ssl_free(&tls->ssl);
	mbedtls_ssl_config_free(&tls->conf);
	mbedtls_x509_crt_free(&tls->ca);
	free(tls->in.bytes);
	free(tls->out.bytes);
	free(tls);
}

/* ---- bytes ---- */

int tls_input(struct tls *tls, const void *data, size_t bytes)
{
	return queue_add(&tls->in, data, bytes);
}

void tls_input_end(struct tls *tls)
{
	tls->in_ended = true;
}

enum tls_state tls_step(struct tls *tls)
{
	int rc;

	if (tls->state != TLS_HANDSHAKE)
		return tls->state;
	rc = mbedtls_ssl_handshake(&tls->ssl);
	if (rc == 0 && mbedtls_ssl_get_verify_result(&tls->ssl) != 0)
		rc = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
	if (rc == 0)
		tls->state = TLS_OPEN;
	else if (rc != MBEDTLS_ERR_SSL_WANT_READ && rc != MBEDTLS_ERR_SSL_WANT_WRITE)
		fail(tls, rc);
	return tls->state;
}

int tls_write(struct tls *tls, const void *data, size_t bytes)
{
	const unsigned char *p = data;

	if (tls->state != TLS_OPEN)
		return tls->state == TLS_HANDSHAKE ? -EAGAIN : -EIO;
	while (bytes) {
		int n = mbedtls_ssl_write(&tls->ssl, p, bytes);

		if (n <= 0) {
			fail(tls, n);
			return -EIO;
		}
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

ssize_t tls_read(struct tls *tls, void *out, size_t bytes)
{
	int n;

	if (tls->state != TLS_OPEN)
		return tls->state == TLS_FAILED ? -EIO : 0;
	n = mbedtls_ssl_read(&tls->ssl, out, bytes);
	if (n > 0)
		return n;
	if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
		return 0;
	if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		tls->state = TLS_CLOSED;
		return 0;
	}
	fail(tls, n == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : n);
	return -EIO;
}

void tls_close(struct tls *tls)
{
	if (tls->state == TLS_OPEN || tls->state == TLS_CLOSED)
		mbedtls_ssl_close_notify(&tls->ssl);
}

const uint8_t *tls_output(struct tls *tls, size_t *bytes)
{
	size_t at = tls->out.at;

	*bytes = tls->out.end - at;
	if (!*bytes)
		return NULL;
	tls->out.at = tls->out.end = 0;
	return tls->out.bytes + at;
}

enum tls_state tls_state(const struct tls *tls)
{
	return tls->state;
}

enum http_error tls_error(const struct tls *tls)
{
	return tls->error;
}

const char *tls_why(const struct tls *tls)
{
	return tls->why;
}
