/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Everything about one VPN connection that its configuration takes, as an engine:
 *
 *   DescribeVpnConnections -> GetSecretValue (keys that are kept there) ->
 *   DescribeVpnGateways -> DescribeVpcs (the prefixes behind a static connection)
 *
 * The last two are a help, not a condition: where AWS refuses them, or the gateway is a transit
 * gateway, `prefix_note` says what is not known. routes/item of the connection are prefixes of our
 * side, and no use here. */
#pragma once

#include "control/aws/task.h"
#include "control/aws/view.h"
#include "control/aws/vpn.h"

struct gather;

/* 0; -EINVAL for what is no id of a VPN connection, -ENOMEM; with a sentence. */
int gather_new(const char *vpn_id, struct gather **out, char why[VPN_ERROR]);
struct aws_task *gather_task(struct gather *gather);
/* After DONE; the engine's, wiped with it. */
const struct vpn_connection *gather_connection(const struct gather *gather);
const struct view *gather_view(const struct gather *gather); /* the same */
