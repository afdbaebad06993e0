/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The SAs of a tunnel in the tables.
 *
 * Order, whatever the engine and the dataplane do at the same time: an inbound SA is applied before
 * the engine hears of it; an outbound SA is applied before the tunnel names it; an outbound SA that
 * the tunnel still names goes only when its successor has taken over, if there is one. */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "control/sys/rand.h"
#include "control/tunnel.h"

#define REPLAY_WINDOW  1024
#define SEQUENCE_LIMIT UINT32_MAX /* no extended numbers: RFC 4303 section 3.3.3 */
#define SEEN_MSEC      1000

static struct tunnel_child *child_by_spi(struct tunnel *t, uint32_t spi_in)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		if (t->child[i].used && t->child[i].spi_in == spi_in)
			return &t->child[i];
	return NULL;
}

static struct tunnel_child *child_new(struct tunnel *t, uint32_t spi_in)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++) {
		struct tunnel_child *c = &t->child[i];

		if (c->used)
			continue;
		*c = (struct tunnel_child){.used = true,
		    .spi_in = spi_in,
		    .slot_in = SHM_INDEX_NONE,
		    .slot_out = SHM_INDEX_NONE};
		return c;
	}
	return NULL;
}

static struct shm_addr shm_of_addr(const struct ip_addr *addr)
{
	struct shm_addr out = {.family = addr->family};

	memcpy(out.bytes, addr->bytes, sizeof(out.bytes));
	return out;
}

static struct shm_addr shm_of_prefix(const struct ip_prefix *prefix)
{
	struct shm_addr out = shm_of_addr(&prefix->addr);

	out.prefix_length = prefix->length;
	return out;
}

static void fill_common(
    const struct tunnel *t, const struct ike_child *child, uint64_t instance, struct cfg_sa *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->instance = instance;
	sa->flags = CFG_SA_PRESENT | (child->udp_encap ? CFG_SA_UDP_ENCAP : 0) |
		    (t->replay_check ? 0 : CFG_SA_NO_REPLAY_CHECK);
	sa->tunnel = t->slot;
	sa->encr = child->encr;
	sa->auth = child->auth;
	sa->encr_key_bytes = child->encr_key_bytes;
	sa->auth_key_bytes = child->auth_key_bytes;
	if (child->udp_encap) {
		sa->udp_local_be = htons(child->local_port);
		sa->udp_remote_be = htons(child->remote_port);
	}
	sa->replay_window = REPLAY_WINDOW;
	sa->outer_local = shm_of_addr(&t->source);
	sa->outer_remote = shm_of_addr(&child->remote);
	sa->ts_local = shm_of_prefix(&child->ts_local);
	sa->ts_remote = shm_of_prefix(&child->ts_remote);
	sa->hard_time_nsec = mono_is_never(child->hard) ? 0 : child->hard.nsec;
	sa->hard_packets = SEQUENCE_LIMIT;
	sa->hard_bytes = (uint64_t)child->lifetime_kbyte * 1024;
}

/* Puts the record into its slot, and wipes it here. */
static void put_sa(struct publish *p, uint32_t slot, struct cfg_sa *sa)
{
	sa->checksum = shm_sa_sum(sa);
	publish_put(p, CFG_TABLE_SAS, slot, sa);
	secret_wipe(sa, sizeof(*sa));
}

static void in_applied(void *ctx, uint64_t tag)
{
	struct tunnel *t = ctx;
	struct ike_event event = {.type = IKE_EV_IN_APPLIED, .spi = (uint32_t)tag};

	if (t->peer && child_by_spi(t, (uint32_t)tag))
		tunnel_event(t, &event);
}

void tunnel_sa_add_in(struct tunnel *t, const struct ike_child *child)
{
	struct publish *p = t->agent->publish;
	struct tunnel_child *c = child_new(t, child->spi_in);
	struct cfg_sa sa;

	if (!c) {
		log_error(
		    "tunnel number=%u sa=in spi=%08x error=too-many", t->number, child->spi_in);
		return;
	}
	c->slot_in = publish_spi_slot(p, child->spi_in);
	c->instance_in = rand_u64();
	c->soft_packets = (uint64_t)SEQUENCE_LIMIT / 4 * 3;
	c->soft_bytes = (uint64_t)child->lifetime_kbyte * 1024 / 4 * 3;
	fill_common(t, child, c->instance_in, &sa);
	sa.flags |= CFG_SA_INBOUND;
	sa.spi_be = htonl(child->spi_in);
	memcpy(sa.encr_key, child->encr_key_in, sizeof(sa.encr_key));
	memcpy(sa.auth_key, child->auth_key_in, sizeof(sa.auth_key));
	put_sa(p, c->slot_in, &sa);
	(void)publish_wait(p, publish_commit(p), in_applied, t, child->spi_in);
	agent_poke(t->agent);
}

static void remove_out(struct tunnel *t, struct tunnel_child *c)
{
	publish_free(t->agent->publish, CFG_TABLE_SAS, c->slot_out, mono_now());
	c->slot_out = SHM_INDEX_NONE;
	c->out_wanted = c->out_leaving = false;
	c->used = c->slot_in != SHM_INDEX_NONE;
}

static void set_up(struct tunnel *t, bool up)
{
	if (t->up == up)
		return;
	t->up = up;
	t->since_unix = time(NULL);
	log_info("tunnel number=%u state=%s", t->number, up ? "up" : "down");
	agent_bgp_tunnel_changed(t->agent, t, up);
	agent_touch(t->agent);
}

static void out_applied(void *ctx, uint64_t tag)
{
	struct tunnel *t = ctx;
	struct tunnel_child *c = child_by_spi(t, (uint32_t)tag);

	if (!c || !c->out_wanted)
		return;
	c->out_wanted = false;
	t->sa_out = (uint32_t)(c - t->child);
	tunnel_publish(t);
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		if (t->child[i].used && t->child[i].out_leaving)
			remove_out(t, &t->child[i]);
	agent_poke(t->agent);
	set_up(t, true);
}

void tunnel_sa_use_out(struct tunnel *t, const struct ike_child *child)
{
	struct publish *p = t->agent->publish;
	struct tunnel_child *c = child_by_spi(t, child->spi_in);
	struct cfg_sa sa;

	if (!c || c->slot_out != SHM_INDEX_NONE)
		return;
	c->slot_out = publish_alloc(p, CFG_TABLE_SAS, mono_now());
	if (c->slot_out == SHM_INDEX_NONE) {
		log_error("tunnel number=%u sa=out error=table-full", t->number);
		return;
	}
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		t->child[i].out_wanted = false;
	c->out_wanted = true;
	c->instance_out = rand_u64();
	fill_common(t, child, c->instance_out, &sa);
	sa.spi_be = htonl(child->spi_out);
	memcpy(sa.encr_key, child->encr_key_out, sizeof(sa.encr_key));
	memcpy(sa.auth_key, child->auth_key_out, sizeof(sa.auth_key));
	put_sa(p, c->slot_out, &sa);
	(void)publish_wait(p, publish_commit(p), out_applied, t, child->spi_in);
	agent_poke(t->agent);
}

static bool successor_waits(const struct tunnel *t)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		if (t->child[i].used && t->child[i].out_wanted)
			return true;
	return false;
}

void tunnel_sa_del_out(struct tunnel *t, uint32_t spi_in)
{
	struct tunnel_child *c = child_by_spi(t, spi_in);

	if (!c || c->slot_out == SHM_INDEX_NONE)
		return;
	c->out_wanted = false;
	if (t->sa_out == (uint32_t)(c - t->child)) {
		if (successor_waits(t)) {
			c->out_leaving = true;
			return;
		}
		t->sa_out = SHM_INDEX_NONE;
		tunnel_publish(t);
		set_up(t, false);
	}
	remove_out(t, c);
	agent_poke(t->agent);
}

void tunnel_sa_del_in(struct tunnel *t, uint32_t spi_in)
{
	struct tunnel_child *c = child_by_spi(t, spi_in);

	if (!c || c->slot_in == SHM_INDEX_NONE)
		return;
	publish_free(t->agent->publish, CFG_TABLE_SAS, c->slot_in, mono_now());
	c->slot_in = SHM_INDEX_NONE;
	c->used = c->slot_out != SHM_INDEX_NONE;
	agent_poke(t->agent);
}

void tunnel_sa_clear(struct tunnel *t)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		t->child[i].out_wanted = false;
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++) {
		if (t->child[i].used)
			tunnel_sa_del_out(t, t->child[i].spi_in);
		if (t->child[i].used)
			tunnel_sa_del_in(t, t->child[i].spi_in);
	}
}

/* The dataplane's record of an SA, NULL when it has none of this instance. */
static const struct state_sa *state_of(const struct tunnel *t, uint32_t slot, uint64_t instance)
{
	const struct shm_map *state = publish_state(t->agent->publish);
	const struct state_sa *shared;
	struct state_sa copy;

	if (!state || slot == SHM_INDEX_NONE)
		return NULL;
	shared = shm_map_at(state, STATE_TABLE_SAS, slot);
	if (!shared || shm_slot_read(shared, &copy, offsetof(struct state_sa, sequence)) ||
	    copy.instance != instance)
		return NULL;
	return shared;
}

static void add_counts(const struct state_sa *sa, struct agent_sa_counts *to)
{
	if (!sa)
		return;
	to->packets += atomic_load_explicit(&sa->packets, memory_order_relaxed);
	to->bytes += atomic_load_explicit(&sa->bytes, memory_order_relaxed);
	to->replay_drops += atomic_load_explicit(&sa->replay_drops, memory_order_relaxed);
	to->icv_drops += atomic_load_explicit(&sa->icv_drops, memory_order_relaxed);
	to->other_drops += atomic_load_explicit(&sa->other_drops, memory_order_relaxed);
}

static void count_child(const struct tunnel *t, const struct tunnel_child *c,
    struct agent_sa_counts *in, struct agent_sa_counts *out)
{
	add_counts(state_of(t, c->slot_in, c->instance_in), in);
	add_counts(state_of(t, c->slot_out, c->instance_out), out);
}

void tunnel_sa_count(const struct tunnel *t, uint32_t spi_in, struct agent_sa_counts *in,
    struct agent_sa_counts *out)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		if (t->child[i].used && t->child[i].spi_in == spi_in)
			count_child(t, &t->child[i], in, out);
}

void tunnel_sa_refused(const struct tunnel *t, struct agent_sa_counts *sum)
{
	for (unsigned i = 0; i < TUNNEL_CHILDREN; i++)
		if (t->child[i].used)
			count_child(t, &t->child[i], sum, sum);
}

static bool past_soft(const struct tunnel_child *c, const struct state_sa *sa)
{
	uint64_t packets = atomic_load_explicit(&sa->packets, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&sa->bytes, memory_order_relaxed);

	return packets > c->soft_packets || (c->soft_bytes && bytes > c->soft_bytes) ||
	       atomic_load_explicit(&sa->ended, memory_order_relaxed);
}

static void poll_child(struct tunnel *t, struct tunnel_child *c, mono_t now)
{
	const struct state_sa *in = state_of(t, c->slot_in, c->instance_in);
	const struct state_sa *out = state_of(t, c->slot_out, c->instance_out);
	uint32_t spi = c->spi_in;

	if (!c->soft_told && ((in && past_soft(c, in)) || (out && past_soft(c, out)))) {
		c->soft_told = true;
		tunnel_event(t, &(struct ike_event){.type = IKE_EV_SOFT_LIMIT, .spi = spi});
	}
	if (in && t->peer && c->used && c->spi_in == spi) {
		int64_t seen = atomic_load_explicit(&in->last_valid_nsec, memory_order_relaxed);

		if (seen == c->seen_nsec ||
		    (c->seen_nsec && mono_before(now, mono_add_msec(c->seen_told, SEEN_MSEC))))
			return;
		c->seen_nsec = seen;
		c->seen_told = now;
		tunnel_event(t, &(struct ike_event){.type = IKE_EV_INBOUND_SEEN, .spi = spi});
	}
}

bool tunnel_sa_poll(struct tunnel *t, mono_t now)
{
	bool waiting = false;

	for (unsigned i = 0; i < TUNNEL_CHILDREN && t->peer; i++) {
		struct tunnel_child *c = &t->child[i];

		if (!c->used || c->slot_in == SHM_INDEX_NONE)
			continue;
		poll_child(t, c, now);
		waiting = waiting || (c->used && c->seen_nsec == 0);
	}
	return waiting;
}
