/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists in answers of EC2: what is taken of them, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/rows.h"

struct row {
	char id[16], state[8];
};

static const struct rows_column columns[] = {
    ROWS_COLUMN("vpcId", struct row, id),
    ROWS_COLUMN("set/item/state", struct row, state),
};
static const struct rows_form form = {
    .element = "DescribeVpcsResponse/vpcSet/item", .column = columns, .columns = 2};
static struct row row[2];
static size_t count;
static char error[VPN_ERROR];

#define VPCS(items) "<DescribeVpcsResponse><vpcSet>" items "</vpcSet></DescribeVpcsResponse>"

static enum vpn_result read_rows(const char *body)
{
	return rows_read(body, strlen(body), &form, row, sizeof(row[0]), 2, &count, error);
}

static void test_each_element_is_a_row_and_the_first_text_counts(void **state)
{
	assert_int_equal(read_rows(VPCS("<item><vpcId> vpc-1 </vpcId><vpcId>vpc-2</vpcId><x>y</x>"
					"<set><item><state>on</state></item></set></item>"
					"<item/><item><vpcId>vpc-3</vpcId></item>")),
	    VPN_OK);
	assert_int_equal(count, 3);
	assert_string_equal(row[0].id, "vpc-1");
	assert_string_equal(row[0].state, "on");
	assert_string_equal(row[1].id, "");
}

static void test_texts_that_do_not_fit_and_other_roots_are_refused(void **state)
{
	assert_int_equal(
	    read_rows(VPCS("<item><vpcId>0123456789abcdef</vpcId></item>")), VPN_ILLEGAL_RESPONSE);
	assert_string_equal(error, "vpcId is too long");
	assert_int_equal(read_rows("<Other/>"), VPN_ILLEGAL_RESPONSE);
	assert_int_equal(read_rows("<DescribeVpcsResponse>"), VPN_ILLEGAL_XML);
}

static void test_no_text_of_a_row_drives_a_terminal(void **state)
{
	assert_int_equal(
	    read_rows(VPCS("<item><vpcId>a&#x9b;2J&#x7f;&#9;b\nc&#xe9;</vpcId></item>")), VPN_OK);
	assert_string_equal(row[0].id, "a??2J??b?c\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_element_is_a_row_and_the_first_text_counts),
	    cmocka_unit_test(test_texts_that_do_not_fit_and_other_roots_are_refused),
	    cmocka_unit_test(test_no_text_of_a_row_drives_a_terminal),
	};

	return cmocka_run_group_tests_name("aws/rows", tests, NULL, NULL);
}
