/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The exposition by an agent made of variables. `test_metrics print` writes it to standard output,
 * for another program to read: tests/metrics/exposition.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "control/metrics/metrics.h"
#include "common/version.h"
#include "tests/unit/console/fake_agent.h"

static struct agent agent;
static struct config *config;
static struct log_hub *hub;
static struct text out;

static int setup(void **state)
{
	struct config_env env = {.ctx = &agent, .apply = fake_apply};
	static const char lines[] = "cloud vpn service 1 amazon-api\n"
				    "cloud vpn parameter 1 AKIDEXAMPLE sesame vpn-01234567\n";
	char error[CONFIG_ERROR_BYTES];

	setenv("TZ", "UTC", 1);
	tzset();
	memset(&agent, 0, sizeof(agent));
	config = config_new(&env);
	if (config_replace(config, lines, strlen(lines), error, sizeof(error)))
		return -1;
	fake_agent_fill(&agent, mono_now());
	fake_agent_fill_rest(&agent);
	agent.tunnel[1].up = false;
	agent.tunnel[0].ike.rekeys_phase2 = 7;
	hub = log_hub_new(&(struct log_hub_options){.lines = 10});
	log_set_sink(log_hub_sink, hub);
	return 0;
}

static int teardown(void **state)
{
	text_free(&out);
	config_free(config);
	log_set_sink(NULL, NULL);
	log_hub_free(hub);
	return 0;
}

static void write_metrics(void)
{
	const struct metrics_source source = {&agent, config, hub, "default"};

	text_free(&out);
	metrics_write(&source, &out);
	assert_false(out.bad);
}

static void assert_has(const char *sample)
{
	if (!strstr(out.data, sample))
		fail_msg("%s is missing in\n%s", sample, out.data);
}

static void test_every_snapshot_is_measured(void **state)
{
	log_error("one");
	write_metrics();
	assert_has("# TYPE cgw_tunnel_up gauge\ncgw_tunnel_up{tunnel=\"1\"} 1\n"
		   "cgw_tunnel_up{tunnel=\"2\"} 0\n");
	assert_has("cgw_tunnel_receive_bytes_total{tunnel=\"1\",family=\"ipv4\"} 244941\n");
	assert_has("cgw_ike_rekeys_total{tunnel=\"1\",phase=\"2\"} 7\n");
	assert_has("cgw_packets_dropped_total{reason=\"esp_icv\"} 50\n");
	assert_has("cgw_port_up{port=\"lan2\"} 0\n");
	assert_has("cgw_packets_in_flight 63\n");
	assert_has("cgw_port_receive_errors_total{port=\"lan2\"} 1\n");
	assert_has("cgw_port_transmit_failed_packets_total{port=\"lan1\"} 4\n");
	assert_has("cgw_port_link_losses_total{port=\"lan2\"} 2\n");
	assert_has("# TYPE cgw_port_receive_missed_packets_total counter\n"
		   "cgw_port_receive_missed_packets_total{port=\"lan2\"} 8\n");
	assert_has("cgw_port_speed_bytes_per_second{port=\"lan2\"} 1250000000\n");
	assert_has("cgw_worker_busy_seconds_total{worker=\"0\"} 1.500000\n");
	assert_has("cgw_worker_waiting_packets{worker=\"0\",ring=\"to_kernel\"} 3\n");
	assert_has("cgw_packet_buffers_used 2048\n");
	assert_has("cgw_tunnel_present_sas_dropped_packets{tunnel=\"1\",reason=\"icv\"} 3\n");
	assert_has("cgw_tunnel_dropped_packets_total{tunnel=\"1\",direction=\"receive\"} 12\n");
	assert_has("cgw_tunnel_from_kernel_packets_total{tunnel=\"1\"} 15\n");
	assert_has("cgw_removed_tunnels_from_kernel_packets_total 5\n");
	assert_has("cgw_bgp_session_up{neighbor=\"169.254.184.61\"} 1\n");
	assert_has("cgw_cloud_vpn_last_fetch_timestamp_seconds{id=\"1\"} 1484047351\n");
	assert_has("cgw_log_lines_total{level=\"ERROR\"} 1\n");
	assert_has("cgw_info{cgw_instance=\"default\"} 1\n");
	assert_has("cgw_build_info{version=\"" CGW_VERSION "\"} 1\n");
	assert_has("\nprocess_resident_memory_bytes ");
}

static void test_labels_are_quoted(void **state)
{
	snprintf(agent.tunnel[0].description, sizeof(agent.tunnel[0].description), "a\"b\\c\nd");
	write_metrics();
	assert_has(",description=\"a\\\"b\\\\c\\nd\",");
}

static void test_nothing_is_no_error(void **state)
{
	memset(&agent, 0, sizeof(agent));
	write_metrics();
	assert_has("cgw_dataplane_up 0\n");
	assert_null(strstr(out.data, "cgw_tunnel_up{"));
}

static void test_C05_no_secret_is_exposed(void **state)
{
	write_metrics();
	assert_null(strstr(out.data, "sesame"));
	assert_null(strstr(out.data, "AKIDEXAMPLE"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    T(test_every_snapshot_is_measured),
	    T(test_labels_are_quoted),
	    T(test_nothing_is_no_error),
	    T(test_C05_no_secret_is_exposed),
	};

	if (argc == 2 && strcmp(argv[1], "print") == 0) {
		setup(NULL);
		write_metrics();
		fputs(out.data, stdout);
		return teardown(NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
