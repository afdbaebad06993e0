/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a kind of failure to what to do. */
#include "control/console/remedy.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/config/language.h"

const char *remedy_of_cloud(enum cloud_fault fault)
{
	static const char *const row[CLOUD_FAULTS] = {
	    [CLOUD_FAULT_OTHER] = "",
	    [CLOUD_FAULT_NAME] = SAID("is the region of `cloud vpn option N` spelt right? Names "
				      "are asked of the servers in /etc/resolv.conf of this "
				      "machine (`dns server` is for its hosts): does one answer?"),
	    [CLOUD_FAULT_UNREACHED] =
		SAID("`show ip route`: does the default route lead out? Is TCP port 443 let out? "
		     "`doctor` looks at our own filters"),
	    [CLOUD_FAULT_CUT] = SAID("something on the way cuts the connection: a firewall, a "
				     "proxy, or an MTU that is too large"),
	    [CLOUD_FAULT_CLOCK] =
		SAID("set the clock: `ntpdate SERVER`, or the system's time service"),
	    [CLOUD_FAULT_CERTIFICATE] =
		SAID("somebody else answers in place of AWS, as a proxy or a login page does: let "
		     "the connection pass it, or give `--ca-file` the CA that it uses"),
	    [CLOUD_FAULT_TRUST_STORE] = SAID(
		"`--ca-file` of cgw-control has to name a file of CAs: install ca-certificates"),
	    [CLOUD_FAULT_CREDENTIALS] =
		SAID("`cloud vpn parameter N ACCESS-KEY SECRET-KEY VPN-ID`, or give this machine a "
		     "role or a file of credentials"),
	    [CLOUD_FAULT_KEY] =
		SAID("compare access key and secret key with IAM's, and set them by `cloud vpn "
		     "parameter N ACCESS-KEY SECRET-KEY VPN-ID`; renew a temporary key"),
	    [CLOUD_FAULT_RIGHT] =
		SAID("allow the key's user or role in IAM the action that is refused"),
	    [CLOUD_FAULT_VPN_ID] =
		SAID("is that the VPN id that AWS's console shows, and its region that of `cloud "
		     "vpn option N region=`? An id is known in its own account and region alone"),
	    [CLOUD_FAULT_TARGET] =
		SAID("is that the id of a VPC or transit gateway of this account, and its region "
		     "that of `cloud vpn option N region=`?"),
	    [CLOUD_FAULT_LATER] =
		SAID("wait a little, and try again: the fault is AWS's, or it was asked too often"),
	    [CLOUD_FAULT_ANSWER] = SAID("that was not EC2: look at `endpoint=` of `cloud vpn "
					"option N`, and for a proxy on the way"),
	    [CLOUD_FAULT_OPTION] =
		SAID("change the tunnel option that is named, in the VPN connection at AWS"),
	    [CLOUD_FAULT_LINES] = SAID(
		"change or take out the line that is in the way, then `cloud vpn set go N` again"),
	    [CLOUD_FAULT_TWICE] = SAID("one setting is enough for a VPN connection: take this one "
				       "out with `no cloud vpn parameter N`"),
	    [CLOUD_FAULT_INSIDE] =
		SAID("change the inside CIDR of one of the two VPN connections at AWS, or take the "
		     "other one down"),
	};

	return row[fault];
}

const char *remedy_of_tunnel(enum agent_tunnel_fault fault)
{
	static const char *const row[AGENT_TUNNEL_FAULTS] = {
	    [AGENT_TUNNEL_OTHER] = "",
	    [AGENT_TUNNEL_CONFIG] = SAID(
		"`check` names the line that is missing; `cloud vpn set go N` writes all of them"),
	    [AGENT_TUNNEL_ROUTE] = SAID("`ip route default gateway ADDRESS`: AWS is reached by it"),
	    [AGENT_TUNNEL_ADDRESS] =
		SAID("`ip lan2 address ADDRESS/MASK`, or `ip lan2 address dhcp`"),
	    [AGENT_TUNNEL_GATEWAY] = SAID(
		"is that the address of the next router, and is it up? `ping` and `show arp` tell"),
	    [AGENT_TUNNEL_SOCKET] =
		SAID("end the program that has the port: another IKE daemon runs on this machine"),
	    [AGENT_TUNNEL_SILENT] =
		SAID("is UDP 500 and 4500 let out and back in? `doctor` looks at our own filters. "
		     "Does the customer gateway at AWS have the address that we are seen with?"),
	    [AGENT_TUNNEL_PROPOSAL] =
		SAID("the peer takes none of our proposals: `show cloud vpn compare N` shows what "
		     "AWS wants, `cloud vpn set go N` takes it over"),
	    [AGENT_TUNNEL_KEY] =
		SAID("the pre-shared keys differ: `cloud vpn set go N` takes over AWS's"),
	    [AGENT_TUNNEL_NETWORKS] =
		SAID("`ipsec ike local id` and `remote id` have to be those of the VPN connection "
		     "at AWS: without them it is 0.0.0.0/0"),
	};

	return row[fault];
}

/* Words of bgp_error_format(), behind who said it. */
static const char *what_ended(const char *reset)
{
	static const char *const who[] = {"received ", "sent "};

	for (unsigned i = 0; i < 2; i++)
		if (strncmp(reset, who[i], strlen(who[i])) == 0)
			return reset + strlen(who[i]);
	return reset;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

const char *remedy_of_bgp(const char *reset, int tcp_error, bool *of_tunnel)
{
	const char *what = what_ended(reset);
	bool received = *reset == 'r';

	*of_tunnel = false;
	if (tcp_error == ECONNREFUSED)
		return SAID(
		    "nobody speaks BGP there: is the VPN connection at AWS one with BGP, and "
		    "is that its inside address (`show cloud vpn compare N`)?");
	*of_tunnel = tcp_error == ETIMEDOUT || tcp_error == EHOSTUNREACH ||
		     begins(what, "Hold Timer") || begins(what, "send hold timer") ||
		     begins(what, "Send Hold Timer");
	if (*of_tunnel)
		return SAID("the peer fell silent: look at its tunnel, `show status tunnel N`");
	if (begins(what, "Cease/Maximum Number of Prefixes"))
		return received
			   ? SAID("announce less by `bgp import filter`: AWS takes 100 prefixes")
			   : SAID("AWS sends more prefixes than are taken here: let it send fewer");
	if (received && begins(what, "Cease/"))
		return SAID(
		    "the peer has ended the session on purpose, as AWS does for maintenance: "
		    "it comes back by itself, or who runs the peer has to begin it");
	if (!*what || begins(what, "OPEN Message Error"))
		return SAID(
		    "`show status bgp neighbor`: AS numbers and inside addresses have to be "
		    "AWS's (`show cloud vpn compare N`)");
	return SAID("the session begins again by itself; `show log` tells what came before");
}

static bool ends_word(char c)
{
	return !isalnum((unsigned char)c) && c != '-' && c != '_';
}

const char *remedy_fill(const char *said, uint32_t id, char out[REMEDY_BYTES])
{
	size_t used = 0;

	for (const char *p = said; *p && used + 12 < REMEDY_BYTES; p++) {
		if (id && *p == 'N' && p > said && p[-1] == ' ' && ends_word(p[1]))
			used += (size_t)snprintf(out + used, REMEDY_BYTES - used, "%u", id);
		else
			out[used++] = *p;
	}
	out[used] = '\0';
	return out;
}

uint32_t remedy_cloud_of_tunnel(const struct config_model *model, uint32_t tunnel)
{
	for (uint32_t id = 1; model && id <= CONFIG_CLOUDS; id++)
		for (unsigned i = 0; model->cloud[id].vpn_id[0] && i < 2; i++)
			if (model->cloud[id].bind[i] == tunnel)
				return id;
	return 0;
}
