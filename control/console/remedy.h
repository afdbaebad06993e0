/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What to do about a failure, by its kind. Pure. */
#pragma once

#include "control/agent.h"
#include "control/config/model.h"

#define REMEDY_BYTES 512 /* of a sentence in any language */

/* A sentence for say() and remedy_fill(); "" = nothing but what the failure says itself. */
const char *remedy_of_tunnel(enum agent_tunnel_fault fault);
const char *remedy_of_cloud(enum cloud_fault fault);

/* Of a BGP session that is down: by what ended it last (bgp_status.last_reset) and the errno of its
 * last connection. Its N is the number of the cloud setting, or the tunnel's: `*of_tunnel`. */
const char *remedy_of_bgp(const char *reset, int tcp_error, bool *of_tunnel);

/* Such a sentence, in any language, in `out`: the N in it is the cloud setting `id`, and stays N
 * where that is 0. */
const char *remedy_fill(const char *said, uint32_t id, char out[REMEDY_BYTES]);

/* The cloud setting that tunnel belongs to, 0 = none. */
uint32_t remedy_cloud_of_tunnel(const struct config_model *model, uint32_t tunnel);
