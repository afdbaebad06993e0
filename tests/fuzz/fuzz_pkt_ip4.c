/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as an IPv4 packet: what ip4_check() passes stays valid under every change that the
 * gateway makes to a header, and the guards and selectors read nothing beyond it. */
#include <stdlib.h>

#include "dataplane/pkt/guard.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/selector.h"
#include "dataplane/pkt/udp_encap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct guard guard;
	struct ip_prefix any = {.addr = {.family = IP_FAMILY_V4}};
	struct selector selector;
	struct udp_encap encap;
	struct ip4_info info;
	uint8_t *ip;

	if (ip4_check_lengths(data, bytes, &info) != PKT_OK)
		return 0;
	require(info.header_bytes >= 20 && info.header_bytes <= info.total_bytes);
	require(info.total_bytes <= bytes);
	ip = malloc(info.total_bytes);
	memcpy(ip, data, info.total_bytes);
	ip4_write_checksum(ip, info.header_bytes);
	require(ip4_check(ip, info.total_bytes, &info) == PKT_OK);
	(void)guard_check4(&guard, ip, NULL);
	(void)guard_check4(&guard, ip, &any);
	require(selector_init(&selector, &any, &any) == 0 && selector_match4(&selector, ip));
	if (info.protocol == IP_PROTO_UDP &&
	    udp_encap_classify(
		ip + info.header_bytes, info.total_bytes - info.header_bytes, &encap) == PKT_OK)
		require(encap.payload_bytes + 8 <= (uint32_t)info.total_bytes - info.header_bytes);
	ip4_set_tos(ip, (uint8_t)bytes);
	require(ip4_check(ip, info.total_bytes, &info) == PKT_OK);
	while (ip4_decrement_ttl(ip) == PKT_OK)
		require(ip4_check(ip, info.total_bytes, &info) == PKT_OK);
	free(ip);
	return 0;
}
