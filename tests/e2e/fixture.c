/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fixture INSTANCE: control for the tests of the dataplane. It reads commands from standard input,
 * one a line, writes them into cfg.v1 and answers each with one line: `ok`, `error TEXT`, or JSON.
 *
 *   create [tunnels=N] [routes=N]   makes cfg.v1 afresh;  adopt: goes on with the one that is there
 *   link SLOT name=lan1 [flags=7] [mtu=1500] [mss=0]
 *   adj SLOT link=0 rewrite=HEX [mtu=1500]
 *   group SLOT KIND:INDEX:WEIGHT...  kinds adj, tunnel, punt, drop
 *   tunnel SLOT instance=1 twin=tunnel1 ...        every field of cfg_tunnel by its name
 *   sa SLOT instance=1 spi=HEX ...                 every field of cfg_sa by its name
 *   clear TABLE SLOT                 link, adj, group, tunnel, sa: all zero
 *   record TABLE-NUMBER SLOT HEX     a whole record without its head, by its sequence; the rest is
 * 0 route PREFIX GROUP               adds to the list;  routes: empties the list many-tunnels FIRST
 * LAST peers=ADDRESS outer_local=ADDRESS outer_adj=SLOT   SAs 2*slot (in) and 2*slot+1, keys of
 * zeros, peers one after another, group = slot many-routes PREFIX COUNT GROUP  adds COUNT prefixes
 * of that length, one after another timed                           commit, wait, and the
 * microseconds that took flip                             writes the list into the idle bank and
 * puts it in force capture RUN what=7 [filter=0] [index=0] [snap=0] [packets=0] [bytes=0] [msec=0]
 *   commit                           raises the generation;  wait [MSEC]: until it is applied
 *   poke TABLE-NUMBER SLOT OFFSET HEX   raw bytes into a record, without its sequence
 *   odd TABLE-NUMBER SLOT            leaves the slot as a dead writer would
 *   header OFFSET HEX                raw bytes into the header
 *   ceiling SLOT NUMBER              what state.v1 promised for an SA; while no dataplane runs
 *   state                            what state.v1 says, as JSON */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ip.h"
#include "common/mono.h"
#include "common/shm_map.h"
#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "tests/e2e/fixture_state.h"

#define WORDS_MAX 48

static const char *instance;
static struct shm_map cfg = {.fd = -1};
static struct cfg_route *routes;
static uint32_t route_count, route_room;

struct words {
	unsigned count;
	char *word[WORDS_MAX];
};

/* The value of KEY=VALUE among the words, or `fallback`. */
static const char *value_of(const struct words *w, const char *key, const char *fallback)
{
	size_t n = strlen(key);

	for (unsigned i = 0; i < w->count; i++)
		if (!strncmp(w->word[i], key, n) && w->word[i][n] == '=')
			return w->word[i] + n + 1;
	return fallback;
}

static uint64_t number_of(const struct words *w, const char *key, uint64_t fallback)
{
	const char *text = value_of(w, key, NULL);

	return text ? strtoull(text, NULL, 0) : fallback;
}

static size_t hex(const char *text, void *out, size_t bytes)
{
	uint8_t *p = out;
	unsigned byte;
	size_t n = 0;

	while (n < bytes && sscanf(text + 2 * n, "%2x", &byte) == 1)
		p[n++] = (uint8_t)byte;
	return n;
}

static struct shm_addr address_of(const struct words *w, const char *key)
{
	const char *text = value_of(w, key, NULL);
	struct shm_addr addr = {0};
	struct ip_prefix prefix;

	if (text && ip_prefix_parse(text, &prefix) == 0) {
		memcpy(addr.bytes, prefix.addr.bytes, sizeof(addr.bytes));
		addr.family = prefix.addr.family;
		addr.prefix_length = prefix.length;
	}
	return addr;
}

static void *slot_at(uint32_t table, const char *index)
{
	return shm_map_at(&cfg, table, (uint32_t)strtoul(index, NULL, 0));
}

static const char *put(uint32_t table, const char *index, const void *record, size_t bytes)
{
	void *slot = slot_at(table, index);

	if (!slot)
		return "error no such slot";
	shm_slot_write(slot, record, bytes);
	return "ok";
}

static const char *cmd_link(const struct words *w)
{
	struct cfg_link link = {
	    .flags = (uint32_t)number_of(w, "flags", CFG_LINK_PRESENT | CFG_LINK_UP),
	    .mtu = (uint32_t)number_of(w, "mtu", 0),
	    .mss_limit = (uint32_t)number_of(w, "mss", 0),
	    .filter_in = (uint32_t)number_of(w, "filter_in", 0),
	    .filter_out = (uint32_t)number_of(w, "filter_out", 0),
	    .filter_self = (uint32_t)number_of(w, "filter_self", 0)};

	snprintf(link.name, sizeof(link.name), "%s", value_of(w, "name", ""));
	return put(CFG_TABLE_LINKS, w->word[1], &link, sizeof(link));
}

static const char *cmd_adj(const struct words *w)
{
	struct cfg_adj adj = {.flags = (uint32_t)number_of(w, "flags", CFG_ADJ_VALID),
	    .link = (uint32_t)number_of(w, "link", 0),
	    .mtu = (uint32_t)number_of(w, "mtu", 1500)};

	adj.rewrite_bytes =
	    (uint16_t)hex(value_of(w, "rewrite", ""), adj.rewrite, sizeof(adj.rewrite));
	return put(CFG_TABLE_ADJS, w->word[1], &adj, sizeof(adj));
}

static uint8_t kind_of(const char *text)
{
	static const char *const names[] = {"none", "adj", "tunnel", "punt", "drop"};

	for (uint8_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(text, names[i], strlen(names[i])))
			return i;
	return 0xff;
}

static const char *cmd_group(const struct words *w)
{
	struct cfg_group group = {0};

	for (unsigned i = 2; i < w->count && group.member_count < CFG_GROUP_MEMBERS; i++) {
		struct cfg_next_hop *hop = &group.member[group.member_count++];
		const char *colon = strchr(w->word[i], ':');

		hop->kind = kind_of(w->word[i]);
		hop->index = colon ? (uint32_t)strtoul(colon + 1, NULL, 0) : 0;
		colon = colon ? strchr(colon + 1, ':') : NULL;
		hop->weight = colon ? (uint16_t)strtoul(colon + 1, NULL, 0) : 1;
	}
	return put(CFG_TABLE_GROUPS, w->word[1], &group, sizeof(group));
}

static const char *cmd_tunnel(const struct words *w)
{
	struct cfg_tunnel tunnel = {
	    .instance = number_of(w, "instance", 1),
	    .flags = (uint32_t)number_of(w, "flags", CFG_TUNNEL_PRESENT | CFG_TUNNEL_UP),
	    .number = (uint32_t)number_of(w, "number", 1),
	    .sa_out = (uint32_t)number_of(w, "sa_out", SHM_INDEX_NONE),
	    .outer_adj = (uint32_t)number_of(w, "outer_adj", SHM_INDEX_NONE),
	    .sa_out_instance = number_of(w, "sa_out_instance", 0),
	    .inner_mtu = (uint32_t)number_of(w, "inner_mtu", 0),
	    .mss_limit = (uint32_t)number_of(w, "mss", CFG_MSS_AUTO),
	    .df = (uint8_t)number_of(w, "df", CFG_DF_CLEAR),
	    .dscp_copy = (uint8_t)number_of(w, "dscp_copy", 0),
	    .inside_local = address_of(w, "inside_local"),
	    .inside_remote = address_of(w, "inside_remote"),
	    .outer_remote = address_of(w, "outer_remote"),
	    .filter_in = (uint32_t)number_of(w, "filter_in", 0),
	    .filter_out = (uint32_t)number_of(w, "filter_out", 0),
	};

	snprintf(tunnel.twin, sizeof(tunnel.twin), "%s", value_of(w, "twin", ""));
	return put(CFG_TABLE_TUNNELS, w->word[1], &tunnel, sizeof(tunnel));
}

static const char *cmd_sa(const struct words *w)
{
	struct cfg_sa sa = {
	    .instance = number_of(w, "instance", 1),
	    .flags = (uint32_t)number_of(w, "flags", CFG_SA_PRESENT),
	    .spi_be = htonl((uint32_t)number_of(w, "spi", 0)),
	    .tunnel = (uint32_t)number_of(w, "tunnel", 0),
	    .encr = (uint16_t)number_of(w, "encr", CFG_ENCR_AES_CBC),
	    .auth = (uint16_t)number_of(w, "auth", CFG_AUTH_HMAC_SHA1_96),
	    .udp_local_be = htons((uint16_t)number_of(w, "udp_local", 4500)),
	    .udp_remote_be = htons((uint16_t)number_of(w, "udp_remote", 4500)),
	    .replay_window = (uint32_t)number_of(w, "replay_window", 1024),
	    .outer_local = address_of(w, "outer_local"),
	    .outer_remote = address_of(w, "outer_remote"),
	    .ts_local = address_of(w, "ts_local"),
	    .ts_remote = address_of(w, "ts_remote"),
	    .hard_packets = number_of(w, "hard_packets", 0),
	    .hard_bytes = number_of(w, "hard_bytes", 0),
	};
	uint64_t msec = number_of(w, "hard_msec", 0);

	if (msec)
		sa.hard_time_nsec = mono_add_msec(mono_now(), (int64_t)msec).nsec;
	sa.encr_key_bytes =
	    (uint16_t)hex(value_of(w, "encr_key", ""), sa.encr_key, sizeof(sa.encr_key));
	sa.auth_key_bytes =
	    (uint16_t)hex(value_of(w, "auth_key", ""), sa.auth_key, sizeof(sa.auth_key));
	sa.checksum = shm_sa_sum(&sa);
	return put(CFG_TABLE_SAS, w->word[1], &sa, sizeof(sa));
}

static const char *cmd_clear(const struct words *w)
{
	static const struct {
		const char *name;
		uint32_t table;
		size_t bytes;
	} tables[] = {
	    {"link", CFG_TABLE_LINKS, sizeof(struct cfg_link)},
	    {"adj", CFG_TABLE_ADJS, sizeof(struct cfg_adj)},
	    {"group", CFG_TABLE_GROUPS, sizeof(struct cfg_group)},
	    {"tunnel", CFG_TABLE_TUNNELS, sizeof(struct cfg_tunnel)},
	    {"sa", CFG_TABLE_SAS, sizeof(struct cfg_sa)},
	};
	static const uint64_t zero[64];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].name, w->word[1]))
			return put(tables[i].table, w->word[2], zero, tables[i].bytes);
	return "error no such table";
}

_Static_assert(sizeof(struct cfg_sa) <= 512, "a cleared record");

static bool add_route(const struct ip_prefix *prefix, uint32_t group)
{
	if (route_count == route_room) {
		size_t room = route_room ? route_room * 2u : 1024;
		struct cfg_route *more = reallocarray(routes, room, sizeof(*more));

		if (!more)
			return false;
		routes = more;
		route_room = (uint32_t)room;
	}
	routes[route_count] = (struct cfg_route){
	    .prefix = {.family = prefix->addr.family, .prefix_length = prefix->length},
	    .group = group};
	memcpy(routes[route_count++].prefix.bytes, prefix->addr.bytes, 16);
	return true;
}

static const char *cmd_route(const struct words *w)
{
	struct ip_prefix prefix;

	if (ip_prefix_parse(w->word[1], &prefix) < 0)
		return "error bad route";
	prefix = ip_prefix_mask(&prefix);
	return add_route(&prefix, (uint32_t)strtoul(w->word[2], NULL, 0)) ? "ok" : "error memory";
}

/* The next prefix of the same length. */
static void next_prefix(struct ip_prefix *prefix)
{
	unsigned bit = prefix->length - 1u;

	while (prefix->addr.bytes[bit / 8] & (0x80u >> bit % 8)) {
		prefix->addr.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
		bit--;
	}
	prefix->addr.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
}

static const char *cmd_many_routes(const struct words *w)
{
	uint32_t count = (uint32_t)strtoul(w->word[2], NULL, 0);
	uint32_t group = (uint32_t)strtoul(w->word[3], NULL, 0);
	struct ip_prefix prefix;

	if (ip_prefix_parse(w->word[1], &prefix) < 0 || prefix.length == 0)
		return "error bad route";
	prefix = ip_prefix_mask(&prefix);
	for (uint32_t i = 0; i < count; i++) {
		if (!add_route(&prefix, group))
			return "error memory";
		next_prefix(&prefix);
	}
	return "ok";
}

static void many_sa(const struct words *w, uint32_t slot, struct shm_addr peer, bool inbound)
{
	struct cfg_sa sa = {
	    .instance = 1000000 + slot,
	    .flags = CFG_SA_PRESENT | CFG_SA_UDP_ENCAP | (inbound ? CFG_SA_INBOUND : 0),
	    .spi_be = htonl(0x5a000000u + slot),
	    .tunnel = slot / 2,
	    .encr = CFG_ENCR_AES_CBC,
	    .auth = CFG_AUTH_HMAC_SHA1_96,
	    .encr_key_bytes = 16,
	    .auth_key_bytes = 20,
	    .udp_local_be = htons(4500),
	    .udp_remote_be = htons(4500),
	    .replay_window = 1024,
	    .outer_local = address_of(w, "outer_local"),
	    .outer_remote = peer,
	    .ts_local = {.family = 4},
	    .ts_remote = {.family = 4},
	};

	shm_slot_write(shm_map_at(&cfg, CFG_TABLE_SAS, slot), &sa, sizeof(sa));
}

static const char *cmd_many_tunnels(const struct words *w)
{
	uint32_t first = (uint32_t)strtoul(w->word[1], NULL, 0);
	uint32_t last = (uint32_t)strtoul(w->word[2], NULL, 0);
	struct ip_prefix peer = {.length = 32};
	struct shm_addr addr = address_of(w, "peers");

	if (last >= shm_map_count(&cfg, CFG_TABLE_TUNNELS) || last >= INT32_MAX / 2)
		return "error no such slot";
	memcpy(peer.addr.bytes, addr.bytes, sizeof(peer.addr.bytes));
	for (uint32_t slot = first; slot <= last; slot++) {
		struct cfg_group group = {.member_count = 1,
		    .member[0] = {.kind = CFG_NH_TUNNEL, .index = slot, .weight = 1}};
		struct cfg_tunnel tunnel = {
		    .instance = 2000000 + slot,
		    .flags = CFG_TUNNEL_PRESENT | CFG_TUNNEL_UP,
		    .number = slot + 1,
		    .sa_out = 2 * slot + 1,
		    .sa_out_instance = 1000000 + 2 * slot + 1,
		    .outer_adj = (uint32_t)number_of(w, "outer_adj", 0),
		    .mss_limit = CFG_MSS_AUTO,
		    .df = CFG_DF_CLEAR,
		};

		snprintf(tunnel.twin, sizeof(tunnel.twin), "tunnel%u", (slot + 1) % 100000000u);
		memcpy(addr.bytes, peer.addr.bytes, sizeof(addr.bytes));
		many_sa(w, 2 * slot, addr, true);
		many_sa(w, 2 * slot + 1, addr, false);
		shm_slot_write(shm_map_at(&cfg, CFG_TABLE_GROUPS, slot), &group, sizeof(group));
		shm_slot_write(shm_map_at(&cfg, CFG_TABLE_TUNNELS, slot), &tunnel, sizeof(tunnel));
		next_prefix(&peer);
	}
	return "ok";
}

static int compare_routes(const void *x, const void *y)
{
	const struct shm_addr *p = &((const struct cfg_route *)x)->prefix;
	const struct shm_addr *q = &((const struct cfg_route *)y)->prefix;
	struct ip_prefix a = {.addr.family = p->family, .length = p->prefix_length};
	struct ip_prefix b = {.addr.family = q->family, .length = q->prefix_length};

	memcpy(a.addr.bytes, p->bytes, 16);
	memcpy(b.addr.bytes, q->bytes, 16);
	return ip_prefix_compare(&a, &b);
}

static const char *cmd_flip(void)
{
	struct cfg_settings settings;
	void *slot = shm_map_at(&cfg, CFG_TABLE_SETTINGS, 0);

	if (shm_slot_read(slot, &settings, sizeof(settings)) < 0)
		return "error settings";
	if (route_count > shm_map_count(&cfg, CFG_TABLE_ROUTES_A))
		return "error too many routes";
	if (route_count)
		qsort(routes, route_count, sizeof(routes[0]), compare_routes);
	settings.route_bank = !settings.route_bank;
	settings.route_count = route_count;
	settings.route_stamp++;
	if (route_count)
		memcpy(shm_map_at(&cfg, CFG_TABLE_ROUTES_A + settings.route_bank, 0), routes,
		    route_count * sizeof(routes[0]));
	shm_slot_write(slot, &settings, sizeof(settings));
	return "ok";
}

static const char *cmd_capture(const struct words *w)
{
	struct cfg_settings settings;
	void *slot = shm_map_at(&cfg, CFG_TABLE_SETTINGS, 0);

	if (shm_slot_read(slot, &settings, sizeof(settings)) < 0)
		return "error settings";
	settings.capture_run = (uint32_t)strtoul(w->word[1], NULL, 0);
	settings.capture_what = (uint8_t)number_of(w, "what", 0);
	settings.capture_filter = (uint8_t)number_of(w, "filter", 0);
	settings.capture_index = (uint32_t)number_of(w, "index", 0);
	settings.capture_snap = (uint16_t)number_of(w, "snap", 0);
	settings.capture_packets = (uint32_t)number_of(w, "packets", 0);
	settings.capture_bytes = number_of(w, "bytes", 0);
	settings.capture_msec = (uint32_t)number_of(w, "msec", 0);
	shm_slot_write(slot, &settings, sizeof(settings));
	return "ok";
}

static const char *cmd_wait(int64_t msec)
{
	struct shm_region_spec spec = shm_state_spec(1, 1, 1);
	const struct timespec pause = {.tv_nsec = 500000};
	mono_t end = mono_add_msec(mono_now(), msec);
	uint64_t want = atomic_load(&shm_map_header(&cfg)->generation);
	bool done = false;

	while (!done && mono_before(mono_now(), end)) {
		struct shm_map state = {.fd = -1};

		if (shm_map_open(instance, &spec, &state) == 0) {
			const struct shm_header *h = shm_map_header(&state);

			done = atomic_load(&h->cfg_epoch) == shm_map_header(&cfg)->epoch &&
			       atomic_load(&h->generation) >= want;
			shm_map_close(&state);
		}
		if (!done)
			nanosleep(&pause, NULL);
	}
	return done ? "ok" : "error not applied";
}

static const char *cmd_timed(void)
{
	struct shm_region_spec spec = shm_state_spec(1, 1, 1);
	mono_t begun = mono_now(), end = mono_add_sec(begun, 60);
	uint64_t want = atomic_fetch_add(&shm_map_header(&cfg)->generation, 1) + 1;
	struct shm_map state = {.fd = -1};
	static char answer[32];

	/* The region is made anew when the tables grow: look for it by name each time. */
	for (bool done = false; !done;) {
		if (mono_before(end, mono_now()))
			return "error not applied";
		if (shm_map_open(instance, &spec, &state) < 0)
			continue;
		for (int i = 0; i < 100 && !done; i++) {
			const struct shm_header *h = shm_map_header(&state);

			done = atomic_load(&h->cfg_epoch) == shm_map_header(&cfg)->epoch &&
			       atomic_load(&h->generation) >= want;
			usleep(20);
		}
		shm_map_close(&state);
	}
	snprintf(
	    answer, sizeof(answer), "%lld", (long long)((mono_now().nsec - begun.nsec) / 1000));
	return answer;
}

/* The spec with the sizes that `create` was given. */
static struct shm_region_spec sized_spec(const struct words *w)
{
	return shm_cfg_spec_sized((uint32_t)number_of(w, "tunnels", CFG_DEFAULT_TUNNELS),
	    (uint32_t)number_of(w, "routes", CFG_DEFAULT_ROUTES));
}

static const char *cmd_poke(const struct words *w)
{
	uint8_t *slot = slot_at((uint32_t)strtoul(w->word[1], NULL, 0), w->word[2]);

	if (!slot)
		return "error no such slot";
	hex(w->word[4], slot + strtoul(w->word[3], NULL, 0), strlen(w->word[4]) / 2);
	return "ok";
}

static const char *cmd_record(const struct words *w)
{
	uint32_t table = (uint32_t)strtoul(w->word[1], NULL, 0);
	const size_t head = sizeof(struct shm_slot_head);
	uint64_t record[64] = {0};

	if (table >= cfg.table_count || cfg.table[table].stride > sizeof(record))
		return "error no such table";
	hex(w->word[3], (uint8_t *)record + head, cfg.table[table].stride - head);
	return put(table, w->word[2], record, cfg.table[table].stride);
}

static const char *cmd_odd(const struct words *w)
{
	struct shm_slot_head *slot = slot_at((uint32_t)strtoul(w->word[1], NULL, 0), w->word[2]);

	if (!slot)
		return "error no such slot";
	atomic_store(&slot->sequence, atomic_load(&slot->sequence) | 1u);
	return "ok";
}

static const char *cmd_ceiling(const struct words *w)
{
	struct shm_region_spec spec = shm_state_spec(1, 1, 1);
	struct shm_map map = {.fd = -1};
	uint64_t number = strtoull(w->word[2], NULL, 0);
	const struct state_sa *sa;
	const char *answer = "error no such slot";
	char path[128];
	int fd;

	if (shm_map_open(instance, &spec, &map) < 0)
		return "error no state";
	snprintf(path, sizeof(path), "/dev/shm/cgw/%s/" SHM_STATE_FILE, instance);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	sa = shm_map_at(&map, STATE_TABLE_SAS, (uint32_t)strtoul(w->word[1], NULL, 0));
	if (sa && pwrite(fd, &number, sizeof(number),
		      (const uint8_t *)&sa->sequence - (const uint8_t *)map.base) ==
		      (ssize_t)sizeof(number))
		answer = "ok";
	if (fd >= 0)
		close(fd);
	shm_map_close(&map);
	return answer;
}

static const char *run(const struct words *w)
{
	static const struct {
		const char *name;
		unsigned words;
		const char *(*run)(const struct words *);
	} commands[] = {
	    {"link", 2, cmd_link},
	    {"adj", 2, cmd_adj},
	    {"group", 2, cmd_group},
	    {"tunnel", 2, cmd_tunnel},
	    {"sa", 2, cmd_sa},
	    {"clear", 3, cmd_clear},
	    {"route", 3, cmd_route},
	    {"capture", 2, cmd_capture},
	    {"many-routes", 4, cmd_many_routes},
	    {"many-tunnels", 3, cmd_many_tunnels},
	    {"poke", 5, cmd_poke},
	    {"record", 4, cmd_record},
	    {"odd", 3, cmd_odd},
	    {"ceiling", 3, cmd_ceiling},
	};
	const char *name = w->word[0];
	struct shm_region_spec spec = sized_spec(w);

	if (!strcmp(name, "state"))
		return fixture_state(instance);
	if (!strcmp(name, "create") || !strcmp(name, "adopt")) {
		shm_map_close(&cfg);
		return (name[0] == 'c' ? shm_map_create : shm_map_adopt)(instance, &spec, &cfg)
			   ? "error region"
			   : "ok";
	}
	if (!strcmp(name, "routes")) {
		route_count = 0;
		return "ok";
	}
	if (!cfg.base)
		return "error no region";
	if (!strcmp(name, "flip"))
		return cmd_flip();
	if (!strcmp(name, "timed"))
		return cmd_timed();
	if (!strcmp(name, "commit")) {
		atomic_fetch_add(&shm_map_header(&cfg)->generation, 1);
		return "ok";
	}
	if (!strcmp(name, "wait"))
		return cmd_wait(w->count > 1 ? strtol(w->word[1], NULL, 0) : 20000);
	if (!strcmp(name, "header") && w->count > 2) {
		hex(w->word[2], (uint8_t *)cfg.base + strtoul(w->word[1], NULL, 0),
		    strlen(w->word[2]) / 2);
		return "ok";
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name) && w->count >= commands[i].words)
			return commands[i].run(w);
	return "error unknown command";
}

int main(int argc, char **argv)
{
	char line[4096];

	if (argc != 2) {
		fprintf(stderr, "usage: fixture INSTANCE < commands\n");
		return EXIT_FAILURE;
	}
	instance = argv[1];
	while (fgets(line, sizeof(line), stdin)) {
		struct words w = {0};
		char *save = NULL;

		for (char *p = strtok_r(line, " \n", &save); p && w.count < WORDS_MAX;
		     p = strtok_r(NULL, " \n", &save))
			w.word[w.count++] = p;
		if (w.count == 0)
			continue;
		puts(run(&w));
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
