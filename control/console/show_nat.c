/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show nat descriptor address: by descriptor, the inner hosts and how many connections each has;
 * with `detail` every connection. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

/* The router's word for one outer port serving many destinations, of TCP and UDP. */
#define OPERATION_TYPE 3

#define SESSIONS_MAX 65536
#define APPLIED_MAX  (CONFIG_LANS * CONFIG_NAT_LISTED)

struct nat_view {
	size_t applied_count, session_count, total;
	struct nat_applied applied[APPLIED_MAX];
	struct nat_session *session; /* by inner address */
};

static const char *type_name(const struct nat_applied *applied)
{
	return applied->nat->type == CONFIG_NAT              ? "nat"
	       : applied->nat->type == CONFIG_NAT_MASQUERADE ? "nat-masquerade"
							     : "masquerade";
}

static int by_inner(const void *a, const void *b)
{
	const struct nat_session *x = a, *y = b;
	int order = memcmp(x->inner.bytes, y->inner.bytes, 4);

	return order ? order : (x->inner_port > y->inner_port) - (x->inner_port < y->inner_port);
}

/* Of those that a number or `all` names. */
static bool is_asked(const struct grammar_args *args, const struct nat_applied *applied)
{
	uint32_t which = args_number(args, "which", 0);

	return which == 0 || which == applied->nat->number;
}

/* The sessions of one descriptor, one after the other; begin with *at = 0. NULL = no more. */
static const struct nat_session *next_session(
    const struct nat_view *view, const struct nat_applied *applied, size_t *at)
{
	while (*at < view->session_count) {
		const struct nat_session *session = &view->session[(*at)++];

		if (nat_holds(applied, &session->outer))
			return session;
	}
	return NULL;
}

static size_t count_sessions(const struct nat_view *view, const struct nat_applied *applied)
{
	size_t at = 0, count = 0;

	while (next_session(view, applied, &at))
		count++;
	return count;
}

static const char *protocol_text(uint8_t protocol, char text[8])
{
	switch (protocol) {
	case IPPROTO_TCP: return "TCP";
	case IPPROTO_UDP: return "UDP";
	case IPPROTO_ICMP: return "ICMP";
	case IPPROTO_ESP: return "ESP";
	default: (void)snprintf(text, 8, "%u", protocol); return text;
	}
}

static const char *outer_text(const struct nat_applied *applied, char text[64])
{
	struct ip_addr outer = ip_addr_v4(applied->outer);
	char address[IP_ADDR_TEXT_BYTES];

	(void)snprintf(
	    text, 64, "%s%s", applied->primary ? "primary/" : "", ip_addr_format(&outer, address));
	return text;
}

/* ---- text ---- */

static void print_forward(const struct show *show, const struct config_forward *forward)
{
	char inner[IP_ADDR_TEXT_BYTES], protocol[8], left[64], ports[24] = "*";

	ip_addr_format(&forward->inner, inner);
	if (forward->all_ports)
		(void)snprintf(left, sizeof(left), "%s.*", inner);
	else
		(void)snprintf(left, sizeof(left), "%s.%u", inner, forward->inner_low);
	if (!forward->all_ports && forward->outer_low == forward->outer_high)
		(void)snprintf(ports, sizeof(ports), "%u", forward->outer_low);
	else if (!forward->all_ports)
		(void)snprintf(
		    ports, sizeof(ports), "%u-%u", forward->outer_low, forward->outer_high);
	text_printf(show->out, "    %8s  %21s  %21s  %11s  %10s\n",
	    protocol_text(forward->protocol, protocol), left, "*.*.*.*.*", ports, "static");
}

static void print_session(const struct show *show, const struct nat_session *session)
{
	char inner[64], remote[64], address[IP_ADDR_TEXT_BYTES], protocol[8];

	(void)snprintf(inner, sizeof(inner), "%s.%u", ip_addr_format(&session->inner, address),
	    session->inner_port);
	(void)snprintf(remote, sizeof(remote), "%s.%u", ip_addr_format(&session->remote, address),
	    session->remote_port);
	text_printf(show->out, "    %8s  %21s  %21s  %11u  %10" PRIu32 "\n",
	    protocol_text(session->protocol, protocol), inner, remote, session->outer_port,
	    session->rest_sec);
}

static void print_detail(
    const struct show *show, const struct nat_view *view, const struct nat_applied *applied)
{
	const struct nat_session *session;
	size_t at = 0;

	text_printf(show->out, "%s",
	    show_word(show,
		"    Protocol          Inner address            Destination   Masquerade      "
		"TTL(s)\n",
		"  プロトコル           内側アドレス                   宛先   マスカレード     "
		"TTL(秒)\n"));
	for (uint32_t i = 0; i < applied->nat->forward_count; i++)
		print_forward(show, &applied->nat->forward[i]);
	while ((session = next_session(view, applied, &at)) != NULL)
		print_session(show, session);
}

static void print_hosts(
    const struct show *show, const struct nat_view *view, const struct nat_applied *applied)
{
	const struct nat_session *session, *host = NULL;
	char address[IP_ADDR_TEXT_BYTES];
	size_t at = 0, number = 0, count = 0;

	text_puts(show->out, show_word(show, "  No.       Inner address   Sessions  Type\n",
				 "  No.        内側アドレス  セッション数  種別\n"));
	do {
		session = next_session(view, applied, &at);
		if (host && (!session || !ip_addr_equal(&session->inner, &host->inner))) {
			text_printf(show->out, "%5zu  %18s %10zu  dynamic\n", ++number,
			    ip_addr_format(&host->inner, address), count);
			count = 0;
		}
		host = session;
		count++;
	} while (session);
}

static void print_applied(const struct show *show, const struct nat_view *view,
    const struct nat_applied *applied, bool detail)
{
	char text[64];

	text_printf(show->out, "%s : %" PRIu32 ", %s : LAN%" PRIu32 "(1)\n",
	    show_word(show, "Reference NAT descriptor", "参照NATディスクリプタ"),
	    applied->nat->number, show_word(show, "Applied interface", "適用インタフェース"),
	    applied->lan);
	text_printf(show->out, "%s%s\n", applied->nat->type == CONFIG_NAT ? "NAT" : "Masquerade",
	    show_word(show, " table", "テーブル"));
	text_printf(show->out, "    %s: %s\n", show_word(show, "Outer address", "外側アドレス"),
	    outer_text(applied, text));
	if (applied->nat->type != CONFIG_NAT)
		text_printf(show->out, "    %s: %d-%d   %zu%s\n",
		    show_word(show, "Port range", "ポート範囲"), NAT_PORT_LOW, NAT_PORT_HIGH,
		    count_sessions(view, applied), show_word(show, " in use", "個使用中"));
	if (detail)
		print_detail(show, view, applied);
	else
		print_hosts(show, view, applied);
	text_puts(show->out, "---------------------\n");
}

static void print(
    const struct show *show, const struct grammar_args *args, const struct nat_view *view)
{
	unsigned count = 0;

	text_printf(show->out, "%s : %d\n",
	    show_word(show, "NAT/IP masquerade operation type", "NAT/IPマスカレード 動作タイプ"),
	    OPERATION_TYPE);
	for (size_t i = 0; i < view->applied_count; i++) {
		if (!is_asked(args, &view->applied[i]))
			continue;
		print_applied(show, view, &view->applied[i], args_keyword(args, "detail"));
		count++;
	}
	if (view->total > view->session_count)
		text_printf(show->out,
		    show_word(show, "Only %zu of %zu connections were looked at.\n",
			"%zu 個のみ表示しています (全 %zu 個)\n"),
		    view->session_count, view->total);
	text_printf(show->out,
	    show_word(show, "NAT descriptor tables in force: %u\n",
		"有効なNATディスクリプタテーブルが%u個ありました\n"),
	    count);
}

/* ---- JSON ---- */

static json_t *session_json(const struct nat_session *session)
{
	return json_pack("{s:i, s:o, s:i, s:o, s:i, s:o, s:i, s:i}", "protocol", session->protocol,
	    "inner", show_json_address(&session->inner), "inner_port", session->inner_port, "outer",
	    show_json_address(&session->outer), "outer_port", session->outer_port, "remote",
	    show_json_address(&session->remote), "remote_port", session->remote_port, "expires_sec",
	    (int)session->rest_sec);
}

static json_t *applied_json(const struct nat_view *view, const struct nat_applied *applied)
{
	struct ip_addr outer = ip_addr_v4(applied->outer);
	json_t *sessions = json_array();
	const struct nat_session *session;
	bool bad = false;
	size_t at = 0;

	while ((session = next_session(view, applied, &at)) != NULL)
		bad |= json_array_append_new(sessions, session_json(session)) != 0;
	return json_pack("{s:i, s:o, s:s, s:o, s:b, s:o}", "number", (int)applied->nat->number,
	    "interface", json_sprintf("LAN%u", applied->lan), "type", type_name(applied),
	    "outer_address", show_json_address(&outer), "primary", applied->primary, "sessions",
	    show_json_array(sessions, bad));
}

static int answer(const struct show *show, const struct grammar_args *args,
    const struct nat_view *view, char *error, size_t error_bytes)
{
	json_t *descriptors = json_array();
	bool bad = false;

	for (size_t i = 0; i < view->applied_count; i++)
		if (is_asked(args, &view->applied[i]))
			bad |= json_array_append_new(
				   descriptors, applied_json(view, &view->applied[i])) != 0;
	return show_answer(show, "show-nat-descriptor-address/1",
	    json_pack("{s:I, s:o}", "translated_sessions", (json_int_t)view->total, "descriptors",
		show_json_array(descriptors, bad)),
	    error, error_bytes);
}

int show_nat(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct nat_view *view = calloc(1, sizeof(*view));
	int rc = 0;

	if (view)
		view->session = calloc(SESSIONS_MAX, sizeof(*view->session));
	if (!view || !view->session) {
		free(view);
		return show_no_memory(error, error_bytes);
	}
	view->applied_count = agent_nat(show->agent, view->applied, APPLIED_MAX);
	if (view->applied_count)
		rc = agent_nat_sessions(show->agent, view->session, SESSIONS_MAX, &view->total);
	view->session_count = view->total < SESSIONS_MAX ? view->total : SESSIONS_MAX;
	qsort(view->session, view->session_count, sizeof(*view->session), by_inner);
	if (rc)
		snprintf(error, error_bytes, say("the kernel does not tell its connections: %s"),
		    strerror(-rc));
	else if (show->answer)
		rc = answer(show, args, view, error, error_bytes);
	else
		print(show, args, view);
	free(view->session);
	free(view);
	return rc;
}
