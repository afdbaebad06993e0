/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What config.c and config_candidate.c share; nobody else includes this. */
#pragma once

#include "common/mono.h"
#include "control/config/config.h"
#include "control/config/lines.h"

struct config {
	struct config_env env;
	struct lines lines;
	struct config_model *model; /* of `lines`, as accepted by env.apply */
	bool dirty;

	/* A commit that waits to be confirmed: what it changed, and when it is taken back. */
	bool unconfirmed, unconfirmed_bgp;
	mono_t deadline;
	struct lines before, after;
};

/* A change under way: what the lines would be. */
struct change {
	struct lines lines;
	uint32_t tunnel; /* selected */
	unsigned origin; /* number of the input line, 0 when it came alone */
	bool changed;
	bool bgp_refresh; /* asked for */
};

/* Does what one parsed line says to `change`. 0, with a notice in `error` where the line was taken
 * for another, or -errno with a sentence. */
int config_change_line(
    struct change *change, const struct grammar_match *match, char *error, size_t error_bytes);

/* The same for a line of a batch as it stands there; sentences begin with its number. */
int config_batch_line(struct change *change, struct grammar_match *match, const char *line,
    size_t bytes, char *error, size_t error_bytes);

/* Makes the change the running configuration, or leaves everything as it was. */
int config_commit_change(
    struct config *config, struct change *change, char *error, size_t error_bytes);

/* The lines of a candidate with its changes. */
const struct lines *config_candidate_lines(const struct config_candidate *candidate);

/* The commit that waits is neither confirmed nor taken back any more. */
void config_forget_unconfirmed(struct config *config);
