/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Filters and packets at random, near enough to each other that some fit: the same for the same
 * seed. A test program includes this once. */
#pragma once

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "control/config/text.h"

static uint32_t random_state = 1;

static inline uint32_t pick(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static inline const char *pick_word(const char *const *words, uint32_t count)
{
	return words[pick(count)];
}
#define PICK(array) pick_word(array, sizeof(array) / sizeof((array)[0]))

static const char *const random_hosts[] = {"*", "10.1.1.1", "10.1.1.2", "10.1.1.0/24",
    "10.1.0.0/16", "10.1.1.2-10.1.1.9", "-10.1.1.1", "10.1.1.2-", "10.1.*.*",
    "10.2.0.0/255.255.0.0", "10.1.1.3/30", "10.*.*.*-10.1.1.1"};
static const char *const random_protocols[] = {"*", "tcp", "udp", "icmp", "1", "esp", "50", "47",
    "established", "tcpsyn", "tcpfin", "tcprst", "icmp-error", "icmp-info", "tcpflag=0x02/0x12",
    "tcpflag!=0x2/0x17", "tcpflag=0x0000/0x0fff", "tcpflag=18/18", "gre"};
static const char *const random_ports[] = {"*", "80", "www", "telnet", "1024-", "-1023", "50-60",
    "domain", "ftp", "0", "8", "3", "1", "65535", "20-www"};

static inline void random_list(const char *const *words, uint32_t count, struct text *out)
{
	uint32_t items = pick(3) ? 1 : 1 + pick(4);

	if (!pick(3)) {
		text_puts(out, " *");
		return;
	}

	for (uint32_t i = 0; i < items; i++)
		text_printf(out, "%s%s", i ? "," : " ", words[pick(count)]);
}
#define RANDOM_LIST(array, out) random_list(array, sizeof(array) / sizeof((array)[0]), out)

/* "ip filter N ...\n"; `logs`: also such as are to be logged in a way of their own. */
static inline void random_filter(uint32_t number, struct text *out)
{
	static const char *const actions[] = {"pass", "pass-log", "pass-nolog", "reject",
	    "reject-log", "reject-nolog", "restrict", "restrict-log", "restrict-nolog"};
	struct text protocols = {0};
	bool icmp;

	text_printf(out, "ip filter %u %s", number, PICK(actions));
	RANDOM_LIST(random_hosts, out);
	RANDOM_LIST(random_hosts, out);
	RANDOM_LIST(random_protocols, &protocols);
	text_puts(out, protocols.data);
	icmp = strcmp(protocols.data, " icmp") == 0 || strcmp(protocols.data, " 1") == 0;
	text_free(&protocols);
	if (icmp && pick(2)) {
		text_printf(out, " %u,3 %u-", pick(12), pick(3));
	} else if (!icmp && pick(2)) {
		RANDOM_LIST(random_ports, out);
		if (pick(2))
			RANDOM_LIST(random_ports, out);
	}
	text_puts(out, "\n");
}

/* An IPv4 packet; returns its length. `odd`: also fragments and headers cut short. */
static inline size_t random_packet(uint8_t packet[64], bool odd)
{
	static const uint8_t protocols[] = {1, 6, 6, 6, 17, 17, 47, 50, 99};
	static const uint16_t ports[] = {0, 1, 8, 20, 21, 23, 53, 80, 1023, 1024, 8080, 65535};
	static const uint8_t types[] = {0, 3, 5, 8, 11, 13, 30, 31, 40, 64, 255};
	const uint8_t addresses[][4] = {{10, 1, 1, 1}, {10, 1, 1, 2}, {10, 1, 1, 9}, {10, 1, 7, 1},
	    {10, 2, 0, 1}, {10, 1, 1, 0}, {192, 0, 2, 1}};
	size_t rest = odd && !pick(4) ? pick(24) : 24;
	uint16_t length = htons((uint16_t)(20 + rest)), port;
	uint16_t fragment = odd && !pick(5) ? htons((uint16_t)(pick(2) << 13 | pick(4))) : 0;

	memset(packet, 0, 64);
	packet[0] = 0x45;
	memcpy(packet + 2, &length, 2);
	memcpy(packet + 6, &fragment, 2);
	packet[8] = 64;
	packet[9] = protocols[pick(sizeof(protocols))];
	memcpy(packet + 12, addresses[pick(7)], 4);
	memcpy(packet + 16, addresses[pick(7)], 4);
	port = htons(ports[pick(12)]);
	memcpy(packet + 20, &port, 2);
	port = htons(ports[pick(12)]);
	memcpy(packet + 22, &port, 2);
	if (packet[9] == 1) {
		packet[20] = types[pick(sizeof(types))];
		packet[21] = (uint8_t)pick(4);
	}
	if (packet[9] == 6) {
		packet[32] = (uint8_t)(0x50 | (odd ? pick(16) : 0));
		packet[33] = (uint8_t)pick(64);
	}
	return 20 + rest;
}
