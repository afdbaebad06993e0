/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Does the answer say what is configured already? The lines are applied to a copy of the running
 * configuration, and the copy compared with itself before: what differs only in writing is equal,
 * and there is no list of commands to keep in step with the generator. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/cloud.h"
#include "control/config/config.h"

static void wipe_text(char *text)
{
	if (!text)
		return;
	secret_wipe(text, strlen(text));
	free(text);
}

int cloud_compare(const char *text, const struct vpn_lines *lines, char error[VPN_ERROR])
{
	const struct config_env nothing = {0};
	struct config *copy = config_new(&nothing);
	char *before = NULL, *after = NULL;
	char why[CONFIG_ERROR_BYTES] = "no memory";
	int rc = copy ? 0 : -ENOMEM;

	if (rc == 0)
		rc = config_replace(copy, text, strlen(text), why, sizeof(why));
	if (rc == 0 && !(before = config_running_text(copy)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = config_apply_lines(
		    copy, (const char *const *)lines->line, lines->count, why, sizeof(why));
	if (rc == 0 && !(after = config_running_text(copy)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = strcmp(before, after) == 0;
	else
		(void)snprintf(error, VPN_ERROR, "%.*s", VPN_ERROR - 1, why);
	wipe_text(before);
	wipe_text(after);
	config_free(copy);
	return rc;
}
