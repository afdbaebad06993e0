/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Validation and compilation of tunnels: sizes (RFC 4303, RFC 3948, RFC 6691) and the outer header
 * template. Pure: records in, values out. */
#include "dataplane/tunnel.h"

#include <ctype.h>
#include <string.h>

#include "common/shm_addr.h"
#include "dataplane/pkt/overhead.h"

#define INNER_MTU_MIN 68

static bool twin_name_ok(const char name[SHM_NAME_BYTES])
{
	if (!isalpha((unsigned char)name[0]) || memchr(name, '\0', SHM_NAME_BYTES) == NULL)
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
			return false;
	return true;
}

bool tunnel_check(const struct cfg_tunnel *cfg, uint32_t sas, uint32_t adjs, const char **why)
{
	const struct shm_addr *inside = &cfg->inside_local;

	*why = NULL;
	if (cfg->instance == 0)
		*why = "no instance";
	else if (!twin_name_ok(cfg->twin))
		*why = "twin name";
	else if (cfg->sa_out != SHM_INDEX_NONE && cfg->sa_out >= sas)
		*why = "no such SA slot";
	else if (cfg->outer_adj != SHM_INDEX_NONE && cfg->outer_adj >= adjs)
		*why = "no such adjacency slot";
	else if (cfg->inner_mtu != 0 && (cfg->inner_mtu < INNER_MTU_MIN || cfg->inner_mtu > 9216))
		*why = "inner MTU";
	else if (cfg->mss_limit > UINT16_MAX)
		*why = "MSS limit";
	else if (cfg->df > CFG_DF_CLEAR)
		*why = "DF mode";
	else if (inside->family != IP_FAMILY_NONE &&
		 (ip_family_bits(inside->family) == 0 ||
		     inside->prefix_length > ip_family_bits(inside->family)))
		*why = "inside address";
	return *why == NULL;
}

static uint32_t computed_mtu(const struct sa *sa, const struct adj *adj)
{
	const struct overhead overhead = {
	    .outer_family = sa->outer_local.family,
	    .udp = sa->udp,
	    .iv_bytes = sa->key.iv_bytes,
	    .block_bytes = sa->key.block_bytes,
	    .icv_bytes = sa->key.icv_bytes,
	};

	return overhead_inner_mtu(&overhead, adj->mtu);
}

static uint16_t smaller(uint32_t limit, uint32_t automatic)
{
	return (uint16_t)(limit < automatic ? limit : automatic);
}

static void compile_sizes(const struct cfg_tunnel *cfg, struct tunnel *out)
{
	uint32_t mtu = TUNNEL_MTU_DEFAULT;

	out->sized = out->sa_out && out->outer.valid;
	if (out->sized)
		mtu = computed_mtu(out->sa_out, &out->outer);
	if (cfg->inner_mtu && cfg->inner_mtu < mtu)
		mtu = cfg->inner_mtu;
	out->inner_mtu = (uint16_t)mtu;
	out->sized = out->sized && mtu >= INNER_MTU_MIN;
	if (cfg->mss_limit == CFG_MSS_OFF)
		return;
	out->mss4 = (uint16_t)overhead_mss(mtu, 4);
	out->mss6 = (uint16_t)overhead_mss(mtu, 6);
	if (cfg->mss_limit != CFG_MSS_AUTO) {
		out->mss4 = smaller(cfg->mss_limit, out->mss4);
		out->mss6 = smaller(cfg->mss_limit > 20 ? cfg->mss_limit - 20 : 1, out->mss6);
	}
}

static int compile_template(const struct cfg_tunnel *cfg, struct tunnel *out)
{
	const struct sa *sa = out->sa_out;
	const struct esp_encap_params params = {
	    .outer_local = shm_addr_ip(&sa->outer_local),
	    .outer_remote = shm_addr_ip(&sa->outer_remote),
	    .spi = sa->spi,
	    .udp = sa->udp,
	    .udp_local = sa->udp_local,
	    .udp_remote = sa->udp_remote,
	    .iv_bytes = sa->key.iv_bytes,
	    .block_bytes = sa->key.block_bytes,
	    .icv_bytes = sa->key.icv_bytes,
	    .df = cfg->df,
	    .dscp_copy = cfg->dscp_copy == 0,
	    .ecn_copy = sa->ecn,
	    .link = adj_link_header(&out->outer),
	    .link_bytes = out->outer.rewrite_bytes,
	};

	return esp_encap_init(&out->encap, &params);
}

void tunnel_compile(const struct cfg_tunnel *cfg, uint32_t slot, struct sa *sa,
    const struct adj *adj, struct tunnel *out)
{
	memset(out, 0, sizeof(*out));
	out->instance = cfg->instance;
	out->clear_df = cfg->df == CFG_DF_CLEAR;
	out->kernel = cfg->flags & CFG_TUNNEL_KERNEL;
	out->filter_in = cfg->filter_in;
	out->filter_out = cfg->filter_out;
	out->filtered = out->kernel || out->filter_in || out->filter_out;
	if (adj)
		out->outer = *adj;
	if (sa && !sa->inbound && sa->instance == cfg->sa_out_instance && sa->tunnel == slot)
		out->sa_out = sa;
	if (cfg->inside_local.family != IP_FAMILY_NONE) {
		out->has_inside = true;
		memcpy(out->inside_bytes, cfg->inside_local.bytes, sizeof(out->inside_bytes));
		out->inside = shm_addr_prefix(&cfg->inside_local);
	}
	compile_sizes(cfg, out);
	if (out->sa_out && compile_template(cfg, out) < 0)
		out->sa_out = NULL;
	out->usable = (cfg->flags & CFG_TUNNEL_UP) && out->sa_out && out->sized;
}

void tunnel_share(struct tunnel *tunnel, uint32_t slot, unsigned workers)
{
	uint32_t window = tunnel->sa_out ? tunnel->sa_out->peer_window : 0;
	unsigned count = 1 + window / 4 / TUNNEL_SENDER_DEPTH;

	tunnel->sender_first = (uint8_t)(slot % workers);
	tunnel->sender_count = (uint8_t)(count < workers ? count : workers);
	tunnel->senders = 0;
	for (unsigned i = 0; i < tunnel->sender_count; i++)
		tunnel->senders |= 1u << (tunnel->sender_first + i) % workers;
}
