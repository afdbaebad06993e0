/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of DNS. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/config/set.h"

#define TTL_SEC 1 /* the router's */

int set_dns_service(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->dns.recursive = args_is(args, "service", "recursive") ? CONFIG_ON : CONFIG_OFF;
	return 0;
}

int set_dns_server(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	int count = set_addresses(args, "address", model->dns.server, CONFIG_NAME_SERVERS);

	if (count < 0)
		return set_refuse(
		    error, error_bytes, "at most %d servers can be named", CONFIG_NAME_SERVERS);
	model->dns.server_count = (uint32_t)count;
	return 0;
}

int set_dns_server_dhcp(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	model->dns.dhcp_lan = args_number(args, "lan", 0);
	return 0;
}

int set_dns_domain(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	(void)snprintf(
	    model->dns.domain, sizeof(model->dns.domain), "%s", args_text(args, "domain"));
	return 0;
}

/* One more record, with its time to live. */
static struct config_dns_record *add_record(
    struct config_model *model, enum config_dns_kind kind, const struct grammar_args *args)
{
	struct config_dns_record *record =
	    set_grow(&model->dns.record, &model->dns.record_count, sizeof(*record));

	if (record) {
		record->kind = kind;
		record->ttl_sec = args_number(args, "ttl", TTL_SEC);
		(void)snprintf(record->name, sizeof(record->name), "%s", args_text(args, "name"));
	}
	return record;
}

static int add_address(
    struct config_model *model, enum config_dns_kind kind, const struct grammar_args *args)
{
	struct config_dns_record *record = add_record(model, kind, args);

	if (!record)
		return -ENOMEM;
	record->address = args_address(args, "address");
	return 0;
}

int set_ip_host(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	return add_address(model, CONFIG_DNS_HOST, args);
}

int set_dns_a(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	return add_address(model, CONFIG_DNS_A, args);
}

int set_dns_aaaa(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_dns_record *record = add_record(model, CONFIG_DNS_AAAA, args);

	if (!record)
		return -ENOMEM;
	if (ip_addr_parse(args_text(args, "ipv6"), &record->address) ||
	    record->address.family != IP_FAMILY_V6)
		return set_refuse(error, error_bytes, "that is no IPv6 address");
	return 0;
}

int set_dns_ptr(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	if (args_find(args, "ttl"))
		return set_refuse(error, error_bytes, "a ptr lives 1 second: leave ttl= out");
	return add_address(model, CONFIG_DNS_PTR, args);
}

int set_dns_cname(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_dns_record *record = add_record(model, CONFIG_DNS_CNAME, args);

	if (!record)
		return -ENOMEM;
	(void)snprintf(record->target, sizeof(record->target), "%s", args_text(args, "canonical"));
	return 0;
}

int set_dns_select(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_dns_select *select =
	    set_grow(&model->dns.select, &model->dns.select_count, sizeof(*select));
	const struct value *network = args_find(args, "network"), *type = args_find(args, "type");
	int count;

	if (!select)
		return -ENOMEM;
	if (type && !args_is(args, "type", "any") && !args_is(args, "type", "a"))
		return set_refuse(error, error_bytes,
		    "a server is chosen by the name alone, not by the type of the record: write "
		    "`any`");
	select->number = args_number(args, "select", 0);
	select->lan = args_number(args, "lan", 0);
	count = set_addresses(args, "address", select->server, CONFIG_SELECT_SERVERS);
	if (count < 0)
		return set_refuse(
		    error, error_bytes, "at most %d servers can be named", CONFIG_SELECT_SERVERS);
	select->server_count = (uint32_t)count;
	select->reverse = network != NULL;
	if (network)
		select->network = network->net;
	if (!network && !args_is(args, "domain", "."))
		(void)snprintf(
		    select->domain, sizeof(select->domain), "%s", args_text(args, "domain"));
	return 0;
}
