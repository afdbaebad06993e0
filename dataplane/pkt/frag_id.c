/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Counters of identifications by flow (RFC 6864 section 4.3, RFC 7739 section 5.3). They are no
 * secret: what bears them is encrypted next. */
#include "dataplane/pkt/frag_id.h"

#include "dataplane/pkt/ip4_hdr.h"

/* The finaliser of MurmurHash3: every bit of the input changes half of the output. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

void frag_ids_init(struct frag_ids *ids, unsigned worker, unsigned workers, uint64_t seed)
{
	ids->step = 1;
	while (ids->step < workers)
		ids->step = (uint16_t)(ids->step * 2);
	ids->first = (uint16_t)worker;
	for (unsigned i = 0; i < FRAG_ID_COUNTERS; i++)
		ids->next[i] = (uint16_t)mix(seed + i);
}

uint16_t frag_id_next(struct frag_ids *ids, const uint8_t *ip)
{
	uint64_t flow = (uint64_t)ip4_source(ip) << 32 | ip4_destination(ip);
	uint16_t *next = &ids->next[mix(flow + ip[IP4_OFFSET_PROTOCOL]) % FRAG_ID_COUNTERS];
	uint16_t id;

	do
		id = (uint16_t)((*next)++ * ids->step + ids->first);
	while (id == 0);
	return id;
}
