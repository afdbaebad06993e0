/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the router's own filters drop of its own IKE, ESP and HTTPS. */
#include "tests/unit/service/service_fixture.h"

#include "control/lifelines.h"

static struct agent_shut shut[LIFELINES_SHUT];

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

/* The way of tunnel 1, or 0 for HTTPS, by these lines. */
static struct lifelines by(const char *lines, uint32_t tunnel)
{
	return (struct lifelines){.model = model_of(lines),
	    .tunnel = tunnel,
	    .lan = 2,
	    .local = addr("172.31.0.2"),
	    .remote = addr("198.51.100.2")};
}

static void is(const struct agent_shut *s, bool out, uint32_t what, uint32_t number)
{
	assert_int_equal(s->lan, 2);
	assert_int_equal(s->out, out);
	assert_int_equal(s->what, what);
	assert_int_equal(s->number, number);
}

#define ALL (AGENT_LIFELINE_IKE | AGENT_LIFELINE_NAT_T | AGENT_LIFELINE_ESP)

static void test_a_list_that_nothing_fits_drops_all(void **state)
{
	struct lifelines l =
	    by("ip filter 500 reject-log 192.0.2.66\nip lan2 secure filter in 500\n", 1);

	assert_int_equal(lifelines_shut(&l, shut), 1);
	is(&shut[0], false, ALL, 0);
	assert_int_equal(shut[0].tunnel, 1);
	l = by("ip lan2 secure filter in 500\nip lan2 secure filter out 500\n", 1);
	assert_int_equal(lifelines_shut(&l, shut), 2);
	is(&shut[0], false, ALL, 0);
	is(&shut[1], true, ALL, 0);
	l = by("ip lan1 secure filter in 500\n", 1); /* another port */
	assert_int_equal(lifelines_shut(&l, shut), 0);
	l = by("", 1);
	assert_int_equal(lifelines_shut(&l, shut), 0);
}

static void test_the_filter_that_drops_is_named(void **state)
{
	struct lifelines l = by("ip filter 1 reject * 198.51.100.2 udp * 4500\n"
				"ip filter 2 reject * * esp\nip filter 3 pass * *\n"
				"ip lan2 secure filter out 1 2 3\n",
	    1);

	assert_int_equal(lifelines_shut(&l, shut), 2);
	is(&shut[0], true, AGENT_LIFELINE_NAT_T, 1);
	is(&shut[1], true, AGENT_LIFELINE_ESP, 2);
	l.esp = LIFELINES_ESP_PLAIN;
	assert_int_equal(lifelines_shut(&l, shut), 1);
	is(&shut[0], true, AGENT_LIFELINE_ESP, 2);
	l.esp = LIFELINES_ESP_IN_UDP;
	assert_int_equal(lifelines_shut(&l, shut), 1);
	is(&shut[0], true, AGENT_LIFELINE_NAT_T, 1);
}

/* It may be the way that is taken. */
static void test_one_way_of_esp_is_enough_while_it_is_not_known(void **state)
{
	struct lifelines l = by("ip filter 1 pass * * udp 500,4500 *\n"
				"ip lan2 secure filter in 1\n",
	    1);

	assert_int_equal(lifelines_shut(&l, shut), 0);
	l.esp = LIFELINES_ESP_PLAIN;
	assert_int_equal(lifelines_shut(&l, shut), 1);
	is(&shut[0], false, AGENT_LIFELINE_ESP, 0);
}

static void test_what_a_dynamic_filter_may_follow_is_not_blamed(void **state)
{
	static const char lines[] = "ip filter 9 reject 192.0.2.66\nip filter 8 pass * * esp\n"
				    "ip filter dynamic 1 * * udp\n"
				    "ip lan2 secure filter in 9 8\n"
				    "ip lan2 secure filter out 8 dynamic 1\n";
	struct lifelines l = by(lines, 1), https = l;

	assert_int_equal(lifelines_shut(&l, shut), 2); /* the kernel does not judge */
	l.kernel = https.kernel = true;
	https.tunnel = 0;
	assert_int_equal(lifelines_shut(&l, shut), 0);
	assert_int_equal(lifelines_shut(&https, shut), 0);
}

static void test_answers_of_aws(void **state)
{
	struct lifelines l = by("ip filter 1 pass * * udp,esp\nip lan2 secure filter in 1\n", 0);

	assert_int_equal(lifelines_shut(&l, shut), 1);
	is(&shut[0], false, AGENT_LIFELINE_HTTPS, 0);
	assert_int_equal(shut[0].tunnel, 0);
	l = by("ip filter 1 pass * * established 443 *\nip lan2 secure filter in 1\n", 0);
	assert_int_equal(lifelines_shut(&l, shut), 0);
}

#define T(f) cmocka_unit_test_teardown(f, fixture_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_list_that_nothing_fits_drops_all),
	    T(test_the_filter_that_drops_is_named),
	    T(test_one_way_of_esp_is_enough_while_it_is_not_known),
	    T(test_what_a_dynamic_filter_may_follow_is_not_blamed),
	    T(test_answers_of_aws),
	};

	return cmocka_run_group_tests_name("control/lifelines", tests, NULL, NULL);
}
