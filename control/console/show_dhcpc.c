/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dhcpc: what DHCP gave to the ports. */
#include <inttypes.h>
#include <stdio.h>

#include "control/console/show_json.h"

#define LABEL 21 /* columns, to the right; a Japanese character takes two */

static void print_label(const struct show *show, const char *english, const char *japanese)
{
	show_label(show, LABEL, english, japanese);
}

static void print_address(const struct show *show, const char *english, const char *japanese,
    const struct ip_addr *addr, uint32_t count)
{
	char text[IP_ADDR_TEXT_BYTES];

	if (!count || addr->family == IP_FAMILY_NONE)
		return;
	print_label(show, english, japanese);
	for (uint32_t i = 0; i < count; i++)
		text_printf(show->out, "%s%s", i ? " " : "", ip_addr_format(&addr[i], text));
	text_puts(show->out, "\n");
}

static const char *state_text(const struct show *show, const struct agent_dhcp_client *client)
{
	if (client->binding.valid && !client->used)
		return show_word(show, "not used: another port has that network",
		    "使用していません (他のポートと同じネットワークです)");
	if (client->binding.valid)
		return show_word(show, "bound", "取得済み");
	return client->running
		   ? show_word(show, "asking", "取得中")
		   : show_word(show, "the client does not run", "クライアントは動作していません");
}

static void print_client(
    const struct show *show, uint32_t lan, const struct agent_dhcp_client *client)
{
	const struct dhcp_binding *binding = &client->binding;
	char text[IP_PREFIX_TEXT_BYTES];

	text_printf(show->out, "%s: LAN%" PRIu32 " %s\n",
	    show_word(show, "Interface", "インタフェース"), lan,
	    show_word(show, "primary", "プライマリ"));
	print_label(show, "State", "状態");
	text_printf(show->out, "%s\n", state_text(show, client));
	if (!binding->valid)
		return;
	print_label(show, "IP address", "IPアドレス");
	text_printf(show->out, "%s\n", ip_prefix_format(&binding->address, text));
	print_address(show, "DHCP server", "DHCPサーバー", &binding->server, 1);
	print_label(show, "Remaining lease", "リース残時間");
	if (binding->ends_sec == INT64_MAX)
		text_printf(show->out, "%s\n", show_word(show, "infinity", "無期限"));
	else
		show_rest(show, client->rest_sec);
	print_label(show, "(type) Client ID", "(タイプ) クライアントID");
	text_printf(show->out, "(01) %02x %02x %02x %02x %02x %02x\n", client->mac[0],
	    client->mac[1], client->mac[2], client->mac[3], client->mac[4], client->mac[5]);
	print_address(
	    show, "DNS server", "DNSサーバー", binding->name_server, binding->name_server_count);
	print_address(show, "Gateway", "ゲートウェイ", &binding->router, 1);
}

static json_t *servers_json(const struct dhcp_binding *binding)
{
	json_t *servers = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < binding->name_server_count; i++)
		bad |= json_array_append_new(
			   servers, show_json_address(&binding->name_server[i])) != 0;
	return show_json_array(servers, bad);
}

static json_t *client_json(uint32_t lan, const struct agent_dhcp_client *client)
{
	const struct dhcp_binding *binding = &client->binding;
	bool ends = binding->valid && binding->ends_sec != INT64_MAX;

	return json_pack("{s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o}", "interface",
	    json_sprintf("LAN%u", lan), "running", client->running, "bound", binding->valid, "used",
	    client->used, "address",
	    binding->valid ? show_json_prefix(&binding->address) : json_null(), "server",
	    show_json_address(&binding->server), "router", show_json_address(&binding->router),
	    "name_servers", servers_json(binding), "rest_sec",
	    ends ? json_integer(client->rest_sec) : json_null());
}

int show_dhcpc(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	json_t *clients = show->answer ? json_array() : NULL;
	unsigned shown = 0;
	bool bad = false;

	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		struct agent_dhcp_client client;

		agent_dhcp_client(show->agent, n, &client);
		if (!client.configured)
			continue;
		shown++;
		if (clients)
			bad |= json_array_append_new(clients, client_json(n, &client)) != 0;
		else
			print_client(show, n, &client);
	}
	if (clients)
		return show_answer(show, "show-status-dhcpc/1",
		    json_pack("{s:o}", "clients", show_json_array(clients, bad)), error,
		    error_bytes);
	if (!shown)
		text_printf(show->out, "%s\n",
		    show_word(show, "No port has its address by DHCP.",
			"DHCP でアドレスを取得するポートはありません"));
	return 0;
}
