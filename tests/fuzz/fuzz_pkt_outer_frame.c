/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as a frame of which a capture wants to know the ESP packet. */
#include <stdlib.h>

#include "dataplane/pkt/outer_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void is_inside(const uint8_t *data, size_t bytes, const uint8_t *at, size_t length)
{
	require(at >= data && at + length <= data + bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct outer_frame f;

	if (!outer_frame_read(data, (uint32_t)bytes, &f)) {
		require(!f.esp);
		return 0;
	}
	require(f.family == 4 || f.family == 6);
	is_inside(data, bytes, f.source, f.family == 4 ? 4 : 16);
	is_inside(data, bytes, f.destination, f.family == 4 ? 4 : 16);
	require(!f.esp || f.spi != 0);
	return 0;
}
