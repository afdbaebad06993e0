/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Addresses of the shared memory as those of the rest. Nothing is checked: the family may be any
 * number, a prefix longer than its family. */
#pragma once

#include <string.h>

#include "common/ip.h"
#include "common/shm_abi.h"

static inline struct ip_addr shm_addr_ip(const struct shm_addr *addr)
{
	struct ip_addr ip = {.family = addr->family};

	memcpy(ip.bytes, addr->bytes, sizeof(ip.bytes));
	return ip;
}

static inline struct ip_prefix shm_addr_prefix(const struct shm_addr *addr)
{
	return (struct ip_prefix){.addr = shm_addr_ip(addr), .length = addr->prefix_length};
}
