/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parsing of the parameters of /cgw/capture_start. Touches nothing but its arguments. */
#include "dataplane/capture_request.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/capture.h"
#include "dataplane/port.h"

#define SECONDS_MAX 86400u

struct word {
	const char *at;
	size_t bytes;
};

static bool is(struct word word, const char *text)
{
	return word.bytes == strlen(text) && !memcmp(word.at, text, word.bytes);
}

/* The word up to `end` or the end of the text; `*at` goes behind it. */
static struct word next(const char **at, const char *all_end, char end)
{
	const char *found = memchr(*at, end, (size_t)(all_end - *at));
	struct word word = {.at = *at, .bytes = (size_t)((found ? found : all_end) - *at)};

	*at = found ? found + 1 : all_end;
	return word;
}

static bool number(struct word word, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (word.bytes == 0 || word.bytes > 18)
		return false;
	for (size_t i = 0; i < word.bytes; i++) {
		if (!isdigit((unsigned char)word.at[i]))
			return false;
		value = value * 10 + (uint64_t)(word.at[i] - '0');
	}
	*out = value;
	return value <= max;
}

static bool set_what(struct word value, struct capture_request *r)
{
	const char *at = value.at, *end = value.at + value.bytes;

	while (at < end) {
		struct word one = next(&at, end, '+');

		if (is(one, "outer"))
			r->what |= CFG_CAPTURE_OUTER;
		else if (is(one, "inner"))
			r->what |= CFG_CAPTURE_INNER;
		else if (is(one, "drops"))
			r->what |= CFG_CAPTURE_DROPS;
		else
			return false;
	}
	return r->what != 0;
}

static bool set_port(
    struct word value, const struct port *ports, unsigned port_count, struct capture_request *r)
{
	r->filter = CFG_CAPTURE_LINK;
	for (r->index = 0; r->index < port_count; r->index++)
		if (is(value, ports[r->index].name))
			return true;
	return false;
}

static bool set_tunnel(struct word value, struct capture_request *r)
{
	uint64_t slot = 0;

	r->filter = CFG_CAPTURE_TUNNEL;
	if (!number(value, CAPTURE_TUNNEL - 1, &slot))
		return false;
	r->index = (uint32_t)slot;
	return true;
}

static bool set_bound(struct word name, struct word value, struct capture_request *r)
{
	uint64_t n = 0;

	if (is(name, "snap") && number(value, CAPTURE_SNAP_MAX, &n))
		r->snap = (uint32_t)n;
	else if (is(name, "packets") && number(value, UINT32_MAX, &n))
		r->packets = (uint32_t)n;
	else if (is(name, "bytes") && number(value, UINT64_MAX, &n))
		r->bytes = n;
	else if (is(name, "seconds") && number(value, SECONDS_MAX, &n))
		r->msec = (uint32_t)n * 1000;
	else
		return false;
	return true;
}

int capture_request_parse(const char *text, const struct port *ports, unsigned port_count,
    struct capture_request *request, const char **why)
{
	const char *end = text + strlen(text);

	*request = (struct capture_request){0};
	*why = NULL;
	while (text < end && !*why) {
		struct word value = next(&text, end, ',');
		struct word name = next(&value.at, value.at + value.bytes, '=');

		value.bytes -= name.bytes + (name.bytes < value.bytes);
		if (is(name, "what")) {
			if (!set_what(value, request))
				*why = "what: any of outer, inner, drops, joined by +";
		} else if (is(name, "port")) {
			if (request->filter || !set_port(value, ports, port_count, request))
				*why = "port: the name of one, and no tunnel beside it";
		} else if (is(name, "tunnel")) {
			if (request->filter || !set_tunnel(value, request))
				*why = "tunnel: a slot, and no port beside it";
		} else if (!set_bound(name, value, request)) {
			*why =
			    "not one of what, port, tunnel, snap, packets, bytes, seconds, or not "
			    "such a number";
		}
	}
	if (!*why && !request->what)
		*why = "what is to be captured? what=outer, inner, drops, joined by +";
	return *why ? -EINVAL : 0;
}
