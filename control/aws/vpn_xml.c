/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The answer of DescribeVpnConnections: the outer document, and what becomes of the whole.
 *
 * Exactly one connection is expected, the one that was asked for, in a state in which its
 * configuration holds. Does not look at telemetry, tags and routes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/ec2.h"
#include "control/aws/vpn_raw.h"
#include "control/aws/xml.h"

#define ROOT        "DescribeVpnConnectionsResponse"
#define ITEM_PATH   ROOT "/vpnConnectionSet/item"
#define OPTION_PATH "options/tunnelOptionSet/item"

struct reading {
	uint32_t items;
	bool error_root;
	struct vpn_raw_item item; /* the first one */
	uint32_t seen;            /* bit per row of `texts`, and the configuration's */
	struct vpn_raw raw;
	enum vpn_result inner; /* of the configuration, if there was one */
	char *error; /* a sentence when the walk was stopped, or about the configuration */
};

/* ---- leaves of the item ---- */

static const struct {
	const char *path;
	size_t offset, bytes;
} texts[] = {
#define TEXT(path, member)                                                                         \
	{                                                                                          \
		path, offsetof(struct vpn_raw_item, member),                                       \
		    sizeof(((struct vpn_raw_item *)0)->member)                                     \
	}
    TEXT("vpnConnectionId", id),
    TEXT("state", state),
    TEXT("vpnGatewayId", vgw_id),
    TEXT("transitGatewayId", tgw_id),
    TEXT("customerGatewayId", cgw_id),
    TEXT("preSharedKeyArn", psk_arn),
    TEXT("options/staticRoutesOnly", static_only),
    TEXT("options/outsideIpAddressType", outside_type),
#undef TEXT
};
#define TEXT_COUNT        (sizeof(texts) / sizeof(texts[0]))
#define CONFIGURATION_BIT (UINT32_C(1) << TEXT_COUNT)

static const struct {
	const char *path;
	size_t offset;
} lists[] = {
    {"ikeVersionSet/item/value", offsetof(struct vpn_options, ike_version)},
    {"phase1EncryptionAlgorithmSet/item/value", offsetof(struct vpn_options, encryption[0])},
    {"phase2EncryptionAlgorithmSet/item/value", offsetof(struct vpn_options, encryption[1])},
    {"phase1IntegrityAlgorithmSet/item/value", offsetof(struct vpn_options, integrity[0])},
    {"phase2IntegrityAlgorithmSet/item/value", offsetof(struct vpn_options, integrity[1])},
    {"phase1DHGroupNumberSet/item/value", offsetof(struct vpn_options, group[0])},
    {"phase2DHGroupNumberSet/item/value", offsetof(struct vpn_options, group[1])},
};

/* Of an item of tunnelOptionSet; all of VPN_RAW_TEXT bytes. */
static const struct {
	const char *path;
	size_t offset;
} option_texts[] = {
    {"outsideIpAddress", offsetof(struct vpn_raw_option, outside)},
    {"preSharedKey", offsetof(struct vpn_raw_option, psk)},
    {VPN_OPTION_LIFETIME_1, offsetof(struct vpn_raw_option, lifetime[0])},
    {VPN_OPTION_LIFETIME_2, offsetof(struct vpn_raw_option, lifetime[1])},
};

static int illegal(struct reading *r, const char *path, const char *why)
{
	snprintf(r->error, VPN_ERROR, "%s %s", path, why);
	return -1;
}

static int take_option_text(
    struct reading *r, const char *path, const char *text, size_t bytes, char out[VPN_RAW_TEXT])
{
	if (out[0])
		return illegal(r, path, "is given twice");
	if (bytes >= VPN_RAW_TEXT)
		return illegal(r, path, "is too long");
	memcpy(out, text, bytes + 1);
	return 0;
}

static int take_option_value(struct reading *r, const char *path, const char *text, size_t bytes,
    struct vpn_option_list *list)
{
	if (list->count == VPN_OPTION_VALUES || bytes == 0 || bytes >= sizeof(list->value[0]))
		return illegal(r, path, "is illegal");
	memcpy(list->value[list->count++], text, bytes + 1);
	return 0;
}

/* A leaf of an item of tunnelOptionSet. Unknown ones are ignored. */
static int take_option(struct reading *r, const char *path, const char *text, size_t bytes)
{
	struct vpn_raw_option *option = &r->item.option[r->item.option_count - 1];

	for (size_t i = 0; i < sizeof(option_texts) / sizeof(option_texts[0]); i++)
		if (strcmp(path, option_texts[i].path) == 0)
			return take_option_text(
			    r, path, text, bytes, (char *)option + option_texts[i].offset);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(path, lists[i].path) == 0)
			return take_option_value(r, path, text, bytes,
			    (struct vpn_option_list *)(void *)((char *)&option->options +
							       lists[i].offset));
	return 0;
}

static int take_text(struct reading *r, const char *path, const char *text, size_t bytes)
{
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		if (strcmp(path, texts[i].path) != 0)
			continue;
		if (r->seen & UINT32_C(1) << i)
			return illegal(r, path, "is given twice");
		if (bytes >= texts[i].bytes)
			return illegal(r, path, "is too long");
		r->seen |= UINT32_C(1) << i;
		memcpy((char *)&r->item + texts[i].offset, text, bytes + 1);
	}
	return 0;
}

/* ---- the walk ---- */

static int on_open(void *ctx, const char *path, const char *const *attributes)
{
	struct reading *r = ctx;

	if (!strchr(path, '/')) {
		r->error_root = strcmp(path, "Response") == 0 || strcmp(path, "ErrorResponse") == 0;
		if (!r->error_root && strcmp(path, ROOT) != 0)
			return illegal(r, "the answer's root", "is not " ROOT);
	}
	if (strcmp(path, ITEM_PATH) == 0)
		r->items++;
	if (r->items == 1 && strcmp(path, ITEM_PATH "/" OPTION_PATH) == 0)
		r->item.option_count++;
	return 0;
}

static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	const size_t item = strlen(ITEM_PATH "/"), option = strlen(OPTION_PATH "/");
	struct reading *r = ctx;

	if (r->items != 1 || strncmp(path, ITEM_PATH "/", item) != 0)
		return 0;
	path += item;
	if (strncmp(path, OPTION_PATH "/", option) == 0)
		return r->item.option_count <= VPN_TUNNELS
			   ? take_option(r, path + option, text, bytes)
			   : 0;
	if (strcmp(path, "customerGatewayConfiguration") == 0) {
		if (r->seen & CONFIGURATION_BIT)
			return illegal(r, path, "is given twice");
		r->seen |= CONFIGURATION_BIT;
		if (bytes)
			r->inner = vpn_inner_read(text, bytes, &r->raw, r->error);
		return 0;
	}
	return take_text(r, path, text, bytes);
}

/* ---- the verdict ---- */

static enum vpn_result aws_error(const void *body, size_t bytes, char error[VPN_ERROR])
{
	struct ec2_error e;

	if (ec2_error_read(body, bytes, &e))
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error, "an error answer without a code");
	return vpn_refuse(VPN_AWS_ERROR, error, "%s%s%.*s", e.code, e.message[0] ? ": " : "",
	    (int)(VPN_ERROR - sizeof(e.code) - 3), e.message);
}

/* Whether the item is the connection that was asked for, and one to be applied. */
static enum vpn_result check_item(struct reading *r, const char *want_id, char error[VPN_ERROR])
{
	const struct vpn_raw_item *item = &r->item;
	char text[64];

	if (r->items == 0)
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error, "no VPN connection in the answer");
	if (r->items > 1)
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error,
		    "%u VPN connections in the answer, asked for one", r->items);
	if (want_id && strcmp(item->id, want_id) != 0) {
		log_escape(item->id, strlen(item->id), text, sizeof(text));
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error,
		    "the answer is about another VPN connection (%s)", text);
	}
	if (strcmp(item->state, "available") != 0 && strcmp(item->state, "pending") != 0) {
		log_escape(item->state, strlen(item->state), text, sizeof(text));
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error, "the VPN connection's state is %s",
		    text[0] ? text : "missing");
	}
	if (r->inner != VPN_OK)
		return r->inner;
	if (!r->raw.seen)
		return vpn_refuse(
		    VPN_COMMAND_ILLEGAL, error, "customerGatewayConfiguration is missing or empty");
	if (strcmp(r->raw.id, item->id) != 0) {
		log_escape(r->raw.id, strlen(r->raw.id), text, sizeof(text));
		return vpn_refuse(VPN_ILLEGAL_RESPONSE, error,
		    "the configuration is that of another VPN connection (%s)", text);
	}
	return VPN_OK;
}

static enum vpn_result judge(
    struct reading *r, const char *want_id, struct vpn_connection *out, char error[VPN_ERROR])
{
	enum vpn_result result = check_item(r, want_id, error);

	if (result != VPN_OK)
		return result;
	memcpy(out->id, r->item.id, sizeof(out->id));
	memcpy(out->state, r->item.state, sizeof(out->state));
	return vpn_check(&r->raw, &r->item, out, error);
}

enum vpn_result vpn_parse(const void *body, size_t bytes, const char *want_id,
    struct vpn_connection *out, char error[VPN_ERROR])
{
	static const struct xml_handler handler = {.open = on_open, .close = on_close};
	enum vpn_result result = VPN_ILLEGAL_XML;
	struct reading *r = calloc(1, sizeof(*r));
	char why[XML_WHY];

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	if (!r)
		return vpn_refuse(VPN_ILLEGAL_XML, error, "out of memory");
	r->error = error;
	switch (xml_walk(body, bytes, &handler, r, why)) {
	case XML_WALK_OK:
		result =
		    r->error_root ? aws_error(body, bytes, error) : judge(r, want_id, out, error);
		break;
	case XML_WALK_STOPPED: /* the root, or an illegal field of the item */
		result = r->items ? VPN_ILLEGAL_RESPONSE : VPN_ILLEGAL_XML;
		break;
	case XML_WALK_MALFORMED:
	case XML_WALK_FORBIDDEN:
	case XML_WALK_NO_MEMORY: vpn_refuse(result, error, "%s", why); break;
	}
	secret_wipe(r, sizeof(*r));
	free(r);
	if (result != VPN_OK)
		secret_wipe(out, sizeof(*out));
	return result;
}
