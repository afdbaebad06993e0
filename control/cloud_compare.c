/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Does the answer say what is configured already? The lines are applied to a copy of the running
 * configuration, and the copy compared with itself before: what differs only in writing is equal,
 * and there is no list of commands to keep in step with the generator. The same with the lines of
 * each tunnel alone says which of the two is concerned. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/cloud_plan.h"
#include "control/config/config.h"

static void wipe_text(char *text)
{
	if (!text)
		return;
	secret_wipe(text, strlen(text));
	free(text);
}

/* 1: applying the lines changes something, 0: nothing, -errno with a sentence. */
static int changes(
    const char *text, const char *const *line, size_t count, char why[CONFIG_ERROR_BYTES])
{
	const struct config_env nothing = {0};
	struct config *copy = config_new(&nothing);
	char *before = NULL, *after = NULL;
	int rc = copy ? 0 : -ENOMEM;

	(void)snprintf(why, CONFIG_ERROR_BYTES, "no memory");
	if (rc == 0)
		rc = config_replace(copy, text, strlen(text), why, CONFIG_ERROR_BYTES);
	if (rc == 0 && !(before = config_running_text(copy)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = config_apply_lines(copy, line, count, why, CONFIG_ERROR_BYTES);
	if (rc == 0 && !(after = config_running_text(copy)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = strcmp(before, after) != 0;
	wipe_text(before);
	wipe_text(after);
	config_free(copy);
	return rc;
}

int cloud_compare(const char *text, const struct vpn_lines *lines, struct cloud_difference *out,
    char error[VPN_ERROR])
{
	char why[CONFIG_ERROR_BYTES];
	int rc = changes(text, (const char *const *)lines->line, lines->count, why);

	memset(out, 0, sizeof(*out));
	out->any = rc == 1;
	for (unsigned t = 0; t < VPN_TUNNELS && rc == 1; t++) {
		const char *own[VPN_LINES];
		size_t count = 0;

		for (size_t i = 0; i < lines->count; i++)
			if (lines->tunnel[i] == t + 1)
				own[count++] = lines->line[i];
		rc = changes(text, own, count, why);
		out->tunnel[t] = rc == 1;
		rc = rc < 0 ? rc : 1;
	}
	if (rc < 0)
		(void)snprintf(error, VPN_ERROR, "%.*s", VPN_ERROR - 1, why);
	return rc < 0 ? rc : 0;
}

struct config *cloud_preview_config(
    const char *text, const char *const *line, size_t count, char error[VPN_ERROR])
{
	const struct config_env nothing = {0};
	struct config *copy = config_new(&nothing);
	char why[CONFIG_ERROR_BYTES] = "no memory";

	if (copy && config_replace(copy, text, strlen(text), why, sizeof(why)) == 0 &&
	    config_apply_lines(copy, line, count, why, sizeof(why)) == 0)
		return copy;
	config_free(copy);
	(void)snprintf(error, VPN_ERROR, "%.*s", VPN_ERROR - 1, why);
	return NULL;
}

char *cloud_preview_text(const char *text, const char *const *line, size_t count)
{
	char why[VPN_ERROR] = "", *difference = NULL;
	struct config *before = cloud_preview_config(text, NULL, 0, why);
	struct config *after = before ? cloud_preview_config(text, line, count, why) : NULL;

	difference = after ? config_difference(before, after) : strdup(why);
	config_free(before);
	config_free(after);
	return difference;
}
