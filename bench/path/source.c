/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frames: TCP segments as of established connections, Ethernet around them, for decapsulation
 * sealed by esp_encap() and esp_crypto. */
#include "bench/path/source.h"

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/harness.h"
#include "bench/packets.h"
#include "bench/path/devices.h"
#include "dataplane/pkt/esp_encap.h"

#define FRAME_BYTES_MAX 2048
#define ROOM_IN_FRONT   128
#define ETHERNET_BYTES  14
#define TCP_FLAG_ACK    0x10
#define PCAP_MAGIC      0xa1b2c3d4u
#define PCAP_ETHERNET   1u

struct writer {
	const struct world *world;
	enum source_kind kind;
	unsigned first, tunnels;
	struct esp_crypto *crypto;
	struct esp_key key;
	struct esp_encap encap;
	FILE *file;
	_Alignas(64) uint8_t buffer[ROOM_IN_FRONT + FRAME_BYTES_MAX];
};

static void write_inner(const struct writer *w, uint8_t *ip, uint32_t bytes, unsigned i)
{
	unsigned tunnel = w->first + i % w->tunnels;
	uint32_t lan = world_lan_host(i), far = world_far_host(tunnel, i);
	uint8_t *tcp = ip + IP4_HEADER_BYTES;

	for (uint32_t k = 0; k < bytes; k++)
		ip[k] = (uint8_t)(k * 7 + i);
	memset(ip, 0, IP4_HEADER_BYTES + TCP_HEADER_BYTES);
	ip[IP4_OFFSET_VERSION] = 0x45;
	put_be16(ip + IP4_OFFSET_TOTAL, (uint16_t)bytes);
	put_be16(ip + IP4_OFFSET_ID, (uint16_t)i);
	ip[IP4_OFFSET_TTL] = 64;
	ip[IP4_OFFSET_PROTOCOL] = IP_PROTO_TCP;
	put_be32(ip + IP4_OFFSET_SOURCE, w->kind == SOURCE_PLAIN ? lan : far);
	put_be32(ip + IP4_OFFSET_DEST, w->kind == SOURCE_PLAIN ? far : lan);
	ip4_write_checksum(ip, IP4_HEADER_BYTES);
	put_be16(tcp, (uint16_t)(50000 + i % 64));
	put_be16(tcp + 2, 443);
	tcp[12] = 5 << 4;
	tcp[13] = TCP_FLAG_ACK;
}

static void set_peer(struct writer *w, unsigned tunnel)
{
	struct esp_encap_params params = {
	    .outer_local = ip_addr_v4(world_peer(tunnel)),
	    .outer_remote = ip_addr_v4(WORLD_OUR),
	    .spi = world_spi_in(tunnel),
	    .udp = true,
	    .udp_local = 4500,
	    .udp_remote = 4500,
	    .df = ESP_DF_CLEAR,
	};

	world_key(w->world->algorithm, tunnel, true, w->crypto, &w->key);
	params.iv_bytes = w->key.iv_bytes;
	params.block_bytes = w->key.block_bytes;
	params.icv_bytes = w->key.icv_bytes;
	if (esp_encap_init(&w->encap, &params) < 0)
		bench_fail("the header template is refused");
}

/* The ESP packet around the inner one at `inner`; returns its first byte. */
static uint8_t *seal(struct writer *w, uint8_t *inner, uint32_t *bytes, unsigned i)
{
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
	struct esp_job job = {.key = &w->key};
	uint8_t iv[ESP_ENCAP_IV_BYTES];
	struct esp_encap_result result;

	if (w->tunnels > 1 || i == 0)
		set_peer(w, w->first + i % w->tunnels);
	memset(iv, (int)i, sizeof(iv));
	result = esp_encap(&w->encap, inner, *bytes, i / w->tunnels + 1, iv);
	job.esp = inner - w->key.iv_bytes - ESP_HEADER_BYTES;
	job.cipher_bytes = result.cipher_bytes;
	if (esp_crypto_submit(w->crypto, &job, 1, done) == 0 &&
	    esp_crypto_flush(w->crypto, done, 1) == 0)
		bench_fail("a packet is not sealed");
	*bytes = result.outer_bytes;
	return inner - w->encap.head_bytes;
}

static void write_frame(struct writer *w, uint32_t inner_bytes, unsigned i)
{
	uint8_t *at = w->buffer + ROOM_IN_FRONT;
	uint32_t bytes = bench_packets_size(inner_bytes, i);
	uint32_t header[4] = {0};

	write_inner(w, at, bytes, i);
	if (w->kind == SOURCE_ESP)
		at = seal(w, at, &bytes, i);
	at -= ETHERNET_BYTES;
	memcpy(at, WORLD_MAC "\x02\x00\x00\x00\x00\x0c\x08\x00", ETHERNET_BYTES);
	header[2] = header[3] = bytes + ETHERNET_BYTES;
	if (fwrite(header, sizeof(header), 1, w->file) != 1 ||
	    fwrite(at, bytes + ETHERNET_BYTES, 1, w->file) != 1)
		bench_fail("cannot write the packets");
}

static void write_file(struct writer *w, const char *path, uint32_t inner_bytes, unsigned packets)
{
	struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, longest, link;
	} header = {PCAP_MAGIC, 2, 4, 0, 0, FRAME_BYTES_MAX, PCAP_ETHERNET};

	w->file = fopen(path, "w");
	if (!w->file || fwrite(&header, sizeof(header), 1, w->file) != 1)
		bench_fail("cannot write %s", path);
	for (unsigned i = 0; i < packets; i++)
		write_frame(w, inner_bytes, i);
	if (fclose(w->file) != 0)
		bench_fail("cannot write %s", path);
}

/* The device reads the file once, when its queue is set up. */
static void open_device(struct source *source, const struct world *world, const char *path)
{
	static unsigned serial;
	char device[ARGS_DEVICE_BYTES], arguments[160];

	snprintf(device, sizeof(device), "net_pcap%u", serial++);
	snprintf(arguments, sizeof(arguments), "rx_pcap=%s,infinite_rx=1", path);
	devices_add(&source->port, "lan1", device, arguments, world->pool);
	memcpy(source->port.mac, WORLD_MAC, sizeof(source->port.mac));
}

void source_open(struct source *source, const struct world *world, enum source_kind kind,
    uint32_t inner_bytes, unsigned packets, unsigned first, unsigned tunnels)
{
	struct writer *w = aligned_alloc(64, (sizeof(*w) + 63) / 64 * 64);
	char path[64];

	if (!w)
		bench_fail("no memory for the packets");
	memset(w, 0, sizeof(*w));
	w->world = world;
	w->kind = kind;
	w->first = first;
	w->tunnels = tunnels;
	if (esp_crypto_new(&w->crypto, ESP_ENCRYPT, ESP_ARCH_AUTO) < 0)
		bench_fail("no crypto context");
	snprintf(path, sizeof(path), "/dev/shm/bench-%ld.pcap", (long)getpid());
	write_file(w, path, inner_bytes, packets);
	*source = (struct source){.packets = packets, .tunnels = tunnels, .kind = kind};
	open_device(source, world, path);
	(void)unlink(path);
	esp_crypto_free(w->crypto);
	free(w);
}

void source_close(struct source *source)
{
	char device[ARGS_DEVICE_BYTES];

	memcpy(device, source->port.device, sizeof(device));
	port_stop(&source->port);
	(void)rte_eal_hotplug_remove("vdev", device);
}
