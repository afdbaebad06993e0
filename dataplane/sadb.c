/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Checking and compiling SAs (RFC 4301 section 4.4.2), and their memory in state.v1. It knows no
 * packet and no table but the record it is given. */
#include "dataplane/sadb.h"

#include <stdlib.h>
#include <string.h>

#include "common/ip.h"
#include "common/names.h"
#include "common/secret.h"
#include "common/shm_addr.h"
#include "common/shm_slot.h"
#include "common/shm_sum.h"

static bool prefix_ok(const struct shm_addr *addr)
{
	return (addr->family == IP_FAMILY_V4 || addr->family == IP_FAMILY_V6) &&
	       addr->prefix_length <= ip_family_bits(addr->family);
}

static bool addr_ok(const struct shm_addr *addr)
{
	return addr->family == IP_FAMILY_V4 || addr->family == IP_FAMILY_V6;
}

static bool keys_ok(const struct cfg_sa *cfg)
{
	unsigned aes = cfg->encr_key_bytes;

	if (cfg->encr == CFG_ENCR_AES_GCM_16)
		aes -= 4;
	return (aes == 16 || aes == 24 || aes == 32) &&
	       cfg->encr_key_bytes <= CFG_SA_ENCR_KEY_BYTES &&
	       cfg->auth_key_bytes <= CFG_SA_AUTH_KEY_BYTES &&
	       cfg->auth_key_bytes == names_auth_key_bytes(cfg->auth) &&
	       names_icv_bytes(cfg->encr, cfg->auth) != 0;
}

bool sa_check(
    const struct cfg_sa *cfg, uint32_t slot, uint32_t slot_mask, uint32_t tunnels, const char **why)
{
	uint32_t spi = __builtin_bswap32(cfg->spi_be);

	*why = NULL;
	if (!shm_sa_sum_ok(cfg))
		*why = "checksum";
	else if (cfg->instance == 0)
		*why = "no instance";
	else if (spi <= ESP_SPI_RESERVED_MAX)
		*why = "reserved SPI";
	else if ((cfg->flags & CFG_SA_INBOUND) && (spi & slot_mask) != slot)
		*why = "SPI is not of its slot";
	else if (cfg->tunnel >= tunnels)
		*why = "no such tunnel slot";
	else if (!keys_ok(cfg))
		*why = "algorithms or key lengths";
	else if (!addr_ok(&cfg->outer_local) || !addr_ok(&cfg->outer_remote) ||
		 cfg->outer_local.family != cfg->outer_remote.family)
		*why = "outer addresses";
	else if ((cfg->flags & CFG_SA_UDP_ENCAP) && (!cfg->udp_local_be || !cfg->udp_remote_be))
		*why = "UDP ports";
	else if (!prefix_ok(&cfg->ts_local) || !prefix_ok(&cfg->ts_remote) ||
		 cfg->ts_local.family != cfg->ts_remote.family)
		*why = "selectors";
	return *why == NULL;
}

void sa_run_store_peer(struct sa_run *run)
{
	struct state_sa record = {.instance = run->instance,
	    .peer_addr = run->peer_addr,
	    .peer_port_be = run->peer_port_be};

	record.checksum = shm_state_sa_sum(&record);
	shm_slot_write(run->state, &record, offsetof(struct state_sa, sequence));
}

/* The counters of another instance are of no use to this one. */
static void state_begin(struct state_sa *state)
{
	atomic_store(&state->sequence, 0);
	atomic_store(&state->packets, 0);
	atomic_store(&state->bytes, 0);
	atomic_store(&state->first_valid_nsec, 0);
	atomic_store(&state->last_valid_nsec, 0);
	atomic_store(&state->replay_drops, 0);
	atomic_store(&state->icv_drops, 0);
	atomic_store(&state->other_drops, 0);
	atomic_store(&state->ended, 0);
}

/* Which numbers of this instance were used stands in the record that bears its name. One that is
 * damaged, or was left half written, may be its: then nobody knows, and the SA has ended. */
static uint64_t recall(struct sa_run *run)
{
	struct state_sa *state = run->state, known;
	bool whole = shm_slot_read(state, &known, offsetof(struct state_sa, sequence)) == 0 &&
		     shm_state_sa_sum_ok(&known);

	if (whole && known.instance == run->instance) {
		run->ended = atomic_load(&state->ended);
		run->peer_addr = known.peer_addr;
		run->peer_port_be = known.peer_port_be;
		return atomic_load(&state->sequence);
	}
	state_begin(state);
	if (!whole)
		sa_run_end(run);
	/* Last, since from then on the record is believed. */
	sa_run_store_peer(run);
	return 0;
}

static struct sa_run *run_new(const struct cfg_sa *cfg, struct state_sa *state)
{
	struct sa_run *run = aligned_alloc(SA_RUN_LINE, sizeof(*run));
	bool esn = cfg->flags & CFG_SA_ESN;
	uint64_t sequence;

	if (!run)
		return NULL;
	memset(run, 0, sizeof(*run));
	run->instance = cfg->instance;
	run->state = state;
	sequence = recall(run);
	if (cfg->flags & CFG_SA_INBOUND)
		replay_init(&run->replay, cfg->replay_window, esn, sequence);
	else
		seq_init(&run->seq, esn, sequence);
	return run;
}

static uint64_t limit_or_none(uint64_t limit)
{
	return limit ? limit : UINT64_MAX;
}

static int compile_crypto(struct sa *sa, const struct cfg_sa *cfg, struct esp_crypto *crypto)
{
	const struct esp_key_params params = {
	    .encr = cfg->encr,
	    .auth = cfg->auth,
	    .encr_key = cfg->encr_key,
	    .encr_key_bytes = cfg->encr_key_bytes,
	    .auth_key = cfg->auth_key,
	    .auth_key_bytes = cfg->auth_key_bytes,
	    .esn = cfg->flags & CFG_SA_ESN,
	};
	struct ip_prefix local = shm_addr_prefix(&cfg->ts_local),
			 remote = shm_addr_prefix(&cfg->ts_remote);
	int rc = esp_key_init(&sa->key, crypto, &params);

	if (rc < 0)
		return rc;
	sa->decap = (struct esp_decap){
	    .iv_bytes = sa->key.iv_bytes,
	    .block_bytes = sa->key.block_bytes,
	    .icv_bytes = sa->key.icv_bytes,
	};
	rc = selector_init(&sa->selector, &local, &remote);
	return rc < 0 ? rc : selector_init(&sa->decap.selector, &remote, &local);
}

struct sa *sa_compile(const struct cfg_sa *cfg, uint32_t slot, struct sa_run *run,
    struct state_sa *state, struct esp_crypto *crypto)
{
	struct sa *sa = aligned_alloc(64, sizeof(*sa));

	if (!sa)
		return NULL;
	memset(sa, 0, sizeof(*sa));
	sa->instance = cfg->instance;
	sa->slot = slot;
	sa->spi = __builtin_bswap32(cfg->spi_be);
	sa->tunnel = cfg->tunnel;
	sa->inbound = cfg->flags & CFG_SA_INBOUND;
	sa->udp = cfg->flags & CFG_SA_UDP_ENCAP;
	sa->replay_check = !(cfg->flags & CFG_SA_NO_REPLAY_CHECK);
	sa->ecn = cfg->flags & CFG_SA_ECN;
	sa->gcm = cfg->encr == CFG_ENCR_AES_GCM_16;
	sa->udp_local = __builtin_bswap16(cfg->udp_local_be);
	sa->udp_remote = __builtin_bswap16(cfg->udp_remote_be);
	sa->outer_local = cfg->outer_local;
	sa->outer_remote = cfg->outer_remote;
	sa->hard_time_nsec = cfg->hard_time_nsec ? cfg->hard_time_nsec : INT64_MAX;
	sa->peer_window = cfg->replay_window;
	sa->hard_packets = limit_or_none(cfg->hard_packets);
	sa->hard_bytes = limit_or_none(cfg->hard_bytes);
	sa->users = 1;
	if (compile_crypto(sa, cfg, crypto) == 0)
		sa->run = run ? run : run_new(cfg, state);
	if (!sa->run) {
		secret_wipe(sa, sizeof(*sa));
		free(sa);
		return NULL;
	}
	sa->run->users++;
	return sa;
}

void sa_put(struct sa *sa)
{
	if (!sa || --sa->users)
		return;
	if (--sa->run->users == 0)
		free(sa->run);
	secret_wipe(sa, sizeof(*sa));
	free(sa);
}
