/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the model's chain (tunnel, policy, gateway) to the configuration of an IKE engine.
 *
 * A chain is typed line by line, so an incomplete one is no error: it is a tunnel that does not
 * negotiate yet, with the reason. */
#include <stdio.h>
#include <string.h>

#include "control/tunnel.h"

static bool encr_of(enum config_encr from, enum ike_encr *to)
{
	switch (from) {
	case CONFIG_AES_CBC: *to = IKE_ENCR_AES128_CBC; return true;
	case CONFIG_AES256_CBC: *to = IKE_ENCR_AES256_CBC; return true;
	case CONFIG_3DES_CBC: *to = IKE_ENCR_3DES_CBC; return true;
	case CONFIG_DES_CBC: *to = IKE_ENCR_DES_CBC; return true;
	}
	return false;
}

static bool hash_of(enum config_hash from, enum ike_hash *to)
{
	switch (from) {
	case CONFIG_MD5: *to = IKE_HASH_MD5; return true;
	case CONFIG_SHA: *to = IKE_HASH_SHA1; return true;
	case CONFIG_SHA256: *to = IKE_HASH_SHA256; return true;
	case CONFIG_SHA384: *to = IKE_HASH_SHA384; return true;
	case CONFIG_SHA512: *to = IKE_HASH_SHA512; return true;
	case CONFIG_HASH_NONE: return false;
	}
	return false;
}

static enum ike_group group_of(uint32_t bits)
{
	switch (bits) {
	case 768: return IKE_MODP768;
	case 1024: return IKE_MODP1024;
	case 1536: return IKE_MODP1536;
	case 2048: return IKE_MODP2048;
	}
	return IKE_GROUP_NONE;
}

static struct ip_prefix id_or_any(bool set, const struct ip_prefix *id)
{
	struct ip_prefix any = {.addr = {.family = IP_FAMILY_V4}, .length = 0};

	return set ? ip_prefix_mask(id) : any;
}

/* What is missing or not done, NULL when nothing is. */
static const char *refusal(const struct config_policy *policy, const struct config_gateway *gateway)
{
	if (!policy)
		return "no ipsec sa policy";
	if (!gateway || !gateway->present)
		return "no ipsec ike settings";
	if (gateway->version != 1)
		return "only ike version 1 is done";
	if (!gateway->psk_bytes)
		return "no pre-shared key";
	if (gateway->remote_any || gateway->remote_host[0])
		return "the remote address has to be a numeric one";
	if (!gateway->remote_set)
		return "no remote address";
	return NULL;
}

bool tunnel_config_make(const struct config_model *model, uint32_t number,
    struct ike_config *config, char *reason, size_t reason_bytes)
{
	const struct config_policy *policy = config_tunnel_policy(model, number);
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);
	const char *why = refusal(policy, gateway);

	memset(config, 0, sizeof(*config));
	if (!why &&
	    (!encr_of(gateway->encr, &config->encr) || !hash_of(gateway->hash, &config->hash) ||
		!encr_of(policy->encr, &config->esp_encr)))
		why = "an algorithm that is not done";
	if (!why && !hash_of(policy->auth, &config->esp_auth))
		why = "no authentication algorithm in the policy";
	if (why) {
		(void)snprintf(reason, reason_bytes, "%s", why);
		return false;
	}
	config->gateway = policy->gateway;
	config->version = gateway->version;
	config->initiate = model->ipsec_auto_refresh && gateway->auto_refresh;
	if (gateway->local_set)
		config->local = gateway->local;
	config->remote = gateway->remote;
	memcpy(config->psk, gateway->psk, gateway->psk_bytes);
	config->psk_bytes = gateway->psk_bytes;
	config->group = group_of(gateway->group);
	config->pfs_group = gateway->group2 ? group_of(gateway->group2) : IKE_GROUP_NONE;
	config->pfs = gateway->pfs;
	config->ike_lifetime_sec = gateway->ike_seconds;
	config->sa_lifetime_sec = gateway->sa_seconds;
	config->ike_rekey_percent = gateway->ike_rekey;
	config->sa_rekey_percent = gateway->sa_rekey;
	config->sa_lifetime_kbyte = gateway->sa_kbytes;
	config->ts_local = id_or_any(gateway->local_id_set, &gateway->local_id);
	config->ts_remote = id_or_any(gateway->remote_id_set, &gateway->remote_id);
	config->nat_traversal = gateway->nat_traversal;
	config->nat_keepalive_sec = gateway->nat_keepalive;
	config->dpd = gateway->dpd;
	config->dpd_interval_sec = gateway->dpd_interval;
	config->dpd_count = gateway->dpd_count;
	config->retry_count = model->ike_retry_count;
	config->retry_interval_sec = model->ike_retry_interval;
	reason[0] = '\0';
	return true;
}

bool tunnel_config_equal(const struct ike_config *a, const struct ike_config *b)
{
	/* Both were zeroed before their fields were set: padding is equal too. */
	return memcmp(a, b, sizeof(*a)) == 0;
}
