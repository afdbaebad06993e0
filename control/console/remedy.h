/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What to do about a failure, by its kind. Pure. */
#pragma once

#include "control/agent.h"

/* A sentence for say(); "" = nothing but what the failure says itself. */
const char *remedy_of_tunnel(enum agent_tunnel_fault fault);
const char *remedy_of_cloud(enum cloud_fault fault);
