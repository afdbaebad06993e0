/* SPDX-License-Identifier: BSD-3-Clause
 *
 * XML from outside, walked with limits: the one wrapper of expat. */
#pragma once

#include <stddef.h>

#define XML_BYTES_MAX 1048576 /* 1 MiB */
#define XML_DEPTH_MAX 32
#define XML_TOKEN_MAX 65536 /* the text of an element, a comment, a tag's attributes */
#define XML_PATH_MAX  1024
#define XML_NAME_MAX  128
#define XML_WHY       120

/* Both get the path from the root ("Response/Errors/Error/Code"; a namespace prefix is dropped) and
 * return 0, or non-zero to stop the walk. */
struct xml_handler {
	/* An element opens. `attributes` is name, value, name, value ... NULL. */
	int (*open)(void *ctx, const char *path, const char *const *attributes);
	/* It closes. `text` is all character data directly in it, without the white space around
	 * it, NUL-terminated; wiped after the call. */
	int (*close)(void *ctx, const char *path, const char *text, size_t text_bytes);
};

enum xml_result {
	XML_WALK_OK,
	XML_WALK_STOPPED,   /* a handler said so */
	XML_WALK_MALFORMED, /* not well-formed, not UTF-8, cut short */
	XML_WALK_FORBIDDEN, /* DOCTYPE, another encoding, past a limit */
	XML_WALK_NO_MEMORY,
};

/* Walks a whole document. `why` gets a sentence for everything but OK and STOPPED. */
enum xml_result xml_walk(const void *document, size_t bytes, const struct xml_handler *handler,
    void *ctx, char why[XML_WHY]);
