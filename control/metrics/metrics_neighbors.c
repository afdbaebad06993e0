/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metrics of the BGP sessions. */
#include <stdlib.h>

#include "control/metrics/metrics_internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	char neighbor[IP_ADDR_TEXT_BYTES];
	uint64_t up, received, sent, notifications_in, notifications_out, established, dropped,
	    prefixes_in, prefixes_out, refused, withdrawn, discarded;
};

#define AT(field) offsetof(struct row, field)

static const struct metric metrics[] = {
    {"cgw_bgp_session_up", "gauge", "Whether the session is Established.", {0}, AT(up)},
    {"cgw_bgp_messages_received_total", "counter", "Messages received.", {0}, AT(received)},
    {"cgw_bgp_messages_sent_total", "counter", "Messages sent.", {0}, AT(sent)},
    {"cgw_bgp_notifications_received_total", "counter", "NOTIFICATIONs received.", {0},
	AT(notifications_in)},
    {"cgw_bgp_notifications_sent_total", "counter", "NOTIFICATIONs sent.", {0},
	AT(notifications_out)},
    {"cgw_bgp_session_established_total", "counter", "Times the session came up.", {0},
	AT(established)},
    {"cgw_bgp_session_dropped_total", "counter", "Times the session ended.", {0}, AT(dropped)},
    {"cgw_bgp_prefixes_received", "gauge", "Prefixes that the neighbor announces.", {0},
	AT(prefixes_in)},
    {"cgw_bgp_prefixes_announced", "gauge", "Prefixes announced to the neighbor.", {0},
	AT(prefixes_out)},
    {"cgw_bgp_prefixes_refused_total", "counter", "Prefixes of the neighbor that policy refused.",
	{0}, AT(refused)},
    {"cgw_bgp_updates_treated_as_withdraw_total", "counter",
	"Malformed UPDATEs treated as withdraws (RFC 7606).", {0}, AT(withdrawn)},
    {"cgw_bgp_attributes_discarded_total", "counter", "Malformed attributes discarded (RFC 7606).",
	{0}, AT(discarded)},
};

static void fill_row(struct row *row, const struct agent_bgp_status *neighbor)
{
	const struct bgp_status *status = &neighbor->status;

	*row = (struct row){
	    .up = status->state == BGP_ESTABLISHED,
	    .received = status->received,
	    .sent = status->sent,
	    .notifications_in = status->received_notifications,
	    .notifications_out = status->sent_notifications,
	    .established = status->established,
	    .dropped = status->dropped,
	    .prefixes_in = status->prefixes_in,
	    .prefixes_out = status->prefixes_out,
	    .refused = status->prefixes_refused,
	    .withdrawn = status->treated_as_withdraw,
	    .discarded = status->attributes_discarded,
	};
	ip_addr_format(&neighbor->config->remote, row->neighbor);
}

void metrics_neighbors(struct text *out, struct agent *agent)
{
	struct agent_bgp_status *neighbors = calloc(CONFIG_NEIGHBORS, sizeof(*neighbors));
	struct row rows[CONFIG_NEIGHBORS];
	size_t count = neighbors ? agent_neighbors(agent, neighbors, CONFIG_NEIGHBORS) : 0;

	out->bad |= !neighbors;
	if (count > CONFIG_NEIGHBORS)
		count = CONFIG_NEIGHBORS;
	for (size_t i = 0; i < count; i++)
		fill_row(&rows[i], &neighbors[i]);
	metrics_table(out, metrics, COUNT(metrics), "neighbor", rows, count, sizeof(rows[0]));
	free(neighbors);
}
