/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The chain of one list of filters, for the files that print its parts. */
#pragma once

#include "control/config/model.h"
#include "control/config/text.h"

/* One list, being printed. */
struct chain {
	const struct config_model *model;
	const struct config_filter_list *list;
	char interface[16]; /* of the kernel */
	char name[24];      /* of the chain */
	uint32_t mark;
	uint32_t own,
	    self; /* of a port: its address, and what static entries take it for; 0 = none */
	struct text *out;
};

/* The static filters, in their order. With `self` in the place of the address on our side, which
 * the rules then do not ask about; 0 = as they are. */
void filter_chain_statics(const struct chain *chain, uint32_t self);

/* The sets, as they stand in front of the chains, in which dynamic filters remember pairs of
 * addresses. */
void filter_chain_sets(const struct chain *chain);

/* The chains behind the one of the list: of what its dynamic filters follow, and of what static
 * ones have let pass. */
void filter_chain_dynamics(const struct chain *chain);

/* What may pass between hosts that a dynamic filter of `from`, a list of the same interface,
 * remembers: in its own direction by `out`, in the other by `in`. */
void filter_chain_pairs(const struct chain *chain, const struct chain *from);
