/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers and defaults that the table of options and its reader share. */
#pragma once

#define OPTION_DEFAULT_CONFIG "/etc/cgw/config"
#define OPTION_DEFAULT_CA     "/etc/ssl/certs/ca-certificates.crt"
#define OPTION_DEFAULT_GROUP  "cgw"

enum {
	OPTION_INSTANCE = 256,
	OPTION_CONFIG,
	OPTION_SOCKET,
	OPTION_GROUP,
	OPTION_CA_FILE,
	OPTION_CHECK,
	OPTION_LOG_LEVEL,
	OPTION_LOG_FILE,
	OPTION_SYSLOG,
	OPTION_METRICS,
	OPTION_METRICS_PORT,
	OPTION_TUNNELS,
	OPTION_ROUTES,
	OPTION_HELP,
	OPTION_VERSION,
};
