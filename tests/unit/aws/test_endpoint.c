/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Host names of AWS's APIs, beside those that botocore asks (tests/lib/endpoint-oracle), and
 * endpoints as people write them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/endpoint.h"
#include "control/aws/request.h"

static void test_every_region_is_asked_where_botocore_asks(void **state)
{
	FILE *oracle = popen("tests/lib/endpoint-oracle", "r");
	char service[32], region[64], kind[16], host[256], ours[AWS_HOST];
	unsigned rows = 0;

	assert_non_null(oracle);
	while (fscanf(oracle, "%31s %63s %15s %255s", service, region, kind, host) == 4) {
		assert_int_equal(aws_endpoint(service, region, strcmp(kind, "dual") == 0, ours), 0);
		assert_string_equal(ours, host);
		rows++;
	}
	assert_int_equal(pclose(oracle), 0);
	assert_true(rows > 150);
}

static void test_regions_that_nobody_has_listed_yet(void **state)
{
	char host[AWS_HOST];

	assert_int_equal(aws_endpoint("ec2", "zz-new-99", false, host), 0);
	assert_string_equal(host, "ec2.zz-new-99.amazonaws.com");
	assert_int_equal(aws_endpoint("ec2", "eusc-de-east-1", false, host), 0);
	assert_string_equal(host, "ec2.eusc-de-east-1.amazonaws.eu");
	assert_int_equal(aws_endpoint("ec2", "us-iso-east-1", true, host), -ENOTSUP);
}

static void test_what_cannot_be_a_region(void **state)
{
	static const char *const bad[] = {"", "-", "eu-west-1.", "EU-WEST-1", "eu_west_1", "a b",
	    "eu-west-1/", "eu-west-1\r\nX: y", "-eu", "eu-", "evil.example#",
	    "a23456789012345678901234567890123"};
	char host[AWS_HOST];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(aws_endpoint("ec2", bad[i], false, host), -EINVAL);
}

static void test_an_endpoint_as_a_person_writes_it(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
	    {"ec2.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com", 443},
	    {"https://vpce-0a1b.ec2.eu-west-1.vpce.amazonaws.com",
		"vpce-0a1b.ec2.eu-west-1.vpce.amazonaws.com", 443},
	    {"https://aws.example:8443/", "aws.example", 8443},
	};
	static const char *const bad[] = {"", "https://", "http://aws.example", "aws.example/path",
	    "aws.example:0", "aws.example:65536", "aws.example:", "aws.example: 1",
	    "aws.example:-1", "user@aws.example", "localhost", "10.0.0.1", "[::1]", "aws..example",
	    "-a.example", "a-.example", "aws.example\r\nX: y", "aws.example?x", ".example",
	    "aws.example."};
	char host[AWS_HOST];
	uint16_t port;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(endpoint_parse(good[i].text, host, &port), 0);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(endpoint_parse(bad[i], host, &port), -EINVAL);
}

static void test_a_form_is_percent_encoded(void **state)
{
	char body[64] = "";

	assert_int_equal(aws_form_add(body, sizeof(body), "Action", "AssumeRole"), 0);
	assert_int_equal(aws_form_add(body, sizeof(body), "A", "a:b/c d+\xc3\xa9~"), 0);
	assert_string_equal(body, "Action=AssumeRole&A=a%3Ab%2Fc%20d%2B%C3%A9~");
	assert_int_equal(aws_form_add(body, sizeof(body), "Long", "12345678901234567890"), -ENOSPC);
	assert_string_equal(body, "Action=AssumeRole&A=a%3Ab%2Fc%20d%2B%C3%A9~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_region_is_asked_where_botocore_asks),
	    cmocka_unit_test(test_regions_that_nobody_has_listed_yet),
	    cmocka_unit_test(test_what_cannot_be_a_region),
	    cmocka_unit_test(test_an_endpoint_as_a_person_writes_it),
	    cmocka_unit_test(test_a_form_is_percent_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
