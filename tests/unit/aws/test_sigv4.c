/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SigV4 against what others compute: the vectors AWS publishes (aws-sig-v4-test-suite, named as
 * there; the IAM User Guide's ListUsers example), and botocore on random requests. */
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

#include "control/aws/sigv4.h"

#define SUITE_HOST                                                                                 \
	{                                                                                          \
		"Host", "example.amazonaws.com"                                                    \
	}
#define SUITE_DATE                                                                                 \
	{                                                                                          \
		"X-Amz-Date", "20150830T123600Z"                                                   \
	}

static struct creds suite_creds(void)
{
	struct creds creds;

	assert_int_equal(
	    creds_set(&creds, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL), 0);
	return creds;
}

static const struct {
	const char *name, *method, *path;
	struct sigv4_field query[3];
	struct sigv4_field header[6];
	const char *body, *signed_headers, *signature;
} suite[] = {
    {"get-vanilla", "GET", "/", {{0}}, {SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-empty-query-key", "GET", "/", {{"Param1", "value1"}}, {SUITE_HOST, SUITE_DATE},
	"", "host;x-amz-date", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-order-key-case", "GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}},
	{SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-order-key", "GET", "/", {{"Param1", "value2"}, {"Param1", "Value1"}},
	{SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
    {"get-vanilla-query-order-value", "GET", "/", {{"Param1", "value2"}, {"Param1", "value1"}},
	{SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {"get-vanilla-utf8-query", "GET", "/", {{"\xe1\x88\xb4", "bar"}}, {SUITE_HOST, SUITE_DATE}, "",
	"host;x-amz-date", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-utf8", "GET", "/\xe1\x88\xb4", {{0}}, {SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	{{0}}, {SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-header-key-duplicate", "GET", "/", {{0}},
	{SUITE_HOST, {"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"},
	    SUITE_DATE},
	"", "host;my-header1;x-amz-date",
	"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-trim", "GET", "/", {{0}},
	{SUITE_HOST, {"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}, SUITE_DATE}, "",
	"host;my-header1;my-header2;x-amz-date",
	"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla", "POST", "/", {{0}}, {SUITE_HOST, SUITE_DATE}, "", "host;x-amz-date",
	"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded", "POST", "/", {{0}},
	{{"Content-Type", "application/x-www-form-urlencoded"}, SUITE_HOST, SUITE_DATE},
	"Param1=value1", "content-type;host;x-amz-date",
	"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters", "POST", "/", {{0}},
	{{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}, SUITE_HOST,
	    SUITE_DATE},
	"Param1=value1", "content-type;host;x-amz-date",
	"1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

static size_t count_fields(const struct sigv4_field *field, size_t max)
{
	size_t n = 0;

	while (n < max && field[n].name)
		n++;
	return n;
}

static void test_vectors_of_the_aws_test_suite(void **state)
{
	const struct sigv4_scope scope = {"20150830T123600Z", "us-east-1", "service"};
	struct creds creds = suite_creds();
	char got[SIGV4_AUTH], want[SIGV4_AUTH];

	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		const struct sigv4_request request = {
		    .method = suite[i].method,
		    .path = suite[i].path,
		    .query = suite[i].query,
		    .query_count = count_fields(suite[i].query, 3),
		    .header = suite[i].header,
		    .header_count = count_fields(suite[i].header, 6),
		    .body = suite[i].body,
		    .body_bytes = strlen(suite[i].body),
		};

		assert_int_equal(sigv4_sign(&request, &scope, &creds, got), 0);
		snprintf(want, sizeof(want),
		    "AWS4-HMAC-SHA256 "
		    "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		    "SignedHeaders=%s, Signature=%s",
		    suite[i].signed_headers, suite[i].signature);
		if (strcmp(got, want) != 0)
			fail_msg("%s:\n%s\n%s", suite[i].name, got, want);
	}
}

/* IAM User Guide, "Signature Version 4 signing process", the example of its tasks 1 to 3. */
static void test_every_step_of_the_documented_example(void **state)
{
	static const struct sigv4_field query[] = {
	    {"Action", "ListUsers"}, {"Version", "2010-05-08"}};
	static const struct sigv4_field header[] = {
	    {"Host", "iam.amazonaws.com"},
	    {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
	    {"X-Amz-Date", "20150830T123600Z"},
	};
	const struct sigv4_request request = {
	    .method = "GET",
	    .path = "/",
	    .query = query,
	    .query_count = 2,
	    .header = header,
	    .header_count = 3,
	};
	const struct sigv4_scope scope = {"20150830T123600Z", "us-east-1", "iam"};
	struct creds creds = suite_creds();
	char *canonical = sigv4_canonical_request(&request), *string, authorization[SIGV4_AUTH];

	assert_string_equal(canonical,
	    "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
	    "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
	    "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
	    "content-type;host;x-amz-date\n"
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	string = sigv4_string_to_sign(&scope, canonical);
	assert_string_equal(string,
	    "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
	    "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), 0);
	assert_string_equal(authorization,
	    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
	    "SignedHeaders=content-type;host;x-amz-date, "
	    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
	free(canonical);
	free(string);
}

static void test_timestamp(void **state)
{
	char stamp[SIGV4_TIMESTAMP];

	assert_int_equal(sigv4_timestamp(1440938160, stamp), 0);
	assert_string_equal(stamp, "20150830T123600Z");
	assert_int_equal(sigv4_timestamp(0, stamp), 0);
	assert_string_equal(stamp, "19700101T000000Z");
	assert_int_equal(sigv4_timestamp(-1, stamp), -EINVAL);
	assert_int_equal(sigv4_timestamp(INT64_C(253402300800), stamp), -EINVAL);
}

static void test_what_cannot_be_signed(void **state)
{
	const struct sigv4_scope scope = {"20150830T123600Z", "us-east-1", "ec2"};
	const struct sigv4_scope bad_scope = {"20150830T123600Z", "us/east", "ec2"};
	struct sigv4_field header[] = {SUITE_HOST, {"x-a", "1"}};
	struct sigv4_request request = {
	    .method = "GET", .path = "/", .header = header, .header_count = 2};
	struct creds creds = suite_creds();
	char authorization[SIGV4_AUTH];

	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), 0);
	assert_int_equal(sigv4_sign(&request, &bad_scope, &creds, authorization), -EINVAL);
	header[1].value = "1\r\nx-b: 2";
	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), -EINVAL);
	header[1] = (struct sigv4_field){"x a", "1"};
	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), -EINVAL);
	header[1] = (struct sigv4_field){"x-a", "1"};
	request.path = "no-slash";
	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), -EINVAL);
	request.path = "/";
	header[0].name = "hast";
	assert_int_equal(sigv4_sign(&request, &scope, &creds, authorization), -EINVAL);
}

static void test_credentials(void **state)
{
	static const struct creds nothing;
	struct creds creds;

	assert_int_equal(creds_set(&creds, "AKID_1", "s3cr3t/+=", "tok=en"), 0);
	assert_string_equal(creds.token, "tok=en");
	creds_wipe(&creds);
	assert_memory_equal(&creds, &nothing, sizeof(creds));
	assert_int_equal(creds_set(&creds, "", "secret", NULL), -EINVAL);
	assert_int_equal(creds_set(&creds, "AKID", "", NULL), -EINVAL);
	assert_int_equal(creds_set(&creds, "AK ID", "secret", NULL), -EINVAL);
	assert_int_equal(creds_set(&creds, "AKID", "sec\r\nret", NULL), -EINVAL);
	assert_int_equal(creds_set(&creds, "AKID", "secret", "t\nx"), -EINVAL);
	assert_memory_equal(&creds, &nothing, sizeof(creds));
}

/* ---- random requests, signed by botocore too ---- */

#define RANDOM_REQUESTS 300

struct random_request {
	char text[24][40];
	struct sigv4_field query[6], header[6];
	struct sigv4_request request;
	char body[40];
};

static unsigned pick(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

/* A text of up to 30 characters from `alphabet`. */
static char *random_text(unsigned *seed, const char *alphabet, unsigned min, char out[40])
{
	unsigned n = min + pick(seed, 30 - min);

	for (unsigned i = 0; i < n; i++)
		out[i] = alphabet[pick(seed, (unsigned)strlen(alphabet))];
	out[n] = '\0';
	return out;
}

static void random_request(unsigned *seed, struct random_request *r)
{
	static const char words[] = "abcXYZ019-_";
	static const char any[] = "abcXYZ019 -_.~!*'();:@&=+$,/?#[]%\"<>\\^`{|}";
	static const char header_value[] = "abc XYZ019  -_.~;=\"/";
	unsigned t = 0;

	memset(r, 0, sizeof(*r));
	r->request.method = pick(seed, 2) ? "POST" : "GET";
	random_text(seed, "abcXYZ019 -_.~!*'():@&=+$,", 1, r->text[t]);
	memmove(r->text[t] + 2, r->text[t], strlen(r->text[t]) + 1);
	memcpy(r->text[t], "/p", 2);
	r->request.path = r->text[t++];
	for (unsigned i = pick(seed, 5); i > 0; i--) {
		struct sigv4_field *f = &r->query[r->request.query_count++];

		f->name = random_text(seed, any, 1, r->text[t++]);
		f->value = random_text(seed, any, 0, r->text[t++]);
	}
	r->header[r->request.header_count++] =
	    (struct sigv4_field){"host", "ec2.test.amazonaws.com"};
	for (unsigned i = pick(seed, 4); i > 0; i--) {
		struct sigv4_field *f = &r->header[r->request.header_count++];

		random_text(seed, words, 1, r->text[t]);
		memmove(r->text[t] + 2, r->text[t], strlen(r->text[t]) + 1);
		r->text[t][0] = 'x';
		r->text[t][1] = (char)('a' + i);
		f->name = r->text[t++];
		f->value = random_text(seed, header_value, 1, r->text[t++]);
	}
	r->request.query = r->query;
	r->request.header = r->header;
	r->request.body = random_text(seed, any, 0, r->body);
	r->request.body_bytes = strlen(r->body);
}

static void print_hex(FILE *f, const char *text)
{
	fputs(" x", f);
	for (; *text; text++)
		fprintf(f, "%02x", (unsigned char)*text);
}

static void print_request(FILE *f, const struct random_request *r, const struct sigv4_scope *scope,
    const struct creds *creds)
{
	print_hex(f, scope->timestamp);
	print_hex(f, scope->region);
	print_hex(f, scope->service);
	print_hex(f, creds->access_key);
	print_hex(f, creds->secret_key);
	print_hex(f, r->request.method);
	print_hex(f, r->request.path);
	print_hex(f, r->body);
	for (size_t i = 0; i < r->request.query_count; i++) {
		fputs(" q", f);
		print_hex(f, r->query[i].name);
		print_hex(f, r->query[i].value);
	}
	for (size_t i = 0; i < r->request.header_count; i++) {
		fputs(" h", f);
		print_hex(f, r->header[i].name);
		print_hex(f, r->header[i].value);
	}
	fputs("\n", f);
}

static void test_botocore_signs_random_requests_alike(void **state)
{
	const struct sigv4_scope scope = {"20261121T093000Z", "ap-northeast-1", "ec2"};
	static struct random_request r[RANDOM_REQUESTS];
	char path[] = "/tmp/sigv4-XXXXXX", command[128], got[SIGV4_AUTH], want[SIGV4_AUTH];
	struct creds creds = suite_creds();
	unsigned seed = 20261121;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	for (unsigned i = 0; i < RANDOM_REQUESTS; i++) {
		random_request(&seed, &r[i]);
		print_request(f, &r[i], &scope, &creds);
	}
	fclose(f);
	snprintf(command, sizeof(command), "env -u LD_PRELOAD tests/lib/sigv4-oracle <%s", path);
	f = popen(command, "r");
	assert_non_null(f);
	for (unsigned i = 0; i < RANDOM_REQUESTS; i++) {
		if (!fgets(want, sizeof(want), f))
			fail_msg("botocore gave no answer to request %u", i);
		want[strcspn(want, "\n")] = '\0';
		assert_int_equal(sigv4_sign(&r[i].request, &scope, &creds, got), 0);
		if (strcmp(got, want) != 0) {
			char *canonical = sigv4_canonical_request(&r[i].request);

			fail_msg("request %u:\n%s\n%s\n%s", i, got, want, canonical);
		}
	}
	assert_int_equal(pclose(f), 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors_of_the_aws_test_suite),
	    cmocka_unit_test(test_every_step_of_the_documented_example),
	    cmocka_unit_test(test_timestamp),
	    cmocka_unit_test(test_what_cannot_be_signed),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_botocore_signs_random_requests_alike),
	};

	return cmocka_run_group_tests_name("aws/sigv4", tests, NULL, NULL);
}
