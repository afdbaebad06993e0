/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libnftables: commands of nft(8), carried out as one transaction. */
#pragma once

#include <stddef.h>

struct nft;

/* In the network namespace of the caller. NULL = no memory. */
struct nft *nft_open(void);
void nft_close(struct nft *nft);

/* Carries out the commands, all or none. 0, or -EINVAL with nft's first sentence. */
int nft_run(struct nft *nft, const char *commands, char *error, size_t error_bytes);

/* The same with what it printed, which is good until the next call. */
int nft_ask(
    struct nft *nft, const char *commands, const char **output, char *error, size_t error_bytes);
