/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Wherever memory runs short while the ruleset is printed, it is known: a condition that is missing
 * would let pass what no filter speaks of. */
#include "tests/unit/service/service_fixture.h"

#include "control/service/ruleset.h"

static bool counts;
static unsigned asked, refused_at;

void *malloc(size_t bytes)
{
	if (counts && ++asked == refused_at)
		return NULL;
	return calloc(1, bytes);
}

static const char lines[] =
    "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
    "nat descriptor masquerade static 1 1 192.168.100.10 tcp 8080=80\n"
    "nat descriptor masquerade static 1 2 192.168.100.1 udp 500\n"
    "ip filter 1 reject-log 10.0.0.0/8,172.16.0.0-172.31.255.255 * tcp,udp * 135,137-139\n"
    "ip filter 2 pass-log 10.0.0.1 192.168.100.0/24 icmp 8 0\n"
    "ip filter 3 pass * 192.168.100.1 tcpflag!=0x0002/0x0017,47,icmp-error\n"
    "ip filter 4 pass * * * 1 2\nip filter 5 pass * * established\n"
    "ip filter dynamic 1 10.0.0.1 192.168.100.0/24 www syslog=on\n"
    "ip filter dynamic 2 * * dns\nip filter dynamic 3 * * ping\n"
    "ip filter dynamic 4 * * filter 1 2 in 3 out 4 timeout=60\n"
    "ip lan2 secure filter in 1 2 3 4 5 dynamic 1 4\n"
    "ip lan2 secure filter out 5 4 dynamic 2 3 4\nip lan2 tcp mss limit 1200\n";

static struct text print(const struct config_model *model, unsigned at)
{
	struct text out = {0};

	asked = 0;
	refused_at = at;
	counts = true;
	ruleset_print(model, &facts, true, &out);
	counts = false;
	return out;
}

static void test_a_text_without_memory_is_bad(void **state)
{
	const struct config_model *model;
	struct text whole;
	unsigned most;

	(void)state;
	fixture_machine();
	model = model_of(lines);
	whole = print(model, 0);
	most = asked;
	assert_false(whole.bad);
	assert_true(most > 50);
	for (unsigned at = 1; at <= most; at++) {
		struct text out = print(model, at);

		if (!out.bad && !text_equal(&out, &whole))
			fail_msg("allocation %u of %u: not known to be bad:\n%s", at, most,
			    out.data ? out.data : "");
		text_free(&out);
	}
	text_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_a_text_without_memory_is_bad, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
