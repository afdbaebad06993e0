/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `ipsec sa delete`: an SA by the number that `show ipsec sa` gave it, or all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/session_state.h"
#include "control/console/show.h"

/* Numbers are those that were shown; where nothing was, those that would be shown now. False: no
 * memory. */
static bool number_sas(struct session *session)
{
	const struct show show = {.agent = session->system->agent};
	struct agent_tunnel_status *tunnels;
	struct sa_list *list = NULL;
	size_t count;

	if (session->system->sa_numbers.count)
		return true;
	tunnels = show_tunnels(&show, &count);
	if (tunnels)
		list = sa_list_make(tunnels, count, &session->system->sa_numbers);
	free(tunnels);
	free(list);
	return list != NULL;
}

static int delete_one(struct session *session, unsigned number)
{
	const struct sa_name *name;

	if (!number_sas(session))
		return -ENOMEM;
	name = sa_numbers_find(&session->system->sa_numbers, number);
	return name ? agent_sa_delete(session->system->agent, &name->of) : -ENOENT;
}

void command_ipsec_delete(struct session *session, const struct grammar_args *args)
{
	unsigned number = args_number(args, "sa", 0);
	char error[160] = "";
	int rc = 0;

	if (args_is(args, "sa", "all"))
		agent_ipsec_refresh(session->system->agent, true);
	else
		rc = delete_one(session, number);
	if (rc == -ENOMEM)
		show_no_memory(error, sizeof(error));
	else if (rc == -EBUSY)
		snprintf(error, sizeof(error), say("SA %u is being negotiated: try again"), number);
	else if (rc)
		snprintf(error, sizeof(error),
		    say("there is no SA %u: `show ipsec sa` has the numbers"), number);
	if (rc)
		session_fail(session, error);
	else
		session_done(session, true);
}
