/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checking and compiling SAs, and what of them outlives a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "common/ip.h"
#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "crypto/esp_crypto.h"
#include "dataplane/sadb.h"

#define SLOT      5u
#define SLOT_MASK 0x3ffu
#define TUNNELS   128u

static struct esp_crypto *crypto;
static struct state_sa record;

static struct shm_addr v4(uint32_t host_order, uint8_t length)
{
	struct ip_addr ip = ip_addr_v4(host_order);
	struct shm_addr addr = {.family = IP_FAMILY_V4, .prefix_length = length};

	memcpy(addr.bytes, ip.bytes, sizeof(addr.bytes));
	return addr;
}

static struct cfg_sa good(bool inbound)
{
	struct cfg_sa sa = {
	    .instance = 42,
	    .flags = CFG_SA_PRESENT | (inbound ? CFG_SA_INBOUND : 0),
	    .spi_be = __builtin_bswap32(0x12340000 | SLOT),
	    .tunnel = 3,
	    .encr = CFG_ENCR_AES_CBC,
	    .auth = CFG_AUTH_HMAC_SHA1_96,
	    .encr_key_bytes = 16,
	    .auth_key_bytes = 20,
	    .replay_window = 1024,
	    .outer_local = v4(0xcb007102, 32),
	    .outer_remote = v4(0xc6336402, 32),
	    .ts_local = v4(0, 0),
	    .ts_remote = v4(0, 0),
	};

	memset(sa.encr_key, 0x5a, 16);
	memset(sa.auth_key, 0xa5, 20);
	return sa;
}

static int setup(void **state)
{
	(void)state;
	memset(&record, 0, sizeof(record));
	return crypto ? 0 : esp_crypto_new(&crypto, ESP_ENCRYPT, ESP_ARCH_AUTO);
}

static struct sa *compile(const struct cfg_sa *cfg, struct sa_run *run)
{
	struct sa *sa = sa_compile(cfg, SLOT, run, &record, crypto);

	assert_non_null(sa);
	return sa;
}

static bool check(const struct cfg_sa *cfg)
{
	const char *why;
	bool ok = sa_check(cfg, SLOT, SLOT_MASK, TUNNELS, &why);

	assert_true(ok == (why == NULL));
	return ok;
}

static void test_good_records_pass(void **state)
{
	struct cfg_sa sa = good(true);

	(void)state;
	assert_true(check(&sa));
	sa = good(false);
	sa.spi_be = __builtin_bswap32(0xdeadbeef); /* the peer's choice: any */
	assert_true(check(&sa));
	sa.auth = CFG_AUTH_HMAC_SHA2_256_128;
	sa.auth_key_bytes = 32;
	sa.encr_key_bytes = 32;
	assert_true(check(&sa));
	sa.encr = CFG_ENCR_AES_GCM_16;
	sa.auth = CFG_AUTH_NONE;
	sa.auth_key_bytes = 0;
	sa.encr_key_bytes = 36;
	assert_true(check(&sa));
}

#define BAD(field, value)                                                                          \
	do {                                                                                       \
		struct cfg_sa bad = good(true);                                                    \
		bad.field = (value);                                                               \
		if (check(&bad))                                                                   \
			fail_msg("%s was not refused", #field " = " #value);                       \
	} while (0)

static void test_S05_wrong_records_are_refused(void **state)
{
	(void)state;
	BAD(instance, 0);
	BAD(spi_be, 0);
	BAD(spi_be, __builtin_bswap32(255));
	BAD(spi_be, __builtin_bswap32(0x12340000 | (SLOT + 1)));
	BAD(tunnel, TUNNELS);
	BAD(tunnel, UINT32_MAX);
	BAD(encr, 0);
	BAD(encr, 3);
	BAD(auth, CFG_AUTH_NONE);
	BAD(auth, 99);
	BAD(encr_key_bytes, 0);
	BAD(encr_key_bytes, 15);
	BAD(encr_key_bytes, 65535);
	BAD(auth_key_bytes, 16);
	BAD(auth_key_bytes, 64);
	BAD(outer_local.family, 0);
	BAD(outer_local.family, 6);
	BAD(outer_remote.family, 5);
	BAD(flags, CFG_SA_PRESENT | CFG_SA_UDP_ENCAP);
	BAD(ts_local.family, 0);
	BAD(ts_remote.family, 6);
	BAD(ts_local.prefix_length, 33);
	BAD(ts_remote.prefix_length, 255);
}

/* With the checksum that control gives it, no bit of a record is another's word. */
static void test_S05_a_record_that_is_not_as_it_was_written_is_refused(void **state)
{
	struct cfg_sa sa = good(false);

	(void)state;
	sa.checksum = shm_sa_sum(&sa);
	assert_true(check(&sa));
	sa.instance ^= 1;
	assert_false(check(&sa));
	sa.instance ^= 1;
	sa.hard_packets = 1;
	assert_false(check(&sa));
	sa.checksum = 0;
	assert_true(check(&sa)); /* of a writer that knows none */
}

static void test_new_sa_begins_at_1_and_promises_before_it_sends(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa = compile(&cfg, NULL);
	uint64_t first;

	(void)state;
	assert_int_equal(record.instance, 42);
	for (uint64_t want = 1; want < 3 * SA_SEQ_BLOCK; want++) {
		assert_int_equal(seq_reserve(&sa->run->seq, 1, &first, false), 1);
		assert_int_equal(first, want);
		sa_run_promise(sa->run, first);
		assert_true(atomic_load(&record.sequence) > first);
		assert_true(atomic_load(&record.sequence) <= first + SA_SEQ_BLOCK);
	}
	sa_put(sa);
}

static void test_S03_ceiling_is_where_the_next_life_begins(void **state)
{
	struct cfg_sa cfg = good(false);
	uint64_t used = 0, first;

	(void)state;
	for (int life = 0; life < 10; life++) {
		struct sa *sa = compile(&cfg, NULL);

		assert_true(sa->run->seq.next > used);
		for (int i = 0; i < 1 + life * 1000; i++) {
			assert_int_equal(seq_reserve(&sa->run->seq, 1, &first, false), 1);
			assert_true(first > used);
			sa_run_promise(sa->run, first);
			used = first;
		}
		sa_put(sa); /* without a word: as if killed */
	}
}

static void test_S03_restart_without_a_packet_costs_no_number(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa = compile(&cfg, NULL);

	(void)state;
	sa_put(sa);
	sa = compile(&cfg, NULL);
	assert_int_equal(sa->run->seq.next, 1);
	sa_put(sa);
}

static void test_E12_the_last_number_is_sent_and_no_other(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa;
	uint64_t first;

	(void)state;
	record.instance = 42;
	atomic_store(&record.sequence, UINT32_MAX);
	sa = compile(&cfg, NULL);
	assert_int_equal(seq_reserve(&sa->run->seq, 1, &first, false), 1);
	assert_int_equal(first, UINT32_MAX);
	sa_run_promise(sa->run, first);
	assert_int_equal(seq_reserve(&sa->run->seq, 1, &first, false), 0);
	sa_put(sa);
	/* Nor in the next life: the ceiling is past the end. */
	sa = compile(&cfg, NULL);
	assert_int_equal(seq_reserve(&sa->run->seq, 1, &first, false), 0);
	sa_put(sa);
}

static void test_S03_inbound_takes_up_above_its_last_top(void **state)
{
	struct cfg_sa cfg = good(true);
	struct sa *sa;

	(void)state;
	record.instance = 42;
	atomic_store(&record.sequence, 5000);
	sa = compile(&cfg, NULL);
	for (uint64_t sequence = 5000 - 1100; sequence <= 5000; sequence++)
		assert_int_not_equal(replay_check(&sa->run->replay, sequence), PKT_OK);
	assert_int_equal(replay_check(&sa->run->replay, 5001), PKT_OK);
	sa_put(sa);
}

static void test_another_instance_in_the_slot_begins_anew(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa;

	(void)state;
	record.instance = 41;
	atomic_store(&record.sequence, 777777);
	atomic_store(&record.packets, 7);
	atomic_store(&record.ended, 1);
	sa = compile(&cfg, NULL);
	assert_int_equal(sa->run->seq.next, 1);
	assert_int_equal(atomic_load(&record.packets), 0);
	assert_int_equal(atomic_load(&record.ended), 0);
	assert_int_equal(record.instance, 42);
	sa_put(sa);
}

static void assert_ended_for_good(const struct cfg_sa *cfg)
{
	for (int life = 0; life < 2; life++) {
		struct sa *sa = compile(cfg, NULL);

		assert_false(sa_alive(sa, (mono_t){1}));
		sa_put(sa);
	}
	assert_int_equal(record.instance, 42);
	assert_int_equal(atomic_load(&record.ended), 1);
	assert_true(shm_state_sa_sum_ok(&record));
}

/* Any bit of what says whose the numbers are, and a writer that was killed. */
static void test_S05_numbers_of_a_damaged_record_are_not_begun_anew(void **state)
{
	struct cfg_sa cfg = good(false);

	for (unsigned bit = 0;
	     bit < 8 * (offsetof(struct state_sa, reserved0) - offsetof(struct state_sa, instance));
	     bit++) {
		setup(state);
		sa_put(compile(&cfg, NULL));
		atomic_store(&record.sequence, 777777);
		((uint8_t *)&record.instance)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_ended_for_good(&cfg);
	}
	setup(state);
	sa_put(compile(&cfg, NULL));
	atomic_fetch_or(&record.head.sequence, 1);
	assert_ended_for_good(&cfg);
}

/* As one has it that knew of no checksum. */
static void test_a_record_without_checksum_is_believed(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa;

	(void)state;
	sa_put(compile(&cfg, NULL));
	atomic_store(&record.sequence, 777777);
	record.checksum = 0;
	sa = compile(&cfg, NULL);
	assert_int_equal(sa->run->seq.next, 777777);
	assert_true(sa_alive(sa, (mono_t){1}));
	sa_put(sa);
}

static void test_hard_limits(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa;

	(void)state;
	cfg.hard_packets = 3;
	sa = compile(&cfg, NULL);
	for (int i = 0; i < 3; i++) {
		assert_true(sa_alive(sa, (mono_t){1}));
		sa_run_count(sa->run, 1, 100, false);
	}
	assert_int_equal(atomic_load(&record.ended), 0);
	assert_false(sa_alive(sa, (mono_t){1}));
	assert_int_equal(atomic_load(&record.ended), 1);
	sa_put(sa);

	cfg.instance = 43;
	cfg.hard_packets = 0;
	cfg.hard_bytes = 250;
	sa = compile(&cfg, NULL);
	for (int i = 0; i < 3; i++) {
		assert_true(sa_alive(sa, (mono_t){1}));
		sa_run_count(sa->run, 1, 100, false);
	}
	assert_false(sa_alive(sa, (mono_t){1}));
	sa_put(sa);

	cfg.instance = 44;
	cfg.hard_bytes = 0;
	cfg.hard_time_nsec = 1000;
	sa = compile(&cfg, NULL);
	assert_true(sa_alive(sa, (mono_t){999}));
	assert_false(sa_alive(sa, (mono_t){1000}));
	assert_false(sa_alive(sa, (mono_t){999}));
	sa_put(sa);
	/* Ended for good: a restart does not bring it back. */
	sa = compile(&cfg, NULL);
	assert_false(sa_alive(sa, (mono_t){1}));
	sa_put(sa);
}

/* Far from a limit a burst goes as one, near it packet by packet, so that none is overrun. */
static void test_near_a_limit_packets_go_one_by_one(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa = compile(&cfg, NULL);

	(void)state;
	assert_int_equal(sa_allows(sa, (mono_t){1}, SA_RUN_MAX), SA_RUN_MAX);
	sa_put(sa);
	cfg.instance = 60;
	cfg.hard_packets = 1000;
	sa = compile(&cfg, NULL);
	assert_int_equal(sa_allows(sa, (mono_t){1}, 32), 32);
	sa_run_count(sa->run, 1000 - SA_RUN_MAX - 1, 0, false);
	assert_int_equal(sa_allows(sa, (mono_t){1}, 32), 32);
	sa_run_count(sa->run, 1, 0, false);
	assert_int_equal(sa_allows(sa, (mono_t){1}, 32), 1);
	sa_put(sa);
	cfg.instance = 61;
	cfg.hard_packets = 0;
	cfg.hard_bytes = 1000 * UINT64_C(1000000);
	sa = compile(&cfg, NULL);
	assert_int_equal(sa_allows(sa, (mono_t){1}, 32), 32);
	sa_run_count(sa->run, 1, cfg.hard_bytes - 8 * 1000000, false);
	assert_int_equal(sa_allows(sa, (mono_t){1}, 32), 1);
	sa_put(sa);
}

static void test_limits_count_what_was_before_the_restart(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *sa;

	(void)state;
	cfg.hard_packets = 10;
	for (int life = 0; life < 5; life++) {
		sa = compile(&cfg, NULL);
		assert_true(sa_alive(sa, (mono_t){1}));
		sa_run_count(sa->run, 1, 50, false);
		sa_run_count(sa->run, 1, 50, false);
		sa_put(sa);
	}
	sa = compile(&cfg, NULL);
	assert_int_equal(atomic_load(&record.bytes), 500);
	assert_false(sa_alive(sa, (mono_t){1}));
	sa_put(sa);
}

static void test_a_recompiled_sa_shares_its_run(void **state)
{
	struct cfg_sa cfg = good(false);
	struct sa *one = compile(&cfg, NULL);
	struct sa *two = compile(&cfg, one->run);

	(void)state;
	assert_ptr_equal(one->run, two->run);
	assert_int_equal(one->run->users, 2);
	sa_put(one);
	assert_int_equal(two->run->users, 1);
	sa_put(two);
}

static void test_peer_is_remembered(void **state)
{
	struct cfg_sa cfg = good(true);
	struct sa *sa = compile(&cfg, NULL);

	(void)state;
	sa->run->peer_addr = v4(0x01020304, 0);
	sa->run->peer_port_be = 0x1234;
	sa_run_store_peer(sa->run);
	sa_put(sa);
	sa = compile(&cfg, NULL);
	assert_int_equal(sa->run->peer_port_be, 0x1234);
	assert_memory_equal(sa->run->peer_addr.bytes, "\x01\x02\x03\x04", 4);
	sa_put(sa);
}

static void test_a_key_that_crypto_refuses_is_no_sa(void **state)
{
	struct cfg_sa cfg = good(false);

	(void)state;
	cfg.auth_key_bytes = 7;
	assert_null(sa_compile(&cfg, SLOT, NULL, &record, crypto));
}

#define SA_TEST(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SA_TEST(test_good_records_pass),
	    SA_TEST(test_S05_wrong_records_are_refused),
	    SA_TEST(test_S05_a_record_that_is_not_as_it_was_written_is_refused),
	    SA_TEST(test_new_sa_begins_at_1_and_promises_before_it_sends),
	    SA_TEST(test_S03_ceiling_is_where_the_next_life_begins),
	    SA_TEST(test_S03_restart_without_a_packet_costs_no_number),
	    SA_TEST(test_E12_the_last_number_is_sent_and_no_other),
	    SA_TEST(test_S03_inbound_takes_up_above_its_last_top),
	    SA_TEST(test_another_instance_in_the_slot_begins_anew),
	    SA_TEST(test_S05_numbers_of_a_damaged_record_are_not_begun_anew),
	    SA_TEST(test_a_record_without_checksum_is_believed),
	    SA_TEST(test_hard_limits),
	    SA_TEST(test_near_a_limit_packets_go_one_by_one),
	    SA_TEST(test_limits_count_what_was_before_the_restart),
	    SA_TEST(test_a_recompiled_sa_shares_its_run),
	    SA_TEST(test_peer_is_remembered),
	    SA_TEST(test_a_key_that_crypto_refuses_is_no_sa),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	esp_crypto_free(crypto);
	return rc;
}
