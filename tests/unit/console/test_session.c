/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A session, frame by frame, without a socket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/store.h"
#include "control/config/text.h"
#include "control/console/frames.h"
#include "control/console/session.h"
#include "tests/unit/console/fake_agent.h"

static struct agent agent;
static struct session_system console;
static struct session *session;
static struct text sent;
static bool finished;
static char dir[] = "/tmp/cgw-session-XXXXXX";

static void keep(void *ctx, const char *data, size_t bytes)
{
	text_add(&sent, data, bytes);
}

static void finish(void *ctx)
{
	finished = true;
}

static void open_session(bool administrator)
{
	struct session_env env = {.send = keep, .finish = finish};

	session = session_new(&console, &env, administrator, 1000, "uid=1000");
	assert_non_null(session);
}

static int setup(void **state)
{
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};

	memset(&agent, 0, sizeof(agent));
	finished = false;
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	if (!mkdtemp(dir))
		return -1;
	console = (struct session_system){.agent = &agent,
	    .config = config_new(&env),
	    .log = log_ring_new(100, false),
	    .save_dir = dir};
	log_set_sink(log_ring_sink, console.log);
	return 0;
}

static int setup_administrator(void **state)
{
	int rc = setup(state);

	if (!rc)
		open_session(true);
	return rc;
}

static int teardown(void **state)
{
	char why[CONFIG_ERROR_BYTES];

	session_end(session);
	session = NULL;
	text_free(&sent);
	config_free(console.config);
	log_set_sink(NULL, NULL);
	log_ring_free(console.log);
	if (store_erase(dir, why, sizeof(why)))
		return -1;
	return rmdir(dir);
}

static void give(const char *frame)
{
	text_free(&sent);
	session_input(session, frame, strlen(frame));
	session_input(session, "\n", 1);
}

static void type(const char *line)
{
	char *frame = frame_print(frame_text("line", line, strlen(line)));

	text_free(&sent);
	session_input(session, frame, strlen(frame));
	free(frame);
}

static void assert_sent(const char *expected)
{
	assert_string_equal(sent.data ? sent.data : "", expected);
}

static bool was_sent(const char *part)
{
	return sent.data && strstr(sent.data, part);
}

#define DONE_ADMIN                                                                                 \
	"{\"done\":true,\"ok\":true,\"secret\":false,\"prompt\":\"# "                              \
	"\",\"level\":\"administrator\"}\n"
#define DONE_USER                                                                                  \
	"{\"done\":true,\"ok\":true,\"secret\":false,\"prompt\":\"> \",\"level\":\"user\"}\n"
#define FAILED_ADMIN                                                                               \
	"{\"done\":true,\"ok\":false,\"secret\":false,\"prompt\":\"# "                             \
	"\",\"level\":\"administrator\"}\n"
#define FAILED_USER                                                                                \
	"{\"done\":true,\"ok\":false,\"secret\":false,\"prompt\":\"> \",\"level\":\"user\"}\n"

static void test_prompts_follow_the_level(void **state)
{
	assert_sent("{\"prompt\":\"# \",\"level\":\"administrator\"}\n");
	type("tunnel select 1");
	assert_true(was_sent("\"prompt\":\"tunnel1# \""));
	type("exit");
	assert_sent(DONE_ADMIN);
	type("exit");
	assert_sent(DONE_USER);
	type("administrator");
	assert_sent(DONE_ADMIN);
	type("quit");
	type("quit");
	assert_sent("{\"bye\":true}\n");
	assert_true(finished);
	type("show config"); /* nobody listens any more */
	assert_sent("");
}

static void test_settings_apply_and_errors_do_not(void **state)
{
	type("ip lan1 address 192.168.100.1/24");
	assert_sent(DONE_ADMIN);
	assert_true(agent.model->lan[1].address_set);
	type("ip lan1 adress 192.168.100.1/24");
	assert_sent(
	    "{\"error\":\"column 9: \\\"adress\\\" is not known here; expected address, mtu, "
	    "tcp, secure, nat\",\"column\":9}\n" FAILED_ADMIN);
	agent.refuse = -EBUSY;
	type("ip lan1 address 192.168.200.1/24");
	assert_sent("{\"error\":\"the agent refuses\"}\n" FAILED_ADMIN);
	type("show config");
	assert_sent("{\"text\":\"ip lan1 address 192.168.100.1/24\\n\"}\n" DONE_ADMIN);
	assert_int_equal(agent.applied, 1);
}

static void test_operations_reach_the_agent(void **state)
{
	type("bgp configure refresh");
	assert_int_equal(agent.refreshed, 1);
	type("ipsec refresh sa");
	assert_int_equal(agent.ipsec_refreshed, 1);
	agent.refuse = -EINVAL;
	type("bgp configure refresh");
	assert_sent("{\"error\":\"the agent refuses\"}\n" FAILED_ADMIN);
	type("pp select 1");
	assert_true(was_sent("there is no pp interface here"));
}

static void test_a_setting_without_effect_is_kept_and_it_is_said(void **state)
{
	type("ip filter 1 pass * *");
	assert_true(was_sent("Notice: this is kept in the configuration, but has no effect"));
	type("no ip filter 1");
	assert_sent(DONE_ADMIN);
}

static void test_errors_are_said_in_the_language_of_the_console(void **state)
{
	type("console character ja.utf8");
	type("ip lan1 adress 192.168.100.1/24");
	assert_true(was_sent("9 文字目: \\\"adress\\\" は認識できません"));
	assert_true(was_sent("\"column\":9"));
	type("pp select 1");
	assert_true(was_sent("pp インタフェースはありません"));
	type("ipsec ike version 1 2");
	assert_true(was_sent("このバージョンは IKEv1 だけに対応しています"));
	type("console character en.ascii");
	type("pp select 1");
	assert_true(was_sent("there is no pp interface here"));
}

static void test_empty_lines_are_answered(void **state)
{
	type("");
	assert_sent(DONE_ADMIN);
	type("   # comment");
	assert_sent(DONE_ADMIN);
}

static void test_help_and_completion(void **state)
{
	give("{\"help\":\"ipsec ike pfs 1 \"}");
	assert_sent("{\"text\":\"  on                        Perfect forward secrecy\\n"
		    "  off                       Perfect forward secrecy\\n\"}\n" DONE_ADMIN);
	type("ipsec ike pfs 1 ?");
	assert_true(was_sent("  on   "));
	give("{\"help\":\"bogus \"}");
	assert_true(was_sent("\"error\""));
	give("{\"complete\":\"sh conf\"}");
	assert_sent("{\"column\":4,\"complete\":[\"config\"]}\n" DONE_ADMIN);
	give("{\"complete\":\"bogus x\"}");
	assert_sent("{\"column\":0,\"complete\":[]}\n" DONE_ADMIN);
}

static void collect(void *ctx, const char *line)
{
	strncat(ctx, line, 900 - strlen(ctx));
}

static void test_C03_a_user_may_look_and_not_touch(void **state)
{
	char log[1000] = "";

	open_session(false);
	assert_sent("{\"prompt\":\"> \",\"level\":\"user\"}\n");
	type("show status dataplane");
	assert_true(was_sent("\"ok\":true"));
	type("save");
	assert_sent("{\"error\":\"this needs administrator level: enter `administrator` before "
		    "it\"}\n" FAILED_USER);
	type("show config");
	assert_true(was_sent("\"ok\":false"));
	type("syslog debug on");
	type("ipsec ike pre-shared-key 1 text sesame");
	assert_true(was_sent("\"ok\":false"));
	type("administrator");
	assert_true(was_sent("only root may become administrator"));
	type("save");
	assert_true(was_sent("\"ok\":false"));
	assert_int_equal(agent.applied, 0);
	assert_int_equal(access(dir, F_OK), 0);
	log_ring_each(console.log, collect, log);
	assert_non_null(strstr(log, "[CONSOLE] uid=1000: refused at user level: save"));
	assert_non_null(strstr(log, "[CONSOLE] uid=1000: administrator level refused"));
	assert_non_null(strstr(log, "refused at user level: ipsec ike pre-shared-key 1 text *"));
	assert_null(strstr(log, "sesame"));
}

static void test_save_writes_and_says_so(void **state)
{
	char why[CONFIG_ERROR_BYTES];
	struct config_env env = {0};
	struct config *loaded = config_new(&env);

	type("syslog debug on");
	type("save");
	assert_sent("{\"text\":\"Saving ... config Done.\\n\"}\n" DONE_ADMIN);
	assert_false(config_dirty(console.config));
	assert_int_equal(store_load(loaded, dir, why, sizeof(why)), STORE_LOADED);
	assert_true(config_model(loaded)->syslog_debug);
	config_free(loaded);
}

static void test_C08_a_save_that_fails_is_said(void **state)
{
	console.save_dir = "/nonexistent/cgw";
	type("syslog debug on");
	type("save");
	assert_true(was_sent("\"error\":\"the configuration was not saved: /nonexistent/cgw: "));
	assert_true(was_sent("\"ok\":false"));
	assert_true(config_dirty(console.config));
	console.save_dir = NULL;
	type("save");
	assert_true(was_sent("no directory to save in"));
}

/* ---- pasting -----------------------------------------------------------------------------------
 */

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

/* ---- candidates, generations -------------------------------------------------------------------
 */

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
	type("show config");
	assert_sent(DONE_ADMIN);
	type("configure candidate"); /* ends with the session */
	type("syslog debug on");
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
	type("show config diff");
	assert_true(was_sent("-bgp autonomous-system 2\\n+bgp autonomous-system 3\\n"));
	type("show config diff 1");
	assert_true(was_sent("-bgp autonomous-system 1\\n+bgp autonomous-system 3\\n"));
	type("show config 3");
	assert_true(was_sent("bgp autonomous-system 2\\n"));
	type("rollback 1");
	assert_int_equal(agent.model->bgp.autonomous_system, 1);
	type("rollback 0");
	assert_int_equal(agent.model->bgp.autonomous_system, 2);
	type("rollback 9");
	assert_true(was_sent("config.9: nothing was saved there"));
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
	type("check /nonexistent/file");
	assert_true(was_sent("\"error\":\"/nonexistent/file: "));
}

/* ---- passwords ---------------------------------------------------------------------------------
 */

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
	    "{\"complete\":\"s\"}", "{\"dialogue\":false}"};

	set_passwords();
	for (unsigned i = 0; i < 4; i++) {
		open_session(false);
		finished = false;
		give(frames[i]);
		assert_true(was_sent("password"));
		assert_true(was_sent("{\"bye\":true}"));
		assert_true(finished);
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

/* ---- pipes -------------------------------------------------------------------------------------
 */

static void test_a_pipe_is_checked_and_said_to_the_client(void **state)
{
	type("show config | grep -iv 'a b' | grep -c x | less");
	assert_true(was_sent("{\"filter\":[{\"i\":true,\"v\":true,\"grep\":\"a b\"},"
			     "{\"c\":true,\"grep\":\"x\"},{\"less\":true}]}\n"));
	type("show config|g x");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"x\"}]}\n"));
	type("show config");
	assert_false(was_sent("filter"));
	type("show config | ?");
	assert_true(was_sent("  grep "));
	type("show config | grep ?");
	assert_true(was_sent("  -i "));
	give("{\"complete\":\"show config | gr\"}");
	assert_true(was_sent("{\"column\":15,\"complete\":[\"grep\"]}"));
}

static void test_a_pipe_that_is_wrong_has_its_column(void **state)
{
	static const struct {
		const char *line, *answer;
	} bad[] = {{"show config |", "column 14: behind a pipe"},
	    {"show config | cat", "column 15: behind a pipe"},
	    {"show config | less x", "column 20: behind a pipe"},
	    {"show config | grep", "column 19: grep wants"},
	    {"show config | grep -q x", "column 23: behind a pipe"},
	    {"show config | grep x | sort", "column 24: behind a pipe"},
	    {"show config | grep 'x", "the quote that opens here"},
	    {"syslog debug on | grep x", "column 17: only what is shown can be piped"}};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		type(bad[i].line);
		if (!was_sent(bad[i].answer) || was_sent("\"ok\":true"))
			fail_msg("%s: %s", bad[i].line, sent.data);
	}
	assert_false(config_model(console.config) && config_model(console.config)->syslog_debug);
}

static void test_the_prompt_carries_its_text(void **state)
{
	type("console prompt edge");
	assert_true(was_sent("\"prompt\":\"edge # \""));
	type("tunnel select 1");
	assert_true(was_sent("\"prompt\":\"edge tunnel1# \""));
	type("no console prompt");
	assert_true(was_sent("\"prompt\":\"tunnel1# \""));
}

static void test_pages_are_for_those_who_look(void **state)
{
	type("console lines 24");
	type("show config");
	assert_false(was_sent("filter"));
	give("{\"dialogue\":true}");
	type("show config");
	assert_true(was_sent("{\"filter\":[{\"less\":true}]}"));
	type("show config | grep x");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"x\"}]}"));
}

static void test_leaving_asks_about_unsaved_changes(void **state)
{
	give("{\"dialogue\":true}");
	type("syslog debug on");
	type("exit");
	assert_sent("{\"ask\":\"Save new configuration ? (Y/N)\"}\n");
	give("{\"answer\":\"x\"}");
	assert_sent("{\"ask\":\"(Y/N)\"}\n");
	give("{\"interrupt\":true}"); /* stays */
	assert_sent(FAILED_ADMIN);
	type("exit");
	give("{\"answer\":\"n\"}");
	assert_sent(DONE_USER);
	assert_true(config_dirty(console.config));
	type("administrator");
	type("exit");
	give("{\"answer\":\"Y\"}");
	assert_sent("{\"text\":\"Saving ... config Done.\\n\"}\n" DONE_USER);
	assert_false(config_dirty(console.config));
	type("administrator");
	type("exit");
	assert_sent(DONE_USER);
}

static void test_leaving_when_saving_fails_stays(void **state)
{
	give("{\"dialogue\":true}");
	type("syslog debug on");
	console.save_dir = NULL;
	type("exit");
	give("{\"answer\":\"y\"}");
	assert_true(was_sent("\"ok\":false"));
	assert_true(was_sent("\"level\":\"administrator\""));
}

static void test_without_a_dialogue_nothing_is_asked(void **state)
{
	type("syslog debug on");
	type("exit");
	assert_sent(
	    "{\"text\":\"The configuration has changes that are not saved.\\n\"}\n" DONE_USER);
	type("administrator");
	type("cloud vpn set go 1");
	assert_true(was_sent("add `save` or `no-save`"));
	assert_null(agent.report);
}

static void report(enum agent_cloud_event event, const char *text)
{
	agent_cloud_fn *fn = agent.report;

	assert_non_null(fn);
	if (event != AGENT_CLOUD_PROGRESS)
		agent.report = NULL;
	text_free(&sent);
	fn(agent.report_ctx, event, text);
}

static void test_cloud_vpn_set_go_shows_progress_and_saves(void **state)
{
	type("cloud vpn set go 1 save");
	assert_sent("");
	assert_int_equal(agent.cloud_id, 1);
	report(AGENT_CLOUD_PROGRESS, "");
	assert_sent("{\"progress\":\".\"}\n");
	type("show config"); /* not now */
	assert_sent("{\"error\":\"another command is still under way\"}\n");
	report(AGENT_CLOUD_DONE, "2 tunnels");
	assert_sent("{\"text\":\"\\nThe VPN connection to the cloud service has been set up.\\n2 "
		    "tunnels\\nSaving ... config Done.\\n\"}\n" DONE_ADMIN);
	type("cloud vpn set go 2 no-save");
	report(AGENT_CLOUD_DONE, NULL);
	assert_false(was_sent("Saving"));
}

static void test_cloud_vpn_set_go_asks_whether_to_save(void **state)
{
	give("{\"dialogue\":true}");
	type("console character ja.utf8");
	type("cloud vpn set go 1");
	report(AGENT_CLOUD_DONE, "");
	assert_sent("{\"text\":\"\\nクラウドサービスとの VPN 接続設定が完了しました。\\n\"}\n"
		    "{\"ask\":\"設定を保存しますか？ (Y/N)\"}\n");
	give("{\"answer\":\"y\"}");
	assert_sent("{\"text\":\"セーブ中... config 終了\\n\"}\n" DONE_ADMIN);
	type("cloud vpn set go 1");
	report(AGENT_CLOUD_DONE, "");
	give("{\"interrupt\":true}");
	assert_sent(DONE_ADMIN);
}

static void test_cloud_vpn_set_go_that_fails_says_why(void **state)
{
	type("cloud vpn set go 1 save");
	report(AGENT_CLOUD_FAILED, "AWS says: SignatureDoesNotMatch");
	assert_sent(
	    "{\"text\":\"\\n\"}\n{\"error\":\"AWS says: SignatureDoesNotMatch\"}\n" FAILED_ADMIN);
	agent.go_refused = true;
	type("cloud vpn set go 3 save");
	assert_sent("{\"error\":\"cloud vpn service 3 is not set\"}\n" FAILED_ADMIN);
}

static void test_ctrl_c_cancels_the_fetch(void **state)
{
	type("cloud vpn set go 1 save");
	give("{\"interrupt\":true}");
	assert_int_equal(agent.cancelled, 1);
	assert_true(was_sent("Setting is canceled"));
	assert_true(was_sent("\"ok\":false"));
	give("{\"interrupt\":true}"); /* nothing is under way */
	assert_sent("");
}

static void test_C04_a_client_that_dies_while_a_fetch_runs(void **state)
{
	type("cloud vpn set go 1 save");
	text_free(&sent);
	session_end(session); /* the report that follows finds the session gone and frees it */
	session = NULL;
	assert_int_equal(agent.cancelled, 1);
	assert_sent("");
}

static void test_C05_secrets_are_told_to_the_client_and_refused_from_argv(void **state)
{
	type("ipsec ike pre-shared-key 1 text sesame");
	assert_sent(
	    "{\"secret\":true}\n{\"done\":true,\"ok\":true,\"secret\":true,\"prompt\":\"# \","
	    "\"level\":\"administrator\"}\n");
	give("{\"line\":\"ipsec ike pre-shared-key 2 text sesame\",\"argv\":true}");
	assert_true(was_sent("\"ok\":false,\"secret\":true"));
	assert_true(was_sent("is not taken from the command line"));
	assert_int_equal(agent.model->gateway[2].psk_bytes, 0);
	/* Also a line that is refused, or that asks for help. */
	type("ipsec ike pre-shared-key 1 text open sesame");
	assert_true(was_sent("{\"secret\":true}\n{\"error\""));
	assert_true(was_sent("\"ok\":false,\"secret\":true"));
	assert_false(was_sent("sesame"));
	type("ipsec ike pre-shared-key 1 text open?sesame");
	assert_true(was_sent("{\"secret\":true}\n"));
	give("{\"line\":\"no ipsec ike pre-shared-key 1\",\"argv\":true}");
	assert_true(was_sent("\"ok\":true,\"secret\":false"));
}

static void test_C02_bytes_in_a_frame_are_refused_with_their_column(void **state)
{
	give("{\"line\":\"ip \\u0000 lan1\"}");
	assert_true(was_sent("\"error\":\"column 4: control character 0x00\""));
	give("{\"line\":\"show\\u001b[2J\"}");
	assert_true(was_sent("\"error\":\"column 5: control character 0x1b\""));
	give("{\"line\":\"show config\\r\"}");
	assert_true(was_sent("\"error\":\"column 12: control character 0x0d\""));
	give("{\"line\":\"show \xff\"}");
	assert_sent("{\"error\":\"this is no frame of the console protocol\"}\n" FAILED_ADMIN);
}

static void test_C01_lines_beyond_the_limit_are_refused_whole(void **state)
{
	char *line = malloc(1 << 20);

	memset(line, ' ', 1 << 20);
	memcpy(line, "syslog debug on", 15);
	line[4095] = '\0';
	type(line);
	assert_sent(DONE_ADMIN);
	assert_true(agent.model->syslog_debug);
	memset(line, ' ', 1 << 20);
	memcpy(line, "syslog debug off", 16);
	line[4096] = '\0';
	type(line);
	assert_sent("{\"error\":\"column 4096: the line is longer than 4095 characters and was not "
		    "executed\",\"column\":4096}\n" FAILED_ADMIN);
	line[4096] = ' ';
	text_free(&sent);
	for (unsigned i = 0; i < 1 << 20; i += 1 << 14)
		session_input(session, line + i, 1 << 14);
	assert_sent("{\"error\":\"the line is too long and was not executed\"}\n" FAILED_ADMIN);
	give("");
	type("show config");
	assert_true(was_sent("syslog debug on"));
	free(line);
}

static void test_frames_that_mean_nothing_are_answered(void **state)
{
	static const char *const bad[] = {"x", "[]", "{}", "{\"line\":1}", "{\"help\":null}"};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		give(bad[i]);
		assert_true(was_sent("\"error\""));
		assert_true(was_sent("\"ok\":false"));
	}
	give("{\"answer\":\"y\"}"); /* no question stands */
	assert_sent("");
}

static void test_long_texts_come_in_several_frames(void **state)
{
	unsigned frames = 0;

	type("show command");
	for (const char *p = sent.data; p && (p = strstr(p, "{\"text\":")); p++) {
		assert_true(strcspn(p, "\n") < FRAME_BYTES);
		frames++;
	}
	assert_true(sent.bytes < FRAME_TEXT_BYTES || frames > 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_prompts_follow_the_level),
	    T(test_settings_apply_and_errors_do_not),
	    T(test_operations_reach_the_agent),
	    T(test_placeholders_are_asked_for_once_after_the_last_line),
	    T(test_held_lines_can_be_left_out),
	    T(test_changes_are_gathered_and_committed),
	    T(test_an_unconfirmed_commit_is_not_saved),
	    T(test_leaving_a_candidate_asks),
	    T(test_generations_are_listed_compared_and_gone_back_to),
	    T(test_C05_an_export_is_for_administrators_and_has_the_secrets),
	    T(test_a_cold_start_forgets_everything_once_it_is_confirmed),
	    T(test_check_says_what_is_missing),
	    T(test_a_pipe_is_checked_and_said_to_the_client),
	    T(test_a_pipe_that_is_wrong_has_its_column),
	    T(test_the_prompt_carries_its_text),
	    T(test_pages_are_for_those_who_look),
	    cmocka_unit_test_setup_teardown(test_C05_passwords_are_kept_as_hashes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_password_can_be_taken_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_user_gives_the_login_password_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_nothing_is_done_before_the_login_password, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_the_administrator_password_raises_a_user, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_C03_wrong_passwords_make_the_user_wait, setup, teardown),
	    T(test_a_setting_without_effect_is_kept_and_it_is_said),
	    T(test_errors_are_said_in_the_language_of_the_console),
	    T(test_empty_lines_are_answered),
	    T(test_help_and_completion),
	    cmocka_unit_test_setup_teardown(
		test_C03_a_user_may_look_and_not_touch, setup, teardown),
	    T(test_save_writes_and_says_so),
	    T(test_C08_a_save_that_fails_is_said),
	    T(test_leaving_asks_about_unsaved_changes),
	    T(test_leaving_when_saving_fails_stays),
	    T(test_without_a_dialogue_nothing_is_asked),
	    T(test_cloud_vpn_set_go_shows_progress_and_saves),
	    T(test_cloud_vpn_set_go_asks_whether_to_save),
	    T(test_cloud_vpn_set_go_that_fails_says_why),
	    T(test_ctrl_c_cancels_the_fetch),
	    T(test_C04_a_client_that_dies_while_a_fetch_runs),
	    T(test_C05_secrets_are_told_to_the_client_and_refused_from_argv),
	    T(test_C02_bytes_in_a_frame_are_refused_with_their_column),
	    T(test_C01_lines_beyond_the_limit_are_refused_whole),
	    T(test_frames_that_mean_nothing_are_answered),
	    T(test_long_texts_come_in_several_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
