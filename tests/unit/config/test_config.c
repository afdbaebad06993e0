/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The running configuration: what lines mean, in which order they are shown, and that a change is
 * whole or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/grammar.h"

/* The system that a configuration is applied to. */
struct target {
	int refuse;
	unsigned applied, refreshed;
	const struct config_model *model;
};

static struct target target;
static struct config *config;
static uint32_t tunnel;
static char error[CONFIG_ERROR_BYTES];

static int apply(void *ctx, const struct config_model *model, char *why, size_t why_bytes)
{
	if (target.refuse) {
		snprintf(why, why_bytes, "refused by the system");
		return target.refuse;
	}
	target.applied++;
	target.model = model;
	return 0;
}

static int refresh(void *ctx, char *why, size_t why_bytes)
{
	target.refreshed++;
	return 0;
}

static int setup(void **state)
{
	struct config_env env = {.apply = apply, .bgp_refresh = refresh};

	target = (struct target){0};
	tunnel = 0;
	config = config_new(&env);
	return config ? 0 : -1;
}

static int teardown(void **state)
{
	config_free(config);
	return 0;
}

static int enter(const char *line)
{
	static struct grammar_match match;
	int rc;

	error[0] = '\0';
	rc = grammar_parse(&match, line, strlen(line), error, sizeof(error));
	if (!rc)
		rc = config_change(config, &tunnel, &match, error, sizeof(error));
	grammar_match_wipe(&match);
	return rc;
}

static void type(const char *line)
{
	if (enter(line))
		fail_msg("\"%s\": %s", line, error);
}

static void assert_refused(const char *line, const char *sentence)
{
	assert_int_equal(enter(line), -EINVAL);
	assert_string_equal(error, sentence);
}

static void assert_running(const char *expected)
{
	char *text = config_running_text(config);

	assert_string_equal(text, expected);
	free(text);
}

static const char *const appendix[] = {
    "tunnel select 1",
    " description tunnel amazon-api_20170110112233  # when it was set",
    " ipsec tunnel 201",
    "  ipsec sa policy 201 1 esp aes-cbc sha-hmac",
    "  ipsec ike duration ipsec-sa 1 3600",
    "  ipsec ike encryption 1 aes-cbc",
    "  ipsec ike group 1 modp1024",
    "  ipsec ike hash 1 sha",
    "  ipsec ike keepalive use 1 on dpd 10 3",
    "  ipsec ike local address 1 192.168.100.1",
    "  ipsec ike pfs 1 on",
    "  ipsec ike pre-shared-key 1 text sesame.one",
    "  ipsec ike remote address 1 203.0.113.1",
    " ipsec tunnel outer df-bit clear",
    " ip tunnel address 169.254.0.34/30",
    " ip tunnel remote address 169.254.0.33",
    " ip tunnel tcp mss limit 1387",
    " tunnel enable 1",
    "bgp use on",
    "bgp autonomous-system 65000",
    "bgp neighbor 1 10124 169.254.0.33 hold-time=30 local-address=169.254.0.34",
    "bgp import filter 1 equal 0.0.0.0/0",
    "bgp import 10124 static filter 1",
    "ipsec auto refresh on",
    "",
    "# NAT traversal",
    "ipsec ike nat-traversal 1 on type=2",
    "bgp configure refresh",
};
#define APPENDIX_LINES (sizeof(appendix) / sizeof(appendix[0]))

static const char appendix_text[] = "tunnel select 1\n"
				    " description tunnel amazon-api_20170110112233\n"
				    " ipsec tunnel 201\n"
				    "  ipsec sa policy 201 1 esp aes-cbc sha-hmac\n"
				    "  ipsec ike duration ipsec-sa 1 3600\n"
				    "  ipsec ike encryption 1 aes-cbc\n"
				    "  ipsec ike group 1 modp1024\n"
				    "  ipsec ike hash 1 sha\n"
				    "  ipsec ike keepalive use 1 on dpd 10 3\n"
				    "  ipsec ike local address 1 192.168.100.1\n"
				    "  ipsec ike nat-traversal 1 on type=2\n"
				    "  ipsec ike pfs 1 on\n"
				    "  ipsec ike pre-shared-key 1 text sesame.one\n"
				    "  ipsec ike remote address 1 203.0.113.1\n"
				    " ipsec tunnel outer df-bit clear\n"
				    " ip tunnel address 169.254.0.34/30\n"
				    " ip tunnel remote address 169.254.0.33\n"
				    " ip tunnel tcp mss limit 1387\n"
				    " tunnel enable 1\n"
				    "bgp use on\n"
				    "bgp autonomous-system 65000\n"
				    "bgp neighbor 1 10124 169.254.0.33 hold-time=30 "
				    "local-address=169.254.0.34\n"
				    "bgp import filter 1 equal 0.0.0.0/0\n"
				    "bgp import 10124 static filter 1\n"
				    "ipsec auto refresh on\n";

static void test_generated_lines_are_applied_as_one_change(void **state)
{
	assert_int_equal(
	    config_apply_lines(config, appendix, APPENDIX_LINES, error, sizeof(error)), 0);
	assert_int_equal(target.applied, 1);
	assert_int_equal(target.refreshed, 1);
	assert_running(appendix_text);
	assert_true(config_dirty(config));
}

static void test_the_model_says_what_the_lines_say(void **state)
{
	const struct config_model *m;
	const struct config_gateway *g;

	assert_int_equal(
	    config_apply_lines(config, appendix, APPENDIX_LINES, error, sizeof(error)), 0);
	m = config_model(config);
	assert_ptr_equal(m, target.model);
	assert_true(m->tunnel[1].present && m->tunnel[1].enabled && !m->tunnel[2].present);
	assert_string_equal(m->tunnel[1].description, "amazon-api_20170110112233");
	assert_int_equal(m->tunnel[1].policy, 201);
	assert_int_equal(m->tunnel[1].df, CONFIG_DF_CLEAR);
	assert_int_equal(m->tunnel[1].mss_limit, 1387);
	assert_int_equal(m->tunnel[1].address.length, 30);
	assert_int_equal(ip_addr_v4_host(&m->tunnel[1].remote), 0xa9fe0021);
	assert_int_equal(config_tunnel_policy(m, 1)->encr, CONFIG_AES_CBC);
	assert_int_equal(config_tunnel_policy(m, 1)->auth, CONFIG_SHA);
	assert_true(config_tunnel_policy(m, 1)->replay_check);
	assert_null(config_tunnel_policy(m, 2));
	g = config_tunnel_gateway(m, 1);
	assert_ptr_equal(g, &m->gateway[1]);
	assert_int_equal(g->sa_seconds, 3600);
	assert_int_equal(g->sa_kbytes, 0);
	assert_int_equal(g->ike_seconds, 28800);
	assert_int_equal(g->encr, CONFIG_AES_CBC);
	assert_int_equal(g->hash, CONFIG_SHA);
	assert_int_equal(g->group, 1024);
	assert_true(g->dpd && g->pfs && g->nat_traversal && g->auto_refresh);
	assert_int_equal(g->dpd_interval, 10);
	assert_int_equal(g->dpd_count, 3);
	assert_int_equal(g->nat_keepalive, 300);
	assert_int_equal(g->psk_bytes, 10);
	assert_memory_equal(g->psk, "sesame.one", 10);
	assert_int_equal(ip_addr_v4_host(&g->local), 0xc0a86401);
	assert_int_equal(ip_addr_v4_host(&g->remote), 0xcb007101);
	assert_true(m->bgp.use && m->ipsec_auto_refresh);
	assert_int_equal(m->bgp.autonomous_system, 65000);
	assert_int_equal(m->bgp.neighbor_count, 1);
	assert_int_equal(m->bgp.neighbor[0].hold_time, 30);
	assert_true(m->bgp.neighbor[0].local_set && !m->bgp.neighbor[0].metric_set);
	assert_int_equal(m->bgp.filter_count, 1);
	assert_int_equal(m->bgp.filter[0].match, CONFIG_EQUAL);
	assert_int_equal(m->bgp.filter[0].prefix[0].length, 0);
	assert_int_equal(m->bgp.import_count, 1);
	assert_int_equal(m->bgp.import[0].remote_as, 10124);
	assert_int_equal(m->bgp.import[0].filter[0], 1);
}

static void test_defaults_are_those_of_the_router(void **state)
{
	struct config_model *m = config_model_new();

	assert_int_equal(m->gateway[1].version, 1);
	assert_int_equal(m->gateway[1].encr, CONFIG_3DES_CBC);
	assert_int_equal(m->gateway[1].hash, CONFIG_SHA);
	assert_int_equal(m->gateway[1].group, 1024);
	assert_int_equal(m->gateway[1].sa_seconds, 28800);
	assert_int_equal(m->gateway[1].dpd_interval, 10);
	assert_int_equal(m->gateway[1].dpd_count, 6);
	assert_false(m->gateway[1].dpd || m->gateway[1].pfs || m->gateway[1].nat_traversal);
	assert_true(m->gateway[1].auto_refresh && !m->ipsec_auto_refresh);
	assert_int_equal(m->tunnel[1].df, CONFIG_DF_COPY);
	assert_int_equal(m->tunnel[1].mss_limit, 1);
	assert_int_equal(m->ike_retry_count, 10);
	assert_int_equal(m->ike_retry_interval, 5);
	assert_true(m->syslog_info && !m->syslog_debug && !m->syslog_notice);
	assert_string_equal(m->cloud[1].region, "ap-northeast-1");
	config_model_free(m);
}

static void test_show_config_keeps_the_order_of_the_router(void **state)
{
	type("cloud vpn syslog on");
	type("cloud vpn name 2 second");
	type("cloud vpn service 2 amazon-api");
	type("cloud vpn service 1 amazon-api");
	type("syslog debug on");
	type("bgp use on");
	type("ip lan2 address 192.0.2.1/24");
	type("ip lan1 mtu 1400");
	type("ip lan1 address 192.168.100.1/24");
	type("ip route 10.0.0.0/8 gateway 192.0.2.254");
	type("ip route default gateway 192.0.2.254");
	type("ipsec ike hash 7 sha");
	type("tunnel select 10");
	type("ip tunnel mtu 1300");
	type("tunnel select 2");
	type("ipsec tunnel 202");
	type("ipsec ike pfs 1 on");
	type("ipsec sa policy 202 1 esp aes-cbc sha-hmac");
	type("tunnel enable 2");
	type("console character ja.utf8");
	assert_running("console character ja.utf8\n"
		       "ip route default gateway 192.0.2.254\n"
		       "ip route 10.0.0.0/8 gateway 192.0.2.254\n"
		       "ip lan1 address 192.168.100.1/24\n"
		       "ip lan1 mtu 1400\n"
		       "ip lan2 address 192.0.2.1/24\n"
		       "tunnel select 2\n"
		       " ipsec tunnel 202\n"
		       "  ipsec sa policy 202 1 esp aes-cbc sha-hmac\n"
		       "  ipsec ike pfs 1 on\n"
		       " tunnel enable 2\n"
		       "tunnel select 10\n"
		       " ip tunnel mtu 1300\n"
		       "ipsec ike hash 7 sha\n"
		       "bgp use on\n"
		       "syslog debug on\n"
		       "cloud vpn service 1 amazon-api\n"
		       "cloud vpn service 2 amazon-api\n"
		       "cloud vpn name 2 second\n"
		       "cloud vpn syslog on\n");
}

static void test_what_is_shown_is_what_it_was_made_from(void **state)
{
	char *text;

	assert_int_equal(
	    config_apply_lines(config, appendix, APPENDIX_LINES, error, sizeof(error)), 0);
	text = config_running_text(config);
	assert_int_equal(config_replace(config, text, strlen(text), error, sizeof(error)), 0);
	assert_running(text);
	free(text);
}

static void test_a_default_that_was_entered_stays_until_no(void **state)
{
	type("syslog info on");
	assert_running("syslog info on\n");
	type("no syslog info");
	assert_running("");
	type("no syslog info"); /* what is not there can be taken away again */
	type("ipsec ike hash 1 sha256");
	assert_int_equal(config_model(config)->gateway[1].hash, CONFIG_SHA256);
	type("no ipsec ike hash 1");
	assert_int_equal(config_model(config)->gateway[1].hash, CONFIG_SHA);
}

static void test_the_same_line_again_changes_nothing(void **state)
{
	type("syslog debug on");
	config_saved(config);
	type("syslog debug on");
	assert_int_equal(target.applied, 1);
	assert_false(config_dirty(config));
	type("syslog debug off");
	assert_int_equal(target.applied, 2);
	assert_true(config_dirty(config));
}

static void test_nothing_applied_is_nothing_to_save(void **state)
{
	assert_int_equal(config_replace(config, "", 0, error, sizeof(error)), 0);
	assert_int_equal(target.applied, 1);
	assert_non_null(config_model(config));
	assert_false(config_dirty(config));
	type("syslog debug on");
	config_saved(config);
	assert_int_equal(config_replace(config, "# nothing\n", 10, error, sizeof(error)), 0);
	assert_true(config_dirty(config));
	assert_running("");
}

static void test_a_line_the_system_refuses_changes_nothing(void **state)
{
	const struct config_model *before;

	type("ip lan1 address 192.168.100.1/24");
	config_saved(config);
	before = config_model(config);
	target.refuse = -EBUSY;
	assert_int_equal(enter("ip lan1 address 192.168.200.1/24"), -EBUSY);
	assert_string_equal(error, "refused by the system");
	assert_int_equal(enter("no ip lan1 address"), -EBUSY);
	assert_int_equal(enter("tunnel enable 1-3"), -EBUSY);
	assert_ptr_equal(config_model(config), before);
	assert_running("ip lan1 address 192.168.100.1/24\n");
	assert_false(config_dirty(config));
	target.refuse = 0;
	type("ip lan1 address 192.168.200.1/24");
	assert_running("ip lan1 address 192.168.200.1/24\n");
}

static void test_a_batch_is_whole_or_not_at_all(void **state)
{
	const char *lines[] = {"ip lan1 mtu 1400", "", "ip lan1 adress 192.0.2.1/24"};
	const char *refused[] = {"syslog debug on", "pp select 1"};
	const char *operation[] = {"syslog debug on", "save"};
	const char *meaning[] = {"ip lan1 mtu 1400", "ipsec ike version 1 2"};

	type("syslog debug off");
	assert_int_equal(config_apply_lines(config, lines, 3, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "line 3: column 9: \"adress\" is not known here; expected "
				   "address, secondary, mtu, tcp, "
				   "secure, nat");
	assert_int_equal(config_apply_lines(config, refused, 2, error, sizeof(error)), -EINVAL);
	assert_string_equal(error,
	    "line 2: there is no pp interface here: no PPPoE and no dial-up; give a lan an "
	    "address");
	assert_int_equal(config_apply_lines(config, operation, 2, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "line 2: this is a command to carry out, not a setting");
	assert_int_equal(config_apply_lines(config, meaning, 2, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "line 2: this version speaks IKEv1 only");
	target.refuse = -ENOSPC;
	assert_int_equal(
	    config_apply_lines(config, appendix, APPENDIX_LINES, error, sizeof(error)), -ENOSPC);
	assert_int_equal(target.applied, 1);
	assert_int_equal(target.refreshed, 0);
	assert_running("syslog debug off\n");
}

static void test_tunnel_lines_need_a_tunnel(void **state)
{
	assert_refused("ip tunnel mtu 1300",
	    "this setting belongs to a tunnel: enter `tunnel select N` before it");
	type("tunnel select 3");
	assert_int_equal(tunnel, 3);
	type("ip tunnel mtu 1300");
	type("tunnel select 4");
	type("ip tunnel mtu 1400");
	type("no ip tunnel mtu");
	assert_running("tunnel select 3\n ip tunnel mtu 1300\n");
	type("tunnel select none");
	assert_int_equal(tunnel, 0);
	type("tunnel select 3");
	type("no tunnel select");
	assert_int_equal(tunnel, 0);
}

static void test_several_tunnels_are_enabled_at_once(void **state)
{
	type("tunnel enable 1-3 7");
	assert_true(
	    config_model(config)->tunnel[2].enabled && config_model(config)->tunnel[7].enabled);
	assert_int_equal(target.applied, 1);
	type("tunnel disable 2");
	type("no tunnel enable 7");
	assert_running("tunnel select 1\n tunnel enable 1\ntunnel select 3\n tunnel enable 3\n");
	type("no tunnel enable 2-");
	type("tunnel disable all");
	assert_running("");
	type("tunnel enable -2 99-");
	assert_true(
	    config_model(config)->tunnel[1].enabled && config_model(config)->tunnel[2].enabled &&
	    !config_model(config)->tunnel[3].enabled && config_model(config)->tunnel[100].enabled);
	assert_refused("no tunnel enable", "name the tunnels");
	assert_int_equal(enter("tunnel enable 3-2"), -EINVAL);
	assert_int_equal(enter("tunnel enable 0-2"), -EINVAL);
	assert_int_equal(enter("tunnel enable -"), -EINVAL);
}

static void test_what_contradicts_itself_is_refused(void **state)
{
	type("tunnel select 1");
	type("ipsec tunnel 201");
	type("ipsec sa policy 201 1 esp aes-cbc sha-hmac");
	type("ip tunnel address 169.254.0.34/30");
	type("tunnel select 2");
	assert_refused("ipsec tunnel 201", "policy 201 is used by tunnel 1 already");
	assert_refused("ip tunnel address 169.254.0.34/30", "tunnel 1 has the same inside address");
	type("ipsec tunnel 202");
	assert_refused(
	    "ipsec sa policy 202 1 esp aes-cbc sha-hmac", "gateway 1 is used by tunnel 1 already");
	type("ip tunnel address 169.254.1.34/30");
	assert_refused("ip tunnel remote address 169.254.1.34",
	    "tunnel 2: both ends have the same inside address");
	type("ip lan1 address 10.0.0.1/24");
	assert_refused("ip lan2 address 10.0.1.1/16", "the networks of lan1 and lan2 overlap");
	type("ip lan1 secondary address 10.0.2.1/24");
	assert_refused("ip lan2 address 10.0.2.2/24", "the networks of lan1 and lan2 overlap");
	assert_refused(
	    "ip lan2 secondary address 10.0.0.7/24", "the networks of lan1 and lan2 overlap");
	assert_refused("ip lan1 address 10.0.3.1/22", "the two networks of lan1 overlap");
	assert_refused(
	    "bgp use on", "`bgp use on` and a secondary address (of lan1) exclude each other");
	assert_refused(
	    "ip lan1 secondary address dhcp", "a secondary address is written out: DHCP gives one");
	type("no ip lan1 secondary address");
	type("bgp neighbor 1 64512 169.254.0.33");
	assert_refused(
	    "bgp neighbor 2 64512 169.254.0.33", "neighbors 1 and 2 have the same address");
	type("bgp neighbor 1 64513 169.254.0.33 metric=5");
	assert_int_equal(config_model(config)->bgp.neighbor_count, 1);
	assert_int_equal(config_model(config)->bgp.neighbor[0].metric, 5);
}

static void test_what_is_not_done_is_refused_and_not_stored(void **state)
{
	static const char *const lines[] = {
	    "ip lan1 nat descriptor 1 reverse 2",
	    "ip lan1 address 0.0.0.0/0",
	    "ip lan1 address 192.168.1.0/24",
	    "ip lan1 address 192.168.1.255/24",
	    "ip lan1 address 192.168.1.1",
	    "ip lan1 address 127.0.0.1/8",
	    "ip lan1 address 224.0.0.1/24",
	    "ip route 10.0.0.0/8 gateway 0.0.0.0",
	    "ipsec sa policy 1 1 esp",
	    "ipsec sa policy 1 1 esp aes-cbc",
	    "ipsec sa policy 1 1 esp 3des-cbc sha-hmac",
	    "ipsec sa policy 1 1 esp aes-cbc md5-hmac",
	    "ipsec ike version 1 2",
	    "ipsec ike duration isakmp-sa 1 3600 1000",
	    "ipsec ike keepalive use 1 on heartbeat 10 6",
	    "ipsec ike keepalive use 1 on icmp-echo 192.0.2.1 10 6",
	    "ipsec ike duration ipsec-sa 1 3600 rekey off",
	    "ipsec ike duration ipsec-sa 1 3600 forced-reduction=30",
	    "ipsec ike keepalive use 1 on dpd 10 3 5",
	    "ipsec ike encryption 1 3des-cbc",
	    "ipsec ike encryption 1 des-cbc",
	    "ipsec ike hash 1 md5",
	    "ipsec ike group 1 modp768",
	    "ipsec ike group 1 modp1024 modp768",
	    "ipsec ike nat-traversal 1 on",
	    "ipsec ike nat-traversal 1 on type=1",
	    "ipsec ike nat-traversal 1 on type=2 force=on",
	    "ipsec ike local address 1 0.0.0.0",
	    "bgp router id 0.0.0.0",
	    "bgp import filter 1 equal all preference=7",
	    "cloud vpn option 1 region=evil.example.com",
	    "cloud vpn option 1 region=../x",
	    "cloud vpn bind 1 2 2",
	};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (enter(lines[i]) != -EINVAL || !error[0])
			fail_msg("%s: was taken", lines[i]);
		assert_running("");
	}
	assert_int_equal(target.applied, 0);
}

static void test_routes_carry_all_their_gateways(void **state)
{
	const struct config_route *route;

	type("ip route 10.0.0.0/16 gateway tunnel 1 hide gateway tunnel 2 hide weight 3 "
	     "gateway 192.0.2.1 metric 7 gateway null");
	route = &config_model(config)->route[0];
	assert_int_equal(config_model(config)->route_count, 1);
	assert_int_equal(route->gateway_count, 4);
	assert_int_equal(route->gateway[0].kind, CONFIG_VIA_TUNNEL);
	assert_int_equal(route->gateway[0].tunnel, 1);
	assert_true(route->gateway[0].hide);
	assert_int_equal(route->gateway[0].weight, 1);
	assert_int_equal(route->gateway[0].metric, 1);
	assert_int_equal(route->gateway[1].tunnel, 2);
	assert_int_equal(route->gateway[1].weight, 3);
	assert_int_equal(route->gateway[2].kind, CONFIG_VIA_ADDRESS);
	assert_int_equal(route->gateway[2].metric, 7);
	assert_false(route->gateway[2].hide);
	assert_int_equal(route->gateway[3].kind, CONFIG_VIA_NULL);
	assert_refused("ip route 10.1.0.0/16 gateway tunnel 1 gateway tunnel 2 gateway tunnel 3 "
		       "gateway tunnel 4 gateway tunnel 5 gateway tunnel 6 gateway tunnel 7 "
		       "gateway tunnel 8 gateway tunnel 9",
	    "a route has at most 8 gateways");
}

static void test_keys_come_as_text_or_in_hexadecimal(void **state)
{
	type("ipsec ike pre-shared-key 1 0x00fFa0");
	assert_int_equal(config_model(config)->gateway[1].psk_bytes, 3);
	assert_memory_equal(config_model(config)->gateway[1].psk, "\x00\xff\xa0", 3);
	type("ipsec ike pre-shared-key 1 text 0x00");
	assert_int_equal(config_model(config)->gateway[1].psk_bytes, 4);
	assert_memory_equal(config_model(config)->gateway[1].psk, "0x00", 4);
	type("ipsec ike remote address 1 vpn.example.com");
	assert_string_equal(config_model(config)->gateway[1].remote_host, "vpn.example.com");
	assert_false(config_model(config)->gateway[1].remote_set);
	type("ipsec ike remote address 1 any");
	assert_true(config_model(config)->gateway[1].remote_any);
}

static void test_descriptions_count_characters_and_bytes(void **state)
{
	char line[300] = "description tunnel ";

	type("tunnel select 1");
	type("description tunnel \"\xe6\x9d\xb1\xe4\xba\xac AWS\"");
	for (unsigned i = 0; i < 22; i++) /* 66 bytes */
		strcat(line, "\xe6\x9d\xb1");
	assert_int_equal(enter(line), -EINVAL);
	assert_running("tunnel select 1\n description tunnel \"\xe6\x9d\xb1\xe4\xba\xac AWS\"\n");
}

static void test_C05_masked_text_holds_no_secret(void **state)
{
	char *text;

	type("ipsec ike pre-shared-key 1 text sesame-psk");
	type("cloud vpn parameter 1 AKIDEXAMPLE sesame-key vpn-1");
	text = config_masked_text(config);
	assert_string_equal(text, "ipsec ike pre-shared-key 1 text *\n"
				  "cloud vpn parameter 1 AKIDEXAMPLE * vpn-1\n");
	free(text);
	/* A masked line that is pasted back does not set the mask as the key. */
	assert_int_equal(enter("ipsec ike pre-shared-key 1 text *"), -EINVAL);
	assert_memory_equal(config_model(config)->gateway[1].psk, "sesame-psk", 10);
}

static void test_C05_the_secret_of_a_scheduled_command_is_masked(void **state)
{
	static const char line[] =
	    "schedule at 1 03:00 * ipsec ike pre-shared-key 1 text sesame.one\n";
	static struct grammar_match match;
	char *masked;

	assert_int_equal(grammar_parse(&match, line, strlen(line) - 1, error, sizeof(error)), 0);
	assert_true(match.secret);
	type("schedule at 1 03:00 * ipsec ike pre-shared-key 1 text sesame.one");
	type("schedule at 2 03:00 * schedule at 3 03:00 * cloud vpn parameter 1 AKID sesame vpn-1");
	type("schedule at 4 03:00 * \"ipsec ike pre-shared-key 1 text sesame.two\"");
	type("schedule at 5 03:00 * cloud vpn set go 1 save");
	masked = config_masked_text(config);
	assert_null(strstr(masked, "sesame"));
	assert_non_null(strstr(masked, "schedule at 5 03:00 * cloud vpn set go 1 save\n"));
	assert_string_equal(config_model(config)->schedule[0].command,
	    "ipsec ike pre-shared-key 1 text sesame.one");
	free(masked);
}

static void test_a_vpn_id_alone_wants_the_keys_of_the_environment(void **state)
{
	const struct config_cloud *cloud;

	type("cloud vpn parameter 1 vpn-0a1b");
	type("cloud vpn option 1 role=arn:aws:iam::123456789012:role/vpn ip=dual "
	     "endpoint=https://vpce-1.example.com");
	cloud = &config_model(config)->cloud[1];
	assert_true(cloud->parameters_set);
	assert_string_equal(cloud->access_key, "");
	assert_string_equal(cloud->vpn_id, "vpn-0a1b");
	assert_string_equal(cloud->role, "arn:aws:iam::123456789012:role/vpn");
	assert_string_equal(cloud->endpoint, "https://vpce-1.example.com");
	assert_string_equal(cloud->region, "ap-northeast-1");
	assert_true(cloud->dual_stack);
	assert_int_equal(enter("cloud vpn parameter 1 AKIDEXAMPLE"), -EINVAL);
	assert_non_null(strstr(error, "needs its secret key"));
	assert_int_equal(enter("cloud vpn option 1 external-id=x"), -EINVAL);
	assert_non_null(strstr(error, "belongs to a role"));
}

/* Not first at `set go`, when the line is down. */
static void test_an_endpoint_that_cannot_be_is_refused_when_it_is_entered(void **state)
{
	static const char *const bad[] = {"192.0.2.99", "https://192.0.2.99:8443", "localhost",
	    "http://vpce-1.example.com", "https://vpce-1.example.com/path", "vpce-1.example.com:0"};
	char line[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "cloud vpn option 1 endpoint=%s", bad[i]);
		assert_int_equal(enter(line), -EINVAL);
		assert_non_null(strstr(error, "an endpoint is a host name"));
	}
	assert_int_equal(enter("cloud vpn option 1 endpoint=vpce-1.example.com:8443"), 0);
}

static void test_large_configurations_are_taken(void **state)
{
	struct text text = {0};

	for (unsigned i = 1; i <= config_tunnels(); i++)
		text_printf(&text,
		    "tunnel select %u\n ipsec tunnel %u\n  ipsec sa policy %u %u esp aes-cbc "
		    "sha-hmac\n"
		    "  ipsec ike pre-shared-key %u text key%u\n tunnel enable %u\n",
		    i, 200 + i, 200 + i, i, i, i, i);
	assert_int_equal(config_replace(config, text.data, text.bytes, error, sizeof(error)), 0);
	assert_running(text.data);
	assert_int_equal(config_model(config)->policy_count, config_tunnels());
	text_free(&text);
	assert_refused(
	    "ipsec sa policy 999 1 esp aes-cbc sha-hmac", "there are at most 100 policies");
}

static void test_hosts_that_the_log_is_sent_to(void **state)
{
	type("syslog host 192.0.2.1 log.example.com");
	assert_string_equal(config_model(config)->syslog_host[0], "192.0.2.1");
	assert_string_equal(config_model(config)->syslog_host[1], "log.example.com");
	assert_string_equal(config_model(config)->syslog_host[2], "");
	assert_refused("syslog host 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5",
	    "the log is sent to 4 hosts at most");
	type("no syslog host");
	assert_string_equal(config_model(config)->syslog_host[0], "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void test_no_tunnel_select_leaves_and_does_not_delete(void **state)
{
	type("tunnel select 2");
	type("description tunnel yamaha");
	type("no tunnel select");
	assert_int_equal(tunnel, 0);
	type("no tunnel select 3");
	assert_int_equal(enter("no tunnel select 2"), -EINVAL);
	assert_non_null(strstr(error, "each of its lines with `no` in front"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_hosts_that_the_log_is_sent_to),
	    T(test_generated_lines_are_applied_as_one_change),
	    T(test_no_tunnel_select_leaves_and_does_not_delete),
	    T(test_the_model_says_what_the_lines_say),
	    T(test_defaults_are_those_of_the_router),
	    T(test_show_config_keeps_the_order_of_the_router),
	    T(test_what_is_shown_is_what_it_was_made_from),
	    T(test_a_default_that_was_entered_stays_until_no),
	    T(test_the_same_line_again_changes_nothing),
	    T(test_nothing_applied_is_nothing_to_save),
	    T(test_a_line_the_system_refuses_changes_nothing),
	    T(test_a_batch_is_whole_or_not_at_all),
	    T(test_tunnel_lines_need_a_tunnel),
	    T(test_several_tunnels_are_enabled_at_once),
	    T(test_what_contradicts_itself_is_refused),
	    T(test_what_is_not_done_is_refused_and_not_stored),
	    T(test_routes_carry_all_their_gateways),
	    T(test_keys_come_as_text_or_in_hexadecimal),
	    T(test_descriptions_count_characters_and_bytes),
	    T(test_C05_masked_text_holds_no_secret),
	    T(test_C05_the_secret_of_a_scheduled_command_is_masked),
	    T(test_a_vpn_id_alone_wants_the_keys_of_the_environment),
	    T(test_an_endpoint_that_cannot_be_is_refused_when_it_is_entered),
	    T(test_large_configurations_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
