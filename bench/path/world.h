/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The dataplane without its threads and twins: a region cfg.v1 with many tunnels, the compilation
 * of it, one worker that is polled from here. Everything a packet meets is the product's. */
#pragma once

#include <stdint.h>

#include "common/shm_map.h"
#include "crypto/esp_key.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/worker.h"

#define WORLD_TUNNELS 1000
#define WORLD_PORTS   2
#define WORLD_PORT_RX                                                                              \
	0 /* where the packets come from: changed from one measurement to the next                 \
	   */
#define WORLD_PORT_TX 1

#define WORLD_OUR       0xcb007102u /* 203.0.113.2 */
#define WORLD_LAN_NET   0xc0a8c800u /* 192.168.200.0/24 */
#define WORLD_LAN_HOSTS 200         /* .1 and so on */
#define WORLD_MAC       "\x02\x00\x00\x00\x00\x01"

struct world_algorithm {
	const char *name;
	uint16_t encr, auth;
	uint8_t encr_key_bytes, auth_key_bytes;
};

struct world {
	char instance[48];
	const struct world_algorithm *algorithm;
	struct port port[WORLD_PORTS];
	struct rte_mempool *pool;
	struct shm_map cfg;
	struct snapshot_domain domain;
	struct handover_domain handover;
	struct state state;
	struct sync sync;
	struct worker worker;
};

/* Host `i` of the networks behind a tunnel, and of the LAN. Host order. */
uint32_t world_far_host(unsigned tunnel, unsigned i);
uint32_t world_lan_host(unsigned i);

/* Outer address of a tunnel's peer and the SPI it sends to us with. Host order. */
uint32_t world_peer(unsigned tunnel);
uint32_t world_spi_in(unsigned tunnel);

/* The key of a tunnel's SA, compiled with `ctx`. */
void world_key(const struct world_algorithm *algorithm, unsigned tunnel, bool inbound,
    struct esp_crypto *ctx, struct esp_key *key);

/* Makes pool, tables and worker; the ports' devices are the caller's. Ends the program when
 * anything is refused. */
void world_open(struct world *world, const struct world_algorithm *algorithm,
    struct rte_mempool *pool, const struct port *tx, unsigned burst);
void world_close(struct world *world);

/* Has a tunnel at home at that worker, which may also send for it. Nobody runs. */
void world_place(struct world *world, unsigned tunnel, unsigned worker);

/* The inbound SA of a tunnel. */
struct sa *world_sa_in(const struct world *world, unsigned tunnel);

/* Makes the anti-replay windows of `tunnels` tunnels from `first` on forget what they received, so
 * that the same packets are new again. Nothing may be in the lanes. */
void world_forget_received(struct world *world, unsigned first, unsigned tunnels);

/* Packets that ended otherwise than by being sent. */
uint64_t world_lost(const struct world *world);
