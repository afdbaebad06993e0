/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pre-shared keys out of AWS Secrets Manager.
 * Source: AWS Secrets Manager API Reference, GetSecretValue. How Site-to-Site VPN lays its secret
 * out is not published: keys are taken where there is no doubt whose they are. */
#pragma once

#include "control/aws/vpn.h"

/* Fills the keys that `vpn` lacks from an answer of GetSecretValue. A key is a tunnel's when it
 * stands under its outside address or beside it, or under "tunnel" and AWS's number of it; a secret
 * that is one key alone is that of the one tunnel. 0; -EBADMSG with a sentence that repeats nothing
 * of the secret. */
int secret_take_keys(
    const void *body, size_t bytes, struct vpn_connection *vpn, char why[VPN_ERROR]);
