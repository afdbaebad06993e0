/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn download` and `cloud vpn load`: files that go through the client, questions, ends. */
#include "tests/unit/console/session_fixture.h"
#include "tests/unit/freed.h"

#define PARAMETER "cloud vpn parameter 1 AKIAMADEUP0000000001 sesame vpn-0123"

static void test_a_comparison_is_fields_for_a_program_and_a_table_for_a_person(void **state)
{
	type(PARAMETER);
	type("show cloud vpn compare 1 | json -c");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "a table\n");
	assert_true(was_sent("\\\"schema\\\":\\\"show-cloud-vpn-compare/2\\\""));
	assert_true(was_sent("\\\"vpn_connection\\\":\\\"vpn-01234567\\\""));
	assert_true(was_sent("{\\\"name\\\":\\\"endpoint\\\",\\\"aws\\\":\\\"198.51.100.2\\\","
			     "\\\"configured\\\":\\\"198.51.100.6\\\",\\\"in_use\\\":null,"
			     "\\\"differs\\\":true}"));
	assert_true(was_sent("\\\"- ip tunnel tcp mss limit 1300\\\""));
	assert_false(was_sent("a table"));
	type("show cloud vpn compare 1");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "a table\n");
	assert_true(was_sent("{\"text\":\"a table\\n\"}\n"));
}

static void test_a_comparison_that_fails_or_is_left_shows_nothing(void **state)
{
	type(PARAMETER);
	type("show cloud vpn compare 1 | json");
	agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "AWS refused: AuthFailure");
	assert_true(was_sent("{\"error\":\"AWS refused: AuthFailure\"}\n" FAILED_ADMIN));
	type("show cloud vpn compare 1 | json");
	give("{\"interrupt\":true}");
	assert_true(was_sent(FAILED_ADMIN));
}

static void test_a_download_is_a_file_for_the_client_to_write(void **state)
{
	type(PARAMETER);
	type("cloud vpn download 1");
	assert_sent("");
	agent.report(agent.report_ctx, AGENT_CLOUD_PROGRESS, "");
	assert_sent("{\"progress\":\".\"}\n");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "tunnel select 1\nkey sesame\n");
	assert_true(was_sent("{\"export\":\"vpn-0123.txt\"}\n"
			     "{\"data\":\"tunnel select 1\\nkey sesame\\n\"}\n"));
	assert_true(was_sent("vpn-0123.txt has been written."));
	assert_true(was_sent("\"ok\":true,\"secret\":true"));
	type("cloud vpn download 1 generic");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "x\n");
	assert_true(was_sent("{\"export\":\"vpn-0123-generic.txt\"}"));
	type("cloud vpn download 1 yamaha file /tmp/a");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "x\n");
	assert_true(was_sent("{\"export\":\"/tmp/a\"}"));
}

/* A file of one line, in characters of three bytes: whole characters, and few frames. */
static void test_a_download_without_an_end_of_line_is_sent_in_whole_parts(void **state)
{
	const size_t chars = 100000;
	char *text = malloc(chars * 3 + 1);
	unsigned frames = 0;

	for (size_t i = 0; i < chars; i++)
		memcpy(text + i * 3, "\xe6\x97\xa5", 3);
	text[chars * 3] = '\0';
	type(PARAMETER);
	type("cloud vpn download 1");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, text);
	for (const char *at = sent.data; (at = strstr(at, "{\"data\":")); at++)
		frames++;
	assert_in_range(frames, 1, 20);
	assert_false(was_sent("\\\\x"));
	free(text);
}

static void test_a_download_that_fails_writes_nothing(void **state)
{
	type(PARAMETER);
	type("cloud vpn download 1");
	agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "AWS refused: UnauthorizedOperation");
	assert_true(was_sent("{\"error\":\"AWS refused: UnauthorizedOperation\"}\n" FAILED_ADMIN));
	assert_false(was_sent("export"));
	type("cloud vpn download 1");
	give("{\"interrupt\":true}");
	assert_int_equal(agent.cancelled, 1);
	assert_true(was_sent(FAILED_ADMIN));
}

static void test_a_loaded_file_is_shown_and_asked_about(void **state)
{
	give("{\"dialogue\":true}");
	type("cloud vpn load /tmp/x 3 as 65010");
	assert_sent("{\"import\":\"/tmp/x\"}\n");
	give("{\"data\":\"IPsec \"}");
	give("{\"data\":\"Tunnel #1\"}");
	assert_sent("");
	give("{\"data\":null}");
	assert_string_equal(agent.loaded, "3 65010 looked at 15 IPsec Tunnel #1");
	assert_sent("{\"text\":\"+ tunnel enable 1\\n\"}\n{\"ask\":\"Apply it? (Y/N)\"}\n");
	give("{\"answer\":\"y\"}");
	assert_string_equal(agent.loaded, "3 65010 applied 15 IPsec Tunnel #1");
	assert_true(was_sent(DONE_ADMIN));
}

static void test_no_and_ctrl_c_change_nothing(void **state)
{
	give("{\"dialogue\":true}");
	for (unsigned i = 0; i < 2; i++) {
		type("cloud vpn load /tmp/x");
		give("{\"data\":\"a\"}");
		give("{\"data\":null}");
		give(i ? "{\"answer\":\"n\"}" : "{\"interrupt\":true}");
		assert_string_equal(agent.loaded, "7 0 looked at 1 a");
		assert_sent(DONE_ADMIN);
	}
	type("cloud vpn load /tmp/x"); /* while the file is awaited */
	give("{\"interrupt\":true}");
	assert_sent(FAILED_ADMIN);
	give("{\"data\":\"late\"}");
	assert_true(was_sent("no file was asked for"));
	type("show config");
	assert_true(was_sent(DONE_ADMIN));
}

static void test_without_somebody_to_ask_the_word_decides(void **state)
{
	type("cloud vpn load /tmp/x");
	give("{\"data\":\"a\"}");
	give("{\"data\":null}");
	assert_string_equal(agent.loaded, "7 0 looked at 1 a");
	assert_true(was_sent("Nothing was changed: add `apply` for it."));
	type("cloud vpn load /tmp/x apply");
	give("{\"data\":\"b\"}");
	give("{\"data\":null}");
	assert_string_equal(agent.loaded, "7 0 applied 1 b");
	assert_true(was_sent(DONE_ADMIN));
}

static void test_a_file_that_cannot_be_had_or_used_is_said(void **state)
{
	char frame[8300];

	type("cloud vpn load /tmp/x");
	give("{\"failed\":\"/tmp/x: Permission denied\"}");
	assert_true(was_sent("/tmp/x: Permission denied"));
	assert_true(was_sent(FAILED_ADMIN));
	agent.load_refused = true;
	type("cloud vpn load /tmp/x apply");
	give("{\"data\":\"hello\"}");
	give("{\"data\":null}");
	assert_true(was_sent("that is no file of AWS"));
	assert_true(was_sent(FAILED_ADMIN));
	agent.load_refused = false;
	type("cloud vpn load /tmp/x apply");
	memset(frame, 'x', sizeof(frame));
	memcpy(frame, "{\"data\":\"", 9);
	memcpy(frame + 8200, "\"}", 3);
	for (unsigned i = 0; i < 600; i++)
		give(frame);
	give("{\"data\":null}");
	assert_true(was_sent("longer than 4 MiB"));
	assert_string_equal(agent.loaded, "");
}

static void test_a_client_that_goes_while_a_file_is_awaited(void **state)
{
	type("cloud vpn load /tmp/x");
	freed_begin();
	give("{\"data\":\"a secret: " FREED_NEEDLE "\"}");
	assert_sent(""); /* it waits for the rest */
	session_end(session);
	session = NULL;
	assert_int_equal(freed_end(), 0);
}

/* ---- create and destroy ---- */

static void say_plan(enum agent_cloud_event event, const char *text)
{
	assert_true(agent.planned);
	agent.report(agent.report_ctx, event, text);
}

static void test_a_plan_is_asked_about_and_what_is_made_is_fetched(void **state)
{
	give("{\"dialogue\":true}");
	type("cloud vpn create 2 vpc-0a1b as 65010 address 203.0.113.9 static 10.9.0.0/16 "
	     "10.8.0.0/16");
	assert_string_equal(agent.wish.target, "vpc-0a1b");
	assert_int_equal(agent.wish.as_number, 65010);
	assert_int_equal(agent.wish.prefix_count, 2);
	assert_int_equal(ip_addr_v4_host(&agent.wish.address), 0xcb007109);
	say_plan(AGENT_CLOUD_DONE, "+ VPN connection\n");
	assert_true(was_sent("+ VPN connection"));
	assert_true(was_sent("Make what is missing?"));
	give("{\"answer\":\"y\"}");
	assert_false(agent.planned);
	agent.report(agent.report_ctx, AGENT_CLOUD_PROGRESS, "cgw-1 has been made");
	assert_true(was_sent("cgw-1 has been made"));
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "vpn-1 is available");
	assert_true(was_sent("vpn-1 is available"));
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, ""); /* of `set go` */
	assert_true(was_sent("Save the configuration? (Y/N)"));
	give("{\"answer\":\"n\"}");
	assert_sent(DONE_ADMIN);
}

static void test_plans_and_progress_are_in_the_language_of_the_console(void **state)
{
	type("console character ja.utf8");
	give("{\"dialogue\":true}");
	type("cloud vpn create 2 vpc-0a1b");
	say_plan(AGENT_CLOUD_DONE, "+ customer gateway for 203.0.113.9, AS 65000\n"
				   "= virtual private gateway vgw-1 attached to vpc-0a1b\n");
	assert_true(was_sent("+ カスタマーゲートウェイ (203.0.113.9、AS 65000)"));
	assert_true(was_sent("= 仮想プライベートゲートウェイ vgw-1 (vpc-0a1b にアタッチ済み)"));
	give("{\"answer\":\"y\"}");
	agent.report(agent.report_ctx, AGENT_CLOUD_PROGRESS, "cgw-1 has been made");
	assert_true(was_sent("cgw-1 を作成しました"));
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "vpn-1 is available");
	assert_true(was_sent("vpn-1 が使用可能になりました"));
	agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "no");
	type("cloud vpn destroy 2");
	say_plan(AGENT_CLOUD_FAILED, "our address as AWS sees it is needed: say `address A.B.C.D`");
	assert_true(was_sent("グローバルアドレスを address A.B.C.D で指定してください"));
	type("no console character");
}

static void test_a_plan_that_may_not_be_or_is_not_wanted_makes_nothing(void **state)
{
	give("{\"dialogue\":true}");
	type("cloud vpn create 2 vpc-0a1b apply");
	say_plan(AGENT_CLOUD_FAILED, "! AWS does not let us CreateVpnGateway");
	assert_true(was_sent("AWS does not let us"));
	assert_true(was_sent(FAILED_ADMIN));
	for (unsigned i = 0; i < 2; i++) {
		type("cloud vpn create 2 vpc-0a1b");
		say_plan(AGENT_CLOUD_DONE, "+ VPN connection\n");
		give(i ? "{\"answer\":\"n\"}" : "{\"interrupt\":true}");
		assert_true(agent.planned);
		assert_sent(DONE_ADMIN);
	}
}

static void test_what_is_to_be_taken_away_is_asked_about(void **state)
{
	type("cloud vpn destroy 2");
	say_plan(AGENT_CLOUD_DONE, "- VPN connection vpn-1\n");
	assert_true(was_sent("Nothing was changed: add `apply` for it."));
	assert_true(agent.planned);
	give("{\"dialogue\":true}");
	type("cloud vpn destroy 2");
	say_plan(AGENT_CLOUD_DONE, "- VPN connection vpn-1\n");
	assert_true(was_sent("Take all of it away? (Y/N)"));
	give("{\"answer\":\"y\"}");
	assert_false(agent.planned);
	assert_string_equal(agent.shown, "- VPN connection vpn-1\n");
	agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "all of it is gone");
	assert_true(was_sent(DONE_ADMIN));
}

/* What is paid for is not left without a word, whichever half fails. */
static void test_what_was_made_and_cannot_be_used_is_said_to_stay(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		type("cloud vpn create 2 vpc-0a1b apply");
		say_plan(AGENT_CLOUD_DONE, "+ VPN connection\n");
		if (i)
			agent.report(agent.report_ctx, AGENT_CLOUD_DONE, "vpn-1 is available");
		agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "tunnel 1 has the same address");
		assert_true(
		    was_sent("{\"error\":\"tunnel 1 has the same address\\n-> what was made at "
			     "AWS stays there, and is paid for: `cloud vpn destroy 2` takes"));
	}
	type("cloud vpn set go 2 save");
	agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "tunnel 1 has the same address");
	assert_true(was_sent("{\"error\":\"tunnel 1 has the same address\"}"));
	type("cloud vpn destroy 2 apply");
	say_plan(AGENT_CLOUD_DONE, "- VPN connection vpn-1\n");
	agent.report(agent.report_ctx, AGENT_CLOUD_FAILED, "no");
	assert_true(was_sent("{\"error\":\"no\"}"));
}

static void test_ctrl_c_ends_a_creation(void **state)
{
	type("cloud vpn create 2 vpc-0a1b apply");
	say_plan(AGENT_CLOUD_DONE, "+ VPN connection\n");
	assert_false(agent.planned);
	give("{\"interrupt\":true}");
	assert_int_equal(agent.cancelled, 1);
	assert_true(was_sent(FAILED_ADMIN));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_comparison_is_fields_for_a_program_and_a_table_for_a_person),
	    T(test_a_comparison_that_fails_or_is_left_shows_nothing),
	    T(test_a_download_is_a_file_for_the_client_to_write),
	    T(test_a_download_without_an_end_of_line_is_sent_in_whole_parts),
	    T(test_a_download_that_fails_writes_nothing),
	    T(test_a_loaded_file_is_shown_and_asked_about),
	    T(test_no_and_ctrl_c_change_nothing),
	    T(test_without_somebody_to_ask_the_word_decides),
	    T(test_a_file_that_cannot_be_had_or_used_is_said),
	    T(test_a_plan_is_asked_about_and_what_is_made_is_fetched),
	    T(test_plans_and_progress_are_in_the_language_of_the_console),
	    T(test_a_plan_that_may_not_be_or_is_not_wanted_makes_nothing),
	    T(test_what_is_to_be_taken_away_is_asked_about),
	    T(test_what_was_made_and_cannot_be_used_is_said_to_stay),
	    T(test_ctrl_c_ends_a_creation),
	    T(test_a_client_that_goes_while_a_file_is_awaited),
	};

	return cmocka_run_group_tests_name("console/session_cloud", tests, freed_install, NULL);
}
