/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The options of cgw-dataplane as a table: --help and cgw-dataplane(8) follow from it. */
#pragma once

#include "common/options.h"

enum {
	OPT_INSTANCE = 256,
	OPT_PORT,
	OPT_IDLE_SLEEP,
	OPT_MBUFS,
	OPT_FRAME_BYTES,
	OPT_BURST,
	OPT_CRYPTO_ARCH,
	OPT_FAN_OUT,
	OPT_CAPTURE_DIR,
	OPT_DEBUG,
	OPT_HELP,
	OPT_VERSION
};

extern const struct option_table dataplane_options;
