/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which function shows what. */
#include "control/console/show.h"

show_fn *show_find(enum grammar_operation operation)
{
	switch (operation) {
	case OP_HELP: return show_help;
	case OP_CHECK: return show_check;
	case OP_SHOW_COMMAND: return show_command;
	case OP_SHOW_CONFIG: return show_config;
	case OP_SHOW_CONFIG_DIFF: return show_config_diff;
	case OP_SHOW_CONFIG_LIST: return show_config_list;
	case OP_SHOW_ENVIRONMENT: return show_environment;
	case OP_SHOW_ARP: return show_arp;
	case OP_SHOW_IP_ROUTE: return show_ip_route;
	case OP_SHOW_IPSEC_SA: return show_ipsec_sa;
	case OP_SHOW_IPSEC_GATEWAY: return show_ipsec_gateway;
	case OP_SHOW_BGP_NEIGHBOR: return show_bgp_neighbor;
	case OP_SHOW_BGP_ROUTES: return show_bgp_routes;
	case OP_SHOW_TUNNEL: return show_tunnel;
	case OP_SHOW_LAN: return show_lan;
	case OP_SHOW_DHCP: return show_dhcp;
	case OP_SHOW_DHCPC: return show_dhcpc;
	case OP_SHOW_FILTER: return show_filter;
	case OP_SHOW_STATISTICS: return show_statistics;
	case OP_SHOW_NAT: return show_nat;
	case OP_SHOW_CLOUD: return show_cloud;
	case OP_SHOW_CLOUD_COST: return show_cloud_cost;
	case OP_SHOW_DATAPLANE: return show_dataplane;
	case OP_EXPLAIN_DROP: return show_explain;
	case OP_SHOW_PACKETDUMP: return show_packetdump;
	case OP_SHOW_PACKET_PATH: return show_packet_path;
	case OP_SHOW_LOG: return show_log;
	case OP_SHOW_TECHINFO: return show_techinfo;
	default: return NULL;
	}
}
