/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metrics of our routes in the kernel's main table, all of protocol NETLINK_PROTOCOL. */
#pragma once

#define KERNEL_METRIC_PIN       5     /* host routes to tunnel endpoints, through the WAN */
#define KERNEL_METRIC_ROUTE     20    /* configured and learnt routes */
#define KERNEL_METRIC_BLACKHOLE 20000 /* behind every tunnel route */
#define KERNEL_METRIC_INSIDE    20001 /* blackholes of the tunnels' own inside networks */
