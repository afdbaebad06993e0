/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one wrapper of expat: UTF-8 only, no DOCTYPE (so no entity but the five of XML and no
 * external anything), 1 MiB, depth 32, 64 KiB of text in an element.
 *
 * The document is handed over whole, so that no token is ever scanned twice (CVE-2023-52425). Does
 * not validate, does not know namespaces. XML 1.0, fifth edition. */
#include "control/aws/xml.h"

#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "common/wiping.h"

struct walk {
	const struct xml_handler *handler;
	void *ctx;
	XML_Parser parser;
	enum xml_result result;
	const char *why;
	unsigned depth;
	/* Of each open element: where its name starts in `path`, and its text in `text`. */
	size_t name_at[XML_DEPTH_MAX], text_at[XML_DEPTH_MAX];
	char path[XML_PATH_MAX];
	size_t path_bytes;
	/* The texts of all open elements, innermost last: at most what the document holds. */
	char *text;
	size_t text_bytes, text_room;
};

static void stop(struct walk *w, enum xml_result result, const char *why)
{
	if (w->result != XML_WALK_OK)
		return;
	w->result = result;
	w->why = why;
	XML_StopParser(w->parser, XML_FALSE);
}

static void forbid(struct walk *w, const char *why)
{
	stop(w, XML_WALK_FORBIDDEN, why);
}

/* After a stop expat may still deliver the callbacks of the token in hand. */
static bool stopped(const struct walk *w)
{
	return w->result != XML_WALK_OK;
}

static bool push_name(struct walk *w, const char *name)
{
	const char *colon = strrchr(name, ':');
	const char *local = colon ? colon + 1 : name;
	size_t bytes = strlen(local);

	if (bytes == 0 || bytes > XML_NAME_MAX || w->path_bytes + bytes + 2 > sizeof(w->path))
		return false;
	w->name_at[w->depth] = w->path_bytes;
	if (w->depth)
		w->path[w->path_bytes++] = '/';
	memcpy(w->path + w->path_bytes, local, bytes + 1);
	w->path_bytes += bytes;
	return true;
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct walk *w = ctx;
	size_t bytes = 0;

	if (stopped(w))
		return;
	for (const XML_Char **a = attributes; *a; a++)
		bytes += strlen(*a);
	if (w->depth == XML_DEPTH_MAX)
		return forbid(w, "elements are nested too deep");
	if (bytes > XML_TOKEN_MAX)
		return forbid(w, "attributes are too long");
	if (!push_name(w, name))
		return forbid(w, "an element's name is too long");
	w->text_at[w->depth] = w->text_bytes;
	w->depth++;
	if (w->handler->open && w->handler->open(w->ctx, w->path, (const char *const *)attributes))
		stop(w, XML_WALK_STOPPED, "");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct walk *w = ctx;
	size_t from, to;

	if (stopped(w))
		return;
	w->depth--;
	from = w->text_at[w->depth];
	to = w->text_bytes;
	while (from < to && is_space(w->text[from]))
		from++;
	while (from < to && is_space(w->text[to - 1]))
		to--;
	w->text[to] = '\0';
	if (w->handler->close && w->handler->close(w->ctx, w->path, w->text + from, to - from))
		stop(w, XML_WALK_STOPPED, "");
	secret_wipe(w->text + w->text_at[w->depth], w->text_bytes - w->text_at[w->depth]);
	w->text_bytes = w->text_at[w->depth];
	w->path_bytes = w->name_at[w->depth];
	w->path[w->path_bytes] = '\0';
}

static void on_text(void *ctx, const XML_Char *text, int bytes)
{
	struct walk *w = ctx;

	if (stopped(w) || !w->depth)
		return;
	if (w->text_bytes - w->text_at[w->depth - 1] + (size_t)bytes > XML_TOKEN_MAX)
		return forbid(w, "an element's text is too long");
	if (w->text_bytes + (size_t)bytes >= w->text_room)
		return forbid(w, "the document's texts are too long");
	memcpy(w->text + w->text_bytes, text, (size_t)bytes);
	w->text_bytes += (size_t)bytes;
}

static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int has_internal_subset)
{
	forbid(ctx, "a DOCTYPE is not accepted");
}

static void on_declaration(void *ctx, const XML_Char *version, const XML_Char *encoding, int alone)
{
	if (encoding && strcasecmp(encoding, "UTF-8") != 0 && strcasecmp(encoding, "US-ASCII") != 0)
		forbid(ctx, "only UTF-8 is accepted");
}

static void on_comment(void *ctx, const XML_Char *text)
{
	if (strlen(text) > XML_TOKEN_MAX)
		forbid(ctx, "a comment is too long");
}

static void on_instruction(void *ctx, const XML_Char *target, const XML_Char *text)
{
	if (strlen(target) > XML_NAME_MAX || strlen(text) > XML_TOKEN_MAX)
		forbid(ctx, "a processing instruction is too long");
}

/* expat's own buffers hold pre-shared keys too. */
static const XML_Memory_Handling_Suite wiping = {malloc, wiping_realloc, wiping_free};

static enum xml_result run(struct walk *w, const void *document, size_t bytes, char why[XML_WHY])
{
	XML_SetUserData(w->parser, w);
	XML_SetElementHandler(w->parser, on_start, on_end);
	XML_SetCharacterDataHandler(w->parser, on_text);
	XML_SetStartDoctypeDeclHandler(w->parser, on_doctype);
	XML_SetXmlDeclHandler(w->parser, on_declaration);
	XML_SetCommentHandler(w->parser, on_comment);
	XML_SetProcessingInstructionHandler(w->parser, on_instruction);
	if (XML_Parse(w->parser, document, (int)bytes, XML_TRUE) != XML_STATUS_OK && !stopped(w)) {
		enum XML_Error code = XML_GetErrorCode(w->parser);

		snprintf(why, XML_WHY, "line %lu: %s",
		    (unsigned long)XML_GetCurrentLineNumber(w->parser), XML_ErrorString(code));
		return code == XML_ERROR_NO_MEMORY ? XML_WALK_NO_MEMORY : XML_WALK_MALFORMED;
	}
	if (stopped(w))
		snprintf(why, XML_WHY, "%s", w->why);
	return w->result;
}

enum xml_result xml_walk(const void *document, size_t bytes, const struct xml_handler *handler,
    void *ctx, char why[XML_WHY])
{
	enum xml_result result = XML_WALK_NO_MEMORY;
	struct walk *w;

	why[0] = '\0';
	if (bytes > XML_BYTES_MAX) {
		snprintf(why, XML_WHY, "the document is longer than %d bytes", XML_BYTES_MAX);
		return XML_WALK_FORBIDDEN;
	}
	if (bytes && memchr(document, 0, bytes)) { /* UTF-16 and UTF-32 have them, UTF-8 never */
		snprintf(why, XML_WHY, "a NUL byte: only UTF-8 is accepted");
		return XML_WALK_FORBIDDEN;
	}
	snprintf(why, XML_WHY, "out of memory");
	w = calloc(1, sizeof(*w));
	if (!w)
		return result;
	w->handler = handler;
	w->ctx = ctx;
	w->text_room = bytes + 1;
	w->text = malloc(w->text_room);
	w->parser = XML_ParserCreate_MM("UTF-8", &wiping, NULL);
	if (w->text && w->parser) {
		why[0] = '\0';
		result = run(w, document, bytes, why);
	}
	if (w->text)
		secret_wipe(w->text, w->text_room);
	if (w->parser)
		XML_ParserFree(w->parser);
	free(w->text);
	free(w);
	return result;
}
