/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes in any record of cfg.v1 while the dataplane runs and packets go both ways: it neither
 * crashes nor sends anything in the clear, and when the tables are written anew, it forwards again.
 *
 * Input: any number of table (1) | slot (1) | offset (2) | how (1) | up to 16 bytes, `how` saying
 * how many and whether the generation moves behind them. */
#include "tests/fuzz/dataplane.h"

#define POKES_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void turns(struct rig *rig, int n)
{
	for (int i = 0; i < n; i++) {
		rig->now = mono_add_msec(rig->now, 2);
		(void)sync_tick(&rig->sync, rig->now);
		(void)worker_poll(&rig->worker);
	}
}

static void send_both_ways(struct rig *rig)
{
	uint8_t ip[100], outer[400];
	unsigned n = rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100);

	rig_inject(rig, fuzz_mbuf(rig, "\0\0\0\0\0\0\2\2\2\2\2\2\x08\0", 14, 0));
	rig_inject(rig, rig_frame(rig, ip, n));
	n = rig_packet(ip, RIG_VPC_HOST, RIG_LAN_HOST, 100);
	rig_inject(rig, rig_frame(rig, outer, rig_seal(rig, 1, ip, n, outer)));
	(void)rig_poll(rig);
}

static size_t poke(struct rig *rig, const uint8_t *data, size_t bytes)
{
	uint32_t table = data[0] % CFG_TABLES, stride = rig->cfg.table[table].stride;
	uint32_t slot = data[1] % rig->cfg.table[table].count;
	uint32_t at = get_be16(data + 2) % stride, size = data[4] & 15;
	uint8_t *record = shm_map_at(&rig->cfg, table, slot);

	size = size < bytes - 5 ? size : (uint32_t)(bytes - 5);
	size = size < stride - at ? size : stride - at;
	memcpy(record + at, data + 5, size);
	/* A new sequence, so that it is looked at; or whatever was written there. */
	if (table < CFG_TABLE_ROUTES_A && !(data[4] & 32))
		atomic_store(&((struct shm_slot_head *)record)->sequence,
		    (atomic_load(&((struct shm_slot_head *)record)->sequence) | 1u) + 1);
	if (data[4] & 16) {
		rig_commit(rig);
		turns(rig, 4);
		send_both_ways(rig);
	}
	return 5 + size;
}

/* True when an SA in that slot was of this instance: then its numbers would go on. */
static bool is_known(struct rig *rig, uint32_t slot, uint64_t instance)
{
	return state_sa_at(&rig->state, slot)->instance == instance;
}

/* All tables as they should be; SAs of new instances, since the old ones' state is anyone's guess.
 */
static void write_anew(struct rig *rig)
{
	static uint64_t instance = 100;
	const uint64_t zero[64] = {0};

	for (uint32_t table = 0; table < CFG_TABLE_ROUTES_A; table++)
		for (uint32_t i = 0; i < rig->cfg.table[table].count; i++)
			rig_put(rig, table, i, zero);
	/* Twice: the dataplane looks at a bank when the stamp is another than before. */
	rig_basic_tables(rig);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	rig_basic_tables(rig);
	do {
		instance += 2;
	} while (is_known(rig, RIG_SLOT_IN, instance) || is_known(rig, RIG_SLOT_OUT, instance + 1));
	rig_tunnel_up(rig, instance, instance + 1);
}

static struct rig *small_rig(void)
{
	static struct rig *rig;
	struct shm_region_spec spec = shm_cfg_spec();
	void *state;

	if (rig)
		return rig;
	eal_start(RIG_VDEV);
	assert_int_equal(rig_setup(&state), 0);
	rig = state;
	for (uint32_t table = 1; table < CFG_TABLES; table++)
		spec.table[table].count = 16;
	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
	rig->now = mono_add_sec(rig->now, 1);
	write_anew(rig);
	rig_remove_files(rig);
	return rig;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rig *rig = small_rig();

	for (unsigned n = 0; n < POKES_MAX && bytes > 5; n++) {
		size_t size = poke(rig, data, bytes);

		data += size;
		bytes -= size;
	}
	rig_commit(rig);
	turns(rig, 4);
	send_both_ways(rig);
	write_anew(rig);
	send_both_ways(rig);
	assert_int_equal(rig->frames, 2);
	fuzz_check(rig);
	return 0;
}
