/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show config: what is in force, what is saved, what differs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/config/store.h"
#include "control/console/show.h"

static int print(const struct show *show, char *text, char *error, size_t error_bytes)
{
	if (!text) {
		snprintf(error, error_bytes, "%s", say("no memory"));
		return -ENOMEM;
	}
	text_puts(show->out, text);
	free(text);
	return 0;
}

/* What is saved, in a configuration of its own; NULL with a sentence. */
static struct config *read_saved(
    const struct show *show, struct store_place place, char *error, size_t error_bytes)
{
	const struct config_env nothing = {0};
	struct config *saved = config_new(&nothing);
	int rc = -ENOENT;

	if (!show->save_dir)
		snprintf(
		    error, error_bytes, "%s", say("no directory to save in was given at start-up"));
	else if (saved)
		rc = store_read(saved, show->save_dir, place, error, error_bytes);
	if (saved && !rc)
		return saved;
	config_free(saved);
	return NULL;
}

int show_config(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct store_place place = {args_number(args, "slot", 0), 0};
	struct config *saved;
	int rc;

	if (!args_find(args, "slot"))
		return print(show, config_masked_text(show->config), error, error_bytes);
	saved = read_saved(show, place, error, error_bytes);
	if (!saved)
		return -ENOENT;
	rc = print(show, config_masked_text(saved), error, error_bytes);
	config_free(saved);
	return rc;
}

int show_config_diff(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct store_place place = {0, args_number(args, "generation", 0)};
	struct config *saved;
	int rc;

	if (show->candidate && !args_find(args, "generation"))
		return print(
		    show, config_candidate_difference(show->candidate), error, error_bytes);
	saved = read_saved(show, place, error, error_bytes);
	if (!saved)
		return -ENOENT;
	rc = print(show, config_difference(saved, show->config), error, error_bytes);
	config_free(saved);
	return rc;
}

static void print_entry(void *ctx, const struct store_entry *entry)
{
	const struct show *show = ctx;
	char time[SHOW_TIME_BYTES], name[40];

	if (entry->place.generation)
		snprintf(name, sizeof(name), "rollback %u", entry->place.generation);
	else
		snprintf(name, sizeof(name), "save %u", entry->place.slot);
	text_printf(show->out, "%-12s %s %9" PRIu64 "  %s%s\n", name,
	    show_time(entry->time_unix, time), entry->bytes,
	    entry->good ? "" : show_word(show, "(damaged) ", "(破損) "), entry->comment);
}

int show_config_list(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	if (!show->save_dir) {
		snprintf(
		    error, error_bytes, "%s", say("no directory to save in was given at start-up"));
		return -ENOENT;
	}
	return store_list(show->save_dir, print_entry, (void *)show, error, error_bytes);
}
