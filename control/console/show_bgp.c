/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status bgp neighbor [ADDRESS]. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show.h"

/* RFC 4271 section 8.2.2. */
static const char *state_name(enum bgp_state state)
{
	switch (state) {
	case BGP_IDLE: return "Idle";
	case BGP_CONNECT: return "Connect";
	case BGP_ACTIVE: return "Active";
	case BGP_OPENSENT: return "OpenSent";
	case BGP_OPENCONFIRM: return "OpenConfirm";
	case BGP_ESTABLISHED: return "Established";
	}
	return "-";
}

/* hh:mm:ss since `at`; 00:00:00 when that never was (MONO_NEVER, or a field never written). */
static const char *since(mono_t now, mono_t at, char text[24])
{
	int64_t seconds = mono_is_never(at) || at.nsec == 0 ? 0 : mono_diff_sec(now, at);

	if (seconds < 0)
		seconds = 0;
	snprintf(text, 24, "%02" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
	    (int)(seconds % 60));
	return text;
}

static void print_neighbor(const struct show *show, const struct agent_bgp_status *neighbor)
{
	const struct bgp_config *config = neighbor->config;
	const struct bgp_status *status = &neighbor->status;
	struct ip_addr router = ip_addr_v4(status->remote_router_id);
	bool open = status->remote_router_id != 0, up = status->state == BGP_ESTABLISHED;
	char remote[IP_ADDR_TEXT_BYTES], text[IP_ADDR_TEXT_BYTES], time[24];
	struct text *out = show->out;

	ip_addr_format(&config->remote, remote);
	text_printf(out, "BGP neighbor is %s, remote AS %u, local AS %u, %s link\n", remote,
	    config->remote_as, config->local_as,
	    config->remote_as == config->local_as ? "internal" : "external");
	text_printf(out, "  BGP version %d, remote router ID %s\n", open ? 4 : 0,
	    ip_addr_format(&router, text));
	text_printf(out, "  BGP state = %s", state_name(status->state));
	if (up)
		text_printf(out, ", up for %s", since(show->now, status->since, time));
	text_printf(out, "\n  Last read %s, hold time is %u, keepalive interval is %u seconds\n",
	    since(show->now, status->last_read, time), status->hold_time_sec,
	    status->keepalive_sec);
	text_printf(out, "  Received %" PRIu64 " messages, %" PRIu64 " notifications, 0 in queue\n",
	    status->received, status->received_notifications);
	text_printf(out, "  Sent %" PRIu64 " messages, %" PRIu64 " notifications, 0 in queue\n",
	    status->sent, status->sent_notifications);
	text_printf(out, "  Connection established %" PRIu64 "; dropped %" PRIu64 "\n",
	    status->established, status->dropped);
	text_printf(out, "  Last reset %s\n", status->last_reset[0] ? status->last_reset : "never");
	if (neighbor->local_port)
		text_printf(out, "Local host: %s, Local port: %u\n",
		    ip_addr_format(&config->local, text), neighbor->local_port);
	else
		text_puts(out, "Local host: unspecified\n");
	text_printf(out, "Foreign host: %s, Foreign port: %u\n", remote, neighbor->remote_port);
}

int show_bgp_neighbor(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct value *only = args_find(args, "address");
	struct agent_bgp_status *neighbors = calloc(CONFIG_NEIGHBORS, sizeof(*neighbors));
	size_t count, found = 0;

	if (!neighbors) {
		snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	count = agent_neighbors(show->agent, neighbors, CONFIG_NEIGHBORS);
	for (size_t i = 0; i < count && i < CONFIG_NEIGHBORS; i++) {
		if (only && !ip_addr_equal(&only->net.addr, &neighbors[i].config->remote))
			continue;
		if (found++)
			text_puts(show->out, "\n");
		print_neighbor(show, &neighbors[i]);
	}
	free(neighbors);
	if (only && !found) {
		snprintf(error, error_bytes, "there is no such neighbor");
		return -ENOENT;
	}
	if (!found)
		text_puts(show->out, show_word(show, "There is no BGP neighbor to show.\n",
					 "表示する BGP 近隣はありません\n"));
	return 0;
}
