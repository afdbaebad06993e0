/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is asked for a connection, in which order, and what becomes of answers that refuse or lack
 * something. The test is AWS. */
#include <errno.h>

#include "tests/unit/aws/vpn_fixture.h"

#include "control/aws/gather.h"
#include "control/aws/secret.h"

#define ARN        "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:s2svpn!x-Ab12"
#define KEY_1      "First_key.for.Tests0001"
#define KEY_2      "Second_key.of.Tests02"
#define IP_1       "203.0.113.21"
#define IP_2       "203.0.113.84"
#define STATIC     "<vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>"
#define STATIC_XML FIXTURE_INNER_HEAD STATIC FIXTURE_TUNNEL_1 FIXTURE_TUNNEL_2 "</vpn_connection>"
#define OPTIONS                                                                                    \
	"<tunnelOptionSet><item><outsideIpAddress>" IP_1 "</outsideIpAddress></item>"              \
	"<item><outsideIpAddress>" IP_2 "</outsideIpAddress></item></tunnelOptionSet>"

static struct gather *gather;
static struct aws_task_action action;

static void begin(void)
{
	char why[VPN_ERROR];

	assert_int_equal(gather_new(FIXTURE_ID, &gather, why), 0);
	gather_task(gather)->step(gather_task(gather), NULL, &action);
	assert_int_equal(action.type, AWS_TASK_ASK);
	assert_int_equal(action.ask->api, AWS_API_EC2);
	assert_string_equal(action.ask->body, "Action=DescribeVpnConnections&Version=2016-11-15&"
					      "VpnConnectionId.1=" FIXTURE_ID);
}

static void end(void)
{
	gather_task(gather)->free(gather_task(gather));
}

static void answer(int status, const char *body)
{
	const struct aws_answer a = {status, body, strlen(body)};

	gather_task(gather)->step(gather_task(gather), &a, &action);
}

static void answer_connection(const char *inner, const char *options, const char *item)
{
	char *outer = fixture_replace(FIXTURE_OUTER, "<type>", item, 1);
	char *body = fixture_body(outer, inner, options);

	answer(200, body);
	free(body);
	free(outer);
}

static void asks(const char *what)
{
	if (action.type == AWS_TASK_FAILED)
		fail_msg("%s", action.why);
	assert_int_equal(action.type, AWS_TASK_ASK);
	assert_string_equal(action.ask->body, what);
}

#define ASK_GATEWAY                                                                                \
	"Action=DescribeVpnGateways&Version=2016-11-15&VpnGatewayId.1=vgw-0f0e0d0c0b0a09080"
#define ASK_VPC "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-0c1"
#define GATEWAY(attachments)                                                                       \
	"<DescribeVpnGatewaysResponse><vpnGatewaySet><item><vpnGatewayId>vgw-1</vpnGatewayId>"     \
	"<attachments>" attachments                                                                \
	"</attachments></item></vpnGatewaySet></DescribeVpnGatewaysResponse>"
#define ATTACHED(vpc, state) "<item><vpcId>" vpc "</vpcId><state>" state "</state></item>"
#define VPC(blocks)                                                                                \
	"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-0c1</vpcId><cidrBlock>10.0.0.0/16"         \
	"</cidrBlock><cidrBlockAssociationSet>" blocks                                             \
	"</cidrBlockAssociationSet></item></vpcSet></DescribeVpcsResponse>"
#define BLOCK(cidr, state)                                                                         \
	"<item><cidrBlock>" cidr "</cidrBlock><cidrBlockState><state>" state                       \
	"</state></cidrBlockState></item>"

/* ---- which questions ---- */

static void test_a_bgp_connection_takes_one_question(void **state)
{
	begin();
	answer_connection(FIXTURE_INNER, "", "<type>");
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_int_equal(gather_connection(gather)->tunnel_count, 2);
	assert_string_equal(gather_connection(gather)->vgw_id, "vgw-0f0e0d0c0b0a09080");
	end();
}

static void test_what_is_no_vpn_id_is_not_asked(void **state)
{
	char why[VPN_ERROR];

	assert_int_equal(gather_new("vpc-1", &gather, why), -EINVAL);
	assert_non_null(strstr(why, "vpn-"));
}

static void test_static_connection_gets_the_prefixes_of_its_vpc(void **state)
{
	const struct vpn_connection *vpn;
	char text[IP_PREFIX_TEXT_BYTES];

	begin();
	answer_connection(STATIC_XML, "", "<type>");
	asks(ASK_GATEWAY);
	answer(200, GATEWAY(ATTACHED("vpc-0ld", "detached") ATTACHED("vpc-0c1", "attached")));
	asks(ASK_VPC);
	answer(200, VPC(BLOCK("10.0.0.0/16", "associated") BLOCK("10.7.0.0/16", "disassociated")
			    BLOCK("100.64.0.0/18", "associated") BLOCK("nonsense", "associated")));
	assert_int_equal(action.type, AWS_TASK_DONE);
	vpn = gather_connection(gather);
	assert_int_equal(vpn->prefix_count, 2);
	assert_string_equal(ip_prefix_format(&vpn->prefix[0], text), "10.0.0.0/16");
	assert_string_equal(ip_prefix_format(&vpn->prefix[1], text), "100.64.0.0/18");
	end();
}

/* What is not known is said, and the tunnels are set up all the same. */
static void test_prefixes_that_are_not_known_are_no_failure(void **state)
{
	static const char refusal[] = "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
				      "<Message>no</Message></Error></Errors></Response>";
	static const struct {
		int gateway_status;
		const char *gateway, *vpc, *note;
	} row[] = {
	    {403, refusal, NULL, "AWS refused DescribeVpnGateways (UnauthorizedOperation)"},
	    {500, "oops", NULL, "AWS refused DescribeVpnGateways (HTTP status 500)"},
	    {200, GATEWAY(""), NULL, "its gateway is attached to no VPC"},
	    {200, GATEWAY(ATTACHED("vpc-0c1", "detaching")), NULL,
		"its gateway is attached to no VPC"},
	    {200, "<html>", NULL, "the answer of DescribeVpnGateways could not be read"},
	    {200, GATEWAY(ATTACHED("vpc-0c1", "attached")), refusal,
		"AWS refused DescribeVpcs (UnauthorizedOperation)"},
	    {200, GATEWAY(ATTACHED("vpc-0c1", "attached")), VPC(""), "its VPC has no prefix"},
	    {200, GATEWAY(ATTACHED("vpc-0c1", "attached")), VPC(BLOCK("0.0.0.0/0", "associated")),
		"its VPC has no prefix"}, /* would take the default route */
	    {200, GATEWAY(ATTACHED("vpc-0c1", "attached")), "<a/>",
		"the answer of DescribeVpcs could not be read"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		begin();
		answer_connection(STATIC_XML, "", "<type>");
		answer(row[i].gateway_status, row[i].gateway);
		if (row[i].vpc) {
			asks(ASK_VPC);
			answer(row[i].vpc == refusal ? 403 : 200, row[i].vpc);
		}
		assert_int_equal(action.type, AWS_TASK_DONE);
		assert_string_equal(gather_connection(gather)->prefix_note, row[i].note);
		assert_int_equal(gather_connection(gather)->prefix_count, 0);
		end();
	}
}

static void test_behind_a_transit_gateway_nothing_is_asked(void **state)
{
	char *outer =
	    fixture_replace(FIXTURE_OUTER, "<vpnGatewayId>vgw-0f0e0d0c0b0a09080</vpnGatewayId>",
		"<transitGatewayId>tgw-01</transitGatewayId>", 1);
	char *body = fixture_body(outer, STATIC_XML, "");

	begin();
	answer(200, body);
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_non_null(strstr(gather_connection(gather)->prefix_note, "transit gateway"));
	assert_string_equal(gather_connection(gather)->tgw_id, "tgw-01");
	free(body);
	free(outer);
	end();
}

static void test_routes_of_our_own_side_are_no_routes_to_aws(void **state)
{
	begin();
	answer_connection(STATIC_XML, "",
	    "<routes><item><destinationCidrBlock>192.168.200.0/24</destinationCidrBlock>"
	    "<source>Static</source><state>available</state></item></routes><type>");
	answer(403, "");
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_int_equal(gather_connection(gather)->prefix_count, 0);
	end();
}

static void test_A12_refusal_of_the_connection_fails(void **state)
{
	begin();
	answer(401, "<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message>"
		    "</Error></Errors></Response>");
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_string_equal(action.why, "AWS refused: AuthFailure: no");
	end();
	begin();
	answer(500, "<h1>");
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_string_equal(action.why, "the server answered with HTTP status 500");
	end();
}

/* ---- keys ---- */

/* The fixture without its keys; in place of them `with`. */
static char *without_keys(const char *with)
{
	char *first = fixture_replace(FIXTURE_INNER, KEY_1, with, 1);
	char *both = fixture_replace(first, KEY_2, with, 1);

	free(first);
	return both;
}

static void until_secret(const char *options, const char *in_place)
{
	char *inner = without_keys(in_place);

	begin();
	answer_connection(inner, options, "<preSharedKeyArn>" ARN "</preSharedKeyArn><type>");
	free(inner);
	asks("{\"SecretId\":\"" ARN "\"}");
	assert_int_equal(action.ask->api, AWS_API_SECRETS);
}

static void answer_secret(const char *secret)
{
	size_t room = 2 * strlen(secret) + 64, at;
	char *body = malloc(room);

	at = (size_t)snprintf(body, room, "{\"Name\":\"x\",\"SecretString\":\"");
	for (const char *p = secret; *p; p++) {
		if (*p == '"')
			body[at++] = '\\';
		body[at++] = *p;
	}
	snprintf(body + at, room - at, "\"}");
	answer(200, body);
	free(body);
}

static void test_keys_come_from_secrets_manager(void **state)
{
	static const char *const secrets[] = {
	    "{\"" IP_1 "\":\"" KEY_1 "\",\"" IP_2 "\":\"" KEY_2 "\"}",
	    "{\"tunnel1\":\"" KEY_1 "\",\"tunnel2\":\"" KEY_2 "\"}",
	    "{\"Tunnel1PreSharedKey\":\"" KEY_1 "\",\"Tunnel2PreSharedKey\":\"" KEY_2 "\"}",
	    "{\"psk_tunnel_2\":\"" KEY_2 "\",\"psk_tunnel_1\":\"" KEY_1 "\"}",
	    "{\"" IP_1 "\":{\"preSharedKey\":\"" KEY_1 "\"},\"" IP_2 "\":{\"psk\":\"" KEY_2 "\"}}",
	    "[{\"outsideIpAddress\":\"" IP_2 "\",\"preSharedKey\":\"" KEY_2
	    "\"},{\"outsideIpAddress\":\"" IP_1 "\",\"preSharedKey\":\"" KEY_1 "\"}]",
	    "{\"tunnels\":[{\"tunnel\":1,\"key\":\"" KEY_1 "\"},{\"tunnel\":2,\"key\":\"" KEY_2
	    "\"}]}",
	};
	static const char *const in_place[] = {"", "****", "REDACTED-BY-AWS"};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		until_secret(OPTIONS, in_place[i % 3]);
		answer_secret(secrets[i]);
		if (action.type != AWS_TASK_DONE)
			fail_msg("%s: %s", secrets[i], action.why);
		assert_string_equal(gather_connection(gather)->tunnel[0].psk, KEY_1);
		assert_string_equal(gather_connection(gather)->tunnel[1].psk, KEY_2);
		end();
	}
}

static void test_a_secret_that_leaves_a_doubt_gives_no_key(void **state)
{
	static const char *const secrets[] = {
	    "Plain_key.0123456789", /* of two tunnels: whose? */
	    "{\"" IP_1 "\":\"" KEY_1 "\"}",
	    "{\"psk\":\"" KEY_1 "\"}",
	    "{\"" IP_1 "\":\"short\",\"" IP_2 "\":\"" KEY_2 "\"}",
	    "{\"" IP_1 "\":\"" IP_2 "\",\"" IP_2 "\":\"" KEY_2 "\"}", /* an address is no key */
	    "{\"" IP_1 "\":{\"key\":\"" KEY_1 "\",\"old_key\":\"" KEY_2 "\"}}",
	    "{\"tunnel10\":\"" KEY_1 "\",\"tunnel2\":\"" KEY_2 "\"}",
	    "not json \\u007b",
	    "7",
	    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"" IP_1 "\":\"" KEY_1
	    "\"}}}}}}}}}",
	};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		until_secret(OPTIONS, "");
		answer_secret(secrets[i]);
		assert_int_equal(action.type, AWS_TASK_FAILED);
		assert_non_null(strstr(action.why, "secret"));
		assert_null(strstr(action.why, "key.")); /* nothing of it is repeated */
		end();
	}
}

static void test_answers_of_secrets_manager_that_are_none(void **state)
{
	static const struct {
		int status;
		const char *body, *why;
	} row[] = {
	    {400, "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"gone\"}",
		"the key is kept in Secrets Manager: AWS refused: ResourceNotFoundException: gone"},
	    {503, "<html>",
		"the key is kept in Secrets Manager: the server answered with HTTP "
		"status 503"},
	    {200, "{}", "the answer of Secrets Manager has no SecretString"},
	    {200, "", "the answer of Secrets Manager has no SecretString"},
	    {200, "{\"SecretString\":7}", "the answer of Secrets Manager has no SecretString"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		until_secret(OPTIONS, "");
		answer(row[i].status, row[i].body);
		assert_int_equal(action.type, AWS_TASK_FAILED);
		assert_string_equal(action.why, row[i].why);
		end();
	}
}

static void test_one_tunnel_may_have_a_plain_secret(void **state)
{
	char *inner =
	    fixture_replace(FIXTURE_INNER_HEAD FIXTURE_TUNNEL_1 "</vpn_connection>", KEY_1, "", 1);

	begin();
	answer_connection(inner, "", "<preSharedKeyArn>" ARN "</preSharedKeyArn><type>");
	answer_secret("Plain_key.0123456789");
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(gather_connection(gather)->tunnel[0].psk, "Plain_key.0123456789");
	free(inner);
	end();
}

/* The ARN is there with keys that are kept in the ordinary way, too. */
static void test_keys_of_the_document_need_no_secret(void **state)
{
	begin();
	answer_connection(FIXTURE_INNER, "", "<preSharedKeyArn>" ARN "</preSharedKeyArn><type>");
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(gather_connection(gather)->tunnel[0].psk, KEY_1);
	end();
}

static void test_keys_of_the_tunnel_options_will_do(void **state)
{
	char *inner = without_keys("");

	begin();
	answer_connection(inner,
	    "<tunnelOptionSet><item><outsideIpAddress>" IP_2 "</outsideIpAddress>"
	    "<preSharedKey>" KEY_2 "</preSharedKey></item><item><outsideIpAddress>" IP_1
	    "</outsideIpAddress><preSharedKey>" KEY_1 "</preSharedKey></item></tunnelOptionSet>",
	    "<type>");
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(gather_connection(gather)->tunnel[0].psk, KEY_1);
	assert_string_equal(gather_connection(gather)->tunnel[1].psk, KEY_2);
	free(inner);
	end();
}

static void test_A16_no_key_anywhere_is_refused(void **state)
{
	char *inner = without_keys("");

	begin();
	answer_connection(inner, OPTIONS, "<type>");
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_int_equal(action.verdict, VPN_COMMAND_ILLEGAL);
	assert_non_null(strstr(action.why, "pre_shared_key"));
	end();
	begin();
	answer_connection(inner, OPTIONS,
	    "<preSharedKeyArn>arn:aws:iam::1:role/x</preSharedKeyArn>"
	    "<type>");
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_non_null(strstr(action.why, "preSharedKeyArn"));
	free(inner);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_bgp_connection_takes_one_question),
	    cmocka_unit_test(test_what_is_no_vpn_id_is_not_asked),
	    cmocka_unit_test(test_static_connection_gets_the_prefixes_of_its_vpc),
	    cmocka_unit_test(test_prefixes_that_are_not_known_are_no_failure),
	    cmocka_unit_test(test_behind_a_transit_gateway_nothing_is_asked),
	    cmocka_unit_test(test_routes_of_our_own_side_are_no_routes_to_aws),
	    cmocka_unit_test(test_A12_refusal_of_the_connection_fails),
	    cmocka_unit_test(test_keys_come_from_secrets_manager),
	    cmocka_unit_test(test_a_secret_that_leaves_a_doubt_gives_no_key),
	    cmocka_unit_test(test_answers_of_secrets_manager_that_are_none),
	    cmocka_unit_test(test_one_tunnel_may_have_a_plain_secret),
	    cmocka_unit_test(test_keys_of_the_document_need_no_secret),
	    cmocka_unit_test(test_keys_of_the_tunnel_options_will_do),
	    cmocka_unit_test(test_A16_no_key_anywhere_is_refused),
	};

	return cmocka_run_group_tests_name("aws/gather", tests, NULL, NULL);
}
