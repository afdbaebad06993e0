/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The SAs of all tunnels in one list, and their numbers: those of `show ipsec sa`, by which `ipsec
 * sa delete` names them. An SA keeps its number for as long as it lives; one that has gone leaves
 * its number free, but not to an SA that appears in the same moment. */
#pragma once

#include <stddef.h>

#include "control/agent.h"

enum sa_kind { SA_ISAKMP, SA_SEND, SA_RECEIVE };

/* What tells an SA from all others. */
struct sa_name {
	enum sa_kind kind;
	struct agent_sa of;
};

struct sa_numbered {
	struct sa_name name;
	unsigned number;
};

/* The numbers given out, in order of name; {0} = none yet. */
struct sa_numbers {
	size_t count;
	struct sa_numbered *given;
};

struct sa {
	unsigned number, isakmp; /* isakmp: the one it was negotiated under, 0 = none */
	enum sa_kind kind;
	uint32_t index; /* in ike.isakmp or ike.child of its tunnel */
	uint32_t life_sec;
	const struct agent_tunnel_status *tunnel; /* borrowed */
};

struct sa_list {
	size_t count;
	unsigned of_kind[3];
	struct sa sa[]; /* in order of number */
};

/* All SAs of these tunnels. `numbers` follows, or is left as it is when there is no memory; NULL:
 * they are numbered as they are listed. The caller frees; NULL = no memory. */
struct sa_list *sa_list_make(
    const struct agent_tunnel_status *tunnels, size_t count, struct sa_numbers *numbers);

/* The SA of that number, NULL = none has it. */
const struct sa_name *sa_numbers_find(const struct sa_numbers *numbers, unsigned number);
void sa_numbers_free(struct sa_numbers *numbers);
