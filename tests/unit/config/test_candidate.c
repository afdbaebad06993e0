/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Candidates: gathered, merged with what others changed, taken back; differences; `check`. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/check.h"
#include "control/config/config.h"
#include "control/config/grammar.h"

static struct {
	unsigned applied, refreshed;
	int refuse, refuse_refresh;
} target;
static struct config *config;
static struct config_candidate *candidate;
static char error[CONFIG_ERROR_BYTES];
static uint32_t tunnel;
static const mono_t start = {1000 * MONO_NSEC_PER_SEC};

static int apply(void *ctx, const struct config_model *model, char *why, size_t why_bytes)
{
	if (target.refuse) {
		snprintf(why, why_bytes, "refused");
		return target.refuse;
	}
	target.applied++;
	return 0;
}

static int refresh(void *ctx, char *why, size_t why_bytes)
{
	target.refreshed++;
	return target.refuse_refresh;
}

static int setup(void **state)
{
	const struct config_env env = {.apply = apply, .bgp_refresh = refresh};
	const char *lines = "syslog notice on\nbgp autonomous-system 65000\n";

	memset(&target, 0, sizeof(target));
	tunnel = 0;
	config = config_new(&env);
	if (config_replace(config, lines, strlen(lines), error, sizeof(error)))
		return -1;
	target.applied = 0;
	candidate = config_candidate_new(config);
	return candidate ? 0 : -1;
}

static int teardown(void **state)
{
	config_candidate_free(candidate);
	config_free(config);
	return 0;
}

static int gather(const char *line)
{
	static struct grammar_match match;
	int rc;

	error[0] = '\0';
	assert_int_equal(grammar_parse(&match, line, strlen(line), error, sizeof(error)), 0);
	rc = config_candidate_change(candidate, &tunnel, &match, error, sizeof(error));
	grammar_match_wipe(&match);
	return rc;
}

static void type(const char *line)
{
	if (config_apply_lines(config, &line, 1, error, sizeof(error)))
		fail_msg("%s", error);
}

static void assert_running(const char *expected)
{
	char *text = config_running_text(config);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_difference(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void test_a_candidate_touches_nothing_until_it_is_committed(void **state)
{
	assert_false(config_candidate_changed(candidate));
	assert_int_equal(gather("tunnel select 1"), 0);
	assert_int_equal(tunnel, 1);
	assert_int_equal(gather("ipsec tunnel 201"), 0);
	assert_int_equal(gather("tunnel select none"), 0);
	assert_int_equal(gather("no syslog notice"), 0);
	assert_int_equal(gather("bgp autonomous-system 65001"), 0);
	assert_true(config_candidate_changed(candidate));
	assert_int_equal(target.applied, 0);
	assert_difference(config_candidate_difference(candidate),
	    " tunnel select 1\n+ ipsec tunnel 201\n-bgp autonomous-system 65000\n"
	    "+bgp autonomous-system 65001\n-syslog notice on\n");
	assert_int_equal(config_commit(config, candidate, 0, start, error, sizeof(error)), 0);
	assert_int_equal(target.applied, 1);
	assert_running("tunnel select 1\n ipsec tunnel 201\nbgp autonomous-system 65001\n");
}

static void test_a_line_that_is_wrong_does_not_enter_the_candidate(void **state)
{
	assert_int_equal(gather("ip lan1 address 192.168.1.1/24"), 0);
	assert_int_equal(gather("ip lan2 address 192.168.1.2/24"), -EINVAL);
	assert_string_equal(error, "the networks of lan1 and lan2 overlap");
	assert_int_equal(gather("save"), -EINVAL);
	assert_difference(
	    config_candidate_difference(candidate), "+ip lan1 address 192.168.1.1/24\n");
}

static void test_what_others_changed_meanwhile_stays(void **state)
{
	assert_int_equal(gather("no syslog notice"), 0);
	assert_int_equal(gather("bgp autonomous-system 65001"), 0);
	assert_int_equal(gather("syslog debug on"), 0);
	type("bgp use on");
	type("bgp autonomous-system 65009");
	type("syslog notice off");
	assert_int_equal(config_commit(config, candidate, 0, start, error, sizeof(error)), 0);
	assert_running("bgp use on\nbgp autonomous-system 65001\nsyslog debug on\n");
}

static void test_a_commit_that_is_refused_changes_nothing(void **state)
{
	assert_int_equal(gather("syslog debug on"), 0);
	target.refuse = -EBUSY;
	assert_int_equal(config_commit(config, candidate, 5, start, error, sizeof(error)), -EBUSY);
	assert_string_equal(error, "refused");
	assert_false(config_is_unconfirmed(config));
	assert_running("bgp autonomous-system 65000\nsyslog notice on\n");
	/* Or what another changed meanwhile contradicts it. */
	target.refuse = 0;
	assert_int_equal(gather("ip lan1 address 192.168.1.1/24"), 0);
	type("ip lan2 address 192.168.1.2/24");
	assert_int_equal(config_commit(config, candidate, 0, start, error, sizeof(error)), -EINVAL);
	assert_running("ip lan2 address 192.168.1.2/24\nbgp autonomous-system 65000\n"
		       "syslog notice on\n");
}

static void test_a_commit_nobody_confirms_is_taken_back(void **state)
{
	assert_int_equal(gather("bgp autonomous-system 65001"), 0);
	assert_int_equal(gather("bgp configure refresh"), 0);
	assert_int_equal(config_commit(config, candidate, 5, start, error, sizeof(error)), 0);
	assert_true(config_is_unconfirmed(config));
	assert_int_equal(target.refreshed, 1);
	type("syslog debug on"); /* by another: stays */
	assert_int_equal(config_commit(config, candidate, 0, start, error, sizeof(error)), -EBUSY);
	assert_int_equal(config_tick(config, mono_add_sec(start, 299), error, sizeof(error)), 0);
	assert_running("bgp autonomous-system 65001\nsyslog notice on\nsyslog debug on\n");
	assert_int_equal(config_tick(config, mono_add_sec(start, 300), error, sizeof(error)), 1);
	assert_running("bgp autonomous-system 65000\nsyslog notice on\nsyslog debug on\n");
	assert_int_equal(target.refreshed, 2);
	assert_false(config_is_unconfirmed(config));
	assert_int_equal(config_tick(config, mono_add_sec(start, 900), error, sizeof(error)), 0);
}

static void test_what_cannot_be_taken_back_yet_is_tried_until_it_can(void **state)
{
	assert_int_equal(gather("syslog debug on"), 0);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	target.refuse = -ENOSPC;
	assert_int_equal(
	    config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), -ENOSPC);
	assert_true(config_is_unconfirmed(config));
	assert_int_equal(config_tick(config, mono_add_sec(start, 69), error, sizeof(error)), 0);
	target.refuse = 0;
	assert_int_equal(config_tick(config, mono_add_sec(start, 70), error, sizeof(error)), 1);
	assert_false(config_is_unconfirmed(config));
	assert_running("bgp autonomous-system 65000\nsyslog notice on\n");
}

static void test_what_was_changed_since_does_not_keep_a_commit(void **state)
{
	type("ip lan1 address 192.168.1.1/24");
	config_candidate_free(candidate);
	candidate = config_candidate_new(config);
	assert_int_equal(gather("ip lan1 address 192.168.7.1/24"), 0);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	type("ip lan2 address 192.168.1.2/24");
	assert_int_equal(config_tick(config, mono_add_sec(start, 60), error, sizeof(error)),
	    CONFIG_ALL_TAKEN_BACK);
	assert_string_equal(error, "the networks of lan1 and lan2 overlap");
	assert_running("ip lan1 address 192.168.1.1/24\nbgp autonomous-system 65000\n"
		       "syslog notice on\n");
	assert_false(config_is_unconfirmed(config));
}

static void test_bgp_that_followed_a_commit_later_follows_it_back(void **state)
{
	const char *const lines[] = {"bgp configure refresh"};

	config_bgp_followed(config); /* none waits */
	assert_int_equal(gather("bgp autonomous-system 65001"), 0);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	assert_int_equal(target.refreshed, 0);
	assert_int_equal(config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), 1);
	assert_int_equal(target.refreshed, 0);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	config_bgp_followed(config);
	assert_int_equal(config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), 1);
	assert_int_equal(target.refreshed, 1);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	assert_int_equal(config_apply_lines(config, lines, 1, error, sizeof(error)), 0);
	assert_int_equal(config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), 1);
	assert_int_equal(target.refreshed, 3);
	assert_running("bgp autonomous-system 65000\nsyslog notice on\n");
}

static void test_a_commit_is_taken_back_also_when_bgp_did_not_follow(void **state)
{
	assert_int_equal(gather("bgp autonomous-system 65001"), 0);
	assert_int_equal(gather("bgp configure refresh"), 0);
	target.refuse_refresh = -ENOMEM;
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), -ENOMEM);
	assert_running("bgp autonomous-system 65001\nsyslog notice on\n");
	assert_true(config_is_unconfirmed(config));
	assert_int_equal(
	    config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), -ENOMEM);
	target.refuse_refresh = 0;
	assert_int_equal(config_tick(config, mono_add_sec(start, 70), error, sizeof(error)), 1);
	assert_running("bgp autonomous-system 65000\nsyslog notice on\n");
	assert_int_equal(target.refreshed, 3);
}

static void test_a_commit_that_is_confirmed_stays(void **state)
{
	assert_int_equal(gather("syslog debug on"), 0);
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	config_confirm(config);
	assert_int_equal(config_tick(config, mono_add_sec(start, 900), error, sizeof(error)), 0);
	assert_running("bgp autonomous-system 65000\nsyslog notice on\nsyslog debug on\n");
}

static void test_C05_a_changed_secret_differs_and_is_not_shown(void **state)
{
	type("ipsec ike pre-shared-key 1 text sesame");
	config_candidate_free(candidate);
	candidate = config_candidate_new(config);
	assert_int_equal(gather("ipsec ike pre-shared-key 1 text barley"), 0);
	assert_difference(config_candidate_difference(candidate),
	    "-ipsec ike pre-shared-key 1 text *\n+ipsec ike pre-shared-key 1 text *\n");
}

static void test_ten_thousand_lines_are_replaced_removed_and_merged(void **state)
{
	struct text lines = {0};
	char *before, *after;

	for (unsigned i = 1; i <= 10000; i++)
		text_printf(&lines, "ip filter %u pass 10.%u.%u.0/24\n", i, i >> 8, i & 255);
	assert_int_equal(config_replace(config, lines.data, lines.bytes, error, sizeof(error)), 0);
	before = config_running_text(config);
	assert_string_equal(before, lines.data);
	text_free(&lines);
	config_candidate_free(candidate);
	candidate = config_candidate_new(config);
	for (unsigned i = 1; i <= 40; i++) {
		char line[64];

		snprintf(line, sizeof(line), "%sip filter %u%s", i & 1 ? "no " : "", i * 250,
		    i & 1 ? "" : " reject *");
		assert_int_equal(gather(line), 0);
	}
	assert_int_equal(config_commit(config, candidate, 1, start, error, sizeof(error)), 0);
	after = config_running_text(config);
	assert_null(strstr(after, "ip filter 250 "));
	assert_non_null(strstr(after, "\nip filter 251 pass 10.0.251.0/24\n"));
	assert_non_null(strstr(after, "\nip filter 500 reject *\n"));
	free(after);
	assert_int_equal(config_tick(config, mono_add_sec(start, 60), error, sizeof(error)), 1);
	assert_running(before);
	free(before);
}

/* ---- check -------------------------------------------------------------------------------------
 */

static struct text found;

static void keep(void *ctx, const char *sentence)
{
	text_printf(&found, "%s\n", sentence);
}

static void test_check_names_what_is_missing(void **state)
{
	static const char lines[] =
	    "tunnel select 1\nipsec tunnel 201\ntunnel enable 1\ntunnel enable 2\n"
	    "ipsec sa policy 201 1 esp aes-cbc sha-hmac\nipsec ike pfs 1 on\n"
	    "ip route 10.0.0.0/8 gateway tunnel 3\nbgp use on\n"
	    "bgp import 64512 static filter 7\nip lan1 secure filter in 1 2\n"
	    "ip lan2 secure filter out 2 dynamic 3 4\nip filter 2 pass *\n"
	    "ip filter dynamic 4 * * filter 2 in 5\n";

	assert_int_equal(config_replace(config, lines, strlen(lines), error, sizeof(error)), 0);
	assert_int_equal(config_check(config, keep, NULL), 11);
	assert_string_equal(found.data,
	    "gateway 1 has no pre-shared key\n"
	    "gateway 1 has no remote address\n"
	    "gateway 1 has no `ipsec ike encryption`: it would be 3des-cbc, which is not offered\n"
	    "tunnel 2 is enabled and has no `ipsec tunnel`\n"
	    "tunnels wait for the peer: there is no `ipsec auto refresh on`\n"
	    "route 10.0.0.0/8 leads to tunnel 3, which is not enabled\n"
	    "bgp is used and has no `bgp autonomous-system`\n"
	    "bgp import 64512 names filter 7, which there is none of\n"
	    "lan1: `secure filter in` names filter 1, which there is none of\n"
	    "lan2: `secure filter out` names dynamic filter 3, which there is none of\n"
	    "dynamic filter 4 names filter 5, which there is none of\n");
	text_free(&found);
}

/* Each of two lines is right; together they have no effect, or the wrong one. */
static void test_check_names_what_has_no_effect(void **state)
{
	static const struct {
		const char *lines, *sentence; /* NULL = nothing is wrong */
	} row[] = {
	    {"ip lan2 address 192.0.2.2/24\nip route default gateway 198.51.100.1\n",
		"route 0.0.0.0/0 has no effect: its gateway 198.51.100.1 is in the network of no "
		"interface"},
	    {"ip lan2 address 192.0.2.2/24\nip route default gateway 192.0.2.1\n", NULL},
	    {"ip lan2 address dhcp\nip route default gateway 198.51.100.1\n", NULL},
	    {"ip lan2 nat descriptor 7\n",
		"lan2 names NAT descriptor 7, which there is no `nat descriptor type` of"},
	    {"ip lan2 nat descriptor 7\nnat descriptor type 7 masquerade\n", NULL},
	    {"dhcp service server\ndhcp scope 1 192.168.9.2-192.168.9.9/24\n",
		"dhcp scope 1: no interface has an address in 192.168.9.0/24, so nobody is served"},
	    {"dhcp service server\ndhcp scope 1 192.168.9.2-192.168.9.9/24\n"
	     "ip lan1 address 192.168.9.1/24\n",
		NULL},
	    {"dhcp scope bind 2 192.168.9.2 52:54:00:00:00:01\n",
		"`dhcp scope bind 2 192.168.9.2`: there is no such scope"},
	    {"dhcp scope 2 192.168.9.2-192.168.9.9/24\n"
	     "dhcp scope bind 2 192.168.8.2 52:54:00:00:00:01\n",
		"`dhcp scope bind 2 192.168.8.2`: the network of the scope is 192.168.9.0/24"},
	    {"schedule at 1 12:00 * bogus\n", "schedule at 1: its command is refused: column 1:"},
	    {"schedule at 1 12:00 * cloud vpn set go 1\n",
		"schedule at 1: nobody is there to be asked: add `save` or `no-save`"},
	    {"schedule at 1 12:00 * cloud vpn set go 1 save\n", NULL},
	    {"schedule at 1 2,11/31 12:00 * save\n", "schedule at 1: no month of it has that day"},
	    {"schedule at 1 2/29 12:00 * save\nschedule at 2 11/30-31 12:00 * save\n", NULL},
	    {"tunnel select 1\nipsec tunnel 201\ntunnel enable 1\nipsec auto refresh on\n"
	     "ipsec sa policy 201 1 esp aes-cbc sha-hmac\nipsec ike encryption 1 aes-cbc\n"
	     "ipsec ike pre-shared-key 1 text sesame\nipsec ike remote address 1 vpn.example.com\n",
		"gateway 1: the remote address is no numeric one, and nothing is negotiated"},
	    {"tunnel select 1\nipsec tunnel 201\ntunnel enable 1\nipsec auto refresh on\n"
	     "ipsec sa policy 201 1 esp aes-cbc sha-hmac\nipsec ike encryption 1 aes-cbc\n"
	     "ipsec ike pre-shared-key 1 text sesame\nipsec ike remote address 1 192.0.2.1\n",
		NULL},
	    {"dns static cname a.example.com b.example.com\n",
		"`dns static cname a.example.com`: its target b.example.com is no name"},
	    {"dns static cname a.example.com B.example.com\n"
	     "dns static a b.example.com 192.0.2.9\n",
		NULL},
	    {"cloud vpn bind 1 1 2\ncloud vpn bind 2 3 2\n",
		"cloud vpn 1 and 2 are both bound to tunnel 2"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		unsigned count;

		if (config_replace(
			config, row[i].lines, strlen(row[i].lines), error, sizeof(error)))
			fail_msg("%s%s", row[i].lines, error);
		count = config_check(config, keep, NULL);
		if (count != (row[i].sentence ? 1 : 0) ||
		    (count && strncmp(found.data, row[i].sentence, strlen(row[i].sentence)) != 0))
			fail_msg("%s%u: %s", row[i].lines, count, found.data ? found.data : "");
		text_free(&found);
	}
}

static void test_check_names_ports_that_the_tunnels_need(void **state)
{
	static const char basis[] = "ip lan1 address 192.168.9.1/24\nip lan2 address 192.0.2.2/24\n"
				    "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
				    "nat descriptor masquerade static 1 1 %s\n%s";
	static const struct {
		const char *to, *tunnel;
		bool bad;
	} row[] = {
	    {"192.168.9.7 udp 500", "tunnel enable 1\n", true},
	    {"192.168.9.7 udp 4000-5000", "tunnel enable 1\n", true},
	    {"192.168.9.7 esp", "tunnel enable 1\n", true},
	    {"192.168.9.7 udp 501", "tunnel enable 1\n", false},
	    {"192.168.9.7 tcp 500", "tunnel enable 1\n", false},
	    {"192.168.9.1 udp 500", "tunnel enable 1\n", false},
	    {"192.168.9.7 udp 500", "", false},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char lines[400];

		snprintf(lines, sizeof(lines), basis, row[i].to, row[i].tunnel);
		if (config_replace(config, lines, strlen(lines), error, sizeof(error)))
			fail_msg("%s%s", lines, error);
		(void)config_check(config, keep, NULL);
		if ((found.data && strstr(found.data, "gives IKE or ESP to 192.168.9.7")) !=
		    row[i].bad)
			fail_msg("%s%s", lines, found.data ? found.data : "");
		text_free(&found);
	}
}

static void test_check_says_that_ipsec_is_not_used(void **state)
{
	static const char lines[] = "tunnel select 3\nipsec tunnel 201\ntunnel enable 3\n"
				    "ip route 10.0.0.0/8 gateway tunnel 3\nipsec use off\n";

	assert_int_equal(config_replace(config, lines, strlen(lines), error, sizeof(error)), 0);
	assert_int_equal(config_check(config, keep, NULL), 1);
	assert_string_equal(found.data, "no tunnel is in use: there is `ipsec use off`\n");
	text_free(&found);
}

static void test_a_file_is_checked_line_by_line(void **state)
{
	char path[] = "/tmp/cgw-check-XXXXXX";
	FILE *out = fdopen(mkstemp(path), "w");

	fputs("# by hand\nip lan1 adress 192.0.2.1/24\nsyslog debug on\nshow config\n", out);
	fclose(out);
	assert_int_equal(config_check_file(path, keep, NULL, error, sizeof(error)), 2);
	assert_string_equal(found.data,
	    "line 2: column 9: \"adress\" is not known here; expected address, secondary, mtu, "
	    "tcp, secure, "
	    "nat\nline 4: this is a command to carry out, not a setting\n");
	text_free(&found);
	out = fopen(path, "w");
	fputs("ip lan1 address 192.0.2.1/24\nip lan2 address 192.0.2.2/24\n", out);
	fclose(out);
	assert_int_equal(config_check_file(path, keep, NULL, error, sizeof(error)), 1);
	assert_string_equal(found.data, "the networks of lan1 and lan2 overlap\n");
	text_free(&found);
	unlink(path);
	assert_int_equal(config_check_file(path, keep, NULL, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, path));
}

static void test_of_many_wrong_lines_a_hundred_are_named(void **state)
{
	struct text lines = {0};

	for (unsigned i = 0; i < 100000; i++)
		text_puts(&lines, "bogus\n");
	assert_int_equal(
	    config_check_text(lines.data, lines.bytes, keep, NULL, error, sizeof(error)), 100);
	assert_non_null(strstr(found.data, "\nline 100: "));
	assert_null(strstr(found.data, "line 101: "));
	assert_non_null(strstr(found.data, "the lines after this one were not looked at\n"));
	text_free(&found);
	text_free(&lines);
}

/* ---- the line of the AWS file ------------------------------------------------------------------
 */

static void test_the_identity_of_the_aws_file_is_read_as_what_it_means(void **state)
{
	assert_int_equal(gather("tunnel select 2"), 0);
	assert_int_equal(gather("ipsec ike local address id <id> 0.0.0.0/0"), -EINVAL);
	assert_non_null(strstr(error, "this line needs a selected tunnel"));
	assert_int_equal(gather("ipsec tunnel 202"), 0);
	assert_int_equal(gather("ipsec sa policy 202 7 esp aes-cbc  sha-hmac"), 0);
	assert_int_equal(gather("ipsec ike local address id <id> 0.0.0.0/0"), 0);
	assert_string_equal(error, "Notice: read as `ipsec ike local id 7 0.0.0.0/0`");
	assert_int_equal(gather("ipsec ike remote address id 9 10.0.0.0/16"), 0);
	assert_int_equal(config_commit(config, candidate, 0, start, error, sizeof(error)), 0);
	assert_running("tunnel select 2\n ipsec tunnel 202\n"
		       "  ipsec sa policy 202 7 esp aes-cbc sha-hmac\n"
		       "  ipsec ike local id 7 0.0.0.0/0\n"
		       "  ipsec ike remote id 7 10.0.0.0/16\n"
		       "bgp autonomous-system 65000\nsyslog notice on\n");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_candidate_touches_nothing_until_it_is_committed),
	    T(test_a_line_that_is_wrong_does_not_enter_the_candidate),
	    T(test_what_others_changed_meanwhile_stays),
	    T(test_a_commit_that_is_refused_changes_nothing),
	    T(test_a_commit_nobody_confirms_is_taken_back),
	    T(test_what_cannot_be_taken_back_yet_is_tried_until_it_can),
	    T(test_what_was_changed_since_does_not_keep_a_commit),
	    T(test_bgp_that_followed_a_commit_later_follows_it_back),
	    T(test_a_commit_is_taken_back_also_when_bgp_did_not_follow),
	    T(test_a_commit_that_is_confirmed_stays),
	    T(test_C05_a_changed_secret_differs_and_is_not_shown),
	    T(test_ten_thousand_lines_are_replaced_removed_and_merged),
	    T(test_check_names_what_is_missing),
	    T(test_check_names_what_has_no_effect),
	    T(test_check_names_ports_that_the_tunnels_need),
	    T(test_check_says_that_ipsec_is_not_used),
	    T(test_a_file_is_checked_line_by_line),
	    T(test_of_many_wrong_lines_a_hundred_are_named),
	    T(test_the_identity_of_the_aws_file_is_read_as_what_it_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
