/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Saving and loading: damage, unsafe files, every system call failing in turn. */
#include "tests/unit/config/store_fixture.h"

static void test_what_was_saved_is_loaded(void **state)
{
	struct stat st;

	assert_int_equal(load_is(""), STORE_NONE);
	save(OLD);
	assert_int_equal(load_is(OLD), STORE_LOADED);
	assert_int_equal(stat(path_of(STORE_NAME), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	save(NEW);
	assert_int_equal(load_is(NEW), STORE_LOADED);
	unlink(path_of(STORE_NAME));
	assert_int_equal(load_is(OLD), STORE_PREVIOUS);
	assert_string_equal(error, "config: it is missing");
}

/* The check value of CRC-32 as in IEEE 802.3, gzip and PNG. */
static void test_the_first_line_says_length_and_checksum(void **state)
{
	struct text file = {0};

	store_file_print("123456789", &file);
	assert_string_equal(file.data, "# cgw configuration 1, 9 bytes, crc32 cbf43926\n123456789");
	text_free(&file);
}

static void test_an_empty_configuration_can_be_saved(void **state)
{
	save(OLD);
	save("");
	assert_int_equal(load_is(""), STORE_LOADED);
}

static void test_a_file_written_by_hand_is_taken(void **state)
{
	write_file(STORE_NAME, "# mine\n" OLD, strlen("# mine\n" OLD), 0600);
	assert_int_equal(load_is(OLD), STORE_LOADED);
	write_file(STORE_NAME, "syslog debug on", 15, 0600); /* no newline at the end */
	assert_int_equal(load_is(OLD), STORE_LOADED);
}

static void test_a_missing_directory_is_made_or_it_is_said(void **state)
{
	struct config *config = new_config(OLD);

	assert_int_equal(store_load(config, "/nonexistent/cgw", error, sizeof(error)), STORE_NONE);
	assert_int_equal(store_save(config, "/nonexistent/cgw", error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "the configuration was not saved: /nonexistent/cgw: "));
	assert_int_equal(store_save(config, path_of("made"), error, sizeof(error)), 0);
	unlink(path_of("made/config"));
	assert_int_equal(rmdir(path_of("made")), 0);
	config_free(config);
}

/* ---- C06 ---------------------------------------------------------------------------------------
 */

static void test_C06_a_file_cut_at_every_byte_is_replaced_by_the_generation_before(void **state)
{
	size_t bytes = 0;
	char *data;

	save(OLD);
	save(NEW);
	data = read_file(STORE_NAME, &bytes);
	for (size_t cut = 0; cut < bytes; cut++) {
		write_file(STORE_NAME, data, cut, 0600);
		if (load_is(OLD) != STORE_PREVIOUS)
			fail_msg("cut at %zu was taken", cut);
		assert_int_equal(strncmp(error, "config: ", 8), 0);
	}
	free(data);
}

static void test_C06_every_flipped_bit_of_a_line_is_found(void **state)
{
	size_t bytes = 0, first;
	char *data;

	save(OLD);
	save(NEW);
	data = read_file(STORE_NAME, &bytes);
	first = (size_t)(strchr(data, '\n') + 1 - data);
	for (size_t bit = first * 8; bit < bytes * 8; bit++) {
		data[bit / 8] ^= (char)(1 << bit % 8);
		write_file(STORE_NAME, data, bytes, 0600);
		if (load_is(OLD) != STORE_PREVIOUS)
			fail_msg("bit %zu was not noticed", bit);
		data[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(data);
}

static void test_C06_a_flipped_bit_of_the_first_line_never_changes_the_meaning(void **state)
{
	size_t bytes = 0, first;
	char *data;

	save(OLD);
	save(NEW);
	data = read_file(STORE_NAME, &bytes);
	first = (size_t)(strchr(data, '\n') + 1 - data);
	for (size_t bit = 0; bit < first * 8; bit++) {
		struct config *config = new_config(NULL);
		char *text;

		data[bit / 8] ^= (char)(1 << bit % 8);
		write_file(STORE_NAME, data, bytes, 0600);
		store_load(config, dir, error, sizeof(error));
		text = config_running_text(config);
		/* The first line is a comment to all but the loader: with another comment in its
		 * place the file is one written by hand, and says the same. */
		if (strcmp(text, OLD) != 0 && strcmp(text, NEW) != 0)
			fail_msg("bit %zu gave: %s", bit, text);
		free(text);
		config_free(config);
		data[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(data);
}

static void assert_error_begins(const char *why)
{
	assert_memory_equal(error, why, strlen(why));
}

static void test_C06_bad_lines_are_named_and_the_generation_before_is_loaded(void **state)
{
	static const struct {
		const char *data;
		const char *why;
	} bad[] = {
	    {"", "config: line 1: there is no command in the file"},
	    {"\n# nothing\n\n", "config: line 1: there is no command in the file"},
	    {NEW "bogus command\n",
		"config: line 3: column 1: there is no command \"bogus\""},
	    {"syslog debug on\r\n", "config: line 1: column 16: control character 0x0d"},
	    {"\xef\xbb\xbfsyslog debug on\n",
		"config: line 1: column 1: there is no command \"\xef\xbb\xbfsyslog\""},
	    {"syslog debug on\nip lan1 nat descriptor 1 reverse 2\n",
		"config: line 2: `reverse` is not done: a descriptor translates towards its own "
		"interface only"},
	    {"ip tunnel mtu 1300\n",
		"config: line 1: this setting belongs to a tunnel: enter `tunnel "
		"select N` before it"},
	    {"save\n", "config: line 1: this is a command to carry out, not a setting"},
	    {"# cgw configuration 2, 16 bytes, crc32 00000000\nsyslog debug on\n",
		"config: line 1: written by a newer version of the program"},
	    {"# cgw configuration 1, 16 bytes, crc32 00000000\nsyslog debug on\n",
		"config: the checksum of line 1 is not that of the file: it is damaged, or was "
		"edited by "
		"hand (then take out line 1)"},
	    {"# cgw configuration 1\nsyslog debug on\n",
		"config: line 1: the first line is damaged"},
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(STORE_PREVIOUS_NAME, OLD, strlen(OLD), 0600);
		write_file(STORE_NAME, bad[i].data, strlen(bad[i].data), 0600);
		assert_int_equal(load_is(OLD), STORE_PREVIOUS);
		assert_error_begins(bad[i].why);
		unlink(path_of(STORE_PREVIOUS_NAME));
		assert_int_equal(load_is(""), STORE_REFUSED);
		assert_error_begins(bad[i].why);
	}
}

static void test_C06_saving_over_a_bad_file_keeps_the_last_good_generation(void **state)
{
	struct config *config = new_config(NULL);
	size_t bytes;
	char *data;

	save(OLD);
	save(NEW);
	write_file(STORE_NAME, "bogus\n", 6, 0600);
	assert_int_equal(store_load(config, dir, error, sizeof(error)), STORE_PREVIOUS);
	assert_true(config_dirty(config));
	assert_int_equal(store_save(config, dir, error, sizeof(error)), 0);
	assert_int_equal(load_is(OLD), STORE_LOADED);
	data = read_file(STORE_BAD, &bytes);
	assert_string_equal(data, "bogus\n");
	free(data);
	unlink(path_of(STORE_NAME));
	assert_int_equal(load_is(OLD), STORE_PREVIOUS);
	config_free(config);
}

static void test_C06_line_numbers_are_those_of_the_file(void **state)
{
	struct text file = {0};

	store_file_print("syslog debug on\nbogus\n", &file);
	write_file(STORE_NAME, file.data, file.bytes, 0600);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_int_equal(strncmp(error, "config: line 3: ", 16), 0);
	text_free(&file);
}

/* ---- C07 ---------------------------------------------------------------------------------------
 */

static void test_C07_files_that_others_may_read_or_write_are_refused(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0601, 0666, 0644};

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file(STORE_NAME, OLD, strlen(OLD), modes[i]);
		assert_int_equal(load_is(""), STORE_REFUSED);
		assert_string_equal(
		    error, "config: it holds secrets and others may read or write it (chmod 600)");
	}
	write_file(STORE_NAME, OLD, strlen(OLD), 0400);
	assert_int_equal(load_is(OLD), STORE_LOADED);
}

static void test_C07_links_and_other_kinds_of_files_are_refused(void **state)
{
	write_file("elsewhere", OLD, strlen(OLD), 0600);
	assert_int_equal(symlink("elsewhere", path_of(STORE_NAME)), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_string_equal(error, "config: it is a symbolic link");
	unlink(path_of(STORE_NAME));
	unlink(path_of("elsewhere"));
	assert_int_equal(mkfifo(path_of(STORE_NAME), 0600), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_string_equal(error, "config: it is no regular file");
}

static void test_C07_a_directory_others_may_write_to_is_refused(void **state)
{
	write_file(STORE_NAME, OLD, strlen(OLD), 0600);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_non_null(strstr(error, "others may write to the directory"));
	assert_int_equal(chmod(dir, 01777), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(load_is(OLD), STORE_LOADED);
}

/* What would be refused at the next start is refused while somebody is there to read why. */
static void test_nothing_is_saved_where_it_would_not_be_read(void **state)
{
	struct config *config = new_config(NEW);

	save(OLD);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(store_save(config, dir, error, sizeof(error)), -EPERM);
	assert_non_null(strstr(error, "the configuration was not saved: "));
	assert_non_null(strstr(error, "others may write to the directory"));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(load_is(OLD), STORE_LOADED);
	assert_int_equal(store_save(config, dir, error, sizeof(error)), 0);
	config_free(config);
}

static void test_C07_files_of_another_user_are_refused(void **state)
{
	if (geteuid() != 0)
		skip();
	write_file(STORE_NAME, OLD, strlen(OLD), 0600);
	assert_int_equal(chown(path_of(STORE_NAME), 65534, 65534), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_string_equal(error, "config: it belongs to another user");
	write_file(STORE_NAME, OLD, strlen(OLD), 0600);
	assert_int_equal(chown(dir, 65534, 65534), 0);
	assert_int_equal(load_is(""), STORE_REFUSED);
	assert_non_null(strstr(error, "the directory belongs to another user"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_what_was_saved_is_loaded),
	    T(test_the_first_line_says_length_and_checksum),
	    T(test_an_empty_configuration_can_be_saved),
	    T(test_a_file_written_by_hand_is_taken),
	    T(test_a_missing_directory_is_made_or_it_is_said),
	    T(test_C06_a_file_cut_at_every_byte_is_replaced_by_the_generation_before),
	    T(test_C06_every_flipped_bit_of_a_line_is_found),
	    T(test_C06_a_flipped_bit_of_the_first_line_never_changes_the_meaning),
	    T(test_C06_bad_lines_are_named_and_the_generation_before_is_loaded),
	    T(test_C06_saving_over_a_bad_file_keeps_the_last_good_generation),
	    T(test_C06_line_numbers_are_those_of_the_file),
	    T(test_C07_files_that_others_may_read_or_write_are_refused),
	    T(test_C07_links_and_other_kinds_of_files_are_refused),
	    T(test_C07_a_directory_others_may_write_to_is_refused),
	    T(test_nothing_is_saved_where_it_would_not_be_read),
	    T(test_C07_files_of_another_user_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
