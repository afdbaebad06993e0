/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whatever a server may answer instead of a VPN connection: the outer document, the inner one,
 * error documents. What is accepted must also be turned into lines that each are one line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/ec2.h"
#include "control/aws/vpn_raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void generate(const struct vpn_connection *vpn)
{
	struct vpn_site site = {.wan_if = "lan2",
	    .filter_first = 200080,
	    .tunnel = {1, 2},
	    .policy = {201, 202},
	    .import_filter = 1,
	    .service = "amazon-api",
	    .timestamp = {"20261121093000", "20261121093000"},
	    .nat_descriptor = 1000,
	    .nat_static_first = 1};
	char error[VPN_ERROR];
	struct vpn_lines lines;

	site.local = ip_addr_v4(0xc0a8c801);
	if (vpn_generate(vpn, &site, &lines, error) == 0) {
		for (size_t i = 0; i < lines.count; i++)
			if (strpbrk(lines.line[i], "\r\n"))
				abort();
		vpn_lines_free(&lines);
	}
}

static void parse_inner(const uint8_t *data, size_t bytes)
{
	static const struct vpn_raw_item item = {.state = "available"};
	struct vpn_connection vpn = {0};
	struct vpn_raw raw = {0};
	char error[VPN_ERROR];

	if (vpn_inner_read((const char *)data, bytes, &raw, error) == VPN_OK &&
	    vpn_check(&raw, &item, &vpn, error) == VPN_OK)
		generate(&vpn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct vpn_connection vpn;
	char error[VPN_ERROR];
	struct ec2_error e;

	if (vpn_parse(data, bytes, "vpn-0a1b2c3d4e5f60718", &vpn, error) == VPN_OK)
		generate(&vpn);
	else if (strchr(error, '\n'))
		abort();
	ec2_error_read(data, bytes, &e);
	parse_inner(data, bytes);
	return 0;
}
