/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The leases that dnsmasq has given, as its lease file tells them. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/model_service.h"

struct lease {
	struct ip_addr address;
	int64_t expires_unix; /* wall-clock second, 0 = never */
	uint8_t mac[6];
	uint8_t id[CONFIG_CLIENT_ID]; /* client identifier, its type first */
	uint8_t id_bytes;             /* 0 = the client sent none */
	char host[64];                /* "" = not told; printable ASCII */
};

/* Reads up to `max` leases of IPv4 from a lease file's text, which need not end in a NUL. Lines
 * that are not understood are passed over. Returns how many were read. */
size_t leases_read(const char *text, size_t bytes, struct lease *out, size_t max);
