/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show packet path SOURCE DESTINATION ...: what would happen to such a packet, and to the answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "control/config/language.h"
#include "control/console/show_json.h"

#define BYTES_DEFAULT 84 /* a ping of 56 bytes */
#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17
#define PROTOCOL_ESP  50
#define LABEL_COLUMN  12

/* ---- what is asked ---- */

static uint8_t protocol_of(const struct grammar_args *args)
{
	if (args_is(args, "ports", "tcp"))
		return PROTOCOL_TCP;
	if (args_is(args, "ports", "udp"))
		return PROTOCOL_UDP;
	if (args_is(args, "protocol", "esp"))
		return PROTOCOL_ESP;
	return (uint8_t)args_number(args, "protocol", PROTOCOL_ICMP);
}

static struct agent_packet read_packet(const struct grammar_args *args)
{
	return (struct agent_packet){
	    .source = args_address(args, "source"),
	    .destination = args_address(args, "destination"),
	    .protocol = protocol_of(args),
	    .sport = (uint16_t)args_number(args, "sport", 0),
	    .dport = (uint16_t)args_number(args, "dport", 0),
	    .bytes = args_number(args, "size", BYTES_DEFAULT),
	    .dont_fragment = args_find(args, "df") != NULL,
	};
}

/* The answer: as large, from where the packet went. */
static struct agent_packet answer_to(
    const struct agent_packet *packet, const struct agent_packet_way *way)
{
	struct agent_packet answer = *packet;

	answer.source = way->forwarded_to.family ? way->forwarded_to : packet->destination;
	answer.destination = packet->source;
	answer.sport = way->forwarded_port ? way->forwarded_port : packet->dport;
	answer.dport = packet->sport;
	return answer;
}

static const char *protocol_name(uint8_t protocol, char text[8])
{
	switch (protocol) {
	case PROTOCOL_ICMP: return "icmp";
	case PROTOCOL_TCP: return "tcp";
	case PROTOCOL_UDP: return "udp";
	case PROTOCOL_ESP: return "esp";
	default: snprintf(text, 8, "%u", protocol); return text;
	}
}

/* ---- as text ---- */

static void print_packet(const struct show *show, const struct agent_packet *packet)
{
	char source[IP_ADDR_TEXT_BYTES], destination[IP_ADDR_TEXT_BYTES], name[8];

	text_printf(show->out, "%s -> %s %s", ip_addr_format(&packet->source, source),
	    ip_addr_format(&packet->destination, destination),
	    protocol_name(packet->protocol, name));
	if (packet->sport || packet->dport)
		text_printf(show->out, " %u -> %u", packet->sport, packet->dport);
	text_printf(show->out, show_word(show, ", %u bytes%s\n", ", %u バイト%s\n"), packet->bytes,
	    packet->dont_fragment ? ", DF" : "");
}

static void label(const struct show *show, const char *english, const char *japanese)
{
	show_label(show, LABEL_COLUMN, english, japanese);
}

static void print_filter(const struct show *show, const char *interface,
    const struct agent_packet_filter *filter, bool out)
{
	if (!filter->there)
		return;
	label(show, out ? "filter out" : "filter in", out ? "フィルター出" : "フィルター入");
	text_printf(show->out, "%s: %s", interface,
	    filter->pass ? show_word(show, "passes", "通過")
	    : filter->dynamic
		? show_word(show, "only as part of a connection", "動的フィルターに従い通過")
		: show_word(show, "dropped", "破棄"));
	if (filter->number)
		text_printf(
		    show->out, show_word(show, " by %u", " (フィルター %u)"), filter->number);
	else
		text_puts(show->out,
		    show_word(show, ", since no filter fits", " (一致するフィルターなし)"));
	text_puts(show->out, "\n");
}

static const char *source_said(const struct show *show, const char *source)
{
	if (strcmp(source, "guard") == 0)
		return show_word(
		    show, "was a tunnel's, until BGP brings it back", "BGP の回復待ち");
	if (strcmp(source, "private") == 0)
		return show_word(show, "private network that no route names",
		    "経路のないプライベートネットワーク");
	return strcmp(source, "bgp") == 0 ? "BGP" : source;
}

static void print_members(const struct show *show, const struct agent_packet_way *way)
{
	char next[IP_ADDR_TEXT_BYTES];

	for (uint32_t i = 0; i < way->member_count; i++) {
		const struct agent_packet_member *m = &way->member[i];

		text_printf(show->out, "%s %s", i ? "," : "", m->interface[0] ? m->interface : "-");
		if (m->next.family)
			text_printf(show->out, " (%s)", ip_addr_format(&m->next, next));
		if (!m->up)
			text_puts(show->out, show_word(show, " down", " ダウン"));
		else if (!m->used)
			text_puts(show->out, show_word(show, " stands by", " 待機"));
	}
}

static void print_route(const struct show *show, const struct agent_packet_way *way)
{
	char prefix[IP_PREFIX_TEXT_BYTES];

	if (!way->routed)
		return;
	label(show, "route", "経路");
	text_printf(show->out, "%s %s", ip_prefix_format(&way->route, prefix),
	    source_said(show, way->source));
	if (way->member_count)
		text_puts(show->out, show_word(show, " by", " 経由"));
	print_members(show, way);
	text_puts(show->out, "\n");
}

static void print_tunnel(const struct show *show, const struct agent_packet_way *way)
{
	char local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];

	if (!way->tunnel)
		return;
	label(show, "tunnel", "トンネル");
	text_printf(show->out, "%s %s -> %s", way->to, ip_addr_format(&way->local, local),
	    ip_addr_format(&way->remote, remote));
	if (way->spi)
		text_printf(show->out, ", ESP%s SPI 0x%08x %s%s%s",
		    way->udp ? show_word(show, " in UDP 4500", " (UDP 4500)") : "", way->spi,
		    way->encr == 12   ? "AES-CBC"
		    : way->encr == 20 ? "AES-GCM"
				      : "-",
		    way->auth ? " " : "", way->auth ? names_auth(way->auth) : "");
	text_puts(show->out, "\n");
}

static void print_sizes(
    const struct show *show, const struct agent_packet *packet, const struct agent_packet_way *way)
{
	if (!way->mtu)
		return;
	label(show, "size", "サイズ");
	text_printf(show->out, show_word(show, "%u of at most %u bytes", "%u バイト (最大 %u)"),
	    packet->bytes, way->mtu);
	if (way->end == AGENT_PACKET_TOO_BIG)
		text_puts(
		    show->out, show_word(show, ": DF forbids to cut it", ": DF により分割不可"));
	else if (way->pieces > 1)
		text_printf(show->out,
		    way->tunnel ? show_word(show, ": cut into %u before encryption",
				      ": 暗号化の前に %u 個に分割")
				: show_word(show, ": cut into %u", ": %u 個に分割"),
		    way->pieces);
	if (way->outer_bytes)
		text_printf(show->out, show_word(show, ", %u bytes outside", "、外側 %u バイト"),
		    way->outer_bytes);
	text_puts(show->out, "\n");
	if (packet->protocol == PROTOCOL_TCP && way->mss) {
		label(show, "MSS", "MSS");
		text_printf(show->out,
		    show_word(show, "limited to %u in SYN\n", "SYN で %u に制限\n"), way->mss);
	}
}

static void print_nat(const struct show *show, const struct agent_packet_way *way)
{
	char address[IP_ADDR_TEXT_BYTES];

	if (!way->nat)
		return;
	label(show, "NAT", "NAT");
	text_printf(show->out, show_word(show, "descriptor %u", "ディスクリプター %u"), way->nat);
	if (way->nat_source.family)
		text_printf(show->out, show_word(show, ", from %s then", "、送信元は %s"),
		    ip_addr_format(&way->nat_source, address));
	text_puts(show->out, "\n");
}

static void print_end(const struct show *show, const struct agent_packet_way *way)
{
	label(show, "result", "結果");
	switch (way->end) {
	case AGENT_PACKET_ENCRYPTED:
		text_puts(show->out, show_word(show, "leaves encrypted", "暗号化して送信"));
		break;
	case AGENT_PACKET_CLEAR:
		text_puts(show->out, show_word(show, "leaves as it is", "そのまま送信"));
		break;
	case AGENT_PACKET_KERNEL:
		text_puts(show->out, show_word(show, "the kernel sends it", "カーネルが送信"));
		break;
	case AGENT_PACKET_LOCAL:
		text_puts(show->out, show_word(show, "is for this router", "本機宛"));
		break;
	case AGENT_PACKET_TOO_BIG:
		text_printf(show->out,
		    show_word(
			show, "its sender is told that %u bytes fit", "送信元に MTU %u を通知"),
		    way->mtu);
		break;
	case AGENT_PACKET_UNREACHED:
		text_puts(show->out, show_word(show, "its sender is told that there is no route",
					 "送信元に到達不能を通知"));
		break;
	case AGENT_PACKET_DROPPED:
		text_printf(show->out,
		    show_word(
			show, "DROPPED: %s (`explain drop %s`)", "破棄: %s (explain drop %s)"),
		    way->drop, way->drop);
		break;
	}
	text_puts(show->out, "\n");
}

static void print_way(
    const struct show *show, const struct agent_packet *packet, const struct agent_packet_way *way)
{
	char address[IP_ADDR_TEXT_BYTES];

	print_packet(show, packet);
	label(show, "from", "入力");
	text_printf(
	    show->out, "%s\n", way->from[0] ? way->from : show_word(show, "this router", "本機"));
	if (way->forwarded_to.family) {
		char port[8] = "";

		if (way->forwarded_port)
			snprintf(port, sizeof(port), ":%u", way->forwarded_port);
		label(show, "NAT", "NAT");
		text_printf(show->out, show_word(show, "for %s%s\n", "%s%s 宛\n"),
		    ip_addr_format(&way->forwarded_to, address), port);
	}
	print_filter(show, way->outer, &way->outer_in, false);
	print_filter(show, way->from, &way->in, false);
	print_route(show, way);
	print_tunnel(show, way);
	print_filter(show, way->to, &way->out, true);
	print_filter(show, way->outer, &way->outer_out, true);
	print_sizes(show, packet, way);
	print_nat(show, way);
	print_end(show, way);
}

/* ---- as JSON ---- */

static json_t *filter_json(const struct agent_packet_filter *filter)
{
	if (!filter->there)
		return json_null();
	return json_pack("{s:b, s:b, s:o}", "passes", filter->pass, "follows_connections",
	    filter->dynamic, "filter",
	    filter->number ? json_integer((json_int_t)filter->number) : json_null());
}

static json_t *members_json(const struct agent_packet_way *way)
{
	json_t *members = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < way->member_count && !bad; i++) {
		const struct agent_packet_member *m = &way->member[i];

		bad = json_array_append_new(
		    members, json_pack("{s:o, s:o, s:b, s:b}", "interface",
				 show_json_text_or_null(m->interface), "next",
				 show_json_address(&m->next), "up", m->up, "used", m->used));
	}
	return show_json_array(members, bad);
}

static json_t *route_json(const struct agent_packet_way *way)
{
	if (!way->routed)
		return json_null();
	return json_pack("{s:o, s:s, s:o}", "prefix", show_json_prefix(&way->route), "kind",
	    way->source, "ways", members_json(way));
}

static json_t *tunnel_json(const struct agent_packet_way *way)
{
	if (!way->tunnel)
		return json_null();
	return json_pack("{s:i, s:o, s:o, s:o, s:b, s:b}", "number", (int)way->tunnel, "local",
	    show_json_address(&way->local), "remote", show_json_address(&way->remote), "spi",
	    way->spi ? json_sprintf("%08x", way->spi) : json_null(), "udp", way->udp, "clear_df",
	    way->clear_df);
}

static json_t *number_or_null(uint32_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *way_json(const struct agent_packet *packet, const struct agent_packet_way *way)
{
	static const char *const ends[] = {
	    "encrypted", "clear", "kernel", "local", "too_big", "unreached", "dropped"};

	return json_pack("{s:o, s:o, s:i, s:i, s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o, s:o, s:o, s:o, "
			 "s:i, s:o, s:o, s:o, s:s, s:o}",
	    "source", show_json_address(&packet->source), "destination",
	    show_json_address(&packet->destination), "protocol", packet->protocol, "source_port",
	    packet->sport, "destination_port", packet->dport, "bytes", (int)packet->bytes,
	    "dont_fragment", packet->dont_fragment, "from", show_json_text_or_null(way->from),
	    "forwarded_to", show_json_address(&way->forwarded_to), "forwarded_port",
	    number_or_null(way->forwarded_port), "outer_filter_in", filter_json(&way->outer_in),
	    "filter_in", filter_json(&way->in), "route", route_json(way), "to",
	    show_json_text_or_null(way->to), "tunnel", tunnel_json(way), "filter_out",
	    filter_json(&way->out), "outer_filter_out", filter_json(&way->outer_out), "mtu",
	    number_or_null(way->mtu), "mss", number_or_null(way->mss), "packets", (int)way->pieces,
	    "outer_bytes", number_or_null(way->outer_bytes), "nat_descriptor",
	    number_or_null(way->nat), "nat_source", show_json_address(&way->nat_source), "end",
	    ends[way->end], "drop", show_json_text_or_null(way->drop));
}

int show_packet_path(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_packet packet = read_packet(args), answer;
	struct agent_packet_way way, back;

	agent_packet_look(show->agent, &packet, &way);
	answer = answer_to(&packet, &way);
	agent_packet_look(show->agent, &answer, &back);
	if (show->answer)
		return show_answer(show, "show-packet-path/1",
		    json_pack("{s:o, s:o}", "packet", way_json(&packet, &way), "answer",
			way_json(&answer, &back)),
		    error, error_bytes);
	if (show->candidate)
		text_printf(show->out, "%s\n",
		    say("Of the configuration in force, without the candidate:"));
	print_way(show, &packet, &way);
	text_puts(show->out, show_word(show, "\nThe answer:\n", "\n応答:\n"));
	print_way(show, &answer, &back);
	return 0;
}
