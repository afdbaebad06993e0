/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Both models are put into words by the same functions, so what differs in words differs. */
#include "control/cloud_sides.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "common/secret.h"
#include "common/shm_abi.h"
#include "control/config/language.h"

#define WORDS 64

enum side_row {
	ROW_REMOTE,
	ROW_LOCAL,
	ROW_INSIDE,
	ROW_IKE,
	ROW_IPSEC,
	ROW_KEY,
	ROW_DPD,
	ROW_MSS,
	ROW_DF,
	ROW_BGP,
	ROW_STATE,
	ROW_COUNT,
};

static const char *const labels[ROW_COUNT] = {"endpoint", "our address", "inside", "IKE", "IPsec",
    "key", "DPD", "TCP MSS", "DF bit", "BGP", "state"};

struct column {
	char words[ROW_COUNT][WORDS];
};

static const char *encr_name(enum config_encr encr)
{
	static const char *const names[] = {"3DES", "DES", "AES-128", "AES-256"};

	return names[encr];
}

static const char *hash_name(enum config_hash hash)
{
	static const char *const names[] = {
	    "no integrity", "MD5", "SHA-1", "SHA2-256", "SHA2-384", "SHA2-512"};

	return names[hash];
}

/* ---- a model in words ---- */

static void gateway_words(const struct config_gateway *g, struct column *out)
{
	char address[IP_ADDR_TEXT_BYTES];

	if (g->remote_set)
		(void)snprintf(
		    out->words[ROW_REMOTE], WORDS, "%s", ip_addr_format(&g->remote, address));
	if (g->local_set)
		(void)snprintf(
		    out->words[ROW_LOCAL], WORDS, "%s", ip_addr_format(&g->local, address));
	(void)snprintf(out->words[ROW_IKE], WORDS, "v%u %s %s modp%u, %u s", g->version,
	    encr_name(g->encr), hash_name(g->hash), g->group, g->ike_seconds);
	if (g->dpd)
		(void)snprintf(out->words[ROW_DPD], WORDS, "every %u s, %u times", g->dpd_interval,
		    g->dpd_count);
	else
		(void)snprintf(out->words[ROW_DPD], WORDS, "off");
}

static void policy_words(
    const struct config_policy *p, const struct config_gateway *g, struct column *out)
{
	char pfs[24] = "no PFS";

	if (g && g->pfs)
		(void)snprintf(pfs, sizeof(pfs), "PFS modp%u", g->group2 ? g->group2 : g->group);
	(void)snprintf(out->words[ROW_IPSEC], WORDS, "%s %s %s, %u s", encr_name(p->encr),
	    hash_name(p->auth), pfs, g ? g->sa_seconds : 0);
}

static void tunnel_words(const struct config_tunnel *t, struct column *out)
{
	static const char *const df[] = {"copy", "set", "clear"};
	char address[IP_PREFIX_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	if (t->address_set && t->remote_set)
		(void)snprintf(out->words[ROW_INSIDE], WORDS, "%s to %s",
		    ip_prefix_format(&t->address, address), ip_addr_format(&t->remote, remote));
	if (t->mss_limit > 1)
		(void)snprintf(out->words[ROW_MSS], WORDS, "%u", t->mss_limit);
	else
		(void)snprintf(out->words[ROW_MSS], WORDS, "%s", t->mss_limit ? "auto" : "off");
	(void)snprintf(out->words[ROW_DF], WORDS, "%s", df[t->df]);
}

static void bgp_words(const struct config_model *model, uint32_t number, struct column *out)
{
	for (uint32_t i = 0; i < model->bgp.neighbor_count; i++) {
		const struct config_neighbor *n = &model->bgp.neighbor[i];

		if (n->id == number)
			(void)snprintf(out->words[ROW_BGP], WORDS, "AS %u to %u, hold %u s",
			    model->bgp.autonomous_system, n->remote_as, n->hold_time);
	}
}

static void model_words(const struct config_model *model, uint32_t number, struct column *out)
{
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);
	const struct config_policy *policy = config_tunnel_policy(model, number);

	memset(out, 0, sizeof(*out));
	if (!model->tunnel[number].present)
		return;
	tunnel_words(&model->tunnel[number], out);
	if (gateway)
		gateway_words(gateway, out);
	if (policy)
		policy_words(policy, gateway, out);
	bgp_words(model, number, out);
}

/* ---- keys, states ---- */

static void key_words(const struct cloud_sides *s, uint32_t number, char out[WORDS])
{
	const struct config_gateway *theirs = config_tunnel_gateway(s->wanted, number);
	const struct config_gateway *ours = config_tunnel_gateway(s->running, number);

	if (!ours || !ours->psk_bytes)
		(void)snprintf(out, WORDS, "none");
	else if (theirs && theirs->psk_bytes == ours->psk_bytes &&
		 secret_equal(theirs->psk, ours->psk, ours->psk_bytes))
		(void)snprintf(out, WORDS, "the same");
	else
		(void)snprintf(out, WORDS, "another");
}

/* What AWS sees. */
static void view_words(const struct cloud_sides *s, unsigned i, struct column *aws)
{
	const struct config_gateway *g = config_tunnel_gateway(s->wanted, s->tunnel[i]);
	const struct view_tunnel *seen = g ? view_tunnel(s->view, &g->remote) : NULL;

	(void)snprintf(aws->words[ROW_KEY], WORDS, "(not shown)");
	if (seen)
		(void)snprintf(aws->words[ROW_STATE], WORDS, "%s%s%.40s", seen->up ? "UP" : "DOWN",
		    seen->message[0] ? ", " : "", seen->message);
}

/* The bytes of a key are not in a snapshot. */
static const char *cipher_name(uint16_t encr)
{
	return encr == CFG_ENCR_AES_CBC ? "AES-CBC" : names_encr(encr, 0);
}

static void use_words(const struct cloud_sides *s, unsigned i, struct column *out)
{
	const struct agent_tunnel_status *t = &s->status[i];
	char remote[IP_ADDR_TEXT_BYTES];

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->words[ROW_BGP], WORDS, "%s", s->bgp[i]);
	if (!t->number) {
		(void)snprintf(out->words[ROW_STATE], WORDS, "it does not run");
		return;
	}
	(void)snprintf(out->words[ROW_REMOTE], WORDS, "%s", ip_addr_format(&t->remote, remote));
	(void)snprintf(out->words[ROW_LOCAL], WORDS, "%s", ip_addr_format(&t->local, remote));
	if (t->ike.isakmp_count) {
		(void)snprintf(out->words[ROW_IKE], WORDS, "v%u %.56s", t->ike.version,
		    t->ike.isakmp[0].algorithms);
		(void)snprintf(out->words[ROW_KEY], WORDS, "accepted");
	}
	if (t->ike.child_count)
		(void)snprintf(out->words[ROW_IPSEC], WORDS, "%s %s",
		    cipher_name(t->ike.child[0].encr), names_auth(t->ike.child[0].auth));
	if (t->mss_limit)
		(void)snprintf(out->words[ROW_MSS], WORDS, "%u", t->mss_limit);
	if (t->up)
		(void)snprintf(out->words[ROW_STATE], WORDS, "up");
	else
		(void)snprintf(out->words[ROW_STATE], WORDS, "down%s%.56s",
		    t->ike.reason[0] ? ": " : "", t->ike.reason);
}

/* ---- the table ---- */

_Static_assert(ROW_COUNT == AGENT_COMPARED_ROWS, "a row for each of the table");
_Static_assert(sizeof(((struct agent_compared_row *)0)->aws) == WORDS, "as long as a column's");

static bool differs(enum side_row row, const char *aws, const char *configured)
{
	if (row == ROW_KEY)
		return strcmp(configured, "the same") != 0;
	return row != ROW_STATE && strcmp(aws, configured) != 0;
}

void cloud_sides_rows(const struct cloud_sides *sides, unsigned i,
    struct agent_compared_row rows[AGENT_COMPARED_ROWS])
{
	struct column aws, configured, in_use;
	uint32_t number = sides->tunnel[i];

	model_words(sides->wanted, number, &aws);
	model_words(sides->running, number, &configured);
	view_words(sides, i, &aws);
	key_words(sides, number, configured.words[ROW_KEY]);
	use_words(sides, i, &in_use);
	(void)snprintf(configured.words[ROW_STATE], WORDS, "%s",
	    sides->running->tunnel[number].enabled ? "enabled" : "not enabled");
	for (enum side_row row = 0; row < ROW_COUNT; row++) {
		rows[row].name = labels[row];
		memcpy(rows[row].aws, aws.words[row], WORDS);
		memcpy(rows[row].configured, configured.words[row], WORDS);
		memcpy(rows[row].in_use, in_use.words[row], WORDS);
		rows[row].differs = differs(row, aws.words[row], configured.words[row]);
	}
	/* A NAT gives us another one than the one we have: that is no difference. */
	if (sides->ours[i].family != IP_FAMILY_NONE)
		(void)ip_addr_format(&sides->ours[i], rows[ROW_LOCAL].aws);
}

/* With blanks behind it up to so many columns, of which a Japanese character takes two. */
static void pad(struct text *out, const char *text, unsigned columns)
{
	unsigned width = 0;

	for (const char *at = text; *at; at++)
		if (((unsigned char)*at & 0xc0) != 0x80)
			width += (unsigned char)*at & 0x80 ? 2 : 1;
	text_printf(out, "%s%*s ", text, width < columns ? (int)(columns - width) : 0, "");
}

/* What stands in a column is in English for programs, and said only here. */
static const char *said(const char *words, char made[WORDS * 3])
{
	return *words ? say_made(say(words), made, WORDS * 3) : "-";
}

static void print_row(const struct agent_compared_row *row, struct text *out)
{
	char made[WORDS * 3];

	text_puts(out, row->differs ? "! " : "  ");
	pad(out, say(row->name), 12);
	pad(out, said(row->aws, made), 40);
	pad(out, said(row->configured, made), 40);
	text_printf(out, "%s\n", said(row->in_use, made));
}

static void print_head(uint32_t tunnel, bool first, struct text *out)
{
	text_printf(out, "%sTUNNEL[%02u]     ", first ? "" : "\n", tunnel);
	pad(out, "AWS", 40);
	pad(out, say("configured"), 40);
	text_printf(out, "%s\n", say("in use"));
}

unsigned cloud_sides_print(const struct cloud_sides *sides, struct text *out)
{
	unsigned differences = 0;

	for (unsigned i = 0; i < sides->count; i++) {
		struct agent_compared_row rows[AGENT_COMPARED_ROWS];

		cloud_sides_rows(sides, i, rows);
		print_head(sides->tunnel[i], i == 0, out);
		for (unsigned row = 0; row < AGENT_COMPARED_ROWS; row++) {
			print_row(&rows[row], out);
			differences += rows[row].differs;
		}
	}
	return differences;
}
