/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The fixture of those whose rules a kernel has to take: a network namespace of the test's own, and
 * what speaks to its tables. A test program includes this once. */
#pragma once

#include "control/service/nft.h"
#include "tests/unit/service/service_fixture.h"
#include "tests/unit/sys/netns.h"

static struct nft *nft;
static struct text out; /* the rules that were made last */

static inline int setup(void **state)
{
	fixture_machine();
	if (!netns_enter())
		return -1;
	nft = nft_open();
	return nft ? 0 : -1;
}

static inline int teardown(void **state)
{
	nft_close(nft);
	text_free(&out);
	return fixture_end(state);
}
