/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The language of sentences for a person: errors, notices, questions.
 *
 * Code says everything in English, through say(); where Japanese is spoken, the sentence is looked
 * up in the one table of language_ja.c. A sentence that is not there is said in English. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Which language say() speaks from now on; English at the start. */
void language_use(bool japanese);
bool language_is_japanese(void);

/* `english`, or what it is in the language in use. Both are formats of the same values. */
const char *say(const char *english) __attribute__((format_arg(1)));

/* Marks a sentence that is given to say() somewhere else, for the test that looks for them all. */
#define SAID(english) (english)

/* A whole sentence that was made elsewhere, with its values in it; each of its lines in the language
 * in use, as far as its form is known, in `made`, or as it is. */
const char *say_made(const char *english, char *made, size_t made_bytes);

/* The tables, for their tests. */
struct language_sentence {
	const char *english, *japanese;
};
extern const struct language_sentence language_sentences[];
extern const unsigned language_sentence_count;
/* Forms: %s a text, %u a number; in the Japanese %1 is the first of them. */
extern const struct language_sentence language_forms[];
extern const unsigned language_form_count;
