/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A list in an answer of EC2 as rows of texts: each element of one path becomes a row. */
#pragma once

#include <stddef.h>

#include "control/aws/vpn.h"

/* A text of a row, from a path below its element ("attachments/item/vpcId" works as well: of
 * several elements there the first one counts). */
struct rows_column {
	const char *path;
	size_t offset, bytes; /* where in the row; a longer text is refused */
};
#define ROWS_COLUMN(path, type, member)                                                            \
	{                                                                                          \
		path, offsetof(type, member), sizeof(((type *)0)->member)                          \
	}

struct rows_form {
	const char *element; /* "DescribeVpcsResponse/vpcSet/item" */
	const struct rows_column *column;
	size_t columns;
	/* An element around it, NULL = none: how many of those began before the row, itself
	 * included, goes to this offset of the row, an unsigned. */
	const char *around;
	size_t around_offset;
};

/* Fills `rows`, zeroed first, each of `row_bytes`, at most `max` of them. `*count` is how many
 * there are in the document; control characters of a text are '?'. VPN_OK, VPN_ILLEGAL_XML, or
 * VPN_ILLEGAL_RESPONSE for another root than the form's or a text that is too long; then `error`
 * has a sentence. */
enum vpn_result rows_read(const void *body, size_t bytes, const struct rows_form *form, void *rows,
    size_t row_bytes, size_t max, size_t *count, char error[VPN_ERROR]);
