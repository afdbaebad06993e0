/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of SAs: kept while they live, not handed on in the moment in which they are freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/console/sa_list.h"
#include "tests/unit/console/fake_agent.h"

static struct agent_tunnel_status tunnel[2];
static struct sa_numbers numbers;

static int setup(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		tunnel[i] = (struct agent_tunnel_status){.number = i + 1, .gateway = i + 1};
		tunnel[i].ike.isakmp_count = tunnel[i].ike.child_count = 1;
		tunnel[i].ike.isakmp[0].cookie_i[3] = (uint8_t)(i + 1);
		tunnel[i].ike.child[0].spi_in = 100 + i;
		tunnel[i].ike.child[0].sending = true;
	}
	return 0;
}

static int teardown(void **state)
{
	sa_numbers_free(&numbers);
	return 0;
}

/* The list's rows as "NUMBER/ISAKMP of TUNNEL, I, S or R", one after the other. */
static void assert_list(const char *wanted)
{
	struct sa_list *list = sa_list_make(tunnel, 2, &numbers);
	char rows[512] = "";

	assert_non_null(list);
	for (size_t i = 0; i < list->count; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%s%u/%u:%u%c",
		    i ? " " : "", list->sa[i].number, list->sa[i].isakmp,
		    list->sa[i].tunnel->number, "ISR"[list->sa[i].kind]);
	free(list);
	assert_string_equal(rows, wanted);
}

static void test_numbers_stay_while_others_come_and_go(void **state)
{
	assert_list("1/0:1I 2/0:2I 3/1:1S 4/1:1R 5/2:2S 6/2:2R");
	assert_list("1/0:1I 2/0:2I 3/1:1S 4/1:1R 5/2:2S 6/2:2R");
	/* Tunnel 1 is rekeyed: its new pair gets no number that something else just had. */
	tunnel[0].ike.child[0].spi_in = 200;
	assert_list("1/0:1I 2/0:2I 5/2:2S 6/2:2R 7/1:1S 8/1:1R");
	/* The next ones get those that are free by now. */
	tunnel[1].ike.child[0].spi_in = 300;
	assert_list("1/0:1I 2/0:2I 3/2:2S 4/2:2R 7/1:1S 8/1:1R");
}

static void test_the_old_pair_is_shown_beside_the_new_one(void **state)
{
	assert_list("1/0:1I 2/0:2I 3/1:1S 4/1:1R 5/2:2S 6/2:2R");
	tunnel[0].ike.child_count = 2;
	tunnel[0].ike.child[0].sending = false;
	tunnel[0].ike.child[1].spi_in = 400;
	tunnel[0].ike.child[1].sending = true;
	assert_list("1/0:1I 2/0:2I 4/1:1R 5/2:2S 6/2:2R 7/1:1S 8/1:1R");
}

static void test_the_isakmp_sa_of_a_pair_is_its_tunnels_last(void **state)
{
	tunnel[0].ike.isakmp_count = 0;
	assert_list("1/0:2I 2/0:1S 3/0:1R 4/1:2S 5/1:2R");
	tunnel[1].ike.isakmp_count = 2;
	tunnel[1].ike.isakmp[1].cookie_i[3] = 9;
	assert_list("1/0:2I 2/0:1S 3/0:1R 4/6:2S 5/6:2R 6/0:2I");
}

static void test_a_number_leads_to_its_sa(void **state)
{
	assert_null(sa_numbers_find(&numbers, 1));
	free(sa_list_make(tunnel, 2, &numbers));
	assert_true(sa_numbers_find(&numbers, 2)->of.isakmp);
	assert_int_equal(sa_numbers_find(&numbers, 2)->of.cookie_i[3], 2);
	assert_int_equal(sa_numbers_find(&numbers, 6)->of.spi_in, 101);
	assert_null(sa_numbers_find(&numbers, 7));
}

static void test_without_numbers_they_are_those_of_the_list(void **state)
{
	struct sa_list *list = sa_list_make(tunnel, 2, NULL);

	assert_int_equal(list->count, 6);
	assert_int_equal(list->sa[5].number, 6);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_numbers_stay_while_others_come_and_go, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_the_old_pair_is_shown_beside_the_new_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_the_isakmp_sa_of_a_pair_is_its_tunnels_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_number_leads_to_its_sa, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_without_numbers_they_are_those_of_the_list, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
