/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The two floors under the whole path. Neither does anything of ours but the loop around it. */
#include "bench/path/floor.h"

#include <rte_ethdev.h>
#include <string.h>

#include "bench/harness.h"
#include "common/shm_abi.h"

void raw_floor_open(struct raw_floor *floor, const struct world_algorithm *algorithm,
    enum esp_direction direction, uint32_t inner_bytes)
{
	static const uint8_t bytes[64] = {1, 2, 3};
	const struct esp_key_params params = {.encr = algorithm->encr,
	    .auth = algorithm->auth,
	    .encr_key = bytes,
	    .encr_key_bytes = algorithm->encr_key_bytes,
	    .auth_key = bytes,
	    .auth_key_bytes = algorithm->auth_key_bytes};
	bool gcm = algorithm->encr == CFG_ENCR_AES_GCM_16;
	struct esp_crypto *ctx;
	struct esp_key key;

	/* Of the key only the sizes are needed. */
	if (esp_crypto_new(&ctx, direction, ESP_ARCH_AUTO) < 0 ||
	    esp_key_init(&key, ctx, &params) < 0)
		bench_fail("%s: no context or no key", algorithm->name);
	bench_packets_init(&floor->packets);
	bench_packets_fill(&floor->packets, inner_bytes);
	bench_packets_encapsulate(&floor->packets, &key, floor->jobs);
	floor->raw = raw_mb_new(gcm ? RAW_MB_DIRECT : RAW_MB_BURST, direction, &params);
	floor->passes = 1;
	esp_crypto_free(ctx);
}

void raw_floor_close(struct raw_floor *floor)
{
	raw_mb_free(floor->raw);
	bench_packets_free(&floor->packets);
}

void raw_floor_pass(struct raw_floor *floor)
{
	for (unsigned first = 0; first < BENCH_PACKETS; first += BENCH_BURST)
		raw_mb_submit(floor->raw, floor->jobs + first, first, BENCH_BURST);
}

double raw_floor_sample(void *self)
{
	struct raw_floor *floor = self;
	uint64_t begin, cycles;

	raw_floor_pass(floor);
	begin = bench_cycles();
	for (unsigned i = 0; i < floor->passes; i++)
		raw_floor_pass(floor);
	cycles = bench_cycles() - begin;
	if (!raw_mb_drain(floor->raw))
		bench_fail("IPsec-MB lost, repeated or failed jobs");
	return (double)cycles / (floor->passes * BENCH_PACKETS);
}

double io_floor_sample(void *self)
{
	const struct io_floor *floor = self;
	uint64_t begin = bench_cycles(), packets = floor->rounds * floor->source->packets;
	struct rte_mbuf *packet[WORKER_BURST_MAX];

	for (uint64_t done = 0; done < packets;) {
		uint16_t n =
		    rte_eth_rx_burst(floor->source->port.id, 0, packet, (uint16_t)floor->burst);

		if (n == 0 || rte_eth_tx_burst(floor->tx->id, 0, packet, n) != n)
			bench_fail("the devices do not move packets");
		done += n;
	}
	return (double)(bench_cycles() - begin) / (double)packets;
}
