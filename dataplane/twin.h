/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kernel twins: a persistent TAP for a port, a persistent TUN for a tunnel.
 *
 * Addresses and routes are set on them by the control process and survive the dataplane, which
 * re-attaches to a twin that is already there. Housekeeping thread only: all of it is system calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/shm_abi.h"

struct twin {
	int fd; /* -1 = closed; non-blocking */
	char name[SHM_NAME_BYTES];
	uint32_t mtu; /* as last set */
};

#define TWIN_CLOSED ((struct twin){.fd = -1})

/* Opens or re-attaches to TAP `name`, gives it the MAC and MTU of the port and brings it up. 0 or
 * -errno, the twin is then closed. */
int twin_open_tap(struct twin *twin, const char *name, const uint8_t mac[6], uint32_t mtu);

/* The same for TUN `name`, which carries bare IP packets. */
int twin_open_tun(struct twin *twin, const char *name, uint32_t mtu);

/* Sets the MTU where it differs from the one set last. 0 or -errno. */
int twin_set_mtu(struct twin *twin, uint32_t mtu);

/* Detaches; the device stays, with its addresses and without carrier. */
/* What is in the way where making one failed with `rc` (-errno). */
const char *twin_obstacle(int rc);

void twin_close(struct twin *twin);

/* Removes a device that may not be ours to open: one that another process has stays. */
void twin_discard(const char *name, bool tap);

/* Removes the device, at once or a little later: until then its name is busy. */
void twin_remove(struct twin *twin);
