/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The three messages of Quick Mode: written and read, nothing decided. */
#pragma once

#include "control/ike/ike_peer.h"

/* All return message bytes, 0 when something failed, and advance q->iv. */
size_t quick_write_offer(const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q,
    uint8_t *data, size_t bytes);
size_t quick_write_answer(const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q,
    uint8_t *data, size_t bytes);
size_t quick_write_done(const struct isakmp_sa *sa, struct quick *q, uint8_t *data, size_t bytes);

/* Read messages that were opened and whose HASH is right. 0, or the notify type to answer. */
uint16_t quick_read_offer(
    const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q, const struct ike_rx *rx);
uint16_t quick_read_answer(
    const struct ike_peer *p, const struct isakmp_sa *sa, struct quick *q, const struct ike_rx *rx);
/* Opens message 3 and verifies HASH(3). 0 or -errno; q->iv moves only on success. */
int quick_read_done(const struct isakmp_sa *sa, struct quick *q, struct ike_rx *rx);

/* Keys of both directions into `out` from what the exchange agreed on; `secret` is empty without
 * PFS. 0 or -errno. */
int quick_derive(const struct ike_peer *p, const struct isakmp_sa *sa, const struct quick *q,
    struct ike_chunk secret, struct ike_child *out);
/* The group of our own offer. */
enum ike_group quick_pfs_group(const struct ike_config *config);
