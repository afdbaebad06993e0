/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every command of the console, one row each. The order of the settings is the order of `show
 * config` within a place. Ranges and defaults are those of the RTX command reference,
 * edition 12.01; where they differ, README.md says why. */
#include "control/config/grammar.h"
#include "control/config/set.h"

/* clang-format off */
#define SETTING(place_, flags_, syntax_, set_, initial_, help_, help_ja_) \
	{.syntax = syntax_, .flags = flags_, .place = place_, .set = set_, .initial = initial_, \
	 .help = help_, .help_ja = help_ja_}
#define OPERATION(operation_, flags_, syntax_, help_, help_ja_) \
	{.syntax = syntax_, .flags = flags_, .operation = operation_, .help = help_, \
	 .help_ja = help_ja_}
#define REFUSED(syntax_, refusal_) \
	{.syntax = syntax_, .flags = GRAMMAR_HIDDEN, .operation = OP_REFUSED, .refusal = refusal_, \
	 .help = "", .help_ja = ""}

#define NOT_ENFORCED "is not enforced by this version, so it is not stored"
#define NOT_DONE "is not done by this version, so it is not stored"
#define GW "<gateway:1-100>"
#define REST "[ { <rest:TEXT-4095> } ]"
#define SECRET_REST "[ { <rest:SECRET-4095> } ]"

const struct grammar_row grammar_rows[] = {
	SETTING(PLACE_CONSOLE, 0, "console character ; <code:ascii|en.ascii=ascii|ja.utf8>",
		set_console_character, "ascii",
		"Language of help and of show", "ヘルプと表示の言語"),

	SETTING(PLACE_ROUTE, 0,
		"ip route <net:NET> ; { gateway ( <address:IP> | tunnel <tunnel:1-100> | null ) "
		"[ { hide | metric <metric:1-15> | weight <weight:0-2147483647> } ] }",
		set_ip_route, "metric 1, weight 1",
		"Static route", "静的経路"),

	SETTING(PLACE_LAN, 0, "ip <lan:LAN> address ; <address:dhcp|PREFIX>", set_lan_address, NULL,
		"Address of the interface", "インタフェースの IP アドレス"),
	SETTING(PLACE_LAN, 0, "ip <lan:LAN> mtu ; <mtu:68-9216>", set_lan_mtu, "1500",
		"Largest IP packet of the interface", "インタフェースの MTU"),
	SETTING(PLACE_LAN, 0, "ip <lan:LAN> tcp mss limit ; <mss:auto|off|536-1460>", set_lan_mss,
		"off", "Limit of the MSS in TCP SYNs", "TCP の MSS の制限"),

	/* Inside `tunnel select N`. */
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "description tunnel ; <text:TEXT-64>",
		set_tunnel_description, NULL, "Description of the tunnel", "トンネルの説明"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "tunnel encapsulation ; <type:ipsec>", set_nothing,
		"ipsec", "Kind of the tunnel", "トンネルの種別"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ipsec tunnel ; <policy:1-2147483647>",
		set_tunnel_policy, NULL, "SA policy of the tunnel", "トンネルで使う SA のポリシー"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec sa policy <policy:1-2147483647> ; " GW " esp "
		"[ <encr:aes-cbc|aes256-cbc|3des-cbc|des-cbc> "
		"[ <auth:sha-hmac|sha256-hmac|sha384-hmac|sha512-hmac|md5-hmac> ] ] "
		"[ anti-replay-check=<check:on|off> ]",
		set_sa_policy, "aes-cbc, anti-replay-check=on", "SA policy", "SA のポリシー"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike version " GW " ; <version:1-2>", set_ike_version, "1",
		"IKE version", "IKE のバージョン"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike duration <sa:ipsec-sa|child-sa=ipsec-sa|isakmp-sa|ike-sa=isakmp-sa> " GW
		" ; <seconds:300-691200> [ <kbytes:off|100-2147483647> ]",
		set_ike_duration, "28800 off", "Lifetime of the SAs", "SA の寿命"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike encryption " GW " ; <encr:aes-cbc|aes256-cbc|3des-cbc|des-cbc>",
		set_ike_encryption, "3des-cbc", "Cipher of IKE", "IKE の暗号アルゴリズム"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike group " GW " ; <group:modp768|modp1024|modp1536|modp2048> "
		"[ <group2:modp768|modp1024|modp1536|modp2048> ]",
		set_ike_group, "modp1024", "Diffie-Hellman group", "IKE のグループ"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike hash " GW " ; <hash:md5|sha|sha256|sha384|sha512>",
		set_ike_hash, "sha", "Hash of IKE", "IKE のハッシュアルゴリズム"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike keepalive use " GW " ; <switch:on|off|auto> "
		"[ <method:dpd|rfc4306|heartbeat|icmp-echo> ] "
		"[ <interval:1-600> <count:1-50> [ <upwait:0-1000000> ] ]",
		set_ike_keepalive, "auto; 10 6 0", "Dead peer detection", "IKE キープアライブ"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike local address " GW " ; <address:IP>",
		set_ike_local_address, "the address of the interface nearest the peer",
		"Own address in IKE", "自分側の IP アドレス"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike local id " GW " ; <id:CIDR>", set_ike_local_id, NULL,
		"Own identity of phase 2", "自分側のフェーズ 2 の ID"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike nat-traversal " GW " ; <switch:on|off> "
		"[ { keepalive=<keepalive:off|30-100000> | force=<force:on|off> | type=<type:1-2> } ]",
		set_ike_nat_traversal, "off; keepalive=300 force=off type=1", "NAT traversal",
		"NAT トラバーサル"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike pfs " GW " ; <switch:on|off>", set_ike_pfs, "off",
		"Perfect forward secrecy", "PFS"),
	SETTING(PLACE_GATEWAY, 0,
		"ipsec ike pre-shared-key " GW " ; ( text <key:SECRET-128> | <key:HEX-128> )",
		set_ike_psk, NULL, "Pre-shared key", "事前共有鍵"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike remote address " GW " ; <address:any|IP|HOST-255>",
		set_ike_remote_address, NULL, "Address of the peer", "相手側の IP アドレス"),
	SETTING(PLACE_GATEWAY, 0, "ipsec ike remote id " GW " ; <id:CIDR>", set_ike_remote_id, NULL,
		"Identity of the peer in phase 2", "相手側のフェーズ 2 の ID"),
	SETTING(PLACE_GATEWAY, 0, "ipsec auto refresh " GW " ; <switch:on|off>", set_ike_auto_refresh,
		"on", "Initiate IKE to this gateway", "この相手への鍵交換の開始"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ipsec tunnel outer df-bit ; <df:copy|set|clear>",
		set_tunnel_df, "copy", "DF bit of the outer packet", "外側の DF ビット"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ip tunnel address ; <address:PREFIX>",
		set_tunnel_address, NULL, "Inside address", "トンネルの IP アドレス"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ip tunnel remote address ; <address:IP>",
		set_tunnel_remote, NULL, "Inside address of the peer", "相手側の IP アドレス"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ip tunnel mtu ; <mtu:64-1500>", set_tunnel_mtu,
		"computed from the path", "Largest IP packet inside the tunnel", "トンネルの MTU"),
	SETTING(PLACE_TUNNEL, GRAMMAR_TUNNEL, "ip tunnel tcp mss limit ; <mss:auto|off|536-1460>",
		set_tunnel_mss, "auto", "Limit of the MSS in TCP SYNs", "TCP の MSS の制限"),
	SETTING(PLACE_TUNNEL, 0, "tunnel enable <tunnel:1-100> ;", set_tunnel_enable, "disabled",
		"Use the tunnel", "トンネルを有効にする"),

	SETTING(PLACE_BGP, 0, "bgp use ; <switch:on|off>", set_bgp_use, "off", "Run BGP",
		"BGP を使用するか否か"),
	SETTING(PLACE_BGP, 0, "bgp autonomous-system ; <as:1-4294967295>", set_bgp_as, NULL,
		"Own AS number", "自分側の AS 番号"),
	SETTING(PLACE_BGP, 0, "bgp router id ; <address:IP>", set_bgp_router_id,
		"an address of a LAN interface", "BGP identifier", "ルーター ID"),
	SETTING(PLACE_BGP, 0,
		"bgp neighbor <id:1-2147483647> ; <as:1-4294967295> <address:IP> "
		"[ { hold-time=<hold:off|3-28800> | metric=<metric:1-21474836> | "
		"passive=<passive:on|off> | local-address=<local:IP> } ]",
		set_bgp_neighbor, "hold-time=180 passive=off", "BGP neighbor", "BGP のネイバー"),
	SETTING(PLACE_BGP, 0,
		"bgp import filter <filter:1-2147483647> ; [ reject ] <match:include|refines|equal> "
		"{ <net:all|CIDR> } "
		"[ { metric=<metric:1-16777215> | preference=<preference:0-255> } ]",
		set_bgp_import_filter, "preference=100", "Filter of what is announced",
		"BGP に導入する経路のフィルター"),
	SETTING(PLACE_BGP, 0, "bgp import <as:1-4294967295> static ; filter { <filter:1-2147483647> }",
		set_bgp_import, "nothing is announced", "What is announced to an AS",
		"BGP に導入する経路"),

	SETTING(PLACE_IPSEC, 0, "ipsec auto refresh ; <switch:on|off>", set_ipsec_auto_refresh, "off",
		"Initiate IKE at all", "自動的な鍵交換"),
	SETTING(PLACE_IPSEC, 0,
		"ipsec ike retry ; <count:1-50> <interval:1-100> [ <sessions:1-5> ]", set_ike_retry,
		"10 5 3", "Retransmissions of IKE", "IKE の再送回数と間隔"),

	SETTING(PLACE_SYSLOG, 0, "syslog notice ; <switch:on|off>", set_syslog_notice, "off",
		"Log NOTICE lines", "NOTICE の出力"),
	SETTING(PLACE_SYSLOG, 0, "syslog info ; <switch:on|off>", set_syslog_info, "on",
		"Log INFO lines", "INFO の出力"),
	SETTING(PLACE_SYSLOG, 0, "syslog debug ; <switch:on|off>", set_syslog_debug, "off",
		"Log DEBUG lines", "DEBUG の出力"),

	SETTING(PLACE_CLOUD, 0, "cloud vpn service <cloud:1-3> ; <service:amazon-api>",
		set_cloud_service, NULL, "Cloud service", "クラウドサービス"),
	SETTING(PLACE_CLOUD, 0, "cloud vpn name <cloud:1-3> ; <name:ASCII-32>", set_cloud_name, NULL,
		"Name of the setting", "設定の名称"),
	SETTING(PLACE_CLOUD, 0,
		"cloud vpn parameter <cloud:1-3> ; <access:ASCII-256> <secret:SECRET-256> <vpn:ASCII-256>",
		set_cloud_parameter, NULL, "Access key id, secret access key and VPN id",
		"アクセスキー ID、シークレットアクセスキー、VPN ID"),
	SETTING(PLACE_CLOUD, 0, "cloud vpn option <cloud:1-3> ; region=<region:ASCII-32>",
		set_cloud_option, "region=ap-northeast-1", "Region", "リージョン"),
	SETTING(PLACE_CLOUD, 0, "cloud vpn bind <cloud:1-3> ; <tunnel1:1-100> <tunnel2:1-100>",
		set_cloud_bind, "unused tunnels are chosen", "Tunnels to use", "使用するトンネル"),
	SETTING(PLACE_CLOUD, 0, "cloud vpn syslog ; <switch:on|off>", set_cloud_syslog, "off",
		"Log details of the connection to the cloud", "クラウド接続の詳細なログ"),

	/* Operations. */
	OPERATION(OP_TUNNEL_SELECT, 0, "tunnel select ; <tunnel:none|1-100>",
		"Choose the tunnel to configure", "設定するトンネルの選択"),
	OPERATION(OP_TUNNEL_ENABLE, 0, "tunnel enable ; { <tunnels:RANGES-100> }",
		"Use these tunnels", "トンネルを有効にする"),
	OPERATION(OP_TUNNEL_DISABLE, 0, "tunnel disable { <tunnels:RANGES-100> }",
		"Do not use these tunnels", "トンネルを無効にする"),
	OPERATION(OP_ADMINISTRATOR, GRAMMAR_USER, "administrator", "Become administrator",
		"管理レベルへの移行"),
	OPERATION(OP_EXIT, GRAMMAR_USER, "exit", "Leave this level", "このレベルを抜ける"),
	OPERATION(OP_EXIT, GRAMMAR_USER, "quit", "Leave this level", "このレベルを抜ける"),
	OPERATION(OP_HELP, GRAMMAR_USER, "help", "How to use this console", "コンソールの使い方"),
	OPERATION(OP_SAVE, 0, "save", "Save the configuration", "設定の保存"),
	OPERATION(OP_BGP_REFRESH, 0, "bgp configure refresh", "Make changes of BGP effective",
		"BGP の設定を有効にする"),
	OPERATION(OP_IPSEC_REFRESH, 0, "ipsec refresh sa", "Forget all SAs and negotiate anew",
		"SA の更新"),
	OPERATION(OP_CLOUD_GO, 0, "cloud vpn set go <cloud:1-3> [ <save:save|no-save> ]",
		"Fetch the settings from the cloud and apply them", "クラウドからの設定の取得と適用"),
	OPERATION(OP_SHOW_COMMAND, GRAMMAR_USER, "show command", "List of all commands",
		"コマンドの一覧"),
	OPERATION(OP_SHOW_CONFIG, 0, "show config", "Configuration in force", "現在の設定"),
	OPERATION(OP_SHOW_IP_ROUTE, GRAMMAR_USER, "show ip route [ <what:detail|summary|IP> ]",
		"Routes", "経路"),
	OPERATION(OP_SHOW_IPSEC_SA, GRAMMAR_USER, "show ipsec sa", "SAs", "SA の一覧"),
	OPERATION(OP_SHOW_IPSEC_GATEWAY, GRAMMAR_USER,
		"show ipsec sa gateway [ " GW " ] [ detail ]", "SAs of the gateways", "相手ごとの SA"),
	OPERATION(OP_SHOW_BGP_NEIGHBOR, GRAMMAR_USER, "show status bgp neighbor [ <address:IP> ]",
		"BGP neighbors", "BGP のネイバーの状態"),
	OPERATION(OP_SHOW_TUNNEL, GRAMMAR_USER, "show status tunnel [ <tunnel:up|down|1-100> ]",
		"Tunnels", "トンネルの状態"),
	OPERATION(OP_SHOW_CLOUD, GRAMMAR_USER, "show status cloud vpn [ <cloud:1-3> ]",
		"Connections to the cloud", "クラウドとの VPN 接続の状態"),
	OPERATION(OP_SHOW_DATAPLANE, GRAMMAR_USER, "show status dataplane",
		"Ports, totals and drops of the fast path", "データプレーンの状態"),
	OPERATION(OP_SHOW_LOG, GRAMMAR_USER, "show log [ <order:reverse> ]", "Log", "ログ"),

	/* Known on the router, refused in words here. */
	REFUSED("ip filter ; " REST, "ip filter " NOT_ENFORCED),
	REFUSED("ip <lan:LAN> secure filter ; " REST, "secure filter " NOT_ENFORCED),
	REFUSED("ip tunnel secure filter ; " REST, "secure filter " NOT_ENFORCED),
	REFUSED("ip pp ; " REST, "pp (PPPoE) " NOT_DONE),
	REFUSED("pp ; " REST, "pp (PPPoE) " NOT_DONE),
	REFUSED("ip <lan:LAN> nat descriptor ; " REST, "nat descriptor " NOT_ENFORCED),
	REFUSED("nat descriptor ; " REST, "nat descriptor " NOT_ENFORCED),
	REFUSED("login ; " REST, "login " NOT_DONE),
	REFUSED("statistics ; " REST, "statistics " NOT_DONE),
	REFUSED("dhcp ; " REST, "dhcp " NOT_DONE),
	REFUSED("dns ; " REST, "dns " NOT_DONE),
	REFUSED("schedule at ; " REST, "schedule " NOT_DONE),
	REFUSED("ntpdate ; " REST, "ntpdate is not done by this version: the system keeps the time"),
	REFUSED("syslog host ; " REST, "syslog host " NOT_DONE),
	REFUSED("timezone ; " REST, "timezone is not done by this version: the system's is used"),
	REFUSED("cold ; start", "cold start is not done by this version"),
	REFUSED("bgp neighbor pre-shared-key ; " SECRET_REST, "TCP-MD5 of BGP " NOT_ENFORCED),
	REFUSED("bgp export ; " REST, "bgp export " NOT_ENFORCED),
	REFUSED("ipsec ike local name " GW " ; " REST, "ipsec ike local name " NOT_DONE),
	REFUSED("ipsec ike remote name " GW " ; " REST, "ipsec ike remote name " NOT_DONE),
};
const unsigned grammar_row_count = sizeof(grammar_rows) / sizeof(grammar_rows[0]);

const struct grammar_note grammar_prefixes[] = {
	{"administrator", "Become administrator", "管理レベルへの移行"},
	{"bgp", "BGP", "BGP の設定"},
	{"bgp import", "What BGP announces", "BGP に導入する経路"},
	{"cloud", "VPN connections to cloud services", "クラウドサービスとの VPN 接続"},
	{"cloud vpn", "VPN connections to cloud services", "クラウドサービスとの VPN 接続"},
	{"console", "The console", "コンソールの設定"},
	{"ip", "Interfaces and routes", "IP の設定"},
	{"ip tunnel", "The selected tunnel", "選択中のトンネル"},
	{"ipsec", "IPsec", "IPsec の設定"},
	{"ipsec auto", "Who begins the key exchange", "鍵交換の開始"},
	{"ipsec auto refresh", "Who begins the key exchange", "鍵交換の開始"},
	{"ipsec ike", "Settings of a gateway", "鍵交換の設定"},
	{"ipsec ike local", "Own side", "自分側"},
	{"ipsec ike remote", "Other side", "相手側"},
	{"ipsec tunnel", "The selected tunnel", "選択中のトンネル"},
	{"no", "Take a setting back", "設定の削除"},
	{"show", "Show settings and states", "設定や状態の表示"},
	{"show ipsec", "IPsec", "IPsec の表示"},
	{"show ipsec sa", "SAs", "SA の一覧"},
	{"show status", "States", "状態の表示"},
	{"syslog", "Which lines are logged", "ログの設定"},
	{"tunnel", "Tunnels", "トンネルの設定"},
};
const unsigned grammar_prefix_count = sizeof(grammar_prefixes) / sizeof(grammar_prefixes[0]);

const struct grammar_note grammar_parameters[] = {
	{"access", "Access key id", "アクセスキー ID"},
	{"address", "Address", "IP アドレス"},
	{"as", "AS number", "AS 番号"},
	{"cloud", "Number of the cloud setting", "クラウド設定番号"},
	{"count", "How often", "回数"},
	{"filter", "Number of the filter", "フィルター番号"},
	{"gateway", "Number of the gateway", "相手の番号"},
	{"hold", "Hold time in seconds", "ホールドタイム (秒)"},
	{"id", "Identity, or number", "ID または番号"},
	{"interval", "Seconds", "間隔 (秒)"},
	{"kbytes", "Kilobytes", "キロバイト"},
	{"key", "The key", "鍵"},
	{"lan", "LAN interface", "LAN インタフェース"},
	{"local", "Own address", "自分側の IP アドレス"},
	{"metric", "Metric", "メトリック"},
	{"mss", "Largest segment in bytes", "MSS (バイト)"},
	{"mtu", "Bytes", "MTU (バイト)"},
	{"name", "Name", "名称"},
	{"net", "Network", "ネットワーク"},
	{"policy", "Number of the policy", "ポリシー番号"},
	{"region", "Region", "リージョン"},
	{"seconds", "Seconds", "秒"},
	{"secret", "Secret access key", "シークレットアクセスキー"},
	{"switch", "On or off", "使用するか否か"},
	{"text", "Description", "説明"},
	{"tunnel", "Number of the tunnel", "トンネル番号"},
	{"tunnel1", "Number of the first tunnel", "1 本目のトンネル番号"},
	{"tunnel2", "Number of the second tunnel", "2 本目のトンネル番号"},
	{"tunnels", "Numbers of tunnels", "トンネル番号"},
	{"vpn", "VPN connection id", "VPN ID"},
	{"weight", "Share of the flows", "重み"},
};
const unsigned grammar_parameter_count = sizeof(grammar_parameters) / sizeof(grammar_parameters[0]);
/* clang-format on */
