/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services of the gateway as one: what runs follows the model and the facts.
 *
 * services_sync() computes everything afresh and touches only what differs from what runs, so it
 * may be called as often as anything may have changed. */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "control/service/facts.h"
#include "control/service/leases.h"

struct services;

/* `run_dir` is a folder for files of this run (copied); it is made when something is to be written
 * there. NULL = no memory. */
struct services *services_new(uv_loop_t *loop, const char *run_dir);

void services_sync(
    struct services *services, const struct config_model *model, const struct service_facts *facts);

/* Ends everything and frees; what the loop still has to close is its own. NULL is nothing. */
void services_close(struct services *services);

/* The leases given by DHCP, at most `max`, in order of address. Returns how many. */
size_t services_leases(const struct services *services, struct lease *out, size_t max);
