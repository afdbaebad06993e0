/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Identifications are unique within a flow for as long as 16 bits can be, whatever other flows and
 * other workers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/frag_id.h"
#include "dataplane/pkt/ip4_hdr.h"

static const uint8_t *flow(uint32_t source, uint32_t destination, uint8_t protocol)
{
	static uint8_t ip[20];

	put_be32(ip + IP4_OFFSET_SOURCE, source);
	put_be32(ip + IP4_OFFSET_DEST, destination);
	ip[IP4_OFFSET_PROTOCOL] = protocol;
	return ip;
}

static void test_a_flow_uses_every_number_but_0_once(void **state)
{
	static uint8_t seen[65536];
	struct frag_ids ids;

	(void)state;
	memset(seen, 0, sizeof(seen));
	frag_ids_init(&ids, 0, 1, 7);
	for (unsigned i = 0; i < 65535; i++) {
		uint16_t id = frag_id_next(&ids, flow(1, 2, 17));

		assert_int_not_equal(id, 0);
		assert_int_equal(seen[id]++, 0);
	}
}

static void test_another_flow_uses_up_nothing(void **state)
{
	struct frag_ids ids;
	uint16_t first;

	(void)state;
	frag_ids_init(&ids, 0, 1, 7);
	first = frag_id_next(&ids, flow(0x0a000001, 0x0a000002, 17));
	for (unsigned i = 0; i < 65535; i++)
		(void)frag_id_next(&ids, flow(0x0a000001, 0x0a000003, 17));
	assert_int_equal(frag_id_next(&ids, flow(0x0a000001, 0x0a000002, 17)), first + 1);
}

static void test_flows_spread_over_the_counters(void **state)
{
	struct frag_ids ids, fresh;
	unsigned used = 0;

	(void)state;
	frag_ids_init(&ids, 0, 1, 7);
	fresh = ids;
	for (uint32_t host = 0; host < 256; host++)
		(void)frag_id_next(&ids, flow(0x0a000000 + host, 0xc0a80001, 17));
	for (uint8_t protocol = 0; protocol < 255; protocol++)
		(void)frag_id_next(&ids, flow(0x0a000000, 0xc0a80001, protocol));
	for (unsigned i = 0; i < FRAG_ID_COUNTERS; i++)
		used += ids.next[i] != fresh.next[i];
	/* 511 draws out of 1024 leave about 403 used; far fewer means that the hash is none. */
	assert_in_range(used, 350, 511);
}

static void test_workers_never_give_the_same(void **state)
{
	static uint8_t seen[65536];
	struct frag_ids ids[3];

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (unsigned k = 0; k < 3; k++) {
		frag_ids_init(&ids[k], k, 3, 99 + k);
		for (unsigned i = 0; i < 16383; i++)
			assert_int_equal(seen[frag_id_next(&ids[k], flow(1, 2, 17))]++, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_flow_uses_every_number_but_0_once),
	    cmocka_unit_test(test_another_flow_uses_up_nothing),
	    cmocka_unit_test(test_flows_spread_over_the_counters),
	    cmocka_unit_test(test_workers_never_give_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
