/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any packet, comment and room: the block written is whole and inside its room, and a reader that
 * knows nothing but the framing finds the same packet and comment in it again. The first bytes of
 * the input are room, lengths and flags, the rest is the packet. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The value of option `code` behind `at`, or NULL; its length in `length`. */
static const uint8_t *find(const uint8_t *at, const uint8_t *end, uint16_t code, uint16_t *length)
{
	for (;;) {
		uint16_t found;

		require(end - at >= 4);
		memcpy(&found, at, 2);
		memcpy(length, at + 2, 2);
		at += 4;
		require(end - at >= *length);
		if (found == 0) {
			require(at == end);
			return NULL;
		}
		if (found == code)
			return at;
		at += (*length + 3u) / 4 * 4;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct pcapng_packet packet = {0};
	char comment[300] = {0};
	uint16_t room, length;
	const uint8_t *options, *text;
	uint8_t *out;
	size_t n;

	if (bytes < 6)
		return 0;
	room = get_be16(data);
	packet.direction = data[2] & 3;
	packet.lost = data[3];
	if (data[4]) {
		memset(comment, 'c', data[4]);
		packet.comment = comment;
	}
	packet.data = data + 6;
	packet.bytes = (uint32_t)(bytes - 6);
	packet.original = packet.bytes + data[5];
	out = malloc(room ? room : 1);
	require(out != NULL);
	n = pcapng_packet(out, room, &packet);
	require(n || room < packet.bytes + PCAPNG_BLOCK_MAX);
	if (n) {
		require(n <= room && n % 4 == 0 && word(out + 4) == n && word(out + n - 4) == n);
		require(word(out + 20) == packet.bytes && word(out + 24) == packet.original);
		require(!memcmp(out + 28, packet.data, packet.bytes));
		options = out + 28 + (packet.bytes + 3) / 4 * 4;
		require(word(find(options, out + n - 4, 2, &length)) == packet.direction);
		require((find(options, out + n - 4, 4, &length) != NULL) == (packet.lost != 0));
		text = find(options, out + n - 4, 1, &length);
		require((text != NULL) == (packet.comment != NULL));
		if (text)
			require(length == strlen(comment) && !memcmp(text, comment, length));
	}
	free(out);
	return 0;
}
