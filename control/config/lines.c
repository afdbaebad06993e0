/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of lines and its printed order. What lines mean is not known here, but for the numbers
 * that order them. */
#include "control/config/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

struct line *line_new(const struct grammar_match *match, uint32_t tunnel, unsigned origin)
{
	size_t values = match->count * sizeof(struct value);
	struct line *line = calloc(1, sizeof(*line) + values + match->lexer.bytes);

	if (!line)
		return NULL;
	line->references = 1;
	line->origin = origin;
	line->row = match->row;
	line->tunnel = match->row->flags & GRAMMAR_TUNNEL ? tunnel : 0;
	line->count = match->count;
	line->stem = match->stem;
	line->store_bytes = match->lexer.bytes;
	line->store = (char *)line->value + values;
	memcpy(line->value, match->value, values);
	memcpy(line->store, match->lexer.storage, match->lexer.bytes);
	return line;
}

static void line_release(struct line *line)
{
	if (!line || --line->references)
		return;
	secret_wipe(line->store, line->store_bytes);
	free(line);
}

struct grammar_args line_args(const struct line *line)
{
	return (struct grammar_args){line->count, line->value, line->store};
}

int lines_copy(struct lines *out, const struct lines *from)
{
	*out = (struct lines){0};
	if (!from->count)
		return 0;
	out->line = malloc(from->count * sizeof(*out->line));
	if (!out->line)
		return -ENOMEM;
	out->room = out->count = from->count;
	memcpy(out->line, from->line, from->count * sizeof(*out->line));
	for (size_t i = 0; i < out->count; i++)
		out->line[i]->references++;
	return 0;
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		line_release(lines->line[i]);
	free(lines->line);
	*lines = (struct lines){0};
}

/* Order of two values at the same place of a stem. */
static int compare_values(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	switch (a->kind) {
	case VALUE_NUMBER:
	case VALUE_LAN: return (a->number > b->number) - (a->number < b->number);
	case VALUE_ADDRESS:
	case VALUE_PREFIX:
	case VALUE_NET: return ip_prefix_compare(&a->net, &b->net);
	case VALUE_KEYWORD:
	case VALUE_WORD:
		if (a->word_bytes != b->word_bytes)
			return a->word_bytes < b->word_bytes ? -1 : 1;
		return memcmp(a->word, b->word, a->word_bytes);
	case VALUE_TEXT:
	case VALUE_SECRET: return 0; /* no text is part of a stem */
	}
	return 0;
}

static int compare_stems(const struct value *a, const struct value *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int order = compare_values(&a[i], &b[i]);

		if (order)
			return order;
	}
	return 0;
}

static bool is_same_setting(const struct line *line, const struct grammar_row *row, uint32_t tunnel,
    const struct value *value, unsigned stem)
{
	return line->row == row && line->stem == stem &&
	       (!(row->flags & GRAMMAR_TUNNEL) || line->tunnel == tunnel) &&
	       compare_stems(line->value, value, stem) == 0;
}

static bool is_same_text(const struct line *a, const struct line *b)
{
	struct grammar_args args_a = line_args(a), args_b = line_args(b);
	struct text x = {0}, y = {0};
	bool same;

	grammar_print(&args_a, false, &x);
	grammar_print(&args_b, false, &y);
	same = !x.bad && !y.bad && strcmp(x.data, y.data) == 0;
	text_free(&x);
	text_free(&y);
	return same;
}

int lines_put(struct lines *lines, struct line *line)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct line *old = lines->line[i];

		if (!is_same_setting(old, line->row, line->tunnel, line->value, line->stem))
			continue;
		if (is_same_text(old, line)) {
			line_release(line);
			return 0;
		}
		lines->line[i] = line;
		line_release(old);
		return 1;
	}
	if (lines->count == lines->room) {
		size_t room = lines->room ? lines->room * 2 : 32;
		struct line **bigger = realloc(lines->line, room * sizeof(*bigger));

		if (!bigger) {
			line_release(line);
			return -ENOMEM;
		}
		lines->line = bigger;
		lines->room = room;
	}
	lines->line[lines->count++] = line;
	return 1;
}

bool lines_remove(struct lines *lines, const struct grammar_match *match, uint32_t tunnel)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct line *line = lines->line[i];

		if (!is_same_setting(line, match->row, tunnel, match->value, match->stem))
			continue;
		memmove(&lines->line[i], &lines->line[i + 1],
		    (--lines->count - i) * sizeof(*lines->line));
		line_release(line);
		return true;
	}
	return false;
}

/* ---- printing ----------------------------------------------------------------------------------
 */

struct printed {
	const struct line *line;
	unsigned place;  /* twice the grammar_place: gateways of no tunnel come right behind the
			    tunnels */
	uint32_t major;  /* interface, tunnel or cloud id */
	unsigned indent; /* blanks in front */
};

/* The tunnel that uses each gateway, 0 = none does. */
struct users {
	uint32_t tunnel[CONFIG_TUNNELS + 1];
};

static void find_users(const struct config_model *model, struct users *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = CONFIG_TUNNELS; i >= 1; i--) {
		const struct config_policy *policy = config_tunnel_policy(model, i);

		if (policy)
			out->tunnel[policy->gateway] = i;
	}
}

/* The tunnel that a line about a gateway or a policy belongs to: a policy belongs to the tunnel
 * that names it, whatever its gateway. */
static uint32_t find_tunnel(
    const struct config_model *model, const struct users *users, const struct grammar_args *args)
{
	uint32_t policy = args_number(args, "policy", 0);

	if (!policy)
		return users->tunnel[args_number(args, "gateway", 0)];
	for (uint32_t i = 1; i <= CONFIG_TUNNELS; i++)
		if (model->tunnel[i].policy == policy)
			return i;
	return 0;
}

static struct printed place_line(
    const struct line *line, const struct config_model *model, const struct users *users)
{
	struct grammar_args args = line_args(line);
	struct printed out = {.line = line, .place = line->row->place * 2u};

	switch (line->row->place) {
	case PLACE_LAN: out.major = args_number(&args, "lan", 0); break;
	case PLACE_CLOUD: out.major = args_number(&args, "cloud", UINT32_MAX); break;
	case PLACE_TUNNEL:
		out.major = line->tunnel ? line->tunnel : args_number(&args, "tunnel", 0);
		out.indent = 1;
		break;
	case PLACE_GATEWAY:
		out.major = find_tunnel(model, users, &args);
		out.place = PLACE_TUNNEL * 2u + (out.major ? 0 : 1);
		out.indent = out.major ? 2 : 0;
		break;
	case PLACE_CONSOLE:
	case PLACE_ROUTE:
	case PLACE_BGP:
	case PLACE_IPSEC:
	case PLACE_SYSLOG:
	case PLACE_FILTER:
	case PLACE_NAT:
	case PLACE_DHCP:
	case PLACE_DNS:
	case PLACE_SCHEDULE:
	case PLACE_STATISTICS:
	case PLACE_DESCRIPTION: break;
	}
	return out;
}

static int compare_printed(const void *a, const void *b)
{
	const struct printed *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->line->row != y->line->row)
		return x->line->row < y->line->row ? -1 : 1;
	return compare_stems(x->line->value, y->line->value, x->line->stem);
}

int lines_print(
    const struct lines *lines, const struct config_model *model, bool masked, struct text *out)
{
	struct printed *order = calloc(lines->count + 1, sizeof(*order));
	uint32_t tunnel = 0;
	struct users users;

	if (!order)
		return -ENOMEM;
	find_users(model, &users);
	for (size_t i = 0; i < lines->count; i++)
		order[i] = place_line(lines->line[i], model, &users);
	qsort(order, lines->count, sizeof(*order), compare_printed);
	for (size_t i = 0; i < lines->count; i++) {
		struct grammar_args args = line_args(order[i].line);

		if (order[i].place == PLACE_TUNNEL * 2u && order[i].major != tunnel) {
			tunnel = order[i].major;
			text_printf(out, "tunnel select %u\n", tunnel);
		}
		text_add(out, "  ", order[i].indent);
		grammar_print(&args, masked, out);
		text_puts(out, "\n");
	}
	free(order);
	return out->bad ? -ENOMEM : 0;
}
