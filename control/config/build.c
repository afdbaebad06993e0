/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From lines to a model, and the checks that need more than one line. An unfinished configuration
 * is no error: lines come one at a time. What is refused is what could not become right by adding
 * more lines. */
#include "control/config/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/set.h"

/* What no two tunnels may have: a policy, or else an inside address of ours. */
struct claim {
	uint32_t policy; /* 0: it is an address */
	struct ip_prefix address;
	uint32_t tunnel;
};

static int by_claim(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->policy != y->policy)
		return x->policy < y->policy ? -1 : 1;
	return ip_prefix_compare(&x->address, &y->address);
}

static int by_claim_and_tunnel(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = by_claim(a, b);

	return order ? order : (x->tunnel > y->tunnel) - (x->tunnel < y->tunnel);
}

/* All claims in order; returns how many. */
static size_t gather_claims(const struct config_model *model, struct claim *out)
{
	size_t count = 0;

	for (uint32_t i = 1; i <= config_tunnels(); i++) {
		const struct config_tunnel *tunnel = &model->tunnel[i];

		if (tunnel->policy)
			out[count++] = (struct claim){.policy = tunnel->policy, .tunnel = i};
		if (tunnel->address_set)
			out[count++] =
			    (struct claim){.address = {.addr = tunnel->address.addr}, .tunnel = i};
	}
	qsort(out, count, sizeof(*out), by_claim_and_tunnel);
	return count;
}

static int check_claims(const struct config_model *model, char *error, size_t error_bytes)
{
	struct claim *claim = calloc(config_tunnels(), 2 * sizeof(*claim));
	size_t count = claim ? gather_claims(model, claim) : 0;
	int rc = claim ? 0 : -ENOMEM;

	for (size_t i = 1; i < count && !rc; i++) {
		const struct claim *first = &claim[i - 1];

		if (by_claim(first, &claim[i]) != 0)
			continue;
		rc = first->policy
			 ? set_refuse(error, error_bytes, "policy %u is used by tunnel %u already",
			       first->policy, first->tunnel)
			 : set_refuse(error, error_bytes, "tunnel %u has the same inside address",
			       first->tunnel);
	}
	free(claim);
	return rc;
}

/* A gateway serves one tunnel, too. */
static int check_tunnels(const struct config_model *model, char *error, size_t error_bytes)
{
	uint32_t user[CONFIG_TUNNELS_MAX + 1] = {0};
	int rc = check_claims(model, error, error_bytes);

	for (uint32_t i = 1; i <= config_tunnels() && !rc; i++) {
		const struct config_tunnel *tunnel = &model->tunnel[i];
		const struct config_policy *policy = config_tunnel_policy(model, i);

		if (policy && user[policy->gateway])
			return set_refuse(error, error_bytes,
			    "gateway %u is used by tunnel %u already", policy->gateway,
			    user[policy->gateway]);
		if (policy)
			user[policy->gateway] = i;
		if (tunnel->address_set && tunnel->remote_set &&
		    ip_addr_equal(&tunnel->address.addr, &tunnel->remote))
			return set_refuse(error, error_bytes,
			    "tunnel %u: both ends have the same inside address", i);
	}
	return rc;
}

static int by_policy(const void *a, const void *b)
{
	const struct config_policy *x = a, *y = b;

	return (x->policy > y->policy) - (x->policy < y->policy);
}

/* Networks of ports: `at` 0 is the first of lan1, 1 its second, 2 the first of lan2. False: none.
 */
static bool network_at(const struct config_model *model, unsigned at, struct ip_prefix *out)
{
	const struct config_lan *lan = &model->lan[1 + at / 2];

	*out = ip_prefix_mask(at % 2 ? &lan->secondary : &lan->address);
	return at % 2 ? lan->secondary_set : lan->address_set;
}

static int check_lans(const struct config_model *model, char *error, size_t error_bytes)
{
	for (unsigned i = 0; i < 2 * CONFIG_LANS; i++)
		for (unsigned j = 0; j < i; j++) {
			struct ip_prefix a, b;

			if (!network_at(model, i, &a) || !network_at(model, j, &b) ||
			    (!ip_prefix_covers(&a, &b) && !ip_prefix_covers(&b, &a)))
				continue;
			if (i / 2 == j / 2)
				return set_refuse(error, error_bytes,
				    "the two networks of lan%u overlap", 1 + i / 2);
			return set_refuse(error, error_bytes,
			    "the networks of lan%u and lan%u overlap", 1 + j / 2, 1 + i / 2);
		}
	return 0;
}

static int check_bgp(const struct config_model *model, char *error, size_t error_bytes)
{
	const struct config_bgp *bgp = &model->bgp;

	for (uint32_t i = 0; i < bgp->neighbor_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (ip_addr_equal(&bgp->neighbor[i].address, &bgp->neighbor[j].address))
				return set_refuse(error, error_bytes,
				    "neighbors %u and %u have the same address",
				    bgp->neighbor[j].id, bgp->neighbor[i].id);
	for (uint32_t lan = 1; bgp->use && lan <= CONFIG_LANS; lan++)
		if (model->lan[lan].secondary_set)
			return set_refuse(error, error_bytes,
			    "`bgp use on` and a secondary address (of lan%u) exclude each other",
			    lan);
	return 0;
}

/* No address is in the pools of two scopes. */
static int check_scopes(const struct config_dhcp_service *dhcp, char *error, size_t error_bytes)
{
	for (uint32_t i = 0; i < dhcp->scope_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (dhcp->scope[i].pool.low <= dhcp->scope[j].pool.high &&
			    dhcp->scope[j].pool.low <= dhcp->scope[i].pool.high)
				return set_refuse(error, error_bytes,
				    "the pools of scopes %u and %u overlap", dhcp->scope[j].number,
				    dhcp->scope[i].number);
	return 0;
}

struct config_model *build_model(const struct lines *lines, char *error, size_t error_bytes)
{
	struct config_model *model = config_model_new();
	int rc = model ? 0 : -ENOMEM;

	for (size_t i = 0; i < lines->count && !rc; i++) {
		const struct line *line = lines->line[i];
		char sentence[CONFIG_ERROR_BYTES - 32] = "";
		struct grammar_args args;

		if (!line)
			continue;
		args = line_args(line);
		rc = line->row->set(model, line->tunnel, &args, sentence, sizeof(sentence));
		if (rc && line->origin)
			snprintf(error, error_bytes, say("line %u: %s"), line->origin, sentence);
		else if (rc)
			snprintf(error, error_bytes, "%s", sentence);
	}
	if (!rc)
		qsort(model->policy, model->policy_count, sizeof(*model->policy), by_policy);
	if (!rc)
		rc = check_tunnels(model, error, error_bytes);
	if (!rc)
		rc = check_lans(model, error, error_bytes);
	if (!rc)
		rc = check_bgp(model, error, error_bytes);
	if (!rc)
		rc = check_scopes(&model->dhcp, error, error_bytes);
	if (!rc && !model->ipsec_use)
		for (uint32_t i = 1; i <= config_tunnels(); i++)
			model->tunnel[i].enabled = false;
	if (!rc)
		return model;
	if (rc == -ENOMEM)
		snprintf(error, error_bytes, "%s", say("no memory"));
	config_model_free(model);
	return NULL;
}
