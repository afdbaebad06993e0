/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See args_table.h. */
#include "dataplane/args_table.h"

static const char *const synopsis[] = {
    "[EAL-OPTION...] -- --port NAME=DEVICE[,mtu=N] [OPTION...]", 0};

static const char *const about[] = {
    "The fast path of a customer gateway: it encrypts, decrypts and forwards packets on ports that "
    "DPDK drives, by "
    "the tables that cgw-control writes. What it cannot finish goes to the kernel through a TAP of "
    "each port and "
    "a TUN of each tunnel.",
    "Options of DPDK's EAL stand before --, as -l 1,2 for the processors, --in-memory, -m 256, "
    "--vdev; its guide "
    "describes them. The first processor does the housekeeping, each of the others is a worker.",
    "An example, for two cards that cgw-bind-nic has handed over: cgw-dataplane -l 1,2 --in-memory "
    "-a 0000:03:00.0 -a 0000:03:00.1 -- --port lan1=0000:03:00.0 --port lan2=0000:03:00.1. Without "
    "hugepages: --no-huge -m 256. Two programs on one machine want a --file-prefix and an "
    "--instance "
    "each.",
    "SIGTERM and SIGINT end it in order: what is under way is sent, counters are written, the "
    "interfaces stay for the next start. To a supervisor (sd_notify) it says READY and STOPPING.",
    "Counters and captures are had by DPDK's telemetry, unless EAL is told --no-telemetry: "
    "dpdk-telemetry.py asks for /cgw/status, /cgw/drops, /cgw/ports, /cgw/workers, /cgw/tunnels, "
    "/cgw/sas, /cgw/routes, /cgw/memory. Captures are made in --capture-dir by packetdump at the "
    "console, or by /cgw/capture_start,what=outer+inner+drops.",
    "It stays in the foreground and logs to standard error. After a crash it goes on with the SAs "
    "that are in the "
    "tables: no sequence number is used again, and no packet accepted twice.",
    0,
};

static const struct option_row options[] = {
    {OPT_INSTANCE, "instance", "NAME", "tables under /dev/shm/cgw/NAME/ (default: default)"},
    {OPT_PORT, "port", "NAME=DEVICE",
	"DPDK device DEVICE becomes port NAME, with a TAP of that name; ,mtu=N behind it sets its "
	"MTU (default: as it "
	"is); once for each port"},
    {OPT_IDLE_SLEEP, "idle-sleep", "USEC",
	"rest that long after 64 empty polls (default: 0, never)"},
    {OPT_MBUFS, "mbufs", "N", "packet buffers (default: 16383, and 8192 for each worker but one)"},
    {OPT_FRAME_BYTES, "frame-bytes", "N",
	"room for frames larger than the MTU, as af_packet makes them of fragments; with framesz=N "
	"of the device "
	"(default: by the MTU)"},
    {OPT_BURST, "burst", "N", "packets of one poll, 1 to 64 (default: 64)"},
    {OPT_CRYPTO_ARCH, "crypto-arch", "NAME",
	"sse, avx2, avx512, or auto: the best of this CPU (default: auto)"},
    {OPT_FAN_OUT, "fan-out", "MODE",
	"whether workers help each other to decrypt one tunnel: auto (when it is too much for "
	"one), always or never "
	"(default: auto)"},
    {OPT_CAPTURE_DIR, "capture-dir", "DIR",
	"folder, its owner's alone, that captures may be made in (default: none are made)"},
    {OPT_DEBUG, "debug", 0, "log more"},
    {OPT_HELP, "help", 0, "say all this"},
    {OPT_VERSION, "version", 0, "say the version of this program, which tables it reads, and its DPDK"},
    {0},
};

static const struct option_exit exits[] = {
    {"0", "ended in order by SIGTERM or SIGINT"},
    {"1", "could not start"},
    {"2", "wrong usage"},
    {0},
};

static const struct option_file files[] = {
    {"/dev/shm/cgw/INSTANCE/", "tables shared with cgw-control"},
    {"/run/dpdk/PREFIX/dpdk_telemetry.v2",
	"telemetry; PREFIX is rte unless --file-prefix says otherwise"},
    {"/etc/default/cgw", "what cgw-dataplane.service starts it with"},
    {0},
};

static const char *const see_also[] = {"cgw 1", "cgw-commands 7", "cgw-control 8", 0};

const struct option_table dataplane_options = {
    .program = "cgw-dataplane",
    .section = "8",
    .summary = "fast path of a customer gateway",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .exits = exits,
    .files = files,
    .see_also = see_also,
};
