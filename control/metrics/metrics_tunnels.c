/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metrics of the tunnels and of their key exchanges. */
#include <stdio.h>
#include <stdlib.h>

#include "control/metrics/metrics_internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	char tunnel[12];
	uint64_t up, changed, in4_packets, in4_bytes, in6_packets, in6_bytes, out4_packets,
	    out4_bytes, out6_packets, out6_bytes, inner_mtu, mss_limit, isakmp_sas, ipsec_sas,
	    in_drops, out_drops, replay, icv, other, punted, injected, rekeys1, rekeys2,
	    retransmits, bad_datagrams, dead;
};

#define AT(field) offsetof(struct row, field)
#define IPV4                                                                                       \
	{                                                                                          \
		"family", "ipv4"                                                                   \
	}
#define IPV6                                                                                       \
	{                                                                                          \
		"family", "ipv6"                                                                   \
	}

static const struct metric metrics[] = {
    {"cgw_tunnel_up", "gauge", "Whether packets are sent through the tunnel.", {0}, AT(up)},
    {"cgw_tunnel_last_change_timestamp_seconds", "gauge",
	"When the tunnel came up or went down, 0 = never was up.", {0}, AT(changed)},
    {"cgw_tunnel_receive_packets_total", "counter", "Packets received through the tunnel.", IPV4,
	AT(in4_packets)},
    {NULL, NULL, NULL, IPV6, AT(in6_packets)},
    {"cgw_tunnel_receive_bytes_total", "counter", "Bytes of the packets received.", IPV4,
	AT(in4_bytes)},
    {NULL, NULL, NULL, IPV6, AT(in6_bytes)},
    {"cgw_tunnel_transmit_packets_total", "counter", "Packets sent through the tunnel.", IPV4,
	AT(out4_packets)},
    {NULL, NULL, NULL, IPV6, AT(out6_packets)},
    {"cgw_tunnel_transmit_bytes_total", "counter", "Bytes of the packets sent.", IPV4,
	AT(out4_bytes)},
    {NULL, NULL, NULL, IPV6, AT(out6_bytes)},
    {"cgw_tunnel_dropped_packets_total", "counter", "Packets of the tunnel that were dropped.",
	{"direction", "receive"}, AT(in_drops)},
    {NULL, NULL, NULL, {"direction", "transmit"}, AT(out_drops)},
    {"cgw_tunnel_present_sas_dropped_packets", "gauge",
	"Packets that the SAs the tunnel has now dropped.", {"reason", "replay"}, AT(replay)},
    {NULL, NULL, NULL, {"reason", "icv"}, AT(icv)},
    {NULL, NULL, NULL, {"reason", "other"}, AT(other)},
    {"cgw_tunnel_to_kernel_packets_total", "counter", "Packets of it given to the kernel.", {0},
	AT(punted)},
    {"cgw_tunnel_from_kernel_packets_total", "counter", "Packets the kernel sent into it.", {0},
	AT(injected)},
    {"cgw_tunnel_inner_mtu_bytes", "gauge", "Largest packet inside the tunnel, 0 = not known.", {0},
	AT(inner_mtu)},
    {"cgw_tunnel_mss_limit_bytes", "gauge", "Limit of the MSS in TCP SYNs, 0 = none.", {0},
	AT(mss_limit)},
    {"cgw_ike_sas", "gauge", "ISAKMP SAs in place.", {0}, AT(isakmp_sas)},
    {"cgw_ipsec_sa_pairs", "gauge", "Pairs of IPsec SAs in place.", {0}, AT(ipsec_sas)},
    {"cgw_ike_rekeys_total", "counter", "Keys renewed, by phase of IKE.", {"phase", "1"},
	AT(rekeys1)},
    {NULL, NULL, NULL, {"phase", "2"}, AT(rekeys2)},
    {"cgw_ike_retransmits_total", "counter", "IKE messages sent again.", {0}, AT(retransmits)},
    {"cgw_ike_bad_datagrams_total", "counter", "IKE datagrams that were refused.", {0},
	AT(bad_datagrams)},
    {"cgw_ike_dead_peers_total", "counter", "Times the peer was found dead.", {0}, AT(dead)},
};

static void write_info(struct text *out, const struct agent_tunnel_status *tunnels, size_t count)
{
	static const char family[] = "cgw_tunnel_info";

	exposition_family(out, family, "gauge", "What a tunnel is, in its labels; always 1.");
	for (size_t i = 0; i < count; i++) {
		char tunnel[12], gateway[12], local[IP_ADDR_TEXT_BYTES], remote[IP_ADDR_TEXT_BYTES];
		struct exposition_label labels[] = {{"tunnel", tunnel}, {"gateway", gateway},
		    {"description", tunnels[i].description}, {"local", local}, {"remote", remote}};

		snprintf(tunnel, sizeof(tunnel), "%u", tunnels[i].number);
		snprintf(gateway, sizeof(gateway), "%u", tunnels[i].gateway);
		ip_addr_format(&tunnels[i].local, local);
		ip_addr_format(&tunnels[i].remote, remote);
		exposition_sample(out, family, labels, COUNT(labels), 1);
	}
}

static void fill_row(struct row *row, const struct agent_tunnel_status *tunnel)
{
	const struct ike_status *ike = &tunnel->ike;

	*row = (struct row){
	    .up = tunnel->up,
	    .changed = (uint64_t)tunnel->since_unix,
	    .in4_packets = tunnel->in_packets,
	    .in4_bytes = tunnel->in_bytes,
	    .in6_packets = tunnel->in6_packets,
	    .in6_bytes = tunnel->in6_bytes,
	    .out4_packets = tunnel->out_packets,
	    .out4_bytes = tunnel->out_bytes,
	    .out6_packets = tunnel->out6_packets,
	    .out6_bytes = tunnel->out6_bytes,
	    .inner_mtu = tunnel->inner_mtu,
	    .mss_limit = tunnel->mss_limit,
	    .isakmp_sas = ike->isakmp_count,
	    .ipsec_sas = ike->child_count,
	    .in_drops = tunnel->in_drops,
	    .out_drops = tunnel->out_drops,
	    .replay = tunnel->replay_drops,
	    .icv = tunnel->icv_drops,
	    .other = tunnel->other_drops,
	    .punted = tunnel->punted,
	    .injected = tunnel->injected,
	    .rekeys1 = ike->rekeys_phase1,
	    .rekeys2 = ike->rekeys_phase2,
	    .retransmits = ike->retransmits,
	    .bad_datagrams = ike->bad_datagrams,
	    .dead = ike->dpd_lost,
	};
	snprintf(row->tunnel, sizeof(row->tunnel), "%u", tunnel->number);
}

void metrics_tunnels(struct text *out, struct agent *agent)
{
	struct agent_tunnel_status *tunnels = calloc(config_tunnels(), sizeof(*tunnels));
	struct row *rows = calloc(config_tunnels(), sizeof(*rows));
	size_t count = 0;

	out->bad |= !tunnels || !rows;
	if (tunnels && rows)
		count = agent_tunnels(agent, tunnels, config_tunnels());
	if (count > config_tunnels())
		count = config_tunnels();
	for (size_t i = 0; i < count; i++)
		fill_row(&rows[i], &tunnels[i]);
	write_info(out, tunnels, count);
	metrics_table(out, metrics, COUNT(metrics), "tunnel", rows, count, sizeof(*rows));
	free(rows);
	free(tunnels);
}
