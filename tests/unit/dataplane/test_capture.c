/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Captures: the words that ask for one, and the life of one over a worker. What is in the file is
 * read by tshark in tests/e2e/test_sight.py. */
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "dataplane/capture.h"
#include "dataplane/capture_request.h"
#include "dataplane/twins.h"

static const struct port ports[2] = {{.name = "lan1"}, {.name = "lan2"}};
static struct capture cap;
static struct twins twins;
static char dir[] = "/tmp/cgw-unit-capture-XXXXXX";

static void test_the_words_of_a_capture(void **state)
{
	struct capture_request r;
	const char *why;

	(void)state;
	assert_int_equal(capture_request_parse(
			     "what=inner+drops,tunnel=3,snap=64,packets=10,bytes=5000,seconds=2",
			     ports, 2, &r, &why),
	    0);
	assert_int_equal(r.what, CFG_CAPTURE_INNER | CFG_CAPTURE_DROPS);
	assert_int_equal(r.filter, CFG_CAPTURE_TUNNEL);
	assert_int_equal(r.index, 3);
	assert_int_equal(r.snap, 64);
	assert_int_equal(r.packets, 10);
	assert_int_equal(r.bytes, 5000);
	assert_int_equal(r.msec, 2000);
	assert_int_equal(capture_request_parse("port=lan2,what=outer", ports, 2, &r, &why), 0);
	assert_int_equal(r.filter, CFG_CAPTURE_LINK);
	assert_int_equal(r.index, 1);
}

static void test_words_that_are_wrong(void **state)
{
	static const char *const wrong[] = {"", ",", "what", "what=", "what=+", "what=outer+x",
	    "what=outer,port=", "what=outer,port=lan", "what=outer,port=lan12", "packets=1",
	    "what=outer,packets=", "what=outer,packets=-1", "what=outer,packets=4294967296",
	    "what=outer,snap=65536", "what=outer,seconds=86401", "what=outer,tunnel=2147483648",
	    "what=outer,bytes=1234567890123456789", "what=outer,tunnel=1,port=lan1", "=",
	    "=,=", "what=outer,=5", "what=outer,,snap=1"};
	struct capture_request r;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(capture_request_parse(wrong[i], ports, 2, &r, &why), -EINVAL);
		assert_non_null(why);
	}
}

static void make(struct rig *rig)
{
	assert_non_null(mkdtemp(dir));
	cap = (struct capture){.dir = dir,
	    .instance = "unit",
	    .ports = &rig->port,
	    .port_count = 1,
	    .twins = &twins,
	    .worker = &rig->worker,
	    .worker_count = 1};
}

static void unmake(void)
{
	char command[128];

	capture_fini(&cap);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	strcpy(dir, "/tmp/cgw-unit-capture-XXXXXX");
}

static void lan_frame(struct rig *rig)
{
	uint8_t ip[100];

	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, RIG_LAN_HOST, 100)));
}

static void step(struct rig *rig)
{
	rig_poll(rig);
	rig->now = mono_add_msec(rig->now, 1);
	capture_tick(&cap, rig->now);
}

static void test_its_life(void **state)
{
	struct rig *rig = *state;
	const struct capture_request request = {.what = CFG_CAPTURE_OUTER, .msec = 50};

	make(rig);
	assert_int_equal(capture_start(&cap, &request, rig->now), 0);
	assert_int_equal(capture_start(&cap, &request, rig->now), -EBUSY);
	step(rig); /* the worker takes the tap */
	assert_non_null(rig->worker.tap);
	for (int i = 0; i < 5; i++) {
		lan_frame(rig);
		step(rig);
	}
	assert_int_equal(cap.packets, 10); /* in and out again */
	/* Its time is over; the tap is freed only when the worker has let go of it. */
	rig->now = mono_add_msec(rig->now, 50);
	capture_tick(&cap, rig->now);
	assert_int_equal(cap.state, CAPTURE_ENDING);
	capture_tick(&cap, rig->now);
	assert_int_equal(cap.state, CAPTURE_ENDING);
	step(rig);
	assert_null(rig->worker.tap);
	assert_int_equal(cap.state, CAPTURE_OFF);
	lan_frame(rig);
	step(rig);
	assert_int_equal(cap.packets, 10);
	assert_int_equal(capture_start(&cap, &request, rig->now), 0);
	unmake();
	rig_poll(rig);
	rig_assert_accounts(rig);
}

/* Each capture is a file: settings that never stand still make no flood of them. */
static void test_S05_settings_that_change_all_the_time_make_few_captures(void **state)
{
	struct cfg_settings settings = {.head.sequence = 2, .capture_what = CFG_CAPTURE_OUTER};
	struct rig *rig = *state;

	make(rig);
	for (uint32_t run = 1; run <= 1000; run++) {
		settings.capture_run = run;
		capture_follow(&cap, &settings, NULL, 0, rig->now);
		step(rig);
	}
	assert_in_range(cap.serial, 2, 11);
	unmake();
	rig_poll(rig);
	rig_assert_accounts(rig);
}

static void test_a_full_ring_costs_packets_of_the_file_alone(void **state)
{
	struct rig *rig = *state;
	const struct capture_request request = {.what = CFG_CAPTURE_OUTER};
	unsigned sent = 0;

	make(rig);
	assert_int_equal(capture_start(&cap, &request, rig->now), 0);
	rig_poll(rig);
	while (atomic_load(&cap.tap[0]->ring.lost) < 100) {
		lan_frame(rig);
		sent += rig_poll(rig);
	}
	step(rig);
	assert_int_equal(cap.lost, 100);
	lan_frame(rig);
	step(rig);
	assert_int_equal(cap.lost, 100);
	assert_int_equal(counter_get(&rig->worker.counters.tx), sent + 1);
	unmake();
	rig_poll(rig);
	rig_assert_accounts(rig);
}

static void test_what_cannot_be_started(void **state)
{
	struct rig *rig = *state;

	make(rig);
	assert_int_equal(capture_start(&cap, &(struct capture_request){0}, rig->now), -EINVAL);
	assert_int_equal(
	    capture_start(&cap, &(struct capture_request){.what = 8}, rig->now), -EINVAL);
	assert_int_equal(
	    capture_start(&cap,
		&(struct capture_request){.what = 1, .filter = CFG_CAPTURE_LINK, .index = 1},
		rig->now),
	    -EINVAL);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(
	    capture_start(&cap, &(struct capture_request){.what = 1}, rig->now), -EPERM);
	cap.dir = "/nowhere";
	assert_int_equal(
	    capture_start(&cap, &(struct capture_request){.what = 1}, rig->now), -ENOENT);
	cap.dir = NULL;
	assert_int_equal(
	    capture_start(&cap, &(struct capture_request){.what = 1}, rig->now), -EOPNOTSUPP);
	assert_null(cap.tap[0]);
	unmake();
}

/* As a full disk would. */
static void test_a_file_that_takes_no_more_ends_it(void **state)
{
	struct rig *rig = *state;
	const struct capture_request request = {.what = CFG_CAPTURE_OUTER};

	make(rig);
	assert_int_equal(capture_start(&cap, &request, rig->now), 0);
	step(rig);
	assert_int_equal(close(cap.file.fd), 0);
	cap.file.fd = open("/dev/full", O_WRONLY);
	lan_frame(rig);
	step(rig);
	assert_int_equal(cap.state, CAPTURE_ENDING);
	step(rig);
	assert_int_equal(cap.state, CAPTURE_OFF);
	assert_string_equal(cap.ended, strerror(ENOSPC));
	unmake();
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_words_of_a_capture),
	    cmocka_unit_test(test_words_that_are_wrong),
	    RIG_TEST(test_its_life),
	    RIG_TEST(test_S05_settings_that_change_all_the_time_make_few_captures),
	    RIG_TEST(test_a_full_ring_costs_packets_of_the_file_alone),
	    RIG_TEST(test_what_cannot_be_started),
	    RIG_TEST(test_a_file_that_takes_no_more_ends_it),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
