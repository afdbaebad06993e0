/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The running configuration: a set of lines of the router dialect, and the model they make.
 *
 * A change is whole or not at all: it is made on a copy, the copy becomes a model, the model is
 * offered to the system through config_env.apply(), and only then the copy is the running one. The
 * set keeps every command that was entered, even if it says what is the default anyway; `no` takes
 * it out again. It holds secrets: what leaves here unmasked is wiped by whoever asked for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "control/config/model.h"

struct config;
struct config_candidate;
struct grammar_match;

#define CONFIG_LINE_CHARS  4095 /* longest line; a longer one is refused whole */
#define CONFIG_ERROR_BYTES 1024 /* room for any error sentence of this component */

/* What the configuration asks of the system; wired by main.c to the agent. */
struct config_env {
	void *ctx;
	/* agent_apply(): makes the system follow `model`, which stays alive until the next
	 * successful call. 0, or -errno with a sentence, and then nothing was changed. NULL =
	 * accept all. */
	int (*apply)(void *ctx, const struct config_model *model, char *error, size_t error_bytes);
	/* agent_bgp_refresh(), for a `bgp configure refresh` among the lines of
	 * config_apply_lines(). NULL = ignored. */
	int (*bgp_refresh)(void *ctx, char *error, size_t error_bytes);
};

/* An empty configuration: nothing is applied yet. `env` is copied. NULL = no memory. */
struct config *config_new(const struct config_env *env);
/* Wipes and frees; the model goes with it. NULL is nothing. */
void config_free(struct config *config);

/* Applies one parsed setting in the context of tunnel `*tunnel` (0 = none selected), which `tunnel
 * select` changes. 0, with a notice in `error` where the line was taken for another, or -errno and
 * a sentence: then nothing was changed. */
int config_change(struct config *config, uint32_t *tunnel, const struct grammar_match *match,
    char *error, size_t error_bytes);

/* Applies lines in order as one change, as if typed by an administrator with no tunnel selected.
 * Comments and empty lines are allowed; of the operations only `bgp configure refresh`, which takes
 * place once, after the change (when it alone fails, that is reported and the lines stand). Lines
 * that are refused in words (`pp`, `ospf` ...) are refused here as well. 0, or
 * -errno and a sentence that names the line by its number: then nothing was changed. `config` is a
 * struct config: the signature is that of agent_config_ops. */
int config_apply_lines(
    void *config, const char *const *lines, size_t count, char *error, size_t error_bytes);

/* The same for a text of lines separated by '\n'; what was configured before is replaced. An empty
 * text is the empty configuration. */
int config_replace(
    struct config *config, const char *text, size_t bytes, char *error, size_t error_bytes);

/* The same, where the text begins at line `first` of its file: sentences count from there. */
int config_replace_from(struct config *config, unsigned first, const char *text, size_t bytes,
    char *error, size_t error_bytes);

/* The lines in force as `show config` orders them, secrets included, each ended by '\n'. The caller
 * wipes and frees; NULL = no memory. `config` is a struct config, as for config_apply_lines(). */
char *config_running_text(void *config);
/* The same with `*` for every secret; the caller frees. */
char *config_masked_text(const struct config *config);

/* The model in force, NULL before the first change. Valid until the next successful change. */
const struct config_model *config_model(const struct config *config);

/* True when something changed since the last config_saved(). */
bool config_dirty(const struct config *config);
void config_saved(struct config *config);

/* ---- changes that are gathered ----------------------------------------------------------------
 */

/* A candidate that changes nothing yet. NULL = no memory. */
struct config_candidate *config_candidate_new(const struct config *config);
void config_candidate_free(struct config_candidate *candidate);
bool config_candidate_changed(const struct config_candidate *candidate);

/* With its changes; valid until the next one. */
const struct config_model *config_candidate_model(const struct config_candidate *candidate);

/* As config_change(), kept aside: checked against the other lines of the candidate, applied by
 * nobody. `bgp configure refresh` takes place with the commit. */
int config_candidate_change(struct config_candidate *candidate, uint32_t *tunnel,
    const struct grammar_match *match, char *error, size_t error_bytes);

/* Puts in force what the candidate changes, whole or not at all; what others changed meanwhile
 * stays. With `minutes` it is taken back by config_tick() unless config_confirm() is called before
 * then. The candidate stays the caller's. 0 or -errno with a sentence: then nothing is in force, or
 * all but BGP's refresh. */
int config_commit(struct config *config, struct config_candidate *candidate, unsigned minutes,
    mono_t now, char *error, size_t error_bytes);
bool config_is_unconfirmed(const struct config *config);
void config_confirm(struct config *config);

/* BGP follows the lines as they are now: a commit that waits takes it along when it is taken back.
 * For who has it follow by other ways than this component's. */
void config_bgp_followed(struct config *config);

/* Takes an unconfirmed commit back when its time has come. 0: there was nothing to do; -errno with
 * a sentence: what is in force stays, and ten seconds later it is tried again, until it is taken
 * back or confirmed. CONFIG_ALL_TAKEN_BACK: what others changed meanwhile contradicts what was
 * before, and went as well; `error` says where. */
#define CONFIG_TAKEN_BACK     1
#define CONFIG_ALL_TAKEN_BACK 2
int config_tick(struct config *config, mono_t now, char *error, size_t error_bytes);

/* What would have to be done to `before` to make it `after`: lines with '-' or '+' in front,
 * secrets masked; "" = nothing. The caller frees; NULL = no memory. */
char *config_difference(struct config *before, struct config *after);
char *config_candidate_difference(struct config_candidate *candidate);
