/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Options of DHCP (RFC 2132) as `dhcp scope option` writes them: NUMBER=VALUE or NAME=VALUE. */
#pragma once

#include <stdint.h>

#include "control/config/read.h"

/* How the value of an option is written. */
enum dhcp_option_type {
	DHCP_OPTION_INT8,
	DHCP_OPTION_INT16,
	DHCP_OPTION_INT32,
	DHCP_OPTION_ADDRESS,
	DHCP_OPTION_ADDRESSES, /* by commas */
	DHCP_OPTION_TEXT,      /* letters, digits and ._:/@+=- */
	DHCP_OPTION_SWITCH,    /* on, off, 1, 0 */
	DHCP_OPTION_OCTETS,    /* two hexadecimal digits each, by commas */
};

struct dhcp_option_kind {
	uint8_t number;
	enum dhcp_option_type type;
	const char *name; /* NULL = by number only */
};

enum dhcp_option_type dhcp_option_type(uint8_t number);

/* The number of the option that a word names, 0 = none; *value is what stands behind '='. */
uint8_t dhcp_option_read(const char *word, const char **value);
