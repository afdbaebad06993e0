/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of cgw-control's command line: --help and cgw-control(8) follow from it. */
#include "control/options_table.h"

#include "control/options.h"

static const char *const synopsis[] = {"[OPTION...]", "--check-config FILE", 0};

static const char *const about[] = {
    "The control process of a customer gateway: it negotiates IPsec tunnels, speaks BGP, fetches "
    "configurations "
    "from AWS, serves the console and writes the tables that cgw-dataplane forwards by.",
    "It stays in the foreground and logs to standard error, or to systemd's journal with fields of "
    "its own where "
    "standard error is the journal's. SIGTERM and SIGINT end it in order: BGP Cease, IKE Delete, "
    "tables emptied. "
    "After a crash it finds the tables and the log again.",
    "Either of cgw-control and cgw-dataplane may be started first, and either again while the "
    "other runs.",
    "It needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE.",
    0,
};

static const struct option_row options[] = {
    {OPTION_INSTANCE, "instance", "NAME",
	"tables under /dev/shm/cgw/NAME/, as given to cgw-dataplane (default: default)"},
    {OPTION_CONFIG, "config", "FILE",
	"saved configuration: a file named config; the generations before it are config.1 to "
	"config.10 beside it "
	"(default: " OPTION_DEFAULT_CONFIG ")"},
    {OPTION_SOCKET, "socket", "PATH",
	"the console's Unix socket (default: /run/cgw/INSTANCE/console.sock)"},
    {OPTION_GROUP, "group", "NAME",
	"whose members may enter the console as users (default: " OPTION_DEFAULT_GROUP ")"},
    {OPTION_CA_FILE, "ca-file", "FILE",
	"PEM bundle of the authorities trusted for AWS (default: " OPTION_DEFAULT_CA ")"},
    {OPTION_CHECK, "check-config", "FILE",
	"say what is wrong with FILE, line by line, and run nothing"},
    {OPTION_LOG_LEVEL, "log-level", "LEVEL",
	"log error, notice, info or debug lines: at least this much (default: info)"},
    {OPTION_LOG_FILE, "log-file", "FILE",
	"keep the log over a restart in FILE and FILE.1; empty: in memory only (default: log, "
	"beside the console's "
	"socket)"},
    {OPTION_SYSLOG, "syslog", "PATH",
	"Unix datagram socket that is sent the log, in the form of RFC 5424"},
    {OPTION_METRICS, "metrics", "PATH",
	"Unix socket that answers GET /metrics for Prometheus; empty: none (default: metrics.sock, "
	"beside the "
	"console's socket)"},
    {OPTION_METRICS_PORT, "metrics-port", "N",
	"answer it on 127.0.0.1 and ::1 as well (default: 0, not)"},
    {OPTION_TUNNELS, "tunnels", "N",
	"make room in the tables for N tunnels, up to 16384 (default: 128, and never less); where "
	"that is more than 128, tunnels and gateways are numbered up to N, else up to 100"},
    {OPTION_ROUTES, "routes", "N",
	"make room in the tables for N routes, up to 4000000; cgw-dataplane wants 1.2 KB of memory "
	"for each (default: 65536, and never less)"},
    {OPTION_HELP, "help", 0, "say all this"},
    {OPTION_VERSION, "version", 0, "say the version of this program"},
    {0},
};

static const struct option_exit exits[] = {
    {"0", "ended in order, or the file that was checked would be taken"},
    {"1", "could not start, or the file would be refused"},
    {"2", "wrong usage"},
    {0},
};

static const struct option_file files[] = {
    {OPTION_DEFAULT_CONFIG,
	"what save writes; holds keys, and is believed only when it is root's and nobody else "
	"can read it or write to its folder"},
    {"/dev/shm/cgw/INSTANCE/", "tables shared with cgw-dataplane"},
    {"/run/cgw/INSTANCE/", "sockets of the console and of metrics, and the log"},
    {0},
};

static const char *const see_also[] = {"cgw 1", "cgw-commands 7", "cgw-dataplane 8", 0};

const struct option_table control_options = {
    .program = "cgw-control",
    .section = "8",
    .summary = "control process of a customer gateway",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .exits = exits,
    .files = files,
    .see_also = see_also,
};
