/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The answer of GetSecretValue, and the keys in it. Two candidates for one tunnel are none: a wrong
 * key costs more time than a sentence. */
#include "control/aws/secret.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "control/aws/vpn_raw.h"
#include "control/json/json_text.h"

#define SECRET_BYTES 65536 /* Secrets Manager's own limit */
#define DEPTH_MAX    8

/* Looking for the key of one tunnel. */
struct search {
	const struct vpn_tunnel *tunnel;
	char outside[IP_ADDR_TEXT_BYTES];
	bool by_number; /* else by address */
	unsigned found;
	char key[VPN_PSK];
};

static bool is_key(const json_t *value)
{
	const char *text = json_string_value(value);
	struct ip_prefix address;

	return text && strlen(text) == json_string_length(value) && !vpn_key_fault(text) &&
	       ip_prefix_parse(text, &address) != 0;
}

static void take(struct search *s, const json_t *value)
{
	if (!is_key(value))
		return;
	if (s->found && strcmp(s->key, json_string_value(value)) == 0)
		return; /* the same said twice */
	s->found++;
	memcpy(s->key, json_string_value(value), json_string_length(value) + 1);
}

/* "tunnel1", "Tunnel_1", "tunnel-1-psk", "psk_tunnel1": the word, then the number and no digit. */
static bool names_number(const char *name, uint32_t number)
{
	for (const char *p = strcasestr(name, "tunnel"); p; p = strcasestr(p + 6, "tunnel")) {
		const char *digit = p + 6;

		while (*digit && strchr("_-. #", *digit))
			digit++;
		if (*digit == (char)('0' + number) && !isdigit((unsigned char)digit[1]))
			return true;
	}
	return false;
}

static bool is_name(const struct search *s, const char *name)
{
	return s->by_number ? names_number(name, s->tunnel->option_number)
			    : strcmp(name, s->outside) == 0;
}

static bool names_a_key(const char *name)
{
	return strcasestr(name, "key") || strcasestr(name, "psk") || strcasestr(name, "secret");
}

/* Whether the object says in a member of its own that it is about this tunnel. */
static bool is_about(const struct search *s, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (s->by_number ? json_is_integer(value) && strcasestr(name, "tunnel") &&
				       json_integer_value(value) == s->tunnel->option_number
				 : json_is_string(value) &&
				       strcmp(json_string_value(value), s->outside) == 0)
			return true;
	}
	return false;
}

static void look(struct search *s, json_t *node, bool inside, unsigned depth)
{
	const char *name;
	json_t *value;
	size_t index;

	if (depth == DEPTH_MAX)
		return;
	if (json_is_array(node)) {
		json_array_foreach(node, index, value) look(s, value, inside, depth + 1);
		return;
	}
	inside = inside || is_about(s, node);
	json_object_foreach(node, name, value)
	{
		bool named = is_name(s, name);

		if (json_is_string(value) && (named || (inside && names_a_key(name))))
			take(s, value);
		else
			look(s, value, inside || named, depth + 1);
	}
}

static int refuse(char why[VPN_ERROR], const char *text)
{
	(void)snprintf(why, VPN_ERROR, "%s", text);
	return -EBADMSG;
}

static int take_key(json_t *secret, struct vpn_connection *vpn, uint32_t i, char why[VPN_ERROR])
{
	struct search s = {.tunnel = &vpn->tunnel[i]};
	int rc = 0;

	ip_addr_format(&vpn->tunnel[i].vgw_outside, s.outside);
	look(&s, secret, false, 0);
	s.by_number = s.found == 0 && vpn->tunnel[i].option_number;
	if (s.by_number)
		look(&s, secret, false, 0);
	if (s.found != 1) {
		(void)snprintf(why, VPN_ERROR, "the secret has %s for the tunnel to %s",
		    s.found ? "more than one key" : "no key", s.outside);
		rc = -EBADMSG;
	} else {
		memcpy(vpn->tunnel[i].psk, s.key, sizeof(s.key));
	}
	secret_wipe(s.key, sizeof(s.key));
	return rc;
}

static int take_keys(const json_t *string, struct vpn_connection *vpn, char why[VPN_ERROR])
{
	json_t *secret;
	int rc = 0;

	if (vpn->tunnel_count == 1 && is_key(string)) {
		memcpy(
		    vpn->tunnel[0].psk, json_string_value(string), json_string_length(string) + 1);
		return 0;
	}
	secret = json_text_read(json_string_value(string), json_string_length(string), 0);
	if (!json_is_object(secret) && !json_is_array(secret))
		rc = refuse(why, "the secret is neither a key nor JSON");
	for (uint32_t i = 0; !rc && i < vpn->tunnel_count; i++)
		if (!vpn->tunnel[i].psk[0])
			rc = take_key(secret, vpn, i, why);
	json_decref(secret);
	return rc;
}

int secret_take_keys(
    const void *body, size_t bytes, struct vpn_connection *vpn, char why[VPN_ERROR])
{
	json_t *root, *string;
	int rc;

	if (bytes > 2 * SECRET_BYTES)
		return refuse(why, "the answer of Secrets Manager is too long");
	root = json_text_read(body, bytes, 0);
	string = json_object_get(root, "SecretString");
	if (json_is_string(string))
		rc = take_keys(string, vpn, why);
	else
		rc = refuse(why, "the answer of Secrets Manager has no SecretString");
	json_decref(root);
	return rc;
}
