/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compiles the key of an SA: chooses the algorithm's file and lets it do the work. Here for all of
 * them: nothing half-made is left behind, and keys are wiped. */
#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "common/shm_abi.h"
#include "crypto/esp_internal.h"

int esp_key_init(struct esp_key *key, struct esp_crypto *ctx, const struct esp_key_params *params)
{
	int err = -EINVAL;

	memset(key, 0, sizeof(*key));
	if (params->encr == CFG_ENCR_AES_CBC)
		err = esp_cbc_hmac_key(key, ctx->mgr, params);
	else if (params->encr == CFG_ENCR_AES_GCM_16 && params->auth == CFG_AUTH_NONE)
		err = esp_gcm_key(key, ctx->mgr, params);
	if (err)
		esp_key_wipe(key);
	return err;
}

void esp_key_wipe(struct esp_key *key)
{
	secret_wipe(key, sizeof(*key));
}
