/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The small headers: cursors, monotonic time, secrets, names, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mono.h"
#include "common/names.h"
#include "common/secret.h"
#include "common/shm_abi.h"

/* On the heap and exactly as large as the message, so that the sanitizer sees one byte too many. */
static void test_reader_stops_at_every_length(void **state)
{
	static const uint8_t full[7] = {1, 2, 3, 4, 5, 6, 7};

	(void)state;
	for (size_t bytes = 0; bytes <= sizeof(full); bytes++) {
		uint8_t *copy = malloc(bytes ? bytes : 1);
		struct rd r = rd_init(copy, bytes);

		memcpy(copy, full, bytes);
		assert_int_equal(rd_u8(&r), bytes >= 1 ? 1 : 0);
		assert_int_equal(rd_u16(&r), bytes >= 3 ? 0x0203 : 0);
		assert_int_equal(rd_u32(&r), bytes >= 7 ? 0x04050607 : 0);
		assert_int_equal(rd_ok(&r), bytes == 7);
		assert_int_equal(rd_left(&r), 0);
		assert_null(rd_bytes(&r, 1));
		assert_false(rd_ok(&r));
		free(copy);
	}
}

static void test_reader_sub_and_copy(void **state)
{
	static const uint8_t data[6] = {1, 2, 3, 4, 5, 6};
	struct rd r = rd_init(data, sizeof(data)), sub = rd_sub(&r, 4), bad;
	uint8_t copy[4] = {9, 9, 9, 9};

	(void)state;
	assert_int_equal(rd_left(&sub), 4);
	assert_int_equal(rd_left(&r), 2);
	rd_skip(&sub, 5);
	assert_false(rd_ok(&sub));
	assert_true(rd_ok(&r));
	bad = rd_sub(&r, 3);
	assert_false(rd_ok(&bad));
	assert_false(rd_ok(&r));
	rd_copy(&r, copy, sizeof(copy));
	assert_memory_equal(copy, "\0\0\0\0", 4);
	r = rd_init(data, sizeof(data));
	assert_null(rd_bytes(&r, SIZE_MAX));
}

static void test_writer_never_passes_its_end(void **state)
{
	uint8_t room[8];
	struct wr w = wr_init(room, 7);

	(void)state;
	room[7] = 0xee;
	wr_u32(&w, 0x01020304);
	wr_u16(&w, 0x0506);
	wr_u16(&w, 0x0708); /* one byte too many: nothing of it is written */
	assert_false(wr_ok(&w));
	assert_int_equal(wr_len(&w), 6);
	wr_u8(&w, 7); /* and nothing after it */
	assert_int_equal(wr_len(&w), 6);
	assert_int_equal(room[7], 0xee);
	w = wr_init(room, 8);
	wr_zero(&w, 4);
	wr_u32(&w, 0);
	wr_patch_u32(&w, 2, 0xa1b2c3d4);
	assert_true(wr_ok(&w));
	assert_memory_equal(room, "\0\0\xa1\xb2\xc3\xd4\0\0", 8);
	wr_patch_u16(&w, 7, 1);
	assert_false(wr_ok(&w));
}

static void test_time_saturates(void **state)
{
	mono_t zero = {0};

	(void)state;
	assert_true(mono_is_never(mono_add_msec(zero, INT64_MAX)));
	assert_true(mono_is_never(mono_add_sec(zero, INT64_MAX / 2)));
	assert_true(mono_is_never(mono_add_msec(MONO_NEVER, -1)));
	assert_int_equal(mono_diff_msec((mono_t){1}, zero), 1); /* never early */
	assert_int_equal(mono_diff_msec(mono_add_msec(zero, 250), zero), 250);
	assert_int_equal(mono_diff_sec((mono_t){1999999999}, zero), 1);
	assert_true(mono_before(mono_min(MONO_NEVER, zero), MONO_NEVER));
}

static void test_secret_compare_and_wipe(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	memset(a, 7, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(b, a, sizeof(a));
			b[i] ^= (uint8_t)(1u << bit);
			assert_false(secret_equal(a, b, sizeof(a)));
		}
	memcpy(b, a, sizeof(a));
	assert_true(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(a, b, 0));
	secret_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
}

static void test_transform_names(void **state)
{
	(void)state;
	assert_string_equal(names_encr(CFG_ENCR_AES_CBC, 16), "AES-CBC-128");
	assert_string_equal(names_encr(CFG_ENCR_AES_GCM_16, 36), "AES-GCM-16-256");
	assert_string_equal(names_encr(CFG_ENCR_AES_CBC, 17), "unknown");
	assert_string_equal(names_auth(CFG_AUTH_HMAC_SHA2_256_128), "HMAC-SHA2-256-128");
	assert_string_equal(names_auth(99), "unknown");
	assert_int_equal(names_icv_bytes(CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96), 12);
	assert_int_equal(names_icv_bytes(CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256), 32);
	assert_int_equal(names_icv_bytes(CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE), 16);
	assert_int_equal(names_icv_bytes(CFG_ENCR_AES_GCM_16, CFG_AUTH_HMAC_SHA1_96), 0);
	assert_int_equal(names_icv_bytes(1, CFG_AUTH_HMAC_SHA1_96), 0);
	assert_int_equal(names_encr_iv_bytes(CFG_ENCR_AES_GCM_16), 8);
	assert_int_equal(names_encr_block_bytes(CFG_ENCR_AES_CBC), 16);
	assert_int_equal(names_auth_key_bytes(CFG_AUTH_HMAC_SHA1_96), 20);
}

static void test_escape(void **state)
{
	static const struct {
		const char *in;
		size_t bytes;
		const char *out;
	} rows[] = {
	    {"plain", 5, "plain"},
	    {"a\0b", 3, "a\\x00b"},
	    {"\x1b[31m", 5, "\\x1b[31m"},
	    {"line\r\n", 6, "line\\x0d\\x0a"},
	    {"back\\slash", 10, "back\\x5cslash"},
	    {"\xe6\x9d\xb1\xe4\xba\xac", 6, "\xe6\x9d\xb1\xe4\xba\xac"},
	    {"\xe6\x9d", 2, "\\xe6\\x9d"},
	    {"\xc0\xaf", 2, "\\xc0\\xaf"},         /* overlong '/' */
	    {"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"}, /* a surrogate */
	    {"\xc2\x9b", 2, "\\xc2\\x9b"},         /* CSI as a C1 control */
	    {"\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"},
	    {"\x7f", 1, "\\x7f"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    log_escape(rows[i].in, rows[i].bytes, text, sizeof(text)), rows[i].out);
	assert_string_equal(log_escape("0123456789", 10, text, 11), "0123456789");
	assert_string_equal(log_escape("0123456789", 10, text, 10), "012345...");
	for (size_t room = 1; room < 12; room++) { /* never past its room */
		char *exact = malloc(room);

		log_escape("\xff\xff\xff\xff", 4, exact, room);
		assert_true(strlen(exact) < room);
		free(exact);
	}
}

struct caught {
	unsigned lines;
	enum log_level level;
	char line[LOG_LINE_BYTES];
};

static void catch_line(void *ctx, enum log_level level, const char *line)
{
	struct caught *c = ctx;

	c->lines++;
	c->level = level;
	strcpy(c->line, line);
}

static void test_log_level_and_cut(void **state)
{
	static char huge[4 * LOG_LINE_BYTES];
	struct caught caught = {0};

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	log_set_sink(catch_line, &caught);
	log_set_level(LOG_LEVEL_INFO);
	log_debug("not %s", "shown");
	assert_int_equal(caught.lines, 0);
	log_info("tunnel=%d state=up", 1);
	assert_int_equal(caught.lines, 1);
	assert_string_equal(caught.line, "tunnel=1 state=up");
	log_error("%s", huge);
	assert_int_equal(caught.level, LOG_LEVEL_ERROR);
	assert_int_equal(strlen(caught.line), LOG_LINE_BYTES - 1);
	log_set_sink(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reader_stops_at_every_length),
	    cmocka_unit_test(test_reader_sub_and_copy),
	    cmocka_unit_test(test_writer_never_passes_its_end),
	    cmocka_unit_test(test_time_saturates),
	    cmocka_unit_test(test_secret_compare_and_wipe),
	    cmocka_unit_test(test_transform_names),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_log_level_and_cut),
	};

	return cmocka_run_group_tests_name("basics", tests, NULL, NULL);
}
