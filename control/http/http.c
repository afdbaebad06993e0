/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The reference's words for the failures of an exchange. */
#include "control/http/http.h"

const char *http_error_text(enum http_error error)
{
	switch (error) {
	case HTTP_OK: return "";
	case HTTP_RESOLVE: return "Failed to resolve a server name";
	case HTTP_SOCKET: return "Can't create socket";
	case HTTP_NONBLOCKING: return "Setting Non-blocking failed";
	case HTTP_CANNOT_CONNECT: return "Can't connect to server";
	case HTTP_SSL_INIT: return "SSL initialization error";
	case HTTP_CONNECT_ERROR: return "Connection error";
	case HTTP_CONNECT_TIMEOUT: return "Connection timeout";
	case HTTP_SSL: return "SSL connection error";
	case HTTP_SEND: return "Send error";
	case HTTP_RECEIVE: return "Receive error";
	case HTTP_RECEIVE_TIMEOUT: return "Receive timeout";
	case HTTP_ILLEGAL: return "Received illegal HTTP message";
	}
	return "";
}
