/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status tunnel [N|up|down]. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/remedy.h"
#include "control/console/show_json.h"

static void print_part(struct text *out, int64_t n, const char *unit)
{
	text_printf(out, "%" PRId64 " %s%s ", n, unit, n == 1 ? "" : "s");
}

/* "5 hours 7 minutes 58 seconds " or "5時間7分58秒": parts in front that are zero are left out. */
static void print_duration(const struct show *show, int64_t seconds)
{
	int64_t part[4] = {seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60};
	static const char *const english[] = {"day", "hour", "minute", "second"};
	static const char *const japanese[] = {"日", "時間", "分", "秒"};
	bool started = false;

	for (unsigned i = 0; i < 4; i++) {
		started |= part[i] != 0 || i == 3;
		if (!started)
			continue;
		if (show->japanese)
			text_printf(show->out, "%" PRId64 "%s", part[i], japanese[i]);
		else
			print_part(show->out, part[i], english[i]);
	}
}

static void print_counter(const struct show *show, const char *label, const char *family,
    uint64_t packets, uint64_t bytes)
{
	if (show->japanese)
		text_printf(show->out, "  %s(%s) %" PRIu64 " パケット [%" PRIu64 " オクテット]\n",
		    label, family, packets, bytes);
	else
		text_printf(show->out, "  %s(%s) %" PRIu64 " packet%s [%" PRIu64 " octet%s]\n",
		    label, family, packets, packets > 1 ? "s" : "", bytes, bytes > 1 ? "s" : "");
}

/* The cloud setting that has made it, or that it is bound to; 0 = none. */
static uint32_t cloud_of(const struct show *show, uint32_t tunnel)
{
	struct agent_cloud_status status;

	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		if (agent_cloud_status(show->agent, id, &status) == 0 && status.configured &&
		    (status.tunnel[0] == tunnel || status.tunnel[1] == tunnel))
			return id;
	return remedy_cloud_of_tunnel(config_model(show->config), tunnel);
}

static void print_state(
    const struct show *show, const struct agent_tunnel_status *tunnel, bool alive)
{
	char time[SHOW_TIME_BYTES];
	int64_t seconds = show->now_unix - tunnel->since_unix;

	if (!tunnel->up || !alive) {
		const char *reason = alive ? tunnel->ike.reason : "the dataplane is not running";
		char made[sizeof(tunnel->ike.reason) * 3], remedy[REMEDY_BYTES];

		text_puts(show->out, show_word(show, "  Current status is Offline.\n",
					 "  トンネルインタフェースは接続されていません\n"));
		if (reason[0])
			text_printf(show->out, "  %s: %s\n", show_word(show, "Reason", "理由"),
			    say_made(reason, made, sizeof(made)));
		if (alive && *remedy_of_tunnel(tunnel->fault))
			text_printf(show->out, "    -> %s\n",
			    remedy_fill(say(remedy_of_tunnel(tunnel->fault)),
				cloud_of(show, tunnel->number), remedy));
		return;
	}
	text_puts(show->out, show_word(show, "  Current status is Online.\n",
				 "  トンネルインタフェースは接続されています\n"));
	show_time(tunnel->since_unix, time);
	if (show->japanese)
		text_printf(show->out, "  開始: %s\n  通信時間: ", time);
	else
		text_printf(show->out, "  from %s.\n  ", time);
	print_duration(show, seconds > 0 ? seconds : 0);
	text_puts(show->out, show_word(show, " connection.\n", "\n"));
}

/* Added to what the RTX shows, where there is something: what was dropped, and what the kernel has
 * to do with it. */
static void print_drops(const struct show *show, const struct agent_tunnel_status *tunnel)
{
	if (tunnel->in_drops || tunnel->out_drops)
		text_printf(show->out,
		    show_word(show,
			"  Dropped:     %" PRIu64 " received (by the present SAs: replay %" PRIu64
			", ICV %" PRIu64 ", other %" PRIu64 "), %" PRIu64 " to be sent\n",
			"  破棄: 受信 %" PRIu64 " (現在の SA: リプレイ %" PRIu64 ", ICV %" PRIu64
			", その他 %" PRIu64 ")、送信 %" PRIu64 "\n"),
		    tunnel->in_drops, tunnel->replay_drops, tunnel->icv_drops, tunnel->other_drops,
		    tunnel->out_drops);
	if (tunnel->punted || tunnel->injected)
		text_printf(show->out,
		    show_word(show,
			"  Kernel:      %" PRIu64 " packets to it, %" PRIu64 " from it\n",
			"  カーネル: 渡したパケット %" PRIu64 "、受け取ったパケット %" PRIu64 "\n"),
		    tunnel->punted, tunnel->injected);
}

static void print_tunnel(
    const struct show *show, const struct agent_tunnel_status *tunnel, bool alive)
{
	text_printf(show->out, "TUNNEL[%u]:\n%s: %s\n", tunnel->number,
	    show_word(show, "Description", "説明"), tunnel->description);
	text_puts(show->out,
	    show_word(show, "  Interface type: IPsec\n", "  インタフェースの種類: IPsec\n"));
	print_state(show, tunnel, alive);
	print_counter(show, show_word(show, "Received:    ", "受信: "), "IPv4", tunnel->in_packets,
	    tunnel->in_bytes);
	print_counter(show, show_word(show, "             ", "      "), "IPv6", tunnel->in6_packets,
	    tunnel->in6_bytes);
	print_counter(show, show_word(show, "Transmitted: ", "送信: "), "IPv4", tunnel->out_packets,
	    tunnel->out_bytes);
	print_counter(show, show_word(show, "             ", "      "), "IPv6",
	    tunnel->out6_packets, tunnel->out6_bytes);
	print_drops(show, tunnel);
}

struct shown {
	bool alive; /* the dataplane is */
	size_t count;
	struct agent_tunnel_status *tunnel;
};

static void print(const struct show *show, const struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		text_puts(show->out, i ? "\n" : "");
		print_tunnel(show, &shown->tunnel[i], shown->alive);
	}
	if (!shown->count)
		text_puts(show->out, show_word(show, "There is no tunnel to show.\n",
					 "表示するトンネルはありません\n"));
}

static json_t *counters_json(uint64_t packets, uint64_t bytes)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)packets, "bytes", (json_int_t)bytes);
}

static json_t *drops_json(const struct agent_tunnel_status *tunnel)
{
	return json_pack("{s:I, s:I, s:{s:I, s:I, s:I}}", "received", (json_int_t)tunnel->in_drops,
	    "transmitted", (json_int_t)tunnel->out_drops, "present_sas", "replay",
	    (json_int_t)tunnel->replay_drops, "icv", (json_int_t)tunnel->icv_drops, "other",
	    (json_int_t)tunnel->other_drops);
}

static const char *ike_state_name(enum ike_peer_state state)
{
	switch (state) {
	case IKE_PEER_IDLE: return "idle";
	case IKE_PEER_CONNECTING: return "connecting";
	case IKE_PEER_UP: return "up";
	case IKE_PEER_DEAD: return "dead";
	}
	return "idle";
}

static json_t *ike_json(const struct ike_status *ike)
{
	return json_pack("{s:i, s:s, s:b, s:b, s:i, s:I, s:I, s:I, s:I, s:I}", "version",
	    ike->version, "state", ike_state_name(ike->state), "nat_local", ike->nat_local,
	    "nat_remote", ike->nat_remote, "remote_port", ike->remote_port, "rekeys_phase1",
	    (json_int_t)ike->rekeys_phase1, "rekeys_phase2", (json_int_t)ike->rekeys_phase2,
	    "retransmits", (json_int_t)ike->retransmits, "bad_datagrams",
	    (json_int_t)ike->bad_datagrams, "dpd_lost", (json_int_t)ike->dpd_lost);
}

static json_t *tunnel_json(const struct agent_tunnel_status *tunnel, bool alive)
{
	bool up = alive && tunnel->up;
	const char *reason = !alive ? "the dataplane is not running" : tunnel->ike.reason;

	return json_pack("{s:i, s:i, s:o, s:b, s:o, s:o, s:{s:o, s:o}, s:{s:o, s:o}, s:i, s:o,"
			 " s:{s:o, s:o}, s:{s:o, s:o}, s:o, s:I, s:I, s:o}",
	    "number", tunnel->number, "gateway", tunnel->gateway, "description",
	    show_json_text_or_null(tunnel->description), "up", up, "since",
	    up ? show_json_time(tunnel->since_unix) : json_null(), "reason",
	    up ? json_null() : show_json_text_or_null(reason), "outside", "local",
	    show_json_address(&tunnel->local), "remote", show_json_address(&tunnel->remote),
	    "inside", "local", show_json_address(&tunnel->inside_local), "remote",
	    show_json_address(&tunnel->inside_remote), "inner_mtu", tunnel->inner_mtu, "mss_limit",
	    tunnel->mss_limit ? json_integer(tunnel->mss_limit) : json_null(), "received", "ipv4",
	    counters_json(tunnel->in_packets, tunnel->in_bytes), "ipv6",
	    counters_json(tunnel->in6_packets, tunnel->in6_bytes), "transmitted", "ipv4",
	    counters_json(tunnel->out_packets, tunnel->out_bytes), "ipv6",
	    counters_json(tunnel->out6_packets, tunnel->out6_bytes), "dropped", drops_json(tunnel),
	    "to_kernel", (json_int_t)tunnel->punted, "from_kernel", (json_int_t)tunnel->injected,
	    "ike", ike_json(&tunnel->ike));
}

static json_t *to_json(const struct shown *shown)
{
	json_t *tunnels = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count; i++)
		bad |= json_array_append_new(
			   tunnels, tunnel_json(&shown->tunnel[i], shown->alive)) != 0;
	return json_pack("{s:o}", "tunnels", show_json_array(tunnels, bad));
}

/* Keeps the tunnels that were asked for. */
static int collect(const struct show *show, const struct grammar_args *args, struct shown *shown,
    char *error, size_t error_bytes)
{
	uint32_t only = args_number(args, "tunnel", 0);
	const struct config_model *model = config_model(show->config);
	bool up = args_is(args, "tunnel", "up"), down = args_is(args, "tunnel", "down");
	size_t count;

	*shown = (struct shown){.alive = show_dataplane_alive(show)};
	shown->tunnel = show_tunnels(show, &count);
	if (!shown->tunnel)
		return show_no_memory(error, error_bytes);
	for (size_t i = 0; i < count; i++) {
		bool online = shown->alive && shown->tunnel[i].up;

		if ((!only || shown->tunnel[i].number == only) && (!up || online) &&
		    (!down || !online))
			shown->tunnel[shown->count++] = shown->tunnel[i];
	}
	if (!only || shown->count)
		return 0;
	if (model && model->tunnel[only].present && !model->ipsec_use)
		snprintf(
		    error, error_bytes, "%s", say("no tunnel is in use: there is `ipsec use off`"));
	else if (model && model->tunnel[only].present && !model->tunnel[only].enabled)
		snprintf(error, error_bytes,
		    say("tunnel %u is not enabled: enter `tunnel enable %u`"), only, only);
	else
		snprintf(error, error_bytes, say("tunnel %u is not configured"), only);
	return -ENOENT;
}

int show_tunnel(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown;
	int rc = collect(show, args, &shown, error, error_bytes);

	if (!rc && show->answer)
		rc = show_answer(show, "show-status-tunnel/1", to_json(&shown), error, error_bytes);
	else if (!rc)
		print(show, &shown);
	free(shown.tunnel);
	return rc;
}
