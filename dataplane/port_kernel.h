/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's interface behind a port that is run through the kernel (af_packet, af_xdp, tap) or
 * beside it (mlx5): DPDK reads its MTU once and, with af_packet, never its link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct port_kernel {
	uint32_t mtu; /* IP bytes */
	bool running; /* up and with carrier */
};

/* 0; -ENODEV: there is no interface of that index any more; other -errno. A few system calls. */
int port_kernel_look(unsigned if_index, struct port_kernel *out);
