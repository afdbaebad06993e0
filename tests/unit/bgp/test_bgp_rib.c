/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rib: order, sharing, limits, and the decision process step by step. */
#include "bgp_harness.h"

#include <errno.h>

#include "control/bgp/bgp_rib.h"

#define SOURCES 4

struct fixture {
	struct bgp_rib *rib;
	struct bgp_config config[SOURCES];
	struct bgp_source source[SOURCES];
};

static void setup(struct fixture *f)
{
	f->rib = bgp_rib_new();
	for (size_t i = 0; i < SOURCES; i++) {
		f->config[i] = harness_config();
		f->config[i].neighbor = (uint32_t)i + 1;
		f->config[i].remote = ip_addr_v4(0xa9fe5a01u + 4 * (uint32_t)i);
		f->config[i].prefix_limit = 1000000;
		f->source[i] = (struct bgp_source){
		    .config = &f->config[i], .router_id = 0x01010101u + (uint32_t)i};
	}
}

static void teardown(struct fixture *f)
{
	bgp_rib_free(f->rib);
}

/* What a path is made of for the decision. */
struct route {
	uint32_t local_pref, length, origin, neighbor_as, med;
	bool internal;
	uint32_t router_id;
};

static int put(struct fixture *f, size_t source, const char *text, const struct route *route)
{
	struct bgp_attrs *attrs = calloc(1, sizeof(*attrs));
	const struct ip_prefix p = prefix(text);
	struct bgp_route_attrs *shared;
	int err;

	attrs->local_pref = route->local_pref ? route->local_pref : BGP_LOCAL_PREF_DEFAULT;
	attrs->path.length = route->length ? route->length : 1;
	attrs->path.count = attrs->path.length;
	attrs->path.first = route->neighbor_as ? route->neighbor_as : REMOTE_AS;
	attrs->path.asn[0] = attrs->path.first;
	attrs->origin = (uint8_t)route->origin;
	attrs->med = route->med;
	attrs->med_present = route->med != 0;
	f->config[source].remote_as = route->internal ? LOCAL_AS : REMOTE_AS;
	if (route->router_id)
		f->source[source].router_id = route->router_id;
	shared = bgp_route_attrs_new(attrs, &f->config[source].remote, LOCAL_AS);
	assert_non_null(shared);
	err = bgp_rib_put(f->rib, &f->source[source], &p, shared);
	bgp_route_attrs_unref(shared);
	free(attrs);
	return err;
}

/* ---- decision ---- */

static void test_decision_of_two_paths(void **state)
{
	/* In each row the first path is the better one, by one step and against the next. */
	static const struct {
		const char *step;
		struct route better, worse;
	} rows[] = {
	    {"local preference", {.local_pref = 200, .length = 9}, {.local_pref = 100}},
	    {"path length", {.length = 1, .origin = 2}, {.length = 2, .origin = 0}},
	    {"origin IGP over EGP", {.origin = 0, .med = 9}, {.origin = 1, .med = 1}},
	    {"origin EGP over incomplete", {.origin = 1}, {.origin = 2}},
	    {"MED of one neighbour AS", {.med = 100, .router_id = 9}, {.med = 200, .router_id = 1}},
	    {"no MED is the lowest", {.router_id = 9}, {.med = 1, .router_id = 1}},
	    {"MED of two ASes is not compared", {.neighbor_as = 1, .med = 200, .router_id = 1},
		{.neighbor_as = 2, .med = 100, .router_id = 9}},
	    {"external over internal", {.router_id = 9}, {.internal = true, .router_id = 1}},
	    {"router id", {.router_id = 1}, {.router_id = 2}},
	    {"router id as unsigned", {.router_id = 0x7fffffff}, {.router_id = 0x80000000}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int swap = 0; swap < 2; swap++) {
			struct fixture f;
			struct bgp_path path;
			size_t better = swap ? 1 : 0;

			setup(&f);
			if (swap)
				put(&f, 0, "10.1.0.0/16", &rows[i].worse);
			put(&f, better, "10.1.0.0/16", &rows[i].better);
			if (!swap)
				put(&f, 1, "10.1.0.0/16", &rows[i].worse);
			assert_int_equal(rib_find(f.rib, "10.1.0.0/16", &path), 2);
			print_message("# %s\n", rows[i].step);
			assert_ptr_equal(path.peer, &f.config[better]);
			teardown(&f);
		}
	}
}

static void test_decision_by_address_at_last(void **state)
{
	static const struct route same = {.router_id = 7};
	struct fixture f;
	struct bgp_path path;

	setup(&f);
	for (size_t i = SOURCES; i-- > 0;)
		put(&f, i, "10.1.0.0/16", &same);
	assert_int_equal(rib_find(f.rib, "10.1.0.0/16", &path), SOURCES);
	assert_ptr_equal(path.peer, &f.config[0]);
	teardown(&f);
}

/* MED makes "better" no order of pairs: A loses to B by MED, B to C by id, C to A by id. The answer
 * is the same for every order of arrival. */
static void test_decision_does_not_depend_on_the_order_of_arrival(void **state)
{
	static const struct route routes[3] = {
	    {.neighbor_as = 1, .med = 20, .router_id = 1},
	    {.neighbor_as = 1, .med = 10, .router_id = 3},
	    {.neighbor_as = 2, .med = 15, .router_id = 2},
	};
	static const size_t orders[][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t i = 0; i < COUNT(orders); i++) {
		struct fixture f;
		struct bgp_path path;

		setup(&f);
		for (size_t k = 0; k < 3; k++)
			put(&f, orders[i][k], "10.1.0.0/16", &routes[orders[i][k]]);
		assert_int_equal(rib_find(f.rib, "10.1.0.0/16", &path), 3);
		assert_ptr_equal(path.peer, &f.config[2]);
		teardown(&f);
	}
}

struct ranking {
	size_t count;
	const struct bgp_config *peer[SOURCES];
	unsigned best;
};

static void rank(void *ctx, const struct bgp_path *path)
{
	struct ranking *r = ctx;

	r->peer[r->count++] = path->peer;
	r->best += path->best;
}

static void test_paths_are_ranked_and_the_next_takes_over(void **state)
{
	struct fixture f;
	struct ranking r = {0};
	const struct ip_prefix p = prefix("0.0.0.0/0");

	setup(&f);
	put(&f, 0, "0.0.0.0/0", &(struct route){.med = 300});
	put(&f, 1, "0.0.0.0/0", &(struct route){.med = 100});
	put(&f, 2, "0.0.0.0/0", &(struct route){.med = 200});
	bgp_rib_each(f.rib, rank, &r);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.best, 1);
	assert_ptr_equal(r.peer[0], &f.config[1]);
	assert_ptr_equal(r.peer[1], &f.config[2]);
	assert_ptr_equal(r.peer[2], &f.config[0]);
	assert_true(bgp_rib_remove(f.rib, &f.source[1], &p));
	assert_false(bgp_rib_remove(f.rib, &f.source[1], &p));
	r = (struct ranking){0};
	bgp_rib_each(f.rib, rank, &r);
	assert_int_equal(r.count, 2);
	assert_ptr_equal(r.peer[0], &f.config[2]);
	/* a better MED of the same neighbour replaces its path and the ranking */
	assert_int_equal(put(&f, 0, "0.0.0.0/0", &(struct route){.med = 50}), 1);
	assert_int_equal(put(&f, 0, "0.0.0.0/0", &(struct route){.med = 50}), 0);
	r = (struct ranking){0};
	bgp_rib_each(f.rib, rank, &r);
	assert_int_equal(r.count, 2);
	assert_ptr_equal(r.peer[0], &f.config[0]);
	teardown(&f);
}

/* ---- the structure ---- */

struct walk {
	size_t paths, prefixes;
	struct ip_prefix last;
};

static void check_order(void *ctx, const struct bgp_path *path)
{
	struct walk *w = ctx;
	int order = w->paths ? ip_prefix_compare(&w->last, &path->prefix) : -1;

	assert_true(order <= 0);
	assert_int_equal(path->best, order < 0); /* the first of each prefix */
	w->prefixes += order < 0;
	w->paths++;
	w->last = path->prefix;
}

/* Random operations against a plain model: an array of who has what. */
static void test_rib_against_a_model(void **state)
{
	enum { PREFIXES = 300, STEPS = 20000 };
	static bool model[SOURCES][PREFIXES];
	static const struct route route = {0};
	struct fixture f;
	uint32_t random = 1;

	memset(model, 0, sizeof(model));
	setup(&f);
	for (int step = 0; step < STEPS; step++) {
		char text[32];
		size_t s, k, have = 0, distinct = 0;
		struct walk w = {0};
		struct ip_prefix p;

		random = random * 1103515245u + 12345u;
		s = random >> 16 & 3;
		k = (random >> 18 & 0xffff) % PREFIXES;
		snprintf(text, sizeof(text), "10.%zu.%zu.0/%zu", k % 30, k / 30 * 8, 21 + k % 3);
		p = prefix(text);
		p = ip_prefix_mask(&p);
		if (random >> 9 & 1) {
			assert_int_equal(put(&f, s, text, &route), !model[s][k]);
			model[s][k] = true;
		} else if ((random >> 10 & 0xff) == 0) {
			bgp_rib_remove_all(f.rib, &f.source[s]);
			memset(model[s], 0, sizeof(model[s]));
		} else {
			assert_int_equal(bgp_rib_remove(f.rib, &f.source[s], &p), model[s][k]);
			model[s][k] = false;
		}
		if (step % 500)
			continue;
		for (k = 0; k < PREFIXES; k++) {
			size_t n = 0;

			for (s = 0; s < SOURCES; s++)
				n += model[s][k];
			have += n;
			distinct += n > 0;
		}
		bgp_rib_each(f.rib, check_order, &w);
		assert_int_equal(w.paths, have);
		assert_int_equal(w.prefixes, distinct);
		assert_int_equal(bgp_rib_prefix_count(f.rib), distinct);
	}
	for (size_t s = 0; s < SOURCES; s++) {
		uint32_t have = 0;

		for (size_t k = 0; k < PREFIXES; k++)
			have += model[s][k];
		assert_int_equal(f.source[s].prefixes, have);
	}
	teardown(&f);
}

static void test_five_thousand_prefixes_of_two_neighbours(void **state)
{
	static const struct route route = {0};
	struct fixture f;
	struct walk w = {0};
	char text[32];

	setup(&f);
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t k = i * 1237 % 5000; /* in no order */

		snprintf(text, sizeof(text), "10.%u.%u.0/24", k / 250, k % 250);
		assert_int_equal(put(&f, 0, text, &route), 1);
		assert_int_equal(put(&f, 1, text, &route), 1);
	}
	bgp_rib_each(f.rib, check_order, &w);
	assert_int_equal(w.paths, 10000);
	assert_int_equal(w.prefixes, 5000);
	assert_true(bgp_rib_remove_all(f.rib, &f.source[0]));
	assert_false(bgp_rib_remove_all(f.rib, &f.source[0]));
	assert_int_equal(bgp_rib_prefix_count(f.rib), 5000);
	assert_int_equal(f.source[0].prefixes, 0);
	assert_true(bgp_rib_remove_all(f.rib, &f.source[1]));
	assert_int_equal(bgp_rib_prefix_count(f.rib), 0);
	teardown(&f);
}

static void test_B29_limit_counts_prefixes_not_updates(void **state)
{
	struct fixture f;

	setup(&f);
	f.config[0].prefix_limit = 2;
	assert_int_equal(put(&f, 0, "10.1.0.0/16", &(struct route){0}), 1);
	assert_int_equal(put(&f, 0, "10.1.0.0/16", &(struct route){.med = 5}), 1);
	assert_int_equal(put(&f, 0, "10.2.0.0/16", &(struct route){0}), 1);
	assert_int_equal(put(&f, 0, "10.3.0.0/16", &(struct route){0}), -EDQUOT);
	assert_int_equal(put(&f, 0, "10.2.0.0/16", &(struct route){.med = 5}), 1);
	assert_int_equal(
	    put(&f, 1, "10.3.0.0/16", &(struct route){0}), 1); /* limits are per neighbour */
	assert_int_equal(f.source[0].prefixes, 2);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decision_of_two_paths),
	    cmocka_unit_test(test_decision_by_address_at_last),
	    cmocka_unit_test(test_decision_does_not_depend_on_the_order_of_arrival),
	    cmocka_unit_test(test_paths_are_ranked_and_the_next_takes_over),
	    cmocka_unit_test(test_rib_against_a_model),
	    cmocka_unit_test(test_five_thousand_prefixes_of_two_neighbours),
	    cmocka_unit_test(test_B29_limit_counts_prefixes_not_updates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
