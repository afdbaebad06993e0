/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The transforms of a tunnel. AWS's document shows one line of them whatever the connection's
 * options say, so where an option excludes the line, the first one we would rather have is taken.
 *
 * IKEv1 with AES-CBC only: the commands have no word for AES-GCM or for the EC groups. */
#include "control/aws/vpn_proposal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"

/* A transform: in the document (and its other spelling), in the options, in the commands. */
struct transform {
	const char *document, *other, *option, *word, *policy_word;
};

/* In the order in which we take them when the options leave a choice. */
static const struct transform encryption[] = {
    {"aes-256-cbc", "aes256", "AES256", "aes256-cbc", "aes256-cbc"},
    {"aes-128-cbc", "aes128", "AES128", "aes-cbc", "aes-cbc"},
    {NULL, NULL, NULL, NULL, NULL},
};
static const struct transform integrity[] = {
    {"sha2-256", "sha256", "SHA2-256", "sha256", "sha256-hmac"},
    {"sha1", "sha", "SHA1", "sha", "sha-hmac"},
    {"sha2-384", "sha384", "SHA2-384", "sha384", "sha384-hmac"},
    {"sha2-512", "sha512", "SHA2-512", "sha512", "sha512-hmac"},
    {NULL, NULL, NULL, NULL, NULL},
};
static const struct transform esp_integrity[] = {
    {"hmac-sha2-256-128", "hmac-sha2-256", "SHA2-256", "sha256", "sha256-hmac"},
    {"hmac-sha1-96", "hmac-sha1", "SHA1", "sha", "sha-hmac"},
    {"hmac-sha2-384-192", "hmac-sha2-384", "SHA2-384", "sha384", "sha384-hmac"},
    {"hmac-sha2-512-256", "hmac-sha2-512", "SHA2-512", "sha512", "sha512-hmac"},
    {NULL, NULL, NULL, NULL, NULL},
};
static const struct transform groups[] = {
    {"group14", "modp2048", "14", "modp2048", NULL},
    {"group2", "modp1024", "2", "modp1024", NULL},
    {"group5", "modp1536", "5", "modp1536", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

struct choosing {
	unsigned number;
	bool *changed;
	char *error;
};

static bool allowed(const struct vpn_option_list *list, const char *value)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcasecmp(list->value[i], value) == 0)
			return true;
	return list->count == 0;
}

static const struct transform *choose(const struct choosing *c, const struct transform *table,
    const char *document, const struct vpn_option_list *list, const char *field,
    const char *option_field)
{
	const struct transform *t;
	char value[48];

	for (t = table; t->word; t++)
		if (strcmp(document, t->document) == 0 || strcmp(document, t->other) == 0)
			break;
	if (t->word && allowed(list, t->option))
		return t;
	if (!t->word && list->count == 0) {
		log_escape(document, strlen(document), value, sizeof(value));
		snprintf(c->error, VPN_ERROR, "tunnel %u: %s (%s) is not supported", c->number,
		    field, value);
		return NULL;
	}
	for (t = table; t->word; t++)
		if (list->count && allowed(list, t->option)) {
			*c->changed = true;
			return t;
		}
	snprintf(c->error, VPN_ERROR, "tunnel %u: %s allows nothing that is supported", c->number,
	    option_field);
	return NULL;
}

int vpn_propose(const struct vpn_tunnel *tunnel, unsigned number, struct vpn_proposal *out,
    char error[VPN_ERROR])
{
	const struct vpn_options *o = &tunnel->options;
	const struct choosing c = {.number = number, .changed = &out->changed, .error = error};
	const struct transform *t[6];

	memset(out, 0, sizeof(*out));
	if (!allowed(&o->ike_version, "ikev1")) {
		snprintf(error, VPN_ERROR, "tunnel %u: ikeVersionSet does not allow ikev1", number);
		return -ENOTSUP;
	}
	t[0] = choose(&c, encryption, tunnel->ike_encr, &o->encryption[0],
	    "ike/encryption_protocol", "phase1EncryptionAlgorithmSet");
	t[1] = t[0] ? choose(&c, integrity, tunnel->ike_hash, &o->integrity[0],
			  "ike/authentication_protocol", "phase1IntegrityAlgorithmSet")
		    : NULL;
	t[2] = t[1] ? choose(&c, groups, tunnel->ike_group, &o->group[0],
			  "ike/perfect_forward_secrecy", "phase1DHGroupNumberSet")
		    : NULL;
	t[3] = t[2] ? choose(&c, encryption, tunnel->esp_encr, &o->encryption[1],
			  "ipsec/encryption_protocol", "phase2EncryptionAlgorithmSet")
		    : NULL;
	t[4] = t[3] ? choose(&c, esp_integrity, tunnel->esp_auth, &o->integrity[1],
			  "ipsec/authentication_protocol", "phase2IntegrityAlgorithmSet")
		    : NULL;
	t[5] = t[4] ? choose(&c, groups, tunnel->esp_group, &o->group[1],
			  "ipsec/perfect_forward_secrecy", "phase2DHGroupNumberSet")
		    : NULL;
	if (!t[5])
		return -ENOTSUP;
	out->ike_encr = t[0]->word;
	out->ike_hash = t[1]->word;
	out->ike_group = t[2]->word;
	out->esp_encr = t[3]->policy_word;
	out->esp_auth = t[4]->policy_word;
	out->esp_group = t[5]->word;
	out->ike_lifetime_sec = o->lifetime_sec[0] ? o->lifetime_sec[0] : tunnel->ike_lifetime_sec;
	out->esp_lifetime_sec = o->lifetime_sec[1] ? o->lifetime_sec[1] : tunnel->esp_lifetime_sec;
	return 0;
}
