/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that outlives a restart: what comes back, and what is not taken. */
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

#include "control/log/log_file.h"

static char dir[] = "/tmp/cgw-log-XXXXXX";
static char path[64], before[64], error[256];
static char seen[4096];
static unsigned count;

static int setup(void **state)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	seen[0] = '\0';
	count = 0;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(before, sizeof(before), "%s/log.1", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	unlink(before);
	return rmdir(dir);
}

static void collect(void *ctx, const struct log_entry *entry)
{
	size_t used = strlen(seen);

	count++;
	if (used < sizeof(seen) - 200)
		snprintf(seen + used, sizeof(seen) - used, "%lld %s %.60s;",
		    (long long)entry->time_usec, log_level_name(entry->level), entry->line);
}

static void append(struct log_file *file, int64_t usec, const char *line)
{
	log_file_append(file, &(struct log_entry){usec, LOG_LEVEL_INFO, line});
}

static struct log_file *reopen(struct log_file *file)
{
	log_file_close(file);
	file = log_file_open(path, error, sizeof(error));
	assert_non_null(file);
	seen[0] = '\0';
	count = 0;
	log_file_load(file, collect, NULL);
	return file;
}

static void write_file(const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_lines_come_back_after_a_restart(void **state)
{
	struct log_file *file = reopen(NULL);
	struct stat st;

	assert_string_equal(seen, "");
	append(file, 1000001, "one");
	log_file_append(file, &(struct log_entry){2000002, LOG_LEVEL_ERROR, "two = 2"});
	file = reopen(file);
	assert_string_equal(seen, "1000001 INFO one;2000002 ERROR two = 2;");
	append(file, 3000003, "three");
	file = reopen(file);
	assert_string_equal(seen, "1000001 INFO one;2000002 ERROR two = 2;3000003 INFO three;");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	log_file_close(file);
}

static void test_a_line_that_was_torn_spoils_no_other(void **state)
{
	struct log_file *file;

	write_file("1.000001 INFO one\n2.000002 INFO tw");
	file = reopen(NULL);
	assert_string_equal(seen, "1000001 INFO one;");
	append(file, 3000003, "three");
	file = reopen(file);
	assert_string_equal(seen, "1000001 INFO one;2000002 INFO tw;3000003 INFO three;");
	log_file_close(file);
}

static void test_what_is_no_line_of_ours_is_left_out(void **state)
{
	struct log_file *file;

	write_file("\n\nrubbish\n1.000001 WARN one\n1.1 INFO\nx.000001 INFO one\n"
		   "-1.000001 INFO one\n1.000001 INFO \tone\n5.000005 DEBUG five\n");
	file = reopen(NULL);
	assert_string_equal(seen, "5000005 DEBUG five;");
	log_file_close(file);
}

static void test_two_files_of_bounded_size(void **state)
{
	struct log_file *file = reopen(NULL);
	char line[1000];
	struct stat st;
	unsigned kept;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (unsigned i = 0; i < 5000; i++) {
		memcpy(line,
		    &(char[4]){'0' + (char)(i / 1000), '0' + (char)(i / 100 % 10),
			'0' + (char)(i / 10 % 10), '0' + (char)(i % 10)},
		    4);
		append(file, (int64_t)i * 1000000, line);
	}
	file = reopen(file);
	kept = count;
	assert_true(kept > LOG_FILE_BYTES / 1100 && kept < 2 * LOG_FILE_BYTES / 1000 + 2);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < (off_t)LOG_FILE_BYTES + 2000);
	assert_int_equal(stat(before, &st), 0);
	assert_true(st.st_size < (off_t)LOG_FILE_BYTES + 2000);
	assert_memory_equal(strchr(seen, 'O') + 2, line, 0);
	log_file_close(file);
}

/* It grew for ever, and was opened anew for each line. */
static void test_a_file_that_cannot_be_put_aside_begins_anew(void **state)
{
	struct log_file *file = reopen(NULL);
	char line[1000], inside[80];
	struct stat st;

	snprintf(inside, sizeof(inside), "%s/x", before);
	assert_int_equal(mkdir(before, 0700), 0); /* in the way */
	assert_int_equal(mkdir(inside, 0700), 0);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (unsigned i = 0; i < 5000; i++)
		append(file, i, line);
	append(file, 7, "last");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < (off_t)LOG_FILE_BYTES + 2000);
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(before), 0);
	file = reopen(file);
	assert_true(count > 100);
	log_file_close(file);
}

static void test_a_file_that_is_not_ours_alone_is_refused(void **state)
{
	write_file("");
	assert_int_equal(chmod(path, 0622), 0);
	assert_null(log_file_open(path, error, sizeof(error)));
	assert_non_null(strstr(error, "no regular file of ours"));
	unlink(path);
	assert_int_equal(symlink(before, path), 0);
	assert_null(log_file_open(path, error, sizeof(error)));
	assert_non_null(strstr(error, strerror(ELOOP)));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(log_file_open(path, error, sizeof(error)));
	unlink(path);
	assert_null(log_file_open("/dev/null/log", error, sizeof(error)));
	assert_non_null(strstr(error, strerror(ENOTDIR)));
}

static void test_folders_that_are_missing_are_made(void **state)
{
	char deep[100], folder[90];
	struct log_file *file;

	snprintf(deep, sizeof(deep), "%s/a/b/log", dir);
	file = log_file_open(deep, error, sizeof(error));
	assert_non_null(file);
	log_file_close(file);
	unlink(deep);
	for (const char *const *name = (const char *const[]){"/a/b", "/a", NULL}; *name; name++) {
		snprintf(folder, sizeof(folder), "%s%s", dir, *name);
		assert_int_equal(rmdir(folder), 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_lines_come_back_after_a_restart),
	    T(test_a_line_that_was_torn_spoils_no_other),
	    T(test_what_is_no_line_of_ours_is_left_out),
	    T(test_two_files_of_bounded_size),
	    T(test_a_file_that_cannot_be_put_aside_begins_anew),
	    T(test_a_file_that_is_not_ours_alone_is_refused),
	    T(test_folders_that_are_missing_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
