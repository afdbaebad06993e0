/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside aws/: which transforms to configure for a tunnel, in the words of the commands. */
#pragma once

#include "control/aws/vpn.h"

struct vpn_proposal {
	const char *ike_encr, *ike_hash, *ike_group; /* "aes-cbc", "sha", "modp1024"; static */
	const char *esp_encr, *esp_auth, *esp_group; /* "aes-cbc", "sha-hmac", "modp1024" */
	uint32_t ike_lifetime_sec, esp_lifetime_sec;
	bool changed; /* the options forbid what the document says: something else was taken */
};

/* 0, or -ENOTSUP with a sentence naming the field that leaves nothing we speak. */
int vpn_propose(const struct vpn_tunnel *tunnel, unsigned number, struct vpn_proposal *out,
    char error[VPN_ERROR]);
