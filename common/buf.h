/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bounded cursors over bytes: a reader and a writer that cannot leave their buffer.
 *
 * Every parser of outside bytes reads through `struct rd`. A read past the end sets `err`, returns
 * zero and consumes nothing more, so a parser may read a whole header and test rd_ok() once.
 * Integers are network byte order on the wire and host order in the return value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p;   /* next byte, borrowed from the caller */
	const uint8_t *end; /* one past the last byte */
	bool err;           /* something asked for more than there was */
};

static inline struct rd rd_init(const void *data, size_t bytes)
{
	const uint8_t *p = data;

	return (struct rd){.p = p, .end = p + bytes, .err = false};
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

static inline bool rd_ok(const struct rd *r)
{
	return !r->err;
}

/* The next `bytes` bytes, or NULL and err; the pointer lives as long as the underlying buffer. */
static inline const uint8_t *rd_bytes(struct rd *r, size_t bytes)
{
	const uint8_t *p = r->p;

	if (r->err || bytes > rd_left(r)) {
		r->err = true;
		r->p = r->end;
		return NULL;
	}
	r->p += bytes;
	return p;
}

static inline void rd_skip(struct rd *r, size_t bytes)
{
	(void)rd_bytes(r, bytes);
}

/* A reader of exactly the next `bytes` bytes; the outer one moves past them. On error both err. */
static inline struct rd rd_sub(struct rd *r, size_t bytes)
{
	const uint8_t *p = rd_bytes(r, bytes);

	if (!p)
		return (struct rd){.p = r->end, .end = r->end, .err = true};
	return rd_init(p, bytes);
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/* Copies the next `bytes` bytes to dst; on error dst is zeroed. */
static inline void rd_copy(struct rd *r, void *dst, size_t bytes)
{
	const uint8_t *p = rd_bytes(r, bytes);

	if (p)
		memcpy(dst, p, bytes);
	else
		memset(dst, 0, bytes);
}

struct wr {
	uint8_t *start; /* first byte, borrowed from the caller */
	uint8_t *p;     /* next byte to write */
	uint8_t *end;   /* one past the last writable byte */
	bool err;       /* something did not fit; nothing of it was written */
};

static inline struct wr wr_init(void *data, size_t bytes)
{
	uint8_t *p = data;

	return (struct wr){.start = p, .p = p, .end = p + bytes, .err = false};
}

static inline size_t wr_len(const struct wr *w)
{
	return (size_t)(w->p - w->start);
}

static inline size_t wr_room(const struct wr *w)
{
	return (size_t)(w->end - w->p);
}

static inline bool wr_ok(const struct wr *w)
{
	return !w->err;
}

/* Room for `bytes` bytes that the caller fills, or NULL and err. */
static inline uint8_t *wr_reserve(struct wr *w, size_t bytes)
{
	uint8_t *p = w->p;

	if (w->err || bytes > wr_room(w)) {
		w->err = true;
		return NULL;
	}
	w->p += bytes;
	return p;
}

static inline void wr_bytes(struct wr *w, const void *src, size_t bytes)
{
	uint8_t *p = wr_reserve(w, bytes);

	if (p && bytes)
		memcpy(p, src, bytes);
}

static inline void wr_zero(struct wr *w, size_t bytes)
{
	uint8_t *p = wr_reserve(w, bytes);

	if (p)
		memset(p, 0, bytes);
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	const uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	wr_bytes(w, b, sizeof(b));
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	const uint8_t b[4] = {
	    (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	wr_bytes(w, b, sizeof(b));
}

/* Overwrites the two bytes at `offset` from the start, which must already be written. */
static inline void wr_patch_u16(struct wr *w, size_t offset, uint16_t v)
{
	if (w->err || offset + 2 > wr_len(w)) {
		w->err = true;
		return;
	}
	w->start[offset] = (uint8_t)(v >> 8);
	w->start[offset + 1] = (uint8_t)v;
}

static inline void wr_patch_u32(struct wr *w, size_t offset, uint32_t v)
{
	wr_patch_u16(w, offset, (uint16_t)(v >> 16));
	wr_patch_u16(w, offset + 2, (uint16_t)v);
}
