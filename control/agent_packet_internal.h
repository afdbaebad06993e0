/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `show packet path`, for the files that look: agent_packet.c goes the packet's way,
 * agent_packet_rules.c asks filters and translation at each interface. */
#pragma once

#include "control/agent_internal.h"

#define PACKET_INTERFACE_ROOM 24
#define PACKET_TCP            6
#define PACKET_UDP            17
#define PACKET_ESP            50

/* A port or a tunnel, or neither. */
struct place {
	uint32_t lan, tunnel;
};

struct look {
	struct agent *agent;
	struct agent_packet packet; /* as it is by now */
	struct agent_packet_way *way;
	struct place from, to;
	struct cfg_next_hop hop; /* the way looked at */
};

void packet_name_place(struct place place, char out[PACKET_INTERFACE_ROOM]);

/* The look ends here; `drop` names the reason, "" = it is not dropped. */
void packet_finish(struct look *l, enum agent_packet_end end, const char *drop);

/* What the filters of that place make of the packet. False: it is dropped there, and the look ends.
 */
bool packet_filter(
    struct look *l, struct place place, bool out, struct agent_packet_filter *result);

/* The same of the ESP that it travels in, at the port that leads to the peer of tunnel `number`. */
bool packet_filter_outer(struct look *l, uint32_t number, bool out);

/* A static entry of the translation at the port it comes in by: it is for an inner host. */
void packet_translate_in(struct look *l);

/* The translation at the port it leaves by. */
void packet_translate_out(struct look *l);
