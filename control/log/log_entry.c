/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading the words of a line. Lines are our own, but carry texts of peers: any bytes are taken. */
#include "control/log/log_entry.h"

#include <ctype.h>
#include <string.h>

char *log_tag(const char *line, char tag[LOG_TAG_BYTES])
{
	bool bracket = *line == '[';
	size_t bytes = strspn(
	    line + bracket, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
	char end = line[bracket + bytes];

	tag[0] = '\0';
	if (bytes < LOG_TAG_BYTES && (bracket ? end == ']' : end == ' ' || !end)) {
		memcpy(tag, line + bracket, bytes);
		tag[bytes] = '\0';
	}
	return tag;
}

static size_t key_length(const char *word)
{
	size_t bytes = 0;

	while (isalnum((unsigned char)word[bytes]) || word[bytes] == '-' || word[bytes] == '_')
		bytes++;
	return word[bytes] == '=' ? bytes : 0;
}

bool log_next_pair(const char **at, struct log_pair *pair)
{
	const char *p = *at + strspn(*at, " ");
	bool quoted;

	while (*p && !(pair->key_bytes = key_length(p))) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	*at = p;
	if (!*p)
		return false;
	pair->key = p;
	p += pair->key_bytes + 1;
	quoted = *p == '"';
	pair->value = p + quoted;
	pair->value_bytes = strcspn(pair->value, quoted ? "\"" : " ");
	p = pair->value + pair->value_bytes;
	*at = p + (quoted && *p);
	return true;
}

static bool is_named(const struct log_pair *pair, const char *key)
{
	return strlen(key) == pair->key_bytes && memcmp(key, pair->key, pair->key_bytes) == 0;
}

uint32_t log_tunnel(const char *line)
{
	char tag[LOG_TAG_BYTES];
	bool subject = strcmp(log_tag(line, tag), "tunnel") == 0;
	struct log_pair pair;

	while (log_next_pair(&line, &pair)) {
		uint32_t number = 0;

		if (!is_named(&pair, "tunnel") && !(subject && is_named(&pair, "number")))
			continue;
		for (size_t i = 0; i < pair.value_bytes && i < 9; i++) {
			if (!isdigit((unsigned char)pair.value[i]))
				return 0;
			number = number * 10 + (uint32_t)(pair.value[i] - '0');
		}
		return number;
	}
	return 0;
}
