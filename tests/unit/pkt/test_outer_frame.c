/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which ESP packet a frame is: bytes of frames as RFC 894, 4303 and 3948 lay them out, cut at every
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/outer_frame.h"

#define MACS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
#define IP4(protocol, fragment)                                                                    \
	"\x45\0\0\x30\0\0" fragment "\x40" protocol "\0\0\xcb\0\x71\x02\xc6\x33\x64\x02"
#define ESP           "\xc0\xff\xee\x01\0\0\0\x05"
#define UDP(from, to) from to "\0\x20\0\0"

static const struct {
	const char *name, *bytes;
	uint32_t size;
	uint8_t family;
	bool esp;
} rows[] = {
#define ROW(name, bytes, family, esp)                                                              \
	{                                                                                          \
		name, bytes, sizeof(bytes) - 1, family, esp                                        \
	}
    ROW("ESP", MACS "\x08\0" IP4("\x32", "\0\0") ESP, 4, true),
    ROW("ESP with a tag", MACS "\x81\0\0\x07\x08\0" IP4("\x32", "\0\0") ESP, 4, true),
    ROW("ESP with two", MACS "\x88\xa8\0\x09\x81\0\0\x07\x08\0" IP4("\x32", "\0\0") ESP, 4, true),
    ROW("three tags", MACS "\x81\0\0\x07\x81\0\0\x07\x81\0\0\x07\x08\0" IP4("\x32", "\0\0") ESP, 0,
	false),
    ROW("ESP in UDP, sent", MACS "\x08\0" IP4("\x11", "\0\0") UDP("\x11\x94", "\x4e\x21") ESP, 4,
	true),
    ROW("ESP in UDP, received", MACS "\x08\0" IP4("\x11", "\0\0") UDP("\x4e\x21", "\x11\x94") ESP,
	4, true),
    ROW("IKE in UDP 4500",
	MACS "\x08\0" IP4("\x11", "\0\0") UDP("\x11\x94", "\x11\x94") "\0\0\0\0\x01\x02\x03\x04", 4,
	false),
    ROW("another port", MACS "\x08\0" IP4("\x11", "\0\0") UDP("\0\x35", "\x4e\x21") ESP, 4, false),
    ROW("first fragment", MACS "\x08\0" IP4("\x32", "\x20\0") ESP, 4, true),
    ROW("later fragment", MACS "\x08\0" IP4("\x32", "\x20\x10") ESP, 4, false),
    ROW("TCP", MACS "\x08\0" IP4("\x06", "\0\0") ESP, 4, false),
    ROW("SPI 0", MACS "\x08\0" IP4("\x32", "\0\0") "\0\0\0\0\0\0\0\x05", 4, false),
    ROW("ARP", MACS "\x08\x06" IP4("\x32", "\0\0") ESP, 0, false),
    ROW("IPv6",
	MACS "\x86\xdd\x60\0\0\0\0\x08\x32\x40"
	     "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
	     "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02" ESP,
	6, true),
    ROW("version 5", MACS "\x08\0\x55\0\0\x30\0\0\0\0\x40\x32\0\0\1\2\3\4\5\6\7\x08" ESP, 0, false),
    ROW("header beyond the frame", MACS "\x08\0\x4f\0\0\x30\0\0\0\0\x40\x32\0\0\1\2\3\4\5\6\7\x08",
	0, false),
};

static void test_frames(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outer_frame f;
		bool ip = outer_frame_read((const uint8_t *)rows[i].bytes, rows[i].size, &f);

		if (ip != (rows[i].family != 0) || f.esp != rows[i].esp)
			fail_msg("%s", rows[i].name);
		if (!ip)
			continue;
		assert_int_equal(f.family, rows[i].family);
		if (f.esp)
			assert_true(
			    outer_frame_id(f.spi, f.sequence) == UINT64_C(0xc0ffee0100000005));
		if (f.family == 4)
			assert_memory_equal(f.source, "\xcb\0\x71\x02", 4);
		assert_int_equal(f.destination[f.family == 4 ? 3 : 15], 2);
	}
}

/* In memory of just that size: the sanitizer sees a byte read beyond. */
static void test_frames_cut_anywhere(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint32_t n = 0; n < rows[i].size; n++) {
			uint8_t *copy = malloc(n ? n : 1);
			struct outer_frame f;

			memcpy(copy, rows[i].bytes, n);
			if (outer_frame_read(copy, n, &f))
				assert_false(f.esp);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_frames_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
