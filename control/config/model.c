/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The model: its defaults, its end, and what is asked of it. What the lines say is put into it by
 * build.c. */
#include "control/config/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static uint32_t tunnels = CONFIG_TUNNELS_LEAST;

uint32_t config_tunnels(void)
{
	return tunnels;
}

void config_tunnels_set(uint32_t count)
{
	tunnels = count < CONFIG_TUNNELS_LEAST ? CONFIG_TUNNELS_LEAST
		  : count > CONFIG_TUNNELS_MAX ? CONFIG_TUNNELS_MAX
					       : count;
}

struct config_model *config_model_new(void)
{
	struct config_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->tunnel = calloc(config_tunnels() + 1, sizeof(*model->tunnel));
	model->gateway = calloc(config_tunnels() + 1, sizeof(*model->gateway));
	model->policy = calloc(config_tunnels(), sizeof(*model->policy));
	if (!model->tunnel || !model->gateway || !model->policy) {
		config_model_free(model);
		return NULL;
	}
	for (unsigned i = 1; i <= config_tunnels(); i++) {
		model->tunnel[i].mss_limit = 1;
		model->gateway[i] = (struct config_gateway){
		    .version = 1,
		    .encr = CONFIG_3DES_CBC,
		    .hash = CONFIG_SHA,
		    .group = 1024,
		    .sa_seconds = 28800,
		    .ike_seconds = 28800,
		    .dpd_interval = 10,
		    .dpd_count = 6,
		    .nat_keepalive = 300,
		    .auto_refresh = true,
		};
	}
	for (unsigned i = 1; i <= CONFIG_CLOUDS; i++)
		snprintf(model->cloud[i].region, sizeof(model->cloud[i].region), "ap-northeast-1");
	model->syslog_info = true;
	model->dhcp.remain_silent = model->dhcp.use_client_id = true;
	model->dynamic_timers = (struct config_dynamic_timers){30, 5, 3600, 30, 5};
	model->ipsec_use = true;
	model->login_timer = 300;
	model->ike_retry_count = 10;
	model->ike_retry_interval = 5;
	return model;
}

void config_model_free(struct config_model *model)
{
	if (!model)
		return;
	if (model->gateway)
		secret_wipe(model->gateway, (config_tunnels() + 1) * sizeof(*model->gateway));
	free(model->tunnel);
	free(model->gateway);
	free(model->policy);
	free(model->route);
	free(model->bgp.filter);
	free(model->bgp.import);
	for (uint32_t i = 0; i < model->nat_count; i++) {
		free(model->nat[i].forward);
		free(model->nat[i].pair);
		free(model->nat[i].timer);
	}
	free(model->nat);
	free(model->filter);
	free(model->dynamic);
	free(model->filter_list);
	for (uint32_t i = 0; i < model->schedule_count; i++) {
		if (model->schedule[i].command)
			secret_wipe(model->schedule[i].command, strlen(model->schedule[i].command));
		free(model->schedule[i].command);
	}
	free(model->schedule);
	free(model->dhcp.scope);
	free(model->dhcp.bind);
	free(model->dhcp.option);
	free(model->dns.record);
	free(model->dns.select);
	secret_wipe(model, sizeof(*model));
	free(model);
}

const struct config_filter *config_filter(const struct config_model *model, uint32_t number)
{
	for (uint32_t i = 0; i < model->filter_count; i++)
		if (model->filter[i].number == number)
			return &model->filter[i];
	return NULL;
}

const struct config_dynamic *config_dynamic(const struct config_model *model, uint32_t number)
{
	for (uint32_t i = 0; i < model->dynamic_count; i++)
		if (model->dynamic[i].number == number)
			return &model->dynamic[i];
	return NULL;
}

const struct config_filter_list *config_filter_list(
    const struct config_model *model, bool tunnel, uint32_t interface, bool out)
{
	for (uint32_t i = 0; i < model->filter_list_count; i++) {
		const struct config_filter_list *list = &model->filter_list[i];

		if (list->tunnel == tunnel && list->interface == interface && list->out == out)
			return list;
	}
	return NULL;
}

bool config_list_only_follows(const struct config_filter_list *list)
{
	return !list->count && list->dynamic_count;
}

bool config_follows(const struct config_model *model, bool tunnel, uint32_t interface)
{
	for (unsigned out = 0; out < 2; out++) {
		const struct config_filter_list *list =
		    config_filter_list(model, tunnel, interface, out);

		if (list && list->dynamic_count)
			return true;
	}
	return false;
}

const struct config_nat *config_nat(const struct config_model *model, uint32_t number)
{
	for (uint32_t i = 0; i < model->nat_count; i++)
		if (model->nat[i].number == number)
			return &model->nat[i];
	return NULL;
}

bool config_lan_translates(const struct config_model *model, uint32_t lan)
{
	const struct config_nat_list *list = &model->lan[lan].nat;

	/* [0] is no port and has no list. */
	for (uint32_t i = 0; i < list->count; i++) {
		const struct config_nat *nat = config_nat(model, list->number[i]);

		if (nat && nat->type != CONFIG_NAT_NONE)
			return true;
	}
	return false;
}

uint32_t config_lan_towards(const struct config_model *model, const struct ip_addr *addr)
{
	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		if ((model->lan[lan].address_set &&
			ip_prefix_contains(&model->lan[lan].address, addr)) ||
		    (model->lan[lan].secondary_set &&
			ip_prefix_contains(&model->lan[lan].secondary, addr)))
			return lan;
	return 0;
}

const struct config_policy *config_policy(const struct config_model *model, uint32_t number)
{
	uint32_t low = 0, high = model->policy_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->policy[middle].policy == number)
			return &model->policy[middle];
		if (model->policy[middle].policy < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct config_policy *config_tunnel_policy(const struct config_model *model, uint32_t number)
{
	if (number < 1 || number > config_tunnels() || !model->tunnel[number].policy)
		return NULL;
	return config_policy(model, model->tunnel[number].policy);
}

const struct config_gateway *config_tunnel_gateway(
    const struct config_model *model, uint32_t number)
{
	const struct config_policy *policy = config_tunnel_policy(model, number);

	return policy && model->gateway[policy->gateway].present ? &model->gateway[policy->gateway]
								 : NULL;
}
