/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Links, adjacencies, groups and tunnels: from records to values; and the command line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"
#include "crypto/esp_crypto.h"
#include "dataplane/adj.h"
#include "dataplane/args.h"
#include "dataplane/port.h"
#include "dataplane/tunnel.h"

static const struct port ports[2] = {{.name = "lan1", .mtu = 1500}, {.name = "lan2", .mtu = 1400}};

static void test_link_finds_its_port_and_limit(void **state)
{
	struct cfg_link cfg = {.name = "lan2", .flags = CFG_LINK_PRESENT | CFG_LINK_UP};
	struct link link;

	(void)state;
	assert_true(link_compile(&cfg, ports, 2, &link));
	assert_int_equal(link.port, 1);
	assert_true(link.up && !link.wan && !link.mss4);
	cfg.mss_limit = CFG_MSS_AUTO;
	cfg.flags |= CFG_LINK_WAN;
	assert_true(link_compile(&cfg, ports, 2, &link));
	assert_true(link.wan);
	assert_int_equal(link.mss4, 1360);
	assert_int_equal(link.mss6, 1340);
	cfg.mtu = 1000;
	assert_true(link_compile(&cfg, ports, 2, &link));
	assert_int_equal(link.mss4, 960);
	cfg.mss_limit = 1200;
	assert_true(link_compile(&cfg, ports, 2, &link));
	assert_int_equal(link.mss4, 1200);
	assert_int_equal(link.mss6, 1180);
}

static void test_S05_wrong_links(void **state)
{
	struct cfg_link cfg = {.name = "lan1", .flags = CFG_LINK_PRESENT, .mtu = 67};
	struct link link;

	(void)state;
	assert_false(link_compile(&cfg, ports, 2, &link));
	cfg.mtu = 9217;
	assert_false(link_compile(&cfg, ports, 2, &link));
	cfg.mtu = 0;
	cfg.mss_limit = 65536;
	assert_false(link_compile(&cfg, ports, 2, &link));
	cfg.mss_limit = 0;
	memset(cfg.name, 'x', sizeof(cfg.name));
	assert_false(link_compile(&cfg, ports, 2, &link));
	assert_int_equal(link.port, PORT_NONE);
	memset(cfg.name, 0, sizeof(cfg.name));
	assert_true(link_compile(&cfg, ports, 2, &link));
	assert_int_equal(link.port, PORT_NONE);
}

static void test_adjacency_follows_its_link(void **state)
{
	struct cfg_adj cfg = {.flags = CFG_ADJ_VALID, .link = 1, .mtu = 1492, .rewrite_bytes = 22};
	struct link links[2] = {{.port = PORT_NONE}, {.port = 1, .up = true, .wan = true}};
	struct adj adj;

	(void)state;
	memset(cfg.rewrite, 7, sizeof(cfg.rewrite));
	assert_true(adj_compile(&cfg, links, 2, &adj));
	assert_true(adj.valid && adj.wan);
	assert_int_equal(adj.port, 1);
	assert_int_equal(adj.mtu, 1492);
	assert_int_equal(adj.rewrite_bytes, 22);
	links[1].up = false;
	assert_true(adj_compile(&cfg, links, 2, &adj));
	assert_false(adj.valid);
	cfg.link = 0;
	assert_true(adj_compile(&cfg, links, 2, &adj));
	assert_false(adj.valid);
}

static void test_S05_wrong_adjacencies(void **state)
{
	const struct link link = {.port = 0, .up = true};
	const struct cfg_adj bad[] = {
	    {.flags = CFG_ADJ_VALID, .link = 1, .mtu = 1500, .rewrite_bytes = 14},
	    {.flags = CFG_ADJ_VALID, .link = UINT32_MAX, .mtu = 1500, .rewrite_bytes = 14},
	    {.flags = CFG_ADJ_VALID, .mtu = 1500, .rewrite_bytes = 0},
	    {.flags = CFG_ADJ_VALID, .mtu = 1500, .rewrite_bytes = 33},
	    {.flags = CFG_ADJ_VALID, .mtu = 1500, .rewrite_bytes = 65535},
	    {.flags = CFG_ADJ_VALID, .mtu = 0, .rewrite_bytes = 14},
	    {.flags = CFG_ADJ_VALID, .mtu = 65536 + 1500, .rewrite_bytes = 14},
	};
	struct adj adj;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(adj_compile(&bad[i], &link, 1, &adj));
		assert_false(adj.valid);
	}
}

static void test_groups(void **state)
{
	struct cfg_group cfg = {.member_count = 2,
	    .member = {{.kind = CFG_NH_TUNNEL, .index = 1, .weight = 3},
		{.kind = CFG_NH_ADJ, .index = 7, .weight = 1}}};
	struct group group;

	(void)state;
	assert_true(group_compile(&cfg, 8, 2, &group));
	assert_int_equal(group.count, 2);
	assert_int_equal(group.hop[0].weight, 3);
	assert_false(group_compile(&cfg, 7, 2, &group));
	assert_int_equal(group.count, 0);
	assert_false(group_compile(&cfg, 8, 1, &group));
	cfg.member_count = UINT32_MAX;
	assert_false(group_compile(&cfg, 8, 2, &group));
	cfg.member_count = 1;
	cfg.member[0].kind = CFG_NH_NONE;
	assert_false(group_compile(&cfg, 8, 2, &group));
	cfg.member[0] = (struct cfg_next_hop){.kind = CFG_NH_DROP, .index = 99999, .weight = 1};
	assert_true(group_compile(&cfg, 8, 2, &group));
}

static struct esp_crypto *crypto;
static struct state_sa record;

static struct sa *make_sa(uint16_t auth, uint16_t auth_key_bytes, bool udp)
{
	struct ip_addr local = ip_addr_v4(0xcb007102), remote = ip_addr_v4(0xc6336402);
	struct cfg_sa cfg = {.instance = 9,
	    .flags = CFG_SA_PRESENT | (udp ? CFG_SA_UDP_ENCAP : 0),
	    .spi_be = 0x01010101,
	    .encr = CFG_ENCR_AES_CBC,
	    .auth = auth,
	    .encr_key_bytes = 16,
	    .auth_key_bytes = auth_key_bytes,
	    .udp_local_be = 1,
	    .udp_remote_be = 1,
	    .outer_local.family = IP_FAMILY_V4,
	    .outer_remote.family = IP_FAMILY_V4,
	    .ts_local.family = IP_FAMILY_V4,
	    .ts_remote.family = IP_FAMILY_V4};
	struct sa *sa;

	memcpy(cfg.outer_local.bytes, local.bytes, 16);
	memcpy(cfg.outer_remote.bytes, remote.bytes, 16);
	sa = sa_compile(&cfg, 0, NULL, &record, crypto);
	assert_non_null(sa);
	return sa;
}

static struct cfg_tunnel good_tunnel(void)
{
	return (struct cfg_tunnel){.instance = 5,
	    .flags = CFG_TUNNEL_PRESENT | CFG_TUNNEL_UP,
	    .twin = "tunnel1",
	    .sa_out = 0,
	    .sa_out_instance = 9,
	    .outer_adj = 0,
	    .mss_limit = CFG_MSS_AUTO,
	    .df = CFG_DF_CLEAR};
}

static void test_tunnel_sizes(void **state)
{
	static const struct {
		uint16_t auth, key_bytes, outer_mtu;
		bool udp;
		uint32_t configured, limit;
		uint16_t mtu, mss4;
	} rows[] = {
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 0, CFG_MSS_AUTO, 1422, 1382},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, false, 0, CFG_MSS_AUTO, 1438, 1398},
	    {CFG_AUTH_HMAC_SHA2_256_128, 32, 1500, true, 0, CFG_MSS_AUTO, 1422, 1382},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1454, true, 0, CFG_MSS_AUTO, 1374, 1334},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 1280, CFG_MSS_AUTO, 1280, 1240},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 9000, CFG_MSS_AUTO, 1422, 1382},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 0, 1379, 1422, 1379},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 0, 1460, 1422, 1382},
	    {CFG_AUTH_HMAC_SHA1_96, 20, 1500, true, 0, CFG_MSS_OFF, 1422, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cfg_tunnel cfg = good_tunnel();
		struct adj adj = {.valid = 1, .mtu = rows[i].outer_mtu, .rewrite_bytes = 14};
		struct sa *sa = make_sa(rows[i].auth, rows[i].key_bytes, rows[i].udp);
		struct tunnel tunnel;

		cfg.inner_mtu = rows[i].configured;
		cfg.mss_limit = rows[i].limit;
		tunnel_compile(&cfg, 0, sa, &adj, &tunnel);
		assert_true(tunnel.usable);
		assert_int_equal(tunnel.inner_mtu, rows[i].mtu);
		assert_int_equal(tunnel.mss4, rows[i].mss4);
		sa_put(sa);
	}
}

static void test_tunnel_is_usable_only_with_all_it_needs(void **state)
{
	struct sa *sa = make_sa(CFG_AUTH_HMAC_SHA1_96, 20, true);
	struct adj adj = {.valid = 1, .mtu = 1500, .rewrite_bytes = 14}, dead = {0};
	struct cfg_tunnel cfg = good_tunnel();
	struct tunnel tunnel;

	(void)state;
	tunnel_compile(&cfg, 0, sa, &adj, &tunnel);
	assert_true(tunnel.usable);
	tunnel_compile(&cfg, 0, NULL, &adj, &tunnel);
	assert_false(tunnel.usable);
	tunnel_compile(&cfg, 0, sa, NULL, &tunnel);
	assert_false(tunnel.usable);
	tunnel_compile(&cfg, 0, sa, &dead, &tunnel);
	assert_false(tunnel.usable);
	tunnel_compile(&cfg, 1, sa, &adj, &tunnel); /* the SA is another tunnel's */
	assert_false(tunnel.usable);
	cfg.sa_out_instance = 8; /* the SA that was in the slot before */
	tunnel_compile(&cfg, 0, sa, &adj, &tunnel);
	assert_false(tunnel.usable);
	cfg = good_tunnel();
	cfg.flags = CFG_TUNNEL_PRESENT;
	tunnel_compile(&cfg, 0, sa, &adj, &tunnel);
	assert_false(tunnel.usable);
	sa_put(sa);
}

static void test_tunnel_without_sa_or_path_has_a_guessed_mtu(void **state)
{
	struct sa *sa = make_sa(CFG_AUTH_HMAC_SHA1_96, 20, true);
	struct adj adj = {.valid = 1, .mtu = 1500, .rewrite_bytes = 14}, dead = {0};
	struct adj tiny = {.valid = 1, .mtu = 70, .rewrite_bytes = 14};
	struct cfg_tunnel cfg = good_tunnel();
	struct tunnel tunnel;

	(void)state;
	cfg.inner_mtu = 0;
	tunnel_compile(&cfg, 0, sa, &adj, &tunnel);
	assert_true(tunnel.sized);
	assert_int_equal(tunnel.inner_mtu, 1422);
	tunnel_compile(&cfg, 0, sa, &dead, &tunnel);
	assert_false(tunnel.sized);
	assert_int_equal(tunnel.inner_mtu, 1280);
	cfg.inner_mtu = 1200;
	tunnel_compile(&cfg, 0, NULL, &adj, &tunnel);
	assert_false(tunnel.sized);
	assert_int_equal(tunnel.inner_mtu, 1200);
	cfg.inner_mtu = 9000; /* what SA and path leave of it is not known yet */
	tunnel_compile(&cfg, 0, NULL, &adj, &tunnel);
	assert_int_equal(tunnel.inner_mtu, 1280);
	tunnel_compile(&cfg, 0, sa, &tiny, &tunnel);
	assert_false(tunnel.sized);
	assert_false(tunnel.usable);
	sa_put(sa);
}

#define BAD_TUNNEL(change)                                                                         \
	do {                                                                                       \
		struct cfg_tunnel t = good_tunnel();                                               \
		const char *reason;                                                                \
		change;                                                                            \
		if (tunnel_check(&t, 16, 16, &reason))                                             \
			fail_msg("not refused: %s", #change);                                      \
	} while (0)

static void test_S05_wrong_tunnels(void **state)
{
	struct cfg_tunnel right = good_tunnel();
	const char *why;

	(void)state;
	assert_true(tunnel_check(&right, 16, 16, &why));
	BAD_TUNNEL(t.instance = 0);
	BAD_TUNNEL(t.sa_out = 16);
	BAD_TUNNEL(t.outer_adj = 16);
	BAD_TUNNEL(t.inner_mtu = 67);
	BAD_TUNNEL(t.inner_mtu = 9217);
	BAD_TUNNEL(t.mss_limit = 65536);
	BAD_TUNNEL(t.df = 3);
	BAD_TUNNEL(t.twin[0] = 0);
	BAD_TUNNEL(t.twin[0] = '/');
	BAD_TUNNEL(memcpy(t.twin, "a/b", 4));
	BAD_TUNNEL(memset(t.twin, 'a', sizeof(t.twin)));
	BAD_TUNNEL(t.inside_local.family = 5);
	BAD_TUNNEL((t.inside_local.family = 4, t.inside_local.prefix_length = 33));
}

static int parse(const char *line, struct args *args)
{
	char copy[512], *argv[24] = {NULL}, *save = NULL, error[160];
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *p = strtok_r(copy, " ", &save); p && argc < 23; p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	return args_parse(argc, argv, args, error, sizeof(error));
}

static void test_command_line(void **state)
{
	static const char *const bad[] = {
	    "x",
	    "x --port lan1",
	    "x --port =dev",
	    "x --port lan1=",
	    "x --port 1lan=dev",
	    "x --port lan1=a --port lan1=b",
	    "x --port lan1=a --port lan2=a",
	    "x --port averyveryverylongname=a",
	    "x --port lan1=a --instance ../up",
	    "x --port lan1=a,mtu=67",
	    "x --port lan1=a,mtu=9217",
	    "x --port lan1=a,mtu=",
	    "x --port lan1=a,speed=1",
	    "x --port lan1=,mtu=1500",
	    "x --port lan1=a --burst 0",
	    "x --port lan1=a --burst 65",
	    "x --port lan1=a --mbufs -5",
	    "x --port lan1=a --frame-bytes 65001",
	    "x --port lan1=a --idle-sleep 1x",
	    "x --port lan1=a stray",
	    "x --port lan1=a --crypto-arch avx",
	    "x --port lan1=a --no-such",
	    "x --port",
	};
	struct args args;

	(void)state;
	assert_int_equal(
	    parse("x --instance two --port lan1=net_af_packet0 --port lan2=0000:00:05.0,mtu=9000 "
		  "--idle-sleep 50 --burst 64 --mbufs 2047 --frame-bytes 16384",
		&args),
	    0);
	assert_string_equal(args.instance, "two");
	assert_int_equal(args.port_count, 2);
	assert_string_equal(args.port[1].device, "0000:00:05.0");
	assert_int_equal(args.port[0].mtu, 0);
	assert_int_equal(args.port[1].mtu, 9000);
	assert_int_equal(args.idle_sleep_usec, 50);
	assert_int_equal(args.burst, 64);
	assert_int_equal(args.mbufs, 2047);
	assert_int_equal(args.frame_bytes, 16384);
	assert_int_equal(args.crypto_arch, ESP_ARCH_AUTO);
	assert_int_equal(parse("x --port lan1=a --crypto-arch avx2", &args), 0);
	assert_int_equal(args.crypto_arch, ESP_ARCH_AVX2);
	assert_int_equal(args.fan_out, FAN_OUT_AUTO);
	assert_int_equal(parse("x --port lan1=a --fan-out never", &args), 0);
	assert_int_equal(args.fan_out, FAN_OUT_NEVER);
	assert_int_equal(parse("x --port lan1=a --fan-out", &args), -EINVAL);
	assert_int_equal(parse("x --port lan1=a --fan-out some", &args), -EINVAL);
	assert_int_equal(parse("x --help", &args), 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &args) != -EINVAL)
			fail_msg("not refused: %s", bad[i]);
}

static int setup(void **state)
{
	(void)state;
	return esp_crypto_new(&crypto, ESP_ENCRYPT, ESP_ARCH_AUTO);
}

static int teardown(void **state)
{
	(void)state;
	esp_crypto_free(crypto);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_link_finds_its_port_and_limit),
	    cmocka_unit_test(test_S05_wrong_links),
	    cmocka_unit_test(test_adjacency_follows_its_link),
	    cmocka_unit_test(test_S05_wrong_adjacencies),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_tunnel_sizes),
	    cmocka_unit_test(test_tunnel_is_usable_only_with_all_it_needs),
	    cmocka_unit_test(test_tunnel_without_sa_or_path_has_a_guessed_mtu),
	    cmocka_unit_test(test_S05_wrong_tunnels),
	    cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
