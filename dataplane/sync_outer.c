/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An SA is a use of its two addresses in each set it belongs to (addr_set.h). */
#include "dataplane/sync_outer.h"

#include <errno.h>
#include <string.h>

#include "common/shm_addr.h"
#include "dataplane/snapshot.h"

static void remove_uses(struct snapshot *s, const struct sa *sa, unsigned uses)
{
	struct ip_addr local = shm_addr_ip(&sa->outer_local);
	struct ip_addr remote = shm_addr_ip(&sa->outer_remote);

	if (uses > 0)
		addr_set_remove(&s->outer, &local);
	if (uses > 1)
		addr_set_remove(&s->peer, &remote);
	if (uses > 2)
		addr_set_remove(&s->guard.outer, &local);
	if (uses > 3)
		addr_set_remove(&s->guard.outer, &remote);
}

int outer_add_sa(struct snapshot *s, const struct sa *sa)
{
	struct ip_addr local = shm_addr_ip(&sa->outer_local);
	struct ip_addr remote = shm_addr_ip(&sa->outer_remote);
	unsigned uses = 0;

	if (addr_set_add(&s->outer, &local) == 0 && ++uses &&
	    addr_set_add(&s->peer, &remote) == 0 && ++uses &&
	    guard_add_outer(&s->guard, &local) == 0 && ++uses &&
	    guard_add_outer(&s->guard, &remote) == 0)
		return 0;
	remove_uses(s, sa, uses);
	return -ENOMEM;
}

void outer_remove_sa(struct snapshot *s, const struct sa *sa)
{
	remove_uses(s, sa, 4);
}

bool outer_same(const struct sa *a, const struct sa *b)
{
	return memcmp(&a->outer_local, &b->outer_local, sizeof(a->outer_local)) == 0 &&
	       memcmp(&a->outer_remote, &b->outer_remote, sizeof(a->outer_remote)) == 0;
}

void outer_clear(struct snapshot *s)
{
	addr_set_fini(&s->outer);
	addr_set_fini(&s->peer);
	addr_set_fini(&s->guard.outer);
}
