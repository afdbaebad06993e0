/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status bgp neighbor [ADDRESS]. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

/* -1 when that never was (MONO_NEVER, or a field never written). */
static int64_t seconds_since(mono_t now, mono_t at)
{
	if (mono_is_never(at) || at.nsec == 0)
		return -1;
	return mono_before(now, at) ? 0 : mono_diff_sec(now, at);
}

/* hh:mm:ss since `at`; 00:00:00 when that never was. */
static const char *since(mono_t now, mono_t at, char text[24])
{
	int64_t seconds = seconds_since(now, at);

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
	text_printf(out, "  BGP state = %s", show_bgp_state(status->state));
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

struct shown {
	size_t count;
	struct agent_bgp_status *neighbor;
};

static void print(const struct show *show, const struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		text_puts(show->out, i ? "\n" : "");
		print_neighbor(show, &shown->neighbor[i]);
	}
	if (!shown->count)
		text_puts(show->out, show_word(show, "There is no BGP neighbor to show.\n",
					 "表示する BGP 近隣はありません\n"));
}

static json_t *since_json(const struct show *show, mono_t at)
{
	int64_t seconds = seconds_since(show->now, at);

	return seconds < 0 ? json_null() : json_integer(seconds);
}

static json_t *messages_json(uint64_t messages, uint64_t notifications)
{
	return json_pack("{s:I, s:I}", "messages", (json_int_t)messages, "notifications",
	    (json_int_t)notifications);
}

static json_t *port_json(uint16_t port)
{
	return port ? json_integer(port) : json_null();
}

static json_t *neighbor_json(const struct show *show, const struct agent_bgp_status *neighbor)
{
	const struct bgp_config *config = neighbor->config;
	const struct bgp_status *status = &neighbor->status;
	struct ip_addr router = ip_addr_v4(status->remote_router_id);

	if (!status->remote_router_id)
		router.family = IP_FAMILY_NONE;
	return json_pack("{s:i, s:s, s:o, s:{s:o, s:I, s:o}, s:{s:o, s:I, s:o, s:o},"
			 " s:o, s:i, s:i, s:o, s:o, s:I, s:I, s:o, s:{s:i, s:i, s:I, s:I, s:I}}",
	    "number", config->neighbor, "state", show_bgp_state(status->state), "up_seconds",
	    status->state == BGP_ESTABLISHED ? since_json(show, status->since) : json_null(),
	    "local", "address", show_json_address(&config->local), "as",
	    (json_int_t)config->local_as, "port", port_json(neighbor->local_port), "remote",
	    "address", show_json_address(&config->remote), "as", (json_int_t)config->remote_as,
	    "port", port_json(neighbor->remote_port), "router_id", show_json_address(&router),
	    "last_read_seconds", since_json(show, status->last_read), "hold_time_seconds",
	    status->hold_time_sec, "keepalive_seconds", status->keepalive_sec, "received",
	    messages_json(status->received, status->received_notifications), "sent",
	    messages_json(status->sent, status->sent_notifications), "established",
	    (json_int_t)status->established, "dropped", (json_int_t)status->dropped, "last_reset",
	    show_json_text_or_null(status->last_reset), "prefixes", "received", status->prefixes_in,
	    "announced", status->prefixes_out, "refused", (json_int_t)status->prefixes_refused,
	    "treated_as_withdraw", (json_int_t)status->treated_as_withdraw, "attributes_discarded",
	    (json_int_t)status->attributes_discarded);
}

static json_t *to_json(const struct show *show, const struct shown *shown)
{
	json_t *neighbors = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count; i++)
		bad |=
		    json_array_append_new(neighbors, neighbor_json(show, &shown->neighbor[i])) != 0;
	return json_pack("{s:o}", "neighbors", show_json_array(neighbors, bad));
}

static int collect(const struct show *show, const struct grammar_args *args, struct shown *shown,
    char *error, size_t error_bytes)
{
	const struct value *only = args_find(args, "address");
	size_t count;

	shown->count = 0;
	shown->neighbor = calloc(CONFIG_NEIGHBORS, sizeof(*shown->neighbor));
	if (!shown->neighbor)
		return show_no_memory(error, error_bytes);
	count = agent_neighbors(show->agent, shown->neighbor, CONFIG_NEIGHBORS);
	for (size_t i = 0; i < count && i < CONFIG_NEIGHBORS; i++)
		if (!only || ip_addr_equal(&only->net.addr, &shown->neighbor[i].config->remote))
			shown->neighbor[shown->count++] = shown->neighbor[i];
	if (!only || shown->count)
		return 0;
	snprintf(error, error_bytes, "%s", say("there is no such neighbor"));
	return -ENOENT;
}

int show_bgp_neighbor(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown;
	int rc = collect(show, args, &shown, error, error_bytes);

	if (!rc && show->answer)
		rc = show_answer(
		    show, "show-status-bgp-neighbor/1", to_json(show, &shown), error, error_bytes);
	else if (!rc)
		print(show, &shown);
	free(shown.neighbor);
	return rc;
}
