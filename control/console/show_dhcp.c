/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status dhcp: scopes, what of them is lent, to whom and for how long. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/scope.h"
#include "control/console/show_json.h"

#define LEASES_MAX 4096
#define NETWORK    23 /* columns of the network's label, and */
#define LABEL      33 /* of all others; a Japanese character takes two */

static void print_label(const struct show *show, const char *english, const char *japanese)
{
	show_label(show, LABEL, english, japanese);
}

static void print_number(
    const struct show *show, const char *english, const char *japanese, uint64_t number)
{
	print_label(show, english, japanese);
	text_printf(show->out, "%" PRIu64 "\n", number);
}

static void print_octets(const struct show *show, const uint8_t *octet, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		text_printf(show->out, "%s%02x", i ? " " : "", octet[i]);
	text_puts(show->out, "\n");
}

/* Who it is: by the identifier it sends, or by its hardware address. */
static void print_client(
    const struct show *show, const uint8_t *id, unsigned id_bytes, const uint8_t *mac)
{
	if (id_bytes) {
		print_label(show, "(type) Client ID", "(タイプ) クライアントID");
		text_printf(show->out, "(%02x) ", id[0]);
		print_octets(show, id + 1, id_bytes - 1);
		return;
	}
	print_label(show, "Client Ethernet address", "クライアントイーサネットアドレス");
	text_printf(show->out, "%02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3],
	    mac[4], mac[5]);
}

static void print_lease(const struct show *show, const struct lease *lease)
{
	char text[IP_ADDR_TEXT_BYTES];

	print_label(show, "Leased address", "割り当て中アドレス");
	text_printf(show->out, "%s\n", ip_addr_format(&lease->address, text));
	print_client(show, lease->id, lease->id_bytes, lease->mac);
	if (lease->host[0]) {
		print_label(show, "Host Name", "ホスト名");
		text_printf(show->out, "%s\n", lease->host);
	}
	print_label(show, "Remaining lease", "リース残時間");
	if (lease->expires_unix == 0)
		text_printf(show->out, "%s\n", show_word(show, "infinity", "無期限"));
	else
		show_rest(show, lease->expires_unix - show->now_unix);
}

static void print_bind(const struct show *show, const struct config_bind *bind)
{
	char text[IP_ADDR_TEXT_BYTES];

	print_label(show, "Reserved address", "予約済みアドレス");
	text_printf(show->out, "%s\n", ip_addr_format(&bind->address, text));
	print_client(show, bind->id, bind->by_mac ? 0 : bind->id_bytes, bind->id);
}

static bool in_scope(const struct config_scope *scope, const struct ip_addr *addr)
{
	uint32_t host = ip_addr_v4_host(addr);

	return host >= scope->pool.low && host <= scope->pool.high;
}

static bool is_lent(const struct lease *lease, size_t count, const struct ip_addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (ip_addr_equal(&lease[i].address, addr))
			return true;
	return false;
}

static uint64_t count_free(const struct config_scope *scope)
{
	struct config_range range;
	uint64_t from = 0, count = 0;

	while (scope_next(scope, &from, &range))
		count += (uint64_t)range.high - range.low + 1;
	return count;
}

/* One scope, with what of it is lent. */
struct view {
	const struct config_dhcp_service *dhcp;
	const struct config_scope *scope;
	const struct lease *lease; /* of all scopes */
	size_t lease_count;
	uint64_t all, free_count, lent, reserved;
};

/* True for a reservation of the scope that is not lent now. */
static bool is_waiting(const struct view *view, const struct config_bind *bind)
{
	return bind->scope == view->scope->number &&
	       !is_lent(view->lease, view->lease_count, &bind->address);
}

static struct view look(const struct config_dhcp_service *dhcp, const struct config_scope *scope,
    const struct lease *lease, size_t lease_count)
{
	struct view view = {dhcp, scope, lease, lease_count,
	    (uint64_t)scope->pool.high - scope->pool.low + 1, count_free(scope), 0, 0};

	for (size_t i = 0; i < lease_count; i++)
		view.lent += in_scope(scope, &lease[i].address);
	for (uint32_t i = 0; i < dhcp->bind_count; i++)
		view.reserved += is_waiting(&view, &dhcp->bind[i]);
	return view;
}

static uint64_t usable(const struct view *view)
{
	return view->free_count > view->lent ? view->free_count - view->lent : 0;
}

static struct ip_addr network_of(const struct config_scope *scope)
{
	return ip_addr_v4(scope->pool.low & scope_mask(scope->length));
}

/* ---- text ---- */

static void print_scope(const struct show *show, const struct view *view, bool summary)
{
	struct ip_addr network = network_of(view->scope);
	char text[IP_ADDR_TEXT_BYTES];

	text_printf(show->out, "%s: %" PRIu32 "\n",
	    show_word(show, "DHCP Scope number", "DHCPスコープ番号"), view->scope->number);
	show_label(show, NETWORK, "Network address", "ネットワークアドレス");
	text_printf(show->out, "%s\n", ip_addr_format(&network, text));
	for (size_t i = 0; i < view->lease_count && !summary; i++)
		if (in_scope(view->scope, &view->lease[i].address))
			print_lease(show, &view->lease[i]);
	for (uint32_t i = 0; i < view->dhcp->bind_count && !summary; i++)
		if (is_waiting(view, &view->dhcp->bind[i]))
			print_bind(show, &view->dhcp->bind[i]);
	print_number(show, "All", "全アドレス数", view->all);
	print_number(show, "Except", "除外アドレス数", view->all - view->free_count);
	print_number(show, "Leased", "割り当て中アドレス数", view->lent);
	print_label(show, "Usable", "利用可能アドレス数");
	text_printf(show->out,
	    show_word(show, "%" PRIu64 " (Reserved: %" PRIu64 ")\n",
		"%" PRIu64 " (うち予約済アドレス数: %" PRIu64 ")\n"),
	    usable(view), view->reserved);
}

/* ---- JSON ---- */

/* Two digits an octet, the type first; null without one. */
static json_t *id_json(const uint8_t *id, unsigned bytes)
{
	char text[CONFIG_CLIENT_ID * 2 + 1];

	for (unsigned i = 0; i < bytes; i++)
		(void)sprintf(text + 2 * i, "%02x", id[i]);
	return bytes ? json_string(text) : json_null();
}

static json_t *leases_json(const struct view *view)
{
	json_t *leases = json_array();
	bool bad = false;

	for (size_t i = 0; i < view->lease_count; i++) {
		const struct lease *lease = &view->lease[i];

		if (!in_scope(view->scope, &lease->address))
			continue;
		bad |= json_array_append_new(leases,
			   json_pack("{s:o, s:o, s:o, s:o, s:o}", "address",
			       show_json_address(&lease->address), "mac", show_json_mac(lease->mac),
			       "client_id", id_json(lease->id, lease->id_bytes), "host",
			       show_json_text_or_null(lease->host), "expires",
			       show_json_time(lease->expires_unix))) != 0;
	}
	return show_json_array(leases, bad);
}

static json_t *reserved_json(const struct view *view)
{
	json_t *reserved = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < view->dhcp->bind_count; i++) {
		const struct config_bind *bind = &view->dhcp->bind[i];

		if (!is_waiting(view, bind))
			continue;
		bad |= json_array_append_new(reserved,
			   json_pack("{s:o, s:o, s:o}", "address",
			       show_json_address(&bind->address), "mac",
			       bind->by_mac ? show_json_mac(bind->id) : json_null(), "client_id",
			       id_json(bind->id, bind->by_mac ? 0 : bind->id_bytes))) != 0;
	}
	return show_json_array(reserved, bad);
}

static json_t *scope_json(const struct view *view)
{
	struct ip_prefix network = {network_of(view->scope), view->scope->length};
	struct ip_addr first = ip_addr_v4(view->scope->pool.low);
	struct ip_addr last = ip_addr_v4(view->scope->pool.high);

	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I}}", "number",
	    (int)view->scope->number, "network", show_json_prefix(&network), "first",
	    show_json_address(&first), "last", show_json_address(&last), "leases",
	    leases_json(view), "reserved", reserved_json(view), "addresses", "all",
	    (json_int_t)view->all, "except", (json_int_t)(view->all - view->free_count), "leased",
	    (json_int_t)view->lent, "usable", (json_int_t)usable(view));
}

/* ---- both ---- */

static const struct config_dhcp_service *served(const struct show *show)
{
	const struct config_model *model = config_model(show->config);

	return model && model->dhcp.service == CONFIG_DHCP_SERVER ? &model->dhcp : NULL;
}

/* Every scope, or the one that was asked for. Returns how many. */
static unsigned show_scopes(const struct show *show, const struct grammar_args *args,
    const struct config_dhcp_service *dhcp, const struct lease *lease, size_t count, json_t *scopes,
    bool *bad)
{
	uint32_t only = args_number(args, "scope", 0);
	unsigned shown = 0;

	for (uint32_t i = 0; i < dhcp->scope_count; i++) {
		struct view view;

		if (only && dhcp->scope[i].number != only)
			continue;
		view = look(dhcp, &dhcp->scope[i], lease, count);
		shown++;
		if (scopes)
			*bad |= json_array_append_new(scopes, scope_json(&view)) != 0;
		else
			print_scope(show, &view, args_keyword(args, "summary"));
	}
	return shown;
}

int show_dhcp(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct config_dhcp_service *dhcp = served(show);
	struct lease *lease = dhcp ? calloc(LEASES_MAX, sizeof(*lease)) : NULL;
	json_t *scopes = show->answer ? json_array() : NULL;
	unsigned shown = 0;
	bool bad = false;

	if (lease)
		shown = show_scopes(show, args, dhcp, lease,
		    agent_dhcp_leases(show->agent, lease, LEASES_MAX), scopes, &bad);
	free(lease);
	if (dhcp && !lease) {
		json_decref(scopes);
		return show_no_memory(error, error_bytes);
	}
	if (!shown && args_find(args, "scope")) {
		json_decref(scopes);
		snprintf(
		    error, error_bytes, "%s", say("there is no such scope, or no DHCP server"));
		return -ENOENT;
	}
	if (scopes)
		return show_answer(show, "show-status-dhcp/1",
		    json_pack("{s:b, s:o}", "serving", dhcp != NULL, "scopes",
			show_json_array(scopes, bad)),
		    error, error_bytes);
	if (!dhcp)
		text_printf(show->out, "%s\n", say("The DHCP server does not run."));
	return 0;
}
