/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-dataplane: start, wiring and end. The main lcore is the housekeeping thread: twins, tables,
 * counters, who of the workers does what; every other lcore is a worker. All that is a system call
 * happens on the main lcore. */
#include <errno.h>
#include <malloc.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_version.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/notify.h"
#include "common/shm_map.h"
#include "common/version.h"
#include "dataplane/args.h"
#include "dataplane/args_table.h"
#include "dataplane/capture.h"
#include "dataplane/eal_start.h"
#include "dataplane/memory.h"
#include "dataplane/moves.h"
#include "dataplane/packet.h"
#include "dataplane/port.h"
#include "dataplane/port_missing.h"
#include "dataplane/queues.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/telemetry.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"
#include "dataplane/worker_watch.h"

#define MBUF_CACHE       256
#define MBUF_OVERHEAD    512u  /* of a packet buffer beside its data: headers, headroom */
#define MBUF_DATA_BYTES  2048u /* the least room behind the headroom */
#define KERNEL_WAIT_USEC 100
#define SYNC_MSEC        1
#define PUBLISH_MSEC     20
#define TUNNELS_AT_ONCE  2048u
#define PORT_LOOK_MSEC   500
#define PORT_DESCRIPTORS 1024
#define EXIT_USAGE       2

struct dataplane {
	struct args args;
	struct port port[PORTS_MAX];
	struct rte_mempool *pool;
	struct worker *worker;
	unsigned worker_count, workers_made;
	struct handover_domain handover;
	struct moves moves;
	struct twins_rings rings;
	struct snapshot_domain domain;
	struct state state;
	struct sync sync;
	struct twins twins;
	struct capture capture;
	struct telemetry telemetry;
	struct counters counters; /* of the housekeeping thread */
	mono_t sync_at, ask_at, publish_at, port_look_at;
	bool asked;          /* the workers were asked to show their counters */
	struct counters own; /* copy of `counters` from when they were asked */
	struct counters sum; /* of all threads, as published */
	struct worker_watch watch;
	bool tables_begun;  /* there was a snapshot of control's tables */
	uint32_t tunnel_at; /* the tunnel slot to be published next */
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int signal)
{
	stop_signal = signal;
}

/* Keys live in this process: no core file, no ptrace by others. */
static void harden(void)
{
	const struct rlimit none = {0, 0};

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

/* A descriptor for each tunnel's TUN: as many as we may have. And memory that is given back stays
 * with the process: snapshots are made and freed all the time, and fresh pages are slow. */
static void make_room(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int find_ports(struct dataplane *dp)
{
	for (unsigned i = 0; i < dp->args.port_count; i++) {
		int rc = port_find(&dp->port[i], &dp->args.port[i]);
		char why[512];

		if (rc == -ENODEV) {
			port_missing("/sys", dp->args.port[i].device, why, sizeof(why));
			log_error("port %s event=no-device device=%s reason=\"%s\"",
			    dp->args.port[i].name, dp->args.port[i].device, why);
			return rc;
		}
		if (rc < 0) {
			log_error("port %s event=no-device device=%s reason=\"%s\"",
			    dp->args.port[i].name, dp->args.port[i].device, strerror(-rc));
			return rc;
		}
	}
	return 0;
}

/* A buffer holds the largest frame of any port, with room for what ESP adds around it. */
static int make_pool(struct dataplane *dp)
{
	uint32_t data = RTE_MAX(MBUF_DATA_BYTES, dp->args.frame_bytes);
	unsigned mbufs = dp->args.mbufs ? dp->args.mbufs : (dp->worker_count + 1) * 8192 - 1;

	for (unsigned i = 0; i < dp->args.port_count; i++)
		if (dp->port[i].mtu + 256 > data)
			data = dp->port[i].mtu + 256;
	dp->pool = rte_pktmbuf_pool_create("packets", mbufs, MBUF_CACHE,
	    RTE_ALIGN(sizeof(struct packet_meta), RTE_MBUF_PRIV_ALIGN),
	    (uint16_t)(data + RTE_PKTMBUF_HEADROOM), (int)rte_socket_id());
	if (dp->pool)
		return 0;
	log_error("memory event=failed reason=\"%u packet buffers want about %u MB: give DPDK more "
		  "(-m with --no-huge, else cgw-hugepages), or make fewer (--mbufs)\"",
	    mbufs, (unsigned)(((uint64_t)mbufs * (data + MBUF_OVERHEAD)) >> 20));
	return -rte_errno;
}

static int start_ports(struct dataplane *dp)
{
	const struct port_wish wish = {
	    .queues = (uint16_t)dp->worker_count,
	    .descriptors = PORT_DESCRIPTORS,
	    .buffer_bytes = rte_pktmbuf_data_room_size(dp->pool) - RTE_PKTMBUF_HEADROOM,
	    .one_pool = true,
	};

	for (unsigned i = 0; i < dp->args.port_count; i++) {
		int rc = port_start(&dp->port[i], dp->pool, &wish);

		if (rc < 0)
			return rc;
		state_write_port(&dp->state, i, &dp->port[i]);
	}
	state_remove_ports(&dp->state, dp->args.port_count);
	return 0;
}

struct worker_start {
	struct worker *worker;
	struct worker_config config;
};

static int init_worker(void *arg)
{
	struct worker_start *start = arg;

	return worker_init(start->worker, &start->config);
}

/* Each is made by the lcore that will run it, so that all its memory is near. */
static int make_workers(struct dataplane *dp)
{
	unsigned lcore;
	int rc = 0;

	/* By pages: a page is the first one's that writes to it. */
	dp->worker = aligned_alloc(4096, RTE_ALIGN(dp->worker_count * sizeof(*dp->worker), 4096u));
	if (!dp->worker)
		return -ENOMEM;
	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		struct worker_start start = {
		    .worker = &dp->worker[dp->workers_made],
		    .config =
			{
			    .index = dp->workers_made,
			    .count = dp->worker_count,
			    .burst = dp->args.burst,
			    .idle_sleep_usec = dp->args.idle_sleep_usec,
			    .crypto_arch = dp->args.crypto_arch,
			    .pool = dp->pool,
			    .port = dp->port,
			    .port_count = dp->args.port_count,
			    .domain = &dp->domain,
			    .handover = &dp->handover,
			},
		};

		rc = rte_eal_remote_launch(init_worker, &start, lcore);
		if (rc == 0)
			rc = rte_eal_wait_lcore(lcore);
		if (rc < 0) {
			log_error("worker event=failed index=%u reason=\"%s\"", dp->workers_made,
			    rc == -ENOMEM || rc == -ENOBUFS
				? "no memory is left for its rings: give DPDK more (-m with "
				  "--no-huge, else cgw-hugepages)"
				: strerror(-rc));
			return rc;
		}
		dp->workers_made++;
	}
	dp->state.crypto_arch = esp_crypto_arch_number(dp->worker[0].encrypt.crypto);
	handover_connect(dp->worker, dp->worker_count);
	fan_connect(dp->worker, dp->worker_count);
	moves_init(&dp->moves, dp->worker, dp->worker_count, dp->args.fan_out);
	return 0;
}

/* Once the ports have said how many queues they have. */
static void share_queues(struct dataplane *dp)
{
	struct queues queues[WORKERS_MAX];

	queues_assign(dp->port, dp->args.port_count, dp->worker_count, queues);
	dp->rings.count = dp->worker_count;
	for (unsigned i = 0; i < dp->worker_count; i++) {
		dp->worker[i].queues = queues[i];
		dp->rings.ring[i] = dp->worker[i].from_kernel;
	}
	for (unsigned port = 0; port < dp->args.port_count; port++)
		dp->rings.sender[port] = queues[0].tx[port].worker;
}

static int launch_workers(struct dataplane *dp)
{
	unsigned lcore, i = 0;
	int rc = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		if (rc == 0)
			rc = rte_eal_remote_launch(worker_run, &dp->worker[i++], lcore);
	}
	return rc;
}

static int start_tables(struct dataplane *dp)
{
	struct snapshot *empty = snapshot_new(&(struct snapshot_sizes){0});
	int rc;

	if (!empty)
		return -ENOMEM;
	rc = snapshot_domain_init(&dp->domain, empty, dp->worker_count);
	if (rc < 0)
		return rc;
	rc = shm_map_lock(dp->args.instance, SHM_DATAPLANE_LOCK); /* held to the end */
	if (rc < 0) {
		log_error("state event=failed folder=/dev/shm/cgw/%s reason=\"%s\"",
		    dp->args.instance,
		    rc == -EBUSY ? "another cgw-dataplane runs with this --instance"
				 : strerror(-rc));
		return rc;
	}
	rc = state_open(&dp->state, dp->args.instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS);
	if (rc < 0) {
		log_error("state event=failed instance=%s reason=\"%s\"", dp->args.instance,
		    strerror(-rc));
		return rc;
	}
	dp->state.workers = dp->worker_count;
	dp->state.twins = &dp->twins;
	rc = sync_init(&dp->sync, dp->args.instance, dp->port, dp->args.port_count, &dp->domain,
	    &dp->state, dp->args.crypto_arch);
	if (rc == -ENOTSUP)
		log_error(
		    "crypto event=failed reason=\"this CPU lacks AES-NI or what --crypto-arch asks "
		    "for\"");
	return rc;
}

/* At the start, not when the first capture is wanted. */
static int check_capture_dir(const struct dataplane *dp)
{
	char why[512];
	int rc =
	    dp->args.capture_dir ? capture_file_check(dp->args.capture_dir, why, sizeof(why)) : 0;

	if (rc < 0)
		log_error("capture event=failed reason=\"--capture-dir: %s\"", why);
	return rc;
}

static void make_capture(struct dataplane *dp)
{
	dp->capture = (struct capture){
	    .dir = dp->args.capture_dir,
	    .instance = dp->args.instance,
	    .ports = dp->port,
	    .port_count = dp->args.port_count,
	    .twins = &dp->twins,
	    .tunnels = &dp->sync.copies.tunnel,
	    .tunnel_count = &dp->sync.sizes.tunnels,
	    .worker = dp->worker,
	    .worker_count = dp->worker_count,
	    .run = state_capture_run(&dp->state),
	};
}

/* Without telemetry all else goes on. */
static void make_telemetry(struct dataplane *dp)
{
	int rc;

	dp->telemetry = (struct telemetry){
	    .instance = dp->args.instance,
	    .started = mono_now(),
	    .ports = dp->port,
	    .port_count = dp->args.port_count,
	    .worker = dp->worker,
	    .worker_count = dp->worker_count,
	    .sum = &dp->sum,
	    .pool = dp->pool,
	    .state = &dp->state,
	    .sync = &dp->sync,
	    .twins = &dp->twins,
	    .capture = &dp->capture,
	};
	rc = telemetry_start(&dp->telemetry);
	if (rc < 0)
		log_error("telemetry event=failed reason=\"%s\"", strerror(-rc));
}

static void write_tunnel(struct dataplane *dp, const struct snapshot *s, uint32_t slot)
{
	const struct tunnel *tunnel = &s->tunnel[slot];

	state_write_tunnel(&dp->state, slot, tunnel->instance,
	    tunnel->instance && twins_ready(&dp->twins, slot),
	    twins_mtu(&dp->twins, slot, tunnel->inner_mtu));
}

/* After a snapshot came into force: the twins and the records of the tunnels that changed. */
static void follow_tunnels(struct dataplane *dp)
{
	const struct snapshot *s = atomic_load(&dp->domain.current);

	if (twins_resize(&dp->twins, s->tunnel_count) < 0)
		return;
	for (uint32_t i = 0; slot_set_next(&dp->domain.changes.tunnel, &i); i++) {
		const struct tunnel *tunnel = &s->tunnel[i];

		twins_want(&dp->twins, i, tunnel->instance, dp->sync.copies.tunnel[i].twin,
		    tunnel->inner_mtu, tunnel->sized);
		write_tunnel(dp, s, i);
	}
	for (uint32_t i = s->tunnel_count; i < dp->twins.tunnel_count; i++)
		twins_want(&dp->twins, i, 0, NULL, 0, false);
}

static void look_at_ports(struct dataplane *dp)
{
	for (unsigned i = 0; i < dp->args.port_count; i++) {
		unsigned changed = port_watch(&dp->port[i]);

		state_count_port(&dp->state, i, &dp->port[i]);
		if (changed)
			state_write_port(&dp->state, i, &dp->port[i]);
		if (changed & PORT_CHANGED_MTU)
			sync_follow_ports(&dp->sync);
	}
}

/* Tunnels in turns, so many at a time: of ten thousand, each ten times a second. */
static void publish(struct dataplane *dp, uint32_t tunnels_at_once, mono_t now)
{
	const struct snapshot *s = atomic_load(&dp->domain.current);
	struct state_span span = {.first = dp->tunnel_at < s->tunnel_count ? dp->tunnel_at : 0};

	span.count = RTE_MIN(s->tunnel_count - span.first, tunnels_at_once);
	dp->tunnel_at = span.first + span.count;
	for (uint32_t i = span.first; i < dp->tunnel_at; i++)
		write_tunnel(dp, s, i);
	state_write_capture(&dp->state, &dp->capture);
	state_publish(&dp->state, &dp->sum, dp->args.port_count, span, now);
}

/* Asks the workers for their counters and publishes when all have answered, or what was known
 * before when one does not: it rests. */
static void publish_in_turn(struct dataplane *dp, mono_t now)
{
	bool shown = true;

	if (!dp->asked) {
		if (mono_before(now, dp->ask_at))
			return;
		dp->ask_at = mono_add_msec(now, PUBLISH_MSEC);
		dp->publish_at = mono_add_msec(now, PUBLISH_MSEC / 2);
		worker_ask_counters(&dp->handover);
		dp->own = dp->counters;
		twins_show_counters(&dp->twins);
		dp->asked = true;
		return;
	}
	for (unsigned i = 0; i < dp->worker_count; i++)
		shown = shown && worker_has_shown(&dp->worker[i]);
	if (shown)
		(void)state_sum(&dp->state, dp->worker, dp->worker_count, &dp->own, &dp->sum);
	else if (mono_before(now, dp->publish_at))
		return;
	worker_watch(&dp->watch, dp->worker, dp->worker_count, &dp->state, now);
	publish(dp, TUNNELS_AT_ONCE, now);
	dp->asked = false;
}

/* Once, when the tables are there. */
static void begin_tables(struct dataplane *dp, mono_t now)
{
	struct memory memory;

	if (dp->tables_begun)
		return;
	dp->tables_begun = true;
	memory_measure(&dp->state, &dp->sync, dp->pool, &memory);
	memory_log(&memory);
	twins_sweep(&dp->twins, now);
}

/* No packet passes before its filters are there. */
static void begin_with_tables(struct dataplane *dp)
{
	mono_t now = mono_now();

	if (!sync_begin(&dp->sync, now))
		return;
	follow_tunnels(dp);
	begin_tables(dp, now);
}

static int start(struct dataplane *dp)
{
	int rc = check_capture_dir(dp);

	if (rc == 0)
		rc = find_ports(dp);
	if (rc == 0)
		rc = make_pool(dp);
	if (rc == 0)
		rc = start_tables(dp);
	if (rc == 0)
		rc = make_workers(dp);
	if (rc == 0)
		rc = start_ports(dp);
	if (rc == 0)
		rc = twins_init(
		    &dp->twins, dp->args.instance, dp->port, dp->args.port_count, &dp->counters);
	if (rc == 0) {
		share_queues(dp);
		make_capture(dp);
		make_telemetry(dp);
		begin_with_tables(dp);
		rc = launch_workers(dp);
	}
	return rc;
}

/* Publishes nothing while an SA moves: its `struct sa_run` must stay. */
static void follow_tables(struct dataplane *dp, mono_t now)
{
	if (moves_tick(&dp->moves, atomic_load(&dp->domain.current), now))
		return;
	if (sync_tick(&dp->sync, now) && !dp->sync.resizing) {
		follow_tunnels(dp);
		begin_tables(dp, now);
	}
}

static void timers(struct dataplane *dp, mono_t now)
{
	bool due = !mono_before(now, dp->sync_at);

	if (due || sync_is_due(&dp->sync))
		follow_tables(dp, now);
	if (due) {
		dp->sync_at = mono_add_msec(now, SYNC_MSEC);
		for (unsigned i = 0; i < dp->worker_count; i++)
			sync_follow_paths(&dp->sync, &dp->worker[i].path_report, now);
		twins_tick(&dp->twins, now);
		filter_report_tick(
		    &dp->sync.filters, dp->worker, dp->worker_count, &dp->state.map, now);
		capture_follow(&dp->capture, &dp->sync.copies.settings, dp->sync.copies.link,
		    dp->sync.sizes.links, now);
		capture_tick(&dp->capture, now);
	}
	publish_in_turn(dp, now);
	telemetry_tick(&dp->telemetry);
	if (!mono_before(now, dp->port_look_at)) {
		dp->port_look_at = mono_add_msec(now, PORT_LOOK_MSEC);
		look_at_ports(dp);
		state_write_room(&dp->state, dp->pool);
	}
}

static void housekeep(struct dataplane *dp)
{
	unsigned moved = 0;

	while (!stop_signal) {
		unsigned wait = moved ? 0 : KERNEL_WAIT_USEC;

		moved = twins_read(&dp->twins, dp->pool, &dp->rings, wait);
		for (unsigned i = 0; i < dp->worker_count; i++)
			moved += twins_write(&dp->twins, dp->worker[i].to_kernel);
		timers(dp, mono_now());
	}
}

static void finish(struct dataplane *dp)
{
	telemetry_stop(&dp->telemetry);
	/* A start that failed may have made none, or not all. */
	dp->worker_count = dp->workers_made;
	for (unsigned i = 0; i < dp->worker_count; i++)
		atomic_store(&dp->worker[i].stop, true);
	rte_eal_mp_wait_lcore();
	for (unsigned i = 0; i < dp->worker_count; i++) {
		while (
		    dp->worker[i].to_kernel && twins_write(&dp->twins, dp->worker[i].to_kernel) > 0)
			continue;
		worker_fini(&dp->worker[i]);
	}
	capture_fini(&dp->capture);
	if (dp->state.map.base) {
		(void)state_sum(&dp->state, dp->worker, dp->worker_count, &dp->counters, &dp->sum);
		dp->tunnel_at = 0;
		publish(dp, UINT32_MAX, mono_now());
	}
	twins_fini(&dp->twins);
	for (unsigned i = 0; i < dp->args.port_count; i++)
		port_stop(&dp->port[i]);
	moves_fini(&dp->moves);
	snapshot_domain_fini(&dp->domain);
	sync_fini(&dp->sync);
	state_close(&dp->state);
	free(dp->worker);
}

/* 0; ARGS_HELP after what was asked for; -EINVAL after a sentence. Before EAL starts: help wants
 * neither root nor memory. */
static int read_command_line(int argc, char **argv, struct args *args)
{
	int own = args_own(argc, argv);
	char error[ARGS_ERROR_BYTES], **rest = own < argc ? argv + own : argv;
	int rc = args_eal(own, argv, error, sizeof(error));

	if (rc == 0)
		rc = args_parse(own < argc ? argc - own : 1, rest, args, error, sizeof(error));
	if (rc == ARGS_HELP)
		options_usage(&dataplane_options, stdout);
	else if (rc == ARGS_VERSION)
		printf("cgw-dataplane " CGW_VERSION ", tables %u.%u, %s\n", SHM_ABI_MAJOR,
		    SHM_ABI_MINOR, rte_version());
	else if (rc < 0)
		fprintf(stderr, "cgw-dataplane: %s (--help tells more)\n", error);
	return rc;
}

int main(int argc, char **argv)
{
	static struct dataplane dp;
	int rc;

	harden();
	rc = read_command_line(argc, argv, &dp.args);
	if (rc != 0)
		return rc < 0 ? EXIT_USAGE : EXIT_SUCCESS;
	make_room();
	if (eal_may_start() < 0)
		return EXIT_FAILURE;
	rc = eal_start(args_own(argc, argv), argv);
	if (rc < 0)
		return rc == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	log_set_level((enum log_level)dp.args.log_level);
	rte_log_set_level(RTE_LOGTYPE_USER1, RTE_LOG_WARNING);
	if (rte_lcore_count() < 2 || rte_lcore_count() > 1 + WORKERS_MAX) {
		fprintf(stderr,
		    "cgw-dataplane: needs an lcore for housekeeping and 1 to %d more that forward"
		    " (EAL option -l or --lcores)\n",
		    WORKERS_MAX);
		return EXIT_FAILURE;
	}
	dp.worker_count = rte_lcore_count() - 1;
	dp.twins = (struct twins){.epoll = -1, .sweep = TWIN_SWEEP_NONE};
	catch_signals();
	rc = start(&dp);
	if (rc == 0) {
		log_notice("dataplane event=started instance=%s workers=%u crypto=\"%s\"",
		    dp.args.instance, dp.worker_count,
		    esp_crypto_arch_name(dp.worker[0].encrypt.crypto));
		notify_supervisor("READY=1");
		housekeep(&dp);
		notify_supervisor("STOPPING=1");
		log_notice("dataplane event=stopping signal=%d", (int)stop_signal);
	} else {
		log_error("dataplane event=start-failed reason=\"%s\"", strerror(-rc));
	}
	finish(&dp);
	rte_eal_cleanup();
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
