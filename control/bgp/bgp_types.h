/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of BGP-4: every code point that crosses the wire and every interval of the engine. */
#pragma once

#include <stdint.h>

#define BGP_VERSION      4
#define BGP_MARKER_BYTES 16
#define BGP_HEADER_BYTES 19
#define BGP_AS_TRANS     23456 /* RFC 6793 */
#define BGP_AFI_IPV4     1
#define BGP_SAFI_UNICAST 1

/* Intervals, in seconds. */
#define BGP_OPEN_HOLD_SEC       240 /* RFC 4271 section 8.2.2: the "large" hold time of OpenSent */
#define BGP_CONNECT_RETRY_SEC   5   /* RFC 4271 suggests 120: too long for a VPN tunnel */
#define BGP_IDLE_HOLD_FIRST_SEC 1   /* doubles with each failure in a row */
#define BGP_IDLE_HOLD_MAX_SEC   60  /* also: an Established of this length ends the row */
#define BGP_SEND_HOLD_MIN_SEC   480 /* RFC 9687: max(8 minutes, 2 x hold time) */
#define BGP_LOG_INTERVAL_SEC    10  /* between lines about malformed UPDATEs of one neighbour */

#define BGP_LOCAL_PREF_DEFAULT 100

enum bgp_message_type {
	BGP_MSG_OPEN = 1,
	BGP_MSG_UPDATE = 2,
	BGP_MSG_NOTIFICATION = 3,
	BGP_MSG_KEEPALIVE = 4,
	BGP_MSG_ROUTE_REFRESH = 5, /* RFC 2918 */
};

/* NOTIFICATION codes and subcodes: RFC 4271 section 4.5 unless noted. */
enum bgp_error_code {
	BGP_ERR_HEADER = 1,
	BGP_ERR_OPEN = 2,
	BGP_ERR_UPDATE = 3,
	BGP_ERR_HOLD_TIMER = 4,
	BGP_ERR_FSM = 5,
	BGP_ERR_CEASE = 6,
	BGP_ERR_ROUTE_REFRESH = 7, /* RFC 7313 */
	BGP_ERR_SEND_HOLD = 8,     /* RFC 9687 */
};

enum bgp_error_header {
	BGP_HEADER_NOT_SYNCHRONIZED = 1,
	BGP_HEADER_LENGTH = 2,
	BGP_HEADER_TYPE = 3
};

enum bgp_error_open {
	BGP_OPEN_UNSPECIFIC = 0,
	BGP_OPEN_VERSION = 1,
	BGP_OPEN_BAD_PEER_AS = 2,
	BGP_OPEN_BAD_ID = 3,
	BGP_OPEN_PARAMETER = 4,
	BGP_OPEN_HOLD_TIME = 6,
	BGP_OPEN_CAPABILITY = 7, /* RFC 5492 */
};

enum bgp_error_update {
	BGP_UPDATE_ATTRIBUTE_LIST = 1,
	BGP_UPDATE_UNKNOWN_WELL_KNOWN = 2,
	BGP_UPDATE_MISSING_WELL_KNOWN = 3,
	BGP_UPDATE_FLAGS = 4,
	BGP_UPDATE_LENGTH = 5,
	BGP_UPDATE_ORIGIN = 6,
	BGP_UPDATE_NEXT_HOP = 8,
	BGP_UPDATE_OPTIONAL = 9,
	BGP_UPDATE_NETWORK = 10,
	BGP_UPDATE_AS_PATH = 11,
};

/* RFC 6608 */
enum bgp_error_fsm { BGP_FSM_OPENSENT = 1, BGP_FSM_OPENCONFIRM = 2, BGP_FSM_ESTABLISHED = 3 };

/* RFC 4486 */
enum bgp_error_cease {
	BGP_CEASE_PREFIX_LIMIT = 1,
	BGP_CEASE_SHUTDOWN = 2,
	BGP_CEASE_DECONFIGURED = 3,
	BGP_CEASE_RESET = 4,
	BGP_CEASE_REJECTED = 5,
	BGP_CEASE_CONFIG_CHANGE = 6,
	BGP_CEASE_COLLISION = 7,
	BGP_CEASE_RESOURCES = 8,
};

#define BGP_ROUTE_REFRESH_LENGTH 1 /* RFC 7313: the only subcode of code 7 */

enum bgp_capability {
	BGP_CAP_MULTIPROTOCOL = 1, /* RFC 4760 */
	BGP_CAP_ROUTE_REFRESH = 2, /* RFC 2918 */
	BGP_CAP_FOUR_OCTET_AS = 65 /* RFC 6793 */
};

#define BGP_PARAM_CAPABILITIES 2   /* RFC 5492 */
#define BGP_PARAM_EXTENDED     255 /* RFC 9072: two-octet lengths follow */

enum bgp_attr_flags {
	BGP_ATTR_OPTIONAL = 0x80,
	BGP_ATTR_TRANSITIVE = 0x40,
	BGP_ATTR_PARTIAL = 0x20,
	BGP_ATTR_EXTENDED = 0x10, /* two-octet length */
};

enum bgp_attr_type {
	BGP_ATTR_ORIGIN = 1,
	BGP_ATTR_AS_PATH = 2,
	BGP_ATTR_NEXT_HOP = 3,
	BGP_ATTR_MED = 4,
	BGP_ATTR_LOCAL_PREF = 5,
	BGP_ATTR_ATOMIC_AGGREGATE = 6,
	BGP_ATTR_AGGREGATOR = 7,
	BGP_ATTR_COMMUNITIES = 8,       /* RFC 1997 */
	BGP_ATTR_ORIGINATOR_ID = 9,     /* RFC 4456 */
	BGP_ATTR_CLUSTER_LIST = 10,     /* RFC 4456 */
	BGP_ATTR_MP_REACH = 14,         /* RFC 4760 */
	BGP_ATTR_MP_UNREACH = 15,       /* RFC 4760 */
	BGP_ATTR_EXT_COMMUNITIES = 16,  /* RFC 4360 */
	BGP_ATTR_AS4_PATH = 17,         /* RFC 6793 */
	BGP_ATTR_AS4_AGGREGATOR = 18,   /* RFC 6793 */
	BGP_ATTR_LARGE_COMMUNITIES = 32 /* RFC 8092 */
};

enum bgp_origin { BGP_ORIGIN_IGP = 0, BGP_ORIGIN_EGP = 1, BGP_ORIGIN_INCOMPLETE = 2 };

/* Segments of an AS_PATH; 3 and 4 belong inside confederations (RFC 5065). */
enum bgp_segment {
	BGP_AS_SET = 1,
	BGP_AS_SEQUENCE = 2,
	BGP_AS_CONFED_SEQUENCE = 3,
	BGP_AS_CONFED_SET = 4
};
