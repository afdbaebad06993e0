/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who judges: whatever the configuration, the kernel and the dataplane do, and in whatever order,
 * what the dataplane leaves to the kernel has its rules there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/judges.h"

#define PORTS 3
#define STEPS 200000

/* The machine around them, one bit a port. */
struct machine {
	struct judges judges;
	unsigned wanted;  /* by the configuration to be the kernel's */
	unsigned rules;   /* that the kernel has */
	unsigned judged;  /* of them in force as they are wanted */
	bool refuses;     /* the kernel takes no ruleset */
	unsigned told;    /* the records */
	unsigned commits; /* generations */
	unsigned tables;  /* the records as they were committed last */
	unsigned left;    /* to the kernel, by the dataplane */
	unsigned applied; /* its generation */
	unsigned awaited; /* generation */
	unsigned refusals, handovers, takings;
};

static uint64_t seed = 11;

static unsigned below(unsigned bound)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % bound;
}

static unsigned relied(const struct machine *m)
{
	unsigned set = 0;

	for (unsigned i = 0; i < PORTS; i++)
		set |= (unsigned)interfaces_has(&m->judges.relied, false, i + 1) << i;
	return set;
}

/* As agent.c: the ruleset, the records, the commit. */
static void sync_all(struct machine *m)
{
	unsigned told = 0;

	if (m->refuses) {
		m->judged = 0;
		m->refusals++;
	} else {
		m->rules = m->wanted | relied(m);
		m->judged = m->wanted;
	}
	for (unsigned i = 0; i < PORTS; i++)
		told |=
		    (unsigned)judges_tell(&m->judges, false, i + 1, m->wanted & m->judged & 1u << i)
		    << i;
	m->handovers += (told & ~m->told) != 0;
	m->takings += (m->told & ~told) != 0;
	m->told = told;
	if (m->tables != told) {
		m->tables = told;
		m->commits++;
	}
	if (judges_committed(&m->judges)) {
		m->awaited = m->commits;
		if (below(50) == 0)
			judges_not_waiting(&m->judges); /* no memory */
	}
}

static void step(struct machine *m)
{
	switch (below(6)) {
	case 0: m->wanted = below(1 << PORTS); break;
	case 1: m->refuses = below(3) == 0; break;
	case 2:
		m->left = m->tables;
		m->applied = m->commits;
		break;
	case 3:
		if (m->judges.waits && m->applied >= m->awaited)
			judges_applied(&m->judges);
		break;
	default: sync_all(m);
	}
}

static void test_at_no_moment_nobody_judges(void **state)
{
	static struct machine m;

	(void)state;
	for (unsigned i = 0; i < STEPS; i++) {
		step(&m);
		assert_int_equal(m.left & ~m.rules, 0);
		assert_int_equal(m.left & ~relied(&m), 0);
	}
	assert_true(m.refusals > 100 && m.handovers > 100 && m.takings > 100);
}

static void test_when_all_is_quiet_nobody_judges_twice(void **state)
{
	static struct machine m;

	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 20; i++)
			step(&m);
		m.refuses = false;
		for (unsigned i = 0; i < 4; i++) {
			sync_all(&m);
			m.left = m.tables;
			m.applied = m.commits;
			if (m.judges.waits)
				judges_applied(&m.judges);
		}
		sync_all(&m);
		assert_int_equal(m.left, m.wanted);
		if (!m.judges.waits)
			assert_int_equal(m.rules, m.wanted);
	}
}

static void test_a_set_of_interfaces(void **state)
{
	struct interfaces a = {0}, b = {0};

	(void)state;
	interfaces_add(&a, false, CONFIG_LANS);
	interfaces_add(&b, true, 1);
	interfaces_add(&b, true, CONFIG_TUNNELS_MAX);
	assert_false(interfaces_has(&a, true, 1));
	interfaces_add(&a, true, 1);
	interfaces_add(&a, true, CONFIG_TUNNELS_MAX);
	assert_true(interfaces_has(&a, false, CONFIG_LANS) && interfaces_has(&a, true, 1) &&
		    interfaces_has(&a, true, CONFIG_TUNNELS_MAX));
	interfaces_remove(&a, false, CONFIG_LANS);
	assert_true(interfaces_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_at_no_moment_nobody_judges),
	    cmocka_unit_test(test_when_all_is_quiet_nobody_judges_twice),
	    cmocka_unit_test(test_a_set_of_interfaces),
	};

	return cmocka_run_group_tests_name("control/judges", tests, NULL, NULL);
}
