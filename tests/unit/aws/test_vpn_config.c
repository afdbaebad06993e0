/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The generated configuration, whole, against the texts of tests/golden/. Run from the top of the
 * tree. UPDATE_GOLDEN=1 prints what would be right now, for a person to compare. */
#include "tests/unit/aws/vpn_fixture.h"

#include <errno.h>

static struct vpn_connection vpn;
static struct vpn_lines lines;
static char error[VPN_ERROR];

static void parse(const char *inner, const char *options)
{
	if (fixture_parse(inner, options, &vpn, error) != VPN_OK)
		fail_msg("the fixture is refused: %s", error);
}

static struct vpn_site a_site(void)
{
	struct vpn_site site = {
	    .wan_if = "lan2",
	    .nat_static_first = 1,
	    .filter_first = 200080,
	    .tunnel = {1, 2},
	    .policy = {201, 202},
	    .import_filter = 1,
	    .service = "amazon-api",
	    .timestamp = {"20261121093000", "20261121093000"},
	};

	assert_int_equal(ip_addr_parse("192.168.200.1", &site.local), 0);
	return site;
}

static void assert_golden(const char *name)
{
	char path[256], want[4096];
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
	f = fopen(path, "r");
	assert_non_null(f);
	for (size_t i = 0; i < lines.count; i++) {
		if (getenv("UPDATE_GOLDEN"))
			printf("# %s\n", lines.line[i]);
		if (!fgets(want, sizeof(want), f))
			fail_msg("%s ends before line %zu, \"%s\"", path, i + 1, lines.line[i]);
		want[strcspn(want, "\n")] = '\0';
		assert_string_equal(lines.line[i], want);
	}
	assert_null(fgets(want, sizeof(want), f));
	fclose(f);
}

static bool noted(const char *says)
{
	for (size_t i = 0; i < lines.note_count; i++)
		if (strstr(lines.note[i], says))
			return true;
	return false;
}

static void test_filters_and_masquerade_where_they_stand(void **state)
{
	static const uint32_t existing[] = {200000, 200030, 200099};
	struct vpn_site site = a_site();

	site.filters_in = existing;
	site.filters_in_count = 3;
	site.nat_descriptor = 1000;
	parse(FIXTURE_INNER, "");
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_golden("vpn_bgp_filter_nat");
	assert_int_equal(lines.note_count, 0);
	vpn_lines_free(&lines);
	assert_int_equal(lines.count, 0);
}

static void test_no_filter_list_and_no_descriptor_make_none(void **state)
{
	struct vpn_site site = a_site();

	parse(FIXTURE_INNER, "");
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_golden("vpn_bgp_plain");
	assert_int_equal(lines.note_count, 0);
	vpn_lines_free(&lines);
}

static bool has_line(const char *text)
{
	for (size_t i = 0; i < lines.count; i++)
		if (strcmp(lines.line[i], text) == 0)
			return true;
	return false;
}

static void test_a_list_keeps_its_dynamic_filters_and_one_that_has_ours_its_order(void **state)
{
	static const uint32_t existing[] = {100, 200081}, dynamic[] = {7, 8};
	struct vpn_site site = a_site();

	site.filters_in = existing;
	site.filters_in_count = 2;
	site.dynamic_in = dynamic;
	site.dynamic_in_count = 2;
	parse(FIXTURE_INNER, "");
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_true(
	    has_line("ip lan2 secure filter in 200080 200081 200082 100 200081 dynamic 7 8"));
	vpn_lines_free(&lines);
	site.filters_listed = true;
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_true(has_line("ip filter 200081 pass * 192.168.200.1 esp * *"));
	for (size_t i = 0; i < lines.count; i++)
		assert_null(strstr(lines.line[i], "secure filter"));
	vpn_lines_free(&lines);
}

/* Other numbers, a name, prefixes to announce, values of AWS's that are not the usual ones, options
 * that forbid what the document says. */
static void test_a_busy_router_and_unusual_values(void **state)
{
	static const char options[] =
	    "<tunnelOptionSet><item><outsideIpAddress>203.0.113.84</outsideIpAddress>"
	    "<phase1LifetimeSeconds>28800</phase1LifetimeSeconds>"
	    "<phase2LifetimeSeconds>1800</phase2LifetimeSeconds>"
	    "<phase1EncryptionAlgorithmSet><item><value>AES128-GCM-16</value></item>"
	    "<item><value>AES256</value></item></phase1EncryptionAlgorithmSet>"
	    "<phase2EncryptionAlgorithmSet><item><value>AES256</value></item>"
	    "</phase2EncryptionAlgorithmSet>"
	    "<phase1IntegrityAlgorithmSet><item><value>SHA2-512</value></item>"
	    "</phase1IntegrityAlgorithmSet>"
	    "<phase2IntegrityAlgorithmSet><item><value>SHA2-256</value></item>"
	    "</phase2IntegrityAlgorithmSet>"
	    "<phase1DHGroupNumberSet><item><value>14</value></item><item><value>20</value></item>"
	    "</phase1DHGroupNumberSet>"
	    "<phase2DHGroupNumberSet><item><value>14</value></item></phase2DHGroupNumberSet>"
	    "</item></tunnelOptionSet>";
	static const char *const change[][3] = {
	    {"<lifetime>28800</lifetime>", "<lifetime>14400</lifetime>", "1"},
	    {">sha1<", ">sha2-256<", "1"},
	    {">hmac-sha1-96<", ">hmac-sha2-256-128<", "1"},
	    {">aes-128-cbc<", ">aes-256-cbc<", "1"},
	    {">aes-128-cbc<", ">aes-256-cbc<", "1"},
	    {">group2<", ">group14<", "1"},
	    {">group2<", ">group5<", "1"},
	    {"<interval>10<", "<interval>20<", "1"},
	    {"<retries>3<", "<retries>5<", "1"},
	    {">true<", ">false<", "1"},
	    {">1379<", ">1387<", "1"},
	    {">65010<", ">4200000001<", "0"},
	    {">64512<", ">64513<", "2"},
	};
	struct vpn_site site = a_site();
	struct ip_prefix announce[2];
	char *inner = strdup(FIXTURE_INNER);

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		char *next = fixture_replace(
		    inner, change[i][0], change[i][1], (unsigned)atoi(change[i][2]));

		free(inner);
		inner = next;
	}
	assert_int_equal(ip_prefix_parse("192.168.200.0/24", &announce[0]), 0);
	assert_int_equal(ip_prefix_parse("10.9.0.0/16", &announce[1]), 0);
	assert_int_equal(ip_addr_parse("198.51.100.7", &site.local), 0);
	site.tunnel[0] = 3;
	site.tunnel[1] = 7;
	site.policy[0] = 5;
	site.policy[1] = 8;
	site.import_filter = 4;
	site.nat_descriptor = 200;
	site.nat_static_first = 12;
	site.announce = announce;
	site.announce_count = 2;
	strcpy(site.name, "Tokyo HQ\"1");
	strcpy(vpn.warning, "");
	parse(inner, options);
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_golden("vpn_bgp_busy_router");
	assert_true(noted("tunnel 7: the connection's options exclude"));
	vpn_lines_free(&lines);
	free(inner);
}

static void test_static_connection_with_one_tunnel(void **state)
{
	struct vpn_site site = a_site();
	char *inner = fixture_replace(FIXTURE_INNER_HEAD FIXTURE_TUNNEL_1 "</vpn_connection>",
	    "</vpn_connection_type>",
	    "</vpn_connection_type><vpn_connection_attributes>NoBGPVPNConnection"
	    "</vpn_connection_attributes>",
	    1);

	parse(inner, "");
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_golden("vpn_static_one_tunnel");
	assert_true(noted("one tunnel"));
	assert_true(noted("static connection"));
	vpn_lines_free(&lines);
	free(inner);
}

static void test_longest_name_fits_a_description(void **state)
{
	struct vpn_site site = a_site();

	memset(site.name, 'n', 32);
	parse(FIXTURE_INNER, "");
	assert_int_equal(vpn_generate(&vpn, &site, &lines, error), 0);
	assert_int_equal(strlen(lines.line[1]) - strlen("description tunnel "), 58);
	vpn_lines_free(&lines);
}

static void refuse(const struct vpn_site *site, int rc, const char *says)
{
	assert_int_equal(vpn_generate(&vpn, site, &lines, error), rc);
	assert_int_equal(lines.count, 0);
	if (!strstr(error, says))
		fail_msg("error \"%s\" does not say \"%s\"", error, says);
}

static void test_what_cannot_be_configured_makes_no_line(void **state)
{
	static const struct {
		const char *options, *says;
	} row[] = {
	    {"<ikeVersionSet><item><value>ikev2</value></item></ikeVersionSet>",
		"tunnel 1: ikeVersionSet does not allow ikev1"},
	    {"<phase1EncryptionAlgorithmSet><item><value>AES256-GCM-16</value></item>"
	     "</phase1EncryptionAlgorithmSet>",
		"tunnel 1: phase1EncryptionAlgorithmSet allows nothing"},
	    {"<phase2DHGroupNumberSet><item><value>19</value></item></phase2DHGroupNumberSet>",
		"tunnel 1: phase2DHGroupNumberSet allows nothing"},
	};
	char *inner = fixture_replace(FIXTURE_INNER, ">aes-128-cbc<", ">des-cbc<", 3);
	struct vpn_site site = a_site();

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char options[512];

		snprintf(options, sizeof(options),
		    "<tunnelOptionSet><item><outsideIpAddress>203.0.113.21</outsideIpAddress>%s</"
		    "item>"
		    "</tunnelOptionSet>",
		    row[i].options);
		parse(FIXTURE_INNER, options);
		refuse(&site, -ENOTSUP, row[i].says);
	}
	parse(inner, "");
	refuse(&site, -ENOTSUP, "tunnel 2: ike/encryption_protocol (des-cbc) is not supported");
	free(inner);
}

static void test_a_site_that_lacks_something_makes_no_line(void **state)
{
	struct vpn_site site = a_site();
	struct ip_prefix six;

	parse(FIXTURE_INNER, "");
	site.tunnel[1] = 0;
	refuse(&site, -EINVAL, "no tunnel number is free");
	site = a_site();
	memset(&site.local, 0, sizeof(site.local));
	refuse(&site, -EINVAL, "no local address");
	site = a_site();
	assert_int_equal(ip_prefix_parse("2001:db8::/32", &six), 0);
	site.announce = &six;
	site.announce_count = 1;
	refuse(&site, -EINVAL, "only IPv4");
	site = a_site();
	memset(&vpn, 0, sizeof(vpn));
	refuse(&site, -EINVAL, "no tunnel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filters_and_masquerade_where_they_stand),
	    cmocka_unit_test(test_no_filter_list_and_no_descriptor_make_none),
	    cmocka_unit_test(test_a_list_keeps_its_dynamic_filters_and_one_that_has_ours_its_order),
	    cmocka_unit_test(test_a_busy_router_and_unusual_values),
	    cmocka_unit_test(test_static_connection_with_one_tunnel),
	    cmocka_unit_test(test_longest_name_fits_a_description),
	    cmocka_unit_test(test_what_cannot_be_configured_makes_no_line),
	    cmocka_unit_test(test_a_site_that_lacks_something_makes_no_line),
	};

	return cmocka_run_group_tests_name("aws/vpn_config", tests, NULL, NULL);
}
