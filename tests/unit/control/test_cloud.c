/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run of `cloud vpn set go`, its log lines to the letter and what becomes of the configuration.
 * The fetch is played by the test, the configuration is a real one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "control/cloud.h"
#include "control/cloud_fetch.h"
#include "control/config/config.h"
#include "control/tunnel.h"
#include "tests/unit/aws/vpn_fixture.h"

#define SECRET "made+up/secret0123456789"
#define BASICS                                                                                     \
	"cloud vpn service 1 amazon-api\n"                                                         \
	"cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET " " FIXTURE_ID "\n"

static uv_loop_t loop;
static struct agent agent;
static struct config *config;
static struct cloud_fetch_request fetch; /* as asked for */
static unsigned fetches, cancels;
static char log_lines[16][128]; /* of the reference */
static char reason_line[2048];  /* ours behind `Setting failed` */
static unsigned log_count;
static enum agent_cloud_event last_event;
static char last_text[512];
static unsigned reports;
static bool refuse_apply;

/* ---- what is replaced ---- */

int cloud_fetch_start(const struct cloud_fetch_request *request, struct cloud_fetch **out)
{
	fetches++;
	fetch = *request;
	*out = (struct cloud_fetch *)&fetch;
	return 0;
}

void cloud_fetch_cancel(struct cloud_fetch *f)
{
	cancels++;
}

void agent_catch_up(struct agent *a)
{
}

uint32_t agent_wan(const struct agent *a)
{
	return 2;
}

struct ip_addr agent_lan_address(const struct agent *a, uint32_t lan)
{
	return ip_addr_v4(0xac1f0002);
}

/* ---- around the run ---- */

static void sink(void *ctx, enum log_level level, const char *line)
{
	assert_null(strstr(line, SECRET));
	if (strstr(line, " event=failed "))
		snprintf(reason_line, sizeof(reason_line), "%s %s", log_level_name(level), line);
	else if (log_count < 16)
		snprintf(log_lines[log_count++], sizeof(log_lines[0]), "%s %s",
		    log_level_name(level), line);
}

static int apply(void *ctx, const struct config_model *model, char *error, size_t error_bytes)
{
	if (refuse_apply) {
		snprintf(error, error_bytes, "no room for tunnel 2");
		return -ENOSPC;
	}
	agent.model = model;
	return 0;
}

static void report(void *ctx, enum agent_cloud_event event, const char *text)
{
	reports++;
	last_event = event;
	snprintf(last_text, sizeof(last_text), "%s", text);
}

static void type(const char *text)
{
	char why[CONFIG_ERROR_BYTES];

	if (config_replace(config, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
}

static int setup(void **state)
{
	const struct config_env env = {.apply = apply};

	memset(&agent, 0, sizeof(agent));
	fetches = cancels = log_count = reports = 0;
	refuse_apply = false;
	if (uv_loop_init(&loop))
		return -1;
	agent.loop = &loop;
	config = config_new(&env);
	agent.config = (struct agent_config_ops){
	    .ctx = config, .apply_lines = config_apply_lines, .running_text = config_running_text};
	log_set_sink(sink, NULL);
	log_set_level(LOG_LEVEL_DEBUG);
	return config ? 0 : -1;
}

static int teardown(void **state)
{
	cloud_stop_all(&agent);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	cloud_free_all(&agent);
	config_free(config);
	log_set_sink(NULL, NULL);
	return uv_loop_close(&loop);
}

static int go(char *error, size_t bytes)
{
	log_count = reports = 0;
	reason_line[0] = '\0';
	return agent_cloud_go(&agent, 1, report, &agent, error, bytes);
}

static void start(void)
{
	char error[256] = "";

	if (go(error, sizeof(error)))
		fail_msg("%s", error);
	(void)uv_run(&loop, UV_RUN_NOWAIT); /* the first question */
}

static void answer(int status, const char *body)
{
	struct http_client_result result = {
	    .status = status, .body = (const uint8_t *)body, .body_bytes = strlen(body)};

	fetch.done(fetch.ctx, HTTP_OK, "", &result);
}

static void good_answer(void)
{
	char *body = fixture_body(FIXTURE_OUTER, FIXTURE_INNER, "");

	answer(200, body);
	free(body);
}

static void lines_are(const char *const *want)
{
	for (unsigned i = 0; want[i]; i++) {
		assert_true(i < log_count);
		assert_string_equal(log_lines[i], want[i]);
	}
	for (unsigned i = 0; i <= log_count; i++)
		if (!want[i]) {
			assert_int_equal(log_count, i);
			return;
		}
	fail();
}

/* ---- tests ---- */

static void test_whole_run_says_what_the_reference_says(void **state)
{
	const char *want[] = {
	    "INFO [CLOUD_VPN][1] Connecting to ec2.ap-northeast-1.amazonaws.com",
	    "DEBUG [CLOUD_VPN][1] Received response message, Starting parse XML data.",
	    "DEBUG [CLOUD_VPN][1] Success to parse XML data",
	    "DEBUG [CLOUD_VPN][1] Comparing the existing config and recevied data",
	    "DEBUG [CLOUD_VPN][1] Configure VPN command",
	    "INFO [CLOUD_VPN][1] Created VPN config successfully",
	    NULL,
	};

	type(BASICS "cloud vpn syslog on\nsyslog debug on\n");
	start();
	assert_non_null(strstr(fetch.request, "DescribeVpnConnections"));
	assert_string_equal(fetch.host, "ec2.ap-northeast-1.amazonaws.com");
	good_answer();
	assert_int_equal(last_event, AGENT_CLOUD_DONE);
	lines_are(want);
	assert_true(agent.model->tunnel[1].enabled);
	assert_true(agent.model->tunnel[2].enabled);
	assert_int_equal(agent.model->cloud[1].bind[0], 1);
	assert_int_equal(agent.model->cloud[1].bind[1], 2);
}

static void test_same_answer_again_says_matched_and_changes_nothing(void **state)
{
	const char *want[] = {
	    "INFO [CLOUD_VPN][1] Connecting to ec2.ap-northeast-1.amazonaws.com",
	    "INFO [CLOUD_VPN][1] Existing config and received data is matched",
	    "INFO [CLOUD_VPN][1] Config not change",
	    NULL,
	};
	const struct config_model *before;

	type(BASICS);
	start();
	good_answer();
	before = agent.model;
	start();
	good_answer();
	assert_int_equal(last_event, AGENT_CLOUD_DONE);
	lines_are(want); /* and no details without `cloud vpn syslog on` */
	assert_ptr_equal(agent.model, before);
}

static char *described(uint32_t tunnel)
{
	return strdup(agent.model->tunnel[tunnel].description);
}

static void test_A22_a_rotated_key_changes_one_tunnel_and_says_which(void **state)
{
	char *inner =
	    fixture_replace(FIXTURE_INNER, "Second_key.of.Tests02", "Another_key.0003", 1);
	char *body = fixture_body(FIXTURE_OUTER, inner, ""), *first, *second;

	type(BASICS);
	start();
	good_answer();
	type(BASICS "cloud vpn bind 1 1 2\n"
		    "tunnel select 1\n description tunnel amazon-api_20200101000000\n"
		    "tunnel select 2\n description tunnel amazon-api_20200101000000\n");
	start();
	good_answer(); /* all of both is new, but for the descriptions */
	first = described(1);
	start();
	answer(200, body);
	second = described(1);
	assert_string_equal(first, second);
	assert_non_null(strstr(last_text, "TUNNEL[01]: 203.0.113.21, 169.254.77.18/30, policy 201, "
					  "as it was"));
	assert_non_null(
	    strstr(last_text, "TUNNEL[02]: 203.0.113.84, 169.254.77.130/30, policy 202, changed"));
	assert_memory_equal(agent.model->gateway[2].psk, "Another_key.0003", 16);
	free(first);
	free(second);
	free(body);
	free(inner);
}

static void test_A21_second_run_of_an_id_is_refused_while_one_runs(void **state)
{
	char error[256] = "";

	type(BASICS);
	start();
	assert_int_equal(agent_cloud_go(&agent, 1, report, &agent, error, sizeof(error)), -EBUSY);
	assert_non_null(strstr(error, "running"));
	assert_int_equal(fetches, 1);
	good_answer();
	assert_int_equal(last_event, AGENT_CLOUD_DONE);
	start(); /* and now it may */
	assert_int_equal(fetches, 2);
}

static void test_A21_interrupted_run_is_said_and_changes_nothing(void **state)
{
	const char *want[] = {
	    "INFO [CLOUD_VPN][1] Connecting to ec2.ap-northeast-1.amazonaws.com",
	    "INFO [CLOUD_VPN][1] Setting is canceled",
	    NULL,
	};
	const struct config_model *before;

	type(BASICS);
	before = agent.model;
	start();
	agent_cloud_cancel(&agent, &agent);
	assert_int_equal(cancels, 1);
	assert_int_equal(reports, 1);
	assert_int_equal(last_event, AGENT_CLOUD_FAILED);
	lines_are(want);
	assert_ptr_equal(agent.model, before);
	agent_cloud_cancel(&agent, &agent); /* nothing runs: no effect */
	assert_int_equal(reports, 1);
}

static void test_A21_what_somebody_else_runs_is_not_interrupted(void **state)
{
	type(BASICS);
	start();
	agent_cloud_cancel(&agent, &loop);
	assert_int_equal(cancels, 0);
	assert_int_equal(reports, 0);
	good_answer();
	assert_int_equal(last_event, AGENT_CLOUD_DONE);
}

static void test_A21_a_setting_changed_meanwhile_does_not_get_what_was_fetched_before(void **state)
{
	static const char *const changed[] = {
	    "", /* taken away */
	    "cloud vpn service 1 amazon-api\n"
	    "cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET " vpn-0another\n",
	};

	for (unsigned i = 0; i < 2; i++) {
		type(BASICS);
		start();
		type(changed[i]);
		good_answer();
		assert_int_equal(last_event, AGENT_CLOUD_FAILED);
		assert_non_null(strstr(last_text, "changed meanwhile: nothing was applied"));
		assert_false(agent.model->tunnel[1].present);
	}
}

static void answers(const char *const *body, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		answer(strncmp(body[i], "<Response>", 10) == 0 ? 412 : 200, body[i]);
	}
}

/* They take minutes: who has given the setting another connection meanwhile keeps it. */
static void test_A21_destroy_leaves_a_setting_that_was_changed_meanwhile(void **state)
{
	static const char *const body[] = {
	    "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><tagSet><item><key>cgw</key>"
	    "<value>h/1</value></item></tagSet></item></vpnConnectionSet>"
	    "</DescribeVpnConnectionsResponse>",
	    "<DescribeTagsResponse><tagSet/></DescribeTagsResponse>",
	};
	static const char another[] =
	    "cloud vpn service 1 amazon-api\n"
	    "cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET " vpn-0another\n";
	char error[256] = "";

	for (unsigned changed = 0; changed < 2; changed++) {
		type(BASICS);
		assert_int_equal(
		    agent_cloud_destroy(&agent, 1, "", report, &agent, error, sizeof(error)), 0);
		answers(body, 1);
		if (changed)
			type(another);
		answers(body + 1, 1);
		assert_int_equal(last_event, AGENT_CLOUD_DONE);
		assert_string_equal(agent.model->cloud[1].vpn_id, changed ? "vpn-0another" : "");
		assert_true(
		    (strstr(last_text, "cloud vpn 1 was changed meanwhile") != NULL) == changed);
	}
}

static void test_A21_create_leaves_a_setting_that_was_changed_meanwhile(void **state)
{
	static const char *const body[] = {
	    "<DescribeVpnConnectionsResponse/>",
	    "<DescribeTransitGatewaysResponse><transitGatewaySet><item><transitGatewayId>tgw-1"
	    "</transitGatewayId><state>available</state></item></transitGatewaySet>"
	    "</DescribeTransitGatewaysResponse>",
	    "<DescribeCustomerGatewaysResponse><customerGatewaySet><item><customerGatewayId>cgw-1"
	    "</customerGatewayId><state>available</state></item></customerGatewaySet>"
	    "</DescribeCustomerGatewaysResponse>",
	    "<Response><Errors><Error><Code>DryRunOperation</Code></Error></Errors></Response>",
	    "<CreateVpnConnectionResponse><vpnConnection><vpnConnectionId>vpn-0made"
	    "</vpnConnectionId></vpnConnection></CreateVpnConnectionResponse>",
	    "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vpnConnectionId>vpn-0made"
	    "</vpnConnectionId><state>available</state></item></vpnConnectionSet>"
	    "</DescribeVpnConnectionsResponse>",
	};
	const struct agent_cloud_wish wish = {
	    .target = "tgw-1", .as_number = 65000, .address = ip_addr_v4(0xcb007102)};
	char error[256] = "";

	for (unsigned changed = 0; changed < 2; changed++) {
		type("cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET "\n");
		assert_int_equal(agent_cloud_create(
				     &agent, 1, &wish, false, report, &agent, error, sizeof(error)),
		    0);
		answers(body, 5);
		if (changed)
			type(BASICS);
		answers(body + 5, 1);
		assert_int_equal(last_event, changed ? AGENT_CLOUD_FAILED : AGENT_CLOUD_DONE);
		assert_string_equal(
		    agent.model->cloud[1].vpn_id, changed ? FIXTURE_ID : "vpn-0made");
	}
	assert_non_null(strstr(last_text, "cloud vpn 1 was given " FIXTURE_ID " meanwhile"));
}

static void test_every_failure_of_the_fetch_has_its_line(void **state)
{
	static const struct {
		enum http_error error;
		const char *line;
	} row[] = {
	    {HTTP_RESOLVE, "DEBUG [CLOUD_VPN][1] Failed to resolve a server name"},
	    {HTTP_SSL_INIT, "DEBUG [CLOUD_VPN][1] SSL initialization error"},
	    {HTTP_SOCKET, "DEBUG [CLOUD_VPN][1] Can't create socket"},
	    {HTTP_NONBLOCKING, "DEBUG [CLOUD_VPN][1] Setting Non-blocking failed"},
	    {HTTP_CANNOT_CONNECT, "DEBUG [CLOUD_VPN][1] Can't connect to server"},
	    {HTTP_CONNECT_ERROR, "DEBUG [CLOUD_VPN][1] Connection error"},
	    {HTTP_CONNECT_TIMEOUT, "DEBUG [CLOUD_VPN][1] Connection timeout"},
	    {HTTP_SSL, "DEBUG [CLOUD_VPN][1] SSL connection error"},
	    {HTTP_SEND, "DEBUG [CLOUD_VPN][1] Send error"},
	    {HTTP_RECEIVE, "DEBUG [CLOUD_VPN][1] Receive error"},
	    {HTTP_RECEIVE_TIMEOUT, "DEBUG [CLOUD_VPN][1] Receive timeout"},
	    {HTTP_ILLEGAL, "DEBUG [CLOUD_VPN][1] Received illegal HTTP message"},
	};

	type(BASICS "cloud vpn syslog on\n");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *want[] = {
		    "INFO [CLOUD_VPN][1] Connecting to ec2.ap-northeast-1.amazonaws.com",
		    row[i].line, "INFO [CLOUD_VPN][1] Setting failed", NULL};

		start();
		fetch.done(fetch.ctx, row[i].error, "a sentence", NULL);
		lines_are(want);
		assert_int_equal(last_event, AGENT_CLOUD_FAILED);
		assert_string_equal(last_text, "a sentence");
	}
}

static void test_A12_error_of_aws_is_shown_with_code_and_message(void **state)
{
	const char *want[] = {
	    "INFO [CLOUD_VPN][1] Connecting to ec2.ap-northeast-1.amazonaws.com",
	    "DEBUG [CLOUD_VPN][1] HTTP error response (400)",
	    "DEBUG [CLOUD_VPN][1] Received error response from server",
	    "DEBUG [CLOUD_VPN][1] Received error message from AWS: InvalidVpnConnectionID.NotFound",
	    "INFO [CLOUD_VPN][1] Setting failed",
	    NULL,
	};

	type(BASICS "cloud vpn syslog on\n");
	start();
	answer(400,
	    "<Response><Errors><Error><Code>InvalidVpnConnectionID.NotFound</Code>"
	    "<Message>no such thing</Message></Error></Errors><RequestID>x</RequestID></Response>");
	lines_are(want);
	assert_non_null(strstr(last_text, "InvalidVpnConnectionID.NotFound: no such thing"));
	assert_non_null(strstr(reason_line, "INFO cloud id=1 event=failed reason=\"AWS refused: "
					    "InvalidVpnConnectionID.NotFound: no such thing\" "
					    "advice=\"is that the VPN id "));
}

static struct agent_cloud_status status(void)
{
	struct agent_cloud_status out = {0};

	cloud_last(&agent, 1, &out);
	return out;
}

/* All of the sentence, where it is asked for later. */
static void test_a_refusal_is_kept_whole_with_its_kind(void **state)
{
	static const char message[] =
	    "The request signature we calculated does not match the signature you provided. Check "
	    "your AWS Secret Access Key and signing method. Consult the service documentation.";
	char body[600];

	type(BASICS);
	start();
	snprintf(body, sizeof(body),
	    "<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>%s</Message>"
	    "</Error></Errors></Response>",
	    message);
	answer(403, body);
	assert_non_null(strstr(status().last_error, message));
	assert_int_equal(status().fault, CLOUD_FAULT_KEY);
	assert_int_equal(agent_cloud_fault(&agent), CLOUD_FAULT_KEY);
	start();
	answer(403, "<html>a proxy</html>");
	assert_int_equal(status().fault, CLOUD_FAULT_ANSWER);
	start();
	answer(503, "<html>a proxy</html>");
	assert_int_equal(status().fault, CLOUD_FAULT_LATER);
	start();
	good_answer();
	assert_string_equal(status().last_error, "");
	assert_int_equal(status().fault, CLOUD_FAULT_OTHER);
}

/* Of the newest: a rotated key is the business of one tunnel only. */
static void test_the_status_has_the_newest_update_of_the_tunnels(void **state)
{
	struct tunnel tunnel[2] = {{.up = true}, {.up = true, .leaving = true}};
	struct agent_cloud_status out;

	type(BASICS "cloud vpn bind 1 1 2\n"
		    "tunnel select 1\ndescription tunnel amazon-api_20261122170830\n"
		    "tunnel select 2\ndescription tunnel amazon-api_20261122170751\n");
	agent.tunnel[1] = &tunnel[0];
	agent.tunnel[2] = &tunnel[1];
	assert_int_equal(agent_cloud_status(&agent, 1, &out), 0);
	assert_string_equal(out.config_update, "2026/11/22 17:08:30");
	assert_true(out.configured && out.tunnel_up[0] && !out.tunnel_up[1]);
	agent.tunnel[1] = agent.tunnel[2] = NULL;
}

static void test_a_clock_that_is_off_is_the_kind_whatever_the_code(void **state)
{
	static const char body[] = "<Response><Errors><Error><Code>AuthFailure</Code>"
				   "<Message>no</Message></Error></Errors></Response>";
	struct http_client_result result = {.status = 401,
	    .date = "Sun, 06 Nov 1994 08:49:37 GMT",
	    .body = (const uint8_t *)body,
	    .body_bytes = sizeof(body) - 1};

	type(BASICS);
	start();
	fetch.done(fetch.ctx, HTTP_OK, "", &result);
	assert_non_null(strstr(status().last_error, "days ahead of AWS: set it and try again"));
	assert_int_equal(status().fault, CLOUD_FAULT_CLOCK);
	start();
	fetch.done(fetch.ctx, HTTP_CERTIFICATE_TIME, "the certificate is refused: expired", NULL);
	assert_non_null(
	    strstr(status().last_error, "refused: expired; the clock of this router says 20"));
	assert_int_equal(status().fault, CLOUD_FAULT_CLOCK);
}

static void test_A15_illegal_xml_changes_nothing(void **state)
{
	const struct config_model *before;

	type(BASICS "cloud vpn syslog on\n");
	before = agent.model;
	start();
	answer(200, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
	assert_string_equal(log_lines[2], "DEBUG [CLOUD_VPN][1] Received illegal XML data");
	assert_string_equal(log_lines[3], "INFO [CLOUD_VPN][1] Setting failed");
	assert_ptr_equal(agent.model, before);
}

static void test_refused_lines_leave_the_configuration_and_say_why(void **state)
{
	char *before, *after;

	type(BASICS);
	before = config_running_text(config);
	start();
	refuse_apply = true;
	good_answer();
	assert_int_equal(last_event, AGENT_CLOUD_FAILED);
	assert_non_null(strstr(last_text, "no room for tunnel 2"));
	assert_int_equal(status().fault, CLOUD_FAULT_LINES);
	after = config_running_text(config);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void test_what_is_not_set_is_named(void **state)
{
	char error[256] = "";

	type("");
	assert_int_equal(go(error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "cloud vpn service 1"));
	type("cloud vpn service 1 amazon-api\n");
	assert_int_equal(go(error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "cloud vpn parameter 1 is not set"));
	type("cloud vpn service 1 amazon-api\n"
	     "cloud vpn parameter 1 AKIAMADEUP0000000001 " SECRET "\n");
	assert_int_equal(go(error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "cloud vpn parameter 1 has keys, but no VPN id"));
	assert_false(cloud_names_vpn(&agent, 3, error, sizeof(error)));
	assert_non_null(strstr(error, "cloud vpn parameter 3 is not set"));
	assert_int_equal(agent_cloud_go(&agent, 51, report, &agent, error, sizeof(error)), -EINVAL);
	assert_int_equal(fetches, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_whole_run_says_what_the_reference_says),
	    T(test_same_answer_again_says_matched_and_changes_nothing),
	    T(test_A22_a_rotated_key_changes_one_tunnel_and_says_which),
	    T(test_A21_second_run_of_an_id_is_refused_while_one_runs),
	    T(test_A21_interrupted_run_is_said_and_changes_nothing),
	    T(test_A21_what_somebody_else_runs_is_not_interrupted),
	    T(test_A21_a_setting_changed_meanwhile_does_not_get_what_was_fetched_before),
	    T(test_A21_destroy_leaves_a_setting_that_was_changed_meanwhile),
	    T(test_A21_create_leaves_a_setting_that_was_changed_meanwhile),
	    T(test_every_failure_of_the_fetch_has_its_line),
	    T(test_A12_error_of_aws_is_shown_with_code_and_message),
	    T(test_a_refusal_is_kept_whole_with_its_kind),
	    T(test_the_status_has_the_newest_update_of_the_tunnels),
	    T(test_a_clock_that_is_off_is_the_kind_whatever_the_code),
	    T(test_A15_illegal_xml_changes_nothing),
	    T(test_refused_lines_leave_the_configuration_and_say_why),
	    T(test_what_is_not_set_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
