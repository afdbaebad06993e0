/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading the answer of DescribeVpnConnections: the sound ones, and every way of being wrong. */
#include "tests/unit/aws/vpn_fixture.h"

#include "control/aws/xml.h"

static struct vpn_connection vpn;
static char error[VPN_ERROR];

static void assert_refused(enum vpn_result got, enum vpn_result want, const char *says)
{
	static const struct vpn_connection nothing;

	if (got != want || !strstr(error, says))
		fail_msg(
		    "result %d (wanted %d), error \"%s\" (wanted \"%s\")", got, want, error, says);
	assert_memory_equal(&vpn, &nothing, sizeof(vpn)); /* nothing of it can be used by mistake */
	assert_null(strstr(error, "First_"));             /* keys are never shown */
	assert_null(strstr(error, "Second_"));
	assert_null(strstr(error, "Seven_"));
}

static void assert_body_refused(
    const char *body, size_t bytes, enum vpn_result want, const char *says)
{
	assert_refused(vpn_parse(body, bytes, FIXTURE_ID, &vpn, error), want, says);
}

static void assert_address(const struct ip_addr *addr, const char *text)
{
	char got[IP_ADDR_TEXT_BYTES];

	assert_string_equal(ip_addr_format(addr, got), text);
}

/* ---- what is right ---- */

static void test_two_bgp_tunnels(void **state)
{
	const struct vpn_tunnel *t = &vpn.tunnel[0];

	assert_int_equal(fixture_parse(FIXTURE_INNER, "", &vpn, error), VPN_OK);
	assert_string_equal(error, "");
	assert_string_equal(vpn.warning, "");
	assert_string_equal(vpn.id, FIXTURE_ID);
	assert_string_equal(vpn.state, "available");
	assert_false(vpn.static_only);
	assert_int_equal(vpn.tunnel_count, 2);
	assert_address(&t->cgw_outside, "198.51.100.7");
	assert_address(&t->vgw_outside, "203.0.113.21");
	assert_address(&t->cgw_inside.addr, "169.254.77.18");
	assert_int_equal(t->cgw_inside.length, 30);
	assert_address(&t->vgw_inside, "169.254.77.17");
	assert_true(t->bgp);
	assert_int_equal(t->cgw_asn, 65010);
	assert_int_equal(t->vgw_asn, 64512);
	assert_int_equal(t->hold_time_sec, 30);
	assert_string_equal(t->ike_hash, "sha1");
	assert_string_equal(t->ike_encr, "aes-128-cbc");
	assert_string_equal(t->ike_group, "group2");
	assert_int_equal(t->ike_lifetime_sec, 28800);
	assert_string_equal(t->psk, "First_key.for.Tests0001");
	assert_string_equal(t->esp_auth, "hmac-sha1-96");
	assert_int_equal(t->esp_lifetime_sec, 3600);
	assert_true(t->clear_df);
	assert_int_equal(t->mss, 1379);
	assert_int_equal(t->dpd_interval_sec, 10);
	assert_int_equal(t->dpd_retries, 3);
	assert_false(t->options.present);
	assert_address(&vpn.tunnel[1].vgw_outside, "203.0.113.84");
	assert_string_equal(vpn.tunnel[1].psk, "Second_key.of.Tests02");
}

static void test_spaces_and_unknown_elements_do_not_matter(void **state)
{
	char *spaced = fixture_replace(FIXTURE_INNER, "<asn>65010</asn>",
	    "<asn>\n\t 65010 \r\n</asn><colour shade='1'>red<asn>7</asn></colour>", 0);
	char *inner = fixture_replace(spaced, "<pre_shared_key>First_key.for.Tests0001<",
	    "<pre_shared_key>  First_key.for.Tests0001\n<", 1);

	assert_int_equal(fixture_parse(inner, "<newField>x</newField>", &vpn, error), VPN_OK);
	assert_int_equal(vpn.tunnel[1].cgw_asn, 65010);
	assert_string_equal(vpn.tunnel[0].psk, "First_key.for.Tests0001");
	free(spaced);
	free(inner);
}

static void test_order_is_that_of_the_document(void **state)
{
	assert_int_equal(
	    fixture_parse(FIXTURE_INNER_HEAD FIXTURE_TUNNEL_2 FIXTURE_TUNNEL_1 "</vpn_connection>",
		"", &vpn, error),
	    VPN_OK);
	assert_address(&vpn.tunnel[0].vgw_outside, "203.0.113.84");
	assert_address(&vpn.tunnel[1].vgw_outside, "203.0.113.21");
}

static void test_static_connection_needs_no_bgp(void **state)
{
	static const char attributes[] = "<vpn_connection_type>ipsec.1</vpn_connection_type>"
					 "<vpn_connection_attributes>NoBGPVPNConnection"
					 "</vpn_connection_attributes>";
	char *a = fixture_replace(
	    FIXTURE_INNER, "<vpn_connection_type>ipsec.1</vpn_connection_type>", attributes, 1);
	char *b = fixture_replace(a, "<bgp><asn>65010</asn><hold_time>30</hold_time></bgp>", "", 0);
	char *c = fixture_replace(b, "<bgp><asn>64512</asn><hold_time>30</hold_time></bgp>", "", 0);

	assert_int_equal(fixture_parse(c, "", &vpn, error), VPN_OK);
	assert_true(vpn.static_only);
	assert_false(vpn.tunnel[0].bgp);
	assert_int_equal(vpn.tunnel[1].cgw_asn, 0);
	free(a);
	free(b);
	free(c);
}

static void test_transit_gateway_has_no_vpn_gateway(void **state)
{
	char *outer =
	    fixture_replace(FIXTURE_OUTER, "<vpnGatewayId>vgw-0f0e0d0c0b0a09080</vpnGatewayId>",
		"<transitGatewayId>tgw-0123</transitGatewayId>", 1);
	char *inner = fixture_replace(FIXTURE_INNER, " vgw-0f0e0d0c0b0a09080 ", "", 1);
	char *body = fixture_body(outer, inner, "");

	assert_int_equal(vpn_parse(body, strlen(body), FIXTURE_ID, &vpn, error), VPN_OK);
	assert_int_equal(vpn.tunnel_count, 2);
	free(outer);
	free(inner);
	free(body);
}

static void test_options_go_to_the_tunnel_of_their_outside_address(void **state)
{
	static const char options[] =
	    "<tunnelOptionSet>"
	    "<item><outsideIpAddress>203.0.113.84</outsideIpAddress>"
	    "<tunnelInsideCidr>169.254.77.128/30</tunnelInsideCidr>"
	    "<preSharedKey>Another_key.ignored</preSharedKey>"
	    "<phase1EncryptionAlgorithmSet><item><value>AES256</value></item>"
	    "<item><value>AES256-GCM-16</value></item></phase1EncryptionAlgorithmSet>"
	    "<phase2DHGroupNumberSet><item><value>14</value></item></phase2DHGroupNumberSet>"
	    "<ikeVersionSet><item><value>ikev1</value></item></ikeVersionSet>"
	    "<phase2LifetimeSeconds>1800</phase2LifetimeSeconds>"
	    "<replayWindowSize>1024</replayWindowSize><dpdTimeoutAction>restart</dpdTimeoutAction>"
	    "</item><item><outsideIpAddress>203.0.113.21</outsideIpAddress></item></"
	    "tunnelOptionSet>";
	const struct vpn_options *o = &vpn.tunnel[1].options;

	assert_int_equal(fixture_parse(FIXTURE_INNER, options, &vpn, error), VPN_OK);
	assert_true(vpn.tunnel[0].options.present);
	assert_int_equal(vpn.tunnel[0].options.encryption[0].count, 0);
	assert_true(o->present);
	assert_int_equal(o->encryption[0].count, 2);
	assert_string_equal(o->encryption[0].value[1], "AES256-GCM-16");
	assert_string_equal(o->group[1].value[0], "14");
	assert_string_equal(o->ike_version.value[0], "ikev1");
	assert_int_equal(o->lifetime_sec[1], 1800);
	assert_string_equal(vpn.tunnel[1].psk, "Second_key.of.Tests02");
}

static void test_A17_lifetimes_of_the_options_are_limited_too(void **state)
{
#define LIFETIME(name, value)                                                                      \
	"<tunnelOptionSet><item/><item><outsideIpAddress>203.0.113.84</outsideIpAddress><" name    \
	">" value "</" name "></item></tunnelOptionSet>"
	static const struct {
		const char *options, *says;
	} rows[] = {
	    {LIFETIME("phase1LifetimeSeconds", "0"), "tunnel 2: phase1LifetimeSeconds (0)"},
	    {LIFETIME("phase1LifetimeSeconds", "299"), "is not in 300..691200"},
	    {LIFETIME("phase2LifetimeSeconds", "691201"), "phase2LifetimeSeconds (691201)"},
	    {LIFETIME("phase2LifetimeSeconds", "-1"), "is not a number"},
	    {LIFETIME("phase2LifetimeSeconds", "4294967596"), "is not in 300..691200"},
	    {LIFETIME("phase2LifetimeSeconds", "99999999999999999999"), "is not a number"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(fixture_parse(FIXTURE_INNER, rows[i].options, &vpn, error),
		    VPN_COMMAND_ILLEGAL, rows[i].says);
	assert_int_equal(
	    fixture_parse(FIXTURE_INNER, LIFETIME("phase1LifetimeSeconds", "300"), &vpn, error),
	    VPN_OK);
	assert_int_equal(vpn.tunnel[1].options.lifetime_sec[0], 300);
#undef LIFETIME
}

static void test_pending_is_applied_with_a_warning(void **state)
{
	char *outer = fixture_replace(FIXTURE_OUTER, "available", "pending", 1);
	char *body = fixture_body(outer, FIXTURE_INNER, "");

	assert_int_equal(vpn_parse(body, strlen(body), FIXTURE_ID, &vpn, error), VPN_OK);
	assert_non_null(strstr(vpn.warning, "pending"));
	free(outer);
	free(body);
}

/* ---- A15: the document as XML ---- */

static void test_A15_doctype_is_refused_outside_and_inside(void **state)
{
	char *body = fixture_body(FIXTURE_OUTER, FIXTURE_INNER, "");
	char *with = fixture_replace(
	    body, "?>\n<Describe", "?>\n<!DOCTYPE DescribeVpnConnectionsResponse>\n<Describe", 1);
	char *inner = fixture_replace(
	    FIXTURE_INNER, "?>\n", "?>\n<!DOCTYPE vpn_connection [<!ENTITY a \"1379\">]>\n", 1);

	assert_body_refused(with, strlen(with), VPN_ILLEGAL_XML, "DOCTYPE");
	assert_refused(fixture_parse(inner, "", &vpn, error), VPN_ILLEGAL_XML, "DOCTYPE");
	free(body);
	free(with);
	free(inner);
}

static void test_A15_entities_are_never_expanded(void **state)
{
	static const char laughs[] =
	    "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b "
	    "\"&a;&a;&a;&a;&a;&a;\">"
	    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;\">]>"
	    "<DescribeVpnConnectionsResponse>&d;</DescribeVpnConnectionsResponse>";
	static const char external[] =
	    "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
	    "<DescribeVpnConnectionsResponse>&x;</DescribeVpnConnectionsResponse>";
	static const char parameter[] =
	    "<!DOCTYPE r SYSTEM \"http://198.51.100.1/evil.dtd\"><DescribeVpnConnectionsResponse/>";
	static const char undefined[] =
	    "<DescribeVpnConnectionsResponse>&nbsp;</DescribeVpnConnectionsResponse>";

	assert_body_refused(laughs, strlen(laughs), VPN_ILLEGAL_XML, "DOCTYPE");
	assert_body_refused(external, strlen(external), VPN_ILLEGAL_XML, "DOCTYPE");
	assert_body_refused(parameter, strlen(parameter), VPN_ILLEGAL_XML, "DOCTYPE");
	assert_body_refused(undefined, strlen(undefined), VPN_ILLEGAL_XML, "undefined entity");
}

static void test_A15_depth_is_limited(void **state)
{
	size_t depth = 10000, at = 0;
	char *deep = malloc(depth * 8 + 128);

	assert_non_null(deep);
	at += (size_t)sprintf(deep, "<DescribeVpnConnectionsResponse>");
	for (size_t i = 0; i < depth; i++)
		at += (size_t)sprintf(deep + at, "<a>");
	for (size_t i = 0; i < depth; i++)
		at += (size_t)sprintf(deep + at, "</a>");
	at += (size_t)sprintf(deep + at, "</DescribeVpnConnectionsResponse>");
	assert_body_refused(deep, at, VPN_ILLEGAL_XML, "too deep");
	free(deep);
}

/* A document with `bytes` times 'x' between `before` and `after`. */
static void refuse_long(const char *before, const char *after, size_t bytes, const char *says)
{
	size_t head = strlen(before), tail = strlen(after);
	char *doc = malloc(head + bytes + tail + 1);

	assert_non_null(doc);
	memcpy(doc, before, head);
	memset(doc + head, 'x', bytes);
	memcpy(doc + head + bytes, after, tail + 1);
	assert_body_refused(doc, head + bytes + tail, VPN_ILLEGAL_XML, says);
	free(doc);
}

static void test_A15_tokens_and_documents_are_limited(void **state)
{
	static const char open[] = "<DescribeVpnConnectionsResponse>";
	static const char close[] = "</DescribeVpnConnectionsResponse>";

	refuse_long(open, close, XML_TOKEN_MAX + 1, "text is too long");
	refuse_long("<DescribeVpnConnectionsResponse><", "/></DescribeVpnConnectionsResponse>",
	    XML_NAME_MAX + 1, "name is too long");
	refuse_long("<DescribeVpnConnectionsResponse a='", "'/>", XML_TOKEN_MAX + 1,
	    "attributes are too long");
	refuse_long("<!--", "--><DescribeVpnConnectionsResponse/>", XML_TOKEN_MAX + 1,
	    "comment is too long");
	refuse_long("<?p ", "?><DescribeVpnConnectionsResponse/>", XML_TOKEN_MAX + 1,
	    "instruction is too long");
	refuse_long(open, close, 10 * 1000 * 1000, "longer than");
}

static void test_A15_only_utf8_is_read(void **state)
{
	static const char utf16[] = "\xff\xfe<\0r\0/\0>\0";
	static const char utf16_be[] = "\xfe\xff\0<\0r\0/\0>";
	static const char bad_utf8[] =
	    "<DescribeVpnConnectionsResponse>\xc3\x28</DescribeVpnConnectionsResponse>";
	static const char overlong[] =
	    "<DescribeVpnConnectionsResponse>\xc0\xbc</DescribeVpnConnectionsResponse>";
	static const char surrogate[] =
	    "<DescribeVpnConnectionsResponse>\xed\xa0\x80</DescribeVpnConnectionsResponse>";
	static const char latin[] = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"
				    "<DescribeVpnConnectionsResponse/>";
	static const char claims_utf16[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>"
					   "<DescribeVpnConnectionsResponse/>";

	assert_body_refused(utf16, sizeof(utf16) - 1, VPN_ILLEGAL_XML, "UTF-8");
	assert_body_refused(utf16_be, sizeof(utf16_be) - 1, VPN_ILLEGAL_XML, "UTF-8");
	assert_body_refused(bad_utf8, strlen(bad_utf8), VPN_ILLEGAL_XML, "line 1");
	assert_body_refused(overlong, strlen(overlong), VPN_ILLEGAL_XML, "line 1");
	assert_body_refused(surrogate, strlen(surrogate), VPN_ILLEGAL_XML, "line 1");
	assert_body_refused(latin, strlen(latin), VPN_ILLEGAL_XML, "UTF-8");
	assert_body_refused(claims_utf16, strlen(claims_utf16), VPN_ILLEGAL_XML, "UTF-8");
}

static void test_A15_wrong_root_and_not_xml(void **state)
{
	static const char html[] = "<html><body><p>Sign in<br></body></html>";
	static const char root[] = "<DescribeVpcsResponse/>";

	assert_body_refused(html, strlen(html), VPN_ILLEGAL_XML, "root");
	assert_body_refused(root, strlen(root), VPN_ILLEGAL_XML, "root");
	assert_body_refused("{}", 2, VPN_ILLEGAL_XML, "line 1");
	assert_body_refused("", 0, VPN_ILLEGAL_XML, "line 1");
}

static void test_A15_every_truncation_is_refused(void **state)
{
	char *body = fixture_body(FIXTURE_OUTER, FIXTURE_INNER, "");
	size_t whole = strlen(body) - 1; /* the document's own last byte is a newline */

	for (size_t bytes = 0; bytes < whole; bytes += bytes < 300 || bytes > whole - 300 ? 1 : 37)
		assert_body_refused(body, bytes, VPN_ILLEGAL_XML, "line");
	free(body);
}

/* ---- A16: the configuration in it ---- */

static void test_A16_malformed_configuration(void **state)
{
	char *twice = fixture_escape(FIXTURE_INNER);
	char *cut = strdup(FIXTURE_INNER);

	assert_non_null(cut);
	cut[strlen(cut) / 2] = '\0';
	assert_refused(fixture_parse(cut, "", &vpn, error), VPN_COMMAND_ILLEGAL,
	    "customerGatewayConfiguration");
	assert_refused(fixture_parse(twice, "", &vpn, error), VPN_COMMAND_ILLEGAL,
	    "customerGatewayConfiguration");
	assert_refused(
	    fixture_parse("<vpn_connections/>", "", &vpn, error), VPN_COMMAND_ILLEGAL, "root");
	assert_refused(
	    fixture_parse("<vpn_connection/>", "", &vpn, error), VPN_COMMAND_ILLEGAL, "id");
	assert_refused(fixture_parse("<?xml version=\"1.0\"?>", "", &vpn, error),
	    VPN_COMMAND_ILLEGAL, "customerGatewayConfiguration");
	free(twice);
	free(cut);
}

static void test_A16_absent_configuration(void **state)
{
	static const char *const whole =
	    "<customerGatewayConfiguration>@CONFIG@</customerGatewayConfiguration>";
	static const char *const with[] = {"", "<customerGatewayConfiguration/>",
	    "<customerGatewayConfiguration>  \n </customerGatewayConfiguration>"};

	for (size_t i = 0; i < 3; i++) {
		char *outer = fixture_replace(FIXTURE_OUTER, whole, with[i], 1);

		assert_body_refused(outer, strlen(outer), VPN_COMMAND_ILLEGAL,
		    "customerGatewayConfiguration is missing");
		free(outer);
	}
}

/* ---- A17: its fields ---- */

#define KEY(text)  "<pre_shared_key>" text "</pre_shared_key>"
#define SEVEN      "Seven_7"
#define SIXTY_FIVE "A234567890123456789012345678901234567890123456789012345678901234B"

static const struct damage {
	const char *old, *with;
	unsigned nth;
	const char *says;
} damages[] = {
    /* missing and duplicated */
    {"<asn>65010</asn>", "", 1, "tunnel 1: customer_gateway/bgp/asn is missing"},
    {"<asn>65010</asn>", "<asn/>", 2, "tunnel 2: customer_gateway/bgp/asn is empty"},
    {"<ip_address>203.0.113.84</ip_address>", "", 1,
	"tunnel 2: vpn_gateway/tunnel_outside_address/ip_address is missing"},
    {"<lifetime>3600</lifetime>", "", 1, "tunnel 1: ipsec/lifetime is missing"},
    {"<tcp_mss_adjustment>1379</tcp_mss_adjustment>", "", 2,
	"tunnel 2: ipsec/tcp_mss_adjustment is missing"},
    {KEY("Second_key.of.Tests02"), "", 1, "tunnel 2: ike/pre_shared_key is missing"},
    {"<network_cidr>30</network_cidr>", "", 1, "network_cidr is missing"},
    {"<lifetime>28800</lifetime>", "<lifetime>28800</lifetime><lifetime>3600</lifetime>", 2,
	"tunnel 2: ike/lifetime is given twice"},
    {KEY("First_key.for.Tests0001"), KEY("First_key.for.Tests0001") KEY("Other_key.for.Tests01"), 1,
	"tunnel 1: ike/pre_shared_key is given twice"},
    {"<mode>tunnel</mode>", "<mode>tunnel</mode><mode>transport</mode>", 1,
	"tunnel 1: ipsec/mode is given twice"},
    /* inside addresses */
    {"<network_cidr>30</network_cidr>", "<network_cidr>29</network_cidr>", 1, "(29) is not 30"},
    {"<network_cidr>30</network_cidr>", "<network_cidr>3O</network_cidr>", 3,
	"tunnel 2: customer_gateway/tunnel_inside_address/network_cidr (3O) is not a number"},
    {"255.255.255.252", "255.255.255.0", 2, "does not agree with network_cidr"},
    {"169.254.77.18", "169.254.77.19", 1, "is not a host address"},
    {"169.254.77.18", "169.254.77.22", 1, "is in another /30"},
    {"169.254.77.18", "169.254.77.17", 1, "own address"},
    {"169.254.77.18", "10.0.0.2", 1, "is not in 169.254.0.0/16"},
    {"169.254.77.18", "169.254.0.2", 1, "reserves"},
    {"169.254.77.17", "169.254.5.1", 1, "reserves"},
    {"169.254.77.17", "169.254.169.254", 1, "reserves"},
    {"169.254.77.18", "169.254.77.18/30", 1, "is not an IP address"},
    {"169.254.77.18", "169.254.077.18", 1, "is not an IP address"},
    /* outside addresses */
    {"203.0.113.21", "10.1.2.3", 1, "is private"},
    {"203.0.113.21", "172.16.0.1", 1, "is private"},
    {"203.0.113.21", "192.168.1.1", 1, "is private"},
    {"198.51.100.7", "192.168.1.1", 2, "tunnel 2: customer_gateway/tunnel_outside_address"},
    {"203.0.113.21", "127.0.0.1", 1, "cannot be an outside address"},
    {"203.0.113.21", "169.254.169.254", 1, "cannot be an outside address"},
    {"203.0.113.21", "224.0.0.5", 1, "cannot be an outside address"},
    {"203.0.113.21", "255.255.255.255", 1, "cannot be an outside address"},
    {"203.0.113.21", "0.0.0.0", 1, "cannot be an outside address"},
    {"203.0.113.21", "2001:db8::1", 1, "is not an IPv4 address"},
    {"203.0.113.21", "aws.example", 1, "(aws.example) is not an IP address"},
    {"203.0.113.21", "198.51.100.7", 1, "own address"},
    {"203.0.113.84", "203.0.113.21", 1, "is the same as tunnel 1's"},
    {"169.254.77.130</ip", "169.254.77.18</ip", 1, "tunnel 2"},
    /* BGP */
    {"<asn>65010</asn>", "<asn>0</asn>", 1, "customer_gateway/bgp/asn (0) is not in"},
    {"<asn>64512</asn>", "<asn>0</asn>", 2, "tunnel 2: vpn_gateway/bgp/asn (0)"},
    {"<asn>64512</asn>", "<asn>4294967295</asn>", 1, "is not in"},
    {"<asn>64512</asn>", "<asn>4294967296</asn>", 1, "is not in"},
    {"<asn>64512</asn>", "<asn>99999999999999999999</asn>", 1, "is not a number"},
    {"<asn>64512</asn>", "<asn>-1</asn>", 1, "is not a number"},
    {"<asn>64512</asn>", "<asn>23456</asn>", 1, "is a reserved AS number"},
    {"<asn>65010</asn>", "<asn>65011</asn>", 2, "differs from tunnel 1's"},
    {"<hold_time>30</hold_time>", "<hold_time>2</hold_time>", 1, "hold_time (2)"},
    /* IKE and IPsec */
    {KEY("First_key.for.Tests0001"), KEY(SEVEN), 1, "is not 8 to 64 characters"},
    {KEY("First_key.for.Tests0001"), KEY(SIXTY_FIVE), 1, "is not 8 to 64 characters"},
    {KEY("First_key.for.Tests0001"), KEY("First_key for.Tests"), 1, "does not allow"},
    {KEY("First_key.for.Tests0001"), KEY("First_key\"; reboot"), 1, "does not allow"},
    {KEY("First_key.for.Tests0001"), KEY("First_k\xc3\xa9y.Tests"), 1, "does not allow"},
    {"<lifetime>28800</lifetime>", "<lifetime>0</lifetime>", 1, "ike/lifetime (0)"},
    {"<lifetime>3600</lifetime>", "<lifetime>0</lifetime>", 2, "tunnel 2: ipsec/lifetime (0)"},
    {"<lifetime>3600</lifetime>", "<lifetime>4294967295</lifetime>", 1, "ipsec/lifetime"},
    {">1379<", ">0<", 1, "ipsec/tcp_mss_adjustment (0) is not in 536..1460"},
    {">1379<", ">65535<", 2, "tunnel 2: ipsec/tcp_mss_adjustment (65535)"},
    {"<protocol>esp</protocol>", "<protocol>ah</protocol>", 1, "ipsec/protocol (ah) is not esp"},
    {"<mode>main</mode>", "<mode>aggressive</mode>", 1, "is not main"},
    {"<mode>tunnel</mode>", "<mode>transport</mode>", 1, "is not tunnel"},
    {"<clear_df_bit>true</clear_df_bit>", "<clear_df_bit>maybe</clear_df_bit>", 1, "neither"},
    {"<interval>10</interval>", "<interval>0</interval>", 1, "dead_peer_detection/interval (0)"},
    {"<retries>3</retries>", "<retries>0</retries>", 1, "dead_peer_detection/retries (0)"},
    {">sha1<", ">sha1; reboot<", 1, "is not a name"},
    {"ipsec.1", "ipsec.2", 1, "vpn_connection_type"},
};

static void test_A17_every_illegal_field_is_named(void **state)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *d = &damages[i];
		char *inner = fixture_replace(FIXTURE_INNER, d->old, d->with, d->nth);

		assert_refused(fixture_parse(inner, "", &vpn, error), VPN_COMMAND_ILLEGAL, d->says);
		free(inner);
	}
}

static void test_A17_none_three_and_one_tunnel(void **state)
{
	assert_refused(fixture_parse(FIXTURE_INNER_HEAD "</vpn_connection>", "", &vpn, error),
	    VPN_COMMAND_ILLEGAL, "ipsec_tunnel: there are 0");
	assert_refused(
	    fixture_parse(FIXTURE_INNER_HEAD FIXTURE_TUNNEL_1 FIXTURE_TUNNEL_2 FIXTURE_TUNNEL_3
		"</vpn_connection>",
		"", &vpn, error),
	    VPN_COMMAND_ILLEGAL, "ipsec_tunnel: there are 3");
	assert_int_equal(
	    fixture_parse(FIXTURE_INNER_HEAD FIXTURE_TUNNEL_1 "</vpn_connection>", "", &vpn, error),
	    VPN_OK);
	assert_int_equal(vpn.tunnel_count, 1);
	assert_non_null(strstr(vpn.warning, "one tunnel"));
}

static void test_A17_private_outside_address_only_where_the_options_say_so(void **state)
{
	char *inner = fixture_replace(FIXTURE_INNER, "203.0.113.21", "10.1.2.3", 1);

	assert_int_equal(
	    fixture_parse(
		inner, "<outsideIpAddressType>PrivateIpv4</outsideIpAddressType>", &vpn, error),
	    VPN_OK);
	assert_true(vpn.outside_private);
	assert_refused(fixture_parse(inner,
			   "<outsideIpAddressType>PublicIpv4</outsideIpAddressType>", &vpn, error),
	    VPN_COMMAND_ILLEGAL, "is private");
	free(inner);
}

static void test_key_in_secrets_manager_is_said(void **state)
{
	char *outer = fixture_replace(FIXTURE_OUTER, "<type>",
	    "<preSharedKeyArn>arn:aws:secretsmanager:x</preSharedKeyArn><type>", 1);
	char *inner = fixture_replace(FIXTURE_INNER, KEY("First_key.for.Tests0001"), KEY(""), 1);
	char *body = fixture_body(outer, inner, "");

	assert_int_equal(vpn_parse(body, strlen(body), FIXTURE_ID, &vpn, error), VPN_OK);
	assert_string_equal(vpn.psk_arn, "arn:aws:secretsmanager:x");
	assert_string_equal(vpn.tunnel[0].psk, "");
	assert_string_equal(vpn.tunnel[1].psk, "Second_key.of.Tests02");
	free(outer);
	free(inner);
	free(body);
}

/* ---- A18: the connection ---- */

static void refuse_outer(const char *old, const char *with, enum vpn_result want, const char *says)
{
	char *outer = fixture_replace(FIXTURE_OUTER, old, with, 1);
	char *body = fixture_body(outer, FIXTURE_INNER, "");

	assert_body_refused(body, strlen(body), want, says);
	free(outer);
	free(body);
}

static void test_A18_only_a_living_connection_is_applied(void **state)
{
	refuse_outer("available", "deleting", VPN_ILLEGAL_RESPONSE, "state is deleting");
	refuse_outer("available", "deleted", VPN_ILLEGAL_RESPONSE, "state is deleted");
	refuse_outer("available", "\xe2\x98\x83", VPN_ILLEGAL_RESPONSE, "state is");
	refuse_outer("<state>available</state>", "", VPN_ILLEGAL_RESPONSE, "state is missing");
	refuse_outer("<state>available</state>", "<state>available</state><state>deleted</state>",
	    VPN_ILLEGAL_RESPONSE, "state is given twice");
}

static void test_A18_another_connection_is_not_applied(void **state)
{
	char *inner = fixture_replace(FIXTURE_INNER, FIXTURE_ID, "vpn-99999999", 1);

	refuse_outer(FIXTURE_ID, "vpn-99999999", VPN_ILLEGAL_RESPONSE, "(vpn-99999999)");
	assert_refused(
	    fixture_parse(inner, "", &vpn, error), VPN_ILLEGAL_RESPONSE, "(vpn-99999999)");
	refuse_outer("<vpnConnectionId>" FIXTURE_ID "</vpnConnectionId>", "", VPN_ILLEGAL_RESPONSE,
	    "another");
	free(inner);
}

static void test_A18_none_two_and_a_hundred_connections(void **state)
{
	char *item = fixture_body(FIXTURE_ITEM, FIXTURE_INNER, "");
	char *many = malloc(strlen(FIXTURE_OUTER_HEAD) + 100 * strlen(item) + 200);
	size_t at;

	assert_non_null(many);
	assert_body_refused(FIXTURE_OUTER_HEAD FIXTURE_OUTER_TAIL,
	    strlen(FIXTURE_OUTER_HEAD FIXTURE_OUTER_TAIL), VPN_ILLEGAL_RESPONSE,
	    "no VPN connection");
	at = (size_t)sprintf(many, FIXTURE_OUTER_HEAD "%s%s" FIXTURE_OUTER_TAIL, item, item);
	assert_body_refused(many, at, VPN_ILLEGAL_RESPONSE, "2 VPN connections");
	at = (size_t)sprintf(many, "%s", FIXTURE_OUTER_HEAD);
	for (int i = 0; i < 100; i++)
		at += (size_t)sprintf(many + at, "%s", item);
	at += (size_t)sprintf(many + at, "%s", FIXTURE_OUTER_TAIL);
	assert_body_refused(many, at, VPN_ILLEGAL_RESPONSE, "100 VPN connections");
	free(item);
	free(many);
}

/* ---- A12: AWS says no ---- */

static void test_A12_error_documents_of_both_kinds(void **state)
{
	static const char ec2[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
	    "<Code>InvalidVpnConnectionID.NotFound</Code><Message>The vpnConnection ID "
	    "'vpn-0a1b2c3d4e5f60718' does not exist</Message></Error></Errors>"
	    "<RequestID>0</RequestID></Response>";
	static const char other[] = "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type>"
				    "<Code>AuthFailure</Code><Message>no\x09\x7f</Message>"
				    "</Error></ErrorResponse>";
	static const char empty[] = "<Response><Errors/></Response>";

	assert_body_refused(ec2, strlen(ec2), VPN_AWS_ERROR,
	    "InvalidVpnConnectionID.NotFound: The vpnConnection ID 'vpn-0a1b2c3d4e5f60718'");
	assert_body_refused(other, strlen(other), VPN_AWS_ERROR, "AuthFailure: no\\x09\\x7f");
	assert_body_refused(empty, strlen(empty), VPN_ILLEGAL_RESPONSE, "without a code");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_bgp_tunnels),
	    cmocka_unit_test(test_spaces_and_unknown_elements_do_not_matter),
	    cmocka_unit_test(test_order_is_that_of_the_document),
	    cmocka_unit_test(test_static_connection_needs_no_bgp),
	    cmocka_unit_test(test_transit_gateway_has_no_vpn_gateway),
	    cmocka_unit_test(test_options_go_to_the_tunnel_of_their_outside_address),
	    cmocka_unit_test(test_A17_lifetimes_of_the_options_are_limited_too),
	    cmocka_unit_test(test_pending_is_applied_with_a_warning),
	    cmocka_unit_test(test_A15_doctype_is_refused_outside_and_inside),
	    cmocka_unit_test(test_A15_entities_are_never_expanded),
	    cmocka_unit_test(test_A15_depth_is_limited),
	    cmocka_unit_test(test_A15_tokens_and_documents_are_limited),
	    cmocka_unit_test(test_A15_only_utf8_is_read),
	    cmocka_unit_test(test_A15_wrong_root_and_not_xml),
	    cmocka_unit_test(test_A15_every_truncation_is_refused),
	    cmocka_unit_test(test_A16_malformed_configuration),
	    cmocka_unit_test(test_A16_absent_configuration),
	    cmocka_unit_test(test_A17_every_illegal_field_is_named),
	    cmocka_unit_test(test_A17_none_three_and_one_tunnel),
	    cmocka_unit_test(test_A17_private_outside_address_only_where_the_options_say_so),
	    cmocka_unit_test(test_key_in_secrets_manager_is_said),
	    cmocka_unit_test(test_A18_only_a_living_connection_is_applied),
	    cmocka_unit_test(test_A18_another_connection_is_not_applied),
	    cmocka_unit_test(test_A18_none_two_and_a_hundred_connections),
	    cmocka_unit_test(test_A12_error_documents_of_both_kinds),
	};

	return cmocka_run_group_tests_name("aws/vpn_xml", tests, NULL, NULL);
}
