/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which language sentences are in. The sentences themselves are in language_ja.c. */
#include "control/config/language.h"

#include <string.h>

static bool japanese;

void language_use(bool wanted)
{
	japanese = wanted;
}

bool language_is_japanese(void)
{
	return japanese;
}

const char *say(const char *english)
{
	for (unsigned i = 0; japanese && i < language_sentence_count; i++)
		if (strcmp(language_sentences[i].english, english) == 0)
			return language_sentences[i].japanese;
	return english;
}
