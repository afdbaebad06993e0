/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fragments of outer packets of both families in any order, with gaps, overlaps and repetitions, of
 * peers and of strangers, more of them than may be held: the books balance, no buffer is lost, and
 * what is put together is no larger than its fragments.
 *
 * Input: any number of set, protocol and more (1) | marks, source and set (1) | offset and flags as
 * in an IPv4 header (2) | bytes (2); the payloads are all alike. */
#include "tests/fuzz/dataplane.h"

#define FRAGMENTS_MAX 400
#define PAYLOAD_MAX   1480

#define SET      3u /* of the first byte, and more of the second: which of 128 sets */
#define UDP      4u /* else by protocol 50 */
#define TAILROOM 8u
#define V6       16u
#define MARKS    3u /* of the second byte: the ECN field */
#define STRANGER 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint16_t set_of(const uint8_t *data)
{
	return (uint16_t)((data[0] & SET) | (data[1] >> 3 << 2));
}

/* The outer header in front of `payload` bytes; its size. */
static unsigned put_head(uint8_t *ip, const uint8_t *data, unsigned payload)
{
	uint16_t offset = get_be16(data + 2) & (IP4_FLAG_MF | IP4_OFFSET_MASK);
	uint8_t protocol = data[0] & UDP ? IP_PROTO_UDP : IP_PROTO_ESP;
	const struct cfg_sa sa = fuzz_sa(1, true); /* IPv6 outside */

	if (data[0] & V6) {
		put_be32(ip, 6u << 28 | (data[1] & MARKS) << 20);
		put_be16(ip + 4, (uint16_t)(8 + payload));
		ip[6] = IP_PROTO_FRAGMENT;
		ip[7] = 64;
		memcpy(ip + 8, sa.outer_remote.bytes, 16);
		ip[8 + 15] ^= data[1] & STRANGER;
		memcpy(ip + 24, sa.outer_local.bytes, 16);
		ip[40] = protocol;
		ip[41] = 0;
		put_be16(ip + 42, (uint16_t)(offset << 3 | (offset & IP4_FLAG_MF ? 1 : 0)));
		put_be32(ip + 44, set_of(data));
		return 48;
	}
	(void)rig_packet(ip, RIG_PEER ^ (data[1] & STRANGER) << 8, RIG_OUR, 20 + payload);
	ip[1] = data[1] & MARKS;
	put_be16(ip + 4, set_of(data));
	put_be16(ip + 6, offset);
	ip[9] = protocol;
	ip4_write_checksum(ip, 20);
	return 20;
}

/* A first fragment is one of ours in UDP, or by protocol 50. */
static void put_upper(uint8_t *upper, const uint8_t *data)
{
	unsigned tunnel = data[0] & V6 ? 1 : data[0] & UDP ? 0 : 2;

	put_be16(upper, 4500);
	put_be16(upper + 2, 4500);
	put_be32(upper + (data[0] & UDP ? 8 : 0), fuzz_spi(tunnel, true));
}

static void fragment(struct rig *rig, const uint8_t *data)
{
	static uint8_t frame[14 + 48 + PAYLOAD_MAX + 16];
	unsigned payload = get_be16(data + 4) % (PAYLOAD_MAX + 1), head;

	memset(frame, 0, sizeof(frame));
	memcpy(frame, rig->port.mac, 6);
	put_be16(frame + 12, data[0] & V6 ? 0x86dd : 0x0800);
	head = 14 + put_head(frame + 14, data, payload);
	put_upper(frame + head, data);
	rig_inject(
	    rig, fuzz_mbuf(rig, frame, head + payload, data[0] & TAILROOM ? PAYLOAD_MAX : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rig *rig = fuzz_rig();

	punt_init(&rig->worker.punt);
	for (unsigned n = 0; n < FRAGMENTS_MAX && bytes >= 6; n++, data += 6, bytes -= 6) {
		fragment(rig, data);
		(void)rig_poll(rig);
		assert_int_equal(rig->frames, 0);
		assert_true(rig->worker.fragments <= rig->mbufs / 8);
	}
	fuzz_check(rig);
	return 0;
}
