/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Between the machine of Main Mode (ikev1_main.c) and what its events do (ikev1_main_act.c). */
#pragma once

#include "control/ike/ikev1_main_msg.h"

const char *main_state_name(enum main_state state);
/* The last try went unanswered, or the negotiation takes too long: it ends, with a reason. */
void main_timed_out(struct ike_peer *p, struct isakmp_sa *sa);
/* What a person reads while our message 1 stays without an answer: that somebody, perhaps the peer,
 * says that it takes none of the proposals; that nothing has come for a few tries. Nothing else of
 * the peer changes, and no reason that says more is replaced. */
void main_tell_refusal(struct ike_peer *p, const struct isakmp_sa *sa);
void main_tell_silence(struct ike_peer *p, const struct isakmp_sa *sa);
/* Says once, for a person, that the two sides seem to have different keys. */
void main_mismatch(struct ike_peer *p, struct isakmp_sa *sa, const char *what);

/* Initiator: messages 2, 4, 6 and the two results of Diffie-Hellman. */
void main_i_got_sa(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx);
void main_i_generated(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event);
void main_i_got_ke(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx);
void main_i_computed(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event);
void main_i_got_id(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx);

/* Responder: messages 1 (which makes the SA), 3, 5 and the two results of Diffie-Hellman. */
void main_r_got_sa(struct ike_peer *p, const struct ike_rx *rx);
void main_r_got_ke(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_rx *rx);
void main_r_generated(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event);
void main_r_computed(struct ike_peer *p, struct isakmp_sa *sa, const struct ike_event *event);
void main_r_got_id(struct ike_peer *p, struct isakmp_sa *sa, struct ike_rx *rx);
