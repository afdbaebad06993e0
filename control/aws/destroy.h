/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Takes away what create.h made, as an engine: everything that carries the tag, and nothing else.
 *
 *   the connection's tag (or the one given) -> DescribeTags -> connections deleted, and gone ->
 *   route propagation off -> virtual private gateways detached, deleted -> customer gateways */
#pragma once

#include <stdbool.h>

#include "control/aws/task.h"

#define DESTROY_THINGS 64
#define DESTROY_PLAN   8192

struct destroy;

/* `vpn_id`: the connection whose tag counts; "" = `tag`. `plan` true: ends with what would be taken
 * away. 0; -EINVAL with a sentence, -ENOMEM. */
int destroy_new(
    const char *vpn_id, const char *tag, bool plan, struct destroy **out, char why[VPN_ERROR]);
/* Nothing is taken away unless it is what was shown: the text of a plan (NULL = whatever it is),
 * which is copied. 0 or -ENOMEM. */
int destroy_expect(struct destroy *destroy, const char *shown);
struct aws_task *destroy_task(struct destroy *destroy);

/* As given. */
const char *destroy_vpn_id(const struct destroy *destroy);

/* After DONE: what is (or was) taken away, a line each; how many. */
const char *destroy_plan(const struct destroy *destroy);
size_t destroy_count(const struct destroy *destroy);
