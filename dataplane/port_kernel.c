/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MTU and link of a kernel interface, by its index: a name may have become another's. */
#include "dataplane/port_kernel.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int fd, unsigned if_index, struct port_kernel *out)
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	if (!if_indextoname(if_index, request.ifr_name))
		return errno == ENXIO ? -ENODEV : -errno;
	if (ioctl(fd, SIOCGIFMTU, &request) < 0)
		return -errno;
	out->mtu = (uint32_t)request.ifr_mtu;
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	out->running = (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	return 0;
}

int port_kernel_look(unsigned if_index, struct port_kernel *out)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	rc = ask(fd, if_index, out);
	close(fd);
	return rc;
}
