/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ipsec sa gateway [N] [detail]: the peers, and each of their SAs. Keys are never shown. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/shm_abi.h"
#include "control/config/language.h"
#include "control/console/sa_list.h"
#include "control/console/show_json.h"

uint32_t show_isakmp_count(const struct agent_tunnel_status *tunnel)
{
	uint32_t count = tunnel->ike.isakmp_count;

	return count < IKE_STATUS_SAS ? count : IKE_STATUS_SAS;
}

uint32_t show_child_count(const struct agent_tunnel_status *tunnel)
{
	uint32_t count = tunnel->ike.child_count;

	return count < IKE_STATUS_SAS ? count : IKE_STATUS_SAS;
}

static unsigned send_count(const struct agent_tunnel_status *tunnel)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < show_child_count(tunnel); i++)
		count += tunnel->ike.child[i].sending;
	return count;
}

static bool has_keepalive(const struct show *show, const struct agent_tunnel_status *tunnel)
{
	const struct config_model *model = config_model(show->config);

	return model && tunnel->gateway >= 1 && tunnel->gateway <= config_tunnels() &&
	       model->gateway[tunnel->gateway].dpd;
}

static void print_gateway(const struct show *show, const struct agent_tunnel_status *tunnel)
{
	char local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	text_printf(show->out, "%-5u%c %c   %-30s%-17si:%u s:%u r:%u\n", tunnel->gateway,
	    tunnel->up ? 'U' : '-', has_keepalive(show, tunnel) ? 'K' : '-',
	    ip_addr_format(&tunnel->local, local), ip_addr_format(&tunnel->remote, remote),
	    show_isakmp_count(tunnel), send_count(tunnel), show_child_count(tunnel));
}

static void print_hex(const struct show *show, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_printf(show->out, "%s%02x", i ? " " : "", bytes[i]);
}

/* The lines of every SA from SPI to the rule: keys are never shown. */
static void print_end(const struct show *show)
{
	text_puts(show->out, "\nKey: ** ** ** ** **  (confidential)   ** ** ** ** **\n"
			     "----------------------------------------------------\n");
}

static void print_sa_head(const struct show *show, unsigned number, uint32_t life_sec,
    const struct agent_tunnel_status *tunnel)
{
	char local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	text_printf(show->out, "SA[%u] Duration: %us\nLocal ID: %s\nRemote ID: %s\n", number,
	    life_sec, ip_addr_format(&tunnel->local, local),
	    ip_addr_format(&tunnel->remote, remote));
}

/* "AES-CBC (for Auth.: HMAC-SHA)", as the RTX names them. */
static const char *esp_name(uint16_t encr, uint16_t auth)
{
	if (encr != CFG_ENCR_AES_CBC)
		return names_encr(encr, 0);
	switch (auth) {
	case CFG_AUTH_HMAC_SHA1_96: return "AES-CBC (for Auth.: HMAC-SHA)";
	case CFG_AUTH_HMAC_SHA2_256_128: return "AES-CBC (for Auth.: HMAC-SHA256)";
	case CFG_AUTH_HMAC_SHA2_384_192: return "AES-CBC (for Auth.: HMAC-SHA384)";
	case CFG_AUTH_HMAC_SHA2_512_256: return "AES-CBC (for Auth.: HMAC-SHA512)";
	}
	return "AES-CBC";
}

static void print_counts(const struct show *show, const struct agent_sa_counts *sa, bool sending)
{
	text_printf(
	    show->out, "\nPackets: %" PRIu64 " [%" PRIu64 " octets]", sa->packets, sa->bytes);
	if (!sending)
		text_printf(show->out,
		    "\nDropped: replay %" PRIu64 ", ICV %" PRIu64 ", other %" PRIu64,
		    sa->replay_drops, sa->icv_drops, sa->other_drops);
}

static void print_esp(const struct show *show, unsigned number, uint32_t index, bool sending,
    const struct agent_tunnel_status *tunnel)
{
	uint32_t spi = sending ? tunnel->ike.child[index].spi_out : tunnel->ike.child[index].spi_in;
	uint8_t bytes[4] = {
	    (uint8_t)(spi >> 24), (uint8_t)(spi >> 16), (uint8_t)(spi >> 8), (uint8_t)spi};

	print_sa_head(show, number, tunnel->ike.child[index].life_sec, tunnel);
	text_printf(show->out, "Direction: %s\nProtocol: ESP (Mode: tunnel)\nAlgorithm: %s\nSPI: ",
	    sending ? "send" : "receive",
	    esp_name(tunnel->ike.child[index].encr, tunnel->ike.child[index].auth));
	print_hex(show, bytes, sizeof(bytes));
	print_counts(show, sending ? &tunnel->sa_out[index] : &tunnel->sa_in[index], sending);
	print_end(show);
}

static void print_isakmp(const struct show *show, unsigned number, uint32_t index,
    const struct agent_tunnel_status *tunnel)
{
	print_sa_head(show, number, tunnel->ike.isakmp[index].life_sec, tunnel);
	text_printf(
	    show->out, "Protocol: IKE\nAlgorithm: %s\nSPI: ", tunnel->ike.isakmp[index].algorithms);
	print_hex(show, tunnel->ike.isakmp[index].cookie_i, 8);
	text_puts(show->out, " ");
	print_hex(show, tunnel->ike.isakmp[index].cookie_r, 8);
	print_end(show);
}

struct shown {
	size_t count;
	struct agent_tunnel_status *tunnel; /* all, of which are shown: */
	uint32_t gateway;                   /* those of this one; 0 = all */
};

static bool is_shown(const struct shown *shown, const struct agent_tunnel_status *tunnel)
{
	return !shown->gateway || tunnel->gateway == shown->gateway;
}

static int print_detail(const struct show *show, const struct shown *shown)
{
	struct sa_list *list = sa_list_make(shown->tunnel, shown->count, show->sa_numbers);

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		const struct sa *sa = &list->sa[i];

		if (!is_shown(shown, sa->tunnel))
			continue;
		if (sa->kind == SA_ISAKMP)
			print_isakmp(show, sa->number, sa->index, sa->tunnel);
		else
			print_esp(show, sa->number, sa->index, sa->kind == SA_SEND, sa->tunnel);
	}
	free(list);
	return 0;
}

static void print(const struct show *show, const struct shown *shown)
{
	text_puts(show->out,
	    "sgw  flags local-id                      remote-id        # of sa\n"
	    "--------------------------------------------------------------------------\n");
	for (size_t i = 0; i < shown->count; i++)
		if (is_shown(shown, &shown->tunnel[i]))
			print_gateway(show, &shown->tunnel[i]);
}

static json_t *cookie_json(const uint8_t cookie[8])
{
	return json_sprintf("%02x%02x%02x%02x%02x%02x%02x%02x", cookie[0], cookie[1], cookie[2],
	    cookie[3], cookie[4], cookie[5], cookie[6], cookie[7]);
}

static json_t *isakmp_json(const struct agent_tunnel_status *tunnel)
{
	json_t *list = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < show_isakmp_count(tunnel); i++)
		bad |= json_array_append_new(list,
			   json_pack("{s:o, s:o, s:b, s:o, s:I}", "cookie_initiator",
			       cookie_json(tunnel->ike.isakmp[i].cookie_i), "cookie_responder",
			       cookie_json(tunnel->ike.isakmp[i].cookie_r), "initiator",
			       tunnel->ike.isakmp[i].initiator, "algorithms",
			       show_json_text(tunnel->ike.isakmp[i].algorithms), "life_seconds",
			       (json_int_t)tunnel->ike.isakmp[i].life_sec)) != 0;
	return show_json_array(list, bad);
}

static json_t *counts_json(const struct agent_sa_counts *sa)
{
	return json_pack("{s:I, s:I, s:{s:I, s:I, s:I}}", "packets", (json_int_t)sa->packets,
	    "bytes", (json_int_t)sa->bytes, "dropped", "replay", (json_int_t)sa->replay_drops,
	    "icv", (json_int_t)sa->icv_drops, "other", (json_int_t)sa->other_drops);
}

static json_t *children_json(const struct agent_tunnel_status *tunnel)
{
	json_t *list = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < show_child_count(tunnel); i++)
		bad |= json_array_append_new(
			   list, json_pack("{s:o, s:o, s:b, s:s, s:I, s:o, s:o}", "spi_in",
				     json_sprintf("%08x", tunnel->ike.child[i].spi_in), "spi_out",
				     json_sprintf("%08x", tunnel->ike.child[i].spi_out), "sending",
				     tunnel->ike.child[i].sending, "algorithms",
				     esp_name(tunnel->ike.child[i].encr, tunnel->ike.child[i].auth),
				     "life_seconds", (json_int_t)tunnel->ike.child[i].life_sec,
				     "received", counts_json(&tunnel->sa_in[i]), "transmitted",
				     counts_json(&tunnel->sa_out[i]))) != 0;
	return show_json_array(list, bad);
}

static json_t *to_json(const struct show *show, const struct shown *shown)
{
	json_t *list = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count; i++) {
		const struct agent_tunnel_status *tunnel = &shown->tunnel[i];

		if (!is_shown(shown, tunnel))
			continue;
		bad |= json_array_append_new(
			   list, json_pack("{s:i, s:i, s:b, s:b, s:o, s:o, s:o, s:o}", "gateway",
				     tunnel->gateway, "tunnel", tunnel->number, "sending",
				     tunnel->up, "keepalive", has_keepalive(show, tunnel), "local",
				     show_json_address(&tunnel->local), "remote",
				     show_json_address(&tunnel->remote), "isakmp_sas",
				     isakmp_json(tunnel), "ipsec_sas", children_json(tunnel))) != 0;
	}
	return json_pack("{s:o}", "gateways", show_json_array(list, bad));
}

static int collect(
    const struct show *show, uint32_t only, struct shown *shown, char *error, size_t error_bytes)
{
	*shown = (struct shown){.gateway = only};
	shown->tunnel = show_tunnels(show, &shown->count);
	if (!shown->tunnel)
		return show_no_memory(error, error_bytes);
	for (size_t i = 0; only && i < shown->count; i++)
		if (is_shown(shown, &shown->tunnel[i]))
			return 0;
	if (!only)
		return 0;
	snprintf(error, error_bytes, say("gateway %u is used by no tunnel"), only);
	return -ENOENT;
}

int show_ipsec_gateway(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown;
	int rc = collect(show, args_number(args, "gateway", 0), &shown, error, error_bytes);

	if (!rc && show->answer)
		rc = show_answer(
		    show, "show-ipsec-sa-gateway/1", to_json(show, &shown), error, error_bytes);
	else if (!rc && args_keyword(args, "detail"))
		rc = print_detail(show, &shown) ? show_no_memory(error, error_bytes) : 0;
	else if (!rc)
		print(show, &shown);
	free(shown.tunnel);
	return rc;
}
