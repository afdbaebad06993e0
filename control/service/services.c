/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What of the services is to run, and whether it does. */
#include "control/service/services.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/folder.h"
#include "common/log.h"
#include "control/service/conntrack_times.h"
#include "control/service/dhcp_port.h"
#include "control/service/dnsmasq.h"
#include "control/service/file.h"
#include "control/service/filter_log.h"
#include "control/service/rules.h"
#include "control/service/ruleset.h"
#include "control/service/supervisor.h"
#include "control/sys/nflog.h"
#include "control/sys/nft_watch.h"

#define PATH_BYTES       256
#define LEASE_FILE_BYTES (1 << 20)

struct services {
	struct services_env env;
	char run_dir[PATH_BYTES];
	struct dhcp_port *client[CONFIG_LANS + 1]; /* NULL: there is none */
	bool leaves[CONFIG_LANS + 1];              /* its address is being given back */
	struct supervisor *dnsmasq;                /* NULL before it was wanted */
	struct text dnsmasq_config;                /* as it was handed over last */
	bool dnsmasq_refused;                      /* and could not be run by */
	struct rules rules;
	struct nft_watch *watch;  /* of its table; NULL: the kernel has no such thing */
	struct nflog *filter_log; /* NULL: no rule logs, or it was refused */
	bool filter_log_refused;
	struct conntrack_times times;
};

static void path_of(const struct services *services, const char *name, char path[PATH_BYTES + 32])
{
	(void)snprintf(path, PATH_BYTES + 32, "%s/%s", services->run_dir, name);
}

/* Where it cannot be made, writing into it says why. */
static void make_run_dir(const struct services *services)
{
	char path[PATH_BYTES + 32];

	path_of(services, "", path);
	(void)folder_make_for(path);
}

/* ---- dnsmasq ---- */

/* By what is wanted of it. 0 or -errno. */
static int run_dnsmasq(struct services *services)
{
	char path[PATH_BYTES + 32];
	const char *const argv[] = {
	    "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--pid-file=", "-C", path, NULL};
	int rc;

	path_of(services, "dnsmasq.conf", path);
	rc = file_write(path, services->dnsmasq_config.data, services->dnsmasq_config.bytes);
	if (rc)
		return rc;
	supervisor_renew(services->dnsmasq);
	return supervisor_run(services->dnsmasq, argv, -1);
}

/* What was refused is tried again, and said once. */
static void sync_dnsmasq(
    struct services *services, const struct config_model *model, const struct service_facts *facts)
{
	char leases[PATH_BYTES + 32];
	struct text wanted = {0};
	bool serves;
	int rc;

	path_of(services, "dhcp.leases", leases);
	serves = dnsmasq_config(model, facts, leases, &wanted);
	if (wanted.bad ||
	    (!services->dnsmasq_refused && text_equal(&wanted, &services->dnsmasq_config))) {
		text_free(&wanted);
		return;
	}
	text_free(&services->dnsmasq_config);
	services->dnsmasq_config = wanted;
	if (!services->dnsmasq) {
		make_run_dir(services);
		services->dnsmasq =
		    supervisor_new(services->env.loop, "dnsmasq", services->run_dir);
		if (services->dnsmasq)
			supervisor_quiet(services->dnsmasq, dnsmasq_is_chatter);
	}
	rc = !services->dnsmasq ? -ENOMEM : serves ? run_dnsmasq(services) : 0;
	if (rc && !services->dnsmasq_refused)
		log_error("service name=dnsmasq error=%s", strerror(-rc));
	services->dnsmasq_refused = rc != 0;
	if (services->dnsmasq && !serves)
		supervisor_halt(services->dnsmasq);
}

static int by_address(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;

	return memcmp(x->address.bytes, y->address.bytes, 4);
}

size_t services_leases(const struct services *services, struct lease *out, size_t max)
{
	char path[PATH_BYTES + 32], *text;
	size_t bytes, count;

	path_of(services, "dhcp.leases", path);
	text = file_read(path, LEASE_FILE_BYTES, &bytes);
	if (!text)
		return 0;
	count = leases_read(text, bytes, out, max);
	free(text);
	qsort(out, count, sizeof(*out), by_address);
	return count;
}

/* ---- what follows the ruleset ---- */

/* Listens while there are rules that log. */
static void sync_filter_log(struct services *services)
{
	bool wanted = rules_log(&services->rules);
	int rc = 0;

	if (wanted && !services->filter_log) {
		services->filter_log = filter_log_open(services->env.loop, &rc);
		if (rc && !services->filter_log_refused)
			log_error("filter log=refused reason=\"%s\"", strerror(-rc));
		services->filter_log_refused = rc != 0;
	} else if (!wanted) {
		nflog_close(services->filter_log);
		services->filter_log = NULL;
	}
}

static void sync_times(struct services *services, const struct config_model *model)
{
	bool follows = false;

	for (uint32_t i = 0; i < model->filter_list_count; i++)
		follows = follows || model->filter_list[i].dynamic_count;
	conntrack_times_set(&services->times, follows ? &model->dynamic_timers : NULL);
}

/* ---- all ---- */

static void on_rules_gone(void *ctx)
{
	struct services *services = ctx;

	if (rules_lost(&services->rules))
		services->env.changed(services->env.ctx);
}

struct services *services_new(const struct services_env *env)
{
	struct services *services = calloc(1, sizeof(*services));
	int rc;

	if (!services)
		return NULL;
	services->env = *env;
	(void)snprintf(services->run_dir, sizeof(services->run_dir), "%s", env->run_dir);
	services->env.run_dir = services->run_dir;
	services->watch =
	    nft_watch_open(env->loop, RULESET_TABLE_NAME, on_rules_gone, services, &rc);
	if (!services->watch)
		log_notice("ruleset watched=no reason=\"%s\"", strerror(-rc));
	return services;
}

void services_sync_clients(struct services *services, const struct config_model *model,
    const bool present[CONFIG_LANS + 1])
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		struct dhcp_port **client = &services->client[n];
		char name[16];

		if (*client && (services->leaves[n] || !model->lan[n].dhcp)) {
			services->leaves[n] = !dhcp_port_leave(*client);
			if (services->leaves[n])
				continue;
			dhcp_port_close(*client);
			*client = NULL;
		}
		if (!model->lan[n].dhcp)
			continue;
		(void)snprintf(name, sizeof(name), "lan%u", n);
		if (!*client) {
			make_run_dir(services);
			*client = dhcp_port_new(services->env.loop, name, services->run_dir,
			    services->env.changed, services->env.ctx);
		}
		if (*client)
			dhcp_port_run(*client, present[n]);
		else
			log_error("dhcp interface=%s error=no-memory", name);
	}
}

const struct dhcp_binding *services_binding(const struct services *services, uint32_t lan)
{
	static const struct dhcp_binding none;

	return services && services->client[lan] ? dhcp_port_binding(services->client[lan]) : &none;
}

bool services_leaves(const struct services *services, uint32_t lan)
{
	return services && services->leaves[lan];
}

bool services_client_runs(const struct services *services, uint32_t lan)
{
	return services->client[lan] && dhcp_port_runs(services->client[lan]);
}

void services_sync(
    struct services *services, const struct config_model *model, const struct service_facts *facts)
{
	if (rules_sync(&services->rules, model, facts))
		nft_watch_settle(services->watch);
	sync_filter_log(services);
	sync_times(services, model);
	sync_dnsmasq(services, model, facts);
}

bool services_judge(const struct services *services, bool tunnel, uint32_t interface)
{
	return interfaces_has(&services->rules.judged, tunnel, interface);
}

const char *services_refused(const struct services *services)
{
	return services->rules.refused;
}

bool services_filter_counts(
    struct services *services, const struct config_filter_list *list, struct filter_counts *out)
{
	return rules_counts(&services->rules, list, out);
}

void services_close(struct services *services)
{
	if (!services)
		return;
	supervisor_close(services->dnsmasq);
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		dhcp_port_close(services->client[n]);
	nft_watch_close(services->watch);
	rules_close(&services->rules);
	nflog_close(services->filter_log);
	conntrack_times_set(&services->times, NULL);
	text_free(&services->dnsmasq_config);
	free(services);
}
