/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys one by one, as libedit reads them itself, but with an eye on the socket: a commit that was
 * taken back, or a session that has ended, is said when it happens and not with the next answer. */
#include "control/console/terminal_key.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <wchar.h>

/* One character of the locale; bytes that are none are passed over. */
static int read_key(wchar_t *key)
{
	mbstate_t state = {0};
	char byte;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, &byte, 1);
		size_t taken;

		if (n <= 0)
			return (int)n;
		taken = mbrtowc(key, &byte, 1, &state);
		if (taken <= 1)
			return 1;
		if (taken == (size_t)-1)
			state = (mbstate_t){0};
	}
}

/* On lines of its own; the line that is being typed comes again below. */
static enum client_result listen_to_server(EditLine *el, struct client *client)
{
	enum client_result result;

	printf("\n");
	result = client_listen(client);
	fflush(stdout);
	if (result == CLIENT_OK)
		el_set(el, EL_REFRESH);
	return result;
}

int terminal_key(EditLine *el, wchar_t *key)
{
	struct terminal *terminal;

	el_get(el, EL_CLIENTDATA, &terminal);
	while (terminal->result == CLIENT_OK) {
		struct pollfd from[] = {{.fd = STDIN_FILENO, .events = POLLIN},
		    {.fd = terminal->client->fd, .events = POLLIN}};

		if (poll(from, 2, -1) < 0)
			return -1;
		if (from[1].revents)
			terminal->result = listen_to_server(el, terminal->client);
		else if (from[0].revents)
			return read_key(key);
	}
	return 0;
}
