/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who is at the other end of a Unix socket, and what that entitles to. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum peer_level { PEER_REFUSED, PEER_USER, PEER_ADMINISTRATOR };

struct peer {
	uid_t uid;
	pid_t pid;
	enum peer_level level;
};

/* Reads the credentials the kernel keeps of the peer of `fd` (SO_PEERCRED, SO_PEERGROUPS: those at
 * the time of connect). root and the user of this process are administrators, members of `group`
 * users. 0 or -errno, and then the level is PEER_REFUSED. */
int peer_read(int fd, const char *group, struct peer *out);

/* The rule alone, for tests: `gids` are the peer's groups. */
enum peer_level peer_judge(
    uid_t uid, uid_t own_uid, const gid_t *gids, size_t count, bool group_known, gid_t group);
