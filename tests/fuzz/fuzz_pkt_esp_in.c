/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as an ESP packet, first from the wire and then, as if its ICV had been right, as one
 * that was decrypted: the inner packet lies within it whatever the trailer says. The first byte of
 * the input chooses the algorithm's sizes and the outer TOS byte. */
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/replay.h"
#include "dataplane/pkt/udp_encap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct esp_decap make_decap(uint8_t choice)
{
	static const uint8_t icv_bytes[4] = {12, 16, 24, 32};
	struct ip_prefix any = {.addr = {.family = choice & 8 ? IP_FAMILY_V6 : IP_FAMILY_V4}};
	struct esp_decap d = {
	    .iv_bytes = 16, .block_bytes = 16, .icv_bytes = icv_bytes[choice & 3]};

	if (choice & 4)
		d.iv_bytes = 8, d.block_bytes = 4, d.icv_bytes = 16;
	require(selector_init(&d.selector, &any, &any) == 0);
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct replay replay = {.window = 64, .word_mask = 1};
	struct esp_decap_result out;
	struct udp_encap encap;
	struct esp_decap d;
	uint32_t spi, cipher_bytes;
	uint8_t choice, *esp;

	if (bytes < 1)
		return 0;
	choice = data[0];
	data++;
	bytes--;
	if (udp_encap_classify(data, bytes, &encap) == PKT_OK)
		require(encap.payload_bytes >= 4 && encap.payload_bytes + 8 <= bytes);
	d = make_decap(choice);
	if (esp_read_spi(data, bytes, &spi) != PKT_OK ||
	    esp_decap_check(&d, bytes, &cipher_bytes) != PKT_OK)
		return 0;
	(void)replay_commit(&replay, replay_infer(&replay, esp_sequence(data)));
	esp = malloc(bytes);
	memcpy(esp, data, bytes);
	if (esp_decap_finish(&d, esp, cipher_bytes, choice >> 4, &out) == PKT_OK) {
		require(out.inner == esp + 8 + d.iv_bytes);
		require(out.inner_bytes >= (out.family == 4 ? 20u : 40u));
		require(out.inner_bytes + 2 <= cipher_bytes);
	}
	free(esp);
	return 0;
}
