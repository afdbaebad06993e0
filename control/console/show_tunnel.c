/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status tunnel [N|up|down]. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show.h"

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

static void print_state(
    const struct show *show, const struct agent_tunnel_status *tunnel, bool alive)
{
	char time[SHOW_TIME_BYTES];
	int64_t seconds = show->now_unix - tunnel->since_unix;

	if (!tunnel->up || !alive) {
		const char *reason = alive ? tunnel->ike.reason : "the dataplane is not running";

		text_puts(show->out, show_word(show, "  Current status is Offline.\n",
					 "  トンネルインタフェースは接続されていません\n"));
		if (reason[0])
			text_printf(
			    show->out, "  %s: %s\n", show_word(show, "Reason", "理由"), reason);
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
}

int show_tunnel(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	uint32_t only = args_number(args, "tunnel", 0);
	bool up = args_is(args, "tunnel", "up"), down = args_is(args, "tunnel", "down");
	bool alive = show_dataplane_alive(show);
	size_t count, found = 0;
	struct agent_tunnel_status *tunnels = show_tunnels(show, &count);

	if (!tunnels) {
		snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		bool online = alive && tunnels[i].up;

		if ((only && tunnels[i].number != only) || (up && !online) || (down && online))
			continue;
		if (found++)
			text_puts(show->out, "\n");
		print_tunnel(show, &tunnels[i], alive);
	}
	free(tunnels);
	if (only && !found) {
		snprintf(error, error_bytes, "tunnel %u is not configured", only);
		return -ENOENT;
	}
	if (!found)
		text_puts(show->out, show_word(show, "There is no tunnel to show.\n",
					 "表示するトンネルはありません\n"));
	return 0;
}
