/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The terminal of `cgw top`, and asking the server. Plain termios and the sequences that every
 * terminal since the VT100 knows: the screen is written whole, from its upper left corner, in one
 * write(2). */
#include "control/console/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/mono.h"
#include "control/console/batch.h"
#include "control/console/top_screen.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define HOME  "\033[H"
#define CLEAR "\033[J"     /* what is below */
#define NEXT  "\033[K\r\n" /* clears what is left of the line */

#define LEAST_MSEC 100
#define MOST_MSEC  3600000

struct top {
	struct client *client;
	int64_t every_msec;
	bool once;
	struct top_view view;
	struct top_sample samples[2], *before, *now;
	mono_t taken, taken_before;
	bool refused, lost;
};

static volatile sig_atomic_t ended, resized;

static void on_end(int signal)
{
	ended = 1;
}

static void on_resize(int signal)
{
	resized = 1;
}

/* ---- asking ---- */

/* Carries out one line and takes its answer into the sample. */
static enum client_result ask(struct client *client, const char *line, struct top_sample *sample)
{
	FILE *before = client->output;
	enum client_result result;
	char *answer = NULL;
	size_t bytes = 0;

	client->output = open_memstream(&answer, &bytes);
	if (!client->output) {
		client->output = before;
		return CLIENT_LOST;
	}
	result = client_run(client, line, strlen(line), false);
	fclose(client->output);
	client->output = before;
	if (result == CLIENT_OK && !top_take(sample, answer, bytes))
		result = CLIENT_REFUSED;
	free(answer);
	return result;
}

/* The sample that is shown becomes the one before. False: there is no answer to be had. */
static bool take_sample(struct top *top)
{
	static const char *const lines[] = {"show status dataplane | json -c",
	    "show status tunnel | json -c", "show status bgp neighbor | json -c"};
	struct top_sample *old = top->before;

	top->before = top->now;
	top->now = old;
	top->taken_before = top->taken;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum client_result result = ask(top->client, lines[i], top->now);

		top->refused |= result == CLIENT_REFUSED;
		top->lost |= result == CLIENT_LOST || result == CLIENT_BYE;
	}
	top->taken = mono_now();
	return !top->refused && !top->lost;
}

static double seconds_between(const struct top *top)
{
	if (top->taken_before.nsec == 0)
		return 0;
	return (double)(top->taken.nsec - top->taken_before.nsec) / (double)MONO_NSEC_PER_SEC;
}

/* ---- the terminal ---- */

static void measure(struct top *top)
{
	struct winsize size;

	top->view.columns = 80;
	top->view.lines = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		top->view.columns = size.ws_col;
		top->view.lines = size.ws_row;
	}
}

static void draw(struct top *top)
{
	char *text = NULL;
	size_t bytes = 0, at = 0;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return;
	measure(top);
	fputs(HOME, out);
	top_draw(out, &top->view, top->before, top->now, seconds_between(top));
	fprintf(out, "\033[K" CLEAR "\033[%u;1H%.*s\033[K", top->view.lines, (int)top->view.columns,
	    "q: quit  arrows: other tunnels  blank: at once");
	fclose(out);
	while (at < bytes) {
		ssize_t n = write(STDOUT_FILENO, text + at, bytes - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
}

static void scroll(struct top *top, int lines)
{
	if (lines < 0 && top->view.first < (unsigned)-lines)
		top->view.first = 0;
	else
		top->view.first += (unsigned)lines; /* top_draw() brings it back into the list */
}

/* Acts on what was typed. False: that was the end. `*at_once`: a new sample is wanted. */
static bool take_keys(struct top *top, bool *at_once)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys) - 1);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	keys[n] = '\0';
	for (const char *key = keys; *key; key++) {
		if (*key == 'q' || *key == 'Q' || *key == 3)
			return false;
		if (*key == 'j' || strncmp(key, "\033[B", 3) == 0 || strncmp(key, "\033OB", 3) == 0)
			scroll(top, 1);
		if (*key == 'k' || strncmp(key, "\033[A", 3) == 0 || strncmp(key, "\033OA", 3) == 0)
			scroll(top, -1);
		if (strncmp(key, "\033[6~", 4) == 0)
			scroll(top, 10);
		if (strncmp(key, "\033[5~", 4) == 0)
			scroll(top, -10);
		*at_once |= *key == ' ';
		if (*key == '\033' && key[1])
			key++; /* the letter behind belongs to it */
	}
	return true;
}

/* Waits for keys and the next sample. False: the end. */
static bool wait_next(struct top *top)
{
	mono_t due = mono_add_msec(top->taken, top->every_msec);
	bool at_once = false;

	while (!at_once) {
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
		int64_t left = mono_diff_msec(due, mono_now());
		int rc = left > 0 ? poll(&input, 1, (int)left) : 0;

		if (ended || (rc < 0 && errno != EINTR))
			return false;
		if (rc == 0)
			return true;
		if (rc > 0 && !take_keys(top, &at_once))
			return false;
		if (rc > 0 || resized)
			draw(top);
		resized = 0;
	}
	return true;
}

static void watch(void)
{
	struct sigaction end = {.sa_handler = on_end}, resize = {.sa_handler = on_resize};

	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGHUP, &end, NULL);
	(void)sigaction(SIGWINCH, &resize, NULL);
}

static int run_screen(struct top *top)
{
	struct termios before, raw;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before)) {
		fprintf(stderr, "cgw: top wants a terminal, or --once\n");
		return EXIT_USAGE;
	}
	watch();
	raw = before;
	cfmakeraw(&raw);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	(void)!write(STDOUT_FILENO, ENTER, strlen(ENTER));
	while (take_sample(top)) {
		draw(top);
		if (!wait_next(top))
			break;
	}
	(void)!write(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	return EXIT_SUCCESS;
}

/* ---- without a terminal ---- */

static int run_once(struct top *top)
{
	struct timespec pause = {top->every_msec / 1000, top->every_msec % 1000 * 1000000};

	if (!take_sample(top))
		return EXIT_SUCCESS;
	while (nanosleep(&pause, &pause) && errno == EINTR && !client_interrupted)
		continue;
	if (client_interrupted || !take_sample(top))
		return EXIT_SUCCESS;
	top->view = (struct top_view){.columns = 500, .end = "\n"};
	top_draw(stdout, &top->view, top->before, top->now, seconds_between(top));
	return fflush(stdout) ? EXIT_REFUSED : EXIT_SUCCESS;
}

static bool parse(struct top *top, char *const *words)
{
	for (; *words; words++) {
		char *end = NULL;
		double seconds;

		if (strcmp(*words, "--once") == 0) {
			top->once = true;
			continue;
		}
		if (strcmp(*words, "-d") != 0 || !words[1])
			return false;
		seconds = strtod(*++words, &end);
		if (end == *words || *end || !(seconds * 1000 >= LEAST_MSEC) ||
		    seconds * 1000 > MOST_MSEC)
			return false;
		top->every_msec = (int64_t)(seconds * 1000);
	}
	return true;
}

int top_run(struct client *client, char *const *words)
{
	struct top *top = calloc(1, sizeof(*top));
	int code;

	if (!top)
		return EXIT_CONNECTION;
	top->client = client;
	top->every_msec = 1000;
	top->view.end = NEXT;
	top->before = &top->samples[0];
	top->now = &top->samples[1];
	if (!parse(top, words)) {
		fprintf(stderr, "usage: cgw top [--once] [-d SECONDS]\n");
		free(top);
		return EXIT_USAGE;
	}
	code = top->once ? run_once(top) : run_screen(top);
	if (top->lost)
		fprintf(stderr, "cgw: the connection was lost\n");
	else if (top->refused)
		fprintf(stderr, "cgw: the server gave no answer that top understands\n");
	if (top->lost || top->refused)
		code = top->lost ? EXIT_CONNECTION : EXIT_REFUSED;
	free(top);
	return code;
}
