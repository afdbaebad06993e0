/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ESP packets of every algorithm through the whole worker. The bytes stand behind the ESP header:
 * as they are, so that authentication has to refuse them; or as plaintext that the peer's keys
 * encrypted, so that everything behind authentication gets them: trailer, inner headers, selectors,
 * guard, MSS, routes, other tunnels. Each goes through twice: ordinary packets take a short way
 * that those of a capture do not, and both have to lead to the same end.
 *
 * Input: tunnel (1) | flags (1) | outer TOS (1) | sequence number (2) | bytes. */
#include "tests/fuzz/dataplane.h"

#define FLAG_SEALED  1
#define FLAG_FLIP    2 /* one bit of the sealed packet is wrong: its last byte says which */
#define PLAIN_MAX    1600
#define HEAD_MAX     (40 + 8)
#define FRAME_MAX    (14 + HEAD_MAX + ESP_HEADER_BYTES + ESP_IV_BYTES_MAX + PLAIN_MAX + 64)
#define SEQUENCE_TOP 1000 /* of the ordinary packet before each input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct esp_key *key_of(struct rig *rig, unsigned tunnel)
{
	static struct esp_key key[FUZZ_ALGS];
	struct cfg_sa sa = fuzz_sa(tunnel, true);
	const struct esp_key_params params = {.encr = sa.encr,
	    .auth = sa.auth,
	    .encr_key = sa.encr_key,
	    .encr_key_bytes = sa.encr_key_bytes,
	    .auth_key = sa.auth_key,
	    .auth_key_bytes = sa.auth_key_bytes,
	    .esn = sa.flags & CFG_SA_ESN};

	if (!key[tunnel].icv_bytes)
		assert_int_equal(esp_key_init(&key[tunnel], rig->peer, &params), 0);
	return &key[tunnel];
}

/* Outer header and UDP header of a packet with `payload` bytes behind them; their size. */
static unsigned put_outer(const struct cfg_sa *sa, uint8_t *at, unsigned payload, uint8_t tos)
{
	bool udp = sa->flags & CFG_SA_UDP_ENCAP, v6 = sa->outer_local.family == IP_FAMILY_V6;
	unsigned ip_bytes = v6 ? IP6_HEADER_BYTES : IP4_HEADER_BYTES, udp_bytes = udp ? 8 : 0;

	memset(at, 0, ip_bytes + udp_bytes);
	if (v6) {
		put_be32(at, 6u << 28 | (uint32_t)tos << 20);
		put_be16(at + 4, (uint16_t)(udp_bytes + payload));
		at[6] = udp ? IP_PROTO_UDP : IP_PROTO_ESP;
		at[7] = 64;
		memcpy(at + 8, sa->outer_remote.bytes, 16);
		memcpy(at + 24, sa->outer_local.bytes, 16);
	} else {
		at[0] = 0x45;
		at[1] = tos;
		put_be16(at + 2, (uint16_t)(ip_bytes + udp_bytes + payload));
		at[8] = 64;
		at[9] = udp ? IP_PROTO_UDP : IP_PROTO_ESP;
		memcpy(at + 12, sa->outer_remote.bytes, 4);
		memcpy(at + 16, sa->outer_local.bytes, 4);
		ip4_write_checksum(at, 20);
	}
	if (udp) {
		put_be16(at + ip_bytes, 4500);
		put_be16(at + ip_bytes + 2, 4500);
		put_be16(at + ip_bytes + 4, (uint16_t)(8 + payload));
	}
	return ip_bytes + udp_bytes;
}

/* Encrypts what stands behind the IV at `esp`, padded to whole blocks; the packet's size. */
static unsigned seal(struct rig *rig, unsigned tunnel, uint8_t *esp, unsigned plain)
{
	const struct esp_key *key = key_of(rig, tunnel);
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
	unsigned cipher = (plain + key->block_bytes - 1) / key->block_bytes * key->block_bytes;
	struct esp_job job = {.esp = esp, .key = key, .cipher_bytes = cipher};

	if (esp_crypto_submit(rig->peer, &job, 1, done) == 0)
		assert_int_equal(esp_crypto_flush(rig->peer, done, 1), 1);
	assert_true(done[0].status == ESP_STATUS_OK);
	return ESP_HEADER_BYTES + key->iv_bytes + cipher + key->icv_bytes;
}

/* The SA as it was before any input. */
static void begin_sa(struct rig *rig, unsigned tunnel)
{
	const struct cfg_sa sa = fuzz_sa(tunnel, true);
	struct sa_run *run = atomic_load(&rig->domain.current)->sa[tunnel * 2]->run;

	replay_init(&run->replay, sa.replay_window, sa.flags & CFG_SA_ESN, 0);
	assert_int_equal(replay_commit(&run->replay, SEQUENCE_TOP - 1), PKT_OK);
}

/* A frame of the tunnel's peer: all but what stands behind the ESP header. Its size before that. */
static unsigned put_frame(
    struct rig *rig, uint8_t *frame, const struct cfg_sa *sa, unsigned tunnel, uint16_t sequence)
{
	unsigned head;

	memcpy(frame, rig->port.mac, 6);
	put_be16(frame + 12, sa->outer_local.family == IP_FAMILY_V6 ? 0x86dd : 0x0800);
	head = 14 + put_outer(sa, frame + 14, 0, 0);
	put_be32(frame + head, fuzz_spi(tunnel, true));
	put_be32(frame + head + 4, sequence);
	return head;
}

/* An ordinary packet for the LAN, as the next one of the SA; its size. */
static unsigned put_ordinary(struct rig *rig, unsigned tunnel, uint8_t *frame)
{
	const struct cfg_sa sa = fuzz_sa(tunnel, true);
	const struct esp_key *key = key_of(rig, tunnel);
	unsigned head = put_frame(rig, frame, &sa, tunnel, SEQUENCE_TOP), bytes = 62;
	uint8_t *inner = frame + head + ESP_HEADER_BYTES + key->iv_bytes;

	(void)rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, bytes);
	put_be16(inner + bytes, IP_PROTO_IPV4);
	bytes = seal(rig, tunnel, frame + head, bytes + 2);
	(void)put_outer(&sa, frame + 14, bytes, 0);
	return head + bytes;
}

enum way { WAY_ONE_BURST, WAY_ALONE, WAY_CAPTURED, WAYS };

/* Sends the frame behind an ordinary one. */
static struct fuzz_outcome send_one(
    struct rig *rig, unsigned tunnel, const uint8_t *frame, unsigned bytes, enum way way)
{
	static _Alignas(64) uint8_t ordinary[FRAME_MAX];
	static struct capture_tap nothing;
	struct fuzz_outcome before = fuzz_begin(rig), after = {0};

	begin_sa(rig, tunnel);
	rig->worker.tap = way == WAY_CAPTURED ? &nothing : NULL;
	rig_inject(rig, fuzz_mbuf(rig, ordinary, put_ordinary(rig, tunnel, ordinary), 0));
	if (way != WAY_ONE_BURST) {
		(void)rig_poll(rig);
		fuzz_add_frames(rig, &after);
	}
	rig_inject(rig, fuzz_mbuf(rig, frame, bytes, 0));
	(void)rig_poll(rig);
	rig->worker.tap = NULL;
	fuzz_add_frames(rig, &after);
	fuzz_add_counts(rig, &before, &after);
	fuzz_check(rig);
	return after;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static _Alignas(64) uint8_t frame[FRAME_MAX];
	struct rig *rig = fuzz_rig();
	unsigned tunnel, esp_bytes, head, plain;
	struct fuzz_outcome outcome[WAYS];
	const struct esp_key *key;
	struct cfg_sa sa;
	uint8_t *esp;

	if (bytes < 6 || bytes > 5 + PLAIN_MAX)
		return 0;
	tunnel = data[0] % FUZZ_ALGS;
	plain = (unsigned)bytes - 5;
	sa = fuzz_sa(tunnel, true);
	key = key_of(rig, tunnel);
	memset(frame, 0, sizeof(frame));
	head = put_frame(rig, frame, &sa, tunnel, get_be16(data + 3));
	esp = frame + head;
	esp_bytes = ESP_HEADER_BYTES + plain;
	if (data[1] & FLAG_SEALED) {
		memcpy(esp + ESP_HEADER_BYTES + key->iv_bytes, data + 5, plain);
		esp_bytes = seal(rig, tunnel, esp, plain);
		if (data[1] & FLAG_FLIP)
			esp[data[bytes - 1] % esp_bytes] ^= 1;
	} else {
		memcpy(esp + ESP_HEADER_BYTES, data + 5, plain);
	}
	(void)put_outer(&sa, frame + 14, esp_bytes, data[2]);
	for (unsigned way = 0; way < WAYS; way++) {
		outcome[way] = send_one(rig, tunnel, frame, head + esp_bytes, way);
		if (data[1] & FLAG_SEALED && !(data[1] & FLAG_FLIP)) {
			fuzz_assert_same(&outcome[0], &outcome[way]);
			continue;
		}
		/* In one burst its number may not yet be left of the window, or used. */
		assert_true(outcome[way].frames <= 1);
		assert_int_equal(
		    rig->worker.snapshot->sa[tunnel * 2]->run->replay.top, SEQUENCE_TOP);
	}
	return 0;
}
