/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sessions: passwords and levels, candidates and generations, pasted files with placeholders. */
#include "tests/unit/console/session_fixture.h"

static void test_placeholders_are_asked_for_once_after_the_last_line(void **state)
{
	give("{\"dialogue\":true}");
	type("tunnel select 1");
	type("ipsec ike local address 1 YOUR_LOCAL_NETWORK_ADDRESS ");
	assert_true(was_sent("\"held\":1"));
	type("ip tunnel mtu YOUR_MTU");
	type("tunnel select none");
	type("bgp autonomous-system YOUR_BGP_ASN");
	type("bgp use on");
	type("bgp configure refresh");
	assert_true(was_sent("\"held\":4"));
	assert_int_equal(agent.refreshed, 0);
	assert_int_equal(agent.model->bgp.autonomous_system, 0);
	give("{\"fill\":true}");
	assert_true(
	    was_sent("{\"ask\":\"YOUR_LOCAL_NETWORK_ADDRESS, as in `ipsec ike local address 1 "
		     "YOUR_LOCAL_NETWORK_ADDRESS`:\"}"));
	give("{\"answer\":\"nonsense\"}");
	assert_true(was_sent("\\\"nonsense\\\" is not known here"));
	assert_true(was_sent("{\"ask\":\"YOUR_LOCAL_NETWORK_ADDRESS"));
	/* Lines that came late are carried out, and the question stands. */
	give("{\"answer\":\"# a comment\"}");
	give("{\"answer\":\"bgp neighbor 1 64512 169.254.0.1\"}");
	assert_int_equal(agent.model->bgp.neighbor_count, 1);
	assert_true(was_sent("{\"ask\":\"YOUR_LOCAL_NETWORK_ADDRESS"));
	give("{\"answer\":\"192.0.2.1\"}");
	assert_true(was_sent("{\"ask\":\"YOUR_MTU"));
	give("{\"answer\":\"1400\"}");
	assert_true(was_sent("{\"ask\":\"YOUR_BGP_ASN"));
	give("{\"answer\":\"65000\"}");
	assert_true(was_sent("4 lines were filled in and carried out."));
	assert_int_equal(agent.refreshed, 1);
	type("show config");
	assert_true(was_sent("tunnel select 1\\n ip tunnel mtu 1400\\n"));
	assert_true(was_sent("ipsec ike local address 1 192.0.2.1\\n"));
	assert_true(was_sent("bgp autonomous-system 65000\\n"));
	assert_false(was_sent("held"));
}

/* Cut somewhere, the line would be a good one: another one. */
static void test_C01_a_long_answer_is_taken_whole_or_not_at_all(void **state)
{
	char frame[400];

	give("{\"dialogue\":true}");
	type("ip tunnel mtu YOUR_MTU");
	give("{\"fill\":true}");
	give("{\"answer\":\"description lan1 a\\u0000b\"}");
	assert_true(was_sent("this is no text, and was left out"));
	snprintf(frame, sizeof(frame), "{\"answer\":\"description lan1 a%*sb\"}", 300, "");
	give(frame);
	assert_true(was_sent("{\"ask\":\"YOUR_MTU"));
	give("{\"interrupt\":true}");
	type("show config");
	assert_false(was_sent("description"));
}

static void test_C02_a_held_line_with_a_nul_is_refused_whole(void **state)
{
	give("{\"dialogue\":true}");
	give("{\"line\":\"description lan1 YOUR_TEXT\\u0000 more\"}");
	assert_true(was_sent("control character 0x00"));
	assert_false(was_sent("held"));
}

static void test_C05_a_held_line_with_a_secret_is_not_shown(void **state)
{
	give("{\"dialogue\":true}");
	type("cloud vpn parameter 1 YOUR_KEY_ID sesame vpn-01234567");
	assert_true(was_sent("\"secret\":true"));
	give("{\"fill\":true}");
	assert_sent("{\"ask\":\"YOUR_KEY_ID:\",\"hidden\":true}\n");
	give("{\"answer\":\"AKIDEXAMPLE\"}");
	assert_true(was_sent("1 lines were filled in"));
	assert_false(was_sent("sesame"));
	type("ipsec ike pre-shared-key 1 text YOUR_KEY");
	assert_true(was_sent("\"secret\":true"));
	give("{\"interrupt\":true}");
	type("ipsec ike local address 1 YOUR_ADDRESS");
	assert_true(was_sent("\"secret\":false"));
}

static void test_held_lines_can_be_left_out(void **state)
{
	give("{\"dialogue\":true}");
	type("bgp autonomous-system YOUR_BGP_ASN");
	give("{\"fill\":true}");
	give("{\"interrupt\":true}");
	assert_true(was_sent("1 lines with placeholders were left out."));
	assert_true(was_sent("\"ok\":false"));
	type("bgp configure refresh");
	assert_int_equal(agent.refreshed, 1);
	/* Without anybody to ask it is a word like any other. */
	give("{\"dialogue\":false}");
	type("bgp autonomous-system YOUR_BGP_ASN");
	assert_true(was_sent("\"YOUR_BGP_ASN\\\" is not known here"));
}

static void test_C03_held_lines_end_with_the_level(void **state)
{
	give("{\"dialogue\":true}");
	type("bgp autonomous-system YOUR_BGP_ASN");
	assert_true(was_sent("\"held\":1"));
	type("exit");
	assert_sent(DONE_USER);
	give("{\"fill\":true}");
	assert_false(was_sent("\"ask\""));
	assert_false(config_dirty(console.config));
}

static void test_changes_are_gathered_and_committed(void **state)
{
	type("configure candidate");
	assert_true(was_sent("\"prompt\":\"candidate# \""));
	type("tunnel select 1");
	assert_true(was_sent("\"prompt\":\"candidate-tunnel1# \""));
	type("ipsec tunnel 201");
	type("exit");
	type("configure candidate");
	assert_true(was_sent("there is a candidate already"));
	type("show config diff");
	assert_true(was_sent(" tunnel select 1\\n+ ipsec tunnel 201\\n"));
	assert_int_equal(agent.applied, 0);
	type("commit");
	assert_sent(DONE_ADMIN);
	assert_int_equal(agent.applied, 1);
	type("commit");
	assert_true(was_sent("there is no candidate"));
	type("discard");
	assert_true(was_sent("there is no candidate"));
}

static void test_an_unconfirmed_commit_is_not_saved(void **state)
{
	type("configure candidate");
	type("syslog debug on");
	type("commit confirmed 5");
	assert_true(was_sent("In force for 5 minutes"));
	type("save");
	assert_true(was_sent("the last commit waits to be confirmed"));
	type("commit");
	assert_true(was_sent("The commit is confirmed."));
	type("save");
	assert_true(was_sent("Done."));
}

static void test_who_is_there_is_told_that_a_commit_was_taken_back(void **state)
{
	type("configure candidate");
	type("syslog debug on");
	type("commit confirmed 1");
	assert_true(was_sent("In force for 1 minute: "));
	text_free(&sent);
	session_notice(session, "the commit was taken back: it was not confirmed");
	assert_sent("{\"notice\":\"the commit was taken back: it was not confirmed\"}\n");
}

static void test_leaving_a_candidate_asks(void **state)
{
	give("{\"dialogue\":true}");
	type("configure candidate");
	type("exit"); /* nothing was changed */
	assert_sent(DONE_ADMIN);
	type("configure candidate");
	type("syslog debug on");
	type("exit");
	assert_true(was_sent("Discard them? (Y/N)"));
	give("{\"answer\":\"n\"}");
	assert_true(was_sent("\"prompt\":\"candidate# \""));
	type("exit");
	give("{\"answer\":\"y\"}");
	assert_sent(DONE_ADMIN);
	type("show config | json -c");
	assert_true(was_sent("\\\"lines\\\": []") || was_sent("\\\"lines\\\":[]"));
	type("configure candidate"); /* ends with the session */
	type("syslog debug on");
}

/* A client whose lines end there has something to say. */
static void test_a_candidate_that_is_not_committed_is_told(void **state)
{
	type("configure candidate");
	assert_false(was_sent("uncommitted")); /* nothing was changed */
	type("syslog debug on");
	assert_true(
	    was_sent("\"uncommitted\":\"the candidate was not committed: it was discarded\""));
	type("exit");
	assert_true(was_sent("\"error\":\"the candidate was not committed: it was discarded\""));
	assert_true(was_sent("\"ok\":false"));
	assert_true(was_sent("\"prompt\":\"# \""));
	assert_false(was_sent("uncommitted"));
	type("configure candidate");
	type("syslog debug on");
	type("console character ja.utf8");
	type("commit");
	assert_false(was_sent("uncommitted"));
	type("configure candidate");
	type("no syslog debug");
	assert_true(was_sent("破棄しました"));
}

static void test_generations_are_listed_compared_and_gone_back_to(void **state)
{
	type("bgp autonomous-system 1");
	type("save");
	type("bgp autonomous-system 2");
	type("save 0 second");
	type("save 3 \"a copy\"");
	assert_true(was_sent("Saving ... config3 Done."));
	type("bgp autonomous-system 3");
	type("show config list");
	assert_true(was_sent("save 0") && was_sent("second") && was_sent("save 3") &&
		    was_sent("a copy") && was_sent("rollback 1"));
	assert_true(was_sent("{\"text\":\"Saved by `save N` (`show config N`):\\nsave 0 "));
	assert_true(was_sent("\\nGenerations before `save 0` (`rollback N`, `show config rollback "
			     "N`):\\nrollback 1 "));
	type("show config rollback 1");
	assert_true(was_sent("bgp autonomous-system 1\\n"));
	type("show config rollback 1 | json -c");
	assert_true(was_sent("\\\"generation\\\":1"));
	type("show config diff");
	assert_true(was_sent("-bgp autonomous-system 2\\n+bgp autonomous-system 3\\n"));
	type("show config diff 1");
	assert_true(was_sent("-bgp autonomous-system 1\\n+bgp autonomous-system 3\\n"));
	type("show config 3");
	assert_true(was_sent("bgp autonomous-system 2\\n"));
	type("show config 1");
	assert_true(was_sent("nothing was saved by `save 1`: `show config list` shows what was"));
	type("rollback 1");
	assert_int_equal(agent.model->bgp.autonomous_system, 1);
	assert_true(was_sent("Generation 1 was loaded, saved 2"));
	type("rollback 0");
	assert_true(was_sent("Generation 0 was loaded, saved 2") && was_sent(": second\\nDone."));
	assert_int_equal(agent.model->bgp.autonomous_system, 2);
	type("rollback 9");
	assert_true(was_sent("there is no generation 9: `show config list` shows those there are"));
	assert_false(was_sent("was loaded"));
	assert_int_equal(agent.model->bgp.autonomous_system, 2);
}

static void test_C05_an_export_is_for_administrators_and_has_the_secrets(void **state)
{
	type("ipsec ike pre-shared-key 1 text sesame");
	type("export config /tmp/x");
	assert_true(was_sent("{\"export\":\"/tmp/x\"}\n{\"data\":\"ipsec ike pre-shared-key 1 "
			     "text sesame\\n\"}\n"));
	assert_true(was_sent("\"secret\":true"));
	type("exit");
	type("export config /tmp/x");
	assert_true(was_sent("this needs administrator level"));
	assert_false(was_sent("sesame"));
}

static void test_a_cold_start_forgets_everything_once_it_is_confirmed(void **state)
{
	type("syslog debug on");
	type("save");
	type("cold start");
	assert_true(was_sent("nobody is there to confirm it"));
	give("{\"dialogue\":true}");
	type("cold start");
	assert_true(was_sent("Go on? (Y/N)"));
	give("{\"answer\":\"n\"}");
	assert_true(config_model(console.config)->syslog_debug);
	type("cold start");
	give("{\"answer\":\"y\"}");
	assert_true(was_sent("\"ok\":true"));
	assert_false(config_model(console.config)->syslog_debug);
	assert_int_equal(agent.refreshed, 1); /* as after a reboot: no session of BGP goes on */
	type("show config list");
	assert_sent(DONE_ADMIN);
}

static void test_check_says_what_is_missing(void **state)
{
	type("check");
	assert_true(was_sent("Nothing is missing."));
	type("tunnel enable 1");
	type("check");
	assert_true(was_sent("tunnel 1 is enabled and has no `ipsec tunnel`"));
}

static void test_a_candidate_is_what_is_checked_in_it(void **state)
{
	type("ip lan1 address 192.0.2.1/24");
	type("tunnel enable 1");
	agent.dataplane = (struct agent_dataplane_status){
	    .alive = true, .port_count = 1, .port = {{.name = "lan1"}}};
	type("configure candidate");
	type("check");
	assert_true(was_sent("tunnel 1 is enabled and has no `ipsec tunnel`"));
	type("tunnel disable 1");
	type("check");
	assert_false(was_sent("tunnel 1"));
	type("show packet path 192.0.2.9 192.0.2.1");
	assert_true(was_sent("Of the configuration in force, without the candidate:\\n"));
	type("tunnel enable 2");
	type("ip lan3 address 192.168.103.1/24");
	type("check");
	assert_true(was_sent("tunnel 2 is enabled and has no `ipsec tunnel`"));
	assert_true(was_sent("lan3 is configured, but the dataplane has no port of that name"));
	type("discard");
	type("check");
	assert_true(was_sent("tunnel 1 is enabled and has no `ipsec tunnel`"));
	assert_false(was_sent("tunnel 2"));
	type("show packet path 192.0.2.9 192.0.2.1");
	assert_false(was_sent("the configuration in force"));
}

/* Its filters, too: they are lines that are not in force. */
static void test_what_the_filters_of_a_candidate_cut_off_is_checked_in_it(void **state)
{
	agent.shut[0] =
	    (struct agent_shut){.tunnel = 1, .lan = 2, .out = true, .what = AGENT_LIFELINE_IKE};
	assert_int_equal(ip_addr_parse("198.51.100.2", &agent.shut[0].remote), 0);
	agent.shut_count = 1;
	type("ip filter 7 reject * * udp 500");
	type("configure candidate");
	type("ip lan2 secure filter out 7");
	type("check");
	assert_true(was_sent("`ip lan2 secure filter out` cuts TUNNEL[01] off"));
	assert_true(was_sent("then `ip lan2 secure filter out 1 7`"));
	type("discard");
	type("check");
	assert_false(was_sent("TUNNEL[01]"));
}

/* With the rights of who runs the client, and without waiting for anything but the client. */
static void test_a_file_to_check_is_read_by_the_client(void **state)
{
	type("check /tmp/x | grep .");
	assert_true(was_sent("{\"import\":\"/tmp/x\"}\n"));
	assert_false(was_sent("\"done\""));
	give("{\"data\":\"syslog debug on\\nbogus\\n\"}");
	give("{\"data\":null}");
	assert_true(was_sent("line 2: column 1: there is no command \\\"bogus\\\""));
	assert_true(was_sent("{\"error\":\"1 line is wrong\"}\n" FAILED_ADMIN));
	type("check /tmp/x");
	give("{\"data\":\"syslog debug on\\n\"}");
	give("{\"data\":null}");
	assert_true(was_sent("The file would be taken."));
	type("check /tmp/x | json -c");
	give("{\"data\":\"syslog debug on\"}");
	give("{\"data\":null}");
	assert_true(was_sent("\\\"file\\\":\\\"/tmp/x\\\""));
	type("check /nonexistent/file");
	give("{\"failed\":\"/nonexistent/file: No such file or directory\"}");
	assert_true(was_sent(
	    "{\"error\":\"/nonexistent/file: No such file or directory\"}\n" FAILED_ADMIN));
	assert_null(config_model(console.config)); /* nothing was applied */
}

/* A port that nobody gave to the dataplane gets no address, however well it is configured. */
static void test_check_names_interfaces_without_a_port(void **state)
{
	agent.dataplane = (struct agent_dataplane_status){
	    .alive = true, .port_count = 1, .port = {{.name = "lan1"}}};
	type("ip lan1 address 192.168.100.1/24");
	type("check");
	assert_true(was_sent("Nothing is missing."));
	type("ip lan3 address 192.168.103.1/24");
	type("check");
	assert_true(was_sent("lan3 is configured, but the dataplane has no port of that name"));
	assert_false(was_sent("lan1 is configured"));
	agent.dataplane.alive = false; /* which ports it will have is not known */
	type("check");
	assert_true(was_sent("Nothing is missing."));
}

static void set_passwords(void)
{
	static const char *const which[] = {"login password", "administrator password"};
	static const char *const secret[] = {"{\"answer\":\"enter\"}", "{\"answer\":\"govern\"}"};

	open_session(true);
	give("{\"dialogue\":true}");
	for (unsigned i = 0; i < 2; i++) {
		type(which[i]);
		assert_sent("{\"ask\":\"New_Password (empty = none):\",\"hidden\":true}\n");
		give(secret[i]);
		assert_sent("{\"ask\":\"New_Password again:\",\"hidden\":true}\n");
		give(secret[i]);
		assert_sent(DONE_ADMIN);
	}
	session_end(session);
	session = NULL;
	text_free(&sent);
}

static void test_C05_passwords_are_kept_as_hashes(void **state)
{
	char *text;

	set_passwords();
	text = config_running_text(console.config);
	assert_non_null(strstr(text, "login password encrypted $y$"));
	assert_non_null(strstr(text, "administrator password encrypted $y$"));
	assert_null(strstr(text, "enter"));
	assert_null(strstr(text, "govern"));
	free(text);
	open_session(true);
	type("show config");
	assert_true(was_sent("login password encrypted *\\nadministrator password encrypted *"));
	give("{\"line\":\"login password encrypted $y$j9T$a$bcdefghijklmnopqrst\",\"argv\":true}");
	assert_true(was_sent("is not taken from the command line"));
}

static void test_a_password_can_be_taken_away(void **state)
{
	set_passwords();
	open_session(true);
	give("{\"dialogue\":true}");
	type("login password");
	give("{\"answer\":\"one\"}");
	give("{\"answer\":\"other\"}");
	assert_true(was_sent("the two passwords are not the same"));
	assert_true(config_model(console.config)->login_hash[0]);
	type("login password");
	give("{\"answer\":\"\"}");
	give("{\"answer\":\"\"}");
	assert_sent(DONE_ADMIN);
	assert_false(config_model(console.config)->login_hash[0]);
	type("login password");
	give("{\"interrupt\":true}");
	assert_sent(FAILED_ADMIN);
	give("{\"dialogue\":false}");
	type("login password");
	assert_true(was_sent("nobody is there to be asked"));
}

static void test_a_user_gives_the_login_password_first(void **state)
{
	set_passwords();
	open_session(false);
	assert_sent("{\"prompt\":\"> \",\"level\":\"user\",\"login\":true}\n");
	give("{\"dialogue\":true}");
	assert_sent("{\"ask\":\"Password:\",\"hidden\":true}\n");
	give("{\"answer\":\"enter\"}");
	assert_sent(DONE_USER);
	type("show ipsec sa");
	assert_true(was_sent("\"ok\":true"));
}

static void test_C03_nothing_is_done_before_the_login_password(void **state)
{
	static const char *const frames[] = {"{\"line\":\"show ipsec sa\"}", "{\"help\":\"\"}",
	    "{\"complete\":\"s\"}", "{\"dialogue\":false}",
	    "{\"dialogue\":false,\"line\":\"show ipsec sa\"}"};

	set_passwords();
	for (unsigned i = 0; i < 5; i++) {
		open_session(false);
		finished = false;
		give(frames[i]);
		assert_true(was_sent("password"));
		assert_true(was_sent("{\"bye\":true}"));
		assert_true(finished);
		session_end(session);
	}
	for (unsigned i = 0; i < 3; i++) { /* beside the word that asks for the password */
		static const char *const beside[] = {
		    "\"line\":\"show ipsec sa\"", "\"help\":\"\"", "\"complete\":\"s\""};
		char frame[80];

		snprintf(frame, sizeof(frame), "{\"dialogue\":true,%s}", beside[i]);
		open_session(false);
		sent.bytes = 0;
		give(frame);
		assert_sent("{\"ask\":\"Password:\",\"hidden\":true}\n");
		session_end(session);
	}
	open_session(false);
	give("{\"dialogue\":true}");
	give("{\"answer\":\"wrong\"}");
	assert_sent("{\"error\":\"the password is wrong\"}\n{\"bye\":true}\n");
}

static void test_C03_the_administrator_password_raises_a_user(void **state)
{
	set_passwords();
	open_session(false);
	give("{\"dialogue\":true}");
	give("{\"answer\":\"enter\"}");
	type("administrator");
	give("{\"answer\":\"enter\"}"); /* that of the other level */
	assert_true(was_sent("the password is wrong"));
	type("administrator");
	give("{\"answer\":\"govern\"}");
	assert_sent(DONE_ADMIN);
	type("syslog debug on");
	assert_sent(DONE_ADMIN);
}

/* A crowd of sessions that were all asked before any of them answered. */
static void test_C03_who_was_asked_before_has_to_wait_as_well(void **state)
{
	set_passwords();
	open_session(false);
	give("{\"dialogue\":true}");
	console.checking = 2;
	give("{\"answer\":\"enter\"}");
	assert_true(was_sent("other passwords are being checked: try again"));
	assert_true(finished);
	session_end(session);
	console.checking = 0;
	open_session(false);
	give("{\"dialogue\":true}");
	for (unsigned i = 0; i < 3; i++)
		password_counted(&console.logins, 1000, false, mono_now());
	give("{\"answer\":\"enter\"}");
	assert_true(was_sent("too many wrong passwords: try again in 5 seconds"));
	assert_int_equal(console.checking, 0);
}

static unsigned held, released;

static void on_hold(struct session_system *system)
{
	held++;
}

static void on_release(struct session_system *system)
{
	assert_int_equal(system->checking, 0);
	released++;
}

/* It ends on a thread: the program may be told to end before that. */
static void test_C03_what_counts_passwords_is_held_while_one_is_checked(void **state)
{
	set_passwords();
	held = released = 0;
	console.hold = on_hold;
	console.release = on_release;
	open_session(false);
	give("{\"dialogue\":true}");
	assert_int_equal(held, 0);
	give("{\"answer\":\"enter\"}");
	type("administrator");
	give("{\"answer\":\"wrong\"}");
	assert_int_equal(held, 2);
	assert_int_equal(released, 2);
}

static void test_C03_wrong_passwords_make_the_user_wait(void **state)
{
	set_passwords();
	for (unsigned i = 0; i < 3; i++) {
		open_session(false);
		give("{\"dialogue\":true}");
		assert_true(was_sent("\"hidden\":true"));
		give("{\"answer\":\"wrong\"}");
		session_end(session);
	}
	open_session(false); /* also in another session */
	give("{\"dialogue\":true}");
	assert_true(was_sent("too many wrong passwords: try again in 5 seconds"));
	assert_true(was_sent("{\"bye\":true}"));
}

/* Else who may log in could try as many of the other as he likes. */
static void test_C03_a_login_does_not_forgive_guesses_at_the_administrator(void **state)
{
	set_passwords();
	for (unsigned i = 0; i < 4; i++) {
		open_session(false);
		give("{\"dialogue\":true}");
		give("{\"answer\":\"enter\"}");
		type("administrator");
		if (i < 3)
			give("{\"answer\":\"guess\"}");
		else
			assert_true(was_sent("too many wrong passwords: try again in 5 seconds"));
		session_end(session);
	}
	open_session(false);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_placeholders_are_asked_for_once_after_the_last_line),
	    T(test_C01_a_long_answer_is_taken_whole_or_not_at_all),
	    T(test_C02_a_held_line_with_a_nul_is_refused_whole),
	    T(test_C05_a_held_line_with_a_secret_is_not_shown),
	    T(test_held_lines_can_be_left_out),
	    T(test_C03_held_lines_end_with_the_level),
	    T(test_changes_are_gathered_and_committed),
	    T(test_an_unconfirmed_commit_is_not_saved),
	    T(test_who_is_there_is_told_that_a_commit_was_taken_back),
	    T(test_leaving_a_candidate_asks),
	    T(test_a_candidate_that_is_not_committed_is_told),
	    T(test_generations_are_listed_compared_and_gone_back_to),
	    T(test_C05_an_export_is_for_administrators_and_has_the_secrets),
	    T(test_a_cold_start_forgets_everything_once_it_is_confirmed),
	    T(test_check_says_what_is_missing),
	    T(test_a_candidate_is_what_is_checked_in_it),
	    T(test_what_the_filters_of_a_candidate_cut_off_is_checked_in_it),
	    T(test_a_file_to_check_is_read_by_the_client),
	    T(test_check_names_interfaces_without_a_port),
	    cmocka_unit_test_setup_teardown(test_C05_passwords_are_kept_as_hashes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_password_can_be_taken_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_user_gives_the_login_password_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_nothing_is_done_before_the_login_password, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_the_administrator_password_raises_a_user, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_who_was_asked_before_has_to_wait_as_well, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_what_counts_passwords_is_held_while_one_is_checked, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_wrong_passwords_make_the_user_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_a_login_does_not_forgive_guesses_at_the_administrator, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
