/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing pcapng blocks. Reading them is others' business, and so is what becomes of the bytes.
 *
 * A block is: type, length, body, length again; an option is: code, length, value, padding to 4. */
#include "dataplane/pkt/pcapng.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    6u /* enhanced packet block */
#define BLOCK_SECTION   0x0a0d0d0au

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define LENGTH_UNKNOWN   UINT64_MAX

#define OPT_END                 0
#define OPT_COMMENT             1
#define OPT_SECTION_APPLICATION 4
#define OPT_INTERFACE_NAME      2
#define OPT_INTERFACE_TSRESOL   9
#define OPT_PACKET_FLAGS        2
#define OPT_PACKET_DROPS        4
#define OPT_PACKET_ID           5

#define TSRESOL_NSEC 9 /* ten to the minus ninth */

struct block {
	uint8_t *start, *at, *end;
	bool full;
};

static void put(struct block *b, const void *data, size_t bytes)
{
	if (b->full || (size_t)(b->end - b->at) < bytes) {
		b->full = true;
		return;
	}
	if (bytes)
		memcpy(b->at, data, bytes);
	b->at += bytes;
}

static void put16(struct block *b, uint16_t value)
{
	put(b, &value, sizeof(value));
}

static void put32(struct block *b, uint32_t value)
{
	put(b, &value, sizeof(value));
}

static void pad(struct block *b, size_t bytes)
{
	static const uint8_t zero[3];

	put(b, zero, (4 - bytes % 4) % 4);
}

static struct block begin(uint8_t *out, size_t room, uint32_t type)
{
	struct block b = {.start = out, .at = out, .end = out + room};

	put32(&b, type);
	put32(&b, 0); /* the length: finish() knows it */
	return b;
}

static size_t finish(struct block *b)
{
	uint32_t bytes = (uint32_t)(b->at - b->start) + sizeof(bytes);

	put32(b, bytes);
	if (b->full)
		return 0;
	memcpy(b->start + 4, &bytes, sizeof(bytes));
	return bytes;
}

static void option(struct block *b, uint16_t code, const void *value, uint16_t bytes)
{
	put16(b, code);
	put16(b, bytes);
	put(b, value, bytes);
	pad(b, bytes);
}

static void option_text(struct block *b, uint16_t code, const char *text)
{
	option(b, code, text, (uint16_t)strnlen(text, PCAPNG_TEXT_MAX));
}

size_t pcapng_section(uint8_t *out, size_t room, const char *application)
{
	const uint64_t length = LENGTH_UNKNOWN;
	struct block b = begin(out, room, BLOCK_SECTION);

	put32(&b, BYTE_ORDER_MAGIC);
	put16(&b, 1); /* version 1.0 */
	put16(&b, 0);
	put(&b, &length, sizeof(length));
	option_text(&b, OPT_SECTION_APPLICATION, application);
	option(&b, OPT_END, NULL, 0);
	return finish(&b);
}

size_t pcapng_interface(
    uint8_t *out, size_t room, const char *name, uint16_t link_type, uint32_t snap)
{
	const uint8_t resolution = TSRESOL_NSEC;
	struct block b = begin(out, room, BLOCK_INTERFACE);

	put16(&b, link_type);
	put16(&b, 0);
	put32(&b, snap);
	option_text(&b, OPT_INTERFACE_NAME, name);
	option(&b, OPT_INTERFACE_TSRESOL, &resolution, sizeof(resolution));
	option(&b, OPT_END, NULL, 0);
	return finish(&b);
}

size_t pcapng_packet(uint8_t *out, size_t room, const struct pcapng_packet *packet)
{
	const uint32_t flags = packet->direction;
	struct block b = begin(out, room, BLOCK_PACKET);

	put32(&b, packet->interface);
	put32(&b, (uint32_t)(packet->time_nsec >> 32));
	put32(&b, (uint32_t)packet->time_nsec);
	put32(&b, packet->bytes);
	put32(&b, packet->original);
	put(&b, packet->data, packet->bytes);
	pad(&b, packet->bytes);
	option(&b, OPT_PACKET_FLAGS, &flags, sizeof(flags));
	if (packet->lost)
		option(&b, OPT_PACKET_DROPS, &packet->lost, sizeof(packet->lost));
	if (packet->id)
		option(&b, OPT_PACKET_ID, &packet->id, sizeof(packet->id));
	if (packet->comment)
		option_text(&b, OPT_COMMENT, packet->comment);
	option(&b, OPT_END, NULL, 0);
	return finish(&b);
}
