/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What stands where on the screen of `cgw top`. Widths are display columns: a Japanese character
 * takes two. */
#include "control/console/top_screen.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#define LINE_BYTES 512
#define DROPS_LEFT 5 /* lines that the tunnels leave to the drops, as far as there are drops */

struct screen {
	FILE *out;
	const struct top_view *view;
	unsigned line; /* written so far */
	double seconds;
};

/* ---- lines and numbers ---- */

/* Bytes of the text that fit into `columns`. */
static size_t fit(const char *text, unsigned columns)
{
	size_t bytes = strlen(text), at = 0;
	mbstate_t state = {0};
	unsigned used = 0;
	wchar_t c;

	while (at < bytes) {
		size_t n = mbrtowc(&c, text + at, bytes - at, &state);
		int width = n && n <= bytes - at ? wcwidth(c) : -1;

		if (width < 0 || used + (unsigned)width > columns)
			break;
		used += (unsigned)width;
		at += n;
	}
	return at;
}

static bool is_full(const struct screen *screen)
{
	return screen->view->lines && screen->line >= screen->view->lines;
}

__attribute__((format(printf, 2, 3))) static void put(
    struct screen *screen, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list args;
	size_t bytes;

	if (is_full(screen))
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	bytes = fit(line, screen->view->columns);
	while (bytes && line[bytes - 1] == ' ')
		bytes--;
	fprintf(screen->out, "%s%.*s", screen->line++ ? screen->view->end : "", (int)bytes, line);
}

/* "999", "12.3k", "1.23M": three digits, powers of 1000. */
static const char *scaled(double value, char text[16])
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;

	while (value >= 999.5 && units[unit + 1]) {
		value /= 1000;
		unit++;
	}
	if (!unit)
		snprintf(text, 16, "%.0f", value);
	else
		snprintf(text, 16, "%.*f%c",
		    value < 9.995   ? 2
		    : value < 99.95 ? 1
				    : 0,
		    value, units[unit]);
	return text;
}

/* What came a second; "-" while nothing is known. A counter that began anew counts from nothing. */
static const char *rate(
    const struct screen *screen, uint64_t before, uint64_t now, double by, char text[16])
{
	if (screen->seconds <= 0) {
		snprintf(text, 16, "-");
		return text;
	}
	return scaled((double)(now >= before ? now - before : now) * by / screen->seconds, text);
}

/* "3d04h", "4h07m", "7m58s": the two largest parts. */
static const char *span(int64_t seconds, char text[24])
{
	if (seconds < 0)
		seconds = 0;
	if (seconds >= 86400)
		snprintf(text, 24, "%lldd%02lldh", (long long)(seconds / 86400),
		    (long long)(seconds / 3600 % 24));
	else if (seconds >= 3600)
		snprintf(text, 24, "%dh%02dm", (int)(seconds / 3600), (int)(seconds / 60 % 60));
	else
		snprintf(text, 24, "%dm%02ds", (int)(seconds / 60), (int)(seconds % 60));
	return text;
}

/* ---- parts ---- */

static void put_head(
    struct screen *screen, const struct top_sample *before, const struct top_sample *now)
{
	char time[32] = "", in[16], out[16], kernel[16], dropped[16];
	time_t at = (time_t)now->time_unix;
	struct tm local;

	if (localtime_r(&at, &local))
		strftime(time, sizeof(time), "%Y/%m/%d %H:%M:%S", &local);
	put(screen, "cgw top  %s  dataplane %s  tunnels %u/%u up  BGP %u/%u", time,
	    now->running ? "running" : "NOT RUNNING", now->tunnels_up, now->tunnels,
	    now->sessions_up, now->sessions);
	put(screen, "packets/s: received %s  transmitted %s  to the kernel %s  dropped %s",
	    rate(screen, before->received, now->received, 1, in),
	    rate(screen, before->transmitted, now->transmitted, 1, out),
	    rate(screen, before->to_kernel, now->to_kernel, 1, kernel),
	    rate(screen, before->dropped, now->dropped, 1, dropped));
}

static void put_ports(
    struct screen *screen, const struct top_sample *before, const struct top_sample *now)
{
	if (!now->ports)
		return;
	put(screen, "%s", "");
	put(screen, "PORT      LINK   IN bit/s  IN pkt/s OUT bit/s OUT pkt/s");
	for (unsigned i = 0; i < now->ports; i++) {
		const struct top_port *port = &now->port[i], *was = &before->port[i];
		const struct top_counters nothing = {0};
		bool same = i < before->ports && strcmp(port->name, was->name) == 0;
		const struct top_counters *then = same ? &was->count : &nothing;
		char text[4][16];

		put(screen, "%-9s %-4s %10s%10s%10s%10s", port->name, port->up ? "up" : "DOWN",
		    rate(screen, then->in_bytes, port->count.in_bytes, 8, text[0]),
		    rate(screen, then->in_packets, port->count.in_packets, 1, text[1]),
		    rate(screen, then->out_bytes, port->count.out_bytes, 8, text[2]),
		    rate(screen, then->out_packets, port->count.out_packets, 1, text[3]));
	}
}

static const struct top_tunnel *find_tunnel(const struct top_sample *sample, uint32_t number)
{
	static const struct top_tunnel none;

	for (unsigned i = 0; i < sample->tunnels; i++)
		if (sample->tunnel[i].number == number)
			return &sample->tunnel[i];
	return &none;
}

static void put_tunnel(struct screen *screen, const struct top_sample *before,
    const struct top_sample *now, const struct top_tunnel *tunnel)
{
	const struct top_counters *then = &find_tunnel(before, tunnel->number)->count;
	char text[4][16], up_for[24] = "-", rekeys[16];

	if (tunnel->up && tunnel->since_unix)
		span(now->time_unix - tunnel->since_unix, up_for);
	put(screen, "%-6u %-4s %10s%10s%10s%10s %6s %7s  %s", tunnel->number,
	    tunnel->up ? "up" : "DOWN",
	    rate(screen, then->in_bytes, tunnel->count.in_bytes, 8, text[0]),
	    rate(screen, then->in_packets, tunnel->count.in_packets, 1, text[1]),
	    rate(screen, then->out_bytes, tunnel->count.out_bytes, 8, text[2]),
	    rate(screen, then->out_packets, tunnel->count.out_packets, 1, text[3]),
	    scaled((double)tunnel->rekeys, rekeys), up_for, tunnel->about);
}

/* The tunnels from view->first on, `lines` of them at most, 0 = all. */
static void put_tunnels(struct screen *screen, struct top_view *view,
    const struct top_sample *before, const struct top_sample *now, unsigned lines)
{
	unsigned shown = lines && lines < now->tunnels ? lines : now->tunnels;

	if (view->first > now->tunnels - shown)
		view->first = now->tunnels - shown;
	put(screen, "%s", "");
	put(screen, "TUNNEL STATE  IN bit/s  IN pkt/s OUT bit/s OUT pkt/s REKEYS  UP FOR  %s",
	    shown < now->tunnels ? "(more)" : "ABOUT");
	for (unsigned i = 0; i < shown; i++)
		put_tunnel(screen, before, now, &now->tunnel[view->first + i]);
}

/* ---- drops ---- */

struct drop_row {
	const char *reason;
	uint64_t total, came; /* since the start; since the sample before */
};

/* What drops most now comes first, then what dropped most. */
static int compare_drops(const void *a, const void *b)
{
	const struct drop_row *x = a, *y = b;

	if (x->came != y->came)
		return x->came > y->came ? -1 : 1;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return strcmp(x->reason, y->reason);
}

static unsigned list_drops(
    const struct top_sample *before, const struct top_sample *now, struct drop_row rows[TOP_DROPS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < now->drops; i++) {
		const struct top_drop *drop = &now->drop[i];
		uint64_t was = 0;

		if (!drop->packets)
			continue;
		for (unsigned j = 0; j < before->drops; j++)
			if (strcmp(before->drop[j].reason, drop->reason) == 0)
				was = before->drop[j].packets;
		rows[count++] = (struct drop_row){drop->reason, drop->packets,
		    drop->packets >= was ? drop->packets - was : drop->packets};
	}
	qsort(rows, count, sizeof(rows[0]), compare_drops);
	return count;
}

static void put_drops(struct screen *screen, const struct drop_row *rows, unsigned count)
{
	put(screen, "%s", "");
	put(screen, "DROPPED, BY REASON         pkt/s           total");
	for (unsigned i = 0; i < count; i++) {
		char text[16];

		put(screen, "%-22s %9s %15llu", rows[i].reason,
		    rate(screen, 0, rows[i].came, 1, text), (unsigned long long)rows[i].total);
	}
}

/* ---- all of it ---- */

void top_draw(FILE *out, struct top_view *view, const struct top_sample *before,
    const struct top_sample *now, double seconds)
{
	struct top_view inner = *view;
	struct screen screen = {.out = out, .view = &inner, .seconds = seconds};
	struct drop_row drops[TOP_DROPS];
	unsigned drop_count = list_drops(before, now, drops), lines = 0, left;

	if (view->lines)
		inner.lines = view->lines - 1; /* the last one is for the keys */
	if (view->lines == 1)
		return;
	put_head(&screen, before, now);
	put_ports(&screen, before, now);
	if (view->lines) {
		left = inner.lines > screen.line + 2 ? inner.lines - screen.line - 2 : 1;
		lines = left;
		if (drop_count && left > DROPS_LEFT + 2)
			lines = left - 2 - (drop_count < DROPS_LEFT ? drop_count : DROPS_LEFT);
	}
	put_tunnels(&screen, view, before, now, lines);
	if (drop_count)
		put_drops(&screen, drops, drop_count);
	if (!view->lines)
		fprintf(out, "%s", view->end);
}
