/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a kind of failure to what to do. */
#include "control/console/remedy.h"

const char *remedy_of_cloud(enum cloud_fault fault, bool japanese)
{
	static const struct {
		const char *english, *japanese;
	} row[CLOUD_FAULTS] = {
	    [CLOUD_FAULT_OTHER] = {"", ""},
	    [CLOUD_FAULT_NAME] =
		{"is the region of `cloud vpn option` spelt right? Names are asked of the servers "
		 "in /etc/resolv.conf of this machine (`dns server` is for its hosts): does one "
		 "answer?",
		    "cloud vpn option のリージョンと、このマシンの /etc/resolv.conf の DNS サーバー"
		    "(dns server は配下の端末用) が応答するかを確認してください"},
	    [CLOUD_FAULT_UNREACHED] =
		{"`show ip route`: does the default route lead out? Is TCP port 443 let out?",
		    "show ip route でデフォルト経路を確認し、TCP 443 番ポートが遮断されていないか"
		    "確認してください"},
	    [CLOUD_FAULT_CUT] = {"something on the way cuts the connection: a firewall, a proxy, "
				 "or an MTU that is too large",
		"途中のファイアウォール、プロキシ、大きすぎる MTU を確認してください"},
	    [CLOUD_FAULT_CLOCK] = {"set the clock: `ntpdate SERVER`, or the system's time service",
		"時計を合わせてください (ntpdate サーバー、またはシステムの時刻同期)"},
	    [CLOUD_FAULT_CERTIFICATE] =
		{"somebody else answers in place of AWS, as a proxy or a login page does: let the "
		 "connection pass it, or give `--ca-file` the CA that it uses",
		    "AWS の代わりにプロキシなどが応答しています。除外設定をするか、その CA を "
		    "--ca-file に指定してください"},
	    [CLOUD_FAULT_TRUST_STORE] =
		{"`--ca-file` of cgw-control has to name a file of CAs: install ca-certificates",
		    "cgw-control の --ca-file に CA のファイルが必要です。ca-certificates を"
		    "インストールしてください"},
	    [CLOUD_FAULT_CREDENTIALS] = {"`cloud vpn parameter N ACCESS-KEY SECRET-KEY VPN-ID`, or "
					 "give this machine a role "
					 "or a file of credentials",
		"cloud vpn parameter でアクセスキーを設定するか、このマシンにロールまたは"
		"認証情報ファイルを用意してください"},
	    [CLOUD_FAULT_KEY] =
		{"compare access key and secret key with IAM's, and set them by `cloud vpn "
		 "parameter N ACCESS-KEY SECRET-KEY VPN-ID`; renew a temporary key",
		    "IAM のアクセスキーとシークレットキーを確認し、cloud vpn parameter で設定し直"
		    "してください。一時的なキーは更新してください"},
	    [CLOUD_FAULT_RIGHT] = {"allow the key's user or role in IAM the action that is refused",
		"IAM でキーのユーザーまたはロールに、拒否された操作を許可してください"},
	    [CLOUD_FAULT_VPN_ID] =
		{"is that the VPN id that AWS's console shows, and its region that of `cloud vpn "
		 "option N region=`? An id is known in its own account and region alone",
		    "AWS のコンソールで VPN ID を確認し、cloud vpn option の region= と、キーの"
		    "アカウントが合っているか確認してください"},
	    [CLOUD_FAULT_LATER] = {"wait a little, and try again: the fault is AWS's, or it was "
				   "asked too often",
		"AWS 側の障害または要求過多です。しばらく待ってから再度実行してください"},
	    [CLOUD_FAULT_ANSWER] =
		{"that was not EC2: look at `endpoint=` of `cloud vpn option`, and for a proxy on "
		 "the way",
		    "EC2 の応答ではありません。cloud vpn option の endpoint= と途中のプロキシを"
		    "確認してください"},
	    [CLOUD_FAULT_OPTION] =
		{"change the tunnel option that is named, in the VPN connection at AWS",
		    "AWS の VPN 接続で、示されたトンネルオプションを変更してください"},
	    [CLOUD_FAULT_LINES] =
		{"change or take out the line that is in the way, then `cloud vpn set go` again",
		    "競合する設定を変更または削除してから、再度 cloud vpn set go を実行してくださ"
		    "い"},
	};

	return japanese ? row[fault].japanese : row[fault].english;
}

const char *remedy_of_tunnel(enum agent_tunnel_fault fault, bool japanese)
{
	static const struct {
		const char *english, *japanese;
	} row[AGENT_TUNNEL_FAULTS] = {
	    [AGENT_TUNNEL_OTHER] = {"", ""},
	    [AGENT_TUNNEL_CONFIG] = {"`check` names the line that is missing; `cloud vpn set go` "
				     "writes all of them",
		"check で不足している設定を確認してください。cloud vpn set go で設定できます"},
	    [AGENT_TUNNEL_ROUTE] = {"`ip route default gateway ADDRESS`: AWS is reached by it",
		"AWS への経路を ip route default gateway で設定してください"},
	    [AGENT_TUNNEL_ADDRESS] = {"`ip lan2 address ADDRESS/MASK`, or `ip lan2 address dhcp`",
		"ip lan2 address でアドレスを設定してください"},
	    [AGENT_TUNNEL_GATEWAY] =
		{"is that the address of the next router, and is it up? `ping` and `show arp` "
		 "tell",
		    "ゲートウェイのアドレスと状態を ping と show arp で確認してください"},
	    [AGENT_TUNNEL_SOCKET] = {"end the program that has the port: another IKE daemon runs "
				     "on this machine",
		"ポートを使用しているプログラム (他の IKE デーモン) を終了してください"},
	    [AGENT_TUNNEL_SILENT] =
		{"is UDP 500 and 4500 let out and back in? Does the customer gateway at AWS have "
		 "the address that we are seen with?",
		    "UDP 500 と 4500 が通りますか？ AWS のカスタマーゲートウェイのアドレスは、"
		    "こちらの外側アドレスと一致していますか？"},
	    [AGENT_TUNNEL_PROPOSAL] =
		{"`show cloud vpn compare` shows what AWS wants; `cloud vpn set go` takes it over",
		    "`show cloud vpn compare` で AWS の設定を確認し、`cloud vpn set go` で反映して"
		    "ください"},
	    [AGENT_TUNNEL_KEY] = {"the pre-shared keys differ: `cloud vpn set go` takes over AWS's",
		"事前共有鍵が異なります。`cloud vpn set go` で AWS の鍵を反映してください"},
	    [AGENT_TUNNEL_NETWORKS] =
		{"`ipsec ike local id` and `remote id` have to be those of the VPN connection at "
		 "AWS: without them it is 0.0.0.0/0",
		    "ipsec ike local id と remote id を AWS の VPN 接続に合わせてください。設定が"
		    "ない場合は 0.0.0.0/0 です"},
	};

	return japanese ? row[fault].japanese : row[fault].english;
}
