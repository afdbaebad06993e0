/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show config: what is in force, what is saved, what differs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "common/version.h"
#include "control/config/language.h"
#include "control/config/store.h"
#include "control/console/show_json.h"

/* A number of the command, or null where it was left out. */
static json_t *number_json(const struct grammar_args *args, const char *name)
{
	const struct value *value = args_find(args, name);

	return value ? json_integer(args_number(args, name, 0)) : json_null();
}

/* Shows lines of the configuration; frees them. `which` (stolen) are the members that say which. */
static int show_lines(const struct show *show, const char *schema, json_t *which, char *lines,
    char *error, size_t error_bytes)
{
	int rc = 0;

	if (which && lines && show->answer &&
	    json_object_set_new(which, "lines", show_json_lines(lines)) == 0)
		rc = show_answer(show, schema, json_incref(which), error, error_bytes);
	else if (lines && !show->answer)
		text_puts(show->out, lines);
	else
		rc = show_no_memory(error, error_bytes);
	json_decref(which);
	free(lines);
	return rc;
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

/* The addresses of the ports, as the router has those of its interfaces. */
static void print_macs(const struct show *show, const struct agent_dataplane_status *status)
{
	const char *before = "# MAC Address : ";
	size_t ports = sizeof(status->port) / sizeof(status->port[0]);

	if (status->port_count < ports)
		ports = status->port_count;
	for (size_t i = 0; i < ports; i++) {
		const uint8_t *mac = status->port[i].mac;

		text_printf(show->out, "%s%02x:%02x:%02x:%02x:%02x:%02x", before, mac[0], mac[1],
		    mac[2], mac[3], mac[4], mac[5]);
		before = ", ";
	}
	if (ports)
		text_puts(show->out, "\n");
}

/* What the router prints ahead of a configuration: whose it is, and of when. All of it are
 * comments, so that it can be entered again with what follows. */
static void print_head(const struct show *show)
{
	struct agent_dataplane_status *status = show_dataplane_status(show);
	int64_t memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	time_t now = (time_t)show->now_unix;
	struct utsname name = {0};
	char text[64] = "";
	struct tm parts;

	(void)uname(&name);
	text_puts(show->out, "# cgw Rev." CGW_VERSION "\n");
	if (status)
		print_macs(show, status);
	text_printf(show->out, "# Memory %" PRId64 "Mbytes", memory >> 20);
	if (status && status->port_count)
		text_printf(show->out, ", %zuLAN", status->port_count);
	text_printf(show->out, "\n# main:  host=%s instance=%s\n", name.nodename,
	    show->instance ? show->instance : "-");
	if (localtime_r(&now, &parts))
		(void)strftime(text, sizeof(text), "%b %e %H:%M:%S %Y", &parts);
	text_printf(show->out, "# Reporting Date: %s\n", text);
	free(status);
}

int show_config(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct store_place place = {
	    args_number(args, "slot", 0), args_number(args, "generation", 0)};
	struct config *saved = NULL;
	char *lines;

	if (args_find(args, "slot") || args_find(args, "generation")) {
		saved = read_saved(show, place, error, error_bytes);
		if (!saved)
			return -ENOENT;
	}
	lines = config_masked_text(saved ? saved : show->config);
	config_free(saved);
	if (lines && !show->answer)
		print_head(show);
	return show_lines(show, "show-config/1",
	    json_pack("{s:o, s:o}", "slot", number_json(args, "slot"), "generation",
		number_json(args, "generation")),
	    lines, error, error_bytes);
}

int show_config_diff(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct store_place place = {0, args_number(args, "generation", 0)};
	struct config *saved = NULL;
	char *lines;

	if (show->candidate && !args_find(args, "generation")) {
		lines = config_candidate_difference(show->candidate);
	} else {
		saved = read_saved(show, place, error, error_bytes);
		if (!saved)
			return -ENOENT;
		lines = config_difference(saved, show->config);
	}
	config_free(saved);
	return show_lines(show, "show-config-diff/1",
	    json_pack("{s:o}", "generation", number_json(args, "generation")), lines, error,
	    error_bytes);
}

/* ---- what is saved -----------------------------------------------------------------------------
 */

struct saved {
	unsigned count;
	struct store_entry entry[STORE_SLOTS + STORE_GENERATIONS];
};

static void keep_entry(void *ctx, const struct store_entry *entry)
{
	struct saved *saved = ctx;

	if (saved->count < sizeof(saved->entry) / sizeof(saved->entry[0]))
		saved->entry[saved->count++] = *entry;
}

static void print_saved(const struct show *show, const struct saved *saved)
{
	for (unsigned i = 0; i < saved->count; i++) {
		const struct store_entry *entry = &saved->entry[i];
		char time[SHOW_TIME_BYTES], name[40];
		bool generation = entry->place.generation != 0;

		if (i == 0 || generation != (saved->entry[i - 1].place.generation != 0))
			text_printf(show->out, "%s\n",
			    generation
				? say("Generations before `save 0` (`rollback N`, `show config "
				      "rollback N`):")
				: say("Saved by `save N` (`show config N`):"));
		if (generation)
			snprintf(name, sizeof(name), "rollback %u", entry->place.generation);
		else
			snprintf(name, sizeof(name), "save %u", entry->place.slot);
		text_printf(show->out, "%-12s %s %9" PRIu64 "  %s%s\n", name,
		    show_time(entry->time_unix, time), entry->bytes,
		    entry->good ? "" : show_word(show, "(damaged) ", "(破損) "), entry->comment);
	}
}

static json_t *saved_json(const struct saved *saved)
{
	json_t *list = json_array();
	bool bad = false;

	for (unsigned i = 0; i < saved->count; i++) {
		const struct store_entry *entry = &saved->entry[i];

		bad |= json_array_append_new(
			   list, json_pack("{s:i, s:i, s:o, s:I, s:b, s:o}", "slot",
				     entry->place.slot, "generation", entry->place.generation,
				     "saved", show_json_time(entry->time_unix), "bytes",
				     (json_int_t)entry->bytes, "good", entry->good, "comment",
				     show_json_text_or_null(entry->comment))) != 0;
	}
	return json_pack("{s:o}", "saved", show_json_array(list, bad));
}

int show_config_list(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct saved *saved;
	int rc;

	if (!show->save_dir) {
		snprintf(
		    error, error_bytes, "%s", say("no directory to save in was given at start-up"));
		return -ENOENT;
	}
	saved = calloc(1, sizeof(*saved));
	if (!saved)
		return show_no_memory(error, error_bytes);
	rc = store_list(show->save_dir, keep_entry, saved, error, error_bytes);
	if (!rc && show->answer)
		rc = show_answer(show, "show-config-list/1", saved_json(saved), error, error_bytes);
	else if (!rc)
		print_saved(show, saved);
	free(saved);
	return rc;
}
