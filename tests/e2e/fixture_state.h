/* SPDX-License-Identifier: BSD-3-Clause
 *
 * state.v1 as a person and a test read it. */
#pragma once

/* Prints what the dataplane of that instance says of itself as one JSON object, but for its last
 * brace, which is the answer; or an answer that begins with "error". */
const char *fixture_state(const char *instance);
