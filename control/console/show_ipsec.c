/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ipsec sa. SAs are numbered as they are listed: the ISAKMP SAs of all gateways, then for each
 * pair of IPsec SAs the sending and the receiving one. */
#include <stdio.h>
#include <stdlib.h>

#include "control/console/show_json.h"

#define SA_FORMAT "%-6u%-5u%-6s%-14s%-5s%-8u%s\n"

/* One line of `show ipsec sa`. */
struct sa {
	unsigned number, isakmp; /* isakmp: the one it was negotiated under, 0 = none */
	enum { SA_ISAKMP, SA_SEND, SA_RECEIVE } kind;
	uint32_t life_sec;
	const struct agent_tunnel_status *tunnel;
};

#define SAS_PER_TUNNEL (IKE_STATUS_SAS * 3)

struct sas {
	unsigned count, of_kind[3];
	struct sa sa[];
};

/* Its number. */
static unsigned add_sa(struct sas *sas, const struct agent_tunnel_status *tunnel, int kind,
    unsigned isakmp, uint32_t life_sec)
{
	struct sa *sa = &sas->sa[sas->count++];

	*sa = (struct sa){sas->count, isakmp, kind, life_sec, tunnel};
	sas->of_kind[kind]++;
	return sa->number;
}

static void list_sas(const struct agent_tunnel_status *tunnels, size_t count, struct sas *sas)
{
	static unsigned last[CONFIG_TUNNELS_MAX];

	for (size_t i = 0; i < count; i++) {
		last[i] = 0;
		for (uint32_t j = 0; j < show_isakmp_count(&tunnels[i]); j++)
			last[i] = add_sa(
			    sas, &tunnels[i], SA_ISAKMP, 0, tunnels[i].ike.isakmp[j].life_sec);
	}
	for (size_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < show_child_count(&tunnels[i]); j++) {
			uint32_t life = tunnels[i].ike.child[j].life_sec;

			if (tunnels[i].ike.child[j].sending)
				add_sa(sas, &tunnels[i], SA_SEND, last[i], life);
			add_sa(sas, &tunnels[i], SA_RECEIVE, last[i], life);
		}
	}
}

static void print_sas(struct text *out, const struct sas *sas)
{
	text_printf(out, "Total: isakmp:%u send:%u recv:%u\n\n", sas->of_kind[SA_ISAKMP],
	    sas->of_kind[SA_SEND], sas->of_kind[SA_RECEIVE]);
	text_puts(out,
	    "sa    sgw isakmp connection    dir  life[s] remote-id\n"
	    "----------------------------------------------------------------------------\n");
	for (unsigned i = 0; i < sas->count; i++) {
		static const char *const direction[] = {"-", "send", "recv"};
		const struct sa *sa = &sas->sa[i];
		char remote[IP_ADDR_TEXT_BYTES], under[12] = "-", connection[24] = "isakmp";

		if (sa->isakmp)
			snprintf(under, sizeof(under), "%u", sa->isakmp);
		if (sa->kind != SA_ISAKMP)
			snprintf(
			    connection, sizeof(connection), "tun[%04u]esp", sa->tunnel->number);
		text_printf(out, SA_FORMAT, sa->number, sa->tunnel->gateway, under, connection,
		    direction[sa->kind], sa->life_sec, ip_addr_format(&sa->tunnel->remote, remote));
	}
}

static json_t *sas_json(const struct sas *sas)
{
	static const char *const direction[] = {NULL, "send", "receive"};
	json_t *list = json_array();
	bool bad = false;

	for (unsigned i = 0; i < sas->count; i++) {
		const struct sa *sa = &sas->sa[i];

		bad |= json_array_append_new(list,
			   json_pack("{s:i, s:s, s:s?, s:i, s:i, s:o, s:I, s:o}", "number",
			       sa->number, "protocol", sa->kind == SA_ISAKMP ? "isakmp" : "esp",
			       "direction", direction[sa->kind], "tunnel", sa->tunnel->number,
			       "gateway", sa->tunnel->gateway, "isakmp",
			       sa->isakmp ? json_integer(sa->isakmp) : json_null(), "life_seconds",
			       (json_int_t)sa->life_sec, "remote",
			       show_json_address(&sa->tunnel->remote))) != 0;
	}
	return json_pack("{s:{s:i, s:i, s:i}, s:o}", "total", "isakmp", sas->of_kind[SA_ISAKMP],
	    "send", sas->of_kind[SA_SEND], "receive", sas->of_kind[SA_RECEIVE], "sas",
	    show_json_array(list, bad));
}

int show_ipsec_sa(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	size_t count;
	struct agent_tunnel_status *tunnels = show_tunnels(show, &count);
	struct sas *sas = calloc(1, sizeof(*sas) + count * SAS_PER_TUNNEL * sizeof(struct sa));
	int rc = 0;

	if (!tunnels || !sas) {
		rc = show_no_memory(error, error_bytes);
	} else {
		list_sas(tunnels, count, sas);
		if (show->answer)
			rc =
			    show_answer(show, "show-ipsec-sa/1", sas_json(sas), error, error_bytes);
		else
			print_sas(show->out, sas);
	}
	free(sas);
	free(tunnels);
	return rc;
}
