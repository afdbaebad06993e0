/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A session, frame by frame, without a socket. */
#include "tests/unit/console/session_fixture.h"

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
	assert_sent("{\"error\":\"column 9: \\\"adress\\\" is not known here; expected address, "
		    "secondary, mtu, "
		    "tcp, secure, nat\",\"column\":9}\n" FAILED_ADMIN);
	agent.refuse = -EBUSY;
	type("ip lan1 address 192.168.200.1/24");
	assert_sent("{\"error\":\"the agent refuses\"}\n" FAILED_ADMIN);
	type("show config");
	assert_true(was_sent("\\nip lan1 address 192.168.100.1/24\\n\"}\n" DONE_ADMIN));
	assert_int_equal(agent.applied, 1);
}

static void test_operations_reach_the_agent(void **state)
{
	type("bgp configure refresh");
	assert_int_equal(agent.refreshed, 1);
	type("ipsec refresh sa");
	assert_int_equal(agent.ipsec_refreshed, 1);
	assert_int_equal(agent.ipsec_told, 0);
	type("ipsec sa delete all");
	assert_int_equal(agent.ipsec_refreshed, 2);
	assert_int_equal(agent.ipsec_told, 1);
	agent.refuse = -EINVAL;
	type("bgp configure refresh");
	assert_sent("{\"error\":\"the agent refuses\"}\n" FAILED_ADMIN);
	type("pp select 1");
	assert_true(was_sent("there is no pp interface here"));
}

/* A tunnel with an ISAKMP SA and a pair of IPsec SAs. */
static void add_tunnel(uint32_t number)
{
	struct agent_tunnel_status *tunnel = &agent.tunnel[agent.tunnel_count++];

	*tunnel = (struct agent_tunnel_status){.number = number, .gateway = number};
	tunnel->ike.isakmp_count = tunnel->ike.child_count = 1;
	tunnel->ike.isakmp[0].cookie_i[0] = tunnel->ike.isakmp[0].cookie_r[7] = (uint8_t)number;
	tunnel->ike.child[0].spi_in = 0x100 + number;
	tunnel->ike.child[0].sending = true;
}

static void test_an_sa_is_deleted_by_its_number(void **state)
{
	add_tunnel(1);
	add_tunnel(2);
	type("ipsec sa delete 2");
	assert_sent(DONE_ADMIN);
	assert_true(agent.sa_deleted.isakmp && agent.sa_deleted.tunnel == 2);
	assert_int_equal(agent.sa_deleted.cookie_i[0] + agent.sa_deleted.cookie_r[7], 4);
	type("show ipsec sa");
	/* Either half of a pair is the pair. */
	for (unsigned number = 5; number <= 6; number++) {
		char line[32];

		agent.sa_deleted = (struct agent_sa){0};
		snprintf(line, sizeof(line), "ipsec sa delete %u", number);
		type(line);
		assert_false(agent.sa_deleted.isakmp);
		assert_int_equal(agent.sa_deleted.tunnel, 2);
		assert_int_equal(agent.sa_deleted.spi_in, 0x102);
	}
}

static void test_an_sa_that_is_not_there_is_not_deleted(void **state)
{
	add_tunnel(1);
	type("ipsec sa delete 4");
	assert_sent(
	    "{\"error\":\"there is no SA 4: `show ipsec sa` has the numbers\"}\n" FAILED_ADMIN);
	assert_int_equal(agent.sa_deleted.tunnel, 0);
	agent.sa_refuse = -ENOENT; /* it has gone since it was shown */
	type("ipsec sa delete 1");
	assert_sent(
	    "{\"error\":\"there is no SA 1: `show ipsec sa` has the numbers\"}\n" FAILED_ADMIN);
	agent.sa_refuse = -EBUSY;
	type("ipsec sa delete 3");
	assert_sent("{\"error\":\"SA 3 is being negotiated: try again\"}\n" FAILED_ADMIN);
	type("console character ja.utf8");
	type("ipsec sa delete 9");
	assert_true(was_sent("SA 9 はありません"));
}

static void test_a_log_that_is_cleared_begins_with_who_did_it(void **state)
{
	type("syslog debug on");
	log_info("before");
	type("clear log");
	assert_sent(DONE_ADMIN);
	type("show log");
	assert_false(was_sent("before"));
	assert_true(was_sent("[CONSOLE] uid=1000: the log was cleared"));
}

static void test_a_setting_without_effect_is_kept_and_it_is_said(void **state)
{
	type("statistics flow on");
	assert_true(was_sent("Notice: this is kept in the configuration, but has no effect"));
	type("no statistics flow");
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

static void test_an_error_in_japanese_is_wholly_so(void **state)
{
	type("console character ja.utf8");
	type("bogus");
	assert_true(was_sent("というコマンドはありません"));
	assert_true(was_sent("\"title\":\"エラー\""));
	type("console character en.ascii");
	type("bogus");
	assert_false(was_sent("\"title\""));
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
	give("{\"complete\":\"explain drop repl\"}");
	assert_sent("{\"column\":14,\"complete\":[\"replay\",\"replay_old\"]}\n" DONE_ADMIN);
	give("{\"help\":\"explain drop \"}");
	assert_true(was_sent("  tx_full "));
	log_info("ike tunnel=1 up");
	log_info("[SCHEDULE] ran");
	log_info("ike tunnel=2 up");
	give("{\"complete\":\"show log tag \"}");
	assert_true(was_sent("\"ike\",\"SCHEDULE\"]"));
	give("{\"complete\":\"show log tag SC\"}");
	assert_sent("{\"column\":14,\"complete\":[\"SCHEDULE\"]}\n" DONE_ADMIN);
	give("{\"complete\":\"bogus x\"}");
	assert_sent("{\"column\":0,\"complete\":[]}\n" DONE_ADMIN);
}

static void collect(void *ctx, const struct log_entry *entry)
{
	strncat(ctx, entry->line, 900 - strlen(ctx));
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
	type("pp auth myname isp sesame");
	type("administrator");
	assert_true(was_sent("only root may become administrator"));
	type("save");
	assert_true(was_sent("\"ok\":false"));
	assert_int_equal(agent.applied, 0);
	assert_int_equal(access(dir, F_OK), 0);
	log_ring_each(log_hub_ring(console.log), collect, log);
	assert_non_null(strstr(log, "[CONSOLE] uid=1000: refused at user level: save"));
	assert_non_null(strstr(log, "[CONSOLE] uid=1000: administrator level refused"));
	assert_non_null(strstr(log, "refused at user level: ipsec ike pre-shared-key 1 text *"));
	assert_non_null(strstr(log, "refused at user level: pp"));
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

/* The router's subjects are in capitals, ours in small letters. */
static void test_capitals_are_found_in_the_log_in_any_case(void **state)
{
	type("show log | grep IKE | grep -v 'BGP|IPSEC'");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"IKE\",\"i\":true},"
			     "{\"v\":true,\"grep\":\"BGP|IPSEC\",\"i\":true}]}\n"));
	type("show log | grep Ike | grep ike | grep 10.0.0.1");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"Ike\"},{\"grep\":\"ike\"},"
			     "{\"grep\":\"10.0.0.1\"}]}\n"));
	type("show config | grep IKE");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"IKE\"}]}\n"));
}

static void test_a_pipe_that_is_wrong_has_its_column(void **state)
{
	static const struct {
		const char *line, *answer;
	} bad[] = {{"show config |", "column 14: behind a pipe"},
	    {"show config | cat", "column 15: behind a pipe"},
	    {"show config | less x", "column 20: behind a pipe"},
	    {"show config | grep", "column 19: grep wants"},
	    {"show config | grep -q x", "column 20: the options of grep are -i -v -w -F -c"},
	    {"show config | grep x y", "column 22: behind a pipe"},
	    {"show config | grep x | sort", "column 24: behind a pipe"},
	    {"show config | grep 'x", "the quote that opens here"},
	    {"syslog debug on | grep x", "column 17: only what is shown can be piped"},
	    {"clear status dataplane | json", "column 24: only what is shown can be piped"},
	    {"pp select 1 | grep x", "there is no pp interface here"}};

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
	assert_true(was_sent("{\"filter\":[{\"page\":24}]}"));
	type("show config | grep x");
	assert_true(was_sent("{\"filter\":[{\"grep\":\"x\"}]}"));
}

static void test_a_line_that_only_begins_as_an_answer_is_none(void **state)
{
	static const char *const line[] = {
	    "no login timer", "you there", "yess", "nope", "", "  ", "y n"};

	give("{\"dialogue\":true}");
	type("syslog debug on");
	type("exit");
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		char frame[64];

		snprintf(frame, sizeof(frame), "{\"answer\":\"%s\"}", line[i]);
		give(frame);
		assert_sent("{\"ask\":\"Y or N, then Enter (Y/N)\"}\n");
		assert_true(config_dirty(console.config));
	}
	give("{\"answer\":\" Yes \"}");
	assert_sent("{\"text\":\"Saving ... config Done.\\n\"}\n" DONE_USER);
}

static void test_leaving_asks_about_unsaved_changes(void **state)
{
	give("{\"dialogue\":true}");
	type("syslog debug on");
	type("exit");
	assert_sent("{\"ask\":\"Save new configuration ? (Y/N)\"}\n");
	give("{\"answer\":\"x\"}");
	assert_sent("{\"ask\":\"Y or N, then Enter (Y/N)\"}\n");
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
	agent.fault = CLOUD_FAULT_LATER;
	type("cloud vpn set go 1 save");
	report(AGENT_CLOUD_FAILED, "AWS refused: Unavailable");
	assert_true(was_sent("{\"error\":\"AWS refused: Unavailable\\n-> wait a little, "));
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
	/* What is sent is longer than the text, but not twice as long. */
	assert_true(sent.bytes < 2 * FRAME_TEXT_BYTES || frames > 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_prompts_follow_the_level),
	    T(test_settings_apply_and_errors_do_not),
	    T(test_operations_reach_the_agent),
	    T(test_a_log_that_is_cleared_begins_with_who_did_it),
	    T(test_an_sa_is_deleted_by_its_number),
	    T(test_an_sa_that_is_not_there_is_not_deleted),
	    T(test_a_pipe_is_checked_and_said_to_the_client),
	    T(test_capitals_are_found_in_the_log_in_any_case),
	    T(test_a_pipe_that_is_wrong_has_its_column),
	    T(test_the_prompt_carries_its_text),
	    T(test_pages_are_for_those_who_look),
	    T(test_a_setting_without_effect_is_kept_and_it_is_said),
	    T(test_errors_are_said_in_the_language_of_the_console),
	    T(test_empty_lines_are_answered),
	    T(test_an_error_in_japanese_is_wholly_so),
	    T(test_help_and_completion),
	    cmocka_unit_test_setup_teardown(
		test_C03_a_user_may_look_and_not_touch, setup, teardown),
	    T(test_save_writes_and_says_so),
	    T(test_C08_a_save_that_fails_is_said),
	    T(test_a_line_that_only_begins_as_an_answer_is_none),
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
