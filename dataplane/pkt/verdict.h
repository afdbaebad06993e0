/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a pure function says about a packet: go on, or the name of the reason to drop it.
 *
 * The dataplane's list of drop reasons begins with this one. Names are what operators see. */
#pragma once

/* X(identifier, name, one sentence for a person) */
#define PKT_VERDICTS(X)                                                                            \
	X(SHORT, "short", "Shorter than its headers and its algorithm need.")                      \
	X(HEADER, "header", "An IP or UDP header contradicts itself.")                             \
	X(CHECKSUM, "checksum", "The IPv4 header checksum is wrong.")                              \
	X(ALIGN, "align", "The ciphertext is not a whole number of cipher blocks.")                \
	X(NOSA, "nosa", "No inbound SA has this SPI.")                                             \
	X(SEQ_ZERO, "seq_zero", "The sequence number is 0, which no sender uses.")                 \
	X(REPLAY, "replay", "The sequence number was already received.")                           \
	X(REPLAY_OLD, "replay_old", "The sequence number is left of the anti-replay window.")      \
	X(ICV, "icv", "The packet is not authentic: its ICV does not match.")                      \
	X(PAD, "pad", "The padding is longer than the packet or is not 1, 2, 3 and so on.")        \
	X(PROTO, "proto", "The next header is not IPv4 or IPv6, or the inner packet is another.")  \
	X(DUMMY, "dummy", "A dummy packet of traffic flow confidentiality, dropped as intended.")  \
	X(INNER, "inner", "The inner packet's header contradicts itself or exceeds the packet.")   \
	X(ECN, "ecn", "Congestion was marked on a flow that does not know ECN.")                   \
	X(SELECTOR, "selector", "The inner addresses are not of the traffic selectors of the SA.") \
	X(MARTIAN, "martian", "An inner address cannot rightly come through a tunnel.")            \
	X(LOOP, "loop", "The inner destination is an outer address of a tunnel.")                  \
	X(TTL, "ttl", "The time to live ran out.")                                                 \
	X(TOO_BIG, "too_big", "Larger than the path takes and not to be fragmented.")              \
	X(SEQ_EXHAUSTED, "seq_exhausted", "The outbound SA has no sequence number left.")          \
	X(KEEPALIVE, "keepalive", "A NAT keepalive, which proves nothing and carries nothing.")    \
	X(IKE_SHORT, "ike_short", "A non-ESP marker with less than an IKE header behind it.")

#define PKT_VERDICT_ENUM(identifier, name, text) PKT_DROP_##identifier,

enum pkt_verdict { PKT_OK = 0, PKT_VERDICTS(PKT_VERDICT_ENUM) PKT_VERDICT_COUNT };

#undef PKT_VERDICT_ENUM
