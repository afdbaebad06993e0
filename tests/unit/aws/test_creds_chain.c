/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The chain of credentials in a world of tables: variables, files, and hosts that answer. Every
 * test runs the engine to its end and looks at what it asked for on the way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/creds_chain.h"

#define NOW     1795253400 /* 2026-11-21 09:30:00 UTC */
#define LATER   "2026-11-21T15:30:00Z"
#define EARLIER "2026-11-21T09:29:59Z"
#define KEYS(access, expiration)                                                                   \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"" access                                          \
	"\",\"SecretAccessKey\":\"secret/x\",\"Token\":\"session/x\",\"Expiration\":\"" expiration \
	"\"}"
#define STS(access)                                                                                \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"                 \
	"<AssumeRoleResult><AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser><Credentials>"       \
	"<AccessKeyId>" access "</AccessKeyId><SecretAccessKey>role/secret</SecretAccessKey>"      \
	"<SessionToken>role/session</SessionToken><Expiration>" LATER "</Expiration>"              \
	"</Credentials></AssumeRoleResult></AssumeRoleResponse>"

struct answer {
	const char *request; /* a part of it, with which it is recognised */
	int status;          /* 0: no answer */
	const char *body;
};

struct world {
	const char *env[8][2], *file[4][2];
	struct answer answer[6];
	const char *access_key, *secret_key, *role;
	/* Found by the run. */
	char asked[4096];
	unsigned asks;
	struct creds_found found;
	char why[CREDS_WHY];
	bool done;
};

static const char *world_env(void *ctx, const char *name)
{
	struct world *w = ctx;

	for (size_t i = 0; i < 8 && w->env[i][0]; i++)
		if (strcmp(w->env[i][0], name) == 0)
			return w->env[i][1];
	return NULL;
}

static struct creds_event read_path(struct world *w, const char *path)
{
	for (size_t i = 0; i < 4 && w->file[i][0]; i++)
		if (strcmp(w->file[i][0], path) == 0)
			return (struct creds_event){.type = CREDS_FILE,
			    .data = w->file[i][1],
			    .bytes = strlen(w->file[i][1])};
	return (struct creds_event){.type = CREDS_NO_FILE, .error = ENOENT};
}

static struct creds_event ask_host(struct world *w, const struct creds_http *http)
{
	size_t at = strlen(w->asked);

	assert_true(http->length > 0 && http->length < sizeof(http->bytes));
	(void)snprintf(w->asked + at, sizeof(w->asked) - at, "%s://%s:%u %.*s\n",
	    http->clear_text ? "http" : "https", http->host, http->port, (int)http->length,
	    http->bytes);
	w->asks++;
	for (size_t i = 0; i < 6 && w->answer[i].request; i++) {
		const struct answer *a = &w->answer[i];

		if (!memmem(http->bytes, http->length, a->request, strlen(a->request)))
			continue;
		if (a->status)
			return (struct creds_event){.type = CREDS_ANSWER,
			    .status = a->status,
			    .data = a->body,
			    .bytes = strlen(a->body)};
	}
	return (struct creds_event){.type = CREDS_NO_ANSWER, .why = "no route to host"};
}

static void run(struct world *w)
{
	const struct creds_chain_settings settings = {
	    .access_key = w->access_key,
	    .secret_key = w->secret_key,
	    .role_arn = w->role,
	    .region = "eu-west-1",
	    .home = "/root",
	    .env = world_env,
	    .env_ctx = w,
	};
	struct creds_event event = {.type = CREDS_START};
	struct creds_action action;
	struct creds_chain *chain;

	assert_int_equal(creds_chain_new(&settings, &chain), 0);
	for (unsigned turn = 0;; turn++) {
		assert_true(turn < 16);
		creds_chain_input(chain, NOW, &event, &action);
		if (action.type == CREDS_READ_FILE)
			event = read_path(w, action.path);
		else if (action.type == CREDS_ASK)
			event = ask_host(w, action.http);
		else
			break;
	}
	w->done = action.type == CREDS_DONE;
	w->found = *creds_chain_found(chain);
	(void)snprintf(w->why, sizeof(w->why), "%s", creds_chain_why(chain));
	creds_chain_free(chain);
	assert_null(strstr(w->why, "secret/"));
}

static void assert_found(
    const struct world *w, enum creds_source source, const char *access, const char *token)
{
	if (!w->done)
		print_error("%s\n", w->why);
	assert_true(w->done);
	assert_int_equal(w->found.source, source);
	assert_string_equal(w->found.creds.access_key, access);
	assert_string_equal(w->found.creds.token, token);
}

#define CREDENTIALS                                                                                \
	"# mine\n[default]\naws_access_key_id = AKDEFAULT\n"                                       \
	"aws_secret_access_key=secret/d=d\r\n\n[work]\naws_access_key_id=AKWORK\n"                 \
	"aws_secret_access_key=secret/w\naws_session_token=session/w\n"

static void test_configured_keys_come_first(void **state)
{
	struct world w = {.access_key = "AKCONF",
	    .secret_key = "secret/c",
	    .env = {{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "secret/e"}}};

	run(&w);
	assert_found(&w, CREDS_FROM_CONFIGURATION, "AKCONF", "");
	assert_int_equal(w.found.expires, INT64_MAX);
}

static void test_environment_with_its_token(void **state)
{
	struct world w = {
	    .env = {{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "secret/e"},
		{"AWS_SESSION_TOKEN", "session/e"}},
	    .file = {{"/root/.aws/credentials", CREDENTIALS}}};

	run(&w);
	assert_found(&w, CREDS_FROM_ENVIRONMENT, "AKENV", "session/e");
}

static void test_half_an_environment_is_an_error_not_a_hint(void **state)
{
	struct world w = {.env = {{"AWS_ACCESS_KEY_ID", "AKENV"}},
	    .file = {{"/root/.aws/credentials", CREDENTIALS}}};

	run(&w);
	assert_false(w.done);
	assert_non_null(strstr(w.why, "environment: there is an access key without a secret key"));
}

static void test_default_profile_of_the_shared_files(void **state)
{
	struct world w = {.file = {{"/root/.aws/credentials", CREDENTIALS},
			      {"/root/.aws/config", "[default]\nregion = ap-northeast-1\n"}}};

	run(&w);
	assert_found(&w, CREDS_FROM_FILES, "AKDEFAULT", "");
	assert_string_equal(w.found.creds.secret_key, "secret/d=d");
	assert_string_equal(w.found.region, "ap-northeast-1");
	assert_int_equal(w.asks, 0);
}

static void test_a_profile_by_name_and_files_by_variable(void **state)
{
	struct world w = {
	    .env = {{"AWS_PROFILE", "work"}, {"AWS_SHARED_CREDENTIALS_FILE", "/x/creds"}},
	    .file = {{"/x/creds", CREDENTIALS}}};

	run(&w);
	assert_found(&w, CREDS_FROM_FILES, "AKWORK", "session/w");
	w.env[0][1] = "nobody";
	run(&w);
	assert_false(w.done);
	assert_non_null(strstr(w.why, "no keys of profile nobody"));
}

static void test_a_damaged_file_ends_the_search_and_names_the_line(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"[default\naws_access_key_id=AKX\n", "line 1: a section without"},
	    {"[default]\n\naws_access_key_id\n", "line 3: neither a section nor a setting"},
	    {"[default]\naws_access_key_id=A\naws_access_key_id=B\n", "line 3: a setting that"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct world w = {.file = {{"/root/.aws/credentials", bad[i].text}}};

		run(&w);
		assert_false(w.done);
		assert_non_null(strstr(w.why, bad[i].why));
		assert_int_equal(w.asks, 0);
	}
}

static void test_a_role_of_a_profile_is_assumed(void **state)
{
	struct world w = {.file = {{"/root/.aws/credentials", CREDENTIALS},
			      {"/root/.aws/config",
				  "[profile net]\nrole_arn = arn:aws:iam::123456789012:role/vpn\n"
				  "source_profile = work\nexternal_id=ab:cd\n  nested = 1\n"}},
	    .env = {{"AWS_PROFILE", "net"}},
	    .answer = {{"Action=AssumeRole", 200, STS("ASIAROLE")}}};

	run(&w);
	assert_found(&w, CREDS_FROM_FILES, "ASIAROLE", "role/session");
	assert_int_equal(w.found.expires, NOW + 6 * 3600);
	assert_non_null(strstr(w.asked, "https://sts.eu-west-1.amazonaws.com:443 POST / "));
	assert_non_null(strstr(w.asked, "Credential=AKWORK/20261121/eu-west-1/sts/"));
	assert_non_null(strstr(w.asked, "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fvpn&"));
	assert_non_null(strstr(w.asked, "&ExternalId=ab%3Acd"));
	assert_non_null(strstr(w.asked, "X-Amz-Security-Token: session/w"));
}

static void test_roles_of_roles_are_assumed_from_the_inside_out(void **state)
{
	struct world w = {
	    .file = {{"/root/.aws/credentials", CREDENTIALS},
		{"/root/.aws/config",
		    "[profile outer]\nrole_arn=arn:aws:iam::123456789012:role/outer\n"
		    "source_profile=inner\n[profile inner]\n"
		    "role_arn=arn:aws:iam::123456789012:role/inner\nsource_profile=default\n"}},
	    .env = {{"AWS_PROFILE", "outer"}},
	    .answer = {
		{"role%2Finner", 200, STS("ASIAINNER")}, {"role%2Fouter", 200, STS("ASIAOUTER")}}};
	const char *inner, *outer;

	run(&w);
	assert_found(&w, CREDS_FROM_FILES, "ASIAOUTER", "role/session");
	inner = strstr(w.asked, "role%2Finner");
	outer = strstr(w.asked, "role%2Fouter");
	assert_true(inner && outer && inner < outer);
	assert_non_null(strstr(w.asked, "Credential=ASIAINNER/"));
}

static void test_profiles_in_a_circle_end(void **state)
{
	struct world w = {.file = {{"/root/.aws/config",
			      "[profile a]\nrole_arn=arn:aws:iam::123456789012:role/a\n"
			      "source_profile=b\n[profile b]\n"
			      "role_arn=arn:aws:iam::123456789012:role/b\nsource_profile=a\n"}},
	    .env = {{"AWS_PROFILE", "a"}}};

	run(&w);
	assert_false(w.done);
	assert_non_null(strstr(w.why, "refer to each other"));
}

static void test_a_refused_role_says_what_aws_says(void **state)
{
	struct world w = {.access_key = "AKCONF",
	    .secret_key = "secret/c",
	    .role = "arn:aws:iam::123456789012:role/vpn",
	    .answer = {{"AssumeRole", 403,
		"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
		"<Message>not authorized</Message></Error></ErrorResponse>"}}};

	run(&w);
	assert_false(w.done);
	assert_non_null(strstr(w.why, "STS: AccessDenied: not authorized"));
}

static void test_container_by_relative_address_and_token_file(void **state)
{
	struct world w = {.env = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"},
			      {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/run/token"}},
	    .file = {{"/run/token", "Bearer abc\r\n"}},
	    .answer = {{"GET /v2/credentials/1", 200, KEYS("ASIATASK", LATER)}}};

	run(&w);
	assert_found(&w, CREDS_FROM_CONTAINER, "ASIATASK", "session/x");
	assert_non_null(strstr(w.asked, "http://169.254.170.2:80 GET /v2/credentials/1 "));
	assert_non_null(strstr(w.asked, "\r\nAuthorization: Bearer abc\r\n"));
}

static void test_a_containers_token_adds_nothing_to_the_request(void **state)
{
	static const char *const tokens[] = {"x\r\nX: y", "x\ny", "x\x15", "x\x7f"};

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct world w = {.env = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"},
				      {"AWS_CONTAINER_AUTHORIZATION_TOKEN", tokens[i]}}};

		run(&w);
		assert_false(w.done);
		assert_int_equal(w.asks, 0);
		assert_non_null(strstr(w.why, "a line break or control character"));
	}
}

static void test_container_in_clear_text_only_where_it_is_local(void **state)
{
	static const struct {
		const char *url;
		bool allowed;
	} rows[] = {
	    {"http://169.254.170.23/v1/credentials", true},
	    {"http://127.0.0.1:8080/c", true},
	    {"http://[fd00:ec2::23]/v1/credentials", true},
	    {"https://creds.example/c", true},
	    {"http://creds.example/c", false},
	    {"http://169.254.169.254/c", false},
	    {"http://127.0.0.1@evil.example/c", false},
	    {"http://10.0.0.1/c", false},
	    {"ftp://127.0.0.1/c", false},
	    {"http://127.0.0.1/c\r\nX: y", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = {.env = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", rows[i].url}},
		    .answer = {{"GET /", 200, KEYS("ASIATASK", LATER)}}};

		run(&w);
		assert_int_equal(w.done, rows[i].allowed);
		assert_int_equal(w.asks, rows[i].allowed ? 1 : 0);
	}
}

#define TOKEN_REQUEST "PUT /latest/api/token HTTP/1.1\r\n"
#define ROLE_REQUEST  "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"
#define KEYS_REQUEST  "GET /latest/meta-data/iam/security-credentials/gateway HTTP/1.1\r\n"

static void test_A20_metadata_version_2(void **state)
{
	struct world w = {
	    .answer = {{TOKEN_REQUEST, 200, "TOKEN=="}, {ROLE_REQUEST, 200, "gateway\nsecond\n"},
		{KEYS_REQUEST, 200, KEYS("ASIAROLE", LATER)}}};

	run(&w);
	assert_found(&w, CREDS_FROM_METADATA, "ASIAROLE", "session/x");
	assert_string_equal(w.found.what, "instance role gateway");
	assert_int_equal(w.asks, 3);
	assert_non_null(strstr(w.asked, "http://169.254.169.254:80 PUT /latest/api/token"));
	assert_non_null(strstr(w.asked, "X-aws-ec2-metadata-token-ttl-seconds: 21600"));
	assert_non_null(strstr(w.asked, "X-aws-ec2-metadata-token: TOKEN=="));
}

static void test_A20_a_refused_token_is_the_end_never_version_1(void **state)
{
	static const int statuses[] = {0, 400, 403, 404, 500, 301};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct world w = {
		    .answer = {{TOKEN_REQUEST, statuses[i], "no"}, {ROLE_REQUEST, 200, "gateway"},
			{KEYS_REQUEST, 200, KEYS("ASIAROLE", LATER)}}};

		run(&w);
		assert_false(w.done);
		assert_int_equal(w.asks, 1);
		assert_null(strstr(w.asked, "GET "));
		assert_non_null(strstr(w.why, "instance metadata: "));
	}
}

static void test_A20_no_role_and_names_that_are_none(void **state)
{
	static const struct answer role[] = {{ROLE_REQUEST, 404, "Not Found"},
	    {ROLE_REQUEST, 200, ""}, {ROLE_REQUEST, 200, "a b"}, {ROLE_REQUEST, 200, "../../x"},
	    {ROLE_REQUEST, 200, "x?y"}};

	for (size_t i = 0; i < sizeof(role) / sizeof(role[0]); i++) {
		struct world w = {.answer = {{TOKEN_REQUEST, 200, "TOKEN=="}, role[i]}};

		run(&w);
		assert_false(w.done);
		assert_int_equal(w.asks, 2);
	}
}

static void test_A20_expired_and_damaged_credentials(void **state)
{
	static const struct {
		const char *body, *why;
	} bad[] = {
	    {KEYS("ASIAROLE", EARLIER), "expired"},
	    {"{\"Code\":\"Failed\"}", "no credentials"},
	    {"[1]", "not a JSON object"},
	    {"{", "not JSON"},
	    {"", "not JSON"},
	    {"{\"AccessKeyId\":\"A\",\"AccessKeyId\":\"B\"}", "not JSON"},
	    {"{\"AccessKeyId\":1,\"SecretAccessKey\":\"secret/x\"}", "no usable keys"},
	    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"secret/x\",\"Token\":1}", "not texts"},
	    {KEYS("A", "yesterday"), "expiration"},
	    {KEYS("A\\r\\nX: y", LATER), "no usable keys"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct world w = {
		    .answer = {{TOKEN_REQUEST, 200, "TOKEN=="}, {ROLE_REQUEST, 200, "gateway"},
			{KEYS_REQUEST, 200, bad[i].body}}};

		run(&w);
		assert_false(w.done);
		assert_non_null(strstr(w.why, bad[i].why));
	}
}

static void test_A20_a_json_bomb_is_bounded(void **state)
{
	static char body[200000];
	struct world w = {.answer = {{TOKEN_REQUEST, 200, "TOKEN=="},
			      {ROLE_REQUEST, 200, "gateway"}, {KEYS_REQUEST, 200, body}}};

	memset(body, '[', sizeof(body) - 1);
	run(&w);
	assert_non_null(strstr(w.why, "too long"));
	body[60000] = '\0';
	run(&w);
	assert_non_null(strstr(w.why, "not JSON"));
}

static void test_metadata_can_be_forbidden(void **state)
{
	struct world w = {.env = {{"AWS_EC2_METADATA_DISABLED", "true"}}};

	run(&w);
	assert_false(w.done);
	assert_int_equal(w.asks, 0);
}

static void test_nothing_anywhere_says_what_was_tried(void **state)
{
	struct world w = {0};

	run(&w);
	assert_string_equal(w.why, "environment: AWS_ACCESS_KEY_ID is not set\n"
				   "shared files: no keys in ~/.aws of profile default\n"
				   "container: there is none\n"
				   "instance metadata: no route to host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_configured_keys_come_first),
	    cmocka_unit_test(test_environment_with_its_token),
	    cmocka_unit_test(test_half_an_environment_is_an_error_not_a_hint),
	    cmocka_unit_test(test_default_profile_of_the_shared_files),
	    cmocka_unit_test(test_a_profile_by_name_and_files_by_variable),
	    cmocka_unit_test(test_a_damaged_file_ends_the_search_and_names_the_line),
	    cmocka_unit_test(test_a_role_of_a_profile_is_assumed),
	    cmocka_unit_test(test_roles_of_roles_are_assumed_from_the_inside_out),
	    cmocka_unit_test(test_profiles_in_a_circle_end),
	    cmocka_unit_test(test_a_refused_role_says_what_aws_says),
	    cmocka_unit_test(test_container_by_relative_address_and_token_file),
	    cmocka_unit_test(test_a_containers_token_adds_nothing_to_the_request),
	    cmocka_unit_test(test_container_in_clear_text_only_where_it_is_local),
	    cmocka_unit_test(test_A20_metadata_version_2),
	    cmocka_unit_test(test_A20_a_refused_token_is_the_end_never_version_1),
	    cmocka_unit_test(test_A20_no_role_and_names_that_are_none),
	    cmocka_unit_test(test_A20_expired_and_damaged_credentials),
	    cmocka_unit_test(test_A20_a_json_bomb_is_bounded),
	    cmocka_unit_test(test_metadata_can_be_forbidden),
	    cmocka_unit_test(test_nothing_anywhere_says_what_was_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
