/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The program's own command line: what stands after the `--` that ends the EAL's. */
#pragma once

#include <stdint.h>

#include "common/shm_abi.h"
#include "crypto/esp_crypto.h"
#include "dataplane/counters.h"
#include "dataplane/moves.h"

#define ARGS_DEVICE_BYTES 64

/* IP bytes, as cfg_link has them. */
#define PORT_MTU_MIN 68
#define PORT_MTU_MAX 9216

struct args_port {
	char name[SHM_NAME_BYTES];      /* "lan1": name of the twin and key of cfg_link */
	char device[ARGS_DEVICE_BYTES]; /* DPDK device name: "net_af_packet0", "0000:00:05.0" */
	unsigned mtu;                   /* IP bytes; 0 = what the device has */
};

struct args {
	const char *instance; /* borrowed from argv */
	struct args_port port[PORTS_MAX];
	unsigned port_count;
	unsigned idle_sleep_usec; /* 0 = poll without rest */
	unsigned mbufs;           /* packet buffers in all; 0 = by the number of workers */
	unsigned frame_bytes; /* room for a frame where a device gives larger ones than its MTU */
	unsigned burst;       /* packets of one poll: 1..64 */
	enum esp_arch crypto_arch;
	enum fan_out fan_out;
	const char *capture_dir; /* borrowed from argv; NULL = no captures */
	int log_level;           /* enum log_level */
};

#define ARGS_USAGE                                                                                 \
	"usage: cgw-dataplane [EAL options] -- --port NAME=DEVICE[,mtu=N] [--port ...]\n"          \
	"  --instance NAME     tables under /dev/shm/cgw/NAME/ (default: default)\n"               \
	"  --port NAME=DEVICE  DPDK device DEVICE becomes port NAME with a TAP of that name;\n"    \
	"                      ,mtu=N behind it sets its MTU (default: as it is)\n"                \
	"  --idle-sleep USEC   rest that long after 64 empty polls (default 0: never)\n"           \
	"  --mbufs N           packet buffers (default 16383 and 8192 for each worker but one)\n"  \
	"  --frame-bytes N     room for frames larger than the MTU, as af_packet makes them of\n"  \
	"                      fragments; with framesz=N of the device (default: by the MTU)\n"    \
	"  --burst N           packets of one poll, 1..64 (default 64)\n"                          \
	"  --crypto-arch NAME  sse, avx2, avx512 or auto, the best of this CPU (default)\n"        \
	"  --fan-out MODE      whether workers help each other to decrypt one tunnel: auto, when\n"   \
	"                      it is too much for one (default), always, never\n"                     \
	"  --capture-dir DIR   where captures are put, of the owner's alone (default: none are "   \
	"made)\n"                                                                                  \
	"  --debug             log more\n"                                                         \
	"  --help\n"

/* Fills `args` from argv[1..]; argv[0] is skipped. 0; 1: --help was asked for; -EINVAL with one
 * sentence in `error`. */
int args_parse(int argc, char **argv, struct args *args, char *error, unsigned error_bytes);
