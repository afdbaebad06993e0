/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fragments of outer packets in any order, with gaps, overlaps and repetitions: the books balance,
 * no buffer is lost, and what is put together is no larger than its fragments.
 *
 * Input: any number of set and protocol (1) | offset and flags as in the header (2) | bytes (2);
 * the payloads are all alike. */
#include "tests/fuzz/dataplane.h"

#define FRAGMENTS_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void fragment(struct rig *rig, const uint8_t *data)
{
	static uint8_t frame[14 + 20 + 1480 + 8];
	unsigned payload = get_be16(data + 3) % 1481;
	uint8_t *ip = frame + 14;

	memset(frame, 0, sizeof(frame));
	memcpy(frame, rig->port.mac, 6);
	put_be16(frame + 12, 0x0800);
	(void)rig_packet(ip, RIG_PEER, RIG_OUR, 20 + payload + 8);
	put_be16(ip + 2, (uint16_t)(20 + payload));
	put_be16(ip + 4, data[0] & 3);
	put_be16(ip + 6, get_be16(data + 1) & (IP4_FLAG_MF | IP4_OFFSET_MASK));
	ip[9] = data[0] & 4 ? IP_PROTO_UDP : IP_PROTO_ESP;
	/* A first fragment that is one of ours in UDP, or by protocol 50. */
	put_be16(ip + 20, 4500);
	put_be16(ip + 22, 4500);
	put_be32(ip + (data[0] & 4 ? 28 : 20), fuzz_spi(data[0] & 4 ? 0 : 2, true));
	ip4_write_checksum(ip, 20);
	rig_inject(rig, fuzz_mbuf(rig, frame, 14 + 20 + payload, data[0] & 8 ? 1480 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rig *rig = fuzz_rig();

	for (unsigned n = 0; n < FRAGMENTS_MAX && bytes >= 5; n++, data += 5, bytes -= 5) {
		fragment(rig, data);
		(void)rig_poll(rig);
		assert_int_equal(rig->frames, 0);
	}
	fuzz_check(rig);
	return 0;
}
