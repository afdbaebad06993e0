/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A device is missing because it is still the kernel's, named by the kernel's name or by its PCI
 * address; because EAL was not told to look at it; or because there is none. */
#include "dataplane/port_missing.h"

#include <libgen.h>
#include <limits.h>
#include <rte_ethdev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The last part of what the link `path` points to; false when there is no link. */
static bool link_end(const char *path, char end[NAME_MAX + 1])
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	snprintf(end, NAME_MAX + 1, "%s", basename(target));
	return true;
}

static void list_devices(char *text, size_t bytes)
{
	size_t used = (size_t)snprintf(text, bytes, "there is no such device; there are:");
	char name[RTE_ETH_NAME_MAX_LEN];
	unsigned count = 0;
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id)
	{
		if (used >= bytes || rte_eth_dev_get_name_by_port(id, name) < 0)
			continue;
		used +=
		    (size_t)snprintf(text + used, bytes - used, "%s %s", count++ ? "," : "", name);
	}
	if (count == 0)
		snprintf(text, bytes,
		    "DPDK found no device at all; cgw-bind-nic status shows the cards of this "
		    "machine, "
		    "--vdev makes virtual ones");
}

/* A card, by its address. */
static void tell_card(const char *sys, const char *address, char *text, size_t bytes)
{
	char path[PATH_MAX], driver[NAME_MAX + 1];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/driver", sys, address);
	if (!link_end(path, driver))
		snprintf(text, bytes, "no driver has the card: cgw-bind-nic %s binds it", address);
	else if (strcmp(driver, "vfio-pci") && strcmp(driver, "uio_pci_generic") &&
		 strcmp(driver, "igb_uio") && strcmp(driver, "mlx5_core"))
		snprintf(text, bytes,
		    "the kernel's driver %s has the card: cgw-bind-nic %s takes it", driver,
		    address);
	else
		snprintf(text, bytes,
		    "DPDK did not take the card, which %s has: is it among EAL's -a, and has DPDK "
		    "a "
		    "driver for it? EAL's lines above say more",
		    driver);
}

void port_missing(const char *sys, const char *device, char *text, size_t bytes)
{
	char path[PATH_MAX], address[NAME_MAX + 1];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sys, device);
	if (strchr(device, ':') && access(path, F_OK) == 0) {
		tell_card(sys, device, text, bytes);
		return;
	}
	snprintf(path, sizeof(path), "%s/class/net/%s", sys, device);
	if (access(path, F_OK) < 0) {
		list_devices(text, bytes);
		return;
	}
	snprintf(path, sizeof(path), "%s/class/net/%s/device", sys, device);
	if (link_end(path, address) && strchr(address, ':'))
		snprintf(text, bytes,
		    "that is the kernel's name of card %s: after cgw-bind-nic %s, name it %s here",
		    address, address, address);
	else
		snprintf(text, bytes,
		    "that is an interface of the kernel: --vdev net_af_packet0,iface=%s makes a "
		    "device "
		    "net_af_packet0 of it",
		    device);
}
