/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A VPN connection from a file that a person has: what AWS offers for download for a generic device
 * (words and values), the document <vpn_connection>, or a whole answer of DescribeVpnConnections.
 */
#pragma once

#include "control/aws/vpn.h"

#define VPN_FILE_BYTES 1048576 /* a longer file is refused */

/* `as_number` is ours where the file has YOUR_BGP_ASN in its place, 0 = not known. The same checks
 * as of an answer of AWS. VPN_OK, or another with a sentence in `error`; then nothing of `out` is
 * to be used. The caller wipes `out`. */
enum vpn_result vpn_file_read(const char *text, size_t bytes, uint32_t as_number,
    struct vpn_connection *out, char error[VPN_ERROR]);
