/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/console/frames.h"

static struct frames frames;

static int setup(void **state)
{
	memset(&frames, 0, sizeof(frames));
	return 0;
}

static void test_lines_come_out_whatever_the_pieces(void **state)
{
	static const char input[] = "{\"a\":1}\n{\"b\":2}\n\n{\"c\"";
	static const char *const expected[] = {"{\"a\":1}", "{\"b\":2}", ""};

	for (size_t piece = 1; piece < sizeof(input); piece++) {
		unsigned lines = 0;

		memset(&frames, 0, sizeof(frames));
		for (size_t at = 0; at < sizeof(input) - 1; at += piece) {
			const char *data = input + at, *line;
			size_t left = sizeof(input) - 1 - at, bytes;

			left = left < piece ? left : piece;
			while (frames_take(&frames, &data, &left, &line, &bytes) == FRAMES_LINE) {
				assert_int_equal(bytes, strlen(expected[lines]));
				assert_memory_equal(line, expected[lines++], bytes);
			}
			assert_int_equal(left, 0);
		}
		assert_int_equal(lines, 3);
	}
}

static void test_C01_a_line_beyond_the_limit_is_thrown_away_whole(void **state)
{
	size_t bytes = FRAME_BYTES + 1, left, line_bytes;
	char *input = malloc(bytes + 3);
	const char *data, *line;

	memset(input, 'x', bytes);
	memcpy(input + bytes, "\ny\n", 3);
	data = input;
	left = bytes + 3;
	assert_int_equal(frames_take(&frames, &data, &left, &line, &line_bytes), FRAMES_TOO_LONG);
	assert_int_equal(frames_take(&frames, &data, &left, &line, &line_bytes), FRAMES_LINE);
	assert_int_equal(line_bytes, 1);
	assert_int_equal(line[0], 'y');
	/* In pieces it is said once, and nothing of it is kept. */
	for (unsigned i = 0; i < 100; i++) {
		data = input;
		left = 4096;
		assert_int_equal(frames_take(&frames, &data, &left, &line, &line_bytes),
		    i == FRAME_BYTES / 4096 ? FRAMES_TOO_LONG : FRAMES_MORE);
	}
	data = input + bytes;
	left = 3;
	assert_int_equal(frames_take(&frames, &data, &left, &line, &line_bytes), FRAMES_LINE);
	assert_int_equal(line[0], 'y');
	/* The longest one is taken. */
	data = input + 1;
	left = FRAME_BYTES + 1;
	assert_int_equal(frames_take(&frames, &data, &left, &line, &line_bytes), FRAMES_LINE);
	assert_int_equal(line_bytes, FRAME_BYTES);
	free(input);
}

static void test_only_objects_are_frames(void **state)
{
	static const char *const bad[] = {"", "1", "[]", "\"x\"", "{", "{\"a\":}",
	    "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "nonsense"};
	json_t *frame = frame_parse("{\"line\":\"x\"}", 12);

	assert_string_equal(json_string_value(json_object_get(frame, "line")), "x");
	json_decref(frame);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(frame_parse(bad[i], strlen(bad[i])));
}

static void test_text_that_is_not_utf8_is_escaped(void **state)
{
	char *line = frame_print(frame_text("text", "a\xff\"\n", 4));

	assert_string_equal(line, "{\"text\":\"a\\\\xff\\\"\\\\x0a\"}\n");
	free(line);
	line = frame_print(frame_text("text", "\xe6\x9d\xb1\n", 4));
	assert_string_equal(line, "{\"text\":\"\xe6\x9d\xb1\\n\"}\n");
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_lines_come_out_whatever_the_pieces, setup),
	    cmocka_unit_test_setup(test_C01_a_line_beyond_the_limit_is_thrown_away_whole, setup),
	    cmocka_unit_test_setup(test_only_objects_are_frames, setup),
	    cmocka_unit_test_setup(test_text_that_is_not_utf8_is_escaped, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
