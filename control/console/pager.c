/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys are read past stdio, which the client keeps unbuffered. Going back and searching are the
 * business of `| less`. */
#include "control/console/pager.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MORE   "--More--"
#define CTRL_C '\003'
#define CTRL_D '\004'

/* Each key at once and without echo, Ctrl-C among them. False where there is no terminal. */
static bool take_keys(struct termios *before)
{
	struct termios keys;

	if (tcgetattr(STDIN_FILENO, before))
		return false;
	keys = *before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) == 0;
}

/* Asks for a key: how many lines it brings, 0 = no more. */
static unsigned ask(unsigned page, FILE *out)
{
	ssize_t n;
	char key;

	fputs(MORE, out);
	fflush(out);
	for (;;) {
		n = read(STDIN_FILENO, &key, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || key == 'q' || key == 'Q' || key == CTRL_C || key == CTRL_D)
			page = 0;
		else if (key == '\r' || key == '\n')
			page = 1;
		else if (key != ' ')
			continue;
		fprintf(out, "\r%*s\r", (int)strlen(MORE), "");
		return page;
	}
}

void pager_show(const char *text, size_t bytes, unsigned lines, FILE *out)
{
	const unsigned page = lines > 1 ? lines - 1 : 1;
	const char *end = text + bytes;
	struct termios before;
	unsigned left = page;

	if (!take_keys(&before)) {
		fwrite(text, 1, bytes, out);
		return;
	}
	while (text < end && left) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = newline ? (size_t)(newline - text) + 1 : (size_t)(end - text);

		fwrite(text, 1, n, out);
		text += n;
		if (--left == 0 && text < end)
			left = ask(page, out);
	}
	fflush(out);
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}
