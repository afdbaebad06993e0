/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The UPDATE message: taken apart and judged as a whole, and written. */
#pragma once

#include "bgp_attr.h"

struct bgp_update {
	struct rd withdrawn, nlri; /* checked: bgp_nlri_next() reads them to their end */
	struct bgp_attrs attrs;    /* with mp_reach and mp_unreach checked likewise */
	bool end_of_rib;           /* RFC 4724: a well-formed UPDATE with nothing in it */
};

/* Parses the body of an UPDATE. attrs.verdict says what it deserves:
 * OK, WITHDRAW (take nlri and mp_reach as withdrawn, too) or RESET with attrs.error.
 * The result points into `body`. */
void bgp_update_parse(const uint8_t *body, size_t bytes, const struct bgp_attr_source *source,
    struct bgp_update *update);

/* Takes the next prefix off a checked list, host bits cleared; false at its end. */
bool bgp_nlri_next(struct rd *list, struct ip_prefix *prefix);

/* Writing: begin, put prefixes until one does not fit, end. Only IPv4 prefixes. */
void bgp_update_begin_withdraw(struct wr *w);
void bgp_update_begin_announce(struct wr *w, const struct bgp_config *config, bool four_octet_as);
bool bgp_update_put(struct wr *w, const struct ip_prefix *prefix); /* false: message full */
size_t bgp_update_end_withdraw(struct wr *w);
size_t bgp_update_end_announce(struct wr *w);
