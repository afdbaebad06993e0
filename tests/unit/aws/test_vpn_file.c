/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Connections out of files: the generic text of AWS, the XML documents, and what is neither. */
#include <errno.h>

#include "tests/unit/aws/vpn_fixture.h"

#include "control/aws/device_file.h"
#include "control/aws/vpn_file.h"

#define GENERIC_TUNNEL(n, psk, cgw, vgw, cgw_in, vgw_in)                                           \
	"\nIPsec Tunnel #" n "\n================================\n"                                \
	"#1: Internet Key Exchange Configuration\n\nConfigure the IKE SA as follows:\n"            \
	"- IKE version              : IKEv1\n"                                                     \
	"- Authentication Method    : Pre-Shared Key \n"                                           \
	"- Pre-Shared Key           : " psk "\n"                                                   \
	"- Authentication Algorithm : sha1\n"                                                      \
	"- Encryption Algorithm     : aes-128-cbc\n"                                               \
	"- Lifetime                 : 28800 seconds\n"                                             \
	"- Phase 1 Negotiation Mode : main\n"                                                      \
	"- Diffie-Hellman           : Group 2\n\n"                                                 \
	"#2: IPsec Configuration\n\nOther lines are for people: and have colons.\n"                \
	"- Protocol                 : esp\n"                                                       \
	"- Authentication Algorithm : hmac-sha1-96\n"                                              \
	"- Encryption Algorithm     : aes-128-cbc\n"                                               \
	"- Lifetime                 : 3600 seconds\n"                                              \
	"- Mode                     : tunnel\n"                                                    \
	"- Perfect Forward Secrecy  : Diffie-Hellman Group 2\n\n"                                  \
	"- DPD Interval             : 10\n- DPD Retries              : 3\n\n"                      \
	"- TCP MSS Adjustment       : 1379 bytes\n"                                                \
	"- Clear Don't Fragment Bit : enabled\n"                                                   \
	"- Fragmentation            : Before encryption\n\n"                                       \
	"#3: Tunnel Interface Configuration\n\nOutside IP Addresses:\n"                            \
	"- Customer Gateway:        : " cgw " \n- Virtual Private Gateway  : " vgw "\n\n"          \
	"Inside IP Addresses\n- Customer Gateway         : " cgw_in "/30\n"                        \
	"- Virtual Private Gateway  : " vgw_in "/30\n\n"                                           \
	"- Tunnel interface MTU     : 1436 bytes\n"
#define GENERIC_BGP(asn, vgw_in)                                                                   \
	"\n#4: Border Gateway Protocol (BGP) Configuration:\n\nBGP Configuration Options:\n"       \
	"- Customer Gateway ASN        : " asn " \n- Virtual Private Gateway ASN : 64512\n"        \
	"- Neighbor IP Address         : " vgw_in "\n- Neighbor Hold Time          : 30\n"
#define GENERIC_STATIC(vgw_in)                                                                     \
	"\n#4: Static Routing Configuration:\n\nStatic Route Configuration Options:\n"             \
	"- Next hop : " vgw_in "\n"
#define GENERIC_HEAD                                                                               \
	"VPN Connection Configuration\n\nYour VPN Connection ID           : " FIXTURE_ID "\n"
#define T1(cgw)                                                                                    \
	GENERIC_TUNNEL(                                                                            \
	    "1", "First_key.for.Tests0001", cgw, "203.0.113.21", "169.254.77.18", "169.254.77.17")
#define T2(cgw)                                                                                    \
	GENERIC_TUNNEL(                                                                            \
	    "2", "Second_key.of.Tests02", cgw, "203.0.113.84", "169.254.77.130", "169.254.77.129")
#define GENERIC                                                                                    \
	GENERIC_HEAD T1("198.51.100.7") GENERIC_BGP("65010", "169.254.77.17") T2("198.51.100.7")   \
	    GENERIC_BGP("65010", "169.254.77.129")

static struct vpn_connection vpn;
static char error[VPN_ERROR];

static enum vpn_result read_file(const char *text, uint32_t as_number)
{
	return vpn_file_read(text, strlen(text), as_number, &vpn, error);
}

static void must_read(const char *text, uint32_t as_number)
{
	if (read_file(text, as_number) != VPN_OK)
		fail_msg("%s", error);
}

static void refused(const char *text, const char *why)
{
	static const struct vpn_connection nothing;

	assert_int_not_equal(read_file(text, 65010), VPN_OK);
	if (!strstr(error, why))
		fail_msg("\"%s\" has no \"%s\"", error, why);
	assert_memory_equal(&vpn, &nothing, sizeof(vpn));
}

/* The generic text says what the XML of the same connection says. */
static void test_generic_text_is_the_same_connection_as_its_xml(void **state)
{
	struct vpn_connection want;

	assert_int_equal(fixture_parse(FIXTURE_INNER, "", &want, error), VPN_OK);
	must_read(GENERIC, 0);
	assert_string_equal(vpn.id, FIXTURE_ID);
	assert_int_equal(vpn.tunnel_count, 2);
	assert_false(vpn.static_only);
	for (unsigned i = 0; i < 2; i++)
		assert_memory_equal(&vpn.tunnel[i], &want.tunnel[i], sizeof(vpn.tunnel[i]));
}

static void test_xml_documents_of_both_kinds(void **state)
{
	char *body = fixture_body(FIXTURE_OUTER, FIXTURE_INNER, "");
	char *marked = malloc(strlen(FIXTURE_INNER) + 8);

	must_read(body, 0);
	assert_string_equal(vpn.id, FIXTURE_ID);
	must_read(FIXTURE_INNER, 0);
	assert_string_equal(vpn.id, FIXTURE_ID);
	assert_string_equal(vpn.tunnel[1].psk, "Second_key.of.Tests02");
	sprintf(marked, "\xef\xbb\xbf\r\n %s", FIXTURE_INNER); /* as an editor may leave it */
	must_read(marked, 0);
	free(marked);
	free(body);
}

static void test_lines_may_end_as_on_any_system(void **state)
{
	char *text = fixture_replace(GENERIC, "\n", "\r\n", 0);

	must_read(text, 0);
	assert_string_equal(vpn.tunnel[0].psk, "First_key.for.Tests0001");
	free(text);
}

static void test_our_as_number_comes_from_outside_where_there_is_a_placeholder(void **state)
{
	static const char text[] =
	    GENERIC_HEAD T1("YOUR_UPLINK_ADDRESS") GENERIC_BGP("YOUR_BGP_ASN", "169.254.77.17")
		T2("YOUR_UPLINK_ADDRESS") GENERIC_BGP("YOUR_BGP_ASN", "169.254.77.129");

	must_read(text, 65010);
	assert_int_equal(vpn.tunnel[0].cgw_asn, 65010);
	assert_int_equal(vpn.tunnel[1].cgw_asn, 65010);
	assert_int_not_equal(read_file(text, 0), VPN_OK);
	assert_non_null(strstr(error, "YOUR_BGP_ASN"));
	assert_non_null(strstr(error, "as NUMBER"));
}

static void refused_as(const char *text)
{
	assert_int_not_equal(read_file(text, 0), VPN_OK);
	assert_non_null(strstr(error, "YOUR_\\x1b[2J\\xc2\\x9b stands where"));
}

/* What a file says of itself goes to a terminal. */
static void test_C02_escapes_of_a_file_are_shown_as_text(void **state)
{
	char *text = fixture_replace(GENERIC, FIXTURE_ID, "vpn-\033[2J", 0);

	must_read(text, 0);
	assert_string_equal(vpn.id, "");
	free(text);
	refused_as(
	    GENERIC_HEAD T1("192.0.2.1") GENERIC_BGP("YOUR_\033[2J\302\233", "169.254.77.17"));
}

static void test_static_text_has_no_bgp(void **state)
{
	must_read(GENERIC_HEAD T1("198.51.100.7") GENERIC_STATIC("169.254.77.17") T2("198.51.100.7")
		      GENERIC_STATIC("169.254.77.129"),
	    0);
	assert_true(vpn.static_only);
	assert_false(vpn.tunnel[0].bgp);
	assert_string_equal(vpn.tunnel[1].psk, "Second_key.of.Tests02");
}

static void test_one_tunnel_alone(void **state)
{
	must_read(GENERIC_HEAD T1("198.51.100.7") GENERIC_BGP("65010", "169.254.77.17"), 0);
	assert_int_equal(vpn.tunnel_count, 1);
	assert_non_null(strstr(vpn.warning, "one tunnel"));
}

static void test_damaged_text_is_refused_and_the_field_named(void **state)
{
	static const char *const damage[][3] = {
	    {"Group 2\n\n#2", "none\n\n#2", "Diffie-Hellman names no group"},
	    {": 28800 seconds", ": soon", "ike/lifetime (soon) is not a number"},
	    {"- Lifetime                 : 3600 seconds\n", "", "ipsec/lifetime is missing"},
	    {"169.254.77.18/30", "169.254.77.18", "Customer Gateway has no prefix length"},
	    {"169.254.77.18/30", "169.254.77.18/24", "is not 30"},
	    {"203.0.113.84", "203.0.113.21", "is the same as tunnel 1's"},
	    {"First_key.for.Tests0001", "short", "pre_shared_key is not 8 to 64"},
	    {": IKEv1", ": IKEv2", "other than IKEv1"},
	    {"ASN : 64512", "ASN : 0", "is not in 1.."},
	    {"- DPD Retries", "- DPD Interval : 10\n- DPD Retries", "is given twice"},
	    {"IPsec Tunnel #2", "IPsec Tunnel #2\nIPsec Tunnel #3", "more than two tunnels"},
	};

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		char *text = fixture_replace(GENERIC, damage[i][0], damage[i][1], 1);

		refused(text, damage[i][2]);
		assert_null(strstr(error, "key.for"));
		free(text);
	}
}

static void test_what_is_neither_is_said(void **state)
{
	refused("", "no file of AWS");
	refused("hello\n", "no file of AWS");
	refused("# a comment\ntunnel select 1\nipsec ike group 1 modp1024\n",
	    "commands of this console");
	refused("<html>", "root is not vpn_connection");
	refused("<Response><Errors/></Response>", "root is not vpn_connection");
	refused("<!DOCTYPE x><vpn_connection id='a'/>", "DOCTYPE");
}

static void test_a_long_file_is_refused(void **state)
{
	char *text = malloc(VPN_FILE_BYTES + 2);

	memset(text, 'x', VPN_FILE_BYTES + 1);
	text[VPN_FILE_BYTES + 1] = '\0';
	refused(text, "1 MiB");
	free(text);
}

/* A cut anywhere is read or refused, never worse. */
/* What is taken of it is whole tunnels, as they are in the whole text; but for the very last
 * number, of which nobody can tell that it went on. */
static void test_text_cut_at_every_byte(void **state)
{
	static struct vpn_connection whole;
	unsigned taken = 0;

	must_read(GENERIC, 0);
	whole = vpn;
	for (size_t n = 0; n < sizeof(GENERIC); n++) {
		char *text = malloc(n + 1); /* so that a read past it is seen */
		bool ok;

		memcpy(text, GENERIC, n);
		ok = vpn_file_read(text, n, 0, &vpn, error) == VPN_OK;
		free(text);
		for (uint32_t i = 0; ok && i < vpn.tunnel_count; i++) {
			if (vpn.tunnel[i].hold_time_sec == 3)
				vpn.tunnel[i].hold_time_sec = whole.tunnel[i].hold_time_sec;
			assert_memory_equal(
			    &vpn.tunnel[i], &whole.tunnel[i], sizeof(vpn.tunnel[i]));
		}
		taken += ok;
	}
	/* Behind either tunnel, and while nothing but the heading of the second has come. */
	assert_in_range(taken, 2, 40);
}

/* ---- the download ---- */

static struct device_file *file;
static struct aws_task_action action;

static void step(int status, const char *body)
{
	const struct aws_answer answer = {status, body, body ? strlen(body) : 0};

	device_file_task(file)->step(device_file_task(file), body ? &answer : NULL, &action);
}

#define TYPE(id, vendor)                                                                           \
	"<item><vpnConnectionDeviceTypeId>" id "</vpnConnectionDeviceTypeId><vendor>" vendor       \
	"</vendor><platform>x</platform></item>"
#define TYPES(items)                                                                               \
	"<GetVpnConnectionDeviceTypesResponse><vpnConnectionDeviceTypeSet>" items                  \
	"</vpnConnectionDeviceTypeSet></GetVpnConnectionDeviceTypesResponse>"
#define SAMPLE(text)                                                                               \
	"<GetVpnConnectionDeviceSampleConfigurationResponse>"                                      \
	"<vpnConnectionDeviceSampleConfiguration>" text                                            \
	"</vpnConnectionDeviceSampleConfiguration>"                                                \
	"</GetVpnConnectionDeviceSampleConfigurationResponse>"

static void until_types(enum device_file_kind kind)
{
	assert_int_equal(device_file_new(FIXTURE_ID, kind, &file, error), 0);
	step(0, NULL);
	assert_string_equal(
	    action.ask->body, "Action=GetVpnConnectionDeviceTypes&Version=2016-11-15");
}

static void test_the_file_of_the_right_vendor_is_fetched(void **state)
{
	until_types(DEVICE_FILE_YAMAHA);
	step(200, TYPES(TYPE("1a", "Generic") TYPE("2b", "YAMAHA") TYPE("3c", "Juniper")));
	assert_string_equal(action.ask->body,
	    "Action=GetVpnConnectionDeviceSampleConfiguration&Version=2016-11-15"
	    "&VpnConnectionId=" FIXTURE_ID "&VpnConnectionDeviceTypeId=2b"
	    "&InternetKeyExchangeVersion=ikev1");
	step(200, SAMPLE("\n# a &lt;id&gt;\ntunnel select 1\n"));
	assert_int_equal(action.type, AWS_TASK_DONE);
	assert_string_equal(device_file_text(file), "# a <id>\ntunnel select 1\n");
	device_file_task(file)->free(device_file_task(file));
}

static void test_no_file_is_said(void **state)
{
	static const struct {
		int status;
		const char *types, *sample, *why;
	} row[] = {
	    {200, TYPES(TYPE("1a", "Generic")), NULL, "AWS has no file for a device of Yamaha"},
	    {403,
		"<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors>"
		"</Response>",
		NULL, "AWS refused: UnauthorizedOperation"},
	    {200, "<x/>", NULL, "root is not GetVpnConnectionDeviceTypesResponse"},
	    {200, TYPES(TYPE("2b", "Yamaha")), SAMPLE(""), "no file in it"},
	    {200, TYPES(TYPE("2b", "Yamaha")), "<a><b></a>", "line 1"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		until_types(DEVICE_FILE_YAMAHA);
		step(row[i].status, row[i].types);
		if (row[i].sample)
			step(200, row[i].sample);
		assert_int_equal(action.type, AWS_TASK_FAILED);
		if (!strstr(action.why, row[i].why))
			fail_msg("\"%s\" has no \"%s\"", action.why, row[i].why);
		device_file_task(file)->free(device_file_task(file));
	}
	assert_int_equal(device_file_new("", DEVICE_FILE_GENERIC, &file, error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_generic_text_is_the_same_connection_as_its_xml),
	    cmocka_unit_test(test_xml_documents_of_both_kinds),
	    cmocka_unit_test(test_lines_may_end_as_on_any_system),
	    cmocka_unit_test(test_our_as_number_comes_from_outside_where_there_is_a_placeholder),
	    cmocka_unit_test(test_C02_escapes_of_a_file_are_shown_as_text),
	    cmocka_unit_test(test_static_text_has_no_bgp),
	    cmocka_unit_test(test_one_tunnel_alone),
	    cmocka_unit_test(test_damaged_text_is_refused_and_the_field_named),
	    cmocka_unit_test(test_what_is_neither_is_said),
	    cmocka_unit_test(test_a_long_file_is_refused),
	    cmocka_unit_test(test_text_cut_at_every_byte),
	    cmocka_unit_test(test_the_file_of_the_right_vendor_is_fetched),
	    cmocka_unit_test(test_no_file_is_said),
	};

	return cmocka_run_group_tests_name("aws/vpn_file", tests, NULL, NULL);
}
