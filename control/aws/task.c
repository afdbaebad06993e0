/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the engines share: the forms of their actions. */
#include "control/aws/task.h"

#include <stdarg.h>
#include <stdio.h>

#include "control/aws/ec2.h"

void aws_task_ask(struct aws_task_action *out, const struct aws_ask *ask)
{
	out->type = AWS_TASK_ASK;
	out->ask = ask;
}

void aws_task_fail(struct aws_task_action *out, enum vpn_result verdict, const char *format, ...)
{
	va_list args;

	out->type = AWS_TASK_FAILED;
	out->verdict = verdict;
	va_start(args, format);
	(void)vsnprintf(out->why, sizeof(out->why), format, args);
	va_end(args);
}

void aws_task_refused(
    const struct aws_answer *answer, const char *what, struct aws_task_action *out)
{
	struct ec2_error error;

	if (ec2_error_read(answer->body, answer->bytes, &error))
		aws_task_fail(out, VPN_OK, "%s%sthe server answered with HTTP status %d", what,
		    *what ? ": " : "", answer->status);
	else
		aws_task_fail(out, VPN_OK, "%s%sAWS refused: %s: %.*s", what, *what ? ": " : "",
		    error.code, VPN_ERROR / 2, error.message);
}
