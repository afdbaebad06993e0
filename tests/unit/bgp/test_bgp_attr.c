/* SPDX-License-Identifier: BSD-3-Clause
 *
 * RFC 7606 as a table: what an UPDATE with a given attribute does to a route that was there before,
 * to the counters and to the session. Each row runs against a session of its own that already has
 * 10.1.0.0/16, which the row's UPDATE announces again, and 10.2.0.0/16, which it leaves alone. */
#include "bgp_harness.h"

/* Well-formed attributes of the neighbour. */
#define ORIGIN    "40010100"
#define AS_PATH   "40020602010000fc00"
#define AS_PATH_2 "4002040201fc00" /* of a two-octet neighbour */
#define NEXT_HOP  "400304a9fe5a01"
#define GOOD      ORIGIN AS_PATH NEXT_HOP
#define NLRI      "100a01"

enum expected {
	KEEP,     /* the route counts, nothing was dropped */
	DISCARD,  /* the route counts, the attribute was dropped */
	WITHDRAW, /* the route is gone, the session stays */
	IGNORE,   /* the same by policy: no error */
	RESET,    /* NOTIFICATION 3/subcode */
};

enum neighbor { EXTERNAL, TWO_OCTET, INTERNAL };

struct row {
	const char *attributes;
	enum expected expected;
	uint8_t subcode; /* of RESET */
	enum neighbor neighbor;
	const char *nlri; /* NULL = NLRI */
};

#define EBGP(what, ...)                                                                            \
	{                                                                                          \
		.expected = what, .attributes = __VA_ARGS__, .neighbor = EXTERNAL                  \
	}
#define TWO(what, ...)                                                                             \
	{                                                                                          \
		.expected = what, .attributes = __VA_ARGS__, .neighbor = TWO_OCTET                 \
	}
#define IBGP(what, ...)                                                                            \
	{                                                                                          \
		.expected = what, .attributes = __VA_ARGS__, .neighbor = INTERNAL                  \
	}
#define RESETS(sub, ...)                                                                           \
	{                                                                                          \
		.expected = RESET, .subcode = sub, .attributes = __VA_ARGS__                       \
	}
#define NO_ROUTE(what, sub, ...)                                                                   \
	{                                                                                          \
		.expected = what, .subcode = sub, .attributes = __VA_ARGS__, .nlri = ""            \
	}

static void prepare(struct harness *h, enum neighbor neighbor)
{
	struct bgp_config config = harness_config();

	if (neighbor == INTERNAL)
		config.remote_as = LOCAL_AS;
	harness_init(h, &config);
	harness_establish(h, neighbor != TWO_OCTET);
	if (neighbor == INTERNAL)
		harness_update(h, "", ORIGIN "400200" NEXT_HOP "40050400000064", "100a01 100a02");
	else
		harness_update(h, "", neighbor == TWO_OCTET ? ORIGIN AS_PATH_2 NEXT_HOP : GOOD,
		    "100a01 100a02");
	assert_int_equal(harness_status(h).prefixes_in, 2);
	assert_int_equal(harness_status(h).treated_as_withdraw, 0);
}

static void expect_kept_session(struct harness *h, const struct row *row)
{
	struct bgp_status status = harness_status(h);
	bool present = row->expected == KEEP || row->expected == DISCARD;

	assert_int_equal(status.state, BGP_ESTABLISHED);
	assert_int_equal(status.sent_notifications, 0);
	assert_int_equal(rib_find(h->rib, "10.2.0.0/16", NULL), 1);
	assert_int_equal(rib_find(h->rib, "10.1.0.0/16", NULL), present);
	assert_int_equal(status.treated_as_withdraw, row->expected == WITHDRAW);
	assert_int_equal(status.prefixes_refused, row->expected == IGNORE);
	if (row->expected == DISCARD)
		assert_true(status.attributes_discarded >= 1);
	if (row->expected == KEEP)
		assert_int_equal(status.attributes_discarded, 0);
	if (!present)
		assert_non_null(harness_action(h, BGP_ACT_RIB_CHANGED));
}

static void expect_reset(struct harness *h, const struct row *row)
{
	assert_notified(h, BGP_ERR_UPDATE, row->subcode);
	assert_int_equal(harness_state(h), BGP_IDLE);
	assert_int_equal(bgp_rib_prefix_count(h->rib), 0);
	assert_non_null(harness_action(h, BGP_ACT_RIB_CHANGED));
	assert_int_equal(harness_status(h).dropped, 1);
}

static void run(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct harness h;

		prepare(&h, rows[i].neighbor);
		harness_update(&h, "", rows[i].attributes, rows[i].nlri ? rows[i].nlri : NLRI);
		print_message("# %s\n", rows[i].attributes);
		if (rows[i].expected == RESET)
			expect_reset(&h, &rows[i]);
		else
			expect_kept_session(&h, &rows[i]);
		harness_free(&h);
	}
}

#define RUN(rows) run((rows), COUNT(rows))

static void test_well_formed(void **state)
{
	static const struct row rows[] = {
	    EBGP(KEEP, GOOD),
	    EBGP(KEEP, NEXT_HOP AS_PATH ORIGIN),               /* any order */
	    EBGP(KEEP, "5001000100" AS_PATH NEXT_HOP),         /* extended length, though short */
	    EBGP(KEEP, GOOD "80040400000064"),                 /* MED */
	    EBGP(KEEP, GOOD "400600"),                         /* ATOMIC_AGGREGATE */
	    EBGP(KEEP, GOOD "c007080000fc0001010101"),         /* AGGREGATOR */
	    EBGP(KEEP, GOOD "c00804fc000001"),                 /* COMMUNITIES */
	    EBGP(KEEP, GOOD "e00804fc000001"),                 /* the same with the partial bit */
	    EBGP(KEEP, GOOD "c010080002fc0000000001"),         /* EXTENDED COMMUNITIES */
	    EBGP(KEEP, GOOD "c0200c0000fc000000000100000002"), /* LARGE COMMUNITIES */
	    TWO(KEEP, ORIGIN AS_PATH_2 NEXT_HOP),
	    TWO(KEEP, ORIGIN AS_PATH_2 NEXT_HOP "c00706fc0001010101"),
	    IBGP(KEEP, ORIGIN "400200" NEXT_HOP), /* LOCAL_PREF left out: 100 */
	    IBGP(KEEP, ORIGIN "400200" NEXT_HOP "40050400000064"),
	    IBGP(KEEP, ORIGIN "400200" NEXT_HOP "80090401010101"),
	    IBGP(KEEP, ORIGIN "400200" NEXT_HOP "800a080101010102020202"),
	};

	RUN(rows);
}

static void test_B08_attribute_runs_over_the_total_length(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, GOOD "80040500000064"), /* one byte too many */
	    EBGP(WITHDRAW, GOOD "8004ff00000064"),
	    EBGP(WITHDRAW, GOOD "90040100000000"), /* extended length 256 */
	    EBGP(WITHDRAW, GOOD "9004ffff000000"),
	    EBGP(WITHDRAW, GOOD "c063ff"), /* an unknown one */
	    EBGP(WITHDRAW, GOOD "c0"),     /* stray bytes: 1, 2, 3 */
	    EBGP(WITHDRAW, GOOD "c063"),
	    EBGP(WITHDRAW, GOOD "d06300"),
	    EBGP(WITHDRAW, ORIGIN NEXT_HOP "40020702010000fc00"),
	    EBGP(WITHDRAW, "4001ff00"),
	};

	RUN(rows);
}

static void test_B09_flags(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, "c0010100" AS_PATH NEXT_HOP), /* ORIGIN optional */
	    EBGP(WITHDRAW, "00010100" AS_PATH NEXT_HOP), /* ... not transitive */
	    EBGP(WITHDRAW, "80010100" AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, "60010100" AS_PATH NEXT_HOP), /* ... partial */
	    EBGP(WITHDRAW, ORIGIN "c0020602010000fc00" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "00020602010000fc00" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "60020602010000fc00" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "c00304a9fe5a01"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "000304a9fe5a01"),
	    EBGP(WITHDRAW, GOOD "40040400000064"),         /* MED well-known */
	    EBGP(WITHDRAW, GOOD "c0040400000064"),         /* ... transitive */
	    EBGP(WITHDRAW, GOOD "a0040400000064"),         /* ... partial */
	    EBGP(WITHDRAW, GOOD "c00600"),                 /* ATOMIC_AGGREGATE */
	    EBGP(WITHDRAW, GOOD "40070800000fc001010101"), /* AGGREGATOR */
	    EBGP(WITHDRAW, GOOD "800804fc000001"),         /* COMMUNITIES */
	    EBGP(WITHDRAW, GOOD "400804fc000001"),
	    EBGP(WITHDRAW, GOOD "801008 0002fc0000000001"),
	    EBGP(WITHDRAW, GOOD "80200c0000fc000000000100000002"),
	    EBGP(WITHDRAW, GOOD "c0090401010101"), /* ORIGINATOR_ID */
	    /* several errors: the strongest wins, whichever came first (section 3(h)) */
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, "c0010100" AS_PATH NEXT_HOP "406300"),
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, "406300 c0010100" AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, GOOD "40050400000064 40010100 80040300000000"),
	};

	RUN(rows);
}

static void test_B10_unrecognised_well_known(void **state)
{
	static const struct row rows[] = {
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, GOOD "406300"),
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, GOOD "006300"),
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, GOOD "40ff0101"),
	    RESETS(BGP_UPDATE_UNKNOWN_WELL_KNOWN, GOOD "400000"),
	};
	struct harness h;
	uint8_t expected[] = {0x40, 0x63, 0x02, 0xab, 0xcd};
	const struct bgp_action *sent;

	RUN(rows);
	/* The data is the attribute: type, length and value. */
	prepare(&h, EXTERNAL);
	harness_update(&h, "", GOOD "406302abcd", NLRI);
	sent = harness_sent(&h, BGP_MSG_NOTIFICATION);
	assert_int_equal(sent->bytes, 21 + sizeof(expected));
	assert_memory_equal(sent->data + 21, expected, sizeof(expected));
	harness_free(&h);
}

static void test_B11_duplicates(void **state)
{
	static const struct row rows[] = {
	    EBGP(DISCARD, GOOD ORIGIN),
	    EBGP(DISCARD, GOOD "40010102"),
	    EBGP(DISCARD, GOOD "40010109"), /* the second is never looked into */
	    EBGP(DISCARD, GOOD AS_PATH AS_PATH),
	    EBGP(DISCARD, GOOD "400304ffffffff"),
	    EBGP(DISCARD, GOOD "c06300 c06300"),                /* unknown, too */
	    EBGP(WITHDRAW, "40010103" ORIGIN AS_PATH NEXT_HOP), /* the first counts, and is bad */
	    RESETS(BGP_UPDATE_ATTRIBUTE_LIST,
		GOOD "800e0d000101 04a9fe5a0100 180a0300 800e0d000101 04a9fe5a0100 180a0400"),
	    RESETS(BGP_UPDATE_ATTRIBUTE_LIST, GOOD "800f03000101 800f03000101"),
	};
	struct harness h;
	struct bgp_path path;

	RUN(rows);
	prepare(&h, EXTERNAL);
	harness_update(&h, "", GOOD "80040400000001 80040400000002", NLRI);
	rib_find(h.rib, "10.1.0.0/16", &path);
	assert_int_equal(path.med, 1);
	assert_int_equal(harness_status(&h).attributes_discarded, 1);
	harness_free(&h);
}

static void test_B12_mandatory_attribute_missing(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN AS_PATH),
	    EBGP(WITHDRAW, "c06300"), /* only an unknown one */
	    EBGP(WITHDRAW, "8063 02 abcd"),
	    EBGP(WITHDRAW, "80040400000064"),
	};
	struct harness h;

	RUN(rows);
	/* An UPDATE without routes in which only an unknown attribute stands is no End-of-RIB. */
	prepare(&h, EXTERNAL);
	h.log[0] = '\0';
	harness_update(&h, "", "c06300", "");
	assert_null(strstr(h.log, "end-of-rib"));
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(harness_status(&h).prefixes_in, 2);
	harness_update(&h, "", "", "");
	assert_non_null(strstr(h.log, "end-of-rib"));
	harness_free(&h);
}

static void test_B13_no_attributes_at_all_with_routes(void **state)
{
	static const struct row rows[] = {EBGP(WITHDRAW, "")};

	RUN(rows);
}

static void test_B14_origin(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, "4001020000" AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, "400100" AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, "40010103" AS_PATH NEXT_HOP),
	    EBGP(WITHDRAW, "400101ff" AS_PATH NEXT_HOP),
	    EBGP(KEEP, "40010102" AS_PATH NEXT_HOP),
	};

	RUN(rows);
}

static void test_B15_as_path_structure(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, ORIGIN "40020600010000fc00" NEXT_HOP), /* segment type 0 */
	    EBGP(WITHDRAW, ORIGIN "40020605010000fc00" NEXT_HOP), /* 5 */
	    EBGP(WITHDRAW, ORIGIN "400206ff010000fc00" NEXT_HOP), /* 255 */
	    EBGP(WITHDRAW, ORIGIN "40020603010000fc00" NEXT_HOP), /* AS_CONFED_SEQUENCE */
	    EBGP(WITHDRAW, ORIGIN "40020604010000fc00" NEXT_HOP), /* AS_CONFED_SET */
	    EBGP(WITHDRAW, ORIGIN "40020c02010000fc0003010000fc01" NEXT_HOP), /* ... behind ours */
	    EBGP(WITHDRAW, ORIGIN "4002020200" NEXT_HOP),                     /* no AS in it */
	    EBGP(WITHDRAW, ORIGIN "40020802010000fc000200" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "40020602020000fc00" NEXT_HOP), /* runs over */
	    EBGP(WITHDRAW, ORIGIN "40020602ff0000fc00" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "40020702010000fc0002" NEXT_HOP), /* one byte over */
	    EBGP(WITHDRAW, ORIGIN "40020102" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "40020402010000" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "40020602010000fc" NEXT_HOP),    /* runs into NEXT_HOP */
	    EBGP(WITHDRAW, ORIGIN "40020602010000 0000" NEXT_HOP), /* AS 0 */
	    EBGP(WITHDRAW, ORIGIN "40020a02020000fc0000000000" NEXT_HOP),
	    TWO(WITHDRAW, ORIGIN "40020402010000" NEXT_HOP),              /* AS 0 in two octets */
	    TWO(WITHDRAW, ORIGIN "40020602010000fc00" NEXT_HOP),          /* four octets there */
	    EBGP(WITHDRAW, ORIGIN AS_PATH_2 NEXT_HOP),                    /* two octets here */
	    EBGP(KEEP, ORIGIN "40020c02010000fc0001010000fc01" NEXT_HOP), /* sequence, then set */
	};

	RUN(rows);
}

static void test_B17_own_as_in_path_is_no_error(void **state)
{
	static const struct row rows[] = {
	    EBGP(IGNORE, ORIGIN "40020a02020000fc000000fde8" NEXT_HOP),
	    EBGP(IGNORE, ORIGIN "40020c02010000fc0001010000fde8" NEXT_HOP), /* in a set */
	    TWO(IGNORE, ORIGIN "4002060202fc00fde8" NEXT_HOP),
	    IBGP(IGNORE, ORIGIN "40020602010000fde8" NEXT_HOP),
	};

	RUN(rows);
}

static void test_B18_first_as_is_not_the_neighbor(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, ORIGIN "40020602010000fc01" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "40020a02020000fc010000fc00" NEXT_HOP),
	    EBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP),             /* empty */
	    EBGP(WITHDRAW, ORIGIN "40020601010000fc00" NEXT_HOP), /* a set leads */
	    IBGP(KEEP, ORIGIN "4002060201 0000fc01" NEXT_HOP),
	};

	RUN(rows);
}

static void test_B19_next_hop(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400305a9fe5a0100"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400303a9fe5a"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400300"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400310 20010db8000000000000000000000001"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "40030400000000"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "4003047f000001"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400304e0000001"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400304f0000001"),
	    EBGP(WITHDRAW, ORIGIN AS_PATH "400304ffffffff"),
	    EBGP(IGNORE, ORIGIN AS_PATH "400304a9fe5a02"), /* ours: the route is ignored */
	    EBGP(KEEP, ORIGIN AS_PATH "4003040a090909"),
	};

	RUN(rows);
}

static void test_B20_med_and_local_pref(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, GOOD "800403000064"),
	    EBGP(WITHDRAW, GOOD "8004050000000064"),
	    EBGP(WITHDRAW, GOOD "800400"),
	    EBGP(DISCARD, GOOD "40050400000064"),
	    EBGP(DISCARD, GOOD "400503000064"), /* from outside: dropped, not looked into */
	    EBGP(DISCARD, GOOD "400500"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "400503000064"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "4005050000000064"),
	};
	struct harness h;
	struct bgp_path path;

	RUN(rows);
	prepare(&h, EXTERNAL);
	harness_update(&h, "", GOOD "400504000003e7", NLRI);
	rib_find(h.rib, "10.1.0.0/16", &path);
	assert_int_equal(path.local_pref, BGP_LOCAL_PREF_DEFAULT);
	harness_free(&h);
	prepare(&h, INTERNAL);
	harness_update(&h, "", ORIGIN "400200" NEXT_HOP "400504000003e7", NLRI);
	rib_find(h.rib, "10.1.0.0/16", &path);
	assert_int_equal(path.local_pref, 999);
	harness_free(&h);
}

static void test_B21_aggregation(void **state)
{
	static const struct row rows[] = {
	    EBGP(DISCARD, GOOD "40060100"), EBGP(DISCARD, GOOD "400604 00000000"),
	    EBGP(DISCARD, GOOD "c00705fc00010101"),
	    EBGP(DISCARD, GOOD "c00706fc0001010101"), /* two octets where four belong */
	    EBGP(DISCARD, GOOD "c007070000fc00010101"),
	    EBGP(DISCARD, GOOD "c007090000fc000101010100"), EBGP(DISCARD, GOOD "c00700"),
	    EBGP(DISCARD, GOOD "c007080000000001010101"), /* AS 0 */
	    TWO(DISCARD, ORIGIN AS_PATH_2 NEXT_HOP "c007080000fc0001010101"),
	    TWO(DISCARD, ORIGIN AS_PATH_2 NEXT_HOP "c00706000001010101"),
	    TWO(DISCARD, ORIGIN AS_PATH_2 NEXT_HOP "c01207 0000fc00010101"),
	    TWO(DISCARD, ORIGIN AS_PATH_2 NEXT_HOP "c01208 0000000001010101"),
	    EBGP(DISCARD, GOOD "c012080000fc0001010101"), /* AS4_AGGREGATOR in a wide session */
	};

	RUN(rows);
}

static void test_B22_communities(void **state)
{
	static const struct row rows[] = {
	    EBGP(WITHDRAW, GOOD "c00803fc0000"),
	    EBGP(WITHDRAW, GOOD "c00805fc00000100"),
	    EBGP(WITHDRAW, GOOD "c00800"),
	    EBGP(WITHDRAW, GOOD "c010070002fc00000000"),
	    EBGP(WITHDRAW, GOOD "c010090002fc000000000100"),
	    EBGP(WITHDRAW, GOOD "c01000"),
	    EBGP(WITHDRAW, GOOD "c0200b0000fc0000000001000000"),
	    EBGP(WITHDRAW, GOOD "c0200d0000fc00000000010000000200"),
	    EBGP(WITHDRAW, GOOD "c02000"),
	};

	RUN(rows);
}

static void test_B23_route_reflection(void **state)
{
	static const struct row rows[] = {
	    EBGP(DISCARD, GOOD "80090401010101"),
	    EBGP(DISCARD, GOOD "800900"),
	    EBGP(DISCARD, GOOD "800a0401010101"),
	    EBGP(DISCARD, GOOD "800a03010101"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "800903010101"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "80090501010101 01"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "800a03010101"),
	    IBGP(WITHDRAW, ORIGIN "400200" NEXT_HOP "800a00"),
	};

	RUN(rows);
}

static void test_B24_attributes_we_do_not_use_are_never_parsed(void **state)
{
	static const struct row rows[] = {
	    EBGP(KEEP, GOOD "c01700"),          /* Tunnel Encapsulation, empty */
	    EBGP(KEEP, GOOD "c01704 000fffff"), /* ... its TLV runs over */
	    EBGP(KEEP, GOOD "c02300"),          /* Only To Customer */
	    EBGP(KEEP, GOOD "c02303 000001"),   /* ... of a wrong length */
	    EBGP(KEEP, GOOD "c02305 0000fc00ff"), EBGP(KEEP, GOOD "c02800"), /* Prefix-SID, empty */
	    EBGP(KEEP, GOOD "c02803 01ffff"), EBGP(KEEP, GOOD "c01600"),     /* PMSI Tunnel */
	    EBGP(KEEP, GOOD "801a02 0100"),                                  /* AIGP cut */
	    EBGP(KEEP, GOOD "801d04 0400ffff"),                              /* BGP-LS */
	    EBGP(KEEP, GOOD "c08004 00000000"),                              /* ATTR_SET */
	    EBGP(KEEP, GOOD "c0ff00"), EBGP(KEEP, GOOD "e0ff04 deadbeef"),
	    EBGP(KEEP, GOOD "80fe00"),        /* optional non-transitive */
	    EBGP(WITHDRAW, GOOD "c01912 00"), /* runs over: the list is broken */
	};

	RUN(rows);
}

/* As large as a message allows; a length of 64 KiB can only run over the total. */
static void test_B24_huge_unknown_attribute(void **state)
{
	static char attributes[2 * BGP_MESSAGE_BYTES] = GOOD "d0ff0f00";
	struct harness h;

	memset(attributes + strlen(attributes), '5', 2 * 0xf00);
	prepare(&h, EXTERNAL);
	harness_update(&h, "", attributes, NLRI);
	assert_int_equal(harness_status(&h).prefixes_in, 2);
	assert_int_equal(harness_status(&h).treated_as_withdraw, 0);
	memcpy(attributes + strlen(GOOD), "d0ffffff", 8);
	harness_update(&h, "", attributes, NLRI);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 0);
	assert_int_equal(harness_status(&h).treated_as_withdraw, 1);
	harness_free(&h);
}

static void test_B36_as4_path(void **state)
{
	/* AS_PATH 64512 23456 of a two-octet neighbour. */
#define OLD ORIGIN "4002060202fc005ba0" NEXT_HOP
	static const struct row rows[] = {
	    TWO(KEEP, OLD), TWO(KEEP, OLD "c01106 0201fa56ea09"),
	    TWO(KEEP, OLD "c0110e 02030000fc00fa56ea090000fc01"), /* longer: ignored */
	    TWO(DISCARD, OLD "c01100"), TWO(DISCARD, OLD "c01101 02"),
	    TWO(DISCARD, OLD "c01105 0201fa56ea"), TWO(DISCARD, OLD "c01107 0201fa56ea0900"),
	    TWO(DISCARD, OLD "c01106 0202fa56ea09"), TWO(DISCARD, OLD "c01106 0901fa56ea09"),
	    TWO(DISCARD, OLD "c01102 0200"), TWO(DISCARD, OLD "c01106 020100000000"),
	    EBGP(DISCARD, GOOD "c01106 0201fa56ea09"), /* in a wide session */
	    TWO(IGNORE, OLD "c01106 02010000fde8"),    /* our AS, seen only there */
	};

	RUN(rows);
}

/* Section 5.2: with no route to withdraw, what would have been a withdrawal is a reset. */
static void test_B40_attribute_error_without_reachable_routes(void **state)
{
	static const struct row rows[] = {
	    NO_ROUTE(RESET, BGP_UPDATE_ATTRIBUTE_LIST, "400120 00"),
	    NO_ROUTE(RESET, BGP_UPDATE_ORIGIN, "40010103"),
	    NO_ROUTE(RESET, BGP_UPDATE_LENGTH, "4001020000"),
	    NO_ROUTE(RESET, BGP_UPDATE_FLAGS, "c0010100"),
	    NO_ROUTE(RESET, BGP_UPDATE_AS_PATH, "40020200ff"),
	    NO_ROUTE(RESET, BGP_UPDATE_NEXT_HOP, "400304e0000001"),
	    NO_ROUTE(RESET, BGP_UPDATE_LENGTH, "800403000000"),
	    NO_ROUTE(RESET, BGP_UPDATE_OPTIONAL, "c00803fc0000"),
	    /* withdrawing by MP_UNREACH_NLRI is no reachable route either */
	    NO_ROUTE(RESET, BGP_UPDATE_ORIGIN, "800f06000101 100a01 40010103"),
	    /* what is only discarded, or no error, stays what it is */
	    NO_ROUTE(DISCARD, 0, "40060100"),
	    NO_ROUTE(KEEP, 0, "400304a9fe5a02"),
	    NO_ROUTE(KEEP, 0, "c0ff00"),
	};

	RUN(rows);
}

/* A hostile neighbour cannot fill the log: one line, then silence with a count. */
static void test_malformed_updates_are_logged_at_a_limited_rate(void **state)
{
	struct harness h;
	unsigned lines = 0;

	prepare(&h, EXTERNAL);
	h.log[0] = '\0';
	for (int i = 0; i < 100; i++)
		harness_update(&h, "", "", NLRI);
	for (const char *p = h.log; (p = strstr(p, "malformed")); p++)
		lines++;
	assert_int_equal(lines, 1);
	h.now = mono_add_sec(h.now, BGP_LOG_INTERVAL_SEC);
	harness_update(&h, "", "", NLRI);
	assert_non_null(strstr(h.log, "update malformed action=withdraw discarded=0 held_back=99"));
	assert_int_equal(harness_status(&h).treated_as_withdraw, 101);
	harness_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_well_formed),
	    cmocka_unit_test(test_B08_attribute_runs_over_the_total_length),
	    cmocka_unit_test(test_B09_flags),
	    cmocka_unit_test(test_B10_unrecognised_well_known),
	    cmocka_unit_test(test_B11_duplicates),
	    cmocka_unit_test(test_B12_mandatory_attribute_missing),
	    cmocka_unit_test(test_B13_no_attributes_at_all_with_routes),
	    cmocka_unit_test(test_B14_origin),
	    cmocka_unit_test(test_B15_as_path_structure),
	    cmocka_unit_test(test_B17_own_as_in_path_is_no_error),
	    cmocka_unit_test(test_B18_first_as_is_not_the_neighbor),
	    cmocka_unit_test(test_B19_next_hop),
	    cmocka_unit_test(test_B20_med_and_local_pref),
	    cmocka_unit_test(test_B21_aggregation),
	    cmocka_unit_test(test_B22_communities),
	    cmocka_unit_test(test_B23_route_reflection),
	    cmocka_unit_test(test_B24_attributes_we_do_not_use_are_never_parsed),
	    cmocka_unit_test(test_B24_huge_unknown_attribute),
	    cmocka_unit_test(test_B36_as4_path),
	    cmocka_unit_test(test_B40_attribute_error_without_reachable_routes),
	    cmocka_unit_test(test_malformed_updates_are_logged_at_a_limited_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
