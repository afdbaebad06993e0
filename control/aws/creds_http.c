/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Requests to the metadata service and the container endpoint. Sends nothing. The first version of
 * the metadata service, which answers whoever asks without a token, is not spoken at all. */
#include "control/aws/creds_http.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"

#define METADATA_ADDRESS  "169.254.169.254"
#define CONTAINER_ADDRESS "169.254.170.2"
#define TOKEN_SECONDS     "21600"
#define ROLE_PATH         "/latest/meta-data/iam/security-credentials/"
#define HTTP_PORT         80

static const char *const agents[] = {CONTAINER_ADDRESS, "169.254.170.23", "fd00:ec2::23"};

__attribute__((format(printf, 2, 3))) static int write_request(
    struct creds_http *out, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(out->bytes, sizeof(out->bytes), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(out->bytes))
		return -EINVAL;
	out->length = (size_t)length;
	return 0;
}

/* Visible ASCII, none of `without`. */
static bool is_visible(const char *text, const char *without)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text > 0x7e || strchr(without, *text))
			return false;
	return true;
}

/* What a header field may have (RFC 9110 section 5.5); a token of a scheme, "Bearer x", has blanks.
 */
static bool is_field_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

static void to_metadata(struct creds_http *out)
{
	memset(out, 0, sizeof(*out));
	out->clear_text = true;
	out->port = HTTP_PORT;
	(void)snprintf(out->host, sizeof(out->host), "%s", METADATA_ADDRESS);
}

void creds_http_metadata_token(struct creds_http *out)
{
	to_metadata(out);
	(void)write_request(out, "PUT /latest/api/token HTTP/1.1\r\n"
				 "Host: " METADATA_ADDRESS "\r\n"
				 "User-Agent: cgw\r\n"
				 "Connection: close\r\n"
				 "Content-Length: 0\r\n"
				 "X-aws-ec2-metadata-token-ttl-seconds: " TOKEN_SECONDS "\r\n"
				 "\r\n");
}

int creds_http_metadata(const char *token, const char *role, struct creds_http *out)
{
	to_metadata(out);
	if (token[0] == '\0' || !is_visible(token, "") || (role && !is_visible(role, "/?#%")))
		return -EBADMSG;
	return write_request(out,
	    "GET " ROLE_PATH "%s HTTP/1.1\r\n"
	    "Host: " METADATA_ADDRESS "\r\n"
	    "User-Agent: cgw\r\n"
	    "Connection: close\r\n"
	    "X-aws-ec2-metadata-token: %s\r\n"
	    "\r\n",
	    role ? role : "", token);
}

/* May it be asked in clear text: loopback, or an agent's address? */
static bool clear_text_allowed(const char *host)
{
	struct ip_addr addr, agent;

	if (ip_addr_parse(host, &addr) < 0)
		return false;
	if (ip_addr_is_loopback(&addr))
		return true;
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (ip_addr_parse(agents[i], &agent) == 0 && ip_addr_equal(&addr, &agent))
			return true;
	return false;
}

/* Splits scheme://host[:port]/path; the host of an IPv6 address comes without its brackets. */
static int split_url(const char *url, struct creds_http *out, const char **path)
{
	const char *host, *end;
	unsigned long port;
	char *rest;
	size_t bytes;

	if (strncmp(url, "http://", 7) == 0)
		out->clear_text = true;
	else if (strncmp(url, "https://", 8) != 0)
		return -EINVAL;
	host = url + (out->clear_text ? 7 : 8);
	port = out->clear_text ? HTTP_PORT : AWS_HTTPS_PORT;
	if (*host == '[') {
		end = strchr(++host, ']');
		if (!end)
			return -EINVAL;
		bytes = (size_t)(end - host);
		end++;
	} else {
		bytes = strcspn(host, ":/");
		end = host + bytes;
	}
	if (bytes == 0 || bytes >= sizeof(out->host))
		return -EINVAL;
	memcpy(out->host, host, bytes);
	out->host[bytes] = '\0';
	if (*end == ':') {
		port = isdigit((unsigned char)end[1]) ? strtoul(end + 1, &rest, 10) : 0;
		if (port == 0 || port > UINT16_MAX)
			return -EINVAL;
		end = rest;
	}
	if (*end != '/' && *end != '\0')
		return -EINVAL;
	out->port = (uint16_t)port;
	*path = *end ? end : "/";
	return 0;
}

int creds_http_container(const char *relative, const char *full, const char *authorization,
    struct creds_http *out, char why[CREDS_TEXT])
{
	const char *path = relative, *open = "", *close = "";
	bool auth = authorization[0] != '\0';
	int rc = 0;

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	if (relative[0]) {
		out->clear_text = true;
		out->port = HTTP_PORT;
		(void)snprintf(out->host, sizeof(out->host), "%s", CONTAINER_ADDRESS);
	} else {
		rc = split_url(full, out, &path);
	}
	if (rc || path[0] != '/' || !is_visible(path, "#") || !is_visible(out->host, "@/?#%"))
		(void)snprintf(why, CREDS_TEXT, "the container's address of credentials is no URL");
	else if (out->clear_text && !clear_text_allowed(out->host))
		(void)snprintf(why, CREDS_TEXT,
		    "the container's address of credentials is neither https nor local");
	else if (!is_field_value(authorization))
		(void)snprintf(
		    why, CREDS_TEXT, "the container's token has a line break or control character");
	if (why[0])
		return -EINVAL;
	if (strchr(out->host, ':')) {
		open = "[";
		close = "]";
	}
	rc = write_request(out,
	    "GET %s HTTP/1.1\r\n"
	    "Host: %s%s%s\r\n"
	    "User-Agent: cgw\r\n"
	    "Accept: application/json\r\n"
	    "Connection: close\r\n"
	    "%s%s%s"
	    "\r\n",
	    path, open, out->host, close, auth ? "Authorization: " : "", authorization,
	    auth ? "\r\n" : "");
	if (rc)
		(void)snprintf(why, CREDS_TEXT, "the container's token is too long");
	return rc;
}

int creds_http_line(const void *body, size_t bytes, char *out, size_t room)
{
	const char *text = body, *end = memchr(text, '\n', bytes);
	size_t length = end ? (size_t)(end - text) : bytes;

	if (length && text[length - 1] == '\r')
		length--;
	if (length == 0 || length >= room || memchr(text, '\0', length))
		return -EBADMSG;
	memcpy(out, text, length);
	out[length] = '\0';
	return is_field_value(out) ? 0 : -EBADMSG;
}

int creds_http_word(const void *body, size_t bytes, char *out, size_t room)
{
	int rc = creds_http_line(body, bytes, out, room);

	return rc || is_visible(out, "") ? rc : -EBADMSG;
}
