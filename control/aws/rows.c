/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of EC2's answers, read by a table of columns. Unknown elements are ignored. */
#include "control/aws/rows.h"

#include <stdio.h>
#include <string.h>

#include "control/aws/xml.h"

struct reading {
	const struct rows_form *form;
	char *rows, *row; /* `row` is open, NULL = none, or one past the last that is kept */
	size_t row_bytes, max, count;
	unsigned around;
	char *error;
};

static int on_open(void *ctx, const char *path, const char *const *attributes)
{
	const struct rows_form *form;
	struct reading *r = ctx;

	form = r->form;
	if (!strchr(path, '/')) {
		size_t root = strcspn(form->element, "/");

		if (strncmp(path, form->element, root) == 0 && !path[root])
			return 0;
		(void)snprintf(
		    r->error, VPN_ERROR, "the answer's root is not %.*s", (int)root, form->element);
		return -1;
	}
	if (form->around && strcmp(path, form->around) == 0)
		r->around++;
	if (strcmp(path, form->element) != 0)
		return 0;
	r->row = r->count < r->max ? r->rows + r->count * r->row_bytes : NULL;
	r->count++;
	if (r->row && form->around)
		memcpy(r->row + form->around_offset, &r->around, sizeof(r->around));
	return 0;
}

/* Rows are shown: what would drive a terminal (C0, DEL, and C1, which XML lets pass) becomes '?'.
 */
static void make_plain(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

static int on_close(void *ctx, const char *path, const char *text, size_t bytes)
{
	struct reading *r = ctx;
	const size_t begin = strlen(r->form->element);

	if (!r->row || strncmp(path, r->form->element, begin) != 0)
		return 0;
	if (!path[begin])
		r->row = NULL;
	for (size_t i = 0; path[begin] == '/' && i < r->form->columns; i++) {
		const struct rows_column *column = &r->form->column[i];
		char *out = r->row + column->offset;

		if (strcmp(path + begin + 1, column->path) != 0 || *out)
			continue;
		if (bytes >= column->bytes) {
			(void)snprintf(r->error, VPN_ERROR, "%s is too long", column->path);
			return -1;
		}
		memcpy(out, text, bytes + 1);
		make_plain(out);
	}
	return 0;
}

enum vpn_result rows_read(const void *body, size_t bytes, const struct rows_form *form, void *rows,
    size_t row_bytes, size_t max, size_t *count, char error[VPN_ERROR])
{
	static const struct xml_handler handler = {.open = on_open, .close = on_close};
	struct reading r = {
	    .form = form, .rows = rows, .row_bytes = row_bytes, .max = max, .error = error};
	char why[XML_WHY];

	memset(rows, 0, row_bytes * max);
	*count = 0;
	switch (xml_walk(body, bytes, &handler, &r, why)) {
	case XML_WALK_OK: *count = r.count; return VPN_OK;
	case XML_WALK_STOPPED: return VPN_ILLEGAL_RESPONSE;
	case XML_WALK_MALFORMED:
	case XML_WALK_FORBIDDEN:
	case XML_WALK_NO_MEMORY: break;
	}
	(void)snprintf(error, VPN_ERROR, "%s", why);
	return VPN_ILLEGAL_XML;
}
