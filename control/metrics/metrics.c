/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The order of the families, the tables they come from, and what is measured of the instance as a
 * whole. */
#include "control/metrics/metrics.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/version.h"
#include "control/metrics/metrics_internal.h"

void metrics_table(struct text *out, const struct metric *metrics, size_t count, const char *key,
    const void *rows, size_t row_count, size_t row_bytes)
{
	const char *name = "";

	for (size_t i = 0; i < count; i++) {
		const struct metric *metric = &metrics[i];

		if (metric->help) {
			name = metric->name;
			exposition_family(out, name, metric->type, metric->help);
		}
		for (size_t j = 0; j < row_count; j++) {
			const char *row = (const char *)rows + j * row_bytes;
			struct exposition_label labels[] = {{key, row}, metric->label};
			uint64_t value;

			memcpy(&value, row + metric->offset, sizeof(value));
			exposition_sample(out, name, labels, 2, value);
		}
	}
}

static void write_log(struct text *out, const struct log_hub *log)
{
	static const char family[] = "cgw_log_lines_total";

	exposition_family(out, family, "counter", "Lines of the log by level, since the start.");
	for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		struct exposition_label label = {"level", log_level_name(level)};

		exposition_sample(out, family, &label, 1, log_hub_count(log, level));
	}
	exposition_single(out, "cgw_syslog_lost_messages_total", "counter",
	    "Messages to syslog that this machine could not send.", log_hub_lost(log));
	exposition_single(out, "cgw_log_left_out_lines_total", "counter",
	    "Lines that the journal, or who reads standard error, did not take at once.",
	    log_hub_left_out(log));
}

/* "YYYY/MM/DD hh:mm:ss" in local time; 0 = never. */
static uint64_t to_unix(const char *text)
{
	struct tm local = {.tm_isdst = -1};
	const char *end = strptime(text, "%Y/%m/%d %H:%M:%S", &local);
	time_t at = end ? mktime(&local) : 0;

	return at > 0 ? (uint64_t)at : 0;
}

struct cloud {
	char id[12];
	uint64_t configured, running, failed, fetched;
};

static void write_clouds(struct text *out, const struct metrics_source *source)
{
	static const struct metric metrics[] = {
	    {"cgw_cloud_vpn_configured", "gauge",
		"Whether tunnels of this cloud vpn id are configured.", {0},
		offsetof(struct cloud, configured)},
	    {"cgw_cloud_vpn_running", "gauge", "Whether its settings are being fetched.", {0},
		offsetof(struct cloud, running)},
	    {"cgw_cloud_vpn_failed", "gauge", "Whether its last run ended in an error.", {0},
		offsetof(struct cloud, failed)},
	    {"cgw_cloud_vpn_last_fetch_timestamp_seconds", "gauge",
		"When its settings were fetched last, 0 = not since the start.", {0},
		offsetof(struct cloud, fetched)},
	};
	const struct config_model *model = config_model(source->config);
	struct cloud clouds[CONFIG_CLOUDS];
	size_t count = 0;

	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++) {
		struct agent_cloud_status status;

		if (!model->cloud[id].service_set || agent_cloud_status(source->agent, id, &status))
			continue;
		clouds[count] = (struct cloud){.configured = status.configured,
		    .running = status.running,
		    .failed = status.last_error[0] != '\0',
		    .fetched = to_unix(status.last_fetch)};
		snprintf(clouds[count].id, sizeof(clouds[count].id), "%u", id);
		count++;
	}
	metrics_table(out, metrics, sizeof(metrics) / sizeof(metrics[0]), "id", clouds, count,
	    sizeof(clouds[0]));
}

void metrics_write(const struct metrics_source *source, struct text *out)
{
	struct exposition_label instance = {"cgw_instance", source->instance};
	struct exposition_label version = {"version", CGW_VERSION};

	exposition_family(
	    out, "cgw_info", "gauge", "The instance, whose name is a label; always 1.");
	exposition_sample(out, "cgw_info", &instance, 1, 1);
	exposition_family(
	    out, "cgw_build_info", "gauge", "The program, whose version is a label; always 1.");
	exposition_sample(out, "cgw_build_info", &version, 1, 1);
	exposition_single(out, "cgw_config_saved", "gauge",
	    "Whether the configuration in force is saved.", !config_dirty(source->config));
	metrics_dataplane(out, source->agent);
	metrics_tunnels(out, source->agent);
	metrics_neighbors(out, source->agent);
	write_clouds(out, source);
	write_log(out, source->log);
	metrics_process(out);
}
