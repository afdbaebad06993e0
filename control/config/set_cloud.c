/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn ...`: which VPN connection of which account is fetched. The parameters are checked for
 * what would break a request or a host name; whether they are right, AWS says. */
#include <stdio.h>
#include <string.h>

#include "common/endpoint.h"
#include "control/config/set.h"

static struct config_cloud *cloud(struct config_model *model, const struct grammar_args *args)
{
	return &model->cloud[args_number(args, "cloud", 0)];
}

static void copy(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text);
}

int set_cloud_service(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	cloud(model, args)->service_set = true;
	return 0;
}

int set_cloud_name(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_cloud *out = cloud(model, args);

	snprintf(out->name, sizeof(out->name), "%s", args_text(args, "name"));
	return 0;
}

int set_cloud_parameter(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_cloud *out = cloud(model, args);

	bool keys = args_text(args, "secret")[0] != '\0';

	if (!keys && strncmp(args_text(args, "first"), "vpn-", 4) != 0)
		return set_refuse(error, error_bytes,
		    "an access key needs its secret key behind it; alone stands only a VPN id, "
		    "as in vpn-0123456789abcdef0");
	/* Keys alone are for `cloud vpn create`. */
	out->parameters_set = !keys || args_text(args, "vpn")[0];
	copy(out->access_key, sizeof(out->access_key), keys ? args_text(args, "first") : "");
	copy(out->secret_key, sizeof(out->secret_key), args_text(args, "secret"));
	copy(out->vpn_id, sizeof(out->vpn_id), args_text(args, keys ? "vpn" : "first"));
	return 0;
}

int set_cloud_option(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_cloud *out = cloud(model, args);
	const char *region = args_text(args, "region");
	char host[ENDPOINT_HOST];
	uint16_t port;

	if (region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return set_refuse(error, error_bytes,
		    "a region is made of small letters, digits and dashes, as in ap-northeast-1");
	if (args_text(args, "external")[0] && !args_text(args, "role")[0])
		return set_refuse(error, error_bytes, "external-id belongs to a role");
	if (args_text(args, "endpoint")[0] &&
	    endpoint_parse(args_text(args, "endpoint"), host, &port))
		return set_refuse(error, error_bytes,
		    "an endpoint is a host name, as in https://vpce-1.example.com, with a port if "
		    "need "
		    "be: an address has no certificate");
	if (region[0])
		copy(out->region, sizeof(out->region), region);
	copy(out->endpoint, sizeof(out->endpoint), args_text(args, "endpoint"));
	copy(out->role, sizeof(out->role), args_text(args, "role"));
	copy(out->external, sizeof(out->external), args_text(args, "external"));
	out->dual_stack = args_is(args, "ip", "dual");
	return 0;
}

int set_cloud_bind(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_cloud *out = cloud(model, args);

	out->bind[0] = args_number(args, "tunnel1", 0);
	out->bind[1] = args_number(args, "tunnel2", 0);
	if (out->bind[0] == out->bind[1])
		return set_refuse(error, error_bytes, "amazon-api needs two different tunnels");
	return 0;
}

int set_cloud_refresh(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	cloud(model, args)->refresh_minutes = args_number(args, "minutes", 0);
	return 0;
}

int set_cloud_syslog(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->cloud_syslog = args_is(args, "switch", "on");
	return 0;
}
