/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of three sides: what differs is marked, what is in use is shown, keys are not. Run from
 * the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/shm_abi.h"
#include "control/cloud_sides.h"
#include "control/config/config.h"
#include "control/config/language.h"

#define TUNNEL                                                                                     \
	"tunnel select 3\n"                                                                        \
	"ipsec tunnel 203\n"                                                                       \
	"ipsec sa policy 203 3 esp aes256-cbc sha256-hmac\n"                                       \
	"ipsec ike encryption 3 aes256-cbc\n"                                                      \
	"ipsec ike group 3 modp2048\n"                                                             \
	"ipsec ike hash 3 sha256\n"                                                                \
	"ipsec ike pfs 3 on\n"                                                                     \
	"ipsec ike keepalive use 3 on dpd 10 3\n"                                                  \
	"ipsec ike duration ipsec-sa 3 3600\n"                                                     \
	"ipsec ike pre-shared-key 3 text sesame.0001\n"                                            \
	"ipsec ike local address 3 172.31.0.2\n"                                                   \
	"ipsec ike remote address 3 198.51.100.2\n"                                                \
	"ip tunnel address 169.254.81.2/30\n"                                                      \
	"ip tunnel remote address 169.254.81.1\n"                                                  \
	"ipsec tunnel outer df-bit clear\n"                                                        \
	"tunnel enable 3\n"                                                                        \
	"bgp autonomous-system 65000\n"                                                            \
	"bgp neighbor 3 64512 169.254.81.1 hold-time=30\n"

static struct config *wanted, *running;
static struct cloud_sides sides;
static struct view view;

static struct config *type(const char *text)
{
	const struct config_env nothing = {0};
	struct config *config = config_new(&nothing);
	char why[CONFIG_ERROR_BYTES];

	if (config_replace(config, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
	return config;
}

static void begin(const char *theirs, const char *ours)
{
	wanted = type(theirs);
	running = type(ours);
	memset(&view, 0, sizeof(view));
	sides = (struct cloud_sides){.wanted = config_model(wanted),
	    .running = config_model(running),
	    .view = &view,
	    .count = 1,
	    .tunnel = {3},
	    .bgp = {""}};
}

static unsigned table_is(const char *golden)
{
	char want[4096], path[128];
	struct text out = {0};
	unsigned differences = cloud_sides_print(&sides, &out);
	FILE *f;
	size_t n;

	config_free(wanted);
	config_free(running);
	snprintf(path, sizeof(path), "tests/golden/%s.txt", golden);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	fclose(f);
	assert_string_equal(out.data, want);
	text_free(&out);
	return differences;
}

static void test_a_tunnel_that_is_up_as_aws_wants_it(void **state)
{
	begin(TUNNEL, TUNNEL);
	view.tunnel_count = 1;
	view.tunnel[0] = (struct view_tunnel){
	    .outside = ip_addr_v4(0xc6336402), .up = true, .message = "2 BGP ROUTES"};
	sides.status[0] = (struct agent_tunnel_status){.number = 3,
	    .up = true,
	    .local = ip_addr_v4(0xac1f0002),
	    .remote = ip_addr_v4(0xc6336402),
	    .mss_limit = 1378,
	    .ike = {.version = 1,
		.isakmp_count = 1,
		.isakmp[0].algorithms = "AES-CBC, SHA-256, MODP 2048bit",
		.child_count = 1,
		.child[0] = {.encr = CFG_ENCR_AES_CBC, .auth = CFG_AUTH_HMAC_SHA2_256_128}}};
	sides.bgp[0] = "Established, 2 in, 1 out";
	sides.ours[0] = ip_addr_v4(0xcb007102); /* behind a NAT AWS knows another one */
	assert_int_equal(table_is("cloud_sides_up"), 0);
}

static void test_values_are_in_the_language_of_the_console(void **state)
{
	struct text out = {0};

	begin(TUNNEL, TUNNEL);
	language_use(true);
	cloud_sides_print(&sides, &out);
	language_use(false);
	assert_non_null(strstr(out.data, "10 秒間隔、3 回"));
	assert_non_null(strstr(out.data, "AS 65000 から 64512、ホールドタイム 30 秒"));
	assert_non_null(strstr(out.data, "(非表示)"));
	assert_non_null(strstr(out.data, "同じ"));
	assert_null(strstr(out.data, "every"));
	text_free(&out);
	config_free(wanted);
	config_free(running);
}

static void test_a_tunnel_that_is_not_there_differs_in_every_line(void **state)
{
	begin(TUNNEL, "");
	assert_int_equal(table_is("cloud_sides_absent"), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_tunnel_that_is_up_as_aws_wants_it),
	    cmocka_unit_test(test_values_are_in_the_language_of_the_console),
	    cmocka_unit_test(test_a_tunnel_that_is_not_there_differs_in_every_line),
	};

	return cmocka_run_group_tests_name("control/cloud_sides", tests, NULL, NULL);
}
