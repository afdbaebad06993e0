/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The way through AWS: what is asked for it, and what is found wrong with it. The test is AWS. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/way.h"

#define ID   "vpn-0a1b"
#define HOST "10.0.134.243"

/* Answers, each of which a row of `flaws` may replace. */
struct answers {
	const char *connection, *gateway, *interface, *tables, *groups;
};

#define CONNECTION(gateway, only, routes, status)                                                  \
	"<DescribeVpnConnectionsResponse><vpnConnectionSet><item>" gateway                         \
	"<options><staticRoutesOnly>" only "</staticRoutesOnly></options><routes>" routes          \
	"</routes><vgwTelemetry><item><outsideIpAddress>198.51.100.2</"                            \
	"outsideIpAddress><status>" status "</status><statusMessage>IPSEC IS " status              \
	"</statusMessage></item></vgwTelemetry>"                                                   \
	"</item></vpnConnectionSet></DescribeVpnConnectionsResponse>"
#define VGW "<vpnGatewayId>vgw-1</vpnGatewayId>"
#define TGW "<transitGatewayId>tgw-1</transitGatewayId>"
#define STATIC_ROUTE(cidr)                                                                         \
	"<item><destinationCidrBlock>" cidr "</destinationCidrBlock><state>available</state></"    \
					    "item>"
#define GATEWAY(vpc)                                                                               \
	"<DescribeVpnGatewaysResponse><vpnGatewaySet><item><attachments><item><vpcId>" vpc         \
	"</vpcId><state>attached</state></item></attachments></item></vpnGatewaySet>"              \
	"</DescribeVpnGatewaysResponse>"
#define INTERFACES(items)                                                                          \
	"<DescribeNetworkInterfacesResponse><networkInterfaceSet>" items                           \
	"</networkInterfaceSet></DescribeNetworkInterfacesResponse>"
#define INTERFACE(vpc, group)                                                                      \
	"<item><networkInterfaceId>eni-1</networkInterfaceId><vpcId>" vpc                          \
	"</vpcId><subnetId>subnet-1</subnetId><groupSet><item><groupId>" group                     \
	"</groupId></item></groupSet></item>"
#define TABLES(items)                                                                              \
	"<DescribeRouteTablesResponse><routeTableSet>" items                                       \
	"</routeTableSet></DescribeRouteTablesResponse>"
#define TABLE(id, associations, routes)                                                            \
	"<item><routeTableId>" id "</routeTableId><associationSet>" associations                   \
	"</associationSet><routeSet>" routes "</routeSet></item>"
#define MAIN   "<item><main>true</main></item>"
#define SUBNET "<item><main>false</main><subnetId>subnet-1</subnetId></item>"
#define ROUTE(cidr, by, state)                                                                     \
	"<item><destinationCidrBlock>" cidr "</destinationCidrBlock>" by "<state>" state           \
	"</state></item>"
#define BY_VGW "<gatewayId>vgw-1</gatewayId>"
#define BY_IGW "<gatewayId>igw-1</gatewayId>"
#define BY_TGW "<transitGatewayId>tgw-1</transitGatewayId>"
#define LOCAL  ROUTE("10.0.0.0/16", "<gatewayId>local</gatewayId>", "active")
#define TO_US  ROUTE("192.168.200.0/24", BY_VGW, "active")
#define GROUPS(items)                                                                              \
	"<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>"         \
	"<ipPermissions>" items "</ipPermissions></item></securityGroupInfo>"                      \
	"</DescribeSecurityGroupsResponse>"
#define RULE(protocol, from, cidr)                                                                 \
	"<item><ipProtocol>" protocol "</ipProtocol><fromPort>" from "</fromPort><toPort>-1"       \
	"</toPort><ipRanges><item><cidrIp>" cidr "</cidrIp></item></ipRanges></item>"
#define REFUSED                                                                                    \
	"<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>"

static const struct answers good = {
    CONNECTION(VGW, "false", "", "UP"),
    GATEWAY("vpc-1"),
    INTERFACES(INTERFACE("vpc-1", "sg-1")),
    TABLES(TABLE("rtb-1", MAIN, LOCAL) TABLE("rtb-2", SUBNET, LOCAL TO_US)),
    GROUPS(RULE("tcp", "22", "0.0.0.0/0") RULE("icmp", "-1", "192.168.0.0/16")),
};

static struct way_task *task;
static struct aws_task_action action;
static char finding[WAY_FINDINGS][WAY_TEXT_BYTES];

static void step(const char *body)
{
	const struct aws_answer answer = {
	    body == NULL || strcmp(body, REFUSED) != 0 ? 200 : 403, body, body ? strlen(body) : 0};

	way_task(task)->step(way_task(task), body ? &answer : NULL, &action);
}

static bool asks(const char *what)
{
	return action.type == AWS_TASK_ASK && strstr(action.ask->body, what);
}

/* Runs the engine over these answers. Returns the number of findings. */
static size_t run(const struct answers *a)
{
	struct ip_addr host, source;
	char why[VPN_ERROR];
	size_t count;

	assert_int_equal(ip_addr_parse(HOST, &host), 0);
	assert_int_equal(ip_addr_parse("192.168.200.254", &source), 0);
	assert_int_equal(way_new(ID, &host, &source, &task, why), 0);
	step(NULL);
	while (action.type == AWS_TASK_ASK) {
		const char *body = asks("DescribeVpnConnections&")      ? a->connection
				   : asks("DescribeVpnGateways&")       ? a->gateway
				   : asks("DescribeNetworkInterfaces&") ? a->interface
				   : asks("DescribeRouteTables&")       ? a->tables
				   : asks("DescribeSecurityGroups&")    ? a->groups
									: NULL;

		assert_non_null(body);
		step(body);
	}
	assert_int_equal(action.type, AWS_TASK_DONE);
	count = way_judge(way_of(task), finding);
	way_task(task)->free(way_task(task));
	return count;
}

static void test_a_way_that_is_open(void **state)
{
	if (run(&good))
		fail_msg("%s", finding[0]);
}

static void test_what_is_asked(void **state)
{
	struct ip_addr addr = ip_addr_v4(0x0a0086f3);
	char why[VPN_ERROR];

	assert_int_equal(way_new(ID, &addr, &addr, &task, why), 0);
	step(NULL);
	step(good.connection);
	assert_true(asks("VpnGatewayId.1=vgw-1"));
	step(good.gateway);
	assert_true(asks("Filter.1.Name=addresses.private-ip-address&Filter.1.Value.1=" HOST));
	step(good.interface);
	assert_true(asks("Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1"));
	step(good.tables);
	assert_true(asks("GroupId.1=sg-1"));
	way_task(task)->free(way_task(task));
	assert_int_equal(way_new("vpc-1", &addr, &addr, &task, why), -EINVAL);
}

static void test_every_obstacle_is_found_and_named(void **state)
{
	static const struct {
		const char *connection, *gateway, *interface, *tables, *groups, *finding;
	} flaws[] = {
	    {.connection = CONNECTION(VGW, "false", "", "DOWN"),
		.finding = "AWS sees no tunnel of this connection up: IPSEC IS DOWN"},
	    {.connection = CONNECTION(VGW, "true", STATIC_ROUTE("192.168.100.0/24"), "UP"),
		.finding = "no static route for 192.168.200.254"},
	    {.gateway = "<DescribeVpnGatewaysResponse/>", .finding = "vgw-1 is attached to no VPC"},
	    {.interface = INTERFACES(""),
		.finding = "nothing in this account and region has " HOST},
	    {.interface = INTERFACES(INTERFACE("vpc-2", "sg-1")),
		.finding = HOST " is in vpc-2, but vgw-1 is attached to vpc-1"},
	    {.tables = TABLES(TABLE("rtb-1", MAIN, LOCAL TO_US) TABLE("rtb-2", SUBNET, LOCAL)),
		.finding = "rtb-2, the route table of subnet-1, has no route for 192.168.200.254"},
	    {.tables = TABLES(TABLE("rtb-1", MAIN, LOCAL)),
		.finding = "rtb-1, the route table of subnet-1, has no route"},
	    {.tables = TABLES(TABLE("rtb-1", MAIN, LOCAL ROUTE("0.0.0.0/0", BY_IGW, "active"))),
		.finding = "goes by igw-1 (0.0.0.0/0), not by vgw-1"},
	    {.tables = TABLES(
		 TABLE("rtb-1", MAIN, TO_US ROUTE("192.168.200.128/25", BY_IGW, "active"))),
		.finding = "goes by igw-1 (192.168.200.128/25)"},
	    {.tables = TABLES(
		 TABLE("rtb-1", MAIN, LOCAL ROUTE("192.168.200.0/24", BY_VGW, "blackhole"))),
		.finding = "by vgw-1 in rtb-1 is blackhole"},
	    {.tables = TABLES(TABLE("rtb-1", "", TO_US)), .finding = "subnet-1 has no route table"},
	    {.groups = GROUPS(RULE("tcp", "22", "0.0.0.0/0")),
		.finding = "sg-1, its security group, lets no ICMP echo in from 192.168.200.254"},
	    {.groups = GROUPS(RULE("icmp", "-1", "192.168.100.0/24")), .finding = "no ICMP echo"},
	    {.groups = GROUPS(RULE("icmp", "0", "0.0.0.0/0")), .finding = "no ICMP echo"},
	    {.groups = REFUSED,
		.finding = "AWS refused DescribeSecurityGroups (UnauthorizedOperation)"},
	    {.tables = REFUSED, .finding = "AWS refused DescribeRouteTables"},
	    {.gateway = REFUSED, .finding = "AWS refused DescribeVpnGateways"},
	    {.interface = REFUSED, .finding = "AWS refused DescribeNetworkInterfaces"},
	};

	for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
		struct answers a = good;
		size_t count;

		a.connection = flaws[i].connection ? flaws[i].connection : a.connection;
		a.gateway = flaws[i].gateway ? flaws[i].gateway : a.gateway;
		a.interface = flaws[i].interface ? flaws[i].interface : a.interface;
		a.tables = flaws[i].tables ? flaws[i].tables : a.tables;
		a.groups = flaws[i].groups ? flaws[i].groups : a.groups;
		count = run(&a);
		if (count != 1 || !strstr(finding[0], flaws[i].finding))
			fail_msg("%zu findings, \"%s\" has no \"%s\"", count, finding[0],
			    flaws[i].finding);
	}
}

static void test_ways_that_are_open_in_other_forms(void **state)
{
	struct answers a = good;

	a.groups = GROUPS(RULE("-1", "", "192.168.200.0/24"));
	assert_int_equal(run(&a), 0);
	a.groups = GROUPS(RULE("1", "8", "192.168.200.254/32"));
	assert_int_equal(run(&a), 0);
	a = good;
	a.connection = CONNECTION(VGW, "true", STATIC_ROUTE("192.168.0.0/16"), "UP");
	assert_int_equal(run(&a), 0);
	/* A transit gateway: nobody asks what it is attached to. */
	a = good;
	a.connection = CONNECTION(TGW, "false", "", "UP");
	a.gateway = NULL;
	a.tables = TABLES(TABLE("rtb-1", MAIN, ROUTE("192.168.0.0/16", BY_TGW, "active")));
	if (run(&a))
		fail_msg("%s", finding[0]);
	/* The address is in another VPC as well. */
	a = good;
	a.interface = INTERFACES(INTERFACE("vpc-9", "sg-9") INTERFACE("vpc-1", "sg-1"));
	assert_int_equal(run(&a), 0);
}

static void test_several_obstacles_come_in_the_order_of_the_way(void **state)
{
	struct answers a = good;

	a.connection = CONNECTION(VGW, "true", "", "DOWN");
	a.tables = TABLES(TABLE("rtb-1", MAIN, LOCAL));
	a.groups = GROUPS("");
	assert_int_equal(run(&a), 4);
	assert_non_null(strstr(finding[0], "no tunnel"));
	assert_non_null(strstr(finding[1], "static route"));
	assert_non_null(strstr(finding[2], "rtb-1"));
	assert_non_null(strstr(finding[3], "sg-1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_way_that_is_open),
	    cmocka_unit_test(test_what_is_asked),
	    cmocka_unit_test(test_every_obstacle_is_found_and_named),
	    cmocka_unit_test(test_ways_that_are_open_in_other_forms),
	    cmocka_unit_test(test_several_obstacles_come_in_the_order_of_the_way),
	};

	return cmocka_run_group_tests_name("aws/way", tests, NULL, NULL);
}
