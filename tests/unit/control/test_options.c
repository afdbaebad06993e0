/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line of cgw-control, and the tables that come of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "common/shm_map.h"
#include "control/options.h"
#include "control/publish.h"

static int parse(struct options *o, const char *first, const char *second)
{
	char program[] = "cgw-control", one[64], two[64];
	char *argv[] = {program, one, two, NULL};

	(void)snprintf(one, sizeof(one), "%s", first ? first : "");
	(void)snprintf(two, sizeof(two), "%s", second ? second : "");
	optind = 0; /* anew */
	return options_parse(1 + (first != NULL) + (second != NULL), argv, o);
}

static void test_room_in_the_tables(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, NULL, NULL), 0);
	assert_int_equal(o.tunnels, CFG_DEFAULT_TUNNELS);
	assert_int_equal(o.routes, CFG_DEFAULT_ROUTES);
	assert_int_equal(parse(&o, "--tunnels=10000", "--routes=1000000"), 0);
	assert_int_equal(o.tunnels, 10000);
	assert_int_equal(o.routes, 1000000);
	assert_int_equal(parse(&o, "--tunnels", "16384"), 0);
	assert_int_equal(o.tunnels, SHM_TUNNELS_MAX);
}

static void test_room_for_nothing_or_too_much_is_refused(void **state)
{
	static const char *const wrong[] = {"--tunnels=0", "--tunnels=16385", "--tunnels=-1",
	    "--tunnels=", "--tunnels=12x", "--tunnels= 12", "--routes=4000001",
	    "--routes=99999999999999999999", "--routes=1e6"};
	struct options o;
	int silent = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(&o, wrong[i], NULL), -EINVAL);
	(void)fflush(stderr);
	(void)dup2(silent, STDERR_FILENO);
	close(silent);
}

static void no_random(void *ctx, uint8_t *out, size_t bytes)
{
	(void)ctx;
	memset(out, 0x5a, bytes);
}

/* What is asked for is there to be used: every tunnel, an SPI that names the last of their SAs,
 * every route and not one more. */
static void test_the_tables_have_the_room(void **state)
{
	const uint32_t tunnels = 1000, routes = 70000;
	const struct shm_region_spec spec = shm_cfg_spec_sized(tunnels, routes);
	static struct cfg_route route[70001];
	char instance[32];
	struct publish *p = NULL;
	uint32_t spi;

	(void)state;
	(void)snprintf(instance, sizeof(instance), "options-%ld", (long)getpid());
	assert_int_equal(publish_open(instance, &spec, no_random, &p), 0);
	for (uint32_t i = 0; i < tunnels; i++)
		assert_int_not_equal(
		    publish_alloc(p, CFG_TABLE_TUNNELS, mono_now()), SHM_INDEX_NONE);
	assert_int_equal(publish_alloc(p, CFG_TABLE_TUNNELS, mono_now()), SHM_INDEX_NONE);
	for (uint32_t i = 0; i < tunnels * SHM_SAS_PER_TUNNEL; i++) {
		uint32_t slot = publish_alloc(p, CFG_TABLE_SAS, mono_now());

		assert_int_not_equal(slot, SHM_INDEX_NONE);
		assert_true(slot < 1u << spec.spi_slot_bits);
	}
	assert_int_equal(publish_alloc_spi(p, mono_now(), &spi), SHM_INDEX_NONE);
	for (uint32_t i = 0; i < routes + 1; i++)
		route[i] = (struct cfg_route){
		    .prefix = {.bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i},
			.family = 4,
			.prefix_length = 32}};
	assert_int_equal(publish_routes(p, route, routes + 1), -ENOSPC);
	assert_int_equal(publish_routes(p, route, routes), 0);
	publish_discard(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_room_in_the_tables),
	    cmocka_unit_test(test_room_for_nothing_or_too_much_is_refused),
	    cmocka_unit_test(test_the_tables_have_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
