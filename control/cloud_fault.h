/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a run that asks AWS failed of, as far as what to do about it goes: control/console/remedy.h
 * has what. Pure. */
#pragma once

#include "control/http/http.h"

enum cloud_fault {
	CLOUD_FAULT_OTHER,       /* what failed says all there is */
	CLOUD_FAULT_NAME,        /* the server's was not found */
	CLOUD_FAULT_UNREACHED,   /* no TCP connection */
	CLOUD_FAULT_CUT,         /* it ended, or nothing came, before the answer was whole */
	CLOUD_FAULT_CLOCK,       /* ours and AWS's differ, or a certificate's dates do */
	CLOUD_FAULT_CERTIFICATE, /* the server's is refused, for something else than its dates */
	CLOUD_FAULT_TRUST_STORE, /* there is none to judge it by */
	CLOUD_FAULT_CREDENTIALS, /* there are none */
	CLOUD_FAULT_KEY,         /* AWS does not take them */
	CLOUD_FAULT_RIGHT,       /* it does, but they may not do that */
	CLOUD_FAULT_VPN_ID,      /* no such VPN connection in that account and region */
	CLOUD_FAULT_TARGET,      /* no such VPC or transit gateway there */
	CLOUD_FAULT_LATER,       /* throttling, or a fault at AWS */
	CLOUD_FAULT_ANSWER,      /* what came is not what EC2 says */
	CLOUD_FAULT_OPTION,      /* the VPN connection has an option that cannot be had here */
	CLOUD_FAULT_LINES,       /* the configuration does not take what would come */
	CLOUD_FAULT_TWICE,       /* another cloud setting has the VPN connection */
	CLOUD_FAULT_INSIDE,      /* another connection has the same addresses inside its tunnels */
	CLOUD_FAULTS
};

/* Of a question that got no whole answer. */
enum cloud_fault cloud_fault_of_http(enum http_error error);
/* Of an error code of AWS's APIs; OTHER for one that says nothing about what to do. */
enum cloud_fault cloud_fault_of_code(const char *code);
