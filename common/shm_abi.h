/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The shared-memory ABI between cgw-control and cgw-dataplane.
 *
 * Two files under /dev/shm/cgw/INSTANCE/ with one writer each, mapped read-only on the other side:
 *
 *   cfg.v1    by control, what is wanted: links, adjacencies, groups, tunnels, SAs, routes
 *   state.v1  by dataplane, what is so: ports, counters, sequence ceilings, heartbeat
 *
 * Rules. Fixed-width integers only: no pointers, enums, bit-fields or bool. `_be` is network byte
 * order, all else host order. Every record is a slot guarded by its own sequence (shm_slot.h),
 * except plain counters, which are single 64-bit atomics. A reader copies a record once, validates
 * the copy and uses the copy. Reserved bytes are zero and zero means "as before": a new fact in
 * reserved bytes raises SHM_ABI_MINOR; any other change raises SHM_ABI_MAJOR and the file name.
 * tests/golden/shm_layout.txt is the layout; the ABI test compares it byte by byte.
 *
 * Order rules. Inbound SA before outbound SA before the tunnel that names it; the reverse on
 * removal; routes last in, first out. control waits for state.applied_generation where the order
 * matters. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define SHM_ABI_MAJOR   1
#define SHM_ABI_MINOR   11
#define SHM_CFG_FILE    "cfg.v1"
#define SHM_STATE_FILE  "state.v1"
#define SHM_MAGIC_CFG   UINT64_C(0x6366677761746331) /* "cfgwatc1" */
#define SHM_MAGIC_STATE UINT64_C(0x7374617465776331) /* "statewc1" */
#define SHM_TABLES_MAX  12
#define SHM_NAME_BYTES  16
#define SHM_INDEX_NONE  UINT32_MAX

/* One table of a region: `count` records of `stride` bytes from `offset` of the file. */
struct shm_table {
	uint64_t offset;
	uint32_t stride; /* a multiple of 8 */
	uint32_t count;
};

/* At offset 0 of both files. Everything but `generation` is constant from creation on. */
struct shm_header {
	uint64_t magic; /* written last at creation: a half-made file never validates */
	uint32_t abi_major;
	uint32_t abi_minor;
	uint64_t region_bytes;
	uint64_t epoch; /* random at creation: tells a re-created region from an updated one */
	uint32_t table_count;
	uint32_t spi_slot_bits; /* cfg only: low bits of an inbound SPI that are its SA slot */
	/* cfg: raised after every batch of slot writes. state: the generation applied so far. */
	_Atomic uint64_t generation;
	_Atomic uint64_t cfg_epoch;     /* state only: epoch of the cfg that `generation` is of */
	_Atomic int64_t heartbeat_nsec; /* the writer's CLOCK_MONOTONIC, at least once a second */
	uint32_t writer_pid;
	/* state only: megabytes of DPDK's memory that the tables of the cfg found would take, and
	 * there is not so much; 0 = they fit. Since minor 11. */
	_Atomic uint32_t wanted_mb;
	struct shm_table table[SHM_TABLES_MAX];
};

/* First word of every slot. Odd: being written. 0: never written. The payload is copied as 32-bit
 * words. */
struct shm_slot_head {
	_Atomic uint32_t sequence;
	uint32_t reserved;
};

/* An address of either family; family 0 = none. IPv4 in bytes[0..3]. Network byte order. */
struct shm_addr {
	uint8_t bytes[16];
	uint8_t family;        /* 0, 4, 6 */
	uint8_t prefix_length; /* only where the field says it is a prefix */
	uint8_t reserved[6];
};

/* ---- cfg.v1 ---- */

/* Table indexes of cfg.v1. */
#define CFG_TABLE_SETTINGS 0
#define CFG_TABLE_LINKS    1
#define CFG_TABLE_ADJS     2
#define CFG_TABLE_GROUPS   3
#define CFG_TABLE_TUNNELS  4
#define CFG_TABLE_SAS      5
#define CFG_TABLE_ROUTES_A 6 /* bank 0: struct cfg_route, no slot heads */
#define CFG_TABLE_ROUTES_B 7 /* bank 1 */
/* Since minor 9; before it these tables are empty. */
#define CFG_TABLE_FILTERS      8
#define CFG_TABLE_FILTER_LISTS 9
#define CFG_TABLES             10
#define CFG_TABLES_LEAST       8 /* what every writer of this major has */

/* Default sizes (settings of cgw-control); about 7 MB in all. */
#define CFG_DEFAULT_LINKS   32
#define CFG_DEFAULT_ADJS    8192
#define CFG_DEFAULT_GROUPS  8192
#define CFG_DEFAULT_TUNNELS 128
#define CFG_DEFAULT_SAS     1024
#define CFG_DEFAULT_ROUTES  65536
#define CFG_DEFAULT_FILTERS 2048
#define CFG_DEFAULT_LISTS   256 /* of filters */

/* What a capture takes: packets as they are on the ports, as they are inside tunnels, and those
 * that are dropped, with the reason. */
#define CFG_CAPTURE_OUTER 1u
#define CFG_CAPTURE_INNER 2u
#define CFG_CAPTURE_DROPS 4u

#define CFG_CAPTURE_ALL    0
#define CFG_CAPTURE_LINK   1 /* capture_index = slot in CFG_TABLE_LINKS */
#define CFG_CAPTURE_TUNNEL 2 /* capture_index = tunnel slot: its inner packets and their drops */

/* The one record of CFG_TABLE_SETTINGS. */
struct cfg_settings {
	struct shm_slot_head head;
	uint32_t route_bank;  /* 0 or 1: the bank in force */
	uint32_t route_count; /* records in it, sorted by ip_prefix_compare(), no duplicates */
	/* Raised with every flip. control writes into the idle bank only after the dataplane has
	 * applied the flip, so a reader that finds the same stamp before and after its copy of the
	 * bank has copied one consistent bank. */
	uint64_t route_stamp;
	/* The capture wanted. Another run than the one followed last begins one, 0 ends it; numbers
	 * are not used again (seconds of the clock do). */
	uint32_t capture_run;
	uint8_t capture_what;     /* CFG_CAPTURE_OUTER | ... */
	uint8_t capture_filter;   /* CFG_CAPTURE_ALL, _LINK, _TUNNEL */
	uint16_t capture_snap;    /* bytes kept of a packet; 0 = all of it */
	uint32_t capture_index;   /* of the filter */
	uint32_t capture_packets; /* bounds: packets, 0 = none; */
	uint64_t capture_bytes;   /* bytes of the file, 0 = 64 MB; */
	uint32_t capture_msec;    /* time, 0 = none */
	uint8_t reserved[20];
};

#define CFG_LINK_PRESENT 1u
#define CFG_LINK_UP      2u
/* It bears the default route: nothing for a tunnel may leave it in the clear. */
#define CFG_LINK_WAN 4u
/* All IPv4 but ESP passes the kernel, both ways: it translates addresses there or follows
 * connections, and filters what it gives and gets by itself. Since minor 9. */
#define CFG_LINK_KERNEL 8u

/* A port as control sees it. The dataplane owns port and twin; matched by `name`. */
struct cfg_link {
	struct shm_slot_head head;
	char name[SHM_NAME_BYTES]; /* "lan1": NUL-terminated */
	uint32_t flags;
	uint32_t mtu; /* IP bytes, 68..9216; 0 = the port's own */
	/* tcp mss limit of the interface: 0 = off, 1 = auto (from mtu), else the limit for IPv4 */
	uint32_t mss_limit;
	/* Slots in CFG_TABLE_FILTER_LISTS and one more; 0 = everything passes. A slot that holds no
	 * list lets nothing pass. Since minor 9, as the next. */
	uint32_t filter_in, filter_out;
	/* The address, host byte order, that a filter knows our outer addresses by, since it is
	 * asked before addresses are translated; 0 = by themselves. */
	uint32_t filter_self;
	uint8_t reserved[24];
};

#define CFG_ADJ_VALID         1u
#define CFG_ADJ_REWRITE_BYTES 32

/* An opaque L2 rewrite: Ethernet, VLAN, QinQ and PPPoE are the same to the dataplane. */
struct cfg_adj {
	struct shm_slot_head head;
	uint32_t flags;
	uint32_t link; /* slot in CFG_TABLE_LINKS */
	uint32_t mtu;  /* IP bytes that fit behind the rewrite */
	uint16_t rewrite_bytes;
	uint16_t ethertype_be; /* informational: what the rewrite ends with, 0 if none */
	uint8_t rewrite[CFG_ADJ_REWRITE_BYTES];
};

#define CFG_NH_NONE   0
#define CFG_NH_ADJ    1 /* index = adjacency slot */
#define CFG_NH_TUNNEL 2 /* index = tunnel slot */
#define CFG_NH_PUNT   3 /* to the kernel through the twin of the receiving port or tunnel */
#define CFG_NH_DROP   4 /* blackhole: counted as `blackhole` */

#define CFG_GROUP_MEMBERS 16

struct cfg_next_hop {
	uint32_t index;
	uint16_t weight; /* 1..; share of flows among the members */
	uint8_t kind;    /* CFG_NH_* */
	uint8_t reserved;
};

/* A next-hop group. A route names a group, so failover rewrites one group and not all routes. */
struct cfg_group {
	struct shm_slot_head head;
	uint32_t member_count; /* 0 = slot free */
	uint32_t reserved;
	struct cfg_next_hop member[CFG_GROUP_MEMBERS];
};

struct cfg_route {
	struct shm_addr prefix; /* masked */
	uint32_t group;         /* slot in CFG_TABLE_GROUPS */
	uint32_t reserved;
};

#define CFG_TUNNEL_PRESENT 1u
#define CFG_TUNNEL_UP      2u /* sa_out may be used */
#define CFG_TUNNEL_KERNEL  4u /* as CFG_LINK_KERNEL, of what is inside. Since minor 9 */

#define CFG_DF_COPY  0
#define CFG_DF_SET   1
#define CFG_DF_CLEAR 2

#define CFG_MSS_OFF  0
#define CFG_MSS_AUTO 1 /* from the inner MTU */

/* A tunnel interface: the TUN twin, the path of its outer packets, the SA it encrypts with. */
struct cfg_tunnel {
	struct shm_slot_head head;
	uint64_t instance; /* random per tunnel: tells a re-used slot from a changed one */
	uint32_t flags;
	uint32_t number;           /* as in `tunnel select N` */
	char twin[SHM_NAME_BYTES]; /* kernel name of the TUN: "tunnel1" */
	uint32_t sa_out;           /* slot in CFG_TABLE_SAS or SHM_INDEX_NONE */
	uint32_t outer_adj;        /* slot in CFG_TABLE_ADJS or SHM_INDEX_NONE: no path now */
	uint64_t sa_out_instance;  /* must equal that SA's instance, else `no_sa` */
	uint32_t inner_mtu;        /* IP bytes; 0 = computed from the outer MTU and the SA */
	uint32_t mss_limit;        /* CFG_MSS_OFF, CFG_MSS_AUTO or the limit for IPv4 */
	uint8_t df;                /* CFG_DF_* : `ipsec tunnel outer df-bit` */
	uint8_t dscp_copy;         /* 0: inner DSCP copied outside; 1: outer DSCP zero */
	uint8_t reserved0[6];
	struct shm_addr inside_local; /* as prefix; family 0 = none */
	struct shm_addr inside_remote;
	/* Where its IKE peer is, also before there is an SA: that address's IKE is not policed
	 * together with a stranger's. Family 0 = known by the SAs only. Since minor 3. */
	struct shm_addr outer_remote;
	uint32_t filter_in, filter_out; /* as in cfg_link. Since minor 9 */
};

/* ---- packet filters of IPv4: `ip filter` and `secure filter`. Since minor 9. ---- */

#define CFG_FILTER_ITEMS  10  /* of one list by commas */
#define CFG_FILTER_LISTED 129 /* filters of one list */

/* Low to high: addresses or ports in host byte order, or types or codes of ICMP. */
struct cfg_filter_range {
	uint32_t low, high;
};

/* A word of TCP's flags, ANDed with the mask, is the value; or is not, when it `differs`. */
struct cfg_filter_flags {
	uint16_t value, mask, differs, reserved;
};

#define CFG_FILTER_PASS     0
#define CFG_FILTER_REJECT   1
#define CFG_FILTER_RESTRICT 2 /* passes while the line is up */

#define CFG_FILTER_LOG_NEVER  0
#define CFG_FILTER_LOG_DROPS  1
#define CFG_FILTER_LOG_ALWAYS 2

/* What it means is common/filter.h. Of ranges none means any. */
struct cfg_filter {
	struct shm_slot_head head;
	uint32_t number; /* as it was typed; 0 = slot free */
	uint8_t action;  /* CFG_FILTER_PASS, ... */
	uint8_t log;     /* CFG_FILTER_LOG_NEVER, ... */
	uint8_t any_protocol;
	uint8_t icmp_only; /* sport and dport are types and codes of ICMP */
	uint8_t source_count, destination_count, sport_count, dport_count;
	uint8_t flags_count; /* TCP that fits one of them; none = none */
	uint8_t protocol_count;
	uint8_t protocol[CFG_FILTER_ITEMS];
	uint64_t icmp_types; /* ICMP of these types, bit n = type n */
	struct cfg_filter_range source[CFG_FILTER_ITEMS], destination[CFG_FILTER_ITEMS];
	struct cfg_filter_range sport[CFG_FILTER_ITEMS], dport[CFG_FILTER_ITEMS];
	struct cfg_filter_flags flags[CFG_FILTER_ITEMS];
	uint8_t reserved[8];
};

#define CFG_FILTER_LIST_PRESENT 1u

/* What is asked of a packet, in order: the first that fits decides, none = it is dropped. */
struct cfg_filter_list {
	struct shm_slot_head head;
	uint32_t flags;
	uint32_t count;
	uint16_t filter[CFG_FILTER_LISTED + 3]; /* slots in CFG_TABLE_FILTERS */
};

#define CFG_SA_PRESENT         1u
#define CFG_SA_INBOUND         2u /* else outbound */
#define CFG_SA_UDP_ENCAP       4u
#define CFG_SA_ESN             8u
#define CFG_SA_NO_REPLAY_CHECK 16u
/* Outbound: the inner ECN field shows outside, the normal mode of RFC 6040, which IKEv2 implies;
 * else the compatibility mode, right for SAs made by IKEv1. Since minor 3. */
#define CFG_SA_ECN 32u

/* Encryption and integrity transforms: numbers of IKEv2 (IANA), whichever IKE made the SA. */
#define CFG_ENCR_AES_CBC           12
#define CFG_ENCR_AES_GCM_16        20
#define CFG_AUTH_NONE              0
#define CFG_AUTH_HMAC_SHA1_96      2
#define CFG_AUTH_HMAC_SHA2_256_128 12
#define CFG_AUTH_HMAC_SHA2_384_192 13
#define CFG_AUTH_HMAC_SHA2_512_256 14

#define CFG_SA_ENCR_KEY_BYTES 36 /* AES-256 + 4 bytes of GCM salt */
#define CFG_SA_AUTH_KEY_BYTES 64

/* An SA of the SAD (RFC 4301 section 4.4.2). Wiped when the slot is freed. A freed slot is not used
 * again until the dataplane has applied its removal and a quarantine has passed. */
struct cfg_sa {
	struct shm_slot_head head;
	uint64_t instance; /* random: counters and ceilings of `state` belong to this one only */
	uint32_t flags;
	uint32_t spi_be;
	uint32_t tunnel;         /* slot in CFG_TABLE_TUNNELS */
	uint16_t encr;           /* CFG_ENCR_* */
	uint16_t auth;           /* CFG_AUTH_* */
	uint16_t encr_key_bytes; /* with the salt */
	uint16_t auth_key_bytes;
	uint16_t udp_local_be; /* with CFG_SA_UDP_ENCAP */
	uint16_t udp_remote_be;
	uint32_t replay_window; /* packets: 64..8192; outbound: the peer's */
	uint32_t reserved0;
	struct shm_addr outer_local;  /* our address in the outer header */
	struct shm_addr outer_remote; /* the peer's */
	/* Selectors of the inner packet, seen from us; no family in both is not allowed. */
	struct shm_addr ts_local;
	struct shm_addr ts_remote;
	/* Hard limits: past any of them the dataplane ends the SA by itself. 0 = none. */
	int64_t hard_time_nsec; /* CLOCK_MONOTONIC */
	uint64_t hard_packets;
	uint64_t hard_bytes;
	uint8_t encr_key[CFG_SA_ENCR_KEY_BYTES];
	/* shm_sum.h; 0 = none. Since minor 5. */
	uint32_t checksum;
	uint8_t auth_key[CFG_SA_AUTH_KEY_BYTES];
	uint8_t reserved[32];
};

/* ---- state.v1 ---- */

/* In a record of state.v1 the slot guards the plain fields, which all stand before the first atomic
 * one: the guarded size is the offset of that field. Counters are read one by one. */

#define STATE_TABLE_PORTS   0
#define STATE_TABLE_TUNNELS 1 /* same index as CFG_TABLE_TUNNELS */
#define STATE_TABLE_SAS     2 /* same index as CFG_TABLE_SAS */
#define STATE_TABLE_DROPS   3 /* by reason */
#define STATE_TABLE_TOTALS  4 /* one record */
#define STATE_TABLE_WORKERS 5 /* since minor 6; before it this table is empty */
#define STATE_TABLE_CAPTURE 6 /* one record; since minor 8, before it this table is empty */
/* Since minor 9; before it these tables are empty. */
#define STATE_TABLE_FILTER_LISTS 7 /* same index as CFG_TABLE_FILTER_LISTS */
#define STATE_TABLE_FILTER_LOG   8 /* event N in slot N modulo STATE_FILTER_EVENTS */
#define STATE_TABLE_WHOLE        9 /* one record; since minor 10, before it this table is empty */
#define STATE_TABLES             10
#define STATE_TABLES_LEAST       5 /* what every writer of this major has */

#define STATE_WORKERS           16
#define STATE_FILTER_EVENTS     64
#define STATE_WORKER_STILL_MSEC 1000

/* Instruction sets the cryptography may use, state_totals.crypto_arch. */
#define STATE_ARCH_UNKNOWN 0
#define STATE_ARCH_SSE     1
#define STATE_ARCH_AVX     2
#define STATE_ARCH_AVX2    3
#define STATE_ARCH_AVX512  4

#define STATE_PORT_PRESENT 1u
#define STATE_PORT_LINK_UP 2u
#define STATE_PORT_LOST                                                                            \
	4u /* the device is gone; only a restart of the dataplane takes it up again */
/* Its driver does not tell what the device lost: rx_missed is 0 whatever happens. Since minor 10.
 */
#define STATE_PORT_MISSED_UNTOLD 8u

/* A port and its kernel twin. Identity under the slot, counters beside it. */
struct state_port {
	struct shm_slot_head head;
	char name[SHM_NAME_BYTES]; /* "lan1" */
	char twin[SHM_NAME_BYTES]; /* kernel name of the TAP twin */
	char device[64];           /* DPDK device name */
	uint32_t flags;
	uint32_t mtu;
	uint32_t speed_mbps;
	uint8_t mac[6];
	uint8_t reserved0[6];
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_failed;
	_Atomic uint64_t punted;   /* frames given to the twin */
	_Atomic uint64_t injected; /* frames taken from the twin */
	/* By the device's own count, which begins anew with each start: */
	_Atomic uint64_t rx_missed;  /* frames it had no descriptor or buffer for */
	_Atomic uint64_t rx_errors;  /* broken frames */
	_Atomic uint64_t link_downs; /* how often the link was lost, however shortly */
};

struct state_tunnel {
	struct shm_slot_head head;
	uint64_t instance; /* of the cfg_tunnel these numbers belong to */
	_Atomic uint64_t in_packets, in_bytes, out_packets, out_bytes; /* inner IP */
	_Atomic uint64_t in6_packets, in6_bytes, out6_packets, out6_bytes;
	_Atomic uint64_t in_drops, out_drops;
	_Atomic uint32_t twin_ready; /* 1: the TUN exists */
	_Atomic uint32_t inner_mtu;  /* the one in force */
	/* Newest packet, to 20 ms, or 100 with thousands of tunnels; 0 = none yet. */
	_Atomic int64_t last_in_nsec, last_out_nsec;
	/* By its TUN, as in state_port: packets given to it and taken from it. Unlike the others
	 * they begin anew with each start of the dataplane, as the totals do. Since minor 10. */
	_Atomic uint64_t punted, injected;
};

/* The memory of an SA that outlives the dataplane: enough to go on without reuse or replay. */
struct state_sa {
	struct shm_slot_head head;
	uint64_t instance;         /* of the cfg_sa these numbers belong to */
	struct shm_addr peer_addr; /* source of the newest authenticated packet */
	uint16_t peer_port_be;     /* 0 without UDP encapsulation */
	uint8_t reserved0[2];
	uint32_t checksum; /* shm_sum.h; 0 = none. Since minor 7. */
	/* Outbound: no number at or above this was ever sent; a restart begins here. Stored before
	 * the packets that use it leave. Inbound: highest authenticated number, stored before
	 * delivery; a restart accepts only numbers above it. */
	_Atomic uint64_t sequence;
	_Atomic uint64_t packets, bytes;  /* bytes: inner IP */
	_Atomic int64_t first_valid_nsec; /* inbound: first authenticated packet; 0 = none yet */
	_Atomic int64_t last_valid_nsec;
	_Atomic uint64_t replay_drops, icv_drops, other_drops;
	_Atomic uint32_t ended; /* 1: a hard limit was reached, the dataplane no longer uses it */
	uint32_t reserved1;
	uint64_t reserved[4];
};

/* One named drop reason. Names come from the dataplane, so control needs no list of its own. */
struct state_drop {
	char name[24];
	char text[96]; /* one sentence for a person */
	_Atomic uint64_t packets;
};

/* A worker of the dataplane. Idle or busy, it is seen many times a second; one that is not seen for
 * a second, while the heartbeat of the region goes on, stands still. */
struct state_worker {
	_Atomic int64_t seen_nsec; /* CLOCK_MONOTONIC; 0 = no such worker */
	_Atomic uint64_t received; /* frames from ports and packets from twins, when it was seen */
	/* The rest since minor 10. A poll that brought packets is busy, and so is the time up to
	 * the next one. */
	_Atomic uint64_t busy_nsec, busy_polls;
	_Atomic uint64_t polled; /* packets that polls brought: `received`, and by other workers */
	_Atomic uint32_t busy_permille; /* of the last whole second */
	/* Packets that wait just now in its rings: to the kernel, from it, from other workers. */
	_Atomic uint32_t ring_to_kernel, ring_from_kernel, ring_handover;
	uint64_t reserved[1];
};

#define STATE_CAPTURE_FILE_BYTES   512
#define STATE_CAPTURE_REASON_BYTES 64

/* The capture that runs, or the last one. How many packets: state_totals. */
struct state_capture {
	struct shm_slot_head head;
	uint32_t run; /* of cfg_settings; 0 = begun by another way, or none was yet */
	uint32_t running;
	int64_t begun_unix;                      /* 0 = it could not be begun */
	char file[STATE_CAPTURE_FILE_BYTES];     /* path; "" = there is none */
	char reason[STATE_CAPTURE_REASON_BYTES]; /* why it ended, or was refused; "" = runs */
	uint64_t reserved[4];
};

/* How many packets each filter of a list has decided about, by its place in the list, and how many
 * fitted none. They begin anew when other filters are listed. */
struct state_filter_list {
	_Atomic uint64_t packets[CFG_FILTER_LISTED];
	_Atomic uint64_t none;
};

/* A packet that a filter which logs has decided about. */
struct state_filter_event {
	struct shm_slot_head head;
	uint64_t number; /* of the event, from 1; 0 = none yet */
	uint64_t untold; /* packets that should have been told of before it, and were not */
	uint32_t list;   /* slot in CFG_TABLE_FILTER_LISTS */
	uint32_t filter; /* its number, as it was typed; 0 = none fitted */
	uint32_t source_be, destination_be;
	uint16_t sport, dport; /* or type and code of ICMP */
	uint8_t protocol;
	uint8_t passed; /* 1: it was let through */
	uint8_t later;  /* 1: a later fragment, which has no ports */
	uint8_t reserved[9];
};

/* rx + made = tx + punt + drop + consumed + in_flight, at every moment that is shown here
 * (`writing`). */
struct state_totals {
	_Atomic uint64_t rx;       /* frames from ports and packets from twins */
	_Atomic uint64_t tx;       /* frames handed to ports */
	_Atomic uint64_t punt;     /* frames and packets handed to twins */
	_Atomic uint64_t drop;     /* the sum of all reasons */
	_Atomic uint64_t made;     /* packets born here (fragments beyond the first, ICMP errors) */
	_Atomic uint64_t consumed; /* packets that ended in another (reassembled fragments) */
	_Atomic uint64_t forwarded_punt; /* of punt: forwarded by the kernel, not policed */
	_Atomic uint64_t src_moved;      /* authentic, but not from the address of the SA's peer */
	_Atomic uint64_t in_flight;      /* in crypto lanes, in rings between threads, or fragments
					    that wait for the others */
	_Atomic uint64_t forwarded_punt_rate; /* a second, over the last whole second */
	_Atomic uint32_t capture_run;         /* of cfg_settings, followed last */
	_Atomic uint32_t capture_on;          /* 1: it still runs */
	_Atomic uint64_t capture_packets;     /* in its file */
	_Atomic uint64_t capture_lost;        /* that the file has not, for want of room or disk */
	/* How many times these were summed. Two equal sums in a row: every worker polled in between
	 * and nothing came. */
	_Atomic uint64_t sums;
	_Atomic uint64_t handed;      /* from one worker to another */
	_Atomic uint32_t crypto_arch; /* STATE_ARCH_*; since minor 3 */
	/* Odd while drops, ports, tunnels and totals are being written: who wants numbers that
	 * belong together reads it before and after, like the sequence of a slot. Since minor 4. */
	_Atomic uint32_t writing;
};

/* More of the whole, beside state_totals. */
struct state_whole {
	/* Of tunnels that are no more: what their TUNs were given and what was taken from them, so
	 * that ports, tunnels and these add up to state_totals. */
	_Atomic uint64_t gone_punted, gone_injected;
	_Atomic uint64_t buffers,
	    buffers_used;               /* for packets; in use: also those in receive queues */
	_Atomic uint32_t ring_kernel;   /* room of each ring to or from the kernel, packets */
	_Atomic uint32_t ring_handover; /* room of each ring between two workers */
	uint64_t reserved[11];
};
