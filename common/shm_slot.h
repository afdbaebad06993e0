/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The per-slot sequence lock: one writer, any number of readers, no lock and no waiting.
 *
 * The payload is copied word by word with relaxed atomics, so a race is a torn copy that the
 * sequence exposes and never undefined behaviour. A writer that dies inside a write leaves an odd
 * sequence: readers keep the last good copy they have, and the next write repairs the slot. */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shm_abi.h"

/* Attempts before a reader says that the slot is torn: a writer needs well under one of them. */
#define SHM_SLOT_TRIES 64

/* Replaces everything behind the slot head with the same bytes of `record`.
 *
 * `slot` is the record in shared memory, `record` a private one of the same type, `bytes` the size
 * of the type (a multiple of 4, slot head included). */
static inline void shm_slot_write(void *slot, const void *record, size_t bytes)
{
	struct shm_slot_head *head = slot;
	_Atomic uint32_t *dst = (_Atomic uint32_t *)(head + 1);
	const uint32_t *src = (const uint32_t *)((const struct shm_slot_head *)record + 1);
	uint32_t sequence = atomic_load_explicit(&head->sequence, memory_order_relaxed);
	uint32_t next = (sequence | 1u) + 1u;

	if (next == 0)
		next = 2; /* 0 says that nothing was ever written */
	atomic_store_explicit(&head->sequence, sequence | 1u, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < (bytes - sizeof(*head)) / 4; i++)
		atomic_store_explicit(&dst[i], src[i], memory_order_relaxed);
	atomic_store_explicit(&head->sequence, next, memory_order_release);
}

/* Copies the slot into `record`, the head included.
 *
 * 0, or -EAGAIN when the slot was being written all the time (a torn or dead writer): `record` is
 * then not to be used. The copy is consistent but not trusted: validate it before use. */
static inline int shm_slot_read(const void *slot, void *record, size_t bytes)
{
	const struct shm_slot_head *head = slot;
	const _Atomic uint32_t *src = (const _Atomic uint32_t *)(head + 1);
	uint32_t *dst = (uint32_t *)((struct shm_slot_head *)record + 1);

	for (int try = 0; try < SHM_SLOT_TRIES; try++) {
		uint32_t before = atomic_load_explicit(&head->sequence, memory_order_acquire);

		if (before & 1u)
			continue;
		for (size_t i = 0; i < (bytes - sizeof(*head)) / 4; i++)
			dst[i] = atomic_load_explicit(&src[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&head->sequence, memory_order_relaxed) == before) {
			atomic_store_explicit(&((struct shm_slot_head *)record)->sequence, before,
			    memory_order_relaxed);
			return 0;
		}
	}
	return -EAGAIN;
}
