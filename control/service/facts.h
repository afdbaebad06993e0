/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the services want to know of the machine besides the configuration. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"
#include "control/config/model.h"
#include "control/service/interfaces.h"

struct service_lan {
	bool present;             /* its twin exists */
	bool wan;                 /* it bears the default route */
	bool leased;              /* its address came by DHCP, and with it these: */
	struct ip_prefix address; /* family none: it has none */
	uint32_t name_server_count;
	struct ip_addr name_server[CONFIG_NAME_SERVERS];
};

struct service_facts {
	struct service_lan lan[CONFIG_LANS + 1]; /* by number, [0] unused */
	struct interfaces relied; /* the dataplane may still leave their packets to the kernel */
};
