/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings inside `tunnel select N`. */
#include <stdio.h>

#include "control/config/set.h"

static struct config_tunnel *selected(struct config_model *model, uint32_t number)
{
	struct config_tunnel *tunnel = &model->tunnel[number];

	tunnel->present = true;
	return tunnel;
}

int set_tunnel_encapsulation(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	if (!args_is(args, "type", "ipsec"))
		return set_refuse(error, error_bytes,
		    "tunnels are IPsec tunnels here: no other encapsulation is done");
	return 0;
}

int set_tunnel_description(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_tunnel *out = selected(model, tunnel);
	int bytes =
	    snprintf(out->description, sizeof(out->description), "%s", args_text(args, "text"));

	if ((size_t)bytes >= sizeof(out->description))
		return set_refuse(error, error_bytes,
		    "a description is at most %d bytes long: 64 ASCII characters, fewer Japanese "
		    "ones",
		    CONFIG_TEXT - 1);
	return 0;
}

int set_tunnel_policy(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	selected(model, tunnel)->policy = args_number(args, "policy", 0);
	return 0;
}

int set_tunnel_df(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	selected(model, tunnel)->df = args_is(args, "df", "clear") ? CONFIG_DF_CLEAR
				      : args_is(args, "df", "set") ? CONFIG_DF_SET
								   : CONFIG_DF_COPY;
	return 0;
}

int set_tunnel_address(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_tunnel *out = selected(model, tunnel);
	const struct value *value = args_find(args, "address");

	if (!set_is_host_address(&value->net))
		return set_refuse(
		    error, error_bytes, "that is not the address of a host in its network");
	out->address_set = true;
	out->address = value->net;
	return 0;
}

int set_tunnel_remote(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_tunnel *out = selected(model, tunnel);
	const struct value *value = args_find(args, "address");

	if (!set_is_host_address(&value->net))
		return set_refuse(error, error_bytes, "that is not the address of a host");
	out->remote_set = true;
	out->remote = value->net.addr;
	return 0;
}

int set_tunnel_mtu(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	selected(model, tunnel)->mtu = args_number(args, "mtu", 0);
	return 0;
}

int set_tunnel_mss(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	uint32_t otherwise = args_is(args, "mss", "auto") ? 1 : 0;

	selected(model, tunnel)->mss_limit = args_number(args, "mss", otherwise);
	return 0;
}

int set_tunnel_enable(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	selected(model, args_number(args, "tunnel", 0))->enabled = true;
	return 0;
}
