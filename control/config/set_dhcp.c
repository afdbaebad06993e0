/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of DHCP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/dhcp_option.h"
#include "control/config/set.h"

#define DEFAULT_MINUTES (72 * 60)

int set_dhcp_service(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->dhcp.service =
	    args_is(args, "service", "server") ? CONFIG_DHCP_SERVER : CONFIG_DHCP_RELAY;
	return 0;
}

/* What the server does in any case, as RFC 2131 wants it. */
static const char *const always[] = {"broadcast-nak", "none-domain-null", "reply-ack"};

static bool names(const struct grammar_args *args, const char *function)
{
	const struct value *value;
	unsigned at = 0;

	while ((value = args_next(args, "function", &at)) != NULL)
		if (strlen(function) == value->word_bytes &&
		    memcmp(value->word, function, value->word_bytes) == 0)
			return true;
	return false;
}

int set_dhcp_rfc2131(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	bool except = args_keyword(args, "except");

	if (args_is(args, "switch", "on"))
		return 0;
	if (args_is(args, "switch", "off"))
		return set_refuse(error, error_bytes,
		    "the server follows RFC 2131: of it only remain-silent and use-clientid can be "
		    "left out, as in `except remain-silent`");
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (names(args, always[i]) == except)
			return set_refuse(error, error_bytes,
			    "the server follows RFC 2131: of it only remain-silent and "
			    "use-clientid "
			    "can be left out, as in `except remain-silent`");
	model->dhcp.remain_silent = names(args, "remain-silent") != except;
	model->dhcp.use_client_id = names(args, "use-clientid") != except;
	return 0;
}

static int read_excepts(
    const struct grammar_args *args, struct config_scope *scope, char *error, size_t error_bytes)
{
	const struct value *value;
	unsigned at = 0;

	while ((value = args_next(args, "except", &at)) != NULL) {
		const char *word = args->store + value->text;

		if (scope->except_count == CONFIG_EXCEPTS)
			return set_refuse(error, error_bytes,
			    "a scope leaves out at most %d addresses or ranges", CONFIG_EXCEPTS);
		(void)read_range(word, strlen(word), &scope->except[scope->except_count++]);
	}
	return 0;
}

int set_dhcp_scope(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_scope *scope =
	    set_grow(&model->dhcp.scope, &model->dhcp.scope_count, sizeof(*scope));

	if (!scope)
		return -ENOMEM;
	scope->number = args_number(args, "scope", 0);
	scope->expire_minutes = scope->most_minutes = DEFAULT_MINUTES;
	(void)read_pool(args_text(args, "pool"), &scope->pool, &scope->length);
	if (args_find(args, "router"))
		scope->router = args_address(args, "router");
	if (args_find(args, "expire"))
		(void)read_term(args_text(args, "expire"), &scope->expire_minutes);
	if (args_find(args, "maxexpire"))
		(void)read_term(args_text(args, "maxexpire"), &scope->most_minutes);
	if (scope->expire_minutes > scope->most_minutes)
		return set_refuse(error, error_bytes, "expire is longer than maxexpire");
	return read_excepts(args, scope, error, error_bytes);
}

/* The identifier that a client sends in option 61, its type first. */
static bool read_client(const struct grammar_args *args, struct config_bind *bind)
{
	const char *text = args_text(args, "id");
	const struct value *value;
	unsigned at = 0;

	if (args_find(args, "mac")) {
		bind->by_mac = !args_keyword(args, "ethernet");
		bind->id[0] = 1;
		bind->id_bytes = bind->by_mac ? 6 : 7;
		return read_mac(args_text(args, "mac"), bind->by_mac ? bind->id : bind->id + 1);
	}
	if (*text) {
		bind->id_bytes = (uint8_t)(strlen(text) + 1);
		memcpy(bind->id + 1, text, strlen(text));
		return true;
	}
	while ((value = args_next(args, "octet", &at)) != NULL)
		if (bind->id_bytes == CONFIG_CLIENT_ID ||
		    !read_octet(args->store + value->text, &bind->id[bind->id_bytes++]))
			return false;
	return bind->id_bytes > 0;
}

int set_dhcp_bind(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_bind *bind =
	    set_grow(&model->dhcp.bind, &model->dhcp.bind_count, sizeof(*bind));

	if (!bind)
		return -ENOMEM;
	bind->scope = args_number(args, "scope", 0);
	bind->address = args_address(args, "address");
	if (!read_client(args, bind))
		return set_refuse(error, error_bytes, "a client identifier has at most %d octets",
		    CONFIG_CLIENT_ID);
	return 0;
}

int set_dhcp_option(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	const struct value *value;
	unsigned at = 0;

	while ((value = args_next(args, "option", &at)) != NULL) {
		struct config_dhcp_option *option =
		    set_grow(&model->dhcp.option, &model->dhcp.option_count, sizeof(*option));
		const char *text;

		if (!option)
			return -ENOMEM;
		option->scope = args_number(args, "scope", 0);
		option->number = dhcp_option_read(args->store + value->text, &text);
		(void)snprintf(option->value, sizeof(option->value), "%s", text);
	}
	return 0;
}

int set_dhcp_relay(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	int count = set_addresses(args, "server", model->dhcp.relay, CONFIG_RELAY_SERVERS);

	if (count < 0)
		return set_refuse(
		    error, error_bytes, "at most %d servers can be named", CONFIG_RELAY_SERVERS);
	model->dhcp.relay_count = (uint32_t)count;
	return 0;
}
