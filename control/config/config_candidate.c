/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Changes that are gathered and put in force together, and taken back unless somebody confirms.
 *
 * A candidate is a copy of the lines as they were when it was begun, and one with its changes. What
 * it changed is done to whatever runs when it is committed, setting by setting: what others changed
 * meanwhile stays, and what is the same is not touched. Taking back works in the same way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/build.h"
#include "control/config/config_internal.h"
#include "control/config/language.h"

#define AGAIN_SEC 10 /* after a commit could not be taken back */

struct config_candidate {
	struct lines base;
	struct change change;
	struct config_model *model; /* of the lines with their changes */
};

static int no_memory(char *error, size_t error_bytes)
{
	snprintf(error, error_bytes, "%s", say("no memory"));
	return -ENOMEM;
}

struct config_candidate *config_candidate_new(const struct config *config)
{
	struct config_candidate *candidate = calloc(1, sizeof(*candidate));
	char ignored[CONFIG_ERROR_BYTES];

	if (!candidate)
		return NULL;
	if (lines_copy(&candidate->base, &config->lines) ||
	    lines_copy(&candidate->change.lines, &config->lines)) {
		config_candidate_free(candidate);
		return NULL;
	}
	candidate->model = build_model(&candidate->base, ignored, sizeof(ignored));
	if (candidate->model)
		return candidate;
	config_candidate_free(candidate);
	return NULL;
}

void config_candidate_free(struct config_candidate *candidate)
{
	if (!candidate)
		return;
	lines_free(&candidate->base);
	lines_free(&candidate->change.lines);
	config_model_free(candidate->model);
	free(candidate);
}

bool config_candidate_changed(const struct config_candidate *candidate)
{
	return candidate->change.changed || candidate->change.bgp_refresh;
}

const struct config_model *config_candidate_model(const struct config_candidate *candidate)
{
	return candidate->model;
}

const struct lines *config_candidate_lines(const struct config_candidate *candidate)
{
	return &candidate->change.lines;
}

int config_candidate_change(struct config_candidate *candidate, uint32_t *tunnel,
    const struct grammar_match *match, char *error, size_t error_bytes)
{
	struct change change = candidate->change;
	struct config_model *model = NULL;
	int rc;

	if (!match->row)
		return 0;
	change.tunnel = *tunnel;
	if (lines_copy(&change.lines, &candidate->change.lines))
		return no_memory(error, error_bytes);
	rc = config_change_line(&change, match, error, error_bytes);
	if (!rc) {
		char sentence[CONFIG_ERROR_BYTES];

		model = build_model(&change.lines, sentence, sizeof(sentence));
		if (!model) {
			snprintf(error, error_bytes, "%s", sentence);
			rc = -EINVAL;
		}
	}
	if (rc) {
		lines_free(&change.lines);
		return rc;
	}
	*tunnel = change.tunnel;
	lines_free(&candidate->change.lines);
	config_model_free(candidate->model);
	candidate->change = change;
	candidate->model = model;
	return 0;
}

/* Does to what runs what made `wanted` of `base`. `after` (NULL = not wanted) gets a copy of what
 * runs then: what finds no memory does so before anything is in force. */
static int merge(struct config *config, struct lines *base, struct lines *wanted,
    struct lines *after, char *error, size_t error_bytes)
{
	struct change change = {0};
	int rc;

	if (lines_copy(&change.lines, &config->lines))
		return no_memory(error, error_bytes);
	rc = lines_merge(&change.lines, base, wanted);
	if (rc >= 0 && after && lines_copy(after, &change.lines))
		rc = -ENOMEM;
	if (rc > 0)
		rc = config_commit_change(config, &change, error, error_bytes);
	else if (rc < 0)
		rc = no_memory(error, error_bytes);
	lines_free(&change.lines);
	return rc;
}

static int refresh(const struct config *config, bool wanted, char *error, size_t error_bytes)
{
	return wanted && config->env.bgp_refresh
		   ? config->env.bgp_refresh(config->env.ctx, error, error_bytes)
		   : 0;
}

int config_commit(struct config *config, struct config_candidate *candidate, unsigned minutes,
    mono_t now, char *error, size_t error_bytes)
{
	struct lines before = {0}, after = {0};
	int rc;

	if (config->unconfirmed) {
		snprintf(error, error_bytes, "%s",
		    say("the last commit waits to be confirmed: enter `commit` outside of a "
			"candidate"));
		return -EBUSY;
	}
	rc = lines_copy(&before, &config->lines) ? no_memory(error, error_bytes) : 0;
	if (!rc)
		rc = merge(config, &candidate->base, &candidate->change.lines,
		    minutes ? &after : NULL, error, error_bytes);
	if (rc || !minutes) {
		lines_free(&before);
		lines_free(&after);
	} else {
		config->before = before;
		config->after = after;
		config->unconfirmed = true;
		config->unconfirmed_bgp = candidate->change.bgp_refresh;
		config->deadline = mono_add_sec(now, minutes * 60);
	}
	return rc ? rc : refresh(config, candidate->change.bgp_refresh, error, error_bytes);
}

bool config_is_unconfirmed(const struct config *config)
{
	return config->unconfirmed;
}

void config_confirm(struct config *config)
{
	config_forget_unconfirmed(config);
}

void config_forget_unconfirmed(struct config *config)
{
	lines_free(&config->before);
	lines_free(&config->after);
	config->unconfirmed = false;
}

void config_bgp_followed(struct config *config)
{
	config->unconfirmed_bgp |= config->unconfirmed;
}

/* All lines are as they were before the commit. */
static int put_back(struct config *config, char *error, size_t error_bytes)
{
	struct change change = {0};
	int rc;

	if (lines_copy(&change.lines, &config->before))
		return no_memory(error, error_bytes);
	rc = config_commit_change(config, &change, error, error_bytes);
	lines_free(&change.lines);
	return rc;
}

int config_tick(struct config *config, mono_t now, char *error, size_t error_bytes)
{
	bool whole = false;
	int rc;

	if (!config->unconfirmed || mono_before(now, config->deadline))
		return 0;
	rc = merge(config, &config->after, &config->before, NULL, error, error_bytes);
	if (rc == -EINVAL) { /* what was changed since contradicts it, and would for ever */
		rc = put_back(config, error, error_bytes);
		whole = rc == 0;
	}
	if (!rc)
		rc = refresh(config, config->unconfirmed_bgp, error, error_bytes);
	if (rc) {
		config->deadline = mono_add_sec(now, AGAIN_SEC);
		return rc;
	}
	config_forget_unconfirmed(config);
	return whole ? CONFIG_ALL_TAKEN_BACK : CONFIG_TAKEN_BACK;
}

static char *difference(struct lines *before, const struct config_model *before_model,
    struct lines *after, const struct config_model *after_model)
{
	struct text out = {0};

	text_puts(&out, "");
	if (lines_print_difference(before, before_model, after, after_model, &out)) {
		text_free(&out);
		return NULL;
	}
	return text_take(&out);
}

char *config_difference(struct config *before, struct config *after)
{
	struct config_model *empty = config_model_new();
	char *text = NULL;

	if (empty)
		text = difference(&before->lines, before->model ? before->model : empty,
		    &after->lines, after->model ? after->model : empty);
	config_model_free(empty);
	return text;
}

char *config_candidate_difference(struct config_candidate *candidate)
{
	struct config_model *base;
	char ignored[CONFIG_ERROR_BYTES], *text = NULL;

	base = build_model(&candidate->base, ignored, sizeof(ignored));
	if (base)
		text =
		    difference(&candidate->base, base, &candidate->change.lines, candidate->model);
	config_model_free(base);
	return text;
}
