/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Credentials of a socket's peer. The mode of the socket file decides nothing: everybody may
 * connect, so that a refusal can be seen in the log. */
#include "control/console/peer.h"

#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS 1024

enum peer_level peer_judge(
    uid_t uid, uid_t own_uid, const gid_t *gids, size_t count, bool group_known, gid_t group)
{
	if (uid == 0 || uid == own_uid)
		return PEER_ADMINISTRATOR;
	for (size_t i = 0; group_known && i < count; i++)
		if (gids[i] == group)
			return PEER_USER;
	return PEER_REFUSED;
}

int peer_read(int fd, const char *group, struct peer *out)
{
	const struct group *entry = group ? getgrnam(group) : NULL;
	gid_t gids[GROUPS + 1];
	socklen_t bytes = GROUPS * sizeof(gid_t), cred_bytes = sizeof(struct ucred);
	struct ucred cred;
	size_t count = 0;

	*out = (struct peer){.uid = (uid_t)-1, .level = PEER_REFUSED};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_bytes))
		return -errno;
	/* Without the list (more groups than fit) the main group alone counts. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &bytes) == 0)
		count = bytes / sizeof(gid_t);
	gids[count++] = cred.gid;
	out->uid = cred.uid;
	out->pid = cred.pid;
	out->level =
	    peer_judge(cred.uid, geteuid(), gids, count, entry != NULL, entry ? entry->gr_gid : 0);
	return 0;
}
