/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keeps the workers evenly loaded: once a second it looks what each did for which tunnel, and has
 * the inbound SAs of one tunnel move (handover.h). Housekeeping thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "dataplane/handover.h"

struct snapshot;
struct worker;

/* Whether workers help each other with one tunnel (inbound_fan.h). */
enum fan_out { FAN_OUT_AUTO, FAN_OUT_ALWAYS, FAN_OUT_NEVER };

/* What had been received by a tunnel in all at the last look. */
struct moves_in {
	uint64_t packets, bytes;
};

struct moves {
	struct worker *workers;
	enum fan_out fan_out;
	unsigned count;
	struct handover_move move;
	struct worker *from; /* of the move under way; NULL = none */
	mono_t look_at;
	uint32_t tunnels;
	struct moves_in *in; /* [tunnels] */
	uint64_t *out;       /* [tunnels * count]: sent for it by each worker, at the last look */
	/* [tunnels], as spread.h wants them: */
	uint64_t *load;
	uint32_t *bytes;
	uint8_t *owner;
	bool *gcm;
	uint32_t *helpers; /* [tunnels]: who helps with it */
};

void moves_init(struct moves *moves, struct worker *workers, unsigned count, enum fan_out fan_out);
void moves_fini(struct moves *moves);

/* Follows the move under way, or looks whether one is worth it. True: one is under way, and no
 * snapshot may be published. */
bool moves_tick(struct moves *moves, const struct snapshot *s, mono_t now);

/* Has the inbound SAs of a tunnel move to another worker. False: it has none, they are there
 * already, or another move is under way. */
bool moves_begin(struct moves *moves, const struct snapshot *s, uint32_t tunnel, unsigned to);
