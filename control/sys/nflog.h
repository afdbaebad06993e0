/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packets that rules of nftables log to a group (NFLOG): one listener a group and network
 * namespace. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct nflog;

/* `prefix` as the rule has it; `packet` from its network header, cut at NFLOG_PACKET_BYTES. */
typedef void nflog_fn(void *ctx, const char *prefix, const uint8_t *packet, size_t bytes);

#define NFLOG_PACKET_BYTES 64

/* Listens until nflog_close(). NULL with `*rc` = -errno: -EPERM when somebody else does. */
struct nflog *nflog_open(uv_loop_t *loop, uint16_t group, nflog_fn *packet, void *ctx, int *rc);
/* NULL is nothing. */
void nflog_close(struct nflog *nflog);
