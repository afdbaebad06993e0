/* SPDX-License-Identifier: BSD-3-Clause
 *
 * stamp [EAL options] -- MAC: for each line `BYTES RATE SECONDS` of standard input it sends frames
 * of BYTES (without checksum) by port 0 to MAC at RATE frames a second, each with the time stamp
 * counter in its payload, takes them back by the last port, and prints one JSON line: sent,
 * received, and percentiles of the time between.
 *
 * It is the generator for latency; testpmd, which has no pace and no stamps, is the one for load.
 * UDP from 10.254.0.0/16 to 10.253.0.0/16 as testpmd's flowgen has them. Frames that do not bear
 * its mark (neighbour discovery of the kernels) are not counted. */
#include <errno.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK      UINT64_C(0x73746d7063677731)
#define BURST     32
#define SAMPLES   4000000
#define WAIT_MSEC 500 /* for those still on their way at the end */
#define FLOWS     1024

struct payload {
	uint64_t mark, tsc;
};

struct frame {
	struct rte_ether_hdr ether;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
	struct payload payload;
} __attribute__((packed, aligned(2)));

struct run {
	struct rte_mempool *pool;
	uint16_t in;
	struct rte_ether_addr to;
	unsigned bytes;
	uint64_t sent, refused, received;
	uint32_t *sample; /* TSC cycles */
};

static struct rte_mempool *start_ports(void)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create(
	    "stamp", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	const struct rte_eth_conf conf = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_NONE}};
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port)
	{
		if (!pool || rte_eth_dev_configure(port, 1, 1, &conf) < 0 ||
		    rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) < 0 ||
		    rte_eth_tx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL) < 0 ||
		    rte_eth_dev_start(port) < 0)
			return NULL;
	}
	return pool;
}

static void wait_for_links(void)
{
	struct rte_eth_link link;
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port)
	{
		do {
			rte_delay_ms(1);
			if (rte_eth_link_get_nowait(port, &link) < 0)
				break;
		} while (link.link_status != RTE_ETH_LINK_UP);
	}
}

static void fill(const struct run *run, struct rte_mbuf *m, uint64_t number)
{
	struct frame *f = (struct frame *)rte_pktmbuf_append(m, (uint16_t)run->bytes);
	uint16_t ip_bytes = (uint16_t)(run->bytes - sizeof(f->ether));
	uint32_t flow = (uint32_t)(number % FLOWS);

	memset(f, 0, run->bytes);
	f->ether.dst_addr = run->to;
	f->ether.src_addr.addr_bytes[0] = 2;
	f->ether.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	f->ip.version_ihl = RTE_IPV4_VHL_DEF;
	f->ip.total_length = rte_cpu_to_be_16(ip_bytes);
	f->ip.time_to_live = 64;
	f->ip.next_proto_id = IPPROTO_UDP;
	f->ip.src_addr = rte_cpu_to_be_32(RTE_IPV4(10, 254, 0, 0) + flow);
	f->ip.dst_addr = rte_cpu_to_be_32(RTE_IPV4(10, 253, 0, 0) + flow);
	f->ip.hdr_checksum = rte_ipv4_cksum(&f->ip);
	f->udp.src_port = f->udp.dst_port = RTE_BE16(9);
	f->udp.dgram_len = rte_cpu_to_be_16(ip_bytes - sizeof(f->ip));
	f->payload = (struct payload){.mark = MARK, .tsc = rte_rdtsc()};
}

static void send_one(struct run *run)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(run->pool);

	if (!m) {
		run->refused++;
		return;
	}
	fill(run, m, run->sent);
	if (rte_eth_tx_burst(0, 0, &m, 1) == 1) {
		run->sent++;
	} else {
		run->refused++;
		rte_pktmbuf_free(m);
	}
}

static void receive(struct run *run)
{
	struct rte_mbuf *m[BURST];
	uint16_t n = rte_eth_rx_burst(run->in, 0, m, BURST);
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < n; i++) {
		const struct frame *f = rte_pktmbuf_mtod(m[i], const struct frame *);

		if (m[i]->data_len >= sizeof(*f) && f->payload.mark == MARK) {
			if (run->received < SAMPLES)
				run->sample[run->received] = (uint32_t)(now - f->payload.tsc);
			run->received++;
		}
		rte_pktmbuf_free(m[i]);
	}
}

static void measure(struct run *run, unsigned rate, unsigned seconds)
{
	uint64_t hz = rte_get_tsc_hz(), step = hz / rate, now = rte_rdtsc(), next = now;
	uint64_t end = now + seconds * hz, last = end + hz * WAIT_MSEC / 1000;

	while (now < last && (now < end || run->received < run->sent)) {
		/* A generator that was not let run does not make up for it: the pace is a limit. */
		if (now < end && now >= next) {
			send_one(run);
			next = RTE_MAX(next + step, now);
		}
		receive(run);
		now = rte_rdtsc();
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double at(const struct run *run, double share)
{
	uint64_t n = RTE_MIN(run->received, (uint64_t)SAMPLES);

	return n ? run->sample[(uint64_t)((double)(n - 1) * share)] * 1e6 / (double)rte_get_tsc_hz()
		 : 0;
}

static void print(struct run *run, unsigned rate, unsigned seconds)
{
	qsort(
	    run->sample, RTE_MIN(run->received, (uint64_t)SAMPLES), sizeof(*run->sample), compare);
	printf("{\"bytes\":%u,\"rate\":%u,\"seconds\":%u,\"sent\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"received\":%" PRIu64 ",\"min_usec\":%.1f,\"p50_usec\":%.1f,\"p99_usec\":%.1f,"
	       "\"p999_usec\":%.1f,\"max_usec\":%.1f}\n",
	    run->bytes, rate, seconds, run->sent, run->refused, run->received, at(run, 0),
	    at(run, 0.5), at(run, 0.99), at(run, 0.999), at(run, 1));
}

static int run_line(struct run *run, const char *line)
{
	unsigned rate, seconds;

	if (sscanf(line, "%u %u %u", &run->bytes, &rate, &seconds) != 3 || rate == 0 ||
	    run->bytes < sizeof(struct frame) || run->bytes > RTE_ETHER_MTU + RTE_ETHER_HDR_LEN)
		return -EINVAL;
	run->sent = run->refused = run->received = 0;
	measure(run, rate, seconds);
	print(run, rate, seconds);
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	struct run run = {0};
	char line[128];
	int taken = rte_eal_init(argc, argv), rc = 0;

	if (taken < 0 || argc - taken != 2 || rte_eth_dev_count_avail() == 0 ||
	    rte_ether_unformat_addr(argv[taken + 1], &run.to) < 0) {
		fprintf(stderr, "usage: stamp [EAL options] -- MAC\n");
		return EXIT_FAILURE;
	}
	run.in = (uint16_t)(rte_eth_dev_count_avail() - 1);
	run.sample = malloc(SAMPLES * sizeof(*run.sample));
	run.pool = start_ports();
	if (!run.sample || !run.pool) {
		fprintf(stderr, "stamp: no memory, or a port that does not start\n");
		return EXIT_FAILURE;
	}
	while (rc == 0 && fgets(line, sizeof(line), stdin)) {
		wait_for_links();
		rc = run_line(&run, line);
	}
	free(run.sample);
	rte_eal_cleanup();
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
