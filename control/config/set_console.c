/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of the console: levels, language, pages, prompt, time zone, log. */
#include <stdio.h>
#include <string.h>

#include "control/config/set.h"

int set_login_password(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	snprintf(model->login_hash, sizeof(model->login_hash), "%s", args_text(args, "hash"));
	return 0;
}

int set_administrator_password(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	snprintf(model->administrator_hash, sizeof(model->administrator_hash), "%s",
	    args_text(args, "hash"));
	return 0;
}

int set_login_timer(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->login_timer = args_number(args, "timer", 0);
	return 0;
}

int set_console_character(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	if (args_is(args, "code", "ja.sjis") || args_is(args, "code", "euc"))
		return set_refuse(
		    error, error_bytes, "texts are in UTF-8 here: ja.utf8 or en.ascii");
	model->console_japanese = args_is(args, "code", "ja.utf8");
	return 0;
}

int set_console_lines(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->console_lines = args_number(args, "lines", 0);
	return 0;
}

int set_console_prompt(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	snprintf(
	    model->console_prompt, sizeof(model->console_prompt), "%s", args_text(args, "prompt"));
	return 0;
}

int set_timezone(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->timezone_set = true;
	return value_zone_minutes(args_text(args, "zone"), &model->timezone_minutes);
}

int set_syslog_notice(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->syslog_notice = args_is(args, "switch", "on");
	return 0;
}

int set_syslog_info(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->syslog_info = args_is(args, "switch", "on");
	return 0;
}

int set_syslog_debug(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->syslog_debug = args_is(args, "switch", "on");
	return 0;
}

int set_syslog_host(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	const struct value *value;
	unsigned at = 0, count = 0;

	memset(model->syslog_host, 0, sizeof(model->syslog_host));
	while ((value = args_next(args, "host", &at))) {
		char address[IP_ADDR_TEXT_BYTES];
		const char *name = value->kind == VALUE_ADDRESS
				       ? ip_addr_format(&value->net.addr, address)
				       : args->store + value->text;

		if (count == CONFIG_SYSLOG_HOSTS)
			return set_refuse(error, error_bytes, "the log is sent to 4 hosts at most");
		snprintf(model->syslog_host[count++], CONFIG_HOST_NAME, "%s", name);
	}
	return 0;
}
