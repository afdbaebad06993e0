/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show packetdump: the capture that runs, or the last one. */
#include <inttypes.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

static void print(const struct show *show, const struct agent_capture_status *status)
{
	char time[SHOW_TIME_BYTES], made[sizeof(status->reason) * 3];

	if (!status->known) {
		text_printf(show->out, "%s\n",
		    show_word(show, "No packets were captured.", "パケットダンプはありません。"));
		return;
	}
	text_printf(show->out, "%s: %s\n", show_word(show, "Packetdump", "パケットダンプ"),
	    status->running      ? show_word(show, "running", "実行中")
	    : status->begun_unix ? show_word(show, "ended", "終了")
				 : show_word(show, "refused", "開始できません"));
	if (status->reason[0])
		text_printf(show->out, "  %s: %s\n", show_word(show, "Why", "理由"),
		    say_made(status->reason, made, sizeof(made)));
	if (!status->begun_unix)
		return;
	text_printf(show->out, "  %s: %s\n", show_word(show, "Since", "開始日時"),
	    show_time(status->begun_unix, time));
	text_printf(show->out,
	    show_word(show, "  Packets: %" PRIu64 ", %" PRIu64 " missed\n",
		"  パケット数: %" PRIu64 ", 取得漏れ: %" PRIu64 "\n"),
	    status->packets, status->lost);
	text_printf(show->out, "  %s: %s\n", show_word(show, "File", "ファイル"), status->file);
	text_printf(show->out, "  %s:\n    tshark -r FILE -Y 'frame.packet_id == ID'\n",
	    show_word(show, "An inner packet and the outer one it travels in have one packet id",
		"内側と外側の同じパケットは同じ packet id を持ちます"));
}

int show_packetdump(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_capture_status status;

	agent_capture(show->agent, &status);
	if (!show->answer) {
		print(show, &status);
		return 0;
	}
	return show_answer(show, "show-packetdump/1",
	    json_pack("{s:b, s:o, s:I, s:I, s:o, s:o}", "running", status.running, "since",
		show_json_time(status.begun_unix), "packets", (json_int_t)status.packets, "missed",
		(json_int_t)status.lost, "file", show_json_text_or_null(status.file), "reason",
		show_json_text_or_null(status.reason)),
	    error, error_bytes);
}
