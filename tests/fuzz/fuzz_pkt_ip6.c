/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as an IPv6 packet: the walk along the extension headers stays within it and ends. */
#include <stdlib.h>

#include "dataplane/pkt/guard.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct guard guard;
	struct ip_prefix any = {.addr = {.family = IP_FAMILY_V6}};
	struct selector selector;
	struct ip6_upper upper;
	struct ip6_info info;

	if (ip6_check(data, bytes, &info) != PKT_OK)
		return 0;
	require(info.total_bytes >= 40 && info.total_bytes <= bytes);
	(void)guard_check6(&guard, data, NULL);
	(void)guard_check6(&guard, data, &any);
	require(selector_init(&selector, &any, &any) == 0 && selector_match6(&selector, data));
	if (ip6_find_upper(data, &info, &upper) == PKT_OK)
		require(upper.offset >= 40 && upper.offset <= info.total_bytes);
	return 0;
}
