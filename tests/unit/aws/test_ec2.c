/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Questions to AWS as requests, and what is made of error answers. The signature in the
 * expected request was computed with botocore. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/ask.h"
#include "control/aws/ec2.h"

#define NOW    1795253400 /* 2026-11-21 09:30:00 UTC */
#define VPN_ID "vpn-0a1b2c3d4e5f60718"

static struct creds some_creds(const char *token)
{
	struct creds creds;

	assert_int_equal(
	    creds_set(&creds, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token), 0);
	return creds;
}

static int ec2_describe_vpn(const struct creds *creds, const struct aws_place *place,
    const char *vpn_id, int64_t now, struct aws_request *out, char error[AWS_WHY])
{
	struct aws_ask ask;

	aws_ask_ec2(&ask, "DescribeVpnConnections");
	aws_ask_add(&ask, "VpnConnectionId.1", vpn_id);
	return aws_ask_sign(&ask, creds, place, now, out, error);
}

static const struct aws_place *at(const char *region)
{
	static struct aws_place place;

	place = (struct aws_place){.region = region};
	return &place;
}

static void test_request(void **state)
{
	struct creds creds = some_creds(NULL);
	struct aws_request request;
	char error[EC2_TEXT];

	assert_int_equal(
	    ec2_describe_vpn(&creds, at("ap-northeast-1"), VPN_ID, NOW, &request, error), 0);
	assert_string_equal(request.host, "ec2.ap-northeast-1.amazonaws.com");
	assert_string_equal(request.bytes,
	    "POST / HTTP/1.1\r\n"
	    "Host: ec2.ap-northeast-1.amazonaws.com\r\n"
	    "User-Agent: cgw\r\n"
	    "Accept: text/xml\r\n"
	    "Connection: close\r\n"
	    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
	    "Content-Length: 88\r\n"
	    "X-Amz-Date: 20261121T093000Z\r\n"
	    "Authorization: AWS4-HMAC-SHA256 "
	    "Credential=AKIDEXAMPLE/20261121/ap-northeast-1/ec2/aws4_request, "
	    "SignedHeaders=content-type;host;x-amz-date, "
	    "Signature=bd03d4c7baa0e52a69d53650fee2347536db47545fa3184c859eb11aa518c58d\r\n"
	    "\r\n"
	    "Action=DescribeVpnConnections&Version=2016-11-15&VpnConnectionId.1=" VPN_ID);
	assert_int_equal(request.length, strlen(request.bytes));
	aws_request_free(&request);
	assert_null(request.bytes);
}

static void test_session_token_is_sent_and_signed(void **state)
{
	struct creds creds = some_creds("Token/of+the=session");
	struct aws_request request;
	char error[EC2_TEXT];

	assert_int_equal(
	    ec2_describe_vpn(&creds, at("eu-west-1"), VPN_ID, NOW, &request, error), 0);
	assert_non_null(
	    strstr(request.bytes, "\r\nX-Amz-Security-Token: Token/of+the=session\r\n"));
	assert_non_null(strstr(
	    request.bytes, "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,"));
	aws_request_free(&request);
}

static void test_longest_everything_fits(void **state)
{
	char key[257], token[4097], id[65] = "vpn-", region[33], error[EC2_TEXT];
	struct aws_request request;
	struct creds creds;

	memset(key, 'k', 256);
	key[256] = '\0';
	memset(token, 't', 4096);
	token[4096] = '\0';
	memset(id + 4, '1', 60);
	memset(region, 'r', 32);
	region[32] = '\0';
	id[64] = '\0';
	assert_int_equal(creds_set(&creds, key, key, token), 0);
	assert_int_equal(ec2_describe_vpn(&creds, at(region), id, NOW, &request, error), 0);
	assert_non_null(strstr(request.bytes, id));
	assert_int_equal(request.length, strlen(request.bytes));
	aws_request_free(&request);
}

static void test_an_endpoint_of_ones_own_is_asked_and_signed(void **state)
{
	struct creds creds = some_creds(NULL);
	struct aws_place place = {
	    .region = "eu-west-1", .endpoint = "https://vpce-1.example.com:8443"};
	struct aws_request request;
	char error[EC2_TEXT];

	assert_int_equal(ec2_describe_vpn(&creds, &place, VPN_ID, NOW, &request, error), 0);
	assert_string_equal(request.host, "vpce-1.example.com");
	assert_int_equal(request.port, 8443);
	assert_non_null(strstr(request.bytes, "\r\nHost: vpce-1.example.com:8443\r\n"));
	assert_non_null(strstr(request.bytes, "/20261121/eu-west-1/ec2/aws4_request"));
	aws_request_free(&request);
	place.endpoint = "http://vpce-1.example.com";
	assert_int_equal(ec2_describe_vpn(&creds, &place, VPN_ID, NOW, &request, error), -EINVAL);
	assert_non_null(strstr(error, "endpoint"));
	place = (struct aws_place){.region = "us-iso-east-1", .dual_stack = true};
	assert_int_equal(ec2_describe_vpn(&creds, &place, VPN_ID, NOW, &request, error), -EINVAL);
	assert_non_null(strstr(error, "dual-stack"));
}

static void test_bad_parameters_are_named_and_not_shown(void **state)
{
	struct creds creds = some_creds(NULL), none;
	struct aws_request request;
	char error[EC2_TEXT];

	memset(&none, 0, sizeof(none));
	assert_int_equal(ec2_describe_vpn(&creds, at("eu-west-1"), "vpn-1&Action=Terminate", NOW,
			     &request, error),
	    0);
	assert_non_null(strstr(request.bytes, "VpnConnectionId.1=vpn-1%26Action%3DTerminate"));
	aws_request_free(&request);
	assert_int_equal(
	    ec2_describe_vpn(&creds, at("eu west"), VPN_ID, NOW, &request, error), -EINVAL);
	assert_non_null(strstr(error, "region"));
	assert_int_equal(
	    ec2_describe_vpn(&none, at("eu-west-1"), VPN_ID, NOW, &request, error), -EINVAL);
	assert_non_null(strstr(error, "no access key"));
	assert_int_equal(
	    ec2_describe_vpn(&creds, at("eu-west-1"), VPN_ID, -5, &request, error), -EINVAL);
	assert_null(request.bytes);
}

#define ARN "arn:aws:secretsmanager:eu-west-3:111122223333:secret:s2svpn!vpn-0a1b-Ab12"

static void test_a_secret_is_asked_in_the_region_of_its_arn(void **state)
{
	struct creds creds = some_creds(NULL);
	struct aws_request request;
	struct aws_ask ask;
	char error[AWS_WHY];

	assert_int_equal(aws_ask_secret(&ask, ARN), 0);
	assert_int_equal(aws_ask_sign(&ask, &creds, at("us-east-1"), NOW, &request, error), 0);
	assert_string_equal(request.host, "secretsmanager.eu-west-3.amazonaws.com");
	assert_non_null(strstr(request.bytes, "/20261121/eu-west-3/secretsmanager/aws4_request"));
	assert_non_null(
	    strstr(request.bytes, "\r\nX-Amz-Target: secretsmanager.GetSecretValue\r\n"));
	assert_non_null(strstr(request.bytes, "\r\n\r\n{\"SecretId\":\"" ARN "\"}"));
	aws_request_free(&request);
}

static void test_what_is_no_arn_of_a_secret_is_not_asked(void **state)
{
	static const char *const bad[] = {"", "arn:", "arn:aws:s3:eu-west-1:1:secret:x",
	    "arn:aws:secretsmanager", "arn:aws:secretsmanager::1:secret:x",
	    "arn:aws:secretsmanager:eu west:1:secret:x",
	    "arn:aws:secretsmanager:eu-west-1:1:secret:x\"}", "not-an-arn",
	    "arn:aws:secretsmanager:a-region-that-is-far-too-long-to-be-one:1:secret:x"};
	struct aws_ask ask;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(aws_ask_secret(&ask, bad[i]), -EINVAL);
}

static void test_ids(void **state)
{
	char longest[70] = "vpn-";

	memset(longest + 4, 'a', 60);
	longest[64] = '\0';
	assert_true(aws_id_valid(VPN_ID, "vpn-"));
	assert_true(aws_id_valid(longest, "vpn-"));
	longest[64] = 'a';
	longest[65] = '\0';
	assert_false(aws_id_valid(longest, "vpn-"));
	assert_false(aws_id_valid("vpn-", "vpn-"));
	assert_false(aws_id_valid("vpc-0123", "vpn-"));
	assert_false(aws_id_valid("vpn-01&x=1", "vpn-"));
}

static void test_what_does_not_fit_is_not_sent(void **state)
{
	struct creds creds = some_creds(NULL);
	struct aws_request request;
	char error[AWS_WHY], value[AWS_ASK_BYTES];
	struct aws_ask ask;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	aws_ask_ec2(&ask, "DescribeVpcs");
	aws_ask_add(&ask, "Filter.1.Name", value);
	assert_int_equal(
	    aws_ask_sign(&ask, &creds, at("us-east-1"), NOW, &request, error), -EINVAL);
	assert_non_null(strstr(error, "longer"));
}

/* ---- error answers ---- */

static void test_errors_of_json_apis(void **state)
{
	static const char body[] =
	    "{\"__type\":\"com.amazonaws#AccessDeniedException\","
	    "\"Message\":\"User is not authorized to perform: secretsmanager:GetSecretValue\"}";
	static const char *const bad[] = {"{", "{}", "{\"__type\":7}", "{\"__type\":\"a b\"}"};
	struct ec2_error e;

	assert_int_equal(ec2_error_read(body, strlen(body), &e), 0);
	assert_string_equal(e.code, "AccessDeniedException");
	assert_string_equal(
	    e.message, "User is not authorized to perform: secretsmanager:GetSecretValue");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ec2_error_read(bad[i], strlen(bad[i]), &e), -EBADMSG);
}

static struct ec2_error read_error(const char *code, const char *message)
{
	char body[4096];
	struct ec2_error e;

	snprintf(body, sizeof(body),
	    "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error>"
	    "<Error><Code>Second</Code></Error></Errors><RequestID>1</RequestID></Response>",
	    code, message);
	assert_int_equal(ec2_error_read(body, strlen(body), &e), 0);
	return e;
}

static void test_A12_code_and_message_are_shown_escaped(void **state)
{
	struct ec2_error e = read_error("UnauthorizedOperation",
	    "You are not authorized to perform this operation.\x7f[31m&#13;\n red");

	assert_string_equal(e.code, "UnauthorizedOperation");
	assert_string_equal(
	    e.message, "You are not authorized to perform this operation.\\x7f[31m\\x0d\\x0a red");
}

static void test_A12_the_signature_is_never_shown(void **state)
{
	struct ec2_error e = read_error("SignatureDoesNotMatch",
	    "Expected 5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7 but");

	assert_null(strstr(e.message, "5d672d79"));
	assert_non_null(strstr(e.message, "Expected ****"));
}

static void test_A19_secrets_in_an_error_page_are_not_repeated(void **state)
{
	static const char html[] =
	    "<html><body>wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY</body></html>";
	struct ec2_error e = read_error("AuthFailure",
	    "key wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY, psk Quite9.A_Private.Key77xyz of "
	    "vpn-0a1b2c3d4e5f60718 in ap-northeast-1 at 20261121T093000Z");

	assert_string_equal(e.message,
	    "key ****************************************, psk ************************* of "
	    "vpn-0a1b2c3d4e5f60718 in ap-northeast-1 at 20261121T093000Z");
	assert_int_equal(ec2_error_read(html, strlen(html), &e), -EBADMSG);
	assert_string_equal(e.message, "");
}

/* What keys, tokens and signatures look like, and what of a message is worth reading. */
static void test_A19_only_words_that_cannot_be_keys_are_shown(void **state)
{
	static const char *const hidden[] = {"abcdef1g", "lower.case_psk7", "AKIAIOSFODNN7EXAMPLE",
	    "5d672d79c15b13162d9279b0855cfba6", "a1%2Fb2%2Bc3", "9~abcdefg", "1234567890",
	    "IQoJb3JpZ2luX2VjEBc=", "20261121T093000Zx", "abcdefghijabcdefghijabcdefghijABCDEFGHIJ",
	    "x-5d672d79c15b13162d9279b0855cfba6", "key-Quite9"};
	static const char *const shown[] = {"abcde1f", "DescribeVpnConnections",
	    "ec2:DescribeVpnConnections", "InvalidCustomerGatewayID.NotFound",
	    "vpn-0a1b2c3d4e5f60718", "ap-northeast-1", "2016-11-15", "20261121T093000Z",
	    "5d3f0b9e-0000-4000-8000-1f2e3d4c5b6a"};
	char text[128], stars[128];

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		memset(stars, '*', sizeof(stars));
		snprintf(text, sizeof(text), "(%s)", hidden[i]);
		stars[0] = '(';
		memcpy(stars + strlen(text) - 1, ")", 2);
		assert_string_equal(read_error("AuthFailure", text).message, stars);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		snprintf(text, sizeof(text), "'%s', %s.", shown[i], shown[i]);
		assert_string_equal(read_error("AuthFailure", text).message, text);
	}
}

static void test_what_is_no_error_document(void **state)
{
	static const char *const bodies[] = {"", "<Response/>",
	    "<Response><Errors><Error><Code></Code>"
	    "</Error></Errors></Response>",
	    "<Response><Errors><Error><Code>Bad code</Code></Error></Errors></Response>",
	    "<Response><Errors><Error><Code>A</Code></Error></Errors>", "<Code>A</Code>",
	    "<!DOCTYPE x><Response><Errors><Error><Code>A</Code></Error></Errors></Response>"};
	struct ec2_error e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(ec2_error_read(bodies[i], strlen(bodies[i]), &e), -EBADMSG);
		assert_string_equal(e.code, "");
	}
}

static void test_A13_a_wrong_clock_is_called_by_its_name(void **state)
{
	struct ec2_error expired = read_error("RequestExpired", "Request has expired.");
	struct ec2_error mismatch = read_error("SignatureDoesNotMatch", "Signature expired");
	struct ec2_error other = read_error("InvalidVpnConnectionID.NotFound", "no");
	char text[EC2_TEXT];

	assert_true(ec2_clock_note(&expired, "Sat, 21 Nov 2026 09:46:05 GMT", NOW, text));
	assert_string_equal(text, "the clock of this router is 16 minutes behind AWS: "
				  "set it and try again");
	assert_true(ec2_clock_note(&mismatch, "Sat, 21 Nov 2026 06:30:00 GMT", NOW, text));
	assert_string_equal(text,
	    "the clock of this router is 3 hours 0 minutes ahead of AWS: set it and try again");
	assert_true(ec2_clock_note(&expired, "Sat, 21 Nov 1970 06:30:00 GMT", NOW, text));
	assert_non_null(strstr(text, "20454 days ahead"));
	assert_false(ec2_clock_note(&other, "Sat, 21 Nov 2026 06:30:00 GMT", NOW, text));
	assert_false(ec2_clock_note(&mismatch, "Sat, 21 Nov 2026 09:31:00 GMT", NOW, text));
	assert_string_equal(text, "");
}

static void test_A13_without_a_date_the_clock_is_still_suspected(void **state)
{
	static const char *const dates[] = {"", "yesterday", "Sat, 21 Nov 2026 09:46:05 JST",
	    "Sat, 21 Nov 2026 09:46:05 GMT, x", "Sat, 41 Nov 2026 09:46:05 GMT",
	    "Sat, 21 ovD 2026 09:46:05 GMT", "Sat, 21 Nov 2026 99:46:05 GMT"};
	struct ec2_error expired = read_error("RequestExpired", "Request has expired.");
	struct ec2_error mismatch = read_error("SignatureDoesNotMatch", "x");
	char text[EC2_TEXT];

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		assert_true(ec2_clock_note(&expired, dates[i], NOW, text));
		assert_non_null(strstr(text, "check the clock"));
		assert_false(ec2_clock_note(&mismatch, dates[i], NOW, text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_session_token_is_sent_and_signed),
	    cmocka_unit_test(test_longest_everything_fits),
	    cmocka_unit_test(test_an_endpoint_of_ones_own_is_asked_and_signed),
	    cmocka_unit_test(test_bad_parameters_are_named_and_not_shown),
	    cmocka_unit_test(test_a_secret_is_asked_in_the_region_of_its_arn),
	    cmocka_unit_test(test_what_is_no_arn_of_a_secret_is_not_asked),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_what_does_not_fit_is_not_sent),
	    cmocka_unit_test(test_errors_of_json_apis),
	    cmocka_unit_test(test_A12_code_and_message_are_shown_escaped),
	    cmocka_unit_test(test_A12_the_signature_is_never_shown),
	    cmocka_unit_test(test_A19_secrets_in_an_error_page_are_not_repeated),
	    cmocka_unit_test(test_A19_only_words_that_cannot_be_keys_are_shown),
	    cmocka_unit_test(test_what_is_no_error_document),
	    cmocka_unit_test(test_A13_a_wrong_clock_is_called_by_its_name),
	    cmocka_unit_test(test_A13_without_a_date_the_clock_is_still_suspected),
	};

	return cmocka_run_group_tests_name("aws/ec2", tests, NULL, NULL);
}
