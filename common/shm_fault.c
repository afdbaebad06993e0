/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A page of zeros is put where the missing one was, in the reader's mapping alone; closing the map
 * takes it away again. mmap() is a bare system call on Linux, so the handler may call it. */
#include "common/shm_fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uintptr_t watched_from, watched_to;
static _Atomic uint64_t faults;
static uintptr_t page_bytes;

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	void *page = (void *)(at & ~(page_bytes - 1));

	if (at < atomic_load(&watched_from) || at >= atomic_load(&watched_to) ||
	    mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		page) {
		/* The same instruction meets it again, and this time nothing catches it. */
		(void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		return;
	}
	atomic_fetch_add(&faults, 1);
}

void shm_fault_watch(const struct shm_map *map)
{
	const struct sigaction action = {
	    .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_RESTART};
	uintptr_t from = map ? (uintptr_t)map->base : 0;

	page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	(void)sigaction(SIGBUS, &action, NULL);
	atomic_store(&watched_to, 0);
	atomic_store(&watched_from, from);
	atomic_store(&watched_to, map ? from + map->bytes : 0);
}

uint64_t shm_faults(void)
{
	return atomic_load(&faults);
}
