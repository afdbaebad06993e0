/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See suggest.h. Neither is a closed set: a dataplane newer than this console has reasons of its
 * own, and a line of the log may begin with any word. */
#include "control/console/suggest.h"

#include <string.h>

#include "control/console/explain.h"

struct suggestion {
	struct grammar_expects *expects;
	const char *partial;
	size_t partial_bytes;
};

static void suggest(const struct suggestion *s, const char *word)
{
	struct grammar_expects *expects = s->expects;
	struct grammar_expect *item = &expects->item[expects->count];

	if (expects->count == GRAMMAR_EXPECTS || strlen(word) >= sizeof(item->text) ||
	    strncmp(word, s->partial, s->partial_bytes) != 0)
		return;
	for (unsigned i = 0; i < expects->count; i++)
		if (strcmp(expects->item[i].text, word) == 0)
			return;
	*item = (struct grammar_expect){.literal = true, .help = ""};
	strcpy(item->text, word);
	expects->count++;
}

static void suggest_tag(void *ctx, const struct log_entry *entry)
{
	char tag[LOG_TAG_BYTES];

	if (*log_tag(entry->line, tag))
		suggest(ctx, tag);
}

void suggest_words(
    const struct log_ring *log, const char *line, size_t bytes, struct grammar_expects *expects)
{
	struct suggestion s = {.expects = expects, .partial = line + bytes};
	unsigned asked = expects->count;

	for (; s.partial > line && s.partial[-1] != ' '; s.partial_bytes++)
		s.partial--;
	if (s.partial_bytes && s.partial[s.partial_bytes - 1] == '?')
		s.partial_bytes--;
	for (unsigned i = 0; i < asked; i++) {
		const char *parameter = expects->item[i].parameter;

		for (unsigned j = 0; strcmp(parameter, "reason") == 0 && j < explain_row_count; j++)
			suggest(&s, explain_rows[j].name);
		if (log && strcmp(parameter, "tag") == 0)
			log_ring_each(log, suggest_tag, &s);
	}
}
