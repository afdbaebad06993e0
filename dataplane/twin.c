/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TAP and TUN devices by /dev/net/tun and the interface ioctls. No addresses and no routes: those
 * are the control process's. The kernel gives a twin no IPv6 address by itself (addr_gen_mode 1):
 * unasked router solicitations and MLD reports would leave on the wire and through the tunnels. */
#include "dataplane/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS_KEPT 32
#define IPV6_MTU_MIN     1280

/* One interface ioctl on a socket of its own. */
static int interface_ioctl(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = ioctl(fd, request, ifr) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static void request_init(struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
}

/* Best effort: a kernel without IPv6 has no such file. */
static void no_automatic_ipv6(const char *name)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		errno = 0;
	close(fd);
}

static int bring_up(const char *name)
{
	struct ifreq ifr;
	int rc;

	request_init(&ifr, name);
	rc = interface_ioctl(SIOCGIFFLAGS, &ifr);
	if (rc < 0 || (ifr.ifr_flags & IFF_UP))
		return rc;
	ifr.ifr_flags |= IFF_UP;
	return interface_ioctl(SIOCSIFFLAGS, &ifr);
}

/* Written only where it differs: a change of MAC makes the kernel forget its neighbours. */
static int set_mac(const char *name, const uint8_t mac[6])
{
	struct ifreq ifr;
	int rc;

	request_init(&ifr, name);
	rc = interface_ioctl(SIOCGIFHWADDR, &ifr);
	if (rc < 0 || memcmp(ifr.ifr_hwaddr.sa_data, mac, 6) == 0)
		return rc;
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return interface_ioctl(SIOCSIFHWADDR, &ifr);
}

/* The kernel takes up to a second to act on it, unless somebody asks for it. */
static void set_carrier(const struct twin *twin, int on)
{
	struct ethtool_value ask = {.cmd = ETHTOOL_GLINK};
	struct ifreq ifr;

	(void)ioctl(twin->fd, TUNSETCARRIER, &on);
	request_init(&ifr, twin->name);
	ifr.ifr_data = (void *)&ask;
	(void)interface_ioctl(SIOCETHTOOL, &ifr);
}

/* Narrower than IPv6 allows, an interface has none of its settings either; when it widens it gets
 * new ones, and an address by them at once. Not while it has no carrier; its IPv4 addresses and
 * routes stay meanwhile. */
static int widen(struct twin *twin, struct ifreq *ifr)
{
	int rc;

	set_carrier(twin, 0);
	rc = interface_ioctl(SIOCSIFMTU, ifr);
	no_automatic_ipv6(twin->name);
	set_carrier(twin, 1);
	return rc;
}

int twin_set_mtu(struct twin *twin, uint32_t mtu)
{
	struct ifreq ifr;
	int rc;

	if (twin->mtu == mtu)
		return 0;
	request_init(&ifr, twin->name);
	rc = interface_ioctl(SIOCGIFMTU, &ifr);
	if (rc == 0 && ifr.ifr_mtu != (int)mtu) {
		bool widens = ifr.ifr_mtu < IPV6_MTU_MIN && mtu >= IPV6_MTU_MIN;

		ifr.ifr_mtu = (int)mtu;
		rc = widens ? widen(twin, &ifr) : interface_ioctl(SIOCSIFMTU, &ifr);
	}
	if (rc == 0)
		twin->mtu = mtu;
	return rc;
}

/* The last descriptors are for others: telemetry's clients, captures, a socket for an ioctl. */
static bool is_kept_for_others(int fd)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       (rlim_t)fd + DESCRIPTORS_KEPT >= files.rlim_cur;
}

static int attach(struct twin *twin, const char *name, short flags)
{
	struct ifreq ifr;
	int rc;

	*twin = TWIN_CLOSED;
	snprintf(twin->name, sizeof(twin->name), "%s", name);
	twin->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (twin->fd < 0)
		return -errno;
	if (is_kept_for_others(twin->fd)) {
		twin_close(twin);
		return -EMFILE;
	}
	request_init(&ifr, name);
	ifr.ifr_flags = (short)(flags | IFF_NO_PI);
	if (ioctl(twin->fd, TUNSETIFF, &ifr) < 0 || ioctl(twin->fd, TUNSETPERSIST, 1) < 0) {
		rc = -errno;
		twin_close(twin);
		return rc;
	}
	no_automatic_ipv6(name);
	return 0;
}

static int configure(struct twin *twin, const uint8_t *mac, uint32_t mtu)
{
	int rc = mac ? set_mac(twin->name, mac) : 0;

	if (rc == 0)
		rc = twin_set_mtu(twin, mtu);
	if (rc == 0)
		rc = bring_up(twin->name);
	if (rc < 0)
		twin_close(twin);
	return rc;
}

int twin_open_tap(struct twin *twin, const char *name, const uint8_t mac[6], uint32_t mtu)
{
	int rc = attach(twin, name, IFF_TAP);

	return rc < 0 ? rc : configure(twin, mac, mtu);
}

int twin_open_tun(struct twin *twin, const char *name, uint32_t mtu)
{
	int rc = attach(twin, name, IFF_TUN);

	return rc < 0 ? rc : configure(twin, NULL, mtu);
}

const char *twin_obstacle(int rc)
{
	switch (rc) {
	case -EINVAL:
		return "an interface of that name is there already, made by somebody else: rename "
		       "or remove it, or choose another name";
	case -EBUSY: return "another program holds the interface of that name";
	case -EPERM: return "not permitted: that wants CAP_NET_ADMIN";
	case -ENOENT:
	case -ENODEV: return "this kernel has no /dev/net/tun: modprobe tun";
	default: return strerror(-rc);
	}
}

void twin_close(struct twin *twin)
{
	if (twin->fd >= 0)
		close(twin->fd);
	*twin = TWIN_CLOSED;
}

static void *close_slowly(void *arg)
{
	close((int)(intptr_t)arg);
	return NULL;
}

/* Unregistering an interface waits for all of the kernel's readers and for the lock of its network
 * configuration: milliseconds, or seconds on a busy machine. */
void twin_remove(struct twin *twin)
{
	pthread_t thread;

	if (twin->fd >= 0)
		(void)ioctl(twin->fd, TUNSETPERSIST, 0);
	if (twin->fd >= 0 &&
	    pthread_create(&thread, NULL, close_slowly, (void *)(intptr_t)twin->fd) == 0) {
		(void)pthread_detach(thread);
		twin->fd = -1;
	}
	twin_close(twin);
}

void twin_discard(const char *name, bool tap)
{
	struct twin twin;

	if (attach(&twin, name, tap ? IFF_TAP : IFF_TUN) == 0)
		twin_remove(&twin);
}
