/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that a person loads as a VPN connection, and secrets that keys are taken out of. What is
 * accepted must be sound enough for lines; nothing of a secret may come back in a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/secret.h"
#include "control/aws/vpn_file.h"
#include "control/aws/vpn_raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void read_file(const char *text, size_t bytes, uint32_t as_number)
{
	struct vpn_connection vpn;
	char error[VPN_ERROR];

	if (vpn_file_read(text, bytes, as_number, &vpn, error) != VPN_OK) {
		if (!error[0] || strchr(error, '\n'))
			abort();
		return;
	}
	for (uint32_t i = 0; i < vpn.tunnel_count; i++)
		if (vpn.tunnel[i].psk[0] && vpn_key_fault(vpn.tunnel[i].psk))
			abort();
	if (vpn.tunnel_count == 0 || vpn.tunnel_count > VPN_TUNNELS)
		abort();
}

static void read_secret(const char *text, size_t bytes)
{
	struct vpn_connection vpn = {.tunnel_count = 2};
	char error[VPN_ERROR];

	vpn.tunnel[0].vgw_outside = ip_addr_v4(0xcb007115);
	vpn.tunnel[1].vgw_outside = ip_addr_v4(0xcb007154);
	vpn.tunnel[0].option_number = 1;
	vpn.tunnel[1].option_number = 2;
	if (secret_take_keys(text, bytes, &vpn, error))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (vpn_key_fault(vpn.tunnel[i].psk))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	read_file((const char *)data, bytes, 0);
	read_file((const char *)data, bytes, 65000);
	read_secret((const char *)data, bytes);
	return 0;
}
