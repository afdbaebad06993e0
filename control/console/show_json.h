/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the `show` commands share when they answer in JSON. The form of every answer is written down
 * in docs/schema/. */
#pragma once

#include <jansson.h>

#include "control/console/show.h"

/* Makes `members` the answer, with "schema" and "time" in front; steals it. `schema` is
 * "NAME/VERSION", described by docs/schema/NAME.json. 0, or -ENOMEM with a sentence, also when
 * `members` is NULL. */
int show_answer(
    const struct show *show, const char *schema, json_t *members, char *error, size_t error_bytes);

/* All of these return NULL only when there is no memory. */

/* A text; bytes that are no UTF-8 are shown as \xNN. */
json_t *show_json_text(const char *text);
/* The same; null when it is empty. */
json_t *show_json_text_or_null(const char *text);
/* An address; null when its family is none. */
json_t *show_json_address(const struct ip_addr *addr);
json_t *show_json_prefix(const struct ip_prefix *prefix);
json_t *show_json_mac(const uint8_t mac[6]);
/* An instant of RFC 3339 in UTC; null for 0. */
json_t *show_json_time(int64_t unix_sec);
/* The same of "YYYY/MM/DD hh:mm:ss" in local time; null for anything else. */
json_t *show_json_local_time(const char *text);
/* The lines of a text, without their ends. */
json_t *show_json_lines(const char *text);
/* The array, or NULL (and it is released) when something could not be appended. */
json_t *show_json_array(json_t *array, bool bad);
/* A port, as `show status dataplane` and `show status lanN` have it. */
json_t *show_port_json(const struct agent_port_status *port);
