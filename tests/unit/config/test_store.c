/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Saving and loading: damage, unsafe files, every system call failing in turn. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "control/config/store_file.h"

static char dir[] = "/tmp/cgw-store-XXXXXX";
static char error[CONFIG_ERROR_BYTES];

static const char *path_of(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], PATH_MAX, "%s/%s", dir, name);
	return path[turn];
}

static void write_file(const char *name, const char *data, size_t bytes, mode_t mode)
{
	int fd;

	unlink(path_of(name));
	fd = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), bytes);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* The whole file; the caller frees. NULL when there is none. */
static char *read_file(const char *name, size_t *bytes)
{
	FILE *in = fopen(path_of(name), "r");
	char *data = malloc(1 << 16);

	if (!in) {
		free(data);
		return NULL;
	}
	*bytes = fread(data, 1, (1 << 16) - 1, in);
	data[*bytes] = '\0';
	fclose(in);
	return data;
}

static struct config *new_config(const char *lines)
{
	struct config_env env = {0};
	struct config *config = config_new(&env);

	assert_non_null(config);
	if (lines && config_replace(config, lines, strlen(lines), error, sizeof(error)))
		fail_msg("%s", error);
	return config;
}

static void assert_text(struct config *config, const char *expected)
{
	char *text = config_running_text(config);

	assert_string_equal(text, expected);
	free(text);
}

/* What a start would find. */
static enum store_loaded load_is(const char *expected)
{
	struct config *config = new_config(NULL);
	enum store_loaded loaded = store_load(config, dir, error, sizeof(error));

	assert_text(config, expected);
	config_free(config);
	return loaded;
}

static void save(const char *lines)
{
	struct config *config = new_config(lines);

	if (store_save(config, dir, error, sizeof(error)))
		fail_msg("%s", error);
	assert_false(config_dirty(config));
	config_free(config);
}

static int setup(void **state)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	if (chmod(dir, 0700) || store_erase(dir, error, sizeof(error)))
		return -1;
	return rmdir(dir);
}

#define OLD "syslog debug on\n"
#define NEW "syslog notice on\nsyslog debug off\n"

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
	size_t bytes;
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
	size_t bytes, first;
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
	size_t bytes, first;
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

#define FIRST_WORDS                                                                                \
	"login, administrator, console, timezone, ip, description, nat, tunnel, ipsec, bgp, "      \
	"syslog, dhcp, dns, schedule, statistics, cloud, exit, quit, help, save, configure, "      \
	"commit, discard, rollback, check, export, cold, ping, traceroute, show"

static void test_C06_bad_lines_are_named_and_the_generation_before_is_loaded(void **state)
{
	static const struct {
		const char *data;
		const char *why;
	} bad[] = {
	    {"", "config: line 1: there is no command in the file"},
	    {"\n# nothing\n\n", "config: line 1: there is no command in the file"},
	    {NEW "bogus command\n",
		"config: line 3: column 1: \"bogus\" is not known here; expected " FIRST_WORDS},
	    {"syslog debug on\r\n", "config: line 1: column 16: control character 0x0d"},
	    {"\xef\xbb\xbfsyslog debug on\n",
		"config: line 1: column 1: \"\xef\xbb\xbfsyslog\" is not known here; "
		"expected " FIRST_WORDS},
	    {"syslog debug on\nip lan1 address dhcp\n",
		"config: line 2: this version has no DHCP client: give the interface an address"},
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
		assert_string_equal(error, bad[i].why);
		unlink(path_of(STORE_PREVIOUS_NAME));
		assert_int_equal(load_is(""), STORE_REFUSED);
		assert_string_equal(error, bad[i].why);
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

/* ---- C08, C09: the calls of saving, counted, failed and cut -------------------------------------
 */

static struct {
	unsigned calls, fail_at;
	int with;      /* errno of the call that fails */
	bool cut;      /* from that call on nothing happens any more: the power is gone */
	bool short_at; /* that write takes one byte less */
} fault;

static bool fails(void)
{
	unsigned call = ++fault.calls;

	if (fault.cut ? call >= fault.fail_at : call == fault.fail_at) {
		errno = fault.with;
		return true;
	}
	return false;
}

static int fault_open(int at, const char *name, int flags, mode_t mode)
{
	return fails() ? -1 : store_system_calls.open_at(at, name, flags, mode);
}

static ssize_t fault_write(int fd, const void *data, size_t bytes)
{
	if (fails()) {
		/* What fits is written before the disk is full; interrupted, nothing is. */
		if (bytes > 1 && fault.with != EINTR)
			(void)!write(fd, data, bytes / 2);
		errno = fault.with;
		return -1;
	}
	return store_system_calls.write(fd, data, fault.short_at && bytes > 1 ? bytes / 2 : bytes);
}

static int fault_stat(int fd, struct stat *out)
{
	return fails() ? -1 : store_system_calls.stat(fd, out);
}

static ssize_t fault_read(int fd, void *data, size_t bytes)
{
	return fails() ? -1 : store_system_calls.read(fd, data, bytes);
}

static int fault_fsync(int fd)
{
	return fails() ? -1 : store_system_calls.fsync(fd);
}

/* A descriptor is closed even when close() reports an error. */
static int fault_close(int fd)
{
	bool failing = fails();

	store_system_calls.close(fd);
	errno = fault.with;
	return failing ? -1 : 0;
}

static int fault_link(int at, const char *from, const char *to)
{
	return fails() ? -1 : store_system_calls.link_at(at, from, to);
}

static int fault_rename(int at, const char *from, const char *to)
{
	return fails() ? -1 : store_system_calls.rename_at(at, from, to);
}

static int fault_unlink(int at, const char *name)
{
	return fails() ? -1 : store_system_calls.unlink_at(at, name);
}

static const struct store_calls faulty = {
    .open_at = fault_open,
    .stat = fault_stat,
    .read = fault_read,
    .write = fault_write,
    .fsync = fault_fsync,
    .close = fault_close,
    .link_at = fault_link,
    .rename_at = fault_rename,
    .unlink_at = fault_unlink,
};

/* Saves NEW over a saved OLD with a fault; returns what store_save_with() did. */
static int save_faulty(unsigned fail_at, int with, bool cut)
{
	struct config *config = new_config(NEW);
	int rc;

	memset(&fault, 0, sizeof(fault));
	fault.fail_at = fail_at;
	fault.with = with;
	fault.cut = cut;
	error[0] = '\0';
	rc = store_save_with(config, dir, 0, NULL, &faulty, error, sizeof(error));
	assert_int_equal(config_dirty(config), rc != 0);
	config_free(config);
	return rc;
}

static unsigned count_calls(void)
{
	save(OLD);
	assert_int_equal(save_faulty(UINT_MAX, 0, false), 0);
	return fault.calls;
}

/* What a call may say and saving goes on: nothing is there to be removed or renamed, the call was
 * interrupted and is made again, or the one in force is a link and is set aside. */
static bool is_harmless(int error_number)
{
	return error_number == ENOENT || error_number == EINTR || error_number == ELOOP;
}

static void check_failed_save(unsigned call, unsigned calls, int with, const char *old)
{
	int rc = save_faulty(call, with, false);
	size_t bytes;
	char *now = read_file(STORE_NAME, &bytes);

	assert_non_null(now);
	if (rc == 0) {
		/* The last close, of the directory, may fail unnoticed. */
		if (call != calls && !is_harmless(with))
			fail_msg("call %u, %s: the save succeeded", call, strerror(with));
		assert_int_equal(load_is(NEW), STORE_LOADED);
	} else if (strncmp(error, "the configuration is in place", 29) == 0) {
		assert_int_equal(call, calls - 1); /* fsync of the directory */
		assert_int_equal(load_is(NEW), STORE_LOADED);
	} else {
		assert_int_equal(rc, -with);
		assert_int_equal(strncmp(error, "the configuration was not saved: ", 33), 0);
		assert_non_null(strstr(error, strerror(with)));
		assert_string_equal(now, old);
	}
	assert_int_not_equal(access(path_of(STORE_NEW), F_OK), 0);
	free(now);
}

static void test_C08_every_call_of_save_fails_with_every_error(void **state)
{
	unsigned calls = count_calls();
	size_t bytes;
	char *old;

	assert_true(calls >= 22);
	save(OLD);
	old = read_file(STORE_NAME, &bytes);
	for (unsigned call = 1; call <= calls; call++)
		for (int with = 1; with <= EHWPOISON; with++) {
			if (!strerrorname_np(with))
				continue; /* there is no such error */
			check_failed_save(call, calls, with, old);
			save(OLD);
		}
	free(old);
}

/* The generation before is there whichever call failed, under its number or the next. */
static void test_C08_a_failed_save_loses_no_generation(void **state)
{
	unsigned calls = count_calls();

	for (unsigned call = 1; call < calls - 1; call++) {
		static const char *const lines[] = {"syslog info on\n", "syslog notice on\n", OLD};
		struct config *config = new_config(NULL);
		bool found = false;

		assert_int_equal(store_erase(dir, error, sizeof(error)), 0);
		for (unsigned i = 0; i < 3; i++)
			save(lines[i]);
		assert_int_not_equal(save_faulty(call, EIO, false), 0);
		for (unsigned i = 1; i <= 3 && !found; i++) {
			char *text;

			if (store_read(
				config, dir, (struct store_place){0, i}, error, sizeof(error)))
				continue;
			text = config_running_text(config);
			found = strcmp(text, lines[0]) == 0;
			free(text);
		}
		assert_true(found);
		config_free(config);
	}
}

/* ---- slots and generations ---------------------------------------------------------------------
 */

static void assert_saved(struct store_place place, const char *expected)
{
	struct config *config = new_config(NULL);

	if (store_read(config, dir, place, error, sizeof(error)))
		fail_msg("slot %u generation %u: %s", place.slot, place.generation, error);
	assert_text(config, expected);
	config_free(config);
}

static void test_ten_generations_are_kept(void **state)
{
	struct config *config = new_config(NULL);
	char lines[40];

	for (unsigned i = 0; i <= STORE_GENERATIONS + 3; i++) {
		snprintf(lines, sizeof(lines), "bgp autonomous-system %u\n", i + 1);
		save(lines);
		save(lines); /* nothing changed: no generation of its own */
	}
	for (unsigned i = 0; i <= STORE_GENERATIONS; i++) {
		snprintf(
		    lines, sizeof(lines), "bgp autonomous-system %u\n", STORE_GENERATIONS + 4 - i);
		assert_saved((struct store_place){0, i}, lines);
	}
	assert_int_not_equal(access(path_of("config.11"), F_OK), 0);
	config_free(config);
}

static void test_C06_the_newest_good_generation_is_loaded(void **state)
{
	save("syslog info on\n");
	save(OLD);
	save(NEW);
	write_file(STORE_NAME, "x", 1, 0600);
	write_file(STORE_PREVIOUS_NAME, "x", 1, 0600);
	assert_int_equal(load_is("syslog info on\n"), STORE_PREVIOUS);
	assert_int_equal(strncmp(error, "config: ", 8), 0);
	/* A hole, as a cut leaves one. */
	unlink(path_of(STORE_PREVIOUS_NAME));
	assert_int_equal(load_is("syslog info on\n"), STORE_PREVIOUS);
}

static void save_slot(const char *lines, unsigned slot, const char *comment)
{
	struct config *config = new_config(lines);

	if (store_save_with(config, dir, slot, comment, &store_system_calls, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(config_dirty(config), slot != 0);
	config_free(config);
}

struct listed {
	unsigned count;
	struct store_entry entry[STORE_SLOTS + STORE_GENERATIONS];
};

static void keep_entry(void *ctx, const struct store_entry *entry)
{
	struct listed *listed = ctx;

	listed->entry[listed->count++] = *entry;
}

static void test_slots_are_files_of_their_own_with_comments(void **state)
{
	struct listed listed = {0};

	save(OLD);
	save_slot(NEW, 3, "before the 移行 \"x\"");
	assert_saved((struct store_place){0, 0}, OLD);
	assert_saved((struct store_place){3, 0}, NEW);
	save_slot(NEW, 0, "second");
	write_file("config1", "x", 1, 0600);
	assert_int_equal(store_list(dir, keep_entry, &listed, error, sizeof(error)), 0);
	assert_int_equal(listed.count, 4);
	assert_string_equal(listed.entry[0].comment, "second");
	assert_true(listed.entry[0].good && listed.entry[0].time_unix > 0);
	assert_int_equal(listed.entry[1].place.slot, 1);
	assert_false(listed.entry[1].good);
	assert_int_equal(listed.entry[2].place.slot, 3);
	assert_string_equal(listed.entry[2].comment, "before the 移行 \"x\"");
	assert_int_equal(listed.entry[3].place.generation, 1);
	assert_string_equal(listed.entry[3].comment, "");
}

static void test_erasing_leaves_nothing(void **state)
{
	save(OLD);
	save(NEW);
	save_slot(NEW, 4, "x");
	assert_int_equal(store_erase(dir, error, sizeof(error)), 0);
	assert_int_equal(load_is(""), STORE_NONE);
	assert_int_not_equal(access(path_of("config4"), F_OK), 0);
	assert_int_equal(store_erase("/nonexistent/cgw", error, sizeof(error)), 0);
}

static void test_C08_short_writes_are_continued(void **state)
{
	struct config *config = new_config(NEW);

	memset(&fault, 0, sizeof(fault));
	fault.short_at = true;
	assert_int_equal(store_save_with(config, dir, 0, NULL, &faulty, error, sizeof(error)), 0);
	assert_int_equal(load_is(NEW), STORE_LOADED);
	config_free(config);
}

static void test_C09_a_cut_at_every_call_leaves_the_old_or_the_new_file(void **state)
{
	unsigned calls = count_calls(), old = 0, new = 0;

	for (unsigned call = 1; call <= calls + 1; call++) {
		struct config *config = new_config(NULL);
		char *text;

		save(OLD);
		save_faulty(call, EIO, true);
		assert_int_equal(store_load(config, dir, error, sizeof(error)), STORE_LOADED);
		text = config_running_text(config);
		old += strcmp(text, OLD) == 0;
		new += strcmp(text, NEW) == 0;
		assert_int_equal(old + new, call);
		free(text);
		config_free(config);
		/* What the cut left behind does not stop the next attempt. */
		save(NEW);
		assert_int_equal(load_is(NEW), STORE_LOADED);
	}
	assert_true(old && new);
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
	    T(test_C07_files_of_another_user_are_refused),
	    T(test_C08_every_call_of_save_fails_with_every_error),
	    T(test_C08_a_failed_save_loses_no_generation),
	    T(test_ten_generations_are_kept),
	    T(test_C06_the_newest_good_generation_is_loaded),
	    T(test_slots_are_files_of_their_own_with_comments),
	    T(test_erasing_leaves_nothing),
	    T(test_C08_short_writes_are_continued),
	    T(test_C09_a_cut_at_every_call_leaves_the_old_or_the_new_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
