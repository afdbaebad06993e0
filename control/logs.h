/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The log of the program: where it goes follows the options and the configuration (`syslog ...`).
 */
#pragma once

#include <uv.h>

#include "control/config/model.h"
#include "control/log/log_hub.h"

struct logs;

struct logs_options {
	uv_loop_t *loop;
	const char *instance;
	const char *file;        /* outlives a restart; "" = none */
	const char *syslog_path; /* Unix socket that is sent the log, NULL = none */
	enum log_level least;    /* at least this much, whatever the configuration says */
};

/* Takes over the log: nothing may have been logged before. NULL = no memory. */
struct logs *logs_start(const struct logs_options *options);

/* Levels and hosts of a model; names of hosts are looked up, and again from time to time. */
void logs_follow(struct logs *logs, const struct config_model *model);

struct log_hub *logs_hub(const struct logs *logs);

/* Looks up no more names; lines still go where they went. */
void logs_stop(struct logs *logs);
/* After the loop has ended. */
void logs_free(struct logs *logs);
