/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The log lines of `cloud vpn`, to the letter of the router this follows: 32 texts at their levels,
 * misspellings included. Tests, and people's scripts, look for them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

#define CLOUD_TEXT_SUBJECT "[CLOUD_VPN]"

/* name, level, text; a `%s` stands where the router writes a host, a code or an error. Those of
 * level DEBUG are written with `cloud vpn syslog on` only, and then also without `syslog debug on`.
 */
#define CLOUD_TEXTS(X)                                                                             \
	X(CONNECTING, INFO, "Connecting to %s")                                                    \
	X(CREATED, INFO, "Created VPN config successfully")                                        \
	X(MATCHED, INFO, "Existing config and received data is matched")                           \
	X(NO_CHANGE, INFO, "Config not change")                                                    \
	X(FAILED, INFO, "Setting failed")                                                          \
	X(CANCELED, INFO, "Setting is canceled")                                                   \
	X(RECEIVED, DEBUG, "Received response message, Starting parse XML data.")                  \
	X(PARSED, DEBUG, "Success to parse XML data")                                              \
	X(COMPARING, DEBUG, "Comparing the existing config and recevied data")                     \
	X(CONFIGURE, DEBUG, "Configure VPN command")                                               \
	X(RESOLVE, DEBUG, "Failed to resolve a server name")                                       \
	X(NEIGHBOR, DEBUG, "Cannot add a neighbor for BGP connection")                             \
	X(SSL_INIT, DEBUG, "SSL initialization error")                                             \
	X(SOCKET, DEBUG, "Can't create socket")                                                    \
	X(NONBLOCKING, DEBUG, "Setting Non-blocking failed")                                       \
	X(CONNECT_ERROR, DEBUG, "Connection error")                                                \
	X(CONNECT_TIMEOUT, DEBUG, "Connection timeout")                                            \
	X(SSL, DEBUG, "SSL connection error")                                                      \
	X(CANNOT_CONNECT, DEBUG, "Can't connect to server")                                        \
	X(SEND, DEBUG, "Send error")                                                               \
	X(RECEIVE, DEBUG, "Receive error")                                                         \
	X(RECEIVE_TIMEOUT, DEBUG, "Receive timeout")                                               \
	X(HTTP_ERROR, DEBUG, "HTTP error response (%s)")                                           \
	X(ILLEGAL_HTTP, DEBUG, "Received illegal HTTP message")                                    \
	X(ERROR_RESPONSE, DEBUG, "Received error response from server")                            \
	X(AWS_ERROR, DEBUG, "Received error message from AWS: %s")                                 \
	X(ILLEGAL_XML, DEBUG, "Received illegal XML data")                                         \
	X(ILLEGAL_RESPONSE, DEBUG, "Received illegal response")                                    \
	X(CREATE_FAILED, DEBUG, "Failed to create a command")                                      \
	X(COMMAND_ILLEGAL, DEBUG, "Required command is missing or illegal")                        \
	X(OTHER_SETTING, DEBUG, "Already other setting at the specified interface")                \
	X(ALL_USED, DEBUG, "All TUNNEL interfaces are used")

enum cloud_text {
#define TEXT(name, level, text) CLOUD_TEXT_##name,
	CLOUD_TEXTS(TEXT)
#undef TEXT
};

/* The lines of a text as one, "; " between them, for the log. Returns `out`. */
char *cloud_one_line(const char *text, char *out, size_t bytes);

/* Logs "[CLOUD_VPN][ID] text". `argument` is what stands for the `%s`, NULL where there is none;
 * `details`: those of level DEBUG are wanted. */
void cloud_log(uint32_t id, bool details, enum cloud_text text, const char *argument);
