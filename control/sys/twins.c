/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings under /proc/sys/net. One that the kernel does not have is passed over; one that cannot
 * be written (a read-only /proc) is said once in the log and goes on. */
#include "control/sys/twins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = fd < 0 ? errno : 0;

	if (fd >= 0) {
		if (write(fd, value, strlen(value)) < 0)
			error = errno;
		(void)close(fd);
	}
	if (error && error != ENOENT)
		log_notice("sysctl path=%s value=%s error=%s", path, value, strerror(error));
}

static void set_interface(const char *family, const char *name, const char *key, const char *value)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, name, key);
	set(path, value);
}

void twins_prepare_port(const char *name)
{
	set_interface("ipv4", name, "rp_filter", "2");
	set_interface("ipv4", name, "send_redirects", "0");
	set_interface("ipv4", name, "accept_redirects", "0");
	set_interface("ipv4", name, "arp_filter", "0");
	set_interface("ipv4", name, "arp_ignore", "1");
}

void twins_prepare_tunnel(const char *name)
{
	twins_prepare_port(name);
	set_interface("ipv6", name, "accept_ra", "0");
	set_interface("ipv6", name, "addr_gen_mode", "1");
	set_interface("ipv6", name, "router_solicitations", "0");
}

void twins_forwarding(void)
{
	set("/proc/sys/net/ipv4/ip_forward", "1");
}
