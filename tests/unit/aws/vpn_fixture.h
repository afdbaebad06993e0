/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An answer of DescribeVpnConnections for tests: a sound one, and ways to damage it.
 * Addresses are documentation ones (RFC 5737), keys are made up. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/aws/vpn.h"

#define FIXTURE_ID "vpn-0a1b2c3d4e5f60718"

#define FIXTURE_TUNNEL(vgw, cgw_in, vgw_in, key)                                                   \
	"<ipsec_tunnel><customer_gateway>"                                                         \
	"<tunnel_outside_address><ip_address>198.51.100.7</ip_address></tunnel_outside_address>"   \
	"<tunnel_inside_address><ip_address>" cgw_in "</ip_address>"                               \
	"<network_mask>255.255.255.252</network_mask><network_cidr>30</network_cidr>"              \
	"</tunnel_inside_address>"                                                                 \
	"<bgp><asn>65010</asn><hold_time>30</hold_time></bgp></customer_gateway>\n"                \
	"<vpn_gateway>"                                                                            \
	"<tunnel_outside_address><ip_address>" vgw "</ip_address></tunnel_outside_address>"        \
	"<tunnel_inside_address><ip_address>" vgw_in "</ip_address>"                               \
	"<network_mask>255.255.255.252</network_mask><network_cidr>30</network_cidr>"              \
	"</tunnel_inside_address>"                                                                 \
	"<bgp><asn>64512</asn><hold_time>30</hold_time></bgp></vpn_gateway>\n"                     \
	"<ike><authentication_protocol>sha1</authentication_protocol>"                             \
	"<encryption_protocol>aes-128-cbc</encryption_protocol><lifetime>28800</lifetime>"         \
	"<perfect_forward_secrecy>group2</perfect_forward_secrecy><mode>main</mode>"               \
	"<pre_shared_key>" key "</pre_shared_key></ike>\n"                                         \
	"<ipsec><protocol>esp</protocol>"                                                          \
	"<authentication_protocol>hmac-sha1-96</authentication_protocol>"                          \
	"<encryption_protocol>aes-128-cbc</encryption_protocol><lifetime>3600</lifetime>"          \
	"<perfect_forward_secrecy>group2</perfect_forward_secrecy><mode>tunnel</mode>"             \
	"<clear_df_bit>true</clear_df_bit>"                                                        \
	"<fragmentation_before_encryption>true</fragmentation_before_encryption>"                  \
	"<tcp_mss_adjustment>1379</tcp_mss_adjustment>"                                            \
	"<dead_peer_detection><interval>10</interval><retries>3</retries></dead_peer_detection>"   \
	"</ipsec></ipsec_tunnel>\n"

#define FIXTURE_TUNNEL_1                                                                           \
	FIXTURE_TUNNEL("203.0.113.21", "169.254.77.18", "169.254.77.17", "First_key.for.Tests0001")
#define FIXTURE_TUNNEL_2                                                                           \
	FIXTURE_TUNNEL("203.0.113.84", "169.254.77.130", "169.254.77.129", "Second_key.of.Tests02")
#define FIXTURE_TUNNEL_3                                                                           \
	FIXTURE_TUNNEL("203.0.113.99", "169.254.78.6", "169.254.78.5", "Third_key.of.Tests0003")

#define FIXTURE_INNER_HEAD                                                                         \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vpn_connection id=\"" FIXTURE_ID "\">"       \
	"<customer_gateway_id>cgw-00aa11bb22cc33dd4</customer_gateway_id>"                         \
	"<vpn_gateway_id> vgw-0f0e0d0c0b0a09080 </vpn_gateway_id>\n"                               \
	"<vpn_connection_type>ipsec.1</vpn_connection_type>\n"
#define FIXTURE_INNER FIXTURE_INNER_HEAD FIXTURE_TUNNEL_1 FIXTURE_TUNNEL_2 "</vpn_connection>\n"

#define FIXTURE_OUTER_HEAD                                                                         \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                             \
	"<DescribeVpnConnectionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"      \
	"<requestId>5d3f0b9e-0000-4000-8000-1f2e3d4c5b6a</requestId>\n<vpnConnectionSet>\n"
#define FIXTURE_OUTER_TAIL "</vpnConnectionSet></DescribeVpnConnectionsResponse>\n"
#define FIXTURE_ITEM                                                                               \
	"<item><vpnConnectionId>" FIXTURE_ID "</vpnConnectionId><state>available</state>"          \
	"<customerGatewayConfiguration>@CONFIG@</customerGatewayConfiguration>"                    \
	"<type>ipsec.1</type><customerGatewayId>cgw-00aa11bb22cc33dd4</customerGatewayId>"         \
	"<vpnGatewayId>vgw-0f0e0d0c0b0a09080</vpnGatewayId>"                                       \
	"<options><staticRoutesOnly>false</staticRoutesOnly>@OPTIONS@</options>"                   \
	"<vgwTelemetry><item><outsideIpAddress>203.0.113.84</outsideIpAddress>"                    \
	"<status>UP</status><acceptedRouteCount>1</acceptedRouteCount></item></vgwTelemetry>"      \
	"<category>VPN</category></item>\n"
#define FIXTURE_OUTER FIXTURE_OUTER_HEAD FIXTURE_ITEM FIXTURE_OUTER_TAIL

/* `text` with the nth (from 1; 0 = every) occurrence of `old` replaced; fails when there is none.
 * The caller frees. */
static inline char *fixture_replace(
    const char *text, const char *old, const char *with, unsigned nth)
{
	size_t room = strlen(text) + 1, at = 0;
	unsigned seen = 0, done = 0;
	char *out;

	for (const char *p = text; (p = strstr(p, old)) != NULL; p += strlen(old))
		room += strlen(with);
	out = malloc(room);
	assert_non_null(out);
	while (*text) {
		if (strncmp(text, old, strlen(old)) == 0 && (++seen == nth || nth == 0)) {
			memcpy(out + at, with, strlen(with));
			at += strlen(with);
			text += strlen(old);
			done++;
		} else {
			out[at++] = *text++;
		}
	}
	out[at] = '\0';
	assert_true(done > 0);
	return out;
}

static inline char *fixture_escape(const char *xml)
{
	char *out = malloc(5 * strlen(xml) + 1);
	size_t at = 0;

	assert_non_null(out);
	for (; *xml; xml++)
		switch (*xml) {
		case '<': at += (size_t)sprintf(out + at, "&lt;"); break;
		case '>': at += (size_t)sprintf(out + at, "&gt;"); break;
		case '&': at += (size_t)sprintf(out + at, "&amp;"); break;
		default: out[at++] = *xml;
		}
	out[at] = '\0';
	return out;
}

/* `outer` with `inner` escaped into it, and `options`. The caller frees. */
static inline char *fixture_body(const char *outer, const char *inner, const char *options)
{
	char *escaped = fixture_escape(inner);
	char *with_config = fixture_replace(outer, "@CONFIG@", escaped, 1);
	char *body = fixture_replace(with_config, "@OPTIONS@", options, 1);

	free(escaped);
	free(with_config);
	return body;
}

static inline enum vpn_result fixture_parse(
    const char *inner, const char *options, struct vpn_connection *out, char error[VPN_ERROR])
{
	char *body = fixture_body(FIXTURE_OUTER, inner, options);
	enum vpn_result result = vpn_parse(body, strlen(body), FIXTURE_ID, out, error);

	free(body);
	return result;
}
