/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of BGP's states, as RFC 4271 section 8.2.2 has them. */
#include "control/console/show.h"

const char *show_bgp_state(enum bgp_state state)
{
	switch (state) {
	case BGP_IDLE: return "Idle";
	case BGP_CONNECT: return "Connect";
	case BGP_ACTIVE: return "Active";
	case BGP_OPENSENT: return "OpenSent";
	case BGP_OPENCONFIRM: return "OpenConfirm";
	case BGP_ESTABLISHED: return "Established";
	}
	return "-";
}
