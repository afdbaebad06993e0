/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading the words of a parsed command by the names the grammar gives them. */
#include <string.h>

#include "control/config/grammar.h"

static bool is_named(const struct value *value, const char *name)
{
	return value->kind != VALUE_KEYWORD && strlen(name) == value->name_bytes &&
	       memcmp(value->name, name, value->name_bytes) == 0;
}

static bool is_word(const struct value *value, const char *word)
{
	return strlen(word) == value->word_bytes &&
	       memcmp(value->word, word, value->word_bytes) == 0;
}

const struct value *args_next(const struct grammar_args *args, const char *name, unsigned *at)
{
	for (; *at < args->count; (*at)++)
		if (is_named(&args->value[*at], name))
			return &args->value[(*at)++];
	return NULL;
}

const struct value *args_find(const struct grammar_args *args, const char *name)
{
	unsigned at = 0;

	return args_next(args, name, &at);
}

uint32_t args_number(const struct grammar_args *args, const char *name, uint32_t otherwise)
{
	const struct value *value = args_find(args, name);

	if (!value || (value->kind != VALUE_NUMBER && value->kind != VALUE_LAN))
		return otherwise;
	return (uint32_t)value->number;
}

bool args_is(const struct grammar_args *args, const char *name, const char *word)
{
	const struct value *value = args_find(args, name);

	return value && value->kind == VALUE_WORD && is_word(value, word);
}

const char *args_text(const struct grammar_args *args, const char *name)
{
	const struct value *value = args_find(args, name);

	if (!value || (value->kind != VALUE_TEXT && value->kind != VALUE_SECRET))
		return "";
	return args->store + value->text;
}

struct ip_addr args_address(const struct grammar_args *args, const char *name)
{
	const struct value *value = args_find(args, name);

	if (!value || value->kind < VALUE_ADDRESS || value->kind > VALUE_NET)
		return (struct ip_addr){0};
	return value->net.addr;
}

bool args_keyword(const struct grammar_args *args, const char *keyword)
{
	for (unsigned i = 0; i < args->count; i++)
		if (args->value[i].kind == VALUE_KEYWORD && is_word(&args->value[i], keyword))
			return true;
	return false;
}
