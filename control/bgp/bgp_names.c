/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of states and of NOTIFICATION codes, as people read them in logs and in `show`. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"

#include "bgp_msg.h"

#define NAMES(list) (list), sizeof(list) / sizeof((list)[0])

const char *bgp_state_name(enum bgp_state state)
{
	static const char *const names[] = {
	    [BGP_IDLE] = "Idle",
	    [BGP_CONNECT] = "Connect",
	    [BGP_ACTIVE] = "Active",
	    [BGP_OPENSENT] = "OpenSent",
	    [BGP_OPENCONFIRM] = "OpenConfirm",
	    [BGP_ESTABLISHED] = "Established",
	};

	return (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static const char *const code_names[] = {
    [BGP_ERR_HEADER] = "Message Header Error",
    [BGP_ERR_OPEN] = "OPEN Message Error",
    [BGP_ERR_UPDATE] = "UPDATE Message Error",
    [BGP_ERR_HOLD_TIMER] = "Hold Timer Expired",
    [BGP_ERR_FSM] = "Finite State Machine Error",
    [BGP_ERR_CEASE] = "Cease",
    [BGP_ERR_ROUTE_REFRESH] = "ROUTE-REFRESH Message Error",
    [BGP_ERR_SEND_HOLD] = "Send Hold Timer Expired",
};

static const char *const header_names[] = {
    [BGP_HEADER_NOT_SYNCHRONIZED] = "Connection Not Synchronized",
    [BGP_HEADER_LENGTH] = "Bad Message Length",
    [BGP_HEADER_TYPE] = "Bad Message Type",
};

static const char *const open_names[] = {
    [BGP_OPEN_UNSPECIFIC] = "Unspecific",
    [BGP_OPEN_VERSION] = "Unsupported Version Number",
    [BGP_OPEN_BAD_PEER_AS] = "Bad Peer AS",
    [BGP_OPEN_BAD_ID] = "Bad BGP Identifier",
    [BGP_OPEN_PARAMETER] = "Unsupported Optional Parameter",
    [BGP_OPEN_HOLD_TIME] = "Unacceptable Hold Time",
    [BGP_OPEN_CAPABILITY] = "Unsupported Capability",
};

static const char *const update_names[] = {
    [BGP_UPDATE_ATTRIBUTE_LIST] = "Malformed Attribute List",
    [BGP_UPDATE_UNKNOWN_WELL_KNOWN] = "Unrecognized Well-known Attribute",
    [BGP_UPDATE_MISSING_WELL_KNOWN] = "Missing Well-known Attribute",
    [BGP_UPDATE_FLAGS] = "Attribute Flags Error",
    [BGP_UPDATE_LENGTH] = "Attribute Length Error",
    [BGP_UPDATE_ORIGIN] = "Invalid ORIGIN Attribute",
    [BGP_UPDATE_NEXT_HOP] = "Invalid NEXT_HOP Attribute",
    [BGP_UPDATE_OPTIONAL] = "Optional Attribute Error",
    [BGP_UPDATE_NETWORK] = "Invalid Network Field",
    [BGP_UPDATE_AS_PATH] = "Malformed AS_PATH",
};

static const char *const fsm_names[] = {
    [BGP_FSM_OPENSENT] = "Unexpected Message in OpenSent State",
    [BGP_FSM_OPENCONFIRM] = "Unexpected Message in OpenConfirm State",
    [BGP_FSM_ESTABLISHED] = "Unexpected Message in Established State",
};

static const char *const cease_names[] = {
    [BGP_CEASE_PREFIX_LIMIT] = "Maximum Number of Prefixes Reached",
    [BGP_CEASE_SHUTDOWN] = "Administrative Shutdown",
    [BGP_CEASE_DECONFIGURED] = "Peer De-configured",
    [BGP_CEASE_RESET] = "Administrative Reset",
    [BGP_CEASE_REJECTED] = "Connection Rejected",
    [BGP_CEASE_CONFIG_CHANGE] = "Other Configuration Change",
    [BGP_CEASE_COLLISION] = "Connection Collision Resolution",
    [BGP_CEASE_RESOURCES] = "Out of Resources",
};

static const char *const route_refresh_names[] = {
    [BGP_ROUTE_REFRESH_LENGTH] = "Invalid Message Length",
};

static const char *name_of(const char *const *names, size_t count, uint8_t value)
{
	return value < count ? names[value] : NULL;
}

static const char *subcode_name(uint8_t code, uint8_t subcode)
{
	switch (code) {
	case BGP_ERR_HEADER: return name_of(NAMES(header_names), subcode);
	case BGP_ERR_OPEN: return name_of(NAMES(open_names), subcode);
	case BGP_ERR_UPDATE: return name_of(NAMES(update_names), subcode);
	case BGP_ERR_FSM: return name_of(NAMES(fsm_names), subcode);
	case BGP_ERR_CEASE: return name_of(NAMES(cease_names), subcode);
	case BGP_ERR_ROUTE_REFRESH: return name_of(NAMES(route_refresh_names), subcode);
	}
	return NULL;
}

/* Bytes of the text of RFC 9003 behind its octet of length; 0 when there is none. */
static size_t shutdown_text(const struct bgp_error *error)
{
	if (error->code != BGP_ERR_CEASE ||
	    (error->subcode != BGP_CEASE_SHUTDOWN && error->subcode != BGP_CEASE_RESET))
		return 0;
	if (error->bytes < 1 || error->data[0] > error->bytes - 1)
		return 0;
	return error->data[0];
}

char *bgp_error_format(const struct bgp_error *error, char *text, size_t text_bytes)
{
	const char *code = name_of(NAMES(code_names), error->code);
	const char *subcode = subcode_name(error->code, error->subcode);
	size_t said = shutdown_text(error);
	int n;

	n = snprintf(text, text_bytes, "%s%s%s (%u/%u)", code ? code : "unknown code",
	    subcode ? "/" : "", subcode ? subcode : "", error->code, error->subcode);
	if (said && n > 0 && (size_t)n + 12 < text_bytes) {
		char escaped[64];

		log_escape(error->data + 1, said, escaped, sizeof(escaped));
		snprintf(text + n, text_bytes - (size_t)n, " text=\"%s\"", escaped);
	}
	return text;
}
