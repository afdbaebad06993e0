/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checks that need the whole configuration and refuse nothing: lines come one at a time, so what is
 * missing now may come next. */
#include "control/config/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/check_internal.h"
#include "control/config/config_internal.h"
#include "control/config/language.h"
#include "control/config/store_file.h"

#define WRONG_MOST 100 /* lines that are named: the console waits meanwhile */

void check_found(struct checking *checking, const char *format, ...)
{
	char sentence[CONFIG_ERROR_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), say(format), args);
	va_end(args);
	checking->visit(checking->ctx, sentence);
	checking->count++;
}

static void check_tunnel(
    struct checking *checking, const struct config_model *model, uint32_t number)
{
	const struct config_policy *policy = config_tunnel_policy(model, number);
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);

	if (!model->tunnel[number].policy)
		check_found(checking, "tunnel %u is enabled and has no `ipsec tunnel`", number);
	else if (!policy)
		check_found(checking, "tunnel %u: there is no `ipsec sa policy %u`", number,
		    model->tunnel[number].policy);
	else if (!gateway)
		check_found(
		    checking, "tunnel %u: nothing is set for gateway %u", number, policy->gateway);
	if (!gateway)
		return;
	if (!gateway->psk_bytes)
		check_found(checking, "gateway %u has no pre-shared key", policy->gateway);
	if (!gateway->remote_set && !gateway->remote_host[0] && !gateway->remote_any)
		check_found(checking, "gateway %u has no remote address", policy->gateway);
	else if (!gateway->remote_set)
		check_found(checking,
		    "gateway %u: the remote address is no numeric one, and nothing is negotiated",
		    policy->gateway);
	if (gateway->encr == CONFIG_3DES_CBC || gateway->encr == CONFIG_DES_CBC)
		check_found(checking,
		    "gateway %u has no `ipsec ike encryption`: it would be 3des-cbc, "
		    "which is not offered",
		    policy->gateway);
}

static bool has_filter(const struct config_bgp *bgp, uint32_t number)
{
	for (uint32_t i = 0; i < bgp->filter_count; i++)
		if (bgp->filter[i].number == number)
			return true;
	return false;
}

static void check_bgp(struct checking *checking, const struct config_bgp *bgp)
{
	if (bgp->use && !bgp->autonomous_system)
		check_found(checking, "bgp is used and has no `bgp autonomous-system`");
	if (!bgp->use && bgp->neighbor_count)
		check_found(checking, "there are bgp neighbors, but no `bgp use on`");
	for (uint32_t i = 0; i < bgp->import_count; i++)
		for (uint32_t j = 0; j < bgp->import[i].filter_count; j++)
			if (!has_filter(bgp, bgp->import[i].filter[j]))
				check_found(checking,
				    "bgp import %u names filter %u, which there is none of",
				    bgp->import[i].remote_as, bgp->import[i].filter[j]);
}

/* A gateway in a network of no port: the route is hidden, in silence. A port that gets its address
 * by DHCP may have any network. */
static void check_gateway(struct checking *checking, const struct config_model *model,
    const struct config_route *route, const struct config_route_gateway *gateway)
{
	char text[IP_PREFIX_TEXT_BYTES], addr[IP_ADDR_TEXT_BYTES];

	for (uint32_t lan = 1; lan <= CONFIG_LANS; lan++)
		if (model->lan[lan].dhcp)
			return;
	if (!config_lan_towards(model, &gateway->address))
		check_found(checking,
		    "route %s has no effect: its gateway %s is in the network of no interface",
		    ip_prefix_format(&route->destination, text),
		    ip_addr_format(&gateway->address, addr));
}

static void check_routes(struct checking *checking, const struct config_model *model)
{
	char text[IP_PREFIX_TEXT_BYTES];

	for (uint32_t i = 0; i < model->route_count; i++)
		for (uint32_t j = 0; j < model->route[i].gateway_count; j++) {
			const struct config_route_gateway *gateway = &model->route[i].gateway[j];

			if (gateway->kind == CONFIG_VIA_TUNNEL && model->ipsec_use &&
			    !model->tunnel[gateway->tunnel].enabled)
				check_found(checking,
				    "route %s leads to tunnel %u, which is not enabled",
				    ip_prefix_format(&model->route[i].destination, text),
				    gateway->tunnel);
			if (gateway->kind == CONFIG_VIA_ADDRESS)
				check_gateway(checking, model, &model->route[i], gateway);
		}
}

static void check_list(struct checking *checking, const struct config_model *model,
    const struct config_filter_list *list)
{
	const char *interface = list->tunnel ? "tunnel" : "lan", *way = list->out ? "out" : "in";

	for (uint32_t i = 0; i < list->count; i++)
		if (!config_filter(model, list->number[i]))
			check_found(checking,
			    "%s%u: `secure filter %s` names filter %u, which there is none of",
			    interface, list->interface, way, list->number[i]);
	for (uint32_t i = 0; i < list->dynamic_count; i++)
		if (!config_dynamic(model, list->dynamic[i]))
			check_found(checking,
			    "%s%u: `secure filter %s` names dynamic filter %u, which there is none "
			    "of",
			    interface, list->interface, way, list->dynamic[i]);
}

static void check_triggers(struct checking *checking, const struct config_model *model,
    const struct config_dynamic *dynamic)
{
	const uint32_t *const named[] = {dynamic->trigger, dynamic->in, dynamic->out};
	const uint32_t count[] = {dynamic->trigger_count, dynamic->in_count, dynamic->out_count};

	for (unsigned i = 0; i < 3; i++)
		for (uint32_t j = 0; j < count[i]; j++)
			if (!config_filter(model, named[i][j]))
				check_found(checking,
				    "dynamic filter %u names filter %u, which there is none of",
				    dynamic->number, named[i][j]);
}

static void check_filters(struct checking *checking, const struct config_model *model)
{
	for (uint32_t i = 0; i < model->filter_list_count; i++)
		check_list(checking, model, &model->filter_list[i]);
	for (uint32_t i = 0; i < model->dynamic_count; i++)
		check_triggers(checking, model, &model->dynamic[i]);
}

static void check_kept(struct checking *checking, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = lines->line[i];
		struct text text = {0};
		struct grammar_args args;

		if (!line || !(line->row->flags & GRAMMAR_KEPT))
			continue;
		args = line_args(line);
		grammar_print(&args, true, &text);
		check_found(
		    checking, "without effect in this version: %s", text.data ? text.data : "");
		text_free(&text);
	}
}

static unsigned check_whole(const struct config_model *model, const struct lines *lines,
    void (*visit)(void *ctx, const char *sentence), void *ctx)
{
	struct checking checking = {visit, ctx, 0};
	bool tunnels = false, unused = false;

	if (!model)
		return 0;
	for (uint32_t i = 1; i <= config_tunnels(); i++) {
		unused |= model->tunnel[i].present && !model->ipsec_use;
		if (model->tunnel[i].enabled) {
			check_tunnel(&checking, model, i);
			tunnels = true;
		}
	}
	if (unused)
		check_found(&checking, "no tunnel is in use: there is `ipsec use off`");
	if (tunnels && !model->ipsec_auto_refresh)
		check_found(
		    &checking, "tunnels wait for the peer: there is no `ipsec auto refresh on`");
	check_routes(&checking, model);
	check_bgp(&checking, &model->bgp);
	check_filters(&checking, model);
	check_services(&checking, model);
	check_kept(&checking, lines);
	return checking.count;
}

unsigned config_check(
    const struct config *config, void (*visit)(void *ctx, const char *sentence), void *ctx)
{
	return check_whole(config->model, &config->lines, visit, ctx);
}

unsigned config_check_candidate(const struct config_candidate *candidate,
    void (*visit)(void *ctx, const char *sentence), void *ctx)
{
	return check_whole(
	    config_candidate_model(candidate), config_candidate_lines(candidate), visit, ctx);
}

/* ---- a file ------------------------------------------------------------------------------------
 */

/* Every line for itself, so that all that are wrong are named. */
static int check_lines(struct config *config, unsigned first, const char *text, size_t bytes,
    struct checking *checking)
{
	struct grammar_match *match = malloc(sizeof(*match));
	struct change change = {.origin = first - 1};
	const char *end = text + bytes;
	int wrong = 0;

	while (match && text < end && wrong < WRONG_MOST) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char error[CONFIG_ERROR_BYTES];

		if (config_batch_line(&change, match, text, length, error, sizeof(error))) {
			checking->visit(checking->ctx, error);
			wrong++;
		}
		grammar_match_wipe(match);
		text += length + (newline ? 1 : 0);
	}
	if (wrong == WRONG_MOST)
		checking->visit(checking->ctx, say("the lines after this one were not looked at"));
	if (match && !wrong) {
		char error[CONFIG_ERROR_BYTES];

		if (config_commit_change(config, &change, error, sizeof(error))) {
			checking->visit(checking->ctx, error);
			wrong++;
		}
	}
	lines_free(&change.lines);
	free(match);
	return match ? wrong : -ENOMEM;
}

int config_check_text(const char *data, size_t bytes,
    void (*visit)(void *ctx, const char *sentence), void *ctx, char *error, size_t error_bytes)
{
	struct checking checking = {visit, ctx, 0};
	const struct config_env nothing = {0};
	struct config *config = config_new(&nothing);
	const char *lines;
	size_t lines_bytes;
	unsigned first;
	int wrong;

	if (!config) {
		snprintf(error, error_bytes, "%s", say("no memory"));
		return -ENOMEM;
	}
	if (store_file_check(data, bytes, &lines, &lines_bytes, &first, error, error_bytes)) {
		visit(ctx, error);
		wrong = 1;
	} else {
		wrong = check_lines(config, first, lines, lines_bytes, &checking);
	}
	if (wrong < 0)
		snprintf(error, error_bytes, "%s", say("no memory"));
	else if (!wrong)
		(void)config_check(config, visit, ctx);
	config_free(config);
	return wrong;
}

int config_check_file(const char *path, void (*visit)(void *ctx, const char *sentence), void *ctx,
    char *error, size_t error_bytes)
{
	FILE *in = fopen(path, "re");
	char *data = malloc(STORE_FILE_BYTES + 1);
	size_t bytes = 0;
	int rc = 0;

	if (!in || !data)
		rc = in ? -ENOMEM : -errno;
	else
		bytes = fread(data, 1, STORE_FILE_BYTES + 1, in);
	if (!rc && ferror(in))
		rc = -EIO;
	else if (!rc && bytes > STORE_FILE_BYTES)
		rc = -EFBIG;
	if (rc)
		snprintf(error, error_bytes, "%s: %s", path, strerror(-rc));
	else
		rc = config_check_text(data, bytes, visit, ctx, error, error_bytes);
	if (data)
		secret_wipe(data, bytes);
	free(data);
	if (in)
		fclose(in);
	return rc;
}
