/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of address translation. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "control/config/read.h"
#include "control/config/read_filter.h"
#include "control/config/set.h"

/* The descriptor that a line speaks of, made when it is new; NULL = no memory. */
static struct config_nat *descriptor(struct config_model *model, const struct grammar_args *args)
{
	uint32_t number = args_number(args, "descriptor", 0);
	struct config_nat *nat;

	for (uint32_t i = 0; i < model->nat_count; i++)
		if (model->nat[i].number == number)
			return &model->nat[i];
	nat = set_grow(&model->nat, &model->nat_count, sizeof(*nat));
	if (nat)
		nat->number = number;
	return nat;
}

int set_lan_nat(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat_list *list = &model->lan[args_number(args, "lan", 0)].nat;
	const struct value *value;
	unsigned at = 0;

	if (args_keyword(args, "reverse"))
		return set_refuse(error, error_bytes,
		    "`reverse` is not done: a descriptor translates towards its own interface "
		    "only");
	while ((value = args_next(args, "descriptor", &at)) != NULL) {
		if (list->count == CONFIG_NAT_LISTED)
			return set_refuse(error, error_bytes,
			    "an interface has at most %d descriptors", CONFIG_NAT_LISTED);
		list->number[list->count++] = (uint32_t)value->number;
	}
	return 0;
}

int set_nat_type(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);

	if (!nat)
		return -ENOMEM;
	nat->type = args_is(args, "type", "nat")          ? CONFIG_NAT
		    : args_is(args, "type", "masquerade") ? CONFIG_MASQUERADE
		    : args_is(args, "type", "none")       ? CONFIG_NAT_NONE
							  : CONFIG_NAT_MASQUERADE;
	nat->hairpin = args_is(args, "hairpin", "on");
	if (nat->type == CONFIG_NAT_NONE && args_find(args, "hairpin"))
		return set_refuse(error, error_bytes,
		    "hairpin belongs to a translation: none does not translate");
	return 0;
}

static int read_ranges(const struct grammar_args *args, struct config_range *out, uint32_t *count,
    char *error, size_t error_bytes)
{
	const struct value *value;
	unsigned at = 0;

	while ((value = args_next(args, "range", &at)) != NULL) {
		const char *word = args->store + value->text;

		if (*count == CONFIG_NAT_RANGES)
			return set_refuse(error, error_bytes, "at most %d ranges can be named",
			    CONFIG_NAT_RANGES);
		(void)read_range(word, strlen(word), &out[*count]);
		for (uint32_t i = 0; i < *count; i++)
			if (out[i].low <= out[*count].high && out[*count].low <= out[i].high)
				return set_refuse(error, error_bytes, "the ranges overlap");
		(*count)++;
	}
	return 0;
}

int set_nat_outer(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);
	uint64_t addresses = 0;
	int rc;

	if (!nat)
		return -ENOMEM;
	if (args_is(args, "outer", "secondary"))
		return set_refuse(error, error_bytes,
		    "the address itself is named here, as in `nat descriptor address outer 1 203.0.113.9`");
	if (args_is(args, "outer", "ipcp") || args_is(args, "outer", "map-e"))
		return set_refuse(error, error_bytes,
		    "a lan has no such address: `primary`, or the outer addresses themselves");
	rc = read_ranges(args, nat->outer, &nat->outer_count, error, error_bytes);
	for (uint32_t i = 0; i < nat->outer_count; i++)
		addresses += (uint64_t)nat->outer[i].high - nat->outer[i].low + 1;
	if (!rc && addresses > CONFIG_NAT_OUTERS)
		return set_refuse(error, error_bytes, "a descriptor has at most %d outer addresses",
		    CONFIG_NAT_OUTERS);
	return rc;
}

int set_nat_inner(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);

	if (!nat)
		return -ENOMEM;
	return read_ranges(args, nat->inner, &nat->inner_count, error, error_bytes);
}

int set_nat_incoming(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);

	if (!nat)
		return -ENOMEM;
	nat->incoming = args_keyword(args, "forward")        ? CONFIG_INCOMING_FORWARD
			: args_is(args, "action", "through") ? CONFIG_INCOMING_THROUGH
			: args_is(args, "action", "discard") ? CONFIG_INCOMING_DISCARD
							     : CONFIG_INCOMING_REJECT;
	nat->incoming_host = args_address(args, "address");
	return 0;
}

static uint8_t protocol_of(const struct grammar_args *args)
{
	if (args_find(args, "icmp"))
		return IPPROTO_ICMP;
	if (args_is(args, "protocol", "esp"))
		return IPPROTO_ESP;
	if (args_is(args, "protocol", "tcp"))
		return IPPROTO_TCP;
	if (args_is(args, "protocol", "udp"))
		return IPPROTO_UDP;
	return (uint8_t)args_number(args, "protocol", 0);
}

int set_nat_forward(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);
	struct config_forward *forward =
	    nat ? set_grow(&nat->forward, &nat->forward_count, sizeof(*forward)) : NULL;
	struct read_ports outer, inner;

	if (!forward)
		return -ENOMEM;
	forward->id = args_number(args, "id", 0);
	forward->inner = args_address(args, "address");
	forward->protocol = protocol_of(args);
	forward->all_ports = !args_find(args, "port");
	if (forward->all_ports)
		return 0;
	if (forward->protocol != IPPROTO_TCP && forward->protocol != IPPROTO_UDP)
		return set_refuse(error, error_bytes, "a protocol without ports takes none");
	(void)read_forward(args_text(args, "port"), &outer, &inner);
	if (outer.low != inner.low && outer.high - outer.low >= CONFIG_NAT_PORTS)
		return set_refuse(error, error_bytes,
		    "at most %d ports can change their numbers in one line", CONFIG_NAT_PORTS);
	forward->outer_low = outer.low;
	forward->outer_high = outer.high;
	forward->inner_low = inner.low;
	forward->inner_high = inner.high;
	return 0;
}

int set_nat_pair(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);
	struct config_pair *pair =
	    nat ? set_grow(&nat->pair, &nat->pair_count, sizeof(*pair)) : NULL;
	uint32_t more = args_number(args, "count", 1) - 1;

	if (!pair)
		return -ENOMEM;
	pair->id = args_number(args, "id", 0);
	(void)read_pair(args_text(args, "pair"), &pair->outer, &pair->inner);
	if (pair->outer.low > UINT32_MAX - more || pair->inner.low > UINT32_MAX - more)
		return set_refuse(error, error_bytes, "the addresses run past 255.255.255.255");
	pair->outer.high += more;
	pair->inner.high += more;
	return 0;
}

int set_nat_timer(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_nat *nat = descriptor(model, args);
	struct config_nat_timer *timer =
	    nat ? set_grow(&nat->timer, &nat->timer_count, sizeof(*timer)) : NULL;
	bool tcp = args_is(args, "protocol", "tcp");

	if (!timer)
		return -ENOMEM;
	if (args_find(args, "protocol") && !tcp && !args_is(args, "protocol", "udp"))
		return set_refuse(error, error_bytes,
		    "tcp and udp have times of their own; those of other protocols are the "
		    "kernel's");
	timer->seconds = args_number(args, "seconds", 0);
	timer->tcp_fin = args_keyword(args, "tcpfin");
	if (args_find(args, "protocol"))
		timer->protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	if (args_find(args, "ports"))
		(void)read_ports_list(args_text(args, "ports"), &timer->ports);
	return 0;
}
