/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services together: what could not be done is tried again. */
#include <sys/stat.h>

#include "common/log.h"
#include "control/service/services.h"
#include "tests/unit/service/service_fixture.h"
#include "tests/unit/sys/netns.h"

#define LINES "dhcp service server\ndhcp scope 1 192.168.100.2-192.168.100.9/24\n"

static uv_loop_t loop;
static struct services *services;
static char dir[64], path[128], logged[4096];

static void sink(void *ctx, enum log_level level, const char *line)
{
	size_t used = strlen(logged);

	(void)snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = logged; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

static void on_changed(void *ctx)
{
}

static int setup(void **state)
{
	const struct services_env env = {.loop = &loop, .run_dir = dir, .changed = on_changed};

	fixture_machine();
	if (!netns_enter())
		return 0;
	strcpy(dir, "/tmp/cgw-services-XXXXXX");
	logged[0] = '\0';
	if (!mkdtemp(dir) || uv_loop_init(&loop))
		return -1;
	log_set_sink(sink, NULL);
	services = services_new(&env);
	return services ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	if (!netns_enter())
		return fixture_end(state);
	services_close(services);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	log_set_sink(NULL, NULL);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) || uv_loop_close(&loop) || fixture_end(state);
}

/* dnsmasq went on by the file of before, for ever. */
static void test_a_file_that_could_not_be_written_is_written_later(void **state)
{
	const struct config_model *model = model_of(LINES);
	struct stat st;

	if (!netns_enter())
		skip();
	(void)snprintf(path, sizeof(path), "%s/dnsmasq.conf.new", dir);
	assert_int_equal(mkdir(path, 0700), 0); /* in the way */
	services_sync(services, model, &facts);
	services_sync(services, model, &facts);
	assert_int_equal(count("service name=dnsmasq error=Is a directory"), 1);
	assert_int_equal(count("name=dnsmasq state=started"), 0);
	assert_int_equal(rmdir(path), 0);
	services_sync(services, model, &facts);
	(void)snprintf(path, sizeof(path), "%s/dnsmasq.conf", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(count("name=dnsmasq state=started"), 1);
	services_sync(services, model, &facts);
	assert_int_equal(count("name=dnsmasq state="), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_a_file_that_could_not_be_written_is_written_later, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
