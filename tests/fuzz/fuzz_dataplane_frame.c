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

/* A policer that is empty or a message already looked at would tell one time from the other. */
static void forget(struct rig *rig)
{
	rig->worker.path_look_at = (mono_t){0};
	atomic_store(&rig->worker.path_report.instance, 0);
	punt_init(&rig->worker.punt);
	fuzz_take_punts(rig);
}

/* The same with an empty buffer behind it. */
static struct rte_mbuf *in_two(struct rig *rig, struct rte_mbuf *m)
{
	struct rte_mbuf *empty = rte_pktmbuf_alloc(rig->pool);

	assert_non_null(empty);
	assert_int_equal(rte_pktmbuf_chain(m, empty), 0);
	return m;
}

static struct fuzz_outcome send_frame(
    struct rig *rig, const uint8_t *frame, unsigned bytes, unsigned tail, bool two)
{
	struct rte_mbuf *m = fuzz_mbuf(rig, frame, bytes, tail);
	struct fuzz_outcome before = fuzz_outcome(rig, NULL), after;

	rig_inject(rig, two ? in_two(rig, m) : m);
	(void)rig_poll(rig);
	after = fuzz_outcome(rig, &before);
	fuzz_check_sent(rig);
	rig_free_frames(rig);
	forget(rig);
	return after;
}

static void from_wire(struct rig *rig, enum kind kind, const uint8_t *data, unsigned bytes)
{
	static uint8_t frame[14 + FRAME_BYTES_MAX];
	unsigned head = kind >= KIND_IP4 ? 14 : 0, tail = data[bytes - 1] & 1 ? 512 : 0;
	unsigned held = rig->worker.fragments;
	struct fuzz_outcome one, two;

	memcpy(frame + head, data, bytes);
	if (head) {
		memset(frame, 2, 12);
		put_be16(frame + 12, kind == KIND_IP4 ? 0x0800 : 0x86dd);
	}
	if (kind != KIND_FRAME && head + bytes >= 6)
		memcpy(frame, rig->port.mac, 6);
	if (kind == KIND_IP4 && bytes >= 20 && (data[0] & 15) >= 5 && (data[0] & 15u) * 4 <= bytes)
		ip4_write_checksum(frame + 14, (data[0] & 15u) * 4);
	one = send_frame(rig, frame, head + bytes, tail, false);
	if (one.held != held || held)
		return; /* a fragment, or one that may belong to those that wait */
	two = send_frame(rig, frame, head + bytes, tail, true);
	fuzz_assert_same(&one, &two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rig *rig = fuzz_rig();

	for (unsigned n = 0; n < FRAMES_MAX && bytes >= 4; n++) {
		enum kind kind = data[0] % KINDS;
		unsigned size = get_be16(data + 1) % FRAME_BYTES_MAX + 1;

		data += 3;
		bytes -= 3;
		size = size < bytes ? size : (unsigned)bytes;
		if (kind >= KIND_FROM_TUN)
			from_kernel(rig, data, size, kind == KIND_FROM_TUN);
		else
			from_wire(rig, kind, data, size);
		(void)rig_poll(rig);
		if (kind != KIND_FROM_TAP)
			fuzz_check_sent(rig);
		rig_free_frames(rig);
		data += size;
		bytes -= size;
	}
	fuzz_check(rig);
	return 0;
}
