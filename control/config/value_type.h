/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of the types of parameters: between value.c and value_*.c; nobody else includes this.
 */
#pragma once

#include "control/config/value.h"

#define VALUE_TYPE_FREE   1u /* takes almost any text */
#define VALUE_TYPE_SECRET 2u /* never shown */

/* Reads `word`; `limit` is the number behind the dash of the TYPE. Fills kind and number or net of
 * `out`; a text stays where it is. With VALUE_UNFIT `why` says what is wrong, or "". */
typedef enum value_fit value_parse_fn(
    const char *word, unsigned limit, struct value *out, char *why);

struct value_type {
	const char *name;
	value_parse_fn *parse;
	unsigned flags;                           /* VALUE_TYPE_* */
	const char *description, *description_ja; /* with one %u for the limit, or none */
};

/* The row of a TYPE as it stands in a syntax, and its limit; NULL for words and numbers. */
const struct value_type *value_type_find(const char *text, size_t bytes, unsigned *limit);

/* Writes the sentence in the language in use; VALUE_UNFIT. */
enum value_fit value_complain(char *why, const char *what);

/* Only digits, no sign, no blank, at most 10 of them. */
bool value_digits(const char *word, size_t bytes, uint64_t *out);

/* value_dhcp.c, value_filter.c, value_time.c and value_moment.c */
value_parse_fn value_parse_option, value_parse_mac, value_parse_octet;
value_parse_fn value_parse_hosts, value_parse_protocols, value_parse_ports, value_parse_forward,
    value_parse_pool, value_parse_outer, value_parse_pair;
value_parse_fn value_parse_term, value_parse_calendar, value_parse_clock, value_parse_zone,
    value_parse_percent, value_parse_moment;
