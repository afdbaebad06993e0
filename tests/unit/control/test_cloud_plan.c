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

#include "control/cloud.h"
#include "control/config/config.h"

static struct config *config;
static struct vpn_connection vpn;
static struct cloud_place place;
static struct cloud_plan plan;
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
	strcpy(place.wan_if, "lan2");
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
	snprintf(bind, sizeof(bind), "cloud vpn bind 1 %u %u", plan.bound[0], plan.bound[1]);
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
	rc = cloud_compare(text, &lines, error);
	vpn_lines_free(&lines);
	free(text);
	return rc;
}

static void test_empty_configuration_gets_the_first_numbers(void **state)
{
	(void)state;
	type("cloud vpn name 1 tokyo\n");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_false(plan.existing);
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
	assert_true(plan.existing);
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
	strcpy(vpn.tunnel[1].psk, "made.up_key_1");
	assert_int_equal(compare(), 1);
	vpn.tunnel[0].vgw_outside = addr("198.51.100.99");
	assert_int_equal(make(), CLOUD_PLAN_OK);
	assert_int_equal(plan.site.tunnel[0], 1);
	assert_int_equal(compare(), 0);
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
	    T(test_bound_tunnels_are_used_or_refused),
	    T(test_the_line_that_holds_a_bound_number_is_named),
	    T(test_no_default_route_is_said),
	    T(test_another_as_with_other_neighbors_is_refused),
	    T(test_same_answer_changes_nothing),
	    T(test_A22_changed_key_or_endpoint_is_a_difference_on_the_same_numbers),
	    T(test_A22_swapped_tunnels_of_the_document_keep_their_numbers),
	    T(test_what_the_user_announces_is_kept),
	    T(test_description_tells_a_cloud_tunnel_and_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
