/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packet filters without memory, compiled: what `ip filter` and `secure filter` say, in a form that
 * holds no pointers, and what becomes of one IPv4 packet by it.
 *
 * A list is a run of rules; the first that fits decides, and a packet that fits none is dropped. A
 * rule stands in one cache line; its ranges lie beside, in pools that all rules share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_PROTOCOLS 10 /* of one rule, as on the router */
#define FILTER_TYPES     64 /* ICMP types that a set of them can name */

enum filter_action {
	FILTER_PASS,
	FILTER_REJECT,
	FILTER_RESTRICT, /* passes while the line is up */
};

enum filter_log { FILTER_LOG_NEVER, FILTER_LOG_DROPS, FILTER_LOG_ALWAYS };

/* Low to high: addresses in host byte order, ports, or types and codes of ICMP. */
struct filter_range {
	uint32_t low, high;
};

/* A word of TCP's flags, ANDed with the mask, is the value; or is not, when it `differs`. */
struct filter_flags {
	uint16_t value, mask, differs, reserved;
};

/* A part of a pool. Of ranges none means any. */
struct filter_span {
	uint16_t first, count;
};

struct filter_rule {
	uint32_t number; /* as it was typed */
	uint8_t action;  /* enum filter_action */
	uint8_t log;     /* enum filter_log */
	uint8_t any_protocol;
	uint8_t icmp_only; /* sport and dport are types and codes of ICMP */
	struct filter_span source, destination, sport, dport;
	struct filter_span flags; /* TCP that fits one of them; none = none */
	uint8_t protocol_count;
	uint8_t protocol[FILTER_PROTOCOLS];
	uint8_t reserved[17];
	uint64_t icmp_types; /* ICMP of these types, bit n = type n */
};

struct filter_pools {
	const struct filter_rule *rule;
	const struct filter_range *range;
	const struct filter_flags *flags;
	uint32_t rules, ranges, flag_words;
};

enum filter_head {
	FILTER_HEAD_WHOLE, /* of an own packet or a first fragment; of any other protocol */
	FILTER_HEAD_LATER, /* a later fragment: there is none */
	FILTER_HEAD_BAD,   /* cut short, or another fragment would write over it (RFC 3128) */
};

/* What the rules look at. */
struct filter_packet {
	uint32_t source, destination; /* host byte order */
	uint8_t protocol;
	uint8_t head;          /* enum filter_head */
	uint16_t flags;        /* of TCP: the 12 bits behind the data offset */
	uint16_t sport, dport; /* or type and code of ICMP */
};

struct filter_verdict {
	bool pass, log;
	uint32_t number; /* of the rule that fitted, 0 = none */
	uint16_t at;     /* its place in the list, or how many there are */
};

/* Reads an IPv4 packet. -EINVAL when there is no whole header of it. */
int filter_read(const uint8_t *packet, size_t bytes, struct filter_packet *out);

/* True when no span of a rule leaves its pool and all values are what they may be: to be asked once
 * of tables that somebody else wrote. */
bool filter_pools_valid(const struct filter_pools *pools);

/* True when the rule is for such packets; of one whose head is not bad. */
bool filter_fits(const struct filter_pools *pools, const struct filter_rule *rule,
    const struct filter_packet *packet);

/* What a rule that fits makes of a packet, its place aside. */
struct filter_verdict filter_decide(const struct filter_rule *rule, bool line_up);

/* What a list of rules makes of the packet. `line_up` is for FILTER_RESTRICT. A packet whose head
 * is bad is dropped before any rule, and so is one that fits none: neither is logged. */
struct filter_verdict filter_evaluate(const struct filter_pools *pools, struct filter_span list,
    const struct filter_packet *packet, bool line_up);
