/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ipsec sa. */
#include <stdio.h>
#include <stdlib.h>

#include "control/console/sa_list.h"
#include "control/console/show_json.h"

#define SA_FORMAT "%-6u%-5u%-6s%-14s%-5s%-8u%s\n"

static void print_sas(struct text *out, const struct sa_list *sas)
{
	text_printf(out, "Total: isakmp:%u send:%u recv:%u\n\n", sas->of_kind[SA_ISAKMP],
	    sas->of_kind[SA_SEND], sas->of_kind[SA_RECEIVE]);
	text_puts(out,
	    "sa    sgw isakmp connection    dir  life[s] remote-id\n"
	    "----------------------------------------------------------------------------\n");
	for (size_t i = 0; i < sas->count; i++) {
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

static json_t *sas_json(const struct sa_list *sas)
{
	static const char *const direction[] = {NULL, "send", "receive"};
	json_t *list = json_array();
	bool bad = false;

	for (size_t i = 0; i < sas->count; i++) {
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
	struct sa_list *sas = tunnels ? sa_list_make(tunnels, count, show->sa_numbers) : NULL;
	int rc = 0;

	if (!sas)
		rc = show_no_memory(error, error_bytes);
	else if (show->answer)
		rc = show_answer(show, "show-ipsec-sa/1", sas_json(sas), error, error_bytes);
	else
		print_sas(show->out, sas);
	free(sas);
	free(tunnels);
	return rc;
}
