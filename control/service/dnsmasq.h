/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The configuration of dnsmasq that `dhcp ...` and `dns ...` mean. Pure: a text from a model. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "control/config/text.h"
#include "control/service/facts.h"

/* Appends the configuration. False when nothing is to be served: then nothing was appended. DHCP is
 * served on each port whose network holds a scope, but for those that have their own address by
 * DHCP. Names are answered there, and on every port that neither bears the default route nor has
 * an address by DHCP. `lease_file` is where the leases are remembered. */
bool dnsmasq_config(const struct config_model *model, const struct service_facts *facts,
    const char *lease_file, struct text *out);

/* Whether a line that dnsmasq wrote (not NUL-terminated) says no more than that it starts or ends,
 * and by what: each change of DHCP or of an address starts it again. */
bool dnsmasq_is_chatter(const char *line, size_t bytes);

/* The scope whose network holds the address of `lan`, and which that port serves; NULL = none. */
const struct config_scope *dnsmasq_scope_of(
    const struct config_model *model, const struct service_facts *facts, uint32_t lan);
