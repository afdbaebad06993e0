/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files instead of answers: which of the three kinds it is, and the reader of the generic text.
 *
 * That text is for people, "- Label : value" under headings; a table of labels says which field of
 * the XML document each stands for, and the checks of that document do the rest. Prose is passed
 * over, a field given twice is refused. */
#include "control/aws/vpn_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/ask.h"
#include "control/aws/vpn_raw.h"

#define LINE_BYTES 512

/* Under which heading of a tunnel a line stands. */
enum part { NOWHERE, IKE, IPSEC, OUTSIDE, INSIDE, BGP, STATIC };

static const struct {
	const char *text;
	enum part part;
} headings[] = {
    {"#1: Internet Key Exchange", IKE},
    {"#2: IPsec Configuration", IPSEC},
    {"Outside IP Addresses", OUTSIDE},
    {"Inside IP Addresses", INSIDE},
    {"#4: Border Gateway Protocol", BGP},
    {"#4: Static Rout", STATIC},
};

/* How a value of the text becomes one of the document. */
enum form { AS_IT_IS, FIRST_WORD, GROUP, ENABLED, PREFIX_ADDRESS };

static const struct {
	enum part part;
	const char *label; /* its beginning */
	enum vpn_field field;
	enum form form;
} labels[] = {
    {IKE, "Pre-Shared Key", VPN_F_IKE_PSK, AS_IT_IS},
    {IKE, "Authentication Algorithm", VPN_F_IKE_HASH, AS_IT_IS},
    {IKE, "Encryption Algorithm", VPN_F_IKE_ENCR, AS_IT_IS},
    {IKE, "Lifetime", VPN_F_IKE_LIFETIME, FIRST_WORD},
    {IKE, "Phase 1 Negotiation Mode", VPN_F_IKE_MODE, AS_IT_IS},
    {IKE, "Diffie-Hellman", VPN_F_IKE_GROUP, GROUP},
    {IPSEC, "Protocol", VPN_F_ESP_PROTOCOL, AS_IT_IS},
    {IPSEC, "Authentication Algorithm", VPN_F_ESP_AUTH, AS_IT_IS},
    {IPSEC, "Encryption Algorithm", VPN_F_ESP_ENCR, AS_IT_IS},
    {IPSEC, "Lifetime", VPN_F_ESP_LIFETIME, FIRST_WORD},
    {IPSEC, "Mode", VPN_F_ESP_MODE, AS_IT_IS},
    {IPSEC, "Perfect Forward Secrecy", VPN_F_ESP_GROUP, GROUP},
    {IPSEC, "DPD Interval", VPN_F_DPD_INTERVAL, FIRST_WORD},
    {IPSEC, "DPD Retries", VPN_F_DPD_RETRIES, FIRST_WORD},
    {IPSEC, "TCP MSS Adjustment", VPN_F_MSS, FIRST_WORD},
    {IPSEC, "Clear Don't Fragment Bit", VPN_F_CLEAR_DF, ENABLED},
    {OUTSIDE, "Customer Gateway", VPN_F_CGW_OUTSIDE, AS_IT_IS},
    {OUTSIDE, "Virtual Private Gateway", VPN_F_VGW_OUTSIDE, AS_IT_IS},
    {OUTSIDE, "Transit Gateway", VPN_F_VGW_OUTSIDE, AS_IT_IS},
    {INSIDE, "Customer Gateway", VPN_F_CGW_INSIDE, PREFIX_ADDRESS},
    {INSIDE, "Virtual Private Gateway", VPN_F_VGW_INSIDE, PREFIX_ADDRESS},
    {INSIDE, "Transit Gateway", VPN_F_VGW_INSIDE, PREFIX_ADDRESS},
    {BGP, "Customer Gateway ASN", VPN_F_CGW_ASN, AS_IT_IS},
    {BGP, "Virtual Private Gateway ASN", VPN_F_VGW_ASN, AS_IT_IS},
    {BGP, "Transit Gateway ASN", VPN_F_VGW_ASN, AS_IT_IS},
    {BGP, "Neighbor Hold Time", VPN_F_CGW_HOLD, AS_IT_IS},
};

struct reading {
	struct vpn_raw *raw;
	struct vpn_raw_item *item;
	enum part part;
	uint32_t as_number;
	bool ikev2;
	char *error;
};

/* ---- one line ---- */

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

static void trim(char *text)
{
	size_t bytes = strlen(text);

	while (bytes && isspace((unsigned char)text[bytes - 1]))
		text[--bytes] = '\0';
}

static bool refuse(struct reading *r, const char *what, const char *why)
{
	(void)vpn_refuse(
	    VPN_COMMAND_ILLEGAL, r->error, "tunnel %u: %s %s", r->raw->tunnel_count, what, why);
	return false;
}

static bool put(struct reading *r, enum vpn_field field, const char *label, const char *value)
{
	struct vpn_raw_tunnel *tunnel = &r->raw->tunnel[r->raw->tunnel_count - 1];

	if (tunnel->seen & UINT64_C(1) << field)
		return refuse(r, label, "is given twice");
	if (strlen(value) >= VPN_RAW_TEXT)
		return refuse(r, label, "is too long");
	tunnel->seen |= UINT64_C(1) << field;
	memcpy(tunnel->value[field], value, strlen(value) + 1);
	return true;
}

/* "169.254.255.2/30": the address, and the length that the document has in a field of its own. */
static bool put_inside(struct reading *r, enum vpn_field field, const char *label, char *value)
{
	char *slash = strchr(value, '/');
	enum vpn_field length = field == VPN_F_CGW_INSIDE ? VPN_F_CGW_CIDR : VPN_F_VGW_CIDR;

	if (!slash)
		return refuse(r, label, "has no prefix length");
	*slash = '\0';
	return put(r, field, label, value) && put(r, length, label, slash + 1);
}

/* "Group 2", "Diffie-Hellman Group 14" -> "group2", "group14". */
static bool put_group(struct reading *r, enum vpn_field field, const char *label, const char *value)
{
	const char *group = strcasestr(value, "group");
	char text[32];

	if (!group)
		return refuse(r, label, "names no group");
	for (group += 5; *group == ' ';)
		group++;
	(void)snprintf(text, sizeof(text), "group%.*s", (int)strspn(group, "0123456789"), group);
	return put(r, field, label, text);
}

static bool take(struct reading *r, size_t i, char *value)
{
	const char *label = labels[i].label;
	const enum vpn_field field = labels[i].field;
	char text[64];

	switch (labels[i].form) {
	case AS_IT_IS: break;
	case FIRST_WORD: value[strcspn(value, " ")] = '\0'; break;
	case GROUP: return put_group(r, field, label, value);
	case PREFIX_ADDRESS: return put_inside(r, field, label, value);
	case ENABLED: return put(r, field, label, begins(value, "enabled") ? "true" : "false");
	}
	if (field == VPN_F_CGW_ASN && begins(value, "YOUR_")) {
		if (!r->as_number)
			return refuse(r, log_escape(value, strlen(value), text, sizeof(text)),
			    "stands where our AS number belongs: say `as NUMBER`");
		(void)snprintf(text, sizeof(text), "%" PRIu32, r->as_number);
		value = text;
	}
	/* Our own outside address is in no line of the configuration. */
	if (field == VPN_F_CGW_OUTSIDE && begins(value, "YOUR_"))
		return put(r, field, label, "192.0.2.0");
	return put(r, field, label, value);
}

/* "- Label : value", with any number of colons and blanks between the two. */
static bool take_entry(struct reading *r, char *line)
{
	char *colon = strchr(line, ':'), *value;

	if (!colon || r->part == NOWHERE)
		return true;
	for (value = colon; *value == ':' || isspace((unsigned char)*value);)
		value++;
	*colon = '\0';
	if (r->part == IKE && begins(line, "IKE version"))
		r->ikev2 = r->ikev2 || !strcasestr(value, "ikev1");
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (labels[i].part == r->part && begins(line, labels[i].label))
			return take(r, i, value);
	return true;
}

static bool new_tunnel(struct reading *r)
{
	r->part = NOWHERE;
	if (r->raw->tunnel_count == VPN_TUNNELS) {
		(void)vpn_refuse(
		    VPN_COMMAND_ILLEGAL, r->error, "the file has more than two tunnels");
		return false;
	}
	r->raw->tunnel_count++;
	return true;
}

static bool take_line(struct reading *r, char *line)
{
	static const char id[] = "Your VPN Connection ID";
	const char *colon = strchr(line, ':');

	if (begins(line, id) && colon) {
		for (colon++; *colon == ' ';)
			colon++;
		(void)snprintf(r->item->id, sizeof(r->item->id), "%s", colon);
	}
	if (begins(line, "IPsec Tunnel #"))
		return new_tunnel(r);
	if (!r->raw->tunnel_count)
		return true;
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		if (begins(line, headings[i].text)) {
			r->part = headings[i].part;
			if (r->part == STATIC)
				(void)snprintf(r->raw->attributes, sizeof(r->raw->attributes),
				    "NoBGPVPNConnection");
			return true;
		}
	if (line[0] == '-' && line[1] == ' ')
		return take_entry(r, line + 2);
	return true;
}

/* ---- the text ---- */

static bool read_lines(struct reading *r, const char *text, size_t bytes)
{
	char line[LINE_BYTES];
	bool ok = true;

	for (size_t at = 0; ok && at < bytes;) {
		const char *end = memchr(text + at, '\n', bytes - at);
		size_t n = end ? (size_t)(end - text) - at : bytes - at;

		if (n < sizeof(line)) { /* longer lines are prose */
			memcpy(line, text + at, n);
			line[n] = '\0';
			trim(line);
			ok = take_line(r, line);
		}
		at += n + 1;
	}
	secret_wipe(line, sizeof(line));
	return ok;
}

static enum vpn_result read_generic(const char *text, size_t bytes, uint32_t as_number,
    struct vpn_connection *out, char error[VPN_ERROR])
{
	struct vpn_raw *raw = calloc(1, sizeof(*raw));
	struct vpn_raw_item *item = calloc(1, sizeof(*item));
	struct reading r = {.raw = raw, .item = item, .as_number = as_number, .error = error};
	enum vpn_result result = VPN_COMMAND_ILLEGAL;

	if (!raw || !item) {
		(void)vpn_refuse(VPN_COMMAND_ILLEGAL, error, "no memory");
	} else if (read_lines(&r, text, bytes)) {
		/* The text gives one hold time, that of both ends. */
		for (uint32_t i = 0; i < raw->tunnel_count; i++)
			memcpy(raw->tunnel[i].value[VPN_F_VGW_HOLD],
			    raw->tunnel[i].value[VPN_F_CGW_HOLD], VPN_RAW_TEXT);
		if (r.ikev2)
			result = vpn_refuse(VPN_COMMAND_ILLEGAL, error,
			    "the file asks for an IKE version other than IKEv1");
		else
			result = vpn_check(raw, item, out, error);
		memcpy(out->id, item->id, sizeof(out->id));
	}
	if (raw)
		secret_wipe(raw, sizeof(*raw));
	free(raw);
	free(item);
	return result;
}

static enum vpn_result read_document(
    const char *text, size_t bytes, struct vpn_connection *out, char error[VPN_ERROR])
{
	struct vpn_raw *raw = calloc(1, sizeof(*raw));
	struct vpn_raw_item *item = calloc(1, sizeof(*item));
	enum vpn_result result = VPN_ILLEGAL_XML;

	if (!raw || !item)
		(void)vpn_refuse(result, error, "no memory");
	else if ((result = vpn_inner_read(text, bytes, raw, error)) == VPN_OK)
		result = vpn_check(raw, item, out, error);
	if (result == VPN_OK)
		(void)snprintf(out->id, sizeof(out->id), "%.*s", VPN_TEXT - 1, raw->id);
	if (raw)
		secret_wipe(raw, sizeof(*raw));
	free(raw);
	free(item);
	return result;
}

/* Whether the text has this anywhere. */
static bool has(const char *text, size_t bytes, const char *what)
{
	return memmem(text, bytes, what, strlen(what)) != NULL;
}

enum vpn_result vpn_file_read(const char *text, size_t bytes, uint32_t as_number,
    struct vpn_connection *out, char error[VPN_ERROR])
{
	enum vpn_result result = VPN_COMMAND_ILLEGAL;
	size_t at = 0;

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < bytes && isspace((unsigned char)text[at]))
		at++;
	text += at;
	bytes -= at;
	if (bytes > VPN_FILE_BYTES)
		(void)vpn_refuse(result, error, "the file is longer than 1 MiB");
	else if (bytes && text[0] == '<' && has(text, bytes, "<DescribeVpnConnectionsResponse"))
		result = vpn_parse(text, bytes, NULL, out, error);
	else if (bytes && text[0] == '<')
		result = read_document(text, bytes, out, error);
	else if (has(text, bytes, "\nipsec ike "))
		(void)vpn_refuse(result, error,
		    "these are commands of this console: paste them, or give the file to `cgw -f`");
	else if (has(text, bytes, "IPsec Tunnel #1"))
		result = read_generic(text, bytes, as_number, out, error);
	else
		(void)vpn_refuse(result, error,
		    "that is no file of AWS for a generic device, and no XML of a connection");
	/* It is shown: what is none may hold anything. */
	if (!aws_id_valid(out->id, "vpn-"))
		out->id[0] = '\0';
	if (result != VPN_OK)
		secret_wipe(out, sizeof(*out));
	return result;
}
