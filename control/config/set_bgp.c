/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of BGP. They take effect with `bgp configure refresh`, which is the agent's business. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/set.h"

int set_bgp_use(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->bgp.use = args_is(args, "switch", "on");
	return 0;
}

int set_bgp_as(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->bgp.autonomous_system = args_number(args, "as", 0);
	return 0;
}

int set_bgp_router_id(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct ip_addr id = args_address(args, "address");

	if (ip_addr_is_unspecified(&id))
		return set_refuse(error, error_bytes, "0.0.0.0 is no router id");
	model->bgp.router_id_set = true;
	model->bgp.router_id = id;
	return 0;
}

int set_bgp_neighbor(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	const struct value *address = args_find(args, "address"), *local = args_find(args, "local");
	struct config_neighbor *out;

	if (model->bgp.neighbor_count == CONFIG_NEIGHBORS)
		return set_refuse(
		    error, error_bytes, "there are at most %d neighbors", CONFIG_NEIGHBORS);
	if (!set_is_host_address(&address->net) || (local && !set_is_host_address(&local->net)))
		return set_refuse(error, error_bytes, "that is not the address of a host");
	if (args_find(args, "gateway") || args_is(args, "ignore", "on"))
		return set_refuse(error, error_bytes,
		    "gateway= and ignore-capability=on are not done by this version");
	out = &model->bgp.neighbor[model->bgp.neighbor_count++];
	*out = (struct config_neighbor){
	    .id = args_number(args, "id", 0),
	    .remote_as = args_number(args, "as", 0),
	    .address = address->net.addr,
	    .hold_time = args_is(args, "hold", "off") ? 0 : args_number(args, "hold", 180),
	    .metric_set = args_find(args, "metric") != NULL,
	    .metric = args_number(args, "metric", 0),
	    .passive = args_is(args, "passive", "on"),
	    .local_set = local != NULL,
	    .local = args_address(args, "local"),
	};
	return 0;
}

int set_bgp_import_filter(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_bgp *bgp = &model->bgp;
	struct config_import_filter *filters, *out;
	const struct value *net;
	unsigned at = 0;

	if (args_number(args, "preference", 100) != 100)
		return set_refuse(error, error_bytes, "preference other than 100 is not done");
	filters = realloc(bgp->filter, (bgp->filter_count + 1) * sizeof(*filters));
	if (!filters)
		return -ENOMEM;
	bgp->filter = filters;
	out = &filters[bgp->filter_count++];
	*out = (struct config_import_filter){
	    .number = args_number(args, "filter", 0),
	    .reject = args_keyword(args, "reject"),
	    .match = args_is(args, "match", "include")   ? CONFIG_INCLUDE
		     : args_is(args, "match", "refines") ? CONFIG_REFINES
							 : CONFIG_EQUAL,
	    .metric_set = args_find(args, "metric") != NULL,
	    .metric = args_number(args, "metric", 0),
	};
	while ((net = args_next(args, "net", &at))) {
		if (out->prefix_count == sizeof(out->prefix) / sizeof(out->prefix[0]))
			return set_refuse(error, error_bytes, "a filter names at most 16 networks");
		if (net->kind == VALUE_WORD) {
			out->match = CONFIG_INCLUDE;
			out->prefix[out->prefix_count++] = (struct ip_prefix){ip_addr_v4(0), 0};
		} else {
			out->prefix[out->prefix_count++] = net->net;
		}
	}
	return 0;
}

int set_bgp_import(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_bgp *bgp = &model->bgp;
	struct config_import *imports, *out;
	const struct value *filter;
	unsigned at = 0;

	if (args_keyword(args, "rip") || args_keyword(args, "ospf"))
		return set_refuse(error, error_bytes,
		    "there is no RIP and no OSPF here: static is what can be announced");
	if (!args_keyword(args, "static"))
		return set_refuse(error, error_bytes,
		    "this version announces static and connected routes only: write static");
	imports = realloc(bgp->import, (bgp->import_count + 1) * sizeof(*imports));
	if (!imports)
		return -ENOMEM;
	bgp->import = imports;
	out = &imports[bgp->import_count++];
	memset(out, 0, sizeof(*out));
	out->remote_as = args_number(args, "as", 0);
	while ((filter = args_next(args, "filter", &at))) {
		if (out->filter_count == CONFIG_IMPORTS)
			return set_refuse(error, error_bytes, "at most %d filters", CONFIG_IMPORTS);
		out->filter[out->filter_count++] = (uint32_t)filter->number;
	}
	return 0;
}
