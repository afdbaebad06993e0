/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Region files that are missing, half made, of another version, or hostile. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/shm_map.h"
#include "common/shm_slot.h"

static char instance[32];

static void path_of(const char *file, char *path, size_t bytes)
{
	snprintf(path, bytes, "%s/%s/%s", SHM_BASE_DIR, instance, file);
}

static int setup(void **state)
{
	(void)state;
	snprintf(instance, sizeof(instance), "test-map-%ld", (long)getpid());
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {SHM_CFG_FILE, SHM_STATE_FILE, SHM_CONTROL_LOCK};
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(files[i], path, sizeof(path));
		(void)unlink(path);
	}
	path_of("", path, sizeof(path));
	(void)rmdir(path);
	return 0;
}

static struct shm_region_spec small_spec(void)
{
	struct shm_region_spec spec = shm_cfg_spec();

	spec.table[CFG_TABLE_ROUTES_A].count = 64;
	spec.table[CFG_TABLE_ROUTES_B].count = 64;
	spec.table[CFG_TABLE_ADJS].count = 16;
	spec.table[CFG_TABLE_GROUPS].count = 16;
	return spec;
}

static void test_made_by_one_read_by_the_other(void **state)
{
	struct shm_region_spec spec = small_spec();
	struct shm_map writer, reader;
	struct cfg_sa sa = {.flags = CFG_SA_PRESENT, .spi_be = 0x01020304}, copy;
	char path[256];
	struct stat st;

	(void)state;
	assert_int_equal(shm_map_open(instance, &spec, &reader), -ENOENT);
	assert_int_equal(shm_map_create(instance, &spec, &writer), 0);
	path_of(SHM_CFG_FILE, path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_true(st.st_blocks * 512 >= st.st_size); /* allocated whole: no SIGBUS later */
	assert_int_equal(shm_map_open(instance, &spec, &reader), 0);
	assert_int_equal(shm_map_count(&reader, CFG_TABLE_SAS), CFG_DEFAULT_SAS);
	assert_null(shm_map_at(&reader, CFG_TABLE_SAS, CFG_DEFAULT_SAS));
	assert_null(shm_map_at(&reader, CFG_TABLES, 0));
	shm_slot_write(shm_map_at(&writer, CFG_TABLE_SAS, 5), &sa, sizeof(sa));
	assert_int_equal(
	    shm_slot_read(shm_map_at(&reader, CFG_TABLE_SAS, 5), &copy, sizeof(copy)), 0);
	assert_int_equal(copy.spi_be, sa.spi_be);
	assert_false(shm_map_replaced(instance, &spec, &reader));
	shm_map_close(&writer);
	assert_int_equal(shm_map_create(instance, &spec, &writer), 0);
	assert_true(shm_map_replaced(instance, &spec, &reader));
	shm_map_close(&reader);
	shm_map_close(&writer);
}

/* A table that came later: its reader lives with a writer from before it, and the reverse. */
static void test_S06_a_table_that_the_writer_does_not_know_is_empty(void **state)
{
	struct shm_region_spec now = shm_state_spec(8, 16, 4), before = now;
	struct shm_map writer, reader;

	(void)state;
	before.table_count = STATE_TABLES_LEAST;
	assert_int_equal(shm_map_create(instance, &before, &writer), 0);
	assert_int_equal(shm_map_open(instance, &now, &reader), 0);
	assert_int_equal(shm_map_count(&reader, STATE_TABLE_SAS), 16);
	assert_int_equal(shm_map_count(&reader, STATE_TABLE_WORKERS), 0);
	assert_null(shm_map_at(&reader, STATE_TABLE_WORKERS, 0));
	shm_map_close(&reader);
	shm_map_close(&writer);
	before.table_count--;
	assert_int_equal(shm_map_create(instance, &before, &writer), 0);
	assert_int_equal(shm_map_open(instance, &now, &reader), -EPROTO);
	shm_map_close(&writer);
	before.table_count++;
	assert_int_equal(shm_map_create(instance, &now, &writer), 0);
	assert_int_equal(shm_map_count(&writer, STATE_TABLE_WORKERS), STATE_WORKERS);
	assert_int_equal(shm_map_open(instance, &before, &reader), 0);
	assert_int_equal(shm_map_count(&reader, STATE_TABLE_WORKERS), 0);
	shm_map_close(&reader);
	shm_map_close(&writer);
}

static void test_adopt_keeps_records_and_refuses_another_layout(void **state)
{
	struct shm_region_spec spec = shm_state_spec(8, 16, 4), other = shm_state_spec(8, 32, 4);
	struct shm_map map;
	struct state_sa *sa;

	(void)state;
	assert_int_equal(shm_map_adopt(instance, &spec, &map), -ESTALE);
	assert_int_equal(shm_map_create(instance, &spec, &map), 0);
	sa = shm_map_at(&map, STATE_TABLE_SAS, 3);
	atomic_store(&sa->sequence, 4096);
	shm_map_close(&map);
	assert_int_equal(shm_map_adopt(instance, &other, &map), -ESTALE);
	assert_int_equal(shm_map_adopt(instance, &spec, &map), 0);
	sa = shm_map_at(&map, STATE_TABLE_SAS, 3);
	assert_int_equal(atomic_load(&sa->sequence), 4096);
	shm_map_close(&map);
}

static void patch(size_t offset, const void *bytes, size_t count)
{
	char path[256];
	int fd;

	path_of(SHM_CFG_FILE, path, sizeof(path));
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, count, (off_t)offset), count);
	close(fd);
}

/* Each lie of the header alone makes the file refused. */
static void test_S05_header_that_lies_is_refused(void **state)
{
	static const uint64_t huge = UINT64_MAX - 7, odd = 4097, zero = 0;
	static const uint32_t major = SHM_ABI_MAJOR + 1, many = 1u << 31, tables = 200, bits = 31;
	const struct {
		size_t offset;
		const void *bytes;
		size_t count;
	} lies[] = {
	    {offsetof(struct shm_header, magic), &zero, 8}, /* a creator that died */
	    {offsetof(struct shm_header, magic), &huge, 8},
	    {offsetof(struct shm_header, abi_major), &major, 4},
	    {offsetof(struct shm_header, region_bytes), &huge, 8},
	    {offsetof(struct shm_header, table_count), &tables, 4},
	    {offsetof(struct shm_header, table_count), &zero, 4},
	    {offsetof(struct shm_header, spi_slot_bits), &bits, 4},
	    {offsetof(struct shm_header, table[5].offset), &huge, 8},
	    {offsetof(struct shm_header, table[5].offset), &odd, 8},
	    {offsetof(struct shm_header, table[5].offset), &zero, 8},
	    {offsetof(struct shm_header, table[5].count), &many, 4},
	    {offsetof(struct shm_header, table[5].stride), &zero, 4},
	};
	struct shm_region_spec spec = small_spec();

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct shm_map map;

		assert_int_equal(shm_map_create(instance, &spec, &map), 0);
		shm_map_close(&map);
		patch(lies[i].offset, lies[i].bytes, lies[i].count);
		assert_int_equal(shm_map_open(instance, &spec, &map), -EPROTO);
		assert_int_equal(shm_map_adopt(instance, &spec, &map), -ESTALE);
	}
}

/* A table may be of any size up to one that nobody has use for; the file is as large as it says. */
static void test_S05_more_records_than_anybody_needs_are_refused(void **state)
{
	struct shm_region_spec spec = small_spec();

	(void)state;
	for (uint32_t table = CFG_TABLE_LINKS; table < CFG_TABLES; table++) {
		for (uint32_t more = table >= CFG_TABLE_ROUTES_A; more < 2; more++) {
			uint32_t count = spec.table[table].most + more;
			uint64_t offset = 1 << 20;
			uint64_t bytes = offset + (uint64_t)spec.table[table].stride * count;
			struct shm_map map;
			char path[256];

			assert_int_equal(shm_map_create(instance, &spec, &map), 0);
			shm_map_close(&map);
			patch(offsetof(struct shm_header, region_bytes), &bytes, 8);
			patch(offsetof(struct shm_header, table[table].offset), &offset, 8);
			patch(offsetof(struct shm_header, table[table].count), &count, 4);
			path_of(SHM_CFG_FILE, path, sizeof(path));
			assert_int_equal(truncate(path, (off_t)bytes), 0);
			assert_int_equal(shm_map_open(instance, &spec, &map), more ? -EPROTO : 0);
			shm_map_close(&map);
		}
	}
}

struct cutter {
	_Atomic bool done;
	struct shm_header header; /* of the whole file */
};

static void *cut_and_mend(void *arg)
{
	struct cutter *cutter = arg;
	char path[256];

	path_of(SHM_CFG_FILE, path, sizeof(path));
	while (!atomic_load(&cutter->done)) {
		assert_int_equal(truncate(path, 0), 0);
		assert_int_equal(truncate(path, (off_t)cutter->header.region_bytes), 0);
		patch(0, &cutter->header, sizeof(cutter->header));
	}
	return NULL;
}

/* Whoever opens it while it is cut short finds it wrong, and is not ended by the kernel. */
static void test_S05_a_file_that_is_being_cut_ends_nobody(void **state)
{
	struct shm_region_spec spec = small_spec();
	struct cutter cutter = {0};
	pthread_t thread;
	struct shm_map map;

	(void)state;
	assert_int_equal(shm_map_create(instance, &spec, &map), 0);
	cutter.header = *shm_map_header(&map);
	shm_map_close(&map);
	assert_int_equal(pthread_create(&thread, NULL, cut_and_mend, &cutter), 0);
	for (unsigned i = 0; i < 20000; i++) {
		int rc = shm_map_open(instance, &spec, &map);

		assert_true(rc == 0 || rc == -EPROTO);
		if (rc == 0)
			shm_map_close(&map);
	}
	atomic_store(&cutter.done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_S05_header_changed_after_opening_is_not_believed(void **state)
{
	static const uint64_t huge = UINT64_MAX / 2 - 7;
	static const uint32_t bits = 200;
	struct shm_region_spec spec = small_spec();
	struct shm_map writer, reader;
	void *before;

	(void)state;
	assert_int_equal(shm_map_create(instance, &spec, &writer), 0);
	assert_int_equal(shm_map_open(instance, &spec, &reader), 0);
	before = shm_map_at(&reader, CFG_TABLE_SAS, 1);
	patch(offsetof(struct shm_header, table[CFG_TABLE_SAS].offset), &huge, 8);
	assert_ptr_equal(shm_map_at(&reader, CFG_TABLE_SAS, 1), before);
	patch(offsetof(struct shm_header, spi_slot_bits), &bits, 4);
	assert_int_equal(reader.spi_slot_bits, spec.spi_slot_bits);
	shm_map_close(&reader);
	shm_map_close(&writer);
}

static void test_S05_short_file_link_and_bad_names_are_refused(void **state)
{
	struct shm_region_spec spec = small_spec();
	struct shm_map map;
	char path[256], target[300];

	(void)state;
	assert_int_equal(shm_map_create(instance, &spec, &map), 0);
	shm_map_close(&map);
	path_of(SHM_CFG_FILE, path, sizeof(path));
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(shm_map_open(instance, &spec, &map), -EPROTO);
	snprintf(target, sizeof(target), "%s.elsewhere", path);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(shm_map_open(instance, &spec, &map), -ELOOP);
	assert_int_equal(unlink(target), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0640), 0); /* opening one waits for its other end */
	assert_int_equal(shm_map_open(instance, &spec, &map), -EPROTO);
	assert_int_equal(shm_map_open("../escape", &spec, &map), -EINVAL);
	assert_int_equal(shm_map_create("", &spec, &map), -EINVAL);
}

/* /dev/shm is everybody's: a folder that somebody else made first could be changed under us. */
static void test_S05_folder_of_a_stranger_is_refused(void **state)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		int rc;
	} rows[] = {{65534, 0750, -EPERM}, {0, 0757, -EPERM}, {0, 0770, 0}, {0, 0750, 0}};
	struct shm_region_spec spec = small_spec();
	struct shm_map map;
	char dir[256];

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root gives folders away */
	assert_int_equal(shm_map_create(instance, &spec, &map), 0);
	shm_map_close(&map);
	path_of("", dir, sizeof(dir));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(chown(dir, rows[i].owner, 0), 0);
		assert_int_equal(chmod(dir, rows[i].mode), 0);
		assert_int_equal(shm_map_create(instance, &spec, &map), rows[i].rc);
		if (!rows[i].rc)
			shm_map_close(&map);
		assert_int_equal(shm_map_open(instance, &spec, &map), rows[i].rc);
		if (!rows[i].rc)
			shm_map_close(&map);
		assert_int_equal(shm_map_adopt(instance, &spec, &map), rows[i].rc);
		if (!rows[i].rc)
			shm_map_close(&map);
	}
}

static void test_a_lock_has_one_holder(void **state)
{
	int first = shm_map_lock(instance, SHM_CONTROL_LOCK), second;
	char path[256];

	(void)state;
	assert_true(first >= 0);
	assert_int_equal(shm_map_lock(instance, SHM_CONTROL_LOCK), -EBUSY);
	close(first);
	second = shm_map_lock(instance, SHM_CONTROL_LOCK);
	assert_true(second >= 0);
	shm_map_unlock(instance, SHM_CONTROL_LOCK, second);
	path_of("", path, sizeof(path));
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(shm_map_lock("../escape", SHM_CONTROL_LOCK), -EINVAL);
}

static void test_remove_takes_the_file_that_is_mapped_and_no_other(void **state)
{
	struct shm_region_spec spec = small_spec();
	struct shm_map former, map;
	char path[256];

	(void)state;
	assert_int_equal(shm_map_create(instance, &spec, &former), 0);
	assert_int_equal(shm_map_create(instance, &spec, &map), 0);
	path_of(SHM_CFG_FILE, path, sizeof(path));
	shm_map_remove(instance, &spec, &former);
	assert_int_equal(access(path, F_OK), 0);
	shm_map_remove(instance, &spec, &map);
	assert_int_not_equal(access(path, F_OK), 0);
	path_of("", path, sizeof(path));
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_S05_torn_slot_is_reported_and_repaired(void **state)
{
	struct cfg_link slot = {0}, record = {.flags = CFG_LINK_PRESENT}, copy = {0};

	(void)state;
	atomic_store(&slot.head.sequence, 7); /* a writer died inside */
	assert_int_equal(shm_slot_read(&slot, &copy, sizeof(copy)), -EAGAIN);
	shm_slot_write(&slot, &record, sizeof(record));
	assert_int_equal(shm_slot_read(&slot, &copy, sizeof(copy)), 0);
	assert_int_equal(copy.flags, CFG_LINK_PRESENT);
	assert_int_equal(atomic_load(&slot.head.sequence), 8);
}

static void test_a_slot_that_was_written_never_looks_as_if_not(void **state)
{
	struct cfg_link slot = {0}, record = {0};

	(void)state;
	atomic_store(&slot.head.sequence, UINT32_MAX - 1);
	shm_slot_write(&slot, &record, sizeof(record));
	assert_int_equal(atomic_load(&slot.head.sequence), 2);
	atomic_store(&slot.head.sequence, UINT32_MAX);
	shm_slot_write(&slot, &record, sizeof(record));
	assert_int_equal(atomic_load(&slot.head.sequence), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_made_by_one_read_by_the_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S06_a_table_that_the_writer_does_not_know_is_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_adopt_keeps_records_and_refuses_another_layout, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_S05_header_that_lies_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S05_more_records_than_anybody_needs_are_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S05_a_file_that_is_being_cut_ends_nobody, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S05_header_changed_after_opening_is_not_believed, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S05_short_file_link_and_bad_names_are_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_S05_folder_of_a_stranger_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_lock_has_one_holder, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_remove_takes_the_file_that_is_mapped_and_no_other, setup, teardown),
	    cmocka_unit_test(test_S05_torn_slot_is_reported_and_repaired),
	    cmocka_unit_test(test_a_slot_that_was_written_never_looks_as_if_not),
	};

	return cmocka_run_group_tests_name("shm_map", tests, NULL, NULL);
}
