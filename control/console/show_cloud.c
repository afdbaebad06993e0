/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status cloud vpn [N]. The labels are padded by display columns: a Japanese character takes
 * two, and the texts below carry their padding. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/console/show.h"

struct labels {
	const char *heading, *service, *name, *status, *fetched, *updated, *tunnels, *error;
	const char *amazon, *configured, *unconfigured, *running, *up, *down, *dead;
};

static const struct labels english = {
    .heading = "Cloud setting",
    .service = "Service:               ",
    .name = "Name:                  ",
    .status = "Status:                ",
    .fetched = "Last fetched:          ",
    .updated = "CONFIG updated:        ",
    .tunnels = "TUNNEL connections:",
    .error = "Last error:            ",
    .amazon = "Amazon (API)",
    .configured = "Configured",
    .unconfigured = "Not configured",
    .running = "Being configured",
    .up = "Connected",
    .down = "Not connected",
    .dead = "Not connected (the dataplane is not running)",
};

static const struct labels japanese = {
    .heading = "クラウド設定",
    .service = "サービス名 :           ",
    .name = "設定名 :               ",
    .status = "ステータス :           ",
    .fetched = "最終取得日時 :         ",
    .updated = "CONFIG の更新日時 :    ",
    .tunnels = "TUNNEL の接続状態 :",
    .error = "最後のエラー :         ",
    .amazon = "Amazon(API 方式)",
    .configured = "設定済み",
    .unconfigured = "未設定",
    .running = "設定中",
    .up = "接続されています",
    .down = "接続されていません",
    .dead = "接続されていません (データプレーンが動作していません)",
};

static void print_line(const struct show *show, const char *label, const char *value)
{
	size_t bytes = strlen(label);

	/* No blanks at the end of a line without a value. */
	while (!*value && bytes && label[bytes - 1] == ' ')
		bytes--;
	text_add(show->out, label, bytes);
	text_printf(show->out, "%s\n", value);
}

static void print_cloud(
    const struct show *show, uint32_t id, const struct config_cloud *cloud, bool alive)
{
	const struct labels *labels = show->japanese ? &japanese : &english;
	struct agent_cloud_status status;

	if (agent_cloud_status(show->agent, id, &status))
		memset(&status, 0, sizeof(status));
	text_printf(show->out, "%s [%u]\n", labels->heading, id);
	print_line(show, labels->service, cloud->service_set ? labels->amazon : "");
	print_line(show, labels->name, cloud->name);
	print_line(show, labels->status,
	    status.running      ? labels->running
	    : status.configured ? labels->configured
				: labels->unconfigured);
	print_line(show, labels->fetched, status.last_fetch);
	print_line(show, labels->updated, status.config_update);
	if (status.last_error[0])
		print_line(show, labels->error, status.last_error);
	print_line(show, labels->tunnels, "");
	for (unsigned i = 0; i < 2; i++)
		if (status.tunnel[i])
			text_printf(show->out, "  TUNNEL[%02u]: %s\n", status.tunnel[i],
			    !alive                ? labels->dead
			    : status.tunnel_up[i] ? labels->up
						  : labels->down);
}

int show_cloud(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct config_model *model = config_model(show->config);
	uint32_t only = args_number(args, "cloud", 0);
	bool alive = show_dataplane_alive(show);
	unsigned found = 0;

	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *cloud = &model->cloud[id];

		if ((only && id != only) ||
		    (!cloud->service_set && !cloud->parameters_set && !cloud->name[0]))
			continue;
		if (found++)
			text_puts(show->out, "\n");
		print_cloud(show, id, cloud, alive);
	}
	if (only && !found) {
		snprintf(error, error_bytes, "cloud vpn %u is not configured", only);
		return -ENOENT;
	}
	if (!found)
		text_puts(show->out, show_word(show, "There is no cloud setting to show.\n",
					 "表示するクラウド設定はありません\n"));
	return 0;
}
