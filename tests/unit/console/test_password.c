/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hashes against those that other programs made, and how long a user who is wrong waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/console/password.h"

static bool right;
static char made[PASSWORD_HASH];

static void on_checked(void *ctx, bool ok)
{
	right = ok;
}

static void on_hashed(void *ctx, const char *hash)
{
	assert_non_null(hash);
	snprintf(made, sizeof(made), "%s", hash);
}

static bool fits(const char *password, const char *hash)
{
	right = false;
	assert_int_equal(password_check(NULL, password, hash, on_checked, NULL), 0);
	return right;
}

static void test_hashes_of_others_are_checked(void **state)
{
	/* `openssl passwd -6 -salt saltstring "Hello world!"`; the vector of U. Drepper's
	 * "Unix crypt using SHA-256 and SHA-512". */
	static const char *const sha512 =
	    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYE"
	    "dFCoEOfaS35inz1";

	assert_true(fits("Hello world!", sha512));
	assert_false(fits("hello world!", sha512));
	assert_false(fits("", sha512));
	assert_false(fits("Hello world!", ""));
	assert_false(fits("Hello world!", "*"));
	assert_false(fits("Hello world!", "$nonsense$x$y"));
}

static void test_a_hash_made_here_is_yescrypt_and_fits_its_password_only(void **state)
{
	char first[PASSWORD_HASH], long_one[PASSWORD_BYTES + 1];

	assert_int_equal(password_hash(NULL, "open sesame", on_hashed, NULL), 0);
	assert_int_equal(strncmp(made, "$y$", 3), 0);
	assert_true(fits("open sesame", made));
	assert_false(fits("open sesam", made));
	memcpy(first, made, sizeof(first));
	assert_int_equal(password_hash(NULL, "open sesame", on_hashed, NULL), 0);
	assert_string_not_equal(first, made); /* salted */
	memset(long_one, 'x', sizeof(long_one));
	long_one[PASSWORD_BYTES] = '\0';
	assert_int_not_equal(password_check(NULL, long_one, made, on_checked, NULL), 0);
}

static void test_a_hash_is_computed_beside_the_loop(void **state)
{
	uv_loop_t loop;

	uv_loop_init(&loop);
	right = false;
	assert_int_equal(password_hash(&loop, "x", on_hashed, NULL), 0);
	assert_int_equal(password_check(&loop, "x", made, on_checked, NULL), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_C03_waiting_grows_with_every_wrong_password(void **state)
{
	static const unsigned expected[] = {0, 0, 5, 10, 20, 40, 80, 160, 320, 600, 600};
	struct password_guard guard = {0};
	mono_t now = {MONO_NSEC_PER_SEC};

	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(password_wait(&guard, 7, now), 0);
		password_counted(&guard, 7, false, now);
		assert_int_equal(password_wait(&guard, 7, now), expected[i]);
		assert_int_equal(password_wait(&guard, 8, now), 0);
		now = mono_add_sec(now, expected[i]);
	}
	password_counted(&guard, 7, true, now);
	password_counted(&guard, 7, false, now);
	assert_int_equal(password_wait(&guard, 7, now), 0);
}

static void test_C03_many_users_do_not_free_one_another(void **state)
{
	struct password_guard guard = {0};
	mono_t now = {MONO_NSEC_PER_SEC};

	for (unsigned i = 0; i < 8; i++)
		password_counted(&guard, 7, false, now);
	for (uid_t uid = 100; uid < 100 + 4 * PASSWORD_USERS; uid++)
		password_counted(&guard, uid, false, now);
	assert_true(password_wait(&guard, 7, now) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hashes_of_others_are_checked),
	    cmocka_unit_test(test_a_hash_made_here_is_yescrypt_and_fits_its_password_only),
	    cmocka_unit_test(test_a_hash_is_computed_beside_the_loop),
	    cmocka_unit_test(test_C03_waiting_grows_with_every_wrong_password),
	    cmocka_unit_test(test_C03_many_users_do_not_free_one_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
