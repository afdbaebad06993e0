/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line of cgw-control. */
#pragma once

#include <stdint.h>

#include "common/log.h"
#include "common/options.h"

struct options {
	const char *instance, *config, *ca_file, *group;
	const char *check;                       /* --check-config; NULL = run */
	const char *socket, *log_file, *metrics; /* NULL until options_set_paths() */
	const char *syslog;                      /* NULL = none */
	uint16_t metrics_port;                   /* 0 = none */
	uint32_t tunnels, routes;                /* room in the tables */
	enum log_level log_level;
	char config_dir[4096], run_dir[256]; /* of the configuration; of this run's files */
	char default_socket[128], default_log[300], default_metrics[300];
};

extern const struct option_table control_options;

#define OPTIONS_HELP    1 /* --help is asked for */
#define OPTIONS_VERSION 2 /* --version is */

/* 0; OPTIONS_HELP; OPTIONS_VERSION; -EINVAL after a sentence on standard error. */
int options_parse(int argc, char **argv, struct options *options);
