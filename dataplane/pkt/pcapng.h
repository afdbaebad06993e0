/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng): section, interfaces, packets. Each function
 * writes one whole block at `out` and returns its bytes, a multiple of 4; 0 when `room` is too
 * small, and then nothing of use was written. The file is the blocks one after another: a section,
 * then any number of interfaces and packets, an interface before the first packet that names it.
 * Numbers are in the byte order of the machine, as the format allows; times in nanoseconds. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PCAPNG_LINK_ETHERNET 1
#define PCAPNG_LINK_RAW      101 /* an IPv4 or IPv6 packet without link header */

enum pcapng_direction { PCAPNG_UNKNOWN = 0, PCAPNG_IN = 1, PCAPNG_OUT = 2 };

struct pcapng_packet {
	uint32_t interface;  /* index of an interface of this file, in the order written */
	uint64_t time_nsec;  /* since 1970, UTC */
	const uint8_t *data; /* what was kept of the packet */
	uint32_t bytes;      /* of it */
	uint32_t original;   /* bytes of the packet itself: `bytes` or more */
	uint64_t lost;       /* packets of the interface that are missing before this one */
	uint64_t id;         /* what packets that are one have in common (epb_packetid); 0 = none */
	const char *comment; /* NULL = none; cut at PCAPNG_TEXT_MAX */
	uint8_t direction;   /* enum pcapng_direction */
};

/* Text of an option: longer ones are cut. */
#define PCAPNG_TEXT_MAX 255

/* Enough for any block but a packet's data. */
#define PCAPNG_BLOCK_MAX 640

/* Section header: begins a file. `application`: who wrote it. */
size_t pcapng_section(uint8_t *out, size_t room, const char *application);

/* Interface `name`; packets on it keep up to `snap` bytes, 0 = all. */
size_t pcapng_interface(
    uint8_t *out, size_t room, const char *name, uint16_t link_type, uint32_t snap);

size_t pcapng_packet(uint8_t *out, size_t room, const struct pcapng_packet *packet);
