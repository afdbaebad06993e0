/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packets that filters log, in the words of the router, whoever judged them: the dataplane, or the
 * kernel, whose rules log to a group with a prefix that says by which filter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/filter.h"
#include "control/config/text.h"

#define FILTER_LOG_GROUP 198 /* of NFLOG */
#define FILTER_LOG_LIMIT "limit rate 10/second burst 50 packets "

struct filter_told {
	bool tunnel, out; /* the list: of tunnel or lan `interface`, out or in */
	uint32_t interface;
	uint32_t number; /* of the filter */
	bool passed;
	bool dynamic; /* it begins a connection that is followed */
	struct filter_packet packet;
};

void filter_log_packet(const struct filter_told *told);

/* Appends what logs a packet in a rule of nftables. Of `told` all but the packet. */
void filter_log_print(const struct filter_told *told, struct text *out);

/* The same back from the prefix; false when it is not one of ours. */
bool filter_log_read(const char *prefix, struct filter_told *told);

/* Has the kernel's packets logged, from now on or no more: NULL and no packet is nothing. */
struct nflog;
struct nflog *filter_log_open(uv_loop_t *loop, int *rc);
