/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which numbers a connection gets, and whether an answer says what is configured already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/cloud_plan.h"
#include "control/config/config.h"

static struct config *config;
static struct vpn_connection vpn;
static struct cloud_place place;
static struct cloud_plan plan;
static struct cloud_difference difference;
static char error[VPN_ERROR];

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

static void make_tunnel(unsigned i, const char *outside, const char *inside, const char *remote)
{
	struct vpn_tunnel *t = &vpn.tunnel[i];

	t->cgw_outside = addr("203.0.113.2");
	t->vgw_outside = addr(outside);
	assert_int_equal(ip_prefix_parse(inside, &t->cgw_inside), 0);
	t->vgw_inside = addr(remote);
	t->bgp = true;
	t->cgw_asn = 65000;
	t->vgw_asn = 64512;
	t->hold_time_sec = 30;
	strcpy(t->ike_hash, "sha1");
	strcpy(t->ike_encr, "aes-128-cbc");
	strcpy(t->ike_group, "group2");
	snprintf(t->psk, sizeof(t->psk), "made.up_key_%u", i);
	strcpy(t->esp_auth, "hmac-sha1-96");
	strcpy(t->esp_encr, "aes-128-cbc");
	strcpy(t->esp_group, "group2");
	t->ike_lifetime_sec = 28800;
	t->esp_lifetime_sec = 3600;
	t->mss = 1379;
	t->clear_df = true;
	t->dpd_interval_sec = 10;
	t->dpd_retries = 3;
}

static int setup(void **state)
{
	const struct config_env env = {0};

	(void)state;
	config = config_new(&env);
	memset(&vpn, 0, sizeof(vpn));
	strcpy(vpn.id, "vpn-0123456789abcdef0");
	vpn.tunnel_count = 2;
	make_tunnel(0, "198.51.100.2", "169.254.81.2/30", "169.254.81.1");
	make_tunnel(1, "198.51.100.6", "169.254.82.2/30", "169.254.82.1");
	memset(&place, 0, sizeof(place));
	place.local = addr("172.31.0.2");
	place.wan = 2;
	strcpy(place.timestamp, "20260101123456");
	return config ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	config_free(config);
	return 0;
}

static void type(const char *text)
{
	char why[CONFIG_ERROR_BYTES];

	if (config_replace(config, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
}

static enum cloud_plan_result make(void)
{
	error[0] = '\0';
	return cloud_plan_make(config_model(config), 1, &place, &vpn, &plan, error);
}

/* Generates by the plan and applies it as a run would. */
static void configure(void)
{
	const char *all[VPN_LINES + 1];
	char why[CONFIG_ERROR_BYTES], bind[64];
	struct vpn_lines lines;
	size_t n = 0;

	assert_int_equal(vpn_generate(&vpn, &plan.site, &lines, error), 0);
	for (size_t i = 0; i < lines.count; i++)
		all[n++] = lines.line[i];
	snprintf(bind, sizeof(bind),
	    plan.count == 2 ? "cloud vpn bind 1 %u %u" : "cloud vpn bind 1 %u", plan.bound[0],
	    plan.bound[1]);
	all[n++] = bind;
	if (config_apply_lines(config, all, n, why, sizeof(why)))
		fail_msg("%s", why);
	vpn_lines_free(&lines);
}

static int compare(void)
{
	char *text = config_running_text(config);
	struct vpn_lines lines;
	int rc;

	assert_int_equal(vpn_generate(&vpn, &plan.site, &lines, error), 0);
	rc = cloud_compare(text, &lines, &difference, error);
	vpn_lines_free(&lines);
	free(text);
	return rc ? rc : !difference.any;
}

static void test_empty_configuration_gets_the_first_numbers(void **state)
{
	(void)state;
	type("cloud vpn name 1 tokyo\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_false(plan.existing[0]);
	assert_true(plan.bind);
	assert_int_equal(plan.site.tunnel[0], 1);
	assert_int_equal(plan.site.tunnel[1], 2);
	assert_int_equal(plan.site.policy[0], 201);
	assert_int_equal(plan.site.policy[1], 202);
	assert_int_equal(plan.site.import_filter, 1);
	assert_int_equal(plan.site.announce_count, 0);
	assert_string_equal(plan.site.name, "tokyo");
}

static void test_numbers_in_use_are_left_alone(void **state)
{
	(void)state;
	type("tunnel select 1\n"
	     "description tunnel branch\n"
	     "ipsec tunnel 203\n"
	     "ipsec sa policy 203 1 esp aes-cbc sha-hmac\n"
	     "tunnel select none\n"
	     "ipsec ike remote address 2 192.0.2.77\n"
	     "bgp neighbor 4 64999 192.168.1.9\n"
	     "bgp import filter 1 include 10.0.0.0/8\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	/* 1 is a tunnel, 2 a gateway, 4 a neighbor. */
	assert_int_equal(plan.site.tunnel[0], 3);
	assert_int_equal(plan.site.tunnel[1], 5);
	assert_int_equal(plan.site.policy[0], 303); /* 203 is taken */
	assert_int_equal(plan.site.policy[1], 205);
	assert_int_equal(plan.site.import_filter, 2);
	/* And what was left alone is said. */
	assert_int_equal(plan.note_count, 3);
	assert_string_equal(plan.note[0],
	    "numbers in use were left alone: 1 (tunnel select), 2 (ipsec ike ...), 4 (bgp "
	    "neighbor)");
	assert_string_equal(plan.note[1], "policy 203 is in use: tunnel 3 gets 303");
	assert_string_equal(plan.note[2], "bgp import filter 1 is in use: 2 was taken");
}

static void test_all_numbers_in_use_is_said(void **state)
{
	static char text[8192];

	(void)state;
	text[0] = '\0';
	for (unsigned n = 1; n < config_tunnels(); n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "tunnel select %u\n description tunnel t\n", n);
	type(text);
	assert_int_equal(make(), CLOUD_PLAN_ALL_USED);
	assert_string_equal(error, "two free tunnels are needed, and of 100 numbers 99 are in use");
	vpn.tunnel_count = 1; /* one alone fits */
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 100);
}

static void test_more_neighbors_than_there_can_be_is_said(void **state)
{
	static char text[8192];

	(void)state;
	snprintf(text, sizeof(text), "bgp autonomous-system 65000\n");
	for (unsigned n = 1; n < CONFIG_NEIGHBORS; n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "bgp neighbor %u 64999 192.168.1.%u\n", n + 60, n);
	type(text);
	assert_int_equal(make(), CLOUD_PLAN_NEIGHBOR);
	assert_string_equal(error, "31 BGP neighbors are configured already, of 32 there can be");
	vpn.tunnel_count = 1;
	assert_int_equal(make(), CLOUD_PLAN_OK);
}

static void test_a_connection_of_one_tunnel_takes_one_number(void **state)
{
	(void)state;
	type("");
	vpn.tunnel_count = 1;
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.count, 1);
	configure();
	assert_int_equal(config_model(config)->cloud[1].bind[0], 1);
	assert_int_equal(config_model(config)->cloud[1].bind[1], 0);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_true(plan.existing[0]);
	assert_int_equal(compare(), 1);
	/* One bound number is not enough for two tunnels. */
	vpn.tunnel_count = 2;
	assert_int_equal(make(), CLOUD_PLAN_MISSING);
	assert_non_null(strstr(error, "cloud vpn bind 1 1"));
	/* Two are, for one: that which leads there. */
	type("cloud vpn bind 1 3 4\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	vpn.tunnel_count = 1;
	vpn.tunnel[0] = vpn.tunnel[1];
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 4);
	assert_int_equal(compare(), 1);
}

static void test_a_tunnel_without_the_time_in_its_description_is_not_ours(void **state)
{
	static const char *const theirs[] = {"amazon-api", "amazon-api_", "amazon-api_tokyo",
	    "amazon-api_2017011011223", "amazon-api-20170110112233", "Amazon-api_20170110112233",
	    "amazon-api_20170110112233x", "my amazon-api_20170110112233"};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		snprintf(text, sizeof(text),
		    "cloud vpn bind 1 7 8\ntunnel select 8\n description tunnel \"%s\"\n",
		    theirs[i]);
		type(text);
		assert_int_equal(make(), CLOUD_PLAN_OTHER);
	}
	type("cloud vpn bind 1 7 8\ntunnel select 8\n"
	     " description tunnel amazon-api_any_name_20170110112233\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_string_equal(plan.site.timestamp[1], "20170110112233");
	assert_string_equal(plan.site.timestamp[0], "20260101123456");
}

static void test_bound_tunnels_are_used_or_refused(void **state)
{
	(void)state;
	type("cloud vpn bind 1 7 8\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_false(plan.bind);
	assert_int_equal(plan.site.tunnel[0], 7);
	type("cloud vpn bind 1 7 8\ntunnel select 8\ndescription tunnel branch\n");
	assert_int_equal(make(), CLOUD_PLAN_OTHER);
	assert_non_null(strstr(error, "tunnel 8"));
}

static void test_a_connection_is_one_settings(void **state)
{
	(void)state;
	type("cloud vpn parameter 2 vpn-0123456789abcdef0\ncloud vpn bind 2 7 8\n"
	     "tunnel select 7\n ip tunnel address 169.254.81.2/30\n");
	assert_int_equal(make(), CLOUD_PLAN_TWICE);
	assert_string_equal(
	    error, "cloud vpn 2 has the VPN connection vpn-0123456789abcdef0 already");
	/* Nothing was ever made of the other one. */
	type("cloud vpn parameter 2 vpn-0123456789abcdef0\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	type("cloud vpn parameter 1 vpn-0123456789abcdef0\ncloud vpn bind 1 7 8\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
}

static void test_inside_addresses_of_another_connection_are_named(void **state)
{
	(void)state;
	type("cloud vpn parameter 2 vpn-00000000000000000\ncloud vpn bind 2 7 8\n"
	     "tunnel select 8\n ip tunnel address 169.254.82.2/30\n");
	assert_int_equal(make(), CLOUD_PLAN_INSIDE);
	assert_string_equal(error, "the inside address 169.254.82.2 of vpn-0123456789abcdef0 is "
				   "that of tunnel 8 already");
	type("cloud vpn bind 1 7 8\ntunnel select 8\n ip tunnel address 169.254.82.2/30\n"
	     "description tunnel amazon-api_any_name_20170110112233\n");
	assert_int_equal(make(), CLOUD_PLAN_OK); /* its own */
}

/* Pasted before: it is the same connection, and its inside networks are right. */
static void test_tunnels_that_a_person_made_for_the_connection_are_told_apart(void **state)
{
	static const char pasted[] = "tunnel select 1\nipsec tunnel 201\n"
				     "ipsec sa policy 201 1 esp aes-cbc sha-hmac\n"
				     "ipsec ike remote address 1 198.51.100.2\n"
				     "ip tunnel address 169.254.81.2/30\n";
	char text[400];

	(void)state;
	type(pasted);
	assert_int_equal(make(), CLOUD_PLAN_OTHER);
	assert_string_equal(error,
	    "tunnel 1 leads to 198.51.100.2 already, by lines that are not of cloud vpn: `tunnel "
	    "select 1` and `description tunnel amazon-api_20260101123456` give it to cloud vpn");
	snprintf(text, sizeof(text), "%sdescription tunnel amazon-api_20260101123456\n", pasted);
	type(text);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 1);
}

static void test_the_line_that_holds_a_bound_number_is_named(void **state)
{
	(void)state;
	type("cloud vpn bind 1 1 2\nbgp neighbor 2 64512 169.254.9.9\n");
	assert_int_equal(make(), CLOUD_PLAN_OTHER);
	assert_string_equal(
	    error, "tunnel 2 of cloud vpn bind 1 has other settings already: `bgp neighbor 2`");
}

static void test_no_default_route_is_said(void **state)
{
	(void)state;
	type("");
	place.local.family = IP_FAMILY_NONE;
	assert_int_equal(make(), CLOUD_PLAN_MISSING);
	assert_non_null(strstr(error, "default route"));
}

static void test_another_as_with_other_neighbors_is_refused(void **state)
{
	(void)state;
	type("bgp autonomous-system 65009\nbgp neighbor 9 64999 192.168.1.9\n");
	assert_int_equal(make(), CLOUD_PLAN_NEIGHBOR);
	assert_non_null(strstr(error, "65009"));
}

static void test_same_answer_changes_nothing(void **state)
{
	(void)state;
	type("");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_true(plan.existing[0] && plan.existing[1]);
	assert_false(plan.bind);
	assert_int_equal(compare(), 1);
}

static void test_A22_changed_key_or_endpoint_is_a_difference_on_the_same_numbers(void **state)
{
	(void)state;
	type("");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	strcpy(vpn.tunnel[1].psk, "rotated.key_0");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[1], 2);
	assert_int_equal(compare(), 0);
	assert_false(difference.tunnel[0]); /* and of one tunnel alone */
	assert_true(difference.tunnel[1]);
	strcpy(vpn.tunnel[1].psk, "made.up_key_1");
	assert_int_equal(compare(), 1);
	vpn.tunnel[0].vgw_outside = addr("198.51.100.99");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 1);
	assert_int_equal(compare(), 0);
	assert_true(difference.tunnel[0]);
	assert_false(difference.tunnel[1]);
}

static void test_a_default_is_said_where_the_line_says_something_else(void **state)
{
	(void)state;
	type("");
	vpn.tunnel[0].ike_lifetime_sec = 14400;
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	vpn.tunnel[0].ike_lifetime_sec = 28800;
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 0);
	configure();
	assert_int_equal(config_model(config)->gateway[1].ike_seconds, 28800);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
}

/* ---- static connections ---- */

static void make_static(const char *const *prefixes)
{
	vpn.static_only = true;
	for (unsigned i = 0; i < 2; i++)
		vpn.tunnel[i].bgp = false;
	for (vpn.prefix_count = 0; prefixes[vpn.prefix_count]; vpn.prefix_count++)
		assert_int_equal(
		    ip_prefix_parse(prefixes[vpn.prefix_count], &vpn.prefix[vpn.prefix_count]), 0);
}

static bool has_line(const char *line)
{
	char *text = config_running_text(config);
	bool has = strstr(text, line) != NULL;

	free(text);
	return has;
}

static void test_static_connection_routes_the_vpc_into_both_tunnels(void **state)
{
	const char *const prefixes[] = {"10.0.0.0/16", "10.1.0.0/16", NULL};

	(void)state;
	type("");
	make_static(prefixes);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_true(has_line("ip route 10.0.0.0/16 gateway tunnel 1 hide gateway tunnel 2 hide\n"));
	assert_true(has_line("ip route 10.1.0.0/16 gateway tunnel 1 hide gateway tunnel 2 hide\n"));
	assert_false(has_line("bgp "));
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.route_count, 0); /* they stand already */
	assert_int_equal(compare(), 1);
}

static void test_static_route_of_the_user_is_left_and_said(void **state)
{
	const char *const prefixes[] = {"10.0.0.0/16", "10.1.0.0/16", NULL};

	(void)state;
	type("ip route 10.0.0.0/16 gateway 192.168.1.1\n"
	     "ip route 10.1.0.0/16 gateway tunnel 2 gateway tunnel 1 weight 0\n");
	make_static(prefixes);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.route_count, 0);
	assert_int_equal(plan.note_count, 1); /* the second leads to us, in the user's way */
	assert_string_equal(
	    plan.note[0], "ip route 10.0.0.0/16 leads elsewhere: it was left as it is");
}

static void test_static_connection_in_place_of_bgp_takes_the_neighbors_away(void **state)
{
	const char *const prefixes[] = {"10.0.0.0/16", NULL};

	(void)state;
	type("");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_int_equal(config_model(config)->bgp.neighbor_count, 2);
	make_static(prefixes);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_int_equal(config_model(config)->bgp.neighbor_count, 0);
}

static void test_A22_swapped_tunnels_of_the_document_keep_their_numbers(void **state)
{
	struct vpn_tunnel first;

	(void)state;
	type("");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	first = vpn.tunnel[0];
	vpn.tunnel[0] = vpn.tunnel[1];
	vpn.tunnel[1] = first;
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 2);
	assert_int_equal(plan.site.tunnel[1], 1);
	assert_int_equal(compare(), 1);
}

static void test_what_the_user_announces_is_kept(void **state)
{
	(void)state;
	type("");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	{
		const char *line[] = {"bgp import filter 1 equal 192.168.200.0/24"};
		char why[CONFIG_ERROR_BYTES];

		assert_int_equal(config_apply_lines(config, line, 1, why, sizeof(why)), 0);
	}
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.announce_count, 1);
	assert_int_equal(compare(), 1);
}

static void test_the_filter_list_of_the_port_lets_ike_and_esp_in(void **state)
{
	(void)state;
	type("ip filter 100 reject * * tcp\nip filter 200 pass * *\n"
	     "ip filter dynamic 7 * * tcp\n"
	     "ip lan2 secure filter in 100 200 dynamic 7\nip lan1 secure filter in 100\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_true(has_line("ip filter 200080 pass * 172.31.0.2 udp * 500"));
	assert_true(has_line("ip filter 200081 pass * 172.31.0.2 esp"));
	assert_true(has_line("ip filter 200082 pass * 172.31.0.2 udp * 4500"));
	assert_true(has_line("ip lan2 secure filter in 200080 200081 200082 100 200 dynamic 7"));
	assert_true(has_line("ip lan1 secure filter in 100"));
	assert_int_equal(plan.note_count, 0);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
}

static void test_a_list_of_dynamic_filters_alone_lets_them_in_too(void **state)
{
	(void)state;
	type("ip filter dynamic 7 * * tcp\nip lan2 secure filter in dynamic 7\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_true(has_line("ip lan2 secure filter in 200080 200081 200082 dynamic 7"));
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
}

static void test_filters_stay_where_somebody_has_put_them(void **state)
{
	static const char line[] = "ip lan2 secure filter in 100 200080 200082 200081";
	const char *lines = line;
	char why[CONFIG_ERROR_BYTES];

	(void)state;
	type("ip filter 100 reject * * tcp\nip lan2 secure filter in 100\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_int_equal(config_apply_lines(config, &lines, 1, why, sizeof(why)), 0);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
	/* Our address has changed: the filters follow, the list stays. */
	place.local = addr("172.31.0.9");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_true(has_line("ip filter 200080 pass * 172.31.0.9 udp * 500"));
	assert_true(has_line(line));
	assert_null(config_filter(config_model(config), 200083));
}

static void test_filters_of_others_are_left_alone(void **state)
{
	(void)state;
	type("ip filter 200081 pass * 192.168.1.9 esp\nip filter 5 pass * 192.168.1.9 udp * 500\n"
	     "ip filter 6 pass * 192.168.1.9 esp\nip filter 7 pass * 192.168.1.9 udp * 4500\n"
	     "ip lan2 secure filter in 5 6 7 200081\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.note_count, 1);
	assert_string_equal(
	    plan.note[0], "ip filter 200080 is in use: 200082 to 200084 were taken");
	configure();
	assert_true(has_line("ip filter 5 pass * 192.168.1.9 udp * 500"));
	assert_true(has_line("ip filter 200081 pass * 192.168.1.9 esp"));
	assert_true(has_line("ip lan2 secure filter in 200082 200083 200084 5 6 7 200081"));
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
}

static void test_a_port_without_a_list_gets_none(void **state)
{
	(void)state;
	type("ip filter 100 pass * *\nip lan2 secure filter out 100\nip lan1 secure filter in "
	     "100\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_null(config_filter_list(config_model(config), false, 2, false));
	assert_null(config_filter(config_model(config), 200080));
}

static void test_the_masquerade_of_the_port_gets_three_entries(void **state)
{
	static const char nat[] = "ip lan2 address 172.31.0.2/24\n"
				  "ip lan2 nat descriptor 1000\n"
				  "nat descriptor type 1000 masquerade\n";
	char text[512];

	(void)state;
	type(nat);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	configure();
	assert_true(has_line("nat descriptor masquerade static 1000 1 172.31.0.2 udp 500"));
	assert_true(has_line("nat descriptor masquerade static 1000 2 172.31.0.2 esp"));
	assert_true(has_line("nat descriptor masquerade static 1000 3 172.31.0.2 udp 4500"));
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.nat_static_first, 1);
	assert_int_equal(compare(), 1);
	/* Entries of the user are left alone. */
	snprintf(text, sizeof(text),
	    "%snat descriptor masquerade static 1000 2 192.168.1.9 tcp 80\n", nat);
	type(text);
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.nat_static_first, 3);
	assert_string_equal(plan.note[0], "entries of nat descriptor masquerade static 1000 are in "
					  "use: 3 to 5 were taken");
	configure();
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(compare(), 1);
	/* A port without one of its own gets none. */
	type("nat descriptor type 1000 masquerade\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.nat_descriptor, 0);
}

static void test_description_tells_a_cloud_tunnel_and_its_time(void **state)
{
	char timestamp[15];

	(void)state;
	assert_true(cloud_description("amazon-api_20170110112233"));
	assert_true(cloud_description("amazon-api_tokyo_20170110112233"));
	assert_false(cloud_description("amazon-apiary"));
	assert_false(cloud_description("branch"));
	assert_true(cloud_timestamp("amazon-api_a_b_20170110112233", timestamp));
	assert_string_equal(timestamp, "20170110112233");
	assert_false(cloud_timestamp("amazon-api_2017011011223", timestamp));
	assert_false(cloud_timestamp("amazon-api_2017011011223x", timestamp));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_empty_configuration_gets_the_first_numbers),
	    T(test_numbers_in_use_are_left_alone),
	    T(test_all_numbers_in_use_is_said),
	    T(test_more_neighbors_than_there_can_be_is_said),
	    T(test_a_connection_of_one_tunnel_takes_one_number),
	    T(test_a_tunnel_without_the_time_in_its_description_is_not_ours),
	    T(test_a_default_is_said_where_the_line_says_something_else),
	    T(test_static_connection_routes_the_vpc_into_both_tunnels),
	    T(test_static_route_of_the_user_is_left_and_said),
	    T(test_static_connection_in_place_of_bgp_takes_the_neighbors_away),
	    T(test_bound_tunnels_are_used_or_refused),
	    T(test_a_connection_is_one_settings),
	    T(test_inside_addresses_of_another_connection_are_named),
	    T(test_tunnels_that_a_person_made_for_the_connection_are_told_apart),
	    T(test_the_line_that_holds_a_bound_number_is_named),
	    T(test_no_default_route_is_said),
	    T(test_another_as_with_other_neighbors_is_refused),
	    T(test_same_answer_changes_nothing),
	    T(test_A22_changed_key_or_endpoint_is_a_difference_on_the_same_numbers),
	    T(test_A22_swapped_tunnels_of_the_document_keep_their_numbers),
	    T(test_what_the_user_announces_is_kept),
	    T(test_the_filter_list_of_the_port_lets_ike_and_esp_in),
	    T(test_a_list_of_dynamic_filters_alone_lets_them_in_too),
	    T(test_filters_stay_where_somebody_has_put_them),
	    T(test_filters_of_others_are_left_alone),
	    T(test_a_port_without_a_list_gets_none),
	    T(test_the_masquerade_of_the_port_gets_three_entries),
	    T(test_description_tells_a_cloud_tunnel_and_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
