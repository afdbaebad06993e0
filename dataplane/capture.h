/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A capture: what the threads' taps bring goes into one pcapng file, until a bound is reached or it
 * is stopped. One at a time. Housekeeping thread only.
 *
 * A capture of inner packets is plaintext of the VPN: it is made only in a folder given at start,
 * readable by its owner alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_abi.h"
#include "dataplane/capture_file.h"
#include "dataplane/capture_tap.h"
#include "dataplane/counters.h"

struct port;
struct twins;
struct worker;

#define CAPTURE_BYTES_DEFAULT (64u << 20) /* of a file whose size is not bounded by the request */
#define CAPTURE_SNAP_MAX      65535u

struct capture_request {
	uint8_t what;   /* CFG_CAPTURE_OUTER | _INNER | _DROPS */
	uint8_t filter; /* CFG_CAPTURE_ALL, _LINK: port `index`, _TUNNEL: slot `index` */
	uint32_t index;
	struct shm_addr peer; /* of the tunnel, filled in by capture_start() */
	uint32_t snap;        /* bytes kept of a packet, 0 = all */
	uint32_t packets;     /* bounds; 0 = none, and CAPTURE_BYTES_DEFAULT */
	uint64_t bytes;
	uint32_t msec;
};

enum capture_state {
	CAPTURE_OFF,
	CAPTURE_RUNNING,
	CAPTURE_ENDING, /* the taps are being taken back */
};

struct capture {
	/* Given once, borrowed. */
	const char *dir; /* NULL = no captures */
	const char *instance;
	const struct port *ports;
	unsigned port_count;
	struct twins *twins;
	struct cfg_tunnel *const *tunnels; /* as control has them */
	const uint32_t *tunnel_count;
	struct worker *worker;
	unsigned worker_count;

	enum capture_state state;
	struct capture_request request;
	struct capture_file file;
	struct capture_tap *tap[WORKERS_MAX + 1]; /* the last in use is the housekeeping thread's */
	uint64_t lost_seen[WORKERS_MAX + 1];
	uint32_t *tunnel_interface; /* [tunnel_slots]: index in the file + 1, 0 = not in it yet */
	uint32_t tunnel_slots;
	uint32_t interfaces; /* in the file */
	int64_t epoch_nsec;  /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	mono_t end_at;
	bool full;         /* a bound was reached or the disk refused: nothing more into the file */
	char refusal[160]; /* what capture_refusal() made */
	const char *ended; /* why the last one did; NULL = there was none or it runs */
	uint64_t packets, lost;
	uint32_t serial; /* of captures since start */
	int64_t begun_unix;

	uint32_t run;     /* of cfg_settings that was followed last; outlives us in state.v1 */
	mono_t follow_at; /* when another one may be: each is a file and two lines of the log */
};

/* Starts a capture; the one that runs must have ended. 0; -EBUSY; -EOPNOTSUPP: no folder was given;
 * -EINVAL: nothing to be captured, or no such port; -ESRCH: no such tunnel; else -errno of the file
 * or of memory. */
int capture_start(struct capture *capture, const struct capture_request *request, mono_t now);

/* Why capture_start() did not, as a sentence; `rc` is what it returned. */
const char *capture_refusal(struct capture *capture, int rc);

/* Ends it, in a moment. */
void capture_stop(struct capture *capture, const char *why);

/* Follows what control wants, `settings` as read; every step, it takes two to end one capture and
 * begin the next. Not more often than ten times a second, whatever stands there. */
void capture_follow(struct capture *capture, const struct cfg_settings *settings,
    const struct cfg_link *links, uint32_t link_count, mono_t now);

/* Moves packets into the file and looks at the bounds. Cheap when nothing is captured. */
void capture_tick(struct capture *capture, mono_t now);

/* At the end, when no worker runs. */
void capture_fini(struct capture *capture);
