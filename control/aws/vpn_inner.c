/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The inner document, <vpn_connection>: takes the texts of the fields we know out of it.
 *
 * Unknown elements are ignored, their order does not matter; a field given twice is refused, since
 * nobody could say which of the two is meant. Believes nothing: that is vpn_check.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/aws/vpn_raw.h"
#include "control/aws/xml.h"

#define TUNNEL_PATH "vpn_connection/ipsec_tunnel"

const struct vpn_field_info vpn_field_info[VPN_FIELD_COUNT] = {
#define FIELD(name, path, need) {path, need},
    VPN_FIELDS(FIELD)
#undef FIELD
};

struct reading {
	struct vpn_raw *raw;
	char *error;
	bool root_seen;
	bool type_seen, attributes_seen;
};

enum vpn_result vpn_refuse(enum vpn_result result, char error[VPN_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, VPN_ERROR, format, args);
	va_end(args);
	return result;
}

static int refuse(struct reading *r, const char *what, const char *why)
{
	if (r->raw->tunnel_count)
		snprintf(r->error, VPN_ERROR, "tunnel %u: %s %s", r->raw->tunnel_count, what, why);
	else
		snprintf(r->error, VPN_ERROR, "%s %s", what, why);
	return -1;
}

static int take(
    struct reading *r, const char *what, char out[VPN_RAW_TEXT], const char *text, size_t bytes)
{
	if (bytes >= VPN_RAW_TEXT)
		return refuse(r, what, "is too long");
	memcpy(out, text, bytes + 1);
	return 0;
}

static int on_open(void *ctx, const char *path, const char *const *attributes)
{
	struct reading *r = ctx;

	if (!r->root_seen) {
		r->root_seen = true;
		if (strcmp(path, "vpn_connection") != 0)
			return refuse(r, "the configuration's root", "is not vpn_connection");
		for (; *attributes; attributes += 2)
			if (strcmp(attributes[0], "id") == 0)
				return take(
				    r, "id", r->raw->id, attributes[1], strlen(attributes[1]));
		return refuse(r, "id", "is missing");
	}
	if (strcmp(path, TUNNEL_PATH) == 0)
		r->raw->tunnel_count++;
	return 0;
}

static int take_field(struct reading *r, const char *path, const char *text, size_t bytes)
{
	struct vpn_raw_tunnel *tunnel = &r->raw->tunnel[r->raw->tunnel_count - 1];

	for (unsigned f = 0; f < VPN_FIELD_COUNT; f++) {
		if (strcmp(path, vpn_field_info[f].path) != 0)
			continue;
		if (tunnel->seen & UINT64_C(1) << f)
			return refuse(r, path, "is given twice");
		tunnel->seen |= UINT64_C(1) << f;
		return take(r, path, tunnel->value[f], text, bytes);
	}
	return 0;
}

static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	const size_t prefix = strlen(TUNNEL_PATH "/");
	struct reading *r = ctx;

	if (strncmp(path, TUNNEL_PATH "/", prefix) == 0)
		return r->raw->tunnel_count <= VPN_TUNNELS
			   ? take_field(r, path + prefix, text, bytes)
			   : 0;
	if (strcmp(path, "vpn_connection/vpn_connection_type") == 0) {
		if (r->type_seen)
			return refuse(r, "vpn_connection_type", "is given twice");
		r->type_seen = true;
		return take(r, "vpn_connection_type", r->raw->type, text, bytes);
	}
	if (strcmp(path, "vpn_connection/vpn_connection_attributes") == 0) {
		if (r->attributes_seen)
			return refuse(r, "vpn_connection_attributes", "is given twice");
		r->attributes_seen = true;
		return take(r, "vpn_connection_attributes", r->raw->attributes, text, bytes);
	}
	return 0;
}

enum vpn_result vpn_inner_read(
    const char *document, size_t bytes, struct vpn_raw *out, char error[VPN_ERROR])
{
	static const struct xml_handler handler = {.open = on_open, .close = on_close};
	struct reading r = {.raw = out, .error = error};
	char why[XML_WHY];

	switch (xml_walk(document, bytes, &handler, &r, why)) {
	case XML_WALK_OK: out->seen = true; return VPN_OK;
	case XML_WALK_STOPPED: return VPN_COMMAND_ILLEGAL;
	case XML_WALK_FORBIDDEN:
	case XML_WALK_NO_MEMORY:
		return vpn_refuse(VPN_ILLEGAL_XML, error, "customerGatewayConfiguration: %s", why);
	case XML_WALK_MALFORMED: break;
	}
	return vpn_refuse(VPN_COMMAND_ILLEGAL, error, "customerGatewayConfiguration: %s", why);
}
