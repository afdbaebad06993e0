/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The words of packet filters: lists by commas of addresses, protocols and ports, at most
 * CONFIG_FILTER_ITEMS in each. False when one item is wrong. */
#pragma once

#include "control/config/model_filter.h"

/* `*`, a.b.c.d, a.b.*.*, a.b.c.d/MASK, LOW-HIGH, -HIGH, LOW- */
bool read_hosts(const char *word, struct config_ranges *out);

/* `*`, 0..255, names, tcpflag=V/M, tcpflag!=V/M with words of 16 bits */
bool read_protocols(const char *word, struct config_protocols *out);

/* `*`, 0..65535, names, LOW-HIGH, -HIGH, LOW-; `ftp` alone is both its ports */
bool read_ports_list(const char *word, struct config_ranges *out);
