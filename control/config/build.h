/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From lines to a model. */
#pragma once

#include "control/config/lines.h"

/* Builds and checks the model that `lines` make. NULL with a sentence in `error`, which begins with
 * "line N: " when the line at fault has an origin. */
struct config_model *build_model(const struct lines *lines, char *error, size_t error_bytes);
