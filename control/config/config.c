/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The running configuration: change, whole or not at all. Files are the business of store.c. */
#include "control/config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/build.h"
#include "control/config/config_internal.h"
#include "control/config/language.h"
#include "control/config/set.h"

struct config *config_new(const struct config_env *env)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config)
		config->env = *env;
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	lines_free(&config->lines);
	config_forget_unconfirmed(config);
	config_model_free(config->model);
	free(config);
}

static int __attribute__((format(printf, 4, 5)))
refuse(const struct change *change, char *error, size_t error_bytes, const char *format, ...)
{
	char sentence[CONFIG_ERROR_BYTES - 32];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), say(format), args);
	va_end(args);
	if (change->origin)
		snprintf(error, error_bytes, say("line %u: %s"), change->origin, sentence);
	else
		snprintf(error, error_bytes, "%s", sentence);
	return -EINVAL;
}

/* The numbers that a RANGES value means: "3", "1-5", "-5", "5-", "all". */
static void read_range(const char *text, uint32_t *low, uint32_t *high)
{
	const char *dash = strchr(text, '-');

	*low = 1;
	*high = config_tunnels();
	if (strcmp(text, "all") == 0)
		return;
	if (!dash)
		*low = *high = (uint32_t)strtoul(text, NULL, 10);
	if (dash && dash != text)
		*low = (uint32_t)strtoul(text, NULL, 10);
	if (dash && dash[1])
		*high = (uint32_t)strtoul(dash + 1, NULL, 10);
}

static int change_setting(
    struct change *change, const struct grammar_match *match, char *error, size_t error_bytes)
{
	struct line *line;
	int rc;

	if (match->row->flags & GRAMMAR_TUNNEL && !change->tunnel)
		return refuse(change, error, error_bytes,
		    "this setting belongs to a tunnel: enter `tunnel select N` before it");
	if (match->negated) {
		struct lines_name name = {match->row,
		    match->row->flags & GRAMMAR_TUNNEL ? change->tunnel : 0, match->value,
		    match->stem};

		change->changed |= lines_remove(&change->lines, &name);
		return 0;
	}
	line = line_new(match, change->tunnel, change->origin);
	rc = line ? line_reads_back(line) : -ENOMEM;
	if (rc)
		line_release(line);
	if (rc == -E2BIG)
		return refuse(change, error, error_bytes,
		    "written out in full the line is longer than %d characters, and could not be "
		    "loaded again",
		    CONFIG_LINE_CHARS);
	if (!rc)
		rc = lines_put(&change->lines, line);
	if (rc < 0)
		return refuse(change, error, error_bytes, "no memory");
	change->changed |= rc > 0;
	return 0;
}

/* `tunnel enable 1-3 7` and its opposites become a line, or its removal, for each tunnel. */
static int change_enable(struct change *change, const struct grammar_match *match, bool enable,
    char *error, size_t error_bytes)
{
	struct grammar_args args = grammar_match_args(match);
	struct grammar_match *one = malloc(sizeof(*one));
	const struct value *value;
	unsigned at = 0, tunnels = 0;
	int rc = 0;

	if (!one)
		return refuse(change, error, error_bytes, "no memory");
	while (!rc && (value = args_next(&args, "tunnels", &at))) {
		uint32_t low, high;

		read_range(args.store + value->text, &low, &high);
		for (uint32_t i = low; i <= high && !rc; i++, tunnels++) {
			char text[40];
			int bytes = snprintf(
			    text, sizeof(text), "%stunnel enable %u", enable ? "" : "no ", i);

			rc = grammar_parse(one, text, (size_t)bytes, error, error_bytes);
			if (!rc)
				rc = change_setting(change, one, error, error_bytes);
		}
	}
	free(one);
	if (!rc && !tunnels)
		rc = refuse(change, error, error_bytes, "name the tunnels");
	return rc;
}

/* `no tunnel select` leaves the tunnel, whatever the number; where a number has settings, it may
 * have been meant to delete them, which the dialect does line by line. */
static int leave_tunnel(
    struct change *change, const struct grammar_args *args, char *error, size_t error_bytes)
{
	uint32_t tunnel = args_number(args, "tunnel", 0);

	for (size_t i = 0; tunnel && i < change->lines.count; i++)
		if (change->lines.line[i] && change->lines.line[i]->tunnel == tunnel)
			return refuse(change, error, error_bytes,
			    "tunnel %u has settings: to delete them, enter `tunnel select %u` and "
			    "each of its lines with `no` in front",
			    tunnel, tunnel);
	change->tunnel = 0;
	return 0;
}

/* The gateway of the selected tunnel, by its lines so far; 0 = it has none yet. */
static uint32_t gateway_of(const struct change *change)
{
	uint32_t policy = 0;

	for (size_t i = 0; i < change->lines.count; i++) {
		const struct line *line = change->lines.line[i];
		struct grammar_args args;

		if (!line || line->row->set != set_tunnel_policy || line->tunnel != change->tunnel)
			continue;
		args = line_args(line);
		policy = args_number(&args, "policy", 0);
	}
	for (size_t i = 0; policy && i < change->lines.count; i++) {
		const struct line *line = change->lines.line[i];
		struct grammar_args args;

		if (!line || line->row->set != set_sa_policy)
			continue;
		args = line_args(line);
		if (args_number(&args, "policy", 0) == policy)
			return args_number(&args, "gateway", 0);
	}
	return 0;
}

/* `ipsec ike local address id <id> NET` of the file AWS offers, which no router takes: the identity
 * of the selected tunnel's gateway is meant. `error` gets the notice. */
static int change_pasted_id(
    struct change *change, const struct grammar_args *args, char *error, size_t error_bytes)
{
	uint32_t gateway = gateway_of(change);
	const char *side = args_is(args, "side", "local") ? "local" : "remote";
	struct grammar_match *match;
	char line[128], net[IP_PREFIX_TEXT_BYTES];
	int bytes, rc;

	if (!change->tunnel || !gateway)
		return refuse(change, error, error_bytes,
		    "this line needs a selected tunnel with `ipsec tunnel` and `ipsec sa policy`: "
		    "it is read as `ipsec ike local id` of its gateway");
	match = malloc(sizeof(*match));
	if (!match)
		return refuse(change, error, error_bytes, "no memory");
	bytes = snprintf(line, sizeof(line), "ipsec ike %s id %u %s", side, gateway,
	    ip_prefix_format(&args_find(args, "net")->net, net));
	rc = grammar_parse(match, line, (size_t)bytes, error, error_bytes);
	if (!rc)
		rc = change_setting(change, match, error, error_bytes);
	if (!rc)
		snprintf(error, error_bytes, say("Notice: read as `%s`"), line);
	free(match);
	return rc;
}

int config_change_line(
    struct change *change, const struct grammar_match *match, char *error, size_t error_bytes)
{
	struct grammar_args args = grammar_match_args(match);
	const struct grammar_row *row = match->row;

	switch (row->operation) {
	case OP_NONE: return change_setting(change, match, error, error_bytes);
	case OP_TUNNEL_SELECT:
		if (match->negated)
			return leave_tunnel(change, &args, error, error_bytes);
		change->tunnel = args_number(&args, "tunnel", 0);
		return 0;
	case OP_TUNNEL_ENABLE:
		return change_enable(change, match, !match->negated, error, error_bytes);
	case OP_TUNNEL_DISABLE: return change_enable(change, match, false, error, error_bytes);
	case OP_IKE_ID_PASTED: return change_pasted_id(change, &args, error, error_bytes);
	case OP_BGP_REFRESH: change->bgp_refresh = true; return 0;
	case OP_REFUSED:
		return refuse(change, error, error_bytes, "%s",
		    language_is_japanese() ? row->refusal_ja : row->refusal);
	default:
		return refuse(
		    change, error, error_bytes, "this is a command to carry out, not a setting");
	}
}

static int begin(const struct config *config, struct change *change, uint32_t tunnel, char *error,
    size_t error_bytes)
{
	*change = (struct change){.tunnel = tunnel};
	if (lines_copy(&change->lines, &config->lines))
		return refuse(change, error, error_bytes, "no memory");
	return 0;
}

int config_commit_change(
    struct config *config, struct change *change, char *error, size_t error_bytes)
{
	struct config_model *model = build_model(&change->lines, error, error_bytes);
	int rc;

	if (!model)
		return -EINVAL;
	rc = config->env.apply ? config->env.apply(config->env.ctx, model, error, error_bytes) : 0;
	if (rc) {
		config_model_free(model);
		return rc;
	}
	config->dirty |= config->lines.count || change->lines.count;
	config_model_free(config->model);
	config->model = model;
	lines_free(&config->lines);
	config->lines = change->lines;
	change->lines = (struct lines){0};
	for (size_t i = 0; i < config->lines.count; i++)
		if (config->lines.line[i])
			config->lines.line[i]->origin = 0;
	return 0;
}

int config_change(struct config *config, uint32_t *tunnel, const struct grammar_match *match,
    char *error, size_t error_bytes)
{
	struct change change;
	int rc;

	if (!match->row)
		return 0;
	rc = begin(config, &change, *tunnel, error, error_bytes);
	if (!rc)
		rc = config_change_line(&change, match, error, error_bytes);
	if (!rc && change.changed)
		rc = config_commit_change(config, &change, error, error_bytes);
	if (!rc)
		*tunnel = change.tunnel;
	lines_free(&change.lines);
	return rc;
}

int config_batch_line(struct change *change, struct grammar_match *match, const char *line,
    size_t bytes, char *error, size_t error_bytes)
{
	char sentence[CONFIG_ERROR_BYTES - 32];
	int rc;

	change->origin++;
	rc = grammar_parse(match, line, bytes, sentence, sizeof(sentence));
	if (rc)
		return refuse(change, error, error_bytes, "%s", sentence);
	if (match->help_column)
		return refuse(change, error, error_bytes,
		    "column %u: \"?\" asks for help, which there is none in a batch; quote it to "
		    "mean "
		    "the character",
		    match->help_column);
	if (match->lexer.pipe)
		return refuse(change, error, error_bytes,
		    "column %u: only what is shown can be piped", match->lexer.pipe_column);
	return match->row ? config_change_line(change, match, error, error_bytes) : 0;
}

static int finish_batch(
    struct config *config, struct change *change, char *error, size_t error_bytes)
{
	int rc = 0;

	/* Also without a change when nothing was ever applied: the empty configuration counts. */
	if (change->changed || !config->model)
		rc = config_commit_change(config, change, error, error_bytes);
	if (!rc && change->bgp_refresh && config->env.bgp_refresh) {
		config_bgp_followed(config);
		rc = config->env.bgp_refresh(config->env.ctx, error, error_bytes);
	}
	return rc;
}

int config_apply_lines(
    void *ctx, const char *const *lines, size_t count, char *error, size_t error_bytes)
{
	struct config *config = ctx;
	struct grammar_match *match = malloc(sizeof(*match));
	struct change change;
	int rc = match ? begin(config, &change, 0, error, error_bytes) : -ENOMEM;

	if (rc) {
		snprintf(error, error_bytes, "%s", say("no memory"));
		free(match);
		return rc;
	}
	for (size_t i = 0; i < count && !rc; i++) {
		rc = config_batch_line(
		    &change, match, lines[i], strlen(lines[i]), error, error_bytes);
		grammar_match_wipe(match);
	}
	if (!rc)
		rc = finish_batch(config, &change, error, error_bytes);
	lines_free(&change.lines);
	free(match);
	return rc;
}

int config_replace(
    struct config *config, const char *text, size_t bytes, char *error, size_t error_bytes)
{
	return config_replace_from(config, 1, text, bytes, error, error_bytes);
}

int config_replace_from(struct config *config, unsigned first, const char *text, size_t bytes,
    char *error, size_t error_bytes)
{
	struct grammar_match *match = malloc(sizeof(*match));
	struct change change = {.changed = true, .origin = first - 1};
	const char *end = text + bytes;
	int rc = match ? 0 : -ENOMEM;

	if (rc)
		snprintf(error, error_bytes, "%s", say("no memory"));
	while (!rc && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);

		rc = config_batch_line(&change, match, text, length, error, error_bytes);
		grammar_match_wipe(match);
		text += length + (newline ? 1 : 0);
	}
	if (!rc)
		rc = finish_batch(config, &change, error, error_bytes);
	lines_free(&change.lines);
	free(match);
	return rc;
}

static char *print(const struct config *config, bool masked)
{
	struct text out = {0};

	text_puts(&out, "");
	if (config->model && lines_print(&config->lines, config->model, masked, &out)) {
		text_free(&out);
		return NULL;
	}
	return text_take(&out);
}

char *config_running_text(void *config)
{
	return print(config, false);
}

char *config_masked_text(const struct config *config)
{
	return print(config, true);
}

const struct config_model *config_model(const struct config *config)
{
	return config->model;
}

bool config_dirty(const struct config *config)
{
	return config->dirty;
}

void config_saved(struct config *config)
{
	config->dirty = false;
}
