/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A look at every block that a program gives back: does it hold a piece of a secret? Include it in
 * one file of a test, give freed_install() to the group, and look between freed_begin() and
 * freed_end(). */
#pragma once

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Every secret of such a test has this in the middle. */
#define FREED_NEEDLE "n33dleInTheHay"

static bool freed_looking;
static unsigned freed_found;

static void freed_look(const void *block)
{
	if (!freed_looking || !block)
		return;
	freed_looking = false; /* what is called here may free, too */
	if (memmem(
		block, malloc_usable_size((void *)block), FREED_NEEDLE, sizeof(FREED_NEEDLE) - 1))
		freed_found++;
	freed_looking = true;
}

#ifdef __SANITIZE_ADDRESS__
int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));

static void freed_on_malloc(const volatile void *block, size_t bytes)
{
}

static void freed_on_free(const volatile void *block)
{
	freed_look((const void *)block);
}

static int freed_install(void **state)
{
	(void)state;
	return __sanitizer_install_malloc_and_free_hooks(freed_on_malloc, freed_on_free) > 0 ? 0
											     : -1;
}
#else
void __libc_free(void *block);

void free(void *block)
{
	freed_look(block);
	__libc_free(block);
}

static int freed_install(void **state)
{
	(void)state;
	return 0;
}
#endif

static void freed_begin(void)
{
	freed_found = 0;
	freed_looking = true;
}

/* How many were given back with it. */
static unsigned freed_end(void)
{
	freed_looking = false;
	return freed_found;
}
