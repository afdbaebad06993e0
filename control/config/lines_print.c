/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The printed order of lines, that of `show config`, and the difference of two sets in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/lines.h"

#define INDENT_MOST  2
#define KEYWORD_MOST 64 /* walk.c writes no longer one out */

struct printed {
	const struct line *line;
	unsigned place;  /* twice the grammar_place: gateways of no tunnel come right behind the
			    tunnels */
	uint32_t major;  /* interface, tunnel or cloud id */
	unsigned indent; /* blanks in front */
	char sign;       /* of a difference: '-' or '+', or '\0' */
};

/* The first tunnel that uses each gateway and each policy, 0 = none does. */
struct users {
	uint32_t gateway[CONFIG_TUNNELS_MAX + 1];
	uint32_t policy[CONFIG_TUNNELS_MAX]; /* by place in the model */
};

static void find_users(const struct config_model *model, struct users *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = config_tunnels(); i >= 1; i--) {
		const struct config_policy *policy = config_tunnel_policy(model, i);

		if (policy)
			out->gateway[policy->gateway] = out->policy[policy - model->policy] = i;
	}
}

/* The tunnel that a line about a gateway or a policy belongs to: a policy belongs to the tunnel
 * that names it, whatever its gateway. */
static uint32_t find_tunnel(
    const struct config_model *model, const struct users *users, const struct grammar_args *args)
{
	uint32_t number = args_number(args, "policy", 0);
	const struct config_policy *policy = config_policy(model, number);

	if (!number)
		return users->gateway[args_number(args, "gateway", 0)];
	return policy ? users->policy[policy - model->policy] : 0;
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
	unsigned stem = x->line->stem < y->line->stem ? x->line->stem : y->line->stem;
	int order;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->line->row != y->line->row)
		return x->line->row < y->line->row ? -1 : 1;
	order = lines_compare_stems(x->line->value, y->line->value, stem);
	if (!order && x->line->stem != y->line->stem)
		order = x->line->stem < y->line->stem ? -1 : 1;
	return order ? order : (x->sign < y->sign) - (x->sign > y->sign);
}

/* Adds the lines of a set that have no equal in `other` (NULL = all of them) to `order`. */
static size_t gather(const struct lines *lines, struct lines *other,
    const struct config_model *model, char sign, struct printed *order)
{
	struct users users;
	size_t count = 0;

	find_users(model, &users);
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = lines->line[i], *same = NULL;

		if (line && other) {
			struct lines_name name = line_name(line);

			same = lines_find(other, &name);
		}
		if (!line || (same && line_same(line, same)))
			continue;
		order[count] = place_line(line, model, &users);
		order[count++].sign = sign;
	}
	return count;
}

int line_reads_back(const struct line *line)
{
	struct grammar_args args = line_args(line);
	struct text text = {0};
	size_t chars = INDENT_MOST;
	int rc = 0;

	/* Each word is a keyword or a text, of which quotes and escapes make twice as much. */
	if (line->count * KEYWORD_MOST + line->store_bytes * 2 < CONFIG_LINE_CHARS - INDENT_MOST)
		return 0;
	grammar_print(&args, false, &text);
	for (size_t i = 0; i < text.bytes; i++)
		chars += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	if (text.bad)
		rc = -ENOMEM;
	else if (chars > CONFIG_LINE_CHARS)
		rc = -E2BIG;
	text_free(&text);
	return rc;
}

static int print(struct printed *order, size_t count, bool masked, struct text *out)
{
	uint32_t tunnel = 0;

	qsort(order, count, sizeof(*order), compare_printed);
	for (size_t i = 0; i < count; i++) {
		struct grammar_args args = line_args(order[i].line);
		char signs[2] = {order[i].sign, '\0'};

		if (order[i].place == PLACE_TUNNEL * 2u && order[i].major != tunnel) {
			tunnel = order[i].major;
			text_printf(out, "%stunnel select %u\n", *signs ? " " : "", tunnel);
		}
		text_puts(out, signs);
		text_add(out, "  ", order[i].indent);
		grammar_print(&args, masked, out);
		text_puts(out, "\n");
	}
	return out->bad ? -ENOMEM : 0;
}

int lines_print(
    const struct lines *lines, const struct config_model *model, bool masked, struct text *out)
{
	struct printed *order = calloc(lines->count + 1, sizeof(*order));
	int rc = -ENOMEM;

	if (order)
		rc = print(order, gather(lines, NULL, model, '\0', order), masked, out);
	free(order);
	return rc;
}

int lines_print_difference(struct lines *before, const struct config_model *before_model,
    struct lines *after, const struct config_model *after_model, struct text *out)
{
	struct printed *order = calloc(before->count + after->count + 1, sizeof(*order));
	int rc = -ENOMEM;
	size_t count;

	if (order) {
		count = gather(before, after, before_model, '-', order);
		count += gather(after, before, after_model, '+', order + count);
		rc = print(order, count, true, out);
	}
	free(order);
	return rc;
}
