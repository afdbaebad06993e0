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

#define ARGS_HELP        1 /* --help is asked for */
#define ARGS_VERSION     2 /* --version is */
#define ARGS_ERROR_BYTES 256

/* Where the `--` stands that ends the EAL's words, or `argc`. */
int args_own(int argc, char **argv);

/* Looks among the EAL's words, argv[1..], for what is not the EAL's. 0; ARGS_HELP; ARGS_VERSION;
 * -EINVAL with a sentence in `error`: one of ours, which stands behind the `--`. */
int args_eal(int argc, char **argv, char *error, unsigned error_bytes);

/* Fills `args` from argv[1..]; argv[0] is skipped. 0; ARGS_HELP; ARGS_VERSION; -EINVAL with one
 * sentence in `error`, which names the option and what it wants. */
int args_parse(int argc, char **argv, struct args *args, char *error, unsigned error_bytes);
