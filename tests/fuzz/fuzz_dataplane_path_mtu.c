/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ICMP messages about our outer packets, made of any bytes or around a packet that a tunnel could
 * have sent: an MTU that is believed is of that tunnel and within its limits.
 *
 * Input: flags (1) | tunnel (1) | bytes: a whole packet, or with flag 1 what stands between the
 * outer IP header and the quoted one, with a checksum that is right unless flag 2 is there too. */
#include "tests/fuzz/dataplane.h"

#define PACKET_MAX 1600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* An ICMP packet whose quotation is the head of what tunnel `i` sends; its size. */
static unsigned quote(uint8_t *ip, unsigned i, const uint8_t *icmp, unsigned icmp_bytes)
{
	const struct cfg_sa sa = fuzz_sa(i, false);
	bool v6 = sa.outer_local.family == IP_FAMILY_V6, udp = sa.flags & CFG_SA_UDP_ENCAP;
	unsigned head = v6 ? 40 : 20, udp_bytes = udp ? 8 : 0, size = head + udp_bytes + 8;
	uint8_t *quoted = ip + head + icmp_bytes;

	memset(ip, 0, head);
	memcpy(ip + head, icmp, icmp_bytes);
	memset(quoted, 0, size);
	for (uint8_t *at = ip;; at = quoted) {
		unsigned behind = at == ip ? icmp_bytes + size : udp_bytes + 1408;
		const struct shm_addr *from = at == ip ? &sa.outer_remote : &sa.outer_local;
		const struct shm_addr *to = at == ip ? &sa.outer_local : &sa.outer_remote;

		if (v6) {
			put_be32(at, 6u << 28);
			put_be16(at + 4, (uint16_t)behind);
			at[6] = at == ip ? IP_PROTO_ICMPV6 : udp ? IP_PROTO_UDP : IP_PROTO_ESP;
			memcpy(at + 8, from->bytes, 16);
			memcpy(at + 24, to->bytes, 16);
		} else {
			at[0] = 0x45;
			put_be16(at + 2, (uint16_t)(20 + behind));
			at[8] = 64;
			at[9] = at == ip ? IP_PROTO_ICMP : udp ? IP_PROTO_UDP : IP_PROTO_ESP;
			memcpy(at + 12, from->bytes, 4);
			memcpy(at + 16, to->bytes, 4);
			ip4_write_checksum(at, 20);
		}
		if (at == quoted)
			break;
	}
	if (udp) {
		put_be16(quoted + head, 4500);
		put_be16(quoted + head + 2, 4500);
	}
	put_be32(quoted + head + udp_bytes, fuzz_spi(i, false));
	return head + icmp_bytes + size;
}

/* The checksum of the ICMP message, made right. */
static void make_right(uint8_t *ip, unsigned bytes)
{
	bool v6 = ip[0] >> 4 == 6;
	unsigned head = v6 ? 40 : 20;
	uint64_t sum = 0;

	put_be16(ip + head + 2, 0);
	if (v6)
		sum = checksum_pseudo(ip + 8, ip + 24, 16, IP_PROTO_ICMPV6, bytes - head);
	put_be16(
	    ip + head + 2, (uint16_t)~checksum_fold(checksum_add(sum, ip + head, bytes - head)));
}

static void check_report(struct rig *rig)
{
	struct path_report *report = &rig->worker.path_report;
	uint64_t instance = atomic_load(&report->instance);
	uint32_t mtu = atomic_load(&report->mtu);

	if (!instance)
		return;
	assert_true(instance >= 77 && instance < 77 + FUZZ_ALGS);
	assert_true(mtu >= 576 && mtu <= 1500);
	assert_true(!((instance - 77) & 1) || mtu >= 1280);
	atomic_store(&report->instance, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t frame[14 + 40 + PACKET_MAX + 64];
	struct rig *rig = fuzz_rig();
	unsigned size;
	bool v6;

	if (bytes < 3 || bytes > PACKET_MAX)
		return 0;
	memcpy(frame, rig->port.mac, 6);
	size = (unsigned)bytes - 2;
	if (data[0] & 1)
		size = quote(frame + 14, data[1] % FUZZ_ALGS, data + 2, size);
	if ((data[0] & 3) == 1)
		make_right(frame + 14, size);
	if (!(data[0] & 1))
		memcpy(frame + 14, data + 2, size);
	v6 = frame[14] >> 4 == 6;
	put_be16(frame + 12, v6 ? 0x86dd : 0x0800);
	rig_inject(rig, fuzz_mbuf(rig, frame, 14 + size, 0));
	(void)rig_poll(rig);
	check_report(rig);
	fuzz_check(rig);
	return 0;
}
