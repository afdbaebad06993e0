/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame of an answer in JSON, and the values that several answers have. */
#include "control/console/show_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"

int show_answer(
    const struct show *show, const char *schema, json_t *members, char *error, size_t error_bytes)
{
	json_t *time = show_json_time(show->now_unix);
	json_t *answer = time ? json_pack("{s:s, s:o}", "schema", schema, "time", time) : NULL;
	bool good = answer && members && json_object_update(answer, members) == 0;

	json_decref(members);
	if (good) {
		json_decref(*show->answer);
		*show->answer = answer;
		return 0;
	}
	json_decref(answer);
	return show_no_memory(error, error_bytes);
}

json_t *show_json_text(const char *text)
{
	size_t bytes = strlen(text), room = bytes * 4 + 1;
	json_t *string = json_stringn(text, bytes);
	char *escaped = string ? NULL : malloc(room);

	if (escaped)
		string = json_string(log_escape(text, bytes, escaped, room));
	free(escaped);
	return string;
}

json_t *show_json_text_or_null(const char *text)
{
	return *text ? show_json_text(text) : json_null();
}

json_t *show_json_address(const struct ip_addr *addr)
{
	char text[IP_ADDR_TEXT_BYTES];

	return addr->family == IP_FAMILY_NONE ? json_null()
					      : json_string(ip_addr_format(addr, text));
}

json_t *show_json_prefix(const struct ip_prefix *prefix)
{
	char text[IP_PREFIX_TEXT_BYTES];

	return json_string(ip_prefix_format(prefix, text));
}

json_t *show_json_mac(const uint8_t mac[6])
{
	return json_sprintf(
	    "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

json_t *show_json_time(int64_t unix_sec)
{
	time_t at = (time_t)unix_sec;
	char text[SHOW_TIME_BYTES];
	struct tm utc;

	if (!at || !gmtime_r(&at, &utc) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc))
		return json_null();
	return json_string(text);
}

json_t *show_json_local_time(const char *text)
{
	struct tm local = {.tm_isdst = -1};
	const char *end = strptime(text, "%Y/%m/%d %H:%M:%S", &local);

	return end && !*end ? show_json_time(mktime(&local)) : json_null();
}

json_t *show_json_array(json_t *array, bool bad)
{
	if (!bad)
		return array;
	json_decref(array);
	return NULL;
}

json_t *show_json_lines(const char *text)
{
	json_t *lines = json_array();
	bool bad = false;

	while (*text && !bad) {
		size_t bytes = strcspn(text, "\n");
		char *line = strndup(text, bytes);

		bad = !line || json_array_append_new(lines, show_json_text(line));
		free(line);
		text += bytes + (text[bytes] == '\n');
	}
	return show_json_array(lines, bad);
}
