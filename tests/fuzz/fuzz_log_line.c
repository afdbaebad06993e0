/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A line of the log that a peer's text is in: through the hub, its words, the filters, the
 * journal's fields and syslog's message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/log/log_filter.h"
#include "control/log/log_hub.h"
#include "control/log/log_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_pairs(const char *line)
{
	const char *at = line, *end = line + strlen(line);
	struct log_pair pair;

	while (log_next_pair(&at, &pair))
		if (!pair.key_bytes || pair.key < line || pair.key[pair.key_bytes] != '=' ||
		    pair.value + pair.value_bytes > end || at < pair.value + pair.value_bytes)
			abort();
	if (at != end)
		abort();
}

static void check_fields(const struct log_entry *entry)
{
	static struct log_fields fields;

	log_journal_fields(entry, "cgw-control", "default", &fields);
	for (size_t i = 0; i < fields.count; i++) {
		const char *field = fields.field[i].iov_base;

		if (strlen(field) != fields.field[i].iov_len || !strchr(field, '=') ||
		    strspn(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
			(size_t)(strchr(field, '=') - field))
			abort();
	}
}

static void check(void *ctx, const struct log_entry *entry)
{
	const struct log_origin origin = {"host", "cgw-control", 1};
	char message[LOG_RFC5424_BYTES], tag[LOG_TAG_BYTES];
	struct log_filter filter = {
	    .tag = log_tag(entry->line, tag), .tunnel = log_tunnel(entry->line)};
	size_t n = log_rfc5424(entry, &origin, 1, message);

	if (!n || n >= sizeof(message) || memchr(message, '\n', n) ||
	    strlen(tag) >= LOG_TAG_BYTES || !log_filter_takes(&filter, entry))
		abort();
	check_pairs(entry->line);
	check_fields(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct log_hub *hub = log_hub_new(&(struct log_hub_options){.lines = 4});
	char *line = malloc(bytes + 1);

	memcpy(line, data, bytes);
	line[bytes] = '\0';
	log_hub_sink(hub, LOG_LEVEL_INFO, line);
	log_ring_each(log_hub_ring(hub), check, NULL);
	log_hub_free(hub);
	free(line);
	return 0;
}
