/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn ...`: which VPN connection of which account is fetched. The parameters are checked for
 * what would break a request or a host name; whether they are right, AWS says. */
#include <stdio.h>
#include <string.h>

#include "control/config/set.h"

static struct config_cloud *cloud(struct config_model *model, const struct grammar_args *args)
{
	return &model->cloud[args_number(args, "cloud", 0)];
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

	out->parameters_set = true;
	snprintf(out->access_key, sizeof(out->access_key), "%s", args_text(args, "access"));
	snprintf(out->secret_key, sizeof(out->secret_key), "%s", args_text(args, "secret"));
	snprintf(out->vpn_id, sizeof(out->vpn_id), "%s", args_text(args, "vpn"));
	return 0;
}

int set_cloud_option(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_cloud *out = cloud(model, args);
	const char *region = args_text(args, "region");

	if (region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return set_refuse(error, error_bytes,
		    "a region is made of small letters, digits and dashes, as in ap-northeast-1");
	snprintf(out->region, sizeof(out->region), "%s", region);
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

int set_cloud_syslog(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->cloud_syslog = args_is(args, "switch", "on");
	return 0;
}
