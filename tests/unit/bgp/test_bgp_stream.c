/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The stream in any pieces: however TCP cuts it, the same messages have the same effect. */
#include "bgp_harness.h"

#define GOOD "40010100 40020602010000fc00 400304a9fe5a01"

struct stream {
	uint8_t bytes[16384];
	size_t count;
};

static void add(struct stream *s, uint8_t type, const char *hex)
{
	uint8_t body[BGP_MESSAGE_BYTES], message[BGP_MESSAGE_BYTES + 64];
	size_t n = frame(type, body, unhex(hex, body, sizeof(body)), message);

	assert_true(s->count + n <= sizeof(s->bytes));
	memcpy(s->bytes + s->count, message, n);
	s->count += n;
}

/* What is left after a stream: enough to tell two effects apart. */
struct effect {
	struct bgp_status status;
	char log[8192];
	uint8_t sent[65536];
	size_t sent_bytes;
	char rib[4096];
};

static void note_path(void *ctx, const struct bgp_path *path)
{
	char *text = ctx, prefix_text[IP_PREFIX_TEXT_BYTES];
	size_t used = strlen(text);

	ip_prefix_format(&path->prefix, prefix_text);
	snprintf(text + used, 4096 - used, "%s med=%u length=%u;", prefix_text, path->med,
	    path->path_length);
}

static void collect(struct harness *h, struct effect *e)
{
	for (size_t i = 0; i < h->actions.count; i++) {
		const struct bgp_action *a = &h->actions.action[i];

		if (a->type != BGP_ACT_SEND)
			continue;
		assert_true(e->sent_bytes + a->bytes <= sizeof(e->sent));
		memcpy(e->sent + e->sent_bytes, a->data, a->bytes);
		e->sent_bytes += a->bytes;
	}
}

/* Feeds the stream to a session in OpenSent, cut where `piece` says: the size of the piece at an
 * offset. Every piece is an allocation of its own. */
static void feed(
    const struct stream *s, size_t (*piece)(void *ctx, size_t at), void *ctx, struct effect *e)
{
	struct bgp_config config = harness_config();
	struct harness h;

	memset(e, 0, sizeof(*e));
	harness_init(&h, &config);
	harness_opensent(&h);
	for (size_t at = 0; at < s->count;) {
		size_t n = piece(ctx, at);
		uint8_t *copy;

		if (n > s->count - at)
			n = s->count - at;
		copy = malloc(n);
		memcpy(copy, s->bytes + at, n);
		harness_event(&h, BGP_EV_BYTES, h.conn, copy, n);
		free(copy);
		collect(&h, e);
		harness_event(&h, BGP_EV_WRITABLE, h.conn, NULL, 0);
		collect(&h, e);
		at += n;
	}
	e->status = harness_status(&h);
	memcpy(e->log, h.log, sizeof(e->log));
	bgp_rib_each(h.rib, note_path, e->rib);
	harness_free(&h);
}

static void assert_same_effect(const struct effect *a, const struct effect *b)
{
	assert_string_equal(a->log, b->log);
	assert_string_equal(a->rib, b->rib);
	assert_int_equal(a->sent_bytes, b->sent_bytes);
	assert_memory_equal(a->sent, b->sent, a->sent_bytes);
	assert_int_equal(a->status.state, b->status.state);
	assert_int_equal(a->status.received, b->status.received);
	assert_int_equal(a->status.sent, b->status.sent);
	assert_int_equal(a->status.treated_as_withdraw, b->status.treated_as_withdraw);
	assert_int_equal(a->status.prefixes_in, b->status.prefixes_in);
	assert_string_equal(a->status.last_reset, b->status.last_reset);
}

static size_t fixed(void *ctx, size_t at)
{
	return *(size_t *)ctx;
}

/* One cut at *ctx. */
static size_t cut_at(void *ctx, size_t at)
{
	size_t cut = *(size_t *)ctx;

	return at < cut ? cut - at : SIZE_MAX;
}

static size_t anything(void *ctx, size_t at)
{
	uint32_t *random = ctx;

	*random = *random * 1103515245u + 12345u;
	return 1 + (*random >> 16) % 97;
}

static void expect_the_same_in_any_pieces(const struct stream *s, const struct effect *whole)
{
	static struct effect other;
	size_t size;

	for (size_t cut = 1; cut < s->count; cut++) {
		feed(s, cut_at, &cut, &other);
		assert_same_effect(whole, &other);
	}
	for (size = 1; size < 64; size++) {
		feed(s, fixed, &size, &other);
		assert_same_effect(whole, &other);
	}
	for (uint32_t seed = 0; seed < 50; seed++) {
		uint32_t random = seed;

		feed(s, anything, &random, &other);
		assert_same_effect(whole, &other);
	}
}

/* OPEN, KEEPALIVE and six messages behind them, eight in one segment. */
static void test_B38_eight_messages_in_one_segment_or_split_at_every_byte(void **state)
{
	static struct effect whole;
	struct stream s = {0};
	size_t all = SIZE_MAX;

	add(&s, BGP_MSG_OPEN, "04 fc00 001e 01010101 08 0206 4104 0000fc00");
	add(&s, BGP_MSG_KEEPALIVE, "");
	add(&s, BGP_MSG_UPDATE, "0000 0014" GOOD "100a01 100a02 100a03");
	add(&s, BGP_MSG_UPDATE, "0003 100a02 0000");
	add(&s, BGP_MSG_ROUTE_REFRESH, "00010001");
	add(&s, BGP_MSG_UPDATE, "0000 0000 100a03"); /* treated as a withdrawal */
	add(&s, BGP_MSG_UPDATE, "0000 001b" GOOD "80040400000007 100a04");
	add(&s, BGP_MSG_KEEPALIVE, "");
	feed(&s, fixed, &all, &whole);
	assert_int_equal(whole.status.state, BGP_ESTABLISHED);
	assert_int_equal(whole.status.received, 8);
	assert_int_equal(whole.status.treated_as_withdraw, 1);
	assert_string_equal(whole.rib, "10.1.0.0/16 med=0 length=1;10.4.0.0/16 med=7 length=1;");
	expect_the_same_in_any_pieces(&s, &whole);
}

/* What follows an error in the same segment is for nobody. */
static void test_B38_nothing_counts_behind_an_error(void **state)
{
	static struct effect whole;
	struct stream s = {0};
	size_t all = SIZE_MAX;

	add(&s, BGP_MSG_OPEN, "04 fc00 001e 01010101 08 0206 4104 0000fc00");
	add(&s, BGP_MSG_KEEPALIVE, "");
	add(&s, BGP_MSG_UPDATE, "0000 0014" GOOD "100a01");
	add(&s, BGP_MSG_UPDATE, "ffff 0000");
	add(&s, BGP_MSG_UPDATE, "0000 0014" GOOD "100a02");
	add(&s, BGP_MSG_NOTIFICATION, "0602");
	feed(&s, fixed, &all, &whole);
	assert_int_equal(whole.status.state, BGP_IDLE);
	assert_int_equal(whole.status.received, 4);
	assert_int_equal(whole.status.sent_notifications, 1);
	assert_int_equal(whole.status.received_notifications, 0);
	assert_string_equal(whole.rib, "");
	expect_the_same_in_any_pieces(&s, &whole);
}

/* The largest message there is, in any pieces, and a length that promises more. */
static void test_B38_message_of_4096_bytes(void **state)
{
	struct bgp_config config = harness_config();
	uint8_t message[BGP_MESSAGE_BYTES];
	struct wr w = wr_init(message, sizeof(message));
	struct harness h;

	memset(wr_reserve(&w, BGP_MARKER_BYTES), 0xff, BGP_MARKER_BYTES);
	wr_u16(&w, BGP_MESSAGE_BYTES);
	wr_u8(&w, BGP_MSG_UPDATE);
	wr_u16(&w, BGP_MESSAGE_BYTES - 23); /* withdrawals of the default route, one byte each */
	wr_zero(&w, BGP_MESSAGE_BYTES - 23);
	wr_u16(&w, 0);
	assert_int_equal(wr_len(&w), BGP_MESSAGE_BYTES);

	harness_init(&h, &config);
	harness_establish(&h, true);
	for (size_t cut = 1; cut < BGP_MESSAGE_BYTES; cut += 7) {
		harness_event(&h, BGP_EV_BYTES, h.conn, message, cut);
		assert_int_equal(h.actions.count, 0);
		harness_event(&h, BGP_EV_BYTES, h.conn, message + cut, BGP_MESSAGE_BYTES - cut);
		assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	}
	assert_int_equal(harness_status(&h).treated_as_withdraw, 0);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_B38_eight_messages_in_one_segment_or_split_at_every_byte),
	    cmocka_unit_test(test_B38_nothing_counts_behind_an_error),
	    cmocka_unit_test(test_B38_message_of_4096_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
