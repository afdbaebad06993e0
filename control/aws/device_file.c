/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which device type is meant, AWS knows by an id that is not documented: it is looked for by its
 * vendor. */
#include "control/aws/device_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "control/aws/rows.h"
#include "control/aws/xml.h"

#define TYPES_MAX 200

enum state { BEGIN, TYPES, SAMPLE };

struct device_file {
	struct aws_task task;
	enum state state;
	enum device_file_kind kind;
	char id[VPN_TEXT];
	struct aws_ask ask;
	char *text;
};

struct type {
	char id[32], vendor[64], platform[64];
};

static const struct rows_column type_columns[] = {
    ROWS_COLUMN("vpnConnectionDeviceTypeId", struct type, id),
    ROWS_COLUMN("vendor", struct type, vendor),
    ROWS_COLUMN("platform", struct type, platform),
};
static const struct rows_form type_form = {
    .element = "GetVpnConnectionDeviceTypesResponse/vpnConnectionDeviceTypeSet/item",
    .column = type_columns,
    .columns = 3,
};

static const char *vendor_of(enum device_file_kind kind)
{
	return kind == DEVICE_FILE_YAMAHA ? "Yamaha" : "Generic";
}

static void on_types(
    struct device_file *f, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct type *row = calloc(TYPES_MAX, sizeof(*row));
	char why[VPN_ERROR] = "no memory";
	const char *type = NULL;
	size_t count = 0;

	out->verdict = VPN_ILLEGAL_RESPONSE;
	if (row)
		out->verdict = rows_read(answer->body, answer->bytes, &type_form, row, sizeof(*row),
		    TYPES_MAX, &count, why);
	for (size_t i = 0; out->verdict == VPN_OK && !type && i < count && i < TYPES_MAX; i++)
		if (strcasestr(row[i].vendor, vendor_of(f->kind)))
			type = row[i].id;
	if (out->verdict != VPN_OK) {
		aws_task_fail(out, out->verdict, "%s", why);
	} else if (!type) {
		aws_task_fail(
		    out, VPN_OK, "AWS has no file for a device of %s", vendor_of(f->kind));
	} else {
		f->state = SAMPLE;
		aws_ask_ec2(&f->ask, "GetVpnConnectionDeviceSampleConfiguration");
		aws_ask_add(&f->ask, "VpnConnectionId", f->id);
		aws_ask_add(&f->ask, "VpnConnectionDeviceTypeId", type);
		aws_ask_add(&f->ask, "InternetKeyExchangeVersion", "ikev1");
		aws_task_ask(out, &f->ask);
	}
	free(row);
}

static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	struct device_file *f = ctx;

	if (strcmp(path, "GetVpnConnectionDeviceSampleConfigurationResponse/"
			 "vpnConnectionDeviceSampleConfiguration") != 0 ||
	    !bytes || f->text)
		return 0;
	f->text = malloc(bytes + 2);
	if (!f->text)
		return -1;
	memcpy(f->text, text, bytes);
	memcpy(f->text + bytes, "\n", 2);
	return 0;
}

static void on_sample(
    struct device_file *f, const struct aws_answer *answer, struct aws_task_action *out)
{
	static const struct xml_handler handler = {.close = on_close};
	char why[XML_WHY];

	if (xml_walk(answer->body, answer->bytes, &handler, f, why) != XML_WALK_OK)
		aws_task_fail(out, VPN_ILLEGAL_XML, "%s", *why ? why : "no memory");
	else if (!f->text)
		aws_task_fail(out, VPN_ILLEGAL_RESPONSE, "the answer has no file in it");
	else
		out->type = AWS_TASK_DONE;
}

static void step(
    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct device_file *f = (struct device_file *)task;

	memset(out, 0, sizeof(*out));
	if (answer && answer->status != 200) {
		aws_task_refused(answer, "", out);
		return;
	}
	switch (f->state) {
	case BEGIN:
		f->state = TYPES;
		aws_ask_ec2(&f->ask, "GetVpnConnectionDeviceTypes");
		aws_task_ask(out, &f->ask);
		break;
	case TYPES: on_types(f, answer, out); break;
	case SAMPLE: on_sample(f, answer, out); break;
	}
}

static void free_file(struct aws_task *task)
{
	struct device_file *f = (struct device_file *)task;

	if (f->text)
		secret_wipe(f->text, strlen(f->text));
	free(f->text);
	free(f);
}

int device_file_new(
    const char *vpn_id, enum device_file_kind kind, struct device_file **out, char why[VPN_ERROR])
{
	struct device_file *f;

	if (!aws_id_valid(vpn_id, "vpn-")) {
		(void)snprintf(why, VPN_ERROR, "no VPN connection id is set");
		return -EINVAL;
	}
	f = calloc(1, sizeof(*f));
	if (!f) {
		(void)snprintf(why, VPN_ERROR, "no memory");
		return -ENOMEM;
	}
	f->task = (struct aws_task){.step = step, .free = free_file};
	f->kind = kind;
	(void)snprintf(f->id, sizeof(f->id), "%s", vpn_id);
	*out = f;
	return 0;
}

struct aws_task *device_file_task(struct device_file *file)
{
	return &file->task;
}

const char *device_file_text(const struct device_file *file)
{
	return file->text;
}
