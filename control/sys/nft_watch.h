/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whether anything is taken out of a table of nftables: `nft flush ruleset`, or a firewall that is
 * restarted, takes away everybody's. */
#pragma once

#include <uv.h>

struct nft_watch;

/* `gone(ctx)`: something of the IPv4 table of that name was removed, and the table was not made
 * anew behind that. From the loop, or from nft_watch_settle(). */
typedef void nft_watch_fn(void *ctx);

/* Watches until nft_watch_close(). The name is not copied. NULL with `*rc` = -errno. */
struct nft_watch *nft_watch_open(
    uv_loop_t *loop, const char *table, nft_watch_fn *gone, void *ctx, int *rc);

/* Right after a transaction of our own that made the table: takes in what was said of it. NULL is
 * nothing, here and below. */
void nft_watch_settle(struct nft_watch *watch);
void nft_watch_close(struct nft_watch *watch);
