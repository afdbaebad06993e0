/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A received UPDATE into the Adj-RIB-In of its neighbour.
 *
 * RFC 4271 section 9 and RFC 7606 section 2 (treat-as-withdraw). Not here: judging the message
 * (bgp_update.c); choosing among routes (bgp_decide.c). */
#include <errno.h>
#include <inttypes.h>

#include "bgp_peer.h"
#include "bgp_policy.h"

static void withdraw_all(struct bgp_peer *peer, struct rd list)
{
	struct ip_prefix prefix;

	while (bgp_nlri_next(&list, &prefix))
		peer->rib_changed |= bgp_rib_remove(peer->rib, &peer->source, &prefix);
}

/* Takes the routes in; one that is refused replaces, that is removes, what stood there before. */
static int install_all(struct bgp_peer *peer, const struct bgp_attrs *attrs,
    const struct ip_addr *next_hop, struct rd list)
{
	bool refused = bgp_policy_refuses_attrs(&peer->config, attrs, next_hop);
	struct bgp_route_attrs *shared;
	struct ip_prefix prefix;
	int err = 0;

	if (!rd_left(&list))
		return 0;
	shared = bgp_route_attrs_new(attrs, next_hop, peer->config.local_as);
	if (!shared)
		return -ENOMEM;
	while (err >= 0 && bgp_nlri_next(&list, &prefix)) {
		if (refused || !bgp_policy_accepts(peer->rib, &peer->config, &prefix)) {
			peer->status.prefixes_refused++;
			peer->rib_changed |= bgp_rib_remove(peer->rib, &peer->source, &prefix);
			continue;
		}
		err = bgp_rib_put(peer->rib, &peer->source, &prefix, shared);
		peer->rib_changed |= err > 0;
	}
	bgp_route_attrs_unref(shared);
	return err < 0 ? err : 0;
}

static void log_malformed(struct bgp_peer *peer, const struct bgp_attrs *attrs)
{
	char text[120];

	if (mono_before(peer->now, peer->log_after)) {
		peer->log_held++;
		return;
	}
	bgp_log(peer, false,
	    "update malformed action=%s discarded=%u held_back=%" PRIu64 " error=%s",
	    attrs->verdict == BGP_VERDICT_WITHDRAW ? "withdraw" : "discard", attrs->discarded,
	    peer->log_held,
	    attrs->error.code ? bgp_error_format(&attrs->error, text, sizeof(text)) : "-");
	peer->log_held = 0;
	peer->log_after = mono_add_sec(peer->now, BGP_LOG_INTERVAL_SEC);
}

static void warn_near_limit(struct bgp_peer *peer)
{
	uint64_t prefixes = peer->source.prefixes, limit = peer->config.prefix_limit;
	bool near = prefixes * 5 >= limit * 4;

	if (near && !peer->near_limit)
		bgp_log(peer, false, "prefixes near limit prefixes=%" PRIu64 " limit=%" PRIu64,
		    prefixes, limit);
	peer->near_limit = near;
}

int bgp_import_update(
    struct bgp_peer *peer, const struct bgp_conn *conn, const struct bgp_update *update)
{
	const struct bgp_attrs *attrs = &update->attrs;
	int err;

	peer->source.router_id = conn->open.router_id;
	peer->status.attributes_discarded += attrs->discarded;
	if (attrs->verdict == BGP_VERDICT_WITHDRAW)
		peer->status.treated_as_withdraw++;
	if (attrs->verdict == BGP_VERDICT_WITHDRAW || attrs->discarded)
		log_malformed(peer, attrs);
	if (update->end_of_rib)
		bgp_log(peer, true, "end-of-rib prefixes=%" PRIu32, peer->source.prefixes);

	withdraw_all(peer, update->withdrawn);
	withdraw_all(peer, attrs->mp_unreach);
	if (attrs->verdict == BGP_VERDICT_WITHDRAW) {
		withdraw_all(peer, update->nlri);
		withdraw_all(peer, attrs->mp_reach);
		return 0;
	}
	err = install_all(peer, attrs, &attrs->next_hop, update->nlri);
	if (!err)
		err = install_all(peer, attrs, &attrs->mp_next_hop, attrs->mp_reach);
	warn_near_limit(peer);
	return err;
}

void bgp_import_clear(struct bgp_peer *peer)
{
	peer->rib_changed |= bgp_rib_remove_all(peer->rib, &peer->source);
	peer->near_limit = false;
}
