/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `ipsec sa policy` and `ipsec ike ...`. What the router knows and this version does not do is
 * refused here in words rather than stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/set.h"

static struct config_gateway *gateway(struct config_model *model, const struct grammar_args *args)
{
	struct config_gateway *out = &model->gateway[args_number(args, "gateway", 0)];

	out->present = true;
	return out;
}

static bool is_on(const struct grammar_args *args)
{
	return args_is(args, "switch", "on");
}

static enum config_encr encryption(const struct grammar_args *args, const char *name)
{
	return args_is(args, name, "3des-cbc")     ? CONFIG_3DES_CBC
	       : args_is(args, name, "des-cbc")    ? CONFIG_DES_CBC
	       : args_is(args, name, "aes256-cbc") ? CONFIG_AES256_CBC
						   : CONFIG_AES_CBC;
}

#define WEAK_CIPHER "3des-cbc and des-cbc are no longer safe and not offered: aes-cbc or aes256-cbc"

static bool is_weak(enum config_encr encr)
{
	return encr == CONFIG_3DES_CBC || encr == CONFIG_DES_CBC;
}

int set_sa_policy(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_policy policy = {
	    .policy = args_number(args, "policy", 0),
	    .gateway = args_number(args, "gateway", 0),
	    .encr = encryption(args, "encr"),
	    .auth = args_is(args, "auth", "sha-hmac")      ? CONFIG_SHA
		    : args_is(args, "auth", "sha256-hmac") ? CONFIG_SHA256
		    : args_is(args, "auth", "sha384-hmac") ? CONFIG_SHA384
		    : args_is(args, "auth", "sha512-hmac") ? CONFIG_SHA512
		    : args_is(args, "auth", "md5-hmac")    ? CONFIG_MD5
							   : CONFIG_HASH_NONE,
	    .replay_check = !args_is(args, "check", "off"),
	};

	if (args_keyword(args, "ah"))
		return set_refuse(
		    error, error_bytes, "AH does not encrypt and passes no NAT: use esp");
	if (args_find(args, "local") || args_find(args, "remote"))
		return set_refuse(error, error_bytes,
		    "identities are set by `ipsec ike local id` and `ipsec ike remote id`");
	if (is_weak(policy.encr))
		return set_refuse(error, error_bytes, WEAK_CIPHER);
	if (policy.auth == CONFIG_MD5)
		return set_refuse(
		    error, error_bytes, "md5-hmac is not offered: sha-hmac or sha256-hmac");
	if (policy.auth == CONFIG_HASH_NONE)
		return set_refuse(error, error_bytes,
		    "encryption without authentication can be forged: add sha-hmac or sha256-hmac");
	if (model->policy_count == config_tunnels())
		return set_refuse(
		    error, error_bytes, "there are at most %u policies", config_tunnels());
	model->policy[model->policy_count++] = policy;
	return 0;
}

int set_ike_version(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	if (args_is(args, "version", "2"))
		return set_refuse(error, error_bytes, "this version speaks IKEv1 only");
	gateway(model, args)->version = 1;
	return 0;
}

int set_ike_duration(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);
	uint32_t seconds = args_number(args, "seconds", 0), kbytes = args_number(args, "kbytes", 0);

	if (args_is(args, "rekey", "off") || args_find(args, "reduction"))
		return set_refuse(error, error_bytes,
		    "an SA is renewed before it ends: leave rekey off and forced-reduction out");
	if (args_is(args, "sa", "ipsec-sa")) {
		out->sa_seconds = seconds;
		out->sa_kbytes = kbytes;
		out->sa_rekey = (uint32_t)strtoul(args_text(args, "rekey"), NULL, 10);
		return 0;
	}
	if (kbytes)
		return set_refuse(error, error_bytes, "an ISAKMP SA is counted in seconds only");
	out->ike_seconds = seconds;
	out->ike_rekey = (uint32_t)strtoul(args_text(args, "rekey"), NULL, 10);
	return 0;
}

int set_ike_encryption(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	enum config_encr encr = encryption(args, "encr");

	if (is_weak(encr))
		return set_refuse(error, error_bytes, WEAK_CIPHER);
	gateway(model, args)->encr = encr;
	return 0;
}

static uint32_t group_bits(const struct grammar_args *args, const char *name)
{
	return args_is(args, name, "modp1024")   ? 1024
	       : args_is(args, name, "modp1536") ? 1536
	       : args_is(args, name, "modp2048") ? 2048
						 : 0;
}

int set_ike_group(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	if (args_is(args, "group", "modp768") || args_is(args, "group2", "modp768"))
		return set_refuse(error, error_bytes,
		    "modp768 is no longer safe and not offered: modp1024, modp1536 or modp2048");
	out->group = group_bits(args, "group");
	out->group2 = group_bits(args, "group2");
	return 0;
}

int set_ike_hash(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	if (args_is(args, "hash", "md5"))
		return set_refuse(error, error_bytes, "md5 is not offered: sha or sha256");
	gateway(model, args)->hash = args_is(args, "hash", "sha256")   ? CONFIG_SHA256
				     : args_is(args, "hash", "sha384") ? CONFIG_SHA384
				     : args_is(args, "hash", "sha512") ? CONFIG_SHA512
								       : CONFIG_SHA;
	return 0;
}

int set_ike_keepalive(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	/* Without a method the router's own heartbeat is meant, which DPD stands in for. */
	if (is_on(args) && (args_is(args, "method", "heartbeat") || args_find(args, "target")))
		return set_refuse(error, error_bytes,
		    "only `on` and `on dpd` (RFC 3706) are done: heartbeat and icmp-echo are the "
		    "router's own");
	if (args_number(args, "upwait", 0))
		return set_refuse(
		    error, error_bytes, "upwait is not done: a tunnel is up with its SA");
	if (args_find(args, "down"))
		return set_refuse(error, error_bytes,
		    "down=disconnect belongs to dial-up, which there is none of");
	out->dpd = is_on(args);
	out->dpd_interval = args_number(args, "interval", 10);
	out->dpd_count = args_number(args, "count", 6);
	return 0;
}

int set_ike_local_address(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	if (!args_find(args, "address"))
		return set_refuse(error, error_bytes,
		    "an own address is written out here: VRRP, IPv6 prefixes and pp are not done");
	if (!set_is_host_address(&args_find(args, "address")->net))
		return set_refuse(error, error_bytes, "that is not the address of a host");
	out->local_set = true;
	out->local = args_address(args, "address");
	return 0;
}

int set_ike_remote_address(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);
	const struct value *value = args_find(args, "address");

	out->remote_any = value->kind == VALUE_WORD;
	if (value->kind == VALUE_TEXT) {
		snprintf(
		    out->remote_host, sizeof(out->remote_host), "%s", args_text(args, "address"));
	} else if (value->kind == VALUE_ADDRESS) {
		if (!set_is_host_address(&value->net))
			return set_refuse(error, error_bytes, "that is not the address of a host");
		out->remote_set = true;
		out->remote = value->net.addr;
	}
	return 0;
}

int set_ike_local_id(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	out->local_id_set = true;
	out->local_id = args_find(args, "id")->net;
	return 0;
}

int set_ike_remote_id(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	out->remote_id_set = true;
	out->remote_id = args_find(args, "id")->net;
	return 0;
}

int set_ike_nat_traversal(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);

	if (args_is(args, "force", "on"))
		return set_refuse(error, error_bytes,
		    "force=on belongs to IKEv2, which this version does not speak");
	if (is_on(args) && args_number(args, "type", 1) != 2)
		return set_refuse(error, error_bytes,
		    "only type=2 (RFC 3947) is done: type=1 is the router's own");
	out->nat_traversal = is_on(args);
	out->nat_keepalive =
	    args_is(args, "keepalive", "off") ? 0 : args_number(args, "keepalive", 300);
	return 0;
}

int set_ike_pfs(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	gateway(model, args)->pfs = is_on(args);
	return 0;
}

static uint8_t hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

int set_ike_psk(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_gateway *out = gateway(model, args);
	const char *key = args_text(args, "key");
	size_t bytes = strlen(key);

	if (args_keyword(args, "text")) {
		memcpy(out->psk, key, bytes);
		out->psk_bytes = (uint32_t)bytes;
		return 0;
	}
	for (size_t i = 2; i < bytes; i += 2)
		out->psk[i / 2 - 1] = (uint8_t)(hex_digit(key[i]) << 4 | hex_digit(key[i + 1]));
	out->psk_bytes = (uint32_t)(bytes / 2 - 1);
	return 0;
}

int set_ike_auto_refresh(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	gateway(model, args)->auto_refresh = is_on(args);
	return 0;
}

int set_ipsec_use(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->ipsec_use = is_on(args);
	return 0;
}

int set_ipsec_auto_refresh(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	model->ipsec_auto_refresh = is_on(args);
	return 0;
}

int set_ike_retry(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->ike_retry_count = args_number(args, "count", 10);
	model->ike_retry_interval = args_number(args, "interval", 5);
	return 0;
}
