/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See logs.h. Timers: one a minute, for names of `syslog host` that have no address yet or one that
 * is older than ten minutes. */
#include "control/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/cloud_text.h"
#include "control/sys/dns.h"

#define TICK_MSEC    60000
#define FRESH_TICKS  10
#define LOOK_UP_MSEC 10000

struct host {
	struct logs *logs;
	unsigned index;
	char name[CONFIG_HOST_NAME]; /* "" = none, or an address that needs no look-up */
	struct dns_query *query;
	unsigned ticks_left; /* until the name is looked up again */
};

struct logs {
	struct logs_options options;
	struct log_hub *hub;
	uv_timer_t tick;
	struct host host[LOG_SYSLOG_HOSTS];
};

static void on_resolved(void *ctx, int error, const struct ip_addr *addrs, size_t count)
{
	struct host *host = ctx;

	host->query = NULL;
	host->ticks_left = error ? 0 : FRESH_TICKS;
	if (error)
		log_notice("syslog host=%s look-up=failed error=%s", host->name, strerror(-error));
	else
		log_syslog_set_host(log_hub_syslog(host->logs->hub), host->index, &addrs[0]);
}

static void look_up(struct host *host)
{
	if (host->name[0] && !host->query)
		(void)dns_resolve(host->logs->options.loop, host->name, LOOK_UP_MSEC, on_resolved,
		    host, &host->query);
}

static void on_tick(uv_timer_t *timer)
{
	struct logs *logs = timer->data;

	for (unsigned i = 0; i < LOG_SYSLOG_HOSTS; i++) {
		if (logs->host[i].ticks_left)
			logs->host[i].ticks_left--;
		else
			look_up(&logs->host[i]);
	}
}

struct logs *logs_start(const struct logs_options *options)
{
	const struct log_hub_options hub = {.program = "cgw-control",
	    .instance = options->instance,
	    .echo = true,
	    .syslog_path = options->syslog_path};
	struct logs *logs = calloc(1, sizeof(*logs));
	char error[256];

	if (!logs)
		return NULL;
	logs->options = *options;
	logs->hub = log_hub_new(&hub);
	if (!logs->hub) {
		free(logs);
		return NULL;
	}
	for (unsigned i = 0; i < LOG_SYSLOG_HOSTS; i++)
		logs->host[i] = (struct host){.logs = logs, .index = i};
	(void)uv_timer_init(options->loop, &logs->tick);
	logs->tick.data = logs;
	(void)uv_timer_start(&logs->tick, on_tick, TICK_MSEC, TICK_MSEC);
	log_set_sink(log_hub_sink, logs->hub);
	if (options->file[0] && log_hub_keep_in(logs->hub, options->file, error, sizeof(error)))
		log_error("log file=refused reason=\"%s\"", error);
	return logs;
}

/* The host is at an address, or has a name to be looked up, or is none (""). */
static void set_host(struct host *host, const char *name)
{
	struct ip_addr addr = {0};
	bool literal = ip_addr_parse(name, &addr) == 0;

	if (!literal && strcmp(host->name, name) == 0)
		return;
	if (host->query)
		dns_cancel(host->query);
	host->query = NULL;
	host->ticks_left = 0;
	snprintf(host->name, sizeof(host->name), "%s", literal ? "" : name);
	log_syslog_set_host(log_hub_syslog(host->logs->hub), host->index, &addr);
	look_up(host);
}

void logs_follow(struct logs *logs, const struct config_model *model)
{
	enum log_level level = model->syslog_debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;

	log_hub_set_levels(
	    logs->hub, model->syslog_notice, model->syslog_info, model->syslog_debug);
	log_hub_want(logs->hub, model->cloud_syslog ? CLOUD_TEXT_SUBJECT : NULL);
	log_set_level(level < logs->options.least ? logs->options.least : level);
	for (unsigned i = 0; i < LOG_SYSLOG_HOSTS; i++)
		set_host(&logs->host[i], i < CONFIG_SYSLOG_HOSTS ? model->syslog_host[i] : "");
}

struct log_hub *logs_hub(const struct logs *logs)
{
	return logs->hub;
}

void logs_stop(struct logs *logs)
{
	for (unsigned i = 0; i < LOG_SYSLOG_HOSTS; i++) {
		if (logs->host[i].query)
			dns_cancel(logs->host[i].query);
		logs->host[i].query = NULL;
		logs->host[i].name[0] = '\0';
	}
	if (!uv_is_closing((uv_handle_t *)&logs->tick))
		uv_close((uv_handle_t *)&logs->tick, NULL);
}

void logs_free(struct logs *logs)
{
	if (!logs)
		return;
	log_set_sink(NULL, NULL);
	log_hub_free(logs->hub);
	free(logs);
}
