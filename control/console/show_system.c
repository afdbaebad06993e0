/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show environment, show arp, show status lanN: what the machine says of itself. The numbers come
 * from /proc and from the tables of the dataplane; what cannot be read is left out. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "control/console/show.h"

/* The number behind `key` in a file of lines "KEY   NUMBER ...", or 0. */
static uint64_t read_number(const char *path, const char *key)
{
	FILE *in = fopen(path, "re");
	uint64_t number = 0;
	char line[160];

	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, key, strlen(key)) == 0) {
			number = strtoull(line + strlen(key), NULL, 10);
			break;
		}
	}
	if (in)
		fclose(in);
	return number;
}

static void print_load(const struct show *show)
{
	double load[3];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t total = read_number("/proc/meminfo", "MemTotal:");
	uint64_t available = read_number("/proc/meminfo", "MemAvailable:");

	if (getloadavg(load, 3) == 3)
		text_printf(show->out, "CPU: %s %.2f(1min) %.2f(5min) %.2f(15min), %ld %s\n",
		    show_word(show, "load", "負荷"), load[0], load[1], load[2], processors,
		    show_word(show, "processors", "プロセッサー"));
	if (total)
		text_printf(show->out, "%s: %" PRIu64 "%% %s\n",
		    show_word(show, "Memory", "メモリー"), (total - available) * 100 / total,
		    show_word(show, "used", "使用"));
}

static void print_span(const struct show *show, const char *what, int64_t seconds)
{
	text_printf(show->out, "%s: %" PRId64 "%s %02d:%02d:%02d\n", what, seconds / 86400,
	    show_word(show, "days", "日"), (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
	    (int)(seconds % 60));
}

int show_environment(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	char text[SHOW_TIME_BYTES];
	struct timespec boot;
	struct utsname name;

	text_printf(show->out, "cgw: %s %s, %s %d\n", show_word(show, "instance", "インスタンス"),
	    show->instance ? show->instance : "-", show_word(show, "process", "プロセス"),
	    (int)getpid());
	if (uname(&name) == 0)
		text_printf(show->out, "%s: %s, %s %s %s\n", show_word(show, "System", "システム"),
		    name.nodename, name.sysname, name.release, name.machine);
	print_load(show);
	text_printf(show->out, "%s: %s\n", show_word(show, "Dataplane", "データプレーン"),
	    show_dataplane_alive(show) ? show_word(show, "running", "動作中")
				       : show_word(show, "NOT running", "停止"));
	text_printf(show->out, "%s: %s%s\n", show_word(show, "Config", "設定"),
	    show->save_dir ? show->save_dir : "-",
	    config_dirty(show->config) ? show_word(show, ", not saved", " (未保存)") : "");
	text_printf(show->out, "%s: %s\n", show_word(show, "Current time", "現在の時刻"),
	    show_time(show->now_unix, text));
	if (clock_gettime(CLOCK_BOOTTIME, &boot) == 0) {
		text_printf(show->out, "%s: %s\n", show_word(show, "Boot time", "起動時刻"),
		    show_time(show->now_unix - boot.tv_sec, text));
		print_span(show, show_word(show, "Elapsed time from boot", "起動からの経過時間"),
		    boot.tv_sec);
	}
	return 0;
}

/* ---- neighbours --------------------------------------------------------------------------------
 */

int show_arp(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	char line[256], address[64], mac[32], device[32], wanted[16] = "";
	FILE *in = fopen(show->arp_file ? show->arp_file : "/proc/net/arp", "re");
	struct text rows = {0};
	unsigned flags, count = 0;

	if (!in) {
		snprintf(error, error_bytes, "/proc/net/arp: %s", strerror(errno));
		return -errno;
	}
	if (args_find(args, "lan"))
		snprintf(wanted, sizeof(wanted), "lan%u", args_number(args, "lan", 0));
	while (fgets(line, sizeof(line), in)) {
		/* IP address, HW type, Flags, HW address, Mask, Device; 2 = complete */
		if (sscanf(line, "%63s 0x%*x 0x%x %31s %*s %31s", address, &flags, mac, device) !=
			4 ||
		    !(flags & 2) || (*wanted && strcmp(device, wanted) != 0))
			continue;
		count++;
		text_printf(&rows, "%-16s %-16s %s\n", device, address, mac);
	}
	fclose(in);
	text_printf(show->out, "%s: %u\n", show_word(show, "Count", "カウント数"), count);
	text_printf(show->out, "%-16s %-16s %s\n", "Interface", "IP address", "MAC address");
	text_puts(show->out, rows.data ? rows.data : "");
	text_free(&rows);
	return 0;
}

/* ---- one interface -----------------------------------------------------------------------------
 */

static void print_lan(const struct show *show, const struct agent_port_status *port, uint32_t lan)
{
	const struct config_model *model = config_model(show->config);
	char text[IP_PREFIX_TEXT_BYTES];

	text_printf(show->out, "LAN%u\n", lan);
	if (model && model->lan[lan].address_set)
		text_printf(show->out, "%s: %s\n", show_word(show, "IP address", "IP アドレス"),
		    ip_prefix_format(&model->lan[lan].address, text));
	text_printf(show->out, "%s: %s\n", show_word(show, "Link", "リンク"),
	    port->up ? "Link Up" : "Link Down");
	text_printf(show->out, "%s: %02x:%02x:%02x:%02x:%02x:%02x\n",
	    show_word(show, "Ethernet address", "イーサネットアドレス"), port->mac[0], port->mac[1],
	    port->mac[2], port->mac[3], port->mac[4], port->mac[5]);
	text_printf(show->out, "%s: %u octets\n",
	    show_word(show, "Maximum Transmission Unit(MTU)", "MTU"), port->mtu);
	text_printf(show->out, "%s: %s\n", show_word(show, "Device", "デバイス"), port->device);
	text_printf(show->out, "%s: %" PRIu64 " packets (%" PRIu64 " octets)\n",
	    show_word(show, "Transmitted", "送信パケット"), port->tx_packets, port->tx_bytes);
	text_printf(show->out, "%s: %" PRIu64 " packets (%" PRIu64 " octets)\n",
	    show_word(show, "Received", "受信パケット"), port->rx_packets, port->rx_bytes);
}

int show_lan(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct agent_dataplane_status *status = calloc(1, sizeof(*status));
	uint32_t lan = args_number(args, "lan", 0);
	const struct agent_port_status *port = NULL;
	char name[16];

	if (!status) {
		snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	agent_dataplane(show->agent, status);
	snprintf(name, sizeof(name), "lan%u", lan);
	for (size_t i = 0; i < status->port_count && i < 16 && !port; i++)
		if (strcmp(status->port[i].name, name) == 0)
			port = &status->port[i];
	if (port)
		print_lan(show, port, lan);
	else
		snprintf(error, error_bytes, "%s",
		    show_word(show, "the dataplane has no port of that name",
			"その名前のポートはデータプレーンにありません"));
	free(status);
	return port ? 0 : -ENOENT;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

int show_techinfo(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	static const struct {
		const char *title;
		show_fn *run;
	} parts[] = {{"show environment", show_environment}, {"show config", show_config},
	    {"show status dataplane", show_dataplane}, {"show arp", show_arp},
	    {"show ip route detail", show_ip_route}, {"show ipsec sa", show_ipsec_sa},
	    {"show ipsec sa gateway", show_ipsec_gateway}, {"show status tunnel", show_tunnel},
	    {"show status bgp neighbor", show_bgp_neighbor}, {"show status cloud vpn", show_cloud},
	    {"show log", show_log}};
	static const struct value detail = {
	    .kind = VALUE_WORD, .name = "what", .name_bytes = 4, .word = "detail", .word_bytes = 6};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct grammar_args part = {.value = &detail};

		part.count = strstr(parts[i].title, "detail") != NULL;
		text_printf(show->out, "%s# %s\n", i ? "\n" : "", parts[i].title);
		error[0] = '\0';
		if (parts[i].run(show, &part, error, error_bytes))
			text_printf(show->out, "%s\n", error);
	}
	return 0;
}
