/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UPDATE as a whole: captures of other speakers, field lengths, NLRI, MP attributes, writing. */
#include "bgp_harness.h"

#include "control/bgp/bgp_update.h"

#define GOOD "40010100 40020602010000fc00 400304a9fe5a01"

static void establish(struct harness *h)
{
	struct bgp_config config = harness_config();

	harness_init(h, &config);
	harness_establish(h, true);
}

static void expect_reset(struct harness *h, uint8_t subcode)
{
	assert_notified(h, BGP_ERR_UPDATE, subcode);
	assert_int_equal(harness_state(h), BGP_IDLE);
	assert_int_equal(bgp_rib_prefix_count(h->rib), 0);
}

/* UPDATEs of BIRD 2.0.12: 10.0.0.0/16 and the default route with (large) communities; 10.99.0.0/16
 * with MED 77; End-of-RIB. */
static void test_updates_of_bird(void **state)
{
	static const char *const updates[] = {
	    "0000002a4001010040020602010000fc00400304a9fe5a01c00804fc000001c0200c0000fc000000000100"
	    "0000020"
	    "0100a00",
	    "000000314001010040020602010000fc00400304a9fe5a018004040000004dc00804fc000001c0200c0000"
	    "fc00000"
	    "0000100000002100a63",
	    "00000000",
	};
	struct harness h;
	struct bgp_path path;

	establish(&h);
	for (size_t i = 0; i < COUNT(updates); i++)
		harness_hex(&h, BGP_MSG_UPDATE, updates[i]);
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(harness_status(&h).prefixes_in, 3);
	assert_int_equal(rib_find(h.rib, "0.0.0.0/0", &path), 1);
	assert_int_equal(rib_find(h.rib, "10.0.0.0/16", &path), 1);
	assert_false(path.med_present);
	assert_int_equal(rib_find(h.rib, "10.99.0.0/16", &path), 1);
	assert_true(path.med_present && path.med == 77);
	assert_int_equal(path.path_count, 1);
	assert_int_equal(path.path[0], 64512);
	assert_int_equal(path.origin, BGP_ORIGIN_IGP);
	assert_int_equal(path.local_pref, 100);
	assert_true(path.best);
	assert_true(ip_addr_equal(&path.next_hop, &(struct ip_addr){4, {169, 254, 90, 1}}));
	assert_non_null(strstr(h.log, "end-of-rib prefixes=3"));
	harness_free(&h);
}

/* UPDATE of FRR bgpd 8.4.4: AS_PATH with an extended length, MED 0. */
static void test_update_of_frr(void **state)
{
	struct harness h;
	struct bgp_path path;

	establish(&h);
	harness_hex(&h, BGP_MSG_UPDATE,
	    "0000001c40010100500200060201 0000fc00 400304a9fe5a0180040400000000100a00");
	assert_int_equal(rib_find(h.rib, "10.0.0.0/16", &path), 1);
	assert_true(path.med_present && path.med == 0);
	harness_free(&h);
}

static void test_B07_field_lengths_beyond_the_message(void **state)
{
	static const char *const bodies[] = {
	    "0001 0000", /* withdrawn routes take the attributes' length */
	    "0005 0000",
	    "ffff 0000",
	    "0000 0001",
	    "0000 ffff",
	    "0000 0013 40010100",
	    "0003 100a01 0001",
	    "0003 100a01 00",
	    "0004 100a01 0000",
	};

	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct harness h;

		establish(&h);
		harness_update(&h, "", GOOD, "100a01");
		harness_hex(&h, BGP_MSG_UPDATE, bodies[i]);
		expect_reset(&h, BGP_UPDATE_ATTRIBUTE_LIST);
		harness_free(&h);
	}
}

/* Cut at every byte with true header and field lengths: never read past, never a route too many. */
static void test_B08_update_cut_at_every_byte(void **state)
{
	uint8_t whole[256];
	size_t n = unhex(
	    "00000031 4001010040020602010000fc00400304a9fe5a018004040000004dc00804fc000001c020"
	    "0c0000fc000000000100000002 100a63",
	    whole, sizeof(whole));
	const struct bgp_attr_source source = {
	    .four_octet_as = true, .local_as = LOCAL_AS, .remote_as = REMOTE_AS};

	for (size_t cut = 4; cut < n; cut++) {
		uint8_t *body = malloc(cut);
		struct bgp_update update;

		memcpy(body, whole, cut);
		bgp_update_parse(body, cut, &source, &update);
		/* before the NLRI: beyond the message; inside it: a bad prefix; at its edge:
		 * nothing */
		assert_int_equal(
		    update.attrs.verdict, cut == n - 3 ? BGP_VERDICT_OK : BGP_VERDICT_RESET);
		assert_false(update.end_of_rib);
		free(body);
	}
}

static void test_B12_only_a_well_formed_empty_update_is_end_of_rib(void **state)
{
	static const struct {
		const char *withdrawn, *attributes, *nlri;
		bool end_of_rib;
	} rows[] = {
	    {"", "", "", true},
	    {"100a01", "", "", false},
	    {"", GOOD, "", false},
	    {"", "c06300", "", false},
	    {"", "c063", "", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		establish(&h);
		harness_update(&h, rows[i].withdrawn, rows[i].attributes, rows[i].nlri);
		assert_int_equal(strstr(h.log, "end-of-rib") != NULL, rows[i].end_of_rib);
		harness_free(&h);
	}
}

static void test_withdraw(void **state)
{
	struct harness h;

	establish(&h);
	harness_update(&h, "", GOOD, "100a01 100a02");
	harness_update(&h, "100a01 100a09", "", "");
	assert_non_null(harness_action(&h, BGP_ACT_RIB_CHANGED));
	assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 0);
	assert_int_equal(rib_find(h.rib, "10.2.0.0/16", NULL), 1);
	harness_update(&h, "100a01", "", "");
	assert_null(harness_action(&h, BGP_ACT_RIB_CHANGED));
	/* withdrawn and announced in one message: announced */
	harness_update(&h, "100a02", GOOD, "100a02");
	assert_int_equal(rib_find(h.rib, "10.2.0.0/16", NULL), 1);
	/* announced again as it is: nothing changed */
	harness_update(&h, "", GOOD, "100a02");
	assert_null(harness_action(&h, BGP_ACT_RIB_CHANGED));
	harness_free(&h);
}

static void test_B25_mp_reach(void **state)
{
	static const struct {
		const char *attributes;
		uint8_t reset; /* subcode; 0 = the session stays */
		bool route;    /* 10.3.0.0/16 is there */
	} rows[] = {
#define BEFORE "40010100 40020602010000fc00"
	    {BEFORE "800e0c 000101 04 a9fe5a01 00 100a03", 0, true},
	    {BEFORE "900e000c 000101 04 a9fe5a01 00 100a03", 0, true},
	    {"800e0c 000101 04 a9fe5a01 00 100a03", 0, false},        /* no ORIGIN: withdraw */
	    {BEFORE "800e0c 000101 04 00000000 00 100a03", 0, false}, /* bad next hop */
	    {BEFORE "800e0c 000101 04 a9fe5a02 00 100a03", 0, false}, /* ours */
	    {BEFORE "800e08 000101 00 00 100a03", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e0d 000101 05 a9fe5a0100 00 100a03", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e0c 000101 ff a9fe5a01 00 100a03", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e18 000101 10 fe800000000000000000000000000001 00 100a03",
		BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e00", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e02 0001", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e03 000101", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e04 000101 04", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e08 000101 04 a9fe5a01", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e0e 000101 04 a9fe5a01 00 210a030000", BGP_UPDATE_OPTIONAL, false},
	    {BEFORE "800e0b 000101 04 a9fe5a01 00 100a", BGP_UPDATE_OPTIONAL, false},
	    /* families that were never agreed on are left alone, whatever is in them */
	    {BEFORE "800e03 000201", 0, false},
	    {BEFORE "800e05 000201 ff 00", 0, false},
	    {BEFORE "800e19 000201 10 20010db8000000000000000000000001 00 2020010d", 0, false},
	    {BEFORE "800e06 000180 000000", 0, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		establish(&h);
		harness_update(&h, "", GOOD, "100a01");
		harness_update(&h, "", rows[i].attributes, "");
		if (rows[i].reset) {
			expect_reset(&h, rows[i].reset);
		} else {
			assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
			assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), 1);
			assert_int_equal(rib_find(h.rib, "10.3.0.0/16", NULL), rows[i].route);
		}
		harness_free(&h);
	}
}

static void test_B25_mp_unreach(void **state)
{
	static const struct {
		const char *attributes;
		uint8_t reset;
		bool route; /* 10.1.0.0/16 is still there */
	} rows[] = {
	    {"800f06 000101 100a01", 0, false},
	    {"800f03 000101", 0, true},
	    {"800f06 000201 100a01", 0, true},
	    {"800f06 000180 100a01", 0, true},
	    {"800f02 0001", BGP_UPDATE_OPTIONAL, false},
	    {"800f00", BGP_UPDATE_OPTIONAL, false},
	    {"800f05 000101 100a", BGP_UPDATE_OPTIONAL, false},
	    {"800f08 000101 210a010000", BGP_UPDATE_OPTIONAL, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		establish(&h);
		harness_update(&h, "", GOOD, "100a01");
		harness_update(&h, "", rows[i].attributes, "");
		if (rows[i].reset) {
			expect_reset(&h, rows[i].reset);
		} else {
			assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
			assert_int_equal(rib_find(h.rib, "10.1.0.0/16", NULL), rows[i].route);
		}
		harness_free(&h);
	}
}

static void test_B26_nlri_that_cannot_be_read(void **state)
{
	static const struct {
		const char *withdrawn, *nlri;
	} rows[] = {
	    {"", "210a01000000"}, /* length 33 */
	    {"", "ff0a010000"},
	    {"", "200a"}, /* length 32, one byte left */
	    {"", "20"},
	    {"", "100a01 18"},
	    {"", "100a01 180a02"},
	    {"210a01000000", ""},
	    {"200a", ""},
	    {"100a01 09 0a", "100a03"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct harness h;

		establish(&h);
		harness_update(&h, "", GOOD, "100a01");
		harness_update(&h, rows[i].withdrawn, GOOD, rows[i].nlri);
		expect_reset(&h, BGP_UPDATE_NETWORK);
		harness_free(&h);
	}
}

static void test_B26_every_good_length_is_read(void **state)
{
	for (unsigned length = 0; length <= 32; length++) {
		uint8_t list[5] = {(uint8_t)length, 10, 255, 255, 255};
		struct rd r = rd_init(list, 1 + (length + 7) / 8);
		struct ip_prefix p;

		assert_true(bgp_nlri_next(&r, &p));
		assert_int_equal(p.length, length);
		assert_false(bgp_nlri_next(&r, &p));
		assert_true(rd_ok(&r));
	}
}

static void test_B27_host_bits_are_cleared(void **state)
{
	struct harness h;

	establish(&h);
	harness_update(&h, "", GOOD, "0c0aff 170a01ff 000000");
	assert_int_equal(harness_state(&h), BGP_ESTABLISHED);
	assert_int_equal(rib_find(h.rib, "10.240.0.0/12", NULL), 1);
	assert_int_equal(rib_find(h.rib, "10.1.254.0/23", NULL), 1);
	assert_int_equal(rib_find(h.rib, "0.0.0.0/0", NULL), 1);
	/* the same route with other host bits is the same route */
	harness_update(&h, "0c0af0", "", "");
	assert_int_equal(rib_find(h.rib, "10.240.0.0/12", NULL), 0);
	harness_free(&h);
}

/* ---- writing ---- */

static size_t announce(const struct bgp_config *config, bool four_octet_as, uint8_t *out)
{
	const struct ip_prefix lan = prefix("192.168.200.0/24");
	struct wr w = wr_init(out, BGP_MESSAGE_BYTES);

	bgp_update_begin_announce(&w, config, four_octet_as);
	assert_true(bgp_update_put(&w, &lan));
	return bgp_update_end_announce(&w);
}

static void test_written_attributes(void **state)
{
	static const struct {
		uint32_t local_as;
		bool med, four_octet_as, internal;
		const char *hex; /* behind the header */
	} rows[] = {
	    /* the first was accepted by BIRD 2.0.12 and FRR 8.4.4 */
	    {LOCAL_AS, true, true, false,
		"0000001b 40010100 40020602010000fde8 400304a9fe5a02 80040400000064 18c0a8c8"},
	    {LOCAL_AS, false, true, false,
		"00000014 40010100 40020602010000fde8 400304a9fe5a02 18c0a8c8"},
	    {LOCAL_AS, false, false, false,
		"00000012 40010100 4002040201fde8 400304a9fe5a02 18c0a8c8"},
	    {4200000001, false, true, false,
		"00000014 40010100 4002060201fa56ea01 400304a9fe5a02 18c0a8c8"},
	    /* AS_TRANS, and the truth in AS4_PATH; accepted by FRR as a two-octet speaker */
	    {4200000001, true, false, false,
		"00000022 40010100 40020402015ba0 400304a9fe5a02 80040400000064 c011060201fa56ea01 "
		"18c0a8c8"},
	    {LOCAL_AS, false, true, true,
		"00000015 40010100 400200 400304a9fe5a02 40050400000064 18c0a8c8"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bgp_config config = harness_config();
		uint8_t out[BGP_MESSAGE_BYTES], expected[128];
		size_t bytes, n = unhex(rows[i].hex, expected, sizeof(expected));

		config.local_as = rows[i].local_as;
		if (rows[i].internal)
			config.remote_as = rows[i].local_as;
		config.med_set = rows[i].med;
		config.med = 100;
		bytes = announce(&config, rows[i].four_octet_as, out);
		assert_int_equal(bytes, BGP_HEADER_BYTES + n);
		assert_int_equal(out[16] << 8 | out[17], bytes);
		assert_memory_equal(out + BGP_HEADER_BYTES, expected, n);
	}
}

/* What one writes the other reads, until the message is full. */
static void test_full_message_is_read_back(void **state)
{
	struct bgp_config config = harness_config();
	const struct bgp_attr_source source = {
	    .four_octet_as = true, .local_as = REMOTE_AS, .remote_as = LOCAL_AS};
	uint8_t out[BGP_MESSAGE_BYTES];
	struct wr w = wr_init(out, sizeof(out));
	struct bgp_update update;
	struct ip_prefix p = {.length = 24}, got;
	uint32_t put = 0, read = 0;
	size_t bytes;

	bgp_update_begin_announce(&w, &config, true);
	for (;; put++) {
		p.addr = ip_addr_v4(0x0a000000 + put * 256);
		if (!bgp_update_put(&w, &p))
			break;
	}
	bytes = bgp_update_end_announce(&w);
	assert_true(bytes <= BGP_MESSAGE_BYTES && bytes > BGP_MESSAGE_BYTES - 8);
	bgp_update_parse(out + 19, bytes - 19, &source, &update);
	assert_int_equal(update.attrs.verdict, BGP_VERDICT_OK);
	while (bgp_nlri_next(&update.nlri, &got)) {
		assert_int_equal(ip_addr_v4_host(&got.addr), 0x0a000000 + read * 256);
		read++;
	}
	assert_int_equal(read, put);

	w = wr_init(out, sizeof(out));
	bgp_update_begin_withdraw(&w);
	for (read = 0; bgp_update_put(&w, &p); read++)
		;
	bytes = bgp_update_end_withdraw(&w);
	assert_true(bytes <= BGP_MESSAGE_BYTES && bytes > BGP_MESSAGE_BYTES - 8);
	bgp_update_parse(out + 19, bytes - 19, &source, &update);
	assert_int_equal(update.attrs.verdict, BGP_VERDICT_OK);
	while (bgp_nlri_next(&update.withdrawn, &got))
		read--;
	assert_int_equal(read, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_updates_of_bird),
	    cmocka_unit_test(test_update_of_frr),
	    cmocka_unit_test(test_withdraw),
	    cmocka_unit_test(test_B07_field_lengths_beyond_the_message),
	    cmocka_unit_test(test_B08_update_cut_at_every_byte),
	    cmocka_unit_test(test_B12_only_a_well_formed_empty_update_is_end_of_rib),
	    cmocka_unit_test(test_B25_mp_reach),
	    cmocka_unit_test(test_B25_mp_unreach),
	    cmocka_unit_test(test_B26_nlri_that_cannot_be_read),
	    cmocka_unit_test(test_B26_every_good_length_is_read),
	    cmocka_unit_test(test_B27_host_bits_are_cleared),
	    cmocka_unit_test(test_written_attributes),
	    cmocka_unit_test(test_full_message_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
