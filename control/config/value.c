/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The types of parameters. One table row a type: how it is read and how it is described. What a
 * value means, and whether it agrees with the rest of the configuration, is not decided here. */
#include "control/config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/model.h"

#define SPAN(bytes, text) (int)(bytes), (text)

struct atom {
	const char *text;
	size_t bytes;
};

/* One type with a name in capitals. `limit` is the number behind its dash. */
struct value_type {
	const char *name;
	enum value_fit (*parse)(const char *word, unsigned limit, struct value *out, char *why);
	const char *description; /* with one %u for the limit, or none */
};

static enum value_fit complain(char *why, const char *what)
{
	snprintf(why, VALUE_WHY_BYTES, "%s", what);
	return VALUE_UNFIT;
}

static size_t characters(const char *word)
{
	size_t n = 0;

	for (; *word; word++)
		n += ((unsigned char)*word & 0xc0) != 0x80;
	return n;
}

/* Only digits, no sign, no blank, at most 10 of them. */
static bool parse_digits(const char *word, size_t bytes, uint64_t *out)
{
	*out = 0;
	if (!bytes || bytes > 10)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
		*out = *out * 10 + (uint64_t)(word[i] - '0');
	}
	return true;
}

static enum value_fit parse_address(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_ADDRESS;
	out->net.length = 32;
	if (ip_addr_parse(word, &out->net.addr) == 0 && out->net.addr.family == IP_FAMILY_V4)
		return VALUE_TYPED;
	if (isdigit((unsigned char)word[0]))
		return complain(why, "that is no IPv4 address");
	return VALUE_UNFIT;
}

static enum value_fit parse_prefix(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_PREFIX;
	if (ip_prefix_parse(word, &out->net) == 0 && out->net.addr.family == IP_FAMILY_V4)
		return VALUE_TYPED;
	if (isdigit((unsigned char)word[0]))
		return complain(why, "that is no IPv4 address with a mask, as in 192.168.100.1/24");
	return VALUE_UNFIT;
}

static enum value_fit parse_cidr(const char *word, unsigned limit, struct value *out, char *why)
{
	char text[IP_PREFIX_TEXT_BYTES];
	struct ip_prefix masked;

	if (parse_prefix(word, limit, out, why) == VALUE_UNFIT) {
		if (*why)
			complain(why, "that is no IPv4 network, as in 10.0.0.0/16");
		return VALUE_UNFIT;
	}
	masked = ip_prefix_mask(&out->net);
	if (!ip_prefix_equal(&masked, &out->net)) {
		snprintf(why, VALUE_WHY_BYTES, "host bits are set: the network is %s",
		    ip_prefix_format(&masked, text));
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static enum value_fit parse_net(const char *word, unsigned limit, struct value *out, char *why)
{
	if (strcmp(word, "default") == 0)
		word = "0.0.0.0/0";
	if (parse_cidr(word, limit, out, why) == VALUE_UNFIT)
		return VALUE_UNFIT;
	out->kind = VALUE_NET;
	return VALUE_TYPED;
}

static enum value_fit parse_lan(const char *word, unsigned limit, struct value *out, char *why)
{
	uint64_t number;

	out->kind = VALUE_LAN;
	if (strncmp(word, "lan", 3) != 0 || !parse_digits(word + 3, strlen(word + 3), &number))
		return VALUE_UNFIT;
	if (number < 1 || number > CONFIG_LANS || word[3] == '0')
		return complain(why, "there are lan1 to lan8");
	out->number = (int64_t)number;
	return VALUE_TYPED;
}

static enum value_fit parse_ranges(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *dash = strchr(word, '-');
	uint64_t low = 1, high = limit;

	out->kind = VALUE_TEXT;
	if (strcmp(word, "all") == 0)
		return VALUE_EXACT;
	if (!dash) {
		if (!parse_digits(word, strlen(word), &low))
			return VALUE_UNFIT;
		high = low;
	} else if ((dash != word && !parse_digits(word, (size_t)(dash - word), &low)) ||
		   (dash[1] && !parse_digits(dash + 1, strlen(dash + 1), &high)) ||
		   word[1] == '\0') {
		return VALUE_UNFIT;
	}
	if (low < 1 || high > limit || low > high) {
		snprintf(why, VALUE_WHY_BYTES, "numbers are 1..%u, the smaller first", limit);
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static enum value_fit parse_host(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t bytes = strlen(word), label = 0;
	bool letter = false;

	out->kind = VALUE_TEXT;
	for (size_t i = 0; i < bytes; i++) {
		char c = word[i];

		letter |= isalpha((unsigned char)c) != 0;
		label = c == '.' ? 0 : label + 1;
		if (c == '.'
			? i == 0 || word[i - 1] == '.' || word[i - 1] == '-'
			: !(isalnum((unsigned char)c) || (c == '-' && label > 1)) || label > 63)
			return complain(why, "that is neither an address nor a host name");
	}
	if (!letter || bytes > limit || word[bytes - 1] == '-')
		return complain(why, "that is neither an address nor a host name");
	return VALUE_FREE;
}

static enum value_fit parse_text(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t n = characters(word);

	out->kind = VALUE_TEXT;
	if (n >= 1 && n <= limit)
		return VALUE_FREE;
	snprintf(
	    why, VALUE_WHY_BYTES, "a text of %zu characters where 1..%u are allowed", n, limit);
	return VALUE_UNFIT;
}

static enum value_fit parse_ascii(const char *word, unsigned limit, struct value *out, char *why)
{
	for (const char *p = word; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return complain(why, "only ASCII characters are allowed here");
	return parse_text(word, limit, out, why);
}

static enum value_fit parse_secret(const char *word, unsigned limit, struct value *out, char *why)
{
	enum value_fit fit = parse_ascii(word, limit, out, why);

	out->kind = VALUE_SECRET;
	if (strcmp(word, "*") == 0)
		return complain(why, "\"*\" is how a secret is shown: enter the secret itself");
	return fit;
}

static enum value_fit parse_hex(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t digits;

	out->kind = VALUE_SECRET;
	if (word[0] != '0' || (word[1] != 'x' && word[1] != 'X'))
		return VALUE_UNFIT;
	digits = strspn(word + 2, "0123456789abcdefABCDEF");
	if (word[2 + digits] != '\0' || digits == 0 || digits % 2 || digits / 2 > limit) {
		snprintf(why, VALUE_WHY_BYTES,
		    "0x and an even number of hexadecimal digits, up to %u", limit * 2);
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static const struct value_type types[] = {
    {"IP", parse_address, "an IPv4 address"},
    {"PREFIX", parse_prefix, "an IPv4 address with its mask, a.b.c.d/nn"},
    {"CIDR", parse_cidr, "an IPv4 network, a.b.c.d/nn"},
    {"NET", parse_net, "default or an IPv4 network, a.b.c.d/nn"},
    {"LAN", parse_lan, "lan1..lan8"},
    {"RANGES", parse_ranges, "1..%u, a range as in 1-5, or all"},
    {"HOST", parse_host, "a host name of at most %u characters"},
    {"TEXT", parse_text, "a text of at most %u characters"},
    {"ASCII", parse_ascii, "an ASCII text of at most %u characters"},
    {"SECRET", parse_secret, "a secret text of at most %u characters"},
    {"HEX", parse_hex, "0x and up to %u secret bytes in hexadecimal"},
};

/* The next atom of a TYPE, false at its end. `*at` starts at 0. */
static bool next_atom(const struct pattern_node *node, size_t *at, struct atom *out)
{
	size_t end;

	if (*at >= node->type_bytes)
		return false;
	for (end = *at; end < node->type_bytes && node->type[end] != '|'; end++)
		continue;
	*out = (struct atom){node->type + *at, end - *at};
	*at = end + 1;
	return true;
}

/* The table row of an atom and its limit, NULL for words and numbers. */
static const struct value_type *find_type(struct atom atom, unsigned *limit)
{
	size_t name = 0;

	*limit = 0;
	while (name < atom.bytes && isupper((unsigned char)atom.text[name]))
		name++;
	if (name < atom.bytes && atom.text[name] == '-')
		*limit = (unsigned)strtoul(atom.text + name + 1, NULL, 10);
	for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == name && memcmp(types[i].name, atom.text, name) == 0)
			return &types[i];
	return NULL;
}

static bool is_number_atom(struct atom atom)
{
	size_t digits = strspn(atom.text, "0123456789-");

	return digits >= atom.bytes && memchr(atom.text, '-', atom.bytes);
}

static enum value_fit parse_number(struct atom atom, const char *word, struct value *out, char *why)
{
	char *dash;
	uint64_t low = strtoull(atom.text, &dash, 10), high = strtoull(dash + 1, NULL, 10), number;
	size_t digits = strspn(word, "0123456789");

	if (word[digits] != '\0' || digits == 0)
		return VALUE_UNFIT;
	if (!parse_digits(word, digits, &number) || number < low || number > high) {
		snprintf(why, VALUE_WHY_BYTES, "the number is outside %llu..%llu",
		    (unsigned long long)low, (unsigned long long)high);
		return VALUE_UNFIT;
	}
	out->kind = VALUE_NUMBER;
	out->number = (int64_t)number;
	return VALUE_TYPED;
}

static enum value_fit parse_word(struct atom atom, const char *word, struct value *out)
{
	const char *equal = memchr(atom.text, '=', atom.bytes);
	size_t bytes = equal ? (size_t)(equal - atom.text) : atom.bytes;

	if (strlen(word) != bytes || memcmp(word, atom.text, bytes) != 0)
		return VALUE_UNFIT;
	out->kind = VALUE_WORD;
	out->word = equal ? equal + 1 : atom.text;
	out->word_bytes = (uint8_t)(equal ? atom.bytes - bytes - 1 : bytes);
	return VALUE_EXACT;
}

enum value_fit value_parse(const struct pattern_node *node, const char *word, uint16_t offset,
    struct value *out, char why[VALUE_WHY_BYTES])
{
	struct atom atom;
	size_t at = 0;

	why[0] = '\0';
	*out = (struct value){.name = node->text,
	    .name_bytes = node->text_bytes,
	    .prefix = node->prefix,
	    .prefix_bytes = node->prefix_bytes};
	if (node->prefix) {
		if (strncmp(word, node->prefix, node->prefix_bytes) != 0)
			return VALUE_UNFIT;
		word += node->prefix_bytes;
		offset += node->prefix_bytes;
	}
	out->text = offset;
	while (next_atom(node, &at, &atom)) {
		unsigned limit;
		const struct value_type *type = find_type(atom, &limit);
		enum value_fit fit = type                   ? type->parse(word, limit, out, why)
				     : is_number_atom(atom) ? parse_number(atom, word, out, why)
							    : parse_word(atom, word, out);

		if (fit != VALUE_UNFIT) {
			why[0] = '\0';
			return node->prefix && fit == VALUE_FREE ? VALUE_TYPED : fit;
		}
	}
	return VALUE_UNFIT;
}

bool value_is_free(const struct pattern_node *node)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (!node->prefix && next_atom(node, &at, &atom)) {
		const struct value_type *type = find_type(atom, &limit);

		if (type && (type->parse == parse_text || type->parse == parse_ascii ||
				type->parse == parse_secret || type->parse == parse_host))
			return true;
	}
	return false;
}

bool value_is_secret(const struct pattern_node *node)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (next_atom(node, &at, &atom)) {
		const struct value_type *type = find_type(atom, &limit);

		if (type && (type->parse == parse_secret || type->parse == parse_hex))
			return true;
	}
	return false;
}

/* Quotes only what needs it, so that the line reads back as the same word. */
static void print_word(const char *word, struct text *out)
{
	if (*word && !strpbrk(word, " \t?#|>\\'\"")) {
		text_puts(out, word);
		return;
	}
	text_puts(out, "\"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			text_puts(out, "\\");
		text_add(out, word, 1);
	}
	text_puts(out, "\"");
}

void value_print(const struct value *value, const char *store, bool masked, struct text *out)
{
	char text[IP_PREFIX_TEXT_BYTES];

	if (value->prefix)
		text_add(out, value->prefix, value->prefix_bytes);
	switch (value->kind) {
	case VALUE_KEYWORD:
	case VALUE_WORD: text_add(out, value->word, value->word_bytes); break;
	case VALUE_NUMBER: text_printf(out, "%lld", (long long)value->number); break;
	case VALUE_LAN: text_printf(out, "lan%lld", (long long)value->number); break;
	case VALUE_ADDRESS: text_puts(out, ip_addr_format(&value->net.addr, text)); break;
	case VALUE_NET:
		if (value->net.length == 0) {
			text_puts(out, "default");
			break;
		}
		/* fall through */
	case VALUE_PREFIX: text_puts(out, ip_prefix_format(&value->net, text)); break;
	case VALUE_SECRET:
		if (masked) {
			text_puts(out, "*");
			break;
		}
		/* fall through */
	case VALUE_TEXT: print_word(store + value->text, out); break;
	}
}

void value_describe(const struct pattern_node *node, struct text *out)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;
	bool first = true;

	while (next_atom(node, &at, &atom)) {
		const struct value_type *type = find_type(atom, &limit);
		const char *equal = memchr(atom.text, '=', atom.bytes);

		if (!first)
			text_puts(out, type || is_number_atom(atom) ? " or " : "|");
		first = false;
		if (type) {
			char text[96];

			/* The formats are those of `types`: one %u or none. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(text, sizeof(text), type->description, limit);
#pragma GCC diagnostic pop
			text_puts(out, text);
		} else if (is_number_atom(atom)) {
			const char *dash = memchr(atom.text, '-', atom.bytes);

			text_printf(out, "%.*s..%.*s", SPAN(dash - atom.text, atom.text),
			    SPAN(atom.text + atom.bytes - dash - 1, dash + 1));
		} else {
			text_add(out, atom.text, equal ? (size_t)(equal - atom.text) : atom.bytes);
		}
	}
}

void value_words(const struct pattern_node *node,
    void (*visit)(void *ctx, const char *word, size_t bytes), void *ctx)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (next_atom(node, &at, &atom)) {
		const char *equal = memchr(atom.text, '=', atom.bytes);

		if (!find_type(atom, &limit) && !is_number_atom(atom))
			visit(ctx, atom.text, equal ? (size_t)(equal - atom.text) : atom.bytes);
	}
}
