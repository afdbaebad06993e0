/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Between the machine of Quick Mode (ikev1_quick.c) and what its events do (ikev1_quick_act.c). */
#pragma once

#include "control/ike/ikev1_quick_msg.h"

/* An older pair goes on sending that long when the peer gives no sign of using the new one. The
 * initiator must survive the loss of message 3, which the responder only knows when it has it. */
#define QUICK_GRACE_INITIATOR_SEC 15
#define QUICK_GRACE_RESPONDER_SEC 1

/* The exchange is over, its slot only remembers. */
bool quick_finished(const struct quick *q);
bool quick_initiator(const struct quick *q);
/* The exchange runs under `sa`. */
bool quick_belongs(const struct quick *q, const struct isakmp_sa *sa);
/* The established ISAKMP SA it runs under, or NULL. */
struct isakmp_sa *quick_sa(struct ike_peer *p, const struct quick *q);
struct quick *quick_find(struct ike_peer *p, const struct isakmp_sa *sa, uint32_t message_id);

/* Frees the slot. An SPI that no child took goes back; a child that was not finished goes away. */
void quick_drop(struct ike_peer *p, struct quick *q, const char *why);
/* The exchange failed: a reason for the log, the back-off, quick_drop(). */
void quick_fail(struct ike_peer *p, struct quick *q, const char *reason);
/* The same, of a kind; what a notify of the peer's, or ours to it, is of. */
void quick_fail_of(struct ike_peer *p, struct quick *q, enum ike_fault fault, const char *reason);
enum ike_fault quick_fault(uint16_t notify);
/* The exchange succeeded: the pair is finished. */
void quick_complete(struct ike_peer *p, struct quick *q, enum quick_state done, const char *why);

/* Both roles: the secret is there, or the peer's value was refused. */
void quick_take_secret(struct ike_peer *p, struct quick *q, const struct ike_event *event);
/* Initiator: key pair, message 2, inbound SA in place. */
void quick_i_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event);
void quick_i_got_answer(
    struct ike_peer *p, struct quick *q, struct isakmp_sa *sa, struct ike_rx *rx);
void quick_i_applied(struct ike_peer *p, struct quick *q);
/* Responder: message 1 (which makes the exchange), key pair, inbound SA in place, message 3. */
void quick_r_begin(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx);
void quick_r_generated(struct ike_peer *p, struct quick *q, const struct ike_event *event);
void quick_r_applied(struct ike_peer *p, struct quick *q);
void quick_r_got_done(struct ike_peer *p, struct quick *q, struct isakmp_sa *sa, struct ike_rx *rx);
