/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One context of libnftables. Nothing is kept of what the kernel holds. */
#include "control/service/nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

struct nft *nft_open(void)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!ctx)
		return NULL;
	if (nft_ctx_buffer_output(ctx) || nft_ctx_buffer_error(ctx)) {
		nft_ctx_free(ctx);
		return NULL;
	}
	return (struct nft *)ctx;
}

void nft_close(struct nft *nft)
{
	if (nft)
		nft_ctx_free((struct nft_ctx *)nft);
}

int nft_run(struct nft *nft, const char *commands, char *error, size_t error_bytes)
{
	const char *output;

	return nft_ask(nft, commands, &output, error, error_bytes);
}

int nft_ask(
    struct nft *nft, const char *commands, const char **output, char *error, size_t error_bytes)
{
	struct nft_ctx *ctx = (struct nft_ctx *)nft;
	int rc = nft_run_cmd_from_buffer(ctx, commands);
	const char *said = nft_ctx_get_error_buffer(ctx);

	*output = nft_ctx_get_output_buffer(ctx); /* fetched, or it would grow */
	if (rc == 0)
		return 0;
	(void)snprintf(error, error_bytes, "%.*s", (int)strcspn(said ? said : "", "\n"), said);
	return -EINVAL;
}
