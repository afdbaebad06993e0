/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The six messages of Main Mode: written and read, nothing decided. */
#pragma once

#include "control/ike/ike_peer.h"

/* Messages 1 and 2: SA and vendor IDs. `chosen` NULL: our offer. Also keeps SAi_b of an offer.
 * Message bytes, 0 when something did not fit; the same for all three. */
size_t main_write_sa(const struct ike_peer *p, struct isakmp_sa *sa,
    const struct ike_chosen *chosen, uint8_t *data, size_t bytes);
/* Messages 3 and 4: KE, nonce, NAT-D. */
size_t main_write_ke(
    const struct ike_peer *p, const struct isakmp_sa *sa, uint8_t *data, size_t bytes);
/* Messages 5 and 6, encrypted: ID, HASH and, on our first contact, INITIAL-CONTACT. Advances
 * sa->iv. */
size_t main_write_id(const struct ike_peer *p, struct isakmp_sa *sa, bool initial_contact,
    uint8_t *data, size_t bytes);

/* Reads KE and nonce of the peer and finds out who is behind a NAT. 0, or the notify type to
 * answer. */
uint16_t main_read_ke(const struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx);

enum main_auth { MAIN_AUTH_OK, MAIN_AUTH_UNREADABLE, MAIN_AUTH_WRONG_HASH, MAIN_AUTH_WRONG_ID };
struct main_id {
	char text[64];        /* the peer's ID, for the log */
	bool initial_contact; /* an authenticated INITIAL-CONTACT */
};
/* Opens message 5 or 6 and verifies HASH, then the identity. Advances sa->iv only when the HASH is
 * right: a forged message changes nothing. */
enum main_auth main_read_id(
    const struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx, struct main_id *out);
