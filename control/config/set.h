/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What each setting writes into the model: the `set` column of the grammar table. */
#pragma once

#include "control/config/grammar.h"

grammar_set_fn set_nothing; /* remembered and shown, without effect on operation */

grammar_set_fn set_login_password, set_administrator_password, set_login_timer;
grammar_set_fn set_console_character, set_console_lines, set_console_prompt, set_timezone;
grammar_set_fn set_syslog_notice, set_syslog_info, set_syslog_debug, set_syslog_host;

grammar_set_fn set_ip_route;
grammar_set_fn set_lan_address, set_lan_mtu, set_lan_mss, set_lan_description;

grammar_set_fn set_tunnel_encapsulation, set_tunnel_description, set_tunnel_policy, set_tunnel_df,
    set_tunnel_address, set_tunnel_remote, set_tunnel_mtu, set_tunnel_mss, set_tunnel_enable;

grammar_set_fn set_sa_policy;
grammar_set_fn set_ike_version, set_ike_duration, set_ike_encryption, set_ike_group, set_ike_hash,
    set_ike_keepalive, set_ike_local_address, set_ike_local_id, set_ike_nat_traversal, set_ike_pfs,
    set_ike_psk, set_ike_remote_address, set_ike_remote_id, set_ike_auto_refresh;
grammar_set_fn set_ipsec_use, set_ipsec_auto_refresh, set_ike_retry;

grammar_set_fn set_lan_secondary;
grammar_set_fn set_bgp_use, set_bgp_as, set_bgp_router_id, set_bgp_neighbor, set_bgp_import_filter,
    set_bgp_import;

grammar_set_fn set_cloud_service, set_cloud_name, set_cloud_parameter, set_cloud_option,
    set_cloud_bind, set_cloud_refresh, set_cloud_syslog, set_cloud_price, set_cloud_currency;

grammar_set_fn set_lan_nat, set_nat_type, set_nat_outer, set_nat_inner, set_nat_incoming,
    set_nat_forward, set_nat_pair, set_nat_timer;
grammar_set_fn set_filter, set_dynamic, set_dynamic_timer, set_lan_filters, set_tunnel_filters;
grammar_set_fn set_schedule, set_statistics;
grammar_set_fn set_dhcp_service, set_dhcp_rfc2131, set_dhcp_scope, set_dhcp_bind, set_dhcp_option,
    set_dhcp_relay;
grammar_set_fn set_dns_service, set_dns_server, set_dns_server_dhcp, set_dns_domain;
grammar_set_fn set_ip_host, set_dns_a, set_dns_aaaa, set_dns_ptr, set_dns_cname, set_dns_select;

/* A zeroed element more in an owned array that only this made longer, `array` being where its
 * pointer is; NULL = no memory, and then nothing was changed. */
void *set_grow(void *array, uint32_t *count, size_t element_bytes);

/* The addresses of one parameter, at most `max`. How many, or -1 when there are more. */
int set_addresses(const struct grammar_args *args, const char *name, struct ip_addr *out, int max);

/* Writes the sentence and returns -EINVAL. */
int set_refuse(char *error, size_t error_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True for an address that an interface may bear: no unspecified, loopback or multicast one, none
 * of 240/4, and inside a network of /30 or larger neither the first nor the last address. */
bool set_is_host_address(const struct ip_prefix *address);
