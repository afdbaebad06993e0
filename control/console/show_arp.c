/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show arp: the kernel's complete neighbours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/console/show_json.h"

struct neighbor {
	char device[32], address[64], mac[32];
};

struct shown {
	size_t count, room;
	struct neighbor *neighbor;
};

/* One line of the file; false when it names nobody. */
static bool read_line(const char *line, struct neighbor *found)
{
	unsigned flags;

	/* IP address, HW type, Flags, HW address, Mask, Device; 2 = complete */
	return sscanf(line, "%63s 0x%*x 0x%x %31s %*s %31s", found->address, &flags, found->mac,
		   found->device) == 4 &&
	       flags & 2;
}

static bool keep(struct shown *shown, const struct neighbor *found)
{
	if (shown->count == shown->room) {
		size_t room = shown->room ? shown->room * 2 : 64;
		struct neighbor *bigger = reallocarray(shown->neighbor, room, sizeof(*bigger));

		if (!bigger)
			return false;
		shown->neighbor = bigger;
		shown->room = room;
	}
	shown->neighbor[shown->count++] = *found;
	return true;
}

static int collect(const struct show *show, const struct grammar_args *args, struct shown *shown,
    char *error, size_t error_bytes)
{
	FILE *in = fopen(show->arp_file ? show->arp_file : "/proc/net/arp", "re");
	char line[256], wanted[16] = "";
	struct neighbor found;
	bool bad = false;

	if (!in) {
		int rc = -errno;

		snprintf(error, error_bytes, "/proc/net/arp: %s", strerror(-rc));
		return rc;
	}
	if (args_find(args, "lan"))
		snprintf(wanted, sizeof(wanted), "lan%u", args_number(args, "lan", 0));
	while (!bad && fgets(line, sizeof(line), in))
		if (read_line(line, &found) && (!*wanted || strcmp(found.device, wanted) == 0))
			bad = !keep(shown, &found);
	fclose(in);
	return bad ? show_no_memory(error, error_bytes) : 0;
}

static void print(const struct show *show, const struct shown *shown)
{
	text_printf(show->out, "%s: %zu\n", show_word(show, "Count", "カウント数"), shown->count);
	text_puts(show->out, show_word(show, "Interface        IP address       MAC address\n",
				 "インタフェース   IP アドレス      MAC アドレス\n"));
	for (size_t i = 0; i < shown->count; i++)
		text_printf(show->out, "%-16s %-16s %s\n", shown->neighbor[i].device,
		    shown->neighbor[i].address, shown->neighbor[i].mac);
}

static json_t *to_json(const struct shown *shown)
{
	json_t *list = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count; i++)
		bad |= json_array_append_new(
			   list, json_pack("{s:o, s:o, s:o}", "interface",
				     show_json_text(shown->neighbor[i].device), "address",
				     show_json_text(shown->neighbor[i].address), "mac",
				     show_json_text(shown->neighbor[i].mac))) != 0;
	return json_pack("{s:o}", "neighbors", show_json_array(list, bad));
}

int show_arp(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown = {0};
	int rc = collect(show, args, &shown, error, error_bytes);

	if (!rc && show->answer)
		rc = show_answer(show, "show-arp/1", to_json(&shown), error, error_bytes);
	else if (!rc)
		print(show, &shown);
	free(shown.neighbor);
	return rc;
}
