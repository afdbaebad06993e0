/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The layout of shared memory, field by field, against tests/golden/shm_layout.txt. A difference is
 * a change of the ABI: raise the version in common/shm_abi.h as its rules say, then write the
 * golden file anew with CGW_GOLDEN_UPDATE=1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/shm_abi.h"

#define GOLDEN "tests/golden/shm_layout.txt"

struct layout_row {
	const char *type, *field; /* field NULL: the type as a whole */
	size_t offset, bytes;
};

/* clang-format off */
#define STRUCT(type) {#type, NULL, 0, sizeof(struct type)}
#define FIELD(type, field) \
	{#type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field)}

static const struct layout_row rows[] = {
	STRUCT(shm_table),
	FIELD(shm_table, offset),
	FIELD(shm_table, stride),
	FIELD(shm_table, count),
	STRUCT(shm_header),
	FIELD(shm_header, magic),
	FIELD(shm_header, abi_major),
	FIELD(shm_header, abi_minor),
	FIELD(shm_header, region_bytes),
	FIELD(shm_header, epoch),
	FIELD(shm_header, table_count),
	FIELD(shm_header, spi_slot_bits),
	FIELD(shm_header, generation),
	FIELD(shm_header, cfg_epoch),
	FIELD(shm_header, heartbeat_nsec),
	FIELD(shm_header, writer_pid),
	FIELD(shm_header, wanted_mb),
	FIELD(shm_header, table),
	STRUCT(shm_slot_head),
	FIELD(shm_slot_head, sequence),
	FIELD(shm_slot_head, reserved),
	STRUCT(shm_addr),
	FIELD(shm_addr, bytes),
	FIELD(shm_addr, family),
	FIELD(shm_addr, prefix_length),
	FIELD(shm_addr, reserved),
	STRUCT(cfg_settings),
	FIELD(cfg_settings, head),
	FIELD(cfg_settings, route_bank),
	FIELD(cfg_settings, route_count),
	FIELD(cfg_settings, route_stamp),
	FIELD(cfg_settings, capture_run),
	FIELD(cfg_settings, capture_what),
	FIELD(cfg_settings, capture_filter),
	FIELD(cfg_settings, capture_snap),
	FIELD(cfg_settings, capture_index),
	FIELD(cfg_settings, capture_packets),
	FIELD(cfg_settings, capture_bytes),
	FIELD(cfg_settings, capture_msec),
	FIELD(cfg_settings, reserved),
	STRUCT(cfg_link),
	FIELD(cfg_link, head),
	FIELD(cfg_link, name),
	FIELD(cfg_link, flags),
	FIELD(cfg_link, mtu),
	FIELD(cfg_link, mss_limit),
	FIELD(cfg_link, filter_in),
	FIELD(cfg_link, filter_out),
	FIELD(cfg_link, filter_self),
	FIELD(cfg_link, reserved),
	STRUCT(cfg_adj),
	FIELD(cfg_adj, head),
	FIELD(cfg_adj, flags),
	FIELD(cfg_adj, link),
	FIELD(cfg_adj, mtu),
	FIELD(cfg_adj, rewrite_bytes),
	FIELD(cfg_adj, ethertype_be),
	FIELD(cfg_adj, rewrite),
	STRUCT(cfg_next_hop),
	FIELD(cfg_next_hop, index),
	FIELD(cfg_next_hop, weight),
	FIELD(cfg_next_hop, kind),
	FIELD(cfg_next_hop, reserved),
	STRUCT(cfg_group),
	FIELD(cfg_group, head),
	FIELD(cfg_group, member_count),
	FIELD(cfg_group, reserved),
	FIELD(cfg_group, member),
	STRUCT(cfg_route),
	FIELD(cfg_route, prefix),
	FIELD(cfg_route, group),
	FIELD(cfg_route, reserved),
	STRUCT(cfg_tunnel),
	FIELD(cfg_tunnel, head),
	FIELD(cfg_tunnel, instance),
	FIELD(cfg_tunnel, flags),
	FIELD(cfg_tunnel, number),
	FIELD(cfg_tunnel, twin),
	FIELD(cfg_tunnel, sa_out),
	FIELD(cfg_tunnel, outer_adj),
	FIELD(cfg_tunnel, sa_out_instance),
	FIELD(cfg_tunnel, inner_mtu),
	FIELD(cfg_tunnel, mss_limit),
	FIELD(cfg_tunnel, df),
	FIELD(cfg_tunnel, dscp_copy),
	FIELD(cfg_tunnel, reserved0),
	FIELD(cfg_tunnel, inside_local),
	FIELD(cfg_tunnel, inside_remote),
	FIELD(cfg_tunnel, outer_remote),
	FIELD(cfg_tunnel, filter_in),
	FIELD(cfg_tunnel, filter_out),
	STRUCT(cfg_filter_range),
	FIELD(cfg_filter_range, low),
	FIELD(cfg_filter_range, high),
	STRUCT(cfg_filter_flags),
	FIELD(cfg_filter_flags, value),
	FIELD(cfg_filter_flags, mask),
	FIELD(cfg_filter_flags, differs),
	FIELD(cfg_filter_flags, reserved),
	STRUCT(cfg_filter),
	FIELD(cfg_filter, head),
	FIELD(cfg_filter, number),
	FIELD(cfg_filter, action),
	FIELD(cfg_filter, log),
	FIELD(cfg_filter, any_protocol),
	FIELD(cfg_filter, icmp_only),
	FIELD(cfg_filter, source_count),
	FIELD(cfg_filter, destination_count),
	FIELD(cfg_filter, sport_count),
	FIELD(cfg_filter, dport_count),
	FIELD(cfg_filter, flags_count),
	FIELD(cfg_filter, protocol_count),
	FIELD(cfg_filter, protocol),
	FIELD(cfg_filter, icmp_types),
	FIELD(cfg_filter, source),
	FIELD(cfg_filter, destination),
	FIELD(cfg_filter, sport),
	FIELD(cfg_filter, dport),
	FIELD(cfg_filter, flags),
	FIELD(cfg_filter, reserved),
	STRUCT(cfg_filter_list),
	FIELD(cfg_filter_list, head),
	FIELD(cfg_filter_list, flags),
	FIELD(cfg_filter_list, count),
	FIELD(cfg_filter_list, filter),
	STRUCT(cfg_sa),
	FIELD(cfg_sa, head),
	FIELD(cfg_sa, instance),
	FIELD(cfg_sa, flags),
	FIELD(cfg_sa, spi_be),
	FIELD(cfg_sa, tunnel),
	FIELD(cfg_sa, encr),
	FIELD(cfg_sa, auth),
	FIELD(cfg_sa, encr_key_bytes),
	FIELD(cfg_sa, auth_key_bytes),
	FIELD(cfg_sa, udp_local_be),
	FIELD(cfg_sa, udp_remote_be),
	FIELD(cfg_sa, replay_window),
	FIELD(cfg_sa, reserved0),
	FIELD(cfg_sa, outer_local),
	FIELD(cfg_sa, outer_remote),
	FIELD(cfg_sa, ts_local),
	FIELD(cfg_sa, ts_remote),
	FIELD(cfg_sa, hard_time_nsec),
	FIELD(cfg_sa, hard_packets),
	FIELD(cfg_sa, hard_bytes),
	FIELD(cfg_sa, encr_key),
	FIELD(cfg_sa, checksum),
	FIELD(cfg_sa, auth_key),
	FIELD(cfg_sa, reserved),
	STRUCT(state_port),
	FIELD(state_port, head),
	FIELD(state_port, name),
	FIELD(state_port, twin),
	FIELD(state_port, device),
	FIELD(state_port, flags),
	FIELD(state_port, mtu),
	FIELD(state_port, speed_mbps),
	FIELD(state_port, mac),
	FIELD(state_port, reserved0),
	FIELD(state_port, rx_packets),
	FIELD(state_port, rx_bytes),
	FIELD(state_port, tx_packets),
	FIELD(state_port, tx_bytes),
	FIELD(state_port, tx_failed),
	FIELD(state_port, punted),
	FIELD(state_port, injected),
	FIELD(state_port, rx_missed),
	FIELD(state_port, rx_errors),
	FIELD(state_port, link_downs),
	STRUCT(state_tunnel),
	FIELD(state_tunnel, head),
	FIELD(state_tunnel, instance),
	FIELD(state_tunnel, in_packets),
	FIELD(state_tunnel, in_bytes),
	FIELD(state_tunnel, out_packets),
	FIELD(state_tunnel, out_bytes),
	FIELD(state_tunnel, in6_packets),
	FIELD(state_tunnel, in6_bytes),
	FIELD(state_tunnel, out6_packets),
	FIELD(state_tunnel, out6_bytes),
	FIELD(state_tunnel, in_drops),
	FIELD(state_tunnel, out_drops),
	FIELD(state_tunnel, twin_ready),
	FIELD(state_tunnel, inner_mtu),
	FIELD(state_tunnel, last_in_nsec),
	FIELD(state_tunnel, last_out_nsec),
	FIELD(state_tunnel, punted),
	FIELD(state_tunnel, injected),
	STRUCT(state_sa),
	FIELD(state_sa, head),
	FIELD(state_sa, instance),
	FIELD(state_sa, peer_addr),
	FIELD(state_sa, peer_port_be),
	FIELD(state_sa, reserved0),
	FIELD(state_sa, checksum),
	FIELD(state_sa, sequence),
	FIELD(state_sa, packets),
	FIELD(state_sa, bytes),
	FIELD(state_sa, first_valid_nsec),
	FIELD(state_sa, last_valid_nsec),
	FIELD(state_sa, replay_drops),
	FIELD(state_sa, icv_drops),
	FIELD(state_sa, other_drops),
	FIELD(state_sa, ended),
	FIELD(state_sa, reserved1),
	FIELD(state_sa, reserved),
	STRUCT(state_drop),
	FIELD(state_drop, name),
	FIELD(state_drop, text),
	FIELD(state_drop, packets),
	STRUCT(state_worker),
	FIELD(state_worker, seen_nsec),
	FIELD(state_worker, received),
	FIELD(state_worker, busy_nsec),
	FIELD(state_worker, busy_polls),
	FIELD(state_worker, polled),
	FIELD(state_worker, busy_permille),
	FIELD(state_worker, ring_to_kernel),
	FIELD(state_worker, ring_from_kernel),
	FIELD(state_worker, ring_handover),
	FIELD(state_worker, reserved),
	STRUCT(state_capture),
	FIELD(state_capture, head),
	FIELD(state_capture, run),
	FIELD(state_capture, running),
	FIELD(state_capture, begun_unix),
	FIELD(state_capture, file),
	FIELD(state_capture, reason),
	FIELD(state_capture, reserved),
	STRUCT(state_filter_list),
	FIELD(state_filter_list, packets),
	FIELD(state_filter_list, none),
	STRUCT(state_filter_event),
	FIELD(state_filter_event, head),
	FIELD(state_filter_event, number),
	FIELD(state_filter_event, untold),
	FIELD(state_filter_event, list),
	FIELD(state_filter_event, filter),
	FIELD(state_filter_event, source_be),
	FIELD(state_filter_event, destination_be),
	FIELD(state_filter_event, sport),
	FIELD(state_filter_event, dport),
	FIELD(state_filter_event, protocol),
	FIELD(state_filter_event, passed),
	FIELD(state_filter_event, later),
	FIELD(state_filter_event, reserved),
	STRUCT(state_totals),
	FIELD(state_totals, rx),
	FIELD(state_totals, tx),
	FIELD(state_totals, punt),
	FIELD(state_totals, drop),
	FIELD(state_totals, made),
	FIELD(state_totals, consumed),
	FIELD(state_totals, forwarded_punt),
	FIELD(state_totals, src_moved),
	FIELD(state_totals, in_flight),
	FIELD(state_totals, forwarded_punt_rate),
	FIELD(state_totals, capture_run),
	FIELD(state_totals, capture_on),
	FIELD(state_totals, capture_packets),
	FIELD(state_totals, capture_lost),
	FIELD(state_totals, sums),
	FIELD(state_totals, handed),
	FIELD(state_totals, crypto_arch),
	FIELD(state_totals, writing),
	STRUCT(state_whole),
	FIELD(state_whole, gone_punted),
	FIELD(state_whole, gone_injected),
	FIELD(state_whole, buffers),
	FIELD(state_whole, buffers_used),
	FIELD(state_whole, ring_kernel),
	FIELD(state_whole, ring_handover),
	FIELD(state_whole, reserved),
};
/* clang-format on */

static void print_layout(FILE *out)
{
	fprintf(out, "abi %d.%d\n", SHM_ABI_MAJOR, SHM_ABI_MINOR);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].field)
			fprintf(
			    out, "  %4zu %4zu %s\n", rows[i].offset, rows[i].bytes, rows[i].field);
		else
			fprintf(out, "%s %zu\n", rows[i].type, rows[i].bytes);
	}
}

static void test_layout_is_the_golden_one(void **state)
{
	char *now = NULL, *golden;
	size_t now_bytes = 0, got;
	FILE *f = open_memstream(&now, &now_bytes);

	(void)state;
	print_layout(f);
	fclose(f);
	if (getenv("CGW_GOLDEN_UPDATE")) {
		f = fopen(GOLDEN, "w");
		assert_non_null(f);
		fwrite(now, 1, now_bytes, f);
		fclose(f);
	}
	f = fopen(GOLDEN, "r");
	assert_non_null(f);
	golden = calloc(1, now_bytes + 2);
	got = fread(golden, 1, now_bytes + 1, f);
	fclose(f);
	assert_int_equal(got, now_bytes);
	assert_string_equal(golden, now);
	free(golden);
	free(now);
}

/* Every record can be copied as words and stands at a multiple of eight; no hidden padding at the
 * end. */
static void test_records_are_whole_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t end = 0;

		if (rows[i].field)
			continue;
		assert_int_equal(rows[i].bytes % 4, 0);
		for (size_t j = i + 1; j < sizeof(rows) / sizeof(rows[0]) && rows[j].field; j++) {
			assert_int_equal(rows[j].offset, end); /* no padding inside either */
			end = rows[j].offset + rows[j].bytes;
		}
		assert_int_equal(end, rows[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout_is_the_golden_one),
	    cmocka_unit_test(test_records_are_whole_words),
	};

	return cmocka_run_group_tests_name("shm_layout", tests, NULL, NULL);
}
