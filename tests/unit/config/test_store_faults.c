/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Saving while calls fail or the power goes (C08, C09); slots and generations. */
#include "tests/unit/config/store_fixture.h"

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
