/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One table of what we know of each transform. RFC 3602, 2404, 4868, 4106. */
#include "common/names.h"

#include <stddef.h>

#include "common/shm_abi.h"

struct encr_name {
	uint16_t encr, key_bytes; /* with the GCM salt */
	const char *name;
};

static const struct encr_name encr_names[] = {
    {CFG_ENCR_AES_CBC, 16, "AES-CBC-128"},
    {CFG_ENCR_AES_CBC, 24, "AES-CBC-192"},
    {CFG_ENCR_AES_CBC, 32, "AES-CBC-256"},
    {CFG_ENCR_AES_GCM_16, 20, "AES-GCM-16-128"},
    {CFG_ENCR_AES_GCM_16, 28, "AES-GCM-16-192"},
    {CFG_ENCR_AES_GCM_16, 36, "AES-GCM-16-256"},
};

struct auth_name {
	uint16_t auth;
	uint8_t icv_bytes, key_bytes;
	const char *name;
};

static const struct auth_name auth_names[] = {
    {CFG_AUTH_NONE, 0, 0, "none"},
    {CFG_AUTH_HMAC_SHA1_96, 12, 20, "HMAC-SHA1-96"},
    {CFG_AUTH_HMAC_SHA2_256_128, 16, 32, "HMAC-SHA2-256-128"},
    {CFG_AUTH_HMAC_SHA2_384_192, 24, 48, "HMAC-SHA2-384-192"},
    {CFG_AUTH_HMAC_SHA2_512_256, 32, 64, "HMAC-SHA2-512-256"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *names_encr(uint16_t encr, uint16_t key_bytes)
{
	for (size_t i = 0; i < COUNT(encr_names); i++)
		if (encr_names[i].encr == encr && encr_names[i].key_bytes == key_bytes)
			return encr_names[i].name;
	return "unknown";
}

static const struct auth_name *find_auth(uint16_t auth)
{
	for (size_t i = 0; i < COUNT(auth_names); i++)
		if (auth_names[i].auth == auth)
			return &auth_names[i];
	return NULL;
}

const char *names_auth(uint16_t auth)
{
	const struct auth_name *a = find_auth(auth);

	return a ? a->name : "unknown";
}

unsigned names_encr_iv_bytes(uint16_t encr)
{
	switch (encr) {
	case CFG_ENCR_AES_CBC: return 16;
	case CFG_ENCR_AES_GCM_16: return 8;
	default: return 0;
	}
}

unsigned names_encr_block_bytes(uint16_t encr)
{
	switch (encr) {
	case CFG_ENCR_AES_CBC: return 16;
	case CFG_ENCR_AES_GCM_16: return 4;
	default: return 0;
	}
}

unsigned names_icv_bytes(uint16_t encr, uint16_t auth)
{
	const struct auth_name *a = find_auth(auth);

	if (encr == CFG_ENCR_AES_GCM_16)
		return auth == CFG_AUTH_NONE ? 16 : 0;
	return encr == CFG_ENCR_AES_CBC && a ? a->icv_bytes : 0;
}

unsigned names_auth_key_bytes(uint16_t auth)
{
	const struct auth_name *a = find_auth(auth);

	return a ? a->key_bytes : 0;
}
