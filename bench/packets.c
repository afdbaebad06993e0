/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Buffers and contents of the packets that are measured with. */
#include "bench/packets.h"

#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "dataplane/pkt/esp_encap.h"

/* As DPDK lays them out: descriptor and headroom, then an Ethernet header, then IP. The stride is
 * that of a usual pool, a whole number of cache lines. */
#define STRIDE       2368
#define INNER_OFFSET (128 + 128 + 14)
#define SPI          0xc0ffee01u

_Static_assert(STRIDE % 64 == 0 && INNER_OFFSET >= ESP_ENCAP_HEADROOM, "layout of a buffer");
_Static_assert(STRIDE >= INNER_OFFSET + 1400 + ESP_ENCAP_TAILROOM, "room for the largest packet");

uint32_t bench_packets_size(uint32_t inner_bytes, unsigned i)
{
	static const uint16_t imix[12] = {64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 64, 576};

	return inner_bytes == BENCH_IMIX ? imix[i % 12] : inner_bytes;
}

void bench_packets_init(struct bench_packets *set)
{
	set->memory = aligned_alloc(64, (size_t)STRIDE * BENCH_PACKETS);
	if (!set->memory)
		bench_fail("no memory for the packets");
	for (unsigned i = 0; i < BENCH_PACKETS; i++)
		set->packet[i].inner = set->memory + (size_t)STRIDE * i + INNER_OFFSET;
}

void bench_packets_free(struct bench_packets *set)
{
	free(set->memory);
}

static void write_syn(uint8_t *tcp)
{
	memset(tcp, 0, TCP_HEADER_BYTES);
	put_be16(tcp, 50000);
	put_be16(tcp + 2, 443);
	tcp[12] = 6 << 4; /* header of 24 bytes: one option of 4 */
	tcp[13] = 0x02;   /* SYN */
	put_be16(tcp + 14, 65535);
	tcp[20] = 2; /* maximum segment size */
	tcp[21] = 4;
	put_be16(tcp + 22, BENCH_MSS);
}

static void write_packet(const struct bench_packet *p, unsigned seed)
{
	uint8_t *ip = p->inner;

	for (unsigned i = 0; i < p->inner_bytes; i++)
		ip[i] = (uint8_t)(i * 7 + seed);
	memset(ip, 0, IP4_HEADER_BYTES);
	ip[IP4_OFFSET_VERSION] = 0x45;
	put_be16(ip + IP4_OFFSET_TOTAL, (uint16_t)p->inner_bytes);
	ip[IP4_OFFSET_TTL] = 64;
	ip[IP4_OFFSET_PROTOCOL] = IP_PROTO_TCP;
	put_be32(ip + IP4_OFFSET_SOURCE, 0xc0a80a00 + seed % 250 + 1);
	put_be32(ip + IP4_OFFSET_DEST, 0x0a008600 + seed % 250 + 1);
	ip4_write_checksum(ip, IP4_HEADER_BYTES);
	write_syn(ip + IP4_HEADER_BYTES);
}

void bench_packets_fill(struct bench_packets *set, uint32_t inner_bytes)
{
	memset(set->memory, 0, (size_t)STRIDE * BENCH_PACKETS);
	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		set->packet[i].inner_bytes = bench_packets_size(inner_bytes, i);
		write_packet(&set->packet[i], i);
	}
}

void bench_packets_encapsulate(
    struct bench_packets *set, const struct esp_key *key, struct esp_job jobs[BENCH_PACKETS])
{
	struct esp_encap encap;
	struct esp_encap_params params = {.outer_local = ip_addr_v4(0xcb007102),
	    .outer_remote = ip_addr_v4(0xc6336402),
	    .spi = SPI,
	    .udp = true,
	    .udp_local = 4500,
	    .udp_remote = 4500,
	    .iv_bytes = key->iv_bytes,
	    .block_bytes = key->block_bytes,
	    .icv_bytes = key->icv_bytes,
	    .df = ESP_DF_CLEAR};

	if (esp_encap_init(&encap, &params))
		bench_fail("the header template is refused");
	for (unsigned i = 0; i < BENCH_PACKETS; i++) {
		struct bench_packet *packet = &set->packet[i];
		uint8_t iv[ESP_ENCAP_IV_BYTES];
		struct esp_encap_result r;

		memset(iv, (int)i, sizeof(iv));
		r = esp_encap(&encap, packet->inner, packet->inner_bytes, i + 1, iv);
		jobs[i].esp = packet->inner - key->iv_bytes - ESP_ENCAP_ESP_BYTES;
		jobs[i].cipher_bytes = r.cipher_bytes;
	}
}
