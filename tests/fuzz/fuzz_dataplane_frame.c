/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whole frames and packets, one after the other, through the whole worker with tables in force:
 * whatever they are, each ends in one place, no buffer is lost, and nothing leaves by the WAN that
 * is not ESP. Frames go through twice, in one buffer and in two: ordinary ones take a short way
 * that is for one buffer, and both have to lead to the same end.
 *
 * Input: any number of kind (1) | bytes of it (2) | bytes. */
#include "tests/fuzz/dataplane.h"

#define FRAME_BYTES_MAX 1800
#define FRAMES_MAX      24

enum kind {
	KIND_FRAME,    /* as it is */
	KIND_OUR_MAC,  /* as it is, to our MAC */
	KIND_IP4,      /* behind an Ethernet header of ours, its checksum made right */
	KIND_IP6,      /* behind an Ethernet header of ours */
	KIND_FROM_TUN, /* the kernel sends it into a tunnel */
	KIND_FROM_TAP, /* the kernel sends it by the port */
	KINDS
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void from_kernel(struct rig *rig, const uint8_t *data, unsigned bytes, bool tun)
{
	struct rte_mbuf *m = fuzz_mbuf(rig, data, bytes, 512);
	struct packet_meta *meta = packet_meta(m);

	*meta = (struct packet_meta){.origin = tun ? ORIGIN_TUN : ORIGIN_TAP};
	if (tun) {
		meta->tunnel = data[0] % FUZZ_ALGS;
		meta->instance = rig->worker.snapshot->tunnel[meta->tunnel].instance;
	}
	/* What comes from the kernel is counted where it is read. */
	counter_add(&rig->worker.counters.rx, 1);
	counter_add(&rig->worker.counters.given, 1);
	assert_int_equal(rte_ring_sp_enqueue(rig->worker.from_kernel, m), 0);
}

enum way { WAY_ALONE, WAY_IN_TWO, WAY_ONE_BURST, WAYS };

/* The same with an empty buffer behind it. */
static struct rte_mbuf *in_two(struct rig *rig, struct rte_mbuf *m)
{
	struct rte_mbuf *empty = rte_pktmbuf_alloc(rig->pool);

	assert_non_null(empty);
	assert_int_equal(rte_pktmbuf_chain(m, empty), 0);
	return m;
}

static void from_wire(
    struct rig *rig, enum kind kind, const uint8_t *data, unsigned bytes, enum way way)
{
	static uint8_t frame[14 + FRAME_BYTES_MAX];
	unsigned head = kind >= KIND_IP4 ? 14 : 0;
	struct rte_mbuf *m;

	memcpy(frame + head, data, bytes);
	if (head) {
		memset(frame, 2, 12);
		put_be16(frame + 12, kind == KIND_IP4 ? 0x0800 : 0x86dd);
	}
	if (kind != KIND_FRAME && head + bytes >= 6)
		memcpy(frame, rig->port.mac, 6);
	if (kind == KIND_IP4 && bytes >= 20 && (data[0] & 15) >= 5 && (data[0] & 15u) * 4 <= bytes)
		ip4_write_checksum(frame + 14, (data[0] & 15u) * 4);
	m = fuzz_mbuf(rig, frame, head + bytes, data[bytes - 1] & 1 ? 512 : 0);
	rig_inject(rig, way == WAY_IN_TWO ? in_two(rig, m) : m);
}

static void poll_once(struct rig *rig, bool check, struct fuzz_outcome *out)
{
	(void)rig_poll(rig);
	if (check)
		fuzz_check_sent(rig);
	fuzz_add_frames(rig, out);
	rig_free_frames(rig);
}

/* The kernel's packets come first in every way, as they do in a burst. */
static void send_kind(struct rig *rig, const uint8_t *data, size_t bytes, enum way way, bool kernel,
    struct fuzz_outcome *out)
{
	for (unsigned n = 0; n < FRAMES_MAX && bytes >= 4; n++) {
		enum kind kind = data[0] % KINDS;
		unsigned size = get_be16(data + 1) % FRAME_BYTES_MAX + 1;

		data += 3;
		bytes -= 3;
		size = size < bytes ? size : (unsigned)bytes;
		if ((kind >= KIND_FROM_TUN) == kernel) {
			if (kernel)
				from_kernel(rig, data, size, kind == KIND_FROM_TUN);
			else
				from_wire(rig, kind, data, size, way);
			if (kernel || way != WAY_ONE_BURST)
				poll_once(rig, kind != KIND_FROM_TAP, out);
		}
		data += size;
		bytes -= size;
	}
	poll_once(rig, true, out);
}

/* Nothing of what was before tells one way from the other. */
static struct fuzz_outcome send_all(
    struct rig *rig, const uint8_t *data, size_t bytes, enum way way)
{
	struct fuzz_outcome before, out = {0};

	atomic_store(&rig->worker.path_report.instance, 0);
	punt_init(&rig->worker.punt);
	fuzz_check(rig);
	before = fuzz_begin(rig);
	send_kind(rig, data, bytes, way, true, &out);
	send_kind(rig, data, bytes, way, false, &out);
	fuzz_add_counts(rig, &before, &out);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rig *rig = fuzz_rig();
	struct fuzz_outcome outcome[WAYS];

	for (unsigned way = 0; way < WAYS; way++) {
		outcome[way] = send_all(rig, data, bytes, way);
		fuzz_assert_same(&outcome[0], &outcome[way]);
	}
	fuzz_check(rig);
	return 0;
}
