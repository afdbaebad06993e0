/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CRC-32 of IEEE 802.3 (reflected, polynomial 0xedb88320), as in zlib: it finds damage, and stops
 * no forgery. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Of what `crc` is of followed by these bytes; `crc` 0: of these bytes. */
uint32_t crc32_ieee(uint32_t crc, const void *data, size_t bytes);
