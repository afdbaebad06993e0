/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rules of nftables that `nat descriptor ...` and `ip lanN nat descriptor` mean. Pure: a text
 * from a model. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/text.h"
#include "control/service/facts.h"

/* Ports that a masquerade gives to the connections of others: none of our own services is there. */
#define NAT_PORT_LOW  44096
#define NAT_PORT_HIGH 64095

/* Appends the chains of the translation, as they stand inside a table. False when nothing is
 * translated: then nothing was appended. A port without an address translates nothing. */
bool nat_print(
    const struct config_model *model, const struct service_facts *facts, struct text *out);

/* A descriptor in force at a port. */
struct nat_applied {
	const struct config_nat *nat;
	uint32_t lan;
	uint32_t own;   /* address of the port, in host byte order, as the next one */
	bool primary;   /* the outer address is the port's own */
	uint32_t outer; /* that a masquerade uses */
};

/* Those that are in force, by port and in their order there: at most `max`; returns how many. */
size_t nat_list(const struct config_model *model, const struct service_facts *facts,
    struct nat_applied *out, size_t max);

/* The address of ours, in host byte order, that static entries at that port lead IKE and ESP to, as
 * the router wants it: a filter knows them by it. 0 = none. */
uint32_t nat_self(
    const struct config_model *model, const struct service_facts *facts, uint32_t lan);

/* True when the outer address is one of that descriptor at that port. */
bool nat_holds(const struct nat_applied *applied, const struct ip_addr *outer);

/* The outer addresses, in host byte order, that a port has to bear besides its own, so that it
 * answers for them: at most `max`, none twice. Returns how many. */
size_t nat_outer_addresses(
    const struct config_model *model, uint32_t lan, uint32_t own, uint32_t *out, size_t max);
