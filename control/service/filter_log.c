/* SPDX-License-Identifier: BSD-3-Clause
 *
 * "LAN2 Rejected at IN(1012) filter: TCP 198.51.100.1:1234 > 192.168.0.2:139", and for connections
 * "[INSPECT] LAN2[out][1] TCP 192.168.0.2:1234 > 198.51.100.1:80". */
#include "control/service/filter_log.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/ip.h"
#include "common/log.h"
#include "control/sys/nflog.h"

static const char *protocol_name(uint8_t protocol, char text[8])
{
	switch (protocol) {
	case IPPROTO_ICMP: return "ICMP";
	case IPPROTO_TCP: return "TCP";
	case IPPROTO_UDP: return "UDP";
	case IPPROTO_ESP: return "ESP";
	case IPPROTO_GRE: return "GRE";
	default: (void)snprintf(text, 8, "%u", protocol); return text;
	}
}

/* "192.168.0.1:137", or without ports "192.168.0.1". */
static void endpoint(uint32_t address, uint16_t port, bool ports, char *out, size_t bytes)
{
	struct ip_addr addr = ip_addr_v4(address);
	char text[IP_ADDR_TEXT_BYTES];

	if (ports)
		(void)snprintf(out, bytes, "%s:%u", ip_addr_format(&addr, text), port);
	else
		(void)snprintf(out, bytes, "%s", ip_addr_format(&addr, text));
}

void filter_log_packet(const struct filter_told *told)
{
	const struct filter_packet *packet = &told->packet;
	bool whole = packet->head == FILTER_HEAD_WHOLE;
	bool ports = whole && (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP);
	const char *kind = told->tunnel ? "TUNNEL" : "LAN";
	char source[64], destination[64], protocol[8], detail[32] = "";
	const char *name = protocol_name(packet->protocol, protocol);

	endpoint(packet->source, packet->sport, ports, source, sizeof(source));
	endpoint(packet->destination, packet->dport, ports, destination, sizeof(destination));
	if (!whole)
		(void)snprintf(detail, sizeof(detail), " : fragment");
	else if (packet->protocol == IPPROTO_ICMP)
		(void)snprintf(
		    detail, sizeof(detail), " : type %u code %u", packet->sport, packet->dport);
	if (told->dynamic)
		log_info("[INSPECT] %s%u[%s][%u] %s %s > %s%s", kind, told->interface,
		    told->out ? "out" : "in", told->number, name, source, destination, detail);
	else
		log_notice("%s%u %s at %s(%u) filter: %s %s > %s%s", kind, told->interface,
		    told->passed ? "Passed" : "Rejected", told->out ? "OUT" : "IN", told->number,
		    name, source, destination, detail);
}

/* ---- the kernel's ---- */

void filter_log_print(const struct filter_told *told, struct text *out)
{
	text_printf(out, FILTER_LOG_LIMIT "log prefix \"%c %s %s%u %u\" group %d snaplen %d ",
	    told->dynamic  ? 'I'
	    : told->passed ? 'P'
			   : 'R',
	    told->out ? "out" : "in", told->tunnel ? "tunnel" : "lan", told->interface,
	    told->number, FILTER_LOG_GROUP, NFLOG_PACKET_BYTES);
}

bool filter_log_read(const char *prefix, struct filter_told *told)
{
	char what, direction[4], kind[8];
	int end = 0;

	memset(told, 0, sizeof(*told));
	if (sscanf(prefix, "%c %3[a-z] %7[a-z]%u %u%n", &what, direction, kind, &told->interface,
		&told->number, &end) != 5 ||
	    prefix[end] || !strchr("IPR", what))
		return false;
	told->dynamic = what == 'I';
	told->passed = what != 'R';
	told->out = strcmp(direction, "out") == 0;
	told->tunnel = strcmp(kind, "tunnel") == 0;
	return true;
}

/* Of a packet that was cut its total length is more than there is: that is of no matter here. */
static bool read_cut(const uint8_t *packet, size_t bytes, struct filter_packet *out)
{
	uint8_t copy[NFLOG_PACKET_BYTES];

	if (bytes < 20 || bytes > sizeof(copy))
		return false;
	memcpy(copy, packet, bytes);
	if ((size_t)(copy[2] << 8 | copy[3]) > bytes) {
		copy[2] = (uint8_t)(bytes >> 8);
		copy[3] = (uint8_t)bytes;
	}
	return filter_read(copy, bytes, out) == 0;
}

static void on_packet(void *ctx, const char *prefix, const uint8_t *packet, size_t bytes)
{
	struct filter_told told;

	if (filter_log_read(prefix, &told) && read_cut(packet, bytes, &told.packet))
		filter_log_packet(&told);
}

struct nflog *filter_log_open(uv_loop_t *loop, int *rc)
{
	return nflog_open(loop, FILTER_LOG_GROUP, on_packet, NULL, rc);
}
