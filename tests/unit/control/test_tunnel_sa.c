/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The order in which SAs appear and go, with a dataplane played by the test. What tunnel_sa.c calls
 * of the rest of the agent is replaced here: events and records are written down. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "control/sys/rand.h"
#include "control/tunnel.h"

static char instance[32];
static struct shm_map cfg, state_map;
static struct agent agent;
static struct tunnel tunnel;
static struct ike_event events[16];
static size_t event_count;
static struct cfg_tunnel record; /* the tunnel's, as published last */

/* ---- what is replaced ---- */

void tunnel_event(struct tunnel *t, const struct ike_event *event)
{
	events[event_count++] = *event;
}

void tunnel_publish(struct tunnel *t)
{
	record = (struct cfg_tunnel){.flags = CFG_TUNNEL_PRESENT, .sa_out = SHM_INDEX_NONE};
	if (t->sa_out != SHM_INDEX_NONE) {
		record.flags |= CFG_TUNNEL_UP;
		record.sa_out = t->child[t->sa_out].slot_out;
		record.sa_out_instance = t->child[t->sa_out].instance_out;
	}
	publish_put(agent.publish, CFG_TABLE_TUNNELS, t->slot, &record);
}

void agent_bgp_tunnel_changed(struct agent *a, struct tunnel *t, bool up)
{
}

void agent_touch(struct agent *a)
{
}

void agent_poke(struct agent *a)
{
	(void)publish_commit(a->publish);
}

/* ---- the dataplane ---- */

static void apply_all(void)
{
	atomic_store(&shm_map_header(&state_map)->generation, publish_generation(agent.publish));
	(void)publish_poll(agent.publish, mono_now());
}

static struct cfg_sa sa_at(uint32_t slot)
{
	struct cfg_sa sa;

	assert_int_equal(shm_slot_read(shm_map_at(&cfg, CFG_TABLE_SAS, slot), &sa, sizeof(sa)), 0);
	return sa;
}

/* The dataplane has counted on an SA. */
static void count(uint32_t slot, uint64_t sa_instance, uint64_t packets, int64_t valid_nsec)
{
	struct state_sa *shared = shm_map_at(&state_map, STATE_TABLE_SAS, slot);
	struct state_sa copy = {.instance = sa_instance};

	shm_slot_write(shared, &copy, offsetof(struct state_sa, sequence));
	atomic_store(&shared->packets, packets);
	atomic_store(&shared->last_valid_nsec, valid_nsec);
}

static int setup(void **state)
{
	const struct shm_region_spec spec = shm_cfg_spec();
	const struct shm_region_spec state_spec =
	    shm_state_spec(CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS, 1);

	(void)state;
	snprintf(instance, sizeof(instance), "test-tunnel-%ld", (long)getpid());
	memset(&agent, 0, sizeof(agent));
	memset(&tunnel, 0, sizeof(tunnel));
	event_count = 0;
	if (publish_open(instance, &spec, rand_bytes, &agent.publish) ||
	    shm_map_open(instance, &spec, &cfg) ||
	    shm_map_create(instance, &state_spec, &state_map))
		return -1;
	atomic_store(&shm_map_header(&state_map)->cfg_epoch, shm_map_header(&cfg)->epoch);
	(void)publish_poll(agent.publish, mono_now());
	tunnel.agent = &agent;
	tunnel.number = 1;
	tunnel.replay_check = true;
	tunnel.sa_out = SHM_INDEX_NONE;
	tunnel.slot = publish_alloc(agent.publish, CFG_TABLE_TUNNELS, mono_now());
	tunnel.source = ip_addr_v4(0xac1f0002);
	tunnel.peer = (struct ike_peer *)&tunnel; /* never followed here */
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {
	    "/" SHM_CFG_FILE, "/" SHM_STATE_FILE, "/" SHM_CONTROL_LOCK};
	char path[128];

	(void)state;
	publish_close(agent.publish);
	shm_map_close(&cfg);
	shm_map_close(&state_map);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", SHM_BASE_DIR, instance, files[i]);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, instance);
	(void)rmdir(path);
	return 0;
}

static struct ike_child new_child(uint32_t spi_out)
{
	struct ike_child child = {
	    .spi_out = spi_out,
	    .encr = CFG_ENCR_AES_CBC,
	    .auth = CFG_AUTH_HMAC_SHA1_96,
	    .encr_key_bytes = 16,
	    .auth_key_bytes = 20,
	    .udp_encap = true,
	    .local_port = 4500,
	    .remote_port = 20001,
	    .local = ip_addr_v4(0xc0a86401),
	    .remote = ip_addr_v4(0xc6336402),
	    .hard = {42},
	    .lifetime_kbyte = 1000,
	};

	memset(child.encr_key_in, 1, 16);
	memset(child.encr_key_out, 2, 16);
	assert_int_not_equal(
	    publish_alloc_spi(agent.publish, mono_now(), &child.spi_in), SHM_INDEX_NONE);
	return child;
}

static void bring_up(struct ike_child *child)
{
	tunnel_sa_add_in(&tunnel, child);
	apply_all();
	tunnel_sa_use_out(&tunnel, child);
	apply_all();
	apply_all();
}

/* ---- tests ---- */

static void test_engine_hears_of_an_inbound_sa_once_it_is_applied(void **state)
{
	struct ike_child child = new_child(0x1111);
	struct cfg_sa sa;

	(void)state;
	tunnel_sa_add_in(&tunnel, &child);
	(void)publish_poll(agent.publish, mono_now());
	assert_int_equal(event_count, 0);
	apply_all();
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].type, IKE_EV_IN_APPLIED);
	assert_int_equal(events[0].spi, child.spi_in);
	sa = sa_at(publish_spi_slot(agent.publish, child.spi_in));
	assert_int_equal(sa.flags, CFG_SA_PRESENT | CFG_SA_INBOUND | CFG_SA_UDP_ENCAP);
	assert_int_equal(sa.checksum, shm_sa_sum(&sa));
	assert_int_equal(ntohl(sa.spi_be), child.spi_in);
	assert_int_equal(sa.encr_key[0], 1);
	assert_int_equal(ntohs(sa.udp_remote_be), 20001);
	/* The outer address is that of our datagrams, not the identity. */
	assert_memory_equal(sa.outer_local.bytes, tunnel.source.bytes, 16);
	assert_int_equal(sa.hard_time_nsec, 42);
	assert_int_equal(sa.hard_bytes, 1000 * 1024);
	assert_int_equal(sa.hard_packets, UINT32_MAX);
}

static void test_tunnel_names_an_outbound_sa_only_once_it_is_applied(void **state)
{
	struct ike_child child = new_child(0x2222);

	(void)state;
	tunnel_sa_add_in(&tunnel, &child);
	apply_all();
	tunnel_sa_use_out(&tunnel, &child);
	assert_int_equal(tunnel.sa_out, SHM_INDEX_NONE);
	assert_false(tunnel.up);
	apply_all();
	assert_true(tunnel.up);
	assert_true(record.flags & CFG_TUNNEL_UP);
	assert_int_equal(ntohl(sa_at(record.sa_out).spi_be), 0x2222);
	assert_int_equal(sa_at(record.sa_out).encr_key[0], 2);
	assert_true(record.sa_out_instance == sa_at(record.sa_out).instance);
}

static void test_old_outbound_sa_serves_until_the_new_one_is_applied(void **state)
{
	struct ike_child first = new_child(0x1111), second = new_child(0x2222);
	uint32_t old;

	(void)state;
	bring_up(&first);
	old = record.sa_out;
	tunnel_sa_add_in(&tunnel, &second);
	apply_all();
	/* The engine says both at once. */
	tunnel_sa_use_out(&tunnel, &second);
	tunnel_sa_del_out(&tunnel, first.spi_in);
	assert_int_equal(record.sa_out, old);
	assert_int_equal(sa_at(old).flags & CFG_SA_PRESENT, CFG_SA_PRESENT);
	assert_true(tunnel.up);
	apply_all();
	assert_true(tunnel.up);
	assert_int_not_equal(record.sa_out, old);
	assert_int_equal(sa_at(old).flags, 0);
	assert_int_equal(ntohl(sa_at(record.sa_out).spi_be), 0x2222);
}

static void test_last_outbound_sa_takes_the_tunnel_down(void **state)
{
	struct ike_child child = new_child(0x1111);
	uint32_t old;

	(void)state;
	bring_up(&child);
	old = record.sa_out;
	tunnel_sa_del_out(&tunnel, child.spi_in);
	assert_false(tunnel.up);
	assert_int_equal(record.sa_out, SHM_INDEX_NONE);
	assert_int_equal(sa_at(old).flags, 0);
	tunnel_sa_del_in(&tunnel, child.spi_in);
	assert_int_equal(sa_at(publish_spi_slot(agent.publish, child.spi_in)).flags, 0);
	assert_false(tunnel.child[0].used);
}

static void test_sa_deleted_while_its_application_is_waited_for_is_not_used(void **state)
{
	struct ike_child child = new_child(0x1111);

	(void)state;
	tunnel_sa_add_in(&tunnel, &child);
	apply_all();
	tunnel_sa_use_out(&tunnel, &child);
	tunnel_sa_del_out(&tunnel, child.spi_in);
	apply_all();
	assert_false(tunnel.up);
	assert_int_equal(tunnel.sa_out, SHM_INDEX_NONE);
}

static void test_clear_removes_everything_and_wipes(void **state)
{
	struct ike_child first = new_child(0x1111), second = new_child(0x2222);
	uint32_t out;

	(void)state;
	bring_up(&first);
	out = record.sa_out;
	tunnel_sa_add_in(&tunnel, &second);
	tunnel_sa_use_out(&tunnel, &second);
	tunnel_sa_clear(&tunnel);
	assert_false(tunnel.up);
	assert_int_equal(sa_at(out).encr_key[0], 0);
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		assert_false(tunnel.child[i].used);
	assert_int_equal(sa_at(publish_spi_slot(agent.publish, first.spi_in)).flags, 0);
	assert_int_equal(sa_at(publish_spi_slot(agent.publish, second.spi_in)).flags, 0);
}

static void test_first_packet_is_told_at_once_and_then_once_a_second(void **state)
{
	struct ike_child child = new_child(0x1111);
	mono_t now = mono_now();
	uint32_t slot = publish_spi_slot(agent.publish, child.spi_in);

	(void)state;
	bring_up(&child);
	event_count = 0;
	assert_true(tunnel_sa_poll(&tunnel, now));
	assert_int_equal(event_count, 0);
	count(slot, tunnel.child[0].instance_in + 1, 1, 5); /* another SA's numbers */
	assert_true(tunnel_sa_poll(&tunnel, now));
	assert_int_equal(event_count, 0);
	count(slot, tunnel.child[0].instance_in, 1, 10);
	assert_false(tunnel_sa_poll(&tunnel, now));
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].type, IKE_EV_INBOUND_SEEN);
	count(slot, tunnel.child[0].instance_in, 2, 20);
	(void)tunnel_sa_poll(&tunnel, mono_add_msec(now, 500));
	assert_int_equal(event_count, 1);
	(void)tunnel_sa_poll(&tunnel, mono_add_msec(now, 1000));
	assert_int_equal(event_count, 2);
	(void)tunnel_sa_poll(&tunnel, mono_add_msec(now, 5000)); /* silence */
	assert_int_equal(event_count, 2);
}

static void test_limits_near_are_told_once(void **state)
{
	struct ike_child child = new_child(0x1111);
	mono_t now = mono_now();

	(void)state;
	bring_up(&child);
	event_count = 0;
	count(tunnel.child[0].slot_out, tunnel.child[0].instance_out, UINT32_MAX / 4, 0);
	(void)tunnel_sa_poll(&tunnel, now);
	assert_int_equal(event_count, 0);
	count(tunnel.child[0].slot_out, tunnel.child[0].instance_out, UINT32_MAX / 4 * 3 + 9, 0);
	(void)tunnel_sa_poll(&tunnel, now);
	(void)tunnel_sa_poll(&tunnel, now);
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].type, IKE_EV_SOFT_LIMIT);
	assert_int_equal(events[0].spi, child.spi_in);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_engine_hears_of_an_inbound_sa_once_it_is_applied),
	    T(test_tunnel_names_an_outbound_sa_only_once_it_is_applied),
	    T(test_old_outbound_sa_serves_until_the_new_one_is_applied),
	    T(test_last_outbound_sa_takes_the_tunnel_down),
	    T(test_sa_deleted_while_its_application_is_waited_for_is_not_used),
	    T(test_clear_removes_everything_and_wipes),
	    T(test_first_packet_is_told_at_once_and_then_once_a_second),
	    T(test_limits_near_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
