/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's table of UDP sockets names an inode, and the process is the one that has it open. */
#include "control/sys/udp_holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

/* The inode of a socket bound to that port at the address or at all of them; 0 = none. */
static unsigned long find_inode(const char *path, uint32_t local_be, uint16_t port)
{
	FILE *in = fopen(path, "re");
	unsigned long inode = 0, found = 0;
	char line[512], address[33];
	unsigned at;

	while (in && !found && fgets(line, sizeof(line), in)) {
		char any[] = "00000000000000000000000000000000", wanted[9];

		if (sscanf(line, " %*u: %32[0-9A-F]:%x %*s %*s %*s %*s %*s %*s %*s %lu", address,
			&at, &inode) != 3)
			continue;
		any[strlen(address)] = '\0';
		snprintf(wanted, sizeof(wanted), "%08" PRIX32, local_be);
		if (at == port && (!strcmp(address, any) || !strcmp(address, wanted)))
			found = inode;
	}
	if (in)
		fclose(in);
	return found;
}

/* Whether the process has the socket open. */
static bool has_open(const char *pid, unsigned long inode)
{
	char path[300], target[64], wanted[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void name_process(const char *pid, char name[32])
{
	char path[300];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	in = fopen(path, "re");
	if (!in || !fgets(name, 32, in))
		strcpy(name, "?");
	if (in)
		fclose(in);
	name[strcspn(name, "\n")] = '\0';
}

bool udp_holder(const struct ip_addr *local, uint16_t port, char *text, size_t bytes)
{
	unsigned long inode = 0;
	struct dirent *entry;
	uint32_t local_be;
	char name[32], shown[sizeof(name) * 4];
	DIR *dir;

	memcpy(&local_be, local->bytes, sizeof(local_be));
	inode = find_inode("/proc/self/net/udp", local_be, port);
	if (!inode)
		inode = find_inode("/proc/self/net/udp6", 0, port);
	if (!inode)
		return false;
	snprintf(text, bytes, "UDP port %u is another program's", port);
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !has_open(entry->d_name, inode))
			continue;
		name_process(entry->d_name, name);
		snprintf(text, bytes, "UDP port %u is held by %s (pid %s)", port,
		    log_escape(name, strlen(name), shown, sizeof(shown)), entry->d_name);
		break;
	}
	if (dir)
		closedir(dir);
	return true;
}
