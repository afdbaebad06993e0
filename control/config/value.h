/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values of the words of a command: checked, typed, and written again in their one canonical form.
 *
 * TYPE of a parameter is one or more of these, separated by '|':
 *
 *   on            that word; `child-sa=ipsec-sa` takes the first and means the second
 *   !on           that word, which the command refuses: never offered
 *   1-100         a whole number in decimal digits
 *   IP            an IPv4 address
 *   PREFIX        an IPv4 address with its mask: host bits are the address
 *   CIDR          an IPv4 network: no host bits
 *   NET           a CIDR, with `default` for 0.0.0.0/0
 *   LAN           lan1 .. lan8
 *   TUNNEL        the number of a tunnel or gateway: 1 to config_tunnels()
 *   RANGES        such numbers and ranges of them: 3, 1-5, -5, 5-, all
 *   HOST-255      a host name (RFC 1123 section 2.1) of at most that many characters
 *   TEXT-64       any text of 1..64 characters
 *   ASCII-64      the same in printable ASCII
 *   SECRET-128    the same, shown as `*`
 *   HEX-128       a secret written 0x..., of at most that many bytes; shown as `*`
 *   HASH-200      the hash of a password as crypt(3) writes it; shown as `*`
 *   HOSTS         addresses of a filter: `*`, a.b.c.d, a.b.c.d/nn, a.b.c.d-e.f.g.h, by commas
 *   PROTOCOLS     protocols of a filter: `*`, names, numbers, tcpflag=V/M, by commas
 *   PORTS         ports of a filter: `*`, numbers, names, ranges, at most 10 by commas
 *   FORWARD       a port or range of ports, or OUTER=INNER
 *   POOL          a range of addresses with a mask
 *   OUTER         an address or a range of addresses
 *   OPTION        an option of DHCP with its value, NAME=VALUE or NUMBER=VALUE
 *   MAC           a hardware address, xx:xx:xx:xx:xx:xx
 *   OCTET         two hexadecimal digits
 *   PAIR          two addresses, OUTER=INNER
 *   TERM          minutes, hh:mm or infinity
 *   CALENDAR      month/day of a schedule
 *   CLOCK         hh:mm[:ss] of a schedule, `*` for any; startup
 *   MOMENT        a time that has been, see value_moment()
 *   ZONE          jst, utc or an offset from UTC
 *   PERCENT       70%..90%
 *   MEDIUM        a file on a USB or SD memory
 *
 * From HOSTS on they are checked and kept as texts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/pattern.h"
#include "control/config/text.h"

enum value_kind {
	VALUE_KEYWORD, /* of the pattern itself */
	VALUE_WORD,    /* one of the words of a TYPE */
	VALUE_NUMBER,
	VALUE_LAN,
	VALUE_ADDRESS,
	VALUE_PREFIX,
	VALUE_NET,
	VALUE_TEXT,
	VALUE_SECRET, /* as typed; HEX with its 0x */
};

struct value {
	enum value_kind kind;
	uint8_t name_bytes, prefix_bytes, word_bytes;
	uint16_t text;        /* TEXT, SECRET: offset in the text store of the owner */
	int64_t number;       /* NUMBER, LAN */
	const char *name;     /* parameter name; NULL for KEYWORD */
	const char *prefix;   /* "key=" or NULL */
	const char *word;     /* KEYWORD, WORD */
	struct ip_prefix net; /* ADDRESS (length 32), PREFIX, NET */
};

/* How well a word fits: a better fit in one command rules out the others. */
enum value_fit { VALUE_UNFIT, VALUE_FREE, VALUE_TYPED, VALUE_EXACT };

#define VALUE_WHY_BYTES 256

/* Reads `word` as parameter `node`. `offset` is where the word stands in the text store. When it is
 * UNFIT although it looks like what is asked for, `why` says what is wrong with it, else "". */
enum value_fit value_parse(const struct pattern_node *node, const char *word, uint16_t offset,
    struct value *out, char why[VALUE_WHY_BYTES]);

/* True when `node` takes any text: no abbreviation of a keyword is looked for beside it. */
bool value_is_free(const struct pattern_node *node);
bool value_is_secret(const struct pattern_node *node);

/* Appends the canonical form; `store` is the text store of `value`. */
void value_print(const struct value *value, const char *store, bool masked, struct text *out);

/* Appends what may stand there, for a person: "1..100", "on|off", "an IPv4 address". */
void value_describe(const struct pattern_node *node, struct text *out);

/* Calls `visit` for each plain word of the TYPE: what completion can offer. */
void value_words(const struct pattern_node *node,
    void (*visit)(void *ctx, const char *word, size_t bytes), void *ctx);

/* The number of a port that is written as a name or in digits; -1 = neither. */
int value_port_number(const char *name, size_t bytes);

/* The second that a MOMENT means: 45s, 30m, 2h, 3d before `now`; hh:mm[:ss], the last time it was
 * that; a day YYYY/MM/DD, or a day and a time with a blank, `-` or `T` between them. Local time. 0,
 * or -1 when it is none. */
int value_moment(const char *word, int64_t now_unix, int64_t *out);

/* The offset of a ZONE from UTC. 0, or -1 when it is none. */
int value_zone_minutes(const char *word, int *minutes);
