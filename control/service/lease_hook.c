/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-lease EVENT: the script of the DHCP client. It sends the event and what the client put into
 * the environment to the descriptor that cgw-control gave the client, and decides nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/version.h"
#include "control/service/dhcp_client.h"
#include "control/sys/child.h"

int main(int argc, char **argv)
{
	static const char *const keys[] = {"ip", "mask", "router", "dns", "serverid", "lease"};
	char text[DHCP_EVENT_BYTES];
	size_t used;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("cgw-lease " CGW_VERSION);
		return 0;
	}
	if (argc != 2 || strlen(argv[1]) > 15) {
		fprintf(stderr, "cgw-lease: to be called by the DHCP client of cgw-control\n");
		return 2;
	}
	used = (size_t)snprintf(text, sizeof(text), "event=%s\n", argv[1]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = getenv(keys[i]);

		if (value && !strchr(value, '\n') &&
		    strlen(keys[i]) + strlen(value) + 3 < sizeof(text) - used)
			used += (size_t)sprintf(text + used, "%s=%s\n", keys[i], value);
	}
	if (send(CHILD_FD, text, used, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		perror("cgw-lease");
		return 1;
	}
	return 0;
}
