/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every command of the console, one row each; the rows are in table/, by subject. The order of the
 * settings is the order of `show config` within a place. Ranges and defaults are those of the RTX
 * command reference, edition 12.01; where they differ, README.md says why. */
#include "control/config/grammar.h"
#include "control/config/set.h"

/* clang-format off */

/* A setting and the handler that writes it into the model. */
#define SETTING(place_, flags_, syntax_, set_, initial_, help_, help_ja_) \
	{.syntax = syntax_, .flags = flags_, .place = place_, .set = set_, .initial = initial_, \
	 .help = help_, .help_ja = help_ja_}
/* A setting that is checked, kept, shown and saved, and has no effect yet. To give it one, make it
 * a SETTING with a handler. */
#define KEPT(place_, flags_, syntax_, initial_, help_, help_ja_) \
	SETTING(place_, (flags_) | GRAMMAR_KEPT, syntax_, set_nothing, initial_, help_, help_ja_)
#define OPERATION(operation_, flags_, syntax_, help_, help_ja_) \
	{.syntax = syntax_, .flags = flags_, .operation = operation_, .help = help_, \
	 .help_ja = help_ja_}
/* What there is none of here: why, in a sentence. */
#define REFUSED(syntax_, refusal_, refusal_ja_) \
	{.syntax = syntax_, .flags = GRAMMAR_HIDDEN, .operation = OP_REFUSED, .refusal = refusal_, \
	 .refusal_ja = refusal_ja_, .help = "", .help_ja = ""}

#define GW "<gateway:TUNNEL>"
#define HMAC "sha-hmac|sha256-hmac|sha384-hmac|sha512-hmac|!md5-hmac"
#define ID_TYPE "ipv4-addr|fqdn|user-fqdn|rfc822-addr=user-fqdn|ipv6-addr|key-id|tel|tel-key"
#define FILTER_LIST "( { <filter:1-21474836> } [ dynamic { <dynamic:1-21474836> } ] | " \
	"dynamic { <dynamic:1-21474836> } )"
#define APPLICATIONS \
	"tcp|udp|ping|echo|discard|daytime|chargen|ftp|ssh|telnet|smtp|submission|" \
	"time|whois|dns|domain|tftp|gopher|finger|http|www|https|pop3|sunrpc|ident|" \
	"nntp|ntp|ms-rpc|netbios_ns|netbios_dgm|netbios_ssn|imap|imap3|snmp|" \
	"snmptrap|bgp|ldap|ms-ds|ike|ipsec-nat-t|rlogin|rwho|rsh|syslog|printer|" \
	"rip|ripng|ms-sql|radius|l2tp|pptp|nfs|msblast|sip|netmeeting|ping6|dhcpc|" \
	"dhcps|dhcpv6c|dhcpv6s"
#define REST "[ { <rest:TEXT-4095> } ]"
#define NO_PP "there is no pp interface here: no PPPoE and no dial-up; give a lan an address"
#define NO_PP_JA "pp インタフェースはありません (PPPoE とダイヤルアップは非対応)。lan にアドレスを設定してください"

const struct grammar_row grammar_rows[] = {
#include "control/config/table/console.inc"
#include "control/config/table/ip.inc"
#include "control/config/table/tunnel.inc"
#include "control/config/table/bgp.inc"
#include "control/config/table/service.inc"
#include "control/config/table/operation.inc"
#include "control/config/table/refused.inc"
};
/* clang-format on */
const unsigned grammar_row_count = sizeof(grammar_rows) / sizeof(grammar_rows[0]);
