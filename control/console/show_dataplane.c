/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dataplane: is it alive, is it up to date, what became of every packet. In words; as
 * JSON: show_dataplane_json.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/console/explain.h"
#include "control/console/show_dataplane.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct agent_dataplane_status *show_dataplane_status(const struct show *show)
{
	struct agent_dataplane_status *status = calloc(1, sizeof(*status));

	if (!status)
		return NULL;
	agent_dataplane(show->agent, status);
	if (status->port_count > COUNT(status->port))
		status->port_count = COUNT(status->port);
	if (status->drop_count > COUNT(status->drop_reason))
		status->drop_count = COUNT(status->drop_reason);
	if (status->twin_count > COUNT(status->twin))
		status->twin_count = COUNT(status->twin);
	return status;
}

bool show_dataplane_alive(const struct show *show)
{
	static struct agent_dataplane_status status; /* too large for the stack */

	agent_dataplane(show->agent, &status);
	return status.alive;
}

/* "10000 Mbit/s, " or nothing. */
static void print_speed(struct text *out, const struct agent_port_status *port)
{
	if (port->speed_mbps)
		text_printf(out, "%u Mbit/s, ", port->speed_mbps);
}

static void print_port(const struct show *show, const struct agent_port_status *port)
{
	text_printf(show->out, "%s: %s, ", port->name,
	    port->up ? show_word(show, "up", "リンクアップ")
		     : show_word(show, "down", "リンクダウン"));
	print_speed(show->out, port);
	text_printf(show->out,
	    show_word(show,
		"%s, twin %s, mtu %u, %02x:%02x:%02x:%02x:%02x:%02x\n"
		"  Received:    %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64
		" to the kernel\n"
		"  Transmitted: %" PRIu64 " frames [%" PRIu64 " octets], %" PRIu64
		" from the kernel\n"
		"  Lost:        ",
		"%s, twin %s, mtu %u, %02x:%02x:%02x:%02x:%02x:%02x\n"
		"  受信:     %" PRIu64 " フレーム [%" PRIu64 " オクテット]、カーネルへ %" PRIu64
		"\n"
		"  送信:     %" PRIu64 " フレーム [%" PRIu64 " オクテット]、カーネルから %" PRIu64
		"\n"
		"  損失:     "),
	    port->device, port->twin, port->mtu, port->mac[0], port->mac[1], port->mac[2],
	    port->mac[3], port->mac[4], port->mac[5], port->rx_packets, port->rx_bytes,
	    port->punted, port->tx_packets, port->tx_bytes, port->injected);
	if (port->missed_untold)
		text_puts(show->out, show_word(show, "missed is not told by this device",
					 "デバイスでの受信破棄は不明"));
	else
		text_printf(show->out,
		    show_word(
			show, "%" PRIu64 " missed by the device", "デバイスでの受信破棄 %" PRIu64),
		    port->rx_missed);
	text_printf(show->out,
	    show_word(show,
		", %" PRIu64 " broken, %" PRIu64 " not sent; the link was lost %" PRIu64 " time",
		"、受信エラー %" PRIu64 "、送信失敗 %" PRIu64 "、リンクダウン %" PRIu64 " 回"),
	    port->rx_errors, port->tx_failed, port->link_downs);
	text_printf(show->out, "%s\n", port->link_downs == 1 ? "" : show_word(show, "s", ""));
}

static void print_worker(
    const struct show *show, size_t number, const struct agent_worker_status *w)
{
	uint64_t tenths = w->busy_polls ? w->polled * 10 / w->busy_polls : 0;

	if (w->still) {
		text_printf(show->out,
		    show_word(show, "  Worker %zu STANDS STILL: not seen for %" PRIu64 " seconds\n",
			"  ワーカー %zu が停止しています: %" PRIu64 " 秒間応答がありません\n"),
		    number, w->seen_msec / 1000);
		return;
	}
	text_printf(show->out,
	    show_word(show,
		"  Worker %zu: busy %u.%u %%, %" PRIu64 ".%" PRIu64
		" packets a poll that brought any; waiting: %u to the kernel, %u from it, %u from "
		"other workers\n",
		"  ワーカー %zu: 使用率 %u.%u %%、受信 1 回あたり %" PRIu64 ".%" PRIu64
		" パケット、待ち: カーネルへ %u、カーネルから %u、他のワーカーから %u\n"),
	    number, w->busy_permille / 10, w->busy_permille % 10, tenths / 10, tenths % 10,
	    w->ring_to_kernel, w->ring_from_kernel, w->ring_handover);
}

static void print_whole(const struct show *show, const struct agent_dataplane_status *status)
{
	if (status->wanted_mb)
		text_printf(show->out,
		    show_word(show,
			"Dataplane is WITHOUT MEMORY: for these tables it wants about %" PRIu32
			" MB (-m with --no-huge, else cgw-hugepages)\n",
			"データプレーンのメモリーが不足しています: このテーブルには約 %" PRIu32
			" MB 必要です (--no-huge では -m、それ以外は cgw-hugepages)\n"),
		    status->wanted_mb);
	else
		text_puts(show->out, status->alive ? show_word(show, "Dataplane is running\n",
							 "データプレーンは動作中です\n")
						   : show_word(show, "Dataplane is NOT running\n",
							 "データプレーンは停止しています\n"));
	if (status->worker_count)
		text_printf(show->out, "%s: %zu\n", show_word(show, "Workers", "ワーカー数"),
		    status->worker_count);
	for (size_t i = 0; i < status->worker_count; i++)
		print_worker(show, i, &status->worker[i]);
	if (status->buffers)
		text_printf(show->out,
		    show_word(show,
			"Packet buffers: %" PRIu64 " of %" PRIu64
			" in use, those that wait for frames in the receive queues among them\n",
			"パケットバッファー: %" PRIu64 " / %" PRIu64
			" を使用中 (受信キューで待機中のものを含む)\n"),
		    status->buffers_used, status->buffers);
	text_printf(show->out,
	    show_word(show, "Configuration: generation %" PRIu64 ", applied %" PRIu64 "%s\n",
		"設定: 世代 %" PRIu64 "、反映済み %" PRIu64 "%s\n"),
	    status->generation, status->applied_generation,
	    status->generation == status->applied_generation
		? ""
		: show_word(show, " (behind)", " (未反映あり)"));
}

static void print_totals(const struct show *show, const struct agent_dataplane_status *status,
    const struct agent_dataplane_status *cleared)
{
	char time[SHOW_TIME_BYTES];

	if (cleared)
		text_printf(show->out,
		    show_word(show, "Counted since %s, when it was cleared\n",
			"計測開始: %s (クリアした時刻)\n"),
		    show_time(cleared->cleared_unix, time));
	if (cleared && cleared->in_flight)
		text_printf(show->out, "%s: %" PRIu64 "\n",
		    show_word(show, "In flight then", "その時点で処理中"), cleared->in_flight);
	text_printf(show->out,
	    show_word(show,
		"Totals: received %" PRIu64 ", made %" PRIu64 ", transmitted %" PRIu64
		", to the kernel %" PRIu64 ", dropped %" PRIu64 ", consumed %" PRIu64
		", in flight %" PRIu64 "\n\n",
		"合計: 受信 %" PRIu64 "、生成 %" PRIu64 "、送信 %" PRIu64 "、カーネルへ %" PRIu64
		"、破棄 %" PRIu64 "、消費 %" PRIu64 "、処理中 %" PRIu64 "\n\n"),
	    status->rx, status->made, status->tx, status->punt, status->drop, status->consumed,
	    status->in_flight);
}

static void print_twin(
    const struct show *show, const char *name, const struct agent_twin_status *twin)
{
	if (twin->punted || twin->injected)
		text_printf(show->out,
		    show_word(show, "%s: %" PRIu64 " to the kernel, %" PRIu64 " from the kernel\n",
			"%s: カーネルへ %" PRIu64 "、カーネルから %" PRIu64 "\n"),
		    name, twin->punted, twin->injected);
}

static void print_twins(const struct show *show, const struct agent_dataplane_status *status)
{
	for (size_t i = 0; i < status->twin_count; i++) {
		char name[24];

		snprintf(name, sizeof(name), "tunnel%u", status->twin[i].number);
		print_twin(show, name, &status->twin[i]);
	}
	print_twin(show, show_word(show, "other tunnels", "その他のトンネル"), &status->others);
	print_twin(
	    show, show_word(show, "tunnels that are no more", "削除されたトンネル"), &status->gone);
}

/* What the dataplane says of a reason is in English. */
static const char *meaning(const struct show *show, const struct agent_drop *drop)
{
	const struct explain_row *row = explain_find(drop->name);

	return show->japanese && row ? row->meaning_ja : drop->text;
}

static void print(const struct show *show, const struct agent_dataplane_status *status,
    const struct agent_dataplane_status *cleared)
{
	bool dropped = false;

	print_whole(show, status);
	print_totals(show, status, cleared);
	for (size_t i = 0; i < status->port_count; i++)
		print_port(show, &status->port[i]);
	print_twins(show, status);
	for (size_t i = 0; i < status->drop_count; i++) {
		const struct agent_drop *drop = &status->drop_reason[i];

		if (!drop->packets)
			continue;
		if (!dropped)
			text_puts(show->out, show_word(show, "\nDropped, by reason:\n",
						 "\n破棄したパケット (理由別):\n"));
		dropped = true;
		text_printf(show->out, "%12" PRIu64 "  %-24s %s\n", drop->packets, drop->name,
		    meaning(show, drop));
	}
}

int show_dataplane(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct agent_dataplane_status *cleared = agent_dataplane_cleared(show->agent);
	struct agent_dataplane_status *status = show_dataplane_status(show);
	int rc = 0;

	if (!status)
		return show_no_memory(error, error_bytes);
	if (show->answer) {
		rc = show_answer(show, "show-status-dataplane/1", show_dataplane_json(status),
		    error, error_bytes);
	} else {
		show_dataplane_since(status, cleared);
		print(show, status, cleared);
	}
	free(status);
	return rc;
}
