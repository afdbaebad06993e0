/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Region files: creation by their writer, validation by everyone.
 *
 * A region is made in full under a temporary name and renamed, so a reader opens either the old
 * file or a whole new one; both stay valid for those who have them mapped. Sizes never change after
 * creation. A header is checked once against the file's real size: after that every index below a
 * table's count is inside the mapping, whatever the writer does to the records. Folders are
 * believed when only root and the caller can write to them: two programs of two users share one of
 * root's. */
#include "common/shm_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGION_ALIGN     64u
#define REGION_MAX_BYTES (UINT64_C(1) << 30) /* twice the largest one that control makes */
#define INDEXES_MAX      65536u /* of links, of adjacencies, of groups beside tunnels' */

struct shm_region_spec shm_cfg_spec(void)
{
	return (struct shm_region_spec){
	    .file = SHM_CFG_FILE,
	    .magic = SHM_MAGIC_CFG,
	    .spi_slot_bits = 10,
	    .table_count = CFG_TABLES,
	    .tables_least = CFG_TABLES_LEAST,
	    .table =
		{
		    [CFG_TABLE_SETTINGS] = {sizeof(struct cfg_settings), 1},
		    [CFG_TABLE_LINKS] = {sizeof(struct cfg_link), CFG_DEFAULT_LINKS, INDEXES_MAX},
		    [CFG_TABLE_ADJS] = {sizeof(struct cfg_adj), CFG_DEFAULT_ADJS, INDEXES_MAX},
		    [CFG_TABLE_GROUPS] = {sizeof(struct cfg_group), CFG_DEFAULT_GROUPS,
			SHM_TUNNELS_MAX + INDEXES_MAX},
		    [CFG_TABLE_TUNNELS] = {sizeof(struct cfg_tunnel), CFG_DEFAULT_TUNNELS,
			SHM_TUNNELS_MAX},
		    [CFG_TABLE_SAS] = {sizeof(struct cfg_sa), CFG_DEFAULT_SAS,
			SHM_TUNNELS_MAX * SHM_SAS_PER_TUNNEL},
		    [CFG_TABLE_ROUTES_A] = {sizeof(struct cfg_route), CFG_DEFAULT_ROUTES,
			SHM_ROUTES_MAX},
		    [CFG_TABLE_ROUTES_B] = {sizeof(struct cfg_route), CFG_DEFAULT_ROUTES,
			SHM_ROUTES_MAX},
		    [CFG_TABLE_FILTERS] = {sizeof(struct cfg_filter), CFG_DEFAULT_FILTERS,
			INDEXES_MAX},
		    [CFG_TABLE_FILTER_LISTS] = {sizeof(struct cfg_filter_list),
			CFG_DEFAULT_LISTS, INDEXES_MAX},
		},
	};
}

static uint32_t within(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least ? least : value > most ? most : value;
}

struct shm_region_spec shm_cfg_spec_sized(uint32_t tunnels, uint32_t routes)
{
	struct shm_region_spec spec = shm_cfg_spec();
	uint32_t sas;

	tunnels = within(tunnels, CFG_DEFAULT_TUNNELS, SHM_TUNNELS_MAX);
	routes = within(routes, CFG_DEFAULT_ROUTES, SHM_ROUTES_MAX);
	sas = tunnels * SHM_SAS_PER_TUNNEL;
	while (1u << spec.spi_slot_bits < sas)
		spec.spi_slot_bits++;
	spec.table[CFG_TABLE_TUNNELS].count = tunnels;
	spec.table[CFG_TABLE_SAS].count = sas;
	/* A group for each tunnel, and as many of several as there were room for. */
	spec.table[CFG_TABLE_GROUPS].count = tunnels + CFG_DEFAULT_GROUPS - CFG_DEFAULT_TUNNELS;
	spec.table[CFG_TABLE_ROUTES_A].count = routes;
	spec.table[CFG_TABLE_ROUTES_B].count = routes;
	return spec;
}

struct shm_region_spec shm_state_spec(uint32_t tunnels, uint32_t sas, uint32_t drops)
{
	return (struct shm_region_spec){
	    .file = SHM_STATE_FILE,
	    .magic = SHM_MAGIC_STATE,
	    .table_count = STATE_TABLES,
	    .tables_least = STATE_TABLES_LEAST,
	    .table =
		{
		    [STATE_TABLE_PORTS] = {sizeof(struct state_port), CFG_DEFAULT_LINKS},
		    [STATE_TABLE_TUNNELS] = {sizeof(struct state_tunnel), tunnels},
		    [STATE_TABLE_SAS] = {sizeof(struct state_sa), sas},
		    [STATE_TABLE_DROPS] = {sizeof(struct state_drop), drops},
		    [STATE_TABLE_TOTALS] = {sizeof(struct state_totals), 1},
		    [STATE_TABLE_WORKERS] = {sizeof(struct state_worker), STATE_WORKERS},
		    [STATE_TABLE_CAPTURE] = {sizeof(struct state_capture), 1},
		    [STATE_TABLE_FILTER_LISTS] = {sizeof(struct state_filter_list),
			CFG_DEFAULT_LISTS},
		    [STATE_TABLE_FILTER_LOG] = {sizeof(struct state_filter_event),
			STATE_FILTER_EVENTS},
		    [STATE_TABLE_WHOLE] = {sizeof(struct state_whole), 1},
		},
	};
}

static uint64_t align_up(uint64_t bytes)
{
	return (bytes + REGION_ALIGN - 1) & ~(uint64_t)(REGION_ALIGN - 1);
}

/* Lays the tables out one behind the other; returns the size of the file. */
static uint64_t lay_out(const struct shm_region_spec *spec, struct shm_header *header)
{
	uint64_t at = align_up(sizeof(*header));

	for (uint32_t i = 0; i < spec->table_count; i++) {
		header->table[i] = (struct shm_table){
		    .offset = at, .stride = spec->table[i].stride, .count = spec->table[i].count};
		at = align_up(at + (uint64_t)spec->table[i].stride * spec->table[i].count);
	}
	return at;
}

/* SHM_BASE_DIR/INSTANCE/FILE; without `file` the folder. */
static int region_path(const char *instance, const char *file, char *path, size_t path_bytes)
{
	int n;

	if (!instance[0] || strspn(instance, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789-_") != strlen(instance))
		return -EINVAL;
	n = snprintf(path, path_bytes, "%s/%s%s%s", SHM_BASE_DIR, instance, file ? "/" : "",
	    file ? file : "");
	return n < 0 || (size_t)n >= path_bytes ? -ENAMETOOLONG : 0;
}

/* Whether only root and we can put files into a folder. /dev/shm is everybody's, so somebody else
 * may have made ours first; being sticky, it keeps a folder that passed from being exchanged. */
static int check_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode) || (st.st_mode & S_IWOTH))
		return -EPERM;
	return st.st_uid == 0 || st.st_uid == geteuid() ? 0 : -EPERM;
}

static int make_dir(const char *path)
{
	if (mkdir(path, 0750) && errno != EEXIST)
		return -errno;
	return check_dir(path);
}

static int map_file(int fd, size_t bytes, bool writable, struct shm_map *map)
{
	void *base = mmap(NULL, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	struct stat st;

	if (base == MAP_FAILED)
		return -errno;
	if (fstat(fd, &st)) {
		int rc = -errno;

		munmap(base, bytes);
		return rc;
	}
	(void)mlock(base, bytes); /* a limit below our size costs page faults, not correctness */
	(void)madvise(base, bytes, MADV_DONTDUMP);
	*map = (struct shm_map){
	    .base = base, .bytes = bytes, .fd = fd, .writable = writable, .inode = st.st_ino};
	return 0;
}

/* The tables that both the region and its reader know. */
static uint32_t tables_of(const struct shm_header *h, const struct shm_region_spec *spec)
{
	return h->table_count < spec->table_count ? h->table_count : spec->table_count;
}

/* Takes the layout of the tables that `spec` knows into private memory. */
static void keep_layout(
    struct shm_map *map, const struct shm_header *h, const struct shm_region_spec *spec)
{
	map->spi_slot_bits = h->spi_slot_bits;
	map->table_count = tables_of(h, spec);
	memcpy(map->table, h->table, sizeof(map->table));
}

static void fill_header(struct shm_header *header, const struct shm_header *layout,
    const struct shm_region_spec *spec, uint64_t bytes)
{
	*header = *layout;
	header->abi_major = SHM_ABI_MAJOR;
	header->abi_minor = SHM_ABI_MINOR;
	header->region_bytes = bytes;
	header->table_count = spec->table_count;
	header->spi_slot_bits = spec->spi_slot_bits;
	header->writer_pid = (uint32_t)getpid();
	while (!header->epoch)
		if (getrandom(&header->epoch, sizeof(header->epoch), 0) < 0)
			header->epoch = (uint64_t)getpid() << 32 | 1u;
	atomic_thread_fence(memory_order_release);
	header->magic = spec->magic;
}

/* The path of `file`, and its folder made where it is missing. */
static int make_place(const char *instance, const char *file, char *path, size_t path_bytes)
{
	char dir[256];
	int rc = region_path(instance, file, path, path_bytes);

	if (!rc)
		rc = region_path(instance, NULL, dir, sizeof(dir));
	if (!rc)
		rc = make_dir(SHM_BASE_DIR);
	return rc ? rc : make_dir(dir);
}

int shm_map_create(const char *instance, const struct shm_region_spec *spec, struct shm_map *map)
{
	char path[256], temp[300];
	struct shm_header layout = {0};
	uint64_t bytes = lay_out(spec, &layout);
	int fd, rc = make_place(instance, spec->file, path, sizeof(path));

	if (rc)
		return rc;
	snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid());
	(void)unlink(temp);
	fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	rc = -posix_fallocate(fd, 0, (off_t)bytes);
	if (!rc)
		rc = map_file(fd, bytes, true, map);
	if (!rc) {
		fill_header(map->base, &layout, spec, bytes);
		keep_layout(map, map->base, spec);
		if (!rename(temp, path))
			return 0;
		rc = -errno;
		munmap(map->base, map->bytes);
		*map = (struct shm_map){.fd = -1};
	}
	close(fd);
	(void)unlink(temp);
	return rc;
}

/* Bounds of everything the mapping will be indexed by, against the real size of the file. */
static bool header_valid(
    const struct shm_header *h, const struct shm_region_spec *spec, uint64_t file_bytes)
{
	if (h->magic != spec->magic || h->abi_major != SHM_ABI_MAJOR ||
	    h->region_bytes != file_bytes || h->table_count < spec->tables_least ||
	    h->table_count > SHM_TABLES_MAX || h->spi_slot_bits > 24)
		return false;
	for (uint32_t i = 0; i < tables_of(h, spec); i++) {
		const struct shm_table *t = &h->table[i];

		if (t->offset < sizeof(*h) || t->offset % 8 || t->stride % 8 ||
		    t->stride < spec->table[i].stride || t->offset > file_bytes ||
		    (spec->table[i].most && t->count > spec->table[i].most) ||
		    (uint64_t)t->stride * t->count > file_bytes - t->offset)
			return false;
	}
	return true;
}

static bool layout_equal(const struct shm_header *h, const struct shm_region_spec *spec)
{
	struct shm_header want = {0};
	uint64_t bytes = lay_out(spec, &want);

	return h->region_bytes == bytes && h->abi_minor == SHM_ABI_MINOR &&
	       h->table_count == spec->table_count && h->spi_slot_bits == spec->spi_slot_bits &&
	       !memcmp(h->table, want.table, sizeof(want.table));
}

/* The header and its file's size, when they are of a region. Read, not mapped: who cuts the file
 * short meanwhile ends nobody. */
static int read_header(
    int fd, const struct shm_region_spec *spec, struct shm_header *header, size_t *bytes)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > REGION_MAX_BYTES ||
	    pread(fd, header, sizeof(*header), 0) != (ssize_t)sizeof(*header) ||
	    !header_valid(header, spec, (uint64_t)st.st_size))
		return -EPROTO;
	*bytes = (size_t)st.st_size;
	return 0;
}

static int map_existing(
    const char *instance, const struct shm_region_spec *spec, bool writable, struct shm_map *map)
{
	struct shm_header header;
	char dir[256], path[256];
	size_t bytes = 0;
	int fd, rc = region_path(instance, spec->file, path, sizeof(path));

	if (!rc)
		rc = region_path(instance, NULL, dir, sizeof(dir));
	if (!rc)
		rc = check_dir(SHM_BASE_DIR);
	if (!rc)
		rc = check_dir(dir);
	if (rc)
		return rc;
	fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_header(fd, spec, &header, &bytes);
	if (!rc)
		rc = map_file(fd, bytes, writable, map);
	if (rc) {
		close(fd);
		return rc;
	}
	keep_layout(map, &header, spec);
	return 0;
}

int shm_map_open(const char *instance, const struct shm_region_spec *spec, struct shm_map *map)
{
	return map_existing(instance, spec, false, map);
}

int shm_map_adopt(const char *instance, const struct shm_region_spec *spec, struct shm_map *map)
{
	int rc = map_existing(instance, spec, true, map);

	if (rc == -EPROTO || rc == -ENOENT)
		return -ESTALE;
	if (rc)
		return rc;
	if (!layout_equal(map->base, spec)) {
		shm_map_close(map);
		return -ESTALE;
	}
	shm_map_header(map)->writer_pid = (uint32_t)getpid();
	return 0;
}

bool shm_map_replaced(
    const char *instance, const struct shm_region_spec *spec, const struct shm_map *map)
{
	char path[256];
	struct stat st;

	if (region_path(instance, spec->file, path, sizeof(path)))
		return false;
	return stat(path, &st) || (uint64_t)st.st_ino != map->inode;
}

void shm_map_close(struct shm_map *map)
{
	if (!map->base)
		return;
	munmap(map->base, map->bytes);
	close(map->fd);
	*map = (struct shm_map){.fd = -1};
}

void shm_map_remove(const char *instance, const struct shm_region_spec *spec, struct shm_map *map)
{
	char path[256], dir[256];

	if (!map->base)
		return;
	if (!shm_map_replaced(instance, spec, map) &&
	    !region_path(instance, spec->file, path, sizeof(path)) &&
	    !region_path(instance, NULL, dir, sizeof(dir))) {
		(void)unlink(path);
		(void)rmdir(dir);
	}
	shm_map_close(map);
}

int shm_map_lock(const char *instance, const char *file)
{
	char path[256];
	struct stat st;
	int fd, rc = make_place(instance, file, path, sizeof(path));

	if (rc)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (fstat(fd, &st) || st.st_nlink == 0)
		rc = -EBUSY; /* its holder has just removed it: a lock that nobody else would see */
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

void shm_map_unlock(const char *instance, const char *file, int fd)
{
	char path[256], dir[256];

	if (fd < 0)
		return;
	if (!region_path(instance, file, path, sizeof(path)) &&
	    !region_path(instance, NULL, dir, sizeof(dir))) {
		(void)unlink(path);
		(void)rmdir(dir);
	}
	close(fd);
}

void *shm_map_at(const struct shm_map *map, uint32_t table, uint32_t index)
{
	if (!map->base || table >= map->table_count || index >= map->table[table].count)
		return NULL;
	return (uint8_t *)map->base + map->table[table].offset +
	       (size_t)map->table[table].stride * index;
}

uint32_t shm_map_count(const struct shm_map *map, uint32_t table)
{
	return map->base && table < map->table_count ? map->table[table].count : 0;
}
