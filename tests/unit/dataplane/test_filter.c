/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of packet filters: records checked, compiled, and judged by both ways alike;
 * and what workers tell of packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/mono.h"
#include "common/shm_slot.h"
#include "dataplane/filter_list.h"
#include "dataplane/filter_report.h"
#include "dataplane/worker.h"
#include "tests/unit/dataplane/eal.h"

#define ROUNDS  300
#define PACKETS 64

static uint64_t seed = 7;

static unsigned below(unsigned bound)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % bound;
}

/* ---- records ---- */

static void test_records_that_are_not_right(void **state)
{
	struct cfg_filter good = {.number = 1}, bad;
	const char *why;

	(void)state;
	assert_true(filter_check(&good, &why));
	bad = (struct cfg_filter){.number = 0};
	assert_false(filter_check(&bad, &why));
	assert_string_equal(why, "no number");
#define BAD(field, value)                                                                          \
	bad = good;                                                                                \
	bad.field = value;                                                                         \
	assert_false(filter_check(&bad, &why));                                                    \
	assert_non_null(why);
	BAD(action, 3)
	BAD(log, 3)
	BAD(source_count, 11)
	BAD(destination_count, 255)
	BAD(sport_count, 11)
	BAD(dport_count, 11)
	BAD(flags_count, 11)
	BAD(protocol_count, 11)
}

/* ---- both ways ---- */

static uint8_t random_ranges(struct cfg_filter_range *out, unsigned most, uint32_t step)
{
	unsigned count = below(most + 1);

	for (unsigned i = 0; i < count; i++) {
		out[i].low = below(12) * step;
		out[i].high = out[i].low + below(4) * step + below(2) * (step - 1);
		if (below(20) == 0)
			out[i] = (struct cfg_filter_range){0, step > 1 ? UINT32_MAX : UINT16_MAX};
	}
	return (uint8_t)count;
}

static struct cfg_filter random_record(uint32_t number)
{
	static const uint8_t protocols[] = {1, 6, 17, 50};
	struct cfg_filter f = {
	    .number = number, .action = (uint8_t)below(3), .log = (uint8_t)below(3)};

	f.source_count = random_ranges(f.source, 3, 1u << 26);
	f.destination_count = random_ranges(f.destination, 3, 1u << 26);
	f.sport_count = random_ranges(f.sport, 2, 1);
	f.dport_count = random_ranges(f.dport, 2, 1);
	switch (below(5)) {
	case 0: f.any_protocol = 1; break;
	case 1:
		f.protocol_count = 1;
		f.protocol[0] = 1;
		f.icmp_only = 1;
		break;
	case 2: f.icmp_types = below(1 << 12); break;
	case 3: f.icmp_only = below(8) == 0; break; /* and others: nobody writes that */
	default: break;
	}
	for (unsigned i = f.protocol_count; !f.any_protocol && i < below(4); i++)
		f.protocol[f.protocol_count++] = protocols[below(4)];
	for (unsigned i = 0; !f.any_protocol && i < below(3); i++)
		f.flags[f.flags_count++] = (struct cfg_filter_flags){(uint16_t)below(32),
		    (uint16_t)(below(3) ? below(64) : 0xffff), (uint16_t)below(2), 0};
	return f;
}

static struct filter_packet random_packet(void)
{
	static const uint8_t protocols[] = {1, 6, 17, 47, 50};
	struct filter_packet p = {
	    .source = below(14) << 26 | below(2) * 0x3ffffff,
	    .destination = below(14) << 26 | below(2) * 0x3ffffff,
	    .protocol = protocols[below(5)],
	    .head = (uint8_t)(below(6) ? FILTER_HEAD_WHOLE : FILTER_HEAD_LATER + below(2)),
	};

	if (p.head == FILTER_HEAD_WHOLE &&
	    (p.protocol == 6 || p.protocol == 17 || p.protocol == 1)) {
		p.sport = (uint16_t)below(14);
		p.dport = (uint16_t)below(14);
		p.flags = p.protocol == 6 ? (uint16_t)below(64) : 0;
	}
	return p;
}

/* What the index finds is what the interpreter finds, rule, verdict and all. */
static void test_the_index_and_the_interpreter_agree(void **state)
{
	unsigned passed = 0, none = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct cfg_filter record[12];
		const struct cfg_filter *cfg[12];
		unsigned count = 1 + below(12);
		struct filter_packet packet[PACKETS];
		struct filter_verdict verdict[PACKETS];
		struct filter_list *list;

		for (unsigned i = 0; i < count; i++) {
			record[i] = random_record(100 + i);
			cfg[i] = &record[i];
		}
		list = filter_list_new(3, cfg, count, NULL);
		assert_non_null(list);
		assert_true(filter_pools_valid(&list->pools));
		for (unsigned i = 0; i < PACKETS; i++)
			packet[i] = random_packet();
		filter_list_judge(list, packet, PACKETS, round & 1, verdict);
		for (unsigned i = 0; i < PACKETS; i++) {
			struct filter_verdict want =
			    filter_evaluate(&list->pools, list->span, &packet[i], round & 1);

			assert_int_equal(verdict[i].number, want.number);
			assert_int_equal(verdict[i].at, want.at);
			assert_int_equal(verdict[i].pass, want.pass);
			assert_int_equal(verdict[i].log, want.log);
			passed += want.pass;
			none += !want.number;
		}
		filter_list_put(list);
	}
	assert_true(passed > ROUNDS * PACKETS / 20 && none > ROUNDS * PACKETS / 20);
}

static struct cfg_filter wide_record(uint32_t number, unsigned items)
{
	struct cfg_filter f = {.number = number,
	    .any_protocol = 1,
	    .source_count = (uint8_t)items,
	    .destination_count = (uint8_t)items,
	    .sport_count = (uint8_t)items,
	    .dport_count = (uint8_t)items};

	for (unsigned i = 0; i < items; i++) {
		f.source[i] = (struct cfg_filter_range){i * 1000 + number, i * 1000 + number + 77};
		f.destination[i] =
		    (struct cfg_filter_range){i * 100000 + number, i * 100000 + number + 7777};
		f.sport[i] = (struct cfg_filter_range){i * 100 + number, i * 100 + number + 9};
		f.dport[i] = (struct cfg_filter_range){i * 100 + number, i * 100 + number + 9};
	}
	return f;
}

/* 10 x 10 x 10 x 10 combinations. */
static void test_a_wide_rule(void **state)
{
	struct cfg_filter record = wide_record(5, CFG_FILTER_ITEMS);
	const struct cfg_filter *cfg = &record;
	struct filter_list *list = filter_list_new(0, &cfg, 1, NULL);
	struct filter_packet packet = {
	    .source = 9005, .destination = 900005, .protocol = 17, .sport = 905, .dport = 105};
	struct filter_verdict verdict;

	(void)state;
	assert_non_null(list);
	filter_list_judge(list, &packet, 1, true, &verdict);
	assert_true(verdict.pass);
	packet.dport = 90;
	filter_list_judge(list, &packet, 1, true, &verdict);
	assert_false(verdict.pass);
	assert_int_equal(verdict.number, 0);
	filter_list_put(list);
}

/* As many rules as there may be, of as many ranges, which overlap: each packet finds the first. */
static void test_the_longest_list(void **state)
{
	static struct cfg_filter record[CFG_FILTER_LISTED];
	const struct cfg_filter *cfg[CFG_FILTER_LISTED];
	struct filter_packet packet[PACKETS];
	struct filter_verdict verdict[PACKETS];
	unsigned late = 0;
	struct filter_list *list;

	(void)state;
	for (unsigned i = 0; i < CFG_FILTER_LISTED; i++) {
		record[i] = wide_record(i + 1, CFG_FILTER_ITEMS);
		cfg[i] = &record[i];
	}
	list = filter_list_new(0, cfg, CFG_FILTER_LISTED, NULL);
	assert_non_null(list);
	for (unsigned i = 0; i < PACKETS; i++)
		packet[i] = (struct filter_packet){.source = below(10) * 1000 + 75 + below(131),
		    .destination = below(10) * 100000 + 130,
		    .protocol = 17,
		    .sport = (uint16_t)(below(10) * 100 + below(140)),
		    .dport = (uint16_t)(below(10) * 100 + below(140))};
	filter_list_judge(list, packet, PACKETS, true, verdict);
	for (unsigned i = 0; i < PACKETS; i++) {
		assert_int_equal(
		    verdict[i].at, filter_evaluate(&list->pools, list->span, &packet[i], true).at);
		late += verdict[i].at >= 64 && verdict[i].number;
	}
	assert_true(late > 0);
	filter_list_put(list);
}

static void test_an_empty_list_lets_nothing_pass(void **state)
{
	struct filter_list *list = filter_list_new(0, NULL, 0, NULL);
	struct filter_packet packet = {.protocol = 17};
	struct filter_verdict verdict = {.pass = true};

	(void)state;
	assert_non_null(list);
	filter_list_judge(list, &packet, 1, true, &verdict);
	assert_false(verdict.pass);
	assert_non_null(filter_list_get(list));
	filter_list_put(list);
	filter_list_put(list);
}

/* ---- what is told ---- */

struct report_rig {
	struct shm_map state;
	struct filter_report report;
	struct worker *worker;
	char instance[48];
};

static void report_start(struct report_rig *rig)
{
	struct shm_region_spec spec = shm_state_spec(1, 1, 1);

	memset(rig, 0, sizeof(*rig));
	snprintf(rig->instance, sizeof(rig->instance), "unit-f%ld", (long)getpid());
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->state), 0);
	assert_int_equal(filter_report_init(&rig->report, 4), 0);
	rig->worker = aligned_alloc(64, sizeof(*rig->worker));
	memset(rig->worker, 0, sizeof(*rig->worker));
}

static void report_stop(struct report_rig *rig)
{
	char path[128];

	filter_report_fini(&rig->report);
	shm_map_close(&rig->state);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_STATE_FILE);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, rig->instance);
	(void)rmdir(path);
	free(rig->worker);
}

/* As a worker does. */
static void tell(struct worker *w, uint32_t filter)
{
	struct filter_events *events = &w->filter_events;
	uint32_t at = atomic_load(&events->written);

	if (at - atomic_load(&events->taken) == FILTER_EVENTS) {
		counter_add(&events->untold, 1);
		return;
	}
	events->event[at % FILTER_EVENTS].filter = filter;
	atomic_store(&events->written, at + 1);
}

static struct state_filter_event event_at(const struct report_rig *rig, uint64_t number)
{
	struct state_filter_event event;
	uint32_t slot = (uint32_t)(number % STATE_FILTER_EVENTS);

	assert_int_equal(shm_slot_read(shm_map_at(&rig->state, STATE_TABLE_FILTER_LOG, slot),
			     &event, sizeof(event)),
	    0);
	return event;
}

/* Each is written by a worker of its own. */
static void test_counters_share_no_cache_line(void **state)
{
	const uint32_t number = 1;
	struct filter_tally *tally = filter_tally_new(&number, 1);

	(void)state;
	assert_int_equal((uintptr_t)tally->worker % 64, 0);
	assert_int_equal(sizeof(tally->worker[0]) % 64, 0);
	filter_tally_put(tally);
}

static void test_events_keep_their_rate_and_say_what_they_left_out(void **state)
{
	struct report_rig rig;
	mono_t now = {.nsec = 1000 * MONO_NSEC_PER_SEC};

	(void)state;
	report_start(&rig);
	for (uint32_t i = 1; i <= FILTER_EVENTS_BURST + 5; i++)
		tell(rig.worker, i);
	filter_report_tick(&rig.report, rig.worker, 1, &rig.state, now);
	assert_int_equal(event_at(&rig, 1).filter, 1);
	assert_int_equal(event_at(&rig, FILTER_EVENTS_BURST).filter, FILTER_EVENTS_BURST);
	assert_int_equal(event_at(&rig, FILTER_EVENTS_BURST + 1).number, 0);
	/* More than a worker has room for: counted by the worker, and told of with the next. */
	for (uint32_t i = 0; i < FILTER_EVENTS + 7; i++)
		tell(rig.worker, 9);
	filter_report_tick(&rig.report, rig.worker, 1, &rig.state, mono_add_msec(now, 10));
	tell(rig.worker, 77);
	filter_report_tick(&rig.report, rig.worker, 1, &rig.state, mono_add_msec(now, 150));
	assert_int_equal(event_at(&rig, FILTER_EVENTS_BURST + 1).filter, 77);
	assert_int_equal(event_at(&rig, FILTER_EVENTS_BURST + 1).untold, 5 + FILTER_EVENTS + 7);
	report_stop(&rig);
}

/* What the workers still count for the list before is none of the next one's. */
static void test_counters_begin_anew_with_another_list(void **state)
{
	uint32_t number[2] = {4, 5};
	const struct state_filter_list *shown;
	struct filter_tally *before, *tally;
	struct report_rig rig;
	mono_t now = {.nsec = 1000 * MONO_NSEC_PER_SEC};

	(void)state;
	report_start(&rig);
	shown = shm_map_at(&rig.state, STATE_TABLE_FILTER_LISTS, 2);
	before = filter_tally_get(filter_report_tally(&rig.report, 2, number, 2));
	counter_add(&before->worker[0].packets[1], 3);
	counter_add(&before->worker[1].packets[1], 4);
	counter_add(&before->worker[0].packets[CFG_FILTER_LISTED], 5);
	filter_report_tick(&rig.report, rig.worker, 1, &rig.state, now);
	assert_int_equal(atomic_load(&shown->packets[1]), 7);
	assert_int_equal(atomic_load(&shown->none), 5);
	assert_ptr_equal(filter_report_tally(&rig.report, 2, number, 2), before);
	number[1] = 6;
	tally = filter_report_tally(&rig.report, 2, number, 2);
	counter_add(&before->worker[0].packets[1], 100);
	counter_add(&tally->worker[0].packets[1], 1);
	filter_tally_put(before);
	now = mono_add_sec(now, 1);
	filter_report_tick(&rig.report, rig.worker, 1, &rig.state, now);
	assert_int_equal(atomic_load(&shown->packets[1]), 1);
	assert_int_equal(atomic_load(&shown->none), 0);
	report_stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_records_that_are_not_right),
	    cmocka_unit_test(test_the_index_and_the_interpreter_agree),
	    cmocka_unit_test(test_a_wide_rule),
	    cmocka_unit_test(test_the_longest_list),
	    cmocka_unit_test(test_an_empty_list_lets_nothing_pass),
	    cmocka_unit_test(test_counters_share_no_cache_line),
	    cmocka_unit_test(test_events_keep_their_rate_and_say_what_they_left_out),
	    cmocka_unit_test(test_counters_begin_anew_with_another_list),
	};
	int rc;

	eal_start(NULL);
	rc = cmocka_run_group_tests_name("filter", tests, NULL, NULL);
	eal_stop();
	return rc;
}
