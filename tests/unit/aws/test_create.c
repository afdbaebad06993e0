/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making a connection and taking it away: the order of questions, what AWS is not ready for yet,
 * what fails half-way. The test is AWS; that names are spelled right, the lab's account checks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/create.h"
#include "control/aws/destroy.h"

#define ERROR(code)                                                                                \
	"<Response><Errors><Error><Code>" code "</Code><Message>m</Message></Error></Errors>"      \
	"</Response>"
#define DRY     ERROR("DryRunOperation")
#define REFUSED ERROR("UnauthorizedOperation")
#define LIST(action, set, item)                                                                    \
	"<" action "Response><" set ">" item "</" set "></" action "Response>"
#define NO_VPN LIST("DescribeVpnConnections", "vpnConnectionSet", "")
#define A_VPN(state)                                                                               \
	LIST("DescribeVpnConnections", "vpnConnectionSet",                                         \
	    "<item><vpnConnectionId>vpn-1</vpnConnectionId><state>" state "</state></item>")
#define A_VPC LIST("DescribeVpcs", "vpcSet", "<item><vpcId>vpc-1</vpcId></item>")
#define A_TGW                                                                                      \
	LIST("DescribeTransitGateways", "transitGatewaySet",                                       \
	    "<item><transitGatewayId>tgw-1</transitGatewayId><state>available</state></item>")
#define NO_CGW LIST("DescribeCustomerGateways", "customerGatewaySet", "")
#define A_CGW                                                                                      \
	LIST("DescribeCustomerGateways", "customerGatewaySet",                                     \
	    "<item><customerGatewayId>cgw-9</customerGatewayId><state>available</state></item>")
#define NO_VGW LIST("DescribeVpnGateways", "vpnGatewaySet", "")
#define A_VGW                                                                                      \
	LIST("DescribeVpnGateways", "vpnGatewaySet",                                               \
	    "<item><vpnGatewayId>vgw-9</vpnGatewayId><state>available</state></item>")
#define ATTACHED(state)                                                                            \
	LIST("DescribeVpnGateways", "vpnGatewaySet",                                               \
	    "<item><attachments><item><vpcId>vpc-1</vpcId><state>" state                           \
	    "</state></item></attachments></item>")
#define A_TABLE(from)                                                                              \
	LIST("DescribeRouteTables", "routeTableSet",                                               \
	    "<item><routeTableId>rtb-1</routeTableId><propagatingVgwSet>" from                     \
	    "</propagatingVgwSet></item>")
#define FROM_VGW "<item><gatewayId>vgw-9</gatewayId></item>"
#define MADE_CGW                                                                                   \
	"<CreateCustomerGatewayResponse><customerGateway><customerGatewayId>cgw-1"                 \
	"</customerGatewayId></customerGateway></CreateCustomerGatewayResponse>"
#define MADE_VGW                                                                                   \
	"<CreateVpnGatewayResponse><vpnGateway><vpnGatewayId>vgw-1</vpnGatewayId>"                 \
	"</vpnGateway></CreateVpnGatewayResponse>"
#define MADE_VPN                                                                                   \
	"<CreateVpnConnectionResponse><vpnConnection><vpnConnectionId>vpn-1"                       \
	"</vpnConnectionId></vpnConnection></CreateVpnConnectionResponse>"
#define DONE "<x><return>true</return></x>"

/* What is expected to be asked, and the answer. `ask` "WAIT": a wait is expected. */
struct exchange {
	const char *ask;
	int status;
	const char *answer;
};

static struct aws_task *task;
static struct aws_task_action action;
static char why[VPN_ERROR];

static void step(int status, const char *body)
{
	const struct aws_answer answer = {status, body, body ? strlen(body) : 0};

	task->step(task, body ? &answer : NULL, &action);
}

/* Goes through the exchanges, which begin with the one that is open. */
static void converse(const struct exchange *e)
{
	for (; e->ask; e++) {
		if (strcmp(e->ask, "WAIT") == 0) {
			assert_int_equal(action.type, AWS_TASK_WAIT);
			assert_int_equal(action.wait_msec, 5000);
			step(0, NULL);
			continue;
		}
		if (action.type != AWS_TASK_ASK)
			fail_msg("%s was expected; type %d: %s", e->ask, action.type, action.why);
		if (!strstr(action.ask->body, e->ask))
			fail_msg("%s was expected, not %s", e->ask, action.ask->body);
		step(e->status, e->answer);
	}
}

#define CONVERSE(...) converse((const struct exchange[]){__VA_ARGS__, {0}})

static struct create_wish a_wish(const char *target)
{
	struct create_wish wish = {
	    .address = ip_addr_v4(0xcb007102), .as_number = 65000, .tag = "gw/1"};

	snprintf(wish.target, sizeof(wish.target), "%s", target);
	return wish;
}

static struct create *begin(const struct create_wish *wish, bool plan)
{
	struct create *create;

	if (create_new(wish, plan, &create, why))
		fail_msg("%s", why);
	task = create_task(create);
	step(0, NULL);
	return create;
}

static void end(void)
{
	task->free(task);
}

#define LOOK                                                                                       \
	{"Action=DescribeVpnConnections&Version=2016-11-15&Filter.1.Name=tag%3Acgw&"               \
	 "Filter.1.Value.1=gw%2F1",                                                                \
	    200, NO_VPN},                                                                          \
	    {"DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-1", 200, A_VPC},                         \
	{                                                                                          \
		"Filter.1.Name=ip-address&Filter.1.Value.1=203.0.113.2&Filter.2.Name=bgp-asn&"     \
		"Filter.2.Value.1=65000",                                                          \
		    200, NO_CGW                                                                    \
	}

/* ---- create ---- */

static void test_everything_has_to_be_made(void **state)
{
	struct create_wish wish = a_wish("vpc-1");
	struct create *create = begin(&wish, false);

	CONVERSE(LOOK, {"DescribeVpnGateways", 200, NO_VGW},
	    {"DescribeRouteTables", 200, A_TABLE("")}, {"CreateCustomerGateway", 412, DRY},
	    {"CreateVpnGateway", 412, DRY}, {"AttachVpnGateway", 412, DRY},
	    {"EnableVgwRoutePropagation", 412, DRY}, {"CreateVpnConnection", 412, DRY},
	    {"CreateCustomerGateway", 200, MADE_CGW}, {"CreateVpnGateway", 200, MADE_VGW},
	    {"AttachVpnGateway&Version=2016-11-15&VpcId=vpc-1&VpnGatewayId=vgw-1", 200, DONE},
	    {"DescribeVpnGateways&Version=2016-11-15&VpnGatewayId.1=vgw-1", 200,
		ATTACHED("attaching")},
	    {"WAIT", 0, NULL}, {"DescribeVpnGateways", 200, ATTACHED("attached")},
	    {"EnableVgwRoutePropagation&Version=2016-11-15&GatewayId=vgw-1&RouteTableId=rtb-1", 400,
		ERROR("Gateway.NotAttached")},
	    {"WAIT", 0, NULL}, {"EnableVgwRoutePropagation", 200, DONE},
	    {"CreateTags&Version=2016-11-15&ResourceId.1=rtb-1&Tag.1.Key=cgw&Tag.1.Value=gw%2F1",
		200, DONE},
	    {"CustomerGatewayId=cgw-1&VpnGatewayId=vgw-1&Options.StaticRoutesOnly=false", 400,
		ERROR("InvalidCustomerGatewayID.NotFound")},
	    {"WAIT", 0, NULL}, {"CreateVpnConnection", 200, MADE_VPN},
	    {"VpnConnectionId.1=vpn-1", 200, A_VPN("pending")}, {"WAIT", 0, NULL},
	    {"VpnConnectionId.1=vpn-1", 200, A_VPN("available")});
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(create_vpn_id(create), "vpn-1");
	end();
}

static void test_what_is_there_is_used(void **state)
{
	struct create_wish wish = a_wish("vpc-1");
	struct create *create = begin(&wish, true);

	CONVERSE({"tag%3Acgw", 200, NO_VPN}, {"DescribeVpcs", 200, A_VPC},
	    {"DescribeCustomerGateways", 200, A_CGW}, {"DescribeVpnGateways", 200, A_VGW},
	    {"DescribeRouteTables", 200, A_TABLE(FROM_VGW)},
	    {"CustomerGatewayId=cgw-9&VpnGatewayId=vgw-9", 412, DRY});
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_true(create_may(create));
	assert_string_equal(create_plan(create),
	    "= customer gateway cgw-9 for 203.0.113.2, AS 65000\n"
	    "= virtual private gateway vgw-9 attached to vpc-1\n"
	    "= route propagation in rtb-1\n"
	    "+ VPN connection, BGP, two tunnels: IKEv1, AES-256, SHA2-256, group 14\n");
	end();
}

static void test_a_transit_gateway_with_static_routes(void **state)
{
	struct create_wish wish = a_wish("tgw-1");
	struct create *create;

	wish.prefix_count = 1;
	assert_int_equal(ip_prefix_parse("192.168.200.0/24", &wish.prefix[0]), 0);
	create = begin(&wish, false);
	CONVERSE({"tag%3Acgw", 200, NO_VPN}, {"TransitGatewayIds.1=tgw-1", 200, A_TGW},
	    {"DescribeCustomerGateways", 200, A_CGW},
	    {"TransitGatewayId=tgw-1&Options.StaticRoutesOnly=true", 412, DRY},
	    {"TransitGatewayId=tgw-1", 200, MADE_VPN},
	    {"CreateVpnConnectionRoute&Version=2016-11-15&VpnConnectionId=vpn-1&"
	     "DestinationCidrBlock=192.168.200.0%2F24",
		200, DONE},
	    {"VpnConnectionId.1=vpn-1", 200, A_VPN("available")});
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_non_null(strstr(create_plan(create), "are yours to set"));
	end();
}

static void test_what_may_not_be_made_is_found_before_anything_is(void **state)
{
	struct create_wish wish = a_wish("vpc-1");
	struct create *create;

	for (unsigned plan = 0; plan < 2; plan++) {
		create = begin(&wish, plan);
		CONVERSE(LOOK, {"DescribeVpnGateways", 200, A_VGW},
		    {"DescribeRouteTables", 403, REFUSED}, {"CreateCustomerGateway", 403, REFUSED},
		    {"CreateVpnConnection", 400, ERROR("InvalidCustomerGatewayID.NotFound")});
		assert_false(create_may(create));
		assert_non_null(
		    strstr(create_plan(create), "! the VPC's route tables cannot be read"));
		assert_non_null(strstr(create_plan(create),
		    "! AWS does not let us CreateCustomerGateway (UnauthorizedOperation)"));
		assert_int_equal(action.type, plan ? AWS_TASK_DONE : AWS_TASK_FAILED);
		end();
	}
}

static void test_what_fails_half_way_is_said(void **state)
{
	struct create_wish wish = a_wish("vpc-1");

	begin(&wish, false);
	CONVERSE(LOOK, {"DescribeVpnGateways", 200, A_VGW},
	    {"DescribeRouteTables", 200, A_TABLE(FROM_VGW)}, {"CreateCustomerGateway", 412, DRY},
	    {"CreateVpnConnection", 412, DRY}, {"CreateCustomerGateway", 200, MADE_CGW},
	    {"CreateVpnConnection", 400, ERROR("VpnConnectionLimitExceeded")});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_string_equal(action.why, "AWS refused: VpnConnectionLimitExceeded: m");
	end();
	begin(&wish, false);
	CONVERSE({"tag%3Acgw", 200, A_VPN("available")});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_non_null(strstr(action.why, "vpn-1 was made from here before"));
	end();
	begin(&wish, false);
	CONVERSE({"tag%3Acgw", 200, A_VPN("deleted")},
	    {"DescribeVpcs", 200, LIST("DescribeVpcs", "vpcSet", "")});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_string_equal(action.why, "there is no vpc-1");
	end();
}

static void test_a_connection_that_does_not_become_available(void **state)
{
	struct create_wish wish = a_wish("tgw-1");
	unsigned waits = 0;

	begin(&wish, false);
	CONVERSE({"tag%3Acgw", 200, NO_VPN}, {"TransitGatewayIds", 200, A_TGW},
	    {"DescribeCustomerGateways", 200, A_CGW}, {"CreateVpnConnection", 412, DRY},
	    {"CreateVpnConnection", 200, MADE_VPN});
	for (; action.type == AWS_TASK_ASK; waits++) {
		step(200, A_VPN("pending"));
		if (action.type == AWS_TASK_WAIT)
			step(0, NULL);
	}
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_int_equal(waits, 241); /* 20 minutes */
	end();
	begin(&wish, false);
	CONVERSE({"tag%3Acgw", 200, NO_VPN}, {"TransitGatewayIds", 200, A_TGW},
	    {"DescribeCustomerGateways", 200, A_CGW}, {"CreateVpnConnection", 412, DRY},
	    {"CreateVpnConnection", 200, MADE_VPN}, {"VpnConnectionId.1", 200, A_VPN("deleting")});
	assert_string_equal(action.why, "vpn-1 does not become available, it is deleting");
	end();
}

static void test_wishes_that_cannot_be(void **state)
{
	struct create_wish wish = a_wish("vpn-1");
	struct create *create;

	assert_int_equal(create_new(&wish, true, &create, why), -EINVAL);
	wish = a_wish("vpc-1");
	wish.address = ip_addr_v4(0xac1f0002); /* behind a NAT */
	assert_int_equal(create_new(&wish, true, &create, why), -EINVAL);
	assert_non_null(strstr(why, "address A.B.C.D"));
	wish = a_wish("vpc-1");
	wish.as_number = 0;
	assert_int_equal(create_new(&wish, true, &create, why), -EINVAL);
}

/* ---- destroy ---- */

#define TAGGED(tag)                                                                                \
	LIST("DescribeVpnConnections", "vpnConnectionSet",                                         \
	    "<item><tagSet><item><key>Name</key><value>x</value></item>" tag "</tagSet></item>")
#define THING(id, type)                                                                            \
	"<item><key>cgw</key><value>gw/1</value><resourceId>" id                                   \
	"</resourceId><resourceType>" type "</resourceType></item>"
#define ALL_THINGS                                                                                 \
	LIST("DescribeTags", "tagSet",                                                             \
	    THING("cgw-1", "customer-gateway") THING("vgw-1", "vpn-gateway") THING(                \
		"i-1", "instance") THING("rtb-1", "route-table") THING("vpn-1", "vpn-connection"))

static struct destroy *begin_destroy(const char *vpn, bool plan)
{
	struct destroy *destroy;

	assert_int_equal(destroy_new(vpn, "gw/1", plan, &destroy, why), 0);
	task = destroy_task(destroy);
	step(0, NULL);
	return destroy;
}

static void test_everything_that_is_tagged_goes_in_order(void **state)
{
	struct destroy *destroy = begin_destroy("vpn-1", false);

	CONVERSE({"VpnConnectionId.1=vpn-1", 200,
		     TAGGED("<item><key>cgw</key><value>other/7</value></item>")},
	    {"Filter.1.Name=tag%3Acgw&Filter.1.Value.1=other%2F7", 200, ALL_THINGS},
	    {"DeleteVpnConnection&Version=2016-11-15&VpnConnectionId=vpn-1", 200, DONE},
	    {"VpnConnectionId.1=vpn-1", 200, A_VPN("deleting")}, {"WAIT", 0, NULL},
	    {"VpnConnectionId.1=vpn-1", 200, A_VPN("deleted")},
	    {"RouteTableId.1=rtb-1", 200, A_TABLE(FROM_VGW)},
	    {"DisableVgwRoutePropagation&Version=2016-11-15&RouteTableId=rtb-1&GatewayId=vgw-9",
		200, DONE},
	    {"DeleteTags&Version=2016-11-15&ResourceId.1=rtb-1", 200, DONE},
	    {"DescribeVpnGateways", 200, ATTACHED("attached")},
	    {"DetachVpnGateway&Version=2016-11-15&VpnGatewayId=vgw-1&VpcId=vpc-1", 200, DONE},
	    {"DescribeVpnGateways", 200, ATTACHED("detaching")}, {"WAIT", 0, NULL},
	    {"DescribeVpnGateways", 200, ATTACHED("detached")},
	    {"DeleteVpnGateway", 400, ERROR("IncorrectState")}, {"WAIT", 0, NULL},
	    {"DeleteVpnGateway", 200, DONE},
	    {"DeleteCustomerGateway&Version=2016-11-15&CustomerGatewayId=cgw-1", 200, DONE});
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_int_equal(destroy_count(destroy), 4); /* not the instance */
	end();
}

static void test_a_plan_takes_nothing_away(void **state)
{
	struct destroy *destroy = begin_destroy("", true);

	CONVERSE({"Filter.1.Value.1=gw%2F1", 200, ALL_THINGS});
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(destroy_plan(destroy), "- VPN connection vpn-1\n"
						   "- route propagation in rtb-1\n"
						   "- virtual private gateway vgw-1\n"
						   "- customer gateway cgw-1\n");
	end();
}

/* In any order; but another router's of the same name, or another connection of the setting since,
 * is not. */
static void test_only_what_was_shown_is_taken_away(void **state)
{
#define TABLES(...) LIST("DescribeTags", "tagSet", __VA_ARGS__)
	static const char shown[] = "- route propagation in rtb-1\n- route propagation in rtb-2\n";
	struct destroy *destroy = begin_destroy("", true);

	CONVERSE({"DescribeTags", 200,
	    TABLES(THING("rtb-2", "route-table") THING("rtb-1", "route-table"))});
	assert_string_equal(destroy_plan(destroy), shown);
	end();
	for (unsigned i = 0; i < 2; i++) {
		destroy = begin_destroy("", false);
		assert_int_equal(destroy_expect(destroy, shown), 0);
		CONVERSE({"DescribeTags", 200,
		    i ? TABLES(THING("rtb-1", "route-table") THING("rtb-2", "route-table"))
		      : ALL_THINGS});
		assert_int_equal(action.type, i ? AWS_TASK_ASK : AWS_TASK_FAILED);
		assert_true(i || strstr(action.why, "not what was shown"));
		end();
	}
#undef TABLES
}

static void test_what_does_not_carry_the_tag_is_left_alone(void **state)
{
	begin_destroy("vpn-1", false);
	CONVERSE({"VpnConnectionId.1=vpn-1", 200, TAGGED("")});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_non_null(strstr(action.why, "left alone"));
	end();
}

static void test_what_is_gone_already_is_passed_over(void **state)
{
	begin_destroy("", false);
	CONVERSE({"DescribeTags", 200, ALL_THINGS},
	    {"DeleteVpnConnection", 400, ERROR("InvalidVpnConnectionID.NotFound")},
	    {"RouteTableId.1", 400, ERROR("InvalidRouteTableID.NotFound")},
	    {"VpnGatewayId.1", 400, ERROR("InvalidVpnGatewayID.NotFound")},
	    {"DeleteCustomerGateway", 400, ERROR("InvalidCustomerGatewayID.NotFound")});
	assert_int_equal(action.type, AWS_TASK_DONE);
	end();
}

/* It was taken for a list that is empty: a connection that is gone, a gateway that is free. */
static void test_an_answer_that_cannot_be_read_ends_it(void **state)
{
	begin_destroy("vpn-1", false);
	CONVERSE({"VpnConnectionId.1=vpn-1", 200, "<cut off"});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_null(strstr(action.why, "left alone"));
	end();
	begin_destroy("", false);
	CONVERSE({"DescribeTags", 200, ALL_THINGS}, {"DeleteVpnConnection", 200, DONE},
	    {"VpnConnectionId.1=vpn-1", 200, "<cut off"});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	end();
	begin_destroy("", false);
	CONVERSE(
	    {"DescribeTags", 200, LIST("DescribeTags", "tagSet", THING("vgw-1", "vpn-gateway"))},
	    {"DescribeVpnGateways", 200, "<cut off"});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	end();
}

static void test_what_may_not_be_taken_away_is_said(void **state)
{
	begin_destroy("", false);
	CONVERSE({"DescribeTags", 200, ALL_THINGS}, {"DeleteVpnConnection", 403, REFUSED});
	assert_int_equal(action.type, AWS_TASK_FAILED);
	assert_string_equal(action.why, "AWS refused: UnauthorizedOperation: m");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything_has_to_be_made),
	    cmocka_unit_test(test_what_is_there_is_used),
	    cmocka_unit_test(test_a_transit_gateway_with_static_routes),
	    cmocka_unit_test(test_what_may_not_be_made_is_found_before_anything_is),
	    cmocka_unit_test(test_what_fails_half_way_is_said),
	    cmocka_unit_test(test_a_connection_that_does_not_become_available),
	    cmocka_unit_test(test_wishes_that_cannot_be),
	    cmocka_unit_test(test_everything_that_is_tagged_goes_in_order),
	    cmocka_unit_test(test_a_plan_takes_nothing_away),
	    cmocka_unit_test(test_only_what_was_shown_is_taken_away),
	    cmocka_unit_test(test_what_does_not_carry_the_tag_is_left_alone),
	    cmocka_unit_test(test_what_is_gone_already_is_passed_over),
	    cmocka_unit_test(test_an_answer_that_cannot_be_read_ends_it),
	    cmocka_unit_test(test_what_may_not_be_taken_away_is_said),
	};

	return cmocka_run_group_tests_name("aws/create", tests, NULL, NULL);
}
