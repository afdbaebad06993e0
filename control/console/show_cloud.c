/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status cloud vpn [N]. The labels are padded by display columns: a Japanese character takes
 * two, and the texts below carry their padding. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/remedy.h"
#include "control/console/show_json.h"

#define LABEL_COLUMNS 23

struct labels {
	const char *heading, *service, *name, *status, *fetched, *updated, *tunnels, *error,
	    *remedy;
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
    .remedy = "What to do:            ",
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
    .remedy = "対処 :                 ",
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

struct shown {
	bool alive; /* the dataplane is */
	unsigned count;
	struct setting {
		uint32_t id;
		const struct config_cloud *config;
		struct agent_cloud_status status;
	} setting[CONFIG_CLOUDS];
};

/* Lines behind the first stand below it. */
static void print_error(
    const struct show *show, const struct labels *labels, const struct setting *setting)
{
	const struct agent_cloud_status *status = &setting->status;
	char made[sizeof(status->last_error) * 3], remedy[REMEDY_BYTES];

	text_puts(show->out, labels->error);
	text_puts_indented(
	    show->out, say_made(status->last_error, made, sizeof(made)), LABEL_COLUMNS);
	text_puts(show->out, "\n");
	if (*remedy_fill(say(remedy_of_cloud(status->fault)), setting->id, remedy))
		print_line(show, labels->remedy, remedy);
}

static void print_cloud(const struct show *show, const struct setting *setting, bool alive)
{
	const struct labels *labels = show->japanese ? &japanese : &english;
	const struct config_cloud *cloud = setting->config;
	const struct agent_cloud_status *status = &setting->status;

	text_printf(show->out, "%s [%u]\n", labels->heading, setting->id);
	print_line(show, labels->service, cloud->service_set ? labels->amazon : "");
	print_line(show, labels->name, cloud->name);
	print_line(show, labels->status,
	    status->running      ? labels->running
	    : status->configured ? labels->configured
				 : labels->unconfigured);
	print_line(show, labels->fetched, status->last_fetch);
	print_line(show, labels->updated, status->config_update);
	if (status->last_error[0])
		print_error(show, labels, setting);
	print_line(show, labels->tunnels, "");
	for (unsigned i = 0; i < 2; i++)
		if (status->tunnel[i])
			text_printf(show->out, "  TUNNEL[%02u]: %s\n", status->tunnel[i],
			    !alive                 ? labels->dead
			    : status->tunnel_up[i] ? labels->up
						   : labels->down);
}

static void print(const struct show *show, const struct shown *shown)
{
	for (unsigned i = 0; i < shown->count; i++) {
		text_puts(show->out, i ? "\n" : "");
		print_cloud(show, &shown->setting[i], shown->alive);
	}
	if (!shown->count)
		text_puts(show->out, show_word(show, "There is no cloud setting to show.\n",
					 "表示するクラウド設定はありません\n"));
}

static json_t *setting_json(const struct setting *setting, bool alive)
{
	const struct agent_cloud_status *status = &setting->status;
	json_t *tunnels = json_array();
	char remedy[REMEDY_BYTES] = "";
	bool bad = false;

	if (status->last_error[0])
		(void)remedy_fill(remedy_of_cloud(status->fault), setting->id, remedy);
	for (unsigned i = 0; i < 2; i++)
		if (status->tunnel[i])
			bad |= json_array_append_new(
				   tunnels, json_pack("{s:i, s:b}", "number", status->tunnel[i],
						"up", alive && status->tunnel_up[i])) != 0;
	return json_pack("{s:i, s:s?, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "id", setting->id,
	    "service", setting->config->service_set ? "amazon-api" : NULL, "name",
	    show_json_text_or_null(setting->config->name), "status",
	    status->running      ? "running"
	    : status->configured ? "configured"
				 : "not-configured",
	    "last_fetched", show_json_local_time(status->last_fetch), "config_updated",
	    show_json_local_time(status->config_update), "last_error",
	    show_json_text_or_null(status->last_error), "advice", show_json_text_or_null(remedy),
	    "tunnels", show_json_array(tunnels, bad));
}

static json_t *to_json(const struct shown *shown)
{
	json_t *settings = json_array();
	bool bad = false;

	for (unsigned i = 0; i < shown->count; i++)
		bad |= json_array_append_new(
			   settings, setting_json(&shown->setting[i], shown->alive)) != 0;
	return json_pack("{s:o}", "settings", show_json_array(settings, bad));
}

static void collect(const struct show *show, uint32_t only, struct shown *shown)
{
	const struct config_model *model = config_model(show->config);

	shown->alive = show_dataplane_alive(show);
	shown->count = 0;
	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *cloud = &model->cloud[id];
		struct setting *setting = &shown->setting[shown->count];

		if ((only && id != only) ||
		    (!cloud->service_set && !cloud->parameters_set && !cloud->name[0]))
			continue;
		shown->count++;
		setting->id = id;
		setting->config = cloud;
		if (agent_cloud_status(show->agent, id, &setting->status))
			memset(&setting->status, 0, sizeof(setting->status));
	}
}

int show_cloud(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	uint32_t only = args_number(args, "cloud", 0);
	struct shown shown;

	collect(show, only, &shown);
	if (only && !shown.count) {
		snprintf(error, error_bytes, say("cloud vpn %u is not configured"), only);
		return -ENOENT;
	}
	if (show->answer)
		return show_answer(
		    show, "show-status-cloud-vpn/1", to_json(&shown), error, error_bytes);
	print(show, &shown);
	return 0;
}
