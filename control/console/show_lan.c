/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status lanN. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/show_dataplane.h"

/* Its address by the configuration or by DHCP; false without one. */
static bool find_address(const struct show *show, uint32_t lan, struct ip_prefix *out)
{
	const struct config_model *model = config_model(show->config);
	struct agent_dhcp_client client;

	if (!model || (!model->lan[lan].address_set && !model->lan[lan].dhcp))
		return false;
	*out = model->lan[lan].address;
	if (model->lan[lan].address_set)
		return true;
	agent_dhcp_client(show->agent, lan, &client);
	*out = client.binding.address;
	return client.used;
}

/* NULL = there is none. */
static const struct ip_prefix *find_secondary(const struct show *show, uint32_t lan)
{
	const struct config_model *model = config_model(show->config);

	return model && model->lan[lan].secondary_set ? &model->lan[lan].secondary : NULL;
}

static const char *description(const struct show *show, uint32_t lan)
{
	const struct config_model *model = config_model(show->config);

	return model ? model->lan[lan].description : "";
}

static void print_lost(const struct show *show, const struct agent_port_status *port)
{
	const char *missed = show_word(show, "Missed by the device", "デバイスでの受信破棄");

	if (port->missed_untold)
		text_printf(show->out, "%s: %s\n", missed,
		    show_word(show, "not told by this device", "このデバイスでは不明"));
	else
		text_printf(show->out, "%s: %" PRIu64 " packets\n", missed, port->rx_missed);
	text_printf(show->out, "%s: %" PRIu64 " packets\n", show_word(show, "Broken", "受信エラー"),
	    port->rx_errors);
	text_printf(show->out, "%s: %" PRIu64 " packets\n", show_word(show, "Not sent", "送信失敗"),
	    port->tx_failed);
	text_printf(show->out, "%s: %" PRIu64 "\n",
	    show_word(show, "Times the link was lost", "リンクダウン回数"), port->link_downs);
}

/* Since when it is counted, if not since the dataplane was started. */
static void print_since(const struct show *show)
{
	const struct agent_dataplane_status *cleared = agent_dataplane_cleared(show->agent);
	char time[SHOW_TIME_BYTES];

	if (cleared)
		text_printf(show->out, "%s: %s\n", show_word(show, "Counted since", "計測開始"),
		    show_time(cleared->cleared_unix, time));
}

static void print_lan(const struct show *show, const struct agent_port_status *port, uint32_t lan)
{
	char text[IP_PREFIX_TEXT_BYTES];
	struct ip_prefix address;

	text_printf(show->out, "LAN%u\n", lan);
	if (*description(show, lan))
		text_printf(show->out, "%s: %s\n", show_word(show, "Description", "説明"),
		    description(show, lan));
	if (find_address(show, lan, &address))
		text_printf(show->out, "%s: %s\n", show_word(show, "IP address", "IP アドレス"),
		    ip_prefix_format(&address, text));
	if (find_secondary(show, lan))
		text_printf(show->out, "%s: %s\n",
		    show_word(show, "Secondary IP address", "セカンダリ IP アドレス"),
		    ip_prefix_format(find_secondary(show, lan), text));
	text_printf(show->out, "%s: %s\n", show_word(show, "Link", "リンク"),
	    port->up ? "Link Up" : "Link Down");
	text_printf(show->out, "%s: %02x:%02x:%02x:%02x:%02x:%02x\n",
	    show_word(show, "Ethernet address", "イーサネットアドレス"), port->mac[0], port->mac[1],
	    port->mac[2], port->mac[3], port->mac[4], port->mac[5]);
	text_printf(show->out, "%s: %u octets\n",
	    show_word(show, "Maximum Transmission Unit(MTU)", "MTU"), port->mtu);
	if (port->speed_mbps)
		text_printf(show->out, "%s: %u Mbit/s\n", show_word(show, "Speed", "速度"),
		    port->speed_mbps);
	text_printf(show->out, "%s: %s\n", show_word(show, "Device", "デバイス"), port->device);
	print_since(show);
	text_printf(show->out, "%s: %" PRIu64 " packets (%" PRIu64 " octets)\n",
	    show_word(show, "Transmitted", "送信パケット"), port->tx_packets, port->tx_bytes);
	text_printf(show->out, "%s: %" PRIu64 " packets (%" PRIu64 " octets)\n",
	    show_word(show, "Received", "受信パケット"), port->rx_packets, port->rx_bytes);
	print_lost(show, port);
}

/* The port with its address. */
static json_t *to_json(const struct show *show, const struct agent_port_status *port, uint32_t lan)
{
	struct ip_prefix address;
	bool has_address = find_address(show, lan, &address);
	const struct ip_prefix *secondary = find_secondary(show, lan);
	json_t *members = show_port_json(port);

	if (members && (json_object_set_new(members, "address",
			    has_address ? show_json_prefix(&address) : json_null()) ||
			   json_object_set_new(members, "secondary",
			       secondary ? show_json_prefix(secondary) : json_null()) ||
			   json_object_set_new(members, "description",
			       show_json_text_or_null(description(show, lan))))) {
		json_decref(members);
		return NULL;
	}
	return members;
}

static const struct agent_port_status *find_port(
    const struct agent_dataplane_status *status, uint32_t lan)
{
	char name[16];

	snprintf(name, sizeof(name), "lan%u", lan);
	for (size_t i = 0; i < status->port_count; i++)
		if (strcmp(status->port[i].name, name) == 0)
			return &status->port[i];
	return NULL;
}

int show_lan(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_dataplane_status *status = show_dataplane_status(show);
	uint32_t lan = args_number(args, "lan", 0);
	const struct agent_port_status *port = status ? find_port(status, lan) : NULL;
	int rc = 0;

	if (!status)
		return show_no_memory(error, error_bytes);
	if (!port) {
		snprintf(error, error_bytes, "%s",
		    status->alive ? show_word(show, "the dataplane has no port of that name",
					"その名前のポートはデータプレーンにありません")
				  : say("the dataplane is not running: nothing is forwarded"));
		rc = -ENOENT;
	} else if (show->answer) {
		rc = show_answer(
		    show, "show-status-lan/1", to_json(show, port, lan), error, error_bytes);
	} else {
		show_dataplane_since(status, agent_dataplane_cleared(show->agent));
		print_lan(show, port, lan);
	}
	free(status);
	return rc;
}
