/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ipsec sa, show ipsec sa gateway [N] [detail]. SAs are numbered as they are listed: the
 * ISAKMP SAs of all gateways, then for each pair of IPsec SAs the sending and the receiving one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/shm_abi.h"
#include "control/console/show.h"

#define SA_FORMAT "%-6u%-5u%-6s%-14s%-5s%-8u%s\n"

static int no_memory(char *error, size_t error_bytes)
{
	snprintf(error, error_bytes, "no memory");
	return -ENOMEM;
}

static uint32_t isakmp_count(const struct agent_tunnel_status *tunnel)
{
	uint32_t count = tunnel->ike.isakmp_count;

	return count < IKE_STATUS_SAS ? count : IKE_STATUS_SAS;
}

static uint32_t child_count(const struct agent_tunnel_status *tunnel)
{
	uint32_t count = tunnel->ike.child_count;

	return count < IKE_STATUS_SAS ? count : IKE_STATUS_SAS;
}

static unsigned send_count(const struct agent_tunnel_status *tunnel)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < child_count(tunnel); i++)
		count += tunnel->ike.child[i].sending;
	return count;
}

int show_ipsec_sa(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	size_t count;
	struct agent_tunnel_status *tunnels = show_tunnels(show, &count);
	unsigned isakmp = 0, send = 0, receive = 0, number = 0, last[CONFIG_TUNNELS] = {0};

	if (!tunnels)
		return no_memory(error, error_bytes);
	for (size_t i = 0; i < count; i++) {
		isakmp += isakmp_count(&tunnels[i]);
		send += send_count(&tunnels[i]);
		receive += child_count(&tunnels[i]);
	}
	text_printf(show->out, "Total: isakmp:%u send:%u recv:%u\n\n", isakmp, send, receive);
	text_puts(show->out,
	    "sa    sgw isakmp connection    dir  life[s] remote-id\n"
	    "----------------------------------------------------------------------------\n");
	for (size_t i = 0; i < count; i++) {
		char remote[IP_ADDR_TEXT_BYTES];

		ip_addr_format(&tunnels[i].remote, remote);
		for (uint32_t j = 0; j < isakmp_count(&tunnels[i]); j++) {
			last[i] = ++number;
			text_printf(show->out, SA_FORMAT, number, tunnels[i].gateway, "-", "isakmp",
			    "-", tunnels[i].ike.isakmp[j].life_sec, remote);
		}
	}
	for (size_t i = 0; i < count; i++) {
		char remote[IP_ADDR_TEXT_BYTES], under[12] = "-", connection[24];

		ip_addr_format(&tunnels[i].remote, remote);
		if (last[i])
			snprintf(under, sizeof(under), "%u", last[i]);
		snprintf(connection, sizeof(connection), "tun[%04u]esp", tunnels[i].number);
		for (uint32_t j = 0; j < child_count(&tunnels[i]); j++) {
			uint32_t life = tunnels[i].ike.child[j].life_sec;

			if (tunnels[i].ike.child[j].sending)
				text_printf(show->out, SA_FORMAT, ++number, tunnels[i].gateway,
				    under, connection, "send", life, remote);
			text_printf(show->out, SA_FORMAT, ++number, tunnels[i].gateway, under,
			    connection, "recv", life, remote);
		}
	}
	free(tunnels);
	return 0;
}

static void print_gateway(const struct show *show, const struct agent_tunnel_status *tunnel)
{
	const struct config_model *model = config_model(show->config);
	bool keepalive = model && tunnel->gateway >= 1 && tunnel->gateway <= CONFIG_TUNNELS &&
			 model->gateway[tunnel->gateway].dpd;
	char local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	text_printf(show->out, "%-5u%c %c   %-30s%-17si:%u s:%u r:%u\n", tunnel->gateway,
	    tunnel->up ? 'U' : '-', keepalive ? 'K' : '-', ip_addr_format(&tunnel->local, local),
	    ip_addr_format(&tunnel->remote, remote), isakmp_count(tunnel), send_count(tunnel),
	    child_count(tunnel));
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
	print_end(show);
}

static void print_detail(
    const struct show *show, const struct agent_tunnel_status *tunnel, unsigned *number)
{
	for (uint32_t i = 0; i < isakmp_count(tunnel); i++) {
		print_sa_head(show, ++*number, tunnel->ike.isakmp[i].life_sec, tunnel);
		text_printf(show->out,
		    "Protocol: IKE\nAlgorithm: %s\nSPI: ", tunnel->ike.isakmp[i].algorithms);
		print_hex(show, tunnel->ike.isakmp[i].cookie_i, 8);
		text_puts(show->out, " ");
		print_hex(show, tunnel->ike.isakmp[i].cookie_r, 8);
		print_end(show);
	}
	for (uint32_t i = 0; i < child_count(tunnel); i++) {
		if (tunnel->ike.child[i].sending)
			print_esp(show, ++*number, i, true, tunnel);
		print_esp(show, ++*number, i, false, tunnel);
	}
}

int show_ipsec_gateway(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	uint32_t only = args_number(args, "gateway", 0);
	bool detail = args_keyword(args, "detail");
	size_t count, found = 0;
	struct agent_tunnel_status *tunnels = show_tunnels(show, &count);
	unsigned number = 0;

	if (!tunnels)
		return no_memory(error, error_bytes);
	if (!detail)
		text_puts(show->out,
		    "sgw  flags local-id                      remote-id        # of sa\n"
		    "--------------------------------------------------------------------------\n");
	for (size_t i = 0; i < count; i++) {
		if (only && tunnels[i].gateway != only)
			continue;
		found++;
		if (detail)
			print_detail(show, &tunnels[i], &number);
		else
			print_gateway(show, &tunnels[i]);
	}
	free(tunnels);
	if (only && !found) {
		snprintf(error, error_bytes, "gateway %u is used by no tunnel", only);
		return -ENOENT;
	}
	return 0;
}
