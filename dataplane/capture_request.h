/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The words of a capture: `what=inner+drops,tunnel=3,snap=128,packets=1000,seconds=60`. */
#pragma once

struct capture_request;
struct port;

/* Fills `request`. What is not said is not bounded, not filtered, and whole; `what` has to be said.
 * 0, or -EINVAL with one sentence in `why`. */
int capture_request_parse(const char *text, const struct port *ports, unsigned port_count,
    struct capture_request *request, const char **why);
