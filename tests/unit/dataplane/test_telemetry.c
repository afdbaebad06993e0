/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What telemetry says while the tables are not as they should be. */
#include <errno.h>
#include <rte_telemetry.h>

#include "common/log.h"
#include "dataplane/telemetry.h"
#include "dataplane/twins.h"
#include "tests/unit/dataplane/rig.h"

static struct telemetry telemetry_of(struct rig *rig)
{
	static const struct twins twins;

	return (struct telemetry){.ports = &rig->port,
	    .port_count = 1,
	    .worker = &rig->worker,
	    .worker_count = 1,
	    .state = &rig->state,
	    .sync = &rig->sync,
	    .twins = &twins};
}

/* A record that is wrong in every field, its name without an end, is as absent; a group that leads
 * there says so. */
static void test_S05_a_route_into_a_tunnel_whose_record_is_wrong(void **state)
{
	struct rig *rig = *state;
	const struct telemetry t = telemetry_of(rig);
	const struct cfg_route route = {.prefix = rig_addr(0x0a000000, 8), .group = 2};
	struct cfg_group group = {.member_count = 1};
	struct rte_tel_data *d = rte_tel_data_alloc();
	struct cfg_tunnel tunnel;

	memset(&tunnel, 'x', sizeof(tunnel));
	rig_put(rig, CFG_TABLE_TUNNELS, CFG_DEFAULT_TUNNELS - 1, &tunnel);
	group.member[0] = (struct cfg_next_hop){
	    .kind = CFG_NH_TUNNEL, .index = CFG_DEFAULT_TUNNELS - 1, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 2, &group);
	rig_put_routes(rig, &route, 1);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(telemetry_routes(&t, "10.1.2.3", d), 0);
	assert_int_equal(telemetry_tunnels(&t, "127", d), -EINVAL);
	rte_tel_data_free(d);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_S05_a_route_into_a_tunnel_whose_record_is_wrong),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
