/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What may come in by BGP, and what is announced: `bgp import AS static filter N ...` over the
 * routes of our own table.
 *
 * `static` means static and connected routes, as in the router dialect. Of the filters of an import
 * line, the one whose prefix matches longest decides; without a match, or without an import line,
 * nothing is announced. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/ip.h"
#include "control/config/model.h"

/* True when `route` is announced to `remote_as`; `metric_filter` (may be NULL) gets the filter that
 * allowed it. */
bool imports_allow(const struct config_bgp *bgp, uint32_t remote_as, const struct ip_prefix *route,
    const struct config_import_filter **metric_filter);

/* Filters `routes` in place into what is announced to `remote_as`: sorted, without duplicates.
 * Link-local prefixes, the inside addresses of tunnels among them, are never announced. Returns how
 * many are left. */
size_t imports_select(
    const struct config_bgp *bgp, uint32_t remote_as, struct ip_prefix *routes, size_t count);

/* The first filter that an import line names and that is not there, with the AS of the line: such a
 * line announces less than it says. NULL = none. */
const uint32_t *imports_missing(const struct config_bgp *bgp, uint32_t *remote_as);

/* True when a peer may teach `prefix`: not the default route (no line of the dialect allows it),
 * not a connected network of ours or a part of one, not the very address of a tunnel's endpoint. */
bool imports_accept(const struct ip_prefix *prefix, const struct ip_prefix *own, size_t own_count,
    const struct ip_addr *endpoint, size_t endpoint_count);
